"""The rows marked E: what the paper's examples and theorems say of equilibria, through the public interface."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.theorems import proposition_1, theorem_3
from negotiation import exchange, from_tables, iid, matchups
from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium import (
    check,
    efficiency_gap,
    equilibria,
    example_3_delay,
    game_tree,
    has_share_demanding_offers,
    menu_equilibrium,
    payoff_bounds,
    rubinstein_certificate,
    separate_sale,
)
from negotiation.equilibrium.updating import posterior_bound
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

RUGS = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]), discount=(0.9, 0.9))
TWO = exchange(2, (0,), (2, 10), prior=matchups([(0, 2), (0, 10)]), discount=(0.8, 0.8))


@pytest.mark.parametrize("protocol", [Combinatorial(), ShareDemanding()], ids=lambda p: p.name)
def test_j2_rubinstein_shares_are_certified_in_example_1(protocol):
    found = rubinstein_certificate(RUGS, protocol)
    assert found.largest_gain < 1e-9
    assert np.allclose(found.payoffs, [7.368421, 6.631579], atol=1e-6)


def test_j2_no_efficient_profile_of_item_by_item_play_lasts_in_example_1():
    """Whatever the efficient profile's prices, the proof's deviation gains 6 (1 - d) / (1 + d)."""
    assert efficiency_gap(RUGS).gain == pytest.approx(6 * 0.1 / 1.9, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=3),
    st.floats(0.1, 0.99),
    st.floats(0.1, 0.99),
)
def test_j4_shares_of_any_known_surplus(pairs, alice, bob):
    if not any(b > a for a, b in pairs):
        pairs = [*pairs, (0, 5)]
    values = [sorted({p[i] for p in pairs}) for i in (0, 1)]
    problem = exchange(len(pairs), values[0], values[1], prior=matchups(pairs), discount=(alice, bob))
    surplus = float(sum(max(0, b - a) for a, b in pairs))
    found = rubinstein_certificate(problem, ShareDemanding())
    expected = [(1 - bob) / (1 - alice * bob) * surplus, bob * (1 - alice) / (1 - alice * bob) * surplus]
    assert np.allclose(found.payoffs, expected, rtol=1e-9)
    assert found.largest_gain <= 1e-9 * surplus
    bounds = payoff_bounds(surplus, (alice, bob), horizon=4000)
    assert bounds.lower[0][0] == pytest.approx(expected[0], rel=1e-6)
    assert bounds.upper[0][0] == pytest.approx(expected[0], rel=1e-6)


def test_j5_which_protocols_have_share_demanding_offers():
    for protocol in (Combinatorial(), ShareDemanding()):
        assert has_share_demanding_offers(protocol, RUGS).shortfall <= 1e-9
    found = has_share_demanding_offers(ItemByItem(), TWO, demands=(6,), grid=(0, 12, 1))
    alice = next(share for share in found.missing if share.player == 0)
    assert alice.distance == pytest.approx(1)  # (5, 5) is best, and one short
    assert alice.exact is not None
    assert alice.exact.offer is not None
    assert alice.exact.offer.p.tolist() == [[3, 3]]  # splits it so, but the buyer takes one rug and she gets 3
    assert alice.exact.guarantee == pytest.approx(-3)


@pytest.mark.parametrize("delta", [0.5, 0.8, 0.9])
def test_j7_example_2_never_both_at_once(delta):
    sale = separate_sale(exchange(2, (0,), (2, 10), prior=matchups([(0, 2), (0, 10)]), discount=(delta, delta)))
    assert sale.seller == pytest.approx(10 / (1 + delta))
    assert sale.margin > 0  # more than the 4 that two prices of 2 bring


def test_j8_delay_is_sequential_without_trembles_and_fails_with_them():
    report = check(example_3_delay(0.001))
    assert report.largest_gain < 1e-12
    assert report.outcome is not None
    failing = check(example_3_delay(1e-4, 0.01), beliefs="bayes")
    assert failing.largest_gain > 3.5


def test_j8_immediate_trade_at_9_is_among_the_trembling_equilibria():
    problem = exchange(1, (0, 8), (10,), prior=iid((0.1, 0.9), (1,)), discount=(0.8, 0.8))
    tree = game_tree(problem, ItemByItem(), grid=(0, 10, 1), horizon=3, tremble=0.01)
    found = equilibria(tree, starts=("uniform", 1), ties=("uniform", "refuse"))
    assert all(solution.gain < 1e-6 for solution in found)
    at_nine = [s for s in found if s.outcome.agreements[0].words.startswith("offers trade at 9") and s.outcome.over[0] > 0.99]
    assert at_nine
    assert all(("uniform", "uniform") in s.found_by or s.found_by for s in found)  # each says what selects it


def test_j9_example_4():
    """After one action a type of prior 0.001 has at most 0.001 / 0.01 = 0.1, the other 0.9 (slip: the text shows 0.999)."""
    assert posterior_bound(0.001, 0.01) == pytest.approx(0.1)


def test_j10_proposition_1():
    """Near the Rubinstein price, at once, with probability 1 less trembles; and no trade where there is nothing to gain."""
    table = proposition_1(doubts=(0.01, 0.001), trembles=(0.01,), step=1)
    assert (abs(table["price"] - table["rubinstein_price"]) <= 1).all()
    assert (table["agreed"] > 0.99).all()
    assert (table["gain"] < 0.01).all()
    none = proposition_1(8, 6, doubts=(0.001,), trembles=(0.01,), step=1)
    assert (none["agreed"] < 0.02).all()


def test_j11_theorem_3():
    """Efficiency rises, gains from deviating fall, and inefficiency falls about as n^(-1/2)."""
    table, rate = theorem_3((16, 64, 256))
    assert (np.diff(table["efficiency"]) > 0).all()
    assert (np.diff(table["gain"]) < 0).all()
    assert table["agreed_at_0"].iloc[-1] > 0.97
    assert table[["ratio_alice", "ratio_bob"]].iloc[-1].between(0.97, 1.03).all()
    assert rate.exponent < -0.45


def test_j13_the_menu_protocol_has_an_efficient_equilibrium():
    found = menu_equilibrium()
    assert found.largest_gain < 1e-12
    assert found.payoffs.sum(axis=0) == pytest.approx([7, 7])  # 4 or 10, equally likely: nothing is lost


@pytest.mark.parametrize(("order", "share"), [("alice", 1.0), ("bob", 0.0)])
def test_j14_who_makes_all_offers_takes_all(order, share):
    found = rubinstein_certificate(RUGS, ShareDemanding(order=order))
    assert np.allclose(found.payoffs, [14 * share, 14 * (1 - share)], atol=1e-9)
    assert found.largest_gain < 1e-9


def test_j15_reopening_and_unadditive_utilities():
    for protocol in (Combinatorial(reopen=True), ShareDemanding(reopen=True)):
        found = rubinstein_certificate(RUGS, protocol)
        assert np.allclose(
            found.payoffs, np.array(rubinstein_shares((0.9, 0.9)).offering[0]) * 14 * np.array([1, 0.9]), atol=1e-6
        )


def test_frequency_is_share_demanding_once_phase_2_is_played_well():
    found = has_share_demanding_offers(Frequency(), RUGS)
    assert found.shortfall <= 1e-9
    assert found.condition


def test_unknown_surplus_is_no_matter_for_definition_1():
    with pytest.raises(Exception, match="surplus"):
        has_share_demanding_offers(ShareDemanding(), from_tables([[0, 0], [0, -8]], [[0, 0], [2, 10]]))
