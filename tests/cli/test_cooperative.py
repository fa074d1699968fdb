"""`negotiation cooperative`: solutions on the command line, games from files, mistakes in one line each."""

import json
import re
from pathlib import Path

import pytest

GAME = """\
name = "mine"
title = "A buyer, a seller and a friend"

[[players]]
name = "buyer"
types = ["weak", "strong"]
prior = [0.8, 0.2]

[[players]]
name = "seller"

[[coalitions]]
members = ["seller", "buyer"]

[[coalitions.decisions]]
name = "sell at 0"
utilities = { buyer = [90, 30], seller = 0 }

[[coalitions.decisions]]
name = "sell at 90"
utilities = { buyer = [0, -60], seller = [90, 90] }
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GAME)
    return path


def grand(told):
    return {f"{t['player']} {t['type']}": t["payoff"] for t in told["rows"][-1]["types"]}


@pytest.mark.parametrize(
    ("example", "payoffs"),
    [
        ("section-1-seller", [1.25, 2.5, 1.5]),
        ("section-1-tax", [5, 5]),
        ("bilateral-trade", [45, 15, 36]),
        ("broker", [45, 15, 38, 1]),
        ("section-6", [10 / 3, 10 / 3, 10 / 3, 5 / 3]),
        ("section-6-pair", [9 / 2, 5, 5 / 2]),
    ],
)
def test_the_examples(run_json, example, payoffs):
    told = run_json("cooperative", example)
    assert list(grand(told).values()) == pytest.approx(payoffs, abs=1e-5)
    for row in told["rows"]:
        assert row["residual"] < 1e-6
        for state in row["mechanism"]:
            assert set(state["types"]) == set(row["coalition"])
            assert sum(state["decisions"].values()) == pytest.approx(1)
    assert "procedure" not in told


def test_the_table(run):
    told = run("cooperative", "broker")
    assert told.exit_code == 0, told.output
    lines = {line.split("}")[0] + "}": line.split("}")[1].split() for line in told.stdout.splitlines() if line.startswith("{")}
    assert lines["{buyer, seller}"][:4] == ["45", "15", "36", "-"]
    assert lines["{buyer, seller, broker}"][:4] == ["45", "15", "38", "1"]
    assert told.stdout.splitlines()[4].split() == ["coalition", "weak", "strong", "seller", "broker", "residual", "by"]
    assert float(lines["{buyer, seller, broker}"][4]) < 1e-6
    assert lines["{buyer, seller}"][5:] == ["random"]  # folded, not cut
    assert "The mechanism of {buyer, seller, broker}" in told.stdout
    assert not [line for line in told.stdout.splitlines() if len(line) > 80]


def test_playing_says_where_and_why_it_falls_short(run, run_json):
    told = run("cooperative", "section-1-tax", "--plays", "2000")
    assert told.exit_code == 0, told.output
    assert "the lot loses 1.5" in " ".join(told.stdout.split())
    procedure = run_json("cooperative", "section-1-tax", "--plays", "2000")["procedure"]
    seller, buyer = procedure["payoffs"]
    assert (seller["solution"], seller["procedure"]) == pytest.approx((5, 3.5))
    assert seller["low"] <= seller["mean"] <= seller["high"] < seller["solution"]
    assert buyer["solution"] == pytest.approx(buyer["procedure"])
    assert procedure["coalitions"][0]["lost"] == pytest.approx(1.5)
    again = run_json("cooperative", "section-1-tax", "--plays", "2000")["procedure"]
    other = run_json("cooperative", "section-1-tax", "--plays", "2000", "--seed", "2")["procedure"]
    assert again == procedure != other


def test_a_single_play_has_no_interval(run, run_json):
    told = run_json("cooperative", "section-1-tax", "--plays", "1")["procedure"]["payoffs"]
    assert {told[0]["mean"], told[1]["mean"]} <= {0, 7, 10}
    assert told[0]["low"] is None
    assert "[-]" in run("cooperative", "section-1-tax", "--plays", "1").stdout
    buyer = run_json("cooperative", "bilateral-trade", "--plays", "1")["procedure"]["payoffs"][:2]
    assert sorted(row["mean"] is None for row in buyer) == [False, True]


def test_a_hermit(run_json, tmp_path):
    path = tmp_path / "hermit.toml"
    path.write_text('name = "hermit"\n[[players]]\nname = "one"\n[[coalitions]]\nmembers = ["one"]\n'
                    '[[coalitions.decisions]]\nname = "sleep"\nutilities = { one = 3 }\n')  # fmt: skip
    told = run_json("cooperative", str(path), "--plays", "10")
    assert told["rows"][0]["types"][0]["payoff"] == 3
    assert told["procedure"]["payoffs"][0]["mean"] == 3


def test_a_file_of_ones_own(run_json, mine):
    assert list(grand(run_json("cooperative", str(mine))).values()) == pytest.approx([45, 15, 36], abs=1e-5)


def test_utilities_over_the_types_of_all(run_json, tmp_path):
    """A list over the types of the others, and nested lists over those of both."""
    text = GAME.replace("seller = [90, 90]", "seller = 90").replace(
        'name = "seller"\n', 'name = "seller"\ntypes = ["a", "b"]\n'
    )
    text = text.replace("buyer = [0, -60]", "buyer = [[0, 0], [-60, -60]]")
    path = tmp_path / "both.toml"
    path.write_text(text)
    told = grand(run_json("cooperative", str(path)))
    assert told == pytest.approx({"buyer weak": 45, "buyer strong": 15, "seller a": 36, "seller b": 36}, abs=1e-4)


def test_the_file_in_the_documentation(run_json, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "cooperation.md").read_text()
    path = tmp_path / "documented.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", page, flags=re.DOTALL)[1])
    assert run_json("cooperative", str(path))["rows"][-1]["types"][2]["payoff"] == pytest.approx(36, abs=1e-5)


def test_results_are_written(run, mine, tmp_path):
    told = run("cooperative", str(mine), "--plays", "500", "--out", "out")
    assert told.exit_code == 0, told.output
    folder = tmp_path / "out"
    page = (folder / "report.html").read_text()
    assert "A buyer, a seller and a friend" in page
    assert "Coalition by coalition" in page
    assert "<svg" in page
    assert (folder / "figures" / "frontier-1-2.png").stat().st_size > 10_000
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["kind"] == "cooperative"
    assert manifest["scenario_text"] == GAME
    assert json.loads((folder / "procedure.json").read_text())["plays"] == 500
    assert "sell at 90" in (folder / "solution.txt").read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.2]", "0.3]", "players: buyer: prior: expected 2 positive probabilities with sum 1, got [0.8, 0.3]"),
        ("seller = 0", "sellr = 0", "sell at 0: utilities: expected one for each of seller, buyer, got buyer, sellr"),
        ('name = "seller"', 'nam = "seller"', "players[1].nam: unknown key; did you mean 'name'?"),
        ("[0, -60]", "[0, -60, 1]", "sell at 90: utility of buyer: expected a number, or a list of 2 numbers, one for each of"),
        ("[0, -60]", '"all"', "sell at 90: utility of buyer: expected a number"),
        ('["seller", "buyer"]', '["seller", "bob"]', "members: expected different names of players (buyer, seller), got 'bob'"),
        ('name = "sell at 90"', 'name = "sell at 0"', "coalitions: seller, buyer: expected decisions with different names"),
        ('title = "A buyer', 'title = 3 #"', "title: expected a string, got 3"),
        ("[0.8, 0.2]", '"even"', "players[0].prior: expected positive probabilities, one for each type, with sum 1"),
        ("[[players]]", "[[players]", "not valid TOML"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_one_line(run, mine, old, new, said):
    mine.write_text(GAME.replace(old, new, 1))
    told = run("cooperative", str(mine))
    assert told.exit_code == 2
    assert told.stderr.count("\n") == 1
    assert told.stderr.startswith(f"negotiation: {mine}: ")
    assert said in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["brokr"], "unknown game 'brokr': did you mean 'broker'?"),
        (["none.toml"], "none.toml: cannot be read"),
        (["broker", "--plays", "0"], "--plays: expected a whole number from 1"),
        (["broker", "--seed", "-1"], "--seed: expected a whole number from 0"),
    ],
)
def test_mistakes_on_the_command_line(run, arguments, said):
    told = run("cooperative", *arguments)
    assert told.exit_code == 2
    assert said in told.stderr
    assert told.stderr.count("\n") == 1
