"""How many universes of a multiverse have which type: compositions of multiverses, and whole numbers in proportion."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from agents.compromise_tables import Floats, correlated_prior
from negotiation.errors import CannotPlay


def compositions(weights: Floats, correlation: float, count: int, rng: np.random.Generator) -> Floats:
    """(count, T) shares of types, Dirichlet with mean ``weights`` and covariances ``correlation`` times those of one draw.

    By stick-breaking; each break is drawn once from every 1/count of its distribution (Latin hypercube): unbiased, and nearer
    to the mean than independent draws."""
    T = len(weights)
    if correlation == 0 or T == 1:
        return np.tile(weights, (count, 1))
    if correlation == 1:
        return np.asarray(np.eye(T)[rng.permutation(np.repeat(np.arange(T), seats(weights, count)))])
    strength = weights * (1 - correlation) / correlation
    out, left = np.zeros((count, T)), np.ones(count)
    for t in range(T - 1):
        u = (rng.permutation(count) + rng.random(count)) / count
        out[:, t] = left * beta.ppf(u, strength[t], strength[t + 1 :].sum())
        left = left - out[:, t]
    out[:, -1] = np.maximum(left, 0.0)
    return out / out.sum(axis=1, keepdims=True)


def own_type_correlation(prior: Floats) -> float:
    """The c with which ``correlated_prior`` gives this joint prior; CannotPlay where there is none in [0, 1]."""
    weights = prior.sum(axis=1)
    if len(weights) == 1:
        return 0.0
    c = float((np.trace(prior) - weights @ weights) / (1 - weights @ weights))
    if c < -1e-9:
        raise CannotPlay(
            "society: others are less often of one's own type than if types were independent, "
            "which cannot hold for many universes"
        )
    c = 0.0 if c < 1e-12 else min(c, 1.0)
    if np.abs(correlated_prior(weights, c) - prior).max() > 1e-9:
        raise CannotPlay("society: expected a prior of the family (1 - c) independent types + c all of one's own type")
    return c


def seats(shares: Floats, total: int) -> NDArray[np.int64]:
    """Whole numbers in proportion to ``shares`` that add up to ``total``, by largest remainders."""
    exact = np.asarray(shares, dtype=float) / np.sum(shares) * total
    counts = np.floor(exact + 1e-9).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: total - int(counts.sum())]] += 1
    return counts
