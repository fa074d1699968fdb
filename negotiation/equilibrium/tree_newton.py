"""Newton's method on the smoothed equilibrium conditions of a game tree: a pass from the ends to the start and one back.

The unknowns and conditions are those of ``smoothed_play``. The linear system of a Newton step links a history only to its
neighbours in the tree, so it is eliminated exactly from the ends to the start: what follows a history enters through the
response of its values to the beliefs there, a matrix over the players' types (compare Riccati's recursion). A step costs
O(edges x types^3) and needs no sparse matrix."""

from dataclasses import dataclass

import numpy as np

from negotiation.equilibrium.smoothed_play import Products, Unknowns, split, unknowns
from negotiation.equilibrium.tree_passes import (
    Forward,
    LayerPasses,
    Passes,
    at_the_cut,
    backward_layer,
    ends,
    forward,
    over_actions,
    played,
    total,
)
from negotiation.equilibrium.trees import CHANCE, Floats, Profile

STEP = 1e-6  # of a belief, where the continuation is differentiated


@dataclass(frozen=True)
class Step:
    """The Newton step ``to`` with products held, and the tangent ``along`` log mu, as vectors; ``residual`` is the largest of
    the equations before the step; ``sign`` that of the Jacobian's determinant, up to a constant factor."""

    to: Floats
    along: Floats
    residual: float
    sign: int


def newton_size(p: Passes) -> int:
    """The numbers in the largest array of a Newton step; several of that size are needed at a time."""
    types = sum(p.sizes)
    return max(part.shape[0] * part.shape[1] * types * (types + 2 if part.leads or len(part.cut) else 2) for part in p.layers)


@dataclass(frozen=True, eq=False)
class _Solved:
    """A layer eliminated: changes of pi and of v for each column of changes at the history, and pi and s themselves."""

    move: Floats  # (histories, actions, T, columns)
    level: Floats  # (histories, T, columns)
    pi: Floats
    s: Floats
    drift: Floats  # slope / pi: the change of s with log mu
    sign: int  # of the determinants


def newton(p: Passes, at: Unknowns, products: Products) -> Step:
    """One Newton step from ``at``. Raises LinAlgError where the system is singular.

    Columns of changes: 0 the step itself, then beliefs about Alice's and about Bob's types, then log mu."""
    wide = sum(p.sizes) + 2
    parts = [None if part.player == CHANCE else split(z, c) for part, z, c in zip(p.layers, at.z, products.c, strict=True)]
    sigma = played(p, [np.zeros(0) if d is None else d[0] for d in parts])
    fore = forward(p, sigma)
    value = np.zeros((p.tree.histories, sum(p.sizes)))
    response = np.zeros((p.tree.histories, sum(p.sizes), wide))
    solved: list[_Solved | None] = [None] * len(p.layers)
    residual, sign = 0.0, 1
    for number in reversed(range(len(p.layers))):
        part = p.layers[number]
        worth = backward_layer(p, number, sigma, fore, value)
        after = _after(p, part, sigma[number], fore.belief, response, wide)
        pair = parts[number]
        if pair is None:
            if after is not None:
                response[part.rows] = (part.layer.weight[:, None, None] * after).sum(axis=1)
            continue
        pi, s = pair
        gap = s - at.v[number][:, None] + worth[:, :, part.own] / part.unit
        missing = 1 - over_actions(pi)
        residual = max(residual, float(np.abs(gap).max()), float(np.abs(missing).max()))
        turn = None if after is None else _turn(part, number, sigma, fore, after)
        done = _eliminate(part, pi, s, gap, missing, products.slope[number] / pi, after, turn, wide)
        solved[number] = done
        sign *= done.sign
        _respond(p, part, number, sigma[number], fore, worth, after, turn, done.move, response)
    to, along = _forwards(p, sigma, fore, solved, wide)
    return Step(to.flat, along.flat, residual, sign)


def _mine(part: LayerPasses) -> slice:
    """The columns of beliefs about the mover."""
    return slice(1 + part.own.start, 1 + part.own.stop)


def _after(
    p: Passes, part: LayerPasses, sigma: Floats, belief: tuple[Floats, Floats], response: Floats, wide: int
) -> Floats | None:
    """How values after each edge respond to beliefs there (histories, actions, everyone, columns); None where all ends."""
    n, actions, _ = part.shape
    cut = len(part.cut) > 0 and p.tree.continuation.by_belief
    if not part.leads and not cut:
        return None
    after = np.zeros((n * actions, response.shape[1], wide))
    if part.leads:
        after[part.on] = response[part.to]
    if cut:
        about = at_the_cut(p, part, sigma, belief)
        for column in range(1, wide - 1):
            i, t = (0, column - 1) if column <= p.sizes[0] else (1, column - 1 - p.sizes[0])
            sides = []
            for sign in (1, -1):
                moved = [about[0].copy(), about[1].copy()]
                moved[i][:, t] = np.maximum(moved[i][:, t] + sign * STEP, 0.0)
                moved[i] /= moved[i].sum(axis=1, keepdims=True)
                sides.append(ends(p, (moved[0], moved[1])))
            after[part.cut, :, column] = (sides[0] - sides[1]) / (2 * STEP)
    return after.reshape(n, actions, response.shape[1], wide)


def _turn(part: LayerPasses, number: int, sigma: Profile, fore: Forward, after: Floats) -> Floats | None:
    """How values after each action respond to the probabilities of that action (histories, actions, everyone, T), by way of the
    belief b' = b sigma / m about the mover; sets the columns of ``after`` to respond to b instead of b'."""
    mine = _mine(part)
    if part.shape[2] == 1:
        after[..., mine] = 0.0
        return None
    m = fore.moved[number]
    belief = fore.belief[part.player][part.rows]
    posterior = belief[:, None] * sigma[number] / m[:, :, None]
    down = after[..., mine]
    down = (down - total(down * posterior[:, :, None])[..., None]) / m[:, :, None, None]
    after[..., mine] = down * sigma[number][:, :, None]
    turned: Floats = (1 - part.tremble) * down * belief[:, None, None]
    return turned


def _eliminate(
    part: LayerPasses,
    pi: Floats,
    s: Floats,
    gap: Floats,
    missing: Floats,
    drift: Floats,
    after: Floats | None,
    turn: Floats | None,
    wide: int,
) -> _Solved:
    """Solve (s/pi) dpi - dQ + dv = gap + drift dlog(mu) with sum dpi = missing, for every column of changes."""
    n, actions, types = part.shape
    if after is None:  # Q is what it is
        stiff = pi / s
        right = np.stack([gap, np.broadcast_to(drift, gap.shape)], axis=-1) * stiff[..., None]
        level = over_actions(right)
        level[..., 0] -= missing
        level /= over_actions(stiff)[..., None]
        move, levels = np.zeros((n, actions, types, wide)), np.zeros((n, types, wide))
        move[..., :: wide - 1] = right - stiff[..., None] * level[:, None]
        levels[..., :: wide - 1] = level
        return _Solved(move, levels, pi, s, drift, 1)
    right = np.empty((n, actions, types, wide + types))
    np.divide(after[:, :, part.own], part.unit, out=right[..., :wide])
    right[..., 0] += gap
    right[..., wide - 1] += drift
    right[..., wide:] = np.eye(types)
    ratio, sign = s / pi, 1
    if turn is None:
        right /= ratio[..., None]
    else:
        local = turn[:, :, part.own] / -part.unit
        local[..., range(types), range(types)] += ratio
        right, sign = _solve(local, right)
    free, held = right[..., :wide], right[..., wide:]
    level = over_actions(free)
    level[..., 0] -= missing
    level, other = _solve(over_actions(held), level)
    return _Solved(free - held @ level[:, None], level, pi, s, drift, sign * other)


def _solve(matrix: Floats, right: Floats) -> tuple[Floats, int]:
    """Batched linear systems, by formula up to two unknowns, and the sign of the product of their determinants."""
    if matrix.shape[-1] == 1:
        return right / matrix, _parity(matrix)
    if matrix.shape[-1] > 2:
        return np.asarray(np.linalg.solve(matrix, right), dtype=float), _parity(np.linalg.slogdet(matrix)[0])
    a, b, c, d = (matrix[..., i, j, None] for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)))
    determinant = a * d - b * c
    if not determinant.all():
        raise np.linalg.LinAlgError("singular")
    solution = np.empty_like(right)
    solution[..., 0, :] = (d * right[..., 0, :] - b * right[..., 1, :]) / determinant
    solution[..., 1, :] = (a * right[..., 1, :] - c * right[..., 0, :]) / determinant
    return solution, _parity(determinant)


def _parity(numbers: Floats) -> int:
    """The sign of their product."""
    return -1 if np.count_nonzero(numbers < 0) % 2 else 1


def _respond(
    p: Passes,
    part: LayerPasses,
    number: int,
    sigma: Floats,
    fore: Forward,
    worth: Floats,
    after: Floats | None,
    turn: Floats | None,
    move: Floats,
    response: Floats,
) -> None:
    """Set how values at a layer respond to beliefs there, once its movers adapt."""
    own, other, mine = part.own, part.other, _mine(part)
    wide = move.shape[3]
    belief = fore.belief[part.player][part.rows]
    changed = slice(None) if after is not None else slice(None, None, wide - 1)  # the columns that move play
    moved = (1 - part.tremble) * move[..., changed]
    mover, partner = (np.zeros((part.shape[0], p.sizes[i], wide)) for i in (part.player, 1 - part.player))
    mover[..., changed] = np.einsum("nat,natc->ntc", worth[:, :, own], moved)
    if p.ratio is None:
        seen = fore.moved[number][..., None]
        shift = np.zeros((*part.shape[:2], 1, wide))
        shift[:, :, 0, changed] = np.einsum("nt,natc->nac", belief, moved)
        shift[:, :, 0, mine] += sigma
    else:
        ratio = p.ratio[1 - part.player]  # (T_j, T_i)
        share = (ratio / (belief @ ratio.T)[:, :, None])[:, None]
        seen = (share * (belief[:, None] * sigma)[:, :, None]).sum(axis=3)
        shift = np.zeros((*seen.shape, wide))
        shift[..., changed] = (share * belief[:, None, None]) @ moved
        shift[..., mine] += share * (sigma[:, :, None] - seen[..., None])
    partner += _averaged(worth[:, :, other], shift)
    if after is not None:
        line = after if turn is None else after + turn @ move
        mover += np.einsum("nat,natc->ntc", sigma, line[:, :, own])
        partner += _averaged(seen, line[:, :, other])
    response[part.rows, own] = mover
    response[part.rows, other] = partner


def _averaged(weights: Floats, changes: Floats) -> Floats:
    """sum over actions of weights (histories, actions, J or 1) times changes (histories, actions, J or 1, columns)."""
    n, actions, kinds, wide = changes.shape
    if weights.shape[2] == 1:
        one: Floats = np.swapaxes(weights, 1, 2) @ changes.reshape(n, actions, kinds * wide)
        return one.reshape(n, kinds, wide)
    if kinds == 1:
        return np.asarray(np.swapaxes(weights, 1, 2) @ changes[:, :, 0], dtype=float)
    return np.asarray(np.einsum("naj,najc->njc", weights, changes), dtype=float)


def _forwards(p: Passes, sigma: Profile, fore: Forward, solved: list[_Solved | None], wide: int) -> tuple[Unknowns, Unknowns]:
    """The step and the tangent from the eliminated layers: the changes of beliefs are carried from the start to the ends."""
    to, along = unknowns(p), unknowns(p)
    change = np.zeros((p.tree.histories, wide, 2))
    change[:, 0, 0] = change[:, wide - 1, 1] = 1.0
    for number, (part, done) in enumerate(zip(p.layers, solved, strict=True)):
        n, actions, types = part.shape
        here = change[part.rows]
        step = None
        if done is not None:
            step = done.move @ here[:, None] if part.leads else done.move[..., :: wide - 1]  # (histories, actions, T, 2)
            level = done.level @ here if part.leads else done.level[..., :: wide - 1]
            if not part.leads and done.move[..., 1 : wide - 1].any():
                step, level = done.move @ here[:, None], done.level @ here
            ratio = done.s / done.pi
            to.z[number][...] = step[..., 0] * (1 + ratio)
            along.z[number][...] = step[..., 1] * (1 + ratio) - done.drift
            to.v[number][...], along.v[number][...] = level[..., 0], level[..., 1]
        if part.leads:
            carried = np.repeat(here[:, None], actions, axis=1)
            if step is not None and types > 1:
                weights, m = fore.belief[part.player][part.rows], fore.moved[number][:, :, None]
                moved = (1 - part.tremble) * weights[:, None, :, None] * step
                moved += sigma[number][..., None] * here[:, None, _mine(part)]
                moved /= m[..., None]
                moved -= (weights[:, None] * sigma[number] / m)[..., None] * moved.sum(axis=2, keepdims=True)
                carried[:, :, _mine(part)] = moved
            change[part.to] = carried.reshape(n * actions, wide, 2)[part.on]
    return to, along
