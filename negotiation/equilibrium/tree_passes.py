"""Fast passes over a game tree for solvers: beliefs forwards, conditional values backwards, on arrays prepared once.

Beliefs are kept as the public weights b_i(h, t) of player i's types: the prior times the probability of i's moves, scaled to
sum to 1. Player j of type t_j believes mu(t_i | h, t_j) proportional to K_j[t_j, t_i] b_i(h, t_i) with K_j = prior /
(marginals' product), which is 1 where types are independent. Values are shares of the surplus (``tree.scale``) at time 0, those
of both players' types side by side: columns of Alice's types, then of Bob's.

A solver needs every action of every type to be possible, so that Bayes' rule applies everywhere: decisions that do not tremble
are given trembles of ``least`` in total. ``values.bayes`` and ``values.evaluate`` compute the same, more slowly and for any
profile; tests compare them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Ints, Layer, Profile

LEAST = 1e-10  # trembles given to decisions that have none
Places = slice | Ints


@dataclass(frozen=True, eq=False)
class LayerPasses:
    """What the passes need of a layer: the mover's and its partner's columns ``own`` and ``other``, the trembles' floor, where
    its edges lead (edge ``on[k]`` of the layer to history ``to[k]``), and what edges give in shares of the surplus. ``unit`` is
    the mover's discount factor at this stage; ``cut`` the edges of the layer that are cut at the horizon."""

    layer: Layer
    player: int
    rows: slice
    shape: tuple[int, int, int]
    own: slice
    other: slice
    tremble: float
    floor: Floats
    on: Places
    to: Places
    leads: bool
    gain: Floats
    unit: float
    cut: Ints


@dataclass(frozen=True, eq=False)
class Passes:
    """A tree prepared for repeated evaluation; see the module."""

    tree: GameTree
    layers: tuple[LayerPasses, ...]
    sizes: tuple[int, int]
    ratio: tuple[Floats, Floats] | None  # K_i (T_i, T_j), None where types are independent
    power: tuple[float, float]  # discount factors at the horizon


def passes(tree: GameTree, least: float = LEAST) -> Passes:
    """The tree prepared for a solver; kept with the tree."""
    key = f"passes {least}"
    if key not in tree._memo:
        sizes = (len(tree.types[0]), len(tree.types[1]))
        ratio = None
        if not tree.independent:
            alice = tree.prior / np.outer(*tree.marginal)
            ratio = (alice, np.ascontiguousarray(alice.T))
        layers = tuple(_prepare(tree, layer, sizes, least) for layer in tree.layers)
        power = (tree.problem.discount[0] ** tree.horizon, tree.problem.discount[1] ** tree.horizon)
        tree._memo[key] = Passes(tree, layers, sizes, ratio, power)
    prepared: Passes = tree._memo[key]
    return prepared


def columns(sizes: tuple[int, int], player: int) -> slice:
    """The columns of a player's types."""
    return slice(0, sizes[0]) if player == 0 else slice(sizes[0], sizes[0] + sizes[1])


def _prepare(tree: GameTree, layer: Layer, sizes: tuple[int, int], least: float) -> LayerPasses:
    player = layer.player
    child = tree.child[layer.edges]
    on = np.flatnonzero(child >= 0)
    gain = np.concatenate([tree.gain[0][layer.edges], tree.gain[1][layer.edges]], axis=1) / tree.scale
    tremble = layer.tremble or (least if player != CHANCE else 0.0)
    unit = 1.0 if player == CHANCE else tree.problem.discount[player] ** layer.stage
    cut = tree.cut[(tree.cut >= layer.edge) & (tree.cut < layer.edges.stop)] - layer.edge
    return LayerPasses(
        layer=layer,
        player=player,
        rows=layer.histories,
        shape=(layer.count, layer.actions, 1 if player == CHANCE else sizes[player]),
        own=columns(sizes, player if player != CHANCE else 0),
        other=columns(sizes, 1 - player if player != CHANCE else 1),
        tremble=tremble,
        floor=(tremble * layer.weight)[:, None],
        on=_places(on),
        to=_places(child[on].astype(np.int64)),
        leads=len(on) > 0,
        gain=gain,
        unit=unit or 1.0,
        cut=cut,
    )


def _places(numbers: Ints) -> Places:
    """A slice where the numbers are evenly spaced."""
    if len(numbers) < 2:
        return slice(int(numbers[0]), int(numbers[0]) + 1) if len(numbers) else slice(0, 0)
    steps = np.diff(numbers)
    if steps[0] > 0 and (steps == steps[0]).all():
        return slice(int(numbers[0]), int(numbers[-1]) + 1, int(steps[0]))
    return numbers


def played(p: Passes, meant: Sequence[Floats]) -> Profile:
    """The profile meant, with trembles; chance as it is."""
    return [
        np.broadcast_to(part.layer.weight[:, None], part.shape)
        if part.player == CHANCE
        else (1 - part.tremble) * m + part.floor
        for part, m in zip(p.layers, meant, strict=True)
    ]


def total(array: Floats) -> Floats:
    """The sum over the last axis, which is short."""
    if array.shape[-1] > 8:
        summed: Floats = array.sum(axis=-1)
        return summed
    result: Floats = array[..., 0]
    for k in range(1, array.shape[-1]):
        result = result + array[..., k]
    return result


def over_actions(array: Floats) -> Floats:
    """The sum over the second axis (faster so than by ``sum`` where the others are short)."""
    return np.asarray(np.einsum("na...->n...", array), dtype=float)


@dataclass(frozen=True, eq=False)
class Forward:
    """Public weights ``belief[i]`` (H, T_i), and for each layer the probability of each action, summed over the mover's types
    (histories, actions)."""

    belief: tuple[Floats, Floats]
    moved: list[Floats]


def forward(p: Passes, profile: Sequence[Floats], into: Forward | None = None) -> Forward:
    """Beliefs at all histories under a profile (trembles included), written over ``into`` where given."""
    if into is None:
        into = Forward(
            (np.ones((p.tree.histories, p.sizes[0])), np.ones((p.tree.histories, p.sizes[1]))), [np.zeros(0)] * len(p.layers)
        )
        for i in (0, 1):
            into.belief[i][0] = p.tree.marginal[i]
    for number, (part, sigma) in enumerate(zip(p.layers, profile, strict=True)):
        n, actions, _ = part.shape
        for i in (0, 1):
            if i == part.player:
                joint = into.belief[i][part.rows][:, None] * sigma
                moved = total(joint)
                into.moved[number] = moved
                if part.leads and p.sizes[i] > 1:
                    after = (joint / moved[..., None]).reshape(n * actions, -1)
                    into.belief[i][part.to] = after[part.on]
            elif part.leads and p.sizes[i] > 1:
                carried = np.broadcast_to(into.belief[i][part.rows][:, None], (n, actions, p.sizes[i]))
                into.belief[i][part.to] = carried.reshape(n * actions, -1)[part.on]
        if part.player == CHANCE:
            into.moved[number] = np.broadcast_to(part.layer.weight, (n, actions))
    return into


def chances(p: Passes, part: LayerPasses, moved: Floats, sigma: Floats, belief: tuple[Floats, Floats]) -> Floats:
    """The probability of each action in the eyes of the player who does not move, by its type (histories, actions, 1 or T)."""
    if p.ratio is None or part.player == CHANCE:
        return moved[..., None]
    ratio = p.ratio[1 - part.player]
    weights = belief[part.player][part.rows]
    seen: Floats = ((weights[:, None] * sigma) @ ratio.T) / (weights @ ratio.T)[:, None]
    return seen


def at_the_cut(p: Passes, part: LayerPasses, sigma: Floats, belief: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Public beliefs after the cut edges of a layer: (cuts, T_a) and (cuts, T_b)."""
    actions = part.shape[1]
    rows = part.layer.first + part.cut // actions
    about = [belief[0][rows], belief[1][rows]]
    if part.player != CHANCE:
        joint = about[part.player] * sigma.reshape(-1, sigma.shape[2])[part.cut]
        about[part.player] = joint / joint.sum(axis=1, keepdims=True)
    return about[0], about[1]


def ends(p: Passes, about: tuple[Floats, Floats]) -> Floats:
    """What the continuation is worth at beliefs (R, T_a), (R, T_b): (R, T_a + T_b), shares of the surplus at time 0."""
    values = p.tree.continuation.values(*about)
    return np.concatenate([v * d for v, d in zip(values, p.power, strict=True)], axis=1) / p.tree.scale


def backward_layer(p: Passes, number: int, profile: Sequence[Floats], fore: Forward, value: Floats) -> Floats:
    """Set the values (H, T_a + T_b) at a layer from those that follow. Returns what each edge is worth to everybody
    (histories, actions, T_a + T_b)."""
    part, sigma = p.layers[number], profile[number]
    worth = part.gain.copy()
    if part.leads:
        worth[part.on] += value[part.to]
    if len(part.cut) and p.tree.continuation.by_belief:
        worth[part.cut] += ends(p, at_the_cut(p, part, sigma, fore.belief))
    worth = worth.reshape(part.shape[0], part.shape[1], -1)
    if part.player == CHANCE:
        value[part.rows] = (part.layer.weight[:, None] * worth).sum(axis=1)
        return worth
    value[part.rows, part.own] = np.einsum("nat,nat->nt", sigma, worth[:, :, part.own])
    seen = chances(p, part, fore.moved[number], sigma, fore.belief)
    value[part.rows, part.other] = np.einsum("nat,nat->nt", seen, worth[:, :, part.other])
    return worth


def backward(p: Passes, profile: Sequence[Floats], fore: Forward) -> tuple[Floats, list[Floats]]:
    """The value of a profile to everybody at all histories (H, T_a + T_b), and of every edge, for each layer."""
    value = np.zeros((p.tree.histories, sum(p.sizes)))
    worth: Profile = [np.zeros(0)] * len(p.layers)
    for number in reversed(range(len(p.layers))):
        worth[number] = backward_layer(p, number, profile, fore, value)
    return value, worth
