"""Combinatorial negotiation (file 004, Section 3.3.2): a transfer for every joint choice.

An offer is a map p: X^n -> R, the transfer from Bob to Alice for each joint choice; who accepts picks x and p(x) is paid. With
reopening, p prices the joint choices of the items still open. The proposer writes the map in the form it likes (one form for
all rows of a batch):

- "additive": p(x) = constant + sum_k a_k(x_k): Offer.p[:, 0] is the constant and p[:, 1 + k |X| + x] is a_k(x). Every offer of
  the share-demanding protocol is of this form (footnote 15);
- "number": p depends on how many items are not left at the null choice: p[:, c] for c = 0..n;
- "table": every joint choice has its own price, p[:, index] with item 0 the most significant digit of the index in base |X|;
  refused above 2^16 entries.

Offer.x[:, 0] holds the form's number; Reply.pick[:, k] the choice for item k. The finite grid of offers that trembles draw
from: every price from the transfer grid in the "number" and "table" forms; in the additive form the constant from the grid and
a_k = -+u_i(., theta) for a type theta of the proposer, drawn uniformly for each item. A trembling proposer keeps its form."""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import CannotPlay, InputError
from negotiation.problem import Problem
from negotiation.protocol import (
    Fault,
    Protocol,
    Settlement,
    check_count,
    every_row,
    finite_grid,
    number_fault,
    shape_fault,
    transfer_fault,
)
from negotiation.registry import register
from negotiation.table import Floats, Ints, Offer, Reply, View, look, sum_items

ADDITIVE, NUMBER, TABLE = range(3)
FORMS = ("additive", "number", "table")
TABLE_LIMIT = 2**16


@lru_cache(maxsize=8)
def decisions(n: int, choices: int) -> NDArray[np.int32]:
    """All joint choices (|X|^n, n) in lexicographic order, item 0 the most significant."""
    return np.array(list(itertools.product(range(choices), repeat=n)), dtype=np.int32).reshape(-1, n)


def form_of(offer: Offer) -> int:
    """The form of a batch of offers."""
    return int(offer.x[0, 0])


def parts_of(view: View, offer: Offer) -> Floats:
    """The item prices (n, |X|, R) of additive offers."""
    return offer.p.T[1:].reshape(view.types.shape[1], view.lookup.choices, len(offer.p))


def values_of(view: View, player: int, cells: Ints) -> Floats:
    """u_player of every choice, (n, |X|, R), utils."""
    return np.stack([look(column, cells).T for column in view.lookup.columns[player]], axis=1)


def price(view: View, offer: Offer, pick: Ints) -> Floats:
    """p(x) (R,) for joint choices (R, n) of the open items."""
    form, null = form_of(offer), view.problem.null
    if form == ADDITIVE:
        rows, n = pick.shape
        at = np.add(pick.T, np.arange(n)[:, None] * view.lookup.choices, dtype=np.intp)
        at *= rows
        at += np.arange(rows)
        paid = parts_of(view, offer).ravel().take(at, mode="clip").T
        return np.asarray(offer.p[:, 0] + sum_items(paid if view.all_open else paid * view.open))
    if form == NUMBER:
        at = (view.open & (pick != null)).sum(axis=1)
    else:
        at = np.zeros(len(pick), dtype=np.intp)
        for k in range(pick.shape[1]):
            at = at * view.lookup.choices + np.where(view.open[:, k], pick[:, k], null)
    return np.asarray(offer.p[np.arange(len(pick)), at])


def same_price(view: View, offer: Offer, choice: int) -> Floats:
    """The price (R,) of the same choice for every item."""
    if form_of(offer) != ADDITIVE:
        return price(view, offer, np.full(view.types.shape, choice))
    paid = parts_of(view, offer)[:, choice].T
    return np.asarray(offer.p[:, 0] + sum_items(paid if view.all_open else paid * view.open))


def own_total(view: View, pick: Ints) -> Floats:
    """What joint choices (R, n) are worth to the viewer over the open items, utils (R,)."""
    worth = view.lookup.worth(view.player, view.cells, pick)
    return sum_items(worth if view.all_open else worth * view.open)


def pick_additive(view: View, offer: Offer) -> Ints:
    """The best choice of each item at additive prices, lowest index first."""
    values = view.sign * parts_of(view, offer)
    values += values_of(view, view.player, view.cells)
    slack = view.situation.slack / len(values)
    best, pick = values[:, 0], np.zeros((len(values), len(view)), dtype=view.lookup.number)
    for x in range(1, values.shape[1]):
        better = values[:, x] > best + slack
        if x < values.shape[1] - 1:
            best = np.where(better, values[:, x], best)
        pick += (x - pick) * better
    return pick.T


def pick_number(view: View, offer: Offer) -> Ints:
    """The best number of items, and for each number the items with the largest gains over the null choice; ties: the lowest."""
    null, slack = view.problem.null, view.situation.slack
    values = view.lookup.utility[view.player][view.cells].copy()
    values[:, :, null] = -np.inf
    close = values >= values.max(axis=2, keepdims=True) - slack / values.shape[1]
    favourite = close.argmax(axis=2)
    gains = np.where(view.open, values.max(axis=2), -np.inf)
    order = np.argsort(-gains, axis=1, kind="stable")
    totals = np.cumsum(np.take_along_axis(gains, order, axis=1), axis=1)
    worth = np.concatenate([np.zeros((len(totals), 1)), totals], axis=1) + view.sign * offer.p
    count = (worth >= worth.max(axis=1, keepdims=True) - slack).argmax(axis=1)
    chosen = np.zeros(gains.shape, dtype=bool)
    np.put_along_axis(chosen, order, np.arange(gains.shape[1]) < count[:, None], axis=1)
    return np.where(chosen, favourite, null)


def pick_table(view: View, offer: Offer) -> Ints:
    """The best of all joint choices, first in lexicographic order; items that are decided stay at the null choice."""
    n, m = view.types.shape[1], view.lookup.choices
    every = decisions(n, m)
    totals = np.zeros((len(view), 1))
    for k in range(n):
        worth = view.lookup.utility[view.player][view.cells[:, k]]
        if not view.all_open:  # other choices of a decided item cannot be picked
            closed = np.where(np.arange(m) == view.problem.null, 0.0, -np.inf)
            worth = np.where(view.open[:, k, None], worth, closed)
        totals = (totals[:, :, None] + worth[:, None, :]).reshape(len(view), -1)
    values = totals + view.sign * offer.p
    at = (values >= values.max(axis=1, keepdims=True) - view.situation.slack).argmax(axis=1)
    return np.asarray(every[at])


@register
@dataclass(frozen=True)
class Combinatorial(Protocol):
    """A price for every joint choice; who accepts picks one.

    ``form`` is the form in which strategies of demands write their offers (any strategy may write any form itself)."""

    form: str = "additive"

    name = "combinatorial"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.form not in FORMS:
            raise InputError(f"form: expected one of {', '.join(FORMS)}, got {self.form!r}")

    def check_problem(self, problem):
        m, n = len(problem.choices), problem.n
        if self.form == "table" and m**n > TABLE_LIMIT:
            raise CannotPlay(
                f"combinatorial: a full price table for {n} items has {m}^{n} entries, more than {TABLE_LIMIT}; "
                "use the additive or the number form"
            )
        if self.form == "number" and problem.null < 0:
            raise CannotPlay(f"combinatorial: prices by number need a null choice; {problem.name} has none")

    def message_size(self, problem):
        """|X|^n prices (2^20 = 1,048,576 for 20 rugs), whatever form they are written in."""
        return int(len(problem.choices) ** problem.n)

    def written_size(self, problem: Problem) -> int:
        """The numbers that the protocol's form takes: 1 + n |X|, n + 1 or |X|^n."""
        m, n = len(problem.choices), problem.n
        return {"additive": 1 + n * m, "number": n + 1, "table": m**n}[self.form]

    def transfer_range(self, problem):
        """All prices of share-demanding offers: -+(v - own value of a joint choice) for demands v up to the largest surplus."""
        most = problem.largest_surplus
        alice, bob = ([u[c] for c in problem.classes] for u in problem.utility)
        low = min(-sum(u.max() for u in alice), sum(u.min() for u in bob) - most)
        high = max(most - sum(u.min() for u in alice), sum(u.max() for u in bob))
        return float(low), float(high)

    def share_demanding_offer(self, problem, player, types, v):
        """In the protocol's form. By number there is one only where one's own value of a set depends on its size alone."""
        sign = 1.0 if player == 0 else -1.0
        values = problem.utility[player][problem.classes, :, np.asarray(types)]  # (n, choices)
        if self.form == "additive":
            return Offer(np.array([[ADDITIVE]]), np.concatenate([[sign * v], (-sign * values).ravel()])[None])
        if self.form == "table":
            every = decisions(problem.n, len(problem.choices))
            totals = values[np.arange(problem.n), every].sum(axis=1)
            return Offer(np.array([[TABLE]]), sign * (v - totals)[None])
        each = np.unique(np.delete(values, problem.null, axis=1))
        if len(each) > 1:
            return None
        return Offer(np.array([[NUMBER]]), sign * (v - each[0] * np.arange(problem.n + 1))[None])

    def write(self, view, choice, demand):
        sign, grid = view.sign, view.grid
        snap = (lambda p: p) if grid is None else (grid.floor if view.player == 0 else grid.ceil)
        form = FORMS.index(self.form)
        rows, n, m = len(view), self.n_of(view), view.lookup.choices
        if form == ADDITIVE:
            prices = np.empty((1 + n * m, rows))
            prices[0] = snap(sign * demand)[:, 0]
            np.multiply(values_of(view, view.player, view.cells).reshape(n * m, rows), -sign, out=prices[1:])
            return Offer(np.full((rows, 1), form), prices.T)
        values = view.lookup.utility[view.player][view.cells]  # (R, n, choices)
        if form == NUMBER:  # the lowest prices that give at least the demand whichever items are picked
            least = np.where(view.open, np.delete(values, view.problem.null, axis=2).min(axis=2), np.inf)
            least = np.sort(least, axis=1)
            worst = np.cumsum(np.where(np.isfinite(least), least, 0.0), axis=1)
            worst = np.concatenate([np.zeros((rows, 1)), worst], axis=1)
            return Offer(np.full((rows, 1), form), snap(sign * (demand - worst)))
        totals = np.zeros((rows, 1))
        for k in range(n):
            worth = values[:, k] * view.open[:, k, None]
            totals = (totals[:, :, None] + worth[:, None, :]).reshape(rows, -1)
        return Offer(np.full((rows, 1), form), snap(sign * (demand - totals)))

    def demanded(self, view, offer):
        """What the prices give the proposer at the null choice (the first where there is none): the same at every choice in a
        share-demanding offer."""
        held = np.full(view.types.shape, max(view.problem.null, 0))
        return (own_total(view, held) + view.sign * price(view, offer, held))[:, None]

    def best_reply(self, view, offer, phase):
        """The surplus is read off the prices: share-demanding ones give the proposer the same at every choice, and nothing but
        the transfer at the null one. Prices by number show none: they seldom can be share-demanding."""
        pick = (pick_additive, pick_number, pick_table)[form_of(offer)](view, offer)
        gain = own_total(view, pick) + view.sign * price(view, offer, pick)
        reply = Reply(np.ones((len(gain), 1), dtype=bool), pick)
        if view.problem.null < 0 or form_of(offer) == NUMBER:
            return reply, gain[:, None], None
        given = -view.sign * same_price(view, offer, view.problem.null)
        return reply, gain[:, None], (gain + given)[:, None]

    def tremble_offer(self, view, offer, hit, dice, phase):
        grid = view.grid
        if form_of(offer) != ADDITIVE:
            return Offer(offer.x, grid.draw(dice(offer.p.shape[1])))
        types = (dice(self.n_of(view)) * view.lookup.sizes[view.player]).astype(np.intp)
        values = values_of(view, view.player, view.lookup.cells(view.player, types))
        return Offer(offer.x, np.concatenate([grid.draw(dice(1)).T, -view.sign * values.reshape(-1, len(view))]).T)

    def every_offer(self, view, phase=0, accepted=None):
        """Additive: the constants of the grid with a type for each item, constants varying fastest. Otherwise all prices."""
        grid, n, m = finite_grid(view), self.n_of(view), view.lookup.choices
        if self.form != "additive":
            entries = self.written_size(view.problem)
            check_count(grid.count**entries, "offers")
            prices = np.array(list(itertools.product(grid.points, repeat=entries)))
            return Offer(np.full((len(prices), 1), FORMS.index(self.form)), prices)
        size = view.lookup.sizes[view.player]
        check_count(size**n * grid.count, "offers")
        types = np.array(list(itertools.product(range(size), repeat=n)), dtype=np.int64)
        parts = -view.sign * view.lookup.utility[view.player][view.lookup.cells(view.player, types)]
        prices = np.repeat(parts.reshape(-1, n * m), grid.count, axis=0)
        return Offer(np.full((len(prices), 1), ADDITIVE), np.column_stack([np.tile(grid.points, len(types)), prices]))

    def offer_fault(self, view, offer):
        rows, n, m = len(view), self.n_of(view), view.lookup.choices
        if np.shape(offer.x) != (rows, 1) or np.ndim(offer.p) != 2:
            return every_row(view, f"a form number x of shape {(rows, 1)} and a row of prices p for each negotiation")
        fault = number_fault(offer.x, len(FORMS), "a form number")
        form = form_of(offer)
        if fault or (offer.x != form).any():
            return fault or Fault(offer.x[:, 0] != form, "one form for all negotiations of a batch")
        if form == NUMBER and view.problem.null < 0:
            return every_row(view, "another form than number, which needs a null choice")
        if form == TABLE and m**n > TABLE_LIMIT:
            return every_row(view, f"a price table of at most {TABLE_LIMIT} entries; this one would have {m}^{n}")
        fault = shape_fault(view, offer, 1, (1 + n * m, n + 1, m**n)[form])
        if fault or form != ADDITIVE:
            return fault or transfer_fault(view, offer.p, "prices")
        if not np.isfinite(offer.p).all():
            return Fault(~np.isfinite(offer.p).all(axis=1), "prices that are finite")
        return transfer_fault(view, offer.p[:, :1], "a constant")

    def settlement(self, view, offer, reply):
        return Settlement(view.open, reply.pick, price(view, offer, reply.pick))

    def describe_offer(self, problem, player, offer, phase):
        form, m, prices = FORMS[form_of(offer)], len(problem.choices), offer.p[0]
        if form == "number":
            shown = ", ".join(f"{c}: {p:.4g}" for c, p in enumerate(prices[:13]))
            return f"prices by number of items: {shown}" + (", ..." if problem.n > 12 else "")
        if form == "table":
            shown = ", ".join(f"{p:.4g}" for p in prices[:16])
            return f"a price for each of {len(prices)} joint choices: {shown}" + (", ..." if len(prices) > 16 else "")
        names = problem.item_names()
        parts = prices[1:].reshape(problem.n, m)
        base = max(problem.null, 0)
        said = [
            f"{names[k]}" + (f" {problem.choices[x]}" if m > 2 else "") + f" {parts[k, x] - parts[k, base]:+.4g}"
            for k in range(problem.n)
            for x in range(m)
            if x != base
        ]
        constant = prices[0] + parts[:, base].sum()
        return f"price {constant:.6g} plus " + ", ".join(said[:12]) + (", ..." if len(said) > 12 else "")
