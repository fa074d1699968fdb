"""How often do coalition-perfect CoCo equilibria exist in finite games without transfers?

A coalition-perfect equilibrium (``coalition_perfect``) is a CoCo equilibrium of the grand coalition whose
weights w also meet the conditions inside every other coalition. In a game whose fights have unique optimal
threats at w, these are further equations in no further unknowns, so they fail generically; they hold where
all fights end at the payoffs of one profile. With transfer actions every coalition can share as it likes at w
= 1, and an equilibrium exists.

Source: Diffractor, Unifying Bargaining Notions (2/2), "Equilibria Existence", which hopes for existence in
general.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.coalition_perfect import CoalitionConditions, coalition_conditions
from negotiation.bargaining.coco_equilibria import CocoEquilibrium, coco_equilibrium
from negotiation.bargaining.errors import BadWeights
from negotiation.bargaining.games import NormalFormGame

FloatArray = NDArray[np.float64]
HOLDS = 1e-8


@dataclass(frozen=True)
class Existence:
    """What a sample of random games shows.

    ``games``: drawn; ``with_equilibrium``: in which the search shows a CoCo equilibrium of the grand
    coalition; ``equilibria``: of these, all together; ``perfect``: equilibria whose residual inside
    coalitions is at most 1e-8; ``games_with_perfect``: games that have one; ``residuals``,
    ``residuals_harsanyi``: (equilibria,) the largest violation inside coalitions, without unit (ranges of
    payoffs 1, weights sum 1), in the two forms of condition 4.
    """

    games: int
    with_equilibrium: int
    equilibria: int
    perfect: int
    games_with_perfect: int
    residuals: FloatArray
    residuals_harsanyi: FloatArray


def checked_equilibria(game: NormalFormGame) -> list[tuple[CocoEquilibrium, CoalitionConditions]]:
    """The CoCo equilibria that a search shows, each with the residuals of the conditions inside every
    coalition."""
    return [(e, coalition_conditions(game, e.weights, e.point)) for e in coco_equilibrium(game)]


def coalition_perfect_existence(
    generator: np.random.Generator,
    *,
    games: int,
    actions: tuple[int, ...] = (2, 2, 2),
    largest: int | None = 3,
) -> Existence:
    """Draw games and count. Payoffs: integers in -largest..largest, or standard normal if ``largest`` is
    None."""
    with_equilibrium = games_with_perfect = 0
    coco_residuals: list[float] = []
    harsanyi_residuals: list[float] = []
    for _ in range(games):
        shape = (len(actions), *actions)
        if largest is None:
            payoffs = generator.normal(size=shape)
        else:
            payoffs = generator.integers(-largest, largest + 1, size=shape).astype(float)
        checked = [conditions for _, conditions in checked_equilibria(NormalFormGame(payoffs))]
        with_equilibrium += bool(checked)
        games_with_perfect += any(c.residual <= HOLDS for c in checked)
        coco_residuals += [c.residual for c in checked]
        harsanyi_residuals += [c.residual_harsanyi for c in checked]
    residuals = np.array(coco_residuals)
    return Existence(
        games,
        with_equilibrium,
        len(residuals),
        int((residuals <= HOLDS).sum()),
        games_with_perfect,
        residuals,
        np.array(harsanyi_residuals),
    )


def with_transfers(game: NormalFormGame, amount: float) -> NormalFormGame:
    """``game`` with transfer actions: besides its action each player may give ``amount`` utils to one other
    player.

    Action a k + j of player i is its old action a and a gift to player j (none if j = i), k the number of
    players. As ``amount`` grows, the hull of the payoffs becomes that of transferable utility around the CoCo
    value.
    """
    if not amount > 0:
        raise BadWeights(f"the amount that can be given has to be positive, got {amount}")
    n = game.players
    actions = tuple(n * count for count in game.actions)
    payoffs = np.empty((n, *actions))
    for profile in product(*(range(count) for count in actions)):
        paid = game.payoff_at([a // n for a in profile])
        for giver, a in enumerate(profile):
            if a % n != giver:
                paid[giver] -= amount
                paid[a % n] += amount
        for player in range(n):
            payoffs[player][profile] = paid[player]
    return NormalFormGame(payoffs)
