"""Cores of random games: by grids of mixtures, by enumerating facets, by definition; Theorem 65, Propositions 63 and 67."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_separable import random_game, separable_games
from scipy.optimize import linprog

from negotiation.bargaining import nash
from negotiation.ecl import SeparableGame, core, stable_disagreement, worst_matrix
from negotiation.ecl.coalition_bargains import bargain
from negotiation.ecl.worst_matrices import lost
from negotiation.errors import InputError

SOME = settings(max_examples=15, deadline=None, derandomize=True)
FEW = settings(max_examples=8, deadline=None, derandomize=True)


def members(game, s):
    return [i for i in range(game.n) if s >> i & 1]


def proper(game):
    return [members(game, s) for s in range(1, (1 << game.n) - 1)]


def grid_gain(game, worst, group, x, steps):
    """The best least gain over x on a grid of mixtures of the members."""
    outside = [j for j in range(game.n) if j not in group]
    total = worst[outside].sum(axis=0)[None, :]
    for j in group:
        k = len(game.vertices[j])
        grid = np.array([p for p in itertools.product(range(steps + 1), repeat=k) if sum(p) == steps]) / steps
        total = (total[:, None, :] + (grid @ game.vertices[j])[None, :, :]).reshape(-1, game.n)
    return (total[:, group] - x[group]).min(axis=1).max()


@SOME
@given(separable_games(2, 3), st.sampled_from(["alpha", "A", "nash"]), st.integers(0, 99))
def test_gains_against_grids_of_mixtures(game, kind, seed):
    x = game.gives([np.random.default_rng([seed, j]).dirichlet(np.ones(len(v))) for j, v in enumerate(game.vertices)]).sum(
        axis=0
    )
    report = core(game, x, kind)
    assert report.infeasible <= 1e-9 * game.size
    for s in range(1, 1 << game.n):
        group = members(game, s)
        steps = 12 if len(group) < 3 else 4
        brute = grid_gain(game, report.worst, group, x, steps)
        assert brute <= report.gains[s] + 1e-9 * game.size
        coarse = sum(np.ptp(game.vertices[j], axis=0).max() * (len(game.vertices[j]) - 1) for j in group) / steps
        assert brute >= report.gains[s] - coarse
    assert report.error <= 1e-8 * game.size
    o, inside = report.objection, list(report.objection.coalition)
    again = sum(p @ game.vertices[j] for j, p in zip(inside, o.mixtures, strict=True))
    again = again + report.worst[[j for j in range(game.n) if j not in inside]].sum(axis=0)
    assert again[inside] == pytest.approx(o.payoffs, abs=1e-9 * game.size)
    assert (o.payoffs - x[inside]).min() == pytest.approx(report.excess, abs=1e-9 * game.size)


def optimal(points, k):
    """Is row k of points Pareto optimal in their hull? By maximising the sum of what can be added (its own linear program)."""
    gap = points - points[k]
    out = linprog(-gap.sum(axis=1), A_ub=-gap.T, b_ub=np.zeros(gap.shape[1]), A_eq=np.ones((1, len(gap))), b_eq=[1])
    return -out.fun <= 1e-9


@FEW
@given(separable_games(2, 3))
def test_matrix_62_by_its_definition(game):
    """Over all pure profiles of each coalition that are Pareto optimal for it (a face's pure profiles hold the minimum)."""
    least = np.full((game.n, game.n), np.inf)
    for s in range(1, 1 << game.n):
        group = members(game, s)
        profiles = list(itertools.product(*(range(len(game.vertices[j])) for j in group)))
        sums = np.array([sum(game.vertices[j][a] for j, a in zip(group, p, strict=True)) for p in profiles])[:, group]
        for k, profile in enumerate(profiles):
            if optimal(sums, k):
                for j, a in zip(group, profile, strict=True):
                    least[j] = np.minimum(least[j], game.vertices[j][a])
    assert worst_matrix(game) == pytest.approx(least, abs=1e-9)


@FEW
@given(separable_games(2, 3), st.integers(0, 99))
def test_proposition_63_for_any_matrix(game, seed):
    """Cores for matrices whose rows are no strategies, only entries of strategies, lie in the alpha-core too."""
    low, high = (np.array([f(v, axis=0) for v in game.vertices]) for f in (np.min, np.max))
    worst = low + np.random.default_rng(seed).uniform(0, 0.5, low.shape) * (high - low)
    found = core(game, None, "A", worst)
    gains = core(game, found.point, "alpha").gains[1:]
    assert (gains <= found.gains[1:] + 1e-9 * game.size).all()
    with_62 = np.minimum(worst, worst_matrix(game))  # what is expected is no more than (62): Theorem 65 holds here too
    assert core(game, None, "A", with_62).verdict == "in the core"


@SOME
@given(separable_games(2, 4))
def test_theorem_65_and_proposition_63(game):
    found = core(game)
    assert found.verdict == "in the core"
    assert found.infeasible <= 1e-8 * game.size
    # Proposition 63: what is in the core for some matrix is in the alpha-core
    assert core(game, found.point, "alpha").verdict == "in the core"
    assert (worst_matrix(game, "alpha") <= worst_matrix(game) + 1e-12).all()
    assert (worst_matrix(game) <= worst_matrix(game, "nash") + 1e-9 * game.size).all()


def test_balancedness_with_62_and_not_with_selfish_outsiders():
    """The furthest x on a ray that every coalition of a balanced collection can get is in F: the proof of Theorem 65."""
    collections = ([[0, 1], [2]], [[0, 2], [1]], [[1, 2], [0]], [[0], [1], [2]], [[0, 1], [0, 2], [1, 2]])
    generator, beyond = np.random.default_rng(65), {"A": 0.0, "nash": 0.0}
    for _ in range(30):
        game = random_game(generator, 3, 3)
        base, v = game.nash_point - 10, 10 + generator.normal(size=3)
        for kind in beyond:
            worst = worst_matrix(game, kind)
            reach = {}
            for group in ([0], [1], [2], [0, 1], [0, 2], [1, 2]):
                k = len(group)
                far = game.reach(group, worst).program(np.zeros(k), 1.0, np.eye(k), -v[group], base[group])
                reach[tuple(group)] = far.t
            for collection in collections:
                x = base + min(reach[tuple(group)] for group in collection) * v
                beyond[kind] = max(beyond[kind], game.feasible.contains(x))
    assert beyond["A"] <= 1e-8
    assert beyond["nash"] > 0.01


def pair_facets(game, worst, pair):
    """Normals and levels of the frontier of a pair's payoffs, by testing all lines through two sums of actions."""
    rest = 3 - sum(pair)
    sums = np.array([a + b for a in game.vertices[pair[0]] for b in game.vertices[pair[1]]])[:, pair] + worst[rest][pair]
    normals = [np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    for p, q in itertools.combinations(sums, 2):
        w = np.array([q[1] - p[1], p[0] - q[0]])
        w = -w if w.sum() < 0 else w
        if (w > 1e-12).all() and (sums @ w).max() <= p @ w + 1e-9:
            normals.append(w / w.sum())
    return [(w, (sums @ w).max()) for w in {tuple(w.round(10)): w for w in normals}.values()]


def least_relaxation(game, worst):
    """By linear programs for every choice of one facet a pair: exact for three players."""
    rows = [(np.eye(3)[i], game.vertices[i][:, i].max() + np.delete(worst[:, i], i).sum()) for i in range(3)]
    choices = []
    for pair in ([0, 1], [0, 2], [1, 2]):
        choices.append([])
        for w, level in pair_facets(game, worst, pair):
            full = np.zeros(3)
            full[pair] = w
            choices[-1].append((full, level))
    sums = np.array([a + b + c for a, b, c in itertools.product(*game.vertices)])
    k, best = len(sums), np.inf
    for choice in itertools.product(*choices):
        half = [*rows, *choice]
        W, levels = np.array([w for w, _ in half]), np.array([h for _, h in half])
        A = np.hstack([-W @ sums.T, -W.sum(axis=1)[:, None]])
        bounds = [(0, None)] * k + [(None, None)]
        out = linprog(np.r_[np.zeros(k), 1], A, -levels, np.r_[np.ones(k), 0][None, :], [1], bounds)
        best = min(best, out.fun)
    return best


def test_least_relaxation_by_enumerating_facets():
    generator, empty = np.random.default_rng(66), 0
    for _ in range(12):
        game = random_game(generator, 3, 3)
        report, slow = core(game, None, "nash"), least_relaxation(game, worst_matrix(game, "nash"))
        assert (report.verdict == "empty") == (slow > 1e-8)
        if slow > 1e-8:
            empty += 1
            assert report.relaxation.lower == pytest.approx(slow, abs=1e-7)
            assert report.relaxation.upper == pytest.approx(slow, abs=1e-7)
            assert report.excess == pytest.approx(slow, abs=1e-7)
    assert empty >= 3  # Proposition 67


@pytest.mark.parametrize("n", [3, 4])
def test_the_proof_of_emptiness(n):
    """Its leaves cover all feasible points, and each leaf's prices prove its bound."""
    generator, proofs = np.random.default_rng(n), 0
    while proofs < 2:
        game = random_game(generator, n)
        report = core(game, None, "nash")
        if report.verdict != "empty":
            continue
        proofs += 1
        for leaf in report.relaxation.leaves:
            mu = sum(p * r.w for p, r in zip(leaf.prices, leaf.rows, strict=True))
            top = sum((v @ mu).max() for v in game.vertices)
            proven = (sum(p * r.level for p, r in zip(leaf.prices, leaf.rows, strict=True)) - top) / mu.sum()
            assert leaf.prices.min() >= 0
            assert proven >= report.relaxation.lower - 1e-9
        for _ in range(8):
            x = sum(generator.dirichlet(np.full(len(v), 0.5)) @ v for v in game.vertices)
            x = x + generator.uniform() * (report.point - x)
            eps = core(game, x, "nash").gains[1:-1].max()
            assert eps >= report.relaxation.lower - 1e-9
            ok = [all(r.w @ x + eps * r.w.sum() >= r.level - 1e-8 for r in leaf.rows) for leaf in report.relaxation.leaves]
            assert any(ok)


@FEW
@given(separable_games(3, 4))
def test_stable_disagreement_points(game):
    stable = stable_disagreement(game)
    assert stable.excess <= stable.report.slack
    assert stable.report.verdict == "in the core"
    if stable.share > 1e-3:  # earlier on the way somebody blocks
        earlier = stable.alone + (stable.share - 1e-3) * (stable.toward - stable.alone)
        assert core(game, earlier).gains[1:-1].max() > 0
    if (stable.toward - stable.point).max() > 1e-6 * game.size:  # any individually rational and optimal solution will do
        x = nash(game.feasible, stable.point, np.arange(1.0, game.n + 1)).point
        assert core(game, x).gains[1:].max() <= 1e-7 * game.size


@FEW
@given(separable_games(2, 3), st.floats(0.01, 100), st.permutations(range(3)))
def test_scales_and_names_carry_over(game, scale, order):
    order = [i for i in order if i < game.n]
    units = np.linspace(1, 2, game.n)
    x = game.nash_point + 0.1 * units
    plain = core(game, x, unit=units)
    scaled = core(SeparableGame([scale * v for v in game.vertices]), scale * x, unit=units)
    assert scaled.gains[1:] == pytest.approx(scale * plain.gains[1:], abs=1e-8 * scale * game.size)
    renamed = core(SeparableGame([game.vertices[i][:, order] for i in order]), x[order], unit=units[order])
    masks = [sum(1 << order[k] for k in range(game.n) if s >> k & 1) for s in range(1, 1 << game.n)]
    assert renamed.gains[1:] == pytest.approx(plain.gains[masks], abs=1e-8 * game.size)


def test_eight_players_in_seconds():
    generator = np.random.default_rng(8)
    game = random_game(generator, 8)
    start = time.perf_counter()
    found = core(game)
    assert found.verdict == "in the core"
    assert time.perf_counter() - start < 20


def test_lemma_73_does_not_hold_for_every_matrix():
    """Each alone expects as much as both together can reach, so condition (v) fails; the core is empty by 1/2 a player."""
    game = SeparableGame([[(1, 0), (0, 1)], [(1, 0), (0, 1)]])
    report = core(game, None, "A", [[0, 1], [1, 0]])
    assert report.verdict == "empty"
    assert report.relaxation.lower == pytest.approx(1, abs=1e-9)  # 2 each, of 2 in total


def test_infeasible_points_are_named():
    report = core(SeparableGame([[(1, 0)], [(0, 1)]]), (5, 5))
    assert report.verdict == "infeasible"
    assert report.infeasible == pytest.approx(4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda g: SeparableGame([]), "at least two players"),
        (lambda g: SeparableGame([[(1, 0)], [(1, 0, 0)]]), r"options of player 1: expected shape \(actions, 2\), got \(1, 3\)"),
        (lambda g: SeparableGame([[(1, 0)], [(1, np.nan)]]), "options of player 1"),
        (lambda g: core(g, (1, 2)), "point: expected shape"),
        (lambda g: core(g, kind="beta"), "kind: expected one of alpha, A, nash"),
        (lambda g: core(g, kind="nash", worst=np.zeros((3, 3))), "for kind 'A' only"),
        (lambda g: core(g, worst=np.zeros((2, 2))), r"worst: expected shape \(3, 3\)"),
        (lambda g: core(g, worst=np.full((3, 3), 99)), "worst: player 0 cannot give 99 to player 0"),
        (lambda g: core(g, unit=(1, 0, 1)), "unit: expected positive utils"),
        (lambda g: core(g, most_nodes=0), "most_nodes >= 1"),
        (lambda g: g.reach((0, 3), np.zeros((3, 3))), "expected some of the players 0 to 2"),
        (lambda g: g.gives([np.array([1.0, 1.0]), np.ones(2) / 2, np.ones(2) / 2]), "mixture of player 0"),
        (lambda g: core(SeparableGame([np.zeros((1, 13))] * 13)), "at most 12 players"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make(random_game(np.random.default_rng(0), 3, 2))


@pytest.mark.parametrize("seed", range(5))
def test_bargains_inside_coalitions_in_the_games_own_units(seed):
    """The Nash solution of V(P), found in other units: from the disagreement point given, and as by Nash's program on V(P)."""
    rng = np.random.default_rng(seed)
    game = random_game(rng, 3)
    worst = worst_matrix(game, "alpha")
    group, outside = [0, 2], [1]
    set_of = game.reach(group, worst)
    d = np.array([0.6 * set_of.program(np.ones(2), 0.0, np.eye(2), np.zeros(2), np.full(2, -1e9)).point.min() - 1.0] * 2)
    found, plain = bargain(game, group, worst, d), nash(set_of, d)
    np.testing.assert_allclose(found.disagreement, d, atol=1e-9 * game.size)
    np.testing.assert_allclose(found.point, plain.point, atol=1e-6 * game.size)
    assert found.weights.sum() == pytest.approx(1)
    mixed = rng.dirichlet(np.ones(len(game.vertices[0]))) @ game.vertices[0] + game.vertices[2].mean(axis=0)
    here = (mixed + worst[outside].sum(axis=0))[group]
    at = bargain(game, group, worst, here)
    assert (at.point >= here - 1e-6 * game.size).all() and np.allclose(at.disagreement, here, atol=1e-5 * game.size)


@pytest.mark.parametrize("seed", range(6))
def test_what_an_action_loses_against_mixtures(seed):
    """The most that a mixture adds in total at nobody's cost: by a linear program in gains over the action."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(7, 3))
    for k in range(7):
        gains = table - table[k]
        best = linprog(-gains.sum(axis=1), A_ub=-gains.T, b_ub=np.zeros(3), A_eq=np.ones((1, 7)), b_eq=[1.0])
        dominating = [row.sum() for row in gains if (row >= 0).all()]
        expected = max(dominating) if max(dominating) > 0 else -best.fun
        assert lost(table, k) == pytest.approx(expected, abs=1e-9)
