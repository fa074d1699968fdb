"""What `negotiation cooperative` does: a cooperative game with private types is solved, and the random dictatorship played in
it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments import commands, store
from experiments.cooperative_games import GameFile, load_game
from experiments.report import Cells, Shown, render, save
from negotiation import __version__
from negotiation.bargaining.incomplete import CoalitionAgreement, CooperativeGame, NeutralSolution, neutral_procedural_solution
from negotiation.errors import InputError

if TYPE_CHECKING:
    from agents.dictators import DictatorModel

FELL_SHORT = 1
CERTIFIED = 1e-6  # of the payoff range: the largest residual of a solution
Z95 = 1.959963984540054
MOST_PLAYS = 10**12


@dataclass(frozen=True)
class Cooperation:
    """A game with its solution, and the model in which the procedure was played, if it was."""

    chosen: GameFile
    solution: NeutralSolution
    model: "DictatorModel | None"

    @property
    def certified(self) -> bool:
        """Whether every coalition's residual is small."""
        scale = max(float(np.ptp(c.utility)) for c in self.chosen.game.coalitions.values()) or 1.0
        return self.solution.residual <= CERTIFIED * scale


def cooperative_command(
    game: str, *, command: str, plays: int | None, seed: int, out: str | None, as_json: bool, no_plots: bool
) -> int:  # fmt: skip
    """`negotiation cooperative`; the exit status."""
    for what, value, least in (("--plays", plays, 1), ("--seed", seed, 0)):
        if value is not None and not least <= value <= MOST_PLAYS:
            raise InputError(f"{what}: expected a whole number from {least} to {MOST_PLAYS:,}, got {value}")
    started, chosen = datetime.now().astimezone(), load_game(game, seed)
    done = cooperation(chosen, plays)
    told = tables(done)
    folder = Path(out) if out else None
    with store.writing(folder) if folder else nullcontext(None) as room:
        if room:
            _write(room, done, told, no_plots)
            about: Any = chosen  # it has what a manifest asks of a scenario
            store.write_manifest(room, store.manifest(about, "cooperative", command, started, plays=plays))
    if as_json:
        head = {"scenario": chosen.name, "seed": seed, "version": __version__, "rows": rows(done), "results": folder}
        click.echo(store.as_json(head | ({"procedure": procedure_rows(done)} if done.model else {})))
    else:
        console = Console()
        commands.say(console, f"{chosen.name}: {chosen.title}")
        for table in told:
            console.print()
            console.print(_on_screen(table))
            for line in table.note.splitlines():
                commands.say(console, line)
        commands.say_where(console, folder, no_plots)
    if not done.certified:
        click.echo(f"Falls short: the solution is certified only to {done.solution.residual:.2g} utils.", err=as_json)
        return FELL_SHORT
    return 0


def cooperation(chosen: GameFile, plays: int | None) -> Cooperation:
    """Solve a game, and let its players play the random dictatorship so often."""
    solution, model = neutral_procedural_solution(chosen.game), None
    if plays is not None:
        from agents.dictators import DictatorModel

        model = DictatorModel(chosen.game, plays, rng=chosen.seed)
        model.step()
    return Cooperation(chosen, solution, model)


def tables(done: Cooperation) -> list[Cells]:
    """What a reader sees: payoffs by coalition and type, the mechanism, and the procedure if it was played."""
    shown = [_payoffs(done), _mechanism(done)]
    return shown + ([_demands(done), _means(done)] if done.model else [])


def _payoffs(done: Cooperation) -> Cells:
    game = done.chosen.game
    head = [("coalition", True), *((name, False) for name in _types(game)), ("residual", False), ("by", True)]
    lines = []
    for members, agreed in done.solution.coalitions.items():
        lines.append([game.label(members), *_cells(game, members, agreed.payoffs), f"{agreed.residual:.0e}", agreed.method])
    note = "Expected payoffs of types in utils. What smaller coalitions get is the threat of their members. The residual, in "
    note += "utils, is the epsilon of Definition 4 that is certified."
    return Cells("Neutral procedural solution, by coalition and type", head, lines, note)


def _mechanism(done: Cooperation) -> Cells:
    game, agreed = done.chosen.game, done.solution.grand
    head = [(name, True) for name in game.players] + [("decision, with its probability", True)]
    lines = [[*types, _lottery(chosen)] for types, chosen in agreed.mechanism.rows()]
    note = f"A type that lies gains at most {agreed.incentive_gain:.0e} utils; without loss to anybody, types could gain at "
    note += f"most {agreed.efficiency_gain:.0e} in sum. Other mechanisms may give the same payoffs."
    return Cells(f"The mechanism of {game.label(agreed.members)}", head, lines, note)


def _demands(done: Cooperation) -> Cells:
    assert done.model is not None
    game, rules = done.chosen.game, done.model.rules
    head = [("coalition", True), ("dictator", True), *((name, False) for name in _types(game)), ("demand", True)]
    lines, notes = [], []
    for members, made in rules.demands.items():
        for one in made:
            lines.append([game.label(members), game.players[one.dictator], *_cells(game, members, one.payoffs), one.kind])
        if not rules.efficient(members) or any(one.kind != "strong" for one in made):
            notes.append(f"{game.label(members)}: {rules.why(members)}.")
    said = "All demands are strong and drawing lots loses nothing: by axiom RCRD' the procedure plays the solution."
    return Cells("Random dictatorship: what dictators demand", head, lines, "\n".join(notes) or said)


def _means(done: Cooperation) -> Cells:
    assert done.model is not None
    head = [("player", True), ("type", True), ("solution", False), ("procedure", False), ("played [95% interval]", False)]
    lines = [
        [row["player"], row["type"], *(number(row[k]) for k in ("solution", "procedure")),
         _interval(row),
         number(row["solution"] - row["procedure"])]
        for row in procedure_rows(done)["payoffs"]
    ]  # fmt: skip
    note = f"{done.model.plays:,} plays, seed {done.chosen.seed}; {sum(done.model.tally.refused.values()):,} refusals. "
    note += "Procedure: its expectation; short by: solution minus procedure, utils."
    return Cells("Random dictatorship: mean payoffs", [*head, ("short by", False)], lines, note)


def rows(done: Cooperation) -> list[dict[str, Any]]:
    """The solution as JSON tells it: a row for each coalition."""
    return [_row(done, members, agreed) for members, agreed in done.solution.coalitions.items()]


def _row(done: Cooperation, members: Sequence[int], agreed: CoalitionAgreement) -> dict[str, Any]:
    game = done.chosen.game
    types = [
        {"player": game.players[i], "type": label, "probability": float(game.prior[i][t]),
         "payoff": float(agreed.payoffs[k][t]), "claim": float(agreed.claims[k][t]),
         "weight": float(agreed.scales.utility_weights[k][t])}
        for k, i in enumerate(members)
        for t, label in enumerate(game.types[i])
    ]  # fmt: skip
    names = [game.players[i] for i in members]
    mechanism = [{"types": dict(zip(names, state, strict=True)), "decisions": lots} for state, lots in agreed.mechanism.rows()]
    told = {"method": agreed.method, "residual": agreed.residual, "efficiency_gain": agreed.efficiency_gain}
    return {"coalition": names, **told, "incentive_gain": agreed.incentive_gain, "types": types, "mechanism": mechanism}


def procedure_rows(done: Cooperation) -> dict[str, Any]:
    """The procedure as JSON tells it: what is demanded and lost by coalition, and payoffs by type beside the solution."""
    assert done.model is not None
    game, rules, tally = done.chosen.game, done.model.rules, done.model.tally
    demands = [
        {"coalition": [game.players[i] for i in members], "lost": rules.lost[members], "justified": rules.justified(members),
         "demands": [{"dictator": game.players[one.dictator], "kind": one.kind, "forgone": one.forgone,
                      "payoffs": [u.tolist() for u in one.payoffs]} for one in made]}
        for members, made in rules.demands.items()
    ]  # fmt: skip
    payoffs = []
    for i, (mean, error) in enumerate(zip(tally.means(), tally.errors(), strict=True)):
        for t, label in enumerate(game.types[i]):
            half = Z95 * float(error[t])
            told = {"mean": float(mean[t]), "low": float(mean[t]) - half, "high": float(mean[t]) + half}
            payoffs.append({
                "player": game.players[i], "type": label, "plays": int(tally.plays[i][t]),
                "solution": float(done.solution.payoffs[i][t]), "procedure": float(rules.payoffs[game.everybody][i][t]),
                **{name: value if np.isfinite(value) else None for name, value in told.items()},
            })  # fmt: skip
    return {"plays": done.model.plays, "coalitions": demands, "payoffs": payoffs}


def number(value: float) -> str:
    """Six digits, and no -0."""
    return f"{round(float(value), 6) + 0.0:.6g}"


def _cells(game: CooperativeGame, members: Sequence[int], payoffs: Sequence[Any]) -> list[str]:
    """A payoff for each type of each player; - for who is not a member."""
    own = dict(zip(members, payoffs, strict=True))
    return [number(own[i][t]) if i in own else "-" for i in range(game.n) for t in range(len(game.types[i]))]


def _types(game: CooperativeGame) -> list[str]:
    return [
        name if len(types) == 1 else f"{name} {t}" for name, types in zip(game.players, game.types, strict=True) for t in types
    ]


def _interval(row: dict[str, Any]) -> str:
    """A mean with its interval, as far as there were plays enough to tell."""
    if row["mean"] is None:
        return "never occurred"
    return f"{row['mean']:.5g} " + ("[-]" if row["low"] is None else f"[{row['low']:.5g}, {row['high']:.5g}]")


def _lottery(chosen: dict[str, float]) -> str:
    return "; ".join(label if p > 1 - 5e-7 else f"{number(p)} {label}" for label, p in chosen.items())


def _on_screen(cells: Cells) -> Table:
    looks: dict[str, Any] = {"header_style": "bold", "title": cells.title, "title_justify": "left"}
    table = Table(box=None, padding=(0, 2, 0, 0), **looks)
    for k, (name, words) in enumerate(cells.head):  # headings may wrap, and so may what is last; names and numbers may not
        widest = max([len(row[k]) for row in cells.rows] + [len(word) for word in name.split()])
        whole = widest if k == 0 or not words else None
        said = name if words else name.replace(" ", "\n", 1)
        table.add_column(Text(said), justify="left" if words else "right", overflow="fold", min_width=whole)
    for row in cells.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _write(room: Path, done: Cooperation, told: Sequence[Cells], no_plots: bool) -> None:
    chosen = done.chosen
    store.write_text(room / "solution.txt", f"{done.solution}\n")
    store.write_text(room / "solution.json", store.as_json(rows(done)) + "\n")
    if done.model:
        store.write_text(room / "procedure.json", store.as_json(procedure_rows(done)) + "\n")
    if no_plots:
        return
    from experiments.frontier_figures import drawn_frontiers

    figures: list[Shown] = []
    for name, (axes, title, shows, reading) in drawn_frontiers(done).items():
        figures.append(save(room, name, axes, title, shows, reading))
    kinds = " and ".join(f"{len(types)}" for types in chosen.game.types)
    head: dict[str, Any] = {
        "title": chosen.title,
        "lead": [chosen.description],
        "facts": f"{chosen.game.n} players with {kinds} types; residual {done.solution.residual:.0e} utils",
        "footer": f"Game {chosen.name}. Written by negotiation {__version__}. Figures are in the folder figures.",
    }
    text = str(done.solution)
    render(room, **head, figures=figures, tables=told, text=text, told="Coalition by coalition")
