"""Signalling stage games with trembles: an informed mover's choice when what follows depends on the belief it leaves.

In one stage game types t of the mover, with public belief b, choose among m actions; each is chosen with probability at least
``floor`` (the tremble), and the choice a moves the belief to b'_a, by Bayes' rule with these probabilities. Type t then gets
U_t[a](b'_a), continuous in b'_a. In equilibrium each type puts all but the trembles on best actions:

    sigma_t(a) = floor + (1 - m floor) p_t(a),     p_t(a) > 0 only if U_t[a](b'_a) = max over a' of U_t[a'](b'_a').

The gain of a profile p is the most that a type could add to its payoff: max over t of (1 - m floor) (max_a U_t[a] - sum_a
p_t(a) U_t[a]), beliefs held at those of p. ``solve`` tries in turn the given start, pure profiles (all of them for two
types), and fictitious play with falling steps from the start and from uniform play, and keeps what gains least; it does not
always find an equilibrium, and the gain says how near it came. ``solve_reply`` is exact for one and two types. Newton's
method on the logit response (also along paths) was tried for the mixed games and failed on a tenth of them, where fictitious
play did not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.belief_grid import BeliefGrid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Stage:
    """Many stage games with one mover: ``payoff`` (T, m, rows, points): U_t[a] at the mover's lattice points, for each of
    ``rows`` (what else the state says). Games are numbered row * points + point."""

    grid: BeliefGrid
    payoff: Floats
    floor: float

    @property
    def actions(self) -> int:
        return self.payoff.shape[1]

    def read(self, table: Floats, game: Ints, shift: Floats) -> Floats:
        """``table`` (X, m, rows, points) after each action in the games (G,), with log odds moved by ``shift`` (G, m, T - 1);
        shape (X, G, m)."""
        _, m, rows, points = self.payoff.shape
        row, point = np.divmod(game, points)
        at = self.grid.corners(self.grid.coordinates[point][:, None, :] + shift)
        base = (np.arange(m) * (rows * points))[None, :] + (row * points)[:, None]
        index = [base + k for k in at.points]
        flat = table.reshape(len(table), -1)
        return np.stack([_sum(w * each.take(k) for k, w in zip(index, at.weight, strict=True)) for each in flat])

    def shift(self, sigma: Floats) -> Floats:
        """How far log odds move, (G, m, T - 1), when types choose with probabilities (T, G, m)."""
        log = np.log(sigma)
        return np.moveaxis(log[1:] - log[:1], 0, -1)

    def gain(self, game: Ints, p: Floats) -> Floats:
        """The largest gain of a type from the best trembling choice, (G,), utils, if choices are floor + (1 - m floor) p."""
        u = self.read(self.payoff, game, self.shift(self.tremble(p)))
        return (1 - self.actions * self.floor) * (u.max(axis=2) - (p * u).sum(axis=2)).max(axis=0)

    def tremble(self, p: Floats) -> Floats:
        return self.floor + (1 - self.actions * self.floor) * p


def _sum(terms: Iterable[Floats]) -> Floats:
    each = iter(terms)
    total = next(each)
    for term in each:
        total += term
    return total


class Solved(NamedTuple):
    p: Floats  # (T, G, m) intended probabilities, trembles left out
    gain: Floats  # (G,) utils


def solve(stage: Stage, start: Floats | None, tol: float, steps: int) -> Solved:
    """An approximate equilibrium of every game, with its gain. A ``start`` (T, G, m) is kept where its gain is within ``tol``;
    at most ``steps`` steps of fictitious play are made."""
    types, m, rows, points = stage.payoff.shape
    games = np.arange(rows * points)
    uniform = np.full((types, len(games), m), 1 / m)
    best = Solved(uniform.copy(), np.full(len(games), np.inf))
    if start is not None:
        _keep(best, games, start, stage.gain(games, start))
    left = games[best.gain > tol]
    if len(left):
        p = _pure(stage, left)
        _keep(best, left, p, stage.gain(left, p))
    if start is not None:
        left = games[best.gain > tol]
        _keep(best, left, *_fictitious_play(stage, left, start[:, left], 0.1, tol, steps // 2))
    left = games[best.gain > 5 * tol]
    _keep(best, left, *_fictitious_play(stage, left, uniform[:, left], 0.3, tol, steps))
    left = games[best.gain > tol]
    _keep(best, left, *_fictitious_play(stage, left, best.p[:, left], 0.02, tol, steps))
    return best


def _fictitious_play(stage: Stage, games: Ints, p: Floats, rate: float, tol: float, steps: int) -> Solved:
    """Every type moves its play towards its best action by ``rate``, which falls geometrically to a hundredth; the profile of
    least gain on the way."""
    best = Solved(p.copy(), np.full(len(games), np.inf))
    left = np.arange(len(games))
    for n in range(steps):
        if not len(left):
            break
        u = stage.read(stage.payoff, games[left], stage.shift(stage.tremble(p)))
        gain = (1 - stage.actions * stage.floor) * (u.max(axis=2) - (p * u).sum(axis=2)).max(axis=0)
        _keep(best, left, p, gain)
        if n % 16 == 0:
            going = best.gain[left] > tol
            left, p, u = left[going], p[:, going], u[:, going]
        p = p + rate * 0.01 ** (n / steps) * (np.eye(stage.actions)[u.argmax(axis=2)] - p)
    return best


def _keep(best: Solved, games: Ints, p: Floats, gain: Floats) -> None:
    better = gain < best.gain[games]
    best.gain[games[better]] = gain[better]
    best.p[:, games[better]] = p[:, better]


def _pure(stage: Stage, games: Ints) -> Floats:
    """For each game the pure profile of least gain: all for two types, else those that iterated best replies visit."""
    types, m = stage.payoff.shape[:2]
    if types == 1:
        u = stage.read(stage.payoff, games, np.zeros((len(games), m, 0)))
        return np.eye(m)[u.argmax(axis=2)]
    if types == 2:
        return _pure_two(stage, games)
    still = stage.read(stage.payoff, games, np.zeros((len(games), m, types - 1)))
    profile = np.broadcast_to(still.sum(axis=0).argmax(axis=1), (types, len(games)))
    found, least = np.eye(m)[profile], stage.gain(games, np.eye(m)[profile])
    for _ in range(12):
        u = stage.read(stage.payoff, games, stage.shift(stage.tremble(np.eye(m)[profile])))
        profile = u.argmax(axis=2)
        gain = stage.gain(games, np.eye(m)[profile])
        better = gain < least
        least = np.where(better, gain, least)
        found[:, better] = np.eye(m)[profile][:, better]
    return found


def _pure_two(stage: Stage, games: Ints) -> Floats:
    """Every pair of pure actions (a of type 0, b of type 1): news moves the belief at a down and at b up, elsewhere not."""
    m = stage.actions
    full = np.log((stage.floor + 1 - m * stage.floor) / stage.floor)
    still, up, down = (stage.read(stage.payoff, games, np.full((len(games), m, 1), move)) for move in (0.0, full, -full))
    order = np.argsort(-still, axis=2)[:, :, :3]
    top = np.take_along_axis(still, order, axis=2)
    a, b = np.arange(m)[:, None], np.arange(m)[None, :]
    gain, diagonal = np.zeros((len(games), m, m)), np.zeros((len(games), m))
    for t in range(2):
        o, v = order[t][:, :, None, None], top[t][:, :, None, None]
        free = (o != a) & (o != b)  # (G, 3, m, m)
        other = np.where(free[:, 0], v[:, 0], np.where(free[:, 1], v[:, 1], v[:, 2])) if m > 2 else np.full(gain.shape, -np.inf)
        own, their = (down[0][:, :, None], up[0][:, None, :]) if t == 0 else (up[1][:, None, :], down[1][:, :, None])
        np.maximum(gain, np.maximum(their, other) - own, out=gain)
        pool = still[t].max(axis=1, keepdims=True) - still[t]
        diagonal = np.maximum(diagonal, pool)
    gain[:, np.arange(m), np.arange(m)] = diagonal
    at = gain.reshape(len(games), -1).argmin(axis=1)
    return np.eye(m)[np.stack(np.divmod(at, m))]


def solve_reply(stage: Stage, tol: float, steps: int) -> Solved:
    """Accept (action 0) or reject (action 1), where accepting ends the negotiation: payoff[:, 0] does not depend on beliefs.

    With one or two types exact: if both would do the same at the belief before, they do. Otherwise the belief after a rejection
    moves towards the type that rejects, until that is full news or a type is indifferent, who then mixes. Ties accept."""
    types, m, rows, points = stage.payoff.shape
    games = np.arange(rows * points)
    if types > 2:
        return solve(stage, None, tol, steps)

    def accepts(g: Ints, shift: Floats) -> Floats:  # (T, G) what accepting gains
        u = stage.read(stage.payoff, g, np.broadcast_to(shift[:, None, None], (len(g), m, types - 1)))
        return u[..., 0] - u[..., 1]

    tie = TIE * max(1.0, float(np.abs(stage.payoff).max()))
    d = accepts(games, np.zeros(len(games)))
    p = np.zeros((types, len(games), 2))
    p[..., 0] = d >= -tie
    if types == 2:
        torn = np.flatnonzero(p[0, :, 0] != p[1, :, 0])
        if len(torn):
            keen = p[1, torn, 0].astype(int)  # the type that accepts
            full = np.log((1 - stage.floor) / stage.floor)
            way = np.where(keen == 1, -full, full)

            def splits(x: Floats) -> NDArray[np.bool_]:
                d = accepts(torn, x)
                rows_ = np.arange(len(torn))
                return (d[keen, rows_] >= -tie) & (d[1 - keen, rows_] < -tie)

            low, high = np.zeros(len(torn)), np.ones(len(torn))
            low[splits(way)] = 1.0
            for _ in range(30):
                middle = (low + high) / 2
                on = splits(way * middle)
                low, high = np.where(on, middle, low), np.where(on, high, middle)
            mixed = np.flatnonzero(low < 1)
            if len(mixed):
                g, w, k = torn[mixed], way[mixed] * high[mixed], keen[mixed]
                d = accepts(g, w)
                each = np.arange(len(g))
                lazy_moves = d[1 - k, each] >= -tie  # the type that rejected is now indifferent: it mixes
                moved = np.exp(-np.abs(w))
                # reject probabilities: ratio of the lesser to the greater is ``moved``
                lo, hi = stage.floor, 1 - stage.floor
                reject = np.where(lazy_moves, lo / moved, hi * moved)  # of the mixing type
                reject = np.clip(reject, lo, hi)
                who = np.where(lazy_moves, 1 - k, k)
                p[who, g, 0] = 1 - (reject - lo) / (hi - lo)
    p[..., 1] = 1 - p[..., 0]
    return Solved(p, stage.gain(games, p))
