"""A disagreement point that no coalition of types blocks (file 000, Treutlein, end of Section 6.2).

Coalitions are defined for complete information and additively separable utilities. With types for players and individual
feasible sets F_t for what each can do, a Bayesian bargaining game is such a game in interim utilities; a coalition of types
expects of the others what the worst-case Pareto matrix (62) says. Module ``stable_points`` finds the point. It may lie below
the feasible set: solutions over it are taken with free disposal, and are feasible as they are Pareto optimal.
"""

from __future__ import annotations

from negotiation.bargaining.polyhedra import Hull, Sum
from negotiation.bargaining.sets import hull
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame
from negotiation.ecl.separable_games import SeparableGame
from negotiation.ecl.stable_points import stable_disagreement
from negotiation.errors import CannotPlay


def stable_point(game: BayesianBargainingGame) -> FloatArray:
    """(T,) interim utils. Errors: CannotPlay (sets without vertices), InputError (no stable point found)."""
    return stable_disagreement(SeparableGame(_vertices(game))).point


def with_disposal(game: BayesianBargainingGame) -> Sum:
    """The feasible set with everything below it."""
    points = _vertices(game)
    return Sum((hull(points[0], comprehensive=True), *(hull(one) for one in points[1:])))


def _vertices(game: BayesianBargainingGame) -> list[FloatArray]:
    sets = [game.individual(t) for t in range(game.types)]
    for one, name in zip(sets, game.labels, strict=True):
        if not isinstance(one, Hull):
            raise CannotPlay(f"a stable disagreement point needs actions given by vertices; those of type {name} are not")
    return [one.points for one in sets if isinstance(one, Hull)]
