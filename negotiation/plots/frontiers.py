"""The incentive-efficient frontier in the space of interim payoffs, with what dictators demand and what the players agree on.

One axis for each type with its own payoff: two make a plane, three a space (as in Figures 2.1, 2.2 and 6.1 of file 003).
Thick lines and areas: incentive-efficient payoffs, faces of the polytope whose normal cones hold positive utility weights
(Proposition 1); thin lines, in the plane: the other payoffs that can be reached. The point midway between dictators' demands
lies on the frontier or, where drawing lots loses something, inside."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.incomplete import InterimFrontier
from negotiation.plots.style import BLUE, GREY, INK, ORANGE, PAPER, PURPLE, SKY, VERMILION, axes, legend_below, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Edge = tuple[int, int]
FILLS = (BLUE, GREY, SKY)
DICTATORS = ((VERMILION, "^"), (ORANGE, "v"), (PURPLE, "D"))
VIEW: dict[str, float] = {"elev": 24, "azim": 38}  # degrees: from outside of the frontier
MARGIN = 0.06  # of the range of payoffs
POSITIVE = 1e-6  # of a unit normal: what counts as a positive utility weight


def frontier(
    frontiers: Mapping[str, InterimFrontier],
    dictators: Mapping[str, ArrayLike] | None = None,
    lots: ArrayLike | None = None,
    solution: ArrayLike | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw frontiers (label -> frontier, with the same axes) and points on these axes, in utils: the ``dictators``' demands
    (label -> point), where drawing ``lots`` among them leads, and the ``solution``.

    Three dimensions need an ``ax`` with the 3d projection, or none. Raises ValueError unless there are two or three axes, the
    same for all frontiers, and payoffs can vary along all of them."""
    given = list(frontiers.values())
    if not given or any(one.labels != given[0].labels for one in given) or not 2 <= len(given[0].labels) <= 3:
        raise ValueError("frontiers: expected at least one, all with the same two or three axes")
    size = len(given[0].labels)
    if any(np.linalg.matrix_rank(one.vertices - one.vertices.mean(axis=0), tol=1e-6) < size for one in given):
        raise ValueError(f"frontiers: expected payoffs that can vary in {size} dimensions, they are flat")
    with style():
        ax = _space(ax) if size == 3 else axes(ax, 4.4, 3.6)
        for number, (label, one) in enumerate(frontiers.items()):
            (_surface if size == 3 else _curve)(ax, one, FILLS[number % len(FILLS)], label)
        marks: list[tuple[str, Any, dict[str, Any]]] = []
        for (label, point), (colour, marker) in zip((dictators or {}).items(), DICTATORS * 9, strict=False):
            marks.append((label, point, {"color": colour, "marker": marker, "markersize": 7}))
        if lots is not None:
            ring = {"color": INK, "marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgewidth": 1.3}
            marks.append(("lots drawn among the dictators", lots, ring))
        if solution is not None:
            star = {"color": INK, "marker": "*", "markersize": 9, "markeredgecolor": PAPER, "markeredgewidth": 0.5}
            marks.append(("neutral procedural solution", solution, star))
        for label, point, look in marks:
            ax.plot(*([x] for x in np.asarray(point, dtype=float)), linestyle="none", label=label, zorder=9, **look)
        shown = [one.vertices for one in given] + [np.asarray(point, dtype=float)[None] for _, point, _ in marks]
        _frame(ax, np.concatenate(shown), given[0].labels)
        legend_below(ax, 2)
    return ax


def _space(ax: Any) -> Any:
    if ax is not None:
        return ax
    from matplotlib.figure import Figure
    from mpl_toolkits.mplot3d import Axes3D  # noqa: F401  (registers the projection)

    how = {"projection": "3d", "computed_zorder": False}
    found: Any = Figure(figsize=(4.6, 4.4), layout="constrained").subplots(subplot_kw=how)
    found.view_init(**VIEW)
    found.set_box_aspect(None, zoom=0.87)  # so that the labels of the axes stay on the page
    return found


def _surface(ax: Any, one: InterimFrontier, colour: str, label: str) -> None:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    facets = [_around(one.vertices, facet, normal) for facet, normal in zip(one.facets, one.normals, strict=True)]
    good = [facet for facet, normal in zip(facets, one.normals, strict=True) if normal.min() > POSITIVE]
    if good:
        faces = [one.vertices[facet] for facet in good]
        ax.add_collection3d(Poly3DCollection(faces, facecolor=colour, alpha=0.22, edgecolor="none", zorder=2))
    edges = set().union(*(_sides(facet) for facet in good)) | _ridges(facets, one.normals)
    for number, edge in enumerate(sorted(edges)):
        ax.plot(*one.vertices[list(edge)].T, color=colour, linewidth=1.6, zorder=3, label=label if number == 0 else None)


def _curve(ax: "Axes", one: InterimFrontier, colour: str, label: str) -> None:
    middle = one.vertices - one.vertices.mean(axis=0)
    around = one.vertices[np.argsort(np.arctan2(middle[:, 1], middle[:, 0]))]
    ax.fill(*around.T, facecolor=colour, alpha=0.12, edgecolor=GREY, linewidth=0.7, zorder=1)
    good = [facet for facet, normal in zip(one.facets, one.normals, strict=True) if normal.min() > POSITIVE]
    for number, facet in enumerate(good):
        ax.plot(*one.vertices[list(facet)].T, color=colour, linewidth=2, zorder=3, label=label if number == 0 else None)


def _around(points: Floats, facet: tuple[int, ...], normal: Floats) -> list[int]:
    """The corners of a facet in space in their order around it."""
    on = np.array(facet)
    middle = points[on] - points[on].mean(axis=0)
    side = middle[0] / np.linalg.norm(middle[0])
    return [int(k) for k in on[np.argsort(np.arctan2(middle @ np.cross(normal, side), middle @ side))]]


def _sides(facet: list[int]) -> set[Edge]:
    return {(min(a, b), max(a, b)) for a, b in zip(facet, facet[1:] + facet[:1], strict=True)}


def _ridges(facets: list[list[int]], normals: Floats) -> set[Edge]:
    """The edges between two facets some combination of whose normals is positive."""
    found, share = set(), np.linspace(0, 1, 201)[:, None]
    for k, one in enumerate(facets):
        for m in range(k):
            if ((share * normals[k] + (1 - share) * normals[m]) > POSITIVE).all(axis=1).any():
                found |= _sides(one) & _sides(facets[m])
    return found


def _frame(ax: Any, points: Floats, labels: tuple[str, ...]) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    for name, a, b, text in zip("xyz", low, high, labels, strict=False):
        pad = MARGIN * float(b - a)
        getattr(ax, f"set_{name}lim")(a - pad, b + pad)
        ax.locator_params(name, nbins=6)
        getattr(ax, f"set_{name}label")(f"{text} (utils)")
    ax.grid(visible=True)
