"""Negotiation: multi-item negotiation with private information, simulated, solved and predicted."""

from negotiation.errors import CannotPlay, InputError, RuleBroken
from negotiation.outcomes import Outcomes, Summary
from negotiation.priors import common_shock, iid, matchups, table
from negotiation.problem import Problem, exchange, from_tables, public_good, task_assignment, whole_decisions
from negotiation.protocol import Grid, Protocol
from negotiation.registry import register
from negotiation.simulate import simulate, simulate_summary
from negotiation.strategy import DemandStrategy, Strategy

__version__ = "0.1.0"
__all__ = [
    "CannotPlay", "DemandStrategy", "Grid", "InputError", "Outcomes", "Problem", "Protocol", "RuleBroken",
    "Strategy", "Summary", "common_shock", "exchange", "from_tables", "iid", "matchups", "public_good", "register",
    "simulate", "simulate_summary", "table", "task_assignment", "whole_decisions",
]  # fmt: skip
