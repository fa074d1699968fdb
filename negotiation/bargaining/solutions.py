r"""Solutions along a ray and solutions that maximise a sum.

Along a ray from the disagreement point, with t as large as can be, d + t v in F or below a point of F:

    Kalai-Smorodinsky   v_i = U_i - d_i, U the ideal point       egalitarian   v_i = 1.

Two ideal points are in use and give different solutions: U_i = max {y_i : y in F} ("set", Treutlein) and U_i
= max {y_i : y in F, y >= d} ("rational", Kalai and Smorodinsky). Weights w >= 0 with w.v = 1 prove t largest:
t <= h(w) - w.d. Where the ray ends at a point that is only feasible with free disposal, and there is none, no
feasible point has the wanted proportions: a feasible point that is at least as good for all is returned and
``note`` says so. Players who cannot gain are held at d_i (v_i = 0).

Maximising a sum, max {w.y : y in F}, whatever happens to single players:

    utilitarian            w given
    relative utilitarian   w_i = 1/(U_i - d_i)
    variance-normalised    w_i = 1/Var(u_i)

None of these need be individually rational. Where the maximum is not unique, the least weighted gain w_i (y_i
- d_i) is made as large as possible, and ``unique`` is False.

Source: Kalai and Smorodinsky 1975; Kalai 1977 (egalitarian); Treutlein, Modeling evidential cooperation in
large worlds, equation (8), Appendix A (Armstrong 2013) and Example 7 (variance).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import root

from negotiation.bargaining import check
from negotiation.bargaining.base import TOLERANCE, FeasibleSet
from negotiation.bargaining.errors import BadShape, NoGainsFromTrade, UnboundedSet
from negotiation.bargaining.nash_product import GAIN, gainers, nash
from negotiation.bargaining.polygon import ray_polygon
from negotiation.bargaining.polyhedra import Hull, Transfers
from negotiation.bargaining.solution import FloatArray, Solution, certified

__all__ = [
    "egalitarian",
    "kalai_smorodinsky",
    "nash",
    "relative_utilitarian",
    "utilitarian",
    "variance_normalised",
]

Ideal = Literal["set", "rational"]


def kalai_smorodinsky(feasible: FeasibleSet, disagreement: ArrayLike, ideal: Ideal = "set") -> Solution:
    """Kalai-Smorodinsky solution of (``feasible``, ``disagreement``): gains in proportion to the ideal gains.

    ``disagreement``: (n,) utils. ``ideal``: best payoffs over the whole "set" or over its individually
    "rational" part. With three players and more the solution is weakly Pareto optimal only. Errors:
    InfeasibleDisagreement, NoGainsFromTrade, UnboundedSet (ideal "set" with transferable utility),
    NotANumber, BadShape.
    """
    d = feasible.require(disagreement)
    able = _able(feasible, d)
    v = np.where(able, _ideal(feasible, d, ideal) - d, 0.0)
    return _ray(feasible, d, v, f"Kalai-Smorodinsky ({ideal} ideal)")


def egalitarian(feasible: FeasibleSet, disagreement: ArrayLike) -> Solution:
    """Egalitarian solution: equal gains in utils, as large as can be. Weakly Pareto optimal. Errors as for
    nash.
    """
    d = feasible.require(disagreement)
    return _ray(feasible, d, _able(feasible, d).astype(float), "egalitarian")


def utilitarian(feasible: FeasibleSet, disagreement: ArrayLike | None = None, weights: ArrayLike | None = None) -> Solution:
    """Maximiser of sum_i w_i y_i over the whole set, ``weights`` (n,) >= 0, equal if None.

    ``disagreement`` plays no part but in the result's ``gains`` (and with transferable utility, where the
    maximisers are unbounded: the surplus over it, or over 0, is split equally). Errors: UnboundedSet,
    BadWeights, and InfeasibleDisagreement, NotANumber, BadShape.
    """
    w = check.weights(weights, feasible.n, positive=False)
    d = np.full(feasible.n, np.nan) if disagreement is None else feasible.require(disagreement)
    return _sum(feasible, d, w, "utilitarian")


def relative_utilitarian(feasible: FeasibleSet, disagreement: ArrayLike, ideal: Ideal = "set") -> Solution:
    """Armstrong's solution: maximise sum_i (y_i - d_i)/(U_i - d_i), U as for ``kalai_smorodinsky``.

    Not individually rational in general. Players with U_i = d_i get weight 0. Errors as for
    ``kalai_smorodinsky``.
    """
    d = feasible.require(disagreement)
    able = _able(feasible, d)
    size = _ideal(feasible, d, ideal) - d
    w = np.divide(1.0, size, out=np.zeros_like(size), where=able & (size > 0))
    note = "" if able.all() else f"players {np.flatnonzero(~able).tolist()} cannot gain and have weight 0"
    return _sum(feasible, d, w / w.sum(), f"relative utilitarian ({ideal} ideal)", note)


def variance_normalised(
    feasible: FeasibleSet,
    disagreement: ArrayLike | None = None,
    *,
    outcomes: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    by: Literal["variance", "deviation"] = "variance",
) -> Solution:
    """Maximise the sum of utilities normalised by their spread over a distribution of outcomes.

    ``outcomes``: (K, n) payoffs, the points of a ``hull`` if None; ``probabilities``: (K,), uniform if None.
    ``by``: divide by the "variance" as in Example 7, or by the standard "deviation", which alone makes the
    choice independent of the units of utility. It can leave players worse off than at the disagreement point
    (``note``). Errors: BadShape (no outcomes), NoGainsFromTrade (nobody's payoffs vary), BadWeights,
    NotANumber.
    """
    if outcomes is None and not isinstance(feasible, Hull):
        raise BadShape("variance_normalised: outcomes are needed for a set that is not a hull of outcomes")
    given = feasible.points if outcomes is None and isinstance(feasible, Hull) else outcomes
    u = check.finite([] if given is None else given, "outcomes")
    if u.ndim != 2 or u.shape[1] != feasible.n or not len(u):
        raise BadShape(f"outcomes: expected shape (K, {feasible.n}), got {u.shape}")
    p = check.weights(probabilities, len(u), positive=False, what="probabilities")
    d = np.full(feasible.n, np.nan) if disagreement is None else feasible.require(disagreement)
    variance = p @ (u - p @ u) ** 2
    spread = variance if by == "variance" else np.sqrt(variance)
    w = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    if not w.any():
        raise NoGainsFromTrade("no player's payoffs vary over the outcomes")
    out = _sum(feasible, d, w / w.sum(), "variance-normalised")
    worse = np.flatnonzero(out.gains < -TOLERANCE * feasible.span)
    note = f"players {worse.tolist()} are worse off than at the disagreement point" if len(worse) else ""
    return Solution(
        out.name,
        out.point,
        d,
        out.weights,
        out.residual,
        out.unique,
        "; ".join(s for s in (out.note, note) if s),
    )


def _able(feasible: FeasibleSet, d: FloatArray) -> np.ndarray:
    """(n,) bool: who can gain on {y in F : y >= d}; NoGainsFromTrade if nobody can."""
    if isinstance(feasible, Transfers):
        able = np.full(feasible.n, feasible.total - d.sum() > GAIN * feasible.span.max())
    elif isinstance(feasible, Hull) and feasible.n == 2:
        able = feasible.ideal(d) - d > GAIN * feasible.span
    else:
        able = gainers(feasible, d)[1]
    if not able.any():
        raise NoGainsFromTrade(f"no feasible point is at least {d} for everybody and better for somebody")
    return able


def _ideal(feasible: FeasibleSet, d: FloatArray, ideal: str) -> FloatArray:
    if ideal not in ("set", "rational"):
        raise BadShape(f"ideal: expected 'set' or 'rational', got {ideal!r}")
    if isinstance(feasible, Transfers):
        if ideal == "set":
            raise UnboundedSet("with transfers the ideal point over the whole set is infinite; use ideal='rational'")
        return np.asarray(d + feasible.total - d.sum())
    return feasible.ideal(d if ideal == "rational" else None)


def _ray(feasible: FeasibleSet, d: FloatArray, v: FloatArray, name: str) -> Solution:
    """The furthest point of d + t v; v >= 0 is 0 for players who cannot gain."""
    points = feasible.planar(d)
    if isinstance(feasible, Transfers):
        t, w = float((feasible.total - d.sum()) / v.sum()), np.full(feasible.n, 1.0 / v.sum())
        y = d + t * v
    elif points is not None and (v > 0).all():
        t, y, w = ray_polygon(points, d, v)
    else:
        out = feasible.program(np.zeros(feasible.n), 1.0, np.eye(feasible.n), -v, d)
        t, y, w = out.t, out.point, out.weights
        if feasible.lift() is None and (v > 0).all() and out.t > 0:
            t, y, w = _polish(feasible, d, v, t, y, w)
    x, notes, exists = d + t * v, [], True
    if (np.abs(y - x) <= TOLERANCE * feasible.span).all():
        x = x if feasible.comprehensive else y
    elif feasible.contains(x) > TOLERANCE * float(feasible.span.max()):
        x, exists = y if feasible.lift() is None else _improve(feasible, y), False
        notes.append(f"no feasible point has these proportions: t = {t:.12g} needs free disposal")
    if (v == 0).any():
        notes.append(f"players {np.flatnonzero(v == 0).tolist()} cannot gain")
    proportions = float(np.abs(x - d - t * v).max() / (t * v.max())) if exists and t > 0 else 0.0
    scale = float(w @ (x - d)) or float(w @ v)
    residual = max(0.0, float(feasible.support_above(w, d)[0] - w @ x) / scale, proportions)
    return certified(Solution(name, x, d, w / w.sum(), residual, exists, "; ".join(notes)))


def _improve(feasible: FeasibleSet, y: FloatArray) -> FloatArray:
    """A Pareto optimal point that is at least ``y``: the largest sum of payoffs in units of their span."""
    n = feasible.n
    floor = y - 1e-13 * feasible.span
    return feasible.program(1.0 / feasible.span, 0.0, np.eye(n), np.zeros(n), floor).point


def _polish(
    feasible: FeasibleSet, d: FloatArray, v: FloatArray, t: float, y: FloatArray, w: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Solve x(w)_J = (d + t v)_J, w.v = 1 in (w_J, t) on a smooth set, J the players of positive weight."""
    part = w * feasible.span > 1e-6 * (w * feasible.span).max()
    w = np.where(part, w, 0.0)
    unit = t * float(v.max())

    def weights(u: FloatArray) -> FloatArray:
        out = w.copy()
        out[part] *= np.exp(u[:-1])
        return out

    def miss(u: FloatArray) -> FloatArray:
        p = weights(u)
        off = (feasible.support(p)[1] - d - t * u[-1] * v) / unit
        return np.append(off[part], p @ v - w @ v)

    out = root(miss, np.append(np.zeros(part.sum()), 1.0), method="hybr", options={"xtol": 1e-15})
    p, s = weights(out.x), float(out.x[-1] * t)
    better = feasible.support(p)[1]
    if np.abs(miss(out.x)).max() < 1e-9 and (better - d - s * v >= -1e-9 * unit).all():
        return s, better, p
    return t, y, w


def _sum(feasible: FeasibleSet, d: FloatArray, w: FloatArray, name: str, note: str = "") -> Solution:
    """A maximiser of w.y, ``w`` (n,) >= 0 with sum 1."""
    h, best = feasible.support(w)
    unique: bool | None = None
    if isinstance(feasible, Transfers):
        start = np.where(np.isnan(d), 0.0, d)
        best, unique = start + (feasible.total - start.sum()) / feasible.n, False
    elif feasible.lift() is not None:
        best, unique = _tie(feasible, d, w, h, best)
    if unique is False:
        note = "; ".join([note] * bool(note) + ["several points have the same weighted sum"])
    residual = max(0.0, float((h - w @ best) / (w @ feasible.span)))
    return certified(Solution(name, best, d, w, residual, unique, note))


def _tie(feasible: FeasibleSet, d: FloatArray, w: FloatArray, h: float, best: FloatArray) -> tuple[FloatArray, bool]:
    """Of the maximisers of w.y on a polyhedron, the one with the largest least gain, and whether it is the
    only one.

    Gains are over ``d``, or over each player's worst maximiser where there is none.
    """
    n, span = feasible.n, feasible.span
    if isinstance(feasible, Hull):
        ties = feasible.points[feasible.points @ w >= h - 1e-12 * float(w @ span)]
        face: FeasibleSet = Hull(ties, feasible.comprehensive)
        lowest, highest = ties.min(axis=0), ties.max(axis=0)
        level, slack = np.zeros((0, n)), np.zeros(0)
    else:
        face, level = feasible, w[None, :]
        slack = np.array([h - 1e-11 * float(w @ span)])
        lowest, highest = (
            np.array([face.program(s * e, 0.0, level, np.zeros(1), slack).point @ e for e in np.eye(n)]) for s in (-1.0, 1.0)
        )
    moves = highest - lowest > 1e-8 * span
    if not moves.any():
        return best, True
    rows = np.vstack([np.eye(n)[moves], level])
    steps = np.append(-_inverse(w)[moves], np.zeros(len(level)))
    floor = np.where(np.isnan(d), lowest, d)[moves]
    out = face.program(1e-9 * w, 1.0, rows, steps, np.append(floor, slack))
    return out.point, False


def _inverse(w: FloatArray) -> FloatArray:
    """1/w in units of its least entry; a player of weight 0 asks for as much as the one with the least
    weight.
    """
    least = w[w > 0].min()
    return np.asarray(least / np.where(w > 0, w, least))
