"""Finding protocols and strategies: our own, those registered with ``@register``, and those of installed packages.

A package offers its own through entry points of the groups ``negotiation.protocols`` and ``negotiation.strategies``, whose
objects are the classes."""

import sys
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, TypeVar

from negotiation.errors import InputError

C = TypeVar("C", bound=type)
HOMES = {"protocol": "protocols", "strategy": "agents"}
_registered: dict[str, dict[str, type]] = {"protocol": {}, "strategy": {}}


def register(cls: C) -> C:
    """Class decorator: make a protocol or a strategy known under its ``name`` (and its class name)."""
    from negotiation.protocol import Protocol

    kind = "protocol" if issubclass(cls, Protocol) else "strategy"
    name = getattr(cls, "name", None)
    if not isinstance(name, str):
        raise InputError(f"{cls.__name__}: a {kind} needs a class attribute `name`")
    other = _registered[kind].get(name)
    if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        raise InputError(f"{kind} {name!r} is already registered by {other.__module__}.{other.__qualname__}")
    _registered[kind][name] = cls
    return cls


def available(kind: str) -> dict[str, type]:
    """All classes of a kind ("protocol" or "strategy") by name."""
    import_module(HOMES[kind])
    _load_installed(kind, tuple(sys.path))
    return dict(_registered[kind])


@cache
def _load_installed(kind: str, path: tuple[str, ...]) -> None:
    """Register what installed packages offer; looked up once for each import path."""
    group = {"protocol": "negotiation.protocols", "strategy": "negotiation.strategies"}[kind]
    for point in entry_points(group=group):
        register(point.load())


def find(kind: str, name: str) -> Any:
    """The class with this name or class name. Raises InputError that lists the names."""
    classes = available(kind)
    for key, cls in classes.items():
        if name in (key, cls.__name__):
            return cls
    raise InputError(f"unknown {kind} {name!r}: expected one of {', '.join(sorted(classes))}")
