"""What every picture of payoff space shows: with transferable utility and no payoff without agreement, the Pareto frontier is
the line a + b = S, the disagreement point the origin, the Nash bargaining solution the equal split (S / 2, S / 2)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from negotiation.plots.style import GREY, INK
from negotiation.table import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def landmarks(
    ax: "Axes", surplus: float, rubinstein: tuple[float, float], reach: Sequence[Floats], where: str = ""
) -> None:  # fmt: skip
    """Draw the landmarks for a surplus in utils (``where`` says which, if not obvious), on equal scales that hold the points
    ``reach``."""
    corner = np.array([[0.0, surplus], [surplus, 0.0]])
    ax.plot(*corner, color=GREY, linewidth=1.1, zorder=1, label=f"Pareto frontier {where}".strip())
    points: list[tuple[str, float, float, str, float]] = [
        ("disagreement point", 0.0, 0.0, "x", 5.5),
        ("its equal split (NBS)" if where else "NBS (equal split)", surplus / 2, surplus / 2, "+", 9),
        ("its Rubinstein point" if where else "Rubinstein point", *rubinstein, "*", 8),
    ]
    for label, x, y, marker, size in points:
        ax.plot(
            [x], [y], marker=marker, markersize=size, color=INK, markeredgewidth=1.2 if marker != "*" else 0.4,
            linestyle="none", zorder=6 if marker != "*" else 4, label=label,
        )  # fmt: skip
    spread = np.stack(reach)
    low, high = spread.min(axis=0), spread.max(axis=0)
    pad = 0.06 * float(max(high - low))
    ax.set_xlim(low[0] - pad, high[0] + pad)
    ax.set_ylim(low[1] - pad, high[1] + pad)
    ax.set_aspect("equal", adjustable="box")
    ax.grid()
