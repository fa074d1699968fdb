"""Rooms whose names are loaded when they are first used, so that importing one name does not load all."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, home: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose names live in its modules: ``home`` says where (name -> module).

    No module may have the name of something that is exported: it would take its place once imported."""
    clashes = sorted(set(home) & set(home.values()))
    assert not clashes, f"{package}: {', '.join(clashes)} would be taken for the module of that name"

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home})

    return load, names
