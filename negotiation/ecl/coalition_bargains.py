"""The Nash bargaining solution inside a coalition, also where hardly anybody can gain.

Solved with payoffs measured from the middle of the game and in units of its size: the solution does not depend on either, its
numerical precision does.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definition 9 and Section 6.2 (file 000).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import EmptySet, InfeasibleDisagreement
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.program import Outcome
from negotiation.bargaining.solution import FloatArray, Solution
from negotiation.ecl.separable_games import TOLERANCE, SeparableGame


def bargain(game: SeparableGame, coalition: Sequence[int], worst: FloatArray, disagreement: FloatArray) -> Solution:
    """Nash solution of V(P) from ``disagreement`` (members,) utils, which may lie on V(P)'s frontier, or beyond it by rounding.

    ``worst``: (n, n) what outsiders give. If all together can gain no more than rounding, the solution is a Pareto optimal
    point at least as good as ``disagreement`` (``note``). Errors: InfeasibleDisagreement.
    """
    group, outside = game.split(coalition)
    middle = np.array([v.mean(axis=0) for v in game.vertices])
    origin = (middle[group].sum(axis=0) + worst[outside].sum(axis=0))[group]
    unit = SeparableGame([(v - m) / game.size for v, m in zip(game.vertices, middle, strict=True)])
    claims = unit.reach(group, np.zeros_like(worst))
    d = (disagreement - origin) / game.size
    beyond, k = claims.contains(d), len(group)
    if beyond > 100 * TOLERANCE:
        raise InfeasibleDisagreement(f"{disagreement} is {beyond * game.size:.3g} utils beyond what coalition {group} can get")
    d, most = _room(claims, d, beyond)
    if (most.point - d).sum() <= 100 * TOLERANCE * k:
        found = Solution("Nash", most.point, d, most.weights, 0.0, True, "no gains from agreement beyond rounding")
    else:
        found = nash(claims, d)
    weights = found.weights / found.weights.sum()
    return replace(found, point=found.point * game.size + origin, disagreement=d * game.size + origin, weights=weights)


def _room(claims: FeasibleSet, d: FloatArray, beyond: float) -> tuple[FloatArray, Outcome]:
    """``d``, lowered by as little as rounding asks for, and the point with the largest sum of gains over it."""
    k = claims.n
    for slack in (0.0, TOLERANCE / 100, TOLERANCE / 10, TOLERANCE):
        low = d - slack - (beyond if slack else 0.0)
        try:
            return low, claims.program(np.ones(k), 0.0, np.eye(k), np.zeros(k), low)
        except EmptySet:
            continue
    raise InfeasibleDisagreement(f"no payoffs give everybody at least {d}, in units of the game's size from its middle")
