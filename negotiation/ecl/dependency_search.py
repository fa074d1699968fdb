"""The set of dependency equilibria of a small game, by the marginal strategies that they induce.

In an additively separable game the conditional utilities of the actions that a type plays are all equal at a dependency
equilibrium s, so they equal their mean, and the mean depends on the marginals sigma_t(a) = s(a | t) alone: v_t = EU_t(sigma) of
equation (9). For given sigma the equilibria are therefore the points of a polytope,

    x >= 0, equal @ x = 0, total @ x = 1, mass @ x = sigma, value[k] @ x = v_t sigma_t(a) where sigma_t(a) > 0,

with the actions that sigma leaves out as in ``dependency_equilibria``. So the set is described exactly by the region of sigma
for which this polytope is not empty, each equilibrium pays v = EU(sigma), and each sigma comes with a certificate. Pure
equilibria are the corners.

Source: file 000, Section 4.4, Example 35 (the exercise).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.ecl.dependency_equilibria import PLAYED, DependencyReport, certify
from negotiation.ecl.ecl_games import ECLBayesianGame, expected_utilities, mixed_profile
from negotiation.ecl.strategy_cones import Class, StrategyCone, coordinates, strategy_cone
from negotiation.ecl.type_priors import Floats
from negotiation.errors import CannotPlay, InputError

MOST_PROFILES = 4096


def pure_dependency_equilibria(
    game: ECLBayesianGame, *, strategies: Class = "alike", tolerance: float = 1e-8
) -> dict[tuple[int, ...], DependencyReport]:
    """All pure anonymous profiles whose largest gain is at most ``tolerance`` utils, with their certificates."""
    if game.actions**game.types > MOST_PROFILES:
        raise InputError(f"{game.actions}^{game.types} pure profiles, at most {MOST_PROFILES} are searched")
    cone = strategy_cone(game, strategies)
    found = {}
    for profile in itertools.product(range(game.actions), repeat=game.types):
        report = certify(cone, coordinates(game, cone, np.array(profile)))
        if report.max_gain <= tolerance:
            found[profile] = report
    return found


def with_marginals(game: ECLBayesianGame, marginals: ArrayLike, *, strategies: Class = "alike") -> DependencyReport:
    """The best joint distribution whose actions have the probabilities ``marginals`` (T, A), or (T,) for a pure profile.

    Its actions that are played differ least in conditional utility (mean absolute difference from v, weighted by probability);
    a dependency equilibrium with these marginals exists exactly if the report's largest gain is 0. InputError for malformed
    marginals; CannotPlay if no distribution of the class has them."""
    cone = strategy_cone(game, strategies)
    x, _ = indifferent(cone, mixed_profile(game, marginals), expected_utilities(game, marginals))
    if x is None:
        raise CannotPlay(f"marginals: no distribution of the class {strategies!r} has them")
    return certify(cone, x)


def indifferent(cone: StrategyCone, sigma: Floats, value: Floats) -> tuple[Floats | None, float]:
    """(x, gap): the point of the class with marginals sigma (T, A) of least gap sum of |s(a | t) (EU_t(s; a) - v_t)| in utils;
    None if empty."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, identity, vstack

    played = sigma.ravel() > PLAYED
    rows = cone.value[played] - np.repeat(value, cone.actions)[played, None] * cone.mass[played]
    n, e, k = cone.mass.shape[1], len(cone.equal), int(played.sum())
    scale = max(1.0, float(np.abs(cone.value).max()))
    left = csr_matrix(np.concatenate([cone.equal, cone.total[None], cone.mass, rows / scale]))
    slack = csr_matrix((e + 1 + len(cone.mass), k))
    eye = identity(k)
    right = hstack([slack, slack]).tocsr()
    signs = hstack([eye, -eye]).tocsr()
    answer = linprog(
        np.append(np.zeros(n), np.ones(2 * k)),
        A_eq=hstack([left, vstack([right, signs])]).tocsr(),
        b_eq=np.concatenate([np.zeros(e), [1.0], sigma.ravel(), np.zeros(k)]),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.status != 0:
        return None, np.inf
    x = np.maximum(answer.x[:n], 0.0)
    return np.asarray(np.where(x > 1e-13, x, 0.0)), float(answer.fun * scale)


@dataclass(frozen=True, eq=False)
class Region:
    """Marginals of the dependency equilibria of a game with two types and two actions in which both types mix.

    ``first`` (P,) probabilities mu_1 of type 0 playing action 0; ``intervals[j]`` the intervals of the probability mu_2 of type
    1 playing action 0 for which an equilibrium exists at first[j]. Their ends are inside, the true ends at most ``resolution``
    further out. Between the points of the scan, ``spacing`` apart, an interval or a gap can be missed."""

    first: Floats
    intervals: tuple[tuple[tuple[float, float], ...], ...]
    spacing: float
    resolution: float


def region(
    game: ECLBayesianGame,
    *,
    strategies: Class = "exchangeable",
    points: int = 9,
    scan: int = 20,
    resolution: float = 1e-4,
    tie: float = 1e-8,
) -> Region:
    """The region of (mu_1, mu_2), 0 < mu_t < 1, of a game with two types and two actions, at ``points`` equidistant values of
    mu_1.

    mu_2 is scanned at ``scan`` - 1 equidistant values and at mu_1 and 1 - mu_1; ends of intervals are bisected. A point counts
    if the conditional utilities can be made equal within ``tie`` utils (probability-weighted)."""
    if (game.types, game.actions) != (2, 2):
        raise InputError(f"region: expected 2 types with 2 actions, got {game.types} types with {game.actions} actions")
    cone = strategy_cone(game, strategies)

    def holds(one: float, two: float) -> bool:
        sigma = np.array([[one, 1 - one], [two, 1 - two]])
        return indifferent(cone, sigma, expected_utilities(game, sigma))[1] <= tie

    def edge(one: float, inside: float, outside: float) -> float:
        while abs(outside - inside) > resolution:
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if holds(one, middle) else (inside, middle)
        return inside

    first = np.arange(1, points + 1) / (points + 1)
    found = []
    for one in first:
        line = sorted({*np.arange(1, scan) / scan, one, 1 - one})
        line = [y for j, y in enumerate(line) if j == 0 or y - line[j - 1] > 1e-12]
        inside = [holds(one, y) for y in line]
        pieces, j = [], 0
        while j < len(line):
            if not inside[j]:
                j += 1
                continue
            last = j
            while last + 1 < len(line) and inside[last + 1]:
                last += 1
            low = edge(one, line[j], line[j - 1] if j else 0.0)
            high = edge(one, line[last], line[last + 1] if last + 1 < len(line) else 1.0)
            pieces.append((float(low), float(high)))
            j = last + 1
        found.append(tuple(pieces))
    return Region(first, tuple(found), 1 / scan, resolution)
