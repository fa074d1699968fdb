"""Correlated equilibria of a game, and named selections among them.

A distribution p over action profiles is a correlated equilibrium if no player gains by disobeying a
recommendation:

    sum over a_-i of p(a) (u_i(a_i, a_-i) - u_i(b_i, a_-i)) >= 0   for every player i, all a_i and b_i.

These are finitely many linear inequalities, never contradictory: a polytope. Selections:

  "sum"              max over p of the sum of payoffs. Not invariant to scales.
  "egalitarian"      max over p of the least payoff. Not invariant to scales or shifts.
  "maximum entropy"  max over p of - sum p log p, unique; invariant to scales and shifts, but not to adding an
                     action that costs nothing, even if it is of no use.

Ties in the first two are broken towards equality: among the best, the least payoff is made as large as
possible, then the next (leximin), which leaves one payoff vector; ``unique`` says whether there was a tie.

Source: Aumann, Subjectivity and correlation in randomized strategies (1974); Ortiz, Schapire and Kakade,
Maximum entropy correlated equilibria (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.max_entropy import maximum_entropy

FloatArray = NDArray[np.float64]
Selection = Literal["sum", "egalitarian", "maximum entropy"]
SLACK = 1e-8
"""How far below its best level an objective may fall while ties are broken, relative to the range of
payoffs."""
PRECISE = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True)
class CorrelatedEquilibrium:
    """``distribution``: of the shape of the actions; ``point``: (players,) utils; ``gain``: the most that any
    player gains by disobeying a recommendation, times its probability, in utils (0 certifies the
    equilibrium); ``optimality``: what the selection's objective misses of its maximum at most (utils; nats
    for the entropy); ``unique``: whether the selection alone determines the payoffs."""

    distribution: FloatArray
    point: FloatArray
    selection: Selection
    gain: float
    optimality: float
    unique: bool


def incentives(game: NormalFormGame) -> FloatArray:
    """(conditions, profiles): what obeying is worth at each profile, a row for each player and pair of
    actions."""
    rows = []
    for player, count in enumerate(game.actions):
        payoffs = np.moveaxis(game.payoffs[player], player, 0)
        for told in range(count):
            for other in range(count):
                if told != other:
                    row = np.zeros_like(payoffs)
                    row[told] = payoffs[told] - payoffs[other]
                    rows.append(np.moveaxis(row, 0, player).ravel())
    return np.array(rows).reshape(len(rows), game.points.shape[0])


def correlated_equilibrium(game: NormalFormGame, selection: Selection = "sum") -> CorrelatedEquilibrium:
    """The correlated equilibrium that ``selection`` names (see the module). ``ValueError`` for another
    name."""
    if selection not in ("sum", "egalitarian", "maximum entropy"):
        raise ValueError(f'the selection is "sum", "egalitarian" or "maximum entropy", not {selection!r}')
    obey, points = incentives(game), game.points
    span = max(float(np.ptp(points)), 1e-300)
    unit_obey, unit_points = obey / span, (points - points.min()) / span  # one unit for all: comparisons stay
    unique = True
    if selection == "maximum entropy":
        scale = np.abs(obey).max(axis=1)
        p, optimality = maximum_entropy(obey[scale > 0] / scale[scale > 0, None], _support(unit_obey))
    else:
        everybody = list(range(game.players))
        goals = unit_points.sum(axis=1)[:, None] if selection == "sum" else unit_points
        none = (np.zeros((0, len(points))), np.zeros(0))
        best, level = _egalitarian(unit_obey, goals, list(range(goals.shape[1])), *none)
        upper, bound = -goals.T, np.full(goals.shape[1], SLACK - level)
        unique = _width(unit_obey, unit_points, upper, bound) <= 1e-5
        p = best if unique else _leximin(unit_obey, unit_points, everybody, upper, bound)
        optimality = max(0.0, level - float((p @ goals).min())) * span
    gain = max(0.0, float(-(obey @ p).min())) if len(obey) else 0.0
    return CorrelatedEquilibrium(p.reshape(game.actions), p @ points, selection, gain, optimality, unique)


def _solve(objective: FloatArray, upper: FloatArray, bound: FloatArray, free: int = 0) -> FloatArray:
    """Minimise over p a distribution (and ``free`` further variables) subject to upper @ (p, free) <=
    bound."""
    profiles = len(objective) - free
    answer = linprog(
        objective,
        A_ub=upper if len(upper) else None,
        b_ub=bound if len(upper) else None,
        A_eq=np.r_[np.ones(profiles), np.zeros(free)][None],
        b_eq=[1.0],
        bounds=[(0.0, None)] * profiles + [(None, None)] * free,
        method="highs",
        options=PRECISE,
    )
    if answer.status != 0:
        raise RuntimeError(f"the linear program of a correlated equilibrium failed: {answer.message}")
    return np.asarray(answer.x)


def _distribution(vector: FloatArray) -> FloatArray:
    clipped = np.clip(vector, 0.0, None)
    return np.asarray(clipped / clipped.sum())


def _egalitarian(
    obey: FloatArray, goals: FloatArray, chosen: list[int], upper: FloatArray, bound: FloatArray
) -> tuple[FloatArray, float]:
    """Maximise the least of the ``chosen`` columns of ``goals`` with upper @ p <= bound: p and that least
    expectation."""
    rows = np.vstack(
        [
            np.hstack([-obey, np.zeros((len(obey), 1))]),
            np.hstack([-goals[:, chosen].T, np.ones((len(chosen), 1))]),
            np.hstack([upper, np.zeros((len(upper), 1))]),
        ]
    )
    right = np.r_[np.zeros(len(obey) + len(chosen)), bound]
    x = _solve(np.r_[np.zeros(len(goals)), -1.0], rows, right, free=1)
    return _distribution(x[:-1]), float(x[-1])


def _leximin(obey: FloatArray, points: FloatArray, open_players: list[int], upper: FloatArray, bound: FloatArray) -> FloatArray:
    """Maximise the least payoff, hold those who cannot have more, and go on with the others."""
    p = np.zeros(len(points))
    while open_players:
        p, level = _egalitarian(obey, points, open_players, upper, bound)
        held = np.vstack([upper, -points[:, open_players].T])
        limits = np.r_[bound, np.full(len(open_players), SLACK - level)]
        stuck = [i for i in open_players if _best(obey, points[:, i], held, limits) <= level + 1e-5]
        stuck = stuck or open_players[:1]
        upper = np.vstack([upper, -points[:, stuck].T])
        bound = np.r_[bound, np.full(len(stuck), SLACK - level)]
        open_players = [i for i in open_players if i not in stuck]
    return p


def _best(obey: FloatArray, payoff: FloatArray, upper: FloatArray, bound: FloatArray) -> float:
    return float(payoff @ _solve(-payoff, np.vstack([-obey, upper]), np.r_[np.zeros(len(obey)), bound]))


def _width(obey: FloatArray, points: FloatArray, upper: FloatArray, bound: FloatArray) -> float:
    return max(_best(obey, u, upper, bound) + _best(obey, -u, upper, bound) for u in points.T)


def _support(obey: FloatArray) -> NDArray[np.bool_]:
    """Profiles that some correlated equilibrium plays: maximise sum t with t <= p, t <= 1 over the cone of
    multiples."""
    count = obey.shape[1]
    answer = linprog(
        np.r_[np.zeros(count), -np.ones(count)],
        A_ub=np.vstack([np.hstack([-obey, np.zeros_like(obey)]), np.hstack([-np.eye(count), np.eye(count)])]),
        b_ub=np.zeros(len(obey) + count),
        bounds=[(0.0, None)] * count + [(0.0, 1.0)] * count,
        method="highs",
    )
    return np.asarray(answer.x[count:] > 0.5)
