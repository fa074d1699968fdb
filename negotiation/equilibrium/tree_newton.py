"""Newton's method for equilibria of the trembling game, one pass backwards and one forwards for a step.

An equilibrium of the trembling game solves, at every information set (h, t) of player i, with pi(a) the probabilities meant,

    pi(a) >= 0,  s(a) = v - Q(a) >= 0,  pi(a) s(a) = 0,  sum_a pi(a) = 1,

where Q(a), in shares of the surplus at that stage, is what action a is worth under the trembled profile and Bayes beliefs. The
products are set to c(a) = mu w(a) > 0 instead: then gains are mu sum w at every information set, for large mu the only solution is
pi = w, and solutions form paths to equilibria as mu falls to 0 (interior-point smoothing; compare the logit path of
McKelvey and Palfrey, 1998). With z = pi - s, pi and s are the smooth functions (sqrt(z^2 + 4c) +- z)/2, and the unknowns are z
and v, free of sign.

The linear system of a Newton step has a block for each history that touches only its neighbours in the tree, so it is
eliminated exactly from the ends to the start: what follows history h enters only through the response D(h) of its values to the
beliefs there, a matrix over the players' types. One step costs O(edges x types^3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.tree_passes import (
    LayerPasses,
    Passes,
    at_the_cut,
    backward_layer,
    chances,
    ends,
    forward,
)
from negotiation.equilibrium.trees import CHANCE, Floats, Profile

STEP = 1e-6  # of beliefs, where the continuation is differentiated


@dataclass
class Point:
    """The unknowns z (histories, actions, T) and v (histories, T) of each layer."""

    z: list[Floats]
    v: list[Floats]


@dataclass(frozen=True)
class Step:
    """The Newton step ``to`` at fixed mu and the tangent ``along`` log mu; ``residual`` is the largest one before the step."""

    to: Point
    along: Point
    residual: float


def split(z: Floats, c: Floats | float) -> tuple[Floats, Floats]:
    """(pi, s) with pi - s = z and pi s = c, both to full relative precision."""
    root = np.sqrt(z * z + 4 * c)
    large = (root + np.abs(z)) / 2
    small = c / large
    up = z > 0
    return np.where(up, large, small), np.where(up, small, large)


def start(p: Passes, meant: Sequence[Floats], weight: Sequence[Floats], mu: float) -> Point:
    """The point where ``meant`` is played, and v makes the products mu w on average."""
    sigma = [m if part.player == CHANCE else (1 - part.tremble) * m + part.floor for part, m in zip(p.layers, meant, strict=True)]
    fore = forward(p, sigma)
    value = np.zeros((p.tree.histories, sum(p.sizes)))
    z: list[Floats] = [np.zeros(0)] * len(p.layers)
    v: list[Floats] = [np.zeros(0)] * len(p.layers)
    for number in reversed(range(len(p.layers))):
        part = p.layers[number]
        worth = backward_layer(p, number, sigma, fore, value)
        if part.player == CHANCE:
            continue
        q = worth[:, :, part.own] / part.unit
        v[number] = (meant[number] * q).sum(axis=1) + mu * weight[number].sum(axis=1)
        z[number] = meant[number] - np.maximum(v[number][:, None] - q, 0.0)
    return Point(z, v)


def newton(p: Passes, at: Point, weight: Sequence[Floats], mu: float, bonus: Sequence[Floats | None], preference: float) -> Step:
    """One Newton step; ``preference`` x ``bonus`` is added to what actions are worth."""
    layers, sizes = p.layers, p.sizes
    everyone = sum(sizes)
    wide = everyone + 2  # columns: the step, beliefs about Alice and Bob, log mu
    parts = [None if part.player == CHANCE else split(z, mu * w) for part, z, w in zip(layers, at.z, weight, strict=True)]
    sigma = [
        np.broadcast_to(part.layer.weight[:, None], part.shape) if d is None else (1 - part.tremble) * d[0] + part.floor
        for part, d in zip(layers, parts, strict=True)
    ]
    fore = forward(p, sigma)
    value = np.zeros((p.tree.histories, everyone))
    response = np.zeros((p.tree.histories, everyone, wide))
    moves: list[Floats] = [np.zeros(0)] * len(layers)
    levels: list[Floats] = [np.zeros(0)] * len(layers)
    inner: list[tuple[Floats, Floats]] = [(np.zeros(0), np.zeros(0))] * len(layers)
    residual = 0.0
    for number in reversed(range(len(layers))):
        part = layers[number]
        worth = backward_layer(p, number, sigma, fore, value)
        after = _after(p, part, sigma[number], fore.belief, response, wide)
        if part.player == CHANCE:
            response[part.rows] = (part.layer.weight[:, None, None] * after).sum(axis=1)
            continue
        n, actions, types = part.shape
        pi, s = parts[number]  # type: ignore[misc]
        own, other = part.own, part.other
        mine = slice(1 + own.start, 1 + own.stop)
        belief = fore.belief[part.player][part.rows]
        keep = 1 - part.tremble
        # after an action: its belief about the mover is b' = b sigma / m
        if types > 1:
            m = fore.moved[number]
            posterior = belief[:, None] * sigma[number] / m[:, :, None]
            down = after[..., mine]
            down = (down - (down * posterior[:, :, None]).sum(axis=3)[..., None]) / m[:, :, None, None]
            line = after
            line[..., mine] = down * sigma[number][:, :, None]
            turn = keep * down * belief[:, None, None]
        else:
            line = after
            line[..., mine] = 0.0
            turn = np.zeros((n, actions, everyone, 1))
        q = worth[:, :, own] / part.unit
        if bonus[number] is not None:
            q = q + preference * bonus[number]
        gap = s - at.v[number][:, None] + q
        missing = 1 - pi.sum(axis=1)
        residual = max(residual, float(np.abs(gap).max()), float(np.abs(missing).max()))
        right = np.empty((n, actions, types, wide + types))
        right[..., :wide] = line[:, :, own] / part.unit
        right[..., 0] += gap
        right[..., wide - 1] += s
        if bonus[number] is not None:
            right[..., wide - 1] += 0.75 * preference * bonus[number]
        right[..., wide:] = np.eye(types)
        ratio = s / pi
        if types > 1:
            local = -turn[:, :, own] / part.unit
            local[..., range(types), range(types)] += ratio
            solved = np.linalg.solve(local, right)
        else:
            solved = right / ratio[..., None]
        free, held = solved[..., :wide], solved[..., wide:]
        rhs = free.sum(axis=1)
        rhs[..., 0] -= missing
        schur = held.sum(axis=1)
        level = np.linalg.solve(schur, rhs) if types > 1 else rhs / schur
        move = free - held @ level[:, None]
        moves[number], levels[number], inner[number] = move, level, (pi, s)
        # what it does to values
        line += turn @ move
        response[part.rows, own] = (sigma[number][..., None] * line[:, :, own] + keep * worth[:, :, own][..., None] * move).sum(axis=1)
        theirs = worth[:, :, other]
        if p.ratio is None:
            shift = keep * (belief[:, :, None] * move.reshape(n, actions, types, wide).swapaxes(0, 1)).sum(axis=2).swapaxes(0, 1)
            shift[..., mine] += sigma[number]
            shift = shift[:, :, None]
            seen = fore.moved[number][..., None]
        else:
            ratio_k = p.ratio[1 - part.player]  # (T_j, T_i)
            norm = belief @ ratio_k.T
            seen = chances(p, part, fore.moved[number], sigma[number], fore.belief)
            share = ratio_k[None] / norm[:, :, None]  # (n, T_j, T_i)
            shift = keep * ((share * belief[:, None])[:, None] @ move)
            shift[..., mine] += share[:, None] * sigma[number][:, :, None] - seen[..., None] * share[:, None]
        response[part.rows, other] = (shift * theirs[..., None] + seen[..., None] * line[:, :, other]).sum(axis=1)
    return _forwards(p, at, sigma, fore.belief, fore.moved, moves, levels, inner, residual, wide)


def _after(
    p: Passes, part: LayerPasses, sigma: Floats, belief: tuple[Floats, Floats], response: Floats, wide: int
) -> Floats:
    """The response of values after each edge to beliefs there (histories, actions, everyone, columns)."""
    n, actions, _ = part.shape
    after = np.zeros((n * actions, response.shape[1], wide))
    if part.leads:
        after[part.on] = response[part.to]
    if len(part.cut) and p.tree.continuation.by_belief:
        about = at_the_cut(p, part, sigma, belief)
        column = 1
        for i in (0, 1):
            for t in range(p.sizes[i]):
                sides = []
                for sign in (1, -1):
                    moved = [about[0].copy(), about[1].copy()]
                    moved[i][:, t] = np.maximum(moved[i][:, t] + sign * STEP, 0.0)
                    moved[i] /= moved[i].sum(axis=1, keepdims=True)
                    sides.append(ends(p, (moved[0], moved[1])))
                after[part.cut, :, column] = (sides[0] - sides[1]) / (2 * STEP)
                column += 1
    return after.reshape(n, actions, response.shape[1], wide)


def _forwards(
    p: Passes,
    at: Point,
    sigma: Profile,
    belief: tuple[Floats, Floats],
    moved: list[Floats],
    moves: list[Floats],
    levels: list[Floats],
    inner: list[tuple[Floats, Floats]],
    residual: float,
    wide: int,
) -> Step:
    """The step and the tangent from the eliminated system, beliefs' changes carried from the start to the ends."""
    to, along = Point([np.zeros(0)] * len(moves), [np.zeros(0)] * len(moves)), Point([np.zeros(0)] * len(moves), [np.zeros(0)] * len(moves))
    change = np.zeros((p.tree.histories, wide, 2))
    change[:, 0, 0] = 1.0
    change[:, wide - 1, 1] = 1.0
    for number, part in enumerate(p.layers):
        n, actions, types = part.shape
        here = change[part.rows]
        carried = np.broadcast_to(here[:, None], (n, actions, wide, 2))
        if part.player != CHANCE:
            pi, s = inner[number]
            step = moves[number] @ here[:, None]  # (n, actions, T, 2)
            level = levels[number] @ here
            slack = -(s / pi)[..., None] * step
            slack[..., 1] += s
            to.z[number], along.z[number] = step[..., 0] - slack[..., 0], step[..., 1] - slack[..., 1]
            to.v[number], along.v[number] = level[..., 0], level[..., 1]
            if part.leads and types > 1:
                mine = slice(1 + part.own.start, 1 + part.own.stop)
                weights = belief[part.player][part.rows]
                m = moved[number][:, :, None]
                d = (sigma[number][..., None] * here[:, None, mine] + (1 - part.tremble) * weights[:, None, :, None] * step) / m[..., None]
                posterior = weights[:, None] * sigma[number] / m
                d -= posterior[..., None] * d.sum(axis=2, keepdims=True)
                carried = carried.copy()
                carried[:, :, mine] = d
        if part.leads:
            change[part.to] = carried.reshape(n * actions, wide, 2)[part.on]
    return Step(to, along, residual)
