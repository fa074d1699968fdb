"""Evidential cooperation: Bayesian bargaining between universes that cannot talk (file 000).

Names are loaded when they are first used."""

from typing import TYPE_CHECKING

from negotiation.lazy import lazily

if TYPE_CHECKING:
    from negotiation.ecl.action_sets import image, logarithmic_budget, power_budget
    from negotiation.ecl.alike_families import MixedFamily, mixed_families
    from negotiation.ecl.bayesian_bargaining import BargainingEquilibrium, BayesianBargainingGame, bayesian_nash
    from negotiation.ecl.bayesian_compromise import Compromise, compromise
    from negotiation.ecl.breakaways import Breakaway, Step, breakaway
    from negotiation.ecl.coalition_cores import CoreReport, core
    from negotiation.ecl.coalition_examples import example_17, example_64, example_66
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
    from negotiation.ecl.examples import (
        BARGAINING_EXAMPLES,
        example_46,
        example_54,
        example_54_split,
        example_55,
        example_56,
        random_polytopes,
    )
    from negotiation.ecl.examples_of_games import example_35
    from negotiation.ecl.folk_sequences import polytope_draws, theorem_38, theorem_51
    from negotiation.ecl.gains_curves import (
        GainsCurve,
        figure_13,
        figure_15,
        logarithmic_curve,
        solved_curve,
        square_root_curve,
    )
    from negotiation.ecl.joint_tables import TableGame, conditional_utilities, pairwise_utilities, table_game, uncorrelated
    from negotiation.ecl.objections import Objection
    from negotiation.ecl.separable_games import SeparableGame
    from negotiation.ecl.splitting import split_type
    from negotiation.ecl.stable_points import StablePoint, payoffs_alone, stable_disagreement
    from negotiation.ecl.supporting_sequence import DependencyCertificate, dependency_certificate
    from negotiation.ecl.threat_points import ThreatPoint, threat_point
    from negotiation.ecl.type_priors import (
        TypePrior,
        correlated_types,
        independent_types,
        joint_table,
        prior_of_beliefs,
        prior_of_joint,
        prior_of_pairs,
    )
    from negotiation.ecl.uncoordinated_choices import Choices, ways_to_divide
    from negotiation.ecl.worst_matrices import worst_matrix

_HOME: dict[str, tuple[str, ...]] = {  # no module may have the name of something that is exported: it would take its place
    "action_sets": (
        "image",
        "logarithmic_budget",
        "power_budget",
    ),
    "alike_families": (
        "MixedFamily",
        "mixed_families",
    ),
    "bayesian_bargaining": (
        "BargainingEquilibrium",
        "BayesianBargainingGame",
        "bayesian_nash",
    ),
    "bayesian_compromise": (
        "Compromise",
        "compromise",
    ),
    "breakaways": (
        "Breakaway",
        "Step",
        "breakaway",
    ),
    "coalition_cores": (
        "CoreReport",
        "core",
    ),
    "coalition_examples": (
        "example_17",
        "example_64",
        "example_66",
    ),
    "decision_procedures": (
        "SubtypeGame",
        "cooperators_equilibrium",
        "equivalent_game",
        "gains_of_cooperators",
        "least_players",
        "with_cooperators",
    ),
    "dependency_equilibria": (
        "DependencyReport",
        "is_dependency_equilibrium",
    ),
    "dependency_search": (
        "Region",
        "pure_dependency_equilibria",
        "region",
        "with_marginals",
    ),
    "ecl_games": (
        "BayesianNashEquilibria",
        "ECLBayesianGame",
        "action_utilities",
        "bayesian_nash_equilibria",
        "expected_utilities",
        "gains_from_cooperation",
    ),
    "examples": (
        "BARGAINING_EXAMPLES",
        "example_46",
        "example_54",
        "example_54_split",
        "example_55",
        "example_56",
        "random_polytopes",
    ),
    "examples_of_games": ("example_35",),
    "folk_sequences": (
        "polytope_draws",
        "theorem_38",
        "theorem_51",
    ),
    "gains_curves": (
        "GainsCurve",
        "figure_13",
        "figure_15",
        "logarithmic_curve",
        "solved_curve",
        "square_root_curve",
    ),
    "joint_tables": (
        "TableGame",
        "conditional_utilities",
        "pairwise_utilities",
        "table_game",
        "uncorrelated",
    ),
    "objections": ("Objection",),
    "separable_games": ("SeparableGame",),
    "splitting": ("split_type",),
    "stable_points": (
        "StablePoint",
        "payoffs_alone",
        "stable_disagreement",
    ),
    "supporting_sequence": (
        "DependencyCertificate",
        "dependency_certificate",
    ),
    "threat_points": (
        "ThreatPoint",
        "threat_point",
    ),
    "type_priors": (
        "TypePrior",
        "correlated_types",
        "independent_types",
        "joint_table",
        "prior_of_beliefs",
        "prior_of_joint",
        "prior_of_pairs",
    ),
    "uncoordinated_choices": (
        "Choices",
        "ways_to_divide",
    ),
    "worst_matrices": ("worst_matrix",),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}
__all__ = [
    "BARGAINING_EXAMPLES",
    "BargainingEquilibrium",
    "BayesianBargainingGame",
    "BayesianNashEquilibria",
    "Breakaway",
    "Choices",
    "Compromise",
    "CoreReport",
    "DependencyCertificate",
    "DependencyReport",
    "ECLBayesianGame",
    "GainsCurve",
    "MixedFamily",
    "Objection",
    "Region",
    "SeparableGame",
    "StablePoint",
    "Step",
    "SubtypeGame",
    "TableGame",
    "ThreatPoint",
    "TypePrior",
    "action_utilities",
    "bayesian_nash",
    "bayesian_nash_equilibria",
    "breakaway",
    "compromise",
    "conditional_utilities",
    "cooperators_equilibrium",
    "core",
    "correlated_types",
    "dependency_certificate",
    "equivalent_game",
    "example_17",
    "example_35",
    "example_46",
    "example_54",
    "example_54_split",
    "example_55",
    "example_56",
    "example_64",
    "example_66",
    "expected_utilities",
    "figure_13",
    "figure_15",
    "gains_from_cooperation",
    "gains_of_cooperators",
    "image",
    "independent_types",
    "is_dependency_equilibrium",
    "joint_table",
    "least_players",
    "logarithmic_budget",
    "logarithmic_curve",
    "mixed_families",
    "pairwise_utilities",
    "payoffs_alone",
    "polytope_draws",
    "power_budget",
    "prior_of_beliefs",
    "prior_of_joint",
    "prior_of_pairs",
    "pure_dependency_equilibria",
    "random_polytopes",
    "region",
    "solved_curve",
    "split_type",
    "square_root_curve",
    "stable_disagreement",
    "table_game",
    "theorem_38",
    "theorem_51",
    "threat_point",
    "uncorrelated",
    "ways_to_divide",
    "with_cooperators",
    "with_marginals",
    "worst_matrix",
]

__getattr__, __dir__ = lazily(__name__, _MODULE)
