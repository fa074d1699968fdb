"""Playing the solution of an exchangeable game: demands and reserve payoffs by frequencies of types."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from negotiation.strategy import Plan, Strategy
from negotiation.table import Ints, Reply, View
from protocols.frequency import counts_of, split

if TYPE_CHECKING:
    from negotiation.equilibrium import ExchangeableSolution

NOTHING = -1.0


@dataclass(frozen=True, eq=False)
class FrequencyPlayer(Strategy):
    """A player who follows a solution. private: the number of its own frequencies; memory: what it has heard, what it has said
    (numbers of frequencies, -1 for nothing), and the surplus of what it has heard."""

    solution: "ExchangeableSolution"

    name = "equilibrium by frequencies"

    def prepare(self, situation, types):
        problem, i = situation.problem, situation.player
        kinds, wide = len(problem.surplus_table), max(len(t) for t in problem.types)
        counts = np.zeros((len(types), kinds * wide), dtype=np.int64)
        for k in range(problem.n):
            counts[np.arange(len(types)), problem.classes[k] * wide + types[:, k]] += 1
        own = self.solution.number(i, counts)
        return Plan(own[:, None].astype(float), np.tile([NOTHING, NOTHING, 0.0], (len(types), 1)))

    def propose(self, view, phase, accepted):
        protocol = view.situation.protocol
        if phase > 0 and accepted is not None:
            return protocol.announce(view, accepted)
        heard, _ = self._memory(view)
        demand = self.solution.demand_of(view.player, self._own(view), heard, view.memory[:, 2].copy())
        return protocol.write(view, None, demand[:, None])

    def respond(self, view, offer, phase):
        reply, gain, surplus = view.situation.protocol.best_reply(view, offer, phase)
        slack = view.situation.slack
        if phase > 0:
            return Reply(gain >= -slack, reply.pick), None
        heard, said = self._memory(view)
        none = np.full_like(heard, NOTHING)
        counts = self._announced(view, offer)
        now = self.solution.hear(1 - view.player, counts, offer.p[:, 0], said, none, surplus[:, 0])
        view.memory[:, 0] = np.where(now >= 0, now, heard)
        view.memory[:, 2] = np.where(now >= 0, surplus[:, 0], view.memory[:, 2])
        reserve = self.solution.reserve_of(view.player, self._own(view))
        return Reply(gain >= reserve[:, None] - slack, reply.pick), now >= 0

    def refused(self, view, offer, reply):
        heard, said = self._memory(view)
        surplus = view.memory[:, 2].copy()
        after = self.solution.hear(view.player, self._announced(view, offer), offer.p[:, 0], heard, said, surplus)
        view.memory[:, 1] = after
        return after != said

    def _own(self, view: View) -> Ints:
        return view.private[:, 0].astype(np.int64)

    def _memory(self, view: View) -> tuple[Ints, Ints]:
        memory = view.memory.astype(np.int64)
        return memory[:, 0], memory[:, 1]

    def _announced(self, view, offer):
        """The counts of types that offers announce."""
        return split(view, offer)[0] if view.situation.protocol.phases > 1 else counts_of(view, offer.x)
