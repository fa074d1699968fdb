"""What was solved once is kept: in memory, and in the user's cache folder, under a fingerprint of all that decides it.

The environment variable NEGOTIATION_CACHE names another folder, or is "off" to keep nothing on disk. A file that cannot be read
is solved for again."""

import hashlib
import os
import pickle
import tempfile
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from negotiation import __version__
from negotiation.problem import Problem

T = TypeVar("T")
_memory: dict[str, Any] = {}
_lock = threading.RLock()


def fingerprint(*parts: Any) -> str:
    """A name for what these parts decide: problems by their tables and prior, arrays by their bytes, the rest by its repr."""
    digest = hashlib.sha256(__version__.encode())
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()[:32]


def _feed(digest: Any, part: Any) -> None:
    if isinstance(part, Problem):
        prior = [(f.name, getattr(part.prior, f.name)) for f in fields(part.prior) if f.name != "layout"]
        for each in (*part.utility, part.classes, part.discount, part.types, part.parts, type(part.prior).__name__, *prior):
            _feed(digest, each)
    elif isinstance(part, np.ndarray):
        digest.update(f"{part.dtype}{part.shape}".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, tuple | list):
        digest.update(b"(")
        for each in part:
            _feed(digest, each)
        digest.update(b")")
    else:
        digest.update(repr(part).encode())
    digest.update(b";")


def remembered(key: str, compute: Callable[[], T]) -> T:
    """``compute()``, or what it gave the last time under this key."""
    with _lock:
        if key not in _memory:
            found = _read(key)
            if found is None:
                found = compute()
                _write(key, found)
            _memory[key] = found
        kept: T = _memory[key]
        return kept


def folder() -> Path | None:
    """Where solutions are kept; None where nothing is kept on disk."""
    chosen = os.environ.get("NEGOTIATION_CACHE")
    if chosen == "off":
        return None
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("negotiation")


def _read(key: str) -> Any:
    room = folder()
    if room is None:
        return None
    try:
        with (room / f"{key}.pickle").open("rb") as file:
            return pickle.load(file)
    except (OSError, pickle.UnpicklingError, AttributeError, ImportError, EOFError, ValueError, TypeError, IndexError):
        return None


def _write(key: str, found: Any) -> None:
    room = folder()
    if room is None:
        return
    try:
        room.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=room, delete=False) as file:
            pickle.dump(found, file)
        os.replace(file.name, room / f"{key}.pickle")
    except OSError:
        pass  # a cache that cannot be written is no reason to stop
