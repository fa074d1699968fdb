"""Item-by-item negotiation is not efficient: the bounds of Example 2 and the deviation of Example 1."""

import itertools

import numpy as np
import pytest

from negotiation import exchange, iid, matchups
from negotiation.equilibrium import efficiency_gap, separate_sale
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import table

DISCOUNTS = [0.0, 0.3, 0.5, 0.72, 0.9, 0.99]


def example_1(d=0.9, pairs=((0, 2), (0, 10), (8, 2), (8, 10))):
    return exchange(prior=matchups(pairs), discount=(d, d), name="Example 1")


def example_2(d=0.9, cost=0, low=2, high=10):
    rows = [((cost, cost), values, 0.5) for values in ((low, high), (high, low))]
    return exchange(2, (cost,), (low, high), prior=table(rows), discount=(d, d), name="Example 2")


@pytest.mark.parametrize("d", DISCOUNTS)
def test_example_2(d):
    """The seller secures 10/(1 + d); both items at once earn her 4 at most."""
    found = separate_sale(example_2(d))
    assert found.seller == pytest.approx(10 / (1 + d))
    assert found.at_once == 4
    assert found.margin == pytest.approx(10 / (1 + d) - 4)
    assert found.one_type == pytest.approx((7 + 2 * d - 3 * d * d) / (1 + d))
    assert min(found.margin, found.margin_one_type) > 0


@pytest.mark.parametrize("d", DISCOUNTS)
def test_the_papers_price(d):
    """10 - Q + 2 d/(1 + d) = d (12 - d L), and L = Q + 2 d^2/(1 + d) (proof of Example 2)."""
    found = separate_sale(example_2(d))
    assert 10 - found.price + 2 * d / (1 + d) == pytest.approx(d * (12 - d * found.seller))
    assert found.seller == pytest.approx(found.price + 2 * d * d / (1 + d))
    assert found.price > 2 or d > 0.999  # above what the other item is worth
    assert found.start <= found.seller


@pytest.mark.parametrize("d", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("step", [0.01, 0.1])
def test_less_the_grid(d, step):
    fine, found = separate_sale(example_2(d)), separate_sale(example_2(d), step)
    assert found.seller == pytest.approx(max(found.start, 10 / (1 + d) - step / ((1 - d) * (1 - d * d))))
    assert found.seller < fine.seller
    assert found.one_type >= fine.one_type


def test_without_the_belief_the_bound_holds_for_impatient_players_only():
    assert separate_sale(example_2(0.72)).seller_any_belief > 4
    assert separate_sale(example_2(0.9)).seller_any_belief == pytest.approx(4 / 1.9)
    assert all(separate_sale(example_2(d)).seller_any_belief <= separate_sale(example_2(d)).seller for d in DISCOUNTS)


@pytest.mark.parametrize("d", [0.5, 0.9])
def test_costs_and_units_do_not_matter(d):
    found, dearer = separate_sale(example_2(d)), separate_sale(example_2(d, cost=3, low=7, high=23))
    assert dearer.seller == pytest.approx(2 * found.seller)
    assert dearer.at_once == 2 * found.at_once


@pytest.mark.parametrize("d", DISCOUNTS)
def test_example_1_at_the_most_she_can_ask(d):
    found = efficiency_gap(example_1(d), shade=1e-4)
    assert found.efficient == 6
    assert found.supremum == pytest.approx(12 / (1 + d))
    assert found.gain == pytest.approx(12 / (1 + d) - 6 - 2e-4)
    assert found.gain > 0
    values = [response.buyer for response in found.responses]
    assert values[0] == max(values)
    assert min(values[0] - v for v in values[1:]) > 1e-5  # he strictly prefers the better of each pair


def test_every_efficient_profile_is_upset():
    draw = np.random.default_rng(2)
    least = efficiency_gap(example_1()).gain
    for _ in range(200):
        prices = (*draw.uniform(-5, 2, 2), *draw.uniform(2, 10, 2))
        found = efficiency_gap(example_1(), prices)
        assert found.gain >= least
        assert found.gain - least == pytest.approx(6 - found.efficient)


def test_the_payoffs_are_those_of_the_game():
    """In each of the 24 states: what the buyer gets at once by each response, and what she gets if all is efficient."""
    problem, prices = example_1(), (1.0, 1.5, 9.0, 8.5)
    found = efficiency_gap(problem, prices)
    wait = 0.9 * 2 / 1.9
    now = {"the better of each pair": found.responses[0].buyer - wait, "both": found.responses[-1].buyer}
    sold = []
    types = problem.prior.support().types
    for alice, bob in types:
        cost, value = np.array([0, 8])[alice], np.array([2, 10])[bob]
        asked, order = np.empty(4), np.argsort(cost, kind="stable")
        asked[order] = found.deviation
        gains = value - asked
        best = [int(np.flatnonzero((cost == c) & (value == 10))[0]) for c in (0, 8)]
        assert gains[best].sum() == pytest.approx(now["the better of each pair"])
        assert gains[cost == 0].sum() + gains[best[1]] == pytest.approx(now["both"])
        subsets = [sum(gains[list(s)]) for r in range(5) for s in itertools.combinations(range(4), r)]
        assert max(subsets) == pytest.approx(gains[best].sum())  # the best at once, and he keeps the other cheap item for later
        asked[order] = prices
        traded = (cost == 0) | ((cost == 8) & (value == 10))
        sold.append((asked - cost)[traded].sum())
    assert np.mean(sold) == pytest.approx(found.efficient)


def test_what_is_refused():
    with pytest.raises(InputError, match=r"prices\[1\]: in an efficient profile it is from -inf to 2, got 3"):
        efficiency_gap(example_1(), (2, 3, 9, 9))
    with pytest.raises(InputError, match="equal discount factors"):
        efficiency_gap(exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]), discount=(0.9, 0.8)))
    for problem in (exchange(2, prior=iid()), example_2(), example_1(pairs=((0, 2), (0, 2), (8, 2), (8, 10)))):
        with pytest.raises(CannotPlay):
            efficiency_gap(problem)
    for problem in (example_1(), exchange(2), example_2(cost=5)):
        with pytest.raises(CannotPlay):
            separate_sale(problem)
    with pytest.raises(CannotPlay, match="further apart"):
        efficiency_gap(exchange(4, (0, 8), (6, 10), prior=matchups([(0, 6), (0, 10), (8, 6), (8, 10)])))
