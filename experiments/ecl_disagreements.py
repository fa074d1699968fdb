"""Experiments with universes that reason differently: other solutions, other beliefs, other disagreement points.

Their actions are each right for a compromise that the others do not carry out. What is lost is measured as ``slack``: the
largest share of its ideal gain (the most it could gain if nobody else may lose) by which all types could be better off at
once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from agents.civilisation import Group
from agents.compromise_tables import SOLUTIONS, Floats, Procedure, correlated_prior, joint_prior, payoffs, with_prior
from experiments.ecl_society import overall, played
from negotiation.ecl.action_sets import power_budget
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.coalition_examples import example_66
from negotiation.ecl.examples import example_55, example_56, random_polytopes

MINDS = 12  # different priors in a society with noise


def unequal() -> BayesianBargainingGame:
    """Two types that solutions treat differently: type 1 is the likelier one, type 2 can do more for both. Square-root
    utility."""
    return BayesianBargainingGame(
        [power_budget([1.0, 0.6]), power_budget([1.2, 2.0])], correlated_prior(np.array([0.6, 0.4]), 0.0)
    )


def hostile() -> BayesianBargainingGame:
    """Two types, each with actions on an arc between its own values and the other's, and one by which it loses little and
    harms the other: type 2 more than type 1."""
    arc = np.linspace(0, np.pi / 2, 13)
    good = np.column_stack([np.cos(arc), np.sin(arc)])
    first, second = np.vstack([good, [[0.8, -0.3]]]), np.vstack([good, [[-1.0, 0.8]]])
    return BayesianBargainingGame([first, second], correlated_prior(np.array([0.5, 0.5]), 0.0))


def three_types() -> BayesianBargainingGame:
    """Example 66 with three equally likely types for players; payoffs are a third of its."""
    return BayesianBargainingGame(example_66().vertices, np.full(3, 1 / 3))


POINTS = {"threats": (hostile, ("nash", "threat")), "Example 66": (three_types, ("nash", "alone", "stable"))}


def slack(game: BayesianBargainingGame, x: Floats, ideal: Floats) -> float:
    """The share of everybody's ``ideal`` gain (T,) that payoffs ``x`` (T,) leave on the table; 0 on the Pareto frontier."""
    out = game.feasible.program(np.zeros(game.types), 1.0, np.eye(game.types), -ideal, x)
    return float(out.t)


def solution_matrix(size: int = 20_000, seed: int = 1, solutions: Sequence[str] = SOLUTIONS) -> pd.DataFrame:
    """Type 1 decides by the solution ``first``, type 2 by ``second``: what each gains (utils, over own values) and what is
    lost."""
    rows = _matrix(unequal(), [Procedure(name) for name in solutions], solutions, size, seed)
    return pd.DataFrame(rows, columns=["first", "second", "gain_1", "gain_2", "slack"])


def disagreement_matrix(size: int = 20_000, seed: int = 1) -> pd.DataFrame:
    """All types take the Nash solution, the last type from the disagreement point ``second``, the others from ``first``: two
    types that can harm each other, and the three of Example 66."""
    rows: list[tuple[object, ...]] = []
    for name, (build, points) in POINTS.items():
        for row in _matrix(build(), [Procedure("nash", point) for point in points], points, size, seed):
            rows.append((name, *row) if len(row) == 6 else (name, *row[:4], float("nan"), row[4]))
    return pd.DataFrame(rows, columns=["game", "first", "second", "gain_1", "gain_2", "gain_3", "slack"])


def _matrix(
    game: BayesianBargainingGame, procedures: Sequence[Procedure], names: Sequence[str], size: int, seed: int
) -> list[tuple[str | float, ...]]:
    universes = 60 * max(size // 1200, 2)
    d = bayesian_nash(game).payoffs
    ideal = game.feasible.ideal(d) - d
    last = np.arange(game.types) == game.types - 1
    rows: list[tuple[str | float, ...]] = []
    for one, first in zip(procedures, names, strict=True):
        for other, second in zip(procedures, names, strict=True):
            groups = [Group(one, share=tuple(1.0 - last)), Group(other, share=tuple(1.0 * last))]
            found = played(game, groups, universes, seed, draw="quota").measured()
            gain = found.gain * (universes - 1) / universes  # without the weight of oneself: many universes
            rows.append((first, second, *gain.tolist(), slack(game, d + gain, ideal)))
    return rows


def belief_noise(
    size: int = 20_000, seed: int = 1, noise: Sequence[float] = (0, 0.25, 0.5, 1, 2), minds: int = MINDS
) -> pd.DataFrame:
    """No common prior: each civilisation believes in one of ``minds`` joint priors, the true one times independent lognormal
    factors with standard deviation ``noise`` of their logarithms. ``gain``: realised; ``expected``: what they expect on
    average if all others thought alike; both as fractions of what own values give (of what they are expected to give)."""
    rng = np.random.default_rng(seed)
    games = {
        "square root": example_55(0.6),
        "logarithmic, r = 100": example_56(0.6, 100.0),
        "8 vertices, 6 types": with_prior(random_polytopes(6, rng, own=1.0), correlated_prior(np.full(6, 1 / 6), 0.2)),
    }
    rows = []
    for name, game in games.items():
        drawn = rng.standard_normal((minds, game.types, game.types))
        for sigma in noise:
            priors = [noisy(joint_prior(game), sigma * one) for one in (drawn if sigma else drawn[:1])]
            groups = [Group(Procedure(), prior, 1 / len(priors)) for prior in priors]
            model = played(game, groups, size, seed, 25)
            gain, error, _ = overall(model)
            minds_of = [(model.believed(group), model.table(group)) for group in groups]
            told = [[game.prior @ payoffs(t, m.beliefs), game.prior @ bayesian_nash(m).payoffs] for m, t in minds_of]
            expected, own = np.mean(told, axis=0)
            rows.append((name, sigma, gain, error, expected / own - 1))
    return pd.DataFrame(rows, columns=["utility", "noise", "gain", "gain_error", "expected"])


def noisy(prior: Floats, noise: Floats) -> Floats:
    """A symmetric joint prior (T, T) with ``noise`` (T, T), its upper triangle, on the logarithms."""
    factor = np.triu(np.exp(noise))
    P = prior * (factor + np.triu(factor, 1).T)
    return np.asarray(P / P.sum())
