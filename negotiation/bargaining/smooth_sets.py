r"""Convex sets given by functions: a support function's maximiser, or inequalities.

For F = {y : g_j(y) <= 0, j = 1..m}, g convex and differentiable with an interior point, y maximises w.y if
and only if there are multipliers l >= 0 with w = sum_j l_j grad g_j(y), l_j g_j(y) = 0 (Karush, Kuhn and
Tucker). By convexity w.z - w.y <= -sum l_j g_j(y) + (w - sum l_j grad g_j(y)).(z - y) for every z in F: what
is left of the conditions bounds what is left to gain. The maximiser is found by sequential quadratic
programming and polished by Newton's method on the conditions of the active inequalities.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize, nnls, root

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet, direction
from negotiation.bargaining.errors import BadShape, EmptySet, UnboundedSet
from negotiation.bargaining.solution import FloatArray

FAR = 1e7


class Oracle(FeasibleSet):
    """A set given by ``maximiser``: w (n,) -> the point (n,) that maximises w.y."""

    def __init__(self, maximiser: Callable[[FloatArray], ArrayLike], n: int, comprehensive: bool) -> None:
        self.maximiser, self.n, self.comprehensive = maximiser, n, comprehensive
        for w in np.eye(n):
            self.support(w)

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        point = check.array(self.maximiser(w), "support point")
        if point.shape != (self.n,):
            raise BadShape(f"support: expected a point of shape ({self.n},), got {point.shape}")
        if not np.isfinite(point).all():
            raise UnboundedSet(f"the support function gives {point} at weights {w}")
        return float(w @ point), point


class Level(FeasibleSet):
    """{y : g(y) <= 0}; see ``smooth`` and the module."""

    def __init__(
        self,
        inequality: Callable[[FloatArray], ArrayLike],
        gradient: Callable[[FloatArray], ArrayLike],
        interior: FloatArray,
        comprehensive: bool,
    ) -> None:
        if interior.ndim != 1:
            raise BadShape(f"interior: expected shape (n,), got {interior.shape}")
        self.inequality, self.gradient, self.interior = inequality, gradient, interior
        self.n, self.comprehensive = len(interior), comprehensive
        if (self.g(interior) >= 0).any():
            raise EmptySet(f"the inequality is {self.g(interior)} at the interior point {interior}, not negative")
        if self.jacobian(interior).shape != (len(self.g(interior)), self.n):
            raise BadShape(f"gradient: expected shape ({len(self.g(interior))}, {self.n})")
        for w in np.eye(self.n):
            self.support(w)

    def g(self, y: FloatArray) -> FloatArray:
        """(m,) values of the inequalities at ``y``."""
        return check.array(np.atleast_1d(np.asarray(self.inequality(y), dtype=float)), "inequality")

    def jacobian(self, y: FloatArray) -> FloatArray:
        """(m, n) gradients at ``y``."""
        return check.array(np.atleast_2d(np.asarray(self.gradient(y), dtype=float)), "gradient")

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = direction(w, self)
        u = w / np.linalg.norm(w)
        limit = FAR * (1.0 + float(np.abs(self.interior).max()))
        out = minimize(
            lambda y: -float(u @ y),
            self.interior,
            jac=lambda y: -u,
            method="SLSQP",
            constraints={"type": "ineq", "fun": lambda y: -self.g(y), "jac": lambda y: -self.jacobian(y)},
            options={"ftol": 1e-15, "maxiter": 500},
        )
        if not np.isfinite(out.x).all() or np.abs(out.x).max() > limit:
            raise UnboundedSet(f"payoffs have no upper bound at weights {w}")
        y, left = self._polish(out.x, u)
        if left > 1e-6:
            raise ArithmeticError(f"no maximiser found at weights {w}: optimality conditions missed by {left:.2g}")
        return float(w @ y), y

    def _polish(self, y: FloatArray, u: FloatArray) -> tuple[FloatArray, float]:
        """Newton's method on w = l.grad g, g = 0 over the active inequalities: the point, what is missed."""
        jac = self.jacobian(y)
        size = np.linalg.norm(jac, axis=1)
        near = self.g(y) > -1e-5 * np.maximum(size, 1e-300)
        if not near.any():
            return y, np.inf
        price, _ = nnls(jac[near].T, u)
        active = np.flatnonzero(near)[price > 1e-9 * price.max()]
        n = self.n

        def conditions(v: FloatArray) -> FloatArray:
            return np.concatenate([u - v[n:] @ self.jacobian(v[:n])[active], self.g(v[:n])[active] / size[active]])

        out = root(
            conditions,
            np.concatenate([y, price[price > 1e-9 * price.max()]]),
            method="hybr",
            options={"xtol": 1e-15},
        )
        refined = out.x[:n]
        inside = self.g(refined) / np.maximum(size, 1e-300)
        if np.abs(conditions(out.x)).max() < 1e-9 and inside.max() < 1e-9 and (out.x[n:] >= 0).all():
            return refined, float(np.abs(conditions(out.x)).max())
        rest = float(np.linalg.norm(u - price @ jac[near]))
        return y, max(rest, float((self.g(y) / np.maximum(size, 1e-300)).max()))
