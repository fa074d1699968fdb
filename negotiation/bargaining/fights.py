"""Fights between a coalition and everyone else, and what they make each player worth.

For Pareto weights w >= 0 (a price for each player's utils) and a coalition S of N, let

    D_w(S):      the zero-sum game in which S (jointly, randomising at will) maximises and N without S
                 minimises the sum over S of w_i u_i minus the sum over the others of w_j u_j,
    delta_w(S):  its value; delta_w(N) = max over profiles of w.u, and delta_w(N without S) = -delta_w(S),
    phi_i(w):    the sum over S containing i of (s - 1)! (n - s)! / n! delta_w(S).

phi(w) adds up to delta_w(N). With w = 1 it is the CoCo value; w_i x_i = phi_i(w) at an efficient x that w
supports is the CoCo equilibrium. It is the Shapley value of v(S) = (delta_w(S) + delta_w(N)) / 2.

Source: Diffractor, Unifying Bargaining Notions (1/2 and 2/2); Kalai and Kalai, Cooperation in strategic games
revisited (2013); Kohlberg and Neyman, Games of threats (2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.errors import BadShape, BadWeights
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.shapley_value import members, shares
from negotiation.bargaining.zero_sum import ZeroSum, values, zero_sum

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fight:
    """One split of the players: ``coalition`` (bit mask) against the rest.

    ``payoffs``: (players, joint actions of the coalition, joint actions of the rest), utils, joint actions in
    row-major order of their members; ``signs``: +1 for members, -1 for the rest.
    """

    coalition: int
    payoffs: FloatArray
    signs: FloatArray

    def matrix(self, weights: ArrayLike) -> FloatArray:
        """The zero-sum game D_w(S)."""
        return np.asarray(np.tensordot(self.signs * np.asarray(weights, dtype=float), self.payoffs, axes=1))

    def solve(self, weights: ArrayLike) -> ZeroSum:
        """Value delta_w(S), the optimal joint threats of both sides, and the duality gap."""
        return zero_sum(self.matrix(weights))

    def outcome(self, row: ArrayLike, column: ArrayLike) -> FloatArray:
        """(players,) utils when the coalition mixes by ``row`` and the rest by ``column``."""
        mixture = np.asarray(row, dtype=float)
        return np.asarray(mixture @ self.payoffs @ np.asarray(column, dtype=float))


def fight(game: NormalFormGame, coalition: int) -> Fight:
    """The fight of ``coalition`` (bit mask, neither empty nor everybody) against the rest (``BadShape``)."""
    n = game.players
    if not 0 < coalition < (1 << n) - 1:
        raise BadShape(f"coalition {coalition} is not a proper coalition of {n} players")
    inside = members(coalition)
    outside = members((1 << n) - 1 - coalition)
    rows = int(np.prod([game.actions[i] for i in inside]))
    order = (0, *(1 + i for i in inside), *(1 + i for i in outside))
    signs = np.where([coalition >> i & 1 for i in range(n)], 1.0, -1.0)
    return Fight(coalition, game.payoffs.transpose(order).reshape(n, rows, -1), signs)


def splits(game: NormalFormGame) -> list[Fight]:
    """All splits in two, each once: the fights of the coalitions that contain player 0."""
    return [fight(game, coalition) for coalition in range(1, (1 << game.players) - 1, 2)]


def check_weights(weights: ArrayLike, players: int) -> FloatArray:
    """``weights`` as (players,) non-negative numbers, not all 0 (``BadShape``, ``BadWeights``)."""
    vector = np.asarray(weights, dtype=np.float64)
    if vector.shape != (players,):
        raise BadShape(f"one weight for each of {players} players is needed, got the shape {vector.shape}")
    if not np.isfinite(vector).all() or vector.min() < 0 or vector.max() == 0:
        raise BadWeights(f"weights have to be non-negative and not all 0, got {vector}")
    return vector


@dataclass(frozen=True)
class Claims:
    """What the fights at given weights make each player worth.

    ``phi``: (players,) phi_i(w), in weighted utils; ``delta``: (2^n,) delta_w by bit mask; ``solved``: for
    each split its threats and gap; ``gap``: the share-weighted sum of the gaps: no phi_i is off by more.
    """

    phi: FloatArray
    delta: FloatArray
    solved: dict[int, ZeroSum]
    gap: float


def claims(game: NormalFormGame, weights: ArrayLike) -> Claims:
    """phi(w) with certificates: one linear program for each of the 2^(n-1) - 1 splits (see the module)."""
    w = check_weights(weights, game.players)
    full = (1 << game.players) - 1
    delta, gaps = np.zeros(full + 1), np.zeros(full + 1)
    delta[full] = (game.points @ w).max()
    delta[0] = -delta[full]
    solved = {}
    for split in splits(game):
        answer = split.solve(w)
        solved[split.coalition] = answer
        delta[split.coalition], delta[full ^ split.coalition] = answer.value, -answer.value
        gaps[split.coalition] = gaps[full ^ split.coalition] = answer.gap / 2
    share = shares(game.players)
    return Claims(delta @ share, delta, solved, float((gaps @ share).max()))


class ClaimsOfMany:
    """phi(w) for many weights at once, without threats or certificates: the inner loop of the searches.

    Joint actions that another one matches or beats for every w >= 0 (no less for each of one's own side, no
    more for each of the other's) are left out once: this changes no value.
    """

    def __init__(self, game: NormalFormGame) -> None:
        self._points = game.points
        self._share = shares(game.players)
        self._full = (1 << game.players) - 1
        self._fights = [(s.coalition, undominated(s.payoffs * s.signs[:, None, None])) for s in splits(game)]

    def __call__(self, weights: FloatArray) -> FloatArray:
        """(batch, players) phi for (batch, players) weights."""
        delta = np.zeros((len(weights), self._full + 1))
        delta[:, self._full] = (weights @ self._points.T).max(axis=1)
        for coalition, payoffs in self._fights:
            delta[:, coalition] = values(np.tensordot(weights, payoffs, axes=1))
            delta[:, self._full ^ coalition] = -delta[:, coalition]
        return delta @ self._share


def undominated(signed: FloatArray) -> FloatArray:
    """Drop rows below another row, and columns above another column, entry by entry for every player, until
    none is.

    ``signed``: (players, rows, columns), payoffs times +1 for the row side and -1 for the column side.
    """
    while True:
        rows = _kept(signed.transpose(1, 0, 2).reshape(signed.shape[1], -1))
        smaller = signed[:, rows]
        columns = _kept(-smaller.transpose(2, 0, 1).reshape(smaller.shape[2], -1))
        smaller = smaller[:, :, columns]
        if smaller.shape == signed.shape:
            return signed
        signed = smaller


def _kept(options: FloatArray) -> list[int]:
    kept = list(range(len(options)))
    for k in range(len(options)):
        rest = [j for j in kept if j != k]
        if rest and (options[rest] >= options[k]).all(axis=1).any():
            kept = rest
    return kept
