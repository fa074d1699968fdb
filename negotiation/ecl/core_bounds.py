r"""Lower bounds of the least relaxation: a proof that a core is empty.

A point that P does not block by more than eps lies in one of finitely many half-spaces w.x + eps (w.u) >= h_P(w), one for each
facet of V(P) with normal w >= 0 (module ``objections``). Branch on that: a node fixes one half-space for some coalitions, its
linear program (*) (module ``core_search``) bounds eps from below for all points in them, and its solution shows the coalition
to branch on next. The least bound over the leaves bounds eps* from below; if it is positive the core is empty. By duality a
leaf with half-spaces r and prices pi >= 0 proves

    eps >= (sum pi_r level_r - h(mu)) / (mu.u),      mu = sum pi_r w_r,   h(mu) = max {mu.x : x in F}

(the prices take the place of balancing weights, and 'balanced' the place of mu = 1). Where a coalition has too many
combinations of actions, its facets are replaced by those of the quadrant below one payoff vector z of V(P): whoever is not
blocked by P has x_i >= z_i for some i in P. That is valid but branches for ever in the limit.

Source: derived; Scarf 1967 for the role of balanced weights.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from negotiation.bargaining.shapley_value import mask, members
from negotiation.ecl.core_search import Relaxed, Row, relax, settle, singles
from negotiation.ecl.objections import Claims, Objection
from negotiation.ecl.separable_games import FloatArray, SeparableGame

MOST_CORNERS = 6_000


@dataclass(frozen=True, eq=False)
class Leaf:
    """A case of the proof: ``bound`` <= eps (units) for all points that satisfy the ``rows``, by ``prices`` (R,)."""

    rows: tuple[Row, ...]
    prices: FloatArray
    bound: float


@dataclass(frozen=True, eq=False)
class Bounds:
    """``lower`` <= eps* <= ``upper`` in units, the latter at ``point`` (n,); ``leaves`` prove ``lower``, ``nodes`` were
    solved."""

    lower: float
    upper: float
    point: FloatArray
    leaves: tuple[Leaf, ...]
    nodes: int


def dual_bound(game: SeparableGame, unit: FloatArray, rows: tuple[Row, ...], prices: FloatArray) -> float:
    """The lower bound of eps in units that ``prices`` prove, for whatever prices >= 0; minus infinity if all are 0."""
    mu = np.asarray(prices) @ np.array([r.w for r in rows])
    if not mu @ unit > 0:
        return -np.inf
    top = sum(float((v @ mu).max()) for v in game.vertices)
    return (float(np.dot(prices, [r.level for r in rows])) - top) / float(mu @ unit)


def bound_relaxation(claims: Claims, known: Relaxed, most_nodes: int, enough: float) -> Bounds:
    """Branch and bound from ``known``, a point with its certified relaxation.

    Stops when ``lower`` and ``upper`` meet up to the slack of ``claims``, when ``upper`` <= ``enough`` (a core point is
    found), or after ``most_nodes`` linear programs. ``lower`` is exact to about 1e-11 of the game's size (facets are rounded).
    """
    slack = claims.slack
    upper, point = known.eps, known.point
    tie, closed = count(), list[Leaf]()
    facets: dict[int, list[FloatArray] | None] = {}
    root = _leaf(claims, singles(claims))
    heap, nodes = [(root[0].bound, next(tie), *root)], 1
    opened = 0
    while heap and heap[0][0] < upper - slack and upper > enough and nodes < most_nodes:
        _, _, leaf, x, eps = heapq.heappop(heap)
        opened += 1
        if opened & (opened - 1) == 0:  # the 1st, 2nd, 4th, 8th, ... node is a starting point too
            near = settle(claims, x, enough)
            if near.eps < upper:
                upper, point = near.eps, near.point
        objection = claims.strongest(x, eps + slack / 10)
        if objection is None or objection.gain < upper:
            upper, point = (eps if objection is None else objection.gain), x
        if objection is None:
            closed.append(leaf)
            continue
        for row in _cases(claims, objection, facets):
            child = _leaf(claims, [*leaf.rows, row])
            heapq.heappush(heap, (child[0].bound, next(tie), *child))
            nodes += 1
    leaves = (*closed, *(entry[2] for entry in heap))
    return Bounds(min(leaf.bound for leaf in leaves), upper, point, leaves, nodes)


def _leaf(claims: Claims, rows: list[Row]) -> tuple[Leaf, FloatArray, float]:
    found = relax(claims, rows)
    used = tuple(rows)
    return Leaf(used, found.prices, dual_bound(claims.game, claims.unit, used, found.prices)), found.point, found.eps


def _cases(claims: Claims, objection: Objection, facets: dict[int, list[FloatArray] | None]) -> list[Row]:
    """Half-spaces of which every point that the coalition does not block satisfies one."""
    s = mask(objection.coalition)
    if s not in facets:
        facets[s] = facet_normals(claims.game, s)
    normals = facets[s]
    if normals is None:
        eye = np.eye(claims.game.n)
        return [Row(s, eye[i], float(z)) for i, z in zip(objection.coalition, objection.payoffs, strict=True)]
    return [Row(s, w, claims.top(s, w)) for w in normals]


def facet_normals(game: SeparableGame, coalition: int) -> list[FloatArray] | None:
    """The normals w >= 0 (n,) of the facets of V(P), whatever outsiders do; None if there are too many combinations.

    V(P) is cut off below its least corner; the facets of the cut have negative normals and are left out.
    """
    group = list(members(coalition))
    points = np.zeros((1, len(group)))
    for j in group:
        points = (points[:, None, :] + _undominated(game.vertices[j][:, group])[None, :, :]).reshape(-1, len(group))
        if len(points) << len(group) > MOST_CORNERS:
            return None
        points = _undominated(points)
    if len(group) == 1:
        return [np.eye(game.n)[group[0]]]
    points = points / game.size
    low = points.min(axis=0) - 1.0
    cut = np.array([[k >> i & 1 for i in range(len(group))] for k in range(1 << len(group))], dtype=bool)
    corners = np.where(cut[None], low, points[:, None, :]).reshape(-1, len(group))
    try:
        normals = ConvexHull(np.unique(corners, axis=0)).equations[:, :-1]
    except QhullError:
        return None
    normals = normals[(normals > -1e-9).all(axis=1)]
    out = []
    for w in np.unique(np.round(np.maximum(normals, 0.0), 12), axis=0):
        full = np.zeros(game.n)
        full[group] = w / w.sum()
        out.append(full)
    return out


def _undominated(points: FloatArray) -> FloatArray:
    """The rows that no other row dominates; equal rows once."""
    points = np.unique(points, axis=0)
    worse = (points[:, None, :] <= points[None, :, :]).all(axis=2)
    return points[worse.sum(axis=1) == 1]
