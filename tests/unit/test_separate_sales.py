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


def settle(step_of, start=0.0):
    """The fixed point of a recursion from one of her offers to the next, by repeating it."""
    value = start
    for _ in range(20_000):
        value = step_of(value)
    return value


@pytest.mark.parametrize("d", [0.3, 0.5, 0.72, 0.9])
@pytest.mark.parametrize(("low", "high"), [(2, 10), (1, 3), (2, 2.5)])
@pytest.mark.parametrize("step", [0.0, 0.01, 0.1])
def test_the_bounds_are_fixed_points_of_the_argument(d, low, high, step):
    """Steps 1 to 5 of the module's head, each repeated from stage to stage: nobody's next offer changes any bound."""
    found = separate_sale(example_2(d, 0, low, high), step)
    single = max(0.0, settle(lambda s: low - d * (low - d * s) - step))
    most = settle(lambda m: low - d * (low - d * m - step))
    wait = max(0.0, d * (low - d * most - step))
    assert found.buyer_rest == pytest.approx(wait)
    assert found.seller_rest == pytest.approx(d * d * single)
    limit = min(low - d * (low - d * single), high - d * (high - d * single)) - step  # of a price that sells both
    start = max(0.0, min(2 * limit, settle(lambda b: high + low - d * (high + low - d * b) - 2 * step)))
    assert found.start == pytest.approx(start)

    def price(bound, share):
        return high + share - d * (high + low - d * bound) - step

    for share, seller in ((wait, found.seller), (0.0, found.seller_any_belief)):
        if price(start, share) < d * d * single:
            assert seller == pytest.approx(start)
        else:
            assert seller == pytest.approx(settle(lambda b, share=share: max(start, price(b, share) + d * d * single), start))
            assert share == 0.0 or found.price == pytest.approx(price(seller, share))
    first = high - d * (high - d * most - step)  # the type that buys both pays this and low; the other low, and waits
    assert found.one_type == pytest.approx(((first + low) + (low + d * low - wait)) / 2)
    assert found.margin == pytest.approx(np.diff([2 * low, found.seller])[0])
    assert found.margin_one_type == pytest.approx(np.diff([found.one_type, found.seller])[0])


@pytest.mark.parametrize("d", [0.3, 0.72, 0.9])
@pytest.mark.parametrize("cost", [0, 3])
def test_responses_to_the_deviation(d, cost):
    """What he takes at once he gets at her prices; of the rest he offers next, leaving her d times what she secures after."""
    costs, values = (cost, cost + 8), (cost + 2, cost + 10)
    found = efficiency_gap(four_matchups(d, costs, values), shade=0.01)
    assert found.efficient == 6
    asked = {"low": found.deviation[0] - cost, "high": found.deviation[1] - cost, "gain": found.deviation[2] - costs[1]}
    surplus = {"low": 2.0, "high": 10.0, "gain": 2.0}
    pieces = {
        "the better of each pair": (("high", "gain"), ("low",), 2.0),
        "the better cheap item": (("high",), ("low", "gain"), 4.0),
        "the better dear item": (("gain",), ("low", "high"), 10.0),  # two cheap items: only the better one's surplus
        "nothing": ((), ("low", "high", "gain"), 12.0),
        "both cheap items and the better dear one": (("low", "high", "gain"), (), 0.0),
    }
    for response in found.responses:
        taken, left, screened = pieces[response.taken]
        total, secured = sum(surplus[k] for k in left), screened / (1 + d)
        assert response.buyer == pytest.approx(sum(surplus[k] - asked[k] for k in taken) + d * (total - d * secured))
        assert response.seller == pytest.approx(sum(asked[k] for k in taken) + d * d * secured)
    wait = d * 2 / (1 + d)
    top = 10 + wait - d * (12 - d * 10 / (1 + d))  # 3.'s price in Example 2: he takes the better one rather than nothing
    assert asked["high"] == asked["low"] == pytest.approx(top - 0.01)
    assert asked["gain"] == pytest.approx(2 / (1 + d) - 0.01)


def four_matchups(d, costs, values):
    pairs = list(itertools.product(costs, values))
    return exchange(4, costs, values, prior=matchups(pairs), discount=(d, d))


@pytest.mark.parametrize(("d", "large", "works"), [(0.9, 5.3, False), (0.9, 5.6, True), (0.3, 2.7, False), (0.3, 2.9, True)])
def test_how_far_apart_values_must_be(d, large, works):
    """h > l (1 + d + d^2), and the dear item's cost above the small value by more than its gain."""
    problem = four_matchups(d, (0, large - 0.1), (2, large))
    if works:
        assert efficiency_gap(problem).gain < np.inf
    else:
        with pytest.raises(CannotPlay, match="further apart"):
            efficiency_gap(problem)
    with pytest.raises(CannotPlay, match="further apart"):
        efficiency_gap(four_matchups(0.3, (0, 5.9), (2, 10)))
