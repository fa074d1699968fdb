"""Experiments: scenarios, comparisons of protocols, sweeps, and the command line."""

from typing import TYPE_CHECKING, Any

from experiments.reproduce import reproduce as reproduce  # here at once: it has the name of its package

if TYPE_CHECKING:
    from experiments.comparison import Comparison as Comparison
    from experiments.comparison import compare as compare
    from experiments.scenario import Scenario as Scenario
    from experiments.sweeps import Sweep as Sweep
    from experiments.sweeps import sweep as sweep

_HOMES = {
    "Comparison": "comparison",
    "compare": "comparison",
    "Scenario": "scenario",
    "Sweep": "sweeps",
    "sweep": "sweeps",
}
__all__ = ["Comparison", "Scenario", "Sweep", "compare", "reproduce", "sweep"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, and nothing else: the command line must answer at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'experiments' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"experiments.{_HOMES[name]}"), name)
