r"""Images of feasible sets under the maps that solutions are asked to respect.

    phi(y)_i = a_i y_(o(i)) + b_i,     a > 0, o a permutation of the players,

a change of everybody's units and zero of utility, and of the players' names. The support function follows:
h_phi(F)(w) = max {sum_i w_i a_i y_(o(i)) : y in F} + w.b.

Source: Treutlein, Modeling evidential cooperation in large worlds, Axiom 8 (3) and (4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet, direction
from negotiation.bargaining.errors import BadShape, BadWeights
from negotiation.bargaining.polyhedra import Hull
from negotiation.bargaining.program import Lift
from negotiation.bargaining.solution import FloatArray


@dataclass(frozen=True)
class Map:
    """phi(y)_i = ``scale``_i y_(``order``_i) + ``shift``_i, each (n,)."""

    scale: FloatArray
    shift: FloatArray
    order: np.ndarray

    @staticmethod
    def of(n: int, scale: ArrayLike | None = None, shift: ArrayLike | None = None, order: ArrayLike | None = None) -> Map:
        """The map with the identity for what is not given. Errors: BadWeights (scale <= 0), BadShape,
        NotANumber.
        """
        a = np.ones(n) if scale is None else check.vector(scale, n, "scale")
        b = np.zeros(n) if shift is None else check.vector(shift, n, "shift")
        o = np.arange(n) if order is None else np.asarray(order)
        if (a <= 0).any():
            raise BadWeights(f"scale: must be positive, got {a}")
        if sorted(o.tolist()) != list(range(n)):
            raise BadShape(f"order: expected a permutation of {n} players, got {o}")
        return Map(a, b, o)

    def point(self, y: FloatArray) -> FloatArray:
        """phi(y) for payoffs (n,) or (K, n)."""
        return np.asarray(self.scale * y[..., self.order] + self.shift)

    def back(self, w: FloatArray) -> FloatArray:
        """Weights v with v.y = w.(phi(y) - phi(0))."""
        out = np.empty_like(w)
        out[self.order] = w * self.scale
        return out

    def apply(self, feasible: FeasibleSet) -> FeasibleSet:
        """phi(F)."""
        if isinstance(feasible, Hull):
            return Hull(self.point(feasible.points), feasible.comprehensive)
        return Image(feasible, self)


class Image(FeasibleSet):
    """phi(F) for any set F (for transferable utility a polyhedron: rates of exchange are then not one to
    one).
    """

    def __init__(self, feasible: FeasibleSet, phi: Map) -> None:
        self.feasible, self.phi, self.n = feasible, phi, feasible.n
        self.comprehensive = feasible.comprehensive
        self.__dict__["span"] = phi.scale * feasible.span[phi.order]

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        point = self.phi.point(self.feasible.support(self.phi.back(w))[1])
        return float(w @ point), point

    def lift(self) -> Lift | None:
        lift = self.feasible.lift()
        if lift is None:
            return None
        return replace(lift, M=self.phi.scale[:, None] * lift.M[self.phi.order], m=self.phi.point(lift.m))
