r"""Axioms of bargaining solutions, as functions that return the violation in utils.

For a rule mu, a set F, x = mu(F, d):

    Pareto (strong)          y in F, y >= x imply y = x: the most that can be gained, max {sum (y - x)_i}
    Pareto (weak)            no y in F with y > x: the most that everybody can gain at once
    individual rationality   x >= d
    symmetry (anonymity)     mu(pi F, pi d) = pi x for permutations pi of the players
    affine covariance        mu(phi F, phi d) = phi(x) for phi(y)_i = a_i y_i + b_i, a > 0
    IIA                      d, x in G, G a subset of F imply mu(G, d) = x
    individual monotonicity  F a subset of G, ideal points U(F), U(G) equal but for player i, imply
                             mu_i(G, d) >= x_i
    multilateral stability   mu({y_P : y in F, y_j = x_j for j outside P}, d_P) = x_P for every group P

What is known on comprehensive sets: Nash satisfies all but individual monotonicity; Kalai-Smorodinsky all but
IIA and stability, and with three players strong Pareto; egalitarian all but affine covariance, strong Pareto,
and stability where strong Pareto fails (then a group can improve on it with the others' payoffs held fixed).

Source: Treutlein, Modeling evidential cooperation in large worlds, Axioms 8, 11, 13, 14; Nash 1950; Kalai and
Smorodinsky 1975; Lensberg 1988.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.base import TOLERANCE, FeasibleSet
from negotiation.bargaining.errors import BargainingError
from negotiation.bargaining.polyhedra import Hull, slice_at
from negotiation.bargaining.solution import FloatArray, Solution
from negotiation.bargaining.solutions import (
    egalitarian,
    kalai_smorodinsky,
    nash,
    relative_utilitarian,
    utilitarian,
    variance_normalised,
)
from negotiation.bargaining.transforms import Map

Rule = Callable[[FeasibleSet, FloatArray], Solution]

RULES: Mapping[str, Rule] = {
    "Nash": nash,
    "Kalai-Smorodinsky": lambda feasible, d: kalai_smorodinsky(feasible, d, "rational"),
    "egalitarian": egalitarian,
    "utilitarian": utilitarian,
    "relative utilitarian": lambda feasible, d: relative_utilitarian(feasible, d, "rational"),
    "variance-normalised": variance_normalised,
}


def pareto(feasible: FeasibleSet, x: ArrayLike, *, weak: bool = False) -> float:
    """Most that can be gained from ``x`` (n,) without a loss for anybody: summed, or (``weak``) by everybody
    at once.

    On a smooth frontier where the supporting weight of a player is 0, an error e in ``x`` shows as a gain of
    order sqrt(e).
    """
    x = check.vector(x, feasible.n, "x")
    n, eye = feasible.n, np.eye(feasible.n)
    if weak:
        return max(0.0, feasible.program(np.zeros(n), 1.0, eye, -np.ones(n), x).value)
    out = feasible.program(np.ones(n), 0.0, eye, np.zeros(n), x - 1e-12 * feasible.span)
    return max(0.0, float((out.point - x).sum()))


def individual_rationality(x: ArrayLike, d: ArrayLike) -> float:
    """Largest loss of a player against the disagreement point."""
    return max(0.0, float(np.max(np.asarray(d) - np.asarray(x))))


def symmetry(rule: Rule, feasible: FeasibleSet, d: FloatArray, order: ArrayLike) -> float:
    """Change of a player's payoff when the players are renamed by the permutation ``order`` (n,)."""
    phi = Map.of(feasible.n, order=order)
    return _apart(rule(phi.apply(feasible), phi.point(d)).point, phi.point(rule(feasible, d).point))


def affine_covariance(rule: Rule, feasible: FeasibleSet, d: FloatArray, scale: ArrayLike, shift: ArrayLike) -> float:
    """Change of a player's payoff, in the original utils, when utilities are measured as scale u + shift."""
    phi = Map.of(feasible.n, scale, shift)
    changed = rule(phi.apply(feasible), phi.point(d)).point
    return _apart((changed - phi.shift) / phi.scale, rule(feasible, d).point)


def independence(rule: Rule, feasible: FeasibleSet, smaller: FeasibleSet, d: FloatArray) -> float:
    """IIA: how far the solution of ``smaller`` is from that of ``feasible``, which has to be in it
    (BargainingError).

    That ``smaller`` is a subset of ``feasible`` is the caller's promise.
    """
    x = rule(feasible, d).point
    if smaller.contains(x) > 10 * TOLERANCE * smaller.span.max():
        raise BargainingError(f"IIA speaks of smaller sets that still have the solution {x}")
    return _apart(rule(smaller, d).point, x)


def individual_monotonicity(rule: Rule, feasible: FeasibleSet, larger: FeasibleSet, d: FloatArray, player: int) -> float:
    """What ``player`` loses when the set grows to ``larger`` and nobody else's ideal payoff does
    (BargainingError).
    """
    growth = np.delete(larger.ideal(d) - feasible.ideal(d), player)
    if (np.abs(growth) > 1e-7 * np.delete(larger.span, player)).any():
        raise BargainingError(f"another player's ideal payoff changes by {growth}")
    return max(0.0, float(rule(feasible, d).point[player] - rule(larger, d).point[player]))


def multilateral_stability(rule: Rule, feasible: FeasibleSet, d: FloatArray, group: Sequence[int]) -> float:
    """Change of a payoff when ``group`` renegotiates with the others' payoffs held fixed (polyhedral sets).

    ``feasible`` has to be polyhedral (TypeError). NoGainsFromTrade if the rule raises it on what is left to
    the group.
    """
    x = rule(feasible, d).point
    members = sorted(group)
    return _apart(rule(slice_at(feasible, x, members), d[members]).point, x[members])


def axiom_table(
    generator: np.random.Generator | None = None, instances: int = 10, rules: Mapping[str, Rule] | None = None
) -> pd.DataFrame:
    """Largest violation of each axiom by each solution on random problems, utils; 1e-6 and less is rounding.

    The problems are comprehensive hulls of 3 to 8 points near the unit sphere in [0, 1]^n, 2 and 3 players in
    turn, d = 0.9 of the mean point (monotonicity: d = 0, where both ideal points are the same). ``instances``
    of them from ``generator`` (seed 0 if None). A large entry proves that the axiom fails; a small one proves
    nothing. Instances where a solution is not defined on a set that the axiom speaks of are left out; NaN if
    all are (the variance-normalised one needs outcomes, which a slice does not have). ``rules``: name ->
    function of (set, d).
    """
    rng = generator or np.random.default_rng(0)
    rules = RULES if rules is None else rules
    rows: dict[str, dict[str, float]] = {name: {} for name in rules}
    for number in range(instances):
        n = 2 + number % 2
        points = rng.random((int(rng.integers(3, 9)), n))
        points *= rng.uniform(0.8, 1.0, (len(points), 1)) / np.linalg.norm(points, axis=1, keepdims=True)
        order, scale, shift = rng.permutation(n), np.exp(rng.normal(size=n)), rng.normal(size=n)
        player, extra = int(rng.integers(n)), rng.random(n)
        level = rng.random(n)
        for name, rule in rules.items():
            for axiom, violation in _violations(rule, points, order, scale, shift, player, extra, level).items():
                rows[name][axiom] = float(np.fmax(rows[name].get(axiom, np.nan), violation))
    return pd.DataFrame.from_dict(rows, orient="index")


def _violations(
    rule: Rule,
    points: FloatArray,
    order: np.ndarray,
    scale: FloatArray,
    shift: FloatArray,
    player: int,
    extra: FloatArray,
    level: FloatArray,
) -> dict[str, float]:
    n = points.shape[1]
    d, low = 0.9 * points.mean(axis=0), np.zeros(n)
    feasible = Hull(points, True)
    x = rule(feasible, d).point
    roof = points.max(axis=0)  # the smaller set: payoffs of ``player`` cut off at a level above her x
    roof[player] = x[player] + level[player] * max(0.0, roof[player] - x[player])
    smaller = Hull(np.vstack([np.minimum(points, roof), x, d]), True)
    grown = (0.5 + 0.5 * extra) * points.max(axis=0)  # does not raise the ideal payoff of anybody ...
    grown[player] *= 1.1  # ... but, perhaps, of this player
    larger = Hull(np.vstack([points, grown]), True)
    groups = [[j, i] for i in range(n) for j in range(i)] if n > 2 else []
    return {
        "Pareto": pareto(feasible, x),
        "weak Pareto": pareto(feasible, x, weak=True),
        "individual rationality": individual_rationality(x, d),
        "symmetry": symmetry(rule, feasible, d, order),
        "affine covariance": affine_covariance(rule, feasible, d, scale, shift),
        "IIA": _defined(lambda: independence(rule, feasible, smaller, d)),
        "individual monotonicity": individual_monotonicity(rule, feasible, larger, low, player),
        "multilateral stability": np.fmax.reduce(
            [_defined(partial(multilateral_stability, rule, feasible, d, g)) for g in groups], initial=np.nan
        ),
    }


def _defined(violation: Callable[[], float]) -> float:
    """The violation, NaN where the rule is not defined on a set that the axiom speaks of."""
    try:
        return violation()
    except BargainingError:
        return float("nan")


def _apart(x: FloatArray, y: FloatArray) -> float:
    return float(np.abs(x - y).max())
