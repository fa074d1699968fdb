"""The linking mechanism: announcements with the prior's frequencies, and one fixed transfer.

Each player announces a type for every item; in a class of n items exactly R_i(t) announcements must be t, the prior's
frequencies n p_i(t) rounded to add up to n (largest remainders). The decision on an item is the efficient one at the announced
pair x*(a', b'); Bob pays Alice one transfer P, whatever is announced. Here everybody announces as truthfully as the quota
permits: of true frequencies m, min(m(t), R(t)) items of type t are announced as they are, and the excess items are matched
at random with the types in deficit, so

    D(t, t') = min(m, R) on the diagonal,   (m - R)^+(t) (R - m)^+(t') / sum (R - m)^+   off it.

An item's pair (true, announced) of Alice's is independent of Bob's pair, so with L_i = E[D_i] / n the expected surplus is

    n sum L_a(a, a') L_b(b, b') [u_a(x*(a', b'), a) + u_b(x*(a', b'), b)],   exactly.

As n grows lies vanish like n^(-1/2) and the efficiency tends to 1. P splits the expected surplus equally.
Source: Jackson and Sonnenschein, Overcoming incentive constraints by linking decisions (2007); file 004, Sections 1, 2.1."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.type_classes import NotAvailable, count_frequencies, frequencies, multinomial
from negotiation.priors import IID, Matchups
from negotiation.problem import Problem

Floats = NDArray[np.float64]
MOST_FREQUENCIES = 200_000


@dataclass(frozen=True)
class Linking:
    """What the linking mechanism gives. ``surplus``, ``first_best`` (expected), ``payoffs`` (2,) and ``transfer`` are in utils;
    ``efficiency`` is their ratio. ``quota[i]`` (classes, types) are the announcements i must make. ``interim[i]``
    (frequencies,) are i's payoffs by true frequencies ``held[i]`` (frequencies, types), with ``probability[i]``; empty with
    several classes of items. ``residual``: how far the interim payoffs' mean is from ``payoffs``, in utils."""

    surplus: float
    first_best: float
    payoffs: Floats
    transfer: float
    quota: tuple[NDArray[np.int64], NDArray[np.int64]]
    held: tuple[NDArray[np.int64], NDArray[np.int64]]
    probability: tuple[Floats, Floats]
    interim: tuple[Floats, Floats]
    residual: float

    @property
    def efficiency(self) -> float:
        return self.surplus / self.first_best


def quotas(items: int, p: Floats) -> NDArray[np.int64]:
    """``items`` times p (types,), rounded to integers that add up to ``items``: largest remainders, ties to the first types."""
    wanted = items * np.asarray(p, dtype=float)
    quota = np.floor(wanted + 1e-9).astype(np.int64)
    most = np.argsort(-np.round(wanted - quota, 9), kind="stable")
    quota[most[: items - quota.sum()]] += 1
    return quota


def announcements(held: NDArray[np.integer], quota: NDArray[np.integer]) -> Floats:
    """D (any, types, types): how many items of each true type are announced as each type, for frequencies held (any, types)."""
    true = np.minimum(held, quota)
    excess, deficit = held - true, quota - true
    lies = excess[:, :, None] * deficit[:, None, :] / np.maximum(deficit.sum(axis=1), 1)[:, None, None]
    kept: Floats = lies + true[:, :, None] * np.eye(held.shape[1])
    return kept


def linking_mechanism(problem: Problem, transfer: float | None = None) -> Linking:
    """The mechanism's outcome for a prior that fixes frequencies: iid, or matchups (where the quota is the known frequencies).

    ``transfer``: the fixed payment from Bob to Alice (utils), by default the one that splits the expected surplus equally.
    Raises NotAvailable for other priors, or where a class has too many frequencies to list."""
    prior = problem.prior
    if isinstance(prior, Matchups):
        pairs = prior._numbers
        rows = [np.bincount(pairs[:, i], minlength=len(problem.types[i]))[None] / problem.n for i in (0, 1)]
    elif isinstance(prior, IID):
        rows = [prior._rows(i) for i in (0, 1)]
    else:
        raise NotAvailable("the linking mechanism needs a prior that fixes frequencies: iid, or matchups")
    sizes = np.bincount(problem.classes, minlength=rows[0].shape[0])
    quota = [np.array([quotas(int(n), p) for n, p in zip(sizes, rows[i], strict=True)]) for i in (0, 1)]
    if any(count_frequencies(int(n), rows[i].shape[1]) > MOST_FREQUENCIES for n in sizes for i in (0, 1)):
        raise NotAvailable(f"more than {MOST_FREQUENCIES} frequencies of a player's types in a class of items")
    u_a, u_b = problem.utility
    best = (u_a[:, :, :, None] + u_b[:, :, None, :]).argmax(axis=1)  # (classes, announced a', announced b')
    payoffs, interim_parts, lists = np.zeros(2), [], []
    for c in np.flatnonzero(sizes):
        n = int(sizes[c])
        worth = (u_a[c][best[c]], u_b[c][best[c]])  # (a', b', true type of i)
        for i in (0, 1):
            if isinstance(prior, Matchups):
                held, probability = quota[i][c][None], np.ones(1)
            else:
                held = np.array(list(frequencies(n, rows[i].shape[1])), dtype=np.int64)
                probability = multinomial(held, rows[i][c])
                probability /= probability.sum()
            said = announcements(held, quota[i][c])
            if isinstance(prior, Matchups):  # announced and true types coincide, but items are matched as the prior says
                pair = np.zeros(worth[0].shape[:2])
                np.add.at(pair, tuple(pairs.T), 1.0)
                by_pair = np.diagonal(worth[i], axis1=i, axis2=2)  # drops i's announcement, which is the truth: (other, own)
                gain = np.array([float((by_pair * (pair.T if i == 0 else pair)).sum())])
            else:
                against = np.einsum("abt,b->at" if i == 0 else "abt,a->bt", worth[i], quota[1 - i][c] / n)
                gain = np.einsum("mts,st->m", said, against)
            payoffs[i] += math.fsum(probability * gain)
            interim_parts.append(gain)
            lists.append((held, probability))
    surplus = float(payoffs.sum())
    fixed = float(payoffs[1] - payoffs[0]) / 2 if transfer is None else float(transfer)
    payoffs += (fixed, -fixed)
    none = (np.zeros((0, 0), dtype=np.int64),) * 2, (np.zeros(0),) * 2, (np.zeros(0),) * 2
    held_of, probability_of, interim = none
    if len(lists) == 2:
        held_of, probability_of = (lists[0][0], lists[1][0]), (lists[0][1], lists[1][1])
        interim = (interim_parts[0] + fixed, interim_parts[1] - fixed)
    means = [float(p @ u) - payoffs[i] for i, (p, u) in enumerate(zip(probability_of, interim, strict=True)) if len(p)]
    residual = float(max((abs(m) for m in means), default=0.0))
    quota_of = (quota[0], quota[1])
    best_surplus = problem.surplus.mean
    return Linking(surplus, best_surplus, payoffs, fixed, quota_of, held_of, probability_of, interim, residual)
