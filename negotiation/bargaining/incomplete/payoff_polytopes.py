"""The incentive-efficient frontier of a coalition, in the space of interim payoffs (Figures 2.1, 2.2 and 6.1).

The interim payoffs (U_i(mu | t_i)) of incentive-compatible mechanisms are a polytope, here found whole: the support function
in a direction is a linear program; start from the axes, take the hull, ask in the normal of every facet whether there is
more, until there is not. Individual rationality (3.3) can be demanded too, and some payoffs fixed (the broker's at 0 in
Figure 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members
from negotiation.bargaining.incomplete.mechanisms import improvement, spread
from negotiation.errors import InputError

LIMIT = 6  # payoffs, that is dimensions
NEW = 1e-7  # of the range of utilities: a vertex further out than this is a new one


@dataclass(frozen=True, eq=False)
class InterimFrontier:
    """``labels``: the payoffs (player and type), the axes. ``vertices``: (V, axes) all vertices of the polytope, utils.
    ``efficient``: (V,) which are incentive efficient. ``facets``: index arrays of the vertices of each facet; ``normals``:
    (F, axes) their outward normals (utility weights where positive). ``slack``: the furthest that the polytope may still
    reach beyond the hull, utils."""

    labels: tuple[str, ...]
    vertices: Floats
    efficient: tuple[bool, ...]
    facets: tuple[tuple[int, ...], ...]
    normals: Floats
    slack: float

    @property
    def efficient_facets(self) -> list[tuple[int, ...]]:
        """The facets all of whose points are incentive efficient: those with positive normals."""
        return [f for f, n in zip(self.facets, self.normals, strict=True) if n.min() > 1e-9]


def interim_frontier(
    game: CooperativeGame,
    members: Members | None = None,
    *,
    rational: bool = True,
    fixed: Mapping[tuple[int, int], float] | None = None,
) -> InterimFrontier:
    """The polytope of incentive-compatible (and, if ``rational``, individually rational) interim payoffs of a coalition.

    ``fixed``: payoffs by (player, type) that are held at a value and are no axes. Raises InputError for more than 6 axes, or
    where nothing is feasible."""
    s = game.everybody if members is None else members
    program = CoalitionProgram(game, s)
    held = {int(program.first[s.index(i)]) + t: v for (i, t), v in (fixed or {}).items()}
    axes = [k for k in range(program.kinds) if k not in held]
    if len(axes) > LIMIT:
        raise InputError(f"frontier: expected at most {LIMIT} payoffs, got {len(axes)}; fix some")
    rows, equal = [program.honest], [program.sums]
    if rational:
        alone = np.concatenate([game.coalitions[(i,)].utility[0].max(axis=0) for i in s])
        rows.append((-program.utilities, -alone))
    if held:
        equal.append((program.utilities[list(held)], np.array(list(held.values()))))

    def furthest(direction: Floats) -> Floats:
        got = maximise(direction @ program.utilities[axes], rows, equal)
        if got.z is None:
            raise InputError(f"frontier: no mechanism of {game.label(s)} is feasible with {fixed or 'individual rationality'}")
        point: Floats = program.utilities @ got.z
        return point

    scale = float(spread(program).max())
    full, facets, normals, slack = _explore(furthest, axes, scale)
    points = full[:, axes]
    efficient = tuple(improvement(program, u - 1e-9 * scale).gain < 1e-6 * scale for u in full)
    names = [f"{game.players[s[int(program.owner[k])]]} {_type(game, program, k)}".strip() for k in axes]
    return InterimFrontier(tuple(names), points, efficient, facets, normals, slack)


def _type(game: CooperativeGame, program: CoalitionProgram, k: int) -> str:
    labels = game.types[program.members[int(program.owner[k])]]
    return labels[k - int(program.first[program.owner[k]])] if len(labels) > 1 else ""


def _explore(
    furthest: Callable[[Floats], Floats], axes: list[int], scale: float
) -> tuple[Floats, tuple[tuple[int, ...], ...], Floats, float]:
    """Vertices in all payoffs, facets, normals and what the hull may lack."""
    n = len(axes)
    found: list[Floats] = []

    def add(u: Floats) -> None:
        if not any(np.abs(u - v).max() < NEW * scale for v in found):
            found.append(u)

    for direction in (*np.eye(n), *-np.eye(n), np.ones(n)):
        add(furthest(direction))
    asked: set[tuple[float, ...]] = set()
    slack = 0.0
    while True:
        points = np.array(found)
        facets, normals, offsets = _hull(points[:, axes], scale)
        fresh, slack = [], 0.0
        for normal, offset in zip(normals, offsets, strict=True):
            key = tuple(np.round(normal, 9))
            if key in asked:
                continue
            asked.add(key)
            u = furthest(normal)
            beyond = float(normal @ u[axes] - offset)
            if beyond > NEW * scale:
                fresh.append(u)
            slack = max(slack, beyond)
        before = len(found)
        for u in fresh:
            add(u)
        if len(found) == before:
            break
    used = sorted({v for f in facets for v in f})
    new = {v: k for k, v in enumerate(used)}
    return points[used], tuple(tuple(new[v] for v in f) for f in facets), normals, max(slack, 0.0)


def _hull(points: Floats, scale: float) -> tuple[list[tuple[int, ...]], Floats, Floats]:
    """Facets (vertices), outward unit normals and offsets; where the points span less, also the two sides of their plane."""
    from scipy.spatial import ConvexHull

    centre = points.mean(axis=0)
    _, size, basis = np.linalg.svd(points - centre)
    rank = int((size > 1e-7 * scale).sum())
    inner, normal_to = basis[:rank], basis[rank:]
    flat = (points - centre) @ inner.T
    facets: dict[tuple[float, ...], tuple[tuple[int, ...], Floats, float]] = {}
    if rank == 1:
        pairs = [(np.array([1.0]), float(flat.max())), (np.array([-1.0]), float(-flat.min()))]
    elif rank > 1:
        equations = np.unique(np.round(ConvexHull(flat).equations, 9), axis=0)
        pairs = [(e[:-1], float(-e[-1])) for e in equations]
    else:
        pairs = []
    for direction, offset in pairs:
        on = tuple(np.flatnonzero(flat @ direction > offset - 1e-6 * scale))
        normal = direction @ inner
        facets[tuple(np.round(normal, 8))] = (tuple(int(v) for v in on), normal, float(offset + normal @ centre))
    everything = tuple(range(len(points)))
    for normal in (*normal_to, *-normal_to):
        facets[tuple(np.round(normal, 8))] = (everything, normal, float(normal @ centre))
    listed = list(facets.values())
    return [f for f, _, _ in listed], np.array([n for _, n, _ in listed]), np.array([o for _, _, o in listed])
