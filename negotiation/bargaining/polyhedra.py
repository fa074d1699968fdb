r"""Feasible sets that are polyhedra: hulls of outcomes, inequalities, transferable utility, their sums.

All are images {y = M z + m : A z <= b, E z = f, z >= lower} of a polyhedron (a ``Lift``), which is all that
linear programs over them need: hull {P' z : sum z = 1, z >= 0}; polytope {z : A z <= b}; sum {z_1 + ... + z_m
: z_j in F_j}; slice {y_P : y in F, y_i = x_i for i not in P}; free disposal adds -s, s >= 0, to y.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definitions 2 and 3, Axiom 11 (slices).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.base import FeasibleSet, direction, positive_range
from negotiation.bargaining.errors import UnboundedSet
from negotiation.bargaining.polygon import clip, inside, ray_polygon, upper_chain
from negotiation.bargaining.program import Lift, solve_lift
from negotiation.bargaining.solution import FloatArray

MOST_SUMS = 100_000


class Hull(FeasibleSet):
    """Convex hull of payoff points; see ``hull``."""

    def __init__(self, points: FloatArray, comprehensive: bool) -> None:
        self.points, self.comprehensive, self.n = points, comprehensive, points.shape[1]

    @cached_property
    def span(self) -> FloatArray:
        return positive_range(self.points)

    def planar(self, d: FloatArray) -> FloatArray | None:
        return self.points if self.n == 2 else None

    def surely_contains(self, x: FloatArray) -> bool:
        if self.n == 2 and inside(self.points, x):
            return True
        return bool((self.points >= x if self.comprehensive else self.points == x).all(axis=1).any())

    def ideal(self, d: ArrayLike | None = None) -> FloatArray:
        if d is None:
            return np.asarray(self.points.max(axis=0))
        if self.n != 2:
            return super().ideal(d)
        d = self.require(d)
        return np.asarray(d + [max(0.0, ray_polygon(self.points, d, v)[0]) for v in np.eye(2)])

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        values = self.points @ w
        best = int(np.argmax(values))
        return float(values[best]), self.points[best].copy()

    def lift(self) -> Lift:
        size = len(self.points)
        lift = Lift(
            self.points.T,
            np.zeros(self.n),
            np.zeros((0, size)),
            np.zeros(0),
            np.ones((1, size)),
            np.ones(1),
            np.zeros(size),
        )
        return lift.disposal() if self.comprehensive else lift


class Polytope(FeasibleSet):
    """{x : A x <= b}; see ``polytope``."""

    def __init__(self, A: FloatArray, b: FloatArray) -> None:
        self.A, self.b, self.n = A, b, A.shape[1]
        self.comprehensive = bool((A >= 0).all())
        none = np.zeros((0, self.n))
        self._lift = Lift(np.eye(self.n), np.zeros(self.n), A, b, none, np.zeros(0), np.full(self.n, -np.inf))
        rays = Lift(
            np.eye(self.n),
            np.zeros(self.n),
            np.vstack([A, np.eye(self.n)]),
            np.concatenate([np.zeros(len(b)), np.ones(self.n)]),
            none,
            np.zeros(0),
            np.zeros(self.n),
        )
        one, nothing = np.ones(self.n), (np.zeros((0, self.n)), np.zeros(0), np.zeros(0))
        solve_lift(self._lift, one, 0 * one, 0.0, *nothing)  # raises EmptySet
        ray = solve_lift(rays, one, one, 0.0, *nothing)
        if ray.value > 1e-9:
            raise UnboundedSet(f"A x <= b lets payoffs grow without bound along {ray.point}")

    @cached_property
    def span(self) -> FloatArray:
        none = (np.zeros((0, self.n)), np.zeros(0), np.zeros(0))
        one = np.ones(self.n)
        try:
            return positive_range(np.array([solve_lift(self._lift, one, w, 0.0, *none).point for w in np.eye(self.n)]))
        except UnboundedSet:  # some payoff is bounded only where the others' are bounded below
            return one

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        none = (np.zeros((0, self.n)), np.zeros(0), np.zeros(0))
        out = solve_lift(self._lift, self.span, w, 0.0, *none)
        return float(w @ out.point), out.point

    def planar(self, d: FloatArray) -> FloatArray | None:
        return clip(self.A, self.b, d) if self.n == 2 and len(self.A) <= 200 else None

    def surely_contains(self, x: FloatArray) -> bool:
        return bool((self.A @ x <= self.b).all())

    def lift(self) -> Lift:
        return self._lift


class Transfers(FeasibleSet):
    """Transferable utility: {x : sum of x <= total}, total in utils."""

    comprehensive = True
    transfers = True

    def __init__(self, total: float, n: int) -> None:
        self.total, self.n = total, n

    @cached_property
    def span(self) -> FloatArray:
        return np.full(self.n, abs(self.total) or 1.0)

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        if np.ptp(w) > 1e-9 * w.max():
            raise UnboundedSet(f"with transfers only equal weights have a maximum, got {w}")
        return float(w.mean() * self.total), np.full(self.n, self.total / self.n)

    def lift(self) -> Lift:
        none = np.zeros((0, self.n))
        return Lift(
            np.eye(self.n),
            np.zeros(self.n),
            np.ones((1, self.n)),
            np.array([self.total]),
            none,
            np.zeros(0),
            np.full(self.n, -np.inf),
        )


class Sum(FeasibleSet):
    """Minkowski sum of individual sets; see ``minkowski``."""

    def __init__(self, sets: tuple[FeasibleSet, ...]) -> None:
        self.sets, self.n = sets, sets[0].n
        self.comprehensive = any(s.comprehensive for s in sets)

    @cached_property
    def span(self) -> FloatArray:
        return np.asarray(sum(s.span for s in self.sets))

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        parts = [s.support(w) for s in self.sets]
        return sum(v for v, _ in parts), np.asarray(sum(x for _, x in parts))

    def parts(self, w: ArrayLike) -> FloatArray:
        """(m, n) what each individual set contributes to the maximiser of w.y: Theorem 6 asks for one w for
        all.
        """
        w = direction(w, self)
        return np.array([s.support(w)[1] for s in self.sets])

    def planar(self, d: FloatArray) -> FloatArray | None:
        if self.n != 2 or not all(isinstance(s, Hull) for s in self.sets):
            return None
        total = np.zeros((1, 2))
        for s in self.sets:
            chain = upper_chain(s.points) if isinstance(s, Hull) else total
            total = upper_chain((total[:, None, :] + chain[None, :, :]).reshape(-1, 2))
        return total

    def lift(self) -> Lift | None:
        lifts = [s.lift() for s in self.sets]
        known = [one for one in lifts if one is not None]
        return Lift.add(known) if len(known) == len(lifts) else None


class Polyhedral(FeasibleSet):
    """The polyhedron that a ``Lift`` describes."""

    def __init__(self, lift: Lift, comprehensive: bool) -> None:
        self._lift, self.comprehensive, self.n = lift, comprehensive, len(lift.m)

    @cached_property
    def span(self) -> FloatArray:
        one, none = np.ones(self.n), (np.zeros((0, self.n)), np.zeros(0), np.zeros(0))
        return positive_range(np.array([solve_lift(self._lift, one, w, 0.0, *none).point for w in np.eye(self.n)]))

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        out = solve_lift(self._lift, self.span, w, 0.0, np.zeros((0, self.n)), np.zeros(0), np.zeros(0))
        return out.value, out.point

    def lift(self) -> Lift:
        return self._lift


def slice_at(feasible: FeasibleSet, x: FloatArray, group: Sequence[int]) -> FeasibleSet:
    """{y_P : y in F, y_i = x_i for the players outside P}, ``group`` P: what P can renegotiate (Lensberg
    1988).

    ``feasible`` has to be polyhedral (TypeError).
    """
    lift = feasible.lift()
    if lift is None:
        raise TypeError("slices are made of polyhedral sets only")
    inside = np.zeros(feasible.n, dtype=bool)
    inside[list(group)] = True
    cut = replace(
        lift,
        M=lift.M[inside],
        m=lift.m[inside],
        E=np.vstack([lift.E, lift.M[~inside]]),
        f=np.concatenate([lift.f, x[~inside] - lift.m[~inside]]),
    )
    return Polyhedral(cut, feasible.comprehensive)
