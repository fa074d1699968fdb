"""Theory's lines for sweeps, where theory has any: the second best of an isolated item, and Rubinstein's shares."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium import second_best
from negotiation.plots.style import Line, numeric
from negotiation.priors import IID
from negotiation.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

HARMLESS = {"items", "discount", "tremble", "negotiations", "seed", "protocols", "strategies", "reopen", "horizon"}
SIMPLE = 100  # the largest denominator of a number that is written as a fraction


def second_best_lines(problem: Problem, keys: Sequence[str]) -> list[Line]:
    """The second best of an isolated item as a share of its first best, in sweeps over the number of independent items of one
    class; nothing where the sweep changes the items themselves."""
    names = [key.rsplit(".", 1)[-1] for key in keys]
    if "items" not in names or not set(names) <= HARMLESS or not isinstance(problem.prior, IID):
        return []
    if np.ptp(problem.classes):
        return []
    found = second_best(replace(problem, classes=problem.classes[:1], items=()))
    label = f"second best of an isolated item, {written(found.surplus)} of {found.first_best:g} utils"
    return [Line(label, found.efficiency)]


def written(value: float) -> str:
    """A number as a whole number or a simple fraction where it is one to 1e-9, else with four digits."""
    simple = Fraction(value).limit_denominator(SIMPLE)
    return str(simple) if abs(float(simple) - value) < 1e-9 * max(1.0, abs(value)) else f"{value:.4g}"


def rubinstein_lines(
    problem: Problem,
    frame: "pd.DataFrame",
    keys: Sequence[str],
    player: int,
    order: str = "alternating",
    recognition: float = 0.5,
) -> list[Line]:
    """A player's Rubinstein share of the surplus, before the first stage; along the axis where that is the discount factor, and
    nothing where panels differ in it."""
    if "discount" not in keys:
        share = rubinstein_shares(problem.discount, order, recognition).expected[player]
        return [Line("Rubinstein share", float(share))]
    if keys[0] != "discount" or not numeric(frame, "discount"):
        return []
    low, high = float(frame["discount"].min()), float(frame["discount"].max())
    x = np.unique(np.concatenate([np.linspace(low, high, 41), frame["discount"].unique()]))
    return [
        Line("Rubinstein share", [float(rubinstein_shares((d, d), order, recognition).expected[player]) for d in x], list(x))
    ]
