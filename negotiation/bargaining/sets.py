r"""Feasible sets of payoffs under complete information.

A feasible set F in R^n (one axis a player, utils) is closed, convex, and bounded above (module ``base``).
With *transferable utility* F = {x : sum x <= max over the underlying points of their sum}.

- ``hull(points)``: convex hull; with points u(a), a over action profiles, these are the payoffs of *joint*
  randomisation. (Independent mixing gives a set that is in general not convex.)
- ``polytope(A, b)``: {x : A x <= b}.
- ``minkowski(sets)``: {x_1 + ... + x_m : x_j in F_j}, the feasible set of additively separable utilities.
- ``smooth(support=...)``, ``smooth(inequality=..., gradient=...)``: sets given by functions.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definitions 2 and 3 and Section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import BadShape, EmptySet
from negotiation.bargaining.polyhedra import Hull, Polytope, Sum, Transfers
from negotiation.bargaining.smooth_sets import Level, Oracle
from negotiation.bargaining.solution import FloatArray

__all__ = [
    "FeasibleSet",
    "Hull",
    "Level",
    "Oracle",
    "Polytope",
    "Sum",
    "Transfers",
    "hull",
    "minkowski",
    "polytope",
    "smooth",
]


def hull(points: ArrayLike, transfers: bool = False, *, comprehensive: bool = False) -> FeasibleSet:
    """Convex hull of ``points`` (K, n), payoffs in utils; everything below it too if ``comprehensive``.

    ``transfers``: transferable utility, {x : sum x <= largest sum of a point}. Errors: EmptySet (no points),
    NotANumber, BadShape.
    """
    points = check.finite(points, "points")
    if points.size == 0:
        raise EmptySet("hull of no points")
    if points.ndim != 2:
        raise BadShape(f"points: expected shape (K, n), one row for each outcome, got {points.shape}")
    if transfers:
        return Transfers(float(points.sum(axis=1).max()), points.shape[1])
    return Hull(points, comprehensive)


def polytope(A: ArrayLike, b: ArrayLike, transfers: bool = False) -> FeasibleSet:
    """{x : A x <= b} with ``A`` (m, n) and ``b`` (m,) in utils; comprehensive exactly if A >= 0.

    Payoffs may be unbounded below but not above. ``transfers``: {x : sum x <= largest sum in it}. Errors:
    EmptySet, UnboundedSet (a direction y >= 0, y != 0 with A y <= 0; or, with transfers, an unbounded sum),
    NotANumber, BadShape.
    """
    A, b = check.finite(A, "A"), check.finite(b, "b")
    if A.ndim != 2 or A.size == 0 or b.shape != (A.shape[0],):
        raise BadShape(f"polytope: expected A (m, n) and b (m,), got {A.shape} and {b.shape}")
    out = Polytope(A, b)
    return Transfers(out.support(np.ones(out.n))[0], out.n) if transfers else out


def minkowski(sets: Sequence[FeasibleSet]) -> FeasibleSet:
    """{x_1 + ... + x_m : x_j in F_j}: utilities u_i(a) = sum_j u_ij(a_j), F_j what player j can give to all.

    Comprehensive if one of the sets is; with transferable utility in one there is transferable utility in the
    sum. Errors: EmptySet (no sets), BadShape (different numbers of players). Source: Definition 3 of
    Treutlein, Modeling evidential cooperation in large worlds.
    """
    if not sets:
        raise EmptySet("Minkowski sum of no sets")
    if len({s.n for s in sets}) > 1:
        raise BadShape(f"Minkowski sum of sets with {sorted({s.n for s in sets})} players")
    if any(s.transfers for s in sets):
        return Transfers(sum(s.support(np.ones(s.n))[0] for s in sets), sets[0].n)
    return Sum(tuple(sets))


def smooth(
    *,
    support: Callable[[FloatArray], ArrayLike] | None = None,
    n: int | None = None,
    inequality: Callable[[FloatArray], ArrayLike] | None = None,
    gradient: Callable[[FloatArray], ArrayLike] | None = None,
    interior: ArrayLike | None = None,
    comprehensive: bool = False,
) -> FeasibleSet:
    """A convex set given by functions; pass ``support`` and ``n``, or ``inequality``, ``gradient`` and
    ``interior``.

    ``support``: w (n,) -> the point (n,) of the set that maximises w.y; called with w >= 0, w != 0, and with
    every w != 0 by ``contains`` unless ``comprehensive``. ``inequality``: y (n,) -> g(y), a number or (m,) of
    them, each convex and differentiable, F = {y : g(y) <= 0}; ``gradient``: y -> (n,) or (m, n);
    ``interior``: a point with g < 0. ``comprehensive``: the set with everything below it. Errors: BadShape,
    EmptySet (g >= 0 at the interior point), UnboundedSet, NotANumber.
    """
    if support is not None and n is not None and inequality is None:
        return Oracle(support, n, comprehensive)
    if inequality is not None and gradient is not None and interior is not None and support is None:
        return Level(inequality, gradient, check.finite(interior, "interior"), comprehensive)
    raise BadShape("smooth: give support and n, or inequality, gradient and interior")
