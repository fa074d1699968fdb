"""Games in coalition form without transferable utility: Harsanyi's solution and Shapley's NTU value.

For every coalition S a set V(S) in R^S of payoffs that S can reach, here the comprehensive hull of finitely
many points (convex combinations, and everything below them). Both solutions look for weights w > 0 and x in
V(N) with w.x maximal over V(N) and w_i x_i = phi_i(w):

  Shapley's NTU value   phi(w) is the Shapley value of v_w(S) = max {w.y : y in V(S)}.
  Harsanyi's solution   every coalition S, small ones first, agrees on x^S at the boundary of V(S) with
                        equal weighted dividends: x_i^S = t_i^S + theta_S / w_i, where t_i^S is the sum of
                        theta_R / w_i over the smaller R in S with i in R; for N,
                        theta_N = (max {w.y : y in V(N)} - w.t^N) / n and phi_i(w) = w_i x_i^N.

With one player a coalition V({i}) = {x <= v_i}. Two players: both are the Nash solution of V(N) from (v_1,
v_2); transferable utility: both are the Shapley value. They differ where a coalition would have to share
unequally by w: Shapley's value pretends it can trade at the prices w, Harsanyi's does not.

Source: Shapley, Utility comparison and the theory of games (1969); Harsanyi, A simplified bargaining model
for the n-person cooperative game (1963); Hart, An axiomatization of Harsanyi's nontransferable utility
solution (1985); Roth, Values for games without sidepayments (1980), for an example that tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from negotiation.bargaining.errors import BadShape, EmptySet, NotANumber
from negotiation.bargaining.shapley_value import mask, members, shares
from negotiation.bargaining.solution import Solution
from negotiation.bargaining.weights_search import fixed_points

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CoalitionForm:
    """V(S) for every coalition, each as the points (count, members of S in increasing order) that generate
    it, utils.

    ``sets``: from tuples of players to such arrays, for all 2^n - 1 coalitions. Raises ``EmptySet`` (a
    coalition without a point, or left out), ``BadShape``, ``NotANumber``.
    """

    sets: Mapping[tuple[int, ...], ArrayLike]
    by_mask: dict[int, FloatArray] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        players = 1 + max((i for coalition in self.sets for i in coalition), default=-1)
        given = {mask(coalition): np.array(points, dtype=float) for coalition, points in self.sets.items()}
        for coalition in range(1, 1 << players):
            if coalition not in given or given[coalition].size == 0:
                raise EmptySet(f"no payoffs are given for coalition {members(coalition)}")
            points, size = given[coalition], len(members(coalition))
            if points.ndim != 2 or points.shape[1] != size:
                raise BadShape(f"coalition {members(coalition)} needs points (count, {size}), got {points.shape}")
            if not np.isfinite(points).all():
                raise NotANumber(f"coalition {members(coalition)} has a payoff that is not a finite number")
        if players == 0:
            raise EmptySet("no coalition is given")
        object.__setattr__(self, "by_mask", given)

    @property
    def players(self) -> int:
        return max(self.by_mask).bit_length()

    def scaled(self, scale: FloatArray) -> CoalitionForm:
        """The form with every player's payoffs divided by ``scale`` (players,)."""
        return CoalitionForm({members(s): points / scale[list(members(s))] for s, points in self.by_mask.items()})


@dataclass(frozen=True)
class CoalitionSolution(Solution):
    """A solution of a coalition form. ``disagreement``: what each player can have alone. ``residual``,
    without unit (payoffs scaled to ranges of 1 over V(N)): the largest |x_i - phi_i(w) / w_i| and what x
    misses of the maximum. ``payoffs``: (2^n, players) what each coalition (bit mask) would agree on, NaN
    outside it; NaN throughout for Shapley's NTU value, which only compares worths."""

    payoffs: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))


def harsanyi(form: CoalitionForm, *, subdivisions: int = 24) -> tuple[CoalitionSolution, ...]:
    """Harsanyi's solutions with positive weights that a search over the weights shows (see the module),
    certified.

    There may be several, or none with positive weights; ``unique`` is False if several were found, None
    otherwise.
    """
    return _solutions(form, "Harsanyi", subdivisions)


def shapley_ntu(form: CoalitionForm, *, subdivisions: int = 24) -> tuple[CoalitionSolution, ...]:
    """Shapley's NTU values with positive weights that a search over the weights shows (see the module),
    certified."""
    return _solutions(form, "Shapley NTU", subdivisions)


def agreements(form: CoalitionForm, weights: ArrayLike) -> FloatArray:
    """(2^n, players): what each coalition agrees on with equal weighted dividends at ``weights`` > 0; NaN
    outside it.

    For N the payoffs t^N + theta_N / w, which are feasible only if ``weights`` solve the game.
    """
    w = np.asarray(weights, dtype=float)
    n = form.players
    theta = np.zeros(1 << n)
    result = np.full((1 << n, n), np.nan)
    for s in sorted(range(1, 1 << n), key=int.bit_count):
        inside = list(members(s))
        smaller = np.array([sum(theta[r] for r in range(1, s) if r & s == r and r >> i & 1) for i in inside])
        fallback = smaller / w[inside]
        if len(inside) == n:
            theta[s] = ((form.by_mask[s] @ w).max() - w @ fallback) / n
        else:
            theta[s] = _furthest(form.by_mask[s], fallback, 1.0 / w[inside])
        result[s, inside] = fallback + theta[s] / w[inside]
    return result


def _furthest(points: FloatArray, start: FloatArray, direction: FloatArray) -> float:
    """The largest theta such that start + theta direction is below a convex combination of ``points``."""
    if len(points) == 1 or points.shape[1] == 1:
        return float(((points - start) / direction).min(axis=1).max())
    answer = linprog(
        np.r_[np.zeros(len(points)), -1.0],
        A_ub=np.hstack([-points.T, direction[:, None]]),
        b_ub=-start,
        A_eq=np.r_[np.ones(len(points)), 0.0][None],
        b_eq=[1.0],
        bounds=[(0.0, None)] * len(points) + [(None, None)],
        method="highs",
    )
    if answer.status != 0:
        raise RuntimeError(f"the linear program of a coalition's agreement failed: {answer.message}")
    return float(answer.x[-1])


def _harsanyi_claims(form: CoalitionForm) -> Callable[[FloatArray], FloatArray]:
    def phi(weights: FloatArray) -> FloatArray:
        floor = np.maximum(weights, 1e-9 * weights.sum(axis=1, keepdims=True))
        return np.array([w * agreements(form, w)[-1] for w in floor])

    return phi


def _shapley_claims(form: CoalitionForm) -> Callable[[FloatArray], FloatArray]:
    share = shares(form.players)
    everybody = len(share) - 1

    def phi(weights: FloatArray) -> FloatArray:
        v = np.zeros((len(weights), everybody + 1))
        for s, points in form.by_mask.items():
            v[:, s] = (weights[:, list(members(s))] @ points.T).max(axis=1)
        complement = everybody - np.arange(everybody + 1)
        return (v - v[:, complement]) @ share

    return phi


def _solutions(
    form: CoalitionForm, name: Literal["Harsanyi", "Shapley NTU"], subdivisions: int
) -> tuple[CoalitionSolution, ...]:
    everybody = (1 << form.players) - 1
    scale = np.ptp(form.by_mask[everybody], axis=0)
    scale[scale == 0.0] = 1.0
    unit = form.scaled(scale)
    phi = _harsanyi_claims(unit) if name == "Harsanyi" else _shapley_claims(unit)
    found = fixed_points(unit.by_mask[everybody], phi, subdivisions=subdivisions)
    alone = np.array([form.by_mask[1 << i].max() for i in range(form.players)])
    solutions = []
    for one in found:
        weights = one.weights / scale
        weights /= weights.sum()
        payoffs = agreements(form, weights) if name == "Harsanyi" else np.full((everybody + 1, form.players), np.nan)
        solutions.append(
            CoalitionSolution(
                name,
                one.point * scale,
                alone,
                weights,
                one.residual,
                False if len(found) > 1 else None,
                f"{len(found)} distinct payoffs found" if len(found) > 1 else "the only one that the search shows",
                payoffs,
            )
        )
    return tuple(solutions)
