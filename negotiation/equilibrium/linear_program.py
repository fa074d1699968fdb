"""Sparse linear programs, built row by row and solved one objective after the other, by HiGHS through scipy.

    max c.z   subject to   A z <= b,  E z = f,  low <= z <= high,

with the certificate that weak duality gives: any y <= 0 on A, any multipliers on E and on the bounds that reproduce c bound the
value from above. Source: scipy.optimize.linprog; Huangfu and Hall, Parallelizing the dual revised simplex method (2018)."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Columns = NDArray[np.int64]
TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
HELD = (1e-12, 1e-9)  # a value that was reached is kept to this fraction of its scale while the next objective is improved


class Affine(NamedTuple):
    """sum_j value_j z_(column_j) + constant."""

    columns: Columns
    values: Floats
    constant: float = 0.0

    def __add__(self, other: "Affine") -> "Affine":  # type: ignore[override]
        columns, values = np.concatenate([self.columns, other.columns]), np.concatenate([self.values, other.values])
        return Affine(columns, values, self.constant + other.constant)

    def times(self, factor: float) -> "Affine":
        return Affine(self.columns, self.values * factor, self.constant * factor)

    def at(self, z: Floats) -> float:
        return float(self.values @ z[self.columns] + self.constant)


def affine(columns: ArrayLike, values: ArrayLike, constant: float = 0.0) -> Affine:
    """An affine function; ``values`` are broadcast to the columns."""
    at = np.ravel(np.asarray(columns, dtype=np.int64))
    return Affine(at, np.broadcast_to(np.ravel(np.asarray(values, dtype=float)), at.shape).copy(), float(constant))


def total(parts: list[Affine]) -> Affine:
    columns, values = [p.columns for p in parts], [p.values for p in parts]
    return Affine(np.concatenate(columns), np.concatenate(values), float(sum(p.constant for p in parts)))


class Optimum(NamedTuple):
    """``z``, the ``value`` reached, ``gap`` between it and the dual bound, and the largest ``violation`` of a constraint."""

    z: Floats
    value: float
    gap: float
    violation: float


@dataclass
class Program:
    """A linear program under construction. ``nonzeros`` counts the entries of its rows."""

    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    size: int = 0
    below: list[Affine] = field(default_factory=list)  # each <= 0
    zero: list[Affine] = field(default_factory=list)  # each = 0

    @property
    def nonzeros(self) -> int:
        return sum(len(row.columns) for row in (*self.below, *self.zero))

    def variables(self, shape: int | tuple[int, ...], low: float = -np.inf, high: float = np.inf) -> Columns:
        """The numbers of new variables, in an array of this shape."""
        count = int(np.prod(shape))
        self.low.append(np.full(count, low))
        self.high.append(np.full(count, high))
        self.size += count
        return np.arange(self.size - count, self.size).reshape(shape)

    def at_most(self, left: Affine, right: Affine) -> None:
        self.below.append(left + right.times(-1.0))

    def equal(self, left: Affine, right: Affine) -> None:
        self.zero.append(left + right.times(-1.0))

    def maximise(self, objective: Affine) -> Optimum:
        """Raises ArithmeticError where the solver fails, or the program has no solution."""
        from scipy.optimize import linprog

        cost = np.zeros(self.size)
        np.add.at(cost, objective.columns, -objective.values)
        scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        (A, b), (E, f) = self._matrix(self.below), self._matrix(self.zero)
        low, high = np.concatenate(self.low), np.concatenate(self.high)
        bounds = np.column_stack([low, high])
        for method in ("highs", "highs-ipm"):
            out = linprog(cost / scale, A, b, E, f, bounds, method=method, options=TOLERANCES)
            if out.status == 0:
                break
        else:
            raise ArithmeticError(f"linear program failed: {out.message}")
        z = np.asarray(out.x)
        dual = 0.0 if b is None else float(out.ineqlin.marginals @ b)
        dual += 0.0 if f is None else float(out.eqlin.marginals @ f)
        for marginal, bound in ((out.lower.marginals, low), (out.upper.marginals, high)):
            finite = np.isfinite(bound)
            dual += float(marginal[finite] @ bound[finite])
        over = [float((A @ z - b).max())] if A is not None else []
        over += [float(np.abs(E @ z - f).max())] if E is not None else []
        over += [float((low - z).max()), float((z - high).max())]
        gap = abs(float(out.fun) - dual) * scale
        return Optimum(z, objective.at(z), gap, max(0.0, *over))

    def _matrix(self, rows: list[Affine]) -> tuple[object, Floats] | tuple[None, None]:
        from scipy.sparse import csr_array

        if not rows:
            return None, None
        number = np.repeat(np.arange(len(rows)), [len(row.columns) for row in rows])
        columns, values = np.concatenate([row.columns for row in rows]), np.concatenate([row.values for row in rows])
        matrix = csr_array((values, (number, columns)), shape=(len(rows), self.size))
        return matrix, np.array([-row.constant for row in rows])

    def in_turn(self, objectives: list[Affine], scale: float) -> tuple[Optimum, Optimum]:
        """Maximise the first objective, then the second among its maximisers, and so on: (first optimum, last optimum).

        A value once reached is kept to the first of HELD of ``scale`` that the solver manages."""
        first = last = self.maximise(objectives[0])
        for done, objective in pairwise(objectives):
            kept = len(self.below)
            for slack in HELD:
                del self.below[kept:]
                self.at_most(affine([], [], done.at(last.z) - slack * scale), done)
                try:
                    last = self.maximise(objective)
                    break
                except ArithmeticError:
                    if slack == HELD[-1]:
                        raise
        return first, last
