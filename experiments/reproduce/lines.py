"""What a row compares: the paper's number beside this run's, line by line.

A row's function yields lines. Each says what it is about, what the paper says, what was computed, how far apart they are and
how far apart they may be; the number of the paper is all that is written down."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

AGREES, DIFFERS, SLIP, SKIPPED = "agrees", "differs", "slip", "skipped"
WITHIN = 1e-6  # how far a number may be from the paper's, unless the line says otherwise
TOLD = 7  # significant digits of a number in words
BOUND = re.compile(r"(more than|less than|below|at most|<) (-?\d+(?:\.\d+)?)(?!\w)")


@dataclass(frozen=True)
class Line:
    """One comparison.

    ``paper`` and ``got`` are numbers, nested sequences of numbers, or words; ``difference`` is the largest distance of their
    entries, in their unit (for words 0 or 1), ``within`` the largest that counts as the same. ``tried`` is the number of random
    instances behind it. Where the paper's print is wrong, ``slip`` is the argument, ``got`` the corrected value, and
    ``difference`` how far it is from a second computation."""

    what: str
    paper: Any
    got: Any
    difference: float
    within: float
    tried: int = 0
    slip: str = ""

    @property
    def verdict(self) -> str:
        """agrees, differs, or slip."""
        if not self.difference <= self.within:
            return DIFFERS
        return SLIP if self.slip else AGREES

    def because(self, tried: int) -> "Line":
        """The same line, resting on so many random instances."""
        return replace(self, tried=tried)


def equal(what: str, paper: Any, got: Any, within: float = WITHIN) -> Line:
    """The paper's value and ours: the same up to ``within``, each entry of it; words the same to the letter."""
    return Line(what, plain(paper), plain(got), distance(paper, got), within)


def at_most(what: str, paper: float, got: float, within: float = 0.0) -> Line:
    """The paper's upper bound, and what was found; the difference is what is above it."""
    return Line(what, f"<= {tell(paper)}", plain(got), _beyond(float(got) - float(paper)), within)


def at_least(what: str, paper: float, got: float, within: float = 0.0) -> Line:
    """The paper's lower bound, and what was found; the difference is what is missing."""
    return Line(what, f">= {tell(paper)}", plain(got), _beyond(float(paper) - float(got)), within)


def for_all(what: str, violations: Iterable[float], within: float = WITHIN) -> Line:
    """A statement about all instances, tried on some: ``violations`` has the violation of each (0 or less: none), in the
    statement's own unit. An instance that gives no number counts against it."""
    found = np.asarray(list(violations), dtype=float)
    worst = _beyond(found.max(initial=-np.inf)) if len(found) and np.all(np.isfinite(found)) else np.inf
    return Line(what, "always", f"largest violation {worst:.1e}", worst, within, tried=len(found))


def slip(what: str, printed: Any, got: Any, confirmed: Any, argument: str, within: float = WITHIN) -> Line:
    """The paper's print is wrong: ``got`` is the corrected value, ``confirmed`` the same by a second computation, and
    ``argument`` says in a sentence or two why. If what is printed turns out to be what was computed, the line differs: then it
    is no slip. ``printed`` may be words where the number printed cannot be compared; a bound ("less than 20") is no slip if it
    holds."""
    right = _holds(printed, got, within) or distance(printed, got) <= within
    difference = np.inf if right else distance(confirmed, got)
    return Line(what, plain(printed), plain(got), difference, within, slip=" ".join(argument.split()))


def _holds(printed: Any, got: Any, within: float) -> bool:
    """Whether ``printed`` is a bound in words on one number that ``got`` keeps, by more than ``within`` if the bound is
    strict."""
    bound = BOUND.match(printed) if isinstance(printed, str) else None
    if bound is None or np.ndim(got) or isinstance(got, str):
        return False
    above = float(got) - float(bound[2])
    return {"more than": above > within, "at most": above <= within}.get(bound[1], above < -within)


def distance(one: Any, other: Any) -> float:
    """The largest distance of two values' entries; 1 between different words, or words and numbers; infinite where shapes
    differ or a number is missing."""
    if isinstance(one, str | bool | None) or isinstance(other, str | bool | None):
        return 0.0 if plain(one) == plain(other) else 1.0
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if a.shape != b.shape:
        return float("inf")
    gaps = np.abs(a - b)
    return float(gaps.max(initial=0.0)) if np.all(np.isfinite(gaps)) else float("inf")


def plain(value: Any) -> Any:
    """A value as Python's own numbers, words and lists."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, str | int | None):
        return value
    return np.asarray(value, dtype=float).tolist()


def tell(value: Any) -> str:
    """A value in words: numbers with seven digits, lists in brackets."""
    if isinstance(value, list | tuple):
        return "(" + ", ".join(tell(v) for v in value) + ")"
    if isinstance(value, float):
        return f"{value:.{TOLD}g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _beyond(excess: float) -> float:
    return float("inf") if not np.isfinite(excess) else max(0.0, float(excess))
