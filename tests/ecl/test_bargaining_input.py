"""What is not a Bayesian bargaining game is refused in one clear line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from negotiation.bargaining import hull, polytope, smooth
from negotiation.ecl import BayesianBargainingGame, compromise, example_55, logarithmic_budget, power_budget, split_type
from negotiation.errors import CannotPlay, InputError

SQUARE = [[0, 0], [1, 0], [0, 1], [1, 1]]
HALVES = (0.5, 0.5)


def disc() -> Any:
    return smooth(
        inequality=lambda y: np.array([y @ y - 1, -y[0], -y[1]]),
        gradient=lambda y: np.array([2 * y, [-1, 0], [0, -1]]),
        interior=[0.1, 0.1],
    )


def hyperbola() -> Any:
    """{y in [0, 1]^2 : y_1 y_2 <= 1/4}: not convex."""
    return smooth(
        inequality=lambda y: np.array([y[0] * y[1] - 0.25, y[0] - 1, y[1] - 1, -y[0], -y[1]]),
        gradient=lambda y: np.array([[y[1], y[0]], [1, 0], [0, 1], [-1, 0], [0, -1]]),
        interior=[0.1, 0.1],
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"actions": [], "prior": []}, "at least one type"),
        ({"actions": [SQUARE, np.zeros((0, 2))], "prior": HALVES}, "type 2 has no action"),
        ({"actions": [SQUARE, [[1, 2, 3]]], "prior": HALVES}, "rows of 2 utils"),
        ({"actions": [SQUARE, [[1, np.nan]]], "prior": HALVES}, "NaN"),
        ({"actions": [SQUARE, hull([[1.0, 2.0, 3.0]])], "prior": HALVES}, "vectors of 3 utils"),
        ({"actions": [SQUARE, hull(SQUARE, comprehensive=True)], "prior": HALVES}, "not bounded below"),
        ({"actions": [SQUARE, polytope([[1, 1], [0, 1]], [1, 1])], "prior": HALVES}, "bound"),
        ({"actions": [SQUARE, hyperbola()], "prior": HALVES}, "not convex"),
        ({"actions": [SQUARE, smooth(support=lambda w: np.sign(w) * [1, 2] * (w[0] > w[1]), n=2)], "prior": HALVES}, "convex"),
        ({"actions": [SQUARE, SQUARE], "prior": (0.5, 0.6)}, "sum to 1"),
        ({"actions": [SQUARE, SQUARE], "prior": (1.0, 0.0)}, "type 2 has probability 0"),
        ({"actions": [SQUARE, SQUARE], "prior": (0.2, 0.3, 0.5)}, "prior: expected"),
        ({"actions": [SQUARE, SQUARE], "prior": [[0.4, 0.2], [0.1, 0.3]]}, "asymmetric"),
        ({"actions": [SQUARE, SQUARE], "prior": HALVES, "beliefs": [[0.9, 0.1], [0.5, 0.5]]}, "asymmetric"),
        ({"actions": [SQUARE, SQUARE], "prior": HALVES, "beliefs": [[0.9, 0.2], [0.5, 0.5]]}, "beliefs of type 1"),
        ({"actions": [SQUARE, SQUARE], "prior": HALVES, "beliefs": [[0.5, 0.5]]}, "beliefs: expected"),
        ({"actions": [SQUARE, SQUARE], "prior": HALVES, "players": 1}, "players"),
        ({"actions": [SQUARE, SQUARE], "prior": HALVES, "players": 2.5}, "players"),
        ({"actions": [SQUARE, SQUARE], "prior": HALVES, "labels": ("a", "a")}, "labels"),
    ],
)
def test_bad_games(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        BayesianBargainingGame(**arguments)
    assert "\n" not in str(error.value)


def test_convex_inequalities_are_accepted() -> None:
    game = BayesianBargainingGame([disc(), disc()], HALVES, [[0.75, 0.25], [0.25, 0.75]])
    assert compromise(game).payoffs == pytest.approx(compromise(example_55(0.75)).payoffs, abs=1e-6)


def test_beliefs_without_a_common_prior_where_asked() -> None:
    beliefs = [[0.9, 0.1], [0.5, 0.5]]
    game = BayesianBargainingGame([power_budget([1, 1])] * 2, HALVES, beliefs, common_prior=False)
    assert compromise(game).gap < 1e-9


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"disagreement": (9.0, 9.0)}, InputError, "outside the set"),
        ({"disagreement": (0.1, 0.1, 0.1)}, InputError, "shape"),
        ({"disagreement": "best"}, InputError, '"nash", "threat"'),
        ({"disagreement": "stable"}, CannotPlay, "stable"),
        ({"weights": (1.0, 0.0)}, InputError, "positive"),
        ({"weights": "mine"}, InputError, '"prior", "uniform"'),
        ({"solution": "fair"}, InputError, "expected one of nash"),
        ({"solution": "egalitarian", "weights": (0.5, 0.5)}, InputError, "no use"),
        ({"solution": "variance-normalised"}, CannotPlay, "vertices"),
    ],
)
def test_bad_requests(arguments: dict[str, Any], error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words):
        compromise(example_55(), **arguments)


def test_no_gains_from_trade() -> None:
    with pytest.raises(InputError, match="no feasible point"):
        compromise(example_55(1.0))
    with pytest.raises(CannotPlay, match="two types"):
        compromise(split_type(example_55(), 0), disagreement="threat")


def test_bad_sets() -> None:
    with pytest.raises(InputError, match="not convex"):
        power_budget([1, 1], exponent=0.5)
    with pytest.raises(InputError, match="at least 2 resources"):
        logarithmic_budget(1.5, [1, 1])
    with pytest.raises(InputError, match="no action"):
        power_budget([1, 1], resources=-1)
    with pytest.raises(InputError, match="positive"):
        power_budget([1, 0])
    with pytest.raises(InputError, match="share"):
        split_type(example_55(), 0, 1.0)


def test_beliefs_that_no_large_number_of_players_can_share() -> None:
    """p(t | t) < 1/2 for two equal types: two players may avoid each other's type, infinitely many cannot."""
    assert example_55(0.75).least_covariance >= -1e-12
    assert example_55(0.4).least_covariance < 0
    apart = [[0.0, 1.0], [1.0, 0.0]]
    assert BayesianBargainingGame([SQUARE, SQUARE], HALVES, apart, players=2).least_covariance >= -1e-12
    assert BayesianBargainingGame([SQUARE, SQUARE], HALVES, apart, players=3).least_covariance < 0


@pytest.mark.parametrize("players", [2, 5, float("inf")])
def test_the_least_covariance_of_counts(players):
    """Of players who draw their types from shares that are themselves drawn: variances of shares, and of counts given them."""
    rng = np.random.default_rng(3)
    shares, chance = rng.dirichlet([1, 2, 3], 4), rng.dirichlet([1, 1, 1, 1])
    joint = np.einsum("k,ki,kj->ij", chance, shares, shares)
    mean = chance @ shares
    of_shares = np.einsum("k,ki,kj->ij", chance, shares - mean, shares - mean)
    within = sum(q * (np.diag(s) - np.outer(s, s)) for q, s in zip(chance, shares, strict=True))
    game = BayesianBargainingGame([np.eye(3)] * 3, joint, players=players)
    expected = of_shares if players == float("inf") else within + players * of_shares
    assert game.least_covariance == pytest.approx(np.linalg.eigvalsh(expected)[0], abs=1e-12)
    apart = np.array([[0.02, 0.28], [0.28, 0.42]])  # more often of different types than independent draws
    assert BayesianBargainingGame([np.eye(2)] * 2, apart).least_covariance == pytest.approx(-0.14)
