"""What `negotiation ecl` does: examples, files, and the experiments with societies of universes."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments import screen, store
from experiments.commands import say, say_where
from experiments.complaints import nearest
from negotiation import __version__
from negotiation.errors import InputError

SOCIETY = "society"


def ecl_command(
    example: str | None, *, command: str, solution: str | None, disagreement: str | None, universes: int, seed: int,
    only: tuple[str, ...], out: str | None, as_json: bool, no_plots: bool,
) -> None:  # fmt: skip
    """`negotiation ecl`."""
    if example is None:
        listing(as_json)
    elif example == SOCIETY:
        if solution or disagreement:
            raise InputError("ecl society: --solution and --disagreement are for examples and files")
        society(command, universes, seed, only, out, as_json, no_plots)
    else:
        if only:
            raise InputError("--only: is for `negotiation ecl society`")
        one(example, command, solution, disagreement, out, as_json, no_plots)


def listing(as_json: bool) -> None:
    """The examples there are."""
    from experiments.ecl_examples import EXAMPLES

    if as_json:
        click.echo(store.as_json({"rows": [{"example": k, "summary": words} for k, (words, _) in EXAMPLES.items()]}))
        return
    console = Console()
    console.print(screen.listing("Examples", [(k, words) for k, (words, _) in EXAMPLES.items()], 10))
    console.print()
    say(
        console,
        "negotiation ecl EXAMPLE tells one; negotiation ecl FILE.toml a game of yours; negotiation ecl society simulates.",
    )


def told_of(example: str, solution: str | None, disagreement: str | None) -> Any:
    """What there is to tell of an example or a file."""
    from experiments.ecl_examples import CHOICES, EXAMPLES

    chosen = {k: v for k, v in (("solution", solution), ("disagreement", disagreement)) if v is not None}
    if example.endswith(".toml") or (example not in EXAMPLES and Path(example).exists()):
        from experiments.ecl_telling import tell_bargaining
        from experiments.schema_ecl import load

        title, game = load(example)
        return tell_bargaining(game, title, **chosen)
    if example not in EXAMPLES:
        raise InputError(f"unknown example {example!r}: {nearest(example, [*EXAMPLES, SOCIETY])}, or a .toml file")
    if chosen and example not in CHOICES:
        raise InputError(
            f"--{next(iter(chosen))}: is for the examples {', '.join(CHOICES)} and for files, not for example {example}"
        )
    return EXAMPLES[example][1](**chosen)


def one(
    example: str, command: str, solution: str | None, disagreement: str | None, out: str | None, as_json: bool, no_plots: bool
) -> None:
    """An example or a file: printed, and written with --out."""
    started = datetime.now().astimezone()
    told = told_of(example, solution, disagreement)
    folder = Path(out) if out else None
    if folder:
        with store.writing(folder) as room:
            store.write_text(room / "game.json", store.as_json(told.data) + "\n")
            if not no_plots:
                _report(room, told, example)
            store.write_manifest(room, manifest("ecl", command, started, example=example))
    if as_json:
        click.echo(
            store.as_json({"example": example, "title": told.title, "version": __version__, **told.data, "results": folder})
        )
        return
    console = Console()
    say(console, told.title)
    for block in told.blocks:
        console.print()
        console.print(Text(block.title, style="bold"))
        console.print(_table(block))
        if block.note:
            say(console, block.note)
    if folder:
        console.print()
        say_where(console, folder, no_plots)


def society(
    command: str, universes: int, seed: int, only: tuple[str, ...], out: str | None, as_json: bool, no_plots: bool
) -> None:
    """The experiments, with a progress bar, tables, figures and a report."""
    from experiments.ecl_report import EXPERIMENTS, write_society_report

    if universes < 1000:
        raise InputError(f"--universes: expected a whole number of at least 1000, got {universes}")
    if seed < 0:
        raise InputError(f"--seed: expected a whole number of at least 0, got {seed}")
    for name in only:
        if name not in EXPERIMENTS:
            raise InputError(f"--only: unknown experiment {name!r}: {nearest(name, EXPERIMENTS)}")
    names = [name for name in EXPERIMENTS if name in only or not only]
    started = datetime.now().astimezone()
    folder = Path(out) if out else None if as_json else store.default_folder("ecl-society")
    with store.writing(folder) if folder else nullcontext(None) as room:
        frames = {}
        with screen.progress("Societies", len(names)) as bar:
            for name in names:
                frames[name] = EXPERIMENTS[name].run(universes, seed)
                if room:
                    store.write_table(room / f"{name}.csv", frames[name])
                if bar:
                    bar.advance(1)
        if room:
            if not no_plots:
                write_society_report(room, frames, universes, seed)
            store.write_manifest(
                room, manifest("ecl society", command, started, universes=universes, seed=seed, experiments=names)
            )
    if as_json:
        tables = {name: frame.to_dict("records") for name, frame in frames.items()}
        click.echo(store.as_json({"seed": seed, "universes": universes, "version": __version__, **tables, "results": folder}))
        return
    console = Console()
    for name, frame in frames.items():
        say(console, EXPERIMENTS[name].title)
        say(console, f"  {EXPERIMENTS[name].read(frame)}")
        console.print()
    say_where(console, folder, no_plots)


def manifest(kind: str, command: str, started: datetime, **more: Any) -> dict[str, Any]:
    """What is needed to get the results again."""
    seconds = round((datetime.now().astimezone() - started).total_seconds(), 3)
    when = started.isoformat(timespec="seconds")
    return {"kind": kind, "command": command, "started": when, "seconds": seconds, "versions": store.versions(), **more}


def _report(room: Path, told: Any, example: str) -> None:
    from experiments.report import Cells, render, save

    figures = []
    if len(told.payoffs):
        from negotiation.plots.universes import shares

        gains = [b - a for a, b in zip(told.own, told.payoffs, strict=True)]
        reading = f"Gains are from {min(gains):.4g} to {max(gains):.4g} utils."
        figures = [save(room, "payoffs", shares(told.labels, told.payoffs, told.own), "Who gains what",
                        "Payoffs without agreement and with the compromise, by type.", reading)]  # fmt: skip
    tables = [Cells(b.title, [(h, True) for h in b.head], [list(row) for row in b.rows], b.note) for b in told.blocks]
    footer = f"negotiation ecl {example}. Written by negotiation {__version__}."
    render(room, title=told.title, lead=[], facts="payoffs in utils", tables=tables, figures=figures, footer=footer)


def _table(block: Any) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.show_header = any(block.head)
    for name in block.head:
        table.add_column(Text(name), overflow="fold")
    for row in block.rows:
        table.add_row(*map(Text, row))
    return table
