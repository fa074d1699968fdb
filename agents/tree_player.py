"""Playing a profile of a game tree: at the table, a player remembers the history it is at.

Where items are negotiated one by one the tree is that of a single item, and each item has its own history."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.trees import Floats, GameTree, Layer, Profile
from negotiation.strategy import Plan, Strategy
from negotiation.table import Ints, Offer, Reply, View

OVER = -1  # beyond the tree


@dataclass(frozen=True, eq=False)
class TreePlayer(Strategy):
    """A player who follows ``intended`` (probabilities before trembles) on a tree; offers that are not on its grid are taken
    for the nearest that is."""

    tree: GameTree
    intended: Profile
    itemwise: bool

    name = "equilibrium on a tree"

    @cached_property
    def layer_at(self) -> Ints:
        """The number of each history's layer."""
        return np.concatenate([np.full(layer.count, k) for k, layer in enumerate(self.tree.layers)])

    @cached_property
    def places(self) -> tuple[Ints, Ints]:
        """Each player's place among the tree's types, by type number (of an item, or of the whole vector in base T)."""
        found = []
        for i in (0, 1):
            base = len(self.tree.problem.types[i])
            codes = self._codes(self.tree.types[i], base)
            table = np.zeros(base ** self.tree.types[i].shape[1], dtype=np.int64)
            table[codes] = np.arange(len(codes))
            found.append(table)
        return found[0], found[1]

    @staticmethod
    def _codes(types: Ints, base: int) -> Ints:
        return np.asarray(types @ base ** np.arange(types.shape[1]), dtype=np.int64)

    def prepare(self, situation, types):
        """private: the place of one's types in the tree, (R, U); memory: the history of each unit."""
        base = len(self.tree.problem.types[situation.player])
        place = self.places[situation.player]
        mine = place[types] if self.itemwise else place[self._codes(types, base)][:, None]
        return Plan(mine.astype(float), np.zeros(mine.shape))

    def propose(self, view, phase, accepted):
        """Offers drawn from the profile; beyond the tree the last that is listed."""
        history = self._once_drawn(view.memory.astype(np.int64), view.player)
        lots = view.draw(history.shape[1])
        if self.itemwise:
            x, p = np.zeros(history.shape, dtype=np.int64), np.zeros(history.shape)
            for u in range(history.shape[1]):
                one = self._offers(history[:, u], view.private[:, u].astype(np.int64), lots[:, u], view.player)
                x[:, u], p[:, u] = one.x[:, 0], one.p[:, 0]
            return Offer(x, p)
        return self._offers(history[:, 0], view.private[:, 0].astype(np.int64), lots[:, 0], view.player)

    def _offers(self, history: Ints, own: Ints, lots: Floats, player: int) -> Offer:
        parts: list[tuple[Ints, Offer]] = []
        for number, rows in self._by_layer(history, "offer", player):
            layer = self.tree.layers[number]
            at = history[rows] - layer.first
            action = drawn(self.intended[number][at, :, own[rows]], lots[rows])
            parts.append((rows, self._listed(layer).at(layer.block[at] * layer.actions + action)))
        if not parts:
            listed = self._listed(next(layer for layer in self.tree.layers if layer.kind == "offer"))
            return listed.at(np.zeros(len(history), dtype=np.intp))
        x = np.zeros((len(history), parts[0][1].x.shape[1]), dtype=np.int64)
        p = np.zeros((len(history), parts[0][1].p.shape[1]))
        for rows, offer in parts:
            x[rows], p[rows] = offer.x, offer.p
        return Offer(x, p)

    def _listed(self, layer: Layer) -> Offer:
        assert isinstance(layer.moves, Offer)
        return layer.moves

    def _by_layer(self, history: Ints, kind: str, player: int) -> list[tuple[int, NDArray[np.intp]]]:
        """The rows at each layer of this kind; those beyond the tree at the last such layer of the player."""
        mine = [k for k, one in enumerate(self.tree.layers) if one.kind == kind and one.player == player]
        if not mine:  # it never does this in the tree
            return []
        number = self.layer_at[history]
        beyond = (history < 0) | ~np.isin(number, mine)
        number[beyond], history[beyond] = mine[-1], self.tree.layers[mine[-1]].first
        return [(k, np.flatnonzero(number == k)) for k in mine if (number == k).any()]

    def respond(self, view, offer, phase):
        """Responses drawn from the profile; the history after a rejection is remembered."""
        history = self._once_drawn(view.memory.astype(np.int64), 1 - view.player)
        lots = view.draw(history.shape[1])
        units = history.shape[1]
        accept = np.zeros((len(view), units), dtype=bool)
        pick = offer.x.astype(np.int64) if self.itemwise else np.zeros(view.types.shape, dtype=np.int64)
        for u in range(units):
            heard = Offer(offer.x[:, u : u + 1], offer.p[:, u : u + 1]) if self.itemwise else offer
            reply, after = self._answer(view, history[:, u], view.private[:, u].astype(np.int64), heard, lots[:, u])
            accept[:, u] = reply.accept[:, 0]
            if not self.itemwise:
                pick = reply.pick
            view.memory[:, u] = after
        return Reply(accept, pick), None

    def _answer(self, view: View, history: Ints, own: Ints, heard: Offer, lots: Floats) -> tuple[Reply, Ints]:
        at_reply = self._after_offer(history, heard)
        accept = np.zeros((len(history), 1), dtype=bool)
        pick = np.zeros((len(history), self.tree.problem.n), dtype=np.int64)
        after = np.full(len(history), OVER)
        for number, rows in self._by_layer(at_reply, "reply", view.player):
            layer = self.tree.layers[number]
            at = at_reply[rows] - layer.first
            action = drawn(self.intended[number][at, :, own[rows]], lots[rows])
            assert isinstance(layer.moves, Reply)
            said = layer.moves.at(layer.block[at] * layer.actions + action)
            accept[rows], pick[rows] = said.accept[:, :1], said.pick
            after[rows] = self.tree.child[layer.edge + at * layer.actions]  # a rejection is listed first
        return Reply(accept, pick), after

    def refused(self, view, offer, reply):
        """The history after one's own offer was rejected."""
        history = self._once_drawn(view.memory.astype(np.int64), view.player)
        for u in range(history.shape[1]):
            made = Offer(offer.x[:, u : u + 1], offer.p[:, u : u + 1]) if self.itemwise else offer
            at_reply = self._after_offer(history[:, u], made)
            layer_number = self.layer_at[at_reply]
            edge = np.array([layer.edge for layer in self.tree.layers])[layer_number]
            first = np.array([layer.first for layer in self.tree.layers])[layer_number]
            actions = np.array([layer.actions for layer in self.tree.layers])[layer_number]
            view.memory[:, u] = np.where(at_reply >= 0, self.tree.child[edge + (at_reply - first) * actions], OVER)
        return None

    def _once_drawn(self, history: Ints, proposer: int) -> Ints:
        """The histories at which ``proposer`` makes an offer, where chance draws who does; others as they are."""
        found = history.copy()
        for layer in self.tree.layers:
            if layer.kind == "chance":
                here = (history >= layer.first) & (history < layer.first + layer.count)
                found[here] = self.tree.child[layer.edge + (history[here] - layer.first) * layer.actions + proposer]
        return found

    def _after_offer(self, history: Ints, offer: Offer) -> Ints:
        """The histories at which these offers are answered."""
        found = np.full(len(history), OVER)
        for number, layer in enumerate(self.tree.layers):
            rows = np.flatnonzero((history >= 0) & (self.layer_at[history] == number))
            if len(rows) and layer.kind == "offer":
                action = nearest(self._listed(layer), offer.at(rows))
                found[rows] = self.tree.child[layer.edge + (history[rows] - layer.first) * layer.actions + action]
        return found


def drawn(probability: Floats, lots: Floats) -> Ints:
    """The action (R,) that each lot in [0, 1) draws from probabilities (R, A)."""
    edges = np.cumsum(probability, axis=1)
    edges[:, -1] = 1.0
    return np.asarray((edges <= lots[:, None]).sum(axis=1))


def nearest(listed: Offer, offer: Offer) -> Ints:
    """The number of the listed offer nearest to each offer: the same x first, then the nearest p."""
    keys, inverse = np.unique(np.concatenate([offer.x, offer.p], axis=1), axis=0, return_inverse=True)
    wide = offer.x.shape[1]
    away = np.abs(listed.x[None] - keys[:, None, :wide]).sum(axis=2) * 1e9
    away = away + np.abs(listed.p[None] - keys[:, None, wide:]).sum(axis=2)
    return np.asarray(away.argmin(axis=1)[inverse.ravel()])
