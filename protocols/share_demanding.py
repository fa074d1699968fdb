"""Share-demanding, or "overall", negotiation (file 004, Section 3.3.3).

The proposer i announces types theta^ (truly or not) and demands a payoff v. Who accepts picks any joint choice x and delivers v
at the announced values: the transfer to Alice is v - sum_k u_a(x_k, theta^_k) if she proposed, and
sum_k u_b(x_k, theta^_k) - v if Bob did. The truthful announcement with demand v is a share-v-demanding offer (Definition 1).

Offer.x[:, k] holds the announced type of item k, Offer.p[:, 0] the demand; Reply.pick[:, k] the choice for item k."""

import itertools
from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.exchangeable import exchangeable_game
from negotiation.errors import CannotPlay
from negotiation.problem import PLAYERS
from negotiation.protocol import (
    Protocol,
    Settlement,
    check_count,
    describe_types,
    finite_grid,
    number_fault,
    shape_fault,
    transfer_fault,
)
from negotiation.registry import register
from negotiation.table import Floats, Ints, Offer, Reply, View, look, sum_items


def pick_best(view: View, announced: Ints) -> tuple[Ints, Floats]:
    """The responder's best choices (R, n) when the proposer must be left whole at its announced types: the first that
    maximises u_i(x, announced) + u_j(x, own). Returns them and their total (R,) over open items, in utils."""
    lookup = view.lookup
    alice = (view.cells, announced) if view.player == 0 else (lookup.cells(0, announced), view.types)
    pairs = lookup.pairs(*alice)
    total = look(lookup.surplus, pairs)
    return look(lookup.efficient, pairs), sum_items(total if view.all_open else total * view.open)


def deliver(view: View, announced: Ints, demand: Floats, pick: Ints) -> Settlement:
    """Deliver the demands (R,) at the announced types of the proposer, the viewer, and decide every open item as picked."""
    owed = view.lookup.worth(view.player, view.lookup.cells(view.player, announced), pick)
    transfer = view.sign * (demand - sum_items(owed if view.all_open else owed * view.open))
    return Settlement(view.open, pick, transfer)


@register
@dataclass(frozen=True)
class ShareDemanding(Protocol):
    """Announce your types, demand a payoff; who accepts picks the deal that delivers it."""

    name = "share-demanding"

    def message_size(self, problem):
        """n + 1 numbers: a type for each item, and a demand."""
        return problem.n + 1

    def transfer_range(self, problem):
        """Demands from 0 to the largest surplus."""
        return 0.0, problem.largest_surplus

    def share_demanding_offer(self, problem, player, types, v):
        return Offer(np.asarray(types)[None], np.array([[float(v)]]))

    def exchangeable(self, problem, grid=None):
        """Frequencies of types; the announced frequency, and its overlap with the responder's types, who sees the surplus."""
        if self.reopen:
            raise CannotPlay("share-demanding: its exchangeable game ends with an agreement, but reopen is set")
        demands = grid or self.grid or self.default_grid(problem)
        return exchangeable_game(problem, self.name, grid=demands, seen=True)

    def write(self, view, choice, demand):
        grid = view.grid
        return Offer(view.types, demand if grid is None else grid.floor(demand))

    def demanded(self, view, offer):
        return offer.p

    def best_reply(self, view, offer, phase):
        pick, total = pick_best(view, offer.x)
        surplus = total[:, None]
        return Reply(np.ones(surplus.shape, dtype=bool), pick), surplus - offer.p, surplus

    def tremble_offer(self, view, offer, hit, dice, phase):
        types = (dice(self.n_of(view)) * view.lookup.sizes[view.player]).astype(offer.x.dtype)
        return Offer(types, view.grid.draw(dice(1)))

    def every_offer(self, view, phase=0, accepted=None):
        """All announcements with all demands of the grid, demands varying fastest."""
        grid, n, size = finite_grid(view), self.n_of(view), view.lookup.sizes[view.player]
        check_count(size**n * grid.count, "offers")
        types = np.array(list(itertools.product(range(size), repeat=n)), dtype=np.int64)
        return Offer(np.repeat(types, grid.count, axis=0), np.tile(grid.points, len(types))[:, None])

    def offer_fault(self, view, offer):
        return (
            shape_fault(view, offer, self.n_of(view), 1)
            or number_fault(offer.x, view.lookup.sizes[view.player], "for each item a type number", view.open)
            or transfer_fault(view, offer.p, "a demand")
        )

    def settlement(self, view, offer, reply):
        return deliver(view, offer.x, offer.p[:, 0], reply.pick)

    def describe_offer(self, problem, player, offer, phase):
        said = describe_types(problem, player, offer.x[0])
        return f"{PLAYERS[player]}'s types are {said}; demands {offer.p[0, 0]:.6g}"
