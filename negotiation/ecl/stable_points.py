r"""Disagreement points from which the Nash bargaining solution is stable.

What player j gets alone if the others do what ``worst`` says,

    d_j = max {x_j : x in V({j})} = max of u_jj + sum over i != j of A_ij,

is the disagreement point that Section 6.2 suggests at its end, with (62) for A. The Nash solution from it need not be stable:
it is blocked in Example 64 (d is the Nash point) and in Example 66 (d = (5, 5, 5), solution (7, 7, 11), players 0 and 1 get
(8, 8)). What does work:

    If no proper coalition blocks d, none blocks any x >= d (who gains over x gains over d), and the grand coalition does not
    block a Pareto optimal x. So every solution that is individually rational and Pareto optimal from d is in the core.

``stable_disagreement`` goes from d towards a point of the core just as far as it takes: along the segment P blocks up to the
last point in V(P), found by a linear program. By Theorem 65 this works with (62) and with every A that is below it.

Source: Treutlein, Modeling evidential cooperation in large worlds, end of Section 6.2 (file 000); derived.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.errors import EmptySet
from negotiation.bargaining.solution import Solution
from negotiation.ecl.coalition_bargains import bargain
from negotiation.ecl.coalition_cores import CoreReport, core, examine
from negotiation.ecl.core_search import singles
from negotiation.ecl.objections import Claims
from negotiation.ecl.separable_games import TOLERANCE, FloatArray, SeparableGame
from negotiation.ecl.worst_matrices import Kind, worst_matrix
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class StablePoint:
    """``point``: (n,) utils, a disagreement point that no proper coalition blocks; ``alone``: (n,) what each gets alone.

    ``share``: how far ``point`` lies on the way from ``alone`` (0) to ``toward`` (1), a point of the core. ``solution``: the
    Nash bargaining solution from ``point``; ``report``: the gains of all coalitions at it. ``excess``: utils, the largest gain
    of a proper coalition at ``point`` itself, at most ``report.slack``.
    """

    point: FloatArray
    alone: FloatArray
    toward: FloatArray
    share: float
    solution: Solution
    report: CoreReport
    excess: float


def payoffs_alone(game: SeparableGame, kind: Kind = "A", worst: ArrayLike | None = None) -> FloatArray:
    """(n,) utils: what each player gets alone, the disagreement point suggested at the end of Section 6.2 (kind "A")."""
    claims = Claims(game, worst_matrix(game, kind, worst), np.ones(game.n))
    return np.array([row.level for row in singles(claims)])


def stable_disagreement(
    game: SeparableGame, kind: Kind = "A", worst: ArrayLike | None = None, *, toward: ArrayLike | None = None
) -> StablePoint:
    """The first point on the way from what players get alone to a point of the core that no proper coalition blocks.

    ``toward``: (n,) a point of the core, for None the one that ``core`` finds: the answer depends on it, as the core is large
    in general. Errors: InputError (``toward`` is not in the core; none is known, with the proven bounds on the least
    relaxation).
    """
    goal = core(game, toward, kind, worst)
    if goal.verdict != "in the core":
        bounds = goal.relaxation
        why = f"{goal.point} is {goal.verdict}" if bounds is None else f"the core is {goal.verdict}"
        who = f"coalition {goal.objection.coalition} gains {goal.excess:.6g} by itself"
        least = "" if bounds is None else f"; least relaxation between {bounds.lower:.6g} and {bounds.upper:.6g}"
        raise InputError(f"stable_disagreement: {why}: {who}{least}")
    alone = payoffs_alone(game, kind, worst)
    way = np.maximum(goal.point - alone, 0.0)
    share = max((_leaves(game, goal.worst, s, alone, way) for s in _proper(game.n)), default=0.0)
    point = alone + min(share, 1.0) * way
    solution = bargain(game, range(game.n), goal.worst, np.minimum(point, goal.point))
    report = examine(Claims(game, goal.worst, goal.unit), solution.point, kind)
    excess = float(examine(Claims(game, goal.worst, goal.unit), point, kind).gains[1:-1].max())
    return StablePoint(point, alone, goal.point, share, solution, report, excess)


def _proper(n: int) -> list[list[int]]:
    return [[i for i in range(n) if s >> i & 1] for s in range(1, (1 << n) - 1) if s.bit_count() > 1]


def _leaves(game: SeparableGame, worst: FloatArray, group: list[int], alone: FloatArray, way: FloatArray) -> float:
    """The largest t >= 0 with alone + t way in V(P); 0 if there is none or if nobody in P moves."""
    k = len(group)
    if not way[group].max() > TOLERANCE * game.size:
        return 0.0
    try:
        return max(0.0, game.reach(group, worst).program(np.zeros(k), 1.0, np.eye(k), -way[group], alone[group]).t)
    except EmptySet:
        return 0.0
