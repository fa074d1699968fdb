"""Beliefs, values and best replies on a game tree.

Beliefs. mu_i(t_j | h, t_i) is what player i of type t_i believes of the other's type at history h: Bayes' rule from the prior
and the other's strategy. Where a profile leaves an action unplayed by every type that is still possible, ``Bayes`` takes the
limit of vanishing trembles that are the same for all types, (1 - e) sigma + e w: likelihoods are then c e^k, kept as the pairs
(c, k), so beliefs are defined at every history and are consistent in the sense of Kreps and Wilson. They may also be supplied
(``Given``).

Values. U_i(h, t_i) is the expected payoff of the profile from h on, given beliefs; the best reply replaces i's own strategy,
trembles included: (1 - gamma) max_a Q(a) + gamma sum_a w(a) Q(a) at every one of its information sets. Time-0 utils. Source:
file 004, Sections 3.6 and 5.3."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Ints, Layer, Profile
from negotiation.errors import InputError
from negotiation.problem import PLAYERS


class Beliefs(ABC):
    """A belief system: what each player believes of the other's type at every history, given its own."""

    @abstractmethod
    def of(self, player: int, layer: Layer) -> Floats:
        """mu_i(t_j | h, t_i) at a layer's histories, whoever moves there: shape (histories, T_i, T_j)."""


@dataclass(frozen=True, eq=False)
class Bayes(Beliefs):
    """Beliefs by Bayes' rule from a profile; the limit of uniform trembles where it says nothing.

    ``likelihood[j]`` (H, T_j) is the probability of player j's moves up to each history, by its type, up to the factor e^k;
    ``order[j]`` (H, T_j) holds the k."""

    tree: GameTree
    likelihood: tuple[Floats, Floats]
    order: tuple[Ints, Ints]

    def of(self, player: int, layer: Layer) -> Floats:
        mine = self.tree.given[player][None]
        likelihood, order = (part[1 - player][layer.histories][:, None] for part in (self.likelihood, self.order))
        possible = mine > 0
        if order.any():
            least = np.where(possible, order, np.iinfo(np.int32).max).min(axis=2, keepdims=True)
            likelihood = np.where(order == least, likelihood, 0.0)
        joint = mine * likelihood
        belief: Floats = joint / joint.sum(axis=2, keepdims=True)
        return belief

    def public(self, player: int, rows: Ints | slice = slice(None)) -> Floats:
        """The public belief about a player's type (rows, T_i), where types are independent."""
        likelihood, order = self.likelihood[player][rows], self.order[player][rows]
        if order.any():
            likelihood = np.where(order == order.min(axis=1, keepdims=True), likelihood, 0.0)
        joint = likelihood * self.tree.marginal[player]
        return joint / joint.sum(axis=1, keepdims=True)

    def reach(self, player: int | None = None) -> Floats:
        """The probability (H,) of each history under the profile; with a player, (H, T_i): given each of its types."""
        alice, bob = (np.where(k == 0, c, 0.0) for c, k in zip(self.likelihood, self.order, strict=True))
        chance = _chance(self.tree)
        if player is None:
            return chance * np.einsum("hi,ij,hj->h", alice, self.tree.prior, bob, optimize=True)
        own, other = (alice, bob) if player == 0 else (bob, alice)
        both: Floats = chance[:, None] * own * (other @ self.tree.given[player].T)
        return both


@dataclass(frozen=True, eq=False)
class Given(Beliefs):
    """Supplied beliefs: ``belief[i]`` has shape (H, T_i, T_j)."""

    belief: tuple[Floats, Floats]

    def of(self, player: int, layer: Layer) -> Floats:
        return self.belief[player][layer.histories]


def given_beliefs(tree: GameTree, belief: Sequence[Floats]) -> Given:
    """A supplied belief system. Raises InputError where shapes are wrong or beliefs are not probabilities.

    ``belief[i]`` is (H, T_i, T_j), or (H, T_j) where beliefs do not depend on the own type."""
    arrays = []
    for i, part in enumerate(belief):
        array = np.asarray(part, dtype=float)
        shape = (tree.histories, len(tree.types[i]), len(tree.types[1 - i]))
        if array.ndim == 2:
            array = np.repeat(array[:, None, :], shape[1], axis=1)
        if array.shape != shape:
            raise InputError(
                f"beliefs of {PLAYERS[i]}: expected shape {shape} (histories, own types, other's types), got {array.shape}"
            )
        if not np.isfinite(array).all() or array.min() < -1e-12 or np.abs(array.sum(axis=2) - 1).max() > 1e-9:
            raise InputError(f"beliefs of {PLAYERS[i]}: expected probabilities of the other's types that sum to 1")
        arrays.append(array)
    if len(arrays) != 2:
        raise InputError("beliefs: expected Alice's and Bob's")
    return Given((arrays[0], arrays[1]))


def bayes(tree: GameTree, profile: Profile) -> Bayes:
    """The beliefs that a profile gives rise to."""
    likelihood = [np.ones((tree.histories, len(t))) for t in tree.types]
    order = [np.zeros((tree.histories, len(t)), dtype=np.int32) for t in tree.types]
    for layer, played in zip(tree.layers, profile, strict=True):
        child = layer.per_action(tree.child)
        on = child >= 0
        after = child[on]
        if not len(after):
            continue
        for i in (0, 1):
            mine = likelihood[i][layer.histories][:, None]
            rank = order[i][layer.histories][:, None]
            if layer.player == i:
                unplayed = played <= 0
                mine = mine * np.where(unplayed, np.broadcast_to(layer.weight[:, None], played.shape), played)
                if unplayed.any() or rank.any():
                    order[i][after] = (rank + unplayed)[on]
                likelihood[i][after] = mine[on]
            else:
                shape = (layer.count, layer.actions, mine.shape[2])
                likelihood[i][after] = np.broadcast_to(mine, shape)[on]
                if rank.any():
                    order[i][after] = np.broadcast_to(rank, shape)[on]
    return Bayes(tree, (likelihood[0], likelihood[1]), (order[0], order[1]))


def _chance(tree: GameTree) -> Floats:
    """The probability of chance's moves up to each history."""
    reach = np.ones(tree.histories)
    if all(layer.player != CHANCE for layer in tree.layers):
        return reach
    for layer in tree.layers:
        child = layer.per_action(tree.child)
        weight = layer.weight if layer.player == CHANCE else np.ones(layer.actions)
        here = reach[layer.histories][:, None] * weight
        reach[child[child >= 0]] = here[child >= 0]
    return reach


@dataclass(frozen=True, eq=False)
class Values:
    """Of a profile under beliefs, for each player i: ``value[i]`` and ``best[i]`` (H, T_i), what the profile and what the best
    reply are worth at every history, in time-0 utils; ``action[layer]`` (histories, actions, T) what each action is worth to
    the mover who then plays best, and ``played[layer]`` who then plays the profile."""

    value: tuple[Floats, Floats]
    best: tuple[Floats, Floats]
    action: list[Floats]
    played: list[Floats]


def evaluate(tree: GameTree, profile: Profile, beliefs: Beliefs | None = None) -> Values:
    """Values and best replies at every history, on and off the path, under a belief system (Bayes' if None)."""
    system = bayes(tree, profile) if beliefs is None else beliefs
    ends = end_values(tree, profile, system)
    value, best = [], []
    action: list[Floats] = [np.zeros(0)] * len(tree.layers)
    played: list[Floats] = [np.zeros(0)] * len(tree.layers)
    for i in (0, 1):
        gain = tree.gain[i]
        if ends is not None:
            gain = gain.copy()
            gain[tree.cut] += ends[i]
        v, b, q, p = _backward(tree, profile, i, system, gain)
        value.append(v)
        best.append(b)
        for number, layer in enumerate(tree.layers):
            if layer.player == i:
                action[number], played[number] = q[number], p[number]
    return Values((value[0], value[1]), (best[0], best[1]), action, played)


def end_values(tree: GameTree, profile: Profile, system: Beliefs | None = None) -> tuple[Floats, Floats] | None:
    """What the continuation is worth after each cut edge, time-0 utils: (cuts, T_a) and (cuts, T_b); None where nothing is. The
    public beliefs are those of the system (Bayes' if None), moved by Bayes' rule by the last response."""
    if not tree.continuation.by_belief or not len(tree.cut):
        return None
    system = bayes(tree, profile) if system is None else system
    about = [np.zeros((len(tree.cut), len(t))) for t in tree.types]
    for layer, sigma in zip(tree.layers, profile, strict=True):
        at = np.flatnonzero((tree.cut >= layer.edge) & (tree.cut < layer.edges.stop))
        if not len(at):
            continue
        local = tree.cut[at] - layer.edge
        history, a = layer.first + local // layer.actions, local % layer.actions
        for i in (0, 1):
            belief = system.of(1 - i, layer)[history - layer.first, 0]
            if layer.player == i:
                joint = belief * sigma[local // layer.actions, a]
                total = joint.sum(axis=1, keepdims=True)
                belief = np.where(total > 0, joint / np.where(total > 0, total, 1.0), belief)
            about[i][at] = belief
    values = tree.continuation.values(about[0], about[1])
    alice, bob = (d**tree.horizon * v for d, v in zip(tree.problem.discount, values, strict=True))
    return alice, bob


def _backward(
    tree: GameTree, profile: Profile, player: int, system: Beliefs, gain: Floats
) -> tuple[Floats, Floats, dict[int, Floats], dict[int, Floats]]:
    """Values and best replies of a player, from the ends to the start; the last row stands for the ends."""
    value, best = (np.zeros((tree.histories + 1, len(tree.types[player]))) for _ in (0, 1))
    action: dict[int, Floats] = {}
    played: dict[int, Floats] = {}
    for number in reversed(range(len(tree.layers))):
        layer, sigma = tree.layers[number], profile[number]
        now, child = layer.per_action(gain), layer.per_action(tree.child)
        v, b = now + value[child], now + best[child]
        if layer.player == player:
            action[number], played[number] = b, v
            value[layer.histories] = (sigma * v).sum(axis=1)
            meant = b.max(axis=1)
            if layer.tremble:
                meant = (1 - layer.tremble) * meant + layer.tremble * (layer.weight[:, None] * b).sum(axis=1)
            best[layer.histories] = meant
        else:
            p = sigma if layer.player == CHANCE else sigma @ system.of(player, layer).transpose(0, 2, 1)
            value[layer.histories] = (p * v).sum(axis=1)
            best[layer.histories] = (p * b).sum(axis=1)
    return value[:-1], best[:-1], action, played


def from_layer(tree: GameTree, profile: Profile, player: int, number: int, system: Beliefs) -> Given:
    """The player's beliefs at a layer, and after it what Bayes' rule makes of them (elsewhere uniform: never used)."""
    other = len(tree.types[1 - player])
    weight = np.zeros((tree.histories, len(tree.types[player]), other))
    weight[tree.layers[number].histories] = system.of(player, tree.layers[number])
    for layer, sigma in zip(tree.layers[number:], profile[number:], strict=True):
        child = layer.per_action(tree.child)
        on = child >= 0
        carried = weight[layer.histories][:, None]
        if layer.player == 1 - player:
            carried = carried * sigma[:, :, None, :]
        shape = (layer.count, layer.actions, *weight.shape[1:])
        weight[child[on]] += np.broadcast_to(carried, shape)[on]
    total = weight.sum(axis=2, keepdims=True)
    beliefs = np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1 / other)
    pair = (beliefs, np.zeros(0)) if player == 0 else (np.zeros(0), beliefs)
    return Given(pair)


def gains_from(
    tree: GameTree, profile: Profile, player: int, number: int, system: Beliefs
) -> tuple[Floats, Floats, Floats, Floats]:
    """(value, best, what each action is worth, and who then plays the profile) at a layer of the player's, with the player's
    beliefs there carried on by Bayes' rule: exact whatever the beliefs at later histories. Time-0 utils."""
    ends = end_values(tree, profile, system)
    gain = tree.gain[player]
    if ends is not None:
        gain = gain.copy()
        gain[tree.cut] += ends[player]
    v, b, q, p = _backward(tree, profile, player, from_layer(tree, profile, player, number, system), gain)
    at = tree.layers[number].histories
    return v[at], b[at], q[number], p[number]
