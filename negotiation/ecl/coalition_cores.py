r"""Cores of games with additively separable utilities: which compromises no coalition can improve upon.

A payoff vector x that is feasible (below a point of F) is in the core if no coalition P, the grand one included, has a point
in V(P) better for all its members. V(P) depends on what P expects of outsiders (module ``worst_matrices``):

    "alpha"  threats: the largest core          "A"  Pareto optimal strategies of any other coalitions, (62), or a given matrix
    "nash"   selfishness: the core can be empty (Example 66)

``core`` answers with numbers: the gains of all coalitions at a point, with who blocks, by which actions and the prices that
prove that nobody gains more; without a point it looks for one, and where there seems to be none, for a proof (module
``core_bounds``). With (62) there always is one: Theorem 65 (by Scarf's theorem; the game is balanced). With other matrices
need not be. Lemma 73 claims the conditions of Scarf's theorem for all A with attained entries, but (v) fails for some: two
players who can give (1, 0) or (0, 1) each, A_01 = A_10 = 1, get 2 alone and 2 in total.

Source: Treutlein, Modeling evidential cooperation in large worlds, Section 6.2, Definition 62, Theorem 65, Appendix D (file
000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.check import vector
from negotiation.ecl.core_bounds import Bounds, bound_relaxation
from negotiation.ecl.core_search import Relaxed, lifted, search
from negotiation.ecl.objections import Claims, Objection
from negotiation.ecl.separable_games import FloatArray, SeparableGame
from negotiation.ecl.worst_matrices import Kind, worst_matrix
from negotiation.errors import InputError


@dataclass(frozen=True, eq=False)
class CoreReport:
    """How far ``point`` is from the core, and how far the core is from being empty.

    ``kind``, ``worst`` (n, n): what coalitions expect of outsiders; ``unit`` (n,): utils of each player that count as one.
    ``point``: (n,) payoffs examined: those given, or the ones found.
    ``infeasible``: utils by which the point is beyond what all can reach, 0 if it is feasible.
    ``gains``: (2^n,) units, by bit mask of the coalition: the most that breaking away adds to each member's payoff (row 0:
    NaN).
    ``weights``: (2^n, n) prices that prove it: gain <= max {w.z : z in V(P)} - w.x. ``error``: the largest such difference.
    ``objection``: the coalition that gains most, with payoffs and actions; it blocks if its gain is above ``slack``.
    ``relaxation``: None if a point was given; else proven bounds on the least relaxation of the core in units, with the proof.
    """

    kind: Kind
    worst: FloatArray
    unit: FloatArray
    point: FloatArray
    infeasible: float
    gains: FloatArray
    weights: FloatArray
    error: float
    objection: Objection
    slack: float
    relaxation: Bounds | None = None

    @property
    def excess(self) -> float:
        """The largest gain of a coalition at ``point`` in units: positive if the point is blocked."""
        return self.objection.gain

    @property
    def verdict(self) -> str:
        """Of the point: "in the core", "blocked", "infeasible". Of a search that found none: "empty" or "undecided"."""
        if self.relaxation is not None and self.excess > self.slack:
            return "empty" if self.relaxation.lower > self.slack else "undecided"
        if self.infeasible > 100 * self.slack * float(self.unit.max()):
            return "infeasible"
        return "blocked" if self.excess > self.slack else "in the core"


def core(
    game: SeparableGame,
    point: ArrayLike | None = None,
    kind: Kind = "A",
    worst: ArrayLike | None = None,
    *,
    unit: ArrayLike | None = None,
    tries: int = 8,
    most_nodes: int = 500,
    generator: np.random.Generator | None = None,
) -> CoreReport:
    """Is ``point`` (n,) in the core? Without a point: a point of the core, or the proof that there is none.

    ``kind``: what outsiders are expected to do; ``worst``: a matrix for kind "A", (62) for None. ``unit``: (n,) > 0, for
    comparing gains of different players (1 util). The search starts from the Nash bargaining solution and from up to ``tries``
    random points (``generator``: default_rng(0) for None); a proof of emptiness may take ``most_nodes`` linear programs, beyond
    which ``relaxation`` is an interval. Time grows as 2^n: seconds for 8 players. Errors: InputError.
    """
    u = np.ones(game.n) if unit is None else vector(unit, game.n, "unit")
    if (u <= 0).any():
        raise InputError(f"unit: expected positive utils for each player, got {u}")
    if tries < 0 or most_nodes < 1:
        raise InputError(f"core: expected tries >= 0 and most_nodes >= 1, got {tries} and {most_nodes}")
    claims = Claims(game, worst_matrix(game, kind, worst), u)
    if point is not None:
        return examine(claims, vector(point, game.n, "point"), kind)
    found = search(claims, tries, claims.slack, generator or np.random.default_rng(0))
    bounds = bound_relaxation(claims, found, most_nodes, claims.slack)
    if bounds.upper < found.eps:  # branching came upon a better point than the search
        found = Relaxed(bounds.point, bounds.upper, found.prices, found.rows)
    return examine(claims, lifted(claims, found), kind, bounds)


def examine(claims: Claims, x: FloatArray, kind: Kind, bounds: Bounds | None = None) -> CoreReport:
    """The gains of all coalitions at ``x`` (n,), one linear program each."""
    objections = [claims.objection(s, x) for s in range(1, claims.everyone + 1)]
    return CoreReport(
        kind,
        claims.worst,
        claims.unit,
        x,
        claims.game.feasible.contains(x),
        np.array([np.nan, *(o.gain for o in objections)]),
        np.array([np.zeros(claims.game.n), *(o.weights for o in objections)]),
        max(o.bound - o.gain for o in objections),
        max(objections, key=lambda o: o.gain),
        claims.slack,
        bounds,
    )
