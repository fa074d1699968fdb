r"""What every feasible set of payoffs can answer.

A feasible set F in R^n (one axis a player, utils) is closed, convex, and bounded above: {y in F : y >= d} is
compact for every d. It is known through its support function and a maximiser of it,

    h(w) = max {w.y : y in F},

finite for every w >= 0 on most sets (with transferable utility only equal weights have a finite maximum; a
polytope that is unbounded below may lack some). F is *comprehensive* if payoffs can be thrown away: y in F
and x <= y imply x in F. Everything else follows from h by linear programs (module ``program``).

Source: Treutlein, Modeling evidential cooperation in large worlds, Section 3.2; Rockafellar, Convex Analysis,
Section 13.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.errors import EmptySet, InfeasibleDisagreement, UnboundedSet
from negotiation.bargaining.program import Lift, Outcome, column_generation, solve_lift
from negotiation.bargaining.solution import FloatArray

MOST_DIRECTIONS = 4
TOLERANCE = 1e-9
"""How far outside the set, relative to the range of payoffs, a disagreement point may be and still count as
in it.
"""


class FeasibleSet(ABC):
    """A closed convex set of payoff vectors of ``n`` players, bounded above; defined in the module."""

    n: int
    comprehensive: bool
    transfers: bool = False

    @abstractmethod
    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        """h(w) = max {w.y : y in F} in weighted utils and a point (n,) that attains it.

        ``w``: (n,), of any scale. UnboundedSet if there is no maximum.
        """

    def support_above(self, w: FloatArray, d: FloatArray) -> tuple[float, FloatArray]:
        """``support``; where that is infinite (sets unbounded below) the maximum over {y in F : y >= d}
        instead.

        Enough to certify solutions with x > d: there both maxima are the same.
        """
        try:
            return self.support(w)
        except UnboundedSet:
            out = self.program(w, 0.0, np.eye(self.n), np.zeros(self.n), d)
            return out.value, out.point

    def lift(self) -> Lift | None:
        """F as the image of a polyhedron {y = M z + m : A z <= b, E z = f}, or None if it is not one."""
        return None

    @cached_property
    def span(self) -> FloatArray:
        """(n,) range of each player's payoffs over the n points best for somebody: a unit for tolerances."""
        best = np.array([self.support(w)[1] for w in np.eye(self.n)])
        return positive_range(best)

    def planar(self, d: FloatArray) -> FloatArray | None:
        """For two players on a polygon: points (K, 2) whose hull has the Pareto frontier of F above ``d``;
        else None.

        ``d`` has to be in F.
        """
        return None

    def program(self, c: FloatArray, e: float, G: FloatArray, g: FloatArray, k: FloatArray) -> Outcome:
        """max c.y + e t over y in F and real t subject to G y + g t >= k. EmptySet if there is none."""
        lift = self.lift()
        if lift is None:
            return column_generation(self.support, self.comprehensive, self.span, c, e, G, g, k)
        return solve_lift(lift, self.span, c, e, G, g, k)

    def contains(self, x: ArrayLike) -> float:
        """Violation in utils: the maximum-norm distance from ``x`` (n,) to F, 0 inside (numerically, about
        0).
        """
        return self._distance(check.vector(x, self.n, "x"), np.ones(self.n))

    def _distance(self, x: FloatArray, unit: FloatArray) -> float:
        """Least s with abs(y_i - x_i) <= s unit_i for some y in F (y_i >= x_i - s unit_i under free
        disposal).
        """
        eye = np.eye(self.n)
        G, g, k = eye, unit, x
        if not self.comprehensive:
            G, g, k = np.vstack([eye, -eye]), np.concatenate([unit, unit]), np.concatenate([x, -x])
        return max(0.0, -self.program(np.zeros(self.n), -1.0, G, g, k).value)

    def ideal(self, d: ArrayLike | None = None) -> FloatArray:
        """(n,) each player's best payoff in {y in F : y >= d}; in the whole of F for None.

        The two differ in general. UnboundedSet, InfeasibleDisagreement.
        """
        if d is None:
            return np.array([self.support(w)[0] for w in np.eye(self.n)])
        d = check.vector(d, self.n, "disagreement")
        try:
            return np.array([self.program(w, 0.0, np.eye(self.n), np.zeros(self.n), d).value for w in np.eye(self.n)])
        except EmptySet as error:
            raise InfeasibleDisagreement(f"no feasible point gives everybody at least {d}") from error

    def surely_contains(self, x: FloatArray) -> bool:
        """True only if a test cheaper than linear programs shows that ``x`` is in F: here, in the hull of a few points."""
        if self.lift() is not None or self.n > MOST_DIRECTIONS:
            return False
        try:
            points = self._inner
        except UnboundedSet:
            return False
        from scipy.optimize import nnls

        scaled = np.vstack([(points - x).T / self.span[:, None], np.ones(len(points))])
        return bool(nnls(scaled, np.append(np.zeros(self.n), 1.0))[1] <= 1e-14)

    @cached_property
    def _inner(self) -> FloatArray:
        """(K, n) points of F: the best ones in the directions of all corners and faces of a cube."""
        corners = np.array(list(product((-1.0, 1.0), repeat=self.n)))
        directions = np.vstack([np.eye(self.n), -np.eye(self.n), corners])
        if self.comprehensive:
            directions = directions[(directions >= 0).all(axis=1)]
        return np.array([self.support(w)[1] for w in directions / self.span])

    def require(self, d: ArrayLike) -> FloatArray:
        """``d`` as an array, checked to lie in F up to TOLERANCE of the spans; InfeasibleDisagreement
        otherwise.
        """
        d = check.vector(d, self.n, "disagreement")
        if self.surely_contains(d):
            return d
        violation = self._distance(d, self.span)
        if violation > TOLERANCE:
            hint = "" if self.comprehensive else " (comprehensive=True adds free disposal)"
            raise InfeasibleDisagreement(f"{d} is outside the set by {violation:.3g} of the range of payoffs{hint}")
        return d


def direction(w: ArrayLike, of: FeasibleSet) -> FloatArray:
    """Weights as an array; UnboundedSet where free disposal makes a negative weight's maximum infinite."""
    w = check.vector(w, of.n, "weights")
    if of.comprehensive:
        if (w < -1e-12 * np.abs(w).max()).any():
            raise UnboundedSet(f"a comprehensive set has no maximum for the negative weights {w}")
        w = np.maximum(w, 0.0)
    return w


def positive_range(points: FloatArray) -> FloatArray:
    """(n,) range of the rows; where a player's is 0 (or rounding) the largest of all ranges; their magnitude, or 1, where all
    are rounding."""
    size = np.ptp(points, axis=0)
    magnitude = float(np.abs(points).max(initial=0.0))
    if size.max() <= 1e-14 * magnitude:
        return np.full(len(size), magnitude or 1.0)
    return np.where(size > 1e-12 * size.max(), size, size.max() or 1.0)
