"""Negotiation: multi-item negotiation with private information, simulated, solved and predicted."""

from typing import TYPE_CHECKING, Any

from negotiation.errors import CannotPlay, InputError, RuleBroken
from negotiation.outcomes import Outcomes, Summary
from negotiation.priors import common_shock, iid, matchups, table
from negotiation.problem import Problem, exchange, from_tables, public_good, task_assignment, whole_decisions
from negotiation.protocol import Grid, Protocol
from negotiation.registry import register
from negotiation.simulate import simulate, simulate_summary
from negotiation.strategy import DemandStrategy, Strategy

if TYPE_CHECKING:
    from negotiation.predictions import Predictions, distances, predict

__version__ = "0.1.0"
__all__ = [
    "CannotPlay", "DemandStrategy", "Grid", "InputError", "Outcomes", "Predictions", "Problem", "Protocol", "RuleBroken",
    "Strategy", "Summary", "common_shock", "distances", "exchange", "from_tables", "iid", "matchups", "predict", "public_good",
    "register", "simulate", "simulate_summary", "table", "task_assignment", "whole_decisions",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Predictions are loaded when first used: simulations do without them."""
    if name not in ("Predictions", "distances", "predict"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from negotiation import predictions

    value = globals()[name] = getattr(predictions, name)
    return value
