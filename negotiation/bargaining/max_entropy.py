"""The distribution of largest entropy under homogeneous linear inequalities.

    max - sum p log p   subject to   G p >= 0,  p a distribution on a given support.

Its dual is min over l >= 0 of log sum_a exp((l G)_a); with p proportional to exp(l G), the entropy of any
feasible distribution is at most the dual value. Rows that are 0 for all feasible p are equations and have l
of any sign; once the support is the largest possible and those rows are known, the dual has a minimum
(Slater).

Source: Boyd and Vandenberghe, Convex Optimization, Section 5.2.4; Jaynes (1957).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from scipy.special import logsumexp, softmax

FloatArray = NDArray[np.float64]


def maximum_entropy(conditions: FloatArray, support: NDArray[np.bool_]) -> tuple[FloatArray, float]:
    """The maximum-entropy distribution (profiles,) with ``conditions`` @ p >= 0, and its duality gap in nats.

    ``conditions``: (count, profiles), scaled to entries of size about 1. ``support``: (profiles,) the
    profiles that some feasible distribution plays. The gap counts violated conditions at their prices.
    """
    p = np.zeros(len(support))
    g = conditions[:, support]
    g = g[np.abs(g).max(axis=1, initial=0.0) > 0]
    g = np.unique(g, axis=0)
    if len(g) == 0:
        p[support] = 1.0 / support.sum()
        return p, 0.0
    equal = _always_zero(g)
    prices = _prices(g, equal)
    inside = softmax(prices @ g)
    p[support] = inside
    entropy = -float(inside @ np.log(np.maximum(inside, 1e-300)))
    return p, abs(float(logsumexp(prices @ g)) - entropy)


def _always_zero(g: FloatArray) -> NDArray[np.bool_]:
    """Rows that vanish on the whole cone {G p >= 0, p >= 0}: maximise sum t with t <= G p, t <= 1, as for the
    support."""
    rows, count = g.shape
    answer = linprog(
        np.r_[np.zeros(count), -np.ones(rows)],
        A_ub=np.hstack([-g, np.eye(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(0.0, None)] * count + [(0.0, 1.0)] * rows,
        method="highs",
    )
    return np.asarray(answer.x[count:] < 0.5)


def _prices(g: FloatArray, equal: NDArray[np.bool_]) -> FloatArray:
    """The dual minimum: quasi-Newton within bounds, then Newton on the conditions that bind."""

    def dual(prices: FloatArray) -> tuple[float, FloatArray]:
        return float(logsumexp(prices @ g)), g @ softmax(prices @ g)

    bounds = [(None, None) if free else (0.0, None) for free in equal]
    rough = minimize(
        dual,
        np.zeros(len(g)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 10_000, "maxfun": 100_000, "ftol": 1e-16, "gtol": 1e-10},
    )
    prices = np.asarray(rough.x)
    for _ in range(50):
        p = softmax(prices @ g)
        slope = g @ p
        binding = equal | (prices > 1e-9) | (slope < -1e-12)
        if np.abs(slope[binding]).max(initial=0.0) < 1e-14:
            break
        active = g[binding]
        hessian = (active * p) @ active.T - np.outer(active @ p, active @ p)
        step = np.zeros(len(g))
        step[binding] = -np.linalg.lstsq(hessian, slope[binding], rcond=1e-12)[0]
        value, length = dual(prices)[0], 1.0
        while length > 1e-8:
            trial = np.where(equal, prices + length * step, np.maximum(prices + length * step, 0.0))
            if dual(trial)[0] <= value + 1e-16:
                break
            length /= 2
        else:
            break
        prices = trial
    return prices
