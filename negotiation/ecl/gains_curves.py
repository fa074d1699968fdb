r"""How gains from trade fall with the belief in the other type: the double decrease and Paretotopia.

Two types of equal prior; q = p(s | t), s != t, is the belief that another player is of the other type, p = 1 - q. At the
compromise, from the Bayesian Nash equilibrium, each type's *share* of utility due to the other and its *gain*, a fraction of
what it has alone, are

    square roots (Example 55)        share = q^2 / (1 - 2 p q),   gain = sqrt(1 - 2 p q) / p - 1
    logarithms, resources r (56)     x = p log(p r), y = q log(q r) where q r > 1:   share = y / (x + y),
                                     gain = (x + y) / (p log(r - 1)) - 1;   no trade, share = gain = 0, where q r <= 1.

The share falls as q^2 and the gain as q^2 / 2 for square roots, the *double decrease* (Armstrong 2017); for logarithms both are
about linear in q but for a factor log(q r) (Drexler's *Paretotopia*). The printed formulas for logarithms divide by p log r,
which cannot be had as the other type gets at least one unit, and print "p <= 1/r" for p <= 1 - 1/r; beyond it the printed gain
is negative.

Source: file 000 (Treutlein), Figures 2, 13 and 15, Examples 55 and 56.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.errors import NoGainsFromTrade
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.bayesian_compromise import compromise
from negotiation.ecl.examples import example_55, example_56
from negotiation.errors import InputError


@dataclass(frozen=True)
class GainsCurve:
    """``belief`` (K,): q, the belief in the other type. ``share`` (K,): fraction of a type's interim utility, at the
    compromise, that the other type's actions give it. ``gain`` (K,): gains from trade as a fraction of the disagreement
    payoff. ``label``.
    """

    label: str
    belief: FloatArray
    share: FloatArray
    gain: FloatArray


def square_root_curve(belief: ArrayLike) -> GainsCurve:
    """Figures 2 and 13 by the formulas of the module; ``belief`` (K,) in [0, 1/2], the range in which the figures are drawn."""
    q = _beliefs(belief)
    p = 1.0 - q
    total = 1.0 - 2.0 * p * q
    # sqrt(total)/p - 1 without cancellation: total = p^2 + q^2
    ratio = (q / p) ** 2
    return GainsCurve("square root", q, q**2 / total, ratio / (np.sqrt(1.0 + ratio) + 1.0))


def logarithmic_curve(belief: ArrayLike, resources: float) -> GainsCurve:
    """Figures 2 and 15 by the formulas of the module; ``belief`` (K,) in [0, 1/2], ``resources`` r > 2."""
    q = _beliefs(belief)
    if not resources > 2.0:
        raise InputError(f"two types need more than 2 resources to have anything to give, got {resources}")
    p = 1.0 - q
    trade = q * resources > 1.0
    given = np.where(trade, q * np.log(np.where(trade, q * resources, 1.0)), 0.0)
    kept = np.where(trade, p * np.log(p * resources), p * np.log(resources - 1.0))
    alone = p * np.log(resources - 1.0)
    return GainsCurve(f"logarithmic, r = {resources:g}", q, given / (given + kept), (given + kept) / alone - 1.0)


def solved_curve(build: Callable[[float], BayesianBargainingGame], belief: ArrayLike, label: str = "solved") -> GainsCurve:
    """The same curve from compromises of games: ``build`` maps p(t | t) = 1 - q to a game of two types; values of type 1.

    Where there are no gains from trade, share and gain are those of the Bayesian Nash equilibrium.
    """
    q = _beliefs(belief)
    share, gain = np.empty_like(q), np.empty_like(q)
    for k, other in enumerate(q):
        game = build(1.0 - float(other))
        try:
            found = compromise(game)
            actions, gain[k] = found.actions, found.relative_gains[0]
        except NoGainsFromTrade:
            actions, gain[k] = bayesian_nash(game).actions, 0.0
        share[k] = game.reach[1, 0] * actions[1, 0] / game.interim(actions)[0]
    return GainsCurve(label, q, share, gain)


def figure_13(belief: ArrayLike) -> GainsCurve:
    """Example 55 solved at each ``belief``."""
    return solved_curve(example_55, belief, "square root, solved")


def figure_15(belief: ArrayLike, resources: float = 100.0) -> GainsCurve:
    """Example 56 solved at each ``belief``."""
    return solved_curve(lambda same: example_56(same, resources), belief, f"logarithmic, r = {resources:g}, solved")


def _beliefs(belief: ArrayLike) -> FloatArray:
    q = np.atleast_1d(np.asarray(belief, dtype=float))
    if not ((q >= 0.0) & (q <= 0.5)).all():
        raise InputError(f"the belief in the other type is between 0 and 1/2 in these figures, got {q}")
    return q
