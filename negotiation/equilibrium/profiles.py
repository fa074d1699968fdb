"""Profiles of behaviour strategies on a game tree: for each layer the probability of each action, by the mover's type."""

from collections.abc import Sequence

import numpy as np

from negotiation.equilibrium.trees import CHANCE, Floats, GameTree, Layer, Profile
from negotiation.errors import InputError
from negotiation.problem import PLAYERS


def shape(tree: GameTree, layer: Layer) -> tuple[int, int, int]:
    """(histories, actions, types of the mover); one type where chance moves."""
    return layer.count, layer.actions, 1 if layer.player == CHANCE else len(tree.types[layer.player])


def floor(tree: GameTree, layer: Layer) -> Floats:
    """The least probability of each action (actions, 1): what trembles give it, gamma times its weight in a tremble."""
    return (layer.tremble * layer.weight)[:, None]


def uniform(tree: GameTree) -> Profile:
    """Everybody plays as if trembling always: every action with its probability in a tremble, chance as it does."""
    return [np.broadcast_to(layer.weight[:, None], shape(tree, layer)).copy() for layer in tree.layers]


def random(tree: GameTree, generator: np.random.Generator, concentration: float = 1.0) -> Profile:
    """Probabilities drawn from a Dirichlet law at every information set, then trembled."""
    drawn = []
    for layer, base in zip(tree.layers, uniform(tree), strict=True):
        lots = generator.gamma(concentration, size=base.shape) + 1e-300
        drawn.append(base if layer.player == CHANCE else lots / lots.sum(axis=1, keepdims=True))
    return trembled(tree, drawn)


def trembled(tree: GameTree, profile: Sequence[Floats]) -> Profile:
    """The profile as played by trembling hands: (1 - gamma) of it plus gamma of a tremble, at every decision."""
    return [
        s if layer.player == CHANCE else (1 - layer.tremble) * s + floor(tree, layer)
        for layer, s in zip(tree.layers, profile, strict=True)
    ]


def checked(tree: GameTree, profile: Sequence[Floats]) -> Profile:
    """The profile as arrays. Raises InputError where a shape is wrong, or probabilities are negative or do not sum to 1."""
    if len(profile) != len(tree.layers):
        raise InputError(f"profile: expected an array for each of the {len(tree.layers)} layers, got {len(profile)}")
    good = []
    for number, (layer, given) in enumerate(zip(tree.layers, profile, strict=True)):
        array = np.asarray(given, dtype=float)
        where = (
            f"profile, layer {number} ({'chance' if layer.player == CHANCE else PLAYERS[layer.player]}, stage {layer.stage})"
        )
        if array.shape != shape(tree, layer):
            raise InputError(f"{where}: expected shape {shape(tree, layer)} (histories, actions, types), got {array.shape}")
        if not np.isfinite(array).all() or array.min() < -1e-12 or np.abs(array.sum(axis=1) - 1).max() > 1e-9:
            raise InputError(f"{where}: expected probabilities of actions that sum to 1")
        good.append(array)
    return good
