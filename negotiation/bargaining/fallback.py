"""Fallbacks that are not threats: a correlated equilibrium as disagreement point, then a split of the
surplus.

Without agreement the players fall back on a correlated equilibrium, from which nobody wants to deviate if
negotiations really fail. The disagreement point d is its payoffs. Then

    transfers:     x_i = d_i + (max sum u - sum d) / n,
    no transfers:  x = the Nash solution of the hull of the payoffs from d.

Which correlated equilibrium is left open by the source; see ``correlated`` for named selections. A *pure
threat*, an action that costs its user something whatever the others do and others more, is never part of a
correlated equilibrium, so the fallback stays where it was; the CoCo value moves by half of damage less cost.

Source: Diffractor, the follow-up to Unifying Bargaining Notions (file 002), "Kinder Fallback Points"; the
threat that costs its victim 1000 is its example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.correlated import CorrelatedEquilibrium, Selection, correlated_equilibrium
from negotiation.bargaining.errors import BadShape
from negotiation.bargaining.games import NormalFormGame
from negotiation.bargaining.sets import hull
from negotiation.bargaining.solution import Solution
from negotiation.bargaining.threats import nash_or_stay


@dataclass(frozen=True)
class FallbackSolution(Solution):
    """A split of the surplus over a correlated equilibrium, ``fallback``; ``disagreement`` is its payoffs."""

    fallback: CorrelatedEquilibrium | None = None


def correlated_fallback(
    game: NormalFormGame, selection: Selection = "sum", split: Literal["equal", "nash"] = "equal"
) -> FallbackSolution:
    """Split the surplus over the correlated equilibrium named by ``selection`` (see ``correlated``).

    ``split``: "equal", with transfers (the point may be outside the hull of the payoffs), or "nash", without.
    ``residual``: the largest of the gain from disobeying (relative to the range of payoffs), what the
    selection misses of its optimum (relative too; nats for the entropy), and the split's own residual.
    ``unique``: whether selection and split alone determine the payoffs (ties: see ``correlated``).
    ``ValueError`` for unknown names.
    """
    if split not in ("equal", "nash"):
        raise ValueError(f'the split is "equal" or "nash", not {split!r}')
    fallback = correlated_equilibrium(game, selection)
    span = max(float(np.ptp(game.payoffs)), 1e-300)
    missing = fallback.optimality if selection == "maximum entropy" else fallback.optimality / span
    d = fallback.point
    if split == "equal":
        surplus = float(game.points.sum(axis=1).max() - d.sum())
        bargain = Solution("equal", d + surplus / game.players, d, np.full(game.players, 1 / game.players), 0.0, True)
    else:
        bargain = nash_or_stay(hull(game.points), d)
    note = "" if fallback.unique else f'"{selection}" leaves several payoffs: leximin among them'
    return FallbackSolution(
        f"correlated fallback ({selection}, {split})",
        bargain.point,
        d,
        bargain.weights,
        max(fallback.gain / span, missing, bargain.residual),
        fallback.unique,
        "; ".join(part for part in (note, bargain.note) if part),
        fallback,
    )


def with_pure_threat(game: NormalFormGame, player: int, *, cost: float, damage: ArrayLike) -> NormalFormGame:
    """``game`` with a second copy of each action of ``player`` that costs it ``cost`` and others ``damage``,
    in utils.

    ``damage``: a number, or (players,) with the entry of ``player`` ignored. Raises ``BadShape``.
    """
    if not 0 <= player < game.players:
        raise BadShape(f"there is no player {player} among {game.players}")
    loss = np.broadcast_to(np.asarray(damage, dtype=float), (game.players,)).copy()
    loss[player] = cost
    harmed = game.payoffs - loss.reshape((-1,) + (1,) * game.players)
    return NormalFormGame(np.concatenate([game.payoffs, harmed], axis=1 + player))
