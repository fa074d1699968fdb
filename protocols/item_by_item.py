"""Item by item (file 004, Section 3.3.1): n parallel Rubinstein-Staahl negotiations.

An offer names for each open item k a choice and its transfer, (x_k, p_k), from Bob to Alice; the responder accepts any subset,
which is carried out at once; the others go on, with the roles reversed, one stage later. Where there is a null choice, such as
no trade, offers propose another one: the null choice is what no agreement means. Trembles are drawn item by item.

Offer.x[:, k] and Offer.p[:, k] hold (x_k, p_k); Reply.accept[:, k] says whether item k is accepted."""

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
from negotiation.table import Offer, Reply


def null_fault(view, x):
    """The fault of proposing the null choice for an open item."""
    bad = view.open & (x == view.problem.null)
    return Fault(bad.any(axis=1), "for each open item another choice than the null one") if bad.any() else None


@register
@dataclass(frozen=True)
class ItemByItem(Protocol):
    """Each item is offered at its own price, and accepted or not for itself."""

    name = "item-by-item"
    itemwise = True

    def check_problem(self, problem):
        if problem.parts > 1:
            raise CannotPlay(f"item-by-item: cannot play {problem.name}: its utilities are over whole decisions, not items")

    def message_size(self, problem):
        """n prices (with a choice each)."""
        return problem.n

    def transfer_range(self, problem):
        """From what some type of Alice would just pay to what some type of Bob would, every type's own value included."""
        alice, bob = problem.utility
        return float(min(-alice.max(), bob.min())), float(max(bob.max(), -alice.min()))

    def write(self, view, choice, demand):
        own = view.lookup.worth(view.player, view.cells, choice)
        transfer = view.sign * (demand - own)
        grid = view.grid
        if grid is not None:  # in the responder's favour, unless the grid would turn a gain into a loss
            down, up = (grid.floor, grid.ceil) if view.player == 0 else (grid.ceil, grid.floor)
            exact, transfer = transfer, down(transfer)
            loss = (own + view.sign * transfer < 0) & (demand >= 0)
            if loss.any():
                transfer[loss] = up(exact[loss])
        return Offer(choice, transfer)

    def demanded(self, view, offer):
        return view.lookup.worth(view.player, view.cells, offer.x) + view.sign * offer.p

    def best_reply(self, view, offer, phase):
        gain = view.lookup.worth(view.player, view.cells, offer.x) + view.sign * offer.p
        return Reply(np.ones(gain.shape, dtype=bool), offer.x), gain, None

    def tremble_offer(self, view, offer, hit, dice, phase):
        n = hit.shape[1]
        proposals = view.problem.proposals
        x = proposals[(dice(n) * len(proposals)).astype(np.intp)].astype(offer.x.dtype)
        return Offer(np.where(hit, x, offer.x), np.where(hit, view.grid.draw(dice(n)), offer.p))

    def offer_fault(self, view, offer):
        n = self.n_of(view)
        return (
            shape_fault(view, offer, n, n)
            or number_fault(offer.x, view.lookup.choices, "for each open item a choice number", view.open)
            or null_fault(view, offer.x)
            or transfer_fault(view, offer.p, "for each open item a transfer", view.open)
        )

    def every_offer(self, view, phase=0, accepted=None):
        """All pairs of a choice and a transfer for each open item; the last open item's vary fastest."""
        problem, grid, opened = view.problem, finite_grid(view), np.flatnonzero(view.open[0])
        check_count((len(problem.proposals) * grid.count) ** len(opened), "offers")
        single = list(itertools.product(problem.proposals, grid.points))
        rows = list(itertools.product(single, repeat=len(opened)))
        x = np.full((len(rows), problem.n), -1, dtype=np.int64)  # nothing said of closed items
        p = np.zeros((len(rows), problem.n))
        for j, k in enumerate(opened):
            x[:, k], p[:, k] = [row[j][0] for row in rows], [row[j][1] for row in rows]
        return Offer(x, p)

    def every_reply(self, view, offer, phase=0):
        """All subsets of the open items, each equally likely in a tremble; nothing first."""
        accept = np.zeros((2 ** int(view.open.sum()), self.n_of(view)), dtype=bool)
        accept[:, view.open[0]] = list(itertools.product((False, True), repeat=int(view.open.sum())))
        return Reply(accept, np.tile(offer.x, (len(accept), 1))), np.full(len(accept), 1 / len(accept))

    def settlement(self, view, offer, reply):
        decided = reply.accept & view.open
        return Settlement(decided, offer.x, offer.p * decided)

    def describe_offer(self, problem, player, offer, phase):
        if problem.n == 1:
            return f"{problem.choices[int(offer.x[0, 0])]} at {offer.p[0, 0]:.4g}"
        names = problem.item_names()
        said = [
            f"{names[k]}: {problem.choices[x]} at {p:.4g}"
            for k, (x, p) in enumerate(zip(offer.x[0], offer.p[0], strict=True))
            if x >= 0
        ]
        return "; ".join(said[:12]) + (f"; and {len(said) - 12} more" if len(said) > 12 else "")

    def describe_reply(self, problem, reply, phase):
        if problem.n == 1:
            return "accepts" if reply.accept[0, 0] else "rejects"
        taken = [name for name, accept in zip(problem.item_names(), reply.accept[0], strict=True) if accept]
        return "accepts " + ", ".join(taken[:12]) + (", ..." if len(taken) > 12 else "") if taken else "rejects all"
