r"""Convex sets of actions of a type: what one action gives to each type, in utils.

An action of a type is a vector y in R^T: y_s is what it gives to a player of type s. The set A of a type's actions is
convex and compact. Here are

    power budget        {y >= 0 : sum_s (y_s / c_s)^q <= r},     q >= 1      (q = 2: square-root utility of resources)
    logarithmic budget  {y >= 0 : sum_s exp(y_s / c_s) <= r},    r >= T      (logarithmic utility of resources)
    image               {M y : y in A},                          the actions of a type that is seen by others as M says

and every bounded set of ``negotiation.bargaining`` (``hull`` of vertices, ``polytope``, ``smooth``, ``minkowski``).

The best action for weights w, v_s = max(w_s, 0) c_s: the power budget spends in proportion to v^(q/(q-1)); the logarithmic
one spends v_s / l on s, but at least 1, with l such that the budget is spent ("water-filling").

Source: file 000 (Treutlein, Modeling evidential cooperation in large worlds), Definition 42, Examples 46, 54, 55 and 56.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import BadShape, EmptySet, UnboundedSet
from negotiation.bargaining.polyhedra import Hull
from negotiation.bargaining.program import Lift
from negotiation.bargaining.sets import hull
from negotiation.bargaining.smooth_sets import Level, Oracle
from negotiation.bargaining.solution import FloatArray
from negotiation.errors import InputError

SAMPLES = 24
SLACK = 1e-7  # relative to the spans: what SLSQP and a user's formulas may miss


class PowerBudget(FeasibleSet):
    """{y >= 0 : sum (y_s / scale_s)^exponent <= resources} with exponent > 1; see ``power_budget``."""

    comprehensive = False

    def __init__(self, scale: FloatArray, exponent: float, resources: float) -> None:
        self.scale, self.exponent, self.resources, self.n = scale, exponent, resources, len(scale)

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = check.vector(w, self.n, "weights")
        v = np.maximum(w, 0.0) * self.scale
        if not v.any():
            return 0.0, np.zeros(self.n)
        spent = (v / v.max()) ** (self.exponent / (self.exponent - 1.0))
        point = self.scale * (self.resources * spent / spent.sum()) ** (1.0 / self.exponent)
        return float(w @ point), point


class LogarithmicBudget(FeasibleSet):
    """{y >= 0 : sum exp(y_s / scale_s) <= resources}; see ``logarithmic_budget``."""

    comprehensive = False

    def __init__(self, scale: FloatArray, resources: float) -> None:
        self.scale, self.resources, self.n = scale, resources, len(scale)

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = check.vector(w, self.n, "weights")
        v = np.maximum(w, 0.0) * self.scale
        if not v.any():
            return 0.0, np.zeros(self.n)
        order = np.sort(v / v.max())[::-1]
        count = np.arange(1, self.n + 1)
        level = np.cumsum(order) / (self.resources - (self.n - count))  # if the first ``count`` get more than 1 unit
        served = np.flatnonzero(order > level * (1.0 - 1e-15))
        rate = level[served[-1]] if len(served) else np.inf
        point = self.scale * np.log(np.maximum(v / v.max() / rate, 1.0))
        return float(w @ point), point


class Image(FeasibleSet):
    """{M y : y in inner}, ``matrix`` M (n, inner.n)."""

    comprehensive = False

    def __init__(self, inner: FeasibleSet, matrix: FloatArray) -> None:
        self.inner, self.matrix, self.n = inner, matrix, len(matrix)

    def support(self, w: ArrayLike) -> tuple[float, FloatArray]:
        w = check.vector(w, self.n, "weights")
        pulled = self.matrix.T @ w
        point = self.matrix @ self.inner.support(pulled if pulled.any() else np.ones(self.inner.n))[1]
        return float(w @ point), point

    def lift(self) -> Lift | None:
        known = self.inner.lift()
        return known and replace(known, M=self.matrix @ known.M, m=self.matrix @ known.m)


def power_budget(scale: ArrayLike, exponent: float = 2.0, resources: float = 1.0) -> FeasibleSet:
    """{y >= 0 : sum (y_s / scale_s)^exponent <= resources}, ``scale`` (T,) > 0 utils; exponent 1 gives a simplex.

    Errors: InputError for an exponent below 1 (the set is not convex), EmptySet for negative resources.
    """
    scale = _scale(scale)
    if not exponent >= 1.0:
        raise InputError(f"power budget: with exponent {exponent} < 1 the set of actions is not convex")
    if not 0.0 <= resources < np.inf:
        raise EmptySet(f"power budget: no action needs {resources} resources or less")
    if exponent == 1.0:
        return hull(np.vstack([np.zeros(len(scale)), resources * np.diag(scale)]))
    return PowerBudget(scale, float(exponent), float(resources))


def logarithmic_budget(resources: float, scale: ArrayLike) -> FeasibleSet:
    """{y >= 0 : sum exp(y_s / scale_s) <= resources}, ``scale`` (T,) > 0 utils.

    Everybody gets at least one unit of resources, utility log 1 = 0; the most that one type can be given is
    scale log(resources - T + 1). Errors: EmptySet if resources < T.
    """
    scale = _scale(scale)
    if not len(scale) <= resources < np.inf:
        raise EmptySet(f"logarithmic budget: {len(scale)} types need at least {len(scale)} resources, got {resources}")
    return LogarithmicBudget(scale, float(resources))


def image(inner: FeasibleSet, matrix: ArrayLike) -> FeasibleSet:
    """{M y : y in inner}, ``matrix`` (n, inner.n); a hull remains a hull."""
    matrix = check.finite(matrix, "matrix")
    if matrix.ndim != 2 or matrix.shape[1] != inner.n:
        raise BadShape(f"image: expected a matrix (n, {inner.n}), got {matrix.shape}")
    if isinstance(inner, Hull) and not inner.comprehensive:
        return hull(inner.points @ matrix.T)
    if isinstance(inner, Image):
        return Image(inner.inner, matrix @ inner.matrix)
    return Image(inner, matrix)


def action_set(given: FeasibleSet | ArrayLike, types: int, label: str) -> FeasibleSet:
    """The set of actions of the type called ``label``: a set as it is, an array (K, T) as the hull of its rows.

    Errors: EmptySet, BadShape, NotANumber; UnboundedSet for free disposal or transfers (actions have to be compact);
    InputError where samples show that the set is not convex.
    """
    if not isinstance(given, FeasibleSet):
        points = check.finite(given, f"actions of type {label}")
        if points.size == 0:
            raise EmptySet(f"type {label} has no action")
        if points.ndim != 2 or points.shape[1] != types:
            raise BadShape(f"actions of type {label}: expected rows of {types} utils, one for each type, got {points.shape}")
        return hull(points)
    if given.n != types:
        raise BadShape(f"actions of type {label}: vectors of {given.n} utils, expected {types}, one for each type")
    if given.transfers or given.comprehensive:
        raise UnboundedSet(f"actions of type {label}: the set is not bounded below, but has to be compact")
    for w in np.vstack([np.eye(types), -np.eye(types)]):
        given.support(w)
    if isinstance(given, (Level, Oracle)):
        _convex(given, label)
    return given


def _convex(given: Level | Oracle, label: str) -> None:
    """Look for proof that a set given by functions is not convex: midpoints outside, or a best point that is not best."""
    rng = np.random.default_rng(0)
    w = np.vstack([np.eye(given.n), rng.normal(size=(SAMPLES, given.n))])
    points = np.array([given.support(one)[1] for one in w])
    span = float(np.ptp(points, axis=0).max()) or 1.0
    values = w @ points.T
    missed = float((values - np.diag(values)[:, None]).max()) / span
    if missed > SLACK:
        raise InputError(
            f"actions of type {label}: a point called best is beaten by {missed:.2g} of the range: not a convex set"
        )
    if isinstance(given, Level):
        middle = (points[:, None] + points[None, :]).reshape(-1, given.n) / 2
        worst = max(float((given.g(y) / np.linalg.norm(given.jacobian(y), axis=1).clip(1e-12)).max()) for y in middle)
        if worst > SLACK * span:
            raise InputError(
                f"actions of type {label}: the set is not convex, a midpoint of two actions is {worst:.2g} outside"
            )


def _scale(scale: ArrayLike) -> FloatArray:
    out = check.finite(scale, "scale")
    if out.ndim != 1 or out.size == 0 or (out <= 0).any():
        raise BadShape(f"scale: expected (T,) positive utils, got {out}")
    return out
