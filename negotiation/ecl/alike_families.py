"""All dependency equilibria of a game with two types and two actions when players of the same type act alike: Example 35's
exercise.

Let mu_t be the probability that type t plays action 0, delta the covariance of the two types' choices. Type t knows that its
like act as it does, so it is indifferent exactly if

    P(other type plays 0 | I play 0) - P(other type plays 0 | I play 1) = delta / (mu_t (1 - mu_t)) = kappa_t,
    kappa_t = (own_t(1) - own_t(0)) (o + w_tt) / (w_tt' D_t'),

with own_t(a) = u[t, t, a], D_t' = u[t', t, 0] - u[t', t, 1], w_tt' = (n - 1) p(t' | t), o = 1 (for n = inf, w = p(t' | t) and o
= 0). Both types mix exactly if delta = kappa_1 mu_1 (1 - mu_1) = kappa_2 mu_2 (1 - mu_2) and the four joint probabilities are
not negative; for kappa > 0 and equal (kappa <= 1) these are the two curves

    mu_2 = mu_1, for all mu_1 in (0, 1);    mu_2 = 1 - mu_1, for mu_1 in [kappa / (1 + kappa), 1 / (1 + kappa)].

One type can mix alone only if kappa_t = 0. In Example 35 kappa = 1/2 + 1/(n - 1): no mixed equilibrium for n = 2, the diagonal
for n = 3.

Source: derived here; file 000, Example 35, leaves it as an exercise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from negotiation.ecl.ecl_games import ECLBayesianGame, own_utilities
from negotiation.ecl.type_priors import Floats
from negotiation.errors import CannotPlay, InputError


@dataclass(frozen=True, eq=False)
class MixedFamily:
    """A curve of mixed dependency equilibria: for mu_1 in one of ``intervals``, type 1 plays action 0 with probability
    mu_2(mu_1).

    ``kappa`` (2,) the difference in belief that makes a type indifferent. ``intervals`` are known to ``resolution``."""

    branch: Literal["same side", "other side"]
    kappa: Floats
    intervals: tuple[tuple[float, float], ...]
    resolution: float

    def second(self, first: float) -> float:
        """mu_2 at mu_1 = ``first``: the root of kappa_2 mu_2 (1 - mu_2) = kappa_1 mu_1 (1 - mu_1) on the branch's side of
        1/2."""
        root = 1 - 4 * self.kappa[0] / self.kappa[1] * first * (1 - first)
        if root < -1e-15:
            return float("nan")
        above = (first >= 0.5) == (self.branch == "same side")
        return float(0.5 + (0.5 if above else -0.5) * np.sqrt(max(root, 0.0)))

    def distribution(self, first: float) -> Floats:
        """(2, 2) the joint distribution of the types' actions at mu_1 = ``first``; CannotPlay outside of the intervals."""
        if not any(low - 1e-12 <= first <= high + 1e-12 for low, high in self.intervals):
            raise CannotPlay(f"mixed family {self.branch!r}: mu_1 = {first} is outside of its intervals {self.intervals}")
        return np.maximum(self.table(first), 0.0)

    def table(self, first: float) -> Floats:
        """``distribution`` without the check: entries are negative (or NaN) outside of the intervals."""
        mu, delta = np.array([first, self.second(first)]), self.kappa[0] * first * (1 - first)
        signs = np.array([[1.0, -1.0], [-1.0, 1.0]])
        return np.outer([mu[0], 1 - mu[0]], [mu[1], 1 - mu[1]]) + delta * signs


def indifference(game: ECLBayesianGame) -> Floats:
    """(2,) kappa_t; infinite if no belief makes type t indifferent, NaN if every one does. InputError unless 2 types have 2
    actions."""
    if (game.types, game.actions) != (2, 2):
        raise InputError(f"mixed families: expected 2 types with 2 actions, got {game.types} types with {game.actions} actions")
    own, (alone, others) = own_utilities(game), game.weights
    cost = (own[:, 1] - own[:, 0]) * (alone + np.diag(others))
    help_ = np.array([others[t, 1 - t] * (game.utilities[1 - t, t, 0] - game.utilities[1 - t, t, 1]) for t in (0, 1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(cost / help_)


def mixed_families(game: ECLBayesianGame, *, resolution: float = 1e-9) -> list[MixedFamily]:
    """All dependency equilibria in which both types mix and like types act alike, as curves; empty if there are none.

    Intervals are found on a grid of 999 values of mu_1 (and 1/2) and their ends bisected to ``resolution``. CannotPlay in the
    degenerate cases kappa_t = 0 or NaN, where equilibria fill areas."""
    kappa = indifference(game)
    if np.isnan(kappa).any() or (kappa == 0).any():
        raise CannotPlay(
            f"mixed families: a type is indifferent whatever it believes or to independent play (kappa {kappa.tolist()})"
        )
    if np.isinf(kappa).any() or kappa[0] * kappa[1] < 0:
        return []

    def holds(family: MixedFamily, first: float) -> bool:
        return bool(family.table(first).min() >= -1e-15)  # False for NaN

    found = []
    for branch in ("same side", "other side"):
        family = MixedFamily(branch, kappa, (), resolution)
        grid = np.arange(1, 1000) / 1000
        inside = np.array([holds(family, x) for x in grid])
        pieces: list[tuple[float, float]] = []
        for run in np.split(np.arange(len(grid)), np.flatnonzero(np.diff(inside.astype(int))) + 1):
            if inside[run[0]]:
                ends = []
                for index, step in ((run[0], -1), (run[-1], 1)):
                    good, bad = grid[index], grid[index] + step / 1000
                    if holds(family, bad) and bad in (0.0, 1.0):
                        good = bad
                    while abs(bad - good) > resolution:
                        middle = (good + bad) / 2
                        good, bad = (middle, bad) if holds(family, middle) else (good, middle)
                    ends.append(float(good))
                pieces.append((ends[0], ends[1]))
        if pieces:
            found.append(MixedFamily(branch, kappa, tuple(pieces), resolution))
    return found
