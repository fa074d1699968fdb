"""Evidential cooperation: Bayesian bargaining between universes that cannot talk (file 000). Names are loaded when first
used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.ecl.alike_families import MixedFamily, mixed_families
    from negotiation.ecl.decision_procedures import (
        SubtypeGame,
        cooperators_equilibrium,
        equivalent_game,
        gains_of_cooperators,
        least_players,
        with_cooperators,
    )
    from negotiation.ecl.dependency_equilibria import DependencyReport, is_dependency_equilibrium
    from negotiation.ecl.dependency_search import Region, pure_dependency_equilibria, region, with_marginals
    from negotiation.ecl.ecl_games import (
        BayesianNashEquilibria,
        ECLBayesianGame,
        action_utilities,
        bayesian_nash_equilibria,
        expected_utilities,
        gains_from_cooperation,
    )
    from negotiation.ecl.examples_of_games import example_35
    from negotiation.ecl.folk_sequences import polytope_draws, theorem_38, theorem_51
    from negotiation.ecl.joint_tables import TableGame, conditional_utilities, pairwise_utilities, table_game, uncorrelated
    from negotiation.ecl.type_priors import (
        TypePrior,
        correlated_types,
        independent_types,
        joint_table,
        prior_of_beliefs,
        prior_of_joint,
        prior_of_pairs,
    )

_MODULE: dict[str, str] = {  # no module may have the name of something that is exported: it would take its place once imported
    "MixedFamily": "alike_families",
    "mixed_families": "alike_families",
    "SubtypeGame": "decision_procedures",
    "cooperators_equilibrium": "decision_procedures",
    "equivalent_game": "decision_procedures",
    "gains_of_cooperators": "decision_procedures",
    "least_players": "decision_procedures",
    "with_cooperators": "decision_procedures",
    "DependencyReport": "dependency_equilibria",
    "is_dependency_equilibrium": "dependency_equilibria",
    "Region": "dependency_search",
    "pure_dependency_equilibria": "dependency_search",
    "region": "dependency_search",
    "with_marginals": "dependency_search",
    "BayesianNashEquilibria": "ecl_games",
    "ECLBayesianGame": "ecl_games",
    "action_utilities": "ecl_games",
    "bayesian_nash_equilibria": "ecl_games",
    "expected_utilities": "ecl_games",
    "gains_from_cooperation": "ecl_games",
    "example_35": "examples_of_games",
    "polytope_draws": "folk_sequences",
    "theorem_38": "folk_sequences",
    "theorem_51": "folk_sequences",
    "TableGame": "joint_tables",
    "conditional_utilities": "joint_tables",
    "pairwise_utilities": "joint_tables",
    "table_game": "joint_tables",
    "uncorrelated": "joint_tables",
    "TypePrior": "type_priors",
    "correlated_types": "type_priors",
    "independent_types": "type_priors",
    "joint_table": "type_priors",
    "prior_of_beliefs": "type_priors",
    "prior_of_joint": "type_priors",
    "prior_of_pairs": "type_priors",
}
__all__ = [
    "BayesianNashEquilibria",
    "DependencyReport",
    "ECLBayesianGame",
    "MixedFamily",
    "Region",
    "SubtypeGame",
    "TableGame",
    "TypePrior",
    "action_utilities",
    "bayesian_nash_equilibria",
    "conditional_utilities",
    "cooperators_equilibrium",
    "correlated_types",
    "equivalent_game",
    "example_35",
    "expected_utilities",
    "gains_from_cooperation",
    "gains_of_cooperators",
    "independent_types",
    "is_dependency_equilibrium",
    "joint_table",
    "least_players",
    "mixed_families",
    "pairwise_utilities",
    "polytope_draws",
    "prior_of_beliefs",
    "prior_of_joint",
    "prior_of_pairs",
    "pure_dependency_equilibria",
    "region",
    "table_game",
    "theorem_38",
    "theorem_51",
    "uncorrelated",
    "with_cooperators",
    "with_marginals",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
