"""Results on disk: folders that are either complete or absent, tables, outcomes, manifests."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from experiments.scenario import Scenario
from negotiation import __version__
from negotiation.errors import InputError
from negotiation.outcomes import Outcomes

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "mesa", "networkx", "matplotlib", "numba", "pydantic")
ROW_GROUP = 1 << 17
TABLE, OUTCOMES, MANIFEST = "table.csv", "outcomes.parquet", "manifest.json"
PREDICTIONS, DISTANCES = "predictions.csv", "distances.csv"


def default_folder(name: str) -> Path:
    """results/<name>-<YYYYmmdd-HHMMSS>, with a number where there is one of that second already."""
    stem = f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    candidates = [Path("results") / (stem + (f"-{k}" if k > 1 else "")) for k in range(1, 1000)]
    return next(folder for folder in candidates if not folder.exists())


def check_free(folder: Path) -> None:
    """Raise InputError if the folder holds something, or is none."""
    if folder.is_dir():
        if any(folder.iterdir()):
            raise InputError(f"{folder}: expected a new or empty folder for results; this one is not empty")
    elif folder.exists() or folder.is_symlink():
        raise InputError(f"{folder}: expected a folder for results, not a file")


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A temporary folder beside ``folder``, renamed to it at the end; on any error nothing is left.

    Raises InputError where results cannot be written there, before anything is computed."""
    try:
        check_free(folder)
        made = _make_parents(folder.parent)
        room = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(f"{folder}: results cannot be written there: {error.strerror or error}") from error
    try:
        yield room
        room.chmod(0o777 & ~_umask())
        os.replace(room, folder)
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        for parent in made:
            if not any(parent.iterdir()):
                parent.rmdir()
        raise


def _make_parents(parent: Path) -> list[Path]:
    """Make the folder and those above it; those that were made, innermost first."""
    missing = [p for p in (parent, *parent.parents) if not p.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    return missing


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write a file whole: first beside it, then renamed."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def write_table(path: Path, frame: "pd.DataFrame") -> None:
    """The table as CSV, numbers in full precision."""
    write_text(path, frame.to_csv(index=False))


def as_json(value: Any) -> str:
    """JSON without NaN: what is not a finite number is null."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):  # numpy
        return _plain(value.tolist())
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


class OutcomesFile:
    """Outcomes as Parquet: the columns of ``Outcomes.frame`` with ``protocol`` and ``strategies``, in row groups.

    Call ``add`` with each part as it is played. A context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: Any = None
        self._waiting: list[Any] = []

    def add(self, protocol: str, strategies: str, part: Outcomes) -> None:
        """Take the next part."""
        import pyarrow as pa

        for first in range(0, len(part), ROW_GROUP):
            rows = slice(first, first + ROW_GROUP)
            some = Outcomes(part.totals[rows], part.stage[rows], first=part.first + first)
            table = pa.Table.from_pandas(some.frame(), preserve_index=False)
            for name, value in (("strategies", strategies), ("protocol", protocol)):
                column = pa.DictionaryArray.from_arrays(pa.array([0] * len(some), pa.int8()), [value])
                table = table.add_column(0, name, column)
            if self._waiting and self._waiting[0]["protocol"][0] != table["protocol"][0]:
                self._flush()  # a row group holds one protocol
            self._waiting.append(table)
            if sum(len(t) for t in self._waiting) >= ROW_GROUP:
                self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        if self._waiting:
            table = pa.concat_tables(self._waiting).unify_dictionaries()
            self._waiting = []
            if self._writer is None:
                self._writer = parquet.ParquetWriter(self.path, table.schema, compression="zstd")
            self._writer.write_table(table, row_group_size=ROW_GROUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()


def versions() -> dict[str, str]:
    """The versions that results may depend on."""
    found = {"negotiation": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def manifest(scenario: Scenario, kind: str, command: str, started: datetime, **more: Any) -> dict[str, Any]:
    """What is needed to know how results came about, and to get them again."""
    return {
        "kind": kind,
        "scenario": scenario.name,
        "title": scenario.title,
        "source": scenario.source,
        "scenario_text": scenario.text,
        "settings": scenario.document,
        "digest": scenario.digest,
        "seed": scenario.play.seed,
        "command": command,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now().astimezone() - started).total_seconds(), 3),
        "versions": versions(),
        **more,
    }


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """manifest.json in the folder."""
    write_text(folder / MANIFEST, as_json(content) + "\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; empty where there is none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
