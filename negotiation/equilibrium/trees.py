"""Game trees of protocols: the finite extensive form with private types and a public history, as flat arrays.

Types are private and all moves are public, so a decision node of the extensive form is a public history with a pair of types,
and an information set is a history with the mover's own type. The tree numbers the histories at which somebody moves;
everything that depends on types has an axis for them. Histories of one kind (same mover, stage, phase, and number of actions)
follow each other and form a layer, so that whatever is computed on a tree is computed for a layer at once, on arrays of shape
(histories, actions, types).

Action a at history h of a layer is the edge ``layer.edge + (h - layer.first) * layer.actions + a``. An edge leads to another
history or ends the negotiation, and gives each player its part of what is agreed there: private values make that a function of
its own type alone.

Source: file 004, Sections 3.3-3.6 (a history h, types theta, and sigma_i(h, theta_i))."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.continuation import Continuation
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Protocol, describe_types
from negotiation.table import Offer, Reply

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]
CHANCE = 2
Profile = list[Floats]  # for each layer the probability of each action, (histories, actions, types of the mover)


@dataclass(frozen=True, eq=False)
class Layer:
    """Histories ``first``, ..., ``first + count - 1``, all with the same mover, stage, phase and number of actions.

    ``kind`` is "offer", "reply" or "chance" (who proposes is drawn); ``open`` (n,) says which items are still undecided. Block
    ``block[h - first]`` of ``moves`` lists the actions; ``tremble`` is the probability of a tremble here and ``weight``
    (actions,) each action's probability in one."""

    player: int  # CHANCE where nobody moves
    stage: int
    phase: int
    kind: str
    first: int
    count: int
    actions: int
    edge: int
    open: NDArray[np.bool_]
    moves: Offer | Reply | None
    block: Ints
    tremble: float
    weight: Floats

    @property
    def histories(self) -> slice:
        return slice(self.first, self.first + self.count)

    @property
    def edges(self) -> slice:
        return slice(self.edge, self.edge + self.count * self.actions)

    def per_action(self, array: NDArray[Any]) -> NDArray[Any]:
        """The layer's part of an array over edges (E, any), as (histories, actions, any)."""
        return array[self.edges].reshape(self.count, self.actions, *array.shape[1:])


@dataclass(frozen=True, eq=False)
class GameTree:
    """The extensive form of a protocol on a problem, cut after ``horizon`` stages; see ``game_tree``.

    ``types[i]`` (T_i, n) lists player i's type vectors of positive probability, ``prior`` (T_a, T_b) is their joint law. Layers
    come in the order of play. ``child`` (E,) is the history after each edge, -1 where the negotiation ends; ``origin`` (H,) the
    edge that leads to each history, -1 for the first. ``gain[i]`` (E, T_i) is what each edge gives player i, in time-0 utils.
    ``cut`` lists the edges after which play would go on at stage ``horizon``: ``continuation`` says what that is worth."""

    problem: Problem
    protocol: Protocol
    horizon: int
    tremble: float
    continuation: Continuation
    types: tuple[Ints, Ints]
    prior: Floats
    layers: tuple[Layer, ...]
    child: Ints
    origin: Ints
    gain: tuple[Floats, Floats]
    cut: Ints
    _memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def histories(self) -> int:
        """The number of public histories at which somebody moves."""
        return len(self.origin)

    @property
    def size(self) -> int:
        """The number of nodes of the extensive form: the root, and each history and each end with every pair of types."""
        return 1 + (self.histories + int((self.child < 0).sum())) * int((self.prior > 0).sum())

    @cached_property
    def given(self) -> tuple[Floats, Floats]:
        """P(other's type | own type): given[i] has shape (T_i, T_j)."""
        joint = self.prior
        return joint / joint.sum(axis=1, keepdims=True), (joint / joint.sum(axis=0, keepdims=True)).T

    @cached_property
    def marginal(self) -> tuple[Floats, Floats]:
        """The prior probability of each player's types."""
        return self.prior.sum(axis=1), self.prior.sum(axis=0)

    @cached_property
    def independent(self) -> bool:
        """Whether the players' types are independent, so that beliefs are public."""
        return bool(np.allclose(self.prior, np.outer(*self.marginal), rtol=0, atol=1e-12))

    @cached_property
    def stages(self) -> Ints:
        """The stage of each history."""
        return np.concatenate([np.full(layer.count, layer.stage) for layer in self.layers])

    @property
    def scale(self) -> float:
        """The largest surplus that types can have, utils."""
        return self.problem.largest_surplus

    def layer_of(self, history: int) -> Layer:
        """The layer of a history."""
        firsts = [layer.first for layer in self.layers]
        return self.layers[int(np.searchsorted(firsts, history, side="right")) - 1]

    def path(self, history: int) -> list[tuple[Layer, int, int]]:
        """The moves that lead to a history: (layer, history, action), in the order of play."""
        moves = []
        while self.origin[history] >= 0:
            edge = int(self.origin[history])
            layer = self._layer_of_edge(edge)
            history = layer.first + (edge - layer.edge) // layer.actions
            moves.append((layer, history, (edge - layer.edge) % layer.actions))
        return moves[::-1]

    def _layer_of_edge(self, edge: int) -> Layer:
        edges = [layer.edge for layer in self.layers]
        return self.layers[int(np.searchsorted(edges, edge, side="right")) - 1]

    def describe_action(self, layer: Layer, history: int, action: int) -> str:
        """An action in words, without who takes it."""
        if layer.moves is None:
            return f"{PLAYERS[action]} is to propose"
        row = int(layer.block[history - layer.first]) * layer.actions + action
        if isinstance(layer.moves, Offer):
            said = self.protocol.describe_offer(self.problem, layer.player, layer.moves.at(slice(row, row + 1)), layer.phase)
            return "offers " + said if layer.phase == 0 else said
        return self.protocol.describe_reply(self.problem, layer.moves.at(slice(row, row + 1)), layer.phase)

    def describe(self, history: int) -> str:
        """A history in words."""
        by_stage: dict[int, list[str]] = {}
        for layer, at, action in self.path(history):
            who = "" if layer.player == CHANCE else PLAYERS[layer.player] + " "
            by_stage.setdefault(layer.stage, []).append(who + self.describe_action(layer, at, action))
        return "; ".join(f"stage {stage}: {', '.join(moves)}" for stage, moves in by_stage.items()) or "the start"

    @property
    def title(self) -> str:
        """The game in a line: protocol, problem, grid, horizon, trembles, continuation."""
        grid = self.protocol.grid
        assert grid is not None
        return (
            f"{self.protocol.name} on {self.problem.name}: {self.horizon} stage{'s' * (self.horizon > 1)}, then "
            f"{self.continuation.name}; transfers {grid.low:g}, {grid.low + grid.step:g}, ..., {grid.high:g}; "
            + (f"trembles with probability {self.tremble:g}" if self.tremble else "no trembles")
            + f"; {self.size:,} nodes"
        )

    def describe_type(self, player: int, t: int) -> str:
        """A type vector in words; the label alone where there is one item."""
        vector = self.types[player][t]
        if self.problem.n == 1:
            return str(self.problem.types[player][int(vector[0])])
        return describe_types(self.problem, player, vector)
