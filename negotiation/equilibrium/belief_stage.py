"""One stage of an alternating-offer negotiation over one item, solved at every lattice belief given what follows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.belief_bargain import Bargain
from negotiation.equilibrium.stage_games import Stage, solve, solve_reply

Floats = NDArray[np.float64]
Points = int | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StagePolicy:
    """What proposer i and responder j do in a stage at every lattice point, and what they expect: ``markov`` holds one a stage.

    ``offer`` (T_i, K_j, K_i, m): intended probabilities of offers; ``accept`` (T_j, m, K_i, K_j): intended probabilities of
    acceptance once the belief about i is the one after the offer (both without trembles, single precision). ``value[i]``
    (T_i, K_a, K_b), utils of this stage. Gains in the stage games, utils: ``offer_gain`` (K_j, K_i), ``reply_gain`` the
    largest."""

    proposer: int
    offer: NDArray[np.float32]
    accept: NDArray[np.float32]
    value: tuple[Floats, Floats]
    offer_gain: Floats
    reply_gain: float

    def offers(self, their: Points, own: Points) -> Floats:
        """Intended probabilities of offers, (T_i, ..., m), at lattice points of the responder's and the proposer's types."""
        p = self.offer[:, their, own].astype(float)
        out: Floats = p / p.sum(axis=-1, keepdims=True)
        return out

    def acceptance(self, offer: Points, own: Points, their: Points) -> Floats:
        """Intended probabilities of acceptance (T_j, ...)."""
        return self.accept[:, offer, own, their].astype(float)


def solve_stage(
    bargain: Bargain, i: int, after: tuple[Floats, Floats], start: StagePolicy | None, tol: float, steps: int
) -> StagePolicy:
    """The stage in which i proposes, if a rejection is worth ``after[player]`` (T, K_a, K_b) in utils of the next stage."""
    j = 1 - i
    own, their = bargain.grids[i], bargain.grids[j]
    m, k, l = bargain.offers, own.points, their.points  # noqa: E741
    flip = (lambda v: v) if i == 0 else (lambda v: np.swapaxes(v, 1, 2))
    later = {q: bargain.discount[q] * flip(after[q]) for q in (i, j)}  # (T, K_i, K_j)

    def reply_table(q: int) -> Floats:  # (T_q, 2, m * K_i, K_j): accept, reject
        full = np.empty((bargain.grids[q].types, 2, m, k, l))
        full[:, 0] = bargain.gain[q].T[:, :, None, None]
        full[:, 1] = later[q][:, None]
        return full.reshape(len(full), 2, m * k, l)

    reply = Stage(their, reply_table(j), bargain.tremble / 2)
    replied = solve_reply(reply, tol, steps)
    games = np.arange(m * k * l)
    act = reply.tremble(replied.p)
    shift = reply.shift(act)
    theirs = (act * reply.read(reply.payoff, games, shift)).sum(axis=2)  # (T_j, G)
    mixed = np.einsum("gt,tga->ga", their.beliefs[games % l], act)
    ours = (mixed * reply.read(reply_table(i), games, shift)).sum(axis=2)  # (T_i, G)

    def offered(v: Floats) -> Floats:  # (T, m, K_j, K_i)
        return np.ascontiguousarray(np.swapaxes(v.reshape(len(v), m, k, l), 2, 3))

    stage = Stage(own, offered(ours), bargain.tremble / m)
    warm = None if start is None else start.offer.reshape(own.types, l * k, m).astype(float)
    made = solve(stage, warm, tol, steps)
    games = np.arange(l * k)
    sigma = stage.tremble(made.p)
    move = stage.shift(sigma)
    value_own = (sigma * stage.read(stage.payoff, games, move)).sum(axis=2)
    seen = np.einsum("gt,tgo->go", own.beliefs[games % k], sigma)
    value_their = (seen * stage.read(offered(theirs), games, move)).sum(axis=2)

    def values(v: Floats) -> Floats:  # (T, K_a, K_b) from games (l, k)
        table = v.reshape(len(v), l, k)
        return np.ascontiguousarray(np.swapaxes(table, 1, 2) if i == 0 else table)

    both = (values(value_own), values(value_their)) if i == 0 else (values(value_their), values(value_own))
    return StagePolicy(
        i,
        made.p.reshape(own.types, l, k, m).astype(np.float32),
        replied.p[..., 0].reshape(their.types, m, k, l).astype(np.float32),
        both,
        made.gain.reshape(l, k),
        float(replied.gain.max()),
    )
