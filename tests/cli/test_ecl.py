"""`negotiation ecl`: the paper's examples, files of one's own, societies."""

import json
import re

import numpy as np
import pytest

from experiments.ecl_examples import EXAMPLES
from experiments.schema_ecl import load

MINE = """\
title = "Ours and theirs"
types = ["us", "them"]
prior = [0.6, 0.4]
correlation = 0.2

[[actions]]
vertices = [[3, 0], [2, 2]]

[[actions]]
kind = "logarithmic"
resources = 100
scale = [0.5, 1.0]
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_told(run, example):
    result = run("ecl", example)
    assert result.exit_code == 0, result.output
    assert "The game" in result.stdout and "nan" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("example", "path", "told"),
    [
        ("1", ("payoffs",), (11.307916, 3.842959)),
        ("1", ("weights",), (0.342292, 0.657708)),
        ("1", ("on_alice",), (8.153958, 3.153958)),
        ("7", ("variance_normalised", "payoffs"), (-1, 3)),
        ("46", ("compromise", "payoffs"), (2.236068, 2.236068)),
        ("46", ("equilibrium", "payoffs"), (2, 2)),
        ("54", ("compromise", "payoffs"), (0.922159, 0.386810)),
        ("54-split", ("compromise", "payoffs"), (0.922159, 0.922159, 0.386810)),
        ("55", ("compromise", "relative_gains"), (0.054093, 0.054093)),
        ("56", ("compromise", "relative_gains"), (0.702686, 0.702686)),
        ("60", ("threat_point",), (-3, 2)),
        ("60", ("payoffs",), (2.5, 4.75)),
        ("64", ("payoffs",), (13 / 3, 13 / 3, 17 / 3)),
        ("64", ("solutions", "Kalai-Smorodinsky"), (4.5, 4.5, 5)),
        ("35", ("least_players",), (3, 5, 21)),
    ],
)
def test_numbers_of_the_paper(run_json, example, path, told):
    found = run_json("ecl", example)
    for key in path:
        found = found[key]
    np.testing.assert_allclose(found, told, atol=2e-6)


def test_stability_is_told(run_json):
    one = run_json("ecl", "64")
    assert one["stability"]["alpha"]["verdict"] == "blocked"
    assert one["stability"]["alpha"]["coalition"] == [0, 1]
    assert one["breakaways"]["ending"] == "stable"
    two = run_json("ecl", "66")
    assert two["cores"]["nash"]["verdict"] == "empty"
    assert two["cores"]["A"]["verdict"] == "in the core"


def test_solution_and_disagreement_are_taken(run_json):
    plain, other = run_json("ecl", "54"), run_json("ecl", "54", "--solution", "egalitarian")
    assert plain["compromise"]["payoffs"] != other["compromise"]["payoffs"]
    assert other["compromise"]["gains"][0] == pytest.approx(other["compromise"]["gains"][1])


def test_threats_are_taken(run_json, tmp_path):
    harm = tmp_path / "harm.toml"
    harm.write_text('types = ["a", "b"]\n[[actions]]\nvertices = [[1, 0], [0.8, 0.8], [0.9, -1]]\n'
                    "[[actions]]\nvertices = [[0, 1], [0.8, 0.8], [-0.1, 0.9]]\n")  # fmt: skip
    plain, threat = (run_json("ecl", str(harm), "--disagreement", d)["compromise"] for d in ("nash", "threat"))
    assert plain["disagreement"] == [0.5, 0.5]
    assert threat["disagreement"][1] < 0.5
    assert threat["payoffs"][0] >= plain["payoffs"][0]


def test_a_file_is_told_and_written(run, run_json, mine, tmp_path):
    mine.write_text(MINE[: MINE.rindex("[[actions]]")] + "[[actions]]\nvertices = [[0, 3], [2, 1.5]]\n")
    told = run_json("ecl", str(mine), "--out", str(tmp_path / "r"))
    assert told["title"] == "Ours and theirs"
    np.testing.assert_allclose(told["beliefs"], [[0.68, 0.32], [0.48, 0.52]], atol=1e-12)
    assert min(told["compromise"]["gains"]) >= 0 and told["compromise"]["gap"] < 1e-8
    assert {p.name for p in (tmp_path / "r").iterdir()} == {"figures", "game.json", "manifest.json", "report.html"}
    page = (tmp_path / "r" / "report.html").read_text()
    assert "Ours and theirs" in page and "<svg" in page
    gains = told["compromise"]["gains"]
    assert f"Gains are from {min(gains):.4g} to {max(gains):.4g} utils." in page
    said = run("ecl", str(mine)).stdout
    assert "us" in said and "2 vertices" in said


def test_kinds_of_actions(mine):
    title, game = load(str(mine))
    assert (title, game.labels, game.players) == ("Ours and theirs", ("us", "them"), float("inf"))
    np.testing.assert_allclose(game.actions[1].support([0, 1])[1], [0, np.log(99)], atol=1e-12)
    np.testing.assert_allclose(game.actions[1].support([1, 0])[1], [0.5 * np.log(99), 0], atol=1e-12)
    mine.write_text(MINE.replace("logarithmic", "square-root").replace("prior =", "players = 7\nprior ="))
    _, other = load(str(mine))
    assert other.players == 7
    np.testing.assert_allclose(other.actions[1].support([0, 1])[1], [0, 10], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("prior = [0.6, 0.4]", "prior = [0.6, 0.5]"), "prior: expected 2 probabilities that add up to 1"),
        (("correlation = 0.2", "correlation = 2"), "correlation: expected a number in [0, 1], got 2"),
        (("resources = 100", "resources = 1"), "2 types need at least 2 resources"),
        (("scale = [0.5, 1.0]", "scale = [0.5]"), "expected rows of 2 numbers, one for each type, in the actions of them"),
        (("scale = [0.5, 1.0]", "scale = [0.5, 0.0]"), "expected scale to be a list of positive numbers"),
        (("[[3, 0], [2, 2]]", "[[3, 0], [2]]"), "expected rows of 2 numbers, one for each type, in the actions of us"),
        (("[[3, 0], [2, 2]]", "[]"), "expected rows of numbers, got []"),
        (('kind = "logarithmic"', 'kind = "cubic"'), "unknown kind \"cubic\""),
        (('"us", "them"', '"us", "us"'), "names that differ"),
        (("correlation = 0.2", "correlatoin = 0.2"), "correlatoin: unknown key; did you mean 'correlation'?"),
        (("correlation = 0.2", "joint = [[0.5, 0.2], [0.1, 0.2]]"), "expected either joint, or prior and correlation"),
        (("prior = [0.6, 0.4]\ncorrelation = 0.2", "joint = [[0.5, 0.2], [0.1, 0.2]]"), "joint prior: asymmetric"),
        (("types =", "types"), "not valid TOML"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_told_in_one_line(run, mine, change, told):
    assert change[0] in MINE
    mine.write_text(MINE.replace(*change))
    result = run("ecl", str(mine))
    assert result.exit_code == 2
    assert re.fullmatch(r"negotiation: .*mine\.toml: [^\n]+\n", result.stderr)
    assert told in result.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("99",), "unknown example '99'"),
        (("none.toml",), "none.toml: cannot be read"),
        (("64", "--solution", "nash"), "--solution: is for the examples 46"),
        (("54", "--solution", "fair"), "solution: expected one of"),
        (("54", "--disagreement", "war"), "disagreement: expected"),
        (("54-split", "--disagreement", "threat"), "threat point is for games of two types"),
        (("54", "--only", "types"), "--only: is for"),
        (("society", "--only", "tpyes"), "unknown experiment 'tpyes': did you mean 'types'?"),
        (("society", "--universes", "3"), "--universes: expected a whole number of at least 1000"),
        (("society", "--seed", "-1"), "--seed: expected"),
        (("society", "--solution", "nash"), "are for examples and files"),
    ],
)
def test_mistakes_on_the_command_line(run, args, told):
    result = run("ecl", *args)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert told in result.stderr


def test_without_an_example_it_lists_them(run, run_json):
    assert "Paretotopia" in run("ecl").stdout
    assert [row["example"] for row in run_json("ecl")["rows"]] == list(EXAMPLES)


def test_society_writes_tables_figures_and_a_report(run, tmp_path):
    result = run("ecl", "society", "--universes", "1200", "--only", "coalitions", "--out", "soc")
    assert result.exit_code == 0, result.output
    assert "{1, 2}" in result.stdout
    room = tmp_path / "soc"
    assert {p.name for p in room.iterdir()} == {"coalitions.csv", "figures", "manifest.json", "report.html"}
    assert json.loads((room / "manifest.json").read_text())["experiments"] == ["coalitions"]
    assert {p.name for p in (room / "figures").iterdir()} == {"coalitions.png", "coalitions.svg"}
    page = (room / "report.html").read_text()
    assert page.count("<svg") == 1 and "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)


def test_society_as_json_is_the_same_for_the_same_seed(run, tmp_path):
    args = ("ecl", "society", "--universes", "1000", "--only", "cooperators", "--json")
    first, again = (run(*args).stdout for _ in range(2))
    assert first == again and not list(tmp_path.iterdir())
    rows = json.loads(first)["cooperators"]
    assert {row["among"] for row in rows} == {"both types", "type 2 only"}


def test_help_teaches(run):
    said = run("ecl", "--help").stdout
    assert "[[actions]]" in said and "negotiation ecl 54" in said
