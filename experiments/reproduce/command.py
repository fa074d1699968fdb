"""What `negotiation reproduce` does."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from experiments import reproduce, screen, store
from experiments.reproduce import telling
from experiments.reproduce.rows import chosen
from negotiation import __version__
from negotiation.errors import InputError

FELL_SHORT = 1


def reproduce_command(
    ids: tuple[str, ...], *, quick: bool, seed: int | None, workers: int | None, out: str | None, table: str | None,
    as_json: bool, no_plots: bool,
) -> int:  # fmt: skip
    """`negotiation reproduce`; the exit status."""
    wanted, at_length = chosen(ids), bool(ids)
    if table and not Path(table).parent.is_dir():
        raise InputError(f"--table: expected a file in a folder that exists, got {table}")
    folder = Path(out) if out else store.default_folder("reproduce") if at_length and not as_json and not no_plots else None
    workers = workers or min(
        len(wanted), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    with store.writing(folder) if folder else nullcontext(None) as room:
        with screen.progress("Reproducing", len(wanted)) as bar:
            done = reproduce(
                ids, quick=quick, seed=seed, workers=workers, pictures=room is not None and not no_plots,
                listener=lambda result: bar.advance(1) if bar else None,
            )  # fmt: skip
        if room:
            telling.write_page(room, done)
            store.write_text(room / "rows.json", store.as_json(_json(done)) + "\n")
    if table:
        store.write_text(Path(table), telling.markdown(done))
    if as_json:
        click.echo(store.as_json(_json(done)))
    else:
        console = Console()
        for result in done if at_length else ():
            console.print(telling.at_length(result))
            console.print()
        if not at_length:
            console.print(telling.overview(done.results))
            console.print()
            for result in telling.differing(done):
                console.print(telling.at_length(result))
        console.print(telling.summary(done), highlight=False)
        if folder:
            click.echo(f"Results: {folder} (open {folder / 'index.html'})")
        if table:
            click.echo(f"Table: {table}")
    return FELL_SHORT if telling.differing(done) else 0


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _json(done: Any) -> dict[str, Any]:
    head = {"scenario": None, "seed": done.seed, "version": __version__, "quick": done.quick, "seconds": round(done.seconds, 1)}
    return {**head, "counts": dict(done.counts), "rows": [result.record() for result in done]}
