"""What `negotiation ecl` tells of a game: the game, its equilibria, the compromise, gains, stability; as tables and as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from agents.compromise_tables import separable
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import BargainingError, NoGainsFromTrade
from negotiation.bargaining.solutions import egalitarian, kalai_smorodinsky, nash
from negotiation.ecl.action_sets import LogarithmicBudget, PowerBudget
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.bayesian_compromise import SOLUTIONS, compromise
from negotiation.ecl.breakaways import breakaway
from negotiation.ecl.coalition_cores import core
from negotiation.ecl.separable_games import SeparableGame
from negotiation.ecl.stable_points import stable_disagreement
from negotiation.ecl.supporting_sequence import dependency_certificate
from negotiation.errors import CannotPlay, InputError

MOST_STABLE = 8
Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Block:
    """A table with a head, or lines: rows of one cell."""

    title: str
    head: Sequence[str]
    rows: Rows
    note: str = ""


@dataclass(frozen=True)
class Told:
    """What is told of a game: blocks for people, ``data`` for JSON, and payoffs by label for a figure."""

    title: str
    blocks: list[Block]
    data: dict[str, Any]
    labels: Sequence[str] = ()
    own: Any = ()  # payoffs without agreement
    payoffs: Any = ()


def number(x: float) -> str:
    """A number as tables show it."""
    return "-" if x != x else f"{0.0 if abs(x) < 5e-10 else x:.6g}"


def vector(x: Any) -> str:
    """A payoff vector."""
    shown = [number(v) for v in np.asarray(x)[:8]]
    return f"({', '.join(shown)}{', ...' if len(x) > 8 else ''})"


def describe(actions: FeasibleSet) -> str:
    """What a type can do, in words."""
    if isinstance(actions, PowerBudget):
        return f"power {actions.exponent:g}, {actions.resources:g} resources, scale {vector(actions.scale)}"
    if isinstance(actions, LogarithmicBudget):
        return f"logarithmic, {actions.resources:g} resources, scale {vector(actions.scale)}"
    points = getattr(actions, "points", None)
    return f"{len(points)} vertices" if points is not None else "a convex set"


def tell_bargaining(game: BayesianBargainingGame, title: str, solution: str = "nash", disagreement: str = "nash") -> Told:
    """A Bayesian bargaining game: Bayesian Nash equilibrium, compromise, gains, certificate, other solutions, stability."""
    T = game.types
    equilibrium = bayesian_nash(game)
    players = "very many players" if game.players == inf else f"{game.players:g} players"
    about = [[n, number(game.prior[t]), vector(game.beliefs[t]), describe(game.actions[t])] for t, n in enumerate(game.labels)]
    blocks = [Block(f"The game: {T} types, {players}", ["type", "prior", "believes of others", "actions"], about)]
    data: dict[str, Any] = {
        "players": None if game.players == inf else int(game.players), "types": game.labels, "prior": game.prior,
        "beliefs": game.beliefs, "equilibrium": {"payoffs": equilibrium.payoffs, "actions": equilibrium.actions,
        "unique": equilibrium.unique},
    }  # fmt: skip
    rows = [[n, number(equilibrium.payoffs[t]), vector(equilibrium.actions[t])] for t, n in enumerate(game.labels)]
    unique = "It is unique." if equilibrium.unique else "There are others: types with several best actions." if (
        equilibrium.unique is False) else "Whether it is unique was not established."  # fmt: skip
    blocks.append(
        Block("Bayesian Nash equilibrium: everybody's own values", ["type", "payoff", "gives to each type"], rows, unique)
    )
    try:
        found = compromise(game, disagreement=disagreement, solution=solution)
    except NoGainsFromTrade:
        blocks.append(Block("Compromise", [""], [["There are no gains from trade: everybody looks at its own values."]]))
        data["compromise"] = None
        return Told(title, blocks, data, game.labels, equilibrium.payoffs, equilibrium.payoffs)
    rows = [
        [n, number(found.disagreement[t]), number(found.payoffs[t]), number(found.gains[t]),
         "-" if found.relative_gains[t] != found.relative_gains[t] else f"{found.relative_gains[t]:.3%}",
         number(found.weights[t]), vector(found.actions[t])]
        for t, n in enumerate(game.labels)
    ]  # fmt: skip
    head = ["type", "disagreement", "payoff", "gain", "in %", "weight", "gives to each type"]
    note = f"All types maximise the sum of payoffs with these weights; certificate: gap {found.gap:.1g}. {found.note}".strip()
    blocks.append(Block(f"Compromise: {found.solution}, disagreement point {disagreement!r}", head, rows, note))
    dependency = dependency_certificate(game, found.actions, equilibrium.actions)
    excess = float(dependency.gains.max())
    if excess <= 1e-9:
        said = f"Yes (Theorem 51): whatever a type does instead is worth at least {number(-excess)} utils less to it."
    else:
        said = f"Not shown by Theorem 51's sequence: an alternative is worth {number(excess)} utils more to some type."
    blocks.append(Block("Is it a dependency equilibrium?", [""], [[said]]))
    data["compromise"] = {
        "solution": found.solution, "disagreement": found.disagreement, "payoffs": found.payoffs, "gains": found.gains,
        "relative_gains": found.relative_gains, "weights": found.weights, "actions": found.actions, "gap": found.gap,
        "dependency_gains": dependency.gains,
    }  # fmt: skip
    blocks.append(_others(game, disagreement, data))
    blocks.append(_stability(game, found.payoffs, data))
    return Told(title, blocks, data, game.labels, found.disagreement, found.payoffs)


def _others(game: BayesianBargainingGame, disagreement: str, data: dict[str, Any]) -> Block:
    rows, told = [], {}
    for name in SOLUTIONS:
        try:
            one = compromise(game, disagreement=disagreement, solution=name)
        except (CannotPlay, BargainingError) as error:
            rows.append([name, f"({error})"])
            continue
        told[name] = one.payoffs
        worse = " (some are worse off)" if (one.gains < -1e-9).any() else ""
        rows.append([name, vector(one.payoffs) + worse])
    data["solutions"] = told
    return Block("Other solutions", ["solution", "payoffs"], rows)


def _stability(game: BayesianBargainingGame, payoffs: Any, data: dict[str, Any]) -> Block:
    if game.types > MOST_STABLE or game.types < 2:
        why = f"Coalitions are examined for 2 to {MOST_STABLE} types."
        return Block("Coalitions of types", [""], [[why]])
    try:
        return _core_block(separable(game), game.labels, payoffs, data)
    except InputError:
        return Block("Coalitions of types", [""], [["Not examined: not all actions are given by vertices."]])


def _core_block(game: SeparableGame, labels: Sequence[str], payoffs: Any, data: dict[str, Any]) -> Block:
    rows, told = [], {}
    expected = {"alpha": "threats", "A": "Pareto optimal actions, worst case (62)", "nash": "their own values"}
    for kind, words in expected.items():
        report = core(game, payoffs, kind)  # type: ignore[arg-type]
        names = ", ".join(labels[i] for i in report.objection.coalition)
        blocked = f"{{{names}}} get {vector(report.objection.payoffs)}" if report.verdict == "blocked" else ""
        rows.append([words, report.verdict, blocked])
        told[kind] = {"verdict": report.verdict, "gain": report.excess, "coalition": list(report.objection.coalition)}
    data["stability"] = told
    return Block(
        "Coalitions: is the compromise stable?", ["what outsiders are expected to do", "verdict", "who breaks away"], rows
    )


def tell_separable(game: SeparableGame, title: str, players: Sequence[str] = ()) -> Told:
    """A game with additively separable utilities and complete information: Nash point, solutions, cores, break-aways."""
    labels = list(players) or [str(i + 1) for i in range(game.n)]
    about = [[n, "  ".join(vector(row) for row in game.vertices[i])] for i, n in enumerate(labels)]
    d = np.asarray(game.gives(game.selfish).sum(axis=0))
    blocks = [Block("The game: what each action gives to each player", ["player", "actions"], about)]
    rows = [["Nash point (own values)", vector(d)]]
    solutions: dict[str, Any] = {}
    data: dict[str, Any] = {"players": labels, "nash_point": d, "solutions": solutions}
    best = d
    for name, solve in (("Nash", nash), ("Kalai-Smorodinsky", kalai_smorodinsky), ("egalitarian", egalitarian)):
        try:
            found = solve(game.feasible, d)
        except NoGainsFromTrade:
            rows.append([name, "no gains from trade"])
            continue
        best = found.point if name == "Nash" else best
        rows.append([name, vector(found.point)])
        solutions[name] = found.point
    blocks.append(Block("Equilibrium and compromise", ["", "payoffs"], rows))
    data["payoffs"], data["gains"] = best, best - d
    blocks.append(_core_block(game, labels, best, data))
    blocks.append(_cores(game, data))
    course = breakaway(game, best)
    steps = [
        [f"{{{', '.join(labels[i] for i in step.coalition)}}}", vector(step.expected), vector(step.realised)]
        for step in course.steps
    ]
    data["breakaways"] = {"ending": course.ending, "steps": [
        {"coalition": list(s.coalition), "expected": s.expected, "realised": s.realised} for s in course.steps]}  # fmt: skip
    if steps:
        head = ["breaks away", "its members expect", "payoffs of all then"]
        blocks.append(Block("What happens then, step by step", head, steps, f"Ending: {course.ending}."))
    return Told(title, blocks, data, labels, d, best)


def _cores(game: SeparableGame, data: dict[str, Any]) -> Block:
    rows, told = [], {}
    for kind in ("A", "nash"):
        report = core(game, kind=kind)
        said = f"contains {vector(report.point)}" if report.verdict == "in the core" else report.verdict
        if report.relaxation is not None and report.verdict != "in the core":
            said += f"; least relaxation {number(report.relaxation.lower)} to {number(report.relaxation.upper)} utils"
        rows.append([{"A": "outsiders do (62)", "nash": "outsiders look at own values"}[kind], said])
        told[kind] = {"verdict": report.verdict, "point": report.point}
    stable = stable_disagreement(game)
    rows.append(["stable disagreement point", f"{vector(stable.point)}, Nash solution from it {vector(stable.solution.point)}"])
    data["cores"], data["stable"] = told, {"disagreement": stable.point, "solution": stable.solution.point}
    return Block("Cores", ["", ""], rows)
