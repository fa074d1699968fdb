"""`negotiation compare --gains`: every row says what deviating would gain."""

import json

from click.testing import CliRunner

from experiments.cli import main


def run(*words):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_rows_carry_gains(tmp_path):
    told = json.loads(run("compare", "rugs", "--gains", "--negotiations", "200", "--json"))
    rows = {row["protocol"]: row for row in told["rows"]}
    assert rows["share-demanding"]["gain_alice"] == rows["share-demanding"]["gain_bob"] == 0
    assert rows["share-demanding"]["deviation_alice"] == "no deviation"
    assert rows["item-by-item"]["gain_bob_low"] > 0
    said = run("compare", "rugs", "--gains", "--negotiations", "200", "--no-plots", "--out", str(tmp_path / "r"))
    assert "Gain from deviating, utils" in said
