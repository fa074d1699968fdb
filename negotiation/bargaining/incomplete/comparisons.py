"""For comparison: Myerson's generalisation of Shapley's NTU value (M-solution) and Salamanca's of Harsanyi's (S-solution).

Both ask for scales (lambda, alpha) of the grand coalition, supporting an incentive-efficient mechanism mu_N, such that every
type gets its warranted claim: with a division phi_i(t) of the virtual worth W_N(t) in every state,

    (lambda_i(t) + sum_tau alpha_i(tau | t)) U_i(t) - sum_tau alpha_i(t | tau) U_i(tau) = p_i(t) E phi_i(t, t_-i).

- M: phi(t) is the Shapley value of the virtual worths W_S(t_S) = max_d sum_(i in S) v_i(d, t_S, lambda, alpha): *rational
  threats*, without incentive constraints or fairness inside coalitions.
- S: phi(t) adds up Harsanyi's dividends: coalition S carries out the incentive-compatible mechanism with the largest expected
  dividend among those with v_i(mu_S, t_S) = (dividends of the smaller coalitions with i at t) + delta_S(t_S) for each member,
  in every state: *egalitarian threats*; the grand coalition divides W_N(t) with equal dividends.

The scales are not searched for: given scales are evaluated and the answer certified at them. ``residual`` says how much some
type lacks of its claim, so that a residual of 0 shows a solution, and a large one that these are not its scales.

Sources: Myerson, Cooperative games with incomplete information (1984b); Salamanca, A generalization of the Harsanyi NTU value
to games with incomplete information (2020), as described in file 003, Sections 1, 2 and 6: the S-solution is our reading of
that description, which gives the published payoffs of both examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members, all_coalitions
from negotiation.bargaining.incomplete.fixed_point import nearest_above
from negotiation.bargaining.incomplete.mechanisms import Mechanism, Scales, best_mechanism, flat_scales, shaped_scales
from negotiation.bargaining.incomplete.warranted import warrant_matrix

Division = Callable[[CooperativeGame, Scales], Floats]


@dataclass(frozen=True, eq=False)
class ComparedSolution:
    """``payoffs`` of an incentive-efficient ``mechanism`` of the grand coalition that comes nearest to the ``claims`` at
    ``scales``; ``residual``: the most that a type lacks of its claim, utils."""

    name: str
    payoffs: tuple[Floats, ...]
    claims: tuple[Floats, ...]
    mechanism: Mechanism
    scales: Scales
    residual: float


def m_solution(game: CooperativeGame, scales: Scales | None = None) -> ComparedSolution:
    """Myerson's solution at these scales of the grand coalition; without any, at utility weights in proportion to the prior."""
    return _evaluated("M-solution", game, scales, shapley_shares)


def s_solution(game: CooperativeGame, scales: Scales | None = None) -> ComparedSolution:
    """Salamanca's S-solution at these scales of the grand coalition; without any, at utility weights in proportion to the
    prior. Raises ArithmeticError where some coalition has no egalitarian threat at these scales."""
    return _evaluated("S-solution", game, scales, harsanyi_shares)


def shapley_shares(game: CooperativeGame, scales: Scales) -> Floats:
    """(players, states): the Shapley value of the virtual worths in every state."""
    n, shape = game.n, [len(t) for t in game.types]
    out = np.zeros((n, *shape))
    for s in all_coalitions(n):
        program = CoalitionProgram(game, s)
        worth = _spread_out(game, s, program.virtual(*flat_scales(program, _restricted(scales, s))).max(axis=1))
        weight = factorial(len(s) - 1) * factorial(n - len(s)) / factorial(n)
        for i in range(n):
            out[i] += weight * worth if i in s else -weight * len(s) / (n - len(s)) * worth
    return out.reshape(n, -1)


def harsanyi_shares(game: CooperativeGame, scales: Scales) -> Floats:
    """(players, states): the sums of dividends, with egalitarian threats inside coalitions."""
    dividend: dict[Members, Floats] = {}
    for s in all_coalitions(game.n):
        program = CoalitionProgram(game, s)
        weights, alpha = flat_scales(program, _restricted(scales, s))
        earlier = np.zeros((program.size, *program.counts))
        for k, i in enumerate(s):
            for r in (q for size in range(1, len(s)) for q in combinations(s, size) if i in q):
                axes = tuple(c if j in r else 1 for j, c in zip(s, program.counts, strict=True))
                earlier[k] += dividend[r].reshape(axes)
        before = earlier.reshape(program.size, -1)
        if len(s) in (1, game.n):
            worth = program.virtual(weights, alpha).max(axis=1)
            dividend[s] = ((worth - before.sum(axis=0)) / program.size).reshape(program.counts)
        else:
            dividend[s] = _egalitarian(program, weights, alpha, before).reshape(program.counts)
    everybody = game.everybody
    out = np.zeros((game.n, *[len(t) for t in game.types]))
    for s, value in dividend.items():
        out[list(s)] += _spread_out(game, s, value.ravel())
    return out.reshape(len(everybody), -1)


def _egalitarian(program: CoalitionProgram, weights: Floats, alpha: Floats, before: Floats) -> Floats:
    """(states,) dividends delta_S of the egalitarian threat."""
    rows = np.zeros((program.size * program.states, program.variables + program.states))
    for i in range(program.size):
        own = np.where(program.owner == i, weights, 0.0)
        virtual = program.virtual(own, np.where(program.lies[:, 0] == i, alpha, 0.0))
        for t in range(program.states):
            row = rows[i * program.states + t]
            row[t * program.decisions : (t + 1) * program.decisions] = virtual[t]
            row[program.variables + t] = -1.0
    free = np.zeros((program.states, program.states))
    sums = np.hstack([program.sums[0].toarray(), free])
    honest = np.hstack([-program.honesty, np.zeros((len(program.lies), program.states))])
    cost = np.concatenate([np.zeros(program.variables), program.p])
    bounds = np.array([(0.0, np.inf)] * program.variables + [(-np.inf, np.inf)] * program.states)
    got = maximise(cost, [(honest, np.zeros(len(honest)))], [(rows, before.ravel()), (sums, program.sums[1])], bounds)
    if got.z is None:
        raise ArithmeticError(f"coalition {program.game.label(program.members)} has no egalitarian threat at these scales")
    return got.z[program.variables :]


def _evaluated(name: str, game: CooperativeGame, scales: Scales | None, division: Division) -> ComparedSolution:
    everybody = game.everybody
    program = CoalitionProgram(game, everybody)
    if scales is None:
        scales = best_mechanism(game, everybody, game.prior).scales
    weights, alpha = flat_scales(program, scales)
    scales = shaped_scales(program, weights, alpha)
    share = division(game, scales)
    right = program.p_kind * np.concatenate(
        [program.everywhere[program.first[i] : program.first[i + 1]] @ share[i] for i in range(program.size)]
    )
    left = warrant_matrix(program, weights, alpha)
    claims = np.linalg.solve(left, right)
    best, _ = nearest_above(program, claims)
    payoffs = program.utilities @ best.probability.ravel()
    residual = max(0.0, float((claims - payoffs).max()))
    return ComparedSolution(name, program.split(payoffs), program.split(claims), best, scales, residual)


def _restricted(scales: Scales, s: Members) -> Scales:
    return Scales(tuple(scales.utility_weights[i] for i in s), tuple(scales.honesty[i] for i in s))


def _spread_out(game: CooperativeGame, s: Members, values: Floats) -> Floats:
    """A function of t_S as one that broadcasts over all states."""
    axes = tuple(len(game.types[i]) if i in s else 1 for i in range(game.n))
    return np.broadcast_to(values.reshape(axes), [len(t) for t in game.types])
