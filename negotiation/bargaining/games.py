"""Normal-form games: who plays, what each may do, and what each profile of actions pays.

A game of n players has finite action sets A_1, ..., A_n and payoffs u_i(a) in utils, a in A = A_1 x ... x
A_n. A *mixture* of player i is a probability vector s_i over A_i; independent mixtures pay

    u_i(s) = sum over a of u_i(a) s_1(a_1) ... s_n(a_n),

while players who can sign a contract reach every point of the hull of {u(a)}: they may randomise jointly. The
set of payoffs of independent mixtures is not convex in general; every solution here says which of the two it
means.

Source: Nash, Non-cooperative games (1951); Osborne and Rubinstein, A Course in Game Theory, Sections 2.1 and
3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.errors import BadShape, BadWeights, EmptySet, NotANumber

FloatArray = NDArray[np.float64]
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A finite game in normal form.

    ``payoffs``: (players, actions of player 0, ..., actions of player n - 1), utils; kept as a read-only
    copy.

    Raises ``BadShape`` (not one axis of actions for each of at least one player), ``EmptySet`` (a player
    without actions) and ``NotANumber`` (a payoff that is NaN or infinite).
    """

    payoffs: FloatArray

    def __post_init__(self) -> None:
        payoffs = np.array(self.payoffs, dtype=np.float64)
        if payoffs.ndim < 2 or payoffs.shape[0] != payoffs.ndim - 1:
            raise BadShape(f"payoffs need shape (players, actions of player 0, ..., of the last), got {payoffs.shape}")
        for player, count in enumerate(payoffs.shape[1:]):
            if count == 0:
                raise EmptySet(f"player {player} has no action")
        if not np.isfinite(payoffs).all():
            where = tuple(int(k) for k in np.argwhere(~np.isfinite(payoffs))[0])
            raise NotANumber(f"the payoff of player {where[0]} at the profile {where[1:]} is not a finite number")
        payoffs.setflags(write=False)
        object.__setattr__(self, "payoffs", payoffs)

    @property
    def players(self) -> int:
        """Number of players."""
        return int(self.payoffs.shape[0])

    @property
    def actions(self) -> tuple[int, ...]:
        """Number of actions of each player."""
        return self.payoffs.shape[1:]

    @property
    def points(self) -> FloatArray:
        """(profiles, players) payoffs of the pure profiles in row-major order: their hull is what contracts
        reach."""
        return self.payoffs.reshape(self.players, -1).T

    def payoff_at(self, profile: Sequence[int]) -> FloatArray:
        """(players,) utils at a pure profile: the number of an action for each player."""
        return np.array([payoffs[tuple(profile)] for payoffs in self.payoffs])

    def payoff(self, mixtures: Sequence[ArrayLike]) -> FloatArray:
        """(players,) expected utils when the players mix independently.

        ``mixtures``: for each player a probability vector over its actions. Raises ``BadShape``,
        ``BadWeights``.
        """
        if len(mixtures) != self.players:
            raise BadShape(f"{self.players} mixtures are needed, one for each player; got {len(mixtures)}")
        result = self.payoffs
        for player, mixture in enumerate(mixtures):
            result = np.tensordot(result, probabilities(mixture, self.actions[player], f"player {player}"), axes=(1, 0))
        return result

    def joint_payoff(self, distribution: ArrayLike) -> FloatArray:
        """(players,) expected utils of a joint distribution over profiles, flat or of the shape of the
        actions."""
        flat = probabilities(np.ravel(distribution), self.points.shape[0], "the profiles")
        return flat @ self.points

    def pure(self, player: int, action: int) -> FloatArray:
        """The mixture of ``player`` that plays ``action`` for sure."""
        mixture = np.zeros(self.actions[player])
        mixture[action] = 1.0
        return mixture

    def transformed(self, scales: ArrayLike, shifts: ArrayLike) -> NormalFormGame:
        """The same game with u_i replaced by scale_i u_i + shift_i; scales have to be positive
        (``BadWeights``)."""
        scale, shift = np.asarray(scales, dtype=float), np.asarray(shifts, dtype=float)
        if scale.shape != (self.players,) or shift.shape != (self.players,):
            raise BadShape(f"scales and shifts need {self.players} entries, got {scale.shape} and {shift.shape}")
        if not (scale > 0).all():
            raise BadWeights(f"scales have to be positive, got {scale}")
        per_player = (self.players,) + (1,) * self.players
        return NormalFormGame(self.payoffs * scale.reshape(per_player) + shift.reshape(per_player))


def probabilities(mixture: ArrayLike, length: int, owner: str) -> FloatArray:
    """``mixture`` as a checked probability vector of ``length`` entries (``BadShape``, ``BadWeights``)."""
    vector = np.asarray(mixture, dtype=np.float64)
    if vector.shape != (length,):
        raise BadShape(f"the mixture of {owner} needs {length} entries, got the shape {vector.shape}")
    if not np.isfinite(vector).all() or vector.min() < -TOLERANCE or abs(vector.sum() - 1) > TOLERANCE:
        raise BadWeights(f"the mixture of {owner} is not a probability vector: {vector}")
    return vector


def bimatrix(row: ArrayLike, column: ArrayLike) -> NormalFormGame:
    """The two-player game with the payoff matrices ``row`` of player 0 (who picks rows) and ``column`` of
    player 1."""
    first, second = np.asarray(row, dtype=float), np.asarray(column, dtype=float)
    if first.shape != second.shape or first.ndim != 2:
        raise BadShape(f"two matrices of one shape are needed, got {first.shape} and {second.shape}")
    return NormalFormGame(np.stack([first, second]))


def deviation_gains(game: NormalFormGame, mixtures: Sequence[ArrayLike]) -> FloatArray:
    """(players,) what each player gains at most, in utils, by a unilateral deviation; all 0 at a Nash
    equilibrium."""
    here = game.payoff(mixtures)
    gains = np.empty(game.players)
    for player in range(game.players):
        others = list(mixtures)
        options = []
        for action in range(game.actions[player]):
            others[player] = game.pure(player, action)
            options.append(game.payoff(others)[player])
        gains[player] = max(options) - here[player]
    return gains


def nash_equilibria(game: NormalFormGame, tolerance: float = TOLERANCE) -> list[tuple[FloatArray, FloatArray]]:
    """Nash equilibria of a two-player game by support enumeration: all of them if the game is nondegenerate.

    For each pair of supports of one size, solve the two systems of indifference conditions and keep the
    solutions that are mixtures from which nobody gains more than ``tolerance`` times the range of payoffs. A
    degenerate game has continua of equilibria, of which this lists some. Exponential in the actions: for
    small games.

    Source: Nisan et al., Algorithmic Game Theory, Algorithm 3.4. Raises ``BadShape`` for other than two
    players.
    """
    if game.players != 2:
        raise BadShape(f"support enumeration here is for two players, the game has {game.players}")
    scale = max(float(np.ptp(game.payoffs)), 1.0)
    found: list[tuple[FloatArray, FloatArray]] = []
    for rows, columns in _support_pairs(*game.actions):
        row = _indifferent(game.payoffs[1].T[np.ix_(columns, rows)], rows, game.actions[0])
        column = _indifferent(game.payoffs[0][np.ix_(rows, columns)], columns, game.actions[1])
        if row is None or column is None or deviation_gains(game, (row, column)).max() > tolerance * scale:
            continue
        if all(np.abs(row - r).max() + np.abs(column - c).max() > 1e-7 for r, c in found):
            found.append((row, column))
    return found


def _support_pairs(rows: int, columns: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    for size in range(1, min(rows, columns) + 1):
        for row_support in combinations(range(rows), size):
            for column_support in combinations(range(columns), size):
                yield row_support, column_support


def _indifferent(payoffs: FloatArray, support: tuple[int, ...], actions: int) -> FloatArray | None:
    """The mixture on ``support`` that makes the opponent's actions (the rows of ``payoffs``) equally good."""
    size = len(support)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size], system[:size, size], system[size, :size] = payoffs, 1.0, 1.0  # the last unknown: less the value
    try:
        solution = np.linalg.solve(system, np.r_[np.zeros(size), 1.0])[:size]
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(solution).all() or solution.min() < -1e-12:
        return None
    mixture = np.zeros(actions)
    mixture[list(support)] = np.clip(solution, 0.0, None)
    return np.asarray(mixture / mixture.sum())
