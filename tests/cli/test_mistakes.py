"""Bad input: exit status 2, one line that names the file and the key, nothing on standard output, nothing written."""

from pathlib import Path

import pytest

CASES = {
    "an unknown key": ("items = 2", "itms = 2", "problem.itms: unknown key; did you mean 'items'?"),
    "an unknown key at the top": ("discount = 0.9", "discont = 0.9", "discont: unknown key; did you mean 'discount'?"),
    "a missing key": ('kind = "iid"\n', "", "prior.kind: missing; expected one of iid, matchups, table, common-shock"),
    "an unknown kind": ('"exchange"', '"exchnge"', "problem.kind: unknown kind \"exchnge\"; did you mean 'exchange'?"),
    "a wrong type": ("items = 2", 'items = "2"',
                     'problem.items: expected a whole number of at least 1, or a list of names, got "2"'),
    "a truth value": ("seed = 1", "seed = true", "play.seed: expected a whole number of at least 0, got true"),
    "no number": ("discount = 0.9", "discount = nan", "discount: expected a number in [0, 1)"),
    "a table for a value": ("items = 2", "items = {n = 2}", "problem.items: expected a whole number"),
    "too few": ("items = 2", "items = 0", "problem.items: expected a whole number of at least 1, or a list of names, got 0"),
    "probabilities": ("alice = [0.5, 0.5]", "alice = [0.5, 0.6]",
                      "prior.alice: expected probabilities that sum to 1, got [0.5, 0.6] with sum 1.1"),
    "too many probabilities": ("bob = [0.5, 0.5]", "bob = [0.5, 0.25, 0.25]", "prior.bob: expected 2 probabilities"),
    "discount": ("discount = 0.9", "discount = 1.0", "discount: expected a number in [0, 1), or two: Alice's and Bob's, got 1"),
    "two discounts": ("discount = 0.9", "discount = [0.9, -0.1]", "discount: expected a number in [0, 1)"),
    "an unknown protocol": ('"share-demanding"', '"share-demand"',
                            "play.protocols[1]: unknown protocol 'share-demand'; did you mean 'share-demanding'?"),
    "an unknown strategy": ('"rubinstein-demand"', '"nash"', "play.strategies: unknown strategy 'nash'; expected one of"),
    "an unknown option": ('"share-demanding"', '{name = "share-demanding", ordr = "bob"}',
                          "play.protocols[1].ordr: unknown option of share-demanding; did you mean 'order'?"),
    "an option's value": ('"share-demanding"', '{name = "share-demanding", order = "carol"}',
                          "play.protocols[1].order: expected one of alternating, alice, bob, random, got 'carol'"),
    "an option's type": ('"share-demanding"', '{name = "share-demanding", horizon = 2.5}',
                         "play.protocols[1].horizon: expected a whole number, got 2.5"),
    "a grid": ('"share-demanding"', '{name = "share-demanding", grid = {low = 0, high = 10}}',
               "play.protocols[1].grid.step: missing; expected a number"),
    "a bad grid": ('"share-demanding"', '{name = "share-demanding", grid = {low = 0, high = 10, step = 3}}',
                   "play.protocols[1].grid: expected high - low to be a whole number of steps"),
    "a strategy's option": ('"rubinstein-demand"', '{name = "concession", deadline = 0}',
                            "play.strategies.deadline: expected at least 1 stage, got 0"),
    "half a mix": ('"rubinstein-demand"', '{alice = "screening"}', "play.strategies.bob: expected a name"),
    "invalid TOML": ("items = 2", "items = ", "not valid TOML: Invalid value (at line 7"),
    "the same protocol twice": ('"share-demanding"', '"item-by-item"', "play.protocols[1]: item-by-item is listed twice"),
}  # fmt: skip
TABLES = """\
name = "small"
title = "Tables"
[problem]
kind = "tables"
choices = ["no", "yes"]
types = {alice = [1, 2], bob = ["l", "h"]}
[[problem.classes]]
name = "first"
alice = [[0, 0], [1, 2]]
bob = [[0, 0], [3, 4]]
[[problem.classes]]
name = "second"
alice = [[-1, 0], [-1, 2]]
bob = [[0, 0], [-3, 4]]
"""


def refused(result, source):
    """The complaint of a refused command."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith(f"negotiation: {source}: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.mark.parametrize("case", CASES)
def test_mistakes_in_a_file(run, small, case):
    old, new, message = CASES[case]
    text = small.read_text()
    assert old in text
    small.write_text(text.replace(old, new, 1))
    complaint = refused(run("compare", str(small)), small)
    assert message in complaint
    assert sorted(path.name for path in Path().iterdir()) == ["small.toml"]


def test_negative_surplus(run, small):
    small.write_text(TABLES)
    complaint = refused(run("compare", str(small)), small)
    assert "expected a surplus of at least 0 for every pair of types, got -1 in classes[1] (second)" in complaint
    assert "types 1 and l" in complaint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[-1, 0], [-1, 2]]", "[[0, 0], [-1, 2, 3]]",
         "expected 2 rows (choices) of 2 numbers (types) in classes[1] (second).alice"),
        ("[[-1, 0], [-1, 2]]", '[[0, 0], [-1, "2"]]', "problem.classes[1].alice[1][1]: expected a table of numbers"),
        ('name = "second"', 'nam = "second"', "problem.classes[1].nam: unknown key; did you mean 'name'?"),
        ("alice = [1, 2]", "alice = [1, 1]", "problem.types.alice: expected labels that differ, got 1 twice"),
        ("choices =", "items = 3\nchoices =", "problem.items: expected a multiple of the 2 classes, got 3"),
    ],
)  # fmt: skip
def test_mistakes_in_tables(run, small, old, new, message):
    small.write_text(TABLES.replace("-1, 0], [-1, 2", "0, 0], [-1, 2").replace(old.replace("-1, 0", "0, 0"), new))
    assert message in refused(run("compare", str(small)), small)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("compare", "rugz"),
            "unknown scenario 'rugz': did you mean 'rugs'? (there are chores, correlated, delay, labour-contract",
        ),
        (("compare", "nothing.toml"), "nothing.toml: cannot be read: No such file or directory"),
        (("compare", "."), ".: cannot be read: Is a directory"),
        (("compare", "rugs", "--tremble", "1.5"), "--tremble: play.tremble: expected a number in [0, 1), got 1.5"),
        (
            ("compare", "rugs", "--negotiations", "0"),
            "--negotiations: play.negotiations: expected a whole number of at least 1",
        ),
        (("compare", "rugs", "--seed", "x"), "Invalid value for '--seed': 'x' is not a valid integer"),
        (("compare", "rugs", "--protocol", "nash"), "unknown protocol 'nash'; expected one of combinatorial, frequency"),
        (("compare", "rugs", "--strategies", "a,b,c"), "--strategies: expected a name, or two with a comma between"),
        (("compare", "rugs", "--strategies", "screning"), "unknown strategy 'screning'; did you mean 'screening'?"),
        (("compare", "rugs", "--out", "full"), "full: expected a new or empty folder"),
        (("compare", "rugs", "--out", "file"), "file: expected a folder for results, not a file"),
        (("compare", "rugs", "--out", "file/sub"), "file/sub: results cannot be written there"),
        (("sweep", "rugs", "--over", "items"), "--over: expected KEY=VALUE,VALUE,..., got 'items'"),
        (("sweep", "rugs", "--over", "items=4,5"), "over items=5: rugs (built in): prior: 4 matchups do not divide 5 items"),
        (("sweep", "rugs", "--over", "itemz=4"), "itemz: unknown key; did you mean 'items'?"),
        (("sweep", "rugs", "--over", "problem.itemz=4"), "problem.itemz: unknown key; did you mean 'items'?"),
        (("sweep", "rugs", "--over", "items=4", "--over", "items=8"), "--over: expected different keys"),
        (("sweep", "rugs", "--over", "items=4", "--workers", "0"), "workers: expected a whole number of at least 1, got 0"),
        (("trace", "rugs", "--negotiation", "-1"), "--negotiation: expected a whole number of at least 0, got -1"),
        (("new", "file"), "file: exists already"),
        (("new", "nowhere/mine.toml"), "nowhere/mine.toml: No such file or directory"),
        (("new", "mine.toml", "--from", "rugz"), "unknown scenario 'rugz'"),
        (("compare",), "Missing argument 'SCENARIO' (see negotiation compare --help)"),
        (("swep",), "No such command 'swep'"),
        (("compare", "rugs", "--frobnicate"), "No such option '--frobnicate'"),
    ],
)
def test_mistakes_on_the_command_line(run, args, message):
    Path("full").mkdir()
    Path("full/of").touch()
    Path("file").touch()
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("negotiation: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["file", "full"]


def test_a_file_that_is_no_text(run):
    Path("odd.toml").write_bytes(b"\xff\xfe\x00")
    assert "odd.toml: cannot be read: expected a text file in UTF-8" in run("compare", "odd.toml").stderr
