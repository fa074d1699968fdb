r"""Coalitions that can do better by themselves than at a payoff vector x.

V(P) = what coalition P can get by itself, R^P below sum over P of F_j + sum over the others of A_j (rows of ``worst``).
Its gain

    g_P(x) = max {t : x_P + t u_P in V(P)}             u: each player's unit, 1 util if not said otherwise

is what P can add to everybody's payoff by breaking away. P blocks x exactly if g_P(x) > 0. It is one linear program; its prices
w >= 0 on P, w.u = 1, prove it, because for every such w, with h_P(w) = max {w.z : z in V(P)},

    g_P(x) <= h_P(w) - w.x_P,

and w.x_P >= h_P(w) shows at every x that P cannot block. So the set that P does not block is a union of half-spaces, one for
each facet of V(P), and g_P is concave.

Source: Treutlein, Modeling evidential cooperation in large worlds, Definition 62 (file 000); derived.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.program import highs
from negotiation.bargaining.shapley_value import members
from negotiation.ecl.separable_games import TOLERANCE, FloatArray, SeparableGame
from negotiation.errors import InputError

MOST_PLAYERS = 12


@dataclass(frozen=True, eq=False)
class Objection:
    """What ``coalition`` can do against a payoff vector.

    ``gain``: g_P(x) in units (utils if the units are 1), > 0 if it blocks. ``payoffs``: (members,) utils that the members get
    by ``mixtures``, one probability vector over actions a member, if the others do what ``worst`` says. ``weights``: (n,) the
    prices w, 0 outside; ``bound`` = h_P(w) - w.x >= gain: their difference is the error of the linear program.
    """

    coalition: tuple[int, ...]
    gain: float
    payoffs: FloatArray
    mixtures: tuple[FloatArray, ...]
    weights: FloatArray
    bound: float


class Claims:
    """The sets V(P) of a game under ``worst`` (n, n), and the prices found so far, which bound gains elsewhere.

    ``unit``: (n,) utils of each player that count as one.
    """

    def __init__(self, game: SeparableGame, worst: FloatArray, unit: FloatArray) -> None:
        if game.n > MOST_PLAYERS:
            raise InputError(f"{game.n} players have {2**game.n - 1} coalitions; at most {MOST_PLAYERS} players")
        self.game, self.worst, self.unit = game, worst, unit
        self.everyone = (1 << game.n) - 1
        self.slack = TOLERANCE * game.size / float(unit.max())  # units: gains up to this count as none
        self.prices: dict[int, list[tuple[FloatArray, float]]] = {}

    def given(self, coalition: int) -> FloatArray:
        """(n,) utils that the players outside are expected to give."""
        outside = list(members(self.everyone & ~coalition))
        return np.asarray(self.worst[outside].sum(axis=0))

    def top(self, coalition: int, w: FloatArray) -> float:
        """h_P(w), ``w`` (n,) with zeros outside P."""
        best = sum(float((self.game.vertices[j] @ w).max()) for j in members(coalition))
        return best + float(w @ self.given(coalition))

    def objection(self, coalition: int, x: FloatArray) -> Objection:
        """The most that ``coalition`` (bit mask) can add to its members' payoffs in ``x`` (n,)."""
        group = list(members(coalition))
        blocks = [self.game.vertices[j][:, group] for j in group]
        sizes = [len(b) for b in blocks]
        columns, origin = np.vstack(blocks).T, sum(b.mean(axis=0) for b in blocks)
        centred = columns - np.repeat(np.array([b.mean(axis=0) for b in blocks]), sizes, axis=0).T
        scale, q, unit = self.game.size, columns.shape[1], self.unit[group]
        largest = float(unit.max())
        one = np.zeros((len(group), q + 1))
        one[np.repeat(np.arange(len(group)), sizes), np.arange(q)] = 1.0
        out = highs(
            np.append(np.zeros(q), -1.0),
            np.hstack([-centred / scale, unit[:, None] / largest]),
            (origin + self.given(coalition)[group] - x[group]) / scale,
            one,
            np.ones(len(group)),
            np.column_stack([np.append(np.zeros(q), -np.inf), np.full(q + 1, np.inf)]),
        )
        mixtures = tuple(_probabilities(p) for p in np.split(out.x[:-1], np.cumsum(sizes)[:-1]))
        payoffs = sum(p @ b for p, b in zip(mixtures, blocks, strict=True)) + self.given(coalition)[group]
        w = np.zeros(self.game.n)
        w[group] = np.maximum(0.0, -out.ineqlin.marginals)
        w /= w @ self.unit
        self.prices.setdefault(coalition, []).append((w, self.top(coalition, w)))
        gain = float(((payoffs - x[group]) / unit).min())
        return Objection(tuple(group), gain, payoffs, mixtures, w, self.top(coalition, w) - float(w @ x))

    def bound(self, coalition: int, x: FloatArray) -> float:
        """The least upper bound of g_P(x) that the prices found so far give; infinite if there are none."""
        return min((h - float(w @ x) for w, h in self.prices.get(coalition, ())), default=np.inf)

    def strongest(self, x: FloatArray, above: float, everyone: bool = False) -> Objection | None:
        """The objection to ``x`` with the largest gain, None if no coalition gains more than ``above`` units.

        Proper coalitions only, unless ``everyone``. Coalitions whose known prices rule them out are not solved.
        """
        best: Objection | None = None
        bounds = {s: self.bound(s, x) for s in range(1, self.everyone + everyone)}
        for s in sorted(bounds, key=lambda s: -bounds[s]):
            if bounds[s] <= (above if best is None else max(above, best.gain)):
                break
            found = self.objection(s, x)
            if found.gain > (above if best is None else best.gain):
                best = found
        return best


def _probabilities(p: FloatArray) -> FloatArray:
    p = np.maximum(p, 0.0)
    return np.asarray(p / p.sum())
