"""Coalitions that break away step by step, and what uncoordinated players choose (Propositions 18 and 19)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_separable import random_game, separable_games
from scipy.optimize import linprog

from negotiation.bargaining import nash
from negotiation.ecl import SeparableGame, breakaway, core, example_64, example_66, ways_to_divide
from negotiation.ecl.shares_of_payoffs import Mixtures, kind_mixtures
from negotiation.errors import InputError

SOME = settings(max_examples=12, deadline=None, derandomize=True)


@pytest.mark.parametrize("left", ["selfish", "together"])
@pytest.mark.parametrize("kind", ["alpha", "A", "nash"])
def test_example_64_step_by_step(kind, left):
    path = breakaway(example_64(), (13 / 3, 13 / 3, 17 / 3), kind, left=left)
    (step,) = path.steps
    assert step.coalition == (0, 1)
    assert step.gain == pytest.approx(2 / 3, abs=1e-9)
    assert step.expected == pytest.approx([5, 5], abs=1e-8)
    assert step.realised == pytest.approx([5, 5, 3], abs=1e-8)
    assert step.partition == ((0, 1), (2,))
    assert path.ending == "stable"
    assert path.gain <= 1e-8


def test_example_66_leads_into_a_cycle_of_disappointment():
    """Player 2 leaves for 15, 0 and 1 get together, player 2 leaves again and again gets 5."""
    path = breakaway(example_66(), (7, 7, 11), "nash")
    assert [s.coalition for s in path.steps] == [(2,), (0, 1), (2,)]
    assert path.steps[0].realised == pytest.approx([5, 5, 15], abs=1e-8)
    assert path.steps[-1].expected == pytest.approx([15], abs=1e-8)
    assert path.steps[-1].realised == pytest.approx([8, 8, 5], abs=1e-8)
    assert (path.ending, path.cycle) == ("cycle", 1)
    assert breakaway(example_66(), (7, 7, 11), "A").ending == "stable"


@SOME
@given(separable_games(2, 4), st.sampled_from(["alpha", "A", "nash"]), st.sampled_from(["selfish", "together"]))
def test_paths_of_random_games(game, kind, left):
    start = sum(v[0] for v in game.vertices)
    path = breakaway(game, start, kind, left=left, most_steps=6)
    x = start
    for step in path.steps:
        assert step.before == pytest.approx(x, abs=1e-12)
        assert step.gain > 0
        assert (step.expected >= x[list(step.coalition)] - 1e-7 * game.size).all()
        assert step.realised == pytest.approx(game.gives(step.mixtures).sum(axis=0), abs=1e-9)
        assert sorted(i for part in step.partition for i in part) == list(range(game.n))
        assert step.coalition in step.partition
        if kind == "alpha":  # the worst was expected, so nobody who leaves is disappointed
            assert (step.realised[list(step.coalition)] >= step.expected - 1e-7 * game.size).all()
        x = step.realised
    assert path.payoffs == pytest.approx(x)
    assert (path.ending == "stable") == (core(game, x, kind).excess <= 1e-7 * game.size)
    assert len(path.steps) <= 6
    if path.ending == "cycle":
        assert 1 <= path.cycle <= len(path.steps)
        back = path.steps[-1 - path.cycle].realised if path.cycle < len(path.steps) else start
        assert back == pytest.approx(x, abs=1e-6 * game.size)


def test_a_core_point_is_where_nothing_happens():
    game = random_game(np.random.default_rng(3), 4)
    assert breakaway(game, core(game).point).steps == ()


def test_steps_are_counted():
    assert breakaway(example_66(), (7, 7, 11), "nash", most_steps=1).ending == "steps used up"
    for arguments, message in (
        ({"start": (99, 0, 0)}, "utils beyond what all can reach"),
        ({"start": (7, 7, 11), "left": "angry"}, "expected 'selfish' or 'together'"),
        ({"start": (7, 7, 11), "most_steps": -1}, "most_steps"),
    ):
        with pytest.raises(InputError, match=message):
            breakaway(example_66(), **arguments)


@SOME
@given(separable_games(2, 4), st.integers(0, 99))
def test_proposition_18_any_combination_is_pareto_optimal(game, seed):
    """On a face: everybody's actions that are best for the same weights, some of them tied."""
    w = np.random.default_rng(seed).integers(1, 3, game.n).astype(float)
    x = sum(v[v @ w >= (v @ w).max() - 1e-9].mean(axis=0) for v in game.vertices)
    ways = ways_to_divide(game, x)
    assert ways.weights.min() > 0
    assert abs(ways.loss) <= 1e-7 * game.size
    assert (ways.low <= ways.high + 1e-8 * game.size).all()
    assert (ways.worst <= x + 1e-7 * game.size).all()
    assert (ways.best >= x - 1e-7 * game.size).all()


def test_proposition_18_on_a_plane_all_share():
    """All actions lie on planes with the same normal: X_j by a grid of completions."""
    flat = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2]], dtype=float)
    game = SeparableGame([flat, flat[:2], flat[1:]])
    x = np.array([2.0, 2.0, 2.0])
    ways = ways_to_divide(game, x)
    steps = np.linspace(0, 1, 41)
    first = []
    for a in steps:
        for b in steps:
            y = x - [2 * a, 2 - 2 * a, 0] - [0, 2 * b, 2 - 2 * b]
            if (y >= -1e-12).all():
                first.append(y)
    assert ways.low[0] == pytest.approx(np.min(first, axis=0), abs=1e-8)
    assert ways.high[0] == pytest.approx(np.max(first, axis=0), abs=1e-8)


def test_proposition_19_extreme_points_have_one_division():
    """A polygon with many corners is nearly strictly convex: X_j shrinks with its sides; corners are divided in one way."""
    for corners in (8, 64, 512):
        angle = np.linspace(0, np.pi / 2, corners)
        arc = np.column_stack([np.sin(angle), np.cos(angle)])
        game = SeparableGame([arc, [2, 1] * arc])
        x = nash(game.feasible, (0, 0)).point
        assert ways_to_divide(game, x).spread <= 8 / corners
        w = np.array([0.3, 0.7])
        corner = sum(v[np.argmax(v @ w)] for v in game.vertices)
        assert ways_to_divide(game, corner).spread <= 1e-6


def test_points_off_the_frontier_are_refused():
    game = example_64()
    with pytest.raises(InputError, match="is not Pareto optimal"):
        ways_to_divide(game, (3, 3, 3))
    with pytest.raises(InputError, match="utils beyond what all can reach"):
        ways_to_divide(game, (9, 9, 9))


@pytest.mark.parametrize("seed", range(4))
def test_of_many_ways_to_give_the_members_their_payoffs_the_best_for_the_others(seed):
    """By drawing mixtures: none that gives the members as much gives the outsiders more."""
    rng = np.random.default_rng(seed)
    game, group = random_game(rng, 4), [0, 2]
    target = 0.8 * (game.vertices[0].mean(axis=0) + game.vertices[2].mean(axis=0))[group] - 0.3
    mixtures = kind_mixtures(game, group, target)

    def given(pair):
        return sum(p @ game.vertices[j] for j, p in zip(group, pair, strict=True))

    best = given(mixtures)
    assert (best[group] >= target - 1e-7 * game.size).all()
    drawn = [given([rng.dirichlet(np.full(4, 0.3)) for _ in group]) for _ in range(4000)]
    others = [y[[1, 3]].sum() for y in drawn if (y[group] >= target).all()]
    assert len(others) > 50 and max(others) <= best[[1, 3]].sum() + 1e-5 * game.size


@pytest.mark.parametrize("seed", range(12))
def test_those_left_together_bargain_from_what_they_have_alone(seed):
    """Nobody of a part that stays together expects less than alone, given what outsiders are thought to do."""
    rng = np.random.default_rng(seed)
    game = random_game(rng, 4)
    path = breakaway(game, sum(v[0] for v in game.vertices), "alpha", left="together", most_steps=4)
    worst = np.array([v.min(axis=0) for v in game.vertices])
    for step in path.steps:
        gives = game.gives(step.mixtures)
        for part in step.partition:
            inside, outside = list(part), [j for j in range(4) if j not in part]
            if len(part) > 1 and part != step.coalition:
                for i in inside:
                    others = [j for j in range(4) if j != i]
                    alone = game.vertices[i][:, i].max() + worst[others, i].sum()
                    assert gives[inside, i].sum() + worst[outside, i].sum() >= alone - 1e-6 * game.size


@pytest.mark.parametrize("disposal", [True, False])
def test_targets_that_cannot_be_met_are_missed_by_the_least(disposal):
    rng = np.random.default_rng(6)
    game, group = random_game(rng, 3), [0, 2]
    inside = np.vstack([game.vertices[0], game.vertices[2]])[:, group]
    high = game.vertices[0].max(axis=0)[group] + game.vertices[2].max(axis=0)[group] + [0.3, 0.1]
    mean = (game.vertices[0].mean(axis=0) + game.vertices[2].mean(axis=0))[group]
    for target in (high, mean, mean - 9.0):
        shortfalls = [[*-column, -1.0] for column in inside.T]  # target - given <= miss
        limits = [*-target]
        if not disposal:
            shortfalls += [[*column, -1.0] for column in inside.T]
            limits += [*target]
        sums = [[*(j == i for j in (0, 1) for _ in game.vertices[group[j]]), 0] for i in (0, 1)]
        cost, sums = [0] * len(inside) + [1], np.array(sums, dtype=float)
        least = linprog(cost, A_ub=shortfalls, b_ub=limits, A_eq=sums, b_eq=[1, 1]).fun
        assert Mixtures(game, group, target, disposal=disposal).miss == pytest.approx(least, abs=1e-9)


def test_what_mixtures_lose_is_added_up(monkeypatch):
    """If players mixed evenly instead: what each loses by it at the weights, summed."""

    asked = []

    def evenly(self, values):
        asked.append(values)
        return tuple(np.full(len(v), 1 / len(v)) for v in self.game.vertices)

    game = example_64()
    monkeypatch.setattr(Mixtures, "best", evenly)
    ways = ways_to_divide(game, nash(game.feasible, (0, 0, 0)).point)
    assert ways.loss == pytest.approx(sum((v @ ways.weights).max() - (v @ ways.weights).mean() for v in game.vertices))
    assert ways.loss > 0.1
    worth = np.concatenate(game.vertices) @ ways.weights  # looked for: what each alone can lose most
    for j, values in enumerate(asked[2 * game.n :: 2 * game.n + 1]):
        mine = np.repeat(np.arange(game.n), [len(v) for v in game.vertices]) == j
        np.testing.assert_allclose(values, np.where(mine, -worth, 0.0))
