"""How fast equilibria of Example 3's game are found, and how good they are, beside the solvers that others offer.

The game: one item, Alice's cost 8 with probability 0.9 and else 0, Bob's value 10, prices 0..10, discount 0.8, a number of
offers, then nothing. Ours solves it with trembles. The others, pygambit's logit and OpenSpiel's CFR+, know no trembles: they
solve the untrembled game, from the same .efg file, and then hands tremble at every decision of the profile they found.

One evaluator judges all profiles: NashConv without trembles, the sum of what each player's best reply gains before the play
begins; the same with trembles; and, with trembles, the largest gain of a best reply at any information set, reached on purpose
or only by trembles, in utils of its stage. Times are processor time of the solving alone, ours the median of warm calls; ratios
come from one run."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.benchmark import Measurement, machine
from negotiation import exchange, iid
from negotiation.equilibrium import ExtensiveForm, GameTree, extensive_form, game_tree, write_efg
from negotiation.equilibrium.form_values import gains, nash_gains
from negotiation.equilibrium.profiles import trembled
from negotiation.equilibrium.tree_forms import floors, form_profile, set_stages, tree_profile
from negotiation.equilibrium.trees import Profile
from protocols import ItemByItem

TREMBLE = 0.01
NASHCONV = 1e-4  # utils, what CFR+ is to reach
LOGIT_SHARES = (0.3, 0.2, 0.1, 0.03, 0.01, 0.001)  # regrets asked of logit, of the range of payoffs, one after the other
LOGIT_NODES = 1_000  # logit is not tried on larger games: it did not finish one of 8,781 nodes in 11 minutes
GRACE = 60.0  # seconds beyond the limit to start, to read a game and to look at NashConv

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """A solver's result on the game with ``offers`` offers; None is what it has not got, and ``note`` says why."""

    offers: int
    nodes: int
    solver: str
    seconds: float | None = None
    nash_conv: float | None = None
    trembled_nash_conv: float | None = None
    largest_gain: float | None = None
    note: str = ""

    def __str__(self) -> str:
        numbers = (self.seconds, self.nash_conv, self.trembled_nash_conv, self.largest_gain)
        cells = "".join(f"{'-' if x is None else format(x, '.3g'):>12}" for x in numbers)
        return f"{self.offers:>6}{self.nodes:>8,}  {self.solver:<32}{cells}  {self.note}".rstrip()


TITLE = f"{'offers':>6}{'nodes':>8}  {'solver':<32}{'seconds':>12}{'NashConv':>12}{'trembled':>12}{'any set':>12}"


def example_3(offers: int, tremble: float = TREMBLE) -> GameTree:
    """Example 3's game, its beliefs near certainty that the cost is 8."""
    problem = exchange(1, (0, 8), (10,), prior=iid((0.1, 0.9), (1,)), discount=(0.8, 0.8))
    return game_tree(problem, ItemByItem(), grid=(0, 10, 1), horizon=offers, tremble=tremble)


def judge(tree: GameTree, form: ExtensiveForm, solved: Profile, played: Profile) -> tuple[float, float, float]:
    """NashConv of ``solved`` without trembles; of ``played`` with trembles; the latter's largest gain at an information set."""
    choices, floor = form_profile(tree, played), floors(tree)
    with_trembles = gains(form, choices, floor)
    discount = np.array(tree.problem.discount)[form.owner] ** set_stages(tree)
    free = float(nash_gains(form, form_profile(tree, solved)).sum())
    return free, float(with_trembles.nash.sum()), float((with_trembles.conditional / discount).max())


def run(
    offers: Sequence[int] = (2, 3), *, repeats: int = 5, limit: float = 120.0, python: str = sys.executable
) -> Iterator[Row]:
    """A row for each number of offers and solver; ``python`` has the others installed, ``limit`` is in seconds for each."""
    for count in offers:
        tree = example_3(count)
        form = extensive_form(tree, labels=False)
        yield _ours(tree, form, repeats, limit)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "game.efg")
            write_efg(form, path)
            yield _theirs(tree, form, "OpenSpiel CFR+", [python, "cfr", path, str(NASHCONV), str(limit)], limit)
            if form.nodes <= LOGIT_NODES:
                yield _theirs(tree, form, "pygambit logit", [python, "logit", path, *map(str, LOGIT_SHARES)], limit)
            else:
                note = f"not tried on more than {LOGIT_NODES:,} nodes"
                yield Row(tree.horizon, form.nodes, "pygambit logit", note=note)


def _ours(tree: GameTree, form: ExtensiveForm, repeats: int, limit: float) -> Row:
    solve = find_solver()
    if solve is None:
        return Row(tree.horizon, form.nodes, "ours", note="there is no tree solver in this version")
    solve(example_3(tree.horizon))  # to warm up
    times: list[float] = []
    while len(times) < repeats and sum(times) < limit:
        fresh = example_3(tree.horizon)
        start = time.process_time()
        profile = solve(fresh).profile
        times.append(time.process_time() - start)
    found = judge(tree, form, profile, profile)
    return Row(tree.horizon, form.nodes, f"ours (negotiation {_installed('negotiation')})", statistics.median(times), *found)


def find_solver() -> Callable[[GameTree], Any] | None:
    """``solve_tree``, if this version has it."""
    try:
        found: Callable[[GameTree], Any] = import_module("negotiation.equilibrium.tree_solver").solve_tree
    except ModuleNotFoundError:
        return None
    return found


def _theirs(tree: GameTree, form: ExtensiveForm, name: str, call: list[str], limit: float) -> Row:
    """The last result that a peer gave within the limit, judged."""
    results, failure = _run_peer([call[0], str(Path(__file__).with_name("peer_solvers.py")), *call[1:]], limit)
    said = [r for r in results if "profile" in r]
    label = next((r["started"] for r in results if "started" in r), name)
    solver = name if label == name else f"{name} ({label.split()[-1]})"
    if not said:
        missing = next((r["missing"] for r in results if "missing" in r), None)
        return Row(tree.horizon, form.nodes, solver, note=missing or failure or f"nothing in {limit:g} s")
    last = said[-1]
    order = np.unique(form.infoset[form.deciding], return_index=True)[1].argsort()  # the sets as a walk first meets them
    choices = np.zeros(form.choices)
    for s, probabilities in zip(order.tolist(), last["profile"], strict=True):
        choices[form.first[s] : form.first[s] + form.actions[s]] = (
            np.maximum(probabilities, 0) / np.maximum(probabilities, 0).sum()
        )
    solved = tree_profile(tree, choices)
    found = judge(tree, form, solved, trembled(tree, solved))
    if "reached" in last:
        note = f"{last['iterations']:,} iterations" + (
            "" if last["reached"] <= last["asked"] else f", {last['asked']:g} not reached"
        )
    else:
        left = [share for share in LOGIT_SHARES if share < last["asked"]]
        note = f"asked for regret {last['asked']:g} of the range"
        note += f"; {left[0]:g} not in {limit:g} s" if left else ""
    return Row(tree.horizon, form.nodes, solver, last["seconds"], *found, note=note + (f" ({failure})" if failure else ""))


def _run_peer(command: list[str], limit: float) -> tuple[list[dict[str, Any]], str]:
    """The lines of JSON that a peer printed, and why it failed, if it did; it is stopped some time after the limit."""
    wait = limit if "logit" in command else limit + GRACE
    failure = ""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        try:
            status = subprocess.run(command, stdout=out, stderr=errors, timeout=wait).returncode
            if status:
                errors.seek(0)
                failure = f"failed: {(errors.read().strip().splitlines() or [f'status {status}'])[-1]}"
        except subprocess.TimeoutExpired:
            pass
        except OSError as error:
            failure = f"{command[0]}: {error.strerror}"
        out.seek(0)
        lines = [line for line in out.read().splitlines() if line.startswith("{") and line.endswith("}")]
    return [json.loads(line) for line in lines], failure


def compare(rows: Sequence[Row]) -> Iterator[Measurement]:
    """Our time over theirs, with the goals: at most that of CFR+, and a hundredth of that of logit."""
    for ours in rows:
        if not ours.solver.startswith("ours") or ours.seconds is None:
            continue
        for theirs in rows:
            if theirs.offers != ours.offers or theirs is ours or theirs.seconds is None:
                continue
            goal = 0.01 if "logit" in theirs.solver else 1.0
            what = f"ours over {theirs.solver.split('(')[0].strip()}, offers: {ours.offers}"
            yield Measurement(what, ours.seconds / theirs.seconds, "x", goal, seconds=ours.seconds)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command: prints a line for each solver and game, then the ratios."""
    parser = argparse.ArgumentParser(
        prog="benchmark equilibrium",
        description="Time the solver of game trees on Example 3's game, beside pygambit's logit and OpenSpiel's CFR+.",
    )
    parser.add_argument(
        "--offers", type=int, action="append", metavar="T", help="offers in the game; may be repeated [default: 2, 3]"
    )
    parser.add_argument("--limit", type=float, default=120.0, metavar="S", help="seconds for each of the others [default: 120]")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="a Python that has pygambit and open_spiel")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    given = parser.parse_args(arguments)
    found = run(given.offers or (2, 3), limit=given.limit, python=given.peers)
    if given.json:
        rows = list(found)
        ratios = [{"what": m.what, "value": m.value, "goal": m.goal, "met": m.met} for m in compare(rows)]
        print(
            json.dumps(
                {"machine": machine(), "rows": [asdict(row) for row in rows], "ratios": ratios}, indent=2, allow_nan=False
            )
        )
        return
    print(machine())
    print(f"Example 3's game, trembles {TREMBLE:g}, gains in utils; the others solve it untrembled, then tremble")
    print(TITLE)
    rows = []
    for row in found:
        rows.append(row)
        print(row, flush=True)
    for measurement in compare(rows):
        print(measurement)


if __name__ == "__main__":
    main()
