"""Equilibrium: game trees, beliefs, checks, solvers and bounds; and the mechanism-design benchmarks of what could be reached.

Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.equilibrium.certificates import RubinsteinCertificate, rubinstein_certificate
    from negotiation.equilibrium.checks import check
    from negotiation.equilibrium.continuation import Continuation, Nothing, Supplied
    from negotiation.equilibrium.linking import Linking, linking_mechanism
    from negotiation.equilibrium.menu_trees import menu_assessment
    from negotiation.equilibrium.menus import MenuEquilibrium, menu_equilibrium, menu_problem
    from negotiation.equilibrium.reports import Deviation, Report
    from negotiation.equilibrium.second_best_mechanism import SecondBest, second_best
    from negotiation.equilibrium.separate_sales import InefficiencyGap, SeparateSale, efficiency_gap, separate_sale
    from negotiation.equilibrium.share_demanding_offers import DemandedShare, ShareDemandingOffers, has_share_demanding_offers
    from negotiation.equilibrium.tree_building import game_tree
    from negotiation.equilibrium.trees import GameTree
    from negotiation.equilibrium.truth import best_lies
    from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, type_space

_MODULE = {  # no module may have the name of something that is exported: it would take its place once imported
    "Continuation": "continuation", "Nothing": "continuation", "Supplied": "continuation",
    "Deviation": "reports", "Report": "reports", "check": "checks",
    "GameTree": "trees", "game_tree": "tree_building",
    "Linking": "linking", "linking_mechanism": "linking",
    "best_lies": "truth",
    "SecondBest": "second_best_mechanism", "second_best": "second_best_mechanism",
    "DemandedShare": "share_demanding_offers", "ShareDemandingOffers": "share_demanding_offers",
    "has_share_demanding_offers": "share_demanding_offers",
    "RubinsteinCertificate": "certificates", "rubinstein_certificate": "certificates",
    "InefficiencyGap": "separate_sales", "SeparateSale": "separate_sales",
    "efficiency_gap": "separate_sales", "separate_sale": "separate_sales",
    "menu_assessment": "menu_trees", "MenuEquilibrium": "menus", "menu_equilibrium": "menus", "menu_problem": "menus",
    "NotAvailable": "type_classes", "TypeSpace": "type_classes", "type_space": "type_classes",
}  # fmt: skip
__all__ = [
    "Continuation",
    "DemandedShare",
    "Deviation",
    "GameTree",
    "InefficiencyGap",
    "Linking",
    "MenuEquilibrium",
    "NotAvailable",
    "Nothing",
    "Report",
    "RubinsteinCertificate",
    "SecondBest",
    "SeparateSale",
    "ShareDemandingOffers",
    "Supplied",
    "TypeSpace",
    "best_lies",
    "check",
    "efficiency_gap",
    "game_tree",
    "has_share_demanding_offers",
    "linking_mechanism",
    "menu_assessment",
    "menu_equilibrium",
    "menu_problem",
    "rubinstein_certificate",
    "second_best",
    "separate_sale",
    "type_space",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
