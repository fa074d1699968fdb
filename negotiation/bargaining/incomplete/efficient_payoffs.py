"""The incentive-efficient frontier of a coalition as a polytope, for pictures and for finding corners.

The interim payoffs that incentive-compatible and individually rational mechanisms give K types form a polytope in R^K, the
image of the mechanisms under a linear map. ``efficient_frontier`` finds it from its support function: linear programs towards
the facets of the hull of the points that are known, until none of them can be passed. A face is incentive efficient if its
normal cone contains utility weights that are all positive (file 003, Proposition 1): facets with a positive normal, edges
between two facets some positive combination of whose normals is positive. It takes two or three types with payoffs that can
vary (Figures 2.1, 2.2 and 6.1 have three)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import SLACK, CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members
from negotiation.errors import InputError

MOST_PROGRAMS = 500
SAME = 1e-7  # of the range of payoffs: points, and facets, closer than this are the same
POSITIVE = 1e-6  # of a unit normal: what counts as a positive utility weight


@dataclass(frozen=True, eq=False)
class EfficientFrontier:
    """``types``: (player, type), numbers, of each of K axes. ``points`` (V, K): corners of the polytope, utils. ``facets``: the
    incentive-efficient facets, each its corners in order around it (two in the plane); ``normals`` (F, K) theirs, adding up
    to 1; ``edges``: pairs of corners that bound or connect them. ``error``: by how much a program passed the hull at the end,
    utils."""

    game: CooperativeGame
    members: Members
    types: tuple[tuple[int, int], ...]
    points: Floats
    facets: tuple[tuple[int, ...], ...]
    normals: Floats
    edges: tuple[tuple[int, int], ...]
    error: float

    def at(self, payoffs: Sequence[Floats]) -> Floats:
        """(K,): the point of the axes that stands for payoffs of each member by type."""
        own = {i: np.asarray(u) for i, u in zip(self.members, payoffs, strict=True)}
        return np.array([own[i][t] for i, t in self.types])

    @property
    def labels(self) -> list[str]:
        """The axes in words: the player, and its type where it has several."""
        names = self.game.players
        return [names[i] + (f", {self.game.types[i][t]}" if len(self.game.types[i]) > 1 else "") for i, t in self.types]


def efficient_frontier(
    game: CooperativeGame, members: Members | None = None, *, fixed: Mapping[int, float] | None = None
) -> EfficientFrontier:
    """The frontier of a coalition (by default everybody). ``fixed``: players all of whose types get just so much (utils), which
    have no axis. Raises InputError unless two or three types are left, or where they cannot get so much."""
    members = game.everybody if members is None else members
    given = dict(fixed or {})
    program = CoalitionProgram(game, members)
    types = [(i, t) for i in members for t in range(len(game.types[i]))]
    free = np.array([i not in given for i, _ in types])
    if not 2 <= free.sum() <= 3:
        raise InputError(f"frontier of {game.label(members)}: expected two or three types to draw, got {int(free.sum())}")
    alone = np.concatenate([game.coalitions[(i,)].utility[0].max(axis=0) for i in members])
    level = np.array([given.get(i, 0.0) for i, _ in types])[~free]
    held = program.utilities[~free]
    rows = [program.honest, (-program.utilities[free], SLACK - alone[free]), (held, level + SLACK), (-held, SLACK - level)]
    axes = program.utilities[free]

    def support(direction: Floats) -> Floats:
        found = maximise(direction @ axes, rows, [program.sums])
        if found.z is None:
            raise InputError(f"frontier of {game.label(members)}: no mechanism gives {given} and each type what it has alone")
        return np.asarray(axes @ found.z)

    points, hull, error = _polytope(support, int(free.sum()), f"frontier of {game.label(members)}")
    facets, normals = _facets(points, hull)
    good = [bool((normal > POSITIVE).all()) for normal in normals]
    edges = {e for f, ok in zip(facets, good, strict=True) if ok for e in _sides(f)}
    if points.shape[1] == 3:
        edges |= _ridges(facets, normals)
    kept = normals[good] / normals[good].sum(axis=1, keepdims=True)
    chosen = tuple(f for f, ok in zip(facets, good, strict=True) if ok)
    shown = tuple(kind for kind, ok in zip(types, free.tolist(), strict=True) if ok)
    return EfficientFrontier(game, members, shown, points, chosen, kept, tuple(sorted(edges)), error)


def _polytope(support: Callable[[Floats], Floats], size: int, what: str) -> tuple[Floats, Any, float]:
    """(corners, their scipy hull, error) of the polytope with a function from directions to points that are furthest there."""
    from scipy.spatial import ConvexHull, QhullError

    points = np.array([support(np.array(d)) for d in product((-1.0, 0.0, 1.0), repeat=size) if any(d)])
    scale = float(np.ptp(points, axis=0).max())
    tried: set[bytes] = set()
    for _ in range(MOST_PROGRAMS):
        try:
            hull = ConvexHull(points)
        except (QhullError, ValueError):
            raise InputError(f"{what}: expected payoffs that can vary in {size} dimensions, it is flat") from None
        worst, new = 0.0, []
        for normal, offset in {tuple(np.round(row[:-1], 9)): (row[:-1], row[-1]) for row in hull.equations}.values():
            key = np.round(normal, 7).tobytes()
            if key in tried:
                continue
            tried.add(key)
            point = support(normal)
            beyond = float(normal @ point + offset)
            worst = max(worst, beyond)
            if beyond > SAME * scale:
                new.append(point)
        if not new:
            corners = _distinct(points[np.sort(hull.vertices)], scale)
            return corners, ConvexHull(corners), worst
        points = np.concatenate([points, new])
    raise InputError(f"{what}: more than {MOST_PROGRAMS} rounds of facets")


def _distinct(points: Floats, scale: float) -> Floats:
    """The points, those that are the same up to rounding only once."""
    kept: list[Floats] = []
    for point in points:
        if not any(np.abs(point - other).max() < 1e-6 * scale for other in kept):
            kept.append(point)
    return np.array(kept)


def _facets(points: Floats, hull: Any) -> tuple[list[tuple[int, ...]], Floats]:
    """The facets of a hull, coplanar simplices merged: corners in order, and outer unit normals."""
    equations = np.asarray(hull.equations)
    groups: list[Floats] = []
    for row in equations:
        if not any(np.abs(row - other).max() < 1e-5 * (1 + np.abs(row[-1])) for other in groups):
            groups.append(row)
    scale, facets = float(np.ptp(points, axis=0).max()), []
    for row in groups:
        on = np.flatnonzero(np.abs(points @ row[:-1] + row[-1]) < 1e-5 * scale)
        if points.shape[1] == 3:
            middle = points[on] - points[on].mean(axis=0)
            side = middle[0] / np.linalg.norm(middle[0])
            angle = np.arctan2(middle @ np.cross(row[:-1], side), middle @ side)
            on = on[np.argsort(angle)]
        facets.append(tuple(int(k) for k in on))
    return facets, np.array([row[:-1] for row in groups])


def _sides(facet: tuple[int, ...]) -> set[tuple[int, int]]:
    return {(min(a, b), max(a, b)) for a, b in zip(facet, facet[1:] + facet[:1], strict=True)}


def _ridges(facets: list[tuple[int, ...]], normals: Floats) -> set[tuple[int, int]]:
    """Edges between two facets some combination of whose normals is positive."""
    found = set()
    for k, one in enumerate(facets):
        for m in range(k):
            for edge in _sides(one) & _sides(facets[m]):
                share = np.linspace(0, 1, 201)[:, None]
                if ((share * normals[k] + (1 - share) * normals[m]) > POSITIVE).all(axis=1).any():
                    found.add(edge)
    return found
