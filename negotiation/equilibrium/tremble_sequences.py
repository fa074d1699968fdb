"""Totally mixed profiles whose Bayes beliefs approach given beliefs: the witness of consistency (Kreps and Wilson 1982).

For independent types beliefs are public: b(h, t). At rate e let b^e(h) = (1 - r) b(h) + r (prior) with r = e^(2 + 2 stages),
which excludes no type. A move m that no type held possible by b(h) makes is made by type t with probability s b^e(h m, t) /
b^e(h, t) on top of what the profile says: then Bayes' rule leads from b^e(h) to b^e(h m). The scale is s = e, or e r where a
type that b(h) excludes is possible again after m. All other moves are mixed with e^2 of equal trembles. The distance of Bayes'
beliefs along the sequence from the given ones is measured, not assumed."""

import numpy as np

from negotiation.equilibrium.trees import CHANCE, GameTree, Profile
from negotiation.equilibrium.values import Beliefs

RATES = (1e-2, 1e-3, 1e-4, 1e-5)


def converging(tree: GameTree, profile: Profile, system: Beliefs) -> list[tuple[float, Profile]]:
    """(e, totally mixed profile) for falling e."""
    public = [np.zeros((tree.histories, len(t))) for t in tree.types]
    for layer in tree.layers:
        for j in (0, 1):
            public[j][layer.histories] = system.of(1 - j, layer)[:, 0]
    return [(e, _mixed(tree, profile, public, e)) for e in RATES]


def _mixed(tree: GameTree, profile: Profile, public: list[np.ndarray], e: float) -> Profile:
    mixed = []
    for layer, sigma in zip(tree.layers, profile, strict=True):
        if layer.player == CHANCE:
            mixed.append(sigma)
            continue
        j = layer.player
        prior = tree.marginal[j]
        rest = e ** (2 + 2 * tree.horizon)
        here = public[j][layer.histories][:, None]
        child = layer.per_action(tree.child)
        there = np.where((child >= 0)[:, :, None], public[j][child], here)
        wanted = ((1 - rest) * there + rest * prior) / ((1 - rest) * here + rest * prior)
        unmade = (sigma * here).sum(axis=2, keepdims=True) <= 0
        revived = ((there > 0) & (here <= 0)).any(axis=2, keepdims=True)
        scale = np.where(unmade, np.where(revived, e * rest, e), e**2) / layer.actions
        play = sigma + scale * np.where(unmade, wanted, 1.0)
        mixed.append(play / play.sum(axis=1, keepdims=True))
    return mixed
