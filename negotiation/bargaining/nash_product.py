r"""The (weighted) Nash bargaining solution.

    argmax over x in F, x >= d of  prod_i (x_i - d_i)^(nu_i),     nu > 0, sum nu = 1.

Optimality: x is the solution if and only if w_i = nu_i / (x_i - d_i) satisfies max {w.y : y in F} = w.x,
which is w.d + 1. The payoffs are unique; the randomisation that reaches them need not be. Players who cannot
gain on {y in F : y >= d} are held at d_i and the product is taken over the others (by convexity they can gain
all at once).

Methods: closed forms for transferable utility, x = d + nu (total - sum d), and for two players on polygons;
otherwise simplicial decomposition (von Hohenbalken 1977): maximise over the hull of a few known points, ask
the support function at w for a better one, drop those without weight; finite on polytopes. On smooth sets,
where the product is flat and the gap alone would leave half of the digits, the first-order condition

    w_i (x_i(w) - d_i) = nu_i,   x(w) the maximiser of w.y,

is then solved in w: the gradient of the dual problem min_w h(w) - w.d - sum nu_i log w_i.

Source: Nash 1950; Kalai 1977 (weights); Treutlein, Modeling evidential cooperation in large worlds,
Definition 9, equation (7); the remark after Definition 2 for players who cannot gain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import root

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import EmptySet, InfeasibleDisagreement, NoGainsFromTrade
from negotiation.bargaining.polygon import nash_polygon
from negotiation.bargaining.polyhedra import Transfers
from negotiation.bargaining.solution import FloatArray, Solution, certified

GAIN = 1e-9
"""A player can gain if she can gain more than this times the span of her payoffs."""
EDGE = 1e-3
"""The same on sets known by functions, d on their boundary: rounding e can look like a gain of sqrt(e)."""

Slice = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]


def nash(feasible: FeasibleSet, disagreement: ArrayLike, weights: ArrayLike | None = None) -> Solution:
    """Nash solution of (``feasible``, ``disagreement``), bargaining ``weights`` (n,) > 0, equal if None.

    ``disagreement``: (n,) utils. Errors: InfeasibleDisagreement, NoGainsFromTrade, BadWeights, NotANumber,
    BadShape.
    """
    n = feasible.n
    nu = check.weights(weights, n, positive=True)
    d = check.vector(disagreement, n, "disagreement")
    if isinstance(feasible, Transfers):
        return _transfers(feasible, d, nu)
    if n == 2:
        points = feasible.planar(feasible.require(d))
        try:
            if points is not None and len(points):
                point, w, residual = nash_polygon(points, d, nu)
                return certified(Solution("Nash", point, d, w, residual, True))
        except NoGainsFromTrade:
            pass  # for both, or for one player only: the general way tells
    return decomposition(feasible, d, nu)


def decomposition(feasible: FeasibleSet, d: FloatArray, nu: FloatArray) -> Solution:
    """``nash`` by simplicial decomposition, for any set; ``nu`` (n,) > 0 with sum 1."""
    d = feasible.require(d)
    start, able = gainers(feasible, d)
    if not able.any():
        raise NoGainsFromTrade(f"no feasible point is at least {d} for everybody and better for somebody")
    share = nu[able] / nu[able].sum()
    ask = _slice(feasible, d, able)
    x, w = _simplicial(ask, start, d, share, able)
    if feasible.lift() is None and able.all():
        x, w = _polish(feasible, x, w, d, nu)
    h, _ = feasible.support_above(w, d)
    residual = max(0.0, float((h - w @ x) / (w @ (x - d))))
    held = np.flatnonzero(~able).tolist()
    note = f"players {held} cannot gain and are held at disagreement" if held else ""
    return certified(Solution("Nash", x, d, w / w.sum(), residual, True, note))


def gainers(feasible: FeasibleSet, d: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """A feasible point (n,) at which everybody who can gain on {y >= d} does, and who they are, (n,) bool."""
    eye, zero = np.eye(feasible.n), np.zeros(feasible.n)
    limit = GAIN if feasible.lift() is not None else EDGE
    # t: what all can gain at once in units of the spans; by its weights one can gain at most t / (w_i span_i)
    out = feasible.program(zero, 1.0, eye, -feasible.span, d)
    if out.t > GAIN:
        return out.point, np.ones(feasible.n, dtype=bool)
    if max(out.t, 1e-15) <= limit * float((out.weights * feasible.span).min()):
        return d, np.zeros(feasible.n, dtype=bool)
    d = d - 1e-13 * np.maximum(np.abs(d), feasible.span)
    try:
        chosen = _who_can(feasible, d, limit)
    except EmptySet as error:
        raise InfeasibleDisagreement(f"no feasible point gives everybody at least {d}") from error
    able = np.array([point - d > limit * feasible.span for point in chosen]).reshape(-1, feasible.n).any(axis=0)
    return (np.asarray(np.mean(chosen, axis=0)) if chosen else d), np.asarray(able)


def _who_can(feasible: FeasibleSet, d: FloatArray, limit: float) -> list[FloatArray]:
    """Points of {y in F : y >= d} such that whoever can gain more than ``limit`` spans does so at one of them."""
    eye, zero, span = np.eye(feasible.n), np.zeros(feasible.n), feasible.span
    chosen: list[FloatArray] = []
    left = np.ones(feasible.n, dtype=bool)
    while left.any():  # all who are left together: none of them can gain more than their sum
        try:
            point = feasible.program(left / span, 0.0, eye, zero, d).point
        except EmptySet:  # or rounding, which single programs may survive
            break
        found = left & (point - d > limit * span)
        if not found.any() and float(((point - d) / span)[left].sum()) <= limit:
            return chosen
        if not found.any():
            break
        chosen.append(point)
        left &= ~found
    each = [feasible.program(eye[i], 0.0, eye, zero, d).point for i in np.flatnonzero(left)]
    return chosen + [point for point in each if (left & (point - d > limit * span)).any()]


def _transfers(feasible: Transfers, d: FloatArray, nu: FloatArray) -> Solution:
    d = feasible.require(d)
    surplus = feasible.total - d.sum()
    if surplus <= GAIN * feasible.span.max():
        raise NoGainsFromTrade(f"the total {feasible.total} is not more than the disagreement payoffs {d}")
    x = d + nu * surplus
    residual = abs(float(feasible.total - x.sum())) / float(surplus)
    return Solution("Nash", x, d, np.full(feasible.n, 1 / feasible.n), residual, True)


def _slice(feasible: FeasibleSet, d: FloatArray, able: np.ndarray) -> Slice:
    """Oracle for {y in F : y_i >= d_i for those not ``able``}: w -> (max, point, w with their prices)."""
    if able.all():
        return lambda w: (*feasible.support_above(w, d), w)
    rows = np.eye(feasible.n)[~able]
    floor = d[~able] - 1e-13 * np.maximum(np.abs(d), feasible.span)[~able]

    def ask(w: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        out = feasible.program(w, 0.0, rows, np.zeros(len(rows)), floor)
        return out.value, out.point, out.weights

    return ask


def _simplicial(
    ask: Slice, start: FloatArray, d: FloatArray, nu: FloatArray, able: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Maximise sum nu log(y - d) over ``able``; returns y (n,) and the weights (n,) that support it."""
    columns, share = start[None, :], np.ones(1)
    best, least, stale = (start, np.ones(len(d))), np.inf, 0
    for _ in range(500):
        columns, share = _master(columns, share, d[able], nu, able)
        x = share @ columns
        w = np.zeros(len(d))
        w[able] = nu / (x - d)[able]
        value, column, priced = ask(w)
        gap = value - float(w @ x)
        stale = 0 if gap < least else stale + 1
        if gap < least:
            best, least = (x, priced), gap
        if gap <= 1e-14 or (least < 1e-10 and stale >= 5) or (columns == column).all(axis=1).any():
            break
        columns, share = np.vstack([columns, column]), np.append(share, 0.0)
    return best


def _master(
    columns: FloatArray, share: FloatArray, d: FloatArray, nu: FloatArray, able: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Best point of the hull of ``columns`` (k, n): Newton steps on their affine hull, dropping those that
    reach 0.
    """
    for _ in range(200):
        z = columns[:, able] - d
        gain = share @ z
        D = (z[1:] - z[0]) / gain
        slope = D @ nu
        if len(columns) == 1:
            break
        curve = (D * nu) @ D.T
        move = np.linalg.lstsq(curve, slope, rcond=1e-14)[0]
        delta = np.append(-move.sum(), move)
        decrement = float(slope @ move)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(delta < 0, -share / delta, np.inf)
        relative = move @ D
        longest = min(1.0, float(room.min()))
        dive = float(relative.min())
        step = min(longest, 0.9 / -dive) if dive < 0 else longest
        while step > 1e-14 and nu @ np.log1p(step * relative) < 0.1 * step * decrement - 1e-15:
            step *= 0.5
        share = np.maximum(share + step * delta, 0.0)
        if step == float(room.min()):
            keep = np.arange(len(share)) != int(np.argmin(room))
            columns, share = columns[keep], share[keep]
        share = share / share.sum()
        if step == 1.0 and decrement <= 1e-24:
            break
        if decrement <= 1e-30:
            break
    return columns, share


def _polish(
    feasible: FeasibleSet, x: FloatArray, w: FloatArray, d: FloatArray, nu: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Solve w_i (x_i(w) - d_i) = nu_i from ``w``; keep the result if it is no worse certified."""

    def miss(v: FloatArray) -> FloatArray:
        u = w * np.exp(v)
        return u * (feasible.support(u)[1] - d) - nu

    out = root(miss, np.zeros_like(w), method="hybr", options={"xtol": 1e-15})
    u = w * np.exp(out.x)
    better: FloatArray = feasible.support(u)[1]
    gain = better - d
    if not np.greater(gain, 0.0).all():
        return x, w
    u = nu / gain
    gap, before = (float(feasible.support(v)[0] - v @ y) for v, y in ((u, better), (w, x)))
    if gap <= max(1e-13, before):
        return better, u
    return x, w
