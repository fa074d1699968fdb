"""The neutral procedural solution of a Bayesian cooperative game (Definition 4).

Coalitions agree recursively, small ones first. In S each member is dictator with equal probability, bound to give the others
the payoffs of S without it. Where the dictators' strong solutions exist and their average is incentive efficient, that
average is the solution (axiom RCRD). Otherwise it is an incentive-efficient mechanism that gives every type, up to any
epsilon > 0, what the same lottery would give it if virtual utility at some scales were transferable: NPS1 and NPS2.

Every coalition's answer carries its certificate: scales lambda > 0, alpha >= 0, the warranted claims that they imply, and
``residual``, the epsilon of NPS2 that they prove. Solutions exist (Theorem 1) and need not be unique; scales are not unique and
not comparable. Source: file 003, Section 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members, all_coalitions
from negotiation.bargaining.incomplete.fixed_point import Found, search
from negotiation.bargaining.incomplete.mechanisms import (
    Mechanism,
    Scales,
    flat_scales,
    improvement,
    mechanism_lines,
    shaped_scales,
    spread,
)
from negotiation.bargaining.incomplete.selection import Selected, SelectionProblem
from negotiation.bargaining.incomplete.warranted import Demand, Payoffs, claims_at, equal_chances, outside, shortfall
from negotiation.errors import InputError

ALONE, DICTATORS, FIXED_POINT = "alone", "random dictatorship", "fixed point"
EFFICIENT = 1e-7  # of the range of utilities: a gain from another mechanism that is taken for none
STARTS = 24


@dataclass(frozen=True, eq=False)
class CoalitionAgreement:
    """What coalition S agrees on. ``payoffs``: U_i^S(t_i) of each member, utils. ``scales`` and ``claims`` (omega_i) are the
    certificate; ``residual``: the epsilon of NPS2 that they prove, utils. ``efficiency_gain``: what types could gain in sum,
    at no type's cost; ``incentive_gain``: what a lie gains, both utils. ``dictators``: strong solutions, None where there is
    none, in the order of the members. ``method``: alone, random dictatorship or fixed point."""

    members: Members
    mechanism: Mechanism
    payoffs: tuple[Floats, ...]
    scales: Scales
    claims: tuple[Floats, ...]
    residual: float
    efficiency_gain: float
    incentive_gain: float
    method: str
    dictators: tuple[Selected | None, ...] = ()


@dataclass(frozen=True, eq=False)
class NeutralSolution:
    """The threats of all coalitions. ``payoffs``, ``mechanism``: those of the grand coalition."""

    game: CooperativeGame
    coalitions: Mapping[Members, CoalitionAgreement]

    @property
    def grand(self) -> CoalitionAgreement:
        return self.coalitions[self.game.everybody]

    @property
    def payoffs(self) -> tuple[Floats, ...]:
        return self.grand.payoffs

    @property
    def mechanism(self) -> Mechanism:
        return self.grand.mechanism

    @property
    def residual(self) -> float:
        """The largest residual of a coalition, utils."""
        return max(c.residual for c in self.coalitions.values())

    def __str__(self) -> str:
        lines = [f"Neutral procedural solution of {self.game.name} (residual {self.residual:.1e} utils)"]
        for s, c in self.coalitions.items():
            if len(s) == 1 and not any(u.any() for u in c.payoffs):
                continue
            lines += ["", f"{self.game.label(s)}, by {c.method}; residual {c.residual:.1e}"]
            for i, payoffs in zip(s, c.payoffs, strict=True):
                named = [f"{t}: {u:.6g}" for t, u in zip(self.game.types[i], payoffs, strict=True)]
                lines.append(f"  {self.game.players[i]} gets " + ", ".join(named))
            lines += mechanism_lines(c.mechanism, "    ")
        return "\n".join(lines)


def neutral_procedural_solution(game: CooperativeGame, *, starts: int = STARTS) -> NeutralSolution:
    """A neutral procedural solution. ``starts``: from how many utility weights the fixed point is sought, at most, until one is
    certified to 1e-8 of the range of utilities (1e-7 after four); the best is returned, with its residual. Raises InputError if
    starts < 1."""
    if starts < 1:
        raise InputError(f"starts: expected at least 1, got {starts}")
    done: dict[Members, CoalitionAgreement] = {}
    for s in all_coalitions(game.n):
        threats = {r: c.payoffs for r, c in done.items()}
        done[s] = _alone(game, s) if len(s) == 1 else coalition_agreement(game, s, threats, starts=starts)
    return NeutralSolution(game, done)


def coalition_agreement(
    game: CooperativeGame, members: Members, threats: Payoffs, *, starts: int = STARTS
) -> CoalitionAgreement:
    """The neutral agreement of one coalition of two or more, given the payoffs of the coalitions that lack one of its
    members."""
    program = CoalitionProgram(game, members)
    demand = equal_chances(program, outside(program, threats))
    dictators = random_dictators(game, members, threats)
    average = average_dictatorship(dictators)
    unit = float(spread(program).max())
    if average is not None:
        payoffs = program.utilities @ average.probability.ravel()
        support = improvement(program, payoffs)
        if support.gain <= EFFICIENT * unit:
            weights, alpha = flat_scales(program, support.scales)
            residual = shortfall(program, payoffs, demand, weights, alpha)
            found = Found(average.probability, payoffs, weights, alpha, residual, support.gain)
            return _agreement(program, demand, found, DICTATORS, dictators)
    return _agreement(program, demand, search(program, demand, starts), FIXED_POINT, dictators)


def random_dictators(game: CooperativeGame, members: Members, threats: Payoffs) -> tuple[Selected | None, ...]:
    """The strong solution of each member as dictator, None where there is none."""
    return tuple(SelectionProblem(game, members, i, threats).strong() for i in members)


def average_dictatorship(dictators: tuple[Selected | None, ...]) -> Mechanism | None:
    """The average of the strong solutions: conditional random dictatorship; None if one is missing."""
    found = [d.mechanism for d in dictators if d is not None]
    if len(found) < len(dictators):
        return None
    return Mechanism(found[0].game, found[0].members, np.mean([m.probability for m in found], axis=0))


def certificate(
    game: CooperativeGame, members: Members, mechanism: Mechanism, threats: Payoffs, scales: Scales
) -> tuple[float, tuple[Floats, ...]]:
    """(epsilon of NPS2 in utils, claims) of any mechanism at any scales lambda > 0, alpha >= 0; inf if the scales are not
    such."""
    program = CoalitionProgram(game, members)
    demand = equal_chances(program, outside(program, threats))
    weights, alpha = flat_scales(program, scales)
    epsilon = shortfall(program, program.utilities @ mechanism.probability.ravel(), demand, weights, alpha)
    claims = claims_at(program, demand, weights, alpha) if np.isfinite(epsilon) else np.full(program.kinds, np.nan)
    return epsilon, program.split(claims)


def _agreement(
    program: CoalitionProgram, demand: Demand, found: Found, method: str, dictators: tuple[Selected | None, ...]
) -> CoalitionAgreement:
    return CoalitionAgreement(
        program.members,
        Mechanism(program.game, program.members, found.probability),
        program.split(found.payoffs),
        shaped_scales(program, found.weights, found.alpha),
        program.split(claims_at(program, demand, found.weights, found.alpha)),
        max(0.0, found.residual),
        found.efficiency_gain,
        program.violation(found.probability.ravel()),
        method,
        dictators,
    )


def _alone(game: CooperativeGame, s: Members) -> CoalitionAgreement:
    """(4.4): the best decision of each type; the first of equals."""
    program = CoalitionProgram(game, s)
    utility = program.u[0].T  # (types, decisions)
    table = np.zeros_like(utility)
    table[np.arange(len(utility)), utility.argmax(axis=1)] = 1.0
    payoffs = utility.max(axis=1)
    scales = shaped_scales(program, program.p.copy(), np.zeros(len(program.lies)))
    return CoalitionAgreement(s, Mechanism(game, s, table), (payoffs,), scales, (payoffs,), 0.0, 0.0, 0.0, ALONE)
