"""The menu protocol of Section 6.1: what its offers and responses settle."""

from dataclasses import replace

import numpy as np
import pytest

from negotiation import exchange, matchups, public_good, task_assignment
from negotiation.equilibrium import game_tree
from negotiation.errors import CannotPlay
from negotiation.play import Session
from negotiation.priors import table
from negotiation.protocol import Grid
from negotiation.table import Offer, Reply
from protocols import Menu
from protocols.conformance import Fair, batch, check_share_demanding, one_row

SELLER, BUYER = [(0, 8), (8, 0)], [(2, 10), (10, 2)]
SECTION_6 = exchange(2, prior=table([(a, b, 0.25) for a in SELLER for b in BUYER]), name="Section 6.1")
EXAMPLE_2 = exchange(2, (0,), prior=table([((0, 0), b, 0.5) for b in BUYER]), name="Example 2")
ALONE, EVERYTHING = np.array([[0, 0]]), np.array([[1, 1]])


def views(alice=(0, 1), bob=(0, 1)):
    return one_row(SECTION_6, Menu(), np.array(alice), np.array(bob))


@pytest.mark.parametrize(("pick", "traded", "paid"), [(ALONE, [1, 0], 7.0), (EVERYTHING, [1, 1], 11.0)])
def test_what_is_picked_is_what_is_traded(pick, traded, paid):
    alice, _ = views()
    settled = Menu().settlement(alice, Offer(np.array([[0]]), np.array([[7.0, 11.0]])), Reply(np.array([[True]]), pick))
    assert settled.x.tolist() == [traded]
    assert settled.transfer.tolist() == [paid]


def test_the_last_item_is_everything():
    """With one item left its two trades are the same, at the price of everything."""
    alice, bob = views()
    for view in (alice, bob):
        view.open = np.array([[False, True]])
    offer = Offer(np.array([[1]]), np.array([[3.0, 9.0]]))
    reply, gain, _ = Menu().best_reply(bob, offer, 0)
    assert gain.tolist() == [[10 - 9]]
    listed, weight = Menu().every_reply(bob, offer)
    assert weight.tolist() == [0.5, 0.5]
    for pick in (reply.pick, listed.pick[1:], ALONE):
        settled = Menu().settlement(alice, offer, Reply(np.array([[True]]), pick))
        assert settled.transfer.tolist() == [9.0]
        assert settled.x[0, 1] == 1
    assert Menu().offer_fault(alice, offer) is None
    assert "still open" in Menu().offer_fault(alice, Offer(np.array([[0]]), offer.p)).allowed


@pytest.mark.parametrize(
    ("bob", "prices", "gain", "pick"),
    [((1, 0), (7, 11), 3, [0, 0]), ((0, 1), (7, 11), 1, [1, 1]), ((1, 0), (9, 11), 1, [0, 0])],  # the last is a tie
)
def test_the_best_reply_takes_the_better_trade(bob, prices, gain, pick):
    _, responder = views(bob=bob)
    reply, gains, surplus = Menu().best_reply(responder, Offer(np.array([[0]]), np.array([prices], dtype=float)), 0)
    assert gains.tolist() == [[gain]]
    assert reply.pick.tolist() == [pick]
    assert surplus is None


@pytest.mark.parametrize(("types", "item"), [((0, 1), 0), ((1, 0), 1)])
def test_demands_offer_ones_own_category(types, item):
    alice, bob = views(alice=types, bob=types)
    demand = np.array([[3.0]])
    hers, his = Menu().write(alice, None, demand), Menu().write(bob, None, demand)
    assert hers.x.tolist() == [[item]]
    assert hers.p.tolist() == [[3.0, 11.0]]  # her cost is 0 for the item, 8 for both
    assert his.x.tolist() == [[1 - item]]  # the buyer's types are (2, 10) and (10, 2)
    assert his.p.tolist() == [[7.0, 9.0]]
    assert Menu().demanded(bob, his).tolist() == [[3.0]]


def test_prices_round_in_the_responders_favour():
    coarse = Menu(grid=Grid(-20, 20, 2))
    alice, bob = one_row(SECTION_6, coarse, np.array([0, 1]), np.array([0, 1]))
    assert coarse.write(alice, None, np.array([[3.0]])).p.tolist() == [[2.0, 10.0]]
    assert coarse.write(bob, None, np.array([[3.0]])).p.tolist() == [[8.0, 10.0]]


def test_what_it_cannot_play():
    with pytest.raises(CannotPlay, match="at least two items"):
        Session(exchange(1), Menu(), (Fair(), Fair()))
    with pytest.raises(CannotPlay, match="a null choice and one other"):
        Session(task_assignment(2), Menu(), (Fair(), Fair()))
    Session(public_good(2), Menu(), (Fair(), Fair()))


def test_every_offer_and_reply_is_listed_once():
    tree = game_tree(SECTION_6, Menu(), grid=(0, 12, 4), horizon=1, tremble=0.1)
    offers, replies = tree.layers
    assert offers.actions == 2 * 4**2
    assert len(np.unique(np.hstack([offers.moves.x, offers.moves.p]), axis=0)) == offers.actions
    assert replies.weight.tolist() == [0.5, 0.25, 0.25]
    alone = replies.per_action(tree.gain[0])[0]  # item 1 alone at 0 or everything at 0, to a seller of costs (0, 8), (8, 0)
    assert alone.tolist() == [[0, 0], [0, -8], [-8, -8]]


def test_trembles_draw_every_offer_and_reply_alike():
    rules = Menu(grid=Grid(0, 12, 6))
    alice, bob = one_row(SECTION_6, rules, np.array([0, 1]), np.array([0, 1]))
    rows, lots = np.zeros(6000, dtype=int), np.random.default_rng(5)
    hit = np.ones((6000, 1), dtype=bool)
    many = alice.at(rows), bob.at(rows)
    offer = rules.tremble_offer(
        many[0], Offer(np.zeros((6000, 1), int), np.zeros((6000, 2))), hit, lambda c: lots.random((6000, c)), 0
    )
    _, counts = np.unique(np.hstack([offer.x, offer.p]), axis=0, return_counts=True)
    assert len(counts) == 2 * 3**2
    assert abs(counts / 6000 - 1 / 18).max() < 5 * np.sqrt(1 / 18 / 6000)
    none = Reply(np.zeros((6000, 1), dtype=bool), np.zeros((6000, 2), dtype=int))
    reply = rules.tremble_reply(many[1], none, hit, lambda c: lots.random((6000, c)), 0)
    whole = (reply.pick == 1).all(axis=1)
    for share, expected in ((reply.accept.mean(), 0.5), ((reply.accept[:, 0] & whole).mean(), 0.25)):
        assert abs(share - expected) < 5 * np.sqrt(0.25 / 6000)


def test_reopening_goes_on_with_the_other_item():
    """Alice's demand gives Bob the first item alone; under reopening the second stays open, for everything that is left."""
    problem = replace(SECTION_6, prior=table([((0, 8), (10, 2), 1.0)]))
    rules = Menu(reopen=True, horizon=3)
    session = Session(problem, rules, (Fair(share=0.2), Fair(share=0.2)))
    done = batch(session, np.array([0]))
    assert np.asarray(done.choices).tolist()[0][0] == 1
    assert done.stages[0, 0] == 0
    once = batch(Session(problem, replace(rules, reopen=False), (Fair(share=0.2), Fair(share=0.2))), np.array([0]))
    assert np.asarray(once.choices).tolist() == [[1, 0]]


def test_the_order_of_items_with_types_of_their_own_does_not_matter():
    for a in SELLER:
        for b in BUYER:
            one, two = (replace(SECTION_6, prior=table([(x, y, 1.0)])) for x, y in ((a, b), (a[::-1], b[::-1])))
            here, there = (batch(Session(p, Menu(horizon=5), (Fair(), Fair())), np.array([0])) for p in (one, two))
            assert np.allclose(here.totals, there.totals, rtol=0, atol=1e-12)
            assert np.asarray(here.choices)[0].tolist() == np.asarray(there.choices)[0, ::-1].tolist()


def test_where_it_has_share_demanding_offers():
    """Where trading everything is efficient for all, as in Example 2; not where it depends on the other, as in Example 1."""
    assert check_share_demanding(EXAMPLE_2, Menu()) > 0
    four = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    assert check_share_demanding(four, Menu()) == 0
    assert check_share_demanding(SECTION_6, Menu()) > 0  # of the surplus of the pair, 4 or 10
