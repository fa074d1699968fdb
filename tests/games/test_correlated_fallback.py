"""Correlated equilibria (D2), the fallback of file 002, and what a pure threat does (D7)."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from game_examples import chicken, prisoners, random_game
from scipy.optimize import minimize

from negotiation.bargaining.coco_value import coco
from negotiation.bargaining.correlated import Selection, correlated_equilibrium, incentives
from negotiation.bargaining.errors import BadShape
from negotiation.bargaining.fallback import correlated_fallback, with_pure_threat
from negotiation.bargaining.games import nash_equilibria
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.sets import hull

SELECTIONS: tuple[Selection, ...] = get_args(Selection)


def test_best_correlated_equilibrium_of_chicken() -> None:
    best = correlated_equilibrium(chicken(), "sum")
    assert np.allclose(best.point, [5.25, 5.25], atol=1e-9)
    assert np.allclose(best.distribution, [[0.5, 0.25], [0.25, 0]], atol=1e-9)
    assert best.unique
    assert np.allclose(correlated_equilibrium(chicken(), "egalitarian").point, [5.25, 5.25], atol=1e-8)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_prisoners_fall_back_on_defection(selection: Selection) -> None:
    for split in ("equal", "nash"):
        solution = correlated_fallback(prisoners(), selection, split)  # type: ignore[arg-type]
        assert np.allclose(solution.disagreement, [1, 1], atol=1e-9)
        assert np.allclose(solution.point, [3, 3], atol=1e-9)
        assert solution.residual < 1e-8


@pytest.mark.parametrize("selection", SELECTIONS)
def test_random_games_certified_by_hand(selection: Selection) -> None:
    generator = np.random.default_rng(60)
    for k in range(16):
        game = random_game(generator, ((2, 2), (3, 3), (2, 2, 2), (3, 2, 2))[k % 4], whole=k % 8 >= 4)
        found = correlated_equilibrium(game, selection)
        assert found.distribution.min() >= 0
        assert abs(found.distribution.sum() - 1) < 1e-12
        assert np.allclose(game.joint_payoff(found.distribution), found.point, atol=1e-12)
        for player in range(game.players):  # every recommendation, every other action
            p = np.moveaxis(found.distribution, player, 0)
            u = np.moveaxis(game.payoffs[player], player, 0)
            for told in range(game.actions[player]):
                gains = [(p[told] * (u[other] - u[told])).sum() for other in range(game.actions[player])]
                assert max(gains) <= found.gain + 1e-12
        assert found.gain < 1e-7
        assert found.optimality < 1e-6


def test_the_sum_beats_every_nash_equilibrium() -> None:
    generator = np.random.default_rng(61)
    for _ in range(15):
        game = random_game(generator, (3, 3))
        best = correlated_equilibrium(game, "sum").point.sum()
        least = correlated_equilibrium(game, "egalitarian").point.min()
        for pair in nash_equilibria(game):
            assert game.payoff(pair).sum() <= best + 1e-8
            assert game.payoff(pair).min() <= least + 1e-8


def test_maximum_entropy_against_a_general_solver() -> None:
    generator = np.random.default_rng(62)
    for game in (chicken(), random_game(generator, (2, 2)), random_game(generator, (2, 3))):
        found = correlated_equilibrium(game, "maximum entropy").distribution.ravel()
        obey = incentives(game)
        start = correlated_equilibrium(game, "sum").distribution.ravel()
        other = minimize(
            lambda p: float((p * np.log(np.maximum(p, 1e-300))).sum()),
            0.5 * start + 0.5 * found,
            method="SLSQP",
            bounds=[(0, 1)] * len(start),
            options={"ftol": 1e-14, "maxiter": 500},
            constraints=[
                {"type": "eq", "fun": lambda p: p.sum() - 1},
                {"type": "ineq", "fun": lambda p, obey=obey: obey @ p},
            ],
        ).x
        assert np.abs(other - found).max() < 1e-4


def test_which_selections_are_invariant_to_scales() -> None:
    game = chicken()
    scaled = game.transformed([10.0, 1.0], [3.0, 0.0])
    moved = {
        s: np.abs((correlated_equilibrium(scaled, s).point - [3, 0]) / [10, 1] - correlated_equilibrium(game, s).point).max()
        for s in SELECTIONS
    }
    assert moved["maximum entropy"] < 1e-7
    assert moved["sum"] > 0.1
    assert moved["egalitarian"] > 0.1


def test_splits() -> None:
    generator = np.random.default_rng(63)
    for k in range(8):
        game = random_game(generator, (3, 3) if k % 2 else (2, 2, 2))
        equal, bargain = correlated_fallback(game, "sum"), correlated_fallback(game, "sum", "nash")
        assert np.ptp(equal.gains) < 1e-9
        assert abs(equal.point.sum() - game.points.sum(axis=1).max()) < 1e-9
        if (bargain.gains > 1e-6).all():
            assert np.abs(bargain.point - nash(hull(game.points), bargain.disagreement).point).max() < 1e-9
        assert hull(game.points).contains(bargain.point) < 1e-8
        assert (bargain.gains > -1e-8).all()
    with pytest.raises(ValueError, match="split"):
        correlated_fallback(chicken(), "sum", "half")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="selection"):
        correlated_fallback(chicken(), "best")  # type: ignore[arg-type]


def test_ties_are_said_and_broken_towards_equality() -> None:
    from negotiation.bargaining.games import bimatrix

    tied = correlated_fallback(bimatrix([[3, 0], [0, 1]], [[1, 0], [0, 3]]), "sum")
    assert not tied.unique
    assert np.allclose(tied.disagreement, [2, 2], atol=1e-7)
    assert "leximin" in tied.note


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("player", [0, 1])
def test_a_pure_threat_moves_coco_by_half_the_damage_and_not_the_fallback(selection: Selection, player: int) -> None:
    game = prisoners(100.0)
    threatening = with_pure_threat(game, player, cost=1.0, damage=1000.0)
    towards = np.where(np.arange(2) == player, 1.0, -1.0)
    assert np.allclose(coco(game).point, [300, 300], atol=1e-9)
    assert np.allclose(coco(threatening).point - coco(game).point, 499.5 * towards, atol=1e-9)
    before, after = correlated_fallback(game, selection), correlated_fallback(threatening, selection)
    assert np.abs(before.point - after.point).max() < 1e-6
    assert np.allclose(after.point, [300, 300], atol=1e-6)


def test_pure_threats_in_random_games() -> None:
    """The value of the fight rises by damage less cost, whatever the game; the correlated equilibria stay."""
    generator = np.random.default_rng(64)
    for _ in range(8):
        game = random_game(generator, (2, 3))
        threatening = with_pure_threat(game, 0, cost=0.5, damage=6.0)
        assert np.allclose(coco(threatening).point - coco(game).point, [2.75, -2.75], atol=1e-9)
        for selection in SELECTIONS:
            before, after = (correlated_fallback(g, selection).point for g in (game, threatening))
            assert np.abs(before - after).max() < 1e-5


def test_a_costless_threat_moves_the_maximum_entropy_fallback() -> None:
    game = prisoners(100.0)
    threatening = with_pure_threat(game, 0, cost=0.0, damage=1000.0)
    assert np.allclose(correlated_fallback(threatening, "maximum entropy").point, [550, 50], atol=1e-6)
    assert np.allclose(correlated_fallback(threatening, "sum").point, [300, 300], atol=1e-6)
    with pytest.raises(BadShape):
        with_pure_threat(game, 2, cost=0, damage=1)
