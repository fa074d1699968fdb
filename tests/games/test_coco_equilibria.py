"""CoCo equilibria: the special cases of file 001 on random games, invariance, and games with several (D4,
D8)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from game_examples import bargaining_game, random_game

from negotiation.bargaining import coco_equilibria
from negotiation.bargaining.coco_equilibria import (
    CocoEquilibrium,
    SeveralEquilibria,
    coco_equilibrium,
    equilibrium_residual,
    find_several,
)
from negotiation.bargaining.coco_value import coco
from negotiation.bargaining.existence import with_transfers
from negotiation.bargaining.fights import claims, fight, splits
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.sets import hull
from negotiation.bargaining.shapley_value import shapley, shares


@pytest.mark.parametrize("players", [2, 3])
def test_bargaining_games_give_the_nash_solution(players: int) -> None:
    generator = np.random.default_rng(20 + players)
    for _ in range(12):
        d = generator.normal(size=players)
        proposals = d + generator.uniform(0.05, 1, size=(6, players))
        game = bargaining_game(proposals, d)
        bargain = nash(hull(game.points), d)
        found = coco_equilibrium(game)
        assert len(found) == 1
        assert np.abs(found[0].point - bargain.point).max() < 1e-8
        assert found[0].residual < 1e-8


@pytest.mark.parametrize("actions", [(2, 2), (3, 2), (2, 2, 2)])
def test_transfer_actions_give_the_coco_value(actions: tuple[int, ...]) -> None:
    generator = np.random.default_rng(23)
    for _ in range(6):
        game = random_game(generator, actions)
        (equilibrium,) = coco_equilibrium(with_transfers(game, 20.0))
        assert np.abs(equilibrium.point - coco(game).point).max() < 1e-8
        assert np.allclose(equilibrium.weights, 1 / len(actions), atol=1e-9)


def test_coco_value_is_the_shapley_value_of_the_fights() -> None:
    generator = np.random.default_rng(24)
    for actions in ((2, 2), (2, 3, 2), (2, 2, 2, 2)):
        game = random_game(generator, actions)
        value = coco(game)
        assert np.abs(shapley((value.delta + value.delta[-1]) / 2).point - value.point).max() < 1e-12
        assert value.residual < 1e-12
        assert abs(value.transfers.sum()) < 1e-12


def test_coco_value_of_additive_games_and_of_null_players() -> None:
    generator = np.random.default_rng(25)
    game = random_game(generator, (2, 2))
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[:2] = game.payoffs[..., None]
    assert np.abs(coco(NormalFormGame(payoffs)).point - np.r_[coco(game).point, 0]).max() < 1e-12


@pytest.mark.parametrize("actions", [(3, 3), (2, 2, 2), (2, 3, 2)])
def test_scales_and_shifts_carry_over(actions: tuple[int, ...]) -> None:
    generator = np.random.default_rng(26)
    players = len(actions)
    for _ in range(6):
        game = random_game(generator, actions)
        scales, shifts = 10.0 ** generator.uniform(-2, 2, players), generator.normal(size=players) * 10
        before, after = coco_equilibrium(game), coco_equilibrium(game.transformed(scales, shifts))
        assert len(before) == len(after) >= 1
        for one, other in zip(before, after, strict=True):
            assert (np.abs(one.point * scales + shifts - other.point) / scales).max() < 1e-8


def test_relabelling_the_players_relabels_the_equilibria() -> None:
    generator = np.random.default_rng(27)
    for _ in range(5):
        game = random_game(generator, (2, 3, 2))
        order = generator.permutation(3)
        relabelled = NormalFormGame(game.payoffs[order].transpose(0, *(1 + order)))
        (one,), (other,) = coco_equilibrium(game), coco_equilibrium(relabelled)
        assert np.abs(one.point[order] - other.point).max() < 1e-8


@pytest.mark.parametrize("whole", [False, True])
def test_random_three_player_games_each_equilibrium_certified(whole: bool) -> None:
    generator = np.random.default_rng(28)
    found = []
    for _ in range(30):
        game = random_game(generator, (2, 2, 2), whole)
        equilibria = coco_equilibrium(game)
        found.append(len(equilibria))
        for e in equilibria:
            _assert_equilibrium(game, e)
    assert sum(count >= 1 for count in found) >= 28  # whole payoffs can leave a player without a stake


def test_four_players() -> None:
    generator = np.random.default_rng(29)
    game = random_game(generator, (2, 2, 2, 2))
    equilibria = coco_equilibrium(game, subdivisions=10)
    assert equilibria
    for e in equilibria:
        _assert_equilibrium(game, e)


def _assert_equilibrium(game: NormalFormGame, e: CocoEquilibrium) -> None:
    """By hand: weights support the point, claims are met, the point is in the hull."""
    assert e.residual <= 1e-8
    w, x = e.weights, e.point
    tolerance = 1e-8 * np.ptp(game.points)
    assert (game.points @ w).max() - w @ x <= tolerance
    delta = np.zeros(1 << game.players)
    delta[-1] = (game.points @ w).max()
    delta[0] = -delta[-1]
    for split in splits(game):
        matrix, answer = split.matrix(w), claims(game, w).solved[split.coalition]
        assert (matrix @ answer.column).max() - (answer.row @ matrix).min() <= tolerance
        delta[split.coalition] = answer.value
        delta[(1 << game.players) - 1 - split.coalition] = -answer.value
    assert np.abs(w * x - delta @ shares(game.players)).max() <= tolerance
    assert hull(game.points).contains(x) <= tolerance


def test_the_residual_notices_a_wrong_point_and_wrong_weights() -> None:
    game = random_game(np.random.default_rng(30), (2, 2, 2))
    (e,) = coco_equilibrium(game)
    assert equilibrium_residual(game, e.weights, e.point - 0.1) > 0.01
    assert equilibrium_residual(game, e.weights * [1.1, 1, 1], e.point) > 0.001


@pytest.fixture(scope="module")
def several() -> SeveralEquilibria:
    found = find_several(np.random.default_rng(1), games=400)
    assert found is not None
    return found


def test_a_three_player_game_with_several_equilibrium_payoffs(several: SeveralEquilibria) -> None:
    assert np.abs(several.game.payoffs).max() <= 3
    assert len(several.equilibria) >= 2
    for e in several.equilibria:
        assert not e.unique
        _assert_equilibrium(several.game, e)
    apart = [np.abs(a.point - b.point).max() for a, b in combinations(several.equilibria, 2)]
    assert min(apart) > 1e-3


def test_several_equilibria_certified_in_exact_arithmetic(several: SeveralEquilibria) -> None:
    """The payoffs are whole numbers, so weights that are simple fractions can be checked without rounding."""
    exact = 0
    for e in several.equilibria:
        w = [Fraction(float(v)).limit_denominator(2000) for v in e.weights]
        if abs(sum(w) - 1) or np.abs(np.array(w, dtype=float) - e.weights).max() > 1e-12:
            continue  # irrational weights: see the next test
        x = _exact_claims(several.game, w)
        assert np.abs(np.array(x, dtype=float) - e.point).max() < 1e-9
        assert _in_hull_exactly(several.game, w, x)
        exact += 1
    assert exact >= 1


def test_those_at_a_profile_have_weights_inside_its_cone(several: SeveralEquilibria) -> None:
    """At a vertex x only w is sought: the other equilibrium of the example is a profile, and its weights are
    inside its cone."""
    game = several.game
    pure = [e for e in several.equilibria if (np.abs(game.points - e.point).max(axis=1) < 1e-9).any()]
    for e in pure:
        support = game.points @ e.weights
        second = np.sort(support[np.abs(game.points - e.point).max(axis=1) > 1e-9])[-1]
        assert support.max() - second > 1e-4
        assert np.abs(e.weights * e.point - claims(game, e.weights).phi).max() < 1e-12
    assert len(pure) < len(several.equilibria)


def _exact_claims(game: NormalFormGame, w: list[Fraction]) -> list[Fraction]:
    """phi_i(w) / w_i by exact two-row zero-sum games."""
    full = (1 << game.players) - 1
    delta = {full: max(sum(wi * int(u) for wi, u in zip(w, point, strict=True)) for point in game.points)}
    for i in range(game.players):
        split = fight(game, 1 << i)
        rows = [
            [sum((w[k] * int(split.signs[k] * split.payoffs[k, r, c]) for k in range(3)), Fraction(0)) for c in range(4)]
            for r in range(2)
        ]
        delta[1 << i] = _exact_value(rows)
        delta[full ^ 1 << i] = -delta[1 << i]
    claim = []
    for i in range(game.players):
        total = Fraction(0)
        for s, value in delta.items():
            if s >> i & 1:
                total += value * {1: Fraction(1, 3), 2: Fraction(1, 6), 3: Fraction(1, 3)}[s.bit_count()]
        claim.append(total / w[i])
    return claim


def _exact_value(rows: list[list[Fraction]]) -> Fraction:
    upper, lower = rows
    stops = [Fraction(0), Fraction(1)]
    for j, k in combinations(range(len(upper)), 2):
        run = (upper[j] - lower[j]) - (upper[k] - lower[k])
        if run and 0 < (lower[k] - lower[j]) / run < 1:
            stops.append((lower[k] - lower[j]) / run)
    return max(min(p * a + (1 - p) * b for a, b in zip(upper, lower, strict=True)) for p in stops)


def _in_hull_exactly(game: NormalFormGame, w: list[Fraction], x: list[Fraction]) -> bool:
    """x is a convex combination of at most three profiles that are best at w, by exact elimination
    (Caratheodory)."""
    points = [[Fraction(int(u)) for u in point] for point in game.points]
    value = [sum(a * b for a, b in zip(w, point, strict=True)) for point in points]
    best = sorted({tuple(p) for p, v in zip(points, value, strict=True) if v == max(value)})
    for size in (1, 2, 3):
        for corners in combinations(best, size):
            share = _solve_exactly([[*(c[i] for c in corners), x[i]] for i in range(3)] + [[Fraction(1)] * (size + 1)])
            if share is not None and min(share) >= 0:
                return True
    return False


def _solve_exactly(rows: list[list[Fraction]]) -> list[Fraction] | None:
    """Solve the augmented system ``rows`` for its unique solution; None if there is none or it is not
    unique."""
    rows, width, at = [list(r) for r in rows], len(rows[0]) - 1, 0
    for column in range(width):
        pivot = next((r for r in range(at, len(rows)) if rows[r][column]), None)
        if pivot is None:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [v / rows[at][column] for v in rows[at]]
        for r in range(len(rows)):
            if r != at:
                rows[r] = [a - rows[r][column] * b for a, b in zip(rows[r], rows[at], strict=True)]
        at += 1
    return None if any(r[-1] for r in rows[at:]) else [rows[k][-1] for k in range(width)]


def test_duality_gaps_count_against_an_equilibrium(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    proposals = generator.uniform(0.1, 1, size=(6, 3))
    found = coco_equilibrium(game := bargaining_game(proposals, np.zeros(3)), subdivisions=6)[0]
    exact = equilibrium_residual(game, found.weights, found.point)
    monkeypatch.setattr(coco_equilibria, "claims", lambda *given: replace(claims(*given), gap=0.25))
    assert equilibrium_residual(game, found.weights, found.point) >= exact + 0.25
