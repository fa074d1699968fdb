"""Figures of societies of universes: what is predicted and what comes of it, who reasons differently, who breaks away.

Each function takes a table with the columns that it names, a row for each point; nothing here simulates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.plots.style import (
    BLUE,
    DASHES,
    GREEN,
    GREY,
    INK,
    MARKERS,
    PALETTE,
    PURPLE,
    VERMILION,
    axes,
    legend_below,
    style,
    wrapped,
)  # fmt: skip

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def _row(width: float, height: float, columns: Sequence[float]) -> Any:
    """Axes beside each other, with relative widths."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.subplots(1, len(columns), squeeze=False, width_ratios=columns)[0]


def predicted_realised(frame: "pd.DataFrame") -> "list[Axes]":
    """``correlation``, ``universes``, ``predicted``, ``realised``: realised against predicted gains in the largest society,
    and the root mean square of their difference against the number of universes."""
    with style():
        left, right = _row(7.2, 3.3, (1, 1))
        most = frame["universes"].max()
        for k, (c, part) in enumerate(frame.groupby("correlation")):
            look: dict[str, Any] = {"color": PALETTE[k], "marker": MARKERS[k]}
            name = "independent types" if c == 0 else f"own type likelier by {c:g}"
            some = part[part["universes"] == most]
            left.plot(some["predicted"], some["realised"], linestyle="", label=name, alpha=0.75, **look)
            error = (part["realised"] - part["predicted"]).pow(2).groupby(part["universes"]).mean().pow(0.5)
            right.loglog(error.index, error.to_numpy(), linestyle=DASHES[k], label=name, **look)
            if c == 0:
                first = error.index[0]
                right.loglog(error.index, error.iloc[0] * np.sqrt(first / error.index), color=GREY, linestyle=":",
                             label="falls with the square root")  # fmt: skip
        low, high = frame["predicted"].min(), frame["predicted"].max()
        left.plot([low, high], [low, high], color=GREY, linestyle=":", zorder=0)
        left.set_xlabel("predicted gain (utils per universe)")
        left.set_ylabel("realised gain (utils per universe)")
        left.set_title(f"{most:,} universes")
        right.set_xlabel("universes in the multiverse")
        right.set_ylabel("error of the prediction, r.m.s. (utils)")
        for ax in (left, right):
            ax.grid(axis="y")
        legend_below(right, columns=3)
    return [left, right]


def cooperators(frame: "pd.DataFrame") -> "list[Axes]":
    """``among``, ``knows``, ``share``, ``type``, ``gain``, ``gain_theory`` (fractions): gains against the share of
    cooperators."""
    with style():
        names = list(dict.fromkeys(frame["among"]))
        row = _row(7.2, 3.4, [1] * len(names))
        for ax, among in zip(row, names, strict=True):
            part = frame[frame["among"] == among]
            for kind, colour, marker in zip(dict.fromkeys(part["type"]), (BLUE, VERMILION, GREEN), MARKERS, strict=False):
                for knows, dash, face in ((True, "-", None), (False, "--", "white")):
                    some = part[(part["type"] == kind) & (part["knows"] == knows)]
                    said = f"type {kind}, cooperators {'reckon with it' if knows else 'do not know'}"
                    ax.plot(some["share"], 100 * some["gain_theory"], color=colour, linestyle=dash, label=said)
                    ax.plot(some["share"], 100 * some["gain"], marker, color=colour, markerfacecolor=face or colour)
            ax.axhline(0, color=GREY, linewidth=0.8)
            ax.set_title(f"cooperators among {among}")
            ax.set_xlabel("share of cooperators")
            ax.grid(axis="y")
        row[0].set_ylabel("gain over own values (%)")
        legend_below(row[0], columns=2)
    return list(row)


def matrix(frame: "pd.DataFrame", value: str = "slack", said: str = "left on the table (%)", scale: float = 100.0) -> "Axes":
    """``first``, ``second`` and a ``value``: a cell for each pair, what type 1 follows down, what type 2 follows across."""
    table = frame.pivot(index="first", columns="second", values=value)
    order = list(dict.fromkeys(frame["first"]))
    cells = scale * table.loc[order, list(dict.fromkeys(frame["second"]))].to_numpy()
    cells = np.where(np.abs(cells) < 5e-7 * scale, 0.0, cells)
    with style():
        ax = axes(None, 5.6, 4.4)
        ax.imshow(np.sqrt(np.maximum(cells, 0)), cmap="Blues", vmin=0, vmax=1.25 * np.sqrt(max(cells.max(), 1e-9)))
        for i, row in enumerate(cells):
            for j, cell in enumerate(row):
                ax.text(j, i, f"{cell:.2g}" if cell < 10 else f"{cell:.0f}", ha="center", va="center", fontsize=7.5, color=INK)
        labels = [wrapped(name.replace("-", "- "), 12).replace("- ", "-") for name in order]
        ax.set_xticks(range(len(order)), labels, rotation=45, ha="right")
        ax.set_yticks(range(len(order)), labels)
        ax.set_xlabel("type 2 follows")
        ax.set_ylabel("type 1 follows")
        ax.set_title(said)
        for side in ax.spines.values():
            side.set_visible(False)
        ax.tick_params(length=0)
    return ax


def noise(frame: "pd.DataFrame") -> "list[Axes]":
    """``utility``, ``noise``, ``gain``, ``gain_error``, ``expected`` (fractions): realised and expected gains against noise of
    beliefs."""
    with style():
        names = list(dict.fromkeys(frame["utility"]))
        row = _row(2.5 * len(names), 2.9, [1] * len(names))
        for ax, name in zip(row, names, strict=True):
            part = frame[frame["utility"] == name]
            ax.plot(part["noise"], 100 * part["expected"], color=VERMILION, linestyle="--", marker="s", label="they expect")
            ax.errorbar(part["noise"], 100 * part["gain"], 196 * part["gain_error"], color=BLUE, marker="o", capsize=2,
                        label="they get")  # fmt: skip
            ax.axhline(0, color=GREY, linewidth=0.8)
            ax.set_title(name)
            ax.grid(axis="y")
            ax.set_xlabel("noise of beliefs (log)")
        row[0].set_ylabel("gain over own values (%)")
        legend_below(row[0], columns=2)
    return list(row)


def disagreements(frame: "pd.DataFrame") -> "list[Axes]":
    """``game``, ``first``, ``second``, ``gain_1``, ``gain_2``, ``gain_3`` (utils): what each type gains, for each pair of
    disagreement points."""
    with style():
        names = list(dict.fromkeys(frame["game"]))
        pairs = [frame[frame["game"] == name] for name in names]
        row = _row(7.4, 3.8, [len(part) + 1 for part in pairs])
        for ax, name, part in zip(row, names, pairs, strict=True):
            gains = part[[c for c in ("gain_1", "gain_2", "gain_3") if part[c].notna().all()]].to_numpy()
            x = np.arange(len(part))
            for t in range(gains.shape[1]):
                width = 0.8 / gains.shape[1]
                ax.bar(x + (t - (gains.shape[1] - 1) / 2) * width, gains[:, t], width, color=PALETTE[t], label=f"type {t + 1}")
            ax.set_xticks(
                x, [f"{a} / {b}" for a, b in zip(part["first"], part["second"], strict=True)], rotation=45, ha="right"
            )
            ax.axhline(0, color=INK, linewidth=0.8)
            ax.set_title(name)
            ax.grid(axis="y")
        row[0].set_ylabel("gain over own values (utils)")
        legend_below(row[-1], columns=3)
    return list(row)


def many_types(frame: "pd.DataFrame") -> "list[Axes]":
    """``types``, ``alike``, ``correlation``, ``gain``, ``gain_theory`` (utils): gains against the number of types."""
    with style():
        values = list(dict.fromkeys(frame["alike"]))
        row = _row(7.2, 3.3, [1] * len(values))
        for ax, alike in zip(row, values, strict=True):
            part = frame[frame["alike"] == alike]
            for k, (c, some) in enumerate(part.groupby("correlation")):
                ax.plot(some["types"], some["gain_theory"], color=PALETTE[k], linestyle=DASHES[k % 4])
                ax.errorbar(some["types"], some["gain"], some["gain_error"], color=PALETTE[k], marker=MARKERS[k], linestyle="",
                            capsize=2, label=f"own type likelier by {c:g}")  # fmt: skip
            ax.set_xscale("log", base=2)
            ticks = sorted(set(part["types"]))
            ax.set_xticks(ticks, [str(t) for t in ticks])
            ax.set_xlabel("types")
            ax.set_title("values unrelated" if alike == 0 else f"values with correlation {alike:g}")
            ax.axhline(0, color=GREY, linewidth=0.8)
            ax.grid(axis="y")
        row[0].set_ylabel("mean gain (standard deviations\nof what an action is worth)")
        top = max(ax.get_ylim()[1] for ax in row)
        for ax in row:
            ax.set_ylim(top=top)
        legend_below(row[0], columns=3)
    return list(row)


def breaking_away(frame: "pd.DataFrame") -> "list[Axes]":
    """``example``, ``step``, ``coalition``, ``type``, ``payoff``, ``payoff_theory`` (utils): payoffs after each step."""
    with style():
        names = list(dict.fromkeys(frame["example"]))
        row = _row(7.2, 3.3, [1] * len(names))
        for ax, name in zip(row, names, strict=True):
            part = frame[frame["example"] == name]
            for k, (kind, some) in enumerate(part.groupby("type")):
                off = 0.05 * (k - 1)
                ax.plot(some["step"], some["payoff_theory"], color=PALETTE[k], linestyle=DASHES[k], label=f"type {kind}")
                ax.plot(some["step"] + off, some["payoff"], MARKERS[k], color=PALETTE[k])
            steps = part.drop_duplicates("step")
            ticks = [f"{w}\ntogether" if w == "all" else f"{w}\nbreaks away" for w in steps["coalition"]]
            ax.set_xticks(list(steps["step"]), ticks)
            ax.set_xlim(-0.35, steps["step"].max() + 0.35)
            ax.set_title(name)
            ax.grid(axis="y")
        row[0].set_ylabel("payoff (utils)")
        legend_below(row[0], columns=3)
    return list(row)


def shares(labels: Sequence[str], payoffs: Sequence[float], own: Sequence[float], ax: "Axes | None" = None) -> "Axes":
    """What each type gets without and with the compromise, utils."""
    with style():
        ax = axes(ax)
        x = np.arange(len(labels))
        ax.bar(x - 0.2, own, 0.38, color=GREY, label="without agreement")
        ax.bar(x + 0.2, payoffs, 0.38, color=PURPLE, label="compromise")
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.set_xticks(x, [f"type {name}" if name.strip("'").isdigit() else name for name in labels])
        ax.set_ylabel("payoff (utils)")
        ax.grid(axis="y")
        legend_below(ax, columns=2)
    return ax
