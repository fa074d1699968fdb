r"""What a coalition expects from players who are left out of it: the matrix A, A_ji utils that j then gives to i.

    alpha   A_ji = min {y_i : y in F_j}                   j does its worst: threats
    nash    A_j a point of F_j that is best for j         j is selfish
    pareto  A_ji = min over coalitions P with j, over Pareto optimal strategies of P, of what j gives to i      (62)

Rows of "alpha" and "pareto" need not be points of F_j: each entry is attained, not all at once (row (2, 0, 0) of Example 64).
The proof of Proposition 63 takes such a row for a strategy. Its conclusion stands without: A_ji >= min over F_j for every A
with attained entries, so a coalition expects at least as much from outsiders as under "alpha" and blocks at least as often.

For polytopes (62) is a matter of each player alone. A strategy of P is (strictly) Pareto optimal for P exactly if weights w > 0
on P exist for which each member's part is best, and members other than j have something best for any w. So j's part ranges over
the faces of F_j that are best for some w > 0 on P; what it gives to i is least at a vertex.

Source: Treutlein, Modeling evidential cooperation in large worlds, Section 6.2, equation (62), Proposition 63 (file 000).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.check import finite
from negotiation.bargaining.program import highs
from negotiation.bargaining.shapley_value import members
from negotiation.ecl.separable_games import TOLERANCE, FloatArray, SeparableGame
from negotiation.errors import InputError

Kind = Literal["alpha", "A", "nash"]


def worst_matrix(game: SeparableGame, kind: Kind = "A", worst: ArrayLike | None = None) -> FloatArray:
    """(n, n) utils that players left out of a coalition are expected to give, row by giver.

    ``kind``: "alpha", "nash" (ties: the mean of the best actions), or "A": the given ``worst``, (62) for None. Errors:
    InputError (an unknown kind, ``worst`` with another kind, wrong shape, entries that the player cannot give).
    """
    if kind not in get_args(Kind):
        raise InputError(f"kind: expected one of {', '.join(get_args(Kind))}, got {kind!r}")
    if worst is not None and kind != "A":
        raise InputError(f"worst: a matrix is for kind 'A' only, got kind {kind!r}")
    if kind == "alpha":
        return np.array([v.min(axis=0) for v in game.vertices])
    if kind == "nash":
        return game.gives(game.selfish)
    return _pareto(game) if worst is None else _given(game, worst)


def _given(game: SeparableGame, worst: ArrayLike) -> FloatArray:
    matrix, n = finite(worst, "worst"), game.n
    if matrix.shape != (n, n):
        raise InputError(f"worst: expected shape ({n}, {n}), row j what player j gives to each, got {matrix.shape}")
    slack = TOLERANCE * game.size
    for j, v in enumerate(game.vertices):
        low, high = v.min(axis=0), v.max(axis=0)
        for i in np.flatnonzero((matrix[j] < low - slack) | (matrix[j] > high + slack)):
            raise InputError(f"worst: player {j} cannot give {matrix[j, i]:g} to player {i}, only {low[i]:g} to {high[i]:g}")
    return matrix


def _pareto(game: SeparableGame) -> FloatArray:
    """(62): only actions that would lower an entry found so far are tested, largest coalitions first."""
    out = np.full((game.n, game.n), np.inf)
    coalitions = sorted(range(1, 1 << game.n), key=int.bit_count, reverse=True)
    for j, table in enumerate(game.vertices):
        for group in (list(members(s)) for s in coalitions if s >> j & 1):
            lowers = (table < out[j] - TOLERANCE * game.size).any(axis=1)
            for k in np.flatnonzero(lowers):
                if (table[k] < out[j]).any() and lost(table[:, group], int(k)) <= TOLERANCE * game.size:
                    out[j] = np.minimum(out[j], table[k])
    return out


def lost(table: FloatArray, k: int) -> float:
    """How many utils in total point ``k`` of ``table`` (K, p) falls short of a point of the hull that is at least as good for
    all; 0 if it is Pareto optimal in the hull. A linear program unless plain comparison tells."""
    gap = table - table[k]
    dominating = (gap >= 0).all(axis=1)
    if (gap[dominating] > 0).any():
        return float(gap[dominating].sum(axis=1).max())
    if (gap.sum(axis=1) <= 0).all():
        return 0.0  # best for equal weights
    K, p = table.shape
    out = highs(
        -gap.sum(axis=1),
        -gap.T,
        np.zeros(p),
        np.ones((1, K)),
        np.ones(1),
        np.column_stack([np.zeros(K), np.full(K, np.inf)]),
    )
    return max(0.0, -float(out.fun))
