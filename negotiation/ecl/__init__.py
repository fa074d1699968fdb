"""Evidential cooperation: Bayesian bargaining between universes that cannot talk (file 000). Names are loaded when first used."""

from importlib import import_module
from typing import Any

_MODULE: dict[str, str] = {}
__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value
