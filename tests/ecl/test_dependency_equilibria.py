"""Dependency equilibria: Example 35 in both classes, the folk theorem, certificates, and slow second methods."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from negotiation.ecl import (
    ECLBayesianGame,
    TableGame,
    bayesian_nash_equilibria,
    correlated_types,
    example_35,
    expected_utilities,
    gains_from_cooperation,
    independent_types,
    is_dependency_equilibrium,
    mixed_families,
    prior_of_joint,
    pure_dependency_equilibria,
    region,
    table_game,
    theorem_38,
    theorem_51,
    uncorrelated,
    with_marginals,
)
from negotiation.ecl.dependency_equilibria import certify, lowest_utility
from negotiation.ecl.joint_tables import conditional_utilities, own_action, table_cone
from negotiation.ecl.strategy_cones import independent, strategy_cone
from negotiation.errors import CannotPlay, InputError

SEEDS = st.integers(0, 2**32 - 1)
BOTH = pytest.mark.parametrize("strategies", ["alike", "exchangeable"])
ALL_COOPERATE = np.array([0, 0])


def random_game(rng, players, types=2, actions=2, whole=False):
    joint = np.zeros((types,) * players)
    for q in rng.dirichlet(np.ones(types), size=2):
        one = np.array(0.5)
        for _ in range(players):
            one = np.multiply.outer(one, q)
        joint += one
    u = rng.integers(-2, 3, (types, types, actions)).astype(float) if whole else rng.normal(size=(types, types, actions))
    return ECLBayesianGame(u, prior_of_joint(joint), players)


def check_certificate(report):
    """The sequence is in the class, has full support, tends to s, and its conditional utilities tend to the stated limits at
    the stated rate."""
    assert report.residual < 1e-8
    assert (report.least > 0).all()
    assert (report.distance <= 1 / report.ratios + 1e-9).all()
    for r, along in zip(report.ratios, report.along, strict=True):
        assert (np.abs(along - report.conditional) <= report.rate / (r - 1) + 1e-7).all()


# -- Example 35


@pytest.mark.parametrize(
    ("players", "promise", "best"), [(2, 4, 4.5), (3, 6, 6), (4, 8, 7.5), (10, 20, 16.5), (11, 22, 18), (math.inf, 2, 1.5)]
)
def test_all_cooperate_when_like_types_act_alike(players, promise, best):
    report = is_dependency_equilibrium(example_35(players), ALL_COOPERATE)
    assert np.allclose(report.conditional, [[promise, best], [promise, best]], atol=1e-9)
    assert report.max_gain == pytest.approx(max(0, best - promise), abs=1e-9)  # not for 2 players, from 3 on
    assert f"largest gain {report.max_gain:.3g} utils" in str(report)
    check_certificate(report)


@pytest.mark.parametrize("players", [2, 3, 4, 8])
def test_all_cooperate_without_that_restriction(players):
    report = is_dependency_equilibrium(example_35(players), ALL_COOPERATE, strategies="exchangeable")
    assert report.max_gain <= 1e-9
    check_certificate(report)
    if players == 2:  # who defects expects its like to cooperate and the other type to defect: 3 + 1 + 0 = 4
        assert np.allclose(report.conditional, 4)


@pytest.mark.parametrize(("players", "own", "other"), [(2, (2, 3), 1), (10, (11, 16.5), 9), (11, (12, 18), 10)])
def test_conditional_utilities_of_equations_22_to_30(players, own, other):
    a, b, c, d = 0.4, 0.3, 0.2, 0.1
    report = is_dependency_equilibrium(example_35(players), [[a, b], [c, d]])
    first, second = (3, 4.5) if players == 2 else own
    expected = [
        [first + other * a / (a + b), second + other * c / (c + d)],
        [first + other * a / (a + c), second + other * b / (b + d)],
    ]
    assert np.allclose(report.conditional, expected)
    assert report.max_gain == pytest.approx(max(abs(x[0] - x[1]) for x in expected))


@pytest.mark.parametrize("players", [2, 3, 4, 11, math.inf])
def test_mixed_families_by_hand(players):
    game = example_35(players)
    found = {f.branch: f for f in mixed_families(game)}
    kappa = 0.5 + (0 if math.isinf(players) else 1 / (players - 1))
    if players == 2:
        assert not found
        return
    assert np.allclose(found["same side"].intervals, [(0, 1)], atol=1e-8)
    assert np.allclose(found["other side"].intervals, [(kappa / (1 + kappa), 1 / (1 + kappa))], atol=1e-8)
    for family in found.values():
        for first in np.linspace(*family.intervals[0], 7):
            s = family.distribution(first)
            report = is_dependency_equilibrium(game, s)
            assert report.max_gain <= 1e-9
            mu = report.played[:, 0]
            assert np.allclose(mu[1], mu[0] if family.branch == "same side" else 1 - mu[0], atol=1e-7)
            assert np.allclose(report.payoffs, expected_utilities(game, np.column_stack([mu, 1 - mu])))
    with pytest.raises(CannotPlay, match="outside of its intervals"):
        found["other side"].distribution(0.01)


@pytest.mark.parametrize("players", [2, 3, 11])
def test_no_mixed_equilibria_alike_beside_the_families(players):
    """A linear program for each pair of marginals finds one exactly on the curves."""
    game = example_35(players)
    families = mixed_families(game)
    grid = np.arange(1, 8) / 8
    for one in grid:
        for two in grid:
            report = with_marginals(game, [[one, 1 - one], [two, 1 - two]])
            on_curve = any(
                abs(f.second(one) - two) < 1e-9 and any(lo - 1e-9 <= one <= hi + 1e-9 for lo, hi in f.intervals)
                for f in families
            )
            assert (report.max_gain <= 1e-9) == on_curve, (one, two, report.max_gain)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_mixed_families_of_random_games(seed):
    rng = np.random.default_rng(seed)
    game = ECLBayesianGame(rng.normal(size=(2, 2, 2)), correlated_types(rng.uniform(0.5, 0.9)), int(rng.integers(2, 8)))
    for family in mixed_families(game):
        for low, high in family.intervals:
            for first in np.linspace(low, high, 3):
                assert is_dependency_equilibrium(game, family.distribution(first)).max_gain <= 1e-7


def two_player_interval(one, two):
    """Whether Example 35 with 2 players has a mixed equilibrium: correlations of like types are free above -min(odds, 1 /
    odds)."""
    low = [z - 1.5 * z**2 for z in (min(one, 1 - one), min(two, 1 - two))]
    high = [1.5 * one * (1 - one), 1.5 * two * (1 - two), min(one, two) * (1 - max(one, two))]
    return min(high) - max(low)


def test_region_of_two_players_by_hand():
    found = region(example_35(2), points=4, resolution=1e-3)
    assert all(found.intervals)
    np.testing.assert_allclose(found.first, [0.2, 0.4, 0.6, 0.8])
    for one, pieces in zip(found.first, found.intervals, strict=True):
        for low, high in pieces:
            assert two_player_interval(one, low) >= -1e-6 and two_player_interval(one, high) >= -1e-6
            assert two_player_interval(one, low - 2e-3) < 0 and two_player_interval(one, high + 2e-3) < 0
        inside = [two_player_interval(one, y) >= 0 for y in np.arange(1, 200) / 200]
        assert sum(inside) / 200 == pytest.approx(sum(h - lo for lo, h in pieces), abs=0.02)


def test_a_mixed_equilibrium_of_two_players_with_its_certificate():
    game = example_35(2)
    report = with_marginals(game, [[0.5, 0.5], [0.6, 0.4]], strategies="exchangeable")
    assert report.max_gain <= 1e-9 and report.residual < 1e-9
    assert np.allclose(report.payoffs, 4.5 + np.array([-0.5 * 1.5 + 0.6, -0.6 * 1.5 + 0.5]))
    assert with_marginals(game, [[0.5, 0.5], [0.9, 0.1]], strategies="exchangeable").max_gain > 1e-3


@BOTH
def test_pure_equilibria(strategies):
    for players in (2, 3, 5):
        found = pure_dependency_equilibria(example_35(players), strategies=strategies)
        assert set(found) == ({(1, 1)} if players == 2 and strategies == "alike" else {(0, 0), (1, 1)})


# -- the folk theorem


@given(SEEDS, st.integers(2, 3), st.sampled_from(["alike", "exchangeable"]))
@settings(max_examples=30, deadline=None)
def test_every_bayesian_nash_equilibrium_is_one(seed, players, strategies):
    """Proposition 37, mixed equilibria among them: whole utilities tie often."""
    rng = np.random.default_rng(seed)
    game = random_game(rng, players, actions=2, whole=True)
    nash = bayesian_nash_equilibria(game)
    sigma = np.zeros((2, 2))
    for t in (0, 1):
        sigma[t, nash.best[t]] = rng.dirichlet(np.ones(len(nash.best[t])))
    cone = strategy_cone(game, strategies)
    report = certify(cone, independent(game, cone, sigma))
    assert report.max_gain <= 1e-8
    check_certificate(report)


@given(SEEDS, st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_corollary_40(seed, players):
    rng = np.random.default_rng(seed)
    game = random_game(rng, players, actions=3 if players == 2 else 2)
    for profile in rng.integers(game.actions, size=(2, 2)):
        gains = gains_from_cooperation(game, profile)
        alike = is_dependency_equilibrium(game, profile)
        free = is_dependency_equilibrium(game, profile, strategies="exchangeable")
        if gains.min() >= 0:
            assert alike.max_gain <= 1e-8
            check_certificate(alike)
        assert free.max_gain <= alike.max_gain + 1e-8  # the larger class holds the smaller one


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_theorem_38_with_players_told_apart(seed):
    """Two players, any prior and any utilities: gains <= 0 along the sequence exactly where alpha beats sigma; the LP finds no
    less."""
    rng = np.random.default_rng(seed)
    game = TableGame(rng.normal(size=(2, 2, 2, 2, 2)), rng.dirichlet(np.ones(4)).reshape(2, 2))
    alpha = rng.integers(2, size=(2, 2))
    sigma = rng.dirichlet(np.ones(2), size=(2, 2))
    if rng.random() < 0.5:
        sigma = np.eye(2)[rng.integers(2, size=(2, 2))]  # a pure sigma needs the term s'
    report = theorem_38(game, alpha, sigma)
    assert np.allclose(report.layers.sum(axis=(3, 4)), 1)
    assert min(own_action(game, report.layers[2], i).min() for i in (0, 1)) > 0  # each player plays every action
    error = np.abs(report.along - report.limit).reshape(4, -1).max(axis=1)
    assert error[-1] < 0.05 * max(error[0], 1) and (report.distance <= 1 / report.ratios + 1e-12).all()
    against = conditional_utilities(game, uncorrelated(game, 0.999999 * sigma + 0.0000005))
    assert np.abs(against - report.against).max() < 1e-4
    q = uncorrelated(game, np.eye(2)[alpha])
    exact = certify(table_cone(game), q.ravel())
    assert exact.max_gain <= max(report.max_gain, 0) + 1e-8


def test_theorem_38_in_example_35():
    full = table_game(example_35(3))
    report = theorem_38(full, np.zeros((3, 2), dtype=int), np.tile([0.0, 1.0], (3, 2, 1)))
    assert (
        np.allclose(report.promise, 6)
        and np.allclose(report.against[:, :, 1], 6)
        and report.max_gain == pytest.approx(0, abs=1e-12)
    )
    worse = theorem_38(table_game(example_35(2)), np.zeros((2, 2), dtype=int), np.tile([0.0, 1.0], (2, 2, 1)))
    assert worse.max_gain == pytest.approx(0.5)


def test_theorem_51_in_example_46():
    """Quarter discs, n = 3: the Nash bargaining solution (2, 1) / sqrt 5 against each type's best for itself."""
    rng = np.random.default_rng(0)
    radius, angle = np.sqrt(rng.uniform(size=400)), rng.uniform(0, np.pi / 2, size=400)
    disc = np.concatenate(
        [[[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.0, 0.0]], np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])]
    )
    alpha = np.array([[2, 1], [1, 2]]) / np.sqrt(5)
    report = theorem_51(np.full((2, 2), 0.5), 3, alpha, np.eye(2), [disc, disc])
    assert (
        np.allclose(report.promise, np.sqrt(5)) and np.allclose(report.threat, 2) and np.allclose(report.gain, 2 - np.sqrt(5))
    )
    error = np.abs(report.along - report.limit).reshape(len(report.ratios), -1).max(axis=1)
    assert error[-1] < 1e-3 * error[0] + 1e-12 and np.allclose(report.distance, 1 / report.ratios)
    assert (report.limit[:, 1:] <= report.promise[:, None]).all()
    same = theorem_51(np.full((2, 2), 0.5), 3, alpha, alpha, [disc, disc])
    np.testing.assert_allclose(same.distance, 1 / same.ratios**2)  # what is left for the draws
    back = theorem_51(np.full((2, 2), 0.5), 3, np.eye(2), alpha, [disc, disc])  # not the other way round
    assert back.max_gain == pytest.approx(2 * 1 + 1 / np.sqrt(5) - 2)


# -- uncorrelated sequences (Proposition 41)


@given(SEEDS, st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_uncorrelated_sequences_certify_nash_equilibria_only(seed, players):
    rng = np.random.default_rng(seed)
    game = random_game(rng, players, whole=True)
    full = table_game(game)
    sigma = np.eye(2)[rng.integers(2, size=(players, 2))]
    towards = [uncorrelated(full, (1 - 1 / r) * sigma + 1 / (2 * r)) for r in (1e3, 1e6)]
    worth = conditional_utilities(full, towards[1])
    gain = (worth.max(axis=2) - (worth * sigma).sum(axis=2)).max()
    nash = max(bayesian_nash_equilibria(game).gain(one).max() for one in sigma)
    assert gain == pytest.approx(nash, abs=1e-9)


# -- second methods


@given(SEEDS, st.booleans())
@settings(max_examples=20, deadline=None)
def test_counts_of_actions_agree_with_full_tables(seed, three):
    rng = np.random.default_rng(seed)
    game = random_game(rng, 3 if three else 2)
    full = table_game(game)
    slow = table_cone(full)
    for profile in np.ndindex(2, 2):
        fast = is_dependency_equilibrium(game, np.array(profile), strategies="exchangeable")
        sigma = np.eye(2)[list(profile)]
        brute = certify(slow, uncorrelated(full, np.tile(sigma, (full.players, 1, 1))).ravel())
        assert brute.max_gain == pytest.approx(fast.max_gain, abs=1e-7)
        table = brute.member(100.0).reshape(full.prior.shape + (2,) * full.players)
        assert np.allclose(conditional_utilities(full, table), brute.along[1], atol=1e-9)


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_no_sequence_drawn_at_random_does_better(seed):
    """The least gain stated for a profile that is not an equilibrium, against layers drawn at random."""
    rng = np.random.default_rng(seed)
    game = random_game(rng, 2, types=2, actions=3)
    cone = strategy_cone(game, "alike")
    profile = rng.integers(3, size=2)
    report = is_dependency_equilibrium(game, profile)
    value = expected_utilities(game, profile)
    for _ in range(200):
        x = rng.dirichlet(np.full(len(cone.total), rng.choice([0.05, 0.3, 1.0]))) + 1e-12
        gain = cone.conditional(x) - value[:, None]
        gain[[0, 1], profile] = 0
        assert gain.max() >= report.max_gain - 1e-8


def test_an_equilibrium_that_needs_two_layers():
    """Each punishment is just severe enough if both types choose it; the third actions must therefore tend to 0 faster."""
    own, give = [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]
    game = ECLBayesianGame(np.array([[own, give], [give, own]]), independent_types([0.5, 0.5]), math.inf)
    report = is_dependency_equilibrium(game, ALL_COOPERATE)
    assert len(report.layers) == 3 and report.max_gain <= 1e-12
    check_certificate(report)


def test_three_types_whose_punishments_conflict():
    """Each of the three actions left out could be punished alone, but not all of them by one sequence: the least gain is a
    compromise."""
    u = [[[1, -2], [0, -1], [-1, 0]], [[-1, 2], [1, -1], [0, -2]], [[2, 0], [-2, 2], [0, -2]]]
    game = ECLBayesianGame(np.array(u, dtype=float), independent_types([1 / 3] * 3), math.inf)
    profile = np.array([1, 1, 1])
    cone, value = strategy_cone(game, "alike"), expected_utilities(game, profile)
    alone = [lowest_utility(cone, 2 * t) - value[t] for t in range(3)]
    report = is_dependency_equilibrium(game, profile)
    assert report.max_gain > max(alone) + 0.1 and report.precision < 1e-7
    check_certificate(report)

    def worst(logs):  # a distribution in which every profile is possible
        return (cone.conditional(np.exp(np.clip(logs, -30, 0)))[:, 0] - value).max()

    starts = np.log(np.random.default_rng(0).dirichlet(np.full(8, 0.3), size=500) + 1e-12)
    starts = sorted(starts, key=worst)[:5]
    options = {"maxiter": 3000, "maxfev": 3000, "xatol": 1e-7, "fatol": 1e-9, "adaptive": True}
    least = min(minimize(worst, x, method="Nelder-Mead", options=options).fun for x in starts)
    assert report.max_gain - 1e-8 <= least < report.max_gain + 1e-3


# -- what is refused


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: is_dependency_equilibrium(example_35(3), [[0.5, 0.5], [0.5, 0.5]]),
            "joint strategy distribution: probabilities must sum",
        ),
        (lambda: is_dependency_equilibrium(example_35(3), [0.5, 0.5]), "joint strategy distribution: expected shape"),
        (lambda: is_dependency_equilibrium(example_35(3), np.array([0, 5])), "expected actions 0 to 1"),
        (lambda: is_dependency_equilibrium(example_35(3), ALL_COOPERATE, strategies="any"), "strategies: expected 'alike'"),
        (lambda: is_dependency_equilibrium(example_35(), ALL_COOPERATE, ratios=[0.5]), "ratios: expected numbers above 1"),
        (lambda: pure_dependency_equilibria(example_35(math.inf), strategies="exchangeable"), "finitely many players"),
        (lambda: is_dependency_equilibrium(example_35(100), ALL_COOPERATE, strategies="exchangeable"), "at most 20000"),
        (lambda: region(ECLBayesianGame(np.zeros((2, 2, 3)), correlated_types(0.5), 2)), "2 types with 2 actions"),
        (lambda: theorem_51([[1.0]], 2, [[1.0]], [[1.0]], []), "one array for each of 1 types"),
    ],
)
def test_refused_in_one_line(make, message):
    with pytest.raises(InputError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


def test_a_region_that_is_everything():
    """With a tolerance that nothing exceeds: every interval is that from 0 to 1."""
    found = region(example_35(2), points=3, resolution=1e-3, tie=1e9)
    for pieces in found.intervals:
        ((low, high),) = pieces
        assert low == pytest.approx(0, abs=1e-3) and high == pytest.approx(1, abs=1e-3)
