"""sweep(): the comparison repeated over values of scenario keys, each point stored as soon as it is done."""

import hashlib
import itertools
import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import store
from experiments.comparison import compare, playable
from experiments.scenario import SHORT, Scenario
from negotiation import __version__
from negotiation.errors import CannotPlay, InputError
from negotiation.simulate import Listener

if TYPE_CHECKING:
    import pandas as pd

POINTS, SWEEP_TABLE = "points.jsonl", "sweep.csv"
MOST_POINTS = 100_000
Point = Mapping[str, Any]


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: ``frame`` has the swept keys first, then the columns of ``compare``; a row for each point, protocol and
    mix of strategies. ``resumed`` is the number of points that were stored before."""

    over: Mapping[str, Sequence[Any]]
    rows: list[dict[str, Any]] = field(repr=False)
    folder: Path | None = None
    resumed: int = 0
    skipped: tuple[str, ...] = ()

    @property
    def frame(self) -> "pd.DataFrame":
        """A row for each point, protocol and mix of strategies."""
        import pandas as pd

        return pd.DataFrame(self.rows)


@dataclass(frozen=True)
class Task:
    """A point of the grid with its scenario."""

    point: Point
    scenario: Scenario
    runs: int  # protocols and mixes that can be played
    skipped: tuple[str, ...]

    @property
    def key(self) -> str:
        """Under what its rows are stored."""
        return f"{self.scenario.digest}-{__version__}"


def sweep(
    scenario: Scenario | str,
    over: Mapping[str, Sequence[Any]],
    *,
    folder: str | Path | None = None,
    workers: int = 1,
    command: str = "sweep()",
    listener: Listener | None = None,
) -> Sweep:
    """Compare the protocols of a scenario at every point of the grid of ``over``: scenario keys (dotted, such as
    "problem.cost"; or items, discount, tremble, negotiations) with the values to try.

    ``folder``: where every finished point is stored at once; a folder with the same sweep is gone on with. ``workers``:
    processes, over points. The table does not depend on them, nor on interruptions."""
    scenario = Scenario.load(scenario) if isinstance(scenario, str) else scenario
    if workers < 1:
        raise InputError(f"workers: expected a whole number of at least 1, got {workers}")
    tasks = plan(scenario, over)
    room = Path(folder) if folder is not None else None
    done = open_folder(room, scenario, over) if room else {}
    resumed = sum(task.key in done for task in tasks)
    started, left = datetime.now().astimezone(), [task for task in tasks if task.key not in done]

    def note(status: str) -> None:
        if room:
            progress = {"points": len(tasks), "done": sum(task.key in done for task in tasks), "status": status}
            more = {"over": over, "sweep": sweep_digest(scenario, over), "progress": progress}
            store.write_manifest(room, store.manifest(scenario, "sweep", command, started, **more))

    note("running")
    if listener:
        listener.advance(sum(task.runs * task.scenario.play.negotiations for task in tasks if task.key in done))
    try:
        for task, rows in results(left, workers, listener):
            done[task.key] = rows
            if room:
                append(room / POINTS, {"key": task.key, "point": dict(task.point), "rows": rows})
    except BaseException:
        note("interrupted")
        raise
    table = [dict(task.point) | row for task in tasks for row in done[task.key]]
    told = tuple(dict.fromkeys(why for task in tasks for why in task.skipped))
    result = Sweep(dict(over), table, room, resumed, told)
    if room:
        store.write_table(room / SWEEP_TABLE, result.frame)
        note("complete")
    return result


def plan(scenario: Scenario, over: Mapping[str, Sequence[Any]]) -> list[Task]:
    """All points of the grid, checked before anything is played. Raises InputError that names the point."""
    if not over or not all(len(values) for values in over.values()):
        raise InputError("over: expected at least one key with at least one value")
    full = [SHORT.get(name, name) for name in over]
    if len(set(full)) < len(full):
        raise InputError(f"over: {', '.join(over)}: expected different keys")
    grid = [dict(zip(over, values, strict=True)) for values in itertools.product(*over.values())]
    if len(grid) > MOST_POINTS:
        raise InputError(f"over: expected at most {MOST_POINTS} points, got {len(grid)}")
    tasks: dict[str, Task] = {}
    for point in grid:
        said = "over " + ", ".join(f"{name}={store.as_json(value)}" for name, value in point.items())
        changed = scenario.change(point, said)
        try:
            problem = changed.problem()
            runs, skipped = playable(problem, changed.protocols(), changed.strategies(), changed.play.tremble)
        except CannotPlay as error:
            raise InputError(f"{said}: play.protocols: none of them can play: {error}") from error
        except InputError as error:
            raise InputError(f"{said}: {error}") from error
        task = Task(point, changed, len(runs), tuple(f"{said}: {why}" for why in skipped))
        tasks.setdefault(task.key, task)
    return list(tasks.values())


def results(tasks: Sequence[Task], workers: int, listener: Listener | None) -> Iterator[tuple[Task, list[dict[str, Any]]]]:
    """The rows of each task, as they are finished."""
    if workers == 1 or len(tasks) < 2:
        for task in tasks:
            yield task, run(task.scenario, listener)
        return
    pool = ProcessPoolExecutor(min(workers, len(tasks)), get_context("spawn"), _leave_interrupts_to_the_parent)
    try:
        futures = {pool.submit(run, task.scenario): task for task in tasks}
        for future in as_completed(futures):
            task = futures[future]
            yield task, future.result()
            if listener:
                listener.advance(task.runs * task.scenario.play.negotiations)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run(scenario: Scenario, listener: Listener | None = None) -> list[dict[str, Any]]:
    """The rows of one point."""
    play = scenario.play
    options: dict[str, Any] = {"negotiations": play.negotiations, "seed": play.seed, "tremble": play.tremble}
    done = compare(
        scenario.problem(),
        scenario.protocols(),
        scenario.strategies(),
        keep=False,
        listener=listener,
        benchmarks=False,
        **options,
    )
    return [{key: value for key, value in row.items() if key != "distances"} for row in done.rows]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sweep_digest(scenario: Scenario, over: Mapping[str, Sequence[Any]]) -> str:
    """A fingerprint of the scenario and of the keys swept over: the same for a sweep with more values."""
    kept = scenario.change({name: values[0] for name, values in over.items()})
    body = json.dumps([kept.name, sorted(over), _without(scenario, over)], sort_keys=True, default=str)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _without(scenario: Scenario, over: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The scenario's values, those swept over left out."""
    content = scenario.spec.model_dump(exclude={"title", "description"})
    for name in over:
        *tables, last = SHORT.get(name, name).split(".")
        at = content
        for table in tables:
            at = at.get(table) or {}
        at.pop(last, None)
    return content


def open_folder(folder: Path, scenario: Scenario, over: Mapping[str, Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Make the folder, or read the points that are stored in it. Raises InputError if it holds anything else."""
    known = store.read_manifest(folder)
    if known.get("kind") == "sweep":
        if known.get("sweep") != sweep_digest(scenario, over):
            raise InputError(f"{folder}: holds another sweep (of {known.get('scenario')}); give a new folder")
        return stored(folder / POINTS)
    try:
        store.check_free(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / POINTS).touch()
    except OSError as error:
        raise InputError(f"{folder}: results cannot be written there: {error.strerror or error}") from error
    return {}


def stored(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of each stored point. A last line that was cut off is dropped, from the file too."""
    done: dict[str, list[dict[str, Any]]] = {}
    good: list[str] = []
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            done[entry["key"]] = entry["rows"]
            good.append(line)
        except (ValueError, KeyError, TypeError):
            continue
    whole = "".join(line + "\n" for line in good)
    if whole != text:
        store.write_text(path, whole)
    return done


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Add a line to the file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def unfinished(scenario: Scenario, over: Mapping[str, Sequence[Any]]) -> Path | None:
    """The latest folder in results/ that holds this sweep, interrupted."""
    for path in sorted(Path("results").glob(f"{scenario.name}-*/{store.MANIFEST}"), reverse=True):
        known = store.read_manifest(path.parent)
        if known.get("kind") == "sweep" and known.get("sweep") == sweep_digest(scenario, over):
            return None if known.get("progress", {}).get("status") == "complete" else path.parent
    return None
