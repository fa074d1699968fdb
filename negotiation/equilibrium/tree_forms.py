"""The extensive form of a game tree, node by node, and its profiles.

At the root chance draws the pair of types. Then every history occurs once for each pair of types of positive probability, and
an information set is a history with the mover's own type. Payoffs at an end are the sums of what the edges on its path give, in
time-0 utils. Trembles are no part of the form: they are a floor under the probability of each choice (``floors``)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.extensive_forms import END, ExtensiveForm, Labels, levels, preorder
from negotiation.equilibrium.profiles import checked, floor, shape
from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Ints, Layer, Profile
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import PLAYERS


def extensive_form(tree: GameTree, *, labels: bool = True) -> ExtensiveForm:
    """The extensive form of a game tree, of ``tree.size`` nodes; without ``labels`` actions have numbers only.

    Raises CannotPlay where the continuation depends on beliefs: then payoffs at the ends are no property of the game."""
    if tree.continuation.by_belief and len(tree.cut):
        raise CannotPlay(
            f"extensive form: payoffs at the horizon ({tree.continuation.name}) depend on beliefs; "
            "take a continuation that does not, or a horizon at which the protocol ends"
        )
    alice, bob = np.nonzero(tree.prior > 0)
    pairs, histories = len(alice), tree.histories
    over = np.flatnonzero(tree.child < 0)
    edges = sum(layer.count * layer.actions for layer in tree.layers)
    after = np.where(tree.child >= 0, tree.child, 0).astype(np.int64)  # edge -> history, or end as a history beyond the last
    after[over] = histories + np.arange(len(over))
    source, number, lot = np.zeros(edges, dtype=np.int64), np.zeros(edges, dtype=np.int64), np.ones(edges)
    mover = np.full(histories + len(over), END)
    infoset = np.full((histories + len(over), pairs), -1)
    total = [np.zeros((histories + len(over), len(types))) for types in tree.types]
    base = _set_bases(tree)
    for at, layer in enumerate(tree.layers):
        source[layer.edges] = np.repeat(np.arange(layer.first, layer.first + layer.count), layer.actions)
        number[layer.edges] = np.tile(np.arange(layer.actions), layer.count)
        mover[layer.histories] = layer.player
        if layer.player == CHANCE:
            lot[layer.edges] = np.tile(layer.weight, layer.count)
        else:
            own = (alice, bob)[layer.player]
            infoset[layer.histories] = base[at] + np.arange(layer.count)[:, None] * len(tree.types[layer.player]) + own
        for i in (0, 1):
            total[i][after[layer.edges]] = total[i][source[layer.edges]] + tree.gain[i][layer.edges]
    origin = np.zeros(histories + len(over), dtype=np.int64)
    origin[after] = np.arange(edges)

    def nodes(root: float, by_history: NDArray[Any]) -> NDArray[Any]:
        """An array over nodes from one over histories and ends, (any,) or (any, pairs)."""
        spread = by_history if by_history.ndim == 2 else np.repeat(by_history[:, None], pairs, axis=1)
        return np.concatenate([np.array([root], dtype=by_history.dtype), spread.ravel()])

    above = 1 + source[origin][:, None] * pairs + np.arange(pairs)
    above[0] = 0
    parent = nodes(-1, above)
    action = nodes(-1, number[origin][:, None].repeat(pairs, axis=1))
    action[1 : 1 + pairs] = np.arange(pairs)
    chance = nodes(1.0, lot[origin])
    chance[1 : 1 + pairs] = tree.prior[alice, bob]
    place = preorder(parent, levels(parent, action))
    order = np.argsort(place)
    parent = np.where(parent >= 0, place[parent], -1)[order]
    worth = np.stack([nodes(0.0, total[i][:, own]) for i, own in enumerate((alice, bob))], axis=1)[order]
    who = nodes(CHANCE, mover)[order]
    sets = [layer for i in (0, 1) for layer in tree.layers if layer.player == i]
    repeats = [layer.count * len(tree.types[layer.player]) for layer in sets]
    return ExtensiveForm(
        parent=parent,
        action=action[order],
        mover=who,
        infoset=nodes(-1, infoset)[order],
        chance=chance[order],
        payoff=worth[who == END],
        owner=np.repeat([layer.player for layer in sets], repeats),
        actions=np.repeat([layer.actions for layer in sets], repeats),
        title=f"{tree.problem.name}: {tree.protocol.name}, {tree.horizon} stages",
        comment=f"Continuation: {tree.continuation.name}. Payoffs: time-0 utils. Trembles ({tree.tremble:g}) are not in it.",
        labels=_labels(tree, sets, place[1:].reshape(-1, pairs), (alice, bob)) if labels else None,
    )


def form_profile(tree: GameTree, profile: Sequence[Floats]) -> Floats:
    """A tree's profile as one of its extensive form, (C,)."""
    played = checked(tree, profile)
    ours = [played[k].transpose(0, 2, 1).ravel() for i in (0, 1) for k, layer in enumerate(tree.layers) if layer.player == i]
    return np.concatenate([np.zeros(0), *ours])


def tree_profile(tree: GameTree, choices: Floats) -> Profile:
    """A profile (C,) of a tree's extensive form as one of the tree."""
    total = sum(int(np.prod(shape(tree, layer))) for layer in tree.layers if layer.player != CHANCE)
    if np.shape(choices) != (total,):
        raise InputError(f"profile: expected the probabilities of {total} choices, got shape {np.shape(choices)}")
    profile = [np.broadcast_to(layer.weight[:, None], shape(tree, layer)).copy() for layer in tree.layers]
    for at, start in _choice_starts(tree).items():
        count, actions, types = shape(tree, tree.layers[at])
        part = np.asarray(choices[start : start + count * actions * types], dtype=float)
        profile[at] = part.reshape(count, types, actions).transpose(0, 2, 1).copy()
    return checked(tree, profile)


def floors(tree: GameTree) -> Floats:
    """The least probability (C,) that trembles give each choice."""
    least = [np.broadcast_to(floor(tree, layer), shape(tree, layer)) for layer in tree.layers]
    ours = [least[k].transpose(0, 2, 1).ravel() for i in (0, 1) for k, layer in enumerate(tree.layers) if layer.player == i]
    return np.concatenate([np.zeros(0), *ours])


def set_stages(tree: GameTree) -> Ints:
    """The stage (S,) of each information set of the tree's extensive form."""
    own = [layer for i in (0, 1) for layer in tree.layers if layer.player == i]
    return np.concatenate([np.full(layer.count * len(tree.types[layer.player]), layer.stage) for layer in own])


def _set_bases(tree: GameTree) -> dict[int, int]:
    """The first information set of each layer where a player moves."""
    base, bases = 0, {}
    for player in (0, 1):
        for at, layer in enumerate(tree.layers):
            if layer.player == player:
                bases[at] = base
                base += layer.count * len(tree.types[player])
    return bases


def _choice_starts(tree: GameTree) -> dict[int, int]:
    """The first choice of each layer where a player moves."""
    start, starts = 0, {}
    for player in (0, 1):
        for at, layer in enumerate(tree.layers):
            if layer.player == player:
                starts[at] = start
                start += int(np.prod(shape(tree, layer)))
    return starts


def _labels(tree: GameTree, sets: list[Layer], place: Ints, pair: tuple[Ints, Ints]) -> Labels:
    """Names; ``place`` (histories and ends, pairs) is the node of each."""
    types = [[tree.describe_type(i, t) for t in range(len(tree.types[i]))] for i in (0, 1)]
    chance: dict[int, tuple[str, ...]] = {0: tuple(f"{types[0][a]} | {types[1][b]}" for a, b in zip(*pair, strict=True))}
    names: list[str] = []
    actions: list[tuple[str, ...]] = []
    for layer in sets:
        said = {
            int(b): _distinct([tree.describe_action(layer, layer.first + h, a) for a in range(layer.actions)])
            for b, h in zip(*np.unique(layer.block, return_index=True), strict=True)
        }
        for h, block in enumerate(layer.block.tolist()):
            for own in types[layer.player]:
                names.append(f"{PLAYERS[layer.player]} of type {own}, stage {layer.stage}, history {layer.first + h}")
                actions.append(said[block])
    for layer in tree.layers:
        if layer.player == CHANCE:
            drawn = _distinct([tree.describe_action(layer, layer.first, a) for a in range(layer.actions)])
            chance.update(dict.fromkeys(place[layer.histories].ravel().tolist(), drawn))
    return Labels(names, actions, chance)


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names, with their numbers where two are the same."""
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{k + 1}: {name}" for k, name in enumerate(names))
