"""The incentive-efficient frontier in the space of interim payoffs, with what dictators demand and what the players agree on.

One axis for each type with its own payoff: two make a plane, three a space (as in Figures 2.1, 2.2 and 6.1 of file 003). Filled
and thick: incentive-efficient payoffs that are individually rational; thin in the plane: the other payoffs that the members can
reach. The point midway between dictators lies on the frontier or, where drawing lots loses something, inside."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.bargaining.incomplete.cooperative import Floats
from negotiation.bargaining.incomplete.efficient_payoffs import EfficientFrontier
from negotiation.plots.style import BLUE, GREY, INK, ORANGE, PAPER, PURPLE, SKY, VERMILION, axes, legend_below, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILLS = (BLUE, GREY, SKY)
DICTATORS = ((VERMILION, "^"), (ORANGE, "v"), (PURPLE, "D"))
VIEW: dict[str, float] = {"elev": 24, "azim": 38}  # degrees: from outside of the frontier
MARGIN = 0.06  # of the range of payoffs


def interim_frontier(
    frontiers: Mapping[str, EfficientFrontier],
    dictators: Mapping[str, Sequence[Floats]] | None = None,
    lots: Sequence[Floats] | None = None,
    solution: Sequence[Floats] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw frontiers (label -> frontier, all with the same axes) and, in the payoffs (utils, by member and type) of the
    members of the first: the ``dictators``' demands (label -> payoffs), the point of drawing ``lots`` among them, the
    ``solution``.

    Three dimensions need an ``ax`` with the 3d projection, or none. Raises ValueError for frontiers with different axes."""
    given = list(frontiers.values())
    if not given or any(one.types != given[0].types for one in given):
        raise ValueError("frontiers: expected at least one, all with the same axes")
    size, place = len(given[0].types), given[0].at
    with style():
        ax = _space(ax) if size == 3 else axes(ax, 4.4, 3.6)
        for number, (label, one) in enumerate(frontiers.items()):
            (_surface if size == 3 else _curve)(ax, one, FILLS[number % len(FILLS)], label)
        marks: list[tuple[str, Any, dict[str, Any]]] = []
        for (label, payoffs), (colour, marker) in zip((dictators or {}).items(), DICTATORS * 9, strict=False):
            marks.append((label, place(payoffs), {"color": colour, "marker": marker, "markersize": 7}))
        if lots is not None:
            ring = {"color": INK, "marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgewidth": 1.3}
            marks.append(("lots drawn among the dictators", place(lots), ring))
        if solution is not None:
            star = {"color": INK, "marker": "*", "markersize": 9, "markeredgecolor": PAPER, "markeredgewidth": 0.5}
            marks.append(("neutral procedural solution", place(solution), star))
        for label, point, look in marks:
            ax.plot(*([x] for x in point), linestyle="none", label=label, zorder=9, **look)
        _frame(ax, np.concatenate([one.points for one in given] + [point[None] for _, point, _ in marks]), given[0].labels)
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


def _surface(ax: Any, one: EfficientFrontier, colour: str, label: str) -> None:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    faces = [one.points[list(face)] for face in one.facets]
    if faces:
        ax.add_collection3d(Poly3DCollection(faces, facecolor=colour, alpha=0.22, edgecolor="none", zorder=2))
    for number, (a, b) in enumerate(one.edges):
        ax.plot(*one.points[[a, b]].T, color=colour, linewidth=1.6, zorder=3, label=label if number == 0 else None)


def _curve(ax: "Axes", one: EfficientFrontier, colour: str, label: str) -> None:
    middle = one.points - one.points.mean(axis=0)
    around = one.points[np.argsort(np.arctan2(middle[:, 1], middle[:, 0]))]
    ax.fill(*around.T, facecolor=colour, alpha=0.12, edgecolor=GREY, linewidth=0.7, zorder=1)
    for number, (a, b) in enumerate(one.edges):
        ax.plot(*one.points[[a, b]].T, color=colour, linewidth=2, zorder=3, label=label if number == 0 else None)


def _frame(ax: Any, points: Floats, labels: Sequence[str]) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    for name, a, b, text in zip("xyz", low, high, labels, strict=False):
        pad = MARGIN * float(b - a)
        getattr(ax, f"set_{name}lim")(a - pad, b + pad)
        ax.locator_params(name, nbins=6)
        getattr(ax, f"set_{name}label")(f"{text} (utils)")
    ax.grid(visible=True)
