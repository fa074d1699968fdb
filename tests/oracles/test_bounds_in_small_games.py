"""Payoff bounds and Lemma 1 against solved games with private types and trembles (Example 3's game, tests/small_game.py)."""

import math

import numpy as np
import pytest
from small_game import SmallGame

from negotiation.equilibrium import payoff_bounds, posterior_bound
from negotiation.equilibrium.bounds import UPPER
from negotiation.equilibrium.updating import trembling_tails

FINE, COARSE = np.linspace(0, 10, 21), np.linspace(0, 10, 11)
# costs (the typical one last), probability of the other, prices, discount factors, tremble, stages
UNLIKELY = [
    ((0, 8), e, prices, discount, tremble, stages)
    for prices, stages, e in ((COARSE, 3, 1e-6), (COARSE, 2, 1e-2), (FINE, 2, 1e-2), (FINE, 2, 1e-12))
    for discount in ((0.8, 0.8), (0.9, 0.6))
    for tremble in (0.01, 0.11)
]


def solved(costs, prior, prices, discount, tremble, stages):
    """(seller's values, buyer's, posteriors) by stage and history, at an equilibrium: no deviation gains 1e-9."""
    seller, buyer, weights, gain = SmallGame(costs, prior, 10, prices, discount, tremble, stages).solve(4000, 1e-10)
    assert gain <= 1e-9, gain
    return seller, buyer, [w / w.sum(axis=1, keepdims=True) for w in weights]


@pytest.mark.parametrize(("costs", "e", "prices", "discount", "tremble", "stages"), UNLIKELY)
def test_unlikely_type(costs, e, prices, discount, tremble, stages):
    """A cost of 0 has probability e: Lemma 1's tails hold at every history, and so do the bounds of both kinds."""
    seller, buyer, beliefs = solved(costs, (e, 1 - e), prices, discount, tremble, stages)
    tails = trembling_tails([math.log(e), -np.inf], [math.log(len(prices))] * 2, tremble, stages)
    game = {"horizon": stages, "step": prices[1] - prices[0], "tremble": tremble, "tails": tails}
    game |= {"lowest": (-8, 0), "highest": (10, 10)}
    for upper in UPPER:
        bounds = payoff_bounds(2, discount, upper=upper, **game)
        for t in range(stages):
            belief = beliefs[t]
            assert np.all(belief[:, 0] <= tails[t, 0] + 1e-12)
            bought = (belief * buyer[t]).sum(axis=1)
            sold = seller[t][:, 1] if upper == "each type" else (belief * seller[t]).sum(axis=1)
            assert np.all(seller[t][:, 1] >= bounds.lower[t, 0] - 1e-9)
            assert np.all(sold <= bounds.upper[t, 0] + 1e-9)
            assert np.all(bought >= bounds.lower[t, 1] - 1e-9)
            assert np.all(bought <= bounds.upper[t, 1] + 1e-9)


@pytest.mark.parametrize("costs", [(6.5, 7, 7.5), (7.2, 7.6), (5.3, 6.1), (7.3, 7.9)])
@pytest.mark.parametrize("tremble", [0.01, 0.05])
@pytest.mark.parametrize("discount", [(0.8, 0.8), (0.6, 0.9)])
def test_surplus_known_up_to_a_distance(costs, tremble, discount):
    """Equally likely costs close to each other: all types are typical. (Costs on the grid next to one that is not, such as
    7.5 and 8, make players mix, and this solver does not get there.)"""
    n = len(costs)
    seller, buyer, beliefs = solved(costs, np.full(n, 1 / n), COARSE, discount, tremble, 2)
    surplus = 10 - np.array(costs)
    centre, distance = (surplus.max() + surplus.min()) / 2, np.ptp(surplus) / 2
    high = (10 - min(costs), 10)
    game = {"horizon": 2, "step": 1, "distance": distance, "tremble": tremble}
    game |= {"lowest": (-max(costs), 0), "highest": high}
    for upper in UPPER:
        bounds = payoff_bounds(centre, discount, upper=upper, **game)
        for t in range(2):
            sold = seller[t] if upper == "each type" else (beliefs[t] * seller[t]).sum(axis=1)
            bought = (beliefs[t] * buyer[t]).sum(axis=1)
            assert np.all(seller[t] >= bounds.lower[t, 0] - 1e-9) and np.all(sold <= bounds.upper[t, 0] + 1e-9)
            assert np.all(bought >= bounds.lower[t, 1] - 1e-9) and np.all(bought <= bounds.upper[t, 1] + 1e-9)


@pytest.mark.parametrize("upper", UPPER)
@pytest.mark.parametrize(
    ("costs", "prior", "most"),
    [((12, 8.03), (0.2, 0.8), 0.3), ((0.01, 8.03), (0.3, 0.7), 2), ((7.04, 8.03), (0.5, 0.5), 0.3)],
)
def test_bounds_bite(costs, prior, most, upper):
    """The last offer, by an impatient buyer, at every history's own posterior: here the bounds leave little room, so atypical
    costs (too high to trade, or very low) and the distance between typical ones all count."""
    prices, tremble = np.linspace(0, 10, 41), 0.02
    seller, buyer, beliefs = solved(costs, prior, prices, (0.0, 0.0), tremble, 2)
    typical = abs(costs[1] - costs[0]) < 2
    centre = 10 - (np.mean(costs) if typical else costs[1])
    distance = np.ptp(costs) / 2 if typical else 0.0
    rooms = []
    for sold, bought, belief in zip(seller[1], buyer[1], beliefs[1], strict=True):
        bounds = payoff_bounds(
            centre,
            (0, 0),
            order="bob",
            horizon=1,
            step=prices[1] - prices[0],
            distance=distance,
            tremble=tremble,
            tails=(0.0 if typical else belief[0], 0.0),
            lowest=(-max(costs), 0),
            highest=(10, 10),
            upper=upper,
        )
        mean = belief @ bought
        assert bounds.lower[0, 1] - 1e-9 <= mean <= bounds.upper[0, 1] + 1e-9
        assert np.all(sold[0 if typical else 1 :] >= bounds.lower[0, 0] - 1e-9)
        rooms.append(mean - bounds.lower[0, 1])
    assert min(rooms) < most


@pytest.mark.parametrize("upper", UPPER)
def test_the_better_of_typical_types(upper):
    """A seller's only offer to an impatient buyer: nearly all of her surplus, S + distance at cost 7.04, is hers."""
    costs = np.array([7.04, 8.03])
    seller, _, beliefs = solved(tuple(costs), (0.5, 0.5), np.linspace(0, 10, 101), (0, 0), 0.02, 1)
    bounds = payoff_bounds(
        10 - costs.mean(), (0, 0), horizon=1, step=0.1, distance=np.ptp(costs) / 2, tremble=0.02, lowest=(-8.03, 0),
        highest=(2.96, 10), upper=upper,
    )  # fmt: skip
    best = seller[0][0].max() if upper == "each type" else float(beliefs[0][0] @ seller[0][0])
    assert bounds.upper[0, 0] - np.ptp(costs) < best <= bounds.upper[0, 0]
    assert bounds.lower[0, 0] <= seller[0][0].min()


def test_lemma_1_in_play():
    """One action of the seller's, from prior to posterior, in an equilibrium where her types part."""
    tremble, e = 0.11, 0.3
    game = SmallGame((0, 8), (e, 1 - e), 10, COARSE, (0.8, 0.8), tremble, 2)
    game.offer[0] = np.zeros((1, 11, 2))
    game.offer[0][0, [2, 9], [0, 1]] = 1  # the most telling strategy: types choose different prices
    posterior = game.weights()[1]
    posterior /= posterior.sum(axis=1, keepdims=True)
    least = tremble / len(COARSE)
    assert posterior[:, 0].max() <= posterior_bound(e, least, sharp=True) <= posterior_bound(e, least)
    assert posterior[:, 0].max() > 0.97
