"""Search for Pareto weights at which everybody's claim is met: the fixed points behind CoCo, Shapley and
Harsanyi.

Given finitely many payoff vectors with the hull F in R^n, h(w) = max {w.y : y in F}, and claims phi(w),
continuous and homogeneous of degree 1 in w >= 0 with phi_1 + ... + phi_n = h(w): find w > 0 and x in F with

    w.x = h(w)   and   w_i x_i = phi_i(w) for every player i.

The excess z(w) = phi(w) - w x(w), x(w) a best vertex at w, jumps where the best vertex changes. On a
triangulation of the weight simplex, keep the simplices that have 0 in the hull of their corners' excess
vectors: corners with different best vertices stand for a point x inside an edge or a face (a kink of h). From
each, Newton's method on the active face {v_a}: phi_i(w) = w_i sum_a l_a v_ai, the w.v_a all equal, with sum l
= sum w = 1, correcting the face until l >= 0 and no other vertex is better. Where Newton fails (a kink of
phi), triangulate again around the candidate, smaller.

Every grid has such a simplex unless the solution is at the boundary; the list is what the grid shows, and
pairs of solutions closer than its mesh can be missed. Solutions with a zero weight are not looked for.

Source: Scarf, The approximation of fixed points of a continuous mapping (1967); Kuhn's triangulation;
Shapley, Utility comparison and the theory of games (1969), for the use of such fixed points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, permutations, product

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SMALLEST = 1e-6
"""Weights below this, with payoffs in one range, count as 0: no fixed point with w > 0."""
Phi = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class FixedPoint:
    """Weights (sum 1), the point, and residual: the largest of |x_i - phi_i(w) / w_i| and h(w) - w.x, in
    units of F."""

    weights: FloatArray
    point: FloatArray
    residual: float


@lru_cache(maxsize=32)
def triangulation(players: int, subdivisions: int) -> tuple[FloatArray, NDArray[np.intp]]:
    """Kuhn's triangulation of the unit simplex: nodes (count, players) and simplices (count, players) of node
    indices."""
    steps = [y for y in product(range(subdivisions + 1), repeat=players - 1) if all(a >= b for a, b in pairwise(y))]
    index = {y: k for k, y in enumerate(steps)}
    simplices = []
    for base in steps:
        for order in permutations(range(players - 1)):
            corner, corners = list(base), [index[base]]
            for axis in order:
                corner[axis] += 1
                if tuple(corner) not in index:
                    break
                corners.append(index[tuple(corner)])
            else:
                simplices.append(corners)
    cumulative = np.array(steps, dtype=float).reshape(len(steps), players - 1)
    nodes = -np.diff(np.column_stack([np.full(len(steps), float(subdivisions)), cumulative, np.zeros(len(steps))]))
    return nodes / subdivisions, np.array(simplices, dtype=np.intp)


class _Problem:
    """The vertices that can be best at some w >= 0, the claims, and excess vectors of batches of weights."""

    def __init__(self, points: FloatArray, phi: Phi) -> None:
        self.points = np.unique(points, axis=0)
        self.phi = phi
        self.scale = max(float(np.ptp(points)), 1e-300)

    def excess(self, weights: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        inward = weights + 1e-9 * weights.sum(axis=1, keepdims=True)
        best = (inward @ self.points.T).argmax(axis=1)
        return self.phi(weights) - weights * self.points[best], best


def candidates(points: FloatArray, phi: Phi, *, subdivisions: int) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    """The simplices with 0 in the hull of their excess vectors, before any refinement.

    Returns corners (count, players, players) of weights, barycentric coordinates (count, players) of the
    zero, and the best vertices (rows of the sorted unique ``points``) at the corners. The grid is denser at
    small weights.
    """
    nodes, simplices = triangulation(points.shape[1], subdivisions)
    weights = nodes**2 / (nodes**2).sum(axis=1, keepdims=True)
    return _labelled(_Problem(points, phi), weights, simplices)


def _labelled(
    problem: _Problem, weights: FloatArray, simplices: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    excess, best = problem.excess(weights)
    n = weights.shape[1]
    corners = excess[simplices]
    system = np.concatenate([corners[:, :, : n - 1].transpose(0, 2, 1) / problem.scale, np.ones((len(simplices), 1, n))], 1)
    coordinates = np.linalg.pinv(system)[:, :, n - 1]
    missed = np.abs(np.einsum("bij,bj->bi", system, coordinates) - np.eye(n)[n - 1]).max(axis=1)
    kept = (coordinates.min(axis=1) >= -0.02) & (missed < 1e-9)
    return weights[simplices[kept]], coordinates[kept], best[simplices[kept]]


def fixed_points(
    points: FloatArray, phi: Phi, *, subdivisions: int = 24, tolerance: float = 1e-9, same: float = 1e-6
) -> list[FixedPoint]:
    """All fixed points that the grid shows (see the module), each with residual <= ``tolerance``, payoffs
    distinct.

    ``points``: (count, players), best normalised to one range for all players. ``phi``: (batch, players)
    weights to (batch, players) claims. Payoffs within ``same`` times the range of ``points`` count as one.
    Sorted by payoffs.
    """
    problem = _Problem(points, phi)
    found: list[FixedPoint] = []
    for corners, coordinates, best in zip(*candidates(points, phi, subdivisions=subdivisions), strict=True):
        vertex = problem.points[best[0]]
        if (best == best[0]).all() and any(np.abs(vertex - s.point).max() <= same for s in found):
            continue  # another weight for a vertex that is known to be a solution
        solution = _from_simplex(problem, corners, coordinates, best, tolerance * problem.scale)
        if solution is None:
            continue
        if all(np.abs(solution.point - other.point).max() > same * problem.scale for other in found):
            found.append(solution)
    return sorted(found, key=lambda s: tuple(s.point))


def _from_simplex(
    problem: _Problem, corners: FloatArray, coordinates: FloatArray, best: NDArray[np.intp], tolerance: float
) -> FixedPoint | None:
    """Newton from the candidate; where it fails, from the candidates of ever smaller grids around it."""
    nodes, simplices = triangulation(len(corners), 8)
    for _ in range(16):
        start = np.clip(np.clip(coordinates, 0.0, None) @ corners, 1e-4, None)
        solution = _newton(problem, start / start.sum(), best[coordinates > 1e-6], tolerance)
        if solution is not None:
            return solution
        centre = coordinates @ corners
        for widening in (2.0, 5.0):
            around = nodes @ (centre + widening * (corners - corners.mean(axis=0)))
            around = np.clip(around, 1e-9, None)
            smaller, inner, labels = _labelled(problem, around / around.sum(axis=1, keepdims=True), simplices)
            if len(inner):
                break
        else:
            return None
        pick = int(inner.min(axis=1).argmax())
        corners, coordinates, best = smaller[pick], inner[pick], labels[pick]
    return None


def _newton(problem: _Problem, weights: FloatArray, labels: NDArray[np.intp], tolerance: float) -> FixedPoint | None:
    """Newton on the face spanned by ``labels``; drop a vertex with negative share, add a better one, and
    repeat."""
    face = sorted(set(labels.tolist()))
    for _ in range(2 * weights.size + 2):
        solved = _on_face(problem, weights, problem.points[face])
        if solved is None:
            return None
        w, share = solved
        if share.min() < -1e-10 and len(face) > 1:
            face.pop(int(share.argmin()))
            continue
        share = np.clip(share, 0.0, None)
        x = share @ problem.points[face] / share.sum()
        support = problem.points @ w
        missing = float(support.max() - w @ x)
        if missing > tolerance and int(support.argmax()) not in face:
            face.append(int(support.argmax()))
            weights = w
            continue
        residual = max(missing, float(np.abs(x - problem.phi(w[None])[0] / w).max()))
        return FixedPoint(w, x, residual) if residual <= tolerance else None
    return None


def _on_face(problem: _Problem, weights: FloatArray, face: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    n, k = weights.size, len(face)
    w, share = weights.copy(), np.full(k, 1.0 / k)
    share = np.linalg.lstsq(np.vstack([w[:, None] * face.T, np.ones(k)]), np.r_[problem.phi(w[None])[0], 1.0], rcond=None)[0]
    size = np.inf
    for _ in range(40):
        step = 1e-6 * w
        around = problem.phi(np.vstack([w, w + np.diag(step), w - np.diag(step)]))
        slope = ((around[1 : n + 1] - around[n + 1 :]) / (2 * step[:, None])).T
        error = np.r_[around[0] - w * (share @ face), (face[1:] - face[0]) @ w, share.sum() - 1, w.sum() - 1]
        before, size = size, float(np.abs(error).max()) / problem.scale
        if size < 1e-15 or (size < 1e-12 and size >= before):
            return w, share
        jacobian = np.zeros((len(error), n + k))
        jacobian[:n, :n] = slope - np.diag(share @ face)
        jacobian[:n, n:] = -w[:, None] * face.T
        jacobian[n : n + k - 1, :n] = face[1:] - face[0]
        jacobian[n + k - 1, n:] = jacobian[n + k, :n] = 1.0
        move = np.linalg.lstsq(jacobian, -error, rcond=None)[0]
        if not np.isfinite(move).all() or np.abs(move[:n]).max() > 1e3:
            return None
        shrinking = -move[:n] / w
        length = min(1.0, 0.9 / shrinking.max()) if shrinking.max() > 0 else 1.0
        w, share = w + length * move[:n], share + length * move[n:]
        if w.min() < SMALLEST:
            return None
    return (w, share) if size < 1e-10 else None
