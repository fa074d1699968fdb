"""The CoCo value: games with transferable utility.

Two players: the sum (A + B)/2 they could reach together, plus or minus the value of the zero-sum game (A -
B)/2:

    x_1 = (sigma + delta) / 2,   x_2 = (sigma - delta) / 2,   sigma = max (A + B),   delta = value of A - B.

Any number of players: x_i = sum over S containing i of (s - 1)! (n - s)! / n! delta(S), delta(S) the value of
the zero-sum game of S against the rest with the payoff sum_S u_i - sum_{not S} u_j, and delta(N) = sigma.

Source: Kalai and Kalai, Cooperation in strategic games revisited (2013), for two players; Diffractor,
Unifying Bargaining Notions (1/2), and Kohlberg and Neyman, Games of threats (2018), for more.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.fights import claims, fight
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.solution import Solution

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CocoValue(Solution):
    """A CoCo value with what it is made of.

    ``delta``: (2^n,) delta(S) in utils by the coalition's bit mask. ``profile``: the actions that reach the
    largest sum. ``transfers``: (players,) utils each player receives on top of what the profile pays; they
    add up to 0.
    """

    delta: FloatArray = field(default_factory=lambda: np.zeros(0))
    profile: tuple[int, ...] = ()
    transfers: FloatArray = field(default_factory=lambda: np.zeros(0))


def coco(game: NormalFormGame) -> CocoValue:
    """The CoCo value of ``game``, utility being transferable one to one.

    ``disagreement``: for two players the payoffs of their optimal threats (one choice where those are not
    unique); NaN for more players, whose threats differ from coalition to coalition. ``residual``: how far a
    payoff can be off in utils, from the duality gaps of the zero-sum games and the sum of the payoffs.
    Unique. Exponential in the number of players: 2^(n-1) - 1 linear programs.
    """
    n = game.players
    result = claims(game, np.ones(n))
    best = int(game.points.sum(axis=1).argmax())
    disagreement = np.full(n, np.nan)
    if n == 2:
        threats = result.solved[1]
        disagreement = fight(game, 1).outcome(threats.row, threats.column)
    return CocoValue(
        name="CoCo",
        point=result.phi,
        disagreement=disagreement,
        weights=np.full(n, 1.0 / n),
        residual=max(result.gap, abs(float(result.phi.sum() - result.delta[-1]))),
        unique=True,
        delta=result.delta,
        profile=tuple(int(k) for k in np.unravel_index(best, game.actions)),
        transfers=result.phi - game.points[best],
    )
