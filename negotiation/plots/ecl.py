"""Figures of evidential cooperation: how gains from trade fall with beliefs, and the feasible sets of two types."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.solution import FloatArray
from negotiation.errors import InputError
from negotiation.plots.style import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    INK,
    MARKERS,
    ORANGE,
    VERMILION,
    axes,
    legend_below,
    style,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negotiation import ecl

DIRECTIONS = 721


def gains_curves(
    curves: Sequence["ecl.GainsCurve"], ax: "Axes | None" = None, measured: Sequence["ecl.GainsCurve"] = ()
) -> "Axes":
    """Figures 2, 13 and 15: the other type's share of a type's utility (blue) and gains from trade (vermilion), in percent,
    over the belief in the other type; a dash for each curve. ``measured``: drawn as points, in the order of the curves."""
    from matplotlib.lines import Line2D

    with style():
        ax = axes(ax, height=3.4)
        for number, curve in enumerate(curves):
            dash = DASHES[number % len(DASHES)]
            ax.plot(curve.belief, 100 * curve.share, color=BLUE, linestyle=dash)
            ax.plot(curve.belief, 100 * curve.gain, color=VERMILION, linestyle=dash)
        for number, points in enumerate(measured):
            marker = MARKERS[number % len(MARKERS)]
            ax.plot(points.belief, 100 * points.share, marker, color=BLUE, markersize=3.5)
            ax.plot(points.belief, 100 * points.gain, marker, color=VERMILION, markersize=3.5, markerfacecolor="white")
        ax.set_xlabel(r"belief $p(t' \mid t)$ that another player is of the other type")
        ax.set_ylabel("percent of interim utility")
        ax.set_xlim(0, 0.5)
        ax.margins(y=0.06)
        ax.set_ylim(bottom=0)
        ax.grid(axis="y")
        handles = [
            Line2D([], [], color=BLUE, label="share due to the other type"),
            Line2D([], [], color=VERMILION, label="gains over acting alone"),
        ]
        for number, curve in enumerate(curves):
            (line,) = ax.plot([], [], color=INK, linestyle=DASHES[number % len(DASHES)], label=curve.label)
            handles.append(line)
        for number, points in enumerate(measured):
            marker = MARKERS[number % len(MARKERS)]
            handles.append(
                Line2D([], [], color=INK, linestyle="", marker=marker, markersize=3.5, label=wrapped(points.label, 27))
            )
        figure = ax.get_figure(root=True)
        assert figure is not None
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return ax


def feasible_sets(
    game: "ecl.BayesianBargainingGame", found: "ecl.Compromise | None" = None, ax: "Axes | None" = None
) -> "Axes":
    """Figures 10 to 12 and 14: for two types the individual feasible sets and their sum in interim utils, with the disagreement
    point and the compromise ``found``, and what each type contributes to it."""
    if game.types != 2:
        raise InputError(f"feasible sets are drawn for two types, the game has {game.types}")
    with style():
        ax = axes(ax, width=3.6, height=3.9)
        parts = ((game.individual(0), VERMILION), (game.individual(1), BLUE))
        _fill(ax, game.feasible, GREY, "all types together, F")
        for t, (one, colour) in enumerate(parts):
            _fill(ax, one, colour, f"type {game.labels[t]} alone")
        if found is not None:
            ax.plot(*found.disagreement, "s", color=ORANGE, label="disagreement point", zorder=5)
            ax.plot(*found.payoffs, "o", color=GREEN, label="compromise", zorder=5)
            for t, (_, colour) in enumerate(parts):
                ax.plot(*(game.reach[t] * found.actions[t]), "o", color=colour, markerfacecolor="white", zorder=5)
        ax.set_xlabel(f"interim utility of type {game.labels[0]} (utils)")
        ax.set_ylabel(f"interim utility of type {game.labels[1]} (utils)")
        ax.set_aspect("equal")
        ax.grid(True)
        legend_below(ax)
    return ax


def _outline(feasible: FeasibleSet) -> FloatArray:
    """(K, 2) points around a convex set, by its support in all directions."""
    angle = np.linspace(0.0, 2.0 * np.pi, DIRECTIONS)
    return np.array([feasible.support(w)[1] for w in np.column_stack([np.cos(angle), np.sin(angle)])])


def _fill(ax: "Axes", feasible: FeasibleSet, colour: str, label: str) -> None:
    outline = _outline(feasible)
    ax.fill(outline[:, 0], outline[:, 1], facecolor=colour, alpha=0.18, linewidth=0)
    ax.fill(outline[:, 0], outline[:, 1], facecolor="none", edgecolor=colour, linewidth=1.1, label=label)
