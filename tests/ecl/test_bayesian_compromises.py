"""Compromises of random Bayesian bargaining games: second methods, Theorem 6, invariances, the axioms about types."""

from __future__ import annotations

import math
import time

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from negotiation.bargaining import kalai_smorodinsky, nash, polytope
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl import (
    BayesianBargainingGame,
    bayesian_nash,
    compromise,
    image,
    logarithmic_budget,
    power_budget,
    random_polytopes,
    split_type,
)
from negotiation.ecl.bayesian_compromise import SOLUTIONS
from negotiation.errors import InputError

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=8, deadline=None)


def joint(rng: np.random.Generator, types: int) -> FloatArray:
    q = rng.random((types, types)) + 0.1
    return np.asarray((q + q.T) / (q + q.T).sum())


def trading(types: int, rng: np.random.Generator, players: float = math.inf, vertices: int = 6) -> BayesianBargainingGame:
    """Random vertices, one that is best for the own type, and one that gives up a twentieth of it to help everybody."""
    points = rng.random((types, vertices + 2, types))
    points[np.arange(types), 0, np.arange(types)] = 1.2
    points[:, 1] = rng.uniform(0.8, 1.1, (types, types))
    points[np.arange(types), 1, np.arange(types)] = 1.14
    for t in range(types):  # what is best for oneself helps others little
        points[t, 0, np.arange(types) != t] *= 0.5
    return BayesianBargainingGame(tuple(points), joint(rng, types), players=players)


def smooth_game(seed: int, players: float = math.inf) -> BayesianBargainingGame:
    rng = np.random.default_rng(seed)
    types = int(rng.integers(2, 4))
    sets = [
        power_budget(rng.uniform(0.5, 2.0, types), exponent=rng.uniform(1.5, 3.0))
        if t % 2
        else logarithmic_budget(rng.uniform(2 * types, 50), rng.uniform(0.3, 1.0, types))
        for t in range(types)
    ]
    return BayesianBargainingGame(sets, joint(rng, types), players=players)


def brute_payoffs(game: BayesianBargainingGame, alpha: FloatArray) -> FloatArray:
    """Equation (52), type by type."""
    out = []
    for t in range(game.types):
        others = sum(game.beliefs[t, s] * alpha[s, t] for s in range(game.types))
        out.append(others if game.players == math.inf else alpha[t, t] + (game.players - 1) * others)
    return np.array(out)


@pytest.mark.parametrize("players", [2, 5, math.inf])
def test_interim_utilities_are_those_of_equation_52(players: float) -> None:
    game = random_polytopes(4, np.random.default_rng(1), players=players)
    alpha = np.random.default_rng(2).random((4, 4))
    assert game.interim(alpha) == pytest.approx(brute_payoffs(game, alpha), rel=1e-14)
    parts = [game.individual(t).support(np.ones(4)) for t in range(4)]
    assert game.feasible.support(np.ones(4))[0] == pytest.approx(sum(value for value, _ in parts))


@given(seeds)
@few
def test_everybody_for_itself_is_an_equilibrium(seed: int) -> None:
    """Definition 48: no other action of the own type, others' as they are, is better; tried on all vertices."""
    game = random_polytopes(3, np.random.default_rng(seed), players=4, own=0.5)
    found = bayesian_nash(game)
    for t in range(3):
        for vertex in game.actions[t].points:  # type: ignore[attr-defined]
            other = found.actions.copy()
            other[t] = vertex
            assert game.interim(other)[t] <= found.payoffs[t] + 1e-12
    assert found.gains == pytest.approx(np.zeros(3), abs=1e-12)


def test_several_equilibria_are_described() -> None:
    game = BayesianBargainingGame([[[1, 0], [1, 0.5], [0, 3]], [[0, 1], [2, 0]]], (0.5, 0.5))
    found = bayesian_nash(game)
    assert found.unique is False
    assert found.faces[0].tolist() == [[1, 0], [1, 0.5]]
    assert found.actions[0].tolist() == [1, 0.5]  # the one that is best for the other type
    assert "several" in compromise(game).note


@pytest.mark.parametrize("seed", range(4))
def test_polytopes_against_a_general_convex_solver(seed: int) -> None:
    game = trading(3 + seed, np.random.default_rng(seed), 3)
    found = compromise(game)
    shares = [cp.Variable(8, nonneg=True) for _ in range(game.types)]
    payoffs = sum(
        cp.multiply(game.reach[t], game.actions[t].points.T @ share)  # type: ignore[attr-defined]
        for t, share in enumerate(shares)
    )
    objective = cp.Maximize(game.prior @ cp.log(payoffs - found.disagreement))
    cp.Problem(objective, [cp.sum(share) == 1 for share in shares]).solve(solver=cp.CLARABEL)
    assert found.payoffs == pytest.approx(payoffs.value, abs=1e-5)  # the other solver's precision
    assert game.prior @ np.log(found.gains) >= objective.value - 1e-8


@pytest.mark.parametrize("seed", range(3))
def test_smooth_sets_against_slsqp(seed: int) -> None:
    """Actions themselves as variables, with the budgets as constraints."""
    rng = np.random.default_rng(seed)
    scale = rng.uniform(0.5, 2.0, (2, 2))
    game = BayesianBargainingGame([power_budget(scale[0]), power_budget(scale[1])], joint(rng, 2), players=3)
    found = compromise(game)
    start = 0.7 * found.actions + 0.3 * bayesian_nash(game).actions + 1e-3 * rng.random((2, 2))

    def loss(z: FloatArray) -> float:
        gains = brute_payoffs(game, z.reshape(2, 2)) - found.disagreement
        return -float(game.prior @ np.log(np.maximum(gains, 1e-12)))

    budget = {"type": "ineq", "fun": lambda z: 1 - ((z.reshape(2, 2) / scale) ** 2).sum(axis=1)}
    out = minimize(
        loss, start.ravel() * 0.999, method="SLSQP", bounds=[(0, None)] * 4, constraints=budget, options={"ftol": 1e-14}
    )
    assert found.actions.ravel() == pytest.approx(out.x, abs=2e-5)
    assert -game.prior @ np.log(found.gains) <= out.fun + 1e-9


@given(seeds, st.sampled_from([3, math.inf]))
@few
def test_theorem_6_on_random_smooth_games(seed: int, players: float) -> None:
    """(i) The same weights for all: nobody can gain without another's loss. (ii) Weights not proportional: all can gain.

    Printed with "mu_i != mu_j"; proportional weights differ and lose nothing.
    """
    game = smooth_game(seed, players)
    rng = np.random.default_rng(seed)
    types, eye, span = game.types, np.eye(game.types), game.feasible.span
    w = rng.uniform(0.5, 1.5, types) / span
    profile = game.best_actions(w)
    # all that everybody can gain at once, in spans
    assert game.feasible.program(np.zeros(types), 1.0, eye, -span, game.interim(profile)).t <= 1e-9
    other = profile.copy()
    other[0] = game.best_actions(3.0 * w)[0]  # proportional: nothing changes
    assert other == pytest.approx(profile, abs=1e-12)
    different = w * np.where(np.arange(types) == 0, 3.0, 1.0)
    other[0] = game.best_actions(different)[0]
    assume(np.abs(other - profile).max() > 1e-2 and other[0].min() > 1e-3 and profile.min() > 1e-3)  # smooth there
    assert game.feasible.program(np.zeros(types), 1.0, eye, -span, game.interim(other)).t > 1e-7


def test_different_weights_at_a_kink_can_be_optimal() -> None:
    """Where Theorem 6 (ii) fails for want of smoothness: squares, all at the corner for any weights."""
    square = [[0, 0], [1, 0], [0, 1], [1, 1]]
    game = BayesianBargainingGame([square, square], (0.5, 0.5))
    profile = np.array([game.best_actions([1.0, 3.0])[0], game.best_actions([3.0, 1.0])[1]])
    assert game.feasible.program(np.zeros(2), 1.0, np.eye(2), -np.ones(2), game.interim(profile)).t <= 1e-12


@given(seeds)
@few
def test_every_action_maximises_the_common_weights(seed: int) -> None:
    """The compromise's own certificate, recomputed: w = nu / gains, every type on its own."""
    for game in (smooth_game(seed), trading(4, np.random.default_rng(seed), 3)):
        found = compromise(game)
        w = game.prior / (game.interim(found.actions) - bayesian_nash(game).payoffs)
        for t in range(game.types):
            best = game.actions[t].support(game.reach[t] * w)[0]
            assert game.reach[t] * w @ found.actions[t] == pytest.approx(best, rel=1e-8)
        assert found.weights == pytest.approx(w / w.sum(), rel=1e-9)
        assert found.gap < 1e-8 and found.losses.max() < 1e-9


@given(seeds, st.floats(0.05, 0.95), st.sampled_from([3, math.inf]))
@settings(max_examples=5, deadline=None)
def test_splitting_a_type_changes_nothing(seed: int, share: float, players: float) -> None:
    """Axiom 70 with prior weights, for types on smooth sets and on polytopes, few players and many."""
    rng = np.random.default_rng(seed)
    for game in (smooth_game(seed, players), trading(3, rng, players)):
        t = int(rng.integers(game.types))
        split = split_type(game, t, share)
        source = np.insert(np.arange(game.types), t, t)
        before, after = compromise(game), compromise(split)
        assert after.disagreement == pytest.approx(before.disagreement[source], rel=1e-9)
        assert after.payoffs == pytest.approx(before.payoffs[source], rel=1e-6)
        assert (after.bargaining_weights[t], split.prior.sum()) == (pytest.approx(share * game.prior[t]), pytest.approx(1))


def test_splitting_matters_with_uniform_weights() -> None:
    game = smooth_game(0)
    split = compromise(split_type(game, 0), weights="uniform").payoffs
    assert np.abs(split[1:] - compromise(game, weights="uniform").payoffs).max() > 1e-3


@given(seeds, st.floats(0, 1))
@few
def test_mixing_priors_with_the_same_solution(seed: int, part: float) -> None:
    """Axiom 71: F and d as they are, priors p and p' with one solution x; every mixture has it. At a corner of F many do."""
    rng = np.random.default_rng(seed)
    sets = [np.vstack([np.zeros(3), rng.random((6, 3))]) for _ in range(3)]
    beliefs = rng.dirichlet(np.ones(3), 3)
    plain = BayesianBargainingGame(sets, np.full(3, 1 / 3), beliefs, common_prior=False)
    w = rng.uniform(0.5, 1.5, 3)
    corner = plain.best_actions(w)
    x = plain.interim(corner)
    assume((x > 1e-3).all())
    priors = []
    for near in (w, w * rng.uniform(0.9, 1.1, 3)):
        assume((plain.best_actions(near) == corner).all())
        priors.append(near * x / (near @ x))
    for prior in (*priors, part * priors[0] + (1 - part) * priors[1]):
        game = BayesianBargainingGame(sets, prior, beliefs, common_prior=False)
        assert compromise(game, disagreement=np.zeros(3)).payoffs == pytest.approx(x, abs=1e-7)


@given(seeds)
@few
def test_units_and_names_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    game = trading(3, rng, 4)
    found = compromise(game)
    unit, order = rng.uniform(0.1, 10, 3), rng.permutation(3)
    scaled = BayesianBargainingGame([image(a, np.diag(unit)) for a in game.actions], game.prior, game.beliefs, 4)
    assert compromise(scaled).payoffs == pytest.approx(unit * found.payoffs, rel=1e-6)
    renamed = BayesianBargainingGame(
        [image(game.actions[t], np.eye(3)[order]) for t in order], game.prior[order], game.beliefs[np.ix_(order, order)], 4
    )
    assert compromise(renamed).payoffs == pytest.approx(found.payoffs[order], rel=1e-6)


def test_many_players_tend_to_the_limit() -> None:
    rng = np.random.default_rng(5)
    sets, prior = [power_budget(rng.uniform(0.5, 2, 2)) for _ in range(2)], joint(rng, 2)
    limit = compromise(BayesianBargainingGame(sets, prior))
    gaps = []
    for players in (10, 100, 10_000):
        found = compromise(BayesianBargainingGame(sets, prior, players=players))
        gaps.append(float(np.abs(found.payoffs / (players - 1) - limit.payoffs).max()))
    assert gaps[2] < gaps[1] / 50 < gaps[0] / 400 and gaps[2] < 1e-3


@pytest.mark.parametrize("solution", SOLUTIONS)
@pytest.mark.parametrize("types", [2, 5])
def test_every_solution_on_the_same_set(solution: str, types: int) -> None:
    game = trading(types, np.random.default_rng(types))
    found = compromise(game, solution=solution)
    assert found.gap < 1e-8 and found.split < 1e-8
    assert game.interim(found.actions) == pytest.approx(found.payoffs)
    for t in range(types):  # each action is one: in the set of its type
        assert game.actions[t].contains(found.actions[t]) < 1e-8
    if "utilitarian" not in solution and "variance" not in solution:
        assert (found.gains > -1e-9).all()


def test_solutions_are_those_of_the_bargaining_module() -> None:
    game = trading(3, np.random.default_rng(3))
    d = bayesian_nash(game).payoffs
    direct = kalai_smorodinsky(game.feasible, d)
    assert compromise(game, solution="kalai-smorodinsky").payoffs == pytest.approx(direct.point, abs=1e-8)
    weights = (0.2, 0.3, 0.5)
    assert compromise(game, weights).payoffs == pytest.approx(nash(game.feasible, d, weights).point, abs=1e-8)


def test_variance_weights_are_those_of_all_profiles() -> None:
    """Example 7's normalisation against the enumeration of all combinations of actions."""
    game = trading(3, np.random.default_rng(8), vertices=4)
    points = [game.individual(t).points for t in range(3)]  # type: ignore[attr-defined]
    outcomes = np.array([a + b + c for a in points[0] for b in points[1] for c in points[2]])
    w = 1 / outcomes.var(axis=0)
    assert compromise(game, solution="variance-normalised").weights == pytest.approx(w / w.sum(), rel=1e-9)


def test_types_that_cannot_gain_are_held_at_disagreement() -> None:
    """Type 3 is of no use and no one can do anything for it; the other two trade."""
    game = BayesianBargainingGame(
        [[[1, 0, 0], [0.8, 0.8, 0]], [[0, 1, 0], [0.8, 0.8, 0]], [[0, 0, 1]]], (0.25, 0.25, 0.5), labels=("a", "b", "idle")
    )
    found = compromise(game)
    assert found.gains == pytest.approx([0.15, 0.15, 0], abs=1e-9)
    assert "cannot gain" in found.note and found.gap < 1e-9


def test_mixed_smooth_sets_and_polytopes() -> None:
    rng = np.random.default_rng(2)
    game = BayesianBargainingGame(
        [
            power_budget(rng.uniform(0.5, 1.5, 4)),
            np.vstack([rng.random((8, 4)), [0, 1.5, 0, 0]]),
            logarithmic_budget(20, rng.uniform(0.2, 0.6, 4)),
            np.vstack([rng.random((8, 4)), [0, 0, 0, 1.5]]),
        ],
        joint(rng, 4),
    )
    found = compromise(game)
    assert found.gap < 1e-8 and found.losses.max() < 1e-8


@pytest.mark.parametrize(("seed", "own", "likeness"), [(0, 1.5, 0.0), (1, 1.1, 0.1), (2, 8.0, 0.0)])
def test_64_types_with_8_vertices_each(seed: int, own: float, likeness: float) -> None:
    game = random_polytopes(64, np.random.default_rng(seed), own=own, likeness=likeness)
    start = time.process_time()
    found = compromise(game)
    assert time.process_time() - start < 5
    assert found.gap < 1e-8
    w = game.prior / (game.interim(found.actions) - bayesian_nash(game).payoffs)
    best = sum(float((a.points * game.reach[t] @ w).max()) for t, a in enumerate(game.actions))  # type: ignore[attr-defined]
    assert best - w @ found.payoffs < 1e-8  # the gap by hand: w.(x - d) is 1


def test_no_gains_among_many_types_is_found_out_quickly() -> None:
    game = random_polytopes(64, np.random.default_rng(0), own=8.0, likeness=0.2)
    start = time.process_time()
    with pytest.raises(InputError, match="no feasible point"):
        compromise(game)
    assert time.process_time() - start < 5


def test_polytopes_by_inequalities_are_those_by_vertices() -> None:
    """{y in [0, 1]^2 : y_1 + y_2 <= 3/2} both ways, and {y >= 0 : y_1 + y_2 / 2 <= 1} as a budget of exponent 1."""
    inequalities = polytope([[1, 0], [0, 1], [1, 1], [-1, 0], [0, -1]], [1, 1, 1.5, 0, 0])
    vertices = [[0, 0], [1, 0], [1, 0.5], [0.5, 1], [0, 1]]
    budget = power_budget([1, 2], exponent=1.0)
    found = [
        compromise(BayesianBargainingGame([first, second], [[0.3, 0.2], [0.2, 0.3]]), disagreement=(0.4, 0.4))
        for first, second in ((inequalities, budget), (vertices, [[0, 0], [1, 0], [0, 2]]))
    ]
    assert found[0].payoffs == pytest.approx(found[1].payoffs, abs=1e-9)
    assert found[0].gap < 1e-9
