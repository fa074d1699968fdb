"""negotiation sweep: grids, storing, going on after an interruption."""

import json
from pathlib import Path

import pandas as pd
import pytest

from experiments import sweep, sweeps
from experiments.scenario import Scenario
from negotiation import InputError

OVER = ("--over", "items=1,2,4", "--over", "discount=0.5,0.9")


def test_a_grid(run_json, small):
    told = run_json("sweep", str(small), *OVER)
    points = [(row["items"], row["discount"], row["protocol"]) for row in told["rows"]]
    protocols = ("item-by-item", "share-demanding")
    assert points == [(n, d, p) for n in (1, 2, 4) for d in (0.5, 0.9) for p in protocols]
    alone = run_json("compare", str(small))
    row = next(row for row in told["rows"] if (row["items"], row["discount"]) == (2, 0.9))
    compared = {key: value for key, value in alone["rows"][0].items() if key != "distances"}
    assert row == {"items": 2, "discount": 0.9} | compared
    assert not Path("results").exists()


def test_any_key(run_json, small):
    told = run_json(
        "sweep", str(small), "--over", "problem.buyer_values=[2,10],[4,10]", "--over", "strategies=screening,boulware"
    )
    assert len(told["rows"]) == 8
    assert told["rows"][0]["problem.buyer_values"] == [2, 10]
    told = run_json("sweep", str(small), "--over", "discount=[0.9,0.5],[0.5,0.9]")
    first, second = told["rows"][1], told["rows"][3]
    assert first["payoff_alice"] > second["payoff_alice"]


@pytest.fixture
def interrupted(monkeypatch):
    """Let the third point be interrupted, once."""
    calls = []
    real = sweeps.run

    def fragile(scenario, listener=None):
        calls.append(scenario)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(scenario, listener)

    monkeypatch.setattr(sweeps, "run", fragile)
    return calls


@pytest.mark.parametrize("out", [(), ("--out", "mine")])
def test_an_interrupted_sweep_goes_on(run, run_json, small, interrupted, out):
    command = ("sweep", str(small), *OVER, "--no-plots", *out)
    stopped = run(*command)
    assert stopped.exit_code == 130
    assert stopped.stderr.startswith("negotiation: interrupted; 2 of 6 points are stored in ")
    folder = Path("mine") if out else next(Path("results").iterdir())
    assert json.loads((folder / "manifest.json").read_text())["progress"] == {"points": 6, "done": 2, "status": "interrupted"}
    with (folder / "points.jsonl").open("a") as file:
        file.write('{"key": "cut off, as by a power fail')
    again = run(*command)
    assert again.exit_code == 0, again.output
    assert "2 of 6 points were stored" in again.stdout
    assert f"Results: {folder}" in again.stdout
    assert len(interrupted) == 3 + 4, "stored points are not played again"
    assert len((folder / "points.jsonl").read_text().splitlines()) == 6
    whole = sweep(Scenario.load(small), {"items": [1, 2, 4], "discount": [0.5, 0.9]}).frame
    pd.testing.assert_frame_equal(pd.read_csv(folder / "sweep.csv"), whole, check_dtype=False)
    assert json.loads((folder / "manifest.json").read_text())["progress"]["status"] == "complete"


def test_workers_change_nothing(small):
    over = {"items": [1, 2], "tremble": [0.0, 0.1]}
    pd.testing.assert_frame_equal(sweep(str(small), over, workers=2).frame, sweep(str(small), over).frame)


def test_another_sweep_is_not_mixed_in(run, small):
    assert run("sweep", str(small), "--over", "items=1,2", "--out", "out", "--no-plots").exit_code == 0
    more = run("sweep", str(small), "--over", "items=1,2,3", "--out", "out", "--no-plots")
    assert "2 of 3 points were stored" in more.stdout
    for options in (("--over", "items=1,2", "--seed", "9"), ("--over", "tremble=0.1")):
        result = run("sweep", str(small), *options, "--out", "out")
        assert (result.exit_code, result.stderr) == (2, "negotiation: out: holds another sweep (of small); give a new folder\n")


def test_mistakes_show_before_anything_is_played(small):
    with pytest.raises(InputError, match=r"items=0: problem.items: expected a whole number of at least 1"):
        sweep(str(small), {"items": [4, 0]}, folder="out")
    with pytest.raises(InputError, match="expected different keys"):
        sweep(str(small), {"items": [4], "problem.items": [2]}, folder="out")
    assert not Path("out").exists()


def test_report_gets_the_frame(run, small, monkeypatch):
    import sys
    from types import ModuleType

    seen = []
    stub = ModuleType("experiments.report")
    stub.write_sweep_report = lambda *args: seen.append(args)
    monkeypatch.setitem(sys.modules, "experiments.report", stub)
    result = run("sweep", str(small), "--over", "items=1,2", "--out", "out")
    assert result.exit_code == 0, result.output
    folder, scenario, frame, over = seen[0]
    assert (str(folder), scenario.name, len(frame), over) == ("out", "small", 4, {"items": [1, 2]})
