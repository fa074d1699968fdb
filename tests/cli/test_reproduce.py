"""`negotiation reproduce`: what it prints and writes."""

import json
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from experiments import reproduce
from experiments.cli import main
from experiments.reproduce.lines import equal, slip
from experiments.reproduce.rows import Row
from experiments.reproduce.running import Reproduction, Result, run_row
from experiments.reproduce.telling import differing, markdown, summary


def invoke(*words):
    return CliRunner().invoke(main, ["reproduce", *words])


def test_one_row_is_explained(tmp_path):
    told = invoke("j1", "--seed", "1", "--out", str(tmp_path / "out"))
    assert told.exit_code == 0, told.output
    assert "J1. " in told.output
    assert "3.333333" in told.output
    assert "agrees" in told.output
    page = (tmp_path / "out" / "index.html").read_text()
    assert "<svg" in page
    assert 'id="J1"' in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)  # self-contained
    HTMLParser().feed(page)
    assert json.loads((tmp_path / "out" / "rows.json").read_text())["rows"][0]["verdict"] == "agrees"


def test_json_alone_on_standard_output(tmp_path):
    told = invoke("J1", "--json", "--seed", "3")
    answer = json.loads(told.stdout)
    assert answer["seed"] == 3
    (row,) = answer["rows"]
    assert {"id", "source", "claim", "paper", "got", "difference", "verdict", "seconds"} <= set(row)


def test_the_table_for_the_documents(tmp_path):
    told = invoke("J1", "--no-plots", "--table", str(tmp_path / "table.md"))
    assert told.exit_code == 0
    text = (tmp_path / "table.md").read_text()
    assert re.search(r"\d{4}-\d\d-\d\d, negotiation [\d.]+, Python", text)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1  # every row has every cell


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Z9",), "Z9: expected an id of a row"),
        (("J1", "--seed", "-1"), "seed: expected"),
        (("J1", "--workers", "0"), "--workers"),
        (("J1", "--table", "/no/such/folder/table.md"), "--table: expected a file in a folder that exists"),
    ],
)
def test_mistakes_are_told_in_one_line(words, told):
    result = invoke(*words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_processes_give_what_one_gives():
    one, two = (reproduce(["J1", "J3"], seed=5, quick=True, workers=w) for w in (1, 2))
    assert [r.record()["lines"] for r in one] == [r.record()["lines"] for r in two]


def row_of(make):
    return Row("X1", "P", "nowhere", "a claim", make, "jackson")


def broken(run):
    """It breaks."""
    yield equal("first", 1, 1)
    raise ZeroDivisionError("no such number")


def wrong(run):
    """It differs."""
    yield equal("first", 1, 2)


def misprint(run):
    """It is a slip."""
    yield equal("first", 1, 1)
    yield slip("second", 2, 3, 3, "An argument.")


@pytest.mark.parametrize(("make", "verdict"), [(broken, "differs"), (wrong, "differs"), (misprint, "slip")])
def test_verdicts_of_rows(make, verdict, monkeypatch):
    from experiments.reproduce import running

    monkeypatch.setattr(running, "rows", lambda: {"X1": row_of(make)})
    result = run_row("X1", seed=0)
    assert result.verdict == verdict
    done = Reproduction((result,), 0, False, 1.0)
    assert verdict in summary(done)
    assert (result in differing(done)) == (verdict == "differs")
    assert "An argument." in markdown(done) or make is not misprint


def test_a_row_without_lines_differs():
    assert Result("X", "P", "", "", "jackson").verdict == "differs"


def test_a_difference_is_status_1(monkeypatch):
    from experiments.reproduce import running

    monkeypatch.setattr(running, "chosen", lambda ids: [row_of(wrong)])
    monkeypatch.setattr(running, "rows", lambda: {"X1": row_of(wrong)})
    assert invoke("--no-plots").exit_code == 1
