r"""Two players on a polygon: exact closed forms, one problem or many at once.

F is the convex hull of points p_1..p_K in R^2, z = p - d. The Pareto frontier is the chain of hull edges from
the topmost to the rightmost point. Each solution lies on one edge [l, r] of it, where it has a closed form:

    l + s (r - l),  s in [0, 1],  D = r - l
    Nash, weights nu   s = -(nu_1 D_1 z_2(l) + nu_2 D_2 z_1(l)) / (D_1 D_2)
    a ray d + t v      s = X(l) / (X(l) - X(r)),  X(z) = z_2 v_1 - z_1 v_2

The edge is found without sorting: keep a bracket of two frontier points l, r; let m be the point farthest
beyond the chord, n the chord's normal; m is on the frontier and n supports F there, so the solution is to the
right of m exactly if nu_1 z_2(m) n_2 > nu_2 z_1(m) n_1 (Nash: the level curve is steeper than the frontier)
or X(m) > 0 (ray); replace l or r by m; stop when no point is beyond the chord. Each step is one pass over the
points.

Errors are rounding only (tests compare with rational arithmetic): decisions are signs, never values of the
product, which are flat at their maximum. Source: Nash 1950; Treutlein, Modeling evidential cooperation in
large worlds, Definition 9 and equation (7); Kalai and Smorodinsky 1975.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.errors import BadShape, BadWeights, EmptySet, NoGainsFromTrade
from negotiation.bargaining.solution import FloatArray

ROUNDING = 8 * float(np.finfo(float).eps)
COMPASS = np.array([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)])


@dataclass(frozen=True)
class Batch:
    """Many solutions: ``point`` (B, 2) utils, ``weights`` (B, 2) of sum 1, ``residual`` (B,) as in
    ``Solution``, and ``gains`` (B,) False where not both can gain; there the point is NaN.
    """

    point: FloatArray
    weights: FloatArray
    residual: FloatArray
    gains: np.ndarray


def nash_polygon(points: FloatArray, d: FloatArray, nu: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Weighted Nash solution over the part of the hull of ``points`` (K, 2) above ``d`` (2,), weights ``nu``
    (2,).

    Returns the payoffs in utils, the supporting weights and the residual (see ``Solution``). NoGainsFromTrade
    if no point is better than d for both. O(K) for each edge tried, usually fewer than 10.
    """
    z = points - d
    low, high = _edge(z, lambda m, n: nu[0] * m[1] * n[1] - nu[1] * m[0] * n[0])
    gain = low + _nash_step(low, high, nu) * (high - low)
    if gain.min() <= ROUNDING * np.abs(points).max():
        raise NoGainsFromTrade(f"no feasible point is better than {d} for both players")
    w = nu / gain
    residual = float((z @ w).max() - 1.0)
    return d + gain, w / w.sum(), max(0.0, residual)


def ray_polygon(points: FloatArray, d: FloatArray, v: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Largest t such that d + t v is in the hull of ``points`` or below it, for ``v`` (2,) >= 0, not 0.

    Returns t, a point of the hull that is at least d + t v (equal to it but where free disposal is needed)
    and the weights that support both.
    """
    z = points - d
    low, high = _edge(z, lambda m, n: m[1] * v[0] - m[0] * v[1])
    left, right = low[1] * v[0] - low[0] * v[1], high[1] * v[0] - high[0] * v[1]
    if left < 0.0 and v[1] > 0:
        return float(low[1] / v[1]), d + low, np.array([0.0, 1.0])
    if right > 0.0 and v[0] > 0:
        return float(high[0] / v[0]), d + high, np.array([1.0, 0.0])
    if (low == high).all():  # the ray meets the one point that is best for both
        return float(low @ v / (v @ v)), d + low, v / v.sum()
    step = left / (left - right)
    gain = low + step * (high - low)
    normal = np.array([low[1] - high[1], high[0] - low[0]])
    return float(normal @ gain / (normal @ v)), d + gain, normal / normal.sum()


def inside(points: FloatArray, d: FloatArray) -> bool:
    """True if ``d`` is certainly in the hull of ``points`` (K, 2): from it they leave no gap above pi."""
    z = points - d
    few = z[np.argmax(z @ COMPASS, axis=0)]  # 8 points on the hull's boundary usually settle it
    return _surrounded(few) or _surrounded(z)


def _surrounded(z: FloatArray) -> bool:
    if (np.abs(z).max(axis=1) == 0).any():
        return True
    angle = np.sort(np.arctan2(z[:, 1], z[:, 0]))
    widest = max(float(np.diff(angle).max(initial=0.0)), 2 * np.pi - float(angle[-1] - angle[0]))
    return widest <= np.pi


def clip(A: FloatArray, b: FloatArray, d: FloatArray) -> FloatArray:
    """Vertices (K, 2) of {x : A x <= b, x >= d}, ``A`` (m, 2): all crossings of two lines that meet the
    others.
    """
    A, b = np.vstack([A, -np.eye(2)]), np.concatenate([b, -d])
    size = np.linalg.norm(A, axis=1)
    A, b = A[size > 0] / size[size > 0, None], b[size > 0] / size[size > 0]
    i, j = np.triu_indices(len(A), 1)
    det = A[i, 0] * A[j, 1] - A[i, 1] * A[j, 0]
    i, j, det = i[det != 0], j[det != 0], det[det != 0]
    bi, bj = b[i] - A[i] @ d, b[j] - A[j] @ d
    x = np.column_stack([bi * A[j, 1] - bj * A[i, 1], bj * A[i, 0] - bi * A[j, 0]]) / det[:, None]
    room = (b - A @ d) - x @ A.T
    scale = np.abs(x).max(axis=1) + np.abs(d).max()
    return np.asarray(x[(room >= -1e-13 * scale[:, None]).all(axis=1)] + d)


def upper_chain(points: FloatArray) -> FloatArray:
    """Vertices (m, 2) of the Pareto frontier of the hull of ``points`` (K, 2), from player 2's best to player
    1's.

    Strict Pareto frontier: no two vertices share a coordinate. Andrew's monotone chain on the undominated
    points.
    """
    order = np.lexsort((-points[:, 1], -points[:, 0]))
    z = points[order]
    best = np.maximum.accumulate(z[:, 1])
    z = z[np.append(True, z[1:, 1] > best[:-1])]
    chain: list[FloatArray] = []
    for p in z:
        while len(chain) > 1 and _cross(chain[-1] - chain[-2], p - chain[-2]) <= 0:
            chain.pop()
        chain.append(p)
    return np.array(chain[::-1])


def nash_batch(points: ArrayLike, d: ArrayLike, weights: ArrayLike | None = None) -> Batch:
    """Nash solutions of B two-player problems at once: ``points`` (B, K, 2), ``d`` (B, 2), ``weights`` (2,)
    or (B, 2).

    Each problem's set is the hull of its K points and what is below it (free disposal, so d has to be below
    the frontier, which is checked, but need not be in the hull). Errors: EmptySet, BadShape, NotANumber,
    BadWeights; problems without gains for both are marked, not raised.
    """
    points, d = check.finite(points, "points"), check.finite(d, "disagreement")
    if points.ndim != 3 or points.shape[2] != 2 or d.shape != (points.shape[0], 2):
        raise BadShape(f"nash_batch: expected points (B, K, 2) and d (B, 2), got {points.shape} and {d.shape}")
    if points.shape[1] == 0:
        raise EmptySet("hull of no points")
    rows = len(points)
    given = np.ones(2) if weights is None else check.finite(weights, "weights")
    if given.shape not in ((2,), (rows, 2)):
        raise BadShape(f"weights: expected (2,) or ({rows}, 2), got {given.shape}")
    if (given <= 0).any():
        raise BadWeights("weights: must be positive")
    nu = np.broadcast_to(given / given.sum(axis=-1, keepdims=True), (rows, 2))
    z1, z2 = (np.ascontiguousarray(points[:, :, i] - d[:, i, None]) for i in (0, 1))
    low, high = _edges(z1, z2, nu)
    step = _nash_step(low, high, nu)
    gain = low + step[:, None] * (high - low)
    good = gain.min(axis=1) > ROUNDING * np.abs(points).max(axis=(1, 2))
    w = nu / np.where(good[:, None], gain, np.nan)
    residual = np.maximum(0.0, (z1 * w[:, :1] + z2 * w[:, 1:]).max(axis=1) - 1.0)
    return Batch(np.where(good[:, None], d + gain, np.nan), w / w.sum(axis=1, keepdims=True), residual, good)


def _nash_step(low: FloatArray, high: FloatArray, nu: FloatArray) -> FloatArray:
    """How far along the edge from ``low`` to ``high`` (..., 2 gains) the weighted product is largest, in [0,
    1].
    """
    D = high - low
    bottom = np.asarray(D[..., 0] * D[..., 1])
    top = -(nu[..., 0] * D[..., 0] * low[..., 1] + nu[..., 1] * D[..., 1] * low[..., 0])
    step = np.divide(top, bottom, out=np.zeros_like(bottom), where=bottom != 0)
    return np.clip(step, 0.0, 1.0)


def _edge(z, turn) -> tuple[FloatArray, FloatArray]:  # type: ignore[no-untyped-def]
    """The frontier edge that the solution is on: ``turn(m, n)`` > 0 if it is to the right of the vertex m."""
    low, high = z[_last(z[:, 1], z[:, 0])], z[_last(z[:, 0], z[:, 1])]
    for _ in range(len(z)):
        normal = np.array([low[1] - high[1], high[0] - low[0]])
        if normal[0] <= 0 or normal[1] <= 0:
            break
        value = z @ normal
        best = int(np.argmax(value))
        edge = max(normal @ low, normal @ high)
        if value[best] - edge <= ROUNDING * float(normal @ np.maximum(np.abs(low), np.abs(high))):
            break
        if turn(z[best], normal) >= 0:  # at 0 the vertex itself is the solution, the left end of its edge
            low = z[best]
        else:
            high = z[best]
    return low, high


def _edges(z1: FloatArray, z2: FloatArray, nu: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``_edge`` for B problems, gains ``z1``, ``z2`` (B, K); problems that are done leave the loop."""
    rows = np.arange(len(z1))
    top = np.argmax(np.where(z2 == z2.max(axis=1, keepdims=True), z1, -np.inf), axis=1)
    right = np.argmax(np.where(z1 == z1.max(axis=1, keepdims=True), z2, -np.inf), axis=1)
    low = np.column_stack([z1[rows, top], z2[rows, top]])
    high = np.column_stack([z1[rows, right], z2[rows, right]])
    live = rows
    for _ in range(z1.shape[1]):
        n1, n2 = low[live, 1] - high[live, 1], high[live, 0] - low[live, 0]
        live, n1, n2, keep = live[ok := (n1 > 0) & (n2 > 0)], n1[ok], n2[ok], ok
        if not keep.all() or len(live) < len(z1):
            z1, z2 = z1[keep], z2[keep]
        if not len(live):
            break
        value = z1 * n1[:, None] + z2 * n2[:, None]
        best = np.argmax(value, axis=1)
        here = np.arange(len(live))
        m1, m2 = z1[here, best], z2[here, best]
        a, b = low[live], high[live]
        edge = np.maximum(n1 * a[:, 0] + n2 * a[:, 1], n1 * b[:, 0] + n2 * b[:, 1])
        largest = np.maximum(np.abs(a), np.abs(b))
        scale = 2 * np.maximum(n1 * largest[:, 0], n2 * largest[:, 1])
        beyond = value[here, best] - edge > ROUNDING * scale
        side = nu[live, 0] * m2 * n2 - nu[live, 1] * m1 * n1
        m = np.column_stack([m1, m2])
        low[live] = np.where((beyond & (side >= 0))[:, None], m, a)
        high[live] = np.where((beyond & (side <= 0))[:, None], m, b)
        live, z1, z2 = live[beyond], z1[beyond], z2[beyond]
    return low, high


def _last(first: FloatArray, second: FloatArray) -> int:
    """Index of the lexicographic maximum of (first, second)."""
    ties = np.flatnonzero(first == first.max())
    return int(ties[np.argmax(second[ties])])


def _cross(a: FloatArray, b: FloatArray) -> float:
    return float(a[0] * b[1] - a[1] * b[0])
