"""Equilibrium: game trees, beliefs, checks, solvers and bounds; and the mechanism-design benchmarks of what could be reached.

Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.equilibrium.continuation import Continuation, Nothing, Supplied
    from negotiation.equilibrium.linking import Linking, linking_mechanism
    from negotiation.equilibrium.outcomes_on_tree import Outcome, outcome
    from negotiation.equilibrium.second_best_mechanism import SecondBest, second_best
    from negotiation.equilibrium.tree_building import game_tree
    from negotiation.equilibrium.tree_solver import TreeSolution, equilibria, largest_gains, solve_tree
    from negotiation.equilibrium.trees import GameTree
    from negotiation.equilibrium.truth import best_lies
    from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, type_space

_MODULE = {  # no module may have the name of something that is exported: it would take its place once imported
    "Continuation": "continuation", "Nothing": "continuation", "Supplied": "continuation",
    "GameTree": "trees", "game_tree": "tree_building",
    "Outcome": "outcomes_on_tree", "outcome": "outcomes_on_tree",
    "TreeSolution": "tree_solver", "equilibria": "tree_solver", "largest_gains": "tree_solver", "solve_tree": "tree_solver",
    "Linking": "linking", "linking_mechanism": "linking",
    "best_lies": "truth",
    "SecondBest": "second_best_mechanism", "second_best": "second_best_mechanism",
    "NotAvailable": "type_classes", "TypeSpace": "type_classes", "type_space": "type_classes",
}  # fmt: skip
__all__ = [
    "Continuation",
    "GameTree",
    "Linking",
    "NotAvailable",
    "Nothing",
    "Outcome",
    "SecondBest",
    "Supplied",
    "TreeSolution",
    "TypeSpace",
    "best_lies",
    "equilibria",
    "game_tree",
    "largest_gains",
    "linking_mechanism",
    "outcome",
    "second_best",
    "solve_tree",
    "type_space",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
