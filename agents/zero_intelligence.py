"""ZeroIntelligence: random demands within the budget (Gode and Sunder, *Allocative efficiency of markets with
zero-intelligence traders*, Journal of Political Economy 101, 1993: ZI-C).

Every demand is uniform between 0 and the largest surplus that the player thinks possible, so that no deal is a loss to itself;
it accepts what is at least a demand drawn in the same way. A null model, not an equilibrium."""

from dataclasses import dataclass

import numpy as np

from agents.quotes import highest, item_choices
from negotiation.registry import register
from negotiation.strategy import DemandStrategy, Plan


@register
@dataclass(frozen=True)
class ZeroIntelligence(DemandStrategy):
    """Uniform random demands that are never a loss."""

    name = "zero-intelligence"

    def prepare(self, situation, types):
        return Plan(highest(situation, types), np.zeros((len(types), 0)))

    def demand(self, view):
        return item_choices(view), view.private * view.draw(view.private.shape[1])

    def reserve(self, view):
        return view.private * view.draw(view.private.shape[1])
