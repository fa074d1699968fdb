"""Simulation strategies as profiles on a game tree: what a strategy does is asked at every information set.

The strategies are led through the tree as ``negotiation.play`` leads them through a negotiation: the proposer proposes, the
other responds, the proposer hears the response (trembles included: at every action), and memory goes with each history and
type."""

from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Layer, Profile
from negotiation.errors import CannotPlay
from negotiation.play import Session
from negotiation.problem import PLAYERS
from negotiation.strategy import Strategy
from negotiation.table import Offer, Reply, View

DECIMALS = 9


@dataclass
class Table(View):
    """A view in which nothing can be drawn: a strategy that draws is not a table of pure moves."""

    def draw(self, count: int, first: int = 0) -> Floats:
        raise CannotPlay("check: a strategy that draws at random cannot be written as a table; check it by simulation")

    draw_public = draw


def strategy_profile(tree: GameTree, strategies: tuple[Strategy, Strategy]) -> Profile:
    """The profile (trembles included) that two strategies play on the tree.

    Raises CannotPlay where a strategy draws at random, or makes an offer that the tree's grid does not hold."""
    session = Session(tree.problem, tree.protocol, strategies, tree.tremble)
    walk = _Walk(tree, session)
    return [walk.layer(number) for number in range(len(tree.layers))]


class _Walk:
    def __init__(self, tree: GameTree, session: Session) -> None:
        self.tree, self.session = tree, session
        self.plans = [s.prepare(session.situations[i], tree.types[i]) for i, s in enumerate(session.strategies)]
        self.memory = [
            np.broadcast_to(plan.memory, (tree.histories, *plan.memory.shape)).copy() for plan in self.plans
        ]  # (histories, T_i, any)
        self.said: dict[int, Offer] = {}  # by history of a reply layer's first history: the offers answered there

    def layer(self, number: int) -> Floats:
        layer = self.tree.layers[number]
        if layer.player == CHANCE:
            self._pass_on(layer, 0)
            self._pass_on(layer, 1)
            return np.broadcast_to(layer.weight[:, None], (layer.count, layer.actions, 1)).copy()
        chosen = self._propose(layer) if layer.kind == "offer" else self._respond(layer)
        pure = np.zeros((layer.count, layer.actions, len(self.tree.types[layer.player])))
        np.put_along_axis(pure, chosen[:, None, :], 1.0, axis=1)
        return (1 - layer.tremble) * pure + layer.tremble * layer.weight[:, None]

    def _view(self, player: int, layer: Layer, histories: np.ndarray, memory: np.ndarray) -> Table:
        """A row for each of the histories and each type of the player, types varying fastest."""
        situation, plan = self.session.situations[player], self.plans[player]
        many = len(histories)
        types = np.tile(self.tree.types[player], (many, 1))
        rows = len(types)
        return Table(
            situation,
            player,
            np.full(rows, layer.stage, dtype=np.int32),
            types,
            situation.lookup.cells(player, types),
            np.tile(layer.open, (rows, 1)),
            np.tile(plan.private, (many, 1)),
            memory.reshape(rows, -1),
            np.zeros(rows, dtype=np.uint64),
            np.zeros(rows, dtype=np.uint64),
        )

    def _propose(self, layer: Layer) -> np.ndarray:
        i = layer.player
        every = np.arange(layer.first, layer.first + layer.count)
        view = self._view(i, layer, every, self.memory[i][layer.histories])
        many = len(self.tree.types[i])
        accepted = None
        if layer.phase > 0:
            accepted = self._accepted(layer).at(np.repeat(np.arange(layer.count), many))
        offer = self.session.strategies[i].propose(view, layer.phase, accepted)
        self.memory[i][layer.histories] = view.memory.reshape(layer.count, many, -1)
        self._pass_on(layer, i)
        self._pass_on(layer, 1 - i)
        assert isinstance(layer.moves, Offer)
        keys = _codes(self.session, layer, offer)
        listed = _codes(self.session, layer, layer.moves)
        place = {key: row % layer.actions for row, key in reversed(list(enumerate(listed)))} if layer.phase == 0 else None
        chosen = np.empty(len(keys), dtype=np.int64)
        blocks = np.repeat(layer.block, many)
        for row, key in enumerate(keys):
            if place is not None:
                at = place.get(key, -1)
            else:
                first = int(blocks[row]) * layer.actions
                block = listed[first : first + layer.actions]
                at = block.index(key) if key in block else -1
            if at < 0:
                raise CannotPlay(
                    f"check: {PLAYERS[i]} ({self.session.strategies[i].name}) makes an offer that is not on the tree's grid "
                    f"({self.tree.protocol.describe_offer(self.tree.problem, i, offer.at(slice(row, row + 1)), layer.phase)})"
                )
            chosen[row] = at
        return chosen.reshape(layer.count, many)

    def _respond(self, layer: Layer) -> np.ndarray:
        j = layer.player
        strategy, protocol = self.session.strategies[j], self.tree.protocol
        every = np.arange(layer.first, layer.first + layer.count)
        many = len(self.tree.types[j])
        heard = self._heard(layer)
        view = self._view(j, layer, every, self.memory[j][layer.histories])
        reply, _ = strategy.respond(view, heard.at(np.repeat(np.arange(layer.count), many)), layer.phase)
        self.memory[j][layer.histories] = view.memory.reshape(layer.count, many, -1)
        self._pass_on(layer, j)
        assert isinstance(layer.moves, Reply)
        moves = layer.moves
        rows = layer.block[:, None] * layer.actions + np.arange(layer.actions)  # (histories, actions)
        accept = moves.accept[rows][:, None]
        same = (accept == reply.accept.reshape(layer.count, many, 1, -1))[..., : accept.shape[-1]]
        if protocol.itemwise:
            fits = (same | ~layer.open).all(axis=-1)
        else:
            picks = moves.pick[rows][:, None] == reply.pick.reshape(layer.count, many, 1, -1)
            counts = layer.actions > 2  # with two, accepting is not picking yet
            fits = same[..., 0] & ((picks | ~layer.open).all(axis=-1) | ~accept[..., 0] | (not counts))
        self._tell(layer, heard)
        return np.asarray(fits.argmax(axis=2))

    def _tell(self, layer: Layer, heard: Offer) -> None:
        """The proposer hears every response; what it remembers goes to the histories that follow."""
        i = 1 - layer.player
        if layer.phase > 0:
            return
        many = len(self.tree.types[i])
        child = layer.per_action(self.tree.child)
        on = np.argwhere(child >= 0)
        if not len(on):
            return
        assert isinstance(layer.moves, Reply)
        history = layer.first + on[:, 0]
        view = self._view(i, layer, history, self.memory[i][history])
        rows = np.repeat(on[:, 0], many)
        reply = layer.moves.at(np.repeat(layer.block[on[:, 0]] * layer.actions + on[:, 1], many))
        self.session.strategies[i].refused(view, heard.at(rows), reply)
        self.memory[i][child[on[:, 0], on[:, 1]]] = view.memory.reshape(len(on), many, -1)

    def _pass_on(self, layer: Layer, player: int) -> None:
        """What a player remembers at a history it remembers at those that follow."""
        child = layer.per_action(self.tree.child)
        on = child >= 0
        memory = self.memory[player][layer.histories][:, None]
        shape = (*child.shape, *memory.shape[2:])
        self.memory[player][child[on]] = np.broadcast_to(memory, shape)[on]

    def _heard(self, layer: Layer) -> Offer:
        """The offer answered at each history of a reply layer."""
        before = next(one for one in self.tree.layers if one.edge <= self.tree.origin[layer.first] < one.edges.stop)
        edges = self.tree.origin[layer.histories] - before.edge
        assert isinstance(before.moves, Offer)
        return before.moves.at(before.block[edges // before.actions] * before.actions + edges % before.actions)

    def _accepted(self, layer: Layer) -> Offer:
        """The accepted offer before each history at which announcements are made."""
        answered = next(one for one in self.tree.layers if one.edge <= self.tree.origin[layer.first] < one.edges.stop)
        history = answered.first + (self.tree.origin[layer.histories] - answered.edge) // answered.actions
        return self._heard(answered).at(history - answered.first)


def _codes(session: Session, layer: Layer, offer: Offer) -> list[bytes]:
    """Offers in comparable form: what is said of open items, rounded."""
    x, p = np.asarray(offer.x, dtype=np.float64), np.asarray(offer.p)
    if session.protocol.itemwise:
        x, p = x[:, layer.open], p[:, layer.open]
    both = np.round(np.concatenate([x, p], axis=1), DECIMALS) + 0.0
    return [row.tobytes() for row in np.ascontiguousarray(both)]
