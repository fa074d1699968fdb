"""The course of a negotiation, for a batch at once: the one definition behind simulations, Mesa models and traces.

At stage t the proposer i writes an offer; a tremble may replace it. The other player hears it and responds; a tremble may
replace the response. What is accepted is carried out; what remains open goes on at stage t + 1 (file 004, Sections 3.3-3.4).

Trembles: at each decision with probability gamma, independently. Equivalently, the number of decisions until the next tremble
is geometric: it is drawn ahead. Where nothing moves (two stages in a row went by without a tremble, one of each proposer, in
which nobody agreed, paid or learned anything, and both strategies are timeless), the negotiation goes on at the stage of its
next tremble, or ends."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError, RuleBroken
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Dice, Fault, Protocol
from negotiation.strategy import Situation, Strategy
from negotiation.streams import ALICE, BOB, CHANCE, PUBLIC, TYPES, draws, keys
from negotiation.table import COLUMNS, Floats, Ints, Offer, Reply, Table, View, finish, look, put_rows, settle, some_rows

# Slots of the chance stream at a stage: each use its own range.
_SPAN = 2**28
RECOGNITION, DUE_OFFER, DUE_REPLY, OFFER, REPLY, LATE, LATE_OFFER, LATE_REPLY = (_SPAN * k for k in range(8))
QUIET = 2  # quiet stages after which timeless players change nothing any more

Rows = Any  # row numbers, or slice(None) for all


@dataclass(frozen=True)
class Witness:
    """Somebody who watches: ``offer`` and ``reply`` are called after every move with the view of who moved and its rows."""

    offer: Callable[[View, Rows, Offer, int], None]
    reply: Callable[[View, Rows, Offer, Reply, int], None]


@dataclass(frozen=True, eq=False)
class Session:
    """A problem, a protocol and two strategies, ready to play: everything that does not change from one batch to the next.

    Raises CannotPlay where they do not fit, InputError for a tremble outside [0, 1)."""

    problem: Problem
    protocol: Protocol
    strategies: tuple[Strategy, Strategy]
    tremble: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.tremble, bool | str) or not 0 <= self.tremble < 1:
            raise InputError(f"tremble: expected a probability in [0, 1), got {self.tremble!r}")
        self.protocol.check_problem(self.problem)
        if self.protocol.reopen and self.problem.null < 0:
            raise InputError(f"reopen: needs a null choice, worth 0 to all types; {self.problem.name} has none")
        for strategy, situation in zip(self.strategies, self.situations, strict=True):
            strategy.check_situation(situation)

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets what the session is made of, and works out the rest itself."""
        return Session, (self.problem, self.protocol, self.strategies, self.tremble)

    @cached_property
    def situations(self) -> tuple[Situation, Situation]:
        one, other = (Situation(self.problem, self.protocol, i, float(self.tremble)) for i in (0, 1))
        return one, other

    @cached_property
    def horizon(self) -> int:
        return self.protocol.stages(self.problem)

    @cached_property
    def pauses(self) -> "Pauses":
        """For drawing how many decisions pass before a tremble."""
        return Pauses(1.0 - self.tremble, self.horizon)

    @cached_property
    def timeless(self) -> bool:
        return all(s.timeless for s in self.strategies) and self.protocol.order != "random"

    @cached_property
    def separable(self) -> bool:
        """Whether the items can be played as negotiations of their own."""
        return self.protocol.itemwise and self.problem.n > 1 and all(s.separable for s in self.strategies)

    def types(self, seed: int, numbers: Ints) -> Ints:
        """The types of the negotiations with these numbers, shape (R, 2, n)."""
        return self.problem.prior.sample(keys(seed, numbers, TYPES))

    def table(self, seed: int, numbers: Ints) -> Table:
        """The state of these negotiations before stage 0."""
        types = self.types(seed, numbers)
        rows, n = len(types), self.problem.n
        units = n if self.protocol.itemwise else 1
        plans = [
            s.prepare(situation, types[:, i])
            for i, (s, situation) in enumerate(zip(self.strategies, self.situations, strict=True))
        ]
        chance = keys(seed, numbers, CHANCE)
        due = [np.zeros((rows, 0 if self.tremble == 0 else units), dtype=np.int32, order="F") for _ in (0, 1)]
        if self.tremble > 0:
            for d, base in zip(due, (DUE_OFFER, DUE_REPLY), strict=True):
                d[:] = self.pauses.drawn(draws(chance, np.full(rows, -1), base, units))
        lookup = self.situations[0].lookup
        cells = lookup.cells(0, types[:, 0])
        return Table(
            index=np.arange(rows),
            types_alice=types[:, 0],
            types_bob=types[:, 1],
            cells_alice=cells,
            cells_bob=lookup.cells(1, types[:, 1]),
            pairs=lookup.pairs(cells, types[:, 1]),
            open=np.ones((rows, n), dtype=bool, order="F"),
            choice=np.full((rows, n), -1, dtype=np.int8 if lookup.choices < 128 else np.int32, order="F"),
            when=np.full((rows, n), -1, dtype=np.int16 if self.horizon < 2**15 else np.int32, order="F"),
            paid=np.zeros((rows, units), order="F"),
            paid_alice=np.zeros((rows, units), order="F"),
            paid_bob=np.zeros((rows, units), order="F"),
            totals=np.zeros((rows, COLUMNS), order="F"),
            stage=np.zeros(rows, dtype=np.int32),
            last=np.full(rows, -1, dtype=np.int32),
            quiet=np.zeros(rows, dtype=np.int32),
            over=np.zeros(rows, dtype=bool),
            due_offer=due[0],
            due_reply=due[1],
            slot=np.zeros(rows, dtype=np.int64),
            chance=chance,
            keys_alice=keys(seed, numbers, ALICE),
            keys_bob=keys(seed, numbers, BOB),
            keys_public=keys(seed, numbers, PUBLIC),
            private_alice=plans[0].private,
            private_bob=plans[1].private,
            memory_alice=plans[0].memory,
            memory_bob=plans[1].memory,
        )


class Pauses:
    """How many decisions pass before one that trembles, if each is steady with probability ``steady``: geometric, cut at the
    horizon. Drawn from u in [0, 1) it is the number of k with steady^k > u, k = 1, ..., horizon."""

    BINS = 1 << 12

    def __init__(self, steady: float, horizon: int) -> None:
        self.survival = np.cumprod(np.full(horizon, steady))
        # of all u in a bin, the powers that exceed them; and one more power in the bin, which exceeds some
        edges = np.arange(self.BINS + 1) / self.BINS
        above = np.searchsorted(-self.survival, -edges, side="left")  # powers > edge
        self.least = np.searchsorted(-self.survival, -edges[1:], side="right")  # powers >= the bin's upper edge
        inside = above[:-1] - self.least
        self.single = bool(inside.max() <= 1)
        self.edge = np.where(inside == 1, self.survival[np.minimum(self.least, horizon - 1)], -1.0)

    def drawn(self, uniform: Floats) -> NDArray[np.intp]:
        """The pauses that these uniforms give."""
        if not self.single:
            return np.searchsorted(-self.survival, -uniform, side="left")
        at = (uniform * self.BINS).astype(np.intp)
        pause: NDArray[np.intp] = look(self.least, at)
        pause += look(self.edge, at) > uniform
        return pause


def play(session: Session, table: Table, numbers: Ints, witness: Witness | None = None) -> Table:
    """Play a whole batch, of the negotiations with these numbers; returns the final table, rows in the order given."""
    if session.separable and witness is None:
        items = table.by_item()
        _play_on(session, items, np.tile(numbers, session.problem.n), None)
        table.take_items(items)
    else:
        _play_on(session, table, numbers, witness)
    finish(table, session.situations[0].lookup)
    return table


def _play_on(session: Session, table: Table, numbers: Ints, witness: Witness | None) -> None:
    """Play until all negotiations on the table are over."""
    while True:
        play_stage(session, table, numbers, witness)
        leap(session, table)
        on = np.flatnonzero(~table.over)
        if not len(on):
            return
        if len(on) < len(table):
            table = table.rest(on)


def play_stage(session: Session, table: Table, numbers: Ints, witness: Witness | None = None) -> None:
    """One stage of every negotiation on the table, each at its own stage."""
    order = session.protocol.order
    if order == "random":
        lot = draws(table.chance, table.stage, RECOGNITION)[:, 0]
        proposer = np.where(lot < session.protocol.recognition, 0, 1)
    elif order == "alternating":
        proposer = table.stage & 1
    else:
        proposer = np.full(len(table), ("alice", "bob").index(order))
    for i in (0, 1):
        rows = np.flatnonzero(proposer == i)
        if len(rows):
            _stage(session, table, slice(None) if len(rows) == len(table) else rows, i, numbers, witness)
    table.stage += 1
    table.over |= (table.stage >= session.horizon) | ~table.open.any(axis=1)


def leap(session: Session, table: Table) -> None:
    """Where nothing moves any more until the next tremble, go there; or end."""
    if not session.timeless:
        return
    still = ~table.over & (table.quiet >= QUIET)
    if not still.any():
        return
    if session.tremble == 0:
        table.over |= still
        return
    due = np.minimum(table.due_offer, table.due_reply)
    if session.protocol.itemwise:
        due = np.where(table.open, due, session.horizon)
    following = np.maximum(due[:, 0] if due.shape[1] == 1 else due.min(axis=1), table.stage)
    following -= table.stage
    table.stage += following * still
    table.over |= still & (table.stage >= session.horizon)


def _stage(session: Session, table: Table, rows: Rows, i: int, numbers: Ints, witness: Witness | None) -> None:
    """A stage of the rows in which player i proposes."""
    protocol = session.protocol
    me, you = table.view(session.situations[i], rows), table.view(session.situations[1 - i], rows)
    proposer, responder = session.strategies[i], session.strategies[1 - i]

    trembled = np.zeros(len(me), dtype=bool)
    offer = proposer.propose(me, 0, None)
    _check(session, protocol.offer_fault(me, offer), table, rows, numbers, i, "an offer")
    if session.tremble > 0:
        offer, shaken = _tremble_offer(session, table, rows, me, offer)
        trembled[shaken] = True
    if witness:
        witness.offer(me, rows, offer, 0)
    reply, heard = responder.respond(you, offer, 0)
    _check(session, protocol.reply_fault(you, reply, 0), table, rows, numbers, 1 - i, "a response")
    if session.tremble > 0:
        reply, shaken = _tremble_reply(session, table, rows, you, reply)
        trembled[shaken] = True
    if witness:
        witness.reply(you, rows, offer, reply, 0)
    told = proposer.refused(me, offer, reply)
    table.remember(me, rows)
    table.remember(you, rows)

    accept = reply.accept
    accepted = np.flatnonzero(accept[:, 0] if accept.shape[1] == 1 else accept.any(axis=1))
    some: Rows = slice(None) if len(accepted) == len(me) else accepted
    place = rows if isinstance(some, slice) else (some if isinstance(rows, slice) else rows[some])
    moved = np.zeros(len(me), dtype=bool)
    for news in (heard, told):
        if news is not None:
            moved |= news
    if len(accepted):
        me, offer, reply = me.at(some), offer.at(some), reply.at(some)
        if protocol.phases > 1:
            offer, reply = _second_phase(session, table, place, i, numbers, witness, me, offer)
            table.over[place] = True  # the game of the second phase ends the negotiation, "No" included
        decided, x, transfer = protocol.settlement(me, offer, reply)
        moved[some] |= settle(table, place, me.lookup, session.problem.null, decided, x, transfer, protocol.reopen)
    # A tremble that changes nothing says nothing of what would have happened without it, unless that was known before.
    quiet = table.quiet[rows]
    table.quiet[rows] = (quiet + 1) * ~(moved | (trembled & (quiet < QUIET)))


def _second_phase(
    session: Session, table: Table, rows: Rows, i: int, numbers: Ints, witness: Witness | None, me: View, offer: Offer
) -> tuple[Offer, Reply]:
    """The game after an accepted offer: the proposer announces, the other picks or says No."""
    protocol = session.protocol
    you = table.view(session.situations[1 - i], rows)
    gamma = protocol.late_tremble(session.tremble)
    chance = table.chance[rows]
    accepted, offer = offer, session.strategies[i].propose(me, 1, offer)
    _check(session, protocol.announcement_fault(me, offer, accepted), table, rows, numbers, i, "an announcement")
    if gamma > 0:
        hit = draws(chance, me.stage, LATE) < gamma
        offer = protocol.tremble_offer(me, offer, hit, _dice(chance, me.stage, LATE_OFFER), 1)
    if witness:
        witness.offer(me, rows, offer, 1)
    reply, _ = session.strategies[1 - i].respond(you, offer, 1)
    _check(session, protocol.reply_fault(you, reply, 1), table, rows, numbers, 1 - i, "a response")
    if gamma > 0:
        hit = draws(chance, me.stage, LATE + 1) < gamma
        reply = protocol.tremble_reply(you, reply, hit, _dice(chance, me.stage, LATE_REPLY), 1)
    if witness:
        witness.reply(you, rows, offer, reply, 1)
    return offer, reply


def _dice(chance: NDArray[np.uint64], stage: Ints, base: int | Ints, stride: int = 1) -> Dice:
    """Fresh uniforms at each call, from one range of slots, of which each use takes ``stride``."""
    used = 0

    def dice(count: int) -> Floats:
        nonlocal used
        first = base + used
        used += count * stride
        return draws(chance, stage, first, count)

    return dice


def _due(session: Session, due: Ints, table: Table, rows: Rows, view: View, base: int) -> tuple[Any, NDArray[np.bool_]]:
    """Which rows of the view tremble now, and in which units; draws when those will tremble next."""
    now = some_rows(due, rows) == view.stage[:, None]
    if view.situation.protocol.itemwise:
        now &= view.open
    at = np.flatnonzero(now[:, 0] if now.shape[1] == 1 else now.any(axis=1))
    hit = some_rows(now, at)
    if len(at):
        place = at if isinstance(rows, slice) else some_rows(rows, at)
        stage = some_rows(view.stage, at)
        slots = base + some_rows(table.slot, place)
        later = session.pauses.drawn(draws(some_rows(table.chance, place), stage, slots, hit.shape[1]))
        later += stage[:, None] + 1
        for u in range(hit.shape[1]):
            due[place, u] = later[:, u] if hit.shape[1] == 1 else np.where(hit[:, u], later[:, u], due[place, u])
    return at, hit


def _shaken(table: Table, rows: Rows, view: View, at: Ints, base: int) -> Dice:
    """The dice for the rows ``at`` of the view that tremble."""
    place = at if isinstance(rows, slice) else some_rows(rows, at)
    stride = view.problem.n // view.types.shape[1]
    slots = base + some_rows(table.slot, place)
    return _dice(some_rows(table.chance, place), some_rows(view.stage, at), slots, stride)


def _tremble_offer(session: Session, table: Table, rows: Rows, view: View, offer: Offer) -> tuple[Offer, Ints]:
    """The offers after trembles, and the rows that trembled."""
    at, hit = _due(session, table.due_offer, table, rows, view, DUE_OFFER)
    if not len(at):
        return offer, at
    dice = _shaken(table, rows, view, at, OFFER)
    drawn = session.protocol.tremble_offer(view.at(at), offer.at(at), hit, dice, 0)
    x, p = offer.x.copy(order="K"), offer.p.copy(order="K")
    put_rows(x, at, drawn.x)
    put_rows(p, at, drawn.p)
    return Offer(x, p), at


def _tremble_reply(session: Session, table: Table, rows: Rows, view: View, reply: Reply) -> tuple[Reply, Ints]:
    """The responses after trembles, and the rows that trembled."""
    at, hit = _due(session, table.due_reply, table, rows, view, DUE_REPLY)
    if not len(at):
        return reply, at
    dice = _shaken(table, rows, view, at, REPLY)
    drawn = session.protocol.tremble_reply(view.at(at), reply.at(at), hit, dice, 0)
    accept, pick = reply.accept.copy(order="K"), reply.pick.copy(order="K")
    put_rows(accept, at, drawn.accept)
    put_rows(pick, at, drawn.pick)
    return Reply(accept, pick), at


def _check(session: Session, fault: Fault | None, table: Table, rows: Rows, numbers: Ints, player: int, what: str) -> None:
    """Raise RuleBroken for the first row that breaks a rule."""
    if fault is None:
        return
    at = int(np.arange(len(table))[rows][np.flatnonzero(fault.rows)[0]])
    raise RuleBroken(
        f"negotiation {int(numbers[table.index[at]])}, stage {int(table.stage[at])}: {PLAYERS[player]} "
        f"({session.strategies[player].name}) made {what} that {session.protocol.name} does not allow; "
        f"allowed is {fault.allowed}"
    )
