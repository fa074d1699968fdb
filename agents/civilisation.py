"""A civilisation: the Mesa agent that has a universe to itself and cannot talk to any other.

It knows its own type, what it believes of the others' types, and what all types can do. From these alone it computes its one
action: civilisations that reason alike do what is right by each other without a message (file 000, Sections 1 and 4.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa
import numpy as np

from agents.compromise_tables import Floats, Procedure
from agents.negotiator import _Counters

if TYPE_CHECKING:
    from agents.universes import Multiverse

NASH = Procedure()


@dataclass(frozen=True)
class Group:
    """Civilisations that decide alike: the ``procedure``, the joint ``prior`` (T, T) they believe in (None: the true one), and
    their ``share`` of the universes, a number or one for each type."""

    procedure: Procedure = NASH
    prior: Floats | None = None
    share: float | Sequence[float] = 1.0

    def __str__(self) -> str:
        return str(self.procedure)


class Civilisation(mesa.Agent):
    """Number ``index`` of the society, of type ``kind`` (a number), one of a ``group`` that decides alike. After it has acted,
    ``action`` (T,) is what it gives to a player of each type, utils."""

    _ids = _Counters()
    model: "Multiverse"

    def __init__(self, model: "Multiverse", index: int, kind: int, group: Group) -> None:
        super().__init__(model)
        self.index = index
        self.kind = kind
        self.group = group

    def choose(self) -> Floats:
        """Its action (T,): its own row of the table that all who decide alike have in common."""
        return self.model.table(self.group)[self.kind]

    def act(self) -> None:
        """Called once: take the action. There is nothing to see before, and nothing to say."""
        self.model.take(self.index, self.choose())

    @property
    def action(self) -> Floats | None:
        """What it gives to a player of each type, utils; None before it has acted."""
        return self.model.action_of(self.index)

    @property
    def predicted(self) -> float:
        """The payoff that it expects if all others decide as it does, by its own beliefs; utils per other universe."""
        return float(self.model.expected(self.group)[self.kind])

    @property
    def realised(self) -> float:
        """The payoff that it gets: what all universes of its multiverse give to its type; utils per other universe."""
        return float(self.model.realised[self.model.multiverse[self.index], self.kind]) if self.model.acted else np.nan
