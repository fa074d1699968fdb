"""Warranted claims, and the certificate of a neutral procedural solution.

At virtual scales (lambda, alpha) coalition S is worth W(t_S) = max_d sum_j v_j(d, t_S). A dictator i pays the others their threats
and keeps the rest; the utilities omega_i(t_i) whose virtual value that is are its *warranted claims* (4.11):

    (lambda_i(t) + sum_tau alpha_i(tau | t)) omega_i(t) - sum_tau alpha_i(t | tau) omega_i(tau)
        = p_i(t) [ E W(t, t_-i) - sum_(j != i) sum_(t_j) lambda_j(t_j) U_j^(S\\i)(t_j) ].

The last sum is (4.8): with alpha^(S\\i) complementary to the threat (4.7), only its interim utilities matter. For lambda > 0 the
matrix on the left is an M-matrix: the claims exist and are unique. For every lambda > 0 and alpha >= 0 the number

    max over i, t_i of  [ sum_(j != i) U_i^(S\\j)(t_i) + omega_i(t_i) ] / |S| - U_i(t_i)

is an epsilon for which NPS1 and NPS2 of Definition 4 hold: a certificate, whatever found the scales.

Source: file 003, Sections 4.1 and 5; Myerson, Mechanism design by an informed principal (1983), Lemma 1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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


def claims_at(program: CoalitionProgram, against: Floats, weights: Floats, alpha: Floats) -> Floats:
    """(kinds,) omega at flat scales; ``against`` as ``outside`` gives it."""
    worth = program.virtual(weights, alpha).max(axis=1)
    right = program.p_kind * (program.everywhere @ worth - (against @ weights)[program.owner])
    left = np.diag(weights)
    np.add.at(left, (program.truth_of, program.truth_of), alpha)
    np.add.at(left, (program.report_of, program.truth_of), -alpha)
    claims: Floats = np.linalg.solve(left, right)
    return claims


def warranted_claims(program: CoalitionProgram, threats: Payoffs, scales: Scales) -> tuple[Floats, ...]:
    """omega_i of each member, utils. Raises InputError unless all utility weights are positive and alpha >= 0."""
    weights, alpha = flat_scales(program, scales)
    if weights.min() <= 0 or alpha.min(initial=0.0) < 0:
        raise InputError("scales: warranted claims need positive utility weights and alpha >= 0")
    return program.split(claims_at(program, outside(program, threats), weights, alpha))


def fair_shares(program: CoalitionProgram, against: Floats, claims: Floats) -> Floats:
    """(kinds,) what NPS2 asks for: the average of one's claims and of the threats of others as dictators."""
    return (against.sum(axis=0) + claims) / program.size


def shortfall(program: CoalitionProgram, payoffs: Floats, against: Floats, weights: Floats, alpha: Floats) -> float:
    """The epsilon of NPS2 that these scales certify for payoffs (kinds,), utils; inf where weights are not positive."""
    if weights.min() <= 0 or alpha.min(initial=0.0) < 0:
        return np.inf
    try:
        claims = claims_at(program, against, weights, alpha)
    except np.linalg.LinAlgError:
        return np.inf
    return float((fair_shares(program, against, claims) - payoffs).max())
