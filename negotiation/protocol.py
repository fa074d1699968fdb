"""Protocols: the rules of an alternating-offer negotiation (file 004, Section 3.4).

A protocol is a small frozen dataclass. Its fields are options that belong to every alternating-offer protocol; its methods say,
for many negotiations at once, what an offer and a response are and what they settle. To add one, write one file with a subclass
and register it with ``@register`` or an entry point of the group ``negotiation.protocols``; the kit ``protocols.conformance``
tests it."""

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.rubinstein import ORDERS
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import Problem
from negotiation.table import TIE, Bools, Floats, Ints, Offer, Reply, View

if TYPE_CHECKING:
    from negotiation.equilibrium.exchangeable import ExchangeableGame

PATIENCE = 1e-6  # by default a negotiation lasts until the more patient player discounts by this much
LONGEST = 10_000
LISTED = 2**20  # the most offers or responses at a decision that are listed
GRID_STEPS = 1000  # steps of the default grid in the largest surplus
Dice = Callable[[int], Floats]  # count -> uniforms (R, count), fresh at each call


@dataclass(frozen=True)
class Grid:
    """The transfers that offers may name: low, low + step, ..., high, in utils (P-Delta of Section 5.1)."""

    low: float
    high: float
    step: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.low, self.high, self.step))) or self.step <= 0 or self.high < self.low:
            raise InputError(f"grid: expected low <= high and step > 0, got {self}")
        steps = (self.high - self.low) / self.step
        if abs(steps - round(steps)) > 1e-6:
            raise InputError(f"grid: expected high - low to be a whole number of steps, got {steps:g} steps")

    @property
    def count(self) -> int:
        return round((self.high - self.low) / self.step) + 1

    @property
    def points(self) -> Floats:
        """All transfers of the grid, in increasing order."""
        return self._point(np.arange(self.count, dtype=float))

    def floor(self, transfer: Floats) -> Floats:
        """The grid point at or below each transfer (the lowest or highest point beyond the ends)."""
        return self._point(np.floor(self._steps(transfer, TIE)))

    def ceil(self, transfer: Floats) -> Floats:
        """The grid point at or above each transfer."""
        return self._point(np.ceil(self._steps(transfer, -TIE)))

    def draw(self, uniform: Floats) -> Floats:
        """Grid points drawn uniformly, from uniforms in [0, 1)."""
        return self._point(np.floor(uniform * self.count))

    def holds(self, transfer: Floats) -> Bools:
        """Which transfers lie on the grid."""
        off = self.floor(transfer)
        off -= transfer
        np.abs(off, out=off)
        most = np.abs(transfer)
        np.maximum(most, 1.0, out=most)
        most *= TIE
        on: Bools = off <= most
        return on

    def _steps(self, transfer: Floats, more: float) -> Floats:
        """How many steps each transfer lies above the lowest, and a little more."""
        at = transfer - self.low
        at /= self.step
        at += more
        return at

    def _point(self, at: Floats) -> Floats:
        np.maximum(at, 0, out=at)
        np.minimum(at, self.count - 1, out=at)
        at *= self.step
        at += self.low
        return at


class Settlement(NamedTuple):
    """What an accepted offer decides: items ``decided`` (R, n), choices ``x`` (R, n), ``transfer`` (R,) from Bob to Alice, or
    (R, U) where items are offered one by one."""

    decided: Bools
    x: Ints
    transfer: Floats


class Fault(NamedTuple):
    """A broken rule: which rows break it, and what was allowed."""

    rows: Bools
    allowed: str


@dataclass(frozen=True)
class Protocol(ABC):
    """The options of any alternating-offer protocol.

    - ``order``: who offers when: "alternating" (Alice at stages 0, 2, ...), "alice" or "bob" always (footnote 11), or
      "random": Alice with probability ``recognition``, drawn at each stage (footnote 10).
    - ``reopen``: items on which an agreement makes the null choice stay open, and the negotiation goes on (Section 4.4).
    - ``grid``: the transfers that offers may name; any finite number if None and nobody trembles. Trembles need a finite
      grid; the default then is the multiples of a thousandth of the largest surplus (an item's where items are negotiated one
      by one), over all the transfers that share-demanding offers need. Strategies of demands round to it, in the responder's
      favour.
    - ``horizon``: the number of stages; by default enough for the more patient player to discount by 1e-6, at most 10,000.
    """

    order: str = "alternating"
    recognition: float = 0.5
    reopen: bool = False
    grid: Grid | None = None
    horizon: int | None = None

    name: ClassVar[str]
    itemwise: ClassVar[bool] = False  # whether each item is offered and answered for itself
    phases: ClassVar[int] = 1
    names_items: ClassVar[bool] = False  # whether an offer singles out an item, so that the order of equal items matters

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise InputError(f"order: expected one of {', '.join(ORDERS)}, got {self.order!r}")
        if isinstance(self.recognition, bool | str) or not 0 <= self.recognition <= 1:
            raise InputError(f"recognition: expected a probability, got {self.recognition!r}")
        if self.horizon is not None and (type(self.horizon) is not int or self.horizon < 1):
            raise InputError(f"horizon: expected a whole number of stages, at least 1, got {self.horizon!r}")

    # --- what every protocol says

    @abstractmethod
    def message_size(self, problem: Problem) -> int:
        """The size of an offer as the paper counts it: how many numbers it names (see each protocol)."""

    @abstractmethod
    def write(self, view: View, choice: Ints | None, demand: Floats) -> Offer:
        """Share-demanding offers: their acceptance gives the proposer ``demand`` (R, U), undiscounted utils. ``choice`` (R, n)
        says what to propose where items are offered one by one."""

    @abstractmethod
    def demanded(self, view: View, offer: Offer) -> Floats:
        """The undiscounted payoffs (R, U) that the proposer's own offers demand."""

    @abstractmethod
    def best_reply(self, view: View, offer: Offer, phase: int) -> tuple[Reply, Floats, Floats | None]:
        """The responder's best way to accept each unit: the reply, its undiscounted payoffs (R, U), and the surplus (R, U)
        that a truthful offer reveals or lets expect, None where it reveals none."""

    @abstractmethod
    def tremble_offer(self, view: View, offer: Offer, hit: Bools, dice: Dice, phase: int) -> Offer:
        """The offers with those of the units hit (R, U) replaced by draws, uniform over the finite grid of offers."""

    @abstractmethod
    def offer_fault(self, view: View, offer: Offer) -> Fault | None:
        """The first rule that some offer breaks, or None."""

    @abstractmethod
    def settlement(self, view: View, offer: Offer, reply: Reply) -> Settlement:
        """What accepted offers of the viewer, who proposed them, decide."""

    @abstractmethod
    def describe_offer(self, problem: Problem, player: int, offer: Offer, phase: int) -> str:
        """The first row's offer in words, for traces."""

    def announcement_fault(self, view: View, offer: Offer, accepted: Offer) -> Fault | None:
        """The first rule that some announcement of a second phase breaks, given the accepted offers, or None."""
        return None

    def announce(self, view: View, offer: Offer) -> Offer:
        """The proposer's announcement in a second phase, given the accepted offer."""
        raise CannotPlay(f"{self.name}: there is no second phase")

    def tremble_reply(self, view: View, reply: Reply, hit: Bools, dice: Dice, phase: int) -> Reply:
        """The responses with those of the units hit (R, U) replaced: accept or reject with 1/2 each (Section 5.3.1), then
        uniformly how."""
        accept = np.where(hit, dice(hit.shape[1]) < 0.5, reply.accept)
        if self.itemwise:
            return Reply(accept, reply.pick)
        picks = (dice(self.n_of(view)) * view.lookup.choices).astype(reply.pick.dtype)
        return Reply(accept, np.where(hit, picks, reply.pick))

    def reply_fault(self, view: View, reply: Reply, phase: int) -> Fault | None:
        """The first rule that some response breaks, or None."""
        rows, n = len(view), self.n_of(view)
        units = n if self.itemwise else 1
        if np.shape(reply.accept) != (rows, units) or reply.accept.dtype != bool:
            return every_row(view, f"accept or reject, booleans of shape ({rows}, {units})")
        if not self.itemwise:
            if np.shape(reply.pick) != (rows, n) or not np.issubdtype(reply.pick.dtype, np.integer):
                return every_row(view, f"a choice number for each item, integers of shape ({rows}, {n})")
            if not reply.pick.size or (reply.pick.min() >= 0 and reply.pick.max() < view.lookup.choices):
                return None
            bad = reply.accept & view.open & ((reply.pick < 0) | (reply.pick >= view.lookup.choices))
            if bad.any():
                allowed = f"for each open item a choice number from 0 to {view.lookup.choices - 1}"
                return Fault(np.asarray(bad.any(axis=1)), allowed)
        return None

    def every_offer(self, view: View, phase: int = 0, accepted: Offer | None = None) -> Offer:
        """All offers of the finite grid, a row each, each equally likely in a tremble, where the view's one row stands; in a
        second phase all announcements, given the accepted offer. Raises CannotPlay where they are too many or not listed."""
        raise CannotPlay(f"{self.name}: does not list its offers, so its game tree cannot be built")

    def every_reply(self, view: View, offer: Offer, phase: int = 0) -> tuple[Reply, Floats]:
        """All responses to an offer (one row), and the probability of each in a tremble: reject with 1/2, or accept and pick
        any joint choice. How many they are depends on the phase and on what is open only."""
        opened = np.flatnonzero(view.open[0])
        check_count(view.lookup.choices ** len(opened), "responses")
        picks = np.full((view.lookup.choices ** len(opened), self.n_of(view)), max(view.problem.null, 0), dtype=np.int64)
        picks[:, opened] = list(itertools.product(range(view.lookup.choices), repeat=len(opened)))
        accept = np.arange(len(picks) + 1)[:, None] > 0
        weight = np.concatenate([[0.5], np.full(len(picks), 0.5 / len(picks))])
        return Reply(accept, np.concatenate([picks[:1], picks])), weight

    def check_problem(self, problem: Problem) -> None:
        """Raise CannotPlay if the protocol cannot play this problem."""

    def share_demanding_offer(self, problem: Problem, player: int, types: Ints, v: float) -> Offer | None:
        """The share-v-demanding offer (one row) of a player with these types (Definition 1), or None where there is none:
        whatever the responder agrees to gives the proposer at least v, and the efficient response exactly v."""
        return None

    def exchangeable(self, problem: Problem, grid: Grid | None = None) -> "ExchangeableGame":
        """The game by sufficient statistics of types and offers, for solvers with many items; ``grid``: the demands, by default
        those of the protocol. Raises CannotPlay where the protocol declares no such statistic, or it does not fit the
        problem."""
        raise CannotPlay(
            f"{self.name}: it declares no sufficient statistic of types and offers, so it has no exchangeable game"
        )

    def describe_reply(self, problem: Problem, reply: Reply, phase: int) -> str:
        """The first row's response in words, for traces."""
        if not reply.accept[0, 0]:
            return "rejects" if phase == 0 else "says No"
        return "accepts and picks " + describe_choices(problem, reply.pick[0])

    # --- what follows from the options

    @staticmethod
    def n_of(view: View) -> int:
        return view.types.shape[1]

    @abstractmethod
    def transfer_range(self, problem: Problem) -> tuple[float, float]:
        """The lowest and the highest transfer (or demand, where offers name demands) that the default grid must hold."""

    def default_grid(self, problem: Problem) -> Grid:
        """Multiples of a thousandth of the largest surplus (an item's where items are offered one by one)."""
        step = float(problem.item_surplus.max() if self.itemwise else problem.largest_surplus) / GRID_STEPS
        low, high = self.transfer_range(problem)
        return Grid(step * math.floor(low / step + TIE), step * math.ceil(high / step - TIE), step)

    def grid_for(self, problem: Problem, tremble: float) -> Grid | None:
        """The grid in force: the one given, the default one under trembles, or none."""
        return self.grid or (self.default_grid(problem) if tremble > 0 else None)

    def stages(self, problem: Problem) -> int:
        """The horizon in stages."""
        if self.horizon is not None:
            return self.horizon
        patience = max(problem.discount)
        if patience == 0:
            return 2
        return int(min(LONGEST, max(2, math.ceil(math.log(PATIENCE) / math.log(patience)))))

    def late_tremble(self, tremble: float) -> float:
        """The probability of a tremble at a decision of a second phase."""
        return 0.0


def shared_order(protocols: Iterable[Protocol]) -> tuple[str, float]:
    """The order of offers that all protocols share, with Alice's chance to propose; the alternating one where they differ."""
    orders = {(protocol.order, protocol.recognition) for protocol in protocols}
    return orders.pop() if len(orders) == 1 else ("alternating", 0.5)


def finite_grid(view: View) -> Grid:
    """The grid in force, which listing offers needs. Raises CannotPlay where any transfer may be named."""
    if view.grid is None:
        raise CannotPlay(f"{view.situation.protocol.name}: listing all offers needs a finite grid of transfers")
    return view.grid


def check_count(count: int, what: str) -> None:
    """Raise CannotPlay where the offers or responses are too many to list."""
    if count > LISTED:
        raise CannotPlay(f"{count} {what} at a decision are more than {LISTED}: take a coarser grid or fewer items")


def every_row(view: View, allowed: str) -> Fault:
    """The fault of a whole batch, such as a wrong shape."""
    return Fault(np.ones(len(view), dtype=bool), allowed)


def shape_fault(view: View, offer: Offer, x: int, p: int) -> Fault | None:
    """The fault of offers whose arrays do not have ``x`` and ``p`` columns of numbers, a row for each negotiation."""
    for name, array, width in (("x", offer.x, x), ("p", offer.p, p)):
        if np.shape(array) != (len(view), width):
            return every_row(view, f"an offer whose {name} has shape {(len(view), width)}, not {np.shape(array)}")
    if not np.issubdtype(offer.x.dtype, np.integer) or not np.issubdtype(offer.p.dtype, np.floating):
        return every_row(view, f"an offer of integers x and floats p, not {offer.x.dtype} and {offer.p.dtype}")
    return None


def transfer_fault(view: View, transfers: Floats, what: str, open_: Bools | None = None) -> Fault | None:
    """The fault of transfers (R, any) that are not finite, or not on the grid in force; only where ``open_``."""
    grid = view.grid
    good = np.isfinite(transfers)
    if grid is not None and good.all():
        good = grid.holds(transfers)
    if good.all():
        return None
    bad = ~np.isfinite(transfers)
    if grid is not None:
        bad |= ~grid.holds(np.where(bad, 0.0, transfers))
    if open_ is not None:
        bad &= open_
    if not bad.any():
        return None
    allowed = "that is finite" if grid is None else f"on the grid {grid.low:g}, {grid.low + grid.step:g}, ..., {grid.high:g}"
    return Fault(np.asarray(bad.any(axis=1)), f"{what} {allowed}")


def number_fault(numbers: Ints, size: int, what: str, where: Any = True) -> Fault | None:
    """The fault of numbers (R, any) outside 0..size - 1."""
    if not numbers.size or (numbers.min() >= 0 and numbers.max() < size):
        return None
    bad = ((numbers < 0) | (numbers >= size)) & where
    return Fault(bad.any(axis=1), f"{what} from 0 to {size - 1}") if bad.any() else None


def describe_choices(problem: Problem, x: NDArray[Any], shown: int = 12) -> str:
    """A joint choice in words: the items on which something is done; a few of them where they are many."""
    names = problem.item_names()
    if problem.n == 1:
        return problem.choices[int(x[0])]
    done = [(names[k], problem.choices[int(x[k])]) for k in range(problem.n) if x[k] >= 0 and x[k] != problem.null]
    if not done:
        return "nothing"
    if problem.null >= 0 and len(problem.choices) == 2:
        head = f"{done[0][1]} " + ", ".join(name for name, _ in done[:shown])
    else:
        head = ", ".join(f"{name}: {c}" for name, c in done[:shown])
    return head + (f" and {len(done) - shown} more" if len(done) > shown else "")


def describe_types(problem: Problem, player: int, types: NDArray[Any], shown: int = 12) -> str:
    """A vector of types in words."""
    labels = [str(problem.types[player][int(t)]) for t in types[:shown]]
    return "(" + ", ".join(labels) + (f", ... {len(types)} in all)" if len(types) > shown else ")")
