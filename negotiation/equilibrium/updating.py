"""How fast beliefs can change: Lemma 1, bounded updating (Definition 2), and the tails that payoff_bounds needs.

Let an event E about a player's types have probability p before an action that every type takes with probability at least g
and at most h. By Bayes' rule

    Pr(E | a) = x p / (x p + y (1 - p)),  g <= x, y <= h,   at most   h p / (h p + g (1 - p)) <= p / g   (Lemma 1),

so the odds of E grow by a factor of at most h / g at an action, h = 1 being enough. The rate of an update is the largest
ratio of posterior to prior probability over events; it is attained at a single type, as sums' ratios lie between their terms'
ratios.

Source: file 004, Example 4 (the bound displayed should use 0.001), Lemma 1, Definition 2, footnote 26, Appendix A.1."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import InputError

Floats = NDArray[np.float64]
SURE = 1e-9  # how far probabilities may be from adding up to 1


def posterior_bound(prior: ArrayLike, gamma_low: float, updates: int = 1, sharp: bool = False) -> Floats:
    """The most that an event of probability ``prior`` (any shape) can have after ``updates`` actions, each of which every type
    takes with probability ``gamma_low`` or more: Lemma 1's min(1, prior / gamma_low^updates); with ``sharp`` the bound in odds,
    prior / (prior + gamma_low^updates (1 - prior)), which is the least such bound that holds for every gamma_low."""
    p = np.asarray(prior, dtype=float)
    if not np.all((p >= 0) & (p <= 1)):
        raise InputError(f"prior: expected probabilities, got {prior!r}")
    if not 0 < gamma_low <= 1:
        raise InputError(f"gamma_low: expected a probability above 0, got {gamma_low!r}")
    if updates < 0:
        raise InputError(f"updates: expected a whole number, at least 0, got {updates!r}")
    return tail_bound(_log(p), -updates * math.log(gamma_low), sharp)


def tail_bound(log_prior: ArrayLike, log_factor: ArrayLike, sharp: bool = True) -> Floats:
    """posterior_bound in logarithms, for priors too small to write: ``log_factor`` is the logarithm of 1 /
    gamma_low^updates."""
    p, factor = np.broadcast_arrays(np.asarray(log_prior, dtype=float), np.asarray(log_factor, dtype=float))
    simple = np.exp(np.minimum(p + factor, 0.0))
    if not sharp:
        return np.asarray(simple)
    with np.errstate(divide="ignore"):
        odds = p - np.log(-np.expm1(np.minimum(p, 0.0))) + factor  # logarithm of the posterior odds; +inf where p is 1
    return np.asarray(np.minimum(simple, 1 / (1 + np.exp(np.minimum(-odds, 700.0)))))


def updating_rate(before: ArrayLike, after: ArrayLike) -> float:
    """The least beta at which going from beliefs ``before`` to ``after`` is bounded updating (Definition 2): the largest ratio
    after / before over events, which is that over single types. ``before``, ``after``: probabilities over one player's types,
    same shape (..., types); with more axes (histories, own types) the largest of all. 1 where nothing changes, infinite where a
    type of probability 0 becomes possible. Raises InputError unless both are beliefs."""
    p, q = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if p.shape != q.shape or p.ndim == 0 or p.size == 0:
        raise InputError(f"beliefs: expected two arrays of one shape (..., types), got {p.shape} and {q.shape}")
    for name, belief in (("before", p), ("after", q)):
        if not np.all(belief >= 0) or not np.all(np.abs(belief.sum(axis=-1) - 1) <= SURE):
            raise InputError(f"{name}: expected probabilities that add up to 1 over the last axis")
    if np.any((p == 0) & (q > 0)):
        return math.inf
    return float(np.max(q / np.where(p > 0, p, 1.0)))


def update(before: ArrayLike, likelihood: ArrayLike) -> Floats:
    """Bayes' rule: the belief after an action that type t takes with probability ``likelihood[..., t]``."""
    joint = np.asarray(before, dtype=float) * np.asarray(likelihood, dtype=float)
    total = joint.sum(axis=-1, keepdims=True)
    if not np.all(total > 0):
        raise InputError("likelihood: expected some type of positive probability to take the action")
    return np.asarray(joint / total)


def decisions(horizon: int, order: str = "alternating") -> NDArray[np.int64]:
    """How many offers and replies each player has made before stage t: (horizon, players, 2). Random order: the worst case,
    where a player is taken to have made an offer at every stage (an offer reveals more than a reply)."""
    t = np.arange(horizon)
    even, odd, none = (t + 1) // 2, t // 2, np.zeros_like(t)
    made = {
        "alternating": ((even, odd), (odd, even)),
        "alice": ((t, none), (none, t)),
        "bob": ((none, t), (t, none)),
        "random": ((t, none), (t, none)),
    }
    if order not in made:
        raise InputError(f"order: expected one of {', '.join(made)}, got {order!r}")
    return np.array(made[order]).transpose(2, 0, 1)


def trembling_tails(
    log_prior: ArrayLike, offers: ArrayLike, tremble: float, horizon: int, order: str = "alternating", sharp: bool = True
) -> Floats:
    """alpha (horizon, 2): what can be believed at stage t of player k's being atypical, prior exp(``log_prior[k]``), when k
    trembles with probability ``tremble``, uniformly over exp(``offers[k]``) offers (a logarithm: they may be many) and, in
    replies, to accept and to reject with 1/2 each. The negotiation goes on only after a rejection, however one accepts."""
    if not 0 < tremble <= 1:
        raise InputError(f"tremble: expected a probability above 0, got {tremble!r}")
    size = np.asarray(offers, dtype=float) - math.log(tremble)
    made = decisions(horizon, order)
    return tail_bound(log_prior, made[:, :, 0] * size + made[:, :, 1] * math.log(2 / tremble), sharp)


def bounded_tails(prior: ArrayLike, beta: float, horizon: int) -> Floats:
    """alpha (horizon, 2) under bounded updating at rate ``beta``: at each stage an offer and a reply, each of which may
    change any belief by this factor (Definition 2 bounds both updates), so at stage t at most prior * beta^(2 t)."""
    p = np.broadcast_to(np.asarray(prior, dtype=float), (2,))
    if not beta >= 1:
        raise InputError(f"beta: expected a rate of at least 1, got {beta!r}")
    return np.exp(np.minimum(_log(p) + 2 * math.log(beta) * np.arange(horizon)[:, None], 0.0))


def iotas(alpha: float, stages: int) -> Floats:
    """Theorem 4's sequence (stages + 1,): iota_0 = sqrt(alpha), iota_t = sqrt(alpha + iota_{t-1}), where alpha = Pr(|S - S0|
    >= d).

    By Markov's inequality all but iota_t of player i's types believe with probability 1 - iota_t that the surplus is within d
    and that the other's type is one of the (t - 1)-th set. It tends to 0 with alpha, but only like alpha^(1 / 2^(t + 1)), and
    grows in t to the fixed point (1 + sqrt(1 + 4 alpha)) / 2 > 1, from where on it says nothing; known priors do better
    (typical_types)."""
    if not 0 <= alpha <= 1:
        raise InputError(f"alpha: expected a probability, got {alpha!r}")
    found = [math.sqrt(alpha)]
    for _ in range(stages):
        found.append(math.sqrt(alpha + found[-1]))
    return np.array(found)


def _log(p: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p))
