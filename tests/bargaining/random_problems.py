"""Random bargaining problems, each also stated for a general convex solver, to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from negotiation.bargaining import FeasibleSet, hull, polytope, smooth
from negotiation.bargaining.solution import FloatArray

PRECISE = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}


@dataclass(frozen=True)
class Case:
    """A random problem: our set, d, and the same set as constraints on a cvxpy variable."""

    label: str
    feasible: FeasibleSet
    d: FloatArray
    data: tuple[FloatArray, ...]

    def constraints(self, x: cp.Variable) -> list[cp.Constraint]:
        if self.label == "hull":
            share = cp.Variable(len(self.data[0]), nonneg=True)
            return [x == self.data[0].T @ share, cp.sum(share) == 1]
        if self.label == "polytope":
            return [self.data[0] @ x <= self.data[1]]
        return [cp.norm(self.data[1] @ (x - self.data[0])) <= 1]

    def solve(self, kind: str, v: FloatArray | None = None) -> FloatArray:
        """Payoffs (n,) by the general solver: "nash" (weights v), "ray" (direction v), "sum" (weights v)."""
        n = self.feasible.n
        x = cp.Variable(n)
        if kind == "nash":
            problem = cp.Problem(cp.Maximize(v @ cp.log(x - self.d)), self.constraints(x))
        elif kind == "ray":
            t = cp.Variable()
            problem = cp.Problem(cp.Maximize(t), [*self.constraints(x), x >= self.d + t * v])
        else:
            problem = cp.Problem(cp.Maximize(v @ x), self.constraints(x))
        problem.solve(**PRECISE)
        return self.d + float(t.value) * v if kind == "ray" else np.asarray(x.value)


def random_case(rng: np.random.Generator, number: int) -> Case:
    """By turns hulls (6 of 10), polytopes (3) and ellipsoids (1) of 2 to 5 players (ellipsoids 2 or 3), with d inside."""
    kind, n = number % 5, 2 + number // 5 % 4
    if kind < 3:
        points = rng.normal(size=(int(rng.integers(n + 2, 30)), n)) * np.exp(rng.normal(size=n)) + 3 * rng.normal(size=n)
        d = rng.dirichlet(np.ones(len(points))) @ points
        return Case("hull", hull(points), d, (points,))
    if kind == 3 or number % 10 == 4:
        d = rng.normal(size=n)
        A = rng.random((int(rng.integers(3, 12)), n))
        A = np.vstack([A, -np.eye(n)])
        b = A @ d + rng.uniform(0.5, 2.0, len(A))
        return Case("polytope", polytope(A, b), d, (A, b))
    n = 2 + n % 2
    shape = rng.normal(size=(n, n)) + 2 * np.eye(n)
    Q, centre = shape @ shape.T, rng.normal(size=n)
    d = centre + 0.3 * shape @ (rng.normal(size=n) / np.sqrt(n))
    inverse = np.linalg.inv(shape)
    d = centre + (d - centre) / max(1.0, 1.5 * float(np.linalg.norm(inverse @ (d - centre))))
    return Case("ellipsoid", smooth(support=lambda w: centre + Q @ w / np.sqrt(w @ Q @ w), n=n), d, (centre, inverse))
