"""Normal-form games, zero-sum games, the Shapley value."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from game_examples import chicken, example_60, prisoners, random_game
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining.errors import BadShape, BadWeights, EmptySet, NotANumber
from negotiation.bargaining.fights import ClaimsOfMany, claims, fight
from negotiation.bargaining.games import NormalFormGame, bimatrix, deviation_gains, nash_equilibria
from negotiation.bargaining.shapley_value import dividends, shapley
from negotiation.bargaining.zero_sum import values, zero_sum


@pytest.mark.parametrize(
    ("payoffs", "error", "words"),
    [
        (np.zeros((2, 2)), BadShape, "actions of player 0"),
        (np.zeros((2, 2, 0)), EmptySet, "player 1 has no action"),
        (np.array([[1.0, np.nan]]), NotANumber, r"player 0 at the profile \(1,\)"),
        (np.array([[1.0, np.inf]]), NotANumber, "not a finite number"),
    ],
)
def test_bad_games_are_refused_with_the_place(payoffs: np.ndarray, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        NormalFormGame(payoffs)


def test_games_are_frozen_copies() -> None:
    payoffs = np.zeros((2, 2, 2))
    game = NormalFormGame(payoffs)
    payoffs[0, 0, 0] = 7
    assert game.payoffs[0, 0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[0, 0, 0] = 1


def test_bad_mixtures_and_weights_are_refused() -> None:
    game = chicken()
    with pytest.raises(BadWeights, match="player 1"):
        game.payoff([[1, 0], [0.5, 0.6]])
    with pytest.raises(BadShape):
        game.payoff([[1, 0]])
    with pytest.raises(BadWeights):
        claims(game, [0, 0])
    with pytest.raises(BadWeights):
        claims(game, [1, -1])
    with pytest.raises(BadShape):
        fight(game, 3)


def test_payoff_of_independent_and_joint_mixtures() -> None:
    game = random_game(np.random.default_rng(0), (2, 3, 2))
    mixtures = [np.array([0.3, 0.7]), np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.4])]
    joint = np.einsum("i,j,k->ijk", *mixtures)
    assert np.allclose(game.payoff(mixtures), game.joint_payoff(joint), atol=1e-15)
    assert np.allclose(game.payoff(mixtures), [(game.payoffs[i] * joint).sum() for i in range(3)], atol=1e-15)


def test_nash_equilibria_of_published_games() -> None:
    assert [tuple(r) + tuple(c) for r, c in nash_equilibria(example_60())] == [(0, 1, 0, 1, 0)]
    assert np.array_equal(example_60().payoff(nash_equilibria(example_60())[0]), [3, 3])
    assert np.array_equal(prisoners().payoff(nash_equilibria(prisoners())[0]), [1, 1])
    found = nash_equilibria(chicken())
    assert len(found) == 3
    assert any(np.allclose(row, [2 / 3, 1 / 3], atol=1e-12) for row, _ in found)


def test_random_games_have_an_odd_number_of_equilibria_each_certified() -> None:
    generator = np.random.default_rng(1)
    for _ in range(40):
        game = random_game(generator, (3, 3))
        found = nash_equilibria(game)
        assert len(found) % 2 == 1
        assert max(deviation_gains(game, pair).max() for pair in found) < 1e-9


@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 10**6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_zero_sum_certificate_and_the_closed_forms(rows: int, columns: int, seed: int, whole: bool) -> None:
    generator = np.random.default_rng(seed)
    shape = (3, rows, columns)
    matrices = generator.integers(-3, 4, size=shape).astype(float) if whole else generator.normal(size=shape)
    solved = [zero_sum(matrix) for matrix in matrices]
    assert np.abs(values(matrices) - [s.value for s in solved]).max() < 1e-12
    for matrix, s in zip(matrices, solved, strict=True):
        assert s.gap < 1e-12
        assert s.gap >= (matrix @ s.column).max() - (s.row @ matrix).min() - 1e-15
        assert abs(zero_sum(-matrix.T).value + s.value) < 1e-12


def test_zero_sum_by_hand_and_bad_input() -> None:
    s = zero_sum([[0, 6 - 2, -3], [5, -3, 0]])
    assert abs(s.value + 0.9) < 1e-15
    assert np.allclose(s.row, [0.3, 0.7], atol=1e-15)
    assert np.allclose(s.column, [0, 0.3, 0.7], atol=1e-15)
    with pytest.raises(BadShape):
        zero_sum([1.0, 2.0])
    with pytest.raises(EmptySet):
        zero_sum(np.zeros((0, 2)))
    with pytest.raises(NotANumber):
        zero_sum([[np.nan, 1]])


def test_leaving_out_dominated_joint_actions_changes_no_claim() -> None:
    generator = np.random.default_rng(2)
    for actions in ((2, 2, 2), (3, 2, 2), (2, 2, 2, 2)):
        game = random_game(generator, actions, whole=True)
        weights = generator.dirichlet(np.ones(len(actions)), size=5)
        slow = np.array([claims(game, w).phi for w in weights])
        assert np.abs(ClaimsOfMany(game)(weights) - slow).max() < 1e-12


def test_shapley_of_the_glove_game_and_of_orders_of_arrival() -> None:
    gloves = shapley({(0, 1): 1, (0, 2): 1, (0, 1, 2): 1})
    assert np.allclose(gloves.point, [2 / 3, 1 / 6, 1 / 6], atol=1e-15)
    generator = np.random.default_rng(3)
    v = np.r_[0, generator.normal(size=15)]
    slow = np.zeros(4)
    for order in permutations(range(4)):
        arrived = 0
        for player in order:
            slow[player] += (v[arrived | 1 << player] - v[arrived]) / 24
            arrived |= 1 << player
    assert np.abs(shapley(v).point - slow).max() < 1e-14
    assert shapley(v).residual < 1e-14
    inside = [sum(dividends(v)[r] for r in range(16) if r & s == r) for s in range(16)]
    assert np.abs(np.array(inside) - v).max() < 1e-14


@pytest.mark.parametrize(("v", "error"), [([0, 1, 2], BadShape), ([1, 2], BadShape), ([0, np.nan], NotANumber), ({}, EmptySet)])
def test_bad_characteristic_functions(v: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        shapley(v)  # type: ignore[arg-type]


def test_bimatrix_needs_two_matrices_of_one_shape() -> None:
    with pytest.raises(BadShape):
        bimatrix([[1, 2]], [[1], [2]])
