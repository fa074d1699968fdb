"""Random problems: what every benchmark owes the others, types by frequency, distances from benchmarks."""

import json

import numpy as np
import pytest

from negotiation import common_shock, distances, exchange, from_tables, iid, matchups, predict, table
from negotiation.equilibrium import linking_mechanism, second_best, type_space
from negotiation.outcomes import Outcomes
from negotiation.table import COLUMNS, PAY_ALICE, PAY_BOB


def random_problem(rng, number):
    choices, sizes, items = int(rng.integers(2, 4)), rng.integers(1, 4, 2), int(rng.integers(1, 4))
    u = [rng.integers(-5, 9, (choices, s)).astype(float) for s in sizes]
    u[0][0] = u[1][0] = 0
    u[0][-1, 0] = u[1][-1, 0] = 4  # somebody can gain
    kind = number % 4
    if kind == 0:
        prior = iid(*(rng.dirichlet(np.ones(s)) for s in sizes))
    elif kind == 1:
        prior = common_shock((0.4, 0.6), *([rng.dirichlet(np.ones(s)) for _ in range(2)] for s in sizes))
        items = min(items, 2)
    elif kind == 2:
        pairs = [(0, 0)] + [tuple(int(rng.integers(s)) for s in sizes) for _ in range(items - 1)]
        prior = matchups(pairs)
    else:
        chances = rng.dirichlet(np.ones(4))
        rows = [(tuple(rng.integers(sizes[0], size=items)), tuple(rng.integers(sizes[1], size=items)), p) for p in chances]
        rows = [(tuple(map(int, a)), tuple(map(int, b)), float(p)) for a, b, p in rows]
        rows[0] = ((0,) * items, (0,) * items, rows[0][2])
        prior = table(rows)
    return from_tables(*u, items=items, prior=prior, discount=tuple(rng.uniform(0.2, 0.99, 2)))


def test_on_200_random_problems():
    rng = np.random.default_rng(33)
    available = 0
    for number in range(200):
        problem = random_problem(rng, number)
        found = predict(problem)
        best = found["first best"].surplus
        scale = max(1.0, best)
        interim = found.interim()
        for row in found.benchmarks[1:]:
            if np.isnan(row.surplus):
                assert "not available" in row.note
                continue
            assert row.surplus <= best + 1e-8 * scale, (number, row)
            assert row.alice + row.bob == pytest.approx(row.surplus, abs=1e-7 * scale)
            fine = 1e-6 if row.benchmark == "neutral solution" else 1e-8  # no linear program: it follows a path
            assert np.isnan(row.residual) or row.residual <= fine * scale, (number, row)
            mine = interim[interim.benchmark == row.benchmark]
            for player, value in (("Alice", row.alice), ("Bob", row.bob)):
                part = mine[mine.player == player]
                if len(part):
                    assert part.probability.sum() == pytest.approx(1)
                    assert (part.probability * part.payoff).sum() == pytest.approx(value, abs=1e-7 * scale)
        second = found["second best"]
        if not np.isnan(second.surplus):
            available += 1
            assert (interim[interim.benchmark == "second best"].payoff >= -1e-7 * scale).all()
            if problem.surplus.known and number % 4 == 2 and problem.n == 1:
                assert second.surplus == pytest.approx(best)
        assert json.loads(json.dumps(found.rows(), allow_nan=False))[0]["benchmark"] == "first best"
        assert list(found.frame().columns) == ["benchmark", "alice", "bob", "surplus", "residual", "note"]
    assert available > 150


@pytest.mark.parametrize(
    "prior", [iid((0.3, 0.7), (0.6, 0.4)), common_shock((0.5, 0.5), [(1, 0), (0.4, 0.6)], [(1, 0), (0.2, 0.8)])]
)
def test_frequencies_against_the_listed_support(prior):
    problem = exchange(3, prior=prior)
    space = type_space(problem)
    types, p = problem.prior.support()
    surplus = problem.first_best(types)
    for i in (0, 1):
        low = (types[:, i] == 0).sum(axis=1)
        for label, probability, mean in zip(space.labels[i], space.probability[i], space.surplus[i], strict=True):
            first = problem.types[i][0]
            count = next((int(part.split(" x ")[0]) for part in label.split(", ") if part.endswith(f" x {first}")), 0)
            mask = low == count
            assert p[mask].sum() == pytest.approx(probability)
            assert (p * surplus)[mask].sum() / p[mask].sum() == pytest.approx(mean)


def test_components_of_disjoint_states():
    problem = exchange(2, prior=common_shock((0.5, 0.5), [(1, 0), (0, 1)], [(0, 1), (1, 0)]))
    space = type_space(problem)
    found = predict(problem)
    assert sorted(set(space.component[0])) == [0, 1]
    interim = found.interim()
    mine = interim[interim.benchmark == "ECL compromise"].set_index("type").payoff
    assert mine["2 x 0"] == pytest.approx(10) and mine["2 x 8"] == 0  # (0, 10) twice, or (8, 2) twice


def test_the_second_best_is_between_the_linking_mechanism_that_all_accept_and_the_first_best():
    for n in (1, 2, 4, 8):
        best, linked = second_best(exchange(n)), linking_mechanism(exchange(n))
        assert linked.surplus < best.surplus < best.first_best


def test_distances_from_benchmarks():
    problem = exchange(4, prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    rng = np.random.default_rng(2)
    totals = np.zeros((4000, COLUMNS))
    noise = rng.normal(size=(2, 4000))
    totals[:, [PAY_ALICE, PAY_BOB]] = (7.005 + noise - noise.mean(axis=1, keepdims=True)).T
    found = {d.benchmark: d for d in distances(Outcomes(totals, np.zeros(4000, dtype=int)).summary(), predict(problem))}
    at = found["NBS ex post"]
    assert at.distance.low == 0 and 0 < at.distance.mean < at.distance.high < 0.1
    away = found["Rubinstein"].distance
    exact = np.hypot(*(totals[:, :2].mean(axis=0) - [7.368421, 6.631579]))
    assert away.low < away.mean < away.high and away.mean == pytest.approx(exact, abs=1e-5)
    assert found["Rubinstein"].alice.mean < 0 < found["Rubinstein"].bob.mean
    assert "first best" not in found
    assert json.dumps(at.row())


def test_the_distance_interval_covers():
    """Of 300 samples the interval holds the true distance in at least 95% (it is conservative)."""
    problem = exchange(4, prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    predictions, rng = predict(problem), np.random.default_rng(5)
    held = 0
    for _ in range(300):
        totals = np.zeros((200, COLUMNS))
        totals[:, PAY_ALICE] = 7.5 + rng.normal(size=200)
        totals[:, PAY_BOB] = 6 + rng.exponential(size=200) - 1
        summary = Outcomes(totals, np.zeros(200, dtype=int)).summary()
        e = next(d for d in distances(summary, predictions) if d.benchmark == "NBS ex post").distance
        held += e.low <= np.hypot(0.5, 1.0) <= e.high
    assert held >= 0.95 * 300


def test_payoff_space_draws_every_benchmark_and_protocol(tmp_path):
    plots = pytest.importorskip("negotiation.plots.payoff_space")
    import matplotlib.text

    matplotlib.use("Agg")
    totals = np.random.default_rng(1).normal(7, 1, (500, COLUMNS))
    outcomes = Outcomes(totals, np.zeros(500, dtype=int))
    predictions = predict(exchange(4, prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)])))
    ax = plots.payoff_space(predictions, {"one": outcomes.summary()}, {"one": outcomes})
    ax.figure.savefig(tmp_path / "payoffs.png")
    text = " ".join(t.get_text() for t in ax.texts)
    assert all(row.benchmark in text for row in predictions.benchmarks[1:] if np.isfinite(row.alice))
    assert predictions["neutral solution"].benchmark not in text  # types that are not independent: not available
    boxes = [matplotlib.text.Text.get_window_extent(t) for t in ax.texts]  # without the lines to their marks
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    with pytest.raises(ValueError, match="no summary"):
        plots.payoff_space(predictions, {}, {"one": outcomes})
