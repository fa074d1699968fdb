"""Gambit's format for extensive forms, .efg, of two players: write a game tree or any extensive form, and read one back.

A file is a prologue, ``EFG 2 R "title" { "Alice" "Bob" } "comment"``, and a line for each node in preorder:

    c "node" number "name" { "action" probability ... } outcome "name" { payoff, payoff }
    p "node" player number "name" { "action" ... } outcome "name" { payoff, payoff }
    t "node" outcome "name" { payoff, payoff }

Numbers of information sets are each player's own (and chance's). Outcome 0 is none; outcomes may be attached to any node, and
payoffs add up along a path. What was described before may be left out when its number comes again: the reader accepts that, the
writer repeats every description, because some readers need it. Line ends are mere white space. Probabilities and payoffs are
integers, decimals or fractions. Source: the Gambit project's documentation, "The extensive game (.efg) file format"."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from os import PathLike
from pathlib import Path

import numpy as np

from negotiation.equilibrium.efg_parsing import parse_efg, quoted
from negotiation.equilibrium.extensive_forms import END, ExtensiveForm
from negotiation.equilibrium.tree_forms import extensive_form
from negotiation.equilibrium.trees import CHANCE, GameTree
from negotiation.errors import InputError

SIMPLE = 10_000  # probabilities are written as fractions if denominators up to this give the same floats


# --- writing


def write_efg(game: GameTree | ExtensiveForm, path: str | PathLike[str]) -> None:
    """Write a game to ``path``. A tree's comment names the continuation. Floats are written so that they are read back exactly.

    Trembles are not written: the format has none. Raises CannotPlay for a tree whose continuation depends on beliefs."""
    form = extensive_form(game) if isinstance(game, GameTree) else game
    Path(path).write_text("".join(f"{line}\n" for line in _lines(form)), encoding="utf-8", newline="\n")


def _lines(form: ExtensiveForm) -> Iterator[str]:
    yield f"EFG 2 R {quoted(form.title)} {{ {' '.join(map(quoted, form.players))} }}"
    yield quoted(form.comment)
    yield ""
    mover = form.mover.tolist()
    sets = _set_descriptions(form)
    infoset = form.infoset.tolist()
    payoff = iter(form.payoff.tolist())
    lots = _chance_descriptions(form)
    ends = 0
    for node, who in enumerate(mover):
        if who == END:
            ends += 1
            alice, bob = next(payoff)
            yield f't "" {ends} "" {{ {_number(alice)}, {_number(bob)} }}'
        elif who == CHANCE:
            yield next(lots)
        else:
            yield sets[infoset[node]]


def _set_descriptions(form: ExtensiveForm) -> list[str]:
    known: dict[tuple[str, ...], str] = {}
    lines, count = [], [0, 0]
    for s, (player, actions) in enumerate(zip(form.owner.tolist(), form.actions.tolist(), strict=True)):
        count[player] += 1
        names = form.labels.actions[s] if form.labels else _numerals(actions)
        if names not in known:
            known[names] = " ".join(map(quoted, names))
        label = quoted(form.labels.sets[s]) if form.labels else '""'
        lines.append(f'p "" {player + 1} {count[player]} {label} {{ {known[names]} }} 0')
    return lines


def _chance_descriptions(form: ExtensiveForm) -> Iterator[str]:
    """A line for each node where chance moves, all of them information sets of their own."""
    drawn = np.flatnonzero((form.parent >= 0) & (form.mover[form.parent] == CHANCE))
    drawn = drawn[np.argsort(form.parent[drawn], kind="stable")]
    nodes, start = np.unique(form.parent[drawn], return_index=True)
    shares = np.split(form.chance[drawn], start[1:]) if len(nodes) else []
    for number, (node, probabilities) in enumerate(zip(nodes.tolist(), shares, strict=True), start=1):
        names = form.labels.chance[node] if form.labels else _numerals(len(probabilities))
        said = zip(map(quoted, names), _exact_shares(probabilities.tolist()), strict=True)
        yield f'c "" {number} "" {{ {" ".join(f"{name} {p}" for name, p in said)} }} 0'


def _numerals(actions: int) -> tuple[str, ...]:
    return tuple(str(a + 1) for a in range(actions))


def _number(x: float) -> str:
    """The shortest decimal that is read back as the same float."""
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)


def _exact_shares(probabilities: Sequence[float]) -> list[str]:
    """Probabilities as numbers that sum to exactly 1, which Gambit insists on: as simple fractions if those are the same
    floats, else as decimals, the largest being 1 less the others: it is read back to within the rounding of the sum."""
    simple = [Fraction(p).limit_denominator(SIMPLE) for p in probabilities]
    if sum(simple) == 1 and [float(x) for x in simple] == list(probabilities):
        return [str(x) for x in simple]
    with localcontext() as context:
        context.prec = 1100  # all digits of any float
        exact = [Decimal(repr(p)) for p in probabilities]
        exact[probabilities.index(max(probabilities))] += 1 - sum(exact)
    return [f"{x:f}" for x in exact]


# --- reading


def read_efg(path: str | PathLike[str]) -> ExtensiveForm:
    """Read a game of two players and perfect recall. Information sets are numbered Alice's (the first player's) first, and as
    the file numbers them; names of nodes and outcomes are dropped.

    Raises InputError with the line and what was expected there; OSError where the file cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: expected a text file, in UTF-8") from None
    return parse_efg(text, str(path))
