"""How figures look: sizes for a paper's column, and a palette that colour-blind readers can tell apart.

Source of the palette: Okabe and Ito, *Color universal design* (2008). Series differ in marker and line style too, so that
figures survive grey printing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

INK, GRID, PAPER = "#1c1c22", "#d7d7de", "#ffffff"  # text and axes, grid lines, background
BLUE, VERMILION, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"
SKY, PURPLE, YELLOW, GREY = "#56b4e9", "#cc79a7", "#f0e442", "#7f7f87"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
ALICE, BOB = VERMILION, BLUE
LOSSES = {"delay": ORANGE, "missed": BLUE, "wrong": VERMILION, "transfer": PURPLE}
LOSS_NAMES = {"delay": "delay", "missed": "missed trades", "wrong": "wrong trades", "transfer": "transfer wedge"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":")
HABITS = {  # what a protocol looks like in every figure
    "item-by-item": 0, "share-demanding": 1, "frequency": 2, "combinatorial": 3, "menu": 4,
}  # fmt: skip
WIDTH, HEIGHT = 4.4, 3.0  # inches: a column of a paper, and still legible on a phone

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "figure.dpi": 120,
    "svg.fonttype": "path",
}


class Look(NamedTuple):
    """How a series is drawn."""

    colour: str
    marker: str
    dash: str


@dataclass(frozen=True)
class Line:
    """A line of theory: ``y`` at all x, or at the points ``x``; ``label`` says what it is, for the legend."""

    label: str
    y: float | Sequence[float]
    x: Sequence[Any] | None = None


@contextmanager
def style() -> Iterator[None]:
    """Draw in this style."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        yield


def looks(labels: Sequence[str]) -> dict[str, Look]:
    """A look for each label: a protocol has its own colour and marker in every figure, and mixes of strategies ("protocol,
    strategies") differ in their dashes."""
    bases = list(dict.fromkeys(label.split(", ")[0] for label in labels))
    order = {base: HABITS[base] for base in bases if base in HABITS}
    free = [k for k in range(len(PALETTE)) if k not in order.values()] or [0]
    for number, base in enumerate(base for base in bases if base not in order):
        order[base] = free[number % len(free)]
    seen: dict[int, int] = {}
    chosen = {}
    for label in labels:
        at = order[label.split(", ")[0]]
        chosen[label] = Look(PALETTE[at], MARKERS[at], DASHES[seen.get(at, 0) % len(DASHES)])
        seen[at] = seen.get(at, 0) + 1
    return chosen


def labels_of(frame: "pd.DataFrame") -> list[str]:
    """A label for each row: its protocol, with the strategies where they differ between rows; or its ``label`` column."""
    if "label" in frame:
        return [str(label) for label in frame["label"]]
    protocols = [str(name) for name in frame["protocol"]]
    if "strategies" not in frame or frame["strategies"].nunique() <= 1:
        return protocols
    return [f"{name}, {who}" for name, who in zip(protocols, frame["strategies"], strict=True)]


def wrapped(label: str, width: int = 18) -> str:
    """A label on several lines, for the axis of a narrow figure."""
    import textwrap

    return textwrap.fill(label, width, break_on_hyphens=False)


def axes(ax: "Axes | None", width: float = WIDTH, height: float = HEIGHT) -> "Axes":
    """The Axes given, or those of a new figure that belongs to nobody (nothing to close)."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").subplots()


def numeric(frame: "pd.DataFrame", key: str) -> bool:
    """Whether a column holds numbers (not words, lists, or true and false)."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(frame[key]) and not is_bool_dtype(frame[key])


def sizes(count: int, smallest: float, step: float, most: float) -> list[float]:
    """Sizes that fall with the order of drawing, so that series that coincide show around each other."""
    step = min(step, (most - smallest) / max(1, count - 1))
    return [smallest + step * (count - 1 - k) for k in range(count)]


def legend_below(ax: "Axes", columns: int = 2, **options: Any) -> None:
    """A legend outside the data, under the axes; long labels on several lines."""
    handles, labels = ax.get_legend_handles_labels()
    unique: Mapping[str, Any] = dict(zip(labels, handles, strict=True))
    if unique:
        figure = ax.get_figure(root=True)
        assert figure is not None
        figure.legend(unique.values(), [wrapped(k, 30) for k in unique], loc="outside lower center", ncols=columns, **options)
