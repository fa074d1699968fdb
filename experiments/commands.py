"""What the commands of the command line do. Imported only when one runs."""

import re
import shlex
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from experiments import comparison, entries, screen, store, sweeps
from experiments.scenario import Scenario, built_in
from negotiation import __version__
from negotiation.errors import InputError
from negotiation.protocol import shared_order
from negotiation.registry import available


def compare(
    scenario: str, *, command: str, out: str | None, as_json: bool, no_plots: bool, gains: bool, **options: Any
) -> None:  # fmt: skip
    """`negotiation compare`."""
    chosen = choose(scenario, options)
    chosen.check(explicit=bool(options.get("protocols")))
    folder = Path(out) if out else None if as_json else store.default_folder(chosen.name)
    try:
        done = written(chosen, folder, command, no_plots, gains) if folder else played(chosen, None, keep=False, gains=gains)
    except KeyboardInterrupt:
        click.echo("negotiation: interrupted; nothing was written", err=True)
        raise click.exceptions.Exit(130) from None
    if as_json:
        tell_json(chosen, done.rows, skipped=list(done.skipped), results=folder)
        return
    console = Console()
    heading(console, chosen)
    for table in screen.comparison_table(done.rows, console):
        console.print(table)
        console.print()
    if gains:
        console.print(screen.gains_table(done.rows))
        console.print()
    for why in done.skipped:
        say(console, f"Skipped: {why}")
    say_where(console, folder, no_plots)


def written(chosen: Scenario, folder: Path, command: str, no_plots: bool, gains: bool) -> comparison.Comparison:
    """The comparison of a scenario, with its results folder."""
    started = datetime.now().astimezone()
    with store.writing(folder) as room:
        with store.OutcomesFile(room / store.OUTCOMES) as outcomes:
            done = played(chosen, outcomes.add, keep=False if no_plots else None, gains=gains)
        store.write_table(room / store.TABLE, done.frame)
        store.write_table(room / store.DISTANCES, done.distances)
        if done.predictions:
            store.write_table(room / store.PREDICTIONS, done.predictions.frame())
        if not no_plots:
            from experiments.report import write_compare_report

            write_compare_report(room, chosen, done)
        more = {"skipped": done.skipped, "progress": {"negotiations": chosen.play.negotiations, "status": "complete"}}
        store.write_manifest(room, store.manifest(chosen, "compare", command, started, **more))
    return done


def played(chosen: Scenario, sink: comparison.Sink | None, keep: bool | None, gains: bool = False) -> comparison.Comparison:
    """The comparison of a scenario, with a progress bar on a terminal."""
    play, problem = chosen.play, chosen.problem()
    protocols, pairs = chosen.protocols(), chosen.strategies()
    if any(one.name == "equilibrium" for pair in pairs for one in pair):
        screen.note("Solving for equilibria first: up to a minute or two, once; solutions are kept.")
    runs, _ = comparison.playable(problem, protocols, pairs, play.tremble)
    with screen.progress(f"Playing {chosen.name}", play.negotiations * len(runs)) as bar:
        options: dict[str, Any] = {"negotiations": play.negotiations, "seed": play.seed, "tremble": play.tremble}
        if gains:
            options["gains"] = max(4, min(play.negotiations, comparison.GAINS))
        return comparison.compare(problem, protocols, pairs, **options, listener=bar, sink=sink, keep=keep)


def sweep(
    scenario: str, *, command: str, over: Sequence[str], workers: int, out: str | None, as_json: bool, no_plots: bool,
    **options: Any,
) -> None:  # fmt: skip
    """`negotiation sweep`."""
    chosen, grid = choose(scenario, options), dict(entries.over(one) for one in over)
    if len(grid) < len(over):
        raise InputError(f"--over: expected different keys, got {' '.join(over)}")
    tasks = sweeps.plan(chosen, grid)
    folder = Path(out) if out else None
    if folder is None and not as_json:
        folder = sweeps.unfinished(chosen, grid) or store.default_folder(chosen.name)
    total = sum(task.runs * task.scenario.play.negotiations for task in tasks)
    try:
        with screen.progress(f"Sweeping {chosen.name}", total) as bar:
            done = sweeps.sweep(chosen, grid, folder=folder, workers=workers, command=command, listener=bar)
    except KeyboardInterrupt:
        stop(folder, len(tasks))
    if folder is not None and not no_plots:
        from experiments.report import write_sweep_report

        write_sweep_report(folder, chosen, done.frame, grid)
    if as_json:
        tell_json(chosen, done.rows, over=grid, skipped=list(done.skipped), resumed=done.resumed, results=folder)
        return
    console = Console()
    heading(console, chosen)
    console.print(screen.sweep_table(done.rows, list(grid)))
    console.print()
    for why in done.skipped:
        say(console, f"Skipped: {why}")
    if done.resumed:
        say(console, f"Went on with an earlier run: {done.resumed} of {len(tasks)} points were stored.")
    say_where(console, folder, no_plots)


def stop(folder: Path | None, points: int) -> None:
    """Say what an interrupted sweep leaves behind."""
    if folder is None:
        raise KeyboardInterrupt
    count = len(sweeps.stored(folder / sweeps.POINTS))
    click.echo(f"negotiation: interrupted; {count} of {points} points are stored in {folder}; "
               f"the same command with --out {folder} goes on from there", err=True)  # fmt: skip
    raise click.exceptions.Exit(130)


def trace(
    scenario: str, *, command: str, protocol: str | None, strategies: str | None, negotiation: int, out: str | None,
    as_json: bool, no_plots: bool, **options: Any,
) -> None:  # fmt: skip
    """`negotiation trace`."""
    from negotiation.trace import trace as follow

    if negotiation < 0:
        raise InputError(f"--negotiation: expected a whole number of at least 0, got {negotiation}")
    options |= {"protocols": (protocol,) if protocol else (), "strategies": (strategies,) if strategies else ()}
    chosen, started = choose(scenario, options), datetime.now().astimezone()
    chosen.check(explicit=protocol is not None)
    problem, play = chosen.problem(), chosen.play
    runs, _ = comparison.playable(problem, chosen.protocols(), chosen.strategies(), play.tremble)
    rules, pair = runs[0]
    told = follow(problem, rules, *pair, seed=play.seed, negotiation=negotiation, tremble=play.tremble)
    folder = Path(out) if out else None if as_json or no_plots else store.default_folder(f"{chosen.name}-trace")
    with store.writing(folder) if folder else nullcontext(None) as room:
        if room:
            import pandas as pd

            store.write_text(room / "trace.txt", told.text() + "\n")
            store.write_table(room / store.TABLE, pd.DataFrame(told.rows()))
            if not no_plots:
                from experiments.report import write_trace_figures

                write_trace_figures(room, chosen, told)
            more = {"protocol": entries.label(rules), "strategies": entries.pair_label(pair), "negotiation": negotiation}
            store.write_manifest(room, store.manifest(chosen, "trace", command, started, **more))
    if as_json:
        named = {"protocol": entries.label(rules), "strategies": entries.pair_label(pair), "negotiation": negotiation}
        tell_json(chosen, told.rows(), **named, results=folder)
        return
    click.echo(told.text())
    say_where(Console(), folder, no_plots)


def predict(scenario: str, *, as_json: bool, interim: bool) -> None:
    """`negotiation predict`."""
    from negotiation.predictions import predict as foretell

    chosen = Scenario.load(scenario)
    order, recognition = shared_order(chosen.protocols())
    told = foretell(chosen.problem(), order, recognition)
    if as_json:
        tell_json(chosen, told.rows(), order=order)
        return
    console = Console()
    say(console, f"{chosen.name}: {chosen.title}")
    console.print()
    console.print(screen.predictions_table(told))
    if interim:
        console.print()
        console.print(screen.interim_table(told))


def axioms(seed: int, instances: int, as_json: bool) -> None:
    """`negotiation axioms`."""
    import numpy as np

    from negotiation.bargaining import axiom_table

    for what, value, least in (("--seed", seed, 0), ("--instances", instances, 1)):
        if value < least:
            raise InputError(f"{what}: expected a whole number of at least {least}, got {value}")
    table = axiom_table(np.random.default_rng(seed), instances)
    if as_json:
        rows = [{"solution": name, **{k: None if v != v else v for k, v in row.items()}} for name, row in table.T.items()]
        click.echo(store.as_json({"scenario": None, "seed": seed, "version": __version__, "rows": rows}))
        return
    console = Console()
    console.print(screen.axioms_table(table))
    console.print()
    say(console, f"Largest violations (utils) on {instances} random problems, seed {seed}; 'holds': at most 1e-6, rounding.")


def list_all(as_json: bool) -> None:
    """`negotiation list`."""
    rows = [{"kind": "scenario", "name": name, "summary": Scenario.load(name).title} for name in built_in()]
    for kind in ("protocol", "strategy"):
        rows += [{"kind": kind, "name": n, "summary": entries.summary(cls)} for n, cls in sorted(available(kind).items())]
    if as_json:
        click.echo(store.as_json({"scenario": None, "seed": None, "version": __version__, "rows": rows}))
        return
    console, width = Console(), max(len(row["name"]) for row in rows)
    for kind, head in (("scenario", "Scenarios"), ("protocol", "Protocols"), ("strategy", "Strategies")):
        console.print(screen.listing(head, [(r["name"], r["summary"]) for r in rows if r["kind"] == kind], width))
        console.print()
    say(console, "negotiation compare SCENARIO plays one; negotiation new FILE writes one of your own.")


def new(file: str, source: str, as_json: bool) -> None:
    """`negotiation new`."""
    path, model = Path(file), Scenario.load(source)
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-_") or "scenario"
    text = re.sub(r"(?m)^name = .*$", f'name = "{name}"', model.text, count=1)
    play_it = f"negotiation compare {shlex.quote(path.name)}"
    head = f"# A scenario, written from {model.name}. All keys: docs/scenarios.md.  Play it: {play_it}\n"
    try:
        with path.open("x", encoding="utf-8") as target:
            target.write(head + text)
    except FileExistsError:
        raise InputError(f"{path}: exists already; give another name") from None
    if as_json:
        click.echo(store.as_json({"scenario": name, "seed": None, "version": __version__, "rows": [{"file": file}]}))
    else:
        click.echo(f"Wrote {path}. Change it, then: negotiation compare {shlex.quote(str(path))}")


def choose(name: str, options: Mapping[str, Any]) -> Scenario:
    """The scenario with the options of the command line in the place of its own."""
    chosen = Scenario.load(name)
    for key in ("negotiations", "tremble", "seed"):
        if options.get(key) is not None:
            chosen = chosen.change({key: options[key]}, f"--{key}")
    if options.get("protocols"):
        chosen = chosen.change({"protocols": [_own_entry(chosen, one) for one in options["protocols"]]}, "--protocol")
        entries.protocols(chosen.play.protocols, "--protocol")
    if options.get("strategies"):
        chosen = chosen.change({"strategies": [entries.pair_of_names(one) for one in options["strategies"]]}, "--strategies")
        entries.pairs(chosen.play.strategies, "--strategies")
    return chosen


def _own_entry(chosen: Scenario, name: str) -> Any:
    """The scenario's own entry for a protocol, with its options, or the bare name."""
    own = [entry for entry in chosen.play.protocols if isinstance(entry, dict) and entry.get("name") == name]
    return own[0] if own else name


def tell_json(chosen: Scenario, rows: Sequence[Mapping[str, Any]], **more: Any) -> None:
    """The result as JSON on standard output."""
    head = {"scenario": chosen.name, "seed": chosen.play.seed, "version": __version__, "rows": rows}
    click.echo(store.as_json(head | more))


def heading(console: Console, chosen: Scenario) -> None:
    """Which scenario, played how."""
    play, problem = chosen.play, chosen.problem()
    items = f"{problem.n:,} item{'s' if problem.n > 1 else ''}"
    discounts = " and ".join(f"{d:g}" for d in dict.fromkeys(problem.discount))
    say(console, f"{chosen.name}: {chosen.title}")
    how = f"tremble {play.tremble:g}, {play.negotiations:,} negotiations, seed {play.seed}"
    say(console, f"{items}, discount {discounts}, {how}")
    console.print()


def say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False)


def say_where(console: Console, folder: Path | None, no_plots: bool) -> None:
    """Where the results are."""
    if folder is not None:
        click.echo(f"Results: {folder}" + ("" if no_plots else f" (open {folder / 'report.html'})"))
