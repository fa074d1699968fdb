"""The negotiating table: the state of a batch of negotiations, what a player sees of it, and what an agreement does to it.

An item k agreed at stage t on the choice x adds d_i^t u_i(x, theta_ik) to each payoff; a transfer p adds d_a^t p to Alice's and
takes d_b^t p from Bob's. With S the first best of the item, ua and ub its current utilities, the loss is

    wrong or missed = S - (ua + ub)        (missed where x is the null choice; S itself where nothing was agreed)
    delay           = (1 - da^t) ua + (1 - db^t) ub
    transfer        = (db^t - da^t) p      (the wedge of unequal discounting; it may be negative)

and first best - payoffs = wrong + missed + delay + transfer.   Source: file 004, Section 3.2, rearranged.

Arrays have the batch axis first: R rows, one for each negotiation; n items; U units, the things offered and answered for
themselves: the items in item-by-item negotiation, a single unit elsewhere."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.problem import Problem
from negotiation.streams import draws

if TYPE_CHECKING:
    from negotiation.strategy import Situation

Floats = NDArray[np.float64]
Ints = NDArray[Any]
Bools = NDArray[np.bool_]

# Rows of Table.totals, in time-0 utils (TRANSFER: the sum of transfers, undiscounted).
PAY_ALICE, PAY_BOB, FIRST_BEST, WRONG, MISSED, DELAY, WEDGE, TRANSFER = range(8)
# Accept when the offer is at least the continuation within TIE of the surplus scale; equal choices take the lowest index.
TIE = 1e-9
# What a player can learn from during the negotiation: an offer heard, one's own offer refused.
HEARD, REFUSED = "heard", "refused"


class Offer(NamedTuple):
    """Offers, a row each: integers ``x`` (R, any) and transfers or demands ``p`` (R, any); each protocol says what it writes
    where."""

    x: Ints
    p: Floats

    def at(self, rows: Any) -> "Offer":
        return Offer(self.x[rows], self.p[rows])


class Reply(NamedTuple):
    """Responses, a row each: ``accept`` (R, U), and ``pick`` (R, n), the choice for each item where the responder picks."""

    accept: Bools
    pick: Ints

    def at(self, rows: Any) -> "Reply":
        return Reply(self.accept[rows], self.pick[rows])


class Lookup:
    """A problem's tables, flattened for fast look-up by cell: cell = class * (own types) + own type."""

    def __init__(self, problem: Problem) -> None:
        self.choices = len(problem.choices)
        self.sizes = [len(t) for t in problem.types]
        self.offsets = [problem.classes * size for size in self.sizes]
        self.utility = [np.ascontiguousarray(u.transpose(0, 2, 1)).reshape(-1, self.choices) for u in problem.utility]
        self.flat = [u.ravel() for u in self.utility]
        self.surplus = problem.surplus_table.ravel()
        joint = problem.utility[0][:, :, :, None] + problem.utility[1][:, :, None, :]
        close = joint >= problem.surplus_table[:, None] - TIE * problem.largest_surplus / problem.n
        self.efficient = close.argmax(axis=1).ravel()  # the first of the best choices, by pair

    def cells(self, player: int, types: Ints) -> NDArray[np.intp]:
        """Cells of a player's types (R, n); types may be announced ones."""
        return np.add(types, self.offsets[player], dtype=np.intp)

    def pairs(self, cells_alice: Ints, types_bob: Ints) -> NDArray[np.intp]:
        """The joint cell of both players' types (R, n)."""
        return np.add(cells_alice * self.sizes[1], types_bob, dtype=np.intp)

    def worth(self, player: int, cells: Ints, x: Ints) -> Floats:
        """u_player of the choices x (R, n), utils."""
        return self.flat[player].take(cells * self.choices + x)


@dataclass
class View:
    """What a player may see, for R negotiations in which it moves now: its own types, the public state, what it prepared and
    what it remembers; never the other's types.

    ``stage`` (R,), ``types`` and ``cells`` (R, n), ``open`` (R, n): the items still undecided. ``private`` (R, any) is what
    its strategy prepared, ``memory`` (R, any) its scratch pad, to be changed in place."""

    situation: "Situation"
    player: int
    stage: Ints
    types: Ints
    cells: Ints
    open: Bools
    private: Floats
    memory: Floats
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.stage)

    @property
    def problem(self) -> Problem:
        return self.situation.problem

    @property
    def lookup(self) -> Lookup:
        return self.situation.lookup

    @property
    def sign(self) -> float:
        """+1 for Alice, who receives transfers; -1 for Bob."""
        return 1.0 if self.player == 0 else -1.0

    @cached_property
    def all_open(self) -> bool:
        return bool(self.open.all())

    def draw(self, count: int, first: int = 0) -> Floats:
        """Uniforms (R, count) in [0, 1) from the player's own stream at this stage; ``first`` tells uses apart."""
        return draws(self.keys[:, None], self.stage[:, None], np.arange(first, first + count))

    def at(self, rows: Any) -> "View":
        """The same for some of the rows."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("stage", "types", "cells", "open", "private", "memory", "keys"):
            parts[name] = parts[name][rows]
        return View(**parts)


@dataclass
class Table:
    """The state of R negotiations. ``index`` says which of the batch they are; ``status`` columns are below."""

    index: Ints  # (R,)
    types: Ints  # (R, 2, n)
    cells_alice: Ints  # (R, n)
    cells_bob: Ints
    open: Bools  # (R, n)
    choice: Ints  # (R, n), -1 while undecided
    when: Ints  # (R, n), -1 while undecided
    totals: Floats  # (R, 8)
    stage: Ints  # (R,): the stage to be played next
    last: Ints  # (R,): the stage of the last agreement, -1 for none
    quiet: Ints  # (R,): stages since anything moved
    over: Bools  # (R,)
    due_offer: Ints  # (R, U): the stage of the next tremble in an offer, and in a response
    due_reply: Ints
    chance: NDArray[np.uint64]  # (R,): stream keys
    keys_alice: NDArray[np.uint64]
    keys_bob: NDArray[np.uint64]
    private_alice: Floats
    private_bob: Floats
    memory_alice: Floats
    memory_bob: Floats

    def __len__(self) -> int:
        return len(self.index)

    def kept(self, rows: Any) -> "Table":
        """The table of some of the negotiations (copies)."""
        return Table(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def view(self, situation: "Situation", rows: Any) -> View:
        """What the player in this situation sees of some rows; its memory is a copy unless rows is a slice."""
        i = situation.player
        cells, private, memory, keys = (
            (self.cells_alice, self.private_alice, self.memory_alice, self.keys_alice),
            (self.cells_bob, self.private_bob, self.memory_bob, self.keys_bob),
        )[i]
        return View(
            situation, i, self.stage[rows], self.types[rows, i], cells[rows], self.open[rows], private[rows], memory[rows],
            keys[rows],
        )  # fmt: skip

    def remember(self, view: View, rows: Any) -> None:
        """Write back what a player changed in its memory."""
        if not isinstance(rows, slice):
            (self.memory_alice, self.memory_bob)[view.player][rows] = view.memory


def settle(
    table: Table, rows: Any, lookup: Lookup, powers: Floats, null: int, decided: Bools, x: Ints, transfer: Floats,
    reopen: bool,
) -> None:  # fmt: skip
    """Carry out agreements at these rows' stages: the decided items (R, n) get choices x (R, n), Bob pays transfers (R,).

    ``powers`` (2, stages): the discount factors to the power of the stage. With ``reopen``, null choices stay undecided."""
    stage = table.stage[rows]
    now_a, now_b = powers[0].take(stage), powers[1].take(stage)
    decided = decided & (x != null) if reopen else decided.copy()
    x = np.where(decided, x, 0)
    cells_a, types = table.cells_alice[rows], table.types[rows]
    value_a = lookup.worth(0, cells_a, x)
    value_b = lookup.worth(1, table.cells_bob[rows], x)
    loss = (lookup.surplus.take(lookup.pairs(cells_a, types[:, 1])) - value_a - value_b) * decided
    ua, ub = (value_a * decided).sum(axis=1), (value_b * decided).sum(axis=1)
    totals = np.zeros((len(ua), 8))
    totals[:, PAY_ALICE] = now_a * (ua + transfer)
    totals[:, PAY_BOB] = now_b * (ub - transfer)
    missed = (loss * (x == null)).sum(axis=1)
    totals[:, WRONG] = loss.sum(axis=1) - missed
    totals[:, MISSED] = missed
    totals[:, DELAY] = (1 - now_a) * ua + (1 - now_b) * ub
    totals[:, WEDGE] = (now_b - now_a) * transfer
    totals[:, TRANSFER] = transfer
    table.totals[rows] += totals
    table.choice[rows] = np.where(decided, x, table.choice[rows])
    table.when[rows] = np.where(decided, stage[:, None], table.when[rows])
    table.open[rows] &= ~decided
    table.last[rows] = np.where(decided.any(axis=1), stage, table.last[rows])


def finish(table: Table, lookup: Lookup) -> None:
    """Count what was never agreed as missed, and the first best."""
    best = lookup.surplus.take(lookup.pairs(table.cells_alice, table.types[:, 1]))
    table.totals[:, FIRST_BEST] = best.sum(axis=1)
    table.totals[:, MISSED] += (best * table.open).sum(axis=1)
