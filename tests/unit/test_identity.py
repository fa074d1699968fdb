"""Outcomes are the same, to the bit, however a run is cut: into chunks, over processes, or into single negotiations."""

from dataclasses import fields, replace

import numpy as np
import pytest

from agents import Concession, RubinsteinDemand, Screening, ZeroIntelligence
from negotiation import exchange, simulate
from negotiation.outcomes import BLOCK, Outcomes, summarise
from negotiation.play import Pauses, Session, Witness, play
from negotiation.priors import common_shock, matchups
from negotiation.simulate import simulate_summary
from negotiation.streams import below, uniforms, words
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

SEED, COUNT = 7, 60
RUGS = exchange(5, discount=(0.9, 0.8))
MATCHED = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
SHOCK = exchange(3, prior=common_shock((0.5, 0.5), [(0.2, 0.8), (0.8, 0.2)], [(0.3, 0.7), (0.6, 0.4)]))
CASES = [
    (problem, protocol, (alice, bob), tremble)
    for tremble in (0.0, 0.05)
    for protocol in (ShareDemanding(), Frequency(tremble_game=True), ItemByItem(), Combinatorial())
    for problem, alice, bob in (
        (RUGS, RubinsteinDemand(), RubinsteinDemand()),
        (RUGS, Screening(), Concession()),
        (MATCHED, ZeroIntelligence(), RubinsteinDemand()),
    )
] + [
    (SHOCK, ShareDemanding(order="random"), (RubinsteinDemand(), Screening()), 0.05),
    (SHOCK, ItemByItem(order="random"), (RubinsteinDemand(), RubinsteinDemand()), 0.05),
    (RUGS, ItemByItem(reopen=True), (RubinsteinDemand(), RubinsteinDemand()), 0.05),
    (RUGS, ShareDemanding(reopen=True), (RubinsteinDemand(), RubinsteinDemand()), 0.05),
    (RUGS, Combinatorial(form="number"), (RubinsteinDemand(), RubinsteinDemand()), 0.05),
    (RUGS, Combinatorial(form="table", reopen=True), (RubinsteinDemand(), RubinsteinDemand()), 0.05),
]  # fmt: skip


def name_of(case) -> str:
    problem, protocol, players, tremble = case
    return f"{problem.n} {protocol.name} {protocol.order} {'-'.join(p.name for p in players)} {tremble:g}"


def run(case, **options) -> Outcomes:
    problem, protocol, (alice, bob), tremble = case
    return simulate(problem, protocol, alice, bob, negotiations=COUNT, seed=SEED, tremble=tremble, **options)


def assert_same(one: Outcomes, other: Outcomes) -> None:
    for column in ("totals", "stage", "choices", "stages"):
        a, b = (np.ascontiguousarray(getattr(outcomes, column)) for outcomes in (one, other))
        assert a.tobytes() == b.tobytes(), column


def outcomes_of(table) -> Outcomes:
    return Outcomes(table.totals, table.last, table.choice, table.when)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_chunks(case):
    whole = run(case)
    assert_same(whole, run(case, chunk=7))
    problem, protocol, players, tremble = case
    session = Session(problem, protocol, players, tremble)
    for k in (0, 3, COUNT - 1):
        alone = outcomes_of(play(session, session.table(SEED, np.array([k])), np.array([k])))
        row = slice(k, k + 1)
        assert_same(Outcomes(whole.totals[row], whole.stage[row], whole.choices[row], whole.stages[row]), alone)


@pytest.mark.parametrize("case", [CASES[1], CASES[18]], ids=name_of)
def test_workers(case):
    assert_same(run(case), run(case, chunk=20, workers=2))


@pytest.mark.parametrize("reopen", [False, True])
@pytest.mark.parametrize("tremble", [0.0, 0.05])
def test_items_of_their_own(reopen, tremble):
    """Items played as negotiations of their own come to what the whole negotiation does, played before a witness."""
    session = Session(RUGS, ItemByItem(reopen=reopen), (RubinsteinDemand(), RubinsteinDemand()), tremble)
    numbers = np.arange(COUNT)
    assert session.separable
    apart = play(session, session.table(SEED, numbers), numbers)
    watched = Witness(lambda *seen: None, lambda *seen: None)
    together = play(session, session.table(SEED, numbers), numbers, watched)
    assert_same(outcomes_of(apart), outcomes_of(together))


def test_summaries():
    players = RubinsteinDemand(), RubinsteinDemand()
    count = 2 * BLOCK + 500
    outcomes = simulate(RUGS, ShareDemanding(), *players, negotiations=count, seed=SEED)
    expected = outcomes.summary()
    for chunk in (1000, BLOCK, count):
        got = simulate_summary(RUGS, ShareDemanding(), *players, negotiations=count, seed=SEED, chunk=chunk)
        for field in fields(expected):
            assert np.array_equal(getattr(got, field.name), getattr(expected, field.name)), field.name
    parts = [replace(outcomes, totals=outcomes.totals[a:b], stage=outcomes.stage[a:b], choices=None, stages=None)
             for a, b in ((0, 1), (1, 5000), (5000, count))]  # fmt: skip
    assert np.array_equal(summarise(parts).products, expected.products)
    assert expected.mean("welfare") == pytest.approx(outcomes.welfare.mean(), rel=1e-12)
    columns = np.array([outcomes.welfare, outcomes.first_best])
    at = [expected._index(name) for name in ("welfare", "first_best")]
    assert expected.covariance()[np.ix_(at, at)] == pytest.approx(np.cov(columns), rel=1e-9)


def test_words_below_bounds():
    """Comparing words is comparing draws."""
    keys = np.arange(1, 2000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    drawn = uniforms(keys, 1)[:, 0]
    for bound in (2.0**-53, 0.1, 0.5, 1 / 3, 1 - 2.0**-53, 1.0, *drawn[:20], *np.nextafter(drawn[:20], 1)):
        assert np.array_equal(below(words(keys, 1)[0], np.float64(bound)), drawn < bound)


@pytest.mark.parametrize(("tremble", "horizon"), [(0.01, 131), (0.3, 5), (1e-6, 1000), (0.999, 50)])
def test_pauses(tremble, horizon):
    pauses = Pauses(1 - tremble, horizon)
    edges = pauses.survival[np.isfinite(pauses.survival)]
    uniform = np.concatenate([np.linspace(0, 1, 10_001)[:-1], edges, np.nextafter(edges, 0), np.nextafter(edges, 1)])
    uniform = uniform[uniform < 1]
    assert np.array_equal(pauses.drawn(uniform), (pauses.survival > uniform[:, None]).sum(axis=1))


@pytest.mark.parametrize("steady", [0.5, 0.9, 0.999])
@pytest.mark.parametrize("horizon", [1, 7, 400])
def test_pauses_are_counted(steady, horizon):
    """The number of powers above a uniform, also where many share a bin and at the edges of bins."""
    uniform = np.concatenate([np.random.default_rng(1).random(500), np.arange(64) / 64, [0.0, 1 - 2**-53, 0.5, 0.25]])
    powers = np.cumprod(np.full(horizon, steady))
    expected = [int((powers > u).sum()) for u in uniform]
    assert Pauses(steady, horizon).drawn(uniform).tolist() == expected
