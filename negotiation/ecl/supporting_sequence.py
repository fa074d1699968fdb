r"""The sequence that makes a profile a dependency equilibrium, and what every alternative is worth along it (Theorem 51).

Let alpha be a profile and beta a fallback. With delta the Dirac measures and s the distribution in which one type, drawn
uniformly, deviates from beta to an action drawn with full support,

    s_r = (r - 1)/r delta_alpha + (r - 1)/r^2 delta_beta + 1/r^2 s,      r = 1, 2, ...

gives every open set of a type's actions a positive probability, and tends to delta_alpha. Let B be an open set of
actions of type t. Given B, as r grows, others do alpha if alpha_t is in B; else beta if beta_t is in B; else beta for every r,
type t alone having drawn its action from B. So

    lim EU_t(s_r; B) <= max { EU_t(alpha), EU_t(beta), max over y in A_t of EU_t(beta_-t, y) },

and alpha is a dependency equilibrium if the last number, the *fallback value* v_t, is at most EU_t(alpha) for every type: it
is for the Nash solution over the Bayesian Nash equilibrium (Proposition 53) and over the threat point (Proposition 61).

Source: file 000 (Treutlein), Definition 50, Theorem 51 and its proof in Appendix C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame


@dataclass(frozen=True)
class DependencyCertificate:
    """``payoffs`` (T,): EU_t(alpha). ``fallback_values`` (T,): v_t, the best that type t can do while others fall back.
    ``best_deviations`` (T, T): actions with that value. ``gains`` (T,): v_t - EU_t(alpha), all in interim utils: the most that
    any set of alternatives is worth in the limit above alpha. The profile is a dependency equilibrium by Theorem 51 if none is
    positive; where one is, this sequence does not show it, and another might.
    """

    profile: FloatArray
    fallback: FloatArray
    payoffs: FloatArray
    fallback_values: FloatArray
    best_deviations: FloatArray
    gains: FloatArray


def dependency_certificate(game: BayesianBargainingGame, profile: ArrayLike, fallback: ArrayLike) -> DependencyCertificate:
    """Theorem 51 for ``profile`` and ``fallback``, both (T, T), row t the action of type t."""
    alpha, beta = np.array(profile, dtype=float), np.array(fallback, dtype=float)
    payoffs, without = game.interim(alpha), game.interim(beta)
    deviations = np.array([actions.support(own)[1] for actions, own in zip(game.actions, np.eye(game.types), strict=True)])
    own = np.diag(game.reach) * (np.diag(deviations) - np.diag(beta))
    values = without + np.maximum(own, 0.0)
    deviations = np.where((own > 0.0)[:, None], deviations, beta)
    return DependencyCertificate(alpha, beta, payoffs, values, deviations, values - payoffs)


def conditional_utility(
    game: BayesianBargainingGame, certificate: DependencyCertificate, t: int, action: ArrayLike, r: float, density: float = 1.0
) -> float:
    """EU_t(s_r; B) for a small set B around ``action`` (T,) of type t, in interim utils; its limit is for r to infinity.

    ``density``: the probability of B when type t draws its action; B contains alpha_t, or beta_t, exactly if ``action`` is it.
    """
    y = np.asarray(action, dtype=float)
    T, alpha, beta = game.types, certificate.profile, certificate.fallback
    deviating = beta.copy()
    deviating[t] = y
    at_alpha, at_beta = float((y == alpha[t]).all()), float((y == beta[t]).all())
    # under s, B is met if t is drawn and its action is in B, or if another type is drawn and beta_t is in B
    others = np.array([game.interim(np.where(np.arange(T)[:, None] == s, _mean(game, s), beta))[t] for s in range(T) if s != t])
    parts = [
        ((r - 1.0) / r * at_alpha, game.interim(alpha)[t]),
        ((r - 1.0) / r**2 * at_beta, game.interim(beta)[t]),
        (density / T / r**2, game.interim(deviating)[t]),
        *[(at_beta / T / r**2, value) for value in others],
    ]
    mass = sum(p for p, _ in parts)
    return float(sum(p * value for p, value in parts) / mass)


def _mean(game: BayesianBargainingGame, s: int) -> FloatArray:
    """(T,) an action in the middle of the set of type s: the mean of its best ones for each type and against each."""
    eye = np.eye(game.types)
    return np.mean([game.actions[s].support(w)[1] for w in np.vstack([eye, -eye])], axis=0)
