r"""Payoffs that can be divided among the players in several ways, and what happens if they do not agree which.

For x on the Pareto frontier of F = F_1 + ... + F_n let X_j be the set of y_j in F_j that some choices of the others complete
to x: x = y_1 + ... + y_n. If everybody picks a point of X_j without coordination,

- the outcome is still Pareto optimal (Proposition 18): with weights mu > 0 for which x is best in F, all points of X_j are
  best in F_j, so every combination is best in F. (The proof says mu in R^n; mu >= 0 would give weak optimality only. On
  polytopes mu > 0 exists; in general a lexicographic family of weights does the same.)
- but it can be worse than the disagreement point for somebody (Example 17);
- X_j is a single point for all j if x is an extreme point of F, as every frontier point is where F is strictly convex
  (Proposition 19): were y_1 and y'_1 both in X_1, exchanging them would give x + (y_1 - y'_1) and x - (y_1 - y'_1) in F.

Source: Treutlein, Modeling evidential cooperation in large worlds, Section 3.5.1, Example 17, Propositions 18, 19 (file 000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.check import vector
from negotiation.ecl.separable_games import TOLERANCE, FloatArray, SeparableGame
from negotiation.ecl.shares_of_payoffs import Mixtures
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class Choices:
    """The ways to divide ``point`` (n,) utils.

    ``low``, ``high``: (n, n) utils, entry (j, i) the least and most that points of X_j give to i. ``worst``, ``best``: (n,)
    payoffs from uncoordinated choices, player by player (column sums of ``low`` and ``high``). ``weights``: (n,) mu > 0 with
    sum 1.
    ``loss``: mu-weighted utils that uncoordinated choices can lose; it is 0 up to rounding (Proposition 18).
    """

    point: FloatArray
    low: FloatArray
    high: FloatArray
    weights: FloatArray
    loss: float

    @property
    def worst(self) -> FloatArray:
        return np.asarray(self.low.sum(axis=0))

    @property
    def best(self) -> FloatArray:
        return np.asarray(self.high.sum(axis=0))

    @property
    def spread(self) -> float:
        """The largest difference in utils between two choices of a player: 0 if the division is the only one."""
        return float((self.high - self.low).max())


def ways_to_divide(game: SeparableGame, point: ArrayLike) -> Choices:
    """What each player can do to realise the Pareto optimal ``point`` (n,) (to rounding). Errors: InputError (not feasible,
    not on the frontier: a point that is better for somebody and worse for nobody is named)."""
    x, n = vector(point, game.n, "point"), game.n
    if (off := game.feasible.contains(x)) > 100 * TOLERANCE * game.size:
        raise InputError(f"point: {x} is {off:.3g} utils beyond what all can reach")
    weights, better, more = _support(game, x)
    if more > 100 * TOLERANCE * game.size:
        raise InputError(f"point: {x} is not Pareto optimal, {better} is better by {more:.3g} utils in total")
    ways = Mixtures(game, range(n), x, disposal=False)
    low, high, loss = np.zeros((n, n)), np.zeros((n, n)), 0.0
    for j, table in enumerate(game.vertices):
        mine = np.repeat(np.arange(n), [len(v) for v in game.vertices]) == j
        for i in range(n):
            values = np.where(mine, ways.table[:, i], 0.0)
            low[j, i], high[j, i] = (ways.best(sign * values)[j] @ table[:, i] for sign in (-1.0, 1.0))
        least = ways.best(np.where(mine, -ways.table @ weights, 0.0))[j]
        loss += float((table @ weights).max() - least @ table @ weights)
    return Choices(x, low, high, weights, loss)


def _support(game: SeparableGame, x: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Weights mu > 0 (n,) for which ``x`` is best in F, the point of F above x with the largest sum, and by how much it is
    larger.

    The prices of max {sum of y - x : y in F, y >= x}, plus 1: sum of mu (y - x) <= 0 on F if the maximum is 0.
    """
    out = game.feasible.program(np.ones(game.n), 0.0, np.eye(game.n), np.zeros(game.n), x - TOLERANCE * game.size / 10)
    return out.weights / out.weights.sum(), out.point, float((out.point - x).sum())
