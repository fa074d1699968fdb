"""From a validated scenario to a problem and its prior."""

from typing import Any

from experiments import schema
from experiments.schema_problem import Class
from negotiation import priors, problem
from negotiation.errors import InputError
from negotiation.problem import Problem


def _prior(spec: Any, sizes: tuple[int, int]) -> priors.Prior | None:
    if spec is None:
        return None
    if isinstance(spec, schema.Iid):
        equal = [[1 / size] * size for size in sizes]
        return priors.iid(spec.alice or equal[0], spec.bob or equal[1])
    if isinstance(spec, schema.Matchups):
        return priors.matchups([(a, b) for a, b in spec.pairs])
    if isinstance(spec, schema.Table):
        return priors.table([(row.alice, row.bob, row.probability) for row in spec.rows])
    states = spec.states
    return priors.common_shock([s.probability for s in states], [s.alice for s in states], [s.bob for s in states])


def problem_of(spec: schema.Document) -> Problem:
    """The problem that a validated scenario describes. Raises InputError that names the key."""
    what = spec.problem
    discount = spec.discount if isinstance(spec.discount, list) else [spec.discount] * 2
    common: dict[str, Any] = {"discount": (discount[0], discount[1]), "name": spec.name}
    if isinstance(what, schema.Tables):
        sizes = len(what.types.alice), len(what.types.bob)
    elif isinstance(what, schema.Chores):
        sizes = 2, 2
    elif isinstance(what, schema.Exchange):
        sizes = len(what.seller_values), len(what.buyer_values)
    else:
        sizes = len(what.alice_benefits), len(what.bob_benefits)
    common["prior"] = _prior(spec.prior, sizes)
    try:
        if isinstance(what, schema.Exchange):
            return problem.exchange(what.items, what.seller_values, what.buyer_values, **common)
        if isinstance(what, schema.PublicGood):
            return problem.public_good(what.items, what.alice_benefits, what.bob_benefits, what.cost, **common)
        if isinstance(what, schema.Chores):
            costs: dict[str, Any] = {"benefit": what.benefit, "alone": what.alone, "together": what.together}
            return problem.task_assignment(what.items, **costs, **common)
        return _from_tables(what, common)
    except InputError as error:
        first, _, rest = str(error).partition(":")
        if first.startswith("prior"):
            player = "alice" if "Alice" in first else "bob" if "Bob" in first else ""
            raise InputError(f"prior{'.' + player if player else ''}:{rest}") from error
        raise InputError(f"problem.{error}" if first in type(what).model_fields else f"problem: {error}") from error


def _from_tables(what: schema.Tables, common: dict[str, Any]) -> Problem:
    types = (what.types.alice, what.types.bob)
    if what.parts:
        rows = (what.alice or [], what.bob or [])
        return problem.whole_decisions(what.parts, what.choices, *rows, types=types, **common)
    if what.classes is None:
        natural = common["prior"].natural_items if common["prior"] is not None else None
        items = what.items or natural or 1
        tables = (what.alice or [], what.bob or [])
        return problem.from_tables(*tables, items=items, choices=what.choices, types=types, **common)
    kinds = len(what.classes)
    count = what.items if isinstance(what.items, int) else len(what.items or ()) or kinds
    if count % kinds:
        raise InputError(f"items: expected a multiple of the {kinds} classes, got {count}")
    names = what.items if isinstance(what.items, list) else _class_names(what.classes, count // kinds)
    by_class = [c.alice for c in what.classes], [c.bob for c in what.classes]
    numbers = [k % kinds for k in range(count)]
    return problem.from_tables(*by_class, items=names, classes=numbers, choices=what.choices, types=types, **common)


def _class_names(classes: list[Class], times: int) -> list[str]:
    names = [c.name or f"class {k + 1}" for k, c in enumerate(classes)]
    return names if times == 1 else [f"{name} {t + 1}" for t in range(times) for name in names]
