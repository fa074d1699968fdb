"""The Mesa agent that negotiates, and the negotiating table at which pairs of them sit.

In a stage the proposer makes an offer and the responder answers it. When it is its turn an agent *files its move* with its
table: it has made up its mind on what it may see, its own types and the public history (``negotiation.table.View``). A table
carries out a stage for all its pairs whose two players have filed, the proposers' offers first, then the responses to them.
A decision depends on the decider's own view and own stream of draws alone, and no pair touches another: so this is the same, to
the bit, as letting the agents act one by one, in any order."""

from collections.abc import Hashable
from dataclasses import fields
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import mesa
import numpy as np
from numpy.typing import NDArray

from negotiation.outcomes import Outcomes
from negotiation.play import Session, leap, play_stage
from negotiation.strategy import Strategy
from negotiation.table import Table, finish

if TYPE_CHECKING:
    from agents.model import NegotiationModel


class _Counters(WeakKeyDictionary[Any, Any]):
    """Mesa's counters of ids by model, without its strong references, which would keep every model alive for ever."""

    def __getitem__(self, model: Any) -> Any:
        return self.setdefault(model, count(1))


class Negotiator(mesa.Agent):
    """A member of the society: ``node`` of the graph, number ``index`` among its nodes, and the ``strategy`` it plays, which
    may be changed between rounds. Its seat, types and partner are those of its current negotiation, the latest one it was
    matched for. Its partner is for observers to see: a strategy is shown a ``View``, never an agent."""

    negotiates = True
    _ids = _Counters()
    model: "NegotiationModel"

    def __init__(self, model: "NegotiationModel", index: int, node: Hashable, strategy: Strategy) -> None:
        super().__init__(model)
        self.index = index
        self.node = node
        self.strategy = strategy

    def act(self) -> None:
        """Called once in a step while the agent's negotiation goes on: file the move of this stage. An agent that does not
        holds up its own pair, whose stage then waits for the next step."""
        self.model.file(self.index)

    @property
    def seat(self) -> int | None:
        """0 as Alice, 1 as Bob, None if it was left without a partner this round."""
        seat = int(self.model.seats[self.index])
        return seat if seat >= 0 else None

    @property
    def number(self) -> int | None:
        """The number of its negotiation, running over rounds."""
        return int(self.model.numbers[self.index]) if self.seat is not None else None

    @property
    def partner(self) -> "Negotiator | None":
        """Whom it negotiates with."""
        return self.model.members[self.model.partners[self.index]] if self.seat is not None else None

    @property
    def active(self) -> bool:
        """Whether its negotiation goes on."""
        return bool(self.model.active[self.index])

    @property
    def types(self) -> NDArray[Any] | None:
        """Its private types (n,), numbers of ``problem.types[seat]``, newly drawn for each negotiation."""
        return self.model.types_of(self.index)

    @property
    def payoff(self) -> float:
        """The sum of its payoffs in the negotiations that are over, each in utils of that negotiation's stage 0."""
        return float(self.model.payoffs[self.index])


class Idle(Negotiator):
    """Does nothing when activated: what the model costs without negotiating. Its model needs a ``step_limit``."""

    negotiates = False

    def act(self) -> None:
        pass


class Finished(NamedTuple):
    """Negotiations that are over: their numbers, who sat as Alice and as Bob (indices of agents), and what came of them."""

    numbers: NDArray[np.int64]
    alices: NDArray[np.int64]
    bobs: NDArray[np.int64]
    outcomes: Outcomes


class NegotiatingTable:
    """The pairs (R,) of a round that play the same two strategies: their ``numbers``, who sits as Alice, who as Bob. The state
    is made when the first move is filed; ``state.index`` says which of the pairs still negotiate."""

    def __init__(
        self, session: Session, seed: int, numbers: NDArray[np.int64], alices: NDArray[np.int64], bobs: NDArray[np.int64]
    ) -> None:
        self.session, self.seed = session, seed
        self.numbers, self.alices, self.bobs = numbers, alices, bobs
        self.state: Table | None = None

    def carry_out(self, filed: NDArray[np.bool_]) -> Finished | None:
        """Play one stage of the pairs both of whose players ``filed`` (by agent); returns those that are over now, and lets
        them go. Without trembles, timeless players who stopped moving are over too, as in ``negotiation.play``."""
        state = self.state if self.state is not None else self.session.table(self.seed, self.numbers)
        ready = np.flatnonzero(filed[self.alices[state.index]] & filed[self.bobs[state.index]])
        self.state = state
        if not len(ready):
            return None
        now = state if len(ready) == len(state) else state.kept(ready)
        play_stage(self.session, now, self.numbers)
        if self.session.tremble == 0:
            leap(self.session, now)
        if now is not state:
            for name in (f.name for f in fields(now) if not f.name.startswith("private")):
                getattr(state, name)[ready] = getattr(now, name)
        if not state.over.any():
            return None
        gone = state.kept(np.flatnonzero(state.over))
        finish(gone, self.session.situations[0].lookup)
        self.state = state.kept(np.flatnonzero(~state.over))
        outcomes = Outcomes(gone.totals, gone.last, gone.choice, gone.when)
        return Finished(self.numbers[gone.index], self.alices[gone.index], self.bobs[gone.index], outcomes)

    def __len__(self) -> int:
        """How many pairs still negotiate."""
        return len(self.numbers if self.state is None else self.state)
