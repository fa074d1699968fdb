"""What a person sees in a terminal: tables, progress."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from negotiation.equilibrium.deviations import NONE

if TYPE_CHECKING:
    import pandas as pd

    from negotiation.predictions import Predictions

PER_BLOCK = 4  # rows of a comparison shown side by side where a line each would be too wide
HEADS = (
    "protocol", "strategies", "agreed\nat 0", "efficiency\n[95% interval]", "lost:\ndelay", "\nmissed", "\nwrong",
    "unequal\ndisc.", "Alice\nutils", "Bob\nutils", "message\nsize",
)  # fmt: skip


class Bar:
    """A progress bar that listens to a run."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def advance(self, negotiations: int) -> None:
        """So many more negotiations are done."""
        self._progress.advance(self._task, negotiations)


@contextmanager
def progress(what: str, total: int) -> Iterator[Bar | None]:
    """A progress bar on standard error if that is a terminal; None otherwise."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield Bar(bars, bars.add_task(what, total=total))


def note(text: str) -> None:
    """A line on standard error for who waits at a terminal."""
    console = Console(stderr=True)
    if console.is_terminal:
        console.print(text, style="dim", highlight=False, markup=False)


def message_size(row: Mapping[str, Any]) -> str:
    """A number with separators, or a power of 2 where it is long."""
    size, bits = row["message_size"], row["message_size_log2"]
    return f"{size:,}" if size is not None and bits < 32 else f"2^{bits:,.0f}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    interval = f"{row['efficiency']:.4f} [{row['efficiency_low']:.4f}, {row['efficiency_high']:.4f}]"
    shares = [f"{row[f'share_{name}']:.4f}" for name in ("delay", "missed", "wrong", "transfer")]
    return [
        row["protocol"], row["strategies"], f"{row['agreed_at_0']:.4f}", interval, *shares,
        f"{row['payoff_alice']:.6g}", f"{row['payoff_bob']:.6g}", message_size(row),
    ]  # fmt: skip


def comparison_table(rows: Sequence[Mapping[str, Any]], console: Console) -> list[Table]:
    """The rows of a comparison: a line each where the screen is wide enough, side by side where it is not."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for k, name in enumerate(HEADS):
        table.add_column(name, justify="left" if k < 2 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, _cells(row)))
    if console.measure(table, options=console.options.update(max_width=10_000)).maximum <= console.width:
        return [table]
    return [_narrow(rows[first : first + PER_BLOCK]) for first in range(0, len(rows), PER_BLOCK)]


def _narrow(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Measures down, protocols across."""
    names = (
        "agreed at 0", "efficiency", "  95% from", "  to", "lost to delay", "  missed", "  wrong", "  discounting",
        "Alice, utils", "Bob, utils", "message size",
    )  # fmt: skip
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(Text(row["protocol"]), justify="right")
    cells = [_cells(row) for row in rows]
    if len({row["strategies"] for row in rows}) > 1:
        table.add_row("strategies", *(Text(c[1]) for c in cells))
    columns = [
        [c[2], f"{r['efficiency']:.4f}", f"{r['efficiency_low']:.4f}", f"{r['efficiency_high']:.4f}", *c[4:]]
        for c, r in zip(cells, rows, strict=True)
    ]
    for name, *values in zip(names, *columns, strict=True):
        table.add_row(name, *values)
    if len({row["strategies"] for row in rows}) == 1:
        table.caption = Text(f"Strategies: {rows[0]['strategies']}", style="dim")
    return table


def gains_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What each player's best deviation gains, a line for each row and player."""
    mixed = len({row["strategies"] for row in rows}) > 1
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title="Gain from deviating, utils", title_justify="left")
    for name, side in (("protocol", "left"), ("player", "left"), ("gain", "right"), ("[95% interval]", "right")):
        table.add_column(Text(name), justify=side, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("by", overflow="fold")
    for row in rows:
        for who in ("alice", "bob"):
            low, high = row[f"gain_{who}_low"], row[f"gain_{who}_high"]
            name = row["protocol"] + (f", {row['strategies']}" if mixed else "")
            interval = "none tried gains" if row[f"deviation_{who}"] == NONE else f"[{low:.4g}, {high:.4g}]"
            table.add_row(name, who.capitalize(), f"{row[f'gain_{who}']:.4g}", Text(interval), Text(row[f"deviation_{who}"]))
    return table


def sweep_table(rows: Sequence[Mapping[str, Any]], over: Sequence[str]) -> Table:
    """A line for each point, with the efficiency of each protocol (and mix of strategies)."""
    mixed = len({row["strategies"] for row in rows}) > 1
    labels = {id(row): row["protocol"] + (f", {row['strategies']}" if mixed else "") for row in rows}
    heads = list(dict.fromkeys(labels.values()))
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(str([row[name] for name in over]), {name: row[name] for name in over})
        line[labels[id(row)]] = f"{row['efficiency']:.4f}"
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title="Efficiency", title_justify="left")
    for name in (*over, *heads):
        table.add_column(Text(name), justify="right", overflow="fold")
    for line in lines.values():
        table.add_row(*(str(line.get(name, "-")) for name in (*over, *heads)))
    return table


def predictions_table(told: "Predictions") -> Table:
    """A line for each benchmark, utils."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("benchmark", "Alice", "Bob", "surplus", "residual"):
        table.add_column(name, justify="left" if name == "benchmark" else "right", no_wrap=True)
    table.add_column("note", overflow="fold")
    for row in told.benchmarks:
        numbers = [_number(v, ".6g") for v in (row.alice, row.bob, row.surplus)]
        table.add_row(row.benchmark, *numbers, _number(row.residual, ".1g"), Text(row.note))
    return table


def interim_table(told: "Predictions") -> Table:
    """A line for each type: its probability, and its payoff under each benchmark that gives one, utils."""
    names = list(dict.fromkeys(row.benchmark for row in told.types))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title="Interim payoffs", title_justify="left")
    for name in ("player", "type", "probability", *names):
        table.add_column(name, justify="left" if name in ("player", "type") else "right")
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for row in told.types:
        line = lines.setdefault((row.player, row.type), {"probability": f"{row.probability:.4g}"})
        line[row.benchmark] = f"{row.payoff:.6g}"
    for (player, kind), line in lines.items():
        table.add_row(player, Text(kind), *(line.get(name, "-") for name in ("probability", *names)))
    return table


def axioms_table(violations: "pd.DataFrame") -> Table:
    """Axioms down, solutions across: "holds", or the largest violation found."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for name in violations.index:
        table.add_column(str(name), justify="right", overflow="fold")
    for axiom, row in violations.items():
        table.add_row(str(axiom), *("-" if v != v else "holds" if v <= 1e-6 else f"{v:.2g}" for v in row))
    return table


def _number(value: float, spec: str) -> str:
    return "-" if value != value else format(value, spec)


def listing(head: str, lines: Sequence[tuple[str, str]], width: int) -> Table:
    """Names with a line each."""
    table = Table(box=None, padding=(0, 2, 0, 0), title=head, title_justify="left", title_style="bold", show_header=False)
    table.add_column(no_wrap=True, min_width=width)
    table.add_column(overflow="fold")
    for name, summary in lines:
        table.add_row(name, Text(summary))
    return table
