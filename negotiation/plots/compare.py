"""Figures of a comparison: efficiency and losses by protocol, and payoffs in payoff space.

``frame`` has a row for each protocol (and mix of strategies) with means in time-0 utils: efficiency with its 95% interval,
loss_delay, loss_missed, loss_wrong, loss_transfer, first_best."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.outcomes import Outcomes
from negotiation.plots.landmarks import landmarks
from negotiation.plots.style import (
    DASHES,
    HEIGHT,
    LOSS_NAMES,
    LOSSES,
    PALETTE,
    WIDTH,
    axes,
    labels_of,
    legend_below,
    looks,
    sizes,
    style,
    wrapped,
)
from negotiation.problem import Problem

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FILLS: tuple[Literal["none", "full", "left", "bottom"], ...] = ("none", "full", "left", "bottom")  # of means, by mix
CLOUD = 300  # outcomes shown of each protocol


def efficiency(frame: "pd.DataFrame", ax: "Axes | None" = None) -> "Axes":
    """Efficiency by protocol with 95% intervals."""
    labels = labels_of(frame)
    with style():
        ax = axes(ax, height=_height(len(labels)))
        means = frame["efficiency"].to_numpy(dtype=float)
        low, high = (frame[f"efficiency_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
        for k, label in enumerate(labels):
            look = looks(labels)[label]
            ax.hlines(k, low[k], high[k], color=look.colour, linewidth=2.2)
            ax.plot(means[k], k, marker=look.marker, color=look.colour, markersize=6)
            ax.annotate(f"{means[k]:.3f}", (means[k], k), (0, 7), textcoords="offset points", ha="center", fontsize=7.5)
        ax.axvline(1.0, color=PALETTE[-1], linewidth=0.9, linestyle="--", zorder=0)
        ax.annotate(
            "first best", (1.0, 1.0), (-3, 1), xycoords=("data", "axes fraction"), textcoords="offset points", ha="right",
            va="bottom", fontsize=7.5, color=PALETTE[-1],
        )  # fmt: skip
        edge = min(float(np.nanmin(low, initial=1.0)), 1.0)
        pad = max(0.03, 0.12 * (1.0 - edge))
        ax.set_xlim(edge - pad, max(float(np.nanmax(high, initial=1.0)), 1.0) + pad)
        _protocols(ax, labels)
        ax.set_xlabel("efficiency (share of the mean first best)")
        ax.grid(axis="x")
    return ax


def losses(frame: "pd.DataFrame", ax: "Axes | None" = None) -> "Axes":
    """What is lost and why, by protocol, as shares of the mean first best. The transfer wedge of unequal discounting may be
    negative, a gain: it is stacked to the left of 0."""
    labels = labels_of(frame)
    with style():
        ax = axes(ax, height=_height(len(labels)) + 0.3)
        right, left = np.zeros(len(labels)), np.zeros(len(labels))
        best = frame["first_best"].to_numpy(dtype=float)
        for name, colour in LOSSES.items():
            share = frame[f"loss_{name}"].to_numpy(dtype=float) / np.where(best > 0, best, 1.0)
            if name == "transfer" and not np.abs(share).max(initial=0.0) > 1e-9:
                continue
            start = np.where(share < 0, left, right)
            ax.barh(np.arange(len(labels)), share, left=start, height=0.55, color=colour, label=LOSS_NAMES[name])
            right, left = right + np.maximum(share, 0), left + np.minimum(share, 0)
        for k, (end, total) in enumerate(zip(right, right + left, strict=True)):
            ax.annotate(f"{total:.3f}", (end, k), (3, 0), textcoords="offset points", va="center", fontsize=7.5)
        ax.axvline(0.0, color=PALETTE[-1], linewidth=0.8)
        widest = max(float(right.max(initial=0.0)), 1e-3)
        ax.set_xlim(min(1.15 * float(left.min(initial=0.0)), 0.0), 1.18 * widest)
        _protocols(ax, labels)
        ax.set_xlabel("lost (share of the mean first best)")
        ax.grid(axis="x")
        legend_below(ax, columns=2 if len(ax.containers) == 4 else 3)
    return ax


def payoffs(
    outcomes: Mapping[str, Outcomes],
    problem: Problem,
    ax: "Axes | None" = None,
    *,
    order: str = "alternating",
    recognition: float = 0.5,
) -> "Axes":
    """Payoff space: a sample of outcomes and the mean of each protocol, with the Pareto frontier, the disagreement point, the
    Nash bargaining solution and the Rubinstein point for the ``order`` of offers; at the expected surplus where the surplus is
    not known. All in time-0 utils. The frame holds the
    middle four fifths of each protocol's outcomes."""
    labels = list(outcomes)
    surplus = problem.surplus.mean
    with style():
        ax = axes(ax, width=WIDTH, height=WIDTH + 0.35)
        seen = looks(labels)
        reach = [np.zeros(2), np.full(2, surplus)]
        for label, done in outcomes.items():
            cloud = done.payoffs[:, :: -(-len(done) // CLOUD)]
            ax.scatter(cloud[0], cloud[1], s=5, color=seen[label].colour, alpha=0.25, linewidths=0, zorder=2)
            reach += [np.quantile(cloud, q, axis=1) for q in (0.1, 0.9)]
            reach.append(done.payoffs.mean(axis=1))
        rings = sizes(len(outcomes), 4.5, 2.6, 14)
        for size, (label, done) in zip(rings, outcomes.items(), strict=True):
            ax.plot(
                *done.payoffs.mean(axis=1)[:, None], marker=seen[label].marker, markersize=size,
                fillstyle=FILLS[DASHES.index(seen[label].dash)],
                color=seen[label].colour, markeredgewidth=1.5, linestyle="none", zorder=5, label=f"{label}, mean",
            )  # fmt: skip
        where = "" if problem.surplus.known else "at the expected surplus"
        shares = rubinstein_shares(problem.discount, order, recognition).expected
        landmarks(ax, surplus, (float(shares[0]) * surplus, float(shares[1]) * surplus), reach, where)
        ax.set_xlabel("Alice's payoff (time-0 utils)")
        ax.set_ylabel("Bob's payoff (time-0 utils)")
        legend_below(ax, columns=2, columnspacing=1.2)
    return ax


def _height(rows: int) -> float:
    return max(1.5, min(HEIGHT + 4, 0.85 + 0.42 * rows))


def _protocols(ax: "Axes", labels: list[str]) -> None:
    """Protocols down the vertical axis, in the order of the table."""
    ax.set_yticks(np.arange(len(labels)), [wrapped(label) for label in labels])
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_ylabel("protocol")
