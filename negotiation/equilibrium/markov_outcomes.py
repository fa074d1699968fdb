"""What an equilibrium in beliefs leads to: payoffs by type, when they agree, and how near it may come to the second best.

Types are drawn from the prior and followed through offers, replies, trembles and public lotteries, exactly up to histories of
probability ``PRUNED`` in a stage. Because a type can always play as another type does (it trembles alike), what each type
would get so, ``lies``, is known too. That makes the equilibrium a direct mechanism whose incentive constraints fail by at
most the gain from such a lie, and whose participation constraints fail by what trembles cost a type below 0; with a common
discount factor its surplus is therefore at most that of the best mechanism with so much slack (``second_best_within``), a
linear program:

    max E[sum_i u_i]   subject to   U_i(t, t) >= U_i(t, t') - gain   and   U_i(t, t) >= -loss_i(t)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from negotiation.equilibrium.markov import MarkovEquilibrium
from negotiation.equilibrium.unrolled import spread
from negotiation.errors import CannotPlay
from negotiation.problem import Problem

Floats = NDArray[np.float64]
PRUNED = 1e-12


@dataclass(frozen=True, eq=False)
class MarkovOutcome:
    """Exact play of the policy from the prior, time-0 utils.

    ``payoffs[i]`` (T_a, T_b): what i expects given both types; ``agreement`` (T, T_a, T_b): the probability of agreeing at
    each stage, given types, and ``by_stage`` (T,) under the prior; ``lies[i]`` (T_i, T_i): what i of one type expects if it
    plays as another type does (the diagonal: as itself); ``surplus`` and ``first_best``: expected; ``lost``: how likely, at
    most given types, are the histories that were dropped. What is neither agreed nor lost reaches the horizon."""

    payoffs: tuple[Floats, Floats]
    agreement: Floats
    by_stage: Floats
    lies: tuple[Floats, Floats]
    surplus: float
    first_best: float
    lost: float

    @property
    def efficiency(self) -> float:
        return self.surplus / self.first_best

    @property
    def gain_from_lying(self) -> float:
        """The most that a type gains by playing as another type, utils; at least 0."""
        return max(0.0, *(float((u - np.diag(u)[:, None]).max()) for u in self.lies))

    @property
    def losses(self) -> tuple[Floats, Floats]:
        """How far below 0 each type's expected payoff is, utils (T_i,)."""
        return tuple(np.maximum(0, -np.diag(u)) for u in self.lies)  # type: ignore[return-value]

    def __str__(self) -> str:
        shown = [f"{t}: {p:.3f}" for t, p in enumerate(self.by_stage[:6])]
        when = ", ".join([*shown, f"later {self.by_stage[6:].sum():.3f}", f"never {1 - self.by_stage.sum():.3f}"])
        return (
            f"surplus {self.surplus:.4f} of {self.first_best:.4f} utils ({100 * self.efficiency:.1f}%); agreement by stage: "
            f"{when}; gain from playing as another type at most {self.gain_from_lying:.4f} utils"
        )


def markov_outcome(found: MarkovEquilibrium) -> MarkovOutcome:
    """Play the policy from the prior to its horizon."""
    bargain, grids = found.bargain, found.grids
    m, gamma = bargain.offers, bargain.tremble
    sizes = (grids[0].types, grids[1].types)
    picked = found.offers[:, 0].astype(int)
    choices = int(picked.max()) + 1
    traded = [np.zeros((*sizes, choices)) for _ in (0, 1)]  # discounted probability of each choice
    paid = [np.zeros(sizes) for _ in (0, 1)]  # discounted transfer
    agreement = np.zeros((found.horizon, *sizes))
    state = [np.array([g.start]) for g in grids]
    mass = np.ones((1, *sizes))  # probability of the state given types
    lost = 0.0
    for t, stage in enumerate(found.stages):
        i = stage.proposer
        j = 1 - i
        by = [(slice(None), slice(None), None), (slice(None), None, slice(None))]  # (E, T_i) among (E, T_a, T_b)
        act = gamma / m + (1 - gamma) * stage.offers(state[j], state[i])
        node, action, point, weight, _ = spread(grids[i], state[i], grids[i].beliefs[state[i]], act, "lottery")
        mass = mass[node] * (act[:, node, action] * weight).T[by[i]]
        state[i], state[j] = point, state[j][node]
        state, action, mass, dropped = _merge(state, action, mass)
        lost += dropped
        yes = gamma / 2 + (1 - gamma) * stage.acceptance(action, state[i], state[j])
        taken = mass * yes.T[by[j]]
        agreement[t] = taken.sum(axis=0)
        for q in (0, 1):
            now = bargain.discount[q] ** t
            np.add.at(traded[q].transpose(2, 0, 1), picked[action], now * taken)
            paid[q] += now * np.einsum("e,eab->ab", found.offers[action, 1], taken)
        reply = np.stack([yes, 1 - yes], axis=-1)
        node, _, point, weight, _ = spread(grids[j], state[j], grids[j].beliefs[state[j]], reply, "lottery", only=1)
        mass = mass[node] * ((1 - yes[:, node]) * weight).T[by[j]]
        state[j], state[i] = point, state[i][node]
        state, _, mass, dropped = _merge(state, np.zeros(len(point), dtype=np.int64), mass)
        lost += dropped
    priors = [g.prior for g in grids]
    worth = [found.problem.utility[q][found.problem.classes[0]][:choices] for q in (0, 1)]
    a = np.einsum("xt,abx->tab", worth[0], traded[0]) + paid[0]  # of true type t if play is that of (a, b)
    b = np.einsum("xt,abx->tab", worth[1], traded[1]) - paid[1]
    payoffs = np.einsum("aab->ab", a), np.einsum("bab->ab", b)
    surplus = float(priors[0] @ (payoffs[0] + payoffs[1]) @ priors[1])
    lies = a @ priors[1], np.einsum("tab,a->tb", b, priors[0])
    by_stage = np.einsum("sab,a,b->s", agreement, *priors)
    return MarkovOutcome(payoffs, agreement, by_stage, lies, surplus, found.problem.surplus.mean, lost)


def _merge(
    state: list[NDArray[np.int64]], action: NDArray[np.int64], mass: Floats
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64], Floats, float]:
    """Equal (state, action) put together, and what is less likely than PRUNED under all types dropped."""
    keys, place = np.unique(np.stack([*state, action]), axis=1, return_inverse=True)
    total = np.zeros((keys.shape[1], *mass.shape[1:]))
    np.add.at(total, place.ravel(), mass)
    kept = total.max(axis=(1, 2)) > PRUNED
    return [keys[0, kept], keys[1, kept]], keys[2, kept], total[kept], float(total[~kept].sum(axis=0).max(initial=0.0))


def second_best_within(problem: Problem, gain: float, losses: tuple[Floats, Floats] | None = None) -> float:
    """The largest expected surplus of one item, utils, of mechanisms in which lying gains at most ``gain`` and type t of
    player i expects at least -``losses[i][t]`` (default 0). With gain 0 and no losses it is the second best."""
    if problem.n != 1:
        raise CannotPlay(f"second_best_within: expected one item, {problem.name} has {problem.n}")
    if problem.discount[0] != problem.discount[1]:
        raise CannotPlay("second_best_within: expected equal discount factors (else lending adds to the surplus)")
    u = [np.asarray(problem.utility[q][problem.classes[0]]) for q in (0, 1)]
    x, ta, tb = len(problem.choices), u[0].shape[1], u[1].shape[1]
    joint = np.zeros((ta, tb))
    pairs, chance = problem.prior.support(1000)
    np.add.at(joint, (pairs[:, 0, 0], pairs[:, 1, 0]), chance)
    loss = losses if losses is not None else (np.zeros(ta), np.zeros(tb))
    cells = ta * tb
    rows, right = [], []
    for q, types, sign in ((0, ta, 1.0), (1, tb, -1.0)):
        given = joint / joint.sum(axis=1 - q, keepdims=True)  # P(other | own)

        def interim(true: int, said: int, q: int = q, sign: float = sign, given: Floats = given) -> Floats:
            trade, pay = np.zeros((ta, tb, x)), np.zeros((ta, tb))
            at = (said, slice(None)) if q == 0 else (slice(None), said)
            own = given[true, :] if q == 0 else given[:, true]
            trade[at] = own[:, None] * u[q][:, true]
            pay[at] = sign * own
            return np.concatenate([trade.ravel(), pay.ravel()])

        for t in range(types):
            rows.append(-interim(t, t))
            right.append(loss[q][t])
            for other in range(types):
                if other != t:
                    rows.append(interim(t, other) - interim(t, t))
                    right.append(gain)
    total = joint[:, :, None] * (u[0].T[:, None, :] + u[1].T[None, :, :])
    one = np.concatenate([np.kron(np.eye(cells), np.ones(x)), np.zeros((cells, cells))], axis=1)
    bounds = [(0, 1)] * (cells * x) + [(None, None)] * cells
    cost = np.concatenate([-total.ravel(), np.zeros(cells)])
    solved = linprog(cost, A_ub=np.array(rows), b_ub=np.array(right), A_eq=one, b_eq=np.ones(cells), bounds=bounds)
    return float(-solved.fun)
