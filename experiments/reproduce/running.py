"""Running rows: one, many, in parallel; what came of them."""

import inspect
import os
import secrets
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from time import perf_counter
from typing import TYPE_CHECKING, Any

from experiments.reproduce.lines import AGREES, DIFFERS, SKIPPED, SLIP, Line, tell
from experiments.reproduce.rows import Row, Run, chosen, rows

if TYPE_CHECKING:
    import pandas as pd

Listener = Callable[["Result"], None]
THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True)
class Picture:
    """An SVG, its width in inches, and what it shows."""

    svg: str
    width: float
    caption: str


@dataclass(frozen=True)
class Result:
    """What came of a row: its lines and the seconds that it took. ``trouble``: why there are none, or fewer than there should
    be; ``skipped`` if that was meant."""

    id: str
    mark: str
    source: str
    claim: str
    paper: str
    lines: tuple[Line, ...] = ()
    seconds: float = 0.0
    trouble: str = ""
    skipped: bool = False
    explanation: str = ""
    code: str = ""
    pictures: tuple[Picture, ...] = ()

    @property
    def verdict(self) -> str:
        """differs if any line does, or the row broke; else slip if any line shows one; else agrees."""
        if self.skipped:
            return SKIPPED
        verdicts = {line.verdict for line in self.lines}
        if self.trouble or not verdicts or DIFFERS in verdicts:
            return DIFFERS
        return SLIP if SLIP in verdicts else AGREES

    @property
    def headline(self) -> Line | None:
        """The line that stands for the row in a table: the first that differs, else the first slip, else the first."""
        order = {DIFFERS: 0, SLIP: 1, AGREES: 2}
        return min(self.lines, key=lambda line: order[line.verdict], default=None)

    @property
    def tried(self) -> int:
        """How many random instances were drawn."""
        return max((line.tried for line in self.lines), default=0)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Why the paper's print is wrong, each argument once."""
        return tuple(dict.fromkeys(line.slip for line in self.lines if line.slip))

    def record(self) -> dict[str, Any]:
        """The row as plain data: what ``--json`` prints."""
        head = self.headline
        return {
            "id": self.id, "mark": self.mark, "source": self.source, "claim": self.claim,
            "paper": head.paper if head else None, "got": head.got if head else None,
            "difference": max((line.difference for line in self.lines), default=None),
            "verdict": self.verdict, "seconds": round(self.seconds, 3), "tried": self.tried,
            "argument": " ".join(self.arguments), "why": self.trouble,
            "lines": [
                {"what": line.what, "paper": line.paper, "got": line.got, "difference": line.difference, "within": line.within,
                 "verdict": line.verdict, "tried": line.tried, "argument": line.slip}
                for line in self.lines
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Reproduction:
    """The results of a run, in the papers' order; ``seed`` draws the random instances: the same seed, the same instances."""

    results: tuple[Result, ...]
    seed: int
    quick: bool
    seconds: float

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows of each verdict."""
        verdicts = [result.verdict for result in self.results]
        return {name: verdicts.count(name) for name in (AGREES, SLIP, DIFFERS, SKIPPED)}

    @property
    def frame(self) -> "pd.DataFrame":
        """A row for each line of each result."""
        import pandas as pd

        return pd.DataFrame([
            {"id": r.id, "source": r.source, "what": line.what, "paper": tell(line.paper), "got": tell(line.got),
             "difference": line.difference, "within": line.within, "verdict": line.verdict, "tried": line.tried}
            for r in self.results for line in r.lines
        ])  # fmt: skip


def run_rows(
    ids: Sequence[str] = (), *, quick: bool = False, seed: int | None = None, workers: int = 1, pictures: bool = False,
    listener: Listener | None = None,
) -> Reproduction:  # fmt: skip
    """Run the rows of these ids (all by default); the slow ones too if they are named or the run is not quick."""
    begun = perf_counter()
    seed = secrets.randbelow(2**32) if seed is None else seed
    wanted = chosen(tuple(ids))
    done: dict[str, Result] = {}

    def take(result: Result) -> None:
        done[result.id] = result
        if listener:
            listener(result)

    to_run = []
    for one in wanted:
        if one.make is None:
            take(replace(_blank(one), skipped=True, trouble=one.why_not))
        elif quick and one.slow and not ids:
            take(replace(_blank(one), skipped=True, trouble="slow: left out of a quick run"))
        else:
            to_run.append(one)
    if workers == 1 or len(to_run) <= 1:
        for one in to_run:
            take(run_row(one.id, seed, quick, pictures))
    else:
        to_run.sort(key=lambda one: not one.slow)  # the long ones first
        alone = _one_thread_each()
        with alone, ProcessPoolExecutor(min(workers, len(to_run)), mp_context=get_context("spawn")) as pool:
            try:
                for future in as_completed([pool.submit(run_row, one.id, seed, quick, pictures) for one in to_run]):
                    take(future.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return Reproduction(tuple(done[one.id] for one in wanted), seed, quick, perf_counter() - begun)


def run_row(id: str, seed: int, quick: bool = False, pictures: bool = False) -> Result:
    """Run one row. A row that breaks differs: its result says how."""
    one = rows()[id]
    assert one.make is not None
    run, lines, trouble, begun = Run(one, seed, quick, pictures), [], "", perf_counter()
    try:
        for line in one.make(run):
            lines.append(line)
    except Exception as error:
        trouble = f"{type(error).__name__}: {error}"
    seconds = perf_counter() - begun
    shown = tuple(_picture(id, k, caption, drawn) for k, (caption, drawn) in enumerate(run.drawn))
    return replace(_blank(one), lines=tuple(lines), seconds=seconds, trouble=trouble, pictures=shown)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started within use one thread each in linear algebra: the cores are taken by rows."""
    before = os.environ.get(THREADS)
    os.environ.setdefault(THREADS, "1")
    try:
        yield
    finally:
        if before is None:
            del os.environ[THREADS]


def _blank(one: Row) -> Result:
    paragraphs = (inspect.getdoc(one.make) or "").split("\n\n") if one.make else []
    explanation = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    code = textwrap.dedent(inspect.getsource(one.make)) if one.make else ""
    return Result(one.id, one.mark, one.source, one.claim, one.paper, explanation=explanation, code=code)


def _picture(id: str, number: int, caption: str, drawn: Any) -> Picture:
    """A figure as SVG text, the same to the byte in every run."""
    import io

    import matplotlib as mpl

    from negotiation.plots.style import style

    first = drawn[0] if isinstance(drawn, list | tuple) else drawn
    figure = first.get_figure(root=True) if hasattr(first, "get_figure") else first
    text = io.StringIO()
    with style(), mpl.rc_context({"svg.hashsalt": f"{id}-{number}"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return Picture(text.getvalue(), float(figure.get_size_inches()[0]), " ".join(caption.split()))
