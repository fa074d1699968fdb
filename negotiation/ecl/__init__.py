"""Evidential cooperation: Bayesian bargaining between universes that cannot talk (file 000).

Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.ecl.action_sets import image, logarithmic_budget, power_budget
    from negotiation.ecl.bayesian_bargaining import BargainingEquilibrium, BayesianBargainingGame, bayesian_nash
    from negotiation.ecl.bayesian_compromise import Compromise, compromise
    from negotiation.ecl.examples import (
        BARGAINING_EXAMPLES,
        example_46,
        example_54,
        example_54_split,
        example_55,
        example_56,
        random_polytopes,
    )
    from negotiation.ecl.gains_curves import (
        GainsCurve,
        figure_13,
        figure_15,
        logarithmic_curve,
        solved_curve,
        square_root_curve,
    )
    from negotiation.ecl.splitting import split_type
    from negotiation.ecl.supporting_sequence import DependencyCertificate, dependency_certificate
    from negotiation.ecl.threat_points import ThreatPoint, threat_point

_HOME = {  # no module may have the name of something that is exported: it would take its place once imported
    "action_sets": ("image", "logarithmic_budget", "power_budget"),
    "bayesian_bargaining": ("BargainingEquilibrium", "BayesianBargainingGame", "bayesian_nash"),
    "bayesian_compromise": ("Compromise", "compromise"),
    "examples": (
        "BARGAINING_EXAMPLES", "example_46", "example_54", "example_54_split", "example_55", "example_56", "random_polytopes",
    ),
    "gains_curves": ("GainsCurve", "figure_13", "figure_15", "logarithmic_curve", "solved_curve", "square_root_curve"),
    "splitting": ("split_type",),
    "supporting_sequence": ("DependencyCertificate", "dependency_certificate"),
    "threat_points": ("ThreatPoint", "threat_point"),
}  # fmt: skip
_MODULE: dict[str, str] = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "BARGAINING_EXAMPLES", "BargainingEquilibrium", "BayesianBargainingGame", "Compromise", "DependencyCertificate",
    "GainsCurve", "ThreatPoint", "bayesian_nash", "compromise", "dependency_certificate", "example_46", "example_54",
    "example_54_split", "example_55", "example_56", "figure_13", "figure_15", "image", "logarithmic_budget",
    "logarithmic_curve", "power_budget", "random_polytopes", "solved_curve", "split_type", "square_root_curve",
    "threat_point",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
