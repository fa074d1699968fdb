"""Published numbers of Jackson, Sonnenschein and Xing, *A Theory of Efficient Negotiations*."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from agents import RubinsteinDemand
from negotiation import CannotPlay, exchange, iid, matchups, public_good, simulate, task_assignment, whole_decisions
from negotiation import table as table_prior
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding
from protocols.conformance import check_share_demanding

R = RubinsteinDemand()
FOUR = [(0, 2), (0, 10), (8, 2), (8, 10)]
INTEGRATED = [ShareDemanding(), Combinatorial(), Combinatorial(form="table"), Frequency()]


def shares(surplus, da, db):
    """Theorem 1."""
    return (1 - db) / (1 - da * db) * surplus, db * (1 - da) / (1 - da * db) * surplus


@pytest.mark.parametrize("protocol", INTEGRATED, ids=lambda p: f"{p.name} {getattr(p, 'form', '')}")
def test_example_1(protocol):
    """Example 1 with discount 0.9: agreement at stage 0, all the surplus of 14, Rubinstein's shares of it."""
    outcomes = simulate(exchange(prior=matchups(FOUR)), protocol, R, R, negotiations=2000, seed=3)
    assert (outcomes.stage == 0).all()
    np.testing.assert_allclose(outcomes.welfare, 14, rtol=1e-12)
    np.testing.assert_allclose(outcomes.payoffs[0], 7.368421, atol=5e-7)
    np.testing.assert_allclose(outcomes.payoffs[1], 6.631579, atol=5e-7)
    assert outcomes.summary().efficiency.mean == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("protocol", [*INTEGRATED, ShareDemanding(reopen=True), Combinatorial(reopen=True)], ids=str)
@pytest.mark.parametrize("discount", [(0.9, 0.5), (0.3, 0.95), (0.0, 0.6), (0.99, 0.99)])
@pytest.mark.parametrize("pairs", [FOUR, [(0, 10), (0, 10), (8, 2)], [(0, 2), (8, 10)]])
def test_theorems_1_and_2(protocol, discount, pairs):
    """Known surplus: at once, efficient, Rubinstein's shares; reopened negotiation does not change it (Section 4.4)."""
    outcomes = simulate(exchange(prior=matchups(pairs), discount=discount), protocol, R, R, negotiations=200, seed=1)
    surplus = sum(max(0, b - a) for a, b in pairs)
    assert (outcomes.stage == 0).all()
    for i, share in enumerate(shares(surplus, *discount)):
        np.testing.assert_allclose(outcomes.payoffs[i], share, rtol=1e-12, atol=1e-12 * surplus)


def test_example_1_item_by_item_is_not_efficient():
    """Example 1, point 2."""
    outcomes = simulate(exchange(prior=matchups(FOUR)), ItemByItem(), R, R, negotiations=2000, seed=3)
    assert outcomes.summary().efficiency.high < 0.95


@pytest.mark.parametrize("protocol", INTEGRATED, ids=lambda p: f"{p.name} {getattr(p, 'form', '')}")
def test_who_makes_all_offers_takes_all(protocol):
    """Footnote 11."""
    problem = exchange(prior=matchups(FOUR), discount=(0.8, 0.9))
    for order, takes in (("alice", (14, 0)), ("bob", (0, 14))):
        outcomes = simulate(problem, replace(protocol, order=order), R, R, negotiations=100)
        assert (outcomes.stage == 0).all()
        for i in (0, 1):
            np.testing.assert_allclose(outcomes.payoffs[i], takes[i], atol=14e-12)


@pytest.mark.parametrize("recognition", [0.5, 0.2, 1.0])
def test_random_recognition(recognition):
    """Footnote 10: the proposer keeps what the other does not expect of waiting, w = r x + (1 - r) d w, x = 1 - d' w'."""
    da, db = 0.8, 0.9
    wa = wb = 0.5
    for _ in range(3000):  # the two equations, by iteration
        wa, wb = (
            recognition * (1 - db * wb) + (1 - recognition) * da * wa,
            (1 - recognition) * (1 - da * wa) + recognition * db * wb,
        )
    problem = exchange(prior=matchups(FOUR), discount=(da, db))
    rules = ShareDemanding(order="random", recognition=recognition)
    outcomes = simulate(problem, rules, R, R, negotiations=3000, seed=2)
    assert (outcomes.stage == 0).all()
    proposes, answers = 14 * (1 - db * wb), 14 * da * wa
    close = [np.isclose(outcomes.payoffs[0], value, rtol=0, atol=1e-9) for value in (proposes, answers)]
    assert (close[0] | close[1]).all()
    # a binomial count, with an error probability of 1e-6
    assert abs(close[0].mean() - recognition) <= 4.9 * math.sqrt(max(1e-12, recognition * (1 - recognition)) / 3000)


@pytest.mark.parametrize(("parts", "types"), [(2, 2), (3, 3), (5, 2), (8, 3)])
@pytest.mark.parametrize("form", ["additive", "table"])
def test_whole_decisions_with_a_known_surplus(parts, types, form):
    """Section 4.4: utilities that are not additive, surplus known: Theorem 2's outcome in the combinatorial negotiation."""
    rng = np.random.default_rng(parts)
    decisions = 2**parts
    alice = rng.normal(size=(decisions, types))
    alice[0] = 0
    # Bob's type tells which decision is best with each type of Alice: the same types meet, and the best is worth 5 to both.
    best = rng.integers(1, decisions, size=types)
    bob = -alice.max(axis=1, keepdims=True) - rng.uniform(0.1, 2, size=(decisions, types))
    bob[0] = 0
    for theta in range(types):
        bob[best[theta], theta] = 5.0 - alice[best[theta], theta]
    prior = table_prior([((theta,), (theta,), 1 / types) for theta in range(types)])
    kinds = tuple(range(types))
    da, db = 0.9, 0.7
    problem = whole_decisions(parts, ("n", "y"), alice, bob, types=(kinds, kinds), prior=prior, discount=(da, db))
    assert problem.surplus.known
    outcomes = simulate(problem, Combinatorial(form=form), R, R, negotiations=60, seed=1)
    assert (outcomes.stage == 0).all()
    for i, share in enumerate(shares(5.0, da, db)):
        np.testing.assert_allclose(outcomes.payoffs[i], share, rtol=1e-11)


def test_message_sizes():
    """Sections 3.3.2-3.3.4: |X|^n prices, n + 1 numbers, C(n + |Theta| - 1, |Theta| - 1) frequencies."""
    twenty = exchange(items=20)
    assert Combinatorial().message_size(twenty) == 2**20 == 1_048_576
    assert ShareDemanding().message_size(twenty) == 21
    assert Frequency().message_size(twenty) == 21
    for n, kinds in ((20, 3), (7, 4), (1, 5)):
        problem = exchange(items=n, seller_values=range(kinds), buyer_values=range(1, kinds + 1))
        assert Frequency().message_size(problem) == math.comb(n + kinds - 1, kinds - 1)


def test_three_examples_in_one():
    """Section 2.2.3: the surplus in relabelled types h, l is [[10, 2], [2, 0]] in each application."""
    expected = np.array([[10, 2], [2, 0]])
    np.testing.assert_array_equal(exchange().surplus_table[0][np.ix_([0, 1], [1, 0])], expected)
    np.testing.assert_array_equal(public_good().surplus_table[0][np.ix_([1, 0], [1, 0])], expected)
    np.testing.assert_array_equal(task_assignment().surplus_table[0][np.ix_([1, 0], [1, 0])], expected)
    assert exchange().surplus.mean == pytest.approx(3.5, abs=1e-12)  # per item, Section 2.1


def test_many_items():
    """Share-demanding offers are short: n = 100,000 runs; combinatorial ones too in the additive and number forms, n = 1000."""
    big = simulate(exchange(items=100_000), ShareDemanding(), R, R, negotiations=1, seed=1)
    assert big.payoffs.sum() > 0.9 * 3.5 * 100_000
    for form in ("additive", "number"):
        outcomes = simulate(exchange(items=1000), Combinatorial(form=form), R, R, negotiations=4, seed=1)
        assert np.isfinite(outcomes.totals).all()
    assert simulate(exchange(items=1000), Combinatorial(), R, R, negotiations=4, seed=1).payoffs.sum() > 0


def test_price_tables_above_the_limit_are_refused():
    """|X|^n prices explode (Section 3.3.2): at most 2^16 of them."""
    simulate(exchange(items=16, prior=matchups(FOUR)), Combinatorial(form="table"), R, R, negotiations=1)
    with pytest.raises(CannotPlay, match="2\\^17 entries"):
        simulate(exchange(items=17), Combinatorial(form="table"), R, R, negotiations=1)


SIZES = (1, 4, 16, 64, 256, 1024)


def efficiencies(protocol, sizes=SIZES):
    return [simulate(exchange(items=n), protocol, R, R, negotiations=1000, seed=7).summary().efficiency for n in sizes]


@pytest.mark.parametrize("protocol", [ShareDemanding(), Frequency()], ids=lambda p: p.name)
def test_many_independent_items_approach_efficiency(protocol):
    """Theorem 3 for the frequency protocol, and its like for share-demanding: efficiency rises from n = 64 on."""
    found = efficiencies(protocol, SIZES[SIZES.index(64) :])
    for one, other in itertools.pairwise(found):  # by more than the half-width of the difference's 95% interval
        assert other.mean - one.mean > math.hypot(one.high - one.mean, other.high - other.mean)
    assert found[-1].low > 0.9


def test_item_by_item_does_not_gain_from_numbers():
    """Section 2.3: the selection problem of every item remains."""
    found = efficiencies(ItemByItem())
    for one, other in itertools.pairwise(found):  # five intervals at once, error probability 0.001 in all
        assert other.mean - one.mean < 1.9 * math.hypot(one.high - one.mean, other.high - other.mean)
    assert found[-1].high < 0.9


@pytest.mark.parametrize("protocol", [Combinatorial(), Combinatorial(form="table"), ShareDemanding(), Frequency()], ids=str)
def test_share_demanding_offers(protocol):
    """Definition 1, both conditions, against every response and every type, where the surplus is known and where it is not."""
    for problem in (exchange(prior=matchups(FOUR)), exchange(items=3), public_good(items=2), task_assignment(items=2)):
        assert check_share_demanding(problem, protocol) > 10


def test_share_demanding_prices_by_number():
    """By number there is a share-demanding offer where one's value of a set depends on its size alone, and else none."""
    number = Combinatorial(form="number")
    same = exchange(items=3, seller_values=(4,), buyer_values=(2, 10))
    assert check_share_demanding(same, number) > 0
    assert number.share_demanding_offer(exchange(items=2), 0, np.array([0, 1]), 1.0) is None


def test_item_by_item_has_no_share_demanding_offer():
    """Section 4.4's argument: a price of 3 on each item demands 6, but the buyer takes the better item alone and leaves 3."""
    problem = exchange(items=2, seller_values=(0,), buyer_values=(2, 10), prior=iid((1.0,), (0.5, 0.5)))
    assert ItemByItem().share_demanding_offer(problem, 0, np.array([0, 0]), 6.0) is None
    # By brute force over price pairs: no offer gives at least 6 after every acceptance and 6 at the efficient one.
    prices = np.linspace(0, 10, 41)
    for p in prices:
        for q in prices:
            payoffs = {(True, False): p, (False, True): q, (True, True): p + q}
            assert min(payoffs.values()) < 6 or payoffs[True, True] != 6
