"""simulate(): many independent negotiations at once.

A run is cut into chunks. For each chunk the prior draws types, the strategies prepare, and ``negotiation.play`` plays every
negotiation from its own streams. So what happens in a negotiation depends on the seed and on its number alone, not on the
chunks, the threads or the processes; and a negotiation played alone is a batch of one."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError
from negotiation.outcomes import Outcomes, Summary, summarise
from negotiation.play import Session, play
from negotiation.problem import Problem
from negotiation.protocol import Protocol
from negotiation.strategy import Strategy

CHUNK_ITEMS = 1 << 17  # a chunk holds about this many items: large enough that little time goes into starting operations
KEEP_LIMIT = 200_000_000  # bytes of choices and stages kept by default


class Listener(Interface):
    """Who wants to hear how a run goes."""

    def advance(self, negotiations: int) -> None:
        """So many more negotiations are done."""


def simulate(
    problem: Problem,
    protocol: Protocol,
    alice: Strategy,
    bob: Strategy,
    *,
    negotiations: int = 1000,
    seed: int = 0,
    tremble: float = 0.0,
    chunk: int | None = None,
    workers: int = 1,
    agreements: bool | None = None,
    listener: Listener | None = None,
) -> Outcomes:
    """Play independent negotiations and return their Outcomes.

    ``tremble`` is the total probability of a tremble at each decision. Same seed, same outcomes, to the bit, whatever
    ``chunk`` (negotiations at a time) and ``workers`` (processes; 1 plays in this one, in as many threads as there are
    processors). ``agreements``: keep what was agreed item by item (by default where it takes less than 200 MB).
    Raises CannotPlay, InputError, RuleBroken."""
    session = Session(problem, protocol, (alice, bob), tremble)
    _check_count("negotiations", negotiations)
    keep = negotiations * problem.n * 3 <= KEEP_LIMIT if agreements is None else agreements
    out: dict[str, NDArray[Any]] = {}
    for part in stream(session, negotiations, seed, chunk=chunk, workers=workers, keep=keep, listener=listener):
        for name in ("totals", "stage", "choices", "stages"):
            column = getattr(part, name)
            if column is not None:
                if name not in out:
                    out[name] = np.empty((negotiations, *column.shape[1:]), column.dtype, order="F")
                out[name][part.first : part.first + len(part)] = column
    return Outcomes(out["totals"], out["stage"], out.get("choices"), out.get("stages"))


def simulate_summary(
    problem: Problem,
    protocol: Protocol,
    alice: Strategy,
    bob: Strategy,
    *,
    negotiations: int,
    seed: int = 0,
    tremble: float = 0.0,
    chunk: int | None = None,
    workers: int = 1,
    listener: Listener | None = None,
) -> Summary:
    """The summary that ``simulate(...).summary()`` gives, to the bit, without keeping the outcomes: for any number of them."""
    session = Session(problem, protocol, (alice, bob), tremble)
    return summarise(stream(session, negotiations, seed, chunk=chunk, workers=workers, keep=False, listener=listener))


def stream(
    session: Session,
    negotiations: int,
    seed: int,
    *,
    chunk: int | None = None,
    workers: int = 1,
    keep: bool = True,
    listener: Listener | None = None,
) -> Iterator[Outcomes]:
    """The outcomes part by part, in order."""
    _check_count("negotiations", negotiations)
    _check_count("workers", workers)
    np.empty((1 << 25) - (1 << 16), np.uint8)  # freed at once: a C library that maps large blocks learns to keep them instead
    chunk = max(1, CHUNK_ITEMS // session.problem.n) if chunk is None else chunk
    _check_count("chunk", chunk)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed: expected a whole number of at least 0, got {seed!r}")
    ranges = [(first, min(first + chunk, negotiations)) for first in range(0, negotiations, chunk)]
    if workers > 1:
        from multiprocessing import get_context

        pool: Executor = ProcessPoolExecutor(workers, get_context("spawn"), _start, (session,))
        tasks: Iterator[Any] = ((_play_there, seed, first, last, keep) for first, last in ranges)
        ahead = 2 * workers
    else:
        threads = os.cpu_count() or 1
        pool = ThreadPoolExecutor(threads)
        tasks = ((_play_range, session, seed, first, last, keep) for first, last in ranges)
        ahead = 2 * threads
    waiting: deque[Future[Outcomes]] = deque()
    with pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(*task))
                if len(waiting) >= ahead:
                    yield _told(waiting.popleft().result(), listener)
            while waiting:
                yield _told(waiting.popleft().result(), listener)
        finally:
            for future in waiting:
                future.cancel()


def _told(part: Outcomes, listener: Listener | None) -> Outcomes:
    if listener:
        listener.advance(len(part))
    return part


def _play_range(session: Session, seed: int, first: int, last: int, keep: bool) -> Outcomes:
    """Play the negotiations first, ..., last - 1."""
    numbers = np.arange(first, last)
    done = play(session, session.table(seed, numbers), numbers)
    choices, stages = (done.choice, done.when) if keep else (None, None)
    return Outcomes(done.totals, done.last, choices, stages, first)


_here: list[Session] = []


def _start(session: Session) -> None:
    _here[:] = [session]


def _play_there(seed: int, first: int, last: int, keep: bool) -> Outcomes:
    return _play_range(_here[0], seed, first, last, keep)


def _check_count(what: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"{what}: expected a whole number of at least 1, got {value!r}")
