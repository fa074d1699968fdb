"""`negotiation benchmark equilibrium`: what it prints of ours and of other solvers, present, absent or broken."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from experiments import bench_equilibrium, benchmark
from negotiation.equilibrium import extensive_form
from negotiation.equilibrium.profiles import random, trembled, uniform
from negotiation.equilibrium.values import evaluate
from negotiation.errors import InputError

OFFERS = 1
PEER = """#!{python}
import json, sys
results = {results}
for line in results[sys.argv[2]]:
    print(json.dumps(line), flush=True)
print("noise that is not JSON")
{then}
"""


@pytest.fixture
def peer(tmp_path):
    """Make a program that is called like a Python with the peers in it, and prints these results."""

    def make(logit=(), cfr=(), then=""):
        path = tmp_path / "python"
        path.write_text(PEER.format(python=sys.executable, results=repr({"logit": list(logit), "cfr": list(cfr)}), then=then))
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture(autouse=True)
def solver(monkeypatch):
    """A solver that is quick and bad: everybody always trembles."""
    monkeypatch.setattr(bench_equilibrium, "find_solver", lambda: lambda tree: SimpleNamespace(profile=uniform(tree)))


def by_first_meeting(form):
    """Uniform probabilities at each information set, in the order in which a walk first meets them."""
    met = list(dict.fromkeys(form.infoset[form.deciding].tolist()))
    return [[1 / many] * many for many in form.actions[met].tolist()]


def test_rows_of_all_solvers(peer):
    tree = bench_equilibrium.example_3(OFFERS)
    profile = by_first_meeting(extensive_form(tree))
    found = {"started": "Peer 1.2"}, {"version": "Peer 1.2", "seconds": 3.0, "asked": 0.1, "profile": profile}
    better = {"version": "Peer 1.2", "seconds": 7.0, "asked": 1e-4, "reached": 1e-5, "iterations": 1234, "profile": profile}
    ours, cfr, logit = bench_equilibrium.run((OFFERS,), repeats=2, python=peer(found, [better]))
    assert ours.seconds > 0 and (cfr.seconds, logit.seconds) == (7.0, 3.0)
    for row in (cfr, logit):  # the same profile: uniform, which trembles do not change
        assert (row.offers, row.nodes) == (OFFERS, tree.size)
        got = (row.nash_conv, row.trembled_nash_conv, row.largest_gain)
        assert got == pytest.approx((ours.nash_conv, ours.trembled_nash_conv, ours.largest_gain), abs=1e-12)
    assert logit.solver == "pygambit logit (1.2)"
    assert logit.note == "asked for regret 0.1 of the range; 0.03 not in 120 s"
    assert cfr.note == "1,234 iterations"
    ratios = list(bench_equilibrium.compare([ours, cfr, logit]))
    assert [m.value for m in ratios] == [ours.seconds / 7, ours.seconds / 3]
    assert [m.goal for m in ratios] == [1.0, 0.01]


def test_the_largest_gain_is_that_of_the_other_evaluator():
    tree = bench_equilibrium.example_3(3)
    solved = random(tree, np.random.default_rng(2))
    played = trembled(tree, solved)
    values = evaluate(tree, played)
    largest = 0.0
    for layer in tree.layers:
        gain = values.best[layer.player][layer.histories] - values.value[layer.player][layer.histories]
        largest = max(largest, float(gain.max()) / tree.problem.discount[layer.player] ** layer.stage)
    start = sum(float(((values.best[i][0] - values.value[i][0]) * tree.marginal[i]).sum()) for i in (0, 1))
    free, with_trembles, gain = bench_equilibrium.judge(tree, extensive_form(tree, labels=False), solved, played)
    assert gain == pytest.approx(largest, abs=1e-10)
    assert with_trembles == pytest.approx(start, abs=1e-10)
    assert free > 0


def test_peers_that_are_absent_or_broken(peer, monkeypatch):
    missing = {"missing": "not there"}
    rows = list(bench_equilibrium.run((OFFERS,), repeats=1, python=peer([missing], [missing])))
    assert [row.note for row in rows] == ["", "not there", "not there"]
    rows = list(bench_equilibrium.run((OFFERS,), repeats=1, python=peer(then="raise SystemExit('no memory')")))
    assert [row.note for row in rows[1:]] == ["failed: no memory"] * 2
    rows = list(bench_equilibrium.run((OFFERS,), repeats=1, python="/nowhere/python"))
    assert [row.note for row in rows[1:]] == ["/nowhere/python: No such file or directory"] * 2
    monkeypatch.setattr(bench_equilibrium, "GRACE", 0.0)
    slow = peer([{"started": "Peer 1.2"}], then="import time; time.sleep(20)")
    rows = list(bench_equilibrium.run((OFFERS,), repeats=1, python=slow, limit=0.5))
    assert [row.note for row in rows[1:]] == ["nothing in 0.5 s"] * 2
    assert list(bench_equilibrium.compare(rows)) == []


def test_without_a_solver(peer, monkeypatch):
    monkeypatch.setattr(bench_equilibrium, "find_solver", lambda: None)
    ours = next(bench_equilibrium.run((OFFERS,), python=peer()))
    assert (ours.seconds, ours.note) == (None, "there is no tree solver in this version")


def test_the_command(peer, capsys):
    absent = peer([{"missing": "no logit"}], [{"missing": "no CFR+"}])
    benchmark.main(["equilibrium", "--offers", "1", "--peers", absent])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["offers", "nodes", "solver", "seconds", "NashConv", "trembled", "any", "set"]
    assert [line.split()[:2] for line in lines[3:]] == [["1", "69"]] * 3
    assert lines[4].endswith("no CFR+") and lines[5].endswith("no logit")
    benchmark.main(["equilibrium", "--offers", "1", "--peers", absent, "--json"])
    said = json.loads(capsys.readouterr().out)
    assert [row["solver"].split()[0] for row in said["rows"]] == ["ours", "OpenSpiel", "pygambit"]
    assert said["rows"][1]["seconds"] is None and said["ratios"] == []


def test_mistakes(peer):
    with pytest.raises(InputError, match="horizon: expected a whole number of stages"):
        benchmark.main(["equilibrium", "--offers", "0", "--peers", peer()])
