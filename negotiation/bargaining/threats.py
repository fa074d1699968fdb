"""Nash's variable threats: the disagreement point is itself chosen, with an eye to the bargain that follows.

Each player i commits to a threat s_i, a mixture of its actions; d(s) = u(s) is what happens without
agreement; the outcome is the Nash solution x(s) of (F, d(s)), F the hull of the payoffs. A profile of threats
is optimal if nobody's x_i rises by another threat.

Two players: x is supported by weights w and w_1 (x_1 - d_1) = w_2 (x_2 - d_2), hence

    w_1 x_1 - w_2 x_2 = delta(w) = value of the zero-sum game w_1 U_1 - w_2 U_2,

whose optimal mixtures are the threats. Along the Pareto frontier, from player 2's best point with w = (0, 1)
to player 1's with w = (1, 0), the excess w_1 x_1 - w_2 x_2 - delta(w) changes sign once, and the payoffs are
unique (Nash 1953): at a vertex x is known and only w within its cone has to be found; on an edge w is known
and x solves a linear equation.

Three players and more: threats of one player need not be optimal in any linearised game, and equilibria may
be missing, several, or mixed. Here pure profiles only are tried, with deviations to every pure threat on the
true Nash solution.

Source: Nash, Two-person cooperative games (1953); Treutlein, Modeling evidential cooperation in large worlds,
Definition 57 and Example 60.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from negotiation.bargaining.check import vector
from negotiation.bargaining.errors import BadShape, NoGainsFromTrade
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.polygon import upper_chain
from negotiation.bargaining.sets import FeasibleSet, hull
from negotiation.bargaining.solution import Solution
from negotiation.bargaining.zero_sum import values, zero_sum

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ThreatSolution(Solution):
    """A Nash solution whose disagreement point is the threat point; ``threats``: a mixture for each player.

    ``deviation_gains``: (players,) what each could add to its bargaining outcome, in utils, by another pure
    threat.
    """

    threats: tuple[FloatArray, ...] = ()
    deviation_gains: FloatArray | None = None


def variable_threats(game: NormalFormGame) -> ThreatSolution:
    """Nash's bargaining solution with variable threats; contracts reach the hull of the payoffs, no
    transfers.

    Two players: exact and unique in payoffs (weights and threats need not be). ``residual``: the largest of
    the duality gap of the threat game, the distance between the two routes to the point (frontier scan; Nash
    solution from the threat point), and the deviation gains, relative to the ranges of payoffs. As the threat
    game bounds every mixed threat, this certifies mixed deviations too.

    More players: the pure threat profile with the smallest gain from a pure deviation, ``residual`` that gain
    relative to the range of the player's payoffs. 0 certifies an equilibrium in pure threats against pure
    deviations and no more; a positive residual says that there is none in pure threats. Raises ``BadShape``
    for one player.
    """
    if game.players < 2:
        raise BadShape("threats need at least two players")
    return _two_players(game) if game.players == 2 else _pure_threats(game)


def unit_ranges(game: NormalFormGame) -> tuple[NormalFormGame, FloatArray, FloatArray]:
    """The game with every player's payoffs scaled to [0, 1] (constant ones to 0), the scales and the least
    payoffs."""
    low, scale = game.points.min(axis=0), np.ptp(game.points, axis=0)
    scale[scale == 0.0] = 1.0
    return game.transformed(1.0 / scale, -low / scale), scale, low


@dataclass(frozen=True)
class Balance:
    """Where the frontier of a two-player game meets its threats: point (2,), weights (2,) with sum 1, and
    whether a player cannot gain (``corner``: the end of the frontier, weights at the boundary)."""

    point: FloatArray
    weights: FloatArray
    corner: bool


def frontier_balance(game: NormalFormGame) -> Balance:
    """The point x and weights w of a two-player game with w_1 x_1 - w_2 x_2 = delta(w): the scan of the
    module.

    O(log(vertices)) zero-sum games, and a root search in w where the point is a vertex.
    """
    if game.players != 2:
        raise BadShape(f"the frontier scan is for two players, the game has {game.players}")
    unit, scale, low = unit_ranges(game)
    chain = upper_chain(unit.points)
    edges = np.diff(chain, axis=0)
    normals = np.vstack([[0.0, 1.0], np.column_stack([-edges[:, 1], edges[:, 0]]), [1.0, 0.0]])
    normals /= normals.sum(axis=1, keepdims=True)

    def excess(w: FloatArray, x: FloatArray) -> float:
        return float(w[0] * x[0] - w[1] * x[1]) - _delta(unit, w)

    # A walk along the frontier: vertex k at the normals k and k + 1 (the ends of its cone), then an edge.
    stops = [(normals[k + end], chain[k]) for k in range(len(chain)) for end in (0, 1)]
    below, above = 0, len(stops) - 1
    at_start, at_end = excess(*stops[below]), excess(*stops[above])
    if at_start >= 0.0 or at_end <= 0.0:
        w, x = stops[below] if at_start >= 0.0 else stops[above]
        return _balance(x, w, scale, low, corner=True)
    while above - below > 1:
        middle = (above + below) // 2
        below, above = (middle, above) if excess(*stops[middle]) < 0.0 else (below, middle)
    (w_low, x_low), (w_high, x_high) = stops[below], stops[above]
    if below % 2 == 0:
        step = float(brentq(lambda t: excess(w_low + t * (w_high - w_low), x_low), 0.0, 1.0, xtol=1e-15, maxiter=1000))
        w = w_low + step * (w_high - w_low)
        return _balance(x_low, w, scale, low, corner=bool(w.min() < 1e-12))
    delta, signed = _delta(unit, w_low), w_low * (1.0, -1.0)
    share = (delta - signed @ x_low) / (signed @ (x_high - x_low))
    return _balance(x_low + np.clip(share, 0.0, 1.0) * (x_high - x_low), w_low, scale, low, corner=False)


def _delta(game: NormalFormGame, w: FloatArray) -> float:
    return float(values((w[0] * game.payoffs[0] - w[1] * game.payoffs[1])[None])[0])


def _balance(x: FloatArray, w: FloatArray, scale: FloatArray, low: FloatArray, corner: bool) -> Balance:
    weights = np.where(w < 1e-12, 0.0, w) / scale
    return Balance(x * scale + low, weights / weights.sum(), corner)


def _two_players(game: NormalFormGame) -> ThreatSolution:
    balance = frontier_balance(game)
    unit, scale, _low = unit_ranges(game)
    w = balance.weights * scale / (balance.weights @ scale)
    answer = zero_sum(w[0] * unit.payoffs[0] - w[1] * unit.payoffs[1])
    threats = (answer.row, answer.column)
    d = game.payoff(threats)
    feasible = hull(game.points)
    bargain = nash_or_stay(feasible, d)
    gains = _deviation_gains(game, feasible, threats, bargain.point)
    apart = float(np.abs((bargain.point - balance.point) / scale).max())
    residual = max(answer.gap, apart, float((gains / scale).max()), 0.0)
    note = "a player cannot gain from agreement: the weights are at the boundary" if balance.corner else ""
    return ThreatSolution("Nash, variable threats", balance.point, d, balance.weights, residual, True, note, threats, gains)


def nash_or_stay(feasible: FeasibleSet, disagreement: FloatArray) -> Solution:
    """The Nash solution, or the disagreement point itself where nobody can gain from agreement."""
    try:
        return nash(feasible, disagreement)
    except NoGainsFromTrade:
        d = vector(disagreement, feasible.n, "disagreement")
        nothing = np.full(feasible.n, np.nan)
        return Solution("Nash", d, d, nothing, 0.0, True, "no gains from trade: the disagreement point stands")


def _deviation_gains(
    game: NormalFormGame, feasible: FeasibleSet, threats: tuple[FloatArray, ...], point: FloatArray
) -> FloatArray:
    gains = np.zeros(game.players)
    for player in range(game.players):
        others = list(threats)
        for action in range(game.actions[player]):
            others[player] = game.pure(player, action)
            outcome = nash_or_stay(feasible, game.payoff(others)).point
            gains[player] = max(gains[player], outcome[player] - point[player])
    return gains


def _pure_threats(game: NormalFormGame) -> ThreatSolution:
    feasible = hull(game.points)
    scale = unit_ranges(game)[1]
    outcomes = np.empty((*game.actions, game.players))
    bargains = {}
    for profile in product(*(range(count) for count in game.actions)):
        bargains[profile] = nash_or_stay(feasible, game.payoff_at(profile))
        outcomes[profile] = bargains[profile].point
    best = np.stack([outcomes[..., i].max(axis=i, keepdims=True) - outcomes[..., i] for i in range(game.players)], -1)
    relative = (best / scale).max(axis=-1)
    profile = tuple(int(k) for k in np.unravel_index(int(relative.argmin()), game.actions))
    stable = int((relative <= 1e-9).sum())
    note = (
        f"{stable} pure threat profiles stand against pure deviations; mixed deviations are not certified"
        if stable
        else "no pure threat profile stands: this one has the smallest gain from a pure deviation"
    )
    threats = tuple(game.pure(i, k) for i, k in enumerate(profile))
    return ThreatSolution(
        **{
            **vars(bargains[profile]),
            "name": "Nash, variable threats",
            "residual": float(relative[profile]),
            "unique": None,
            "note": note,
        },
        threats=threats,
        deviation_gains=best[profile],
    )
