"""A lattice of beliefs about a player's type, in log odds, and lotteries over it.

A belief over T types is its log odds to the first type, z_c = log(b_c / b_0), c = 1..T-1; Bayes' rule adds the log likelihood
ratios of what was observed to z. The lattice is the product of ``nodes[c]``, which lie densely where a small change of z
changes the belief most (``fineness`` apart in 4 b for the odds of two types, never more than ``widest`` in z) and hold the
prior and the beliefs that a few clear signals lead to. A belief off the lattice is represented by a lottery over the 2^(T-1)
corners of its cell, whose probabilities are continuous in the belief: with fraction f of the cell passed, the upper corner
has probability clip((f - DEAD) / (1 - 2 DEAD), 0, 1). Beyond the ends the nearest end represents the belief."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DEAD = 0.35


class Corners(NamedTuple):
    """Where beliefs lie: for each of C corners the flat lattice points ``points[c]`` and their probabilities ``weight[c]``."""

    points: list[Ints]
    weight: list[Floats]


@dataclass(frozen=True, eq=False)
class BeliefGrid:
    """The lattice of one player's types: ``prior`` (T,) and ``nodes``, T - 1 rising arrays of log odds with the prior's."""

    prior: Floats
    nodes: tuple[Floats, ...]

    @property
    def types(self) -> int:
        return len(self.prior)

    @property
    def points(self) -> int:
        """The number of lattice points, 1 where there is one type."""
        return int(np.prod([len(z) for z in self.nodes], dtype=int))

    @cached_property
    def start(self) -> int:
        """The flat index of the prior."""
        return int(self.nearest(self.odds(self.prior)))

    @cached_property
    def coordinates(self) -> Floats:
        """Log odds of every lattice point, (points, T - 1)."""
        if not self.nodes:
            return np.zeros((1, 0))
        return np.stack([z.ravel() for z in np.meshgrid(*self.nodes, indexing="ij")], axis=-1)

    @cached_property
    def beliefs(self) -> Floats:
        """Probabilities of types at every lattice point, (points, T)."""
        full = np.concatenate([np.zeros((self.points, 1)), self.coordinates], axis=-1)
        full = np.exp(full - full.max(axis=-1, keepdims=True))
        out: Floats = full / full.sum(axis=-1, keepdims=True)
        return out

    def odds(self, belief: Floats) -> Floats:
        """Log odds (..., T - 1) of probabilities (..., T)."""
        b = np.log(np.maximum(belief, 1e-300))
        out: Floats = b[..., 1:] - b[..., :1]
        return out

    def nearest(self, odds: Floats) -> Ints:
        """The flat index of the lattice point nearest to log odds (..., T - 1), coordinate by coordinate."""
        flat = np.zeros(odds.shape[:-1], dtype=np.int64)
        for c, z in enumerate(self.nodes):
            flat = flat * len(z) + np.searchsorted((z[1:] + z[:-1]) / 2, odds[..., c])
        return flat

    def corners(self, odds: Floats) -> Corners:
        """The lattice points that represent beliefs with log odds (..., T - 1), and with what probability."""
        index, weight = [np.zeros(odds.shape[:-1], dtype=np.int64)], [np.ones(odds.shape[:-1])]
        for c, z in enumerate(self.nodes):
            v = np.clip(odds[..., c], z[0], z[-1])
            base = self._cell(c, v)
            low = z.take(base)
            up = np.clip(((v - low) / (z.take(base + 1) - low) - DEAD) / (1 - 2 * DEAD), 0, 1)
            index = [k * len(z) + (base + more) for k in index for more in (0, 1)]
            weight = [w * part for w in weight for part in (1 - up, up)]
        return Corners(index, weight)

    def _cell(self, c: int, v: Floats) -> Ints:
        """The number of the cell of coordinate c that holds each v: a table of steps narrower than any cell, then a look."""
        z = self.nodes[c]
        step, table = self._tables[c]
        base = table.take(((v - z[0]) / step).astype(np.int64))
        base += v >= z.take(base + 1)
        return np.minimum(base, len(z) - 2)

    @cached_property
    def _tables(self) -> list[tuple[float, Ints]]:
        out = []
        for z in self.nodes:
            step = 0.99 * float(np.diff(z).min())
            marks = z[0] + step * np.arange(int((z[-1] - z[0]) / step) + 2)
            out.append((step, np.clip(np.searchsorted(z, marks, side="right") - 1, 0, len(z) - 2)))
        return out


def belief_grid(prior: Floats, signals: tuple[float, ...], fineness: float, widest: float, reach: float) -> BeliefGrid:
    """The lattice for a prior (T,): log odds from min(-reach, prior - reach / 2) to max(reach, prior + reach / 2) in every
    coordinate. Up to two of each of ``signals``, log likelihood ratios, lead from the prior to points of the lattice."""
    return BeliefGrid(prior, tuple(_nodes(z, signals, fineness, widest, reach) for z in np.log(prior[1:] / prior[0])))


def _nodes(centre: float, signals: tuple[float, ...], fineness: float, widest: float, reach: float) -> Floats:
    low, high = min(-reach, centre - reach / 2), max(reach, centre + reach / 2)

    def width(z: float) -> float:
        return float(min(widest, fineness * np.cosh(z / 2) ** 2))

    spread = [0.0]
    while spread[-1] < high:
        spread.append(spread[-1] + width(spread[-1]))
    while spread[0] > low:
        spread.insert(0, spread[0] - width(spread[0]))
    times = itertools.product(range(-2, 3), repeat=len(signals))
    anchors = {centre + sum(k * s for k, s in zip(row, signals, strict=True)) for row in times if sum(map(abs, row)) <= 3}
    held: list[float] = []
    for z in sorted((a for a in anchors if low < a < high), key=lambda a: abs(a - centre)):
        if all(abs(z - other) > 0.2 * width(z) for other in held):
            held.append(z)
    free = [z for z in spread if all(abs(z - other) > 0.4 * width(z) for other in held)]
    return np.array(sorted(held + free))
