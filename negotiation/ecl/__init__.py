"""Evidential cooperation: Bayesian bargaining between universes that cannot talk (file 000). Names are loaded when first
used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.ecl.breakaways import Breakaway, Step, breakaway
    from negotiation.ecl.coalition_cores import CoreReport, core
    from negotiation.ecl.coalition_examples import example_17, example_64, example_66
    from negotiation.ecl.objections import Objection
    from negotiation.ecl.separable_games import SeparableGame
    from negotiation.ecl.stable_points import StablePoint, payoffs_alone, stable_disagreement
    from negotiation.ecl.uncoordinated_choices import Choices, ways_to_divide
    from negotiation.ecl.worst_matrices import worst_matrix

_HOME: dict[str, tuple[str, ...]] = {  # no module may have the name of something that is exported
    "breakaways": ("Breakaway", "Step", "breakaway"),
    "coalition_cores": ("CoreReport", "core"),
    "coalition_examples": ("example_17", "example_64", "example_66"),
    "objections": ("Objection",),
    "separable_games": ("SeparableGame",),
    "stable_points": ("StablePoint", "payoffs_alone", "stable_disagreement"),
    "uncoordinated_choices": ("Choices", "ways_to_divide"),
    "worst_matrices": ("worst_matrix",),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}
__all__ = [
    "Breakaway", "Choices", "CoreReport", "Objection", "SeparableGame", "StablePoint", "Step", "breakaway", "core",
    "example_17", "example_64", "example_66", "payoffs_alone", "stable_disagreement", "ways_to_divide", "worst_matrix",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
