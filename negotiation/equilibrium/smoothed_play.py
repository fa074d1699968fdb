"""Smoothed equilibrium conditions of the trembling game, and their unknowns.

An equilibrium of the trembling game solves, at every information set (h, t) of player i, with pi(a) the probabilities meant,

    pi(a) >= 0,  s(a) = v - Q(a) >= 0,  pi(a) s(a) = 0,  sum_a pi(a) = 1,

where Q(a) is what action a is worth under the trembled profile and Bayes' beliefs, in shares of the surplus at that stage. The
products are set to c(a) > 0 instead of 0: then pi is interior, and another action gains at most sum_a c(a). With z = pi - s,
both pi and s are smooth functions of z, (sqrt(z^2 + 4c) +- z) / 2 (Chen and Harker 1993), and the unknowns z and v are free."""

from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.tree_passes import Passes
from negotiation.equilibrium.trees import CHANCE, Floats


@dataclass(frozen=True, eq=False)
class Unknowns:
    """z (histories, actions, T) and v (histories, T) of each layer as views of one vector ``flat``."""

    flat: Floats
    z: list[Floats]
    v: list[Floats]


def unknowns(p: Passes, flat: Floats | None = None) -> Unknowns:
    """The unknowns in a vector (zero by default); layers of chance have none."""
    shapes = [(0, 0, 0) if part.player == CHANCE else part.shape for part in p.layers]
    sizes = [n * (actions + 1) * types for n, actions, types in shapes]
    flat = np.zeros(sum(sizes)) if flat is None else flat
    z, v, at = [], [], 0
    for (n, actions, types), size in zip(shapes, sizes, strict=True):
        middle = at + n * actions * types
        z.append(flat[at:middle].reshape(n, actions, types))
        v.append(flat[middle : at + size].reshape(n, types))
        at += size
    return Unknowns(flat, z, v)


@dataclass(frozen=True)
class Products:
    """The products c(a) of each layer and their derivatives by log mu, each (histories or 1, actions, T or 1)."""

    c: list[Floats]
    slope: list[Floats]


def split(z: Floats, c: Floats) -> tuple[Floats, Floats]:
    """(pi, s) with pi - s = z and pi s = c, both to full relative precision."""
    large = (np.sqrt(z * z + 4 * c) + np.abs(z)) / 2
    small = c / large
    up = z > 0
    return np.where(up, large, small), np.where(up, small, large)
