"""solve(): the solver that fits a protocol on a problem.

- "tree": the trembling game on its tree, where it is cut after some stages (``solve_tree``);
- "beliefs": an equilibrium in beliefs of price offers for one item, without a horizon (``markov_equilibrium``); of item-by-item
  negotiation under independent items the product of the items' equilibria is one equilibrium, and others may exist;
- "frequencies": many items by the sufficient statistics that the protocol declares (``solve_exchangeable``)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from negotiation.equilibrium.tree_building import coarse_grid, game_tree
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import IID, iid
from negotiation.problem import Problem, from_tables
from negotiation.protocol import Grid, Protocol

if TYPE_CHECKING:
    from negotiation.equilibrium.exchangeable_solution import ExchangeableSolution
    from negotiation.equilibrium.markov import MarkovEquilibrium
    from negotiation.equilibrium.tree_solver import TreeSolution

METHODS = ("auto", "tree", "beliefs", "frequencies")
PRICES = 64  # the most transfers of a grid on which beliefs are followed


def solve(
    problem: Problem,
    protocol: Protocol,
    *,
    tremble: float = 0.01,
    method: str = "auto",
    stages: int | None = None,
    grid: Grid | None = None,
) -> "TreeSolution | MarkovEquilibrium | ExchangeableSolution":
    """An equilibrium of the protocol with trembles, by the method that fits, with the gain from deviating that it leaves.

    ``stages`` cuts the game (method "tree"; by default the protocol's horizon, if it has one). ``grid`` replaces the
    protocol's. ``method`` "auto" takes the tree where the game is cut, else beliefs, else frequencies. Raises CannotPlay that
    says why where no method fits, InputError for bad options."""
    if method not in METHODS:
        raise InputError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    if isinstance(tremble, bool | str) or not 0 < tremble < 1:
        raise InputError(f"tremble: the solvers need a probability in (0, 1) (Section 5.3), got {tremble!r}")
    if stages is not None and (type(stages) is not int or stages < 1):
        raise InputError(f"stages: expected a whole number of at least 1, got {stages!r}")
    protocol = replace(protocol, grid=grid or protocol.grid)
    stages = stages or protocol.horizon
    if method == "tree" or (method == "auto" and stages is not None):
        from negotiation.equilibrium.tree_solver import solve_tree

        return solve_tree(game_tree(problem, protocol, horizon=stages, tremble=tremble))
    refusals = []
    if method in ("auto", "beliefs"):
        try:
            return by_beliefs(problem, protocol, tremble)
        except CannotPlay as error:
            refusals.append(f"beliefs: {error}")
    if method in ("auto", "frequencies"):
        from negotiation.equilibrium.exchangeable_solution import solve_exchangeable

        try:
            return solve_exchangeable(problem, protocol, tremble=tremble)
        except CannotPlay as error:
            refusals.append(f"frequencies: {error}")
    if method == "auto":
        refusals.append("tree: give the game a horizon")
    raise CannotPlay(f"no solver fits {protocol.name} on {problem.name} ({'; '.join(refusals)})")


def by_beliefs(problem: Problem, protocol: Protocol, tremble: float) -> "MarkovEquilibrium":
    """The equilibrium in beliefs of an item, where the protocol negotiates items one by one and they are independent and
    alike."""
    if not protocol.itemwise:
        raise CannotPlay(f"{protocol.name}: offers are over everything at once, not over a price for each item")
    if protocol.order != "alternating":
        raise CannotPlay(f"{protocol.name}: equilibria in beliefs are found for alternating offers, not for {protocol.order!r}")
    from negotiation.equilibrium.markov import markov_equilibrium

    item = single_item(problem)
    prices = protocol.grid or coarse_grid(item, protocol)
    if prices.count > PRICES:
        raise CannotPlay(f"{protocol.name}: a grid of {prices.count} transfers is too fine, expected at most {PRICES}")
    return markov_equilibrium(item, prices, tremble)


def single_item(problem: Problem) -> Problem:
    """The problem of one item, where items are alike and independent. Raises CannotPlay elsewhere."""
    if problem.n == 1:
        return problem
    if not isinstance(problem.prior, IID) or len(problem.surplus_table) > 1:
        raise CannotPlay(f"{problem.name}: its items are not alike and independent, so one item's play tells about others")
    rows = problem.prior.alice, problem.prior.bob
    return from_tables(
        problem.utility[0],
        problem.utility[1],
        items=1,
        prior=iid(*rows),
        choices=problem.choices,
        types=problem.types,
        discount=problem.discount,
        name=f"one item of {problem.name}",
    )
