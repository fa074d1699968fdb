"""Which mixtures of several players give certain payoffs: linear programs over everybody's mixtures.

Source: Treutlein, Modeling evidential cooperation in large worlds, Section 3.2: F as a sum of individual sets (file 000).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negotiation.bargaining.errors import EmptySet
from negotiation.bargaining.program import highs
from negotiation.ecl.separable_games import FloatArray, SeparableGame

ROUNDING = (1e-13, 1e-10)
"""What the least miss is widened by, in units of the game's size: the second where the first leaves nothing."""


class Mixtures:
    """The mixtures by which ``group`` gives its members ``target`` (members,) utils, outsiders' gifts not counted: exactly, or
    at least that much with ``disposal``.

    ``miss``: the least utils by which they have to fall short of (with ``disposal``) or away from the target, 0 if it is
    feasible; the mixtures are those that miss by no more, up to rounding.
    """

    def __init__(self, game: SeparableGame, group: Sequence[int], target: FloatArray, *, disposal: bool) -> None:
        inside, self.outside = game.split(group)
        self.inside, self.game = inside, game
        sizes = [len(game.vertices[j]) for j in inside]
        self.ends = np.cumsum(sizes)[:-1]
        self.table = np.vstack([game.vertices[j] for j in inside])
        q, k = sum(sizes), len(inside)
        origin = sum(game.vertices[j].mean(axis=0) for j in inside)[inside]
        means = np.repeat(np.array([game.vertices[j].mean(axis=0) for j in inside]), sizes, axis=0)
        columns = ((self.table - means)[:, inside] / game.size).T
        limit = (target - origin) / game.size
        self.rows = -columns if disposal else np.vstack([-columns, columns])
        self.limits = -limit if disposal else np.r_[-limit, limit]
        self.one = np.zeros((k, q))
        self.one[np.repeat(np.arange(k), sizes), np.arange(q)] = 1.0
        near = self._solve(np.append(np.zeros(q), 1.0), 0.0, free=True)
        self.miss = float(near[-1]) * game.size
        self.limits = self.limits + near[-1]

    def best(self, values: FloatArray) -> tuple[FloatArray, ...]:
        """The mixtures that maximise the sum of ``values`` (all actions of the members one after the other,), one a member."""
        size = float(np.abs(values).max()) or 1.0
        try:
            p = self._solve(-values / size, ROUNDING[0], free=False)
        except EmptySet:
            p = self._solve(-values / size, ROUNDING[1], free=False)
        p = np.maximum(p, 0.0)
        return tuple(part / part.sum() for part in np.split(p, self.ends))

    def _solve(self, cost: FloatArray, wider: float, *, free: bool) -> FloatArray:
        extra = np.full((len(self.rows), 1), -1.0)
        A = np.hstack([self.rows, extra]) if free else self.rows
        E = np.hstack([self.one, np.zeros((len(self.one), 1))]) if free else self.one
        bounds = np.column_stack([np.zeros(A.shape[1]), np.full(A.shape[1], np.inf)])
        return np.asarray(highs(cost, A, self.limits + wider, E, np.ones(len(E)), bounds).x)


def kind_mixtures(game: SeparableGame, group: Sequence[int], target: FloatArray) -> tuple[FloatArray, ...]:
    """Mixtures, one a member, by which ``group`` gives its members ``target`` (members,) utils or more; of several the best for
    the sum of the outsiders' payoffs (then of the members')."""
    ways = Mixtures(game, group, target, disposal=True)
    return ways.best(ways.table[:, ways.outside].sum(axis=1) + 1e-6 * ways.table[:, ways.inside].sum(axis=1))
