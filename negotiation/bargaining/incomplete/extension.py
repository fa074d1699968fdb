"""The restricted extension of Lemma 1: decisions for S alone under which every member has a strong solution worth its claims.

At scales lambda > 0, alpha >= 0 add for each member i a decision d_i, carried out whatever the types. The others get what their
threat gives them: u_j(d_i, t_S) = U_j^(S\\i)(t_j), in every state. Dictator i gets w_i(t_S), the solution of the warrant
equations state by state, for each t_(S\\i):

    (lambda_i(t) + sum_tau alpha_i(tau | t)) w_i(t, .) - sum_tau alpha_i(t | tau) w_i(tau, .)
        = p_i(t) [ W(t_S) - sum_(j != i) virtual value of U_j^(S\\i) at t_j ].

So d_i reaches the virtual worth W(t_S) in every state and no more, W stays what it was, and E w_i = omega_i. (The printed
proof gives the others what the threat gives them state by state, and weighs it with the threat's alpha: then d_i can exceed W
in some states and fall short of it in others, and the worth of the extended game is not that of the old one.)  Source: file
003, Lemma 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram
from negotiation.bargaining.incomplete.cooperative import Coalition, CooperativeGame, Decision, Floats, Members
from negotiation.bargaining.incomplete.mechanisms import Scales, flat_scales
from negotiation.bargaining.incomplete.warranted import Payoffs, outside, warrant_matrix
from negotiation.errors import InputError


def restricted_extension(game: CooperativeGame, threats: Payoffs, scales: Scales) -> CooperativeGame:
    """The game with one more decision for each player, of the grand coalition alone, in the order of the players: the last n
    of D_N. Raises InputError unless all utility weights are positive and alpha >= 0."""
    s: Members = game.everybody
    program = CoalitionProgram(game, s)
    weights, alpha = flat_scales(program, scales)
    if weights.min() <= 0 or alpha.min(initial=0.0) < 0:
        raise InputError("scales: an extension needs positive utility weights and alpha >= 0")
    against = outside(program, threats)
    worth = program.virtual(weights, alpha).max(axis=1)
    left = warrant_matrix(program, weights, alpha)
    added = np.empty((program.size, program.size, program.states))  # members, new decisions, states
    for i in range(program.size):
        virtual = left @ against[i] / program.p_kind  # of the others' threats; entries of i are not used
        rest = worth.copy()
        for j in range(program.size):
            if j != i:
                k = program.first[j] + program.at[:, j]
                added[j, i] = against[i][k]
                rest -= virtual[k]
        added[i, i] = _own(program, i, left, rest)
    old = game.coalitions[s]
    new: list[Decision] = [((s, f"extension of {who}"),) for who in game.players]
    shape = (program.size, program.size, *program.counts)
    whole = Coalition(s, (*old.decisions, *new), np.concatenate([old.utility, added.reshape(shape)], axis=1))
    return replace(game, coalitions={**game.coalitions, s: whole}, name=f"extension of {game.name}")


def _own(program: CoalitionProgram, i: int, left: Floats, rest: Floats) -> Floats:
    """(states,) w_i: the warrant equations for each state of the others."""
    mine = program.owner == i
    tables = np.moveaxis(rest.reshape(program.counts), i, 0)
    right = program.p_kind[mine][:, None] * tables.reshape(program.counts[i], -1)
    solved = np.linalg.solve(left[np.ix_(mine, mine)], right)
    w: Floats = np.moveaxis(solved.reshape(tables.shape), 0, i).ravel()
    return w
