"""What `negotiation check` does; and what it shares with `negotiation solve`: findings, told and written."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from experiments import commands, entries, store
from experiments.scenario import Scenario
from negotiation.equilibrium import GameTree, Report, check, game_tree
from negotiation.equilibrium.likely_path import StagePlay, likely_path
from negotiation.equilibrium.strategy_tables import strategy_profile
from negotiation.errors import CannotPlay, InputError
from negotiation.play import Session
from negotiation.protocol import Grid, Protocol

FELL_SHORT = 1
NEGOTIATIONS = 20_000


@dataclass(frozen=True)
class Finding:
    """A protocol with its players, what was found of them, and what can be drawn of it."""

    protocol: Protocol
    players: str
    report: Any
    tree: GameTree | None = None
    path: Sequence[StagePlay] = ()
    types: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    drawn: Mapping[str, tuple[Any, str, str]] | None = None  # name -> (axes or figure, title, what it shows)

    @property
    def label(self) -> str:
        return f"{entries.label(self.protocol)}, {self.players}"

    def row(self) -> dict[str, Any]:
        """The finding as JSON tells it."""
        told: dict[str, Any] = {"protocol": entries.label(self.protocol), "strategies": self.players}
        if not hasattr(self.report, "rows"):
            return told | {"share": self.report.share, **self.report.told}
        told |= {"largest_gain": self.report.largest_gain, "share": self.report.share, "types": self.report.rows()}
        if isinstance(self.report, Report):
            told["nodes"] = self.tree.size if self.tree else None
            told["deviations"] = [deviation._asdict() for deviation in self.report.deviations]
            told["concepts"] = {
                key: {"largest_gain": concept.gain, **concept.missed} for key, concept in self.report.concepts.items()
            }
        return told


def check_command(
    scenario: str, *, command: str, stages: int | None, grid: str | None, within: float, out: str | None, as_json: bool,
    no_plots: bool, **options: Any,
) -> int:  # fmt: skip
    """`negotiation check`; the exit status."""
    if not 0 <= within < float("inf"):
        raise InputError(f"--within: expected a share of the surplus, at least 0, got {within}")
    if stages is not None and stages < 1:
        raise InputError(f"--stages: expected a whole number of at least 1, got {stages}")
    chosen = commands.choose(scenario, options)
    chosen.check(explicit=bool(options.get("protocols")))
    found = [
        _checked(chosen, with_grid(protocol, grid), pair, stages)
        for protocol in chosen.protocols()
        for pair in chosen.strategies()
    ]
    tell(chosen, found, "check", command, out, as_json, no_plots)
    short = [finding for finding in found if finding.report.share > within]
    if not as_json:
        for finding in short:
            where = " at an information set, reached or not" if isinstance(finding.report, Report) else ""
            gains = f"deviating gains {finding.report.share:.2%} of the surplus{where}, more than {within:.2%}"
            click.echo(f"Falls short: {finding.label}: {gains}.")
    return FELL_SHORT if short else 0


def types_of(tree: GameTree) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both players' types in words."""
    alice, bob = (tuple(tree.describe_type(i, t) for t in range(len(tree.types[i]))) for i in (0, 1))
    return alice, bob


def with_grid(protocol: Protocol, text: str | None) -> Protocol:
    """The protocol with the grid that --grid low,high,step names."""
    if text is None:
        return protocol
    try:
        low, high, step = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--grid: expected LOW,HIGH,STEP, got {text!r}") from None
    return replace(protocol, grid=Grid(low, high, step))


def _checked(chosen: Scenario, protocol: Protocol, pair: Any, stages: int | None) -> Finding:
    problem, play = chosen.problem(), chosen.play
    players = entries.pair_label(pair)
    session = Session(problem, protocol, pair, play.tremble)
    if stages is None and (protocol.horizon is None or protocol.grid is None):
        negotiations = max(4, min(play.negotiations, NEGOTIATIONS))
        return Finding(protocol, players, check(session, negotiations=negotiations, seed=play.seed))
    try:
        protocol = replace(protocol, horizon=stages or protocol.horizon)
        tree = game_tree(problem, protocol, horizon=protocol.horizon, tremble=play.tremble)
        profile = strategy_profile(tree, pair)
    except CannotPlay:
        if stages is not None:
            raise
        return Finding(protocol, players, check(session, negotiations=NEGOTIATIONS, seed=play.seed))
    return Finding(tree.protocol, players, check(tree, profile), tree, likely_path(tree, profile), types_of(tree))


def tell(
    chosen: Scenario, found: Sequence[Finding], kind: str, command: str, out: str | None, as_json: bool, no_plots: bool,
    **more: Any,
) -> None:  # fmt: skip
    """Print what was found (in JSON with what else is to be told), and write it with figures."""
    started = datetime.now().astimezone()
    folder = Path(out) if out else None if as_json or no_plots else store.default_folder(f"{chosen.name}-{kind}")
    with store.writing(folder) if folder else nullcontext(None) as room:
        if room:
            store.write_text(room / f"{kind}.txt", "\n\n\n".join(str(finding.report) for finding in found) + "\n")
            store.write_text(room / f"{kind}.json", store.as_json([finding.row() for finding in found]) + "\n")
            if not no_plots:
                _write_page(room, chosen, found)
            store.write_manifest(room, store.manifest(chosen, kind, command, started))
    if as_json:
        commands.tell_json(chosen, [finding.row() for finding in found], **more, results=folder)
        return
    console = Console()
    commands.say(console, f"{chosen.name}: {chosen.title}")
    for finding in found:
        click.echo()
        click.echo(f"== {finding.label}")
        click.echo(str(finding.report))
    click.echo()
    commands.say_where(console, folder, no_plots)


def _write_page(room: Path, chosen: Scenario, found: Sequence[Finding]) -> None:
    from experiments.report import save, write_page
    from negotiation.plots.equilibria import beliefs, stage_play

    figures = []
    for k, finding in enumerate(found):
        figures += [
            save(room, f"{name}-{k}", drawn, f"{finding.label}: {title}", shows, "")
            for name, (drawn, title, shows) in (finding.drawn or {}).items()
        ]
        if not finding.path:
            continue
        types = finding.types
        drawn: Any = stage_play(finding.path, types)
        figures.append(
            save(room, f"play-{k}", drawn, f"{finding.label}: offers and responses",
                 "The probability of each offer by the proposer's type, and of its acceptance by the responder's, stage by "
                 "stage along the likeliest path on which nobody agrees. Trembles are included.", "")
        )  # fmt: skip
        if max(len(t) for t in types) > 1:
            figures.append(
                save(room, f"beliefs-{k}", beliefs(finding.path, types), f"{finding.label}: beliefs",
                     "What an onlooker believes of each player's type before each stage of that path, and how likely the stage "
                     "is to be reached so.", "")
            )  # fmt: skip
    text = "\n\n\n".join(f"{finding.label}\n\n{finding.report}" for finding in found)
    write_page(room, chosen, figures, [], text=text)
