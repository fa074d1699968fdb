r"""The threat point of a Bayesian bargaining game of two types (Definition 57, Nash 1953).

Without agreement type t takes a threat beta_t in A_t, and d = EU(beta); the outcome is the Nash solution x of (F, d) with
weights nu. Let w support x, so w_1 (x_1 - d_1) / nu_1 = w_2 (x_2 - d_2) / nu_2, and put v_t = w_t / nu_t. Type 1 wants
v_1 d_1 - v_2 d_2 large, type 2 wants it small. As utilities are additively separable, the best threat of one does not depend
on the other's:

    beta_1 maximises v_1 y_1 - v_2 y_2 over F_1,     beta_2 minimises it over F_2,     delta(w) = v_1 d_1 - v_2 d_2 then.

x is where v_1 x_1 - v_2 x_2 = delta(w) on the Pareto frontier. From w = (0, 1) to (1, 0) the excess of the left side changes
sign once, continuously but for jumps along the edges of the frontier; bisection finds w, and d = EU(beta).

Source: file 000 (Treutlein), Definition 57; Nash, Two-person cooperative games (1953).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.errors import NoGainsFromTrade
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.polyhedra import Hull
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame
from negotiation.errors import CannotPlay

EDGE = 1e-12
DIRECTIONS = 8


@dataclass(frozen=True)
class ThreatPoint:
    """``payoffs`` (2,): d in interim utils; ``actions`` (2, 2): the threats; ``outcome`` (2,): the Nash solution x from d.

    ``residual``: abs(v.(x - d)), v = (w_1 / nu_1, -w_2 / nu_2), relative to the ranges of payoffs valued at v: 0 certifies
    that no threat, pure or mixed, improves on ``actions``, since both are best in the threat game. ``note``: where a type
    cannot gain.
    """

    payoffs: FloatArray
    actions: FloatArray
    outcome: FloatArray
    residual: float
    note: str = ""


def threat_point(game: BayesianBargainingGame, weights: FloatArray) -> ThreatPoint:
    """The threat point of a game of two types with bargaining ``weights`` (2,). Errors: CannotPlay for other numbers of
    types."""
    if game.types != 2:
        raise CannotPlay(f"the threat point is for games of two types, this one has {game.types}")
    low, high = EDGE, 1.0 - EDGE
    excess = [_excess(game, weights, share) for share in (low, high)]
    corner = excess[0] >= 0.0 or excess[1] <= 0.0
    if corner:
        low = high = low if excess[0] >= 0.0 else high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _excess(game, weights, middle) < 0.0 else (low, middle)
    note = "a type cannot gain from agreement over the threat point" if corner else ""
    return min((_at(game, weights, share, note) for share in (low, high)), key=lambda found: found.residual)


def deviation_gains(game: BayesianBargainingGame, weights: FloatArray, found: ThreatPoint) -> FloatArray:
    """(2,) utils: the most that another threat of one type adds to its outcome (Definition 57), over the vertices of its set,
    or over the best actions in a circle of directions for a set without vertices. At most 0, up to rounding."""
    angles = 2.0 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    gains = np.full(2, -np.inf)
    for t, actions in enumerate(game.actions):
        around = np.column_stack([np.cos(angles), np.sin(angles)])
        tried = actions.points if isinstance(actions, Hull) else np.array([actions.support(w)[1] for w in around])
        for action in tried:
            profile = found.actions.copy()
            profile[t] = action
            gains[t] = max(gains[t], _outcome(game, weights, game.interim(profile))[t] - found.outcome[t])
    return gains


def _values(game: BayesianBargainingGame, weights: FloatArray, share: float) -> tuple[FloatArray, FloatArray]:
    """Common weights w and v = (w_1 / nu_1, -w_2 / nu_2) at a share of the way from (0, 1) to (1, 0)."""
    w = np.array([share, 1.0 - share]) / game.feasible.span
    return w, w / weights * (1.0, -1.0)


def _threats(game: BayesianBargainingGame, v: FloatArray) -> FloatArray:
    """(2, 2): type 1 maximises v.y, type 2 minimises it."""
    return np.array([game.best_actions(v)[0], game.best_actions(-v)[1]])


def _excess(game: BayesianBargainingGame, weights: FloatArray, share: float) -> float:
    w, v = _values(game, weights, share)
    return float(v @ (game.feasible.support(w)[1] - game.interim(_threats(game, v))))


def _at(game: BayesianBargainingGame, weights: FloatArray, share: float, note: str) -> ThreatPoint:
    v = _values(game, weights, share)[1]
    threats = _threats(game, v)
    d = game.interim(threats)
    x = _outcome(game, weights, d)
    residual = abs(float(v @ (x - d))) / float(np.abs(v) @ game.feasible.span)
    return ThreatPoint(d, threats, x, 0.0 if note else residual, note)


def _outcome(game: BayesianBargainingGame, weights: FloatArray, d: FloatArray) -> FloatArray:
    try:
        return nash(game.feasible, d, weights).point
    except NoGainsFromTrade:
        return d
