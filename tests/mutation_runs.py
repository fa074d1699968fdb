"""Runs mutants for `mutate.py`: copies of the tree, the map of which test runs which line, and a process for each mutant.

The map only says where to look: a mutant dies by a test that fails, so a wrong map can report a survivor that is none, never a
death that is none. A test's lines are recorded anew when its file, or a file of which it runs a line, has changed; a helper of
tests that changed does not count. A line of no test (run at import or in another process) falls back to the tests of its file,
and if these pass to all tests.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

import pytest
from mutate import ROOMS, Site
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
NO_TESTS = ["--ignore=tests/unit/test_quality.py"]  # the linter and the type checker
PRELOAD = ["numpy", "scipy.optimize", "scipy.stats", "scipy.sparse", "pandas", "networkx", "matplotlib.pyplot"]
PRELOAD += ["pytest", "hypothesis", "pydantic", "click", "rich.console", "mesa", "mutation_runs"]
PATIENCE = 8.0  # a test hangs when it takes this many times as long as for the map, and half a minute
MEMORY = 12 << 30  # bytes of address space; a mutant that wants more crashes


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: whether it died, by which test, after how many seconds and tests."""

    died: bool
    words: str
    killer: str = ""
    seconds: float = 0.0
    tests: int = 0


@dataclass
class Known:
    """A test in the map: its seconds, the lines it runs, and the hashes of those files when it did."""

    seconds: float
    lines: dict[str, list[int]]
    hashes: dict[str, str]
    passes: bool


# Copies of the tree


def copies(root: Path, folder: Path, count: int) -> list[Path]:
    """Copies of the tracked and new files of a tree, compiled with checks of content rather than of dates."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    first = folder / "copy0"
    for name in listed.stdout.split("\0"):
        if name and (root / name).is_file():
            (first / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, first / name)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *ROOMS]
    subprocess.run(command, cwd=first, check=True)
    others = [folder / f"copy{i}" for i in range(1, count)]
    for other in others:
        shutil.copytree(first, other)
    return [first, *others]


def environment(copy: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{copy / 'tests'}", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


# The map


class Recorder:
    """A pytest plugin for the run that makes the map: notes seconds and failures, and makes every test run its own lines.

    What an earlier test left in a cache of a module, or on disk, is forgotten before the next.
    """

    def __init__(self, path: str) -> None:
        self.path, self.seconds, self.failed = Path(path), defaultdict(float), set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        for name, module in list(sys.modules.items()):
            if name.startswith((*ROOMS, "test_")) and module is not None:
                for value in list(vars(module).values()):
                    if hasattr(value, "cache_clear") and not isinstance(value, type):
                        value.cache_clear()
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setenv("NEGOTIATION_CACHE", folder)
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.path.write_text(json.dumps({"seconds": self.seconds, "failed": sorted(self.failed)}))


def pytest_configure(config: pytest.Config) -> None:
    """Makes `-p mutation_runs` record to the file named by the environment."""
    if path := os.environ.get("MUTATION_RECORD"):
        config.pluginmanager.register(Recorder(path))


def record(copy: Path, arguments: list[str]) -> dict[str, Known]:
    """Runs tests once under coverage and reads which lines each ran."""
    from coverage import CoverageData

    with tempfile.TemporaryDirectory() as folder:
        config, data, notes = (Path(folder) / name for name in ("rc", "coverage", "notes"))
        config.write_text(f"[run]\nsource = {','.join(ROOMS)}\ndata_file = {data}\n")
        command = [sys.executable, "-m", "pytest", "-p", "mutation_runs", "-p", "no:cacheprovider", *NO_TESTS, *arguments]
        command += ["--cov", f"--cov-config={config}", "--cov-context=test", "--cov-report="]
        done = subprocess.run(command, cwd=copy, env=environment(copy) | {"MUTATION_RECORD": str(notes)})
        if done.returncode not in (0, 1):
            raise SystemExit("The tests could not be run; see above.")
        return read(copy, data, json.loads(notes.read_text()), CoverageData)


def read(copy: Path, data: Path, notes: dict, reader: type) -> dict[str, Known]:
    """The recorded lines of each test; lines run while one is set up count for all tests of its file, which share fixtures."""
    covered = reader(str(data))
    covered.read()
    by_file = defaultdict(list)
    for name in notes["seconds"]:
        by_file[name.split("::")[0]].append(name)
    lines: dict[str, dict[str, set[int]]] = {name: defaultdict(set) for name in notes["seconds"]}
    for file in covered.measured_files():
        path = Path(file).relative_to(copy).as_posix()
        for line, contexts in covered.contexts_by_lineno(file).items():
            for context in contexts:
                test, _, phase = context.rpartition("|")
                for name in by_file[test.split("::")[0]] if phase in ("setup", "teardown") else [test]:
                    if name in lines:
                        lines[name][path].add(line)
    hashes = {path: digest(copy / path) for path in {p for found in lines.values() for p in found} | set(by_file)}
    return {
        name: Known(
            seconds=notes["seconds"][name],
            lines={path: sorted(numbers) for path, numbers in found.items()},
            hashes={path: hashes[path] for path in [*found, name.split("::")[0]]},
            passes=name not in notes["failed"],
        )
        for name, found in lines.items()
    }


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.is_file() else ""


def collected(copy: Path) -> list[str]:
    """The names of all tests; collecting them also leaves them compiled."""
    options = ["--collect-only", "-q", "-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider", *NO_TESTS]
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=copy, env=environment(copy), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return [line for line in done.stdout.splitlines() if "::" in line]


def load_map(copy: Path, folder: Path, screen: Console) -> dict[str, Known]:
    """The map of the tree in a copy: what is kept in a folder, brought up to date by running what changed."""
    kept = folder / "map.json.gz"
    known: dict[str, Known] = {}
    if kept.exists():
        with gzip.open(kept, "rt") as file:
            known = {name: Known(**entry) for name, entry in json.load(file).items()}
    names = collected(copy)
    now = {path: digest(copy / path) for path in {p for k in known.values() for p in k.hashes}}
    fresh = {n for n in names if n in known and all(now[path] == was for path, was in known[n].hashes.items())}
    stale = [n for n in names if n not in fresh]
    if stale:
        screen.print(f"{len(stale)} of {len(names)} tests are run to see which lines they run")
        whole = {n.split("::")[0] for n in stale} - {n.split("::")[0] for n in fresh}
        known |= record(copy, [*sorted(whole), *(n for n in stale if n.split("::")[0] not in whole)])
    known = {n: known[n] for n in names if n in known}
    folder.mkdir(exist_ok=True)
    if stale:
        with gzip.open(kept, "wt", compresslevel=3) as file:
            json.dump({name: asdict(k) for name, k in known.items()}, file)
    failing = [n for n, k in known.items() if not k.passes]
    if failing:
        screen.print(
            "These tests fail without any mutant and are not counted: " + ", ".join(failing), soft_wrap=True, markup=False
        )
    return {n: k for n, k in known.items() if k.passes}


def choose(site: Site, tests: dict[str, Known]) -> list[list[str]]:
    """Rounds of tests for a site, each fastest first: those that run its line, else those of its file and then all others."""

    def fastest(names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda n: (tests[n].seconds, n))

    line = fastest(n for n, k in tests.items() if site.line in k.lines.get(site.path, ()))
    if line and site.function:
        return [line]
    file = fastest(n for n, k in tests.items() if site.path in k.lines)
    return [file, fastest(set(tests) - set(file))]


# One mutant


class Watch:
    """A pytest plugin inside a mutant's process: stops tests that hang, and tells what happened."""

    def __init__(self, copy: Path, site: Site, limits: dict[str, float]) -> None:
        self.copy, self.limits, self.tests, self.killer, self.words = copy, limits, 0, "", ""
        self.module = site.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        def stop(*_: object) -> None:
            self.killer, self.words = item.nodeid, "hangs"
            raise pytest.fail.Exception("hangs")

        before = signal.signal(signal.SIGALRM, stop)
        signal.alarm(int(self.limits.get(item.nodeid, 60.0)))
        self.tests += 1
        try:
            return (yield)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.killer:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.killer, self.words = report.nodeid, (getattr(crash, "message", "") or "fails").splitlines()[0][:120]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.killer:
            self.killer, self.words = report.nodeid, "cannot be imported"

    def strangers(self) -> list[str]:
        """Modules of the project that came from elsewhere than the copy."""
        ours = [(n, getattr(m, "__file__", None)) for n, m in sys.modules.items() if n.split(".")[0] in ROOMS]
        return [n for n, file in ours if file and not Path(file).resolve().is_relative_to(self.copy.resolve())]


def attempt(copy: str, site: Site, names: list[str], limits: dict[str, float], pipe: Connection) -> None:
    """Runs tests in a copy of the tree, in a process of its own that knows no module of the project yet."""
    import resource

    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(copy)
    os.environ.update(environment(Path(copy)))
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    ours = [ROOT, *(ROOT / "tests").rglob("")]
    sys.path[:] = [copy, *(p for p in sys.path if p and Path(p).resolve() not in ours)]
    for name in [n for n in sys.modules if n.split(".")[0] in (*ROOMS, "mutate", "mutation_runs")]:
        del sys.modules[name]
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    watch = Watch(Path(copy), site, limits)
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--tb=short", *names], plugins=[watch])
    pipe.send((int(code), watch.killer, watch.words, watch.tests, watch.strangers(), watch.module in sys.modules))
    pipe.close()
    os._exit(0)


def fate(site: Site, tests: dict[str, Known], copy: Path) -> Fate:
    """Turns the sign in a copy, runs the tests, and turns it back."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    file = copy / site.path
    source, started, done = file.read_text(encoding="utf-8"), time.monotonic(), 0
    file.write_text(site.turned(source), encoding="utf-8")
    try:
        for names in choose(site, tests):
            if not names:
                continue
            limits = {n: 30 + PATIENCE * tests[n].seconds for n in names}
            ours, theirs = context.Pipe()
            process = context.Process(target=attempt, args=(str(copy), site, names, limits, theirs))
            process.start()
            theirs.close()
            answer = None
            if ours.poll(300 + PATIENCE * sum(tests[n].seconds for n in names)):
                try:
                    answer = ours.recv()
                except EOFError:
                    answer = None
            if process.pid:
                with_children(process.pid)
            process.join()
            seconds = time.monotonic() - started
            if answer is None:
                return Fate(True, "crashes or hangs", seconds=seconds, tests=done)
            code, killer, words, ran, strangers, seen = answer
            if strangers:
                raise SystemExit(f"{strangers[0]} was imported from outside of the copy {copy}: the mutant was not tested.")
            done += ran
            if code in (1, 2, 4) and killer:  # 4: the files of named tests cannot be imported
                return Fate(True, words, killer, seconds, done)
            if code not in (0, 5):
                raise SystemExit(f"pytest ended with status {code} for {site}, running {names[:3]} ...")
            if not seen:
                words = " (none of them imports the file)"
        how = f"{done} tests pass{words}" if done else "no test runs this line"
        return Fate(False, how, seconds=time.monotonic() - started, tests=done)
    finally:
        file.write_text(source, encoding="utf-8")
        shutil.rmtree(copy / ".hypothesis", ignore_errors=True)


def with_children(pid: int) -> None:
    """Ends a mutant's process and whatever it started: they are a process group of their own."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def fates(drawn: list[Site], tests: dict[str, Known], copies: list[Path]) -> Iterator[tuple[Site, Fate]]:
    """The fate of each mutant, as they become known; one copy for each that is tested at the same time."""
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def one(site: Site) -> tuple[Site, Fate]:
        copy = free.get()
        try:
            return site, fate(site, tests, copy)
        finally:
            free.put(copy)

    pool = ThreadPoolExecutor(len(copies))
    try:
        for future in as_completed([pool.submit(one, site) for site in drawn]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def write(log: Path, site: Site, fate: Fate, seed: int) -> None:
    with log.open("a") as file:
        file.write(json.dumps({"seed": seed} | asdict(site) | asdict(fate)) + "\n")
