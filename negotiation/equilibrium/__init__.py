"""Mechanism-design benchmarks: what could be reached at best, and by design. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.equilibrium.exchangeable import ExchangeableGame, exchangeable_game
    from negotiation.equilibrium.exchangeable_solution import ExchangeableSolution, Rate, fitted_rate, solve_exchangeable
    from negotiation.equilibrium.linking import Linking, linking_mechanism
    from negotiation.equilibrium.second_best_mechanism import SecondBest, second_best
    from negotiation.equilibrium.truth import best_lies
    from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, type_space

_MODULE = {  # no module may have the name of something that is exported: it would take its place once imported
    "ExchangeableGame": "exchangeable", "exchangeable_game": "exchangeable",
    "ExchangeableSolution": "exchangeable_solution", "Rate": "exchangeable_solution",
    "fitted_rate": "exchangeable_solution", "solve_exchangeable": "exchangeable_solution",
    "Linking": "linking", "linking_mechanism": "linking",
    "best_lies": "truth",
    "SecondBest": "second_best_mechanism", "second_best": "second_best_mechanism",
    "NotAvailable": "type_classes", "TypeSpace": "type_classes", "type_space": "type_classes",
}  # fmt: skip
__all__ = [
    "ExchangeableGame",
    "ExchangeableSolution",
    "Linking",
    "NotAvailable",
    "Rate",
    "SecondBest",
    "TypeSpace",
    "best_lies",
    "exchangeable_game",
    "fitted_rate",
    "linking_mechanism",
    "second_best",
    "solve_exchangeable",
    "type_space",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
