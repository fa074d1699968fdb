"""ECL Bayesian games: priors, equations (9) and (10), Lemma 30, Bayesian Nash equilibria, Section 4.6; and what they refuse."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.ecl import (
    ECLBayesianGame,
    SubtypeGame,
    TableGame,
    action_utilities,
    bayesian_nash_equilibria,
    conditional_utilities,
    cooperators_equilibrium,
    correlated_types,
    equivalent_game,
    example_35,
    expected_utilities,
    gains_from_cooperation,
    gains_of_cooperators,
    independent_types,
    joint_table,
    least_players,
    pairwise_utilities,
    prior_of_beliefs,
    prior_of_joint,
    prior_of_pairs,
    table_game,
    uncorrelated,
    with_cooperators,
)
from negotiation.ecl.joint_tables import dependence_on_others, own_action
from negotiation.errors import InputError

SEEDS = st.integers(0, 2**32 - 1)


def random_pair(rng, types):
    table = rng.uniform(0.1, 1, (types, types))
    return (table + table.T) / (2 * table.sum())


def random_symmetric_joint(rng, types, players):
    mix = rng.dirichlet(np.ones(types), size=3)
    share = rng.dirichlet(np.ones(3))
    out = np.zeros((types,) * players)
    for w, q in zip(share, mix, strict=True):
        one = np.array(w)
        for _ in range(players):
            one = np.multiply.outer(one, q)
        out += one
    return out


def random_game(rng, players, types=2, actions=2):
    prior = prior_of_joint(random_symmetric_joint(rng, types, players))
    return ECLBayesianGame(rng.normal(size=(types, types, actions)), prior, players)


def hidden_states(game, sigma, odds):
    """A table s: all players mix by sigma[z] (T, A) in a hidden state z, whose ``odds`` (Z, T, ..., T) may depend on everyone's
    types."""
    n, m, k = game.players, game.types, game.actions
    total = np.zeros((m,) * n + (k,) * n)
    for one, weight in zip(sigma, odds, strict=True):
        total += weight.reshape(weight.shape + (1,) * n) * uncorrelated(game, np.tile(one, (n, 1, 1)))
    return total


# -- priors


@given(SEEDS, st.integers(2, 4), st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_joint_prior_gives_its_pairs(seed, players, types):
    rng = np.random.default_rng(seed)
    table = random_symmetric_joint(rng, types, players)
    prior = prior_of_joint(table)
    again = joint_table(prior, players)
    assert np.abs(again - table).max() < 1e-12
    assert np.abs(table.sum(axis=tuple(range(2, players))) - prior.pair).max() < 1e-12
    # only the pairs given: another law is found, with the same pairs
    found = joint_table(prior_of_pairs(prior.pair), players)
    assert np.abs(found.sum(axis=tuple(range(2, players))) - prior.pair).max() < 1e-9
    assert prior_of_joint(found).types == types


@given(SEEDS, st.integers(2, 6))
@settings(max_examples=20, deadline=None)
def test_independent_types_stay_independent(seed, players):
    marginal = np.random.default_rng(seed).dirichlet(np.ones(2))
    table = joint_table(independent_types(marginal), players)
    product = np.array(1.0)
    for _ in range(players):
        product = np.multiply.outer(product, marginal)
    assert np.abs(table - product).max() < 1e-12


def test_beliefs_and_common_prior():
    prior = correlated_types(0.75)
    assert np.allclose(prior.beliefs, [[0.75, 0.25], [0.25, 0.75]])
    assert np.allclose(prior.marginal, 0.5)
    again = prior_of_beliefs(prior.beliefs, prior.marginal)
    assert np.allclose(again.pair, prior.pair)


def test_two_types_of_three_players_cannot_all_differ():
    assert joint_table(correlated_types(0.0), 2)[0, 1] == pytest.approx(0.5)
    with pytest.raises(InputError, match="no joint prior of 3 players"):
        joint_table(correlated_types(0.3), 3)
    joint_table(correlated_types(1 / 3), 3)  # the least possible: one type alone, the other twice


# -- equation (9) and its kin


@given(SEEDS, st.integers(2, 3), st.integers(1, 3), st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_expected_utilities_are_those_of_the_table(seed, players, types, actions):
    rng = np.random.default_rng(seed)
    game = random_game(rng, players, types, actions)
    full = table_game(game)
    sigma = rng.dirichlet(np.ones(actions), size=types)
    by_table = conditional_utilities(full, uncorrelated(full, np.tile(sigma, (players, 1, 1))))
    assert np.abs(by_table - action_utilities(game, sigma)).max() < 1e-12  # Proposition 31
    assert np.abs((by_table * sigma).sum(axis=2) - expected_utilities(game, sigma)).max() < 1e-12


def test_infinitely_many_players_are_the_limit_per_other_player():
    few, many = (ECLBayesianGame(example_35().utilities, correlated_types(0.7), n) for n in (math.inf, 10**9))
    assert np.abs(expected_utilities(few, [0, 1]) - expected_utilities(many, [0, 1]) / (10**9 - 1)).max() < 1e-8


@given(SEEDS, st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_lemma_30_where_own_actions_depend_on_the_own_type_only(seed, players):
    rng = np.random.default_rng(seed)
    game = random_game(rng, players, types=2, actions=3)
    full = table_game(game)
    s = hidden_states(full, rng.dirichlet(np.ones(3), size=(3, 2)), np.full((3,) + (2,) * players, 1 / 3))
    assert dependence_on_others(full, s) < 1e-12
    definition, ten = conditional_utilities(full, s), pairwise_utilities(game, s)
    assert np.abs(definition - ten).max() < 1e-12
    assert np.abs(conditional_utilities(full, s, bayes=True) - ten).max() < 1e-12


@pytest.mark.parametrize("players", [2, 3])
def test_lemma_30_fails_where_actions_tell_the_types_of_others(players):
    """Everyone mostly cooperates if all have type 0 and mostly defects otherwise."""
    game = example_35(players)
    full = table_game(game)
    alone = np.zeros((2,) * players)
    alone[(0,) * players] = 1
    s = hidden_states(
        full, np.array([[[0.9, 0.1]] * 2, [[0.1, 0.9]] * 2]), np.stack([0.01 + 0.98 * alone, 0.99 - 0.98 * alone])
    )
    assert dependence_on_others(full, s) > 0.5
    definition, ten = conditional_utilities(full, s), pairwise_utilities(game, s)
    gap = np.abs(definition - ten).max()
    assert gap < 1e-12 if players == 2 else gap > 0.1  # of two players, the other's type is all that there is to know
    assert np.abs(conditional_utilities(full, s, bayes=True) - definition).max() > 0.1


def test_own_action_of_a_table_by_hand():
    full = table_game(example_35(2))
    s = uncorrelated(full, [[[0.2, 0.8], [1, 0]], [[0.5, 0.5], [0, 1]]])
    assert np.allclose(own_action(full, s, 0)[0, 1], [0.2, 0.8]) and np.allclose(own_action(full, s, 1)[0, 1], [0, 1])


# -- Bayesian Nash equilibria


def test_example_35_has_one_equilibrium_worth_4_5():
    game = example_35(2)
    found = bayesian_nash_equilibria(game)
    assert [p.tolist() for p in found.pure()] == [[1, 1]] and found.number_pure == 1
    assert expected_utilities(game, [1, 1]).tolist() == [4.5, 4.5]
    assert found.gain([0, 1]).tolist() == [1.0, 0.0]


def test_ties_give_all_combinations_and_all_mixtures():
    u = np.zeros((2, 2, 3))
    u[0, 0], u[1, 1], u[0, 1], u[1, 0] = [1, 1, 0], [0, 2, 2], [5, -5, 9], [7, 0, -7]
    game = ECLBayesianGame(u, independent_types([0.3, 0.7]), 4)
    found = bayesian_nash_equilibria(game)
    assert sorted(p.tolist() for p in found.pure()) == [[0, 1], [0, 2], [1, 1], [1, 2]]
    assert found.gain([[0.4, 0.6, 0], [0, 0.5, 0.5]]).max() == 0  # an "only if" of Proposition 36: maximisers may be left out
    assert found.gain([[0.4, 0.5, 0.1], [0, 0.5, 0.5]]).tolist() == [1, 0]


@given(SEEDS, st.integers(2, 3), st.integers(2, 3))
@settings(max_examples=25, deadline=None)
def test_nash_gain_is_that_of_the_table(seed, players, actions):
    rng = np.random.default_rng(seed)
    game = random_game(rng, players, 2, actions)
    full = table_game(game)
    sigma = rng.dirichlet(np.ones(actions), size=(players, 2))  # every player mixes in its own way
    worth = conditional_utilities(full, uncorrelated(full, sigma))
    loss = worth.max(axis=2, keepdims=True) - worth
    assert np.abs(loss - bayesian_nash_equilibria(game).loss).max() < 1e-12


# -- decision procedures


@pytest.mark.parametrize(("share", "players"), [(0.5, 5), (0.1, 21)])
def test_least_players_with_cooperators(share, players):
    assert least_players(with_cooperators(example_35(), share), [0, 0]) == players
    for n in (players - 1, players):
        game = with_cooperators(example_35(n), share)
        gain = gains_of_cooperators(game, [0, 0])
        report = cooperators_equilibrium(game, np.array([0, 0]))
        assert (gain.min() >= -1e-12) == (n == players) == (report.max_gain <= 1e-9)
        if n < players:
            assert report.max_gain == pytest.approx(-gain.min(), abs=1e-9)


def test_least_players_of_example_35_without_others_is_three():
    gains = [gains_from_cooperation(example_35(n), [0, 0]).min() for n in (2, 3, 4)]
    assert gains == [-0.5, 0.0, 0.5]


@given(SEEDS, st.sampled_from([2, 3, 7, math.inf]))
@settings(max_examples=40, deadline=None)
def test_the_prior_without_subtypes_is_equivalent(seed, players):
    rng = np.random.default_rng(seed)
    pair = random_pair(rng, 4)  # subtypes correlated with types in any way
    game = SubtypeGame(rng.normal(size=(2, 2, 3)), prior_of_pairs(pair), players)
    plain, delta = equivalent_game(game)
    assert np.allclose(plain.prior.pair, plain.prior.pair.T)
    alpha, beta = rng.integers(3, size=2), next(bayesian_nash_equilibria(plain).pure())
    gain = gains_of_cooperators(game, alpha)
    change = np.array([[plain.utilities[s, t, alpha[s]] - plain.utilities[s, t, beta[s]] for s in (0, 1)] for t in (0, 1)])
    own, n_others = (0, 1) if math.isinf(players) else (1, players - 1)
    assert np.abs(gain - (own * np.diag(change) + delta * n_others * (plain.prior.beliefs * change).sum(axis=1))).max() < 1e-12
    if math.isinf(players):
        assert np.abs(gain - delta * gains_from_cooperation(plain, alpha)).max() < 1e-12
    # (46)-(47) against equation (9) in the game with four types
    whole = expected_utilities(game.whole, [*alpha, *beta]) - expected_utilities(game.whole, [*beta, *beta])
    assert np.abs(whole[:2] - gain).max() < 1e-12
    report = cooperators_equilibrium(game, alpha)
    assert np.abs(report.payoffs - expected_utilities(game.whole, [*alpha, *beta])[:2]).max() < 1e-12


# -- what is refused, in one line


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: prior_of_pairs([[0.3, 0.3], [0.1, 0.3]]), "prior of pairs: not anonymous, types 0 and 1 have 0.3"),
        (lambda: prior_of_pairs([[0.5, 0.4], [0.4, 0.5]]), "must sum to 1, got 1.8"),
        (lambda: prior_of_pairs([[1.2, -0.1], [-0.1, 0.0]]), "expected probabilities, got -0.1"),
        (lambda: prior_of_pairs([[1.0, 0.0], [0.0, 0.0]]), "type 1 has probability 0"),
        (lambda: prior_of_pairs([[1.0, 0.0]]), "as many rows as columns"),
        (lambda: prior_of_beliefs([[0.9, 0.1], [0.5, 0.5]], [0.5, 0.5]), "not anonymous"),
        (lambda: prior_of_joint([[0.1, 0.4], [0.3, 0.2]]), "exchanging players 0 and 1"),
        (lambda: prior_of_joint([0.5, 0.5]), "at least 2 players"),
        (lambda: independent_types([0.5, 0.6]), "must sum to 1"),
        (lambda: correlated_types(1.5), "expected a probability"),
        (lambda: ECLBayesianGame(np.zeros((2, 3, 2)), correlated_types(0.5), 3), r"expected shape \(2, 2, 'any'\)"),
        (lambda: ECLBayesianGame(np.full((2, 2, 2), np.nan), correlated_types(0.5), 3), "finite numbers"),
        (lambda: ECLBayesianGame(np.zeros((2, 2, 2)), correlated_types(0.5), 1), "players: expected a whole number"),
        (lambda: ECLBayesianGame(np.zeros((2, 2, 2)), correlated_types(0.5), 2.5), "players: expected a whole number"),
        (lambda: expected_utilities(example_35(), [0, 2]), "expected actions 0 to 1"),
        (lambda: expected_utilities(example_35(), [[0.5, 0.6], [1, 0]]), "must sum to 1"),
        (lambda: with_cooperators(example_35(), 1.5), "share of cooperators"),
        (lambda: TableGame(np.zeros((2, 2, 2, 2, 2)), np.array([[0.5, 0.5], [0, 0]])), "player 0 never has type 1"),
        (lambda: joint_table(prior_of_joint(np.full((2, 2), 0.25)), 3), "the joint prior is one of 2 players"),
    ],
)
def test_refused_in_one_line(make, message):
    with pytest.raises(InputError, match=message) as error:
        make()
    assert "\n" not in str(error.value)
