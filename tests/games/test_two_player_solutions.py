"""CoCo value, variable threats and CoCo equilibrium of two-player games: published values and two routes."""

from __future__ import annotations

import numpy as np
import pytest
from game_examples import chicken, example_60, ferguson, hot_dogs, prisoners, random_game

from negotiation.bargaining.coco_equilibria import coco_equilibrium, equilibrium_residual, search
from negotiation.bargaining.coco_value import coco
from negotiation.bargaining.games import NormalFormGame, bimatrix, nash_equilibria
from negotiation.bargaining.sets import hull
from negotiation.bargaining.threats import nash_or_stay, variable_threats


def test_hot_dog_vendors() -> None:
    value = coco(hot_dogs())
    assert np.allclose(value.point, [95, 145], atol=1e-12)
    assert value.residual < 1e-12
    assert value.profile == (0, 1)
    assert np.allclose(value.transfers, [55, -55], atol=1e-12)
    (equilibrium,) = coco_equilibrium(hot_dogs())
    assert np.allclose(equilibrium.point, [70, 140], atol=1e-12)
    assert np.allclose(equilibrium.weights, [2 / 3, 1 / 3], atol=1e-12)
    assert equilibrium.residual < 1e-12
    assert equilibrium.unique


@pytest.mark.parametrize(("game", "point"), [(prisoners(), (3, 3)), (chicken(), (6, 6))])
def test_prisoners_and_chicken(game: NormalFormGame, point: tuple[float, float]) -> None:
    for solution in (coco(game), variable_threats(game), *coco_equilibrium(game)):
        assert np.allclose(solution.point, point, atol=1e-12)
        assert solution.residual < 1e-12


def test_ferguson() -> None:
    value = coco(ferguson())
    assert value.delta[-1] == 10
    assert abs(value.delta[1] + 0.9) < 1e-14
    assert np.allclose(value.point, [4.55, 5.45], atol=1e-14)
    d = value.disagreement
    assert abs(d[0] - d[1] + 0.9) < 1e-14


def test_example_60() -> None:
    game = example_60()
    solution = variable_threats(game)
    assert np.allclose(solution.disagreement, [-3, 2], atol=1e-12)
    assert np.allclose(solution.point, [2.5, 4.75], atol=1e-12)
    assert np.allclose(solution.gains, [5.5, 2.75], atol=1e-12)
    assert [t.tolist() for t in solution.threats] == [[0, 1], [0, 0, 1]]
    assert solution.residual < 1e-12
    assert solution.point[0] < game.payoff(nash_equilibria(game)[0])[0]


@pytest.mark.parametrize("whole", [False, True])
def test_threats_certified_and_equal_to_the_search_over_weights(whole: bool) -> None:
    generator = np.random.default_rng(10 + whole)
    interior = 0
    for _ in range(40):
        game = random_game(generator, tuple(generator.integers(2, 5, size=2)), whole)
        solution = variable_threats(game)
        span = np.ptp(game.points, axis=0).max()
        assert solution.residual < 1e-9
        assert equilibrium_residual(game, solution.weights, solution.point) < 1e-9
        by_search = search(game)
        if not by_search:  # the search leaves zero weights out
            assert solution.weights.min() == 0
            continue
        interior += 1
        assert max(np.abs(x - solution.point).max() for _, x in by_search) < 1e-8 * span
    assert interior >= 30


def test_no_mixed_threat_does_better() -> None:
    generator = np.random.default_rng(12)
    grid = np.linspace(0, 1, 21)
    for _ in range(4):
        game = random_game(generator, (2, 2))
        solution = variable_threats(game)
        feasible = hull(game.points)
        for player in range(2):
            for p in grid:
                threats = list(solution.threats)
                threats[player] = np.array([p, 1 - p])
                outcome = nash_or_stay(feasible, game.payoff(threats)).point
                assert outcome[player] <= solution.point[player] + 1e-9


def test_coco_is_what_threats_and_transfers_give() -> None:
    generator = np.random.default_rng(13)
    for _ in range(20):
        game = random_game(generator, (3, 3))
        value = coco(game)
        split = nash_or_stay(hull(game.points, transfers=True), value.disagreement)
        assert np.abs(split.point - value.point).max() < 1e-8


def test_a_player_without_a_stake_is_held_and_said_so() -> None:
    game = bimatrix([[1, 1], [1, 1]], [[-1, 1], [1, -1]])
    solution = variable_threats(game)
    assert solution.point.tolist() == [1, 1]
    assert solution.weights.tolist() == [1, 0]
    assert "cannot gain" in solution.note
    assert coco_equilibrium(game)[0].residual < 1e-12


def test_zero_sum_games_leave_nothing_to_bargain_over() -> None:
    solution = variable_threats(bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]))
    assert np.allclose(solution.point, 0, atol=1e-12)
    assert np.allclose(solution.disagreement, 0, atol=1e-12)
    assert solution.residual < 1e-12


def test_three_players_pure_threats_say_what_is_certified() -> None:
    generator = np.random.default_rng(14)
    stands = 0
    for _ in range(5):
        game = random_game(generator, (2, 2, 2))
        solution = variable_threats(game)
        d = game.payoff(solution.threats)
        assert np.array_equal(d, solution.disagreement)
        feasible = hull(game.points)
        worst = 0.0
        for player in range(3):
            for action in range(2):
                threats = list(solution.threats)
                threats[player] = game.pure(player, action)
                gain = nash_or_stay(feasible, game.payoff(threats)).point[player] - solution.point[player]
                worst = max(worst, gain / np.ptp(game.points[:, player]))
        assert abs(worst - solution.residual) < 1e-9
        assert ("not certified" in solution.note) == (solution.residual <= 1e-9)
        stands += solution.residual <= 1e-9
    assert stands >= 1
