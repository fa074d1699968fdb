"""Axiomatic and cooperative bargaining solutions.

Feasible sets of payoffs (``hull``, ``polytope``, ``minkowski``, ``smooth``), the solutions that are functions
of such a set and a disagreement point, the Pareto frontier with its common weights, and the axioms that tell
the solutions apart. Everything is in utils; every solution returns a certificate.
"""

from .axioms import axiom_table
from .errors import (
    BadShape,
    BadWeights,
    BargainingError,
    EmptySet,
    InfeasibleDisagreement,
    NoGainsFromTrade,
    NotANumber,
    NotCertified,
    NotOnFrontier,
    UnboundedSet,
)
from .frontier import CommonWeights, Frontier, common_weights, frontier
from .polygon import nash_batch
from .sets import FeasibleSet, hull, minkowski, polytope, smooth
from .solution import Solution
from .solutions import (
    egalitarian,
    kalai_smorodinsky,
    nash,
    relative_utilitarian,
    utilitarian,
    variance_normalised,
)

__all__ = [
    "BadShape",
    "BadWeights",
    "BargainingError",
    "CommonWeights",
    "EmptySet",
    "FeasibleSet",
    "Frontier",
    "InfeasibleDisagreement",
    "NoGainsFromTrade",
    "NotANumber",
    "NotCertified",
    "NotOnFrontier",
    "Solution",
    "UnboundedSet",
    "axiom_table",
    "common_weights",
    "egalitarian",
    "frontier",
    "hull",
    "kalai_smorodinsky",
    "minkowski",
    "nash",
    "nash_batch",
    "polytope",
    "relative_utilitarian",
    "smooth",
    "utilitarian",
    "variance_normalised",
]
