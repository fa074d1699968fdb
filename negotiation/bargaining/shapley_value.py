"""The Shapley value of a game in characteristic-function form (transferable utility).

A worth v(S) in utils for every coalition S of N, v(empty) = 0. Player i's value is its expected marginal
contribution in a random order of arrival,

    phi_i = sum over S containing i of (s - 1)! (n - s)! / n! (v(S) - v(S without i)),

and equals the sum over S containing i of d(S) / s, with the Harsanyi dividends d(S) = sum over R in S of
(-1)^(s - r) v(R). Coalitions are written as bit masks: bit i is set when player i belongs.

Source: Shapley, A value for n-person games (1953); Harsanyi (1959) for the dividends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.errors import BadShape, EmptySet, NotANumber
from negotiation.bargaining.solution import Solution

FloatArray = NDArray[np.float64]


def members(coalition: int) -> tuple[int, ...]:
    """The players of a coalition given as a bit mask, in increasing order."""
    return tuple(i for i in range(coalition.bit_length()) if coalition >> i & 1)


def mask(coalition: Iterable[int]) -> int:
    """The bit mask of a coalition given by its players."""
    return sum(1 << i for i in set(coalition))


def shares(players: int) -> FloatArray:
    """(2^n, n): (s - 1)! (n - s)! / n! where player i belongs to coalition S, else 0."""
    table = np.zeros((1 << players, players))
    for coalition in range(1, 1 << players):
        inside = members(coalition)
        size = len(inside)
        table[coalition, list(inside)] = factorial(size - 1) * factorial(players - size) / factorial(players)
    return table


def worths(v: ArrayLike | Mapping[tuple[int, ...], float]) -> FloatArray:
    """The characteristic function as an array over bit masks, v(empty) = 0 (``BadShape``, ``NotANumber``).

    ``v``: an array of length 2^n, or a mapping from tuples of players to worths; coalitions it leaves out are
    worth 0, the number of players is one more than the largest mentioned.
    """
    if isinstance(v, Mapping):
        players = 1 + max((i for coalition in v for i in coalition), default=-1)
        if players == 0:
            raise EmptySet("the characteristic function mentions no player")
        array = np.zeros(1 << players)
        for coalition, worth in v.items():
            array[mask(coalition)] = worth
    else:
        array = np.array(v, dtype=np.float64)
    if array.ndim != 1 or len(array) < 2 or len(array) & (len(array) - 1):
        raise BadShape(f"a characteristic function of n players has 2^n >= 2 worths, got the shape {array.shape}")
    if not np.isfinite(array).all():
        raise NotANumber(f"the worth of coalition {members(int(np.argmax(~np.isfinite(array))))} is not finite")
    if array[0] != 0.0:
        raise BadShape(f"the empty coalition is worth 0, got {array[0]}")
    return array


def dividends(v: ArrayLike | Mapping[tuple[int, ...], float]) -> FloatArray:
    """(2^n,) Harsanyi dividends d(S) in utils, by bit mask: v(S) is the sum of d(R) over the R inside S."""
    result = worths(v).copy()
    for i in range(len(result).bit_length() - 1):
        with_i = np.flatnonzero(np.arange(len(result)) >> i & 1)
        result[with_i] -= result[with_i ^ (1 << i)]
    return result


def shapley(v: ArrayLike | Mapping[tuple[int, ...], float]) -> Solution:
    """The Shapley value of the characteristic function ``v`` (see ``worths`` for its two forms).

    Weights are equal, since utility is transferable; the disagreement point is what each player is worth
    alone. ``residual``: the largest difference, in utils, between the value by marginal contributions and by
    dividends. Exact and unique (Shapley 1953). Raises ``BadShape``, ``EmptySet``, ``NotANumber``.
    """
    worth = worths(v)
    players = len(worth).bit_length() - 1
    share = shares(players)
    coalitions = np.arange(len(worth))
    marginal = worth[:, None] - worth[coalitions[:, None] & ~(1 << np.arange(players))]
    point = (share * marginal).sum(axis=0)
    sizes = np.array([max(len(members(int(c))), 1) for c in coalitions])
    by_dividends = ((share > 0) * (dividends(worth) / sizes)[:, None]).sum(axis=0)
    residual = max(float(np.abs(point - by_dividends).max()), abs(float(point.sum() - worth[-1])))
    alone = worth[1 << np.arange(players)]
    return Solution("Shapley", point, alone, np.full(players, 1.0 / players), residual, unique=True)
