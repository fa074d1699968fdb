"""Example 3 (file 004, Section 5.2) and Rubinstein's equilibrium as automata: with gain 0, and what trembles do to them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation import problem as problems
from negotiation.equilibrium import (
    PriceState,
    Trembles,
    check_automaton,
    check_beliefs,
    check_under_bayes,
    example_3_delay,
    examples,
    price_automaton,
    rubinstein_on_grid,
)
from negotiation.equilibrium.automaton_beliefs import constructed
from negotiation.errors import CannotPlay, InputError
from negotiation.protocol import Grid

PRICES = Grid(0, 10, 1)


@given(st.floats(1e-9, 1 / 6))
@settings(max_examples=20, deadline=None)
def test_the_delay_is_a_sequential_equilibrium_without_trembles(e):
    report = check_automaton(example_3_delay(e))
    assert report.largest_gain <= 1e-12 and report.residual <= 1e-9
    assert report.drift <= 1e-12 and not report.deviations
    beliefs = report.beliefs
    for found in (beliefs.on_path, beliefs.off_path, beliefs.outside_prior, beliefs.revived):
        assert found.size <= 1e-12
    assert not beliefs.unreached
    assert report.outcome.mean[1, 9] == pytest.approx(1)  # the buyer's 9 at stage 1, by both types
    np.testing.assert_allclose(report.outcome.payoff[0], [0.8 * 9, 0.8 * 1])
    np.testing.assert_allclose(report.outcome.payoff[1], [0.8 * 1])
    assert check_under_bayes(example_3_delay(e)).largest_gain <= 1e-12


@pytest.mark.parametrize("e", [1 / 6, 1e-2, 1e-4])
@pytest.mark.parametrize("depth", [3, 8, 11])
def test_beliefs_are_limits_of_bayes_beliefs_along_trembles(e, depth):
    far = [d.size for d in check_beliefs(example_3_delay(e), depth).distance]
    assert far[0] > far[1] > far[2]
    assert far[1] < 0.02 * far[0] and far[2] < 0.02 * far[1]  # at least in proportion to e: a hundredth each
    assert far[2] < 1e-5


def test_trembles_that_are_alike_for_both_types_do_not_lead_to_these_beliefs():
    """Footnote 20: the weak type must be arbitrarily more likely to tremble; else the belief stays the prior."""
    delay = example_3_delay(1e-3)
    given_ = constructed(delay, 4)
    even = [[(np.ones_like(scale), np.ones_like(order)) for scale, order in pairs] for pairs in given_]
    far = check_beliefs(delay, 1, Trembles(tuple(even[0]), tuple(even[1]))).distance
    assert far[-1].size == pytest.approx(1 - 1e-3)
    assert "weak, buyer" in far[-1].where


def test_beliefs_that_break_a_rule_are_found():
    delay = example_3_delay(0.1)

    def believing(state, row):
        belief = delay.belief[1].copy()
        belief[delay.names.index(state)] = row
        return replace(delay, belief=(delay.belief[0], belief))

    start = check_beliefs(believing("opening", [0.4, 0.6]))
    assert start.on_path.size == pytest.approx(0.3) and "opening" in start.on_path.where
    stale = check_beliefs(believing("strong, buyer", [0.25, 0.75]))
    assert stale.on_path.size == 0
    assert stale.off_path.size == pytest.approx(0.25) and "strong" in stale.off_path.where
    back = check_beliefs(believing("weak, seller", [0.1, 0.9]))
    assert back.revived.size == pytest.approx(0.9) and "weak, buyer" in back.revived.where
    assert back.distance[-1].size > 0.8  # and no tremble of the constructed sequence leads there
    # states would now say that the strong seller, once it has refused 5, is weak: 0.9 * 0.8 * 5 utils that do not exist
    assert check_automaton(believing("weak, buyer", [0.1, 0.9])).drift == pytest.approx(3.6)


def test_beliefs_must_keep_to_the_prior():
    both = np.array([[0.5, 0.0], [0.0, 0.5]])  # perfectly correlated types
    one = example_3_delay(0.1)
    m = replace(
        one,
        types=((0, 8), (10, 11)),
        prior=both,
        belief=(np.tile(np.eye(2), (7, 1, 1)), np.tile(np.array([[1.0, 0.0], [0.3, 0.7]]), (7, 1, 1))),
        offer=(one.offer[0], np.repeat(one.offer[1], 2, axis=1)),
        accept=(one.accept[0], np.repeat(one.accept[1], 2, axis=2)),
        gain=(one.gain[0], np.repeat(one.gain[1], 2, axis=1)),
    )
    report = check_beliefs(m)
    assert report.outside_prior.size == pytest.approx(0.3) and "Bob of type 11" in report.outside_prior.where


def test_above_a_sixth_the_buyer_would_screen(monkeypatch):
    with pytest.raises(InputError, match="at most 1/6"):
        example_3_delay(0.2)
    monkeypatch.setattr(examples, "MOST_WEAK", 1)
    report = check_automaton(example_3_delay(0.2))
    best = report.deviations[0]
    assert (best.player, best.state, best.action) == (1, "9 for all", 8)
    assert best.gain == pytest.approx(0.2 * 2 + 0.8 * 0.8 - 1)  # 2 from the weak one, 1 a stage later from the strong one


def waiting_value(gamma, belief, d=0.8, rounds=400):
    """What the buyer gets in "weak, buyer" by following the profile, from its description: it offers 5, takes up to 5; a weak
    seller takes 5 and more and asks 5, a strong one takes 9 and more and asks 10."""
    prices = np.arange(11)
    takes = np.where(prices <= 5, 1 - gamma / 2, gamma / 2)
    total = 0.0
    for p, asked, least in ((belief[0], 5, 5), (belief[1], 10, 9)):
        bid = (1 - gamma) * (prices == 5) + gamma / 11
        ask = (1 - gamma) * (prices == asked) + gamma / 11
        sells = np.where(prices >= least, 1 - gamma / 2, gamma / 2)
        v = 0.0
        for _ in range(rounds):
            later = (ask * (takes * (10 - prices) + (1 - takes) * d * v)).sum()
            v = (bid * (sells * (10 - prices) + (1 - sells) * d * later)).sum()
        total += p * v
    return total


@pytest.mark.parametrize(("gamma", "e"), [(0.01, 1e-4), (0.001, 1e-6), (1e-4, 1e-8)])
def test_with_trembles_and_little_uncertainty_the_delay_is_no_equilibrium(gamma, e):
    """Trembles make the price 9 at stage 0 as likely from either type, so the buyer still believes the cost is 8; it would then
    take 9 at once, and does not."""
    delay = example_3_delay(e, gamma)
    stated = check_automaton(delay)
    assert stated.beliefs.on_path.size > 0.9  # "cost 0 for sure" is impossible now
    report = check_under_bayes(delay)
    assert report.error < 1e-5
    place = {(d.state, d.offer): d for d in report.deviations if d.stage == 0}
    for price in (6, 7, 8, 9):
        found = place["opening", price]
        assert found.player == 1 and found.action == "accept"
        np.testing.assert_allclose(found.belief, [e, 1 - e], rtol=1e-9)
        once = (1 - gamma) * (10 - price - 0.8 * waiting_value(gamma, found.belief))  # to accept now, and follow again if not
        assert found.gain >= once - 1e-9
        assert found.gain > 10 - price - 0.2
        assert found.reached == pytest.approx(gamma / 11)
    assert report.largest_gain >= place["opening", 6].gain
    lost = sum(gamma / 11 * place["opening", price].gain for price in (6, 7, 8, 9))
    assert report.overall[1][0] >= lost - 1e-9  # ex ante: what is gained after trembles, times their probability


@given(st.floats(0, 5), st.floats(0.5, 10), st.floats(0.1, 0.95), st.floats(0.1, 0.95), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_rubinsteins_equilibrium_on_a_grid_gains_at_most_a_step(cost, surplus, da, db, steps):
    grid = Grid(0, 20, 20 / steps)
    report = check_automaton(rubinstein_on_grid(cost, cost + surplus, (da, db), grid))
    assert report.largest_gain <= grid.step + 1e-7
    assert report.drift <= 1e-9 and report.beliefs.off_path.size == 0
    assert report.outcome.mean[0].sum() == pytest.approx(1)  # at once
    price = report.automaton.offers[int(report.outcome.mean[0].argmax())]
    exact = cost + (1 - db) / (1 - da * db) * surplus
    assert exact - grid.step - 1e-6 <= price <= exact + 1e-6


def test_known_cost_8_trades_at_once_at_9():
    report = check_automaton(rubinstein_on_grid(8, 10, (0.8, 0.8), PRICES))
    assert report.largest_gain <= 1e-12
    assert report.outcome.mean[0, 9] == pytest.approx(1)


def test_reports_say_what_was_found():
    delay = str(check_automaton(example_3_delay(1e-4)))
    assert "largest gain at an information set: 0 utils" in delay and "0 profitable deviations" in delay
    assert "agreement at stage 1 on 9: probability 1" in delay
    shaken = str(check_under_bayes(example_3_delay(1e-4, 0.01)))
    assert "Bob of type 10, stage 0, state 'opening' after offer 6" in shaken and "accept" in shaken


def test_wrong_states_of_price_bargaining_say_what_is_wrong():
    problem = problems.exchange(1, (0, 8), (10,))
    sure = ((0.5, 0.5), (1.0,))

    def one(**changes):
        state = PriceState("only", 0, sure, (5, 10), lambda p: (p <= 5,), lambda p: "only")
        return price_automaton(problem, PRICES, [replace(state, **changes)])

    assert one().offer[0][0, 0, 5] == 1
    mixed = one(offer=({5: 0.25, 6: 0.75}, 10))
    np.testing.assert_allclose(mixed.offer[0][0, 0, 5:7], [0.25, 0.75])
    for changes, message in [
        ({"offer": (5.5, 10)}, r"offer, state 'only': expected a price of the grid 0 to 10, got 5.5"),
        ({"offer": (5,)}, r"offer, state 'only': expected one for each of 2 types, got 1"),
        ({"after": lambda p: "elsewhere"}, r"next state, state 'only', price 0: expected one of \['only'\], got 'elsewhere'"),
        ({"accept": lambda p: (1, 0)}, r"acceptance of 0, state 'only': expected 1 probabilities"),
        ({"about": ((1.0,), (1.0,))}, r"belief about Alice, state 'only': expected 2 probabilities"),
        ({"proposer": 2}, r"proposer, state 'only': expected 0 \(Alice\) or 1 \(Bob\), got 2"),
    ]:
        with pytest.raises(InputError, match=message):
            one(**changes)
    with pytest.raises(InputError, match="states: expected at least one"):
        price_automaton(problem, PRICES, [])
    with pytest.raises(CannotPlay, match="expected one item with two choices"):
        price_automaton(problems.exchange(2), PRICES, [])
    with pytest.raises(InputError, match="grid: expected prices from at most"):
        rubinstein_on_grid(8, 10, (0.8, 0.8), Grid(0, 5, 1))
