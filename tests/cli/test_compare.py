"""negotiation compare: the table, the results folder, JSON."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from experiments import compare
from experiments.scenario import Scenario
from negotiation import CannotPlay, exchange, simulate
from negotiation.outcomes import FRAME_COLUMNS

RUGS = ("compare", "rugs", "--negotiations", "100", "--no-plots")
GOLDEN = """\
rugs: Four rugs: the surplus is known, the rugs that should trade are not 
(Example 1)
4 items, discount 0.9, tremble 0, 100 negotiations, seed 1

              item-by-item combinatorial share-demanding frequency 
agreed at 0         0.2500        1.0000          1.0000    1.0000 
efficiency          0.7143        1.0000          1.0000    1.0000 
  95% from          0.7143        1.0000          1.0000    1.0000 
  to                0.7143        1.0000          1.0000    1.0000 
lost to delay       0.0000        0.0000          0.0000    0.0000 
  missed            0.2857        0.0000          0.0000    0.0000 
  wrong             0.0000        0.0000          0.0000    0.0000 
  discounting       0.0000        0.0000          0.0000    0.0000 
Alice, utils       7.15789       7.36842         7.36842   7.36842 
Bob, utils         2.84211       6.63158         6.63158   6.63158 
message size             4            16               5         5 
                   Strategies: rubinstein-demand                   

Results: out
"""  # noqa: W291
WIDE = """\
protocol        strategies          at 0          [95% interval]  delay missed  wrong   disc.   utils   utils    size 
item-by-item    rubinstein-demand 0.2500 0.7143 [0.7143, 0.7143] 0.0000 0.2857 0.0000  0.0000 7.15789 2.84211       4 
"""  # noqa: W291


def test_a_session_at_80_columns(run):
    result = run(*RUGS, "--out", "out")
    assert (result.exit_code, result.stdout, result.stderr) == (0, GOLDEN, "")


def test_a_session_at_120_columns(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    result = run(*RUGS, "--out", "out")
    assert WIDE in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 120


def test_rugs_is_example_1(run_json):
    told = run_json("compare", "rugs")
    assert (told["scenario"], told["seed"], told["version"]) == ("rugs", 1, "0.1.0")
    rows = {row["protocol"]: row for row in told["rows"]}
    for name in ("share-demanding", "combinatorial"):
        row = rows[name]
        assert row["negotiations"] == 10_000
        assert row["agreed_at_0"] == 1
        assert row["efficiency"] == pytest.approx(1, abs=1e-12)
        assert row["payoff_alice"] == pytest.approx(14 / 1.9, abs=1e-9)
        assert row["payoff_bob"] == pytest.approx(14 * 0.9 / 1.9, abs=1e-9)
    assert rows["combinatorial"]["message_size"] == 16
    apart = {d["benchmark"]: d["distance"] for d in rows["combinatorial"]["distances"]}
    assert apart["Rubinstein"] == pytest.approx(0, abs=1e-9)
    assert apart["ECL compromise"] == pytest.approx(math.sqrt(2) * (14 / 1.9 - 7), abs=1e-6)
    assert not list(Path().iterdir()), "with --json and no --out nothing is written"


def test_rows_are_the_means_of_the_outcomes_on_the_same_types():
    scenario = Scenario.load("correlated")
    problem = scenario.problem()
    done = compare(problem, scenario.protocols(), negotiations=300, seed=5, tremble=0.05)
    bests = [outcomes.first_best for outcomes in done.outcomes.values()]
    assert all((best == bests[0]).all() for best in bests)
    for row in done.rows:
        outcomes = done.outcomes[row["protocol"]]
        frame = outcomes.frame()
        for name in FRAME_COLUMNS:
            assert row[name] == pytest.approx(frame[name].mean(), abs=1e-9)
        assert row["stage"] == pytest.approx(frame.stage[frame.stage >= 0].mean())
        assert row["efficiency"] == pytest.approx(row["welfare"] / row["first_best"])
        lost = sum(row[f"share_{name}"] for name in ("delay", "missed", "wrong", "transfer"))
        assert row["efficiency"] + lost == pytest.approx(1, abs=1e-12)


def test_default_strategies_and_pairs():
    from agents import RubinsteinDemand, Screening
    from protocols import ShareDemanding

    problem = exchange(items=3)
    truth, other = RubinsteinDemand(), Screening()
    by_default = compare(problem, ShareDemanding(), negotiations=40, seed=2)
    played = simulate(problem, ShareDemanding(), truth, truth, negotiations=40, seed=2)
    assert (by_default.outcomes["share-demanding"].totals == played.totals).all()
    mixed = compare(problem, ShareDemanding(), [(truth, other), other], negotiations=40, seed=2)
    assert list(mixed.frame.strategies) == ["rubinstein-demand v screening", "screening"]
    assert list(mixed.outcomes) == ["share-demanding, rubinstein-demand v screening", "share-demanding, screening"]
    streamed = compare(problem, ShareDemanding(), other, negotiations=40, seed=2, keep=False)
    assert not streamed.outcomes
    assert streamed.rows[0] == mixed.rows[1]


def test_what_cannot_be_played_is_skipped_or_refused(run, run_json, small):
    text = (
        small.read_text()
        .replace("items = 2", "items = 20")
        .replace('"item-by-item"', '{name = "combinatorial", form = "table"}')
    )
    small.write_text(text)
    told = run_json("compare", str(small))
    assert [row["protocol"] for row in told["rows"]] == ["share-demanding"]
    assert told["skipped"][0].startswith("combinatorial (form=table) cannot play small: a full price table")
    assert "Skipped: combinatorial (form=table) cannot play small" in run("compare", str(small), "--no-plots").stdout
    result = run("compare", str(small), "--protocol", "combinatorial", "--protocol", "frequency")
    assert result.exit_code == 2
    assert "combinatorial (form=table) cannot play small: a full price table" in result.stderr
    with pytest.raises(CannotPlay, match="full price table"):
        compare(Scenario.load(small).problem(), Scenario.load(small).protocols()[0])


def test_results_folder(run):
    assert run(*RUGS, "--out", "deep/out", "--tremble", "0.05", "--strategies", "screening,boulware").exit_code == 0
    out = Path("deep/out")
    written = ["distances.csv", "manifest.json", "outcomes.parquet", "predictions.csv", "table.csv"]
    assert sorted(path.name for path in out.iterdir()) == written
    assert pd.read_csv(out / "predictions.csv").set_index("benchmark").loc["Rubinstein", "alice"] == pytest.approx(14 / 1.9)
    assert set(pd.read_csv(out / "distances.csv").protocol) == {"item-by-item", "combinatorial", "share-demanding", "frequency"}
    assert [path.name for path in out.parent.iterdir()] == ["out"], "no temporary folder is left"
    table, outcomes = pd.read_csv(out / "table.csv"), pd.read_parquet(out / "outcomes.parquet")
    assert list(table.protocol) == ["item-by-item", "combinatorial", "share-demanding", "frequency"]
    means = outcomes.groupby("protocol", observed=True).welfare.mean()
    assert all(math.isclose(means[row.protocol], row.welfare) for row in table.itertuples())
    assert set(outcomes.strategies) == {"screening v boulware"}
    assert list(outcomes.columns[2:]) == ["negotiation", "stage", *FRAME_COLUMNS]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["command"].startswith("negotiation compare rugs --negotiations 100")
    assert manifest["settings"]["play"]["tremble"] == 0.05
    assert Scenario.parse(manifest["scenario_text"]).name == "rugs"
    assert {"negotiation", "python", "numpy", "mesa"} <= set(manifest["versions"])
    assert manifest["seconds"] > 0
    assert manifest["progress"]["status"] == "complete"


def test_report_gets_the_comparison_and_an_error_leaves_nothing(run, monkeypatch):
    import sys
    from types import ModuleType

    def fail(folder, scenario, comparison):
        assert (folder / "table.csv").exists()
        assert len(comparison.outcomes) == 4
        raise KeyboardInterrupt

    stub = ModuleType("experiments.report")
    stub.write_compare_report = fail
    monkeypatch.setitem(sys.modules, "experiments.report", stub)
    result = run("compare", "rugs", "--negotiations", "10")
    assert result.exit_code == 130
    assert result.stderr == "negotiation: interrupted; nothing was written\n"
    assert not list(Path().iterdir())


def test_default_folder(run):
    assert run(*RUGS).stdout.splitlines()[-1].startswith("Results: results/rugs-2")
    assert len(list(Path("results").iterdir())) == 1


def test_every_built_in_scenario_plays(run_json):
    from experiments.scenario import built_in

    for name in built_in():
        told = run_json("compare", name, "--negotiations", "20", "--strategies", "rubinstein-demand")
        assert 1 <= len(told["rows"]) <= 4
        assert told["skipped"] == []
        assert all(0 <= row["efficiency"] <= 1 + 1e-12 for row in told["rows"])


def test_more_outcomes_than_a_row_group(tmp_path):
    from pyarrow import parquet

    from experiments import store
    from protocols import ItemByItem, ShareDemanding

    with store.OutcomesFile(tmp_path / "o.parquet") as file:
        done = compare(exchange(), [ItemByItem(), ShareDemanding()], negotiations=150_000, sink=file.add, keep=False)
    told = parquet.ParquetFile(tmp_path / "o.parquet")
    assert told.metadata.num_rows == 300_000
    assert told.num_row_groups == 4
    frame = pd.read_parquet(tmp_path / "o.parquet")
    for name, part in frame.groupby("protocol", observed=True):
        assert (part.negotiation.to_numpy() == range(150_000)).all()
        row = next(row for row in done.rows if row["protocol"] == name)
        assert part.welfare.mean() == pytest.approx(row["welfare"])
