"""Payoff space: the Pareto frontier, what theories predict, and what was played.

The mean first best is the line U_a + U_b = E[S]: with transfers every division of it is feasible on average, and nothing
beyond. Benchmarks at the same point share a label; labels stand in a column beside the axes, in the order of their points,
so that they never overlap. Protocols are mean payoffs with 95% intervals; their outcomes, where given, are the clouds."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.outcomes import Outcomes, Summary
from negotiation.plots.style import INK, PAPER, looks
from negotiation.predictions import Predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE = "#7f7f87"
CLOUD = 400  # outcomes shown for each protocol
TRIM = 1.0  # percent of the outcomes that the axes may leave out on either side
LEADING = 0.047  # the height of a line of labels, as a part of the axes
SAME = 0.006  # of the axes' width: benchmarks closer than this share a label


def payoff_space(
    predictions: Predictions,
    summaries: Mapping[str, Summary],
    outcomes: Mapping[str, Outcomes] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw benchmarks, and mean payoffs by protocol (name -> summary) with the clouds of ``outcomes`` (name -> outcomes).

    Payoffs are in time-0 utils. Raises ValueError for outcomes of a protocol that has no summary."""
    import matplotlib.pyplot as plt

    unknown = set(outcomes or {}) - set(summaries)
    if unknown:
        raise ValueError(f"outcomes: no summary for {', '.join(sorted(unknown))}")
    if ax is None:
        _, ax = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    means = {name: [s.estimate(f"payoff_{who}") for who in ("alice", "bob")] for name, s in summaries.items()}
    predicted = [(r.benchmark, np.array([r.alice, r.bob])) for r in predictions.benchmarks if np.isfinite(r.alice + r.bob)]
    points = [p for _, p in predicted] + [np.array([e.mean for e in pair]) for pair in means.values()]
    low, high = _limits(points, list((outcomes or {}).values()))
    drawn = looks(list(means))
    for number, (name, pair) in enumerate(means.items()):
        colour, marker = drawn[name].colour, drawn[name].marker
        if outcomes and name in outcomes:
            cloud = outcomes[name].payoffs[:, :: max(1, len(outcomes[name]) // CLOUD)]
            ax.scatter(cloud[0], cloud[1], s=7, color=colour, alpha=0.18, linewidths=0, zorder=1)
        x, y = pair
        bars: dict[str, Any] = {"xerr": [[x.mean - x.low], [x.high - x.mean]], "yerr": [[y.mean - y.low], [y.high - y.mean]]}
        size = max(4.5, 10 - 1.5 * number)  # so that protocols at the same point can be told apart
        look: dict[str, Any] = {
            "color": colour,
            "marker": marker,
            "markersize": size,
            "markeredgecolor": PAPER,
            "elinewidth": 1,
        }
        ax.errorbar(x.mean, y.mean, **bars, **look, linestyle="none", label=name, zorder=4)
    best = predictions["first best"].surplus
    ends = np.array([low[0], high[0]])
    ax.plot(ends, best - ends, color=LINE, linewidth=1.2, label=f"mean first best, {best:.4g} utils", zorder=2)
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    _label(ax, predicted, high - low)
    ax.set_xlabel("Alice's payoff (time-0 utils)")
    ax.set_ylabel("Bob's payoff (time-0 utils)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False, fontsize=8)
    return ax


def _limits(points: Sequence[Any], clouds: Sequence[Outcomes]) -> tuple[Any, Any]:
    """Corners (2,) of what is shown: all points, and the clouds but for their tails."""
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    for cloud in clouds:
        tails = np.percentile(cloud.payoffs, [TRIM, 100 - TRIM], axis=1)
        low, high = np.minimum(low, tails[0]), np.maximum(high, tails[1])
    margin = 0.08 * np.maximum(high - low, 0.1 * max(1.0, float(np.abs(high).max())))
    return low - margin, high + margin


def _label(ax: "Axes", predicted: Sequence[tuple[str, Any]], size: Any) -> None:
    """A mark for each benchmark, and names in a column to the right of the axes with a thin line to their mark."""
    groups: list[tuple[list[str], Any]] = []
    for name, point in predicted:
        for names, at in groups:
            if np.max(np.abs(point - at) / size) < SAME:
                names.append(name)
                break
        else:
            groups.append(([name], point))
    groups.sort(key=lambda group: (-group[1][1], group[1][0]))
    bottom = ax.get_ylim()[0]
    wanted = [float((at[1] - bottom) / size[1]) for _, at in groups]
    for (names, at), height in zip(groups, _apart(wanted, [LEADING * (len(names) + 0.6) for names, _ in groups]), strict=True):
        ax.plot(*at, marker="*", markersize=11, color=INK, markeredgecolor=PAPER, linestyle="none", zorder=5)
        ax.annotate(
            "\n".join(names),
            at,
            xytext=(1.03, height),
            textcoords="axes fraction",
            fontsize=8,
            color=INK,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": LINE, "linewidth": 0.6, "shrinkA": 2, "shrinkB": 5},
        )


def _apart(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Centres of labels of these heights, from the top down, as near to the wanted ones as one pass down and one up get."""
    centres, ceiling = [], 1.0
    for centre, height in zip(wanted, heights, strict=True):
        centres.append(min(centre, ceiling - height / 2))
        ceiling = centres[-1] - height / 2
    floor = 0.0
    for k in reversed(range(len(centres))):
        centres[k] = max(centres[k], floor + heights[k] / 2)
        floor = centres[k] + heights[k] / 2
    return centres
