"""Rows: what is reproduced, each by a small function in the file of its paper.

    @row("J1", "P", "004, Section 2.2.3", "One rug: the first best, and the most that any mechanism reaches")
    def one_rug(run):
        '''What `negotiation reproduce J1` explains.'''
        yield equal("first best, utils", 3.5, problem.surplus.mean)

The functions use the public interface only, as any user would."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from experiments.reproduce.lines import Line
from negotiation.errors import InputError

PAPERS = {  # module -> the paper
    "jackson": "Jackson, Sonnenschein and Xing, A Theory of Efficient Negotiations (004)",
    "treutlein": "Treutlein, Modeling Evidential Cooperation in Large Worlds (000)",
    "salamanca": "Salamanca, on cooperative bargaining under asymmetric information (003)",
    "diffractor": "Diffractor, Unifying Bargaining Notions (001)",
    "diffractor_threats": "Diffractor, the sequel on threats and kinder fallbacks (002)",
}
MARKS = {"P": "predictions and complete information", "E": "equilibria of protocols", "C": "evidential cooperation",
         "N": "incomplete-information cooperation"}  # fmt: skip
Make = Callable[["Run"], Iterator[Line]]


@dataclass(frozen=True)
class Row:
    """A claim of a paper. ``source`` is file, section and number; ``slow`` rows are left out of a quick run; where the claim
    cannot be computed there is no ``make``, and ``why_not`` says why."""

    id: str
    mark: str
    source: str
    claim: str
    make: Make | None
    paper: str
    slow: bool = False
    why_not: str = ""


@dataclass(eq=False)
class Run:
    """What a row is given: random numbers of its own (``rng``, by the run's seed and the row's id), whether to be quick, and
    a place for its picture."""

    row: Row
    seed: int
    quick: bool = False
    pictures: bool = False
    drawn: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, zlib.crc32(self.row.id.encode())])

    def tries(self, number: int) -> int:
        """How many random instances to draw: ``number``, or a tenth of it in a quick run."""
        return max(2, number // 10) if self.quick else number

    def draw(self, caption: str, picture: Callable[[], Any]) -> None:
        """Show a picture (Axes, a list of them, or a Figure) with what it shows in a sentence; only made if anybody looks."""
        if self.pictures:
            from negotiation.plots.style import style

            with style():
                self.drawn.append((caption, picture()))


_ROWS: dict[str, Row] = {}


def row(id: str, mark: str, source: str, claim: str, *, slow: bool = False) -> Callable[[Make], Make]:
    """Register the function that reproduces a claim; its docstring explains it."""

    def register(make: Make) -> Make:
        _add(Row(id, mark, source, claim, make, make.__module__.rpartition(".")[2], slow))
        return make

    return register


def not_computable(id: str, mark: str, source: str, claim: str, *, paper: str, why: str) -> None:
    """List a claim that no program can reproduce, and say why."""
    _add(Row(id, mark, source, claim, None, paper, why_not=" ".join(why.split())))


def _add(new: Row) -> None:
    assert new.id not in _ROWS, f"two rows are called {new.id}"
    assert new.mark in MARKS and new.paper in PAPERS, new
    assert new.make is None or new.make.__doc__, f"{new.id}: the docstring explains the row"
    _ROWS[new.id] = new


def rows() -> dict[str, Row]:
    """All rows by id, paper by paper."""
    for paper in PAPERS:
        import_module(f"experiments.reproduce.{paper}")
    order = list(PAPERS)
    return {one.id: one for one in sorted(_ROWS.values(), key=lambda r: order.index(r.paper))}


def chosen(ids: tuple[str, ...]) -> list[Row]:
    """The rows of these ids, or all; InputError for an id that is none."""
    known = rows()
    wanted = {id.lower(): id for id in known}
    wrong = [id for id in ids if id.lower() not in wanted]
    if wrong:
        raise InputError(f"{wrong[0]}: expected an id of a row, one of {', '.join(known)}")
    return [known[wanted[id.lower()]] for id in dict.fromkeys(ids)] if ids else list(known.values())
