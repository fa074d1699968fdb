"""Figures of equilibria: offers and responses by type and stage, beliefs along the path, values over beliefs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.plots.style import BOB, DASHES, GREY, MARKERS, PALETTE, VERMILION, axes, legend_below, style
from negotiation.problem import PLAYERS
from negotiation.table import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from negotiation.equilibrium.likely_path import StagePlay

MOST_OFFERS = 14  # shown of a stage's offers: those likeliest to be made
MOST_STAGES = 4
MOST_TYPES = len(PALETTE)


def stage_play(path: Sequence["StagePlay"], types: tuple[Sequence[str], Sequence[str]], stages: int = MOST_STAGES) -> "Figure":
    """For each stage of the likeliest path without agreement: above, the probability of each offer by the proposer's type;
    below,
    the probability that it is accepted, by the responder's type."""
    import matplotlib.pyplot as plt

    shown = list(path)[:stages]
    with style():
        figure, grid = plt.subplots(
            2, len(shown), figsize=(0.6 + 2.6 * len(shown), 4.4), sharey=True, sharex="col", squeeze=False, layout="constrained"
        )
        for column, stage in enumerate(shown):
            i = stage.proposer
            rows = _likeliest(stage)
            names = [stage.offers[a] for a in rows]
            _by_type(grid[0, column], stage.offer[rows], types[i], names, f"{PLAYERS[i]}, type ", bars=True)
            _by_type(grid[1, column], stage.accept[rows], types[1 - i], names, f"{PLAYERS[1 - i]}, type ")
            grid[0, column].set_title(f"stage {stage.stage}: {PLAYERS[i]} offers")
            if column == 0:
                grid[0, 0].set_ylabel("probability of the offer")
                grid[1, 0].set_ylabel("probability of acceptance")
            grid[1, column].set_xlabel("price (utils)" if _numbers(names) else "offer")
        for ax in grid.ravel():
            ax.set_ylim(-0.03, 1.05)
            ax.grid(axis="y")
            ax.legend(loc="best", fontsize=7)
    return figure


def _likeliest(stage: "StagePlay") -> list[int]:
    """The offers to show, in their own order."""
    if len(stage.offers) <= MOST_OFFERS:
        return list(range(len(stage.offers)))
    weight = stage.offer @ stage.belief[stage.proposer]
    return sorted(np.argsort(-weight, kind="stable")[:MOST_OFFERS].tolist())


def _numbers(names: Sequence[str]) -> bool:
    try:
        [float(name) for name in names]
    except ValueError:
        return False
    return True


def _by_type(
    ax: "Axes", probability: Floats, labels: Sequence[str], names: Sequence[str], who: str, bars: bool = False
) -> None:
    numeric = _numbers(names)
    x = np.array([float(name) for name in names]) if numeric else np.arange(len(names), dtype=float)
    kinds = min(len(labels), MOST_TYPES)
    width = 0.8 * (float(np.diff(x).min()) if len(x) > 1 else 1.0) / kinds
    for t, label in list(enumerate(labels))[:kinds]:
        colour, said = PALETTE[t], f"{who}{label}"
        if bars:
            ax.bar(x + (t - (kinds - 1) / 2) * width, probability[:, t], width, color=colour, label=said)
        else:
            look = {"marker": MARKERS[t], "linestyle": DASHES[t % len(DASHES)], "alpha": 0.9}
            ax.plot(x, probability[:, t], color=colour, label=said, **look)  # type: ignore[arg-type]
    if not numeric:
        ax.set_xticks(
            list(x), [name if len(name) < 24 else name[:22] + "..." for name in names], rotation=60, ha="right", fontsize=6
        )


def beliefs(path: Sequence["StagePlay"], types: tuple[Sequence[str], Sequence[str]], ax: "Axes | None" = None) -> "Axes":
    """What an onlooker believes of each player's type before each stage of the likeliest path without agreement."""
    from matplotlib.ticker import MaxNLocator

    with style():
        ax = axes(ax)
        stages = [stage.stage for stage in path]
        for i, colour in ((0, VERMILION), (1, BOB)):
            if len(types[i]) < 2:
                continue
            for t, label in list(enumerate(types[i]))[:MOST_TYPES]:
                ax.plot(
                    stages, [stage.belief[i][t] for stage in path], color=colour, marker=MARKERS[t % len(MARKERS)],
                    linestyle=DASHES[t % len(DASHES)], label=f"{PLAYERS[i]} is of type {label}",
                )  # fmt: skip
        ax.plot(stages, [stage.reach for stage in path], color=GREY, linestyle=":", label="the stage is reached so")
        ax.set_xlabel("stage (stages)")
        ax.set_ylabel("probability")
        ax.set_ylim(-0.03, 1.05)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid(axis="y")
        legend_below(ax, columns=2)
    return ax


def values_over_beliefs(
    belief: Floats, values: dict[str, Floats], about: str, ax: "Axes | None" = None, unit: str = "utils"
) -> "Axes":
    """What the rest of the negotiation is worth to each player's type (name -> values), over the probability of a type."""
    with style():
        ax = axes(ax)
        for k, (name, value) in enumerate(values.items()):
            look: dict[str, Any] = {"color": PALETTE[k % len(PALETTE)], "linestyle": DASHES[k % len(DASHES)]}
            ax.plot(belief, value, label=name, **look)
        ax.set_xlabel(f"probability that {about}")
        ax.set_ylabel(f"value to the player ({unit})")
        ax.set_xlim(0, 1)
        ax.grid(axis="y")
        legend_below(ax, columns=2)
    return ax


def demands_by_frequency(
    demand: tuple[Floats, Floats], reserve: tuple[Floats, Floats], prior: tuple[Floats, Floats], ax: "Axes | None" = None
) -> "Axes":
    """What each player demands, and the least it accepts, by how likely types as good as its own are (the prior's quantile)."""
    with style():
        ax = axes(ax)
        for i, colour in ((0, VERMILION), (1, BOB)):
            order = np.argsort(demand[i], kind="stable")
            quantile = np.cumsum(prior[i][order]) - prior[i][order] / 2
            ax.plot(quantile, demand[i][order], color=colour, label=f"{PLAYERS[i]} demands")
            ax.plot(quantile, reserve[i][order], color=colour, linestyle=":", label=f"{PLAYERS[i]} accepts")
        ax.set_xlabel("quantile of the player's types, by demand")
        ax.set_ylabel("payoff (utils)")
        ax.set_xlim(0, 1)
        ax.grid(axis="y")
        legend_below(ax, columns=2)
    return ax
