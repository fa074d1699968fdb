"""`negotiation predict` and `negotiation axioms`: what each theory says."""

import pytest


def test_rugs(run_json):
    told = run_json("predict", "rugs")
    rows = {row["benchmark"]: row for row in told["rows"]}
    assert rows["first best"]["surplus"] == 14
    assert rows["first best"]["alice"] is None
    assert rows["Rubinstein"]["alice"] == pytest.approx(14 / 1.9)
    assert rows["second best"]["surplus"] == pytest.approx(14)
    assert rows["second best"]["residual"] < 1e-9
    assert {t["player"] for t in rows["ECL compromise"]["interim"]} == {"Alice", "Bob"}


def test_the_table_shows_every_benchmark_and_its_residual(run):
    told = run("predict", "rugs", "--interim")
    assert told.exit_code == 0
    for name in ("Rubinstein", "NBS ex post", "KSBS", "egalitarian", "ECL compromise", "second best", "neutral solution",
                 "linking mechanism"):  # fmt: skip
        assert name in told.stdout
    assert "residual" in told.stdout
    assert "Interim payoffs" in told.stdout


def test_the_neutral_solution_of_one_rug(run_json):
    """Values 0 or 8 and 2 or 10: the low seller and the high buyer trade at the middle of what is left; see the second best."""
    told = run_json("predict", "one-rug")["rows"]
    row = next(r for r in told if r["benchmark"] == "neutral solution")
    second = next(r for r in told if r["benchmark"] == "second best")
    assert row["residual"] <= 1e-6
    assert row["surplus"] <= second["surplus"] + 1e-6
    assert row["alice"] == pytest.approx(row["bob"])
    payoffs = {(t["player"], t["type"]): t["payoff"] for t in row["interim"]}
    assert payoffs[("Alice", "0")] == pytest.approx(payoffs[("Bob", "10")])
    assert min(payoffs.values()) >= 0


def test_the_neutral_solution_is_not_available_where_there_are_many_types(run_json):
    row = next(r for r in run_json("predict", "rugs-iid")["rows"] if r["benchmark"] == "neutral solution")
    assert row["alice"] is None
    assert row["note"].startswith("not available at this size")


def test_an_unknown_scenario_is_one_line(run):
    told = run("predict", "rugz")
    assert told.exit_code == 2
    assert told.stderr.startswith("negotiation: unknown scenario 'rugz'")
    assert told.stderr.count("\n") == 1


def test_axioms_tell_solutions_apart(run_json):
    rows = {row["solution"]: row for row in run_json("axioms", "--instances", "4")["rows"]}
    assert rows["Nash"]["IIA"] <= 1e-6 < rows["Nash"]["individual monotonicity"]
    assert rows["Kalai-Smorodinsky"]["individual monotonicity"] <= 1e-6
    assert rows["egalitarian"]["affine covariance"] > 1e-6
    assert rows["variance-normalised"]["individual rationality"] > 1e-6
