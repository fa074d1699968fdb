"""Strategies: what a player does with what it may see, for many negotiations at once.

Before a batch a strategy *prepares*: from its ``Situation`` and its own types alone it works out the numbers it plays by.
During the negotiation it sees a ``View``. Most strategies are strategies of demands: ``demand`` says what to ask for,
``reserve`` what to accept, ``learn`` what to remember; the protocol writes the offer that demands so much (Definition 1 of
file 004) and the best way to accept. So one strategy plays every protocol. Others write offers and responses themselves.

To add one, write one file with a subclass and register it with ``@register`` or an entry point of the group
``negotiation.strategies``; the kit ``agents.conformance`` tests it."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import Shares, rubinstein_shares
from negotiation.problem import Problem
from negotiation.protocol import Grid, Protocol
from negotiation.surplus import Law
from negotiation.table import HEARD, REFUSED, TIE, Bools, Floats, Ints, Lookup, Offer, Reply, View


class Plan(NamedTuple):
    """What a strategy prepared for a batch: ``private`` numbers of each negotiation (R, any), and its ``memory`` at the start
    (R, any)."""

    private: Floats
    memory: Floats


@dataclass(frozen=True, eq=False)
class Situation:
    """Everything a player knows before it learns its types: its seat (0 Alice, 1 Bob), the problem with its prior and both
    discount factors, the protocol, the probability of trembles and the grid of transfers."""

    problem: Problem
    protocol: Protocol
    player: int
    tremble: float = 0.0
    _memo: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    @cached_property
    def lookup(self) -> Lookup:
        return Lookup(self.problem, self.protocol.stages(self.problem))

    @cached_property
    def grid(self) -> Grid | None:
        return self.protocol.grid_for(self.problem, self.tremble)

    @cached_property
    def shares(self) -> Shares:
        """Rubinstein's shares for the problem's discount factors and the protocol's order of offers."""
        return rubinstein_shares(self.problem.discount, self.protocol.order, self.protocol.recognition)

    @property
    def slack(self) -> float:
        """The tolerance of ties in utils: TIE of the surplus scale."""
        return TIE * self.problem.largest_surplus

    def law(self, own: Ints) -> Law:
        """The law of the surplus that the other player will see in a truthful offer, given one's own types (n,): the surplus
        itself, or what frequencies of types let expect of it where the protocol tells no more."""
        prior, table = self.problem.prior, self.problem.surplus_table
        frequencies = self.protocol.phases > 1
        key = (self.player, frequencies, prior.statistic(self.player, own[None]).tobytes())
        if key not in self.problem.laws:
            law = prior.frequency_law if frequencies else prior.surplus_law
            self.problem.laws[key] = law(self.player, own, table)
        return self.problem.laws[key]

    def once(self, key: str, compute: Callable[[], Any]) -> Any:
        """The value of ``compute()``, computed once and remembered under ``key``."""
        with self._lock:
            if key not in self._memo:
                self._memo[key] = compute()
            return self._memo[key]

    def by_types(self, key: str, types: Ints, compute: Callable[[Ints], Any]) -> Floats:
        """``compute(own types)`` for each row of types (R, n), shape (R, any); computed once for each value of the prior's
        statistic of own types, and remembered under ``key``."""
        codes, span = self._codes(self.problem.prior.statistic(self.player, types))
        with self._lock:
            known = self.once(key, lambda: _Known(span))
            return known.rows_of(codes, types, compute)

    def _codes(self, statistic: Ints) -> tuple[NDArray[Any], int]:
        """One comparable value for each row, and below what they all are: numbers where they fit, bytes (and 0) otherwise."""
        width = statistic.shape[1]
        base = max(self.problem.n + 1, *(len(t) for t in self.problem.types))
        if base**width < 2**62:
            return statistic @ base ** np.arange(width), base**width
        rows = np.ascontiguousarray(statistic)
        return rows.view(np.dtype((np.void, rows.dtype.itemsize * width))).ravel(), 0


class _Known:
    """Rows already worked out, by code; a table of positions where codes are few."""

    def __init__(self, span: int) -> None:
        self.place: dict[Any, int] = {}
        self.rows: list[Floats] = []
        self.table = np.full(span, -1, dtype=np.intp) if 0 < span <= 2**20 else None

    def rows_of(self, codes: NDArray[Any], types: Ints, compute: Callable[[Ints], Any]) -> Floats:
        if self.table is None:
            return self._gather(codes, types, compute)
        at = self.table.take(codes)
        if (at < 0).any():
            self._gather(codes, types, compute)
            for code, place in self.place.items():
                self.table[code] = place
            at = self.table.take(codes)
        return np.stack(self.rows, axis=1).take(at, axis=1).T

    def _gather(self, codes: NDArray[Any], types: Ints, compute: Callable[[Ints], Any]) -> Floats:
        values, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        for value, row in zip(values.tolist(), first, strict=True):
            if value not in self.place:
                self.place[value] = len(self.rows)
                self.rows.append(np.atleast_1d(np.asarray(compute(types[row]), dtype=float)))
        places = np.array([self.place[value] for value in values.tolist()])[inverse.ravel()]
        return np.stack(self.rows, axis=1).take(places, axis=1).T


class Strategy(ABC):
    """A player's strategy: what it proposes, how it responds.

    ``timeless`` says that its moves depend on its types, what is open and its memory alone, never on the stage or on chance:
    then a negotiation in which nothing moves any more can be left alone until the next tremble. ``separable`` says that where
    items are negotiated one by one it draws and remembers nothing and treats each as if it were the only one, so that the items
    can be played as negotiations of their own; what it prepares is a number for each item, or nothing."""

    name: ClassVar[str]
    timeless: ClassVar[bool] = False
    separable: ClassVar[bool] = False

    def check_situation(self, situation: Situation) -> None:
        """Raise CannotPlay if the strategy makes no sense in this problem and protocol."""

    def prepare(self, situation: Situation, types: Ints) -> Plan:
        """The plan for a batch in which one has the types (R, n). By default there is nothing to prepare."""
        return Plan(np.zeros((len(types), 0)), np.zeros((len(types), 0)))

    @abstractmethod
    def propose(self, view: View, phase: int, accepted: Offer | None) -> Offer:
        """Offers (phase 0), or the announcements of a second phase given the accepted offers."""

    @abstractmethod
    def respond(self, view: View, offer: Offer, phase: int) -> tuple[Reply, Bools | None]:
        """Responses, and in which rows something was learned that may change moves (None: in none)."""

    def refused(self, view: View, offer: Offer, reply: Reply) -> Bools | None:
        """Called after the responses to one's own offers; says in which rows something was learned."""
        return None

    def beliefs(self, view: View) -> dict[str, Any]:
        """What the strategy believes in the first row, for traces; empty where it holds no beliefs."""
        return {}


class DemandStrategy(Strategy):
    """A strategy of demands. Units U are the items where they are negotiated one by one, else everything at once."""

    @abstractmethod
    def demand(self, view: View) -> tuple[Ints | None, Floats]:
        """(choices (R, n) to propose, None unless itemwise; payoffs (R, U) to demand, undiscounted utils)."""

    @abstractmethod
    def reserve(self, view: View) -> Floats:
        """The least undiscounted payoffs (R, U) at which to accept."""

    def learn(self, view: View, event: str, gain: Floats, surplus: Floats | None, units: Bools | None) -> Bools | None:
        """Take note in ``view.memory`` of offers HEARD (they would give ``gain`` (R, U), and reveal ``surplus`` or None) or of
        one's own being REFUSED (they demanded ``gain``, in the units (R, U) given). Says in which rows memory changed."""
        return None

    def propose(self, view: View, phase: int, accepted: Offer | None) -> Offer:
        if phase > 0 and accepted is not None:
            return view.situation.protocol.announce(view, accepted)
        choice, payoff = self.demand(view)
        return view.situation.protocol.write(view, choice, payoff)

    def respond(self, view: View, offer: Offer, phase: int) -> tuple[Reply, Bools | None]:
        """Accept, in the best way, each unit that gives at least ``reserve``, ties included; in phase 1, what is no loss."""
        reply, gain, surplus = view.situation.protocol.best_reply(view, offer, phase)
        if phase > 0:
            return Reply(gain >= -view.situation.slack, reply.pick), None
        news = self.learn(view, HEARD, gain, surplus, None)
        return Reply(gain >= self.reserve(view) - view.situation.slack, reply.pick), news

    def refused(self, view: View, offer: Offer, reply: Reply) -> Bools | None:
        if type(self).learn is DemandStrategy.learn or reply.accept.all():
            return None
        units = ~reply.accept & view.open if view.situation.protocol.itemwise else ~reply.accept
        return self.learn(view, REFUSED, view.situation.protocol.demanded(view, offer), None, units)
