"""Weights of variance normalisation in a Bayesian bargaining game with finitely many pure actions.

If every type takes each of its vertices with the same probability, independently, the variance of type t's interim utility is
the sum over types s of reach[s, t]^2 times the variance of y_t over the vertices of A_s: no enumeration of profiles is needed.
The weights are the inverse variances. Source: file 000 (Treutlein), Section 3.3 and Example 7 (Cotton-Barratt's normalisation).
"""

from __future__ import annotations

import numpy as np

from negotiation.bargaining.errors import NoGainsFromTrade
from negotiation.bargaining.polyhedra import Hull
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame
from negotiation.errors import CannotPlay


def variance_weights(game: BayesianBargainingGame) -> FloatArray:
    """(T,) inverse variances, normalised to sum 1; 0 for a type whose utility never varies.

    Errors: CannotPlay (a set that is not the hull of vertices), NoGainsFromTrade (no utility varies).
    """
    spread = np.zeros(game.types)
    for t, actions in enumerate(game.actions):
        if not isinstance(actions, Hull):
            raise CannotPlay(
                f"variance normalisation needs vertices; the actions of type {game.labels[t]} are not given by them"
            )
        spread += game.reach[t] ** 2 * actions.points.var(axis=0)
    w = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    if not w.any():
        raise NoGainsFromTrade("no type's interim utility varies over the actions")
    return np.asarray(w / w.sum())
