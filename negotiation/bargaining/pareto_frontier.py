r"""The Pareto frontier, and the common weights at a point of it.

H = {x in F : y in F, y >= x implies y = x}. The common weights at x are the normal cone of F
at x within w >= 0,

    N(x) = {w >= 0 : w.x = h(w)},     h(w) = max {w.y : y in F},

normalised here to sum 1: one ray where the frontier is smooth, a cone at a kink. In an additively separable
game, x = sum_j x_j is Pareto optimal if all players maximise the same w > 0, and if the individual sets are
smooth, only then: weights that are not proportional to each other lose something. (The theorem's (ii) says
"mu_i != mu_j"; it needs "not proportional", since scaling one's weights changes nothing.) At a kink of an
individual set different weights can still be optimal: N(x) is the intersection of the individual cones, which
may be cones of more than a ray.

Source: Treutlein, Modeling evidential cooperation in large worlds, Theorem 6; Propositions 18 and 19.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares, linprog

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import EmptySet, NotOnFrontier, UnboundedSet
from negotiation.bargaining.polygon import upper_chain
from negotiation.bargaining.polyhedra import Hull, Polytope, Sum, Transfers
from negotiation.bargaining.program import OPTIONS
from negotiation.bargaining.smooth_sets import Level
from negotiation.bargaining.solution import FloatArray

MOST_BASES = 300_000


@dataclass(frozen=True)
class Frontier:
    """``points`` (m, n) of the Pareto frontier, utils; ``weights`` (m, n), a supporting vector of sum 1 for
    each.

    ``exact``: the points are all its vertices, in order from player 2's best to player 1's, and the frontier
    is the chain of segments between them (two players, polygons). Otherwise they are a sample, the maximisers
    for many weights.
    """

    points: FloatArray
    weights: FloatArray
    exact: bool
    note: str


@dataclass(frozen=True)
class CommonWeights:
    """``rays`` (r, n): extreme rays of the cone of common weights, each with sum 1; all weights are mixtures
    of them.

    ``unique``: there is one ray. ``residual``: largest h(w) - w.x over the rays, in utils. ``exact``: False
    if only the one vector found is reported although there may be more (``note``).
    """

    rays: FloatArray
    unique: bool
    residual: float
    exact: bool = True
    note: str = ""

    def admits(self, w: ArrayLike) -> float:
        """How far ``w`` (n,), normalised to sum 1, is from the cone (maximum norm)."""
        w = check.weights(w, self.rays.shape[1], positive=False)
        r, n = self.rays.shape
        A = np.block([[self.rays.T, -np.ones((n, 1))], [-self.rays.T, -np.ones((n, 1))]])
        out = linprog(
            np.append(np.zeros(r), 1.0),
            A,
            np.concatenate([w, -w]),
            np.append(np.ones(r), 0.0)[None, :],
            [1.0],
            method="highs",
            options=OPTIONS,
        )
        return max(0.0, float(out.fun))


def frontier(
    feasible: FeasibleSet,
    disagreement: ArrayLike | None = None,
    *,
    directions: int = 64,
    generator: np.random.Generator | None = None,
) -> Frontier:
    """Pareto frontier: the exact chain for two players on a hull or a sum of hulls, else the maximisers of
    ``directions`` weight vectors (evenly spaced for two players, uniform on the simplex from ``generator``,
    seed 0, for more).

    Weights are per span of each player's payoffs. ``disagreement``: used on sets unbounded below and needed
    for the exact chain of a two-player polytope, which is then cut to x >= d. Errors: UnboundedSet
    (transferable utility: the frontier is the hyperplane sum x = total).
    """
    if isinstance(feasible, Transfers):
        raise UnboundedSet(f"the frontier is the whole hyperplane sum of x = {feasible.total}")
    n = feasible.n
    if n == 2 and (disagreement is not None or not isinstance(feasible, Polytope)):
        d = np.zeros(2) if disagreement is None else feasible.require(disagreement)
        corners = feasible.planar(d)
        if corners is not None:
            chain = upper_chain(corners)
            return Frontier(chain, np.array([_between(chain, i) for i in range(len(chain))]), True, "all vertices")
    if n == 2:
        angle = np.linspace(0.0, np.pi / 2, directions + 2)[1:-1]
        w = np.column_stack([np.cos(angle), np.sin(angle)])
    else:
        w = (generator or np.random.default_rng(0)).dirichlet(np.ones(n), directions)
    w = w / feasible.span
    w = w / w.sum(axis=1, keepdims=True)
    if disagreement is None:
        points = np.array([feasible.support(one)[1] for one in w])
    else:
        d = feasible.require(disagreement)
        points = np.array([feasible.support_above(one, d)[1] for one in w])
    _, first = np.unique(np.round(points / feasible.span, 12), axis=0, return_index=True)
    first.sort()
    return Frontier(points[first], w[first], False, f"a sample: maximisers of {directions} weighted sums")


def common_weights(feasible: FeasibleSet, point: ArrayLike, tolerance: float = 1e-8) -> CommonWeights:
    """All weights w >= 0 that ``point`` (n,) maximises: Theorem 6's common weights, the whole cone at a kink.

    ``tolerance``: relative to the span of payoffs, both for being on the frontier and for a corner to be at
    the point. NotOnFrontier if everybody can gain from ``point``; InfeasibleDisagreement if it is not in the
    set.
    """
    x = feasible.require(point)
    if isinstance(feasible, Transfers):
        if feasible.total - x.sum() > tolerance * feasible.span.max():
            raise NotOnFrontier(f"everybody can gain from {x}")
        return CommonWeights(np.full((1, feasible.n), 1 / feasible.n), True, max(0.0, feasible.total - x.sum()))
    out = feasible.program(np.zeros(feasible.n), 1.0, np.eye(feasible.n), -feasible.span, x)
    if out.t > tolerance:
        raise NotOnFrontier(f"everybody can gain {out.t:.3g} of the range of payoffs from {x}")
    w = np.maximum(out.weights, 0.0)
    w = w / w.sum()
    rays = _cone(feasible, x, tolerance)
    if rays is None:
        w = _polish(feasible, x, w)
        residual = max(0.0, feasible.support(w)[0] - float(w @ x))
        return CommonWeights(w[None, :], True, residual, False, "the only one if the frontier is smooth here")
    residual = max(feasible.support(one)[0] - float(one @ x) for one in rays)
    return CommonWeights(rays, len(rays) == 1, max(0.0, residual))


def decompose(feasible: Sum, point: ArrayLike) -> FloatArray:
    """(m, n): points x_j of the individual polyhedral sets with sum ``point``; one of possibly many (Example
    17).
    """
    x = check.vector(point, feasible.n, "point")
    lifts = [s.lift() for s in feasible.sets]
    whole = feasible.lift()
    if whole is None:
        raise TypeError("decompose: the individual sets have to be polyhedra")
    q, size = whole.M.shape[1], feasible.span[:, None]
    off = np.vstack([np.hstack([whole.M / size, -np.ones_like(size)]), np.hstack([-whole.M / size, -np.ones_like(size)])])
    target = (x - whole.m) / size[:, 0]
    out = linprog(
        np.append(np.zeros(q), 1.0),
        np.vstack([np.hstack([whole.A, np.zeros((len(whole.A), 1))]), off]),
        np.concatenate([whole.b, target, -target]),
        np.hstack([whole.E, np.zeros((len(whole.E), 1))]),
        whole.f,
        np.column_stack([np.append(whole.lower, 0.0), np.full(q + 1, np.inf)]),
        method="highs",
        options=OPTIONS,
    )
    if out.status != 0 or out.fun > 1e-8:
        raise EmptySet(f"{x} is not a sum of points of the individual sets")
    parts, start = [], 0
    for lift in lifts:
        if lift is not None:
            parts.append(lift.M @ out.x[start : start + lift.M.shape[1]] + lift.m)
            start += lift.M.shape[1]
    return np.array(parts)


def _polish(feasible: FeasibleSet, x: FloatArray, w: FloatArray) -> FloatArray:
    """Weights near ``w`` whose maximiser is ``x``: on a smooth frontier the gap alone fixes half of their
    digits.
    """
    if (w <= 0).any():
        return w

    def miss(v: FloatArray) -> FloatArray:
        return np.asarray((feasible.support(w * np.exp(v))[1] - x) / feasible.span)

    out = least_squares(miss, np.zeros_like(w), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    better = w * np.exp(out.x)
    better = better / better.sum()
    gaps = [feasible.support(one)[0] - float(one @ x) for one in (w, better)]
    return better if gaps[1] <= max(gaps[0], 1e-14 * float(better @ feasible.span)) else w


def _cone(feasible: FeasibleSet, x: FloatArray, tolerance: float) -> FloatArray | None:
    """Extreme rays of the normal cone within w >= 0, or None where only one vector can be had."""
    n = feasible.n
    rows = _tangents(feasible, x, tolerance)
    if rows is not None:
        return _extreme(np.vstack([rows, -np.eye(n)]))
    if isinstance(feasible, Polytope):
        active = feasible.A[feasible.b - feasible.A @ x <= tolerance * np.abs(feasible.A) @ feasible.span]
    elif isinstance(feasible, Level):
        jac = feasible.jacobian(x)
        active = jac[feasible.g(x) >= -tolerance * np.abs(jac) @ feasible.span]
        if feasible.comprehensive:
            return None
    else:
        return None
    if not len(active):
        return None
    active = active / np.abs(active).max(axis=1, keepdims=True)
    price: FloatArray | None = _extreme(np.vstack([-active.T, -np.eye(len(active))]), active.sum(axis=1))
    return None if price is None else _distinct(np.asarray(price @ active))


def _tangents(feasible: FeasibleSet, x: FloatArray, tolerance: float) -> FloatArray | None:
    """(m, n) rows a such that w is normal at x exactly if a.w <= 0 for all and w >= 0 (hulls and sums of
    hulls).
    """
    if isinstance(feasible, Hull):
        rows = (feasible.points - x) / feasible.span.max()
        return np.asarray(rows[np.abs(rows).max(axis=1) > tolerance])
    if isinstance(feasible, Sum) and all(isinstance(s, Hull) for s in feasible.sets):
        parts = decompose(feasible, x)
        found = [_tangents(s, part, tolerance) for s, part in zip(feasible.sets, parts, strict=True)]
        return np.vstack([rows for rows in found if rows is not None])
    return None


def _extreme(rows: FloatArray, total: FloatArray | None = None, slack: float = 1e-9) -> FloatArray | None:
    """Vertices of {w : rows w <= 0, total.w = 1} by trying all bases; None if they are too many or there is
    none.
    """
    n = rows.shape[1]
    total = np.ones(n) if total is None else total
    if n == 1:
        return np.asarray(1.0 / total[None, :])
    rows = rows[np.abs(rows).max(axis=1) > 0]
    rows = np.unique(np.round(rows / np.abs(rows).max(axis=1, keepdims=True), 14), axis=0)
    if comb(len(rows), n - 1) > MOST_BASES:
        return None
    bases = np.array(list(combinations(range(len(rows)), n - 1)), dtype=int).reshape(-1, n - 1)
    systems = np.concatenate([rows[bases], np.broadcast_to(total, (len(bases), 1, n))], axis=1)
    good = np.abs(np.linalg.det(systems)) > 1e-12
    right = np.zeros((n, 1))
    right[-1] = 1.0
    w = np.linalg.solve(systems[good], np.broadcast_to(right, (int(good.sum()), n, 1)))[:, :, 0]
    w = w[(w @ rows.T <= slack * np.abs(w).max(axis=1, keepdims=True)).all(axis=1)]
    return _distinct(w) if len(w) else None


def _distinct(w: FloatArray) -> FloatArray:
    """Rows normalised to sum 1, those closer than 1e-7 merged."""
    w = np.maximum(w, 0.0)
    w = w / w.sum(axis=1, keepdims=True)
    kept: list[FloatArray] = []
    for one in w[np.lexsort(w.T[::-1])]:
        if all(np.abs(one - other).max() > 1e-7 for other in kept):
            kept.append(one)
    return np.array(kept)


def _between(chain: FloatArray, i: int) -> FloatArray:
    """Weights that vertex ``i`` of the chain maximises alone: the mean of the normals of its two edges."""
    normals = []
    for a, b in ((i - 1, i), (i, i + 1)):
        if a < 0 or b >= len(chain):
            normals.append(np.array([0.0, 1.0]) if a < 0 else np.array([1.0, 0.0]))
        else:
            step = chain[b] - chain[a]
            normals.append(np.array([-step[1], step[0]]) / (step[0] - step[1]))
    return np.asarray(np.mean(normals, axis=0))
