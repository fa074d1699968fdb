"""`negotiation solve`: what it prints and writes, and what it refuses."""

import json


def test_a_tree_is_solved_and_equilibria_are_listed_apart(run, tmp_path):
    folder = tmp_path / "out"
    done = run("solve", "delay", "--stages", "2", "--out", str(folder))
    assert done.exit_code == 0, done.output
    assert "equilibrium 1 of" in done.output
    assert "ties refuse" in done.output  # what selects each
    assert "Others may exist" in done.output
    assert {p.name for p in folder.iterdir()} >= {"solve.txt", "solve.json", "report.html", "manifest.json", "figures"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "offers and responses" in page
    rows = json.loads((folder / "solve.json").read_text(encoding="utf-8"))
    assert all(row["gain"] < 1e-6 for row in rows)
    assert any(
        a["agreement"].startswith("offers trade at 9") and a["probability"] > 0.9 for row in rows for a in row["agreements"]
    )


def test_frequencies_are_solved(run):
    done = run("solve", "rugs-iid", "--protocol", "frequency", "--tremble", "0.001", "--json")
    assert done.exit_code == 0, done.output
    row = json.loads(done.output)["rows"][0]
    assert row["gain"] < 0.01
    assert row["efficiency"] > 0.98


DOUBT = """
name = "doubt"
title = "One item, doubt about its cost"
discount = 0.8
[problem]
kind = "exchange"
seller_values = [0, 8]
buyer_values = [10]
[prior]
kind = "iid"
alice = [0.1, 0.9]
bob = [1.0]
[play]
tremble = 0.02
protocols = [{ name = "item-by-item", grid = { low = 0, high = 10, step = 2 } }]
"""


def test_beliefs_are_solved_with_values_over_beliefs(run, tmp_path):
    scenario = tmp_path / "doubt.toml"
    scenario.write_text(DOUBT, encoding="utf-8")
    done = run("solve", str(scenario), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert "Markov equilibrium in beliefs" in done.output
    assert (tmp_path / "out" / "figures" / "values-alice-0.svg").exists()


def test_what_cannot_be_solved_says_why(run):
    done = run("solve", "rugs", "--protocol", "combinatorial")
    assert done.exit_code == 2
    assert "no sufficient statistic" in done.output
    assert run("solve", "delay", "--stages", "0").exit_code == 2
    assert run("solve", "delay", "--starts", "0").exit_code == 2
    done = run("solve", "delay", "--stages", "1", "--tremble", "0")  # not silently with trembles of 0.01
    assert done.exit_code == 2
    assert "--tremble: the solvers need a probability above 0" in done.output
    assert run("solve", "delay", "--method", "magic").exit_code == 2


def test_json_says_what_was_not_solved(run):
    done = run("solve", "rugs-iid", "--protocol", "frequency", "--protocol", "combinatorial", "--tremble", "0.001", "--json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert len(told["rows"]) == 1
    assert "no sufficient statistic" in told["skipped"][0]


def test_what_gains_more_is_not_called_an_equilibrium(run, tmp_path):
    three = DOUBT.replace("[0, 8]", "[0, 4, 8]").replace("[0.1, 0.9]", "[0.3, 0.3, 0.4]").replace("step = 2", "step = 5")
    scenario = tmp_path / "three.toml"
    scenario.write_text(three.replace("tremble = 0.02", "tremble = 0.001"), encoding="utf-8")
    done = run("solve", str(scenario), "--json")
    row = json.loads(done.output)["rows"][0]
    assert ("no equilibrium within 1%" in row["strategies"]) == (row["gain"] > 0.01)
    assert row["gain"] > 0.01  # else this says nothing: find another game


def test_what_is_far_from_an_equilibrium_is_status_1(run, tmp_path):
    from experiments.scenario import Scenario

    few = tmp_path / "few.toml"
    few.write_text(Scenario.load("rugs-iid").text.replace("items = 64", "items = 4"))
    done = run("solve", str(few), "--protocol", "frequency", "--no-plots")
    assert done.exit_code == 1
    assert "Falls short: frequency" in done.output
