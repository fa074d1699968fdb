"""Playing an equilibrium in beliefs: each item has a public belief about both players' types, which offers and responses move.

Between points of the solution's lattice a public lot decides which point stands for the belief; both players see the lots."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.tree_player import drawn
from negotiation.strategy import Plan, Strategy
from negotiation.table import Floats, Ints, Offer, Reply, View

if TYPE_CHECKING:
    from negotiation.equilibrium import MarkovEquilibrium

AFTER_OFFER, AFTER_REJECTION = 0, 1 << 20  # slots of public lots


class Items(NamedTuple):
    """Open items of the rows at one stage of the solution, a place for each: ``row`` and ``item`` (P,), the points that stand
    for the beliefs about Alice and about Bob, and the own type."""

    stage: int
    row: Ints
    item: Ints
    points: tuple[Ints, Ints]
    own: Ints


@dataclass(frozen=True, eq=False)
class BeliefPlayer(Strategy):
    """A player who follows a solution for one item on every item; memory: the lattice points (about Alice, about Bob) of
    each."""

    solution: "MarkovEquilibrium"

    name = "equilibrium in beliefs"

    def prepare(self, situation, types):
        rows, n = types.shape
        start = self.solution.start
        memory = np.repeat([float(start.alice), float(start.bob)], n)
        return Plan(np.zeros((rows, 0)), np.tile(memory, (rows, 1)))

    def propose(self, view, phase, accepted):
        x, p = np.full(view.types.shape, int(self.solution.offers[0, 0])), np.zeros(view.types.shape)
        lots = view.draw(view.types.shape[1])
        for at in self._open(view):
            policy = self.solution.stages[at.stage]
            own, their = at.points[view.player], at.points[1 - view.player]
            meant = policy.offers(their, own)[at.own, np.arange(len(at.row))]
            made = self.solution.offers[drawn(meant, lots[at.row, at.item])]
            x[at.row, at.item], p[at.row, at.item] = made[:, 0].astype(np.int64), made[:, 1]
        return Offer(x, p)

    def respond(self, view, offer, phase):
        accept = np.zeros(view.types.shape, dtype=bool)
        lots = view.draw(view.types.shape[1])
        for at in self._open(view):
            number, heard = self._heard(view, offer, at)
            policy = self.solution.stages[at.stage]
            yes = policy.acceptance(number, heard[1 - view.player], heard[view.player])[at.own, np.arange(len(at.row))]
            accept[at.row, at.item] = lots[at.row, at.item] < yes
            self._remember(view, at, number, heard)
        return Reply(accept, np.asarray(offer.x, dtype=np.int64)), None

    def refused(self, view, offer, reply):
        for at in self._open(view):
            self._remember(view, at, *self._heard(view, offer, at))
        return None

    def beliefs(self, view):
        said = {}
        for k, name in enumerate(view.problem.item_names()):
            for i, who in enumerate(("Alice", "Bob")):
                belief = self.solution.grids[i].beliefs[int(view.memory[0, i * view.types.shape[1] + k])]
                for label, probability in zip(view.problem.types[i], belief, strict=True):
                    if len(belief) > 1:
                        said[f"{who} has {label} for {name}"] = float(probability)
        return said

    def _open(self, view: View) -> list[Items]:
        """The open items by stage; beyond the solution's horizon its last stages go on."""
        last, n = len(self.solution.stages), view.types.shape[1]
        stage = np.where(view.stage < last, view.stage, last - 2 + (view.stage % 2 != last % 2))
        found = []
        for t in np.unique(stage):
            row, item = np.nonzero(view.open & (stage == t)[:, None])
            points = view.memory[row, item].astype(np.int64), view.memory[row, n + item].astype(np.int64)
            found.append(Items(int(t), row, item, points, view.types[row, item]))
        return found

    def _heard(self, view: View, offer: Offer, at: Items) -> tuple[Ints, tuple[Ints, Ints]]:
        """The number of the solution's offer nearest to each offer, and the points once it is heard."""
        transfers = self.solution.offers[:, 1]
        number = np.rint(
            (offer.p[at.row, at.item] - transfers[0]) / max(transfers[-1] - transfers[0], 1e-300) * (len(transfers) - 1)
        )
        number = np.clip(number, 0, len(transfers) - 1).astype(np.int64)
        lots = self._lots(view, AFTER_OFFER)[at.row, at.item]
        return number, self.solution.move(at.stage, at.points, number, False, lots)

    def _remember(self, view: View, at: Items, number: Ints, heard: tuple[Ints, Ints]) -> None:
        """The points once an offer is refused: what the next stage starts from where the item is still open."""
        lots = self._lots(view, AFTER_REJECTION)[at.row, at.item]
        n = view.types.shape[1]
        after = self.solution.move(at.stage, heard, number, True, lots)
        view.memory[at.row, at.item], view.memory[at.row, n + at.item] = after

    @staticmethod
    def _lots(view: View, slot: int) -> Floats:
        return view.draw_public(view.types.shape[1], slot)
