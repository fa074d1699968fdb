"""Zero-sum games: the value, an optimal mixture of each side, and the duality gap that certifies them.

For a matrix M (the row player receives M_rc, the column player pays it), mixtures p and q,

    max over p of min over c of (p M)_c  =  value  =  min over q of max over r of (M q)_r .

Any p and q bound the value from both sides, so gap = max_r (M q)_r - min_c (p M)_c >= 0 certifies both.

Source: von Neumann (1928); Dantzig's linear program; square kernels: Shapley and Snow, Basic solutions of
discrete games (1950).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from negotiation.bargaining.errors import BadShape, EmptySet, NotANumber

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ZeroSum:
    """The solution of a zero-sum game: value (in the units of the matrix), both optimal mixtures, the duality
    gap."""

    value: float
    row: FloatArray
    column: FloatArray
    gap: float


def zero_sum(matrix: ArrayLike) -> ZeroSum:
    """Solve the zero-sum game whose row player receives ``matrix`` (rows, columns), by linear programming.

    The mixtures of the linear program (HiGHS) are refined by the equations of their supports, where those are
    square and it helps; optimal mixtures need not be unique, the value is. ``gap`` is in the units of the
    matrix. Raises ``BadShape``, ``EmptySet``, ``NotANumber``.
    """
    game = np.asarray(matrix, dtype=np.float64)
    if game.ndim != 2:
        raise BadShape(f"a zero-sum game is a matrix, got {game.ndim} axes")
    if game.size == 0:
        raise EmptySet(f"a side of the zero-sum game has no action: shape {game.shape}")
    if not np.isfinite(game).all():
        raise NotANumber("the zero-sum game has an entry that is not a finite number")
    low, span = float(game.min()), float(np.ptp(game))
    if span == 0.0:
        return ZeroSum(low, _first(game.shape[0]), _first(game.shape[1]), 0.0)
    saddle = _saddle(game)
    if saddle is not None:
        return saddle
    unit = (game - low) / span
    row, column = _by_linear_program(unit)
    best = _assess(game, row, column)
    refined = _refined(unit, row, column)
    if refined is not None:
        candidate = _assess(game, *refined)
        if candidate.gap < best.gap:
            best = candidate
    return best


def _first(length: int) -> FloatArray:
    return np.asarray(np.eye(1, length)[0])


def _assess(game: FloatArray, row: FloatArray, column: FloatArray) -> ZeroSum:
    lower, upper = float((row @ game).min()), float((game @ column).max())
    return ZeroSum((lower + upper) / 2, row, column, max(upper - lower, 0.0))


def _saddle(game: FloatArray) -> ZeroSum | None:
    r, c = int(game.min(axis=1).argmax()), int(game.max(axis=0).argmin())
    if game[r].min() != game[:, c].max():
        return None
    return _assess(game, np.eye(game.shape[0])[r], np.eye(game.shape[1])[c])


def _by_linear_program(unit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Maximise v subject to (p M)_c >= v, p a mixture; the dual prices of the columns are the other side's
    mixture."""
    rows, columns = unit.shape
    answer = linprog(
        np.r_[np.zeros(rows), -1.0],
        A_ub=np.hstack([-unit.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=np.r_[np.ones(rows), 0.0][None],
        b_eq=[1.0],
        bounds=[(0.0, None)] * rows + [(None, None)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.status != 0:
        raise RuntimeError(f"the linear program of a zero-sum game failed: {answer.message}")
    return _mixture(answer.x[:rows]), _mixture(-answer.ineqlin.marginals)


def _mixture(vector: FloatArray) -> FloatArray:
    clipped = np.clip(vector, 0.0, None)
    return np.asarray(clipped / clipped.sum())


def _refined(unit: FloatArray, row: FloatArray, column: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    rows, columns = np.flatnonzero(row > 1e-9), np.flatnonzero(column > 1e-9)
    size = len(rows)
    if size != len(columns):
        return None
    system = np.ones((size + 1, size + 1))
    system[:size, :size], system[size, size] = unit[np.ix_(rows, columns)], 0.0
    right = np.r_[np.zeros(size), 1.0]
    try:
        p, q = np.linalg.solve(system.T, right)[:size], np.linalg.solve(system, right)[:size]
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(p).all() or not np.isfinite(q).all() or p.min() < -1e-9 or q.min() < -1e-9:
        return None
    full_row, full_column = np.zeros_like(row), np.zeros_like(column)
    full_row[rows], full_column[columns] = np.clip(p, 0, None), np.clip(q, 0, None)
    return full_row / full_row.sum(), full_column / full_column.sum()


def values(matrices: FloatArray) -> FloatArray:
    """(batch,) values of many zero-sum games of one shape (batch, rows, columns).

    Exact closed forms where they are cheaper than one linear program for each game. Two rows: the lower
    envelope of lines peaks at an end or where two lines cross. Otherwise an optimal row mixture equalises the
    columns of some square submatrix (Shapley and Snow): the best guarantee of all such mixtures is the value.
    """
    _, rows, columns = matrices.shape
    if columns < rows:
        return -values(-matrices.transpose(0, 2, 1))
    if rows == 1:
        return np.asarray(matrices[:, 0].min(axis=1))
    if rows == 2 and columns <= 24:
        return _two_rows(matrices)
    if sum(comb(rows, k) * comb(columns, k) for k in range(2, rows + 1)) <= 600:
        return _kernels(matrices)
    return np.array([zero_sum(matrix).value for matrix in matrices])


def _two_rows(matrices: FloatArray) -> FloatArray:
    upper, lower = matrices[:, 0], matrices[:, 1]
    slope = upper - lower
    j, k = np.triu_indices(matrices.shape[2], 1)
    run, rise = slope[:, j] - slope[:, k], lower[:, k] - lower[:, j]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(run != 0.0, rise / run, 0.0)
    crossing = np.where((crossing > 0.0) & (crossing < 1.0), crossing, 0.0)
    ends = np.broadcast_to([0.0, 1.0], (len(matrices), 2))
    at = np.concatenate([ends, crossing], axis=1)
    envelope = (at[:, :, None] * upper[:, None] + (1.0 - at[:, :, None]) * lower[:, None]).min(axis=2)
    return np.asarray(envelope.max(axis=1))


def _kernels(matrices: FloatArray) -> FloatArray:
    batch, rows, columns = matrices.shape
    best: FloatArray = matrices.min(axis=2).max(axis=1)
    for k in range(2, rows + 1):
        row_sets = np.array(list(combinations(range(rows), k)))
        column_sets = np.array(list(combinations(range(columns), k)))
        pieces = matrices[:, row_sets[:, None, :, None], column_sets[None, :, None, :]]
        system = np.ones((batch, len(row_sets), len(column_sets), k + 1, k + 1))
        system[..., :k, :k] = pieces.swapaxes(-1, -2)
        system[..., k, k] = 0.0
        system[np.abs(np.linalg.det(system)) < 1e-13] = np.eye(k + 1)
        right = np.zeros((*system.shape[:-1], 1))
        right[..., k, 0] = 1.0
        mixture = np.linalg.solve(system, right)[..., :k, 0]
        proper = (mixture.min(axis=-1) >= 0.0) & (mixture.sum(axis=-1) > 0.5)
        mixture = np.where(proper[..., None], mixture, np.eye(1, k)[0])
        mixture /= mixture.sum(axis=-1, keepdims=True)
        guarantee = np.einsum("brck,brkm->brcm", mixture, matrices[:, row_sets]).min(axis=-1)
        best = np.maximum(best, guarantee.max(axis=(1, 2)))
    return best
