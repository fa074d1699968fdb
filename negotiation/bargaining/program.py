r"""Linear programs over a feasible set, in one form for all of them.

    maximise  c.y + e t   over  y in F, t real   subject to   G y + g t >= k

with prices pi >= 0 of the rows; put w = c + G' pi. For every pi >= 0 with e + pi.g = 0 weak duality gives

    c.y + e t  <=  h(w) - pi.k,      h(w) = max {w.y : y in F},

so (y, t) is optimal when both sides meet: ``gap`` is their difference. Two methods: one linear program where
F is the image of a polyhedron (``solve_lift``), and column generation (Dantzig and Wolfe 1960) on points
found by the support function otherwise (``column_generation``), which needs nothing else of F. Both by
scipy's HiGHS. Payoffs are measured in units of ``span`` inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import linprog

from negotiation.bargaining.errors import EmptySet, UnboundedSet
from negotiation.bargaining.solution import FloatArray

OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
LOOSER = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9, "presolve": False}
PENALTY = 1e4
MOST_COLUMNS = 1_000


@dataclass(frozen=True)
class Lift:
    """{y = M z + m : A z <= b, E z = f, z >= lower}: ``M`` (n, q), ``A`` (r, q), ``E`` (s, q), ``lower``
    (q,).
    """

    M: FloatArray
    m: FloatArray
    A: FloatArray
    b: FloatArray
    E: FloatArray
    f: FloatArray
    lower: FloatArray

    def disposal(self) -> Lift:
        """The same set with everything below it."""
        n = len(self.M)
        return replace(
            self,
            M=np.hstack([self.M, -np.eye(n)]),
            A=np.hstack([self.A, np.zeros((len(self.A), n))]),
            E=np.hstack([self.E, np.zeros((len(self.E), n))]),
            lower=np.concatenate([self.lower, np.zeros(n)]),
        )

    def centred(self) -> Lift:
        """The same set with M orthogonal to E (M z + m = (M - K E) z + m + K f): no large constants among the
        digits.
        """
        if not len(self.E):
            return self
        K = np.linalg.lstsq(self.E.T, self.M.T)[0].T
        return replace(self, M=self.M - K @ self.E, m=self.m + K @ self.f)

    @staticmethod
    def add(lifts: list[Lift]) -> Lift:
        """The Minkowski sum."""
        return Lift(
            np.hstack([s.M for s in lifts]),
            np.asarray(sum(s.m for s in lifts)),
            block_diag(*[s.A for s in lifts]),
            np.concatenate([s.b for s in lifts]),
            block_diag(*[s.E for s in lifts]),
            np.concatenate([s.f for s in lifts]),
            np.concatenate([s.lower for s in lifts]),
        )


@dataclass(frozen=True)
class Outcome:
    """``value`` of the objective, ``point`` y (n,), ``t``, ``prices`` pi of the rows, ``weights`` w = c + G'
    pi, ``gap`` >= 0 between the value and the dual bound (0 where it was not computed: the solver's
    tolerance).
    """

    value: float
    point: FloatArray
    t: float
    prices: FloatArray
    weights: FloatArray
    gap: float = 0.0


def solve_lift(lift: Lift, span: FloatArray, c: FloatArray, e: float, G: FloatArray, g: FloatArray, k: FloatArray) -> Outcome:
    """The program in the module's first line as one linear program. EmptySet if infeasible, UnboundedSet."""
    lift = lift.centred()
    M = lift.M / span[:, None]
    Gs, rhs = G * span, k - G @ lift.m
    row = np.maximum(np.abs(Gs).max(axis=1, initial=0.0), 1e-300)
    Gs, gs, rhs = Gs / row[:, None], g / row, rhs / row
    unit = 1.0 / max(float(np.abs(gs).max(initial=0.0)), 1e-300) if np.any(gs) else 1.0
    cs, es = c * span, e * unit
    size = max(float(np.abs(cs).max()), abs(es)) or 1.0
    q = lift.M.shape[1]
    A = np.block([[lift.A, np.zeros((len(lift.A), 1))], [-Gs @ M, -unit * gs[:, None]]])
    b = np.concatenate([lift.b, -rhs])
    E = np.hstack([lift.E, np.zeros((len(lift.E), 1))])
    bounds = np.column_stack(
        [
            np.append(lift.lower, -np.inf if np.any(g) else 0.0),
            np.append(np.full(q, np.inf), np.inf if np.any(g) else 0.0),
        ]
    )
    out = highs(-np.append(M.T @ cs, es) / size, A, b, E, lift.f, bounds)
    y, t = lift.M @ out.x[:-1] + lift.m, float(out.x[-1] * unit)
    prices = np.maximum(0.0, -out.ineqlin.marginals[len(lift.A) :]) * size / row
    return Outcome(float(c @ y + e * t), y, t, prices, c + G.T @ prices)


def column_generation(
    support: Callable[[FloatArray], tuple[float, FloatArray]],
    comprehensive: bool,
    span: FloatArray,
    c: FloatArray,
    e: float,
    G: FloatArray,
    g: FloatArray,
    k: FloatArray,
) -> Outcome:
    """The same for a set known by its support function only, to a gap of about 1e-10 in units of the
    objective.

    The master program is over the hull of the points found so far; its prices give the weights to ask the
    support function for the next one. An artificial variable lifts every row at a high price, so that the
    master is feasible.
    """
    n = len(c)
    columns = [support(w)[1] for w in np.vstack([np.eye(n), np.ones(n)]) / span]
    if np.any(c) and (c >= 0).all():
        columns.append(support(c)[1])
    row = np.maximum(np.abs(G * span).max(axis=1, initial=0.0), 1e-300)
    rows, steps, right = G / row[:, None], g / row, k / row
    size = float(np.abs(c * span).max()) or abs(e) / (float(np.abs(steps).max(initial=0.0)) or 1.0)
    bound, dual, gap, stale = np.inf, (np.zeros(len(k)), c), np.inf, 0
    for _ in range(MOST_COLUMNS):
        value, y, t, prices, sigma, lifted = _master(np.array(columns), comprehensive, span, c, e, rows, steps, right, size)
        w = c + rows.T @ prices
        if comprehensive:
            w = np.maximum(w, 0.0)
        h, column = support(w) if np.any(w) else (0.0, y)
        if h - float(prices @ right) < bound:
            bound, dual = h - float(prices @ right), (prices / row, w)
        last, gap = gap, max(0.0, bound - (value - PENALTY * size * lifted))
        stale = 0 if gap < last else stale + 1
        near = (np.abs((np.array(columns) - column) / span).max(axis=1) <= 1e-15).any()
        if gap <= 1e-13 * size or float(w @ column) - sigma <= 1e-14 * size or near or stale >= 5:
            break
        columns.append(column)
    if lifted > 1e-8:
        raise EmptySet("no feasible payoffs satisfy the constraints")
    return Outcome(value, y, t, *dual, gap)


def _master(
    columns: FloatArray,
    comprehensive: bool,
    span: FloatArray,
    c: FloatArray,
    e: float,
    G: FloatArray,
    g: FloatArray,
    k: FloatArray,
    size: float,
) -> tuple[float, FloatArray, float, FloatArray, float, float]:
    """The program over the hull of ``columns`` (K, n): value, y, t, prices (m,), price of the hull,
    artificial lift.

    Variables: a share for each column, what is thrown away (if ``comprehensive``), the lift, t. Rows are
    already scaled.
    """
    K = len(columns)
    origin = columns.mean(axis=0)
    M = (columns - origin).T
    if comprehensive:
        M = np.hstack([M, -np.diag(span)])
    q = M.shape[1]
    free = np.inf if np.any(g) else 0.0
    out = highs(
        np.concatenate([-(M.T @ c) / size, [PENALTY, -e / size]]),
        np.hstack([-G @ M, -np.ones((len(G), 1)), -g[:, None]]),
        G @ origin - k,
        np.concatenate([np.ones(K), np.zeros(q - K + 2)])[None, :],
        np.ones(1),
        np.column_stack([np.append(np.zeros(q + 1), -free), np.append(np.full(q + 1, np.inf), free)]),
    )
    y, t = origin + M @ out.x[:q], float(out.x[q + 1])
    prices = np.maximum(0.0, -out.ineqlin.marginals) * size
    sigma = -float(out.eqlin.marginals[0]) * size + float((c + G.T @ prices) @ origin)
    return float(c @ y + e * t), y, t, prices, sigma, float(out.x[q])


def highs(cost: FloatArray, A: FloatArray, b: FloatArray, E: FloatArray, f: FloatArray, bounds: FloatArray) -> Any:
    """min cost.z subject to A z <= b, E z = f and bounds (q, 2), by scipy's HiGHS to 1e-10; its result
    object.

    Where it gives up at that tolerance, dual simplex at 1e-9 without presolve. EmptySet, UnboundedSet,
    ArithmeticError.
    """
    for method, options in (("highs", OPTIONS), ("highs-ds", LOOSER)):
        out = linprog(cost, A, b, E if len(E) else None, f if len(E) else None, bounds, method=method, options=options)
        if out.status == 0:
            return out
        if out.status == 2:
            raise EmptySet("no feasible payoffs satisfy the constraints")
        if out.status == 3:
            raise UnboundedSet("payoffs have no upper bound in the direction asked for")
    raise ArithmeticError(f"linear program failed: {out.message}")
