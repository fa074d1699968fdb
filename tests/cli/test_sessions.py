"""The other commands, and the real program in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from experiments import reference
from experiments.scenario import Scenario, built_in

ROOT = Path(__file__).parents[2]


def program(*args):
    """Run the program as a user does."""
    command = [sys.executable, "-c", "from experiments.cli import main; main()", *args]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=False)


def test_help_is_quick_and_teaches():
    times = []
    for _ in range(3):
        start = time.perf_counter()
        told = program("--help")
        times.append(time.perf_counter() - start)
    assert told.returncode == 0
    assert "negotiation compare rugs" in told.stdout
    assert min(times) < 0.5
    heavy = "import sys, experiments.cli; print([m for m in ('numpy', 'pydantic', 'rich', 'pandas') if m in sys.modules])"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, env=env, check=True).stdout == "[]\n"


def test_a_process_that_compares():
    told = program("compare", "rugs", "--negotiations", "20", "--json")
    assert (told.returncode, told.stderr) == (0, "")
    assert len(json.loads(told.stdout)["rows"]) == 4


def test_a_process_that_refuses():
    told = program("compare", "rugs", "--tremble", "7")
    assert (told.returncode, told.stdout) == (2, "")
    line = "negotiation: rugs (built in), --tremble: play.tremble: expected a number in [0, 1), got 7.0\n"
    assert told.stderr == line


def test_every_command_has_help_with_examples(run):
    for name in ("compare", "sweep", "trace", "new"):
        told = run(name, "--help")
        assert told.exit_code == 0
        assert "Examples:" in told.stdout
        assert "[default: " in told.stdout


def test_list(run, run_json):
    told = run("list")
    assert told.exit_code == 0
    for name in (*built_in(), "item-by-item", "rubinstein-demand"):
        assert name in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80
    rows = run_json("list")["rows"]
    assert {row["kind"] for row in rows} == {"scenario", "protocol", "strategy"}
    assert all(row["summary"] and "\n" not in row["summary"] for row in rows)


def test_new_writes_a_scenario_that_plays(run, run_json):
    told = run("new", "my rugs.toml", "--from", "labour-contract")
    assert (told.exit_code, told.stdout) == (0, "Wrote my rugs.toml. Change it, then: negotiation compare 'my rugs.toml'\n")
    text = Path("my rugs.toml").read_text()
    assert text.count("#") > 10
    written = Scenario.load("my rugs.toml")
    assert written.name == "my-rugs"
    assert written.digest != Scenario.load("labour-contract").digest
    assert len(run_json("compare", "my rugs.toml", "--negotiations", "5")["rows"]) == 4


def test_trace_tells_and_writes(run, run_json, monkeypatch):
    told = run("trace", "rugs", "--protocol", "share-demanding", "--no-plots")
    assert told.exit_code == 0, told.output
    assert "7.368" in told.stdout
    assert not list(Path().iterdir())
    data = run_json("trace", "rugs", "--protocol", "frequency", "--negotiation", "3", "--out", "out", "--no-plots")
    assert data["protocol"] == "frequency"
    assert data["rows"][0]["proposer"] == "Alice"
    assert sorted(path.name for path in Path("out").iterdir()) == ["manifest.json", "table.csv", "trace.txt"]


def test_a_scenario_s_own_options_are_kept(run_json, small):
    small.write_text(small.read_text().replace('"share-demanding"', '{name = "share-demanding", order = "bob"}'))
    told = run_json("compare", str(small), "--protocol", "share-demanding")
    assert [row["protocol"] for row in told["rows"]] == ["share-demanding (order=bob)"]


def test_reference_of_keys_is_up_to_date():
    assert (ROOT / "docs" / "scenarios.md").read_text() == reference.reference()


def test_whole_decisions_and_tables(run_json):
    Path("whole.toml").write_text(
        'name = "whole"\ntitle = "Two parts that belong together"\n[problem]\nkind = "tables"\n'
        'parts = 2\nchoices = ["no", "yes"]\n'
        'types = {alice = ["a"], bob = ["l", "h"]}\nalice = [[0], [-1], [-1], [-3]]\n'
        "bob = [[0, 0], [0, 1], [0, 1], [2, 9]]\n[play]\nnegotiations = 20\n"
    )
    told = run_json("compare", "whole.toml")
    assert {row["protocol"] for row in told["rows"]} == {"combinatorial", "share-demanding"}
    assert len(told["skipped"]) == 2
