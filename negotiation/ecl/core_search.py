r"""The payoffs against which proper coalitions gain least: a local search that ends at certified points.

    eps* = min over x in F of max over proper coalitions P of g_P(x)             (units)

is the *least relaxation*: what each member of a blocking coalition would have to gain, at least, for somebody to stay
unblocked. The core is nonempty exactly if eps* <= 0: a point of F that no proper coalition blocks stays so when moved up to
the Pareto frontier, where the grand coalition cannot block either.

Each g_P is concave, bounded above by h_P(w) - w.x for any prices w of P, with equality at x for the prices found there. So with
prices for every P taken at a point, the linear program

    min eps over x in F subject to w_P.x + eps >= h_P(w_P) for all P                                                     (*)

gives a point that is no worse, and its value bounds all gains at it. Repeat (difference-of-convex programming: monotone, and it
stops at points without better neighbours, not always at eps*). Coalitions enter (*) when they are violated.

Source: derived; Theorem 65 (Treutlein, file 000) says that eps* <= 0 if outsiders do what (62) says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.program import highs
from negotiation.bargaining.shapley_value import mask
from negotiation.ecl.coalition_bargains import bargain
from negotiation.ecl.objections import Claims
from negotiation.ecl.separable_games import TOLERANCE, FloatArray

MOST_STEPS = 100


@dataclass(frozen=True, eq=False)
class Row:
    """Half-space w.x + eps (w.u) >= level that ``coalition`` (bit mask) does not block by more than eps if x is in it."""

    coalition: int
    w: FloatArray
    level: float


@dataclass(frozen=True, eq=False)
class Relaxed:
    """An optimum of (*) for some ``rows``: ``point`` (n,) utils, ``eps`` units, ``prices`` (R,) >= 0 of the rows."""

    point: FloatArray
    eps: float
    prices: FloatArray
    rows: tuple[Row, ...]


def relax(claims: Claims, rows: Sequence[Row], cap: float | None = None) -> Relaxed:
    """(*) for the given rows, to which one for each single player has to belong (or the value has no lower bound).

    With ``cap`` eps is held at ``cap`` and the sum of payoffs, each in units of its range, is maximised instead.
    """
    game, unit = claims.game, claims.unit
    n, scale = game.n, game.size
    sizes = [len(v) for v in game.vertices]
    q, total = sum(sizes), sum(v.mean(axis=0) for v in game.vertices)
    columns = np.vstack([v - v.mean(axis=0) for v in game.vertices]).T / scale
    W = np.array([r.w for r in rows])
    size = np.abs(W).max(axis=1)
    below = np.hstack([-columns, np.eye(n), np.zeros((n, 1))])
    stay = -np.hstack([np.zeros((len(rows), q)), W, (W @ unit)[:, None]]) / size[:, None]
    levels = -(np.array([r.level for r in rows]) - W @ total) / scale / size
    one = np.zeros((n, q + n + 1))
    one[np.repeat(np.arange(n), sizes), np.arange(q)] = 1.0
    cost = np.append(np.zeros(q + n), 1.0)
    lower, upper = np.r_[np.zeros(q), np.full(n + 1, -np.inf)], np.full(q + n + 1, np.inf)
    if cap is not None:
        cost = np.concatenate([np.zeros(q), -scale / np.where(game.span > 0, game.span, scale), [0.0]])
        lower[-1] = upper[-1] = cap / scale
    A, b = np.vstack([below, stay]), np.concatenate([np.zeros(n), levels])
    out = highs(cost, A, b, one, np.ones(n), np.column_stack([lower, upper]))
    prices = np.maximum(0.0, -out.ineqlin.marginals[n:]) / size
    return Relaxed(out.x[q:-1] * scale + total, float(out.x[-1] * scale), prices, tuple(rows))


def singles(claims: Claims) -> list[Row]:
    """What each player can get alone: x_i + eps u_i >= max of u_ii + what the others are expected to give."""
    eye = np.eye(claims.game.n)
    return [Row(1 << i, w, claims.top(1 << i, w)) for i, w in enumerate(eye)]


def settle(claims: Claims, start: FloatArray, enough: float) -> Relaxed:
    """Descend from ``start`` (n,) in F until all gains of proper coalitions are at most ``enough`` or nothing improves.

    The result's ``eps`` bounds every proper coalition's gain at its point up to the slack.
    """
    anchor, best = start, np.inf
    rows: Iterable[Row] = singles(claims)
    while True:
        found = _step(claims, rows, anchor, None)
        if found.eps <= enough or found.eps > best - claims.slack / 10:
            return found
        anchor, best, rows = found.point, found.eps, found.rows


def _step(claims: Claims, rows: Iterable[Row], anchor: FloatArray, cap: float | None) -> Relaxed:
    """``relax`` with prices taken at ``anchor``, coalitions added until none gains more than eps at the optimum."""
    at = {r.coalition: r if r.coalition.bit_count() == 1 else _row(claims, r.coalition, anchor) for r in rows}
    while True:
        found = relax(claims, list(at.values()), cap)
        worst = claims.strongest(found.point, found.eps + claims.slack / 10)
        if worst is None or mask(worst.coalition) in at:
            return found
        at[mask(worst.coalition)] = _row(claims, mask(worst.coalition), anchor)


def _row(claims: Claims, coalition: int, x: FloatArray) -> Row:
    w = claims.objection(coalition, x).weights
    return Row(coalition, w, claims.top(coalition, w))


def starts(claims: Claims, count: int, generator: np.random.Generator) -> Iterator[FloatArray]:
    """Points of F to search from: the Nash bargaining solution from what players get alone (or from the Nash point), then
    ``count`` maximisers of random weighted sums."""
    game = claims.game
    alone = np.array([row.level for row in singles(claims)])
    for d in (alone, game.nash_point):
        if game.feasible.contains(d) <= TOLERANCE * game.size:
            yield bargain(game, range(game.n), claims.worst, d).point
            break
    for _ in range(count):
        w = generator.dirichlet(np.ones(game.n)) + 1e-3
        yield sum(v[np.argmax(v @ w)] for v in game.vertices)


def search(claims: Claims, count: int, enough: float, generator: np.random.Generator) -> Relaxed:
    """The best of ``settle`` from ``starts``; stops at the first point with gains of at most ``enough``."""
    best: Relaxed | None = None
    for start in starts(claims, count, generator):
        found = settle(claims, start, enough)
        if best is None or found.eps < best.eps:
            best = found
        if best.eps <= enough:
            break
    assert best is not None
    return best


def lifted(claims: Claims, found: Relaxed) -> FloatArray:
    """A Pareto optimal point (n,) against which no proper coalition gains more than ``found.eps``, or than 0 if that is less.

    From ``found`` on the sum of payoffs, each in units of its range, is raised as long as steps like those of ``settle`` do.
    """
    size = np.where(claims.game.span > 0, claims.game.span, claims.game.size)
    cap, x, rows = max(0.0, found.eps) + claims.slack / 10, found.point, found.rows
    for _ in range(MOST_STEPS):
        step = _step(claims, rows, x, cap)
        if float(((step.point - x) / size).sum()) <= TOLERANCE:
            return step.point
        x, rows = step.point, step.rows
    return x
