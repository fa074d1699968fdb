"""`negotiation check`: what it prints and writes, and its exit status."""

import json


def test_a_tree_is_checked_exactly_and_written(run, tmp_path):
    folder = tmp_path / "out"
    done = run("check", "delay", "--stages", "2", "--out", str(folder))
    assert done.exit_code == 1, done.output  # the rule of thumb falls short
    assert "trembling Bayesian equilibrium, gamma = 0.01" in done.output
    assert "most profitable deviations" in done.output
    assert "of the surplus at an information set, reached or not, more than 1.00%" in done.output
    assert {p.name for p in folder.iterdir()} >= {"check.txt", "check.json", "report.html", "manifest.json", "figures"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "offers and responses" in page
    assert "What an onlooker believes" in page


def test_json_and_status(run):
    done = run("check", "rugs", "--protocol", "share-demanding", "--negotiations", "200", "--json")
    assert done.exit_code == 0, done.output
    row = json.loads(done.output)["rows"][0]
    assert row["largest_gain"] == 0
    assert [r["player"] for r in row["types"]] == ["Alice", "Bob"]
    done = run("check", "delay", "--stages", "1", "--json", "--within", "5")
    assert done.exit_code == 0
    row = json.loads(done.output)["rows"][0]
    assert row["nodes"] == 69
    assert "trembling" in row["concepts"]


def test_mistakes_are_told_in_a_line(run):
    done = run("check", "delay", "--grid", "1,2")
    assert done.exit_code == 2
    assert "--grid: expected LOW,HIGH,STEP" in done.output
    assert run("check", "delay", "--within", "-1").exit_code == 2
    assert run("check", "delay", "--stages", "9").exit_code == 2
    done = run("check", "delay", "--stages", "0")  # not as if nothing had been said
    assert done.exit_code == 2
    assert "--stages: expected a whole number of at least 1, got 0" in done.output
