"""Concession: a time-dependent tactic (Faratin, Sierra and Jennings, *Negotiation decision functions for autonomous agents*,
Robotics and Autonomous Systems 24, 1998).

The demand falls from the largest surplus that one thinks possible to nothing at the deadline T:

    v(t) = v_max (1 - (min(t, T) / T)^(1 / e)),

with e < 1 Boulware (firm until late), e = 1 linear, e > 1 conceder. It accepts what is at least what it would demand itself at
the next stage. A heuristic, not an equilibrium."""

from dataclasses import dataclass

import numpy as np

from agents.quotes import highest, item_choices
from negotiation.errors import InputError
from negotiation.registry import register
from negotiation.strategy import DemandStrategy, Plan


@register
@dataclass(frozen=True)
class Concession(DemandStrategy):
    """Demand everything at first and concede with time: ``exponent`` e, ``deadline`` T in stages."""

    exponent: float = 0.5
    deadline: int = 20

    name = "concession"

    def __post_init__(self) -> None:
        if not self.exponent > 0:
            raise InputError(f"exponent: expected a positive number, got {self.exponent!r}")
        if self.deadline < 1:
            raise InputError(f"deadline: expected at least 1 stage, got {self.deadline!r}")

    def prepare(self, situation, types):
        return Plan(highest(situation, types), np.zeros((len(types), 0)))

    def left(self, stage):
        """The share of v_max still demanded at the stages (R,), shape (R, 1). From a table of powers, the same everywhere."""
        share = np.array([1.0 - (t / self.deadline) ** (1 / self.exponent) for t in range(self.deadline + 1)])
        return share.take(np.minimum(stage, self.deadline))[:, None]

    def demand(self, view):
        return item_choices(view), view.private * self.left(view.stage)

    def reserve(self, view):
        return view.private * self.left(view.stage + 1)


@register
@dataclass(frozen=True)
class Boulware(Concession):
    """Concession that stays firm until late (e = 0.2)."""

    exponent: float = 0.2
    name = "boulware"


@register
@dataclass(frozen=True)
class Linear(Concession):
    """Concession at a constant pace (e = 1)."""

    exponent: float = 1.0
    name = "linear"


@register
@dataclass(frozen=True)
class Conceder(Concession):
    """Concession that gives way early (e = 5)."""

    exponent: float = 5.0
    name = "conceder"
