"""The conditions inside every coalition: coalition-perfect CoCo equilibria and Harsanyi equilibria.

Joint mixtures a_S, one for every coalition S of N, and weights w; z^S = u(a_S, a_{N without S}) is what
everybody gets if S fights the rest, V(T) = sum over i in T of w_i z_i^T. Coalition-perfect, in the post's
numbering:

    1, 2  z^N is on the Pareto frontier, w >= 0 are its virtual prices;
    3     a_S and a_{N without S} are optimal in the fight of S against the rest at w, for every S;
    4     inside every S, for all its members i,

      CoCo form      w_i z_i^S = sum over R in S with i in R of (r-1)! (s-r)! / s! (V(R) - V(S without R)),
      Harsanyi form  w_i (z_i^S - t_i^S) is the same for all i in S, with the threat payoffs
                     t_i^S = sum over R inside S, R not S, i in R, of (-1)^(s-r+1) z_i^R.

Theorem 1: as families over all S the two forms are equivalent. Given the totals V, both determine z
completely: the Shapley value of V restricted to S, and the sum of equal shares in the Harsanyi dividends of
V. Residual by residual they differ, so both are reported.

For two players condition 4 adds nothing to the grand coalition's. For more, finitely many actions leave the
fights' outcomes no freedom (but where threats are not unique), and such equilibria are rare; with transfers
they exist.

Source: Diffractor, Unifying Bargaining Notions (2/2), both definitions and Theorem 1; Harsanyi, A simplified
bargaining model for the n-person cooperative game (1963).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.errors import BadShape
from negotiation.bargaining.fights import Fight, check_weights, splits
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.shapley_value import members
from negotiation.bargaining.threat_choice import least_violation
from negotiation.bargaining.threats import unit_ranges

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CoalitionConditions:
    """Residuals of the coalition-perfect conditions at one (w, x, threats).

    ``payoffs``: (2^n, players) z^S in utils by the coalition's bit mask (row 0: NaN). The rest without unit
    (utilities scaled to ranges of 1, w to sum 1), each (2^n,) by bit mask: ``threats`` condition 3 (duality
    gap of the fight; for N what x misses of the maximum), ``coco_form`` and ``harsanyi_form`` condition 4
    inside each coalition (largest deviation over its members; over its pairs). ``residual``: the largest of
    all, with the CoCo form of condition 4; 0 certifies an equilibrium. Where threats are not unique it is the
    least that a local search over optimal threats found: an upper bound of the least possible.
    """

    payoffs: FloatArray
    threats: FloatArray
    coco_form: FloatArray
    harsanyi_form: FloatArray

    @property
    def residual(self) -> float:
        return float(max(self.threats.max(), self.coco_form.max()))

    @property
    def residual_harsanyi(self) -> float:
        """The same with condition 4 in Harsanyi's form: 0 if and only if ``residual`` is (Theorem 1)."""
        return float(max(self.threats.max(), self.harsanyi_form.max()))


def totals(payoffs: ArrayLike, weights: ArrayLike) -> FloatArray:
    """(2^n,) V(T) = sum over i in T of w_i z_i^T for a family ``payoffs`` (2^n, players) by bit mask;
    V(empty) = 0."""
    z = np.asarray(payoffs, dtype=float)
    return np.array(
        [sum(weights_i * z[t, i] for i, weights_i in enumerate(np.asarray(weights)) if t >> i & 1) for t in range(len(z))],
        dtype=float,
    )


def _inside(coalition: int) -> list[int]:
    """The coalitions R inside S, from S itself down to singletons."""
    found, subset = [], coalition
    while subset:
        found.append(subset)
        subset = (subset - 1) & coalition
    return found


def coco_form(payoffs: ArrayLike, weights: ArrayLike) -> FloatArray:
    """(2^n,) condition 4, CoCo form: the largest |w_i z_i^S - claim_i| over i in S, for a family (2^n,
    players)."""
    z, w = _family(payoffs, weights)
    claim = shapley_family(totals(z, w))
    return np.array([max((abs(w[i] * z[s, i] - claim[s, i]) for i in members(s)), default=0.0) for s in range(len(z))])


def harsanyi_form(payoffs: ArrayLike, weights: ArrayLike) -> FloatArray:
    """(2^n,) condition 4, Harsanyi form: the largest w_i d_i^S - w_j d_j^S over i, j in S, d^S = z^S -
    t^S."""
    z, w = _family(payoffs, weights)
    result = np.zeros(len(z))
    for s in range(1, len(z)):
        gains = [w[i] * (z[s, i] - threat_payoff(z, s, i)) for i in members(s)]
        result[s] = max(gains) - min(gains)
    return result


def threat_payoff(payoffs: FloatArray, coalition: int, player: int) -> float:
    """t_i^S in utils: what ``player`` falls back on inside ``coalition``, from the payoffs of its parts."""
    size = coalition.bit_count()
    parts = (r for r in _inside(coalition) if r != coalition and r >> player & 1)
    return float(sum((-1) ** (size - r.bit_count() + 1) * payoffs[r, player] for r in parts))


def shapley_family(v: FloatArray) -> FloatArray:
    """(2^n, players): the Shapley value of ``v`` (2^n,) restricted to each coalition, NaN outside it (CoCo
    form)."""
    players = len(v).bit_length() - 1
    result = np.full((len(v), players), np.nan)
    for s in range(1, len(v)):
        size = s.bit_count()
        for i in members(s):
            result[s, i] = sum(
                factorial(r.bit_count() - 1) * factorial(size - r.bit_count()) / factorial(size) * (v[r] - v[s ^ r])
                for r in _inside(s)
                if r >> i & 1
            )
    return result


def harsanyi_family(v: FloatArray) -> FloatArray:
    """(2^n, players): weighted payoffs with equal gains over the threat payoffs inside every coalition
    (Harsanyi form).

    Coalition by coalition, small ones first: everybody's threat payoff plus an equal part of what is left of
    v(S).
    """
    players = len(v).bit_length() - 1
    result = np.full((len(v), players), np.nan)
    for s in sorted(range(1, len(v)), key=int.bit_count):
        inside = members(s)
        fallback = np.array([threat_payoff(result, s, i) for i in inside])
        result[s, list(inside)] = fallback + (v[s] - fallback.sum()) / len(inside)
    return result


def _family(payoffs: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray]:
    z = np.asarray(payoffs, dtype=float)
    if z.ndim != 2 or z.shape[0] != 1 << z.shape[1]:
        raise BadShape(f"payoffs of all coalitions need the shape (2^n, n), got {z.shape}")
    return z, check_weights(weights, z.shape[1])


def coalition_conditions(
    game: NormalFormGame,
    weights: ArrayLike,
    point: ArrayLike,
    threats: Mapping[int, tuple[ArrayLike, ArrayLike]] | None = None,
    *,
    starts: int = 3,
    seed: int = 0,
) -> CoalitionConditions:
    """Check the coalition-perfect conditions at (w, x), x = ``point`` the payoffs of the grand coalition.

    ``threats``: for each coalition that contains player 0 (bit mask) its joint mixture and that of the rest,
    over joint actions in row-major order; None looks among the optimal ones for those that violate condition
    4 (CoCo form) least, by alternating linear programs from ``starts`` points (optimal mixtures of one side
    fixed, then of the other). Raises ``BadShape``, ``BadWeights``.
    """
    unit, scale, low = unit_ranges(game)
    w = check_weights(weights, game.players) * scale
    w /= w.sum()
    x = (np.asarray(point, dtype=float) - low) / scale
    fights = splits(unit)
    if threats is None:
        chosen = least_violation(fights, w, x, starts=starts, generator=np.random.default_rng(seed))
    else:
        chosen = [(np.asarray(threats[f.coalition][0], float), np.asarray(threats[f.coalition][1], float)) for f in fights]
    z = family(fights, chosen, x)
    gaps = np.zeros(len(z))
    for split, (row, column) in zip(fights, chosen, strict=True):
        m = split.matrix(w)
        gap = max(0.0, float((m @ column).max() - (row @ m).min()))
        gaps[split.coalition] = gaps[len(z) - 1 - split.coalition] = gap
    gaps[-1] = max(0.0, float((unit.points @ w).max() - w @ x))
    filled = np.where(np.isnan(z), 0.0, z)
    return CoalitionConditions(z * scale + low, gaps, coco_form(filled, w), harsanyi_form(filled, w))


def family(fights: list[Fight], chosen: list[tuple[FloatArray, FloatArray]], point: FloatArray) -> FloatArray:
    """(2^n, players) payoffs z^S of all coalitions from the threats in each split; z^N = ``point``, row 0
    NaN."""
    z = np.full((1 << len(point), len(point)), np.nan)
    z[-1] = point
    for split, (row, column) in zip(fights, chosen, strict=True):
        z[split.coalition] = z[len(z) - 1 - split.coalition] = split.outcome(row, column)
    return z
