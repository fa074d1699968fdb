"""CoCo equilibria: the CoCo value without transferable utility.

F is the hull of a game's payoffs (contracts, joint randomisation, no transfers), phi(w) the claims of
``fights``: what the fights between every coalition and the rest make each player worth when i's util has the
price w_i. A CoCo equilibrium is a pair (w, x), w >= 0, x in F, with

    w.x = max {w.y : y in F}   and   w_i x_i = phi_i(w) for every player i:

at the prices that support x nobody owes anybody anything. Bargaining games give the Nash solution,
transferable utility (w = 1) the CoCo value, two players Nash's variable threats; shifts and scales of
utilities carry over. An equilibrium exists for every finite game if zero weights are allowed (fixed point);
for three players and more there can be several. The conditions here are those of the grand coalition; for the
conditions inside every coalition see ``coalition_perfect``.

Source: Diffractor, Unifying Bargaining Notions (2/2); Harsanyi (1963); Shapley (1969); Myerson, Game Theory:
Analysis of Conflict, Section 9.9, for rational threats.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.errors import BadShape
from negotiation.bargaining.fights import ClaimsOfMany, check_weights, claims
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.sets import hull
from negotiation.bargaining.solution import Solution
from negotiation.bargaining.threats import frontier_balance, unit_ranges
from negotiation.bargaining.weights_search import candidates, fixed_points

FloatArray = NDArray[np.float64]
TOLERANCE = 1e-8


@dataclass(frozen=True)
class CocoEquilibrium(Solution):
    """One CoCo equilibrium.

    ``disagreement`` is NaN: fights differ from coalition to coalition. ``phi``: (players,) claims in weighted
    utils at ``weights``; ``delta``: (2^n,) values of the fights by the coalition's bit mask. ``residual`` as
    in ``equilibrium_residual``.
    """

    phi: FloatArray = field(default_factory=lambda: np.zeros(0))
    delta: FloatArray = field(default_factory=lambda: np.zeros(0))


def equilibrium_residual(game: NormalFormGame, weights: ArrayLike, point: ArrayLike) -> float:
    """How far (w, x) is from a CoCo equilibrium, without unit; independent of how the pair was found.

    Utilities are scaled to ranges of 1 and w to sum 1. The largest of |x_i - phi_i(w) / w_i| (|phi_i(w)|
    where w_i is 0) with phi from linear programs, what their duality gaps can add to that, max over F of w.(y
    - x), and the distance from x to F (maximum norm).
    """
    unit, scale, low = unit_ranges(game)
    w = check_weights(weights, game.players) * scale
    w /= w.sum()
    x = (np.asarray(point, dtype=float) - low) / scale
    if x.shape != (game.players,):
        raise BadShape(f"one payoff for each of {game.players} players is needed, got the shape {x.shape}")
    result = claims(unit, w)
    price = np.where(w > 0.0, w, 1.0)
    unmet = float(((np.abs(w * x - result.phi) + result.gap) / price).max())
    missing = max(0.0, float(result.delta[-1] - w @ x))
    return max(unmet, missing, hull(unit.points).contains(x))


def coco_equilibrium(game: NormalFormGame, *, subdivisions: int = 24) -> tuple[CocoEquilibrium, ...]:
    """CoCo equilibria of ``game``, each certified by its ``residual`` (at most 1e-8).

    Two players: one, exact, and unique in payoffs (Nash 1953). Three players and more: all that a search over
    a triangulation of the weights shows, sorted by payoffs (see ``weights_search``); ``unique`` is False if
    it shows several and None otherwise, since a finer grid (``subdivisions``) may show more. With three
    players or more, equilibria with a zero weight are not looked for, so the tuple can be empty. Weights need
    not be unique. One player: its best payoff. Exponential in the players; meant for up to four.
    """
    if game.players == 1:
        return (_certified(game, np.ones(1), game.points.max(axis=0), True, ""),)
    if game.players == 2:
        balance = frontier_balance(game)
        note = "a player cannot gain from agreement: the weights are at the boundary" if balance.corner else ""
        return (_certified(game, balance.weights, balance.point, True, note),)
    found = search(game, subdivisions=subdivisions)
    unique = False if len(found) > 1 else None
    note = f"{len(found)} distinct payoffs found" if len(found) > 1 else "the only one that the search shows"
    solutions = (_certified(game, w, x, unique, note) for w, x in found)
    return tuple(s for s in solutions if s.residual <= TOLERANCE)


def search(game: NormalFormGame, *, subdivisions: int = 24) -> list[tuple[FloatArray, FloatArray]]:
    """Weights (sum 1) and payoffs of the equilibria that the triangulation shows, for any number >= 2 of
    players."""
    unit, scale, low = unit_ranges(game)
    found = fixed_points(unit.points, ClaimsOfMany(unit), subdivisions=subdivisions)
    return [(s.weights / scale / (s.weights / scale).sum(), s.point * scale + low) for s in found]


def _certified(game: NormalFormGame, weights: FloatArray, point: FloatArray, unique: bool | None, note: str) -> CocoEquilibrium:
    result = claims(game, weights)
    return CocoEquilibrium(
        name="CoCo equilibrium",
        point=point,
        disagreement=np.full(game.players, np.nan),
        weights=weights,
        residual=equilibrium_residual(game, weights, point),
        unique=unique,
        note=note,
        phi=result.phi,
        delta=result.delta,
    )


@dataclass(frozen=True)
class SeveralEquilibria:
    """A game with several equilibrium payoffs, and how many games were drawn until it came up."""

    game: NormalFormGame
    equilibria: tuple[CocoEquilibrium, ...]
    drawn: int


def find_several(
    generator: np.random.Generator,
    *,
    actions: tuple[int, ...] = (2, 2, 2),
    largest: int = 3,
    games: int = 2000,
) -> SeveralEquilibria | None:
    """Draw games with integer payoffs in -largest..largest until one has several CoCo equilibrium payoffs.

    The post's open question (is there a game with more than one?), at the level of the grand coalition. A
    game is searched in full only if its grid shows at least two candidate cells. None if ``games`` draws show
    none.
    """
    for drawn in range(1, games + 1):
        payoffs = generator.integers(-largest, largest + 1, size=(len(actions), *actions))
        game = NormalFormGame(payoffs.astype(float))
        unit = unit_ranges(game)[0]
        if len(candidates(unit.points, ClaimsOfMany(unit), subdivisions=24)[0]) < 2:
            continue
        equilibria = coco_equilibrium(game)
        if len(equilibria) > 1:
            return SeveralEquilibria(game, equilibria, drawn)
    return None
