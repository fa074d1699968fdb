"""The gain from deviating, on the tree of the first few offers: a check of ``markov`` that shares none of its arithmetic.

Every history of offers, replies and public lotteries of the first ``offers`` stages is a node, on the path and off it. A
player's belief about the other's type is Bayes' rule applied to what the policy does (trembles included) and to nothing else:
not the lattice point that stands for it. After the last rejection players get the value of the policy at the lattice point
reached. The gain at a node is what the best trembling reply to the policy, from there on, adds to the mover's payoff, in
utils of the node's stage, given its type and its Bayes belief there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.belief_bargain import Bargain
from negotiation.equilibrium.belief_grid import BeliefGrid
from negotiation.equilibrium.belief_stage import StagePolicy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class UnrolledGain:
    """``gain``: the largest over all histories and types, utils. ``by_stage`` (offers, 2): for proposers and responders of each
    stage. ``at_start`` (types of the first proposer,). ``nodes``: histories at which someone moves."""

    gain: float
    by_stage: Floats
    at_start: Floats
    nodes: int


@dataclass(frozen=True, eq=False)
class _Moves:
    """One layer of histories and its edges. ``act`` (T_mover, N, A); ``end`` (2 players, A-by-type tables or None);
    edges (E,) from ``node`` by ``action`` to ``child`` of the next layer with lottery probability ``weight``."""

    mover: int
    act: Floats
    belief: tuple[Floats, Floats]  # (N, T_i), about each player
    ends: Ints | None  # (N,) number of the offer that action 0 accepts
    node: Ints
    action: Ints
    child: Ints
    weight: Floats


def unrolled_gain(
    bargain: Bargain, stages: tuple[StagePolicy, ...], offers: int = 4, rounding: str = "lottery"
) -> UnrolledGain:
    """The gain on the tree of the first ``offers`` offers; ``stages`` holds at least one policy more, for the values after it.
    ``rounding``: "lottery" as the policy says, or "nearest" for play that rounds beliefs to the nearest lattice point."""
    grids = bargain.grids
    state = [np.array([g.start]) for g in grids]
    belief = [g.prior[None, :] for g in grids]
    layers: list[_Moves] = []
    for policy in stages[:offers]:
        i = policy.proposer
        j = 1 - i
        act = policy.offers(state[j], state[i])
        act = bargain.tremble / bargain.offers + (1 - bargain.tremble) * act
        node, action, point, weight, news = spread(grids[i], state[i], belief[i], act, rounding)
        layers.append(_Moves(i, act, (belief[0], belief[1]), None, node, action, np.arange(len(node)), weight))
        state[i], state[j] = point, state[j][node]
        belief[i], belief[j] = news, belief[j][node]
        yes = policy.acceptance(action, state[i], state[j])
        act = bargain.tremble / 2 + (1 - bargain.tremble) * np.stack([yes, 1 - yes], axis=-1)
        offered = action
        node, action, point, weight, news = spread(grids[j], state[j], belief[j], act, rounding, only=1)
        layers.append(_Moves(j, act, (belief[0], belief[1]), offered, node, action, np.arange(len(node)), weight))
        state[j], state[i] = point, state[i][node]
        belief[j], belief[i] = news, belief[i][node]
    end = stages[offers].value
    played = [end[q][:, state[0], state[1]] for q in (0, 1)]
    best = [v.copy() for v in played]
    by_stage = np.zeros((offers, 2))
    start = np.zeros(0)
    for number in range(len(layers) - 1, -1, -1):
        moves = layers[number]
        for q in (0, 1):
            factor = bargain.discount[q] if moves.ends is not None else 1.0
            now, top = _back(bargain, moves, q, factor * played[q], False), _back(bargain, moves, q, factor * best[q], True)
            played[q], best[q] = now, top
            if q == moves.mover:
                gain = (top - now).max(axis=1)
                by_stage[number // 2, number % 2] = gain.max()
                start = gain
    return UnrolledGain(max(0.0, float(by_stage.max())), by_stage, start, sum(layer.act.shape[1] for layer in layers))


def spread(
    grid: BeliefGrid, state: Ints, belief: Floats, act: Floats, rounding: str, only: int | None = None
) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Edges of a layer: (node, action, lattice point reached, lottery probability, Bayes belief)."""
    m = act.shape[2]
    prior = grid.beliefs[state]
    stated = prior[:, None, :] * np.moveaxis(act, 0, -1)  # (N, A, T): where the public state moves
    odds = grid.odds(stated)
    corners = grid.corners(grid.coordinates[grid.nearest(odds)] if rounding == "nearest" else odds)
    index = np.stack(corners.points, axis=-1)
    weight = np.stack(corners.weight, axis=-1)
    bayes = belief[:, None, :] * np.moveaxis(act, 0, -1)
    bayes /= bayes.sum(axis=-1, keepdims=True)
    kept = weight > 1e-12
    if only is not None:
        kept[:, [a for a in range(m) if a != only]] = False
    node, action, corner = np.nonzero(kept)
    return node, action, index[node, action, corner], weight[node, action, corner], bayes[node, action]


def _back(bargain: Bargain, moves: _Moves, q: int, after: Floats, best: bool) -> Floats:
    """Payoffs (T_q, N) at the nodes of a layer, given those (T_q, children) after it; q replies best, or as the policy."""
    _, n, m = moves.act.shape
    worth = np.zeros((len(after), n, m))
    for t, row in enumerate(after):
        worth[t] = np.bincount(moves.node * m + moves.action, moves.weight * row[moves.child], n * m).reshape(n, m)
    if moves.ends is not None:
        worth[:, :, 0] = bargain.gain[q][moves.ends].T
    if q != moves.mover:
        chance = np.einsum("nt,tna->na", moves.belief[moves.mover], moves.act)
        out: Floats = (chance * worth).sum(axis=2)
    elif best:
        out = (1 - bargain.tremble) * worth.max(axis=2) + bargain.tremble * worth.mean(axis=2)
    else:
        out = (moves.act * worth).sum(axis=2)
    return out
