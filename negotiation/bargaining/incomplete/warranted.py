"""Warranted claims, and the certificate of a neutral procedural solution.

At virtual scales (lambda, alpha) coalition S is worth W(t_S) = max_d sum_j v_j(d, t_S). A dictator i pays the others their
threats and keeps the rest; the utilities omega_i(t_i) whose virtual value that is are its *warranted claims* (4.11):

    (lambda_i(t) + sum_tau alpha_i(tau | t)) omega_i(t) - sum_tau alpha_i(t | tau) omega_i(tau)
        = p_i(t) [ E W(t, t_-i) - sum_(j != i) sum_(t_j) lambda_j(t_j) U_j^(S\\i)(t_j) ].

The last sum is (4.8): with alpha^(S\\i) complementary to the threat (4.7), only its interim utilities matter. For lambda > 0
the matrix on the left is an M-matrix: the claims exist and are unique. For every lambda > 0 and alpha >= 0 the number

    max over i, t_i of  [ sum_(j != i) U_i^(S\\j)(t_i) + omega_i(t_i) ] / |S| - U_i(t_i)

is an epsilon for which NPS1 and NPS2 of Definition 4 hold: a certificate, whatever found the scales.

Source: file 003, Sections 4.1 and 5; Myerson, Mechanism design by an informed principal (1983), Lemma 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram
from negotiation.bargaining.incomplete.cooperative import Floats, Members
from negotiation.bargaining.incomplete.mechanisms import Scales, flat_scales
from negotiation.errors import InputError

Payoffs = Mapping[Members, tuple[Floats, ...]]  # of coalitions: U_j(t_j) of each member


def outside(program: CoalitionProgram, threats: Payoffs) -> Floats:
    """(members, kinds): row i holds the utilities U_j^(S\\i)(t_j) of the others' threat against i, 0 for i itself."""
    out = np.zeros((program.size, program.kinds))
    for i, who in enumerate(program.members):
        others = tuple(j for j in program.members if j != who)
        if others:
            if others not in threats:
                raise InputError(f"threats: expected the payoffs of {program.game.label(others)}")
            out[i, program.owner != i] = np.concatenate(threats[others])
    return out


class Demand(NamedTuple):
    """What is asked of a mechanism: ``multiple`` U_k >= ``base`` + omega_k, omega_k only where ``claimed``; arrays (kinds,).
    ``against``: the others' threats, as ``outside`` gives them."""

    against: Floats
    multiple: Floats
    base: Floats
    claimed: NDArray[np.bool_]


def equal_chances(program: CoalitionProgram, against: Floats) -> Demand:
    """NPS2: every type as much as it has on average when each member is dictator."""
    every = np.ones(program.kinds)
    return Demand(against, program.size * every, against.sum(axis=0), every > 0)


def one_dictator(program: CoalitionProgram, against: Floats, seat: int) -> Demand:
    """Every type of the member in ``seat`` its claim, every other type its threat (Myerson 1983, Theorem 7)."""
    return Demand(against, np.ones(program.kinds), against[seat], program.owner == seat)


def claims_at(program: CoalitionProgram, demand: Demand, weights: Floats, alpha: Floats) -> Floats:
    """(kinds,) omega at flat scales; 0 where none is claimed. Raises LinAlgError where the claims are not determined."""
    worth = program.virtual(weights, alpha).max(axis=1)
    right = program.p_kind * (program.everywhere @ worth - (demand.against @ weights)[program.owner])
    left = warrant_matrix(program, weights, alpha)
    left[~demand.claimed] = np.eye(program.kinds)[~demand.claimed]
    return np.asarray(np.linalg.solve(left, np.where(demand.claimed, right, 0.0)), dtype=np.float64)


def warrant_matrix(program: CoalitionProgram, weights: Floats, alpha: Floats) -> Floats:
    """(kinds, kinds): the left of the warrant equations."""
    left = np.zeros((program.kinds, program.kinds))
    np.fill_diagonal(left, weights)
    np.add.at(left, (program.truth_of, program.truth_of), alpha)
    np.add.at(left, (program.report_of, program.truth_of), -alpha)
    return left


def warranted_claims(program: CoalitionProgram, threats: Payoffs, scales: Scales) -> tuple[Floats, ...]:
    """omega_i of each member, utils. Raises InputError unless all utility weights are positive and alpha >= 0."""
    weights, alpha = flat_scales(program, scales)
    if weights.min() <= 0 or alpha.min(initial=0.0) < 0:
        raise InputError("scales: warranted claims need positive utility weights and alpha >= 0")
    return program.split(claims_at(program, equal_chances(program, outside(program, threats)), weights, alpha))


def fair_shares(demand: Demand, claims: Floats) -> Floats:
    """(kinds,) the utilities that are demanded at these claims."""
    return (demand.base + claims) / demand.multiple


def shortfall(program: CoalitionProgram, payoffs: Floats, demand: Demand, weights: Floats, alpha: Floats) -> float:
    """The epsilon of NPS2 that these scales certify for payoffs (kinds,), utils; inf where the weights of who has claims are
    not positive."""
    if weights[demand.claimed].min() <= 0 or weights.min() < 0 or alpha.min(initial=0.0) < 0:
        return np.inf
    try:
        claims = claims_at(program, demand, weights, alpha)
    except np.linalg.LinAlgError:
        return np.inf
    return float((fair_shares(demand, claims) - payoffs).max())
