"""Experiments with many types, and with coalitions that break away from an unstable compromise (file 000, Section 6.2)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from agents.civilisation import Group
from agents.compromise_tables import Procedure, action_table, correlated_prior, payoffs
from experiments.ecl_society import played
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.bayesian_compromise import compromise
from negotiation.ecl.breakaways import breakaway
from negotiation.ecl.coalition_examples import example_64, example_66

TYPES = (2, 4, 8, 16, 32, 64)
VERTICES = 8
EXAMPLES = {"Example 64": (example_64, "A"), "Example 66": (example_66, "nash")}  # what is expected of outsiders
STEPS = 6


def projects(types: int, alike: float, correlation: float, rng: np.random.Generator) -> BayesianBargainingGame:
    """A random game: each type has ``VERTICES`` projects, what one is worth to a type is standard normal, with correlation
    ``alike`` between types; types equally likely, another player is of one's own for sure with probability ``correlation``."""
    shared = rng.standard_normal((types, VERTICES, 1))
    worth = np.sqrt(alike) * shared + np.sqrt(1 - alike) * rng.standard_normal((types, VERTICES, types))
    return BayesianBargainingGame(list(worth), correlated_prior(np.full(types, 1 / types), correlation))


def many_types(
    size: int = 20_000, seed: int = 1, types: Sequence[int] = TYPES, alike: Sequence[float] = (0.0, 0.5),
    correlations: Sequence[float] = (0.0, 0.1, 0.3), draws: int | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Gains from trade against the number of types, the correlation of what projects are worth to them, and that of the types
    of universes. Means over types and random games; ``gain`` in standard deviations of what a project is worth."""
    rows = []
    for m in types:
        count = draws or max(2, min(10, 64 // m))
        for a in alike:
            for c in correlations:
                rng = np.random.default_rng((seed, m))
                found = np.zeros((count, 3))
                for k in range(count):
                    game = projects(m, a, c, rng)
                    told = played(game, [Group()], max(size // 4, 50 * m), seed + k, 25 if c else 1).measured()
                    found[k] = gain_of(game), float((told.count * told.gain).sum() / told.count.sum()), 0.0
                    found[k, 2] = float(bayesian_nash(game).payoffs.mean())
                mean = found.mean(axis=0)
                error = found.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(3, np.nan)
                rows.append((m, a, c, mean[1], error[1], mean[0], mean[2]))
    return pd.DataFrame(rows, columns=["types", "alike", "correlation", "gain", "gain_error", "gain_theory", "own"])


def gain_of(game: BayesianBargainingGame) -> float:
    """What types gain on average by the compromise, 0 where there are no gains from trade; utils per other player."""
    return float((payoffs(action_table(game), game.beliefs) - bayesian_nash(game).payoffs).mean())


def breaking_away(size: int = 20_000, seed: int = 1, steps: int = STEPS) -> pd.DataFrame:
    """Coalitions that break away from the Nash solution in Examples 64 and 66, three equally likely types: the payoffs of
    each type after each step, measured in a society whose civilisations foresee so many steps, and in theory. Utils of the
    three-player game (three times those per other universe)."""
    rows = []
    for name, (build, kind) in EXAMPLES.items():
        full = build()
        game = BayesianBargainingGame(full.vertices, np.full(3, 1 / 3))
        start = 3 * compromise(game).payoffs
        course = breakaway(full, start, kind, most_steps=steps)  # type: ignore[arg-type]
        points = [start, *(step.realised for step in course.steps)]
        who = ["all", *("{" + ", ".join(str(i + 1) for i in step.coalition) + "}" for step in course.steps)]
        for k, (point, group) in enumerate(zip(points, who, strict=True)):
            mind = Group(Procedure("nash", breakaways=k, outsiders=kind))  # type: ignore[arg-type]
            found = played(game, [mind], 3 * max(size // 60, 100), seed, draw="quota")
            told = 3 * found.realised[0] * (found.universes - 1) / found.universes
            rows += [(name, k, group, game.labels[t], told[t], point[t], course.ending) for t in range(3)]
    return pd.DataFrame(rows, columns=["example", "step", "coalition", "type", "payoff", "payoff_theory", "ending"])
