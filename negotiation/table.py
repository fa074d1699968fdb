"""The negotiating table: the state of a batch of negotiations, what a player sees of it, and what an agreement does to it.

An item k agreed at stage t on the choice x adds d_i^t u_i(x, theta_ik) to each payoff; a transfer p adds d_a^t p to Alice's and
takes d_b^t p from Bob's. With S the first best of the item, ua and ub its current utilities, the loss is

    wrong or missed = S - (ua + ub)        (missed where x is the null choice; S itself where nothing was agreed)
    delay           = (1 - da^t) ua + (1 - db^t) ub
    transfer        = (db^t - da^t) p      (the wedge of unequal discounting; it may be negative)

and first best - payoffs = wrong + missed + delay + transfer.   Source: file 004, Section 3.2, rearranged.

Arrays have the batch axis first: R rows, one for each negotiation; n items; U units, the things offered and answered for
themselves: the items in item-by-item negotiation, a single unit elsewhere. In memory the rows run last (Fortran order), so that
sums over items are sums of long columns; code that ignores this is right, and slower."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.problem import Problem
from negotiation.streams import draws

if TYPE_CHECKING:
    from negotiation.protocol import Grid
    from negotiation.strategy import Situation

Floats = NDArray[np.float64]
Ints = NDArray[Any]
Bools = NDArray[np.bool_]

# Columns of Table.totals, in time-0 utils; TRANSFER is the sum of transfers, undiscounted, AT_ONCE the share of the items that
# were decided at stage 0.
PAY_ALICE, PAY_BOB, FIRST_BEST, WRONG, MISSED, DELAY, WEDGE, TRANSFER, AT_ONCE = range(9)
COLUMNS = 9
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
        return Offer(some_rows(self.x, rows), some_rows(self.p, rows))


class Reply(NamedTuple):
    """Responses, a row each: ``accept`` (R, U), and ``pick`` (R, n), the choice for each item where the responder picks."""

    accept: Bools
    pick: Ints

    def at(self, rows: Any) -> "Reply":
        return Reply(some_rows(self.accept, rows), some_rows(self.pick, rows))


class Lookup:
    """A problem's tables, flattened for fast look-up by cell: cell = class * (own types) + own type."""

    def __init__(self, problem: Problem, stages: int) -> None:
        self.choices = len(problem.choices)
        self.sizes = [len(t) for t in problem.types]
        self.offsets = [problem.classes * size for size in self.sizes]
        self.utility = [np.ascontiguousarray(u.transpose(0, 2, 1)).reshape(-1, self.choices) for u in problem.utility]
        self.flat = [u.ravel() for u in self.utility]
        self.columns = [np.ascontiguousarray(u.T) for u in self.utility]  # by choice, then cell
        self.number = np.int8 if self.choices < 128 else np.int32  # what holds a choice's number
        self.surplus = problem.surplus_table.ravel()
        joint = problem.utility[0][:, :, :, None] + problem.utility[1][:, :, None, :]
        close = joint >= problem.surplus_table[:, None] - TIE * problem.largest_surplus / problem.n
        self.efficient = close.argmax(axis=1).ravel().astype(self.number)  # the first of the best choices, by pair
        self.powers = np.array([[d**t for t in range(stages)] for d in problem.discount])  # of discount factors, by stage
        self.accounts = _accounts(problem)

    def cells(self, player: int, types: Ints) -> NDArray[np.intp]:
        """Cells of a player's types (R, n); types may be announced ones."""
        return np.add(types, self.offsets[player], dtype=np.intp)

    def pairs(self, cells_alice: Ints, types_bob: Ints) -> NDArray[np.intp]:
        """The joint cell of both players' types (R, n)."""
        pairs = cells_alice * self.sizes[1]
        pairs += types_bob
        return pairs

    def worth(self, player: int, cells: Ints, x: Ints) -> Floats:
        """u_player of the choices x (R, n), utils."""
        at = cells * self.choices
        at += x
        return look(self.flat[player], at)


def _accounts(problem: Problem) -> tuple[Floats, Floats, Floats, Floats]:
    """By pair and choice + 1, 0 for undecided: Alice's and Bob's utility of an item, its wrong and its missed surplus."""
    utility = [np.zeros((*problem.surplus_table.shape, len(problem.choices) + 1)) for _ in (0, 1)]
    utility[0][..., 1:] = problem.utility[0].transpose(0, 2, 1)[:, :, None]
    utility[1][..., 1:] = problem.utility[1].transpose(0, 2, 1)[:, None]
    lost = problem.surplus_table[..., None] - utility[0] - utility[1]
    nothing = np.arange(lost.shape[-1]) <= 0
    nothing[problem.null + 1] = True
    wrong, missed = lost * ~nothing, lost * nothing
    return utility[0].ravel(), utility[1].ravel(), wrong.ravel(), missed.ravel()


def look(table: Ints, at: Ints) -> NDArray[Any]:
    """``table[at]`` for valid positions ``at`` (R, any), with the memory order of ``at``."""
    return table.take(at.T, mode="clip").T


def sum_items(array: NDArray[Any]) -> NDArray[Any]:
    """Sums over the last axis (R, ..., any), terms added one after the other: the same bits whatever R and the memory order.

    NumPy adds column after column where the rows run last in memory and there are at least two; a single row it would add
    pairwise, so that goes in twice."""
    flat = array.reshape(-1, array.shape[-1])
    if len(flat) == 1:
        flat = np.concatenate([flat, flat])
    total: NDArray[Any] = np.add.reduce(np.asfortranarray(flat), axis=1)
    return total[: array.size // max(1, array.shape[-1])].reshape(array.shape[:-1])


def some_rows(array: NDArray[Any], rows: Any) -> NDArray[Any]:
    """``array[rows]``, whose rows run last in memory: a view where rows is a slice, a copy of the same order elsewhere."""
    if isinstance(rows, slice):
        return array[rows]
    return array.T.take(rows, axis=-1, mode="clip").T  # much faster than raising, for floats


def put_rows(array: NDArray[Any], rows: Ints, values: NDArray[Any]) -> None:
    """``array[rows] = values``, column by column where those are few."""
    if array.shape[1] > 64:
        array[rows] = values
    else:
        for k in range(array.shape[1]):
            array[rows, k] = values[:, k]


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
    public: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.stage)

    @property
    def problem(self) -> Problem:
        return self.situation.problem

    @property
    def lookup(self) -> Lookup:
        return self.situation.lookup

    @property
    def tremble(self) -> float:
        """The probability of a tremble at a decision, of either player."""
        return self.situation.tremble

    @property
    def grid(self) -> "Grid | None":
        """The transfers that offers may name; None if any."""
        return self.situation.grid

    @property
    def discount(self) -> tuple[float, float]:
        """Alice's and Bob's discount factors."""
        return self.problem.discount

    @property
    def sign(self) -> float:
        """+1 for Alice, who receives transfers; -1 for Bob."""
        return 1.0 if self.player == 0 else -1.0

    @cached_property
    def all_open(self) -> bool:
        return bool(self.open.all())

    def draw(self, count: int, first: int = 0) -> Floats:
        """Uniforms (R, count) in [0, 1) from the player's own stream at this stage; ``first`` tells uses apart."""
        return draws(self.keys, self.stage, first, count)

    def draw_public(self, count: int, first: int = 0) -> Floats:
        """Uniforms (R, count) in [0, 1) that both players see: a public lot at this stage."""
        return draws(self.public, self.stage, first, count)

    def at(self, rows: Any) -> "View":
        """The same for some of the rows."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("stage", "types", "cells", "open", "private", "memory", "keys", "public"):
            parts[name] = some_rows(parts[name], rows)
        return type(self)(**parts)


@dataclass
class Table:
    """The state of R negotiations. ``index`` says which of the batch they are; ``totals`` and ``last`` hold once finished."""

    index: Ints  # (R,)
    types_alice: Ints  # (R, n)
    types_bob: Ints
    cells_alice: Ints  # (R, n), see Lookup
    cells_bob: Ints
    pairs: Ints
    open: Bools  # (R, n)
    choice: Ints  # (R, n), -1 while undecided
    when: Ints  # (R, n), -1 while undecided
    paid: Floats  # (R, U): transfers from Bob to Alice so far; worth to Alice and to Bob in time-0 utils
    paid_alice: Floats
    paid_bob: Floats
    totals: Floats  # (R, COLUMNS)
    stage: Ints  # (R,): the stage to be played next
    last: Ints  # (R,): the stage of the last agreement, -1 for none
    quiet: Ints  # (R,): stages since anything moved
    over: Bools  # (R,)
    due_offer: Ints  # (R, U): the stage of the next tremble in an offer, and in a response
    due_reply: Ints
    slot: Ints  # (R,): which item's draws these are, where items are played as negotiations of their own
    chance: NDArray[np.uint64]  # (R,): stream keys
    keys_alice: NDArray[np.uint64]
    keys_bob: NDArray[np.uint64]
    keys_public: NDArray[np.uint64]
    private_alice: Floats
    private_bob: Floats
    memory_alice: Floats
    memory_bob: Floats

    def __len__(self) -> int:
        return len(self.index)

    def kept(self, rows: Any) -> "Table":
        """The table of some of the negotiations (copies)."""
        return Table(**{f.name: some_rows(getattr(self, f.name), rows) for f in fields(self)})

    def rest(self, rows: Any) -> "Rest":
        """Some of the negotiations, which go on; what they come to is written to this table."""
        whole = self.whole if isinstance(self, Rest) else self
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        rest = Rest(**{k: v[:0] if k in RESULTS else some_rows(v, rows) for k, v in parts.items()})
        rest.whole = whole
        return rest

    def record(self, rows: Any) -> "tuple[Table, Any]":
        """The table in which the results of these rows are kept, and their rows in it."""
        return self, rows

    def by_item(self) -> "Table":
        """Every item as a negotiation of its own, item 0 of all rows first; for players who draw and remember nothing."""
        n = self.types_alice.shape[1]
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, array in parts.items():
            if name.startswith("keys"):
                parts[name] = np.zeros((n * len(self), 0), dtype=np.uint64)
            elif name == "totals":
                parts[name] = np.zeros((n * len(self), 0))
            elif array.ndim == 1:
                parts[name] = np.tile(array, n)
            else:
                parts[name] = array.T.reshape(-1, 1) if array.shape[1] else np.zeros((n * len(self), 0), dtype=array.dtype)
        parts["index"] = np.arange(n * len(self))
        parts["slot"] = np.repeat(np.arange(n), len(self))
        return Table(**parts)

    def take_items(self, items: "Table") -> None:
        """Take over the results of the items, played as negotiations of their own."""
        n, rows = self.types_alice.shape[1], len(self)
        for name in ("open", "choice", "when", "paid", "paid_alice", "paid_bob"):
            setattr(self, name, getattr(items, name).reshape(n, rows).T)
        self.last = items.last.reshape(n, rows).max(axis=0)

    def view(self, situation: "Situation", rows: Any) -> View:
        """What the player in this situation sees of some rows; its memory is a copy unless rows is a slice."""
        own = (
            (self.types_alice, self.cells_alice, self.open, self.private_alice, self.memory_alice),
            (self.types_bob, self.cells_bob, self.open, self.private_bob, self.memory_bob),
        )[situation.player]
        keys = (self.keys_alice, self.keys_bob)[situation.player]
        types, cells, opened, private, memory = (some_rows(array, rows) for array in own)
        stage, keys = some_rows(self.stage, rows), some_rows(keys, rows)
        public = some_rows(self.keys_public, rows)
        return View(situation, situation.player, stage, types, cells, opened, private, memory, keys, public)

    def remember(self, view: View, rows: Any) -> None:
        """Write back what a player changed in its memory."""
        if not isinstance(rows, slice):
            (self.memory_alice, self.memory_bob)[view.player][rows] = view.memory


# What only the whole table of a batch holds.
RESULTS = {"pairs", "choice", "when", "paid", "paid_alice", "paid_bob", "totals", "last"}


class Rest(Table):
    """Those of the negotiations of a ``whole`` table that go on: the state alone, no results."""

    whole: Table

    def record(self, rows: Any) -> tuple[Table, Any]:
        return self.whole, self.index[rows]


def settle(
    table: Table, rows: Any, lookup: Lookup, null: int, decided: Bools, x: Ints, transfer: Floats, reopen: bool
) -> Bools:
    """Carry out agreements at these rows' stages: the decided items (R, n) get choices x (R, n), Bob pays transfers (R,), or
    (R, U). Returns in which rows (R,) anything was decided or paid. With ``reopen``, null choices stay undecided."""
    stage = some_rows(table.stage, rows)
    now_open = some_rows(table.open, rows)
    decided = decided & now_open
    if reopen:
        decided &= x != null
    transfer = transfer if transfer.ndim == 2 else transfer[:, None]
    everything = not reopen and bool(decided.all())
    some: Bools = np.ones(len(stage), dtype=bool) if everything else decided.any(axis=1) | (transfer != 0).any(axis=1)
    table.open[rows] = False if everything else now_open ^ decided
    # Results add to what is there: nothing where an item is not decided, x - (-1) where it is.
    result, place = table.record(rows)
    now = [powers.take(stage, mode="clip") for powers in lookup.powers]
    if not everything:
        result.last[place] = np.where(some, stage, result.last[place])
    for u in range(transfer.shape[1]):
        amount = transfer[:, u]
        for paid, value in ((result.paid, amount), (result.paid_alice, now[0] * amount), (result.paid_bob, now[1] * amount)):
            if everything:
                paid[place, u] = value
            else:
                paid[place, u] += value
    stage, x = stage.astype(result.when.dtype), x.astype(result.choice.dtype, copy=False)
    for k in range(decided.shape[1]):
        if everything:
            result.choice[place, k], result.when[place, k] = x[:, k], stage
        else:
            result.choice[place, k] += (x[:, k] + 1) * decided[:, k]
            result.when[place, k] += (stage + 1) * decided[:, k]
    return some


def finish(table: Table, lookup: Lookup) -> None:
    """The totals of a whole table. What was never agreed is missed."""
    np.maximum(table.last, table.when.max(axis=1), out=table.last)
    at = table.pairs * (lookup.choices + 1)
    at += table.choice
    at += 1
    ua, ub, wrong, missed = (look(account, at) for account in lookup.accounts)
    paid, paid_alice, paid_bob = (sum_items(p) for p in (table.paid, table.paid_alice, table.paid_bob))
    totals, stage = table.totals, table.when.astype(np.intp)
    totals[:, TRANSFER] = paid + 0.0  # no negative zero
    totals[:, WEDGE] = paid_bob - paid_alice
    totals[:, FIRST_BEST] = sum_items(look(lookup.surplus, table.pairs))
    totals[:, WRONG] = sum_items(wrong)
    totals[:, MISSED] = sum_items(missed)
    totals[:, DELAY] = sum_items(ua) + sum_items(ub)
    ua *= look(lookup.powers[0], stage)
    ub *= look(lookup.powers[1], stage)
    alice, bob = sum_items(ua), sum_items(ub)
    totals[:, DELAY] -= alice + bob
    totals[:, PAY_ALICE] = alice + paid_alice
    totals[:, PAY_BOB] = bob - paid_bob
    totals[:, AT_ONCE] = np.add.reduce(table.when == 0, axis=1, dtype=np.int64) / table.when.shape[1]
