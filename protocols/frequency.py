"""Negotiation over frequencies (file 004, Section 3.3.4): alternating offers of a small game, then the game.

Phase 1: the proposer i quotes a frequency distribution phi^ of types and a target payoff v; the other accepts or rejects.
Phase 2, once accepted: i announces types theta^ that have the frequency phi^; the other picks a joint choice x and pays
v - sum_k u_i(x, theta^_k), or says "No" and nothing is decided. Either way the negotiation ends.

A multiset of types is written as counts, for each class of items its own. A responder expects of an item the mean of its class:
sum_k sum_theta phi^(theta) S(theta, own theta_k), exact for exchangeable priors (iid, common shock), and the surplus itself
where that is known. Trembles are drawn in Phase 1, uniformly over frequencies and the demand grid; in Phase 2 too with
``tremble_game`` (footnote 23): an announcement uniform over the orders of phi^, a pick or "No" with 1/2 each.

Offer.x[:, c T + t] holds the count of type t in class c, T the larger number of types; x[:, C T + k] the announced type of item
k (-1 before Phase 2); Offer.p[:, 0] the demand. In Phase 2 Reply.accept is False for "No"."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.exchangeable import exchangeable_game
from negotiation.errors import CannotPlay
from negotiation.priors import how_often
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import (
    Dice,
    Fault,
    Protocol,
    Settlement,
    check_count,
    describe_types,
    finite_grid,
    shape_fault,
    transfer_fault,
)
from negotiation.registry import register
from negotiation.table import Floats, Ints, Offer, Reply, View
from protocols.share_demanding import deliver, pick_best


def cells_of(problem: Problem) -> tuple[int, int]:
    """(classes, T): the shape of the counts."""
    return len(problem.surplus_table), max(len(t) for t in problem.types)


def counts_of(view: View, types: Ints) -> Ints:
    """How often each class has each type, (R, C T)."""
    kinds, wide = cells_of(view.problem)
    if kinds == 1:
        return np.stack([how_often(types, t) for t in range(wide)]).T
    at = view.problem.classes * wide + types + kinds * wide * np.arange(len(types))[:, None]
    return np.bincount(at.ravel(), minlength=kinds * wide * len(types)).reshape(len(types), -1)


def split(view: View, offer: Offer) -> tuple[Ints, Ints]:
    """The counts (R, C T) and the announced types (R, n) of offers."""
    size = math.prod(cells_of(view.problem))
    return offer.x[:, :size], offer.x[:, size:]


def joined(counts: Ints, announced: Ints) -> Ints:
    """What offers write: the counts, then the announced types."""
    return np.concatenate([counts.T, announced.T]).T


def announce_near(view: View, counts: Ints) -> Ints:
    """Types (R, n) with the quoted frequencies: the truth as far as they permit, items in order, and in the other items the
    types left over, lowest first."""
    _, wide = cells_of(view.problem)
    said = view.types.astype(np.int64)
    lies = np.flatnonzero((counts_of(view, view.types) != counts).any(axis=1))
    if len(lies) < len(said):
        if len(lies):
            said[lies] = announce_near(view.at(lies), counts[lies])
        return said
    for c in range(counts.shape[1] // wide):
        items = np.flatnonzero(view.problem.classes == c)
        own, quota = said[:, items], counts[:, c * wide : (c + 1) * wide]
        rank = np.zeros(own.shape, dtype=np.int64)  # how many earlier items of the class have the same type
        for t in range(wide):
            same = own == t
            rank += np.where(same, np.cumsum(same, axis=1) - 1, 0)
        lie = rank >= np.take_along_axis(quota, own, axis=1)
        spare = quota - np.stack([np.count_nonzero((own == t) & ~lie, axis=1) for t in range(wide)], axis=1)
        place = np.cumsum(lie, axis=1) - 1
        filler = (place[:, :, None] >= np.cumsum(spare, axis=1)[:, None, :]).sum(axis=2)
        said[:, items] = np.where(lie, filler, own)
    return said


def multisets(items: int, size: int, wide: int) -> list[Ints]:
    """All counts (wide,) of ``size`` types among the items, in lexicographic order."""
    rows = [row for row in itertools.product(range(items + 1), repeat=size) if sum(row) == items]
    return [np.array([*row, *[0] * (wide - size)], dtype=np.int64) for row in rows]


def expected_surplus(view: View, counts: Ints) -> Floats:
    """The surplus (R,) to expect of truthful frequencies and one's own types, utils."""
    problem = view.problem
    if problem.surplus.known:
        return np.full(len(view), problem.surplus.mean)
    kinds, wide = cells_of(problem)
    own = counts_of(view, view.types).reshape(-1, kinds, wide)
    theirs = counts.reshape(-1, kinds, wide)
    best = problem.surplus_table if view.player == 0 else problem.surplus_table.transpose(0, 2, 1)
    total = np.zeros(len(view))
    for c in range(kinds):
        size = max(1, int((problem.classes == c).sum()))
        for t in range(best.shape[1]):
            for h in range(best.shape[2]):
                if best[c, t, h]:
                    total += own[:, c, t] * theirs[:, c, h] * (best[c, t, h] / size)
    return total


def draw_counts(view: View, dice: Dice) -> Ints:
    """Uniform over multisets of the proposer's types, class by class: stars and bars, the bars drawn without repetition."""
    kinds, wide = cells_of(view.problem)
    size = view.lookup.sizes[view.player]
    counts = np.zeros((len(view), kinds * wide), dtype=np.int64)
    for c in range(kinds):
        places = int((view.problem.classes == c).sum()) + size - 1
        bars = np.sort(np.argsort(dice(places), axis=1)[:, : size - 1], axis=1)
        edges = np.concatenate([np.full((len(view), 1), -1), bars, np.full((len(view), 1), places)], axis=1)
        counts[:, c * wide : c * wide + size] = np.diff(edges, axis=1) - 1
    return counts


def draw_order(view: View, counts: Ints, dice: Dice) -> Ints:
    """Announced types (R, n) with the quoted frequencies, in a uniform order within each class."""
    _, wide = cells_of(view.problem)
    said = np.zeros(view.types.shape, dtype=np.int64)
    lots = dice(view.types.shape[1])
    for c in range(counts.shape[1] // wide):
        items = np.flatnonzero(view.problem.classes == c)
        rank = np.argsort(np.argsort(lots[:, items], axis=1), axis=1)
        upto = np.cumsum(counts[:, c * wide : (c + 1) * wide], axis=1)
        said[:, items] = (rank[:, :, None] >= upto[:, None, :]).sum(axis=2)
    return said


@register
@dataclass(frozen=True)
class Frequency(Protocol):
    """Quote how often you have each type and demand a payoff; then announce types, and the other picks the deal or says No.

    ``tremble_game``: hands tremble in Phase 2 too."""

    tremble_game: bool = False

    name = "frequency"
    phases = 2

    def check_problem(self, problem):
        if problem.parts > 1:
            raise CannotPlay(f"frequency: cannot play {problem.name}: whole decisions have no frequencies of types by item")
        if self.reopen:
            raise CannotPlay("frequency: the game of Phase 2 ends the negotiation, so it cannot reopen")

    def message_size(self, problem):
        """C(n + |Theta| - 1, |Theta| - 1) frequencies for the player with more types (times demands); with several classes,
        the product over classes."""
        _, wide = cells_of(problem)
        return math.prod(math.comb(int(size) + wide - 1, wide - 1) for size in np.bincount(problem.classes))

    def transfer_range(self, problem):
        """Demands from 0 to the largest surplus."""
        return 0.0, problem.largest_surplus

    def late_tremble(self, tremble):
        return tremble if self.tremble_game else 0.0

    def share_demanding_offer(self, problem, player, types, v):
        """The truthful frequency and announcement with demand v: share-demanding once Phase 2 is played truthfully and
        efficiently (footnote 16)."""
        kinds, wide = cells_of(problem)
        counts = np.zeros((kinds, wide), dtype=np.int64)
        np.add.at(counts, (problem.classes, np.asarray(types)), 1)
        return Offer(np.concatenate([counts.ravel(), np.asarray(types, dtype=np.int64)])[None], np.array([[float(v)]]))

    def exchangeable(self, problem, grid=None):
        """Frequencies of types; the announced frequency; the surplus expected of it."""
        if self.tremble_game:
            raise CannotPlay("frequency: its exchangeable game has no trembles in Phase 2, but tremble_game is set")
        demands = grid or self.grid or self.default_grid(problem)
        return exchangeable_game(problem, self.name, grid=demands, seen=False)

    def write(self, view, choice, demand):
        grid = view.grid
        unsaid = np.full(view.types.shape, -1, dtype=np.int64, order="F")
        return Offer(joined(counts_of(view, view.types), unsaid), demand if grid is None else grid.floor(demand))

    def announce(self, view, offer):
        counts, _ = split(view, offer)
        return Offer(joined(counts, announce_near(view, counts)), offer.p)

    def demanded(self, view, offer):
        return offer.p

    def best_reply(self, view, offer, phase):
        counts, announced = split(view, offer)
        if phase == 0:
            surplus = expected_surplus(view, counts)[:, None]
            pick = np.zeros(view.types.shape, dtype=view.lookup.number)
        else:
            pick, total = pick_best(view, announced)
            surplus = total[:, None]
        return Reply(np.ones(surplus.shape, dtype=bool), pick), surplus - offer.p, surplus

    def tremble_offer(self, view, offer, hit, dice, phase):
        counts, announced = split(view, offer)
        if phase == 0:
            counts = draw_counts(view, dice)
            return Offer(joined(counts, announced), view.grid.draw(dice(1)))
        said = np.where(hit, draw_order(view, counts, dice), announced)
        return Offer(joined(counts, said), offer.p)

    def every_offer(self, view, phase=0, accepted=None):
        """All frequencies with all demands, demands varying fastest; in Phase 2 all orders of the accepted frequencies."""
        _, wide = cells_of(view.problem)
        size, classes = view.lookup.sizes[view.player], view.problem.classes
        if phase == 0:
            grid = finite_grid(view)
            check_count(self.message_size(view.problem) * grid.count, "offers")
            kinds = [multisets(int(count), size, wide) for count in np.bincount(classes)]
            counts = np.array([np.concatenate(row) for row in itertools.product(*kinds)])
            unsaid = np.full((len(counts) * grid.count, self.n_of(view)), -1, dtype=np.int64)
            return Offer(joined(np.repeat(counts, grid.count, axis=0), unsaid), np.tile(grid.points, len(counts))[:, None])
        counts, _ = split(view, accepted)
        check_count(size ** self.n_of(view), "announcements")
        types = np.array(list(itertools.product(range(size), repeat=self.n_of(view))), dtype=np.int64)
        cells = classes * wide + types
        said = (cells[:, :, None] == np.arange(counts.shape[1])).sum(axis=1)
        types = types[(said == counts).all(axis=1)]
        return Offer(joined(np.tile(counts, (len(types), 1)), types), np.tile(accepted.p, (len(types), 1)))

    def every_reply(self, view, offer, phase=0):
        """Phase 1: reject or accept. Phase 2: No, or any joint choice."""
        if phase > 0:
            return super().every_reply(view, offer, phase)
        return Reply(np.array([[False], [True]]), np.zeros((2, self.n_of(view)), dtype=np.int64)), np.full(2, 0.5)

    def offer_fault(self, view, offer):
        kinds, wide = cells_of(view.problem)
        rows, n = view.types.shape
        fault = shape_fault(view, offer, kinds * wide + n, 1)
        if fault:
            return fault
        counts, _ = split(view, offer)
        size = view.lookup.sizes[view.player]
        table = counts.T.reshape(kinds, wide, rows)
        sizes = np.bincount(view.problem.classes, minlength=kinds)
        bad = (counts < 0).any(axis=1) | (table.sum(axis=1) != sizes[:, None]).any(axis=0) | table[:, size:].any(axis=(0, 1))
        if bad.any():
            return Fault(bad, f"for each class counts of {size} types, at least 0, that sum to its items {sizes.tolist()}")
        return transfer_fault(view, offer.p, "a demand")

    def announcement_fault(self, view, offer, accepted):
        fault = shape_fault(view, offer, accepted.x.shape[1], 1)
        if fault:
            return fault
        (counts, announced), (quoted, _) = split(view, offer), split(view, accepted)
        bad = ((announced < 0) | (announced >= view.lookup.sizes[view.player])).any(axis=1)
        bad |= (counts_of(view, np.where(bad[:, None], 0, announced) if bad.any() else announced) != quoted).any(axis=1)
        bad |= (counts != quoted).any(axis=1) | (offer.p != accepted.p)[:, 0]
        return Fault(bad, "announced types that have the accepted frequencies, at the accepted demand") if bad.any() else None

    def settlement(self, view, offer, reply):
        _, announced = split(view, offer)
        decided, pick, transfer = deliver(view, announced, offer.p[:, 0], reply.pick)
        return Settlement(decided & reply.accept, pick, transfer * reply.accept[:, 0])

    def describe_offer(self, problem, player, offer, phase):
        kinds, wide = cells_of(problem)
        if phase > 0:
            return "announces " + describe_types(problem, player, offer.x[0, kinds * wide :])
        by_class = []
        for counts in offer.x[0, : kinds * wide].reshape(kinds, wide):
            labels = zip(counts, problem.types[player], strict=False)
            by_class.append(", ".join(f"{count} x {label}" for count, label in labels if count))
        return f"{PLAYERS[player]} has " + "; ".join(by_class) + f"; demands {offer.p[0, 0]:.6g}"

    def describe_reply(self, problem, reply, phase):
        if phase == 0:
            return "accepts" if reply.accept[0, 0] else "rejects"
        return super().describe_reply(problem, reply, phase).replace("accepts and picks", "picks")
