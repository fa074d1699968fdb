"""Definition 1, by witness and by listing all offers and responses (Section 4.4)."""

import itertools

import numpy as np
import pytest

from negotiation import exchange, iid, matchups, task_assignment
from negotiation.equilibrium import has_share_demanding_offers
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import table
from negotiation.protocol import Grid
from protocols import Combinatorial, Frequency, ItemByItem, Menu, ShareDemanding

EXAMPLE_1 = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]), name="Example 1")
EXAMPLE_2 = exchange(2, (0,), prior=table([((0, 0), b, 0.5) for b in [(2, 10), (10, 2)]]), name="Example 2")
CHORES = task_assignment(2, prior=matchups([(1, 1), (0, 1)]), name="two chores")
RICH = [Combinatorial(), Combinatorial(form="table"), ShareDemanding(), Combinatorial(reopen=True), ShareDemanding(reopen=True)]


@pytest.mark.parametrize("problem", [EXAMPLE_1, EXAMPLE_2, CHORES], ids=lambda p: p.name)
@pytest.mark.parametrize("protocol", RICH, ids=str)
def test_rich_protocols_have_them(protocol, problem):
    found = has_share_demanding_offers(protocol, problem, np.linspace(0, problem.surplus.mean, 5))
    assert found
    assert found.shortfall < 1e-9
    assert all(share.listed == 0 for share in found.shares)  # by the protocol's own witness
    assert not found.condition


def test_frequency_has_them_on_a_condition():
    found = has_share_demanding_offers(Frequency(), EXAMPLE_1)
    assert found
    assert "footnote 16" in found.condition
    assert "footnote 16" in str(found)


def test_item_by_item_has_none_and_the_paper_says_why():
    """Example 2: she can demand 6 by a price of 3 on each item, but the buyer then takes one, and she gets 3."""
    found = has_share_demanding_offers(ItemByItem(), EXAMPLE_2, [6.0], grid=(0, 12, 1))
    assert not found
    seller = next(share for share in found.missing if share.player == 0)
    assert seller.exact.offer.p.tolist() == [[3.0, 3.0]]
    assert seller.exact.guarantee == 3 - 6
    assert seller.exact.worst.startswith("accepts ")
    for prices in itertools.product(range(13), repeat=2):  # by hand: no pair of prices is short by less
        subsets = [sum(prices), *prices]
        distance = max(
            min(max(abs(p - 6), abs(worth - p - 6)) for p, worth in zip(subsets, (12, *values), strict=True))
            for values in ((2, 10), (10, 2))
        )
        assert max(6 - min(subsets), distance) >= seller.shortfall
    assert seller.shortfall == 1
    assert seller.listed == 13**2


@pytest.mark.parametrize("options", [{}, {"reopen": True}], ids=str)
def test_item_by_item_has_none_in_example_1(options):
    found = has_share_demanding_offers(ItemByItem(grid=Grid(0, 10, 2), **options), EXAMPLE_1, [7.0])
    assert {share.player for share in found.missing} == {0, 1}
    assert found.shortfall > 1
    assert "no share-demanding offer" in str(found)


@pytest.mark.parametrize(
    ("protocol", "grid"), [(Combinatorial(), (-12, 12, 3)), (ShareDemanding(), (0, 12, 3)), (Frequency(), (0, 12, 3))], ids=str
)
def test_listing_all_offers_finds_what_the_witness_is(protocol, grid):
    """On a grid that holds the demands; of the truthful announcement there is one offer for each."""
    found = has_share_demanding_offers(protocol, EXAMPLE_2, [0.0, 3.0, 12.0], grid=grid)
    assert found
    assert all(share.listed >= 5 for share in found.shares)


def test_a_grid_without_the_demand_has_none():
    found = has_share_demanding_offers(ShareDemanding(), EXAMPLE_2, [5.0], grid=(0, 12, 3))
    assert found.shortfall == pytest.approx(1.0)  # a demand of 6 leaves the other 1 less than its share


def test_menus_have_them_where_two_trades_suffice():
    assert has_share_demanding_offers(Menu(), EXAMPLE_2)
    coarse = Menu(grid=Grid(-16, 32, 4))
    assert not has_share_demanding_offers(coarse, EXAMPLE_1, [8.0])


def test_what_is_refused():
    with pytest.raises(InputError, match=r"known surplus .* is from 0 to 20"):
        has_share_demanding_offers(Combinatorial(), exchange(2, prior=iid()))
    with pytest.raises(InputError, match="from 0 to the surplus 12, got 13"):
        has_share_demanding_offers(Combinatorial(), EXAMPLE_2, [13.0])
    with pytest.raises(CannotPlay, match="offers"):
        has_share_demanding_offers(Combinatorial(form="table"), EXAMPLE_1, grid=(0, 14, 1))
