"""Payoff bounds against solved games: backward induction on a price grid with trembles, written here on its own."""

import itertools

import numpy as np
import pytest

from agents import RubinsteinDemand
from negotiation import InputError, exchange, matchups, simulate
from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium import payoff_bounds
from negotiation.equilibrium.bounds import PARTS, UPPER
from protocols import Combinatorial, ShareDemanding

ORDERS = ("alternating", "alice", "bob", "random")


def solve(cost, value, prices, discount, tremble, stages, order="alternating", tie="accept"):
    """Values (stages + 1, 2) of the finite game of complete information with trembles, nothing after the last stage. ``tie``:
    what a responder does who does not mind, and which of equally good offers is made (first or last)."""
    gains = np.array([prices - cost, value - prices])
    worth = np.zeros((stages + 1, 2))
    for t in reversed(range(stages)):
        chances = {"alternating": (1 - t % 2, t % 2), "alice": (1, 0), "bob": (0, 1), "random": (0.3, 0.7)}[order]
        wait = np.array(discount) * worth[t + 1]
        worth[t] = sum(chances[i] * one_stage(i, gains, wait, tremble, tie) for i in (0, 1) if chances[i])
    return worth


def one_stage(i, gains, wait, tremble, tie):
    """What both expect when i proposes and a rejection is worth ``wait``."""
    j = 1 - i
    willing = gains[j] >= wait[j] if tie == "accept" else gains[j] > wait[j]
    accept = np.where(willing, 1 - tremble / 2, tremble / 2)
    each = accept * gains + (1 - accept) * wait[:, None]
    best = each[i].argmax() if tie == "accept" else each.shape[1] - 1 - each[i][::-1].argmax()
    return (1 - tremble) * each[:, best] + tremble * each.mean(axis=1)


def bounds_of(cost, value, prices, discount, tremble, horizon, order="alternating", **more):
    return payoff_bounds(
        value - cost,
        discount,
        order=order,
        recognition=0.3,
        horizon=horizon,
        step=prices[1] - prices[0],
        tremble=tremble,
        lowest=(min(0, prices[0] - cost), min(0, value - prices[-1])),
        highest=(prices[-1] - cost, value - prices[0]),
        **more,
    )


GAMES = [
    (cost, value, np.linspace(low, high, points), discount, tremble)
    for (cost, value), (low, high) in [((0, 10), (0, 10)), ((8, 10), (0, 10)), ((3.3, 7.1), (-2, 12))]
    for points in (11, 101, 1001)
    for discount in [(0.9, 0.9), (0.8, 0.95), (0.95, 0.3), (0.5, 0.0)]
    for tremble in (0.0, 0.001, 0.01, 0.11, 0.5)
    if low + (high - low) / (points - 1) <= high
]


@pytest.mark.parametrize("upper", UPPER)
@pytest.mark.parametrize("order", ORDERS)
def test_equilibrium_payoffs_lie_within(order, upper):
    """At every stage with as many left as the recursion has, for all ties, grids, discount factors and trembles."""
    horizon, stages = 30, 50
    for (cost, value, prices, discount, tremble), tie in itertools.product(GAMES, ("accept", "reject")):
        if prices[0] > cost or prices[-1] < value:
            continue
        bounds = bounds_of(cost, value, prices, discount, tremble, horizon, order, upper=upper)
        worth = solve(cost, value, prices, discount, tremble, stages, order, tie)
        for start in range(0, stages - horizon + 1, 2):
            inside = worth[start : start + horizon]
            where = (cost, value, len(prices), discount, tremble, tie)
            assert np.all(inside >= bounds.lower[:-1] - 1e-9), where
            assert np.all(inside <= bounds.upper[:-1] + 1e-9), where


@pytest.mark.parametrize("discount", [(0.9, 0.9), (0.8, 0.95)])
def test_bounds_close_on_the_solved_game(discount):
    """As grid and trembles vanish, the bounds are tight: their width falls in proportion to the trembles."""
    widths = []
    for tremble, points in [(0.01, 1001), (0.001, 10_001), (0.0001, 100_001)]:
        prices = np.linspace(0, 10, points)
        bounds = bounds_of(0, 10, prices, discount, tremble, None)
        worth = solve(0, 10, prices, discount, tremble, 100)[0]
        assert np.all((bounds.lower[0] <= worth) & (worth <= bounds.upper[0]))
        widths.append(bounds.width.max())
    assert np.allclose(np.divide(widths[:-1], widths[1:]), 10, rtol=0.3)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("upper", UPPER)
@pytest.mark.parametrize("discount", [(0.9, 0.9), (0.9, 0.5), (0.0, 0.7), (0.3, 0.98)])
def test_known_surplus_collapses_to_rubinsteins_share(order, upper, discount):
    """Theorem 2 and footnote 11."""
    bounds = payoff_bounds(14, discount, order=order, recognition=0.3, upper=upper)
    share = 14 * rubinstein_shares(discount, order, 0.3).expected
    np.testing.assert_allclose(bounds.lower[0], share, atol=14e-11)
    np.testing.assert_allclose(bounds.upper[0], share, atol=14e-11)
    if order in ("alice", "bob"):
        assert share.max() == pytest.approx(14)


def test_example_1():
    bounds = payoff_bounds(14, (0.9, 0.9))
    np.testing.assert_allclose(bounds.lower[0], [7.368421, 6.631579], atol=5e-7)
    np.testing.assert_allclose(bounds.upper[0], [7.368421, 6.631579], atol=5e-7)


def test_bounds_are_told_in_a_few_lines():
    told = str(payoff_bounds(14, (0.9, 0.9), tremble=0.001))
    assert "Alice: from 7.3" in told
    assert "trembles 0." in told
    assert "premise:" in told
    assert len(told) < 600


@pytest.mark.parametrize("horizon", [5, 20, 41])
def test_truncation_error_is_geometric(horizon):
    """Two stages shrink the distance to the fixed point by the product of the discount factors."""
    short, longer = (payoff_bounds(1, (0.9, 0.8), horizon=h).width for h in (horizon, horizon + 2))
    np.testing.assert_allclose(longer, 0.72 * short, rtol=1e-9)


@pytest.mark.parametrize("protocol", [ShareDemanding(), Combinatorial()], ids=lambda p: p.name)
@pytest.mark.parametrize("discount", [(0.9, 0.9), (0.6, 0.8)])
def test_two_types_with_known_surplus(protocol, discount):
    """Private types, known surplus: what the Rubinstein profile earns in play lies within the bounds."""
    problem = exchange(prior=matchups([(0, 2), (8, 10)]), discount=discount)
    outcomes = simulate(problem, protocol, RubinsteinDemand(), RubinsteinDemand(), negotiations=200, seed=1)
    bounds = payoff_bounds(problem.surplus.mean, discount)
    for k in (0, 1):
        assert np.all(outcomes.payoffs[k] >= bounds.lower[0, k] - 1e-8)
        assert np.all(outcomes.payoffs[k] <= bounds.upper[0, k] + 1e-8)


@pytest.mark.parametrize("upper", UPPER)
def test_errors_add_up_and_are_monotone(upper):
    base = {
        "step": 0.01,
        "distance": 0.02,
        "tremble": 0.001,
        "tails": (1e-5, 2e-5),
        "upper": upper,
        "largest": 3.0,
        "highest": (3.0, 3.0),
    }
    bounds = payoff_bounds(2.0, (0.9, 0.85), **base)
    assert tuple(bounds.errors) == PARTS
    total = sum(bounds.errors.values())
    np.testing.assert_allclose(bounds.rubinstein - total[:, 0], bounds.lower[0], atol=1e-12)
    np.testing.assert_allclose(bounds.rubinstein + total[:, 1], bounds.upper[0], atol=1e-12)
    assert all((error >= -1e-12).all() for error in bounds.errors.values())
    for name, worse in [("step", 0.02), ("distance", 0.04), ("tremble", 0.002), ("tails", (2e-5, 2e-5))]:
        looser = payoff_bounds(2.0, (0.9, 0.85), **{**base, name: worse})
        assert np.all(looser.width > bounds.width), name


@pytest.mark.parametrize("upper", UPPER)
def test_units_and_names_do_not_matter(upper):
    """Scaling utilities scales the bounds; exchanging the players exchanges them."""

    def compute(scale, swap):
        flip = (lambda pair: pair[::-1]) if swap else (lambda pair: pair)
        return payoff_bounds(
            2.0 * scale,
            flip((0.9, 0.7)),
            order="bob" if swap else "alice",
            step=0.01 * scale,
            distance=0.02 * scale,
            tremble=0.002,
            tails=flip((1e-4, 0.0)),
            lowest=flip((-1.0 * scale, 0.0)),
            highest=flip((3.0 * scale, 4.0 * scale)),
            upper=upper,
        )

    plain = compute(1, False)
    np.testing.assert_allclose(compute(7.5, False).upper, 7.5 * plain.upper, atol=1e-9)
    np.testing.assert_allclose(compute(7.5, False).lower, 7.5 * plain.lower, atol=1e-9)
    np.testing.assert_allclose(compute(1, True).upper[:, ::-1], plain.upper, atol=1e-12)
    np.testing.assert_allclose(compute(1, True).lower[:, ::-1], plain.lower, atol=1e-12)


@pytest.mark.parametrize(
    "bad",
    [{"surplus": 0}, {"discount": (1, 0.5)}, {"tremble": 1.5}, {"step": -1}, {"tails": (2, 0)}, {"upper": "both"},
     {"order": "first"}, {"highest": (0.5, 2)}, {"lowest": (0.1, 0)}, {"tails": np.zeros((3, 2)), "horizon": 4}],
)  # fmt: skip
def test_bad_input(bad):
    given = {"surplus": 1.0, "discount": (0.9, 0.9), **bad}
    with pytest.raises(InputError):
        payoff_bounds(given.pop("surplus"), given.pop("discount"), **given)
