"""Games with published solutions, and random games, for the tests of this folder."""

from __future__ import annotations

import numpy as np

from negotiation.bargaining.coalition_form import CoalitionForm
from negotiation.bargaining.games import NormalFormGame, bimatrix


def hot_dogs() -> NormalFormGame:
    """Kalai and Kalai: airport (40 customers) or beach (100); vendor 2 earns double per customer."""
    return bimatrix([[20, 40], [100, 50]], [[40, 200], [80, 100]])


def symmetric(matrix: list[list[float]]) -> NormalFormGame:
    """The symmetric two-player game in which player 1 has the transposed matrix."""
    return bimatrix(matrix, np.transpose(matrix))


def prisoners(size: float = 1.0) -> NormalFormGame:
    return symmetric([[3 * size, 0], [5 * size, size]])


def chicken() -> NormalFormGame:
    return symmetric([[6, 2], [7, 0]])


def ferguson() -> NormalFormGame:
    """Ferguson's 2 x 3 game with transferable utility."""
    return bimatrix([[0, 6, -1], [4, 3, 5]], [[0, 2, 2], [-1, 6, 5]])


def example_60() -> NormalFormGame:
    """Treutlein, Table 6 (a); player 1 picks the row, which the text's labels call b."""
    return bimatrix([[4, 2, -4], [5, 3, -3]], [[4, 5, 2], [2, 3, 2]])


def roth(p: float) -> CoalitionForm:
    """Roth's three-player game, 0 < p < 1/2."""
    return CoalitionForm(
        {
            (0,): [[0]],
            (1,): [[0]],
            (2,): [[0]],
            (0, 1): [[0.5, 0.5]],
            (0, 2): [[p, 1 - p]],
            (1, 2): [[p, 1 - p]],
            (0, 1, 2): [[0.5, 0.5, 0], [p, 0, 1 - p], [0, p, 1 - p]],
        }
    )


def roth_normal_form(p: float) -> NormalFormGame:
    """Roth's game played: everybody names one of the others; two who name each other get their pair's
    payoffs."""
    named = [(1, 2), (0, 2), (0, 1)]
    pays = {(0, 1): (0.5, 0.5, 0.0), (0, 2): (p, 0.0, 1 - p), (1, 2): (0.0, p, 1 - p)}
    payoffs = np.zeros((3, 2, 2, 2))
    for profile in np.ndindex(2, 2, 2):
        choice = [named[i][k] for i, k in enumerate(profile)]
        for (i, j), pay in pays.items():
            if choice[i] == j and choice[j] == i:
                payoffs[(slice(None), *profile)] = pay
    return NormalFormGame(payoffs)


def bargaining_game(proposals: np.ndarray, disagreement: np.ndarray) -> NormalFormGame:
    """Player 0 proposes a row of ``proposals`` (count, players) or walks away; all others accept or
    reject."""
    count, players = proposals.shape
    payoffs = np.empty((players, count + 1, *(2,) * (players - 1)))
    payoffs[:] = np.reshape(disagreement, (players, *(1,) * players))
    accepted = (slice(None), slice(0, count), *(0,) * (players - 1))
    payoffs[accepted] = proposals.T
    return NormalFormGame(payoffs)


def random_game(generator: np.random.Generator, actions: tuple[int, ...], whole: bool = False) -> NormalFormGame:
    """Standard normal payoffs, or integers in -3..3 (many ties)."""
    shape = (len(actions), *actions)
    payoffs = generator.integers(-3, 4, size=shape).astype(float) if whole else generator.normal(size=shape)
    return NormalFormGame(payoffs)
