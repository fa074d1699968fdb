"""Axiomatic and cooperative bargaining solutions under complete information.

Feasible sets of payoffs (``hull``, ``polytope``, ``minkowski``, ``smooth``), the solutions that are functions of such a set and
a disagreement point, the Pareto frontier with its common weights, the axioms that tell the solutions apart; normal-form games
with threats between players and coalitions; Rubinstein's shares. Everything is in utils; every solution returns a certificate.

Names are loaded when they are first used: the solvers need scipy's optimisers, which take longer to import than all the rest.
"""

from typing import TYPE_CHECKING

from negotiation.lazy import lazily

if TYPE_CHECKING:
    from negotiation.bargaining.axioms import axiom_table
    from negotiation.bargaining.base import FeasibleSet
    from negotiation.bargaining.coalition_form import CoalitionForm, harsanyi, shapley_ntu
    from negotiation.bargaining.coalition_perfect import coalition_conditions
    from negotiation.bargaining.coco_equilibria import coco_equilibrium, find_several
    from negotiation.bargaining.coco_value import coco
    from negotiation.bargaining.correlated import correlated_equilibrium
    from negotiation.bargaining.errors import (
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
    from negotiation.bargaining.existence import coalition_perfect_existence, with_transfers
    from negotiation.bargaining.fallback import correlated_fallback, with_pure_threat
    from negotiation.bargaining.games import NormalFormGame, bimatrix, nash_equilibria
    from negotiation.bargaining.nash_product import nash
    from negotiation.bargaining.pareto_frontier import CommonWeights, Frontier, common_weights, frontier
    from negotiation.bargaining.polygon import nash_batch
    from negotiation.bargaining.rubinstein import rubinstein_price, rubinstein_shares
    from negotiation.bargaining.sets import hull, minkowski, polytope, smooth
    from negotiation.bargaining.shapley_value import shapley
    from negotiation.bargaining.solution import Solution
    from negotiation.bargaining.solutions import (
        egalitarian,
        kalai_smorodinsky,
        relative_utilitarian,
        utilitarian,
        variance_normalised,
    )
    from negotiation.bargaining.threats import variable_threats

_HOME = {  # no module may have the name of something that is exported: it would take its place once imported
    "axioms": ("axiom_table",),
    "base": ("FeasibleSet",),
    "coalition_form": ("CoalitionForm", "harsanyi", "shapley_ntu"),
    "coalition_perfect": ("coalition_conditions",),
    "coco_equilibria": ("coco_equilibrium", "find_several"),
    "coco_value": ("coco",),
    "correlated": ("correlated_equilibrium",),
    "errors": (
        "BadShape", "BadWeights", "BargainingError", "EmptySet", "InfeasibleDisagreement", "NoGainsFromTrade", "NotANumber",
        "NotCertified", "NotOnFrontier", "UnboundedSet",
    ),
    "existence": ("coalition_perfect_existence", "with_transfers"),
    "fallback": ("correlated_fallback", "with_pure_threat"),
    "games": ("NormalFormGame", "bimatrix", "nash_equilibria"),
    "nash_product": ("nash",),
    "pareto_frontier": ("CommonWeights", "Frontier", "common_weights", "frontier"),
    "polygon": ("nash_batch",),
    "rubinstein": ("rubinstein_price", "rubinstein_shares"),
    "sets": ("hull", "minkowski", "polytope", "smooth"),
    "shapley_value": ("shapley",),
    "solution": ("Solution",),
    "solutions": ("egalitarian", "kalai_smorodinsky", "relative_utilitarian", "utilitarian", "variance_normalised"),
    "threats": ("variable_threats",),
}  # fmt: skip
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "BadShape", "BadWeights", "BargainingError", "CoalitionForm", "CommonWeights", "EmptySet", "FeasibleSet", "Frontier",
    "InfeasibleDisagreement", "NoGainsFromTrade", "NormalFormGame", "NotANumber", "NotCertified", "NotOnFrontier", "Solution",
    "UnboundedSet", "axiom_table", "bimatrix", "coalition_conditions", "coalition_perfect_existence", "coco",
    "coco_equilibrium", "common_weights", "correlated_equilibrium", "correlated_fallback", "egalitarian", "find_several",
    "frontier", "harsanyi", "hull", "kalai_smorodinsky", "minkowski", "nash", "nash_batch", "nash_equilibria", "polytope",
    "relative_utilitarian", "rubinstein_price", "rubinstein_shares", "shapley", "shapley_ntu", "smooth", "utilitarian",
    "variable_threats", "variance_normalised", "with_pure_threat", "with_transfers",
]  # fmt: skip

__getattr__, __dir__ = lazily(__name__, _MODULE)
