"""Playing an equilibrium in beliefs: each item has a public belief about both players' types, which offers and responses move.

Between points of the solution's lattice a public lot decides which point stands for the belief; both players see the lots."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.tree_player import drawn
from negotiation.strategy import Plan, Strategy
from negotiation.table import Ints, Offer, Reply, View

if TYPE_CHECKING:
    from negotiation.equilibrium import MarkovEquilibrium

AFTER_OFFER, AFTER_REJECTION = 0, 1 << 20  # slots of public lots


@dataclass(frozen=True, eq=False)
class BeliefPlayer(Strategy):
    """A player who follows a solution for one item on every item; memory: the lattice points (about Alice, about Bob) of each."""

    solution: "MarkovEquilibrium"

    name = "equilibrium in beliefs"

    def prepare(self, situation, types):
        rows, n = types.shape
        start = self.solution.start
        memory = np.repeat([float(start.alice), float(start.bob)], n)
        return Plan(types.astype(float), np.tile(memory, (rows, 1)))

    def propose(self, view, phase, accepted):
        x, p = np.zeros(view.types.shape, dtype=np.int64), np.zeros(view.types.shape)
        lots = view.draw(view.types.shape[1])
        for stage, rows in self._stages(view):
            at = self.solution.stages[stage]
            for k in range(x.shape[1]):
                points = self._points(view, rows, k)
                own, their = points[view.player], points[1 - view.player]
                meant = at.offers(their, own)[view.types[rows, k], np.arange(len(rows))]
                made = self.solution.offers[drawn(meant, lots[rows, k])]
                x[rows, k], p[rows, k] = made[:, 0].astype(np.int64), made[:, 1]
        return Offer(x, p)

    def respond(self, view, offer, phase):
        rows_, n = view.types.shape
        accept = np.zeros((rows_, n), dtype=bool)
        lots = view.draw(n)
        for stage, rows in self._stages(view):
            at = self.solution.stages[stage]
            for k in range(n):
                number = self._number(offer, rows, k)
                points = self._heard(view, stage, rows, k, number)
                yes = at.acceptance(number, points[1 - view.player], points[view.player])[
                    view.types[rows, k], np.arange(len(rows))
                ]
                accept[rows, k] = lots[rows, k] < yes
                self._refused(view, stage, rows, k, number, points)
        return Reply(accept, np.asarray(offer.x, dtype=np.int64)), None

    def refused(self, view, offer, reply):
        for stage, rows in self._stages(view):
            for k in range(view.types.shape[1]):
                number = self._number(offer, rows, k)
                self._refused(view, stage, rows, k, number, self._heard(view, stage, rows, k, number))
        return None

    def beliefs(self, view):
        grids = self.solution.grids
        points = self._points(view, np.array([0]), 0)
        first = view.problem.item_names()[0]
        return {
            f"{who}'s type of {first} is {label}": float(grid.beliefs[int(point[0])][t])
            for who, grid, point, labels in zip(("Alice", "Bob"), grids, points, view.problem.types, strict=True)
            for t, label in enumerate(labels)
            if len(labels) > 1
        }

    def _stages(self, view: View) -> list[tuple[int, NDArray[np.intp]]]:
        """The rows at each stage; beyond the solution's horizon its last stages go on."""
        last = len(self.solution.stages)
        stage = np.where(view.stage < last, view.stage, last - 2 + (view.stage - last) % 2)
        return [(int(t), np.flatnonzero(stage == t)) for t in np.unique(stage)]

    def _points(self, view: View, rows: Ints, k: int) -> tuple[Ints, Ints]:
        n = view.types.shape[1]
        return view.memory[rows, k].astype(np.int64), view.memory[rows, n + k].astype(np.int64)

    def _number(self, offer: Offer, rows: Ints, k: int) -> Ints:
        """The number of the solution's offer nearest to each offer for an item."""
        return np.asarray(np.abs(offer.p[rows, k, None] - self.solution.offers[:, 1]).argmin(axis=1))

    def _heard(self, view: View, stage: int, rows: Ints, k: int, number: Ints) -> tuple[Ints, Ints]:
        """The points after offers were heard."""
        lot = view.draw_public(1, AFTER_OFFER + k)[rows, 0]
        return self.solution.move(stage, self._points(view, rows, k), number, False, lot)

    def _refused(self, view: View, stage: int, rows: Ints, k: int, number: Ints, points: tuple[Ints, Ints]) -> None:
        """Remember the points after offers were refused: what the next stage starts from where an item is still open."""
        lot = view.draw_public(1, AFTER_REJECTION + k)[rows, 0]
        n = view.types.shape[1]
        view.memory[rows, k], view.memory[rows, n + k] = self.solution.move(stage, points, number, True, lot)
