"""How fast negotiations are simulated, as ratios to a yardstick timed in the same run.

The yardstick is drawing the types with NumPy, ``(rng.random((N, 2, n)) < 0.5).astype(np.int8)``, of as many negotiations N over
n = 8 iid items. Each time is that of a whole warm ``simulate`` call with Rubinstein demands and all columns filled; yardstick
and calls alternate, and a ratio is that of their medians. It is wall-clock time, meant for an otherwise idle machine: the
yardstick runs in one thread, ``simulate`` in as many as there are processors. The peak memory is that of a process that does
nothing else. A ratio that misses its goal is reported, not an error."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from agents import RubinsteinDemand
from negotiation import exchange, simulate
from negotiation.protocol import Protocol
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

ITEMS = 8
TREMBLE = 0.01
GOALS = {0.0: 5.0, TREMBLE: 15.0}  # times the yardstick, by tremble
MESA_GOAL, IDLE_GOAL = 50.0, 5.0
MEMORY_GOAL = 700.0  # MB
PROTOCOLS: tuple[Protocol, ...] = (ShareDemanding(), Frequency(), ItemByItem(), Combinatorial())


@dataclass(frozen=True)
class Measurement:
    """A number measured, in ``unit``, with its goal: at most, or at least where ``more`` is better; None where it has none."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    more: bool = False
    seconds: float | None = None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.more else self.value <= self.goal

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"{'at least' if self.more else 'at most'} {self.goal:g}"
        verdict = {None: "", True: "met", False: "NOT MET"}[self.met]
        took = "" if self.seconds is None else f"{self.seconds:.3g} s"
        return f"{self.what:<46}{took:>10}{self.value:>10.3g} {self.unit:<3} {goal:<13} {verdict}".rstrip()


def run(
    negotiations: int = 1_000_000, *, repeats: int = 5, pairs: int = 2_000, streamed: int = 10_000_000
) -> Iterator[Measurement]:
    """Measure, one after the other: every protocol with and without trembles, the Mesa model with ``pairs`` pairs of agents,
    and the memory that a summary of ``streamed`` negotiations takes."""
    yield from _protocols(negotiations, repeats)
    yield from _mesa(pairs, repeats)
    yield Measurement(f"peak memory of {streamed:,} in a stream", _peak_memory(streamed), "MB", MEMORY_GOAL)


def _protocols(negotiations: int, repeats: int) -> Iterator[Measurement]:
    rng = np.random.default_rng(1)

    def yardstick() -> object:
        return (rng.random((negotiations, 2, ITEMS)) < 0.5).astype(np.int8)

    cases = [(tremble, protocol) for tremble in GOALS for protocol in PROTOCOLS]
    base, times = _alternate(yardstick, [_simulation(protocol, tremble, negotiations) for tremble, protocol in cases], repeats)
    yield Measurement(f"drawing {negotiations:,} x 2 x {ITEMS} types", 1.0, "x", seconds=base)
    for (tremble, protocol), seconds in zip(cases, times, strict=True):
        label = f"{protocol.name}, tremble {tremble:g}" if tremble else protocol.name
        yield Measurement(label, seconds / base, "x", GOALS[tremble], seconds=seconds)


def _simulation(protocol: Protocol, tremble: float, negotiations: int) -> Callable[[], object]:
    problem, player = exchange(ITEMS), RubinsteinDemand()
    return lambda: simulate(
        problem, protocol, player, player, negotiations=negotiations, seed=1, tremble=tremble, agreements=True
    )


def _alternate(base: Callable[[], object], calls: Sequence[Callable[[], object]], repeats: int) -> tuple[float, list[float]]:
    """Median seconds of the base, timed before every call, and of each call; all once beforehand to warm up."""
    for call in (base, *calls):
        call()
    bases, times = [], []
    for _ in range(repeats):
        row = []
        for call in calls:
            bases.append(_seconds(base))
            row.append(_seconds(call))
        times.append(row)
    return statistics.median(bases), [statistics.median(column) for column in zip(*times, strict=True)]


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _mesa(pairs: int, repeats: int) -> Iterator[Measurement]:
    """The Mesa model stepping the same pairs, against simulate, and against the same model with agents that do nothing."""
    try:
        from agents.model import NegotiationModel
        from agents.negotiator import Idle
    except ImportError:
        return
    problem, protocol, player = exchange(ITEMS), ShareDemanding(), RubinsteinDemand()
    stepping, idling, simulating, steps = [], [], [], 0
    many = 100 * pairs
    for _ in range(repeats + 1):  # the first to warm up
        society: dict[str, Any] = {"agents": 2 * pairs, "graph": "pairs", "matching": "fixed", "rng": 1}
        model = NegotiationModel(problem, protocol, player, **society)
        stepping.append(_seconds(model.run_model))
        steps = model.steps
        idle = NegotiationModel(problem, protocol, player, agent_class=Idle, step_limit=steps, **society)
        idling.append(_seconds(idle.run_model))
        simulating.append(_seconds(_simulation(protocol, 0.0, many)))
    mesa, idle_mesa, batch = (statistics.median(times[1:]) for times in (stepping, idling, simulating))
    label = f"Mesa, {pairs:,} pairs, {steps} steps"
    yield Measurement(f"{label}, over simulate", mesa / pairs / (batch / many), "x", MESA_GOAL, more=True, seconds=mesa)
    yield Measurement(f"{label}, over idle agents", mesa / idle_mesa, "x", IDLE_GOAL, seconds=mesa)


STREAM = """
import resource
from agents import RubinsteinDemand
from negotiation import exchange
from negotiation.simulate import simulate_summary
from protocols import ShareDemanding

simulate_summary(exchange({items}), ShareDemanding(), RubinsteinDemand(), RubinsteinDemand(), negotiations={count}, seed=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak_memory(negotiations: int) -> float:
    """The peak resident memory, MB, of a process that summarises so many negotiations."""
    code = STREAM.format(items=ITEMS, count=negotiations)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    scale = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return int(done.stdout) / scale


def machine() -> str:
    """What the numbers depend on: processors and versions."""
    versions = []
    for package in ("negotiation", "numpy", "mesa"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} (not installed)")
    return f"{os.cpu_count()} processors, {platform.machine()}; Python {platform.python_version()}, {', '.join(versions)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command: prints a line for each measurement. The word "equilibrium" first: that of solving game trees."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["equilibrium"]:
        from experiments import bench_equilibrium

        return bench_equilibrium.main(given[1:])
    parser = argparse.ArgumentParser(
        prog="benchmark",
        description="Time simulations against drawing their types with NumPy.",
        epilog="`benchmark equilibrium` times the solver of game trees beside those of others; it has a --help of its own.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer negotiations and repeats: ratios are rough")
    quick = parser.parse_args(given).quick
    print(machine())
    measurements = run(200_000, repeats=3, pairs=500, streamed=1_000_000) if quick else run()
    for measurement in measurements:
        print(measurement, flush=True)


if __name__ == "__main__":
    main()
