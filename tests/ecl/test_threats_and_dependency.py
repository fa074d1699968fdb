"""The threat point of two types (Definition 57) and Theorem 51's certificates (Propositions 53 and 61)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import NoGainsFromTrade, NormalFormGame, variable_threats
from negotiation.ecl import (
    BayesianBargainingGame,
    bayesian_nash,
    compromise,
    dependency_certificate,
    example_46,
    example_54,
    example_56,
    power_budget,
    random_polytopes,
    threat_point,
)
from negotiation.ecl.supporting_sequence import conditional_utility
from negotiation.ecl.threat_points import deviation_gains

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15, deadline=None)


def random_game(seed: int, players: float = math.inf) -> BayesianBargainingGame:
    rng = np.random.default_rng(seed)
    q = rng.random((2, 2)) + 0.1
    return BayesianBargainingGame(rng.normal(size=(2, 5, 2)), (q + q.T) / (q + q.T).sum(), players=players)


@given(seeds)
@few
def test_equal_weights_give_nash_variable_threats(seed: int) -> None:
    """With equal weights the outcome is that of the normal form whose actions are the vertices (mixtures are points)."""
    game = random_game(seed)
    a, b = (game.individual(t).points for t in range(2))  # type: ignore[attr-defined]
    normal = NormalFormGame(np.moveaxis(a[:, None, :] + b[None, :, :], -1, 0))
    found = threat_point(game, np.array([0.5, 0.5]))
    assert found.outcome == pytest.approx(variable_threats(normal).point, abs=1e-8)


@given(seeds, st.sampled_from([3, math.inf]))
@few
def test_no_other_threat_is_better(seed: int, players: float) -> None:
    game = random_game(seed, players)
    found = threat_point(game, game.prior)
    assert found.residual < 1e-10
    assert deviation_gains(game, game.prior, found).max() <= 1e-8


def test_threats_that_hurt() -> None:
    """Type 1 can burn 3 utils of type 2 at a cost of 1: it threatens, and gains over the compromise from the equilibrium."""
    game = BayesianBargainingGame([[[4, 0], [3, -3], [2, 3]], [[0, 4], [3, 2]]], (0.5, 0.5))
    threat, peace = compromise(game, disagreement="threat"), compromise(game)
    assert threat.fallback is not None and threat.fallback[0].tolist() == [3, -3]
    assert threat.payoffs[0] > peace.payoffs[0] + 0.05
    certificate = dependency_certificate(game, threat.actions, threat.fallback)
    assert certificate.gains.max() <= 1e-9  # Proposition 61


@pytest.mark.parametrize("game", [example_46(), example_54(), example_56(0.7)], ids=["46", "54", "56"])
def test_nobody_can_threaten_in_the_examples(game: BayesianBargainingGame) -> None:
    """Whatever one keeps from the other one could have: threats are the Bayesian Nash equilibrium."""
    found = threat_point(game, game.prior)
    assert found.payoffs == pytest.approx(bayesian_nash(game).payoffs, abs=1e-9)
    assert deviation_gains(game, game.prior, found).max() <= 1e-8


@given(seeds)
@few
def test_propositions_53_and_61(seed: int) -> None:
    """Compromises over the equilibrium and over the threat point are dependency equilibria: no alternative gains."""
    game = random_game(seed, players=3)
    for disagreement in ("nash", "threat"):
        try:
            found = compromise(game, disagreement=disagreement)
        except NoGainsFromTrade:
            continue
        assert found.fallback is not None
        assert dependency_certificate(game, found.actions, found.fallback).gains.max() <= 1e-9


def test_a_profile_that_is_not_certified() -> None:
    game = example_54()
    nothing = np.zeros((2, 2))
    certificate = dependency_certificate(game, nothing, bayesian_nash(game).actions)
    assert certificate.gains == pytest.approx([0.75, 0.25])


def test_the_sequence_against_its_distribution() -> None:
    """Conditional utilities along s_r, against the sum over all profiles of a finite s_r; and their limits."""
    game = random_polytopes(3, np.random.default_rng(4))
    found = compromise(game)
    certificate = dependency_certificate(game, found.actions, found.fallback)  # type: ignore[arg-type]
    eye, beta = np.eye(3), certificate.fallback
    drawn = [np.array([game.actions[t].support(w)[1] for w in np.vstack([eye, -eye])]) for t in range(3)]
    r = 7.0
    profiles = [((r - 1) / r, certificate.profile), ((r - 1) / r**2, beta)]
    for t, k in itertools.product(range(3), range(6)):
        one = beta.copy()
        one[t] = drawn[t][k]
        profiles.append((1 / 18 / r**2, one))
    assert sum(p for p, _ in profiles) == pytest.approx(1)
    for t in range(3):
        for action in (certificate.profile[t], beta[t], *drawn[t]):
            met = [(p, game.interim(one)[t]) for p, one in profiles if (one[t] == action).all()]
            density = float((drawn[t] == action).all(axis=1).mean())
            expected = sum(p * value for p, value in met) / sum(p for p, _ in met)
            assert conditional_utility(game, certificate, t, action, r, density) == pytest.approx(expected, rel=1e-12)
        limit = conditional_utility(game, certificate, t, certificate.profile[t], 1e9)
        assert limit == pytest.approx(found.payoffs[t], rel=1e-8)
        for action in (beta[t], *drawn[t]):
            worth = conditional_utility(game, certificate, t, action, 1e9)
            assert worth <= limit + 1e-7
            assert (action == certificate.profile[t]).all() or worth <= certificate.fallback_values[t] + 1e-7


def test_best_deviation_has_the_value_reported() -> None:
    game = BayesianBargainingGame([power_budget([1, 2]), power_budget([2, 1])], (0.5, 0.5), players=3)
    fallback = game.best_actions([1.0, 1.0])  # nobody's best answer
    certificate = dependency_certificate(game, fallback, fallback)
    for t in range(2):
        profile = fallback.copy()
        profile[t] = certificate.best_deviations[t]
        assert game.interim(profile)[t] == pytest.approx(certificate.fallback_values[t])
        assert certificate.gains[t] > 0.1


def test_a_stable_disagreement_point() -> None:
    """Example 64 among infinitely many players of three equal types: no two types can do better than at the compromise."""
    examples = pytest.importorskip("negotiation.ecl.coalition_examples")
    game = BayesianBargainingGame(examples.example_64().vertices, np.full(3, 1 / 3))
    peace, stable = compromise(game), compromise(game, disagreement="stable")
    assert 3 * peace.payoffs == pytest.approx([13 / 3, 13 / 3, 17 / 3], abs=1e-6)  # blocked by types 1 and 2, who can have 5
    assert 3 * stable.payoffs[:2].min() >= 5 - 1e-6
    assert stable.gap < 1e-8 and "no coalition" in stable.note
