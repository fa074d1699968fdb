"""Scripted: play what one is told, for tests and demonstrations.

``offers[s]`` and ``replies[s]`` are what the player does the s-th time it is asked (the last entry is repeated), in every
negotiation alike: an ``Offer`` of one row, and for a response (accept, pick), sequences of length U and n."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negotiation.errors import InputError
from negotiation.registry import register
from negotiation.strategy import Plan, Strategy
from negotiation.table import Offer, Reply


@register
@dataclass(frozen=True)
class Scripted(Strategy):
    """Plays a fixed list of offers and responses."""

    offers: Sequence[Offer] = ()
    replies: Sequence[tuple[Sequence[bool], Sequence[int]]] = ()

    name = "scripted"

    def prepare(self, situation, types):
        return Plan(np.zeros((len(types), 0)), np.zeros((len(types), 2)))  # memory: offers made, replies made

    def propose(self, view, phase, accepted):
        if not self.offers:
            raise InputError("scripted: asked for an offer, but its script has none")
        turn = np.minimum(view.memory[:, 0], len(self.offers) - 1).astype(int)
        view.memory[:, 0] += 1
        parts = [np.stack([np.asarray(offer[part])[0] for offer in self.offers]) for part in (0, 1)]
        return Offer(parts[0][turn], parts[1][turn].astype(float))

    def respond(self, view, offer, phase):
        rows, n = view.types.shape
        if not self.replies:
            units = n if view.situation.protocol.itemwise else 1
            return Reply(np.zeros((rows, units), dtype=bool), np.zeros((rows, n), dtype=np.int64)), None
        turn = np.minimum(view.memory[:, 1], len(self.replies) - 1).astype(int)
        view.memory[:, 1] += 1
        accept, pick = (np.stack([np.asarray(part) for part in parts]) for parts in zip(*self.replies, strict=True))
        return Reply(accept[turn], pick[turn]), None
