"""The efficient equilibrium of Section 6.1 (menus): verified by its own bounds, by a fine grid of deviations, and on a tree."""

from dataclasses import replace

import numpy as np
import pytest

from negotiation import exchange, matchups
from negotiation.equilibrium import check, game_tree, menu_assessment, menu_equilibrium, menu_problem
from negotiation.equilibrium.menus import _proposing
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import table
from negotiation.protocol import Grid
from protocols import ItemByItem, Menu

DISCOUNTS = [(0.9, 0.9), (0.5, 0.8), (0.0, 0.5), (0.99, 0.3)]


@pytest.mark.parametrize("discount", DISCOUNTS)
def test_no_gain_anywhere_and_nothing_lost(discount):
    found = menu_equilibrium(menu_problem(discount))
    assert found.largest_gain < 1e-12
    assert np.abs(found.lost).max() < 1e-12
    assert found.surplus.tolist() == [[10, 4], [4, 10]]
    a, b = discount
    share = (1 - b) / (1 - a * b)  # Rubinstein's
    assert np.allclose(found.offering[0], share * found.surplus)
    assert np.allclose(found.answering[1], (1 - share) * found.surplus)
    assert np.allclose(found.payoffs, [[7 * share] * 2, [7 * (1 - share)] * 2])


@pytest.mark.parametrize("player", [0, 1])
@pytest.mark.parametrize("belief", [(0.5, 0.5), (1.0, 0.0), (0.0, 1.0)])
def test_no_offer_of_a_fine_grid_does_better(player, belief):
    """Whatever is named at whatever prices, with the best play from then on."""
    found = menu_equilibrium()
    prices = np.stack(np.meshgrid(*[np.linspace(-5, 15, 401)] * 2, indexing="ij"), axis=-1)
    for k in (0, 1):
        value = found.offering[player, k] @ belief
        assert found.value_of(player, k, k, found.menus[player, k], np.array(belief)) == pytest.approx(value)
        for item in (0, 1):
            earned = found.value_of(player, k, item, prices, np.array(belief))
            assert earned.max() <= value + 1e-12
            assert earned.max() > 0


@pytest.mark.parametrize("prices", [(5, 5), (3, 11)])
def test_the_search_would_find_a_gain(prices):
    """Against a responder who wants less than the profile's, better offers exist, and the fine grid finds them."""
    found = menu_equilibrium()
    meek = replace(found, reserve=found.reserve * 0.5)
    grid = np.stack(np.meshgrid(*[np.linspace(-5, 15, 201)] * 2, indexing="ij"), axis=-1)
    assert meek.value_of(0, 0, 0, grid, np.array([0.5, 0.5])).max() > found.offering[0, 0].mean() + 1
    assert meek.value_of(0, 0, 0, np.array(prices, dtype=float), np.array([0.5, 0.5])) < found.offering[0, 0].mean()


def test_where_a_lie_pays_the_gain_says_so():
    """A seller of costs (0, 4) who claims the costs (8, 0) sells everything to the buyer of (10, 3) for a surplus of 9,
    where he expects to share 5: she gains 9 - 5 q - 10 (1 - q), q his share."""
    rows = [(a, b, 0.25) for a in ((0, 4), (8, 0)) for b in ((10, 3), (3, 10))]
    found = menu_equilibrium(exchange(2, (0, 4, 8), (3, 10), prior=table(rows)))
    q, sure = 0.9 / 1.9, np.array([1.0, 0.0])
    assert found.surplus.tolist() == [[10, 9], [5, 10]]
    assert found.gain_offer[0, 0, 0] == pytest.approx(5 * q - 1)
    prices = np.stack(np.meshgrid(*[np.linspace(0, 20, 401)] * 2, indexing="ij"), axis=-1)
    gain = found.value_of(0, 0, 1, prices, sure).max() - found.offering[0, 0, 0]
    assert 5 * q - 1 - 0.05 <= gain <= found.gain_offer[0, 0, 0]


@pytest.mark.parametrize("discount", DISCOUNTS)
@pytest.mark.parametrize("step", [1, 0.5, 0.1])
def test_on_a_grid_it_is_exact_and_near(discount, step):
    found, exact = menu_equilibrium(menu_problem(discount), Grid(-10, 30, step)), menu_equilibrium(menu_problem(discount))
    assert found.largest_gain < 1e-9
    assert np.abs(found.lost).max() < 1e-9
    away = np.abs(found.menus - exact.menus).max()
    assert away <= step * (1 + max(discount)) / (1 - discount[0] * discount[1]) + 1e-9  # a step's rounding at every stage


def test_the_tree_agrees():
    """Two offers with every price from 0 to 10. Alice is so impatient that what would follow is worth nothing to her."""
    discount, grid = (1e-11, 0.5), Grid(0, 10, 1)
    found = menu_equilibrium(menu_problem(discount), grid)
    tree = game_tree(menu_problem(discount), Menu(), grid=grid, horizon=2)
    profile, about = menu_assessment(tree, found)
    report = check(tree, profile, about)
    assert report.largest_gain < 1e-8
    assert report.bayes_on_path == 0
    assert report.impossible == 0
    assert np.allclose(report.payoff[0], found.payoffs[0])
    assert np.allclose(report.payoff[1], found.payoffs[1])
    spoilt = [profile[0][:, ::-1], *profile[1:]]
    assert check(tree, spoilt, about).largest_gain > 0.5


def test_a_tree_of_other_menus_is_refused():
    found = menu_equilibrium()
    with pytest.raises(InputError, match="not on the tree's grid"):
        menu_assessment(game_tree(menu_problem(), Menu(), grid=(0, 12, 6), horizon=1), found)
    with pytest.raises(InputError, match="menu protocol"):
        menu_assessment(game_tree(menu_problem(), ItemByItem(), grid=(0, 12, 6), horizon=1), found)
    rows = [(a, b, 0.25) for a in ((0, 8), (8, 0)) for b in ((1, 10), (10, 1))]
    other = exchange(2, (0, 8), (1, 10), prior=table(rows))
    with pytest.raises(InputError, match="different problems"):
        menu_assessment(game_tree(other, Menu(), grid=(0, 12, 6), horizon=1), found)


def test_what_it_cannot_take():
    with pytest.raises(CannotPlay, match="two items"):
        menu_equilibrium(exchange(3))
    with pytest.raises(CannotPlay, match="one type of each category for Alice"):
        menu_equilibrium(exchange(2))
    with pytest.raises(CannotPlay, match="category"):
        menu_equilibrium(exchange(prior=matchups([(0, 2), (0, 10)])))


@pytest.mark.parametrize("player", [0, 1])
def test_where_no_price_of_the_grid_is_accepted_nothing_is_earned(player):
    """Sellers who can only ask for 50 or more, buyers who can only offer -50 or less."""
    found = menu_equilibrium()
    grid = Grid(50.0, 60.0, 1.0) if player == 0 else Grid(-60.0, -50.0, 1.0)
    _, best = _proposing(replace(found, grid=grid))
    assert (best[player] == -np.inf).all()
    _, free = _proposing(replace(found, grid=Grid(-60.0, 60.0, 1.0)))
    assert (free[player] > -np.inf).all()
