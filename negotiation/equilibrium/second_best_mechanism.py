"""The second best: the mechanism of largest expected surplus that is interim incentive compatible and individually rational.

A direct mechanism asks both for their types and answers with lotteries over each item's choices, q_k(x | t_a, t_b), and a
transfer p(t_a, t_b) from Bob to Alice, so that the budget balances ex post. With U_i(t, t') what type t of player i expects
who reports t' to a truthful other,

    max E[sum_k u_a + u_b]   subject to   U_i(t, t) >= U_i(t, t')   and   U_i(t, t) >= 0   for all t, t' and both i,

a linear program. By the revelation principle no equilibrium of any protocol with voluntary participation has more surplus.
Several mechanisms can be optimal. Reported is, of these, one with the most equal ex ante payoffs and, where all types are
listed, of these one whose largest loss of surplus ex post is least, with as little ex post regret at participating as can be.
Source: Myerson and Satterthwaite 1983; file 004, Section 2.1 (its table for one rug)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium import mechanism_by_frequency, mechanism_by_type
from negotiation.equilibrium.type_classes import NotAvailable
from negotiation.priors import IID
from negotiation.problem import Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SecondBest:
    """An optimal mechanism and its certificate, in utils.

    ``surplus``: the largest expected surplus; ``first_best``: the expected first best; ``payoffs`` (2,): ex ante.
    ``labels[i]``, ``probability[i]``, ``interim[i]`` (types of i,): i's types (frequencies of item types where ``tables`` is
    not None), their probabilities and expected payoffs. ``transfers`` (Alice's types, Bob's types): from Bob to Alice.
    ``q``: probabilities of choices, (Alice's types, Bob's types, items, choices); or, by frequency, (tables, Alice's item
    types, Bob's item types, choices) for an item in a cell of a contingency table; ``tables`` (tables, Alice's item types,
    Bob's) counts the items in each cell. ``residual``: the largest violation of a constraint, or the duality gap of the surplus
    where that is larger, in utils. ``note`` says how it was computed."""

    surplus: float
    first_best: float
    payoffs: Floats
    labels: tuple[tuple[str, ...], tuple[str, ...]]
    probability: tuple[Floats, Floats]
    interim: tuple[Floats, Floats]
    transfers: Floats
    q: Floats
    tables: NDArray[np.int64] | None
    residual: float
    note: str

    @property
    def efficiency(self) -> float:
        """Second best over first best."""
        return self.surplus / self.first_best


def second_best(problem: Problem) -> SecondBest:
    """The second best, exact up to its ``residual``: by type where the types are few; by frequency where several items of one
    class have independent, identically distributed types.

    Raises NotAvailable ("not available at this size") for anything larger."""
    by_frequency = isinstance(problem.prior, IID) and problem.n > 1 and not np.ptp(problem.classes)
    build = mechanism_by_frequency.build if by_frequency else mechanism_by_type.build
    design = build(problem)
    first, last = design.program.in_turn(design.objectives, problem.largest_surplus)
    interim = tuple(np.array([u.at(last.z) for u in row]) for row in design.interim)
    payoffs = np.array([float(p @ u) for p, u in zip(design.probability, interim, strict=True)])
    surplus = first.value
    kept = abs(float(payoffs.sum()) - surplus)
    residual = max(first.gap, first.violation, last.violation, kept)
    q, transfers = design.read(last.z)
    return SecondBest(
        surplus,
        problem.surplus.mean,
        payoffs,
        design.labels,
        design.probability,
        (interim[0], interim[1]),
        transfers,
        q,
        design.tables,
        residual,
        design.note,
    )


__all__ = ["NotAvailable", "SecondBest", "second_best"]
