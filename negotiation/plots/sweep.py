"""Figures of a sweep: efficiency or payoffs against the key that was swept, a panel for each combination of other keys.

``frame`` has a row for each protocol and point, with a column for each swept key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.plots.style import GREY, HEIGHT, INK, WIDTH, Line, labels_of, looks, numeric, sizes, style, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

UNITS = {
    "items": "number of items n (items)",
    "parts": "items in a decision (items)",
    "discount": "discount factor (per stage)",
    "tremble": "tremble (probability at a decision)",
    "negotiations": "negotiations",
    "horizon": "horizon (stages)",
    "cost": "cost (utils)",
}
VALUES = {
    "efficiency": "efficiency (share of the first best)",
    "payoff_alice": "Alice's payoff (share of the first best)",
    "payoff_bob": "Bob's payoff (share of the first best)",
}
DOUBLINGS = 8  # a key whose values span this factor, all positive, gets a log axis


def sweep(
    frame: "pd.DataFrame",
    over: str | Sequence[str],
    value: str = "efficiency",
    *,
    lines: Sequence[Line] = (),
    ax: "Axes | None" = None,
) -> "list[Axes]":
    """``value`` ("efficiency", or "payoff_alice" or "payoff_bob" as shares of the mean first best) against the first key of
    ``over``, with 95% intervals where the frame has them, and theory's ``lines``. Returns the Axes: one for each combination of
    the other keys. Items and other keys that span factors have an axis in powers of two."""
    keys = [over] if isinstance(over, str) else list(over)
    key, others = keys[0], keys[1:]
    words = {k: frame[k].map(str) for k in keys if not numeric(frame, k)}
    frame = frame.assign(**words).reset_index(drop=True)
    with style():
        panels = list(frame.groupby(others, sort=False)) if others else [((), frame)]
        if ax is not None and len(panels) > 1:
            raise ValueError(f"sweep: {len(panels)} panels do not fit into one Axes")
        drawn = [ax] if ax is not None else _panels(len(panels))
        seen = looks(list(dict.fromkeys(labels_of(frame))))
        for at, (point, part) in zip(drawn, panels, strict=True):
            for line in lines:
                _theory(at, line, number=list(lines).index(line), x=_positions(frame, key))
            part = part.assign(_label=labels_of(frame.loc[part.index]) if "label" in frame else _labels(frame, part))
            widths = sizes(part["_label"].nunique(), 1.2, 0.6, 4.0)
            for width, (label, rows) in zip(widths, part.groupby("_label", sort=False), strict=True):
                _series(at, rows, key, value, str(label), seen[str(label)], frame, width)
            if others:
                at.set_title(", ".join(f"{k} = {_said(v)}" for k, v in zip(others, point, strict=True)))
            _x_axis(at, frame, key, ticks=11 if len(panels) == 1 else 6)
            at.grid(axis="y")
        x_name, y_name = UNITS.get(key.rsplit(".", 1)[-1], key), VALUES.get(value, value)
        if len(drawn) == 1:
            drawn[0].set_xlabel(x_name)
            drawn[0].set_ylabel(y_name)
        else:
            columns = _columns(len(drawn))
            for at in drawn[-columns:]:
                at.set_xlabel(x_name)
            for at in drawn[::columns]:
                at.set_ylabel(y_name.replace(" (", "\n("))
        if ax is None:
            _legend(drawn)
    return drawn


def _labels(frame: "pd.DataFrame", part: "pd.DataFrame") -> list[str]:
    """Labels of some rows, as they are called in the whole frame."""
    every = dict(zip(frame.index, labels_of(frame), strict=True))
    return [every[row] for row in part.index]


def _panels(count: int) -> "list[Axes]":
    """Small multiples that share their axes."""
    from matplotlib.figure import Figure

    columns = _columns(count)
    rows = -(-count // columns)
    wide = WIDTH if columns == 1 else 2.35 * columns
    figure = Figure(figsize=(wide, HEIGHT + 0.5 if count == 1 else 2.0 * rows + 1.0), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for spare in grid[count:]:
        spare.set_axis_off()
    for last in grid[max(0, count - columns) : count]:
        last.tick_params(labelbottom=True)
    return list(grid[:count])


def _columns(panels: int) -> int:
    return 1 if panels == 1 else 2 if panels in (2, 4) else 3


def _positions(frame: "pd.DataFrame", key: str) -> np.ndarray:
    """Where the key's values lie on the axis: numbers where they are, else their rank."""
    if numeric(frame, key):
        return np.sort(frame[key].unique().astype(float))
    return np.arange(frame[key].astype(str).nunique(), dtype=float)


def _x(frame: "pd.DataFrame", rows: "pd.DataFrame", key: str) -> np.ndarray:
    if numeric(frame, key):
        return rows[key].to_numpy(dtype=float)
    names = list(dict.fromkeys(frame[key].astype(str)))
    return np.array([names.index(name) for name in rows[key].astype(str)], dtype=float)


def _series(
    at: "Axes", rows: "pd.DataFrame", key: str, value: str, label: str, look: Any, frame: "pd.DataFrame", width: float
) -> None:
    scale = np.ones(len(rows)) if value == "efficiency" else rows["first_best"].to_numpy(dtype=float)
    x = _x(frame, rows, key)
    order = np.argsort(x, kind="stable")
    x, y = x[order], (rows[value].to_numpy(dtype=float) / scale)[order]
    at.plot(x, y, color=look.colour, marker=look.marker, linestyle=look.dash, label=label, zorder=3, linewidth=width,
            markersize=3 + 1.6 * width)  # fmt: skip
    if f"{value}_low" in rows:
        low, high = ((rows[f"{value}_{end}"].to_numpy(dtype=float) / scale)[order] for end in ("low", "high"))
        at.fill_between(x, low, high, color=look.colour, alpha=0.2, linewidth=0, zorder=2)
        at.vlines(x, low, high, color=look.colour, linewidth=1.0, zorder=3)


def _theory(at: "Axes", line: Line, number: int, x: np.ndarray) -> None:
    styles = ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
    looks_like: dict[str, Any] = {
        "color": INK if number == 0 else GREY,
        "linewidth": 1.0,
        "zorder": 1,
        "linestyle": styles[number % 4],
    }
    if line.x is not None:
        at.plot(list(line.x), np.broadcast_to(line.y, len(line.x)), label=line.label, **looks_like)
    else:
        at.axhline(float(np.asarray(line.y)), label=line.label, **looks_like)


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def _x_axis(at: "Axes", frame: "pd.DataFrame", key: str, ticks: int) -> None:
    from matplotlib.ticker import NullLocator

    values = _positions(frame, key)
    if not numeric(frame, key):
        at.set_xticks(values, list(dict.fromkeys(frame[key].astype(str))))
        return
    if values.min() > 0 and values.max() / values.min() >= DOUBLINGS:
        at.set_xscale("log", base=2)
        at.xaxis.set_minor_locator(NullLocator())
    shown = values[:: -(-len(values) // ticks)]
    at.set_xticks(shown, [f"{v:g}" if v < 1e5 else f"{v:.0e}" for v in shown])


def _legend(drawn: "list[Axes]") -> None:
    """One legend for all panels, under them: protocols first, then theory."""
    handles, labels = drawn[0].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    theory = [label for label, handle in unique.items() if handle.get_color() in (INK, GREY) and handle.get_marker() == "None"]
    ordered = [label for label in unique if label not in theory] + theory
    figure = drawn[0].get_figure(root=True)
    assert figure is not None
    columns = 2 if len(drawn) == 1 else 3
    figure.legend(
        [unique[k] for k in ordered],
        [wrapped(k, 27) for k in ordered],
        loc="outside lower center",
        ncols=columns,
        columnspacing=1.2,
    )
