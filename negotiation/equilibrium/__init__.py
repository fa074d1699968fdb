"""Equilibrium: game trees, beliefs, checks, solvers and bounds; and the mechanism-design benchmarks of what could be reached.

Names are loaded when they are first used."""

from typing import TYPE_CHECKING

from negotiation.lazy import lazily

if TYPE_CHECKING:
    from negotiation.equilibrium.automata import Automaton
    from negotiation.equilibrium.automaton_beliefs import BeliefReport, Trembles, check_beliefs
    from negotiation.equilibrium.automaton_check import AutomatonReport, check_automaton
    from negotiation.equilibrium.automaton_unrolled import BayesReport, check_under_bayes
    from negotiation.equilibrium.bounds import PayoffBounds, payoff_bounds
    from negotiation.equilibrium.certificates import RubinsteinCertificate, rubinstein_certificate
    from negotiation.equilibrium.checks import check, check_session
    from negotiation.equilibrium.continuation import Continuation, Nothing, Supplied
    from negotiation.equilibrium.deviations import DeviationReport, deviation_gains
    from negotiation.equilibrium.efg import read_efg, write_efg
    from negotiation.equilibrium.examples import example_3_delay
    from negotiation.equilibrium.exchangeable import ExchangeableGame, exchangeable_game
    from negotiation.equilibrium.exchangeable_solution import ExchangeableSolution, Rate, fitted_rate, solve_exchangeable
    from negotiation.equilibrium.extensive_forms import ExtensiveForm
    from negotiation.equilibrium.items_bound import ItemsNeeded, items_needed, tremble_bound
    from negotiation.equilibrium.linking import Linking, linking_mechanism
    from negotiation.equilibrium.many_items import frequency_bounds
    from negotiation.equilibrium.markov import MarkovEquilibrium, PolicyAt, PublicBelief, markov_equilibrium
    from negotiation.equilibrium.markov_outcomes import MarkovOutcome, markov_outcome, second_best_within
    from negotiation.equilibrium.menu_trees import menu_assessment
    from negotiation.equilibrium.menus import MenuEquilibrium, menu_equilibrium, menu_problem
    from negotiation.equilibrium.nearly_known import nearly_known_bounds, typical_types, uncertainty_table
    from negotiation.equilibrium.outcomes_on_tree import Outcome, outcome
    from negotiation.equilibrium.price_automata import PriceState, price_automaton, rubinstein_on_grid
    from negotiation.equilibrium.reports import Deviation, Report
    from negotiation.equilibrium.second_best_mechanism import SecondBest, second_best
    from negotiation.equilibrium.separate_sales import InefficiencyGap, SeparateSale, efficiency_gap, separate_sale
    from negotiation.equilibrium.share_demanding_offers import DemandedShare, ShareDemandingOffers, has_share_demanding_offers
    from negotiation.equilibrium.solving import solve
    from negotiation.equilibrium.tree_building import game_tree
    from negotiation.equilibrium.tree_forms import extensive_form
    from negotiation.equilibrium.tree_solver import TreeSolution, equilibria, largest_gains, solve_tree
    from negotiation.equilibrium.trees import GameTree
    from negotiation.equilibrium.truth import best_lies
    from negotiation.equilibrium.type_classes import NotAvailable, TypeSpace, type_space
    from negotiation.equilibrium.unrolled import UnrolledGain, unrolled_gain
    from negotiation.equilibrium.updating import posterior_bound, updating_rate

_MODULE = {  # no module may have the name of something that is exported: it would take its place once imported
    "Automaton": "automata",
    "BeliefReport": "automaton_beliefs", "Trembles": "automaton_beliefs", "check_beliefs": "automaton_beliefs",
    "AutomatonReport": "automaton_check", "check_automaton": "automaton_check",
    "BayesReport": "automaton_unrolled", "check_under_bayes": "automaton_unrolled",
    "PayoffBounds": "bounds", "payoff_bounds": "bounds",
    "RubinsteinCertificate": "certificates", "rubinstein_certificate": "certificates",
    "check": "checks", "check_session": "checks",
    "Continuation": "continuation", "Nothing": "continuation", "Supplied": "continuation",
    "DeviationReport": "deviations", "deviation_gains": "deviations",
    "read_efg": "efg", "write_efg": "efg",
    "example_3_delay": "examples",
    "ExchangeableGame": "exchangeable", "exchangeable_game": "exchangeable",
    "ExchangeableSolution": "exchangeable_solution", "Rate": "exchangeable_solution",
    "fitted_rate": "exchangeable_solution", "solve_exchangeable": "exchangeable_solution",
    "ExtensiveForm": "extensive_forms",
    "ItemsNeeded": "items_bound", "items_needed": "items_bound", "tremble_bound": "items_bound",
    "Linking": "linking", "linking_mechanism": "linking",
    "frequency_bounds": "many_items",
    "MarkovEquilibrium": "markov", "PolicyAt": "markov", "PublicBelief": "markov", "markov_equilibrium": "markov",
    "MarkovOutcome": "markov_outcomes", "markov_outcome": "markov_outcomes", "second_best_within": "markov_outcomes",
    "menu_assessment": "menu_trees",
    "MenuEquilibrium": "menus", "menu_equilibrium": "menus", "menu_problem": "menus",
    "nearly_known_bounds": "nearly_known", "typical_types": "nearly_known", "uncertainty_table": "nearly_known",
    "Outcome": "outcomes_on_tree", "outcome": "outcomes_on_tree",
    "PriceState": "price_automata", "price_automaton": "price_automata", "rubinstein_on_grid": "price_automata",
    "Deviation": "reports", "Report": "reports",
    "SecondBest": "second_best_mechanism", "second_best": "second_best_mechanism",
    "InefficiencyGap": "separate_sales", "SeparateSale": "separate_sales", "efficiency_gap": "separate_sales",
    "separate_sale": "separate_sales",
    "DemandedShare": "share_demanding_offers", "ShareDemandingOffers": "share_demanding_offers",
    "has_share_demanding_offers": "share_demanding_offers",
    "solve": "solving",
    "game_tree": "tree_building",
    "extensive_form": "tree_forms",
    "TreeSolution": "tree_solver", "equilibria": "tree_solver", "largest_gains": "tree_solver", "solve_tree": "tree_solver",
    "GameTree": "trees",
    "best_lies": "truth",
    "NotAvailable": "type_classes", "TypeSpace": "type_classes", "type_space": "type_classes",
    "UnrolledGain": "unrolled", "unrolled_gain": "unrolled",
    "posterior_bound": "updating", "updating_rate": "updating",
}  # fmt: skip
__all__ = [
    "Automaton",
    "AutomatonReport",
    "BayesReport",
    "BeliefReport",
    "Continuation",
    "DemandedShare",
    "Deviation",
    "DeviationReport",
    "ExchangeableGame",
    "ExchangeableSolution",
    "ExtensiveForm",
    "GameTree",
    "InefficiencyGap",
    "ItemsNeeded",
    "Linking",
    "MarkovEquilibrium",
    "MarkovOutcome",
    "MenuEquilibrium",
    "NotAvailable",
    "Nothing",
    "Outcome",
    "PayoffBounds",
    "PolicyAt",
    "PriceState",
    "PublicBelief",
    "Rate",
    "Report",
    "RubinsteinCertificate",
    "SecondBest",
    "SeparateSale",
    "ShareDemandingOffers",
    "Supplied",
    "TreeSolution",
    "Trembles",
    "TypeSpace",
    "UnrolledGain",
    "best_lies",
    "check",
    "check_automaton",
    "check_beliefs",
    "check_session",
    "check_under_bayes",
    "deviation_gains",
    "efficiency_gap",
    "equilibria",
    "example_3_delay",
    "exchangeable_game",
    "extensive_form",
    "fitted_rate",
    "frequency_bounds",
    "game_tree",
    "has_share_demanding_offers",
    "items_needed",
    "largest_gains",
    "linking_mechanism",
    "markov_equilibrium",
    "markov_outcome",
    "menu_assessment",
    "menu_equilibrium",
    "menu_problem",
    "nearly_known_bounds",
    "outcome",
    "payoff_bounds",
    "posterior_bound",
    "price_automaton",
    "read_efg",
    "rubinstein_certificate",
    "rubinstein_on_grid",
    "second_best",
    "second_best_within",
    "separate_sale",
    "solve",
    "solve_exchangeable",
    "solve_tree",
    "tremble_bound",
    "type_space",
    "typical_types",
    "uncertainty_table",
    "unrolled_gain",
    "updating_rate",
    "write_efg",
]

__getattr__, __dir__ = lazily(__name__, _MODULE)
