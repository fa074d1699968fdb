"""Negotiation by menus (file 004, Section 6.1): one item alone, or everything.

An offer is a triple (k, p_k, p_all): the item k may be traded alone at the transfer p_k, or everything at p_all, both from
Bob to Alice. Who accepts picks one of the two. It is for exchange and its like: items with a null choice (no trade) and one
other choice, here called trade, two items at least. With reopening, k is an open item and everything is all that is open;
with a single item left the two are the same trade, and p_all counts.

Offer.x[:, 0] holds k, Offer.p[:, 0] and p[:, 1] are p_k and p_all. Reply.pick is the trade for every item if everything is
picked; any other pick is k alone, written as the null choice for every item, whatever k is. Strategies of demands offer alone
the item that they themselves would trade at the best price, their own category in Section 6.1 (the first of several), at
prices that give them the demand either way."""

import itertools
from dataclasses import dataclass

import numpy as np

from negotiation.errors import CannotPlay
from negotiation.protocol import (
    Fault,
    Protocol,
    Settlement,
    check_count,
    finite_grid,
    number_fault,
    shape_fault,
    transfer_fault,
)
from negotiation.registry import register
from negotiation.table import TIE, Bools, Floats, Ints, Offer, Reply, View, sum_items


def trade_of(view: View) -> int:
    """The number of the choice that is not the null one."""
    return int(view.problem.proposals[0])


def pick_of(view: View, whole: Bools) -> Ints:
    """Picks (R, n) of everything, where ``whole`` (R,), or of the item alone."""
    code = np.where(whole, trade_of(view), view.problem.null)
    return np.tile(code[:, None], (1, view.types.shape[1]))


def worths(view: View, item: Ints) -> Floats:
    """What trading the item (R,) alone and trading everything open are worth to the viewer, without transfers, (R, 2) utils."""
    each = view.lookup.worth(view.player, view.cells, np.full(view.types.shape, trade_of(view))) * view.open
    return np.stack([each[np.arange(len(view)), item], sum_items(each)], axis=1)


def one_left(view: View) -> Bools:
    """Where (R,) a single item is open, so that it alone is everything."""
    return np.asarray(np.count_nonzero(view.open, axis=1) == 1)


@register
@dataclass(frozen=True)
class Menu(Protocol):
    """A price for one item alone and a price for everything; who accepts picks one of the two."""

    name = "menu"
    names_items = True

    def check_problem(self, problem):
        if problem.n < 2:
            raise CannotPlay(f"menu: needs at least two items; {problem.name} has one")
        if problem.null < 0 or len(problem.choices) != 2:
            raise CannotPlay(f"menu: needs a null choice and one other for each item; {problem.name} has {problem.choices}")

    def message_size(self, problem):
        """3 numbers: an item and two prices."""
        return 3

    def transfer_range(self, problem):
        """All prices at which a trade gives the proposer from 0 to the largest surplus, whatever its types."""
        most, null = problem.largest_surplus, problem.null
        low, high = np.inf, -np.inf
        for sign, u in zip((1.0, -1.0), problem.utility, strict=True):
            each = np.delete(u, null, axis=1)[problem.classes, 0]  # (n, types)
            own = [each.min(), each.max(), each.min(axis=1).sum(), each.max(axis=1).sum()]
            prices = [sign * (v - w) for v in (0.0, most) for w in own]
            low, high = min(low, *prices), max(high, *prices)
        return float(low), float(high)

    def share_demanding_offer(self, problem, player, types, v):
        """Both trades at prices that give v; there is one where, for some item k, trading k alone or everything is efficient
        against every type of the other that has positive probability."""
        others = problem.prior.given(player, types).types
        own = np.tile(np.asarray(types), (len(others), 1))
        pairs = np.stack([own, others] if player == 0 else [others, own], axis=1)
        both = sum(np.delete(u, problem.null, axis=1)[problem.classes, 0, pairs[:, i]] for i, u in enumerate(problem.utility))
        lost = problem.first_best(pairs)[:, None] - np.maximum(both, both.sum(axis=1, keepdims=True))  # (others, n)
        good = np.flatnonzero(lost.max(axis=0) <= TIE * problem.largest_surplus)
        if not len(good):
            return None
        each = np.delete(problem.utility[player], problem.null, axis=1)[problem.classes, 0, types]
        sign = 1.0 if player == 0 else -1.0
        return Offer(good[:1, None], sign * np.array([[v - each[good[0]], v - each.sum()]]))

    def write(self, view, choice, demand):
        own = view.lookup.worth(view.player, view.cells, np.full(view.types.shape, trade_of(view)))
        item = np.where(view.open, own, -np.inf).argmax(axis=1)
        prices = view.sign * (demand - worths(view, item))
        if view.grid is not None:
            prices = (view.grid.floor if view.player == 0 else view.grid.ceil)(prices)
        return Offer(item[:, None], prices)

    def demanded(self, view, offer):
        """What the trade of k alone gives the proposer."""
        return (worths(view, offer.x[:, 0]) + view.sign * offer.p)[:, :1]

    def best_reply(self, view, offer, phase):
        """Ties: k alone. Two prices show no surplus."""
        gains = worths(view, offer.x[:, 0]) + view.sign * offer.p
        whole = gains[:, 1] > gains[:, 0] + view.situation.slack
        whole |= one_left(view)
        gain = np.where(whole, gains[:, 1], gains[:, 0])[:, None]
        return Reply(np.ones(gain.shape, dtype=bool), pick_of(view, whole)), gain, None

    def tremble_offer(self, view, offer, hit, dice, phase):
        order = np.argsort(~view.open, axis=1, kind="stable")  # open items first
        at = np.floor(dice(1)[:, 0] * np.count_nonzero(view.open, axis=1)).astype(np.intp)
        return Offer(order[np.arange(len(order)), at][:, None], view.grid.draw(dice(2)))

    def tremble_reply(self, view, reply, hit, dice, phase):
        """Reject with 1/2, else k alone or everything with equal chances."""
        lots = dice(2)
        accept = np.where(hit, lots[:, :1] < 0.5, reply.accept)
        return Reply(accept, np.where(hit, pick_of(view, (lots[:, 1] >= 0.5) | one_left(view)), reply.pick))

    def every_offer(self, view, phase=0, accepted=None):
        """All open items with all pairs of prices, p_all varying fastest."""
        grid, opened = finite_grid(view), np.flatnonzero(view.open[0])
        check_count(len(opened) * grid.count**2, "offers")
        rows = np.array(list(itertools.product(opened, grid.points, grid.points)))
        return Offer(rows[:, :1].astype(np.int64), rows[:, 1:])

    def every_reply(self, view, offer, phase=0):
        """Reject, k alone, everything; with one item left no more than reject and everything."""
        whole = np.array([True, True] if one_left(view)[0] else [False, False, True])
        pick, accept = pick_of(view, whole), np.arange(len(whole))[:, None] > 0
        return Reply(accept, pick), np.concatenate([[0.5], np.full(len(pick) - 1, 0.5 / (len(pick) - 1))])

    def offer_fault(self, view, offer):
        return (
            shape_fault(view, offer, 1, 2)
            or number_fault(offer.x, self.n_of(view), "an item number")
            or self._closed(view, offer)
            or transfer_fault(view, offer.p, "two prices")
        )

    def _closed(self, view, offer):
        closed = ~view.open[np.arange(len(view)), offer.x[:, 0]]
        return Fault(closed, "an item that is still open") if closed.any() else None

    def settlement(self, view, offer, reply):
        whole = (reply.pick != view.problem.null).all(axis=1) | one_left(view)
        traded = whole[:, None] | (np.arange(self.n_of(view)) == offer.x)
        x = np.where(traded, trade_of(view), view.problem.null)
        return Settlement(view.open, x, np.where(whole, offer.p[:, 1], offer.p[:, 0]))

    def describe_offer(self, problem, player, offer, phase):
        trade, name = problem.choices[problem.proposals[0]], problem.item_names()[int(offer.x[0, 0])]
        return f"{trade} {name} alone at {offer.p[0, 0]:.6g}, or everything at {offer.p[0, 1]:.6g}"

    def describe_reply(self, problem, reply, phase):
        if not reply.accept[0, 0]:
            return "rejects"
        return "accepts everything" if (reply.pick[0] != problem.null).all() else "accepts the item alone"
