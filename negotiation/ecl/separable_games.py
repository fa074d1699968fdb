r"""Bargaining games with additively separable utilities, under complete information.

Player j has a compact convex set F_j of options, each a vector in R^n of what it gives to every player (utils). Here F_j is the
hull of finitely many vectors: the rows of ``vertices[j]``, what j's pure actions give; points between them are mixtures.
Payoffs add up over players,

    x = sum over j of y_j,   y_j in F_j,        F = F_1 + ... + F_n,

so what all can reach is the Minkowski sum F. In the *Nash point* everybody takes the action best for themselves (dominant
actions, as what others do changes nothing about one's choice).

Payoffs can be thrown away: points below F count as reachable, as in the definition of nu(N) in Section 6.2.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definitions 2 and 3, Section 3.2 (file 000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.check import finite
from negotiation.bargaining.sets import hull, minkowski
from negotiation.errors import InputError

FloatArray = NDArray[np.float64]

TOLERANCE = 1e-9
"""Payoffs closer than this times the game's range of payoffs (``SeparableGame.size``) count as equal."""


@dataclass(frozen=True, eq=False)
class SeparableGame:
    """A game with additively separable utilities; ``vertices[j]``: (actions of j, n) utils that j's actions give to each
    player.

    Errors: InputError (fewer than two players, a table with the wrong number of columns or without rows), NotANumber.
    """

    vertices: tuple[FloatArray, ...]

    def __init__(self, vertices: Sequence[ArrayLike]) -> None:
        n = len(vertices)
        if n < 2:
            raise InputError(f"a separable game needs at least two players, got {n}")
        tables = []
        for j, rows in enumerate(vertices):
            table = finite(rows, f"options of player {j}")
            if table.ndim != 2 or table.shape[1] != n or not len(table):
                raise InputError(f"options of player {j}: expected shape (actions, {n}), got {table.shape}")
            table.flags.writeable = False
            tables.append(table)
        object.__setattr__(self, "vertices", tuple(tables))

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.vertices)

    @cached_property
    def span(self) -> FloatArray:
        """(n,) range of each player's payoff over all outcomes, in utils."""
        return np.asarray(sum(np.ptp(v, axis=0) for v in self.vertices))

    @cached_property
    def size(self) -> float:
        """The unit of tolerances: the largest range of a player's payoffs in utils, but not less than 1e-5 of the largest
        payoff (whose digits are lost); 1 if all is 0."""
        largest = float(sum(np.abs(v).max() for v in self.vertices))
        return max(float(self.span.max()), 1e-5 * largest) or 1.0

    @cached_property
    def feasible(self) -> FeasibleSet:
        """F with everything below it, for the solutions of ``negotiation.bargaining``."""
        return self.reach(range(self.n), np.zeros((self.n, self.n)))

    def reach(self, coalition: Sequence[int], worst: ArrayLike) -> FeasibleSet:
        """What ``coalition`` P can get: {z in R^P : z <= sum over P of y_j + sum over the others of worst_j}, coordinates as
        in P.

        ``worst``: (n, n) utils, entry (j, i) what j gives to i if j is left out (see ``worst_matrix``).
        """
        inside, outside = self.split(coalition)
        given = np.asarray(worst, dtype=float)[np.ix_(outside, inside)].sum(axis=0)
        first, *rest = inside
        sets = [hull(self.vertices[first][:, inside] + given, comprehensive=True)]
        return minkowski([*sets, *(hull(self.vertices[j][:, inside]) for j in rest)])

    def split(self, coalition: Sequence[int]) -> tuple[list[int], list[int]]:
        """The members of a coalition in increasing order, and the others. InputError if it is empty or names no player."""
        inside = sorted({int(i) for i in coalition})
        if not inside or inside[0] < 0 or inside[-1] >= self.n:
            raise InputError(f"coalition {tuple(coalition)}: expected some of the players 0 to {self.n - 1}")
        return inside, [i for i in range(self.n) if i not in inside]

    def gives(self, mixtures: Sequence[ArrayLike]) -> FloatArray:
        """(n, n) utils: row j what player j's mixture ``mixtures[j]`` (actions of j,) gives to each player; columns add up to
        payoffs. InputError if it is not a probability vector."""
        rows = []
        for j, (table, mixture) in enumerate(zip(self.vertices, mixtures, strict=True)):
            p = finite(mixture, f"mixture of player {j}")
            if p.shape != (len(table),) or (p < -TOLERANCE).any() or abs(p.sum() - 1) > 1e-6:
                raise InputError(f"mixture of player {j}: expected {len(table)} probabilities that sum to 1, got {p}")
            rows.append(p @ table)
        return np.array(rows)

    @cached_property
    def selfish(self) -> tuple[FloatArray, ...]:
        """Everybody's mixture in the Nash point: best for oneself, uniform over actions that tie."""
        best = [v[:, j] >= v[:, j].max() - TOLERANCE * self.size for j, v in enumerate(self.vertices)]
        return tuple(b / b.sum() for b in best)

    @cached_property
    def nash_point(self) -> FloatArray:
        """(n,) payoffs in utils if all are selfish. The only Nash payoffs unless tied actions give others different amounts."""
        return np.asarray(self.gives(self.selfish).sum(axis=0))
