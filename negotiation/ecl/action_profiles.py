r"""Which action every type takes, given payoffs and the common weights that support them.

Interim utilities x in F are a sum x = sum_t reach[t] * alpha_t of what the types do (module ``bayesian_bargaining``). Where x
maximises w.x over F, every alpha_t maximises the same weighted sum, w.(reach[t] * y) over A_t (Theorem 6). A set that is
curved at w has one such action. Polyhedral sets may have a face of them, and x fixes only their sum: a linear program finds
actions that add up to x, one of possibly many (Example 17).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag

from negotiation.bargaining.errors import EmptySet
from negotiation.bargaining.program import highs
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame

SUPPORT = 1e-8  # a vertex of less weight is rounding
ROUNDS = 10
NEAR = 1e-8  # of the range of payoffs: from there on payoffs are out of reach


def profile_of(game: BayesianBargainingGame, payoffs: FloatArray, weights: FloatArray) -> FloatArray:
    """(T, T) a profile with interim utilities as near as can be to ``payoffs`` (T,), supported by ``weights`` (T,).

    Types with curved sets take their best action at ``weights``; polyhedral types make up the rest, with the least largest
    deviation in units of the range of payoffs.
    """
    profile = game.best_actions(weights)
    lifts = {t: lift for t, a in enumerate(game.actions) if (lift := a.lift()) is not None}
    if not lifts:
        return profile
    T, span = game.types, game.feasible.span
    curved = [t for t in range(T) if t not in lifts]
    rest = payoffs - (game.reach[curved] * profile[curved]).sum(axis=0)
    M = np.hstack([game.reach[t][:, None] * lift.M for t, lift in lifts.items()]) / span[:, None]
    target = (rest - sum(game.reach[t] * lift.m for t, lift in lifts.items())) / span
    off, q = np.ones((T, 1)), M.shape[1]
    A, E = block_diag(*[one.A for one in lifts.values()]), block_diag(*[one.E for one in lifts.values()])
    lower = np.concatenate([one.lower for one in lifts.values()])
    try:
        out = highs(
            np.append(np.zeros(q), 1.0),
            np.vstack([np.hstack([A, np.zeros((len(A), 1))]), np.hstack([M, -off]), np.hstack([-M, -off])]),
            np.concatenate([*[one.b for one in lifts.values()], target, -target]),
            np.hstack([E, np.zeros((len(E), 1))]),
            np.concatenate([one.f for one in lifts.values()]),
            np.column_stack([np.append(lower, 0.0), np.full(q + 1, np.inf)]),
        )
    except EmptySet as error:  # some deviation always does, so the solver has given up
        raise ArithmeticError("no profile found for the payoffs") from error
    z = out.x[:-1]
    if not len(A) and np.isfinite(lower).all() and out.x[-1] <= NEAR:  # out of reach, equations cannot all hold
        z = _refined(z, lower, np.vstack([M, E]), np.concatenate([target, *[one.f for one in lifts.values()]]))
    start = 0
    for t, lift in lifts.items():
        end = start + lift.M.shape[1]
        profile[t] = lift.M @ z[start:end] + lift.m
        start = end
    return profile


def _refined(z: FloatArray, lower: FloatArray, M: FloatArray, target: FloatArray) -> FloatArray:
    """``z`` >= ``lower`` without the solver's rounding: the least change on its support that solves M z = target, if it can
    be."""
    z = np.maximum(z, lower)
    free = z > lower + SUPPORT
    off = np.abs(M @ z - target).max()
    for _ in range(ROUNDS):  # drop what would become negative, as a simplex step would
        better = np.where(free, z, lower)
        better[free] += np.linalg.lstsq(M[:, free], target - M @ better, rcond=1e-13)[0]
        if (better >= lower).all():
            return better if np.abs(M @ better - target).max() <= off else z
        free &= better >= lower
    return z
