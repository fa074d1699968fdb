"""Figures of theorems at work: how inefficiency and gains from deviating fall with the number of items (Theorem 3)."""

from typing import TYPE_CHECKING

import numpy as np

from negotiation.plots.style import BLUE, GREY, VERMILION, axes, legend_below, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def inefficiency(table: "pd.DataFrame", exponent: float, constant: float, ax: "Axes | None" = None) -> "Axes":
    """1 - efficiency and the gain from deviating against the number of items, on logarithmic scales, with the fitted power of n
    and n^(-1/2). ``table`` has the columns items, efficiency and gain (a share of the surplus)."""
    with style():
        ax = axes(ax)
        items = table["items"].to_numpy(dtype=float)
        ax.loglog(items, 1 - table["efficiency"], color=BLUE, marker="o", label="inefficiency")
        ax.loglog(items, table["gain"], color=VERMILION, marker="s", linestyle="--", label="gain from deviating, at most")
        ax.loglog(items, constant * items**exponent, color=BLUE, linestyle=":", label=f"fitted: n^{exponent:.2f}")
        ax.loglog(items, items**-0.5 * (1 - table["efficiency"].iloc[-1]) * np.sqrt(items[-1]), color=GREY, label="n^(-1/2)")
        ax.set_xlabel("number of items n")
        ax.set_ylabel("share of the expected surplus")
        ax.grid(axis="y")
        legend_below(ax, columns=2)
    return ax
