"""Relabelling players or items, and what is dominated, leave what is found as theory says they must."""

import numpy as np
import pytest

from negotiation import exchange, from_tables, iid
from negotiation.equilibrium import check, game_tree
from negotiation.equilibrium.profiles import random
from negotiation.equilibrium.tree_solver import solve_tree
from negotiation.equilibrium.values import evaluate
from protocols import ItemByItem


def mirrored(problem):
    """The same problem with Alice and Bob in each other's place; transfers change sign."""
    prior = iid(problem.prior.bob, problem.prior.alice)
    return from_tables(
        problem.utility[1], problem.utility[0], items=problem.n, prior=prior, choices=problem.choices,
        types=(problem.types[1], problem.types[0]), discount=problem.discount[::-1],
    )  # fmt: skip


@pytest.mark.parametrize("tremble", [0.01, 0.1])
def test_relabelled_players_get_each_others_payoffs(tremble):
    problem = exchange(1, (0, 8), (10,), prior=iid((0.3, 0.7), (1,)), discount=(0.8, 0.7))
    one = solve_tree(game_tree(problem, ItemByItem(order="alice"), grid=(0, 10, 1), horizon=2, tremble=tremble))
    two = solve_tree(game_tree(mirrored(problem), ItemByItem(order="bob"), grid=(-10, 0, 1), horizon=2, tremble=tremble))
    for i in (0, 1):
        assert np.allclose(one.outcome.payoff[i], two.outcome.payoff[1 - i], atol=1e-7)
    assert max(one.gain, two.gain) < 1e-6


def test_relabelled_players_of_any_profile():
    """The same behaviour, mirrored action by action (prices in reverse order), has the same values and gains."""
    problem = exchange(1, (0, 8), (2, 10), discount=(0.8, 0.7))
    tree = game_tree(problem, ItemByItem(order="alice"), grid=(0, 10, 5), horizon=1, tremble=0.1)
    other = game_tree(mirrored(problem), ItemByItem(order="bob"), grid=(-10, 0, 5), horizon=1, tremble=0.1)
    profile = random(tree, np.random.default_rng(3))
    turned = [profile[0][:, ::-1], profile[1][::-1]]
    one, two = check(tree, profile), check(other, turned)
    for i in (0, 1):
        assert np.allclose(one.payoff[i], two.payoff[1 - i], atol=1e-12)
        assert np.allclose(one.anywhere[i], two.anywhere[1 - i], atol=1e-12)


def test_relabelled_items_change_nothing():
    """Two unlike rugs, offered one by one, and the same in the other order: a profile that is a function of items' names."""
    first, second = ((0, 4), (2, 6)), ((0, 8), (2, 10))

    def tables(one, two):
        return [[[0, 0], [-a for a in rug[0]]] for rug in (one, two)], [[[0, 0], list(rug[1])] for rug in (one, two)]

    trees = []
    for pair in ((first, second), (second, first)):
        alice, bob = tables(*pair)
        problem = from_tables(alice, bob, choices=("keep", "trade"))
        trees.append(game_tree(problem, ItemByItem(), grid=(0, 10, 5), horizon=1, tremble=0.1))
    tree, other = trees
    profile = random(tree, np.random.default_rng(5))
    offers, prices = tree.layers[0].actions, 3
    swap = np.arange(offers).reshape(prices, prices).T.ravel()  # the action with the two items' prices exchanged
    places = [[int(np.flatnonzero((t == v[::-1]).all(axis=1))[0]) for v in t] for t in other.types]
    replies = np.array([0, 2, 1, 3])  # nothing, the first, the second, both
    turned = [profile[0][:, swap][:, :, places[0]], profile[1][swap][:, replies][:, :, places[1]]]
    one, two = evaluate(tree, profile), evaluate(other, turned)
    for i in (0, 1):
        assert np.allclose(two.value[i][0], one.value[i][0][places[i]], atol=1e-12)
        assert np.allclose(two.best[i][0], one.best[i][0][places[i]], atol=1e-12)


def test_a_price_above_the_value_changes_nothing_but_trembles():
    """Bob, worth 10, refuses 11 but by trembles; the price is asked by trembles alone, and the likely agreement stays."""
    problem = exchange(1, (0, 8), (10,), prior=iid((0.1, 0.9), (1,)), discount=(0.8, 0.8))
    trees = [game_tree(problem, ItemByItem(), grid=(0, top, 1), horizon=3, tremble=0.01) for top in (10, 11)]
    one, two = (solve_tree(tree, tie="refuse") for tree in trees)
    assert max(one.gain, two.gain) < 1e-6
    assert two.profile[0][0, 11].max() == pytest.approx(0.01 / 12, rel=1e-4)
    assert two.profile[1][11, 1].max() == pytest.approx(0.005, rel=1e-4)
    first, second = one.outcome.agreements[0], two.outcome.agreements[0]
    assert (first.stage, first.words) == (second.stage, second.words)
    assert first.probability == pytest.approx(second.probability, abs=0.01)
