"""Rubinstein's shares of a known surplus, certified (Theorems 1 and 2; Example 1, point 3; footnote 11; Section 4.4)."""

import itertools

import numpy as np
import pytest

from negotiation import exchange, from_tables, iid, matchups, task_assignment, whole_decisions
from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium import rubinstein_certificate
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import table
from protocols import Combinatorial, Frequency, ItemByItem, Menu, ShareDemanding

FOUR = [(0, 2), (0, 10), (8, 2), (8, 10)]


def example_1(discount=(0.9, 0.9)):
    return exchange(prior=matchups(FOUR), discount=discount, name="Example 1")


@pytest.mark.parametrize("protocol", [Combinatorial(), Combinatorial(form="table"), ShareDemanding(), Frequency()], ids=str)
def test_example_1(protocol):
    found = rubinstein_certificate(example_1(), protocol)
    assert found.largest_gain < 1e-12
    assert found.payoffs == pytest.approx([7.368421, 6.631579], abs=5e-7)
    assert found.surplus == 14
    assert ("footnote 16" in str(found)) == (protocol.name == "frequency")


@pytest.mark.parametrize("player", [0, 1])
def test_no_price_table_earns_more(player):
    """Example 1 against the responder of the profile: random tables, and the profile's own with prices moved."""
    problem, draw = example_1((0.9, 0.8)), np.random.default_rng(7)
    found = rubinstein_certificate(problem, Combinatorial(form="table"))
    every = np.array(list(itertools.product((0, 1), repeat=4)))
    own = np.array([0, 0, 1, 1])
    sign = 1 if player == 0 else -1
    worth = [problem.utility[i][0, 1] for i in (0, 1)]
    mine = every @ worth[player][own]
    truthful = sign * (found.offering[player] - mine)  # the share-demanding table
    tables = np.concatenate([
        truthful[None],
        truthful + draw.normal(scale=3, size=(4000, 16)) * (draw.random((4000, 16)) < 0.3),
        draw.uniform(-10, 30, size=(4000, 16)),
    ])  # fmt: skip
    earned = np.zeros(len(tables))
    others = problem.prior.given(player, own).types
    waiting = rubinstein_shares(problem.discount).waiting[player] * found.surplus
    for other in others:
        gains = every @ worth[1 - player][other] - sign * tables
        pick = gains.argmax(axis=1)
        paid = mine[pick] + sign * tables[np.arange(len(tables)), pick]
        accepted = gains.max(axis=1) >= found.answering[1 - player] - 1e-9
        earned += np.where(accepted, paid, waiting) / len(others)
    assert earned[0] == pytest.approx(found.offering[player])
    assert earned.max() <= found.offering[player] + 1e-8
    assert (earned[1:] > waiting + 0.1).any()  # some are taken by some types


@pytest.mark.parametrize("seed", range(6))
def test_random_problems_with_a_known_surplus(seed):
    """Any prior whose support has one surplus (Theorems 1, 2)."""
    draw = np.random.default_rng(seed)
    pairs = [FOUR[int(k)] for k in draw.integers(4, size=int(draw.integers(2, 5)))] + [(0, 10)]
    discount = tuple(draw.uniform(0, 0.99, 2))
    problem = exchange(prior=matchups(pairs), discount=discount)
    for protocol in (Combinatorial(), ShareDemanding(), ShareDemanding(order="random", recognition=0.3)):
        found = rubinstein_certificate(problem, protocol)
        assert found.largest_gain < 1e-9
        assert found.payoffs.sum() == pytest.approx(problem.surplus.mean)
    a, b = discount
    alternating = rubinstein_certificate(problem, Combinatorial())
    assert alternating.payoffs == pytest.approx(problem.surplus.mean * np.array([1 - b, b * (1 - a)]) / (1 - a * b))


@pytest.mark.parametrize(("order", "payoffs"), [("alice", [14, 0]), ("bob", [0, 14])])
def test_who_makes_all_offers_takes_everything(order, payoffs):
    found = rubinstein_certificate(example_1(), Combinatorial(order=order))
    assert found.payoffs == pytest.approx(payoffs)
    assert found.largest_gain < 1e-12


def test_reopening_and_its_assumption():
    found = rubinstein_certificate(example_1(), Combinatorial(reopen=True))
    assert found.payoffs == pytest.approx([7.368421, 6.631579], abs=5e-7)
    assert found.largest_gain < 1e-12
    assert any("agreement on a part" in line for line in found.assumes)
    with pytest.raises(CannotPlay, match="equal discount factors"):
        rubinstein_certificate(example_1((0.9, 0.8)), Combinatorial(reopen=True))


def test_two_prices_are_enough_in_example_2():
    """Where item-by-item is never efficient, a menu of one item and both has share-demanding offers, so Theorem 2 applies."""
    rows = [((0, 0), values, 0.5) for values in ((2, 10), (10, 2))]
    found = rubinstein_certificate(exchange(2, (0,), prior=table(rows)), Menu())
    assert found.largest_gain < 1e-12
    assert found.payoffs == pytest.approx([12 / 1.9, 12 * 0.9 / 1.9])


def test_utilities_over_whole_decisions():
    """Two goods that Bob values only together or only apart, the seller's costs a matter of which she values."""
    alice = {"first": {"yes no": -1, "no yes": -4, "yes yes": -5}, "second": {"yes no": -4, "no yes": -1, "yes yes": -5}}
    bob = {"both": {"yes no": 1, "no yes": 1, "yes yes": 8}, "one": {"yes no": 4, "no yes": 4, "yes yes": 4}}

    def utility(of):
        return lambda x, theta: of[theta].get(" ".join(x), 0)

    problem = whole_decisions(
        2, ("no", "yes"), utility(alice), utility(bob), types=(tuple(alice), tuple(bob)), prior=iid((0.3, 0.7), (0.6, 0.4))
    )
    assert problem.surplus.known
    found = rubinstein_certificate(problem, Combinatorial())
    assert found.surplus == 3
    assert found.largest_gain < 1e-12


def test_chores_and_a_table_of_types():
    chores = task_assignment(prior=matchups([(1, 1), (0, 1)]))
    assert rubinstein_certificate(chores, ShareDemanding()).largest_gain < 1e-12
    one = from_tables(
        [[0, 0], [-1, -3]], [[0, 0], [4, 6]], types=((1, 3), (4, 6)), prior=table([((1,), (4,), 0.5), ((3,), (6,), 0.5)])
    )
    assert rubinstein_certificate(one, Combinatorial()).surplus == 3


def test_what_it_refuses():
    with pytest.raises(CannotPlay, match=r"item-by-item has no share-demanding offers: worst: .* is short by"):
        rubinstein_certificate(exchange(2, (0,), prior=table([((0, 0), (2, 10), 0.5), ((0, 0), (10, 2), 0.5)])), ItemByItem())
    with pytest.raises(InputError, match="known surplus"):
        rubinstein_certificate(exchange(2), Combinatorial())
