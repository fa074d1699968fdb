"""Anonymous priors over the types of n players: symmetric joint distributions, which players enter alike.

The prior p on T^n is anonymous if permuting the players does not change it (Definition 22). Expected utilities in additively
separable games need only its pairs, P(t_i = t, t_j = t') for i != j, a symmetric (T, T) table; beliefs[t, t'] = p(t' | t) is
the probability that a player of type t gives to any other player having type t', and p(t) p(t' | t) = p(t') p(t | t'). A law of
the whole type vector is a distribution over type counts (c_1, ..., c_T), sum n. Not every table of pairs has one: two types
that always differ (p = 0 in the family ``correlated_types``) are no prior of three players, and for every n together p >= 1/2
is needed.

Source: file 000 (Treutlein, Modeling evidential cooperation in large worlds), Sections 4.1, 4.2, 5.5.4.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TOLERANCE = 1e-9
LARGEST = 20_000  # type counts, or joint distributions of actions, that are listed one by one


def numbers(value: ArrayLike, what: str, shape: tuple[int | None, ...]) -> Floats:
    """``value`` as finite floats of ``shape`` (None: any length); InputError otherwise."""
    try:
        out = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: expected numbers, {error}") from None
    wanted = tuple("any" if s is None else s for s in shape)
    if out.ndim != len(shape) or any(s is not None and s != found for s, found in zip(shape, out.shape, strict=True)):
        raise InputError(f"{what}: expected shape {wanted}, got {out.shape}")
    if not np.isfinite(out).all():
        raise InputError(f"{what}: expected finite numbers, got {out[~np.isfinite(out)][0]}")
    return out


def probabilities(value: Floats, what: str, axis: int | None = None) -> Floats:
    """``value`` normalised to sum 1 (along ``axis``); InputError if it has a negative entry or its sum is not 1 within 1e-9."""
    if value.size == 0 or (value < -TOLERANCE).any():
        raise InputError(f"{what}: expected probabilities, got {value.min() if value.size else 'nothing'}")
    value = np.maximum(value, 0.0)
    total = value.sum(axis=axis, keepdims=True)
    if np.abs(total - 1).max() > TOLERANCE:
        raise InputError(f"{what}: probabilities must sum to 1, got {total.ravel()[np.abs(total.ravel() - 1).argmax()]:.12g}")
    return np.asarray(value / total)


@dataclass(frozen=True, eq=False)
class TypePrior:
    """An anonymous prior by its pairs; ``law`` holds (counts (C, T), probabilities (C,)) where the whole prior is given."""

    pair: Floats
    law: tuple[Ints, Floats] | None = None

    @property
    def types(self) -> int:
        return len(self.pair)

    @cached_property
    def marginal(self) -> Floats:
        """(T,) p(t)."""
        return np.asarray(self.pair.sum(axis=1))

    @cached_property
    def beliefs(self) -> Floats:
        """(T, T) beliefs[t, t'] = p(t' | t)."""
        return np.asarray(self.pair / self.marginal[:, None])


def prior_of_pairs(pair: ArrayLike) -> TypePrior:
    """The prior with P(t_i = t, t_j = t') = pair[t, t'] for any two players; InputError if it is not symmetric or misses a
    type."""
    table = probabilities(numbers(pair, "prior of pairs", (None, None)), "prior of pairs")
    if table.shape[0] != table.shape[1]:
        raise InputError(f"prior of pairs: expected as many rows as columns, got shape {table.shape}")
    t, s = np.unravel_index(np.abs(table - table.T).argmax(), table.shape)
    if abs(table[t, s] - table[s, t]) > TOLERANCE:
        raise InputError(
            f"prior of pairs: not anonymous, types {t} and {s} have {table[t, s]:.9g} but {s} and {t} have {table[s, t]:.9g}"
        )
    if table.sum(axis=1).min() <= 0:
        raise InputError(f"prior of pairs: type {table.sum(axis=1).argmin()} has probability 0, each type needs a positive one")
    return TypePrior((table + table.T) / 2)


def prior_of_beliefs(beliefs: ArrayLike, marginal: ArrayLike) -> TypePrior:
    """The prior with p(t) = marginal[t] and p(t' | t) = beliefs[t, t']; InputError unless p(t) p(t' | t) is symmetric."""
    weights = probabilities(numbers(marginal, "prior", (None,)), "prior")
    table = probabilities(numbers(beliefs, "beliefs", (len(weights), len(weights))), "beliefs", axis=1)
    return prior_of_pairs(weights[:, None] * table)


def independent_types(marginal: ArrayLike) -> TypePrior:
    """Types drawn independently, each with the probabilities ``marginal`` (T,)."""
    weights = probabilities(numbers(marginal, "prior", (None,)), "prior")
    return prior_of_pairs(np.outer(weights, weights))


def correlated_types(same: float, types: int = 2) -> TypePrior:
    """Equally likely types, p(t | t) = ``same`` and the rest shared by the others: the p, 1 - p family of Examples 55 and
    56."""
    if not 0 <= same <= 1 or types < 2:
        raise InputError(f"correlated types: expected a probability and at least 2 types, got {same} and {types}")
    return prior_of_pairs(np.where(np.eye(types, dtype=bool), same, (1 - same) / (types - 1)) / types)


def prior_of_joint(table: ArrayLike) -> TypePrior:
    """The prior p(t_1, ..., t_n) = table[t_1, ..., t_n]; InputError if it is not the same for every order of the players."""
    array = np.asarray(table, dtype=np.float64)
    n, m = array.ndim, len(array) if array.ndim else 0
    if n < 2 or array.shape != (m,) * n:
        raise InputError(
            f"joint prior: expected shape (T, ..., T) with one axis for each of at least 2 players, got {array.shape}"
        )
    array = probabilities(numbers(array, "joint prior", array.shape), "joint prior")
    for i in range(n - 1):
        gap = float(np.abs(array - array.swapaxes(i, i + 1)).max())
        if gap > TOLERANCE:
            raise InputError(
                f"joint prior: not anonymous, exchanging players {i} and {i + 1} changes a probability by {gap:.3g}"
            )
    counts = compositions(n, m)
    index = {tuple(c): k for k, c in enumerate(counts.tolist())}
    law = np.zeros(len(counts))
    for types in itertools.product(range(m), repeat=n):
        law[index[tuple(np.bincount(types, minlength=m).tolist())]] += array[types]
    return TypePrior(prior_of_pairs(array.sum(axis=tuple(range(2, n)))).pair, (counts, law))


def compositions(n: int, parts: int) -> Ints:
    """(C, parts) all non-negative integers that sum to n, in lexicographic order; InputError above ``LARGEST`` of them."""
    size = math.comb(n + parts - 1, parts - 1)
    if size > LARGEST:
        raise InputError(f"{n} players spread over {parts} cells are {size} cases, at most {LARGEST} are listed")
    bars = np.array(list(itertools.combinations(range(n + parts - 1), parts - 1)), dtype=np.int64).reshape(size, parts - 1)
    ends = np.concatenate([np.full((size, 1), -1), bars, np.full((size, 1), n + parts - 1)], axis=1)
    return np.asarray(np.diff(ends, axis=1) - 1)


def type_counts(prior: TypePrior, players: int) -> tuple[Ints, Floats]:
    """(C, T) counts of types among ``players`` and their probabilities (C,), only those that are positive.

    Pairs leave the law open for more than two players. Chosen is the one that is at least lam times the law of independent
    types with the same marginal for the largest lam (lam = 1 for independent types). InputError if no law has these pairs."""
    if prior.law is not None:
        counts, law = prior.law
        if counts[0].sum() != players:
            raise InputError(f"the joint prior is one of {counts[0].sum()} players, the game has {players}")
        return counts[law > 0], law[law > 0]
    from scipy.optimize import linprog
    from scipy.special import gammaln

    counts, m = compositions(players, prior.types), prior.types
    free = np.exp(gammaln(players + 1) - gammaln(counts + 1).sum(axis=1) + counts @ np.log(prior.marginal))
    pairs = counts[:, :, None] * (counts[:, None, :] - np.eye(m))
    pairs /= pairs.sum(axis=(1, 2), keepdims=True)
    upper = np.triu_indices(m)
    rows = pairs[:, *upper].T
    # q = lam * free + rest with rest >= 0
    answer = linprog(
        np.append(np.zeros(len(counts)), -1.0),
        A_eq=np.column_stack([rows, rows @ free]),
        b_eq=prior.pair[upper],
        method="highs",
    )
    if answer.status != 0:
        raise InputError(f"no joint prior of {players} players gives every pair of them these types: {prior.pair.tolist()}")
    law = answer.x[:-1] + answer.x[-1] * free
    return counts[law > 1e-14], law[law > 1e-14] / law[law > 1e-14].sum()


def joint_table(prior: TypePrior, players: int) -> Floats:
    """(T, ..., T) the joint prior of ``players`` (``type_counts``), one axis for each player."""
    counts, law = type_counts(prior, players)
    index = {tuple(c): k for k, c in enumerate(counts.tolist())}
    out = np.zeros((prior.types,) * players)
    for types in itertools.product(range(prior.types), repeat=players):
        c = np.bincount(types, minlength=prior.types)
        if (k := index.get(tuple(c.tolist()))) is not None:
            out[types] = law[k] * math.prod(math.factorial(x) for x in c) / math.factorial(players)
    return out
