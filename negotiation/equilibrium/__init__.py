"""Mechanism-design benchmarks: what could be reached at best, and by design. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.equilibrium.linking import Linking, linking_mechanism
    from negotiation.equilibrium.markov import MarkovEquilibrium, PolicyAt, PublicBelief, markov_equilibrium
    from negotiation.equilibrium.markov_outcomes import MarkovOutcome, outcome, second_best_within
    from negotiation.equilibrium.second_best_mechanism import SecondBest, second_best
    from negotiation.equilibrium.truth import best_lies
    from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, type_space
    from negotiation.equilibrium.unrolled import UnrolledGain, unrolled_gain

_MODULE = {  # no module may have the name of something that is exported: it would take its place once imported
    "Linking": "linking", "linking_mechanism": "linking",
    "MarkovEquilibrium": "markov", "PolicyAt": "markov", "PublicBelief": "markov", "markov_equilibrium": "markov",
    "MarkovOutcome": "markov_outcomes", "outcome": "markov_outcomes", "second_best_within": "markov_outcomes",
    "UnrolledGain": "unrolled", "unrolled_gain": "unrolled",
    "best_lies": "truth",
    "SecondBest": "second_best_mechanism", "second_best": "second_best_mechanism",
    "NotAvailable": "type_classes", "TypeSpace": "type_classes", "type_space": "type_classes",
}  # fmt: skip
__all__ = [
    "Linking",
    "MarkovEquilibrium",
    "MarkovOutcome",
    "NotAvailable",
    "PolicyAt",
    "PublicBelief",
    "SecondBest",
    "TypeSpace",
    "UnrolledGain",
    "best_lies",
    "linking_mechanism",
    "markov_equilibrium",
    "outcome",
    "second_best",
    "second_best_within",
    "type_space",
    "unrolled_gain",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
