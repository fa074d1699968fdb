"""A trace is the same negotiation that ``simulate`` plays, told offer by offer."""

import json
from itertools import pairwise

import numpy as np
import pytest

from agents import Concession, RubinsteinDemand, Screening, ZeroIntelligence
from negotiation import exchange, iid, matchups, simulate
from negotiation.trace import Trace, trace
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

EXAMPLE = [(0, 2), (0, 10), (8, 2), (8, 10)]


def rugs(**options):
    return exchange(items=4, prior=matchups(EXAMPLE), **options)


PROTOCOLS = [ItemByItem(), Combinatorial(), ShareDemanding(), Frequency(), Frequency(tremble_game=True),
             ShareDemanding(order="random"), ItemByItem(reopen=True)]  # fmt: skip
PLAYERS = [(RubinsteinDemand(), RubinsteinDemand()), (Screening(), Concession()), (ZeroIntelligence(), Screening())]


@pytest.mark.parametrize("tremble", [0.0, 0.2])
@pytest.mark.parametrize("players", PLAYERS, ids=lambda pair: f"{pair[0].name}-{pair[1].name}")
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=str)
def test_trace_equals_simulate_to_the_bit(protocol, players, tremble):
    problem = exchange(items=5, discount=(0.9, 0.8))
    done = simulate(problem, protocol, *players, negotiations=12, seed=3, tremble=tremble)
    for k in (0, 7, 11):
        told = trace(problem, protocol, *players, seed=3, negotiation=k, tremble=tremble)
        assert np.array_equal(told.outcome.totals[0], done.totals[k])
        assert told.outcome.stage[0] == done.stage[k]
        assert np.array_equal(told.outcome.choices[0], done.choices[k])
        assert np.array_equal(told.outcome.stages[0], done.stages[k])
        json.dumps(told.rows(), allow_nan=False)
        assert told.text()


def test_known_surplus_is_told_as_theorem_1_says():
    told = trace(rugs(), ShareDemanding(), RubinsteinDemand(), RubinsteinDemand(), seed=1)
    (step,) = told.steps
    share = 14 / 1.9
    assert (step.stage, step.proposer, step.accepted, step.offer_trembled, step.response_trembled) == (0, 0, True, False, False)
    assert step.demand == pytest.approx(share, abs=1e-12)
    assert step.payoffs == pytest.approx((share, 14 - share), abs=1e-12)
    assert told.rubinstein == pytest.approx(told.payoffs, abs=1e-12)
    assert step.beliefs == ({"surplus": 14.0}, {"surplus": 14.0})
    text = told.text()
    for said in ("Stage 0. Alice offers:", "would give Alice 7.368 and Bob 6.632 utils", "Bob accepts and picks trade",
                 "Bob believes the surplus is 14", "Efficiency 100.0%"):  # fmt: skip
        assert said in text
    assert "tremble" not in text


@pytest.mark.parametrize("protocol", [ItemByItem(), Combinatorial(), ShareDemanding()], ids=str)
def test_payoffs_of_an_accepted_offer_are_those_of_the_outcome(protocol):
    """Strategies of demands accept in the best way, so without trembles what was said comes true, discounted."""
    problem = exchange(items=4, discount=(0.9, 0.8))
    for k in range(8):
        told = trace(problem, protocol, RubinsteinDemand(), RubinsteinDemand(), seed=2, negotiation=k)
        paid = [step for step in told.steps if step.accepted]
        if len(paid) == 1 and not protocol.itemwise:
            expected = [p * d ** paid[0].stage for p, d in zip(paid[0].payoffs, problem.discount, strict=True)]
            assert told.payoffs == pytest.approx(expected, abs=1e-9)
    assert told.steps[-1].payoffs[told.steps[-1].proposer] <= told.steps[-1].demand + 1e-9


def test_what_is_agreed_at_each_stage_adds_up():
    """Held at the start of a step = what earlier steps agreed; discounted, all of it is the outcome."""
    told = trace(exchange(items=8), ItemByItem(), Screening(), Screening(), seed=3, tremble=0.2)
    assert sum(bool(step.agreed) for step in told.steps) > 1
    gains = [np.subtract(b.held, a.held) for a, b in pairwise(told.steps)]
    for step, gain in zip(told.steps[:-1], gains, strict=True):
        assert bool(step.agreed) or not gain.any()
    assert sum(step.transfer for step in told.steps) == pytest.approx(float(told.outcome.transfer[0]), abs=1e-9)


def test_trembles_are_told_as_often_as_they_happen():
    slips = moves = 0
    for k in range(200):
        told = trace(rugs(), Frequency(), RubinsteinDemand(), RubinsteinDemand(), seed=4, negotiation=k, tremble=0.3)
        first = told.steps[0]
        slips, moves = slips + first.offer_trembled + first.response_trembled, moves + 2
        if first.offer_trembled:
            assert "(a tremble)" in told.text()
        else:
            assert first.demand == pytest.approx(14 / 1.9, abs=0.05)
    assert slips / moves == pytest.approx(0.3, abs=4 * (0.21 / moves) ** 0.5)


def test_long_negotiations_are_abbreviated():
    patient = Concession(exponent=0.05, deadline=3000)
    problem = exchange(items=400, prior=iid((0.5, 0.5), (0.5, 0.5)), discount=(0.999, 0.999))
    told = trace(problem, ShareDemanding(), patient, patient, seed=1)
    assert len(told.steps) > 500
    text = told.text()
    assert text.count("offers:") == 15
    assert f"... {len(told.steps) - 15:,} more offers ..." in text
    assert max(map(len, text.splitlines())) < 500


def test_silence_is_told_once():
    """Nothing moves in rug-by-rug haggling after everybody has refused: the trace says so instead of repeating it."""
    told = trace(exchange(items=6), ItemByItem(), Screening(), Screening(), seed=3, negotiation=5)
    assert isinstance(told, Trace)
    assert told.steps[-1].stage + 1 < told.horizon
    assert f"to the horizon ({told.horizon} stages) both would repeat themselves" in told.text()


def test_stages_in_which_nothing_moves_are_told():
    """Between any two offers shown, from the first stage left out to the last."""
    told_gaps = 0
    for number in range(30):
        told = trace(exchange(items=3), ItemByItem(), Screening(), Screening(), seed=3, negotiation=number, tremble=0.05)
        gaps, stage = [], 0
        for step in told.steps:
            if step.stage > stage:
                last = step.stage - 1
                gaps.append(
                    f"Stages {stage:,} to {last:,}. Nothing moves." if last > stage else f"Stage {stage:,}. Nothing moves."
                )
            stage = step.stage + 1
        if len(told.steps) <= 15:
            assert [line for line in told.text().split("\n\n") if line.endswith("Nothing moves.")] == gaps
            told_gaps += len(gaps)
    assert told_gaps > 5
