"""Theorem 1 of file 001 (D5) and the existence of coalition-perfect equilibria (D9)."""

from __future__ import annotations

import numpy as np
import pytest
from game_examples import random_game, roth_normal_form

from negotiation.bargaining.coalition_perfect import (
    coalition_conditions,
    coco_form,
    family,
    harsanyi_family,
    harsanyi_form,
    shapley_family,
    totals,
)
from negotiation.bargaining.coco_equilibria import coco_equilibrium
from negotiation.bargaining.coco_value import coco
from negotiation.bargaining.errors import BadShape
from negotiation.bargaining.existence import checked_equilibria, coalition_perfect_existence, with_transfers
from negotiation.bargaining.fights import claims, splits
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.shapley_value import members


def test_payoffs_are_drawn_from_all_whole_numbers_up_to_the_largest() -> None:
    asked = []

    class Generator:
        def integers(self, low: int, high: int, size: tuple[int, ...]) -> np.ndarray:
            asked.append((low, high, size))
            return np.random.default_rng(1).integers(low, high, size=size)

    coalition_perfect_existence(Generator(), games=2, actions=(2, 2), largest=3)  # type: ignore[arg-type]
    assert asked == [(-3, 4, (2, 2, 2))] * 2


@pytest.mark.parametrize("actions", [(2, 2, 2), (3, 2, 2), (2, 2, 2, 2)])
def test_theorem_1_the_two_forms_of_condition_4(actions: tuple[int, ...]) -> None:
    """From the fights of a random game: the family that meets one form meets the other, and is the same
    family."""
    generator = np.random.default_rng(40)
    players = len(actions)
    for _ in range(10):
        game = random_game(generator, actions)
        w = generator.dirichlet(np.ones(players)) + 0.05
        result, fights = claims(game, w), splits(game)
        z = family(
            fights,
            [(result.solved[f.coalition].row, result.solved[f.coalition].column) for f in fights],
            game.points[(game.points @ w).argmax()],
        )
        v = totals(np.where(np.isnan(z), 0.0, z), w)
        by_coco, by_harsanyi = shapley_family(v), harsanyi_family(v)
        inside = ~np.isnan(by_coco)
        assert np.abs(by_coco[inside] - by_harsanyi[inside]).max() < 1e-10
        assert np.array_equal(inside, ~np.isnan(by_harsanyi))
        assert harsanyi_form(np.where(inside, by_coco, 0) / w, w).max() < 1e-10
        assert coco_form(np.where(inside, by_harsanyi, 0) / w, w).max() < 1e-10
        assert np.abs(by_coco[-1] - result.phi).max() < 1e-10  # inside N the condition is the CoCo equilibrium's


def test_theorem_1_the_forms_fail_together() -> None:
    """A family that misses one form misses the other; the first coalition to fail, by size, is the same."""
    generator = np.random.default_rng(41)
    for players in (3, 4):
        w = generator.dirichlet(np.ones(players)) + 0.05
        v = np.r_[0, generator.normal(size=2**players - 1)]
        z = np.where(np.isnan(shapley_family(v)), 0, shapley_family(v)) / w
        for s in range(1, 1 << players):
            if len(members(s)) < 2:
                continue
            shifted = z.copy()
            i, j = members(s)[:2]
            shifted[s, i] += 0.01 / w[i]
            shifted[s, j] -= 0.01 / w[j]
            failed = (coco_form(shifted, w) > 1e-10, harsanyi_form(shifted, w) > 1e-10)
            assert failed[0][s]
            assert failed[1][s]
            smaller = [t for t in range(1 << players) if t != s and t & s == t]
            assert not failed[0][smaller].any()
            assert not failed[1][smaller].any()


def test_with_transfers_a_coalition_perfect_equilibrium_exists_and_is_the_coco_value() -> None:
    generator = np.random.default_rng(42)
    for _ in range(5):
        game = random_game(generator, (2, 2, 2))
        rich = with_transfers(game, 20.0)
        (equilibrium,) = coco_equilibrium(rich)
        assert np.abs(equilibrium.point - coco(game).point).max() < 1e-8
        conditions = coalition_conditions(rich, np.ones(3), equilibrium.point)
        assert conditions.residual < 1e-8
        assert conditions.residual_harsanyi < 1e-8


def test_where_all_fights_end_at_one_profile_the_equilibrium_is_coalition_perfect() -> None:
    """Payoffs that depend on one's own action only: nobody can be threatened, all fights end at the best
    profile."""
    generator = np.random.default_rng(43)
    own = generator.normal(size=(3, 2))
    payoffs = np.empty((3, 2, 2, 2))
    for i in range(3):
        payoffs[i] = np.moveaxis(np.broadcast_to(own[i], (2, 2, 2)), 2, i)
    w = np.ones(3) / 3
    conditions = coalition_conditions(NormalFormGame(payoffs), w, own.max(axis=1))
    assert conditions.residual < 1e-12
    assert conditions.residual_harsanyi < 1e-12


def test_roths_game_has_none() -> None:
    p = 0.25
    checked = checked_equilibria(roth_normal_form(p))
    assert len(checked) == 1
    equilibrium, conditions = checked[0]
    assert np.allclose(equilibrium.point, 1 / 3, atol=1e-9)
    assert np.allclose(equilibrium.weights, 1 / 3, atol=1e-9)
    assert equilibrium.residual < 1e-9
    # Players 0 and 2 get p and 1 - p where the condition wants 1/2 each; payoffs range over 1/2, 1/2 and 3/4.
    w_unit = np.array([0.5, 0.5, 0.75]) / 1.75
    assert abs(conditions.coco_form[0b101] - w_unit[0] * (0.5 - p) / 0.5) < 1e-8
    assert conditions.coco_form[0b011] < 1e-8
    assert conditions.residual_harsanyi > 0.1


def test_given_threats_are_checked_as_given() -> None:
    game = random_game(np.random.default_rng(44), (2, 2, 2))
    (equilibrium,) = coco_equilibrium(game)
    poor = {
        s.coalition: (
            np.full(s.payoffs.shape[1], 1 / s.payoffs.shape[1]),
            np.full(s.payoffs.shape[2], 1 / s.payoffs.shape[2]),
        )
        for s in splits(game)
    }
    conditions = coalition_conditions(game, equilibrium.weights, equilibrium.point, poor)
    assert conditions.threats[:-1].max() > 0.01
    assert conditions.threats[-1] < 1e-9
    with pytest.raises(BadShape):
        coco_form(np.zeros((3, 2)), [1, 1])


@pytest.mark.parametrize("largest", [3, None])
def test_how_often_a_coalition_perfect_equilibrium_exists(largest: int | None) -> None:
    """Nearly always a CoCo equilibrium of the grand coalition, rarely one that meets the conditions inside
    coalitions."""
    found = coalition_perfect_existence(np.random.default_rng(45), games=40, largest=largest)
    assert found.with_equilibrium >= 37
    assert found.equilibria == len(found.residuals) >= found.with_equilibrium
    assert found.perfect <= 0.1 * found.equilibria
    assert np.array_equal(found.residuals <= 1e-8, found.residuals_harsanyi <= 1e-8)
    assert np.median(found.residuals) > 0.01
