"""What `negotiation solve` does."""

from dataclasses import dataclass, replace
from typing import Any

import click
import numpy as np

from experiments import commands, entries, screen
from experiments.equilibrium_commands import FELL_SHORT, Finding, tell, types_of, with_grid
from experiments.scenario import Scenario
from negotiation.equilibrium import game_tree
from negotiation.equilibrium.likely_path import likely_path
from negotiation.equilibrium.solving import METHODS, solve
from negotiation.errors import CannotPlay, InputError
from negotiation.problem import PLAYERS
from negotiation.protocol import Protocol

TREMBLE = 0.01  # where the scenario has none: the solvers need trembles
MOST = 0.01  # a gain above this share of the surplus falls short: the `equilibrium` strategy would not play it
SMALL_TREE = 20_000  # nodes of a tree that is solved from several starts
STARTS = 3
SECONDS = 30.0  # for each start on a tree
SHOWN_STAGES = 8


@dataclass(frozen=True)
class Solved:
    """A solution as it is told: text, and numbers for JSON; ``share`` is the largest gain, as a share of the surplus."""

    text: str
    share: float
    told: dict[str, Any]

    def __str__(self) -> str:
        return self.text


def solve_command(
    scenario: str, *, command: str, method: str, stages: int | None, starts: int | None, grid: str | None, out: str | None,
    as_json: bool, no_plots: bool, **options: Any,
) -> int:  # fmt: skip
    """`negotiation solve`; the exit status."""
    if starts is not None and starts < 1:
        raise InputError(f"--starts: expected a whole number of at least 1, got {starts}")
    if stages is not None and stages < 1:
        raise InputError(f"--stages: expected a whole number of at least 1, got {stages}")
    if options.get("tremble") == 0:
        raise InputError("--tremble: the solvers need a probability above 0 (Section 5.3), got 0")
    chosen = commands.choose(scenario, options)
    tremble = chosen.play.tremble or TREMBLE
    found, refused, short = [], [], []
    for protocol in chosen.protocols():
        try:
            own = solutions(chosen, with_grid(protocol, grid), tremble, method, stages, starts)
        except CannotPlay as error:
            refused.append(str(error))
            continue
        found += own
        least = min(finding.report.share for finding in own)
        if least > MOST:
            short.append(f"{entries.label(protocol)}: the best profile found leaves {least:.2%} of the surplus to gain")
    if not found:
        raise InputError(f"{chosen.name}: nothing was solved: {'; '.join(refused)}")
    tell(chosen, found, "solve", command, out, as_json, no_plots, skipped=refused)
    if not as_json:
        for why in refused:
            click.echo(f"Not solved: {why}")
        for why in short:
            click.echo(f"Falls short: {why}")
    return FELL_SHORT if short or (refused and options.get("protocols")) else 0


def solutions(
    chosen: Scenario, protocol: Protocol, tremble: float, method: str, stages: int | None, starts: int | None
) -> list[Finding]:
    """The equilibria found of a protocol."""
    problem = chosen.problem()
    assert method in METHODS
    horizon = stages or protocol.horizon
    if method == "tree" or (method == "auto" and horizon is not None):
        return on_tree(chosen, protocol, tremble, horizon, starts)
    screen.note(f"Solving {entries.label(protocol)}: this may take a minute.")
    found = solve(problem, protocol, tremble=tremble, method=method)
    return [in_beliefs(chosen, protocol, found) if hasattr(found, "unrolled") else by_frequency(protocol, found)]


def on_tree(chosen: Scenario, protocol: Protocol, tremble: float, horizon: int | None, starts: int | None) -> list[Finding]:
    """Equilibria on the tree of the protocol cut after some stages, from several starts and rules for ties."""
    from negotiation.equilibrium.tie_rules import TIES
    from negotiation.equilibrium.tree_solver import equilibria

    tree = game_tree(chosen.problem(), protocol, horizon=horizon, tremble=tremble)
    small = tree.size <= SMALL_TREE
    count = starts or (STARTS if small else 1)
    froms: list[Any] = ["uniform", *range(chosen.play.seed, chosen.play.seed + count - 1)]
    ties = TIES if small or starts else TIES[:1]
    listed = []
    with screen.progress(f"Solving {entries.label(protocol)}", len(froms) * len(ties)) as bar:
        for tie in ties:
            for start in froms:
                listed.append((start, tie))
        found = equilibria(tree, starts=froms, ties=ties, seconds=SECONDS)
        if bar:
            bar.advance(len(listed))
    rules = replace(tree.protocol, horizon=tree.horizon)
    findings = []
    for k, solution in enumerate(found):
        said = (
            f"equilibrium {k + 1} of {len(found)} found"
            if solution.gain < 1e-4
            else f"profile {k + 1} of {len(found)}, no equilibrium"
        )
        told = {
            "gain": solution.gain,
            "method": solution.method,
            "found_by": [{"start": start, "tie": tie} for start, tie in solution.found_by],
            "efficiency": solution.outcome.efficiency,
            "payoffs": {PLAYERS[i]: solution.outcome.payoff[i].tolist() for i in (0, 1)},
            "agreements": [
                {"stage": a.stage, "proposer": PLAYERS[a.proposer], "agreement": a.words, "probability": a.probability}
                for a in solution.outcome.agreements
            ],
            "nodes": tree.size,
        }
        text = f"{tree.title}\n{solution}"
        if k == len(found) - 1:
            text += "\nOthers may exist: these are what the starts and the rules for ties led to."
        findings.append(
            Finding(rules, said, Solved(text, solution.gain, told), tree, likely_path(tree, solution.profile), types_of(tree))
        )
    return findings


def in_beliefs(chosen: Scenario, protocol: Protocol, found: Any) -> Finding:
    """An equilibrium in beliefs, with its path and its values over beliefs."""
    from agents import Equilibrium
    from negotiation.equilibrium.likely_beliefs import likely_beliefs
    from negotiation.equilibrium.markov_outcomes import markov_outcome
    from negotiation.plots.equilibria import values_over_beliefs

    outcome = markov_outcome(found)
    problem = found.problem
    labels = [tuple(str(label) for label in side) for side in problem.types]
    drawn = {}
    for i, grid in enumerate(found.grids):
        if grid.types != 2:
            continue
        point = found.start
        values = {}
        for k in (0, 1):
            table = found.stages[0].value[k]
            at = table[:, :, point.bob] if i == 0 else table[:, point.alice, :]
            for t, label in enumerate(labels[k]):
                values[f"{PLAYERS[k]}, type {label}"] = np.asarray(at[t], dtype=float)
        about = f"{PLAYERS[i]} is of type {labels[i][1]}"
        shows = f"What the negotiation is worth at stage 0, if the public belief were another one, by type; {problem.name}."
        drawn[f"values-{PLAYERS[i].lower()}"] = (
            values_over_beliefs(grid.beliefs[:, 1], values, about),
            "value over beliefs",
            shows,
        )
    each = f"; each of the {chosen.problem().n} items alike" if chosen.problem().n > 1 else ""
    gain = float(found.unrolled.gain)
    told = {
        "gain": gain / found.scale,
        "stage_gain": float(found.stage_gain),
        "efficiency": outcome.efficiency,
        "surplus": outcome.surplus,
        "first_best": outcome.first_best,
    }
    what = (
        "equilibrium" if gain <= Equilibrium.most * found.scale else f"profile, no equilibrium within {Equilibrium.most:.0%},"
    )
    said = f"{what} in beliefs{each}"
    types = (labels[0], labels[1])
    return Finding(
        protocol,
        said,
        Solved(f"{found}\n{outcome}", gain / found.scale, told),
        None,
        likely_beliefs(found, SHOWN_STAGES),
        types,
        drawn,
    )


def by_frequency(protocol: Protocol, found: Any) -> Finding:
    """A solution of an exchangeable game, with its demands."""
    from negotiation.plots.equilibria import demands_by_frequency

    told = {
        "gain": found.gain,
        "efficiency": found.efficiency,
        "agreement_at_0": found.agreement,
        "ratios_to_rubinstein": list(found.ratios),
        "residual": list(found.residual),
    }
    shows = "What each player demands while it has heard nothing, and the least expected payoff that it accepts."
    drawn = {"demands": (demands_by_frequency(found.demand, found.reserve, found.prior), "demands by frequency", shows)}
    return Finding(protocol, "simple strategies by frequency", Solved(str(found), found.gain, told), drawn=drawn)
