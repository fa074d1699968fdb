"""Direct mechanisms as a linear program over all pairs of types.

Variables: the probabilities q[a, b, k, x] of item k's choices when Alice reports a and Bob b (the last choice takes the rest)
and the transfer p[a, b]. With f(b | a) the belief of Alice's type a,

    U_a(a, a') = sum_b f(b | a) (sum_k u_a(q[a', b, k], a_k) + p[a', b]),

and so for Bob. Pairs of reports that the prior excludes have a decision and a transfer too; nothing bounds these transfers, so
correlated types can cost nothing (Cremer and McLean 1988).   Source: file 004, Section 2.1; see ``second_best``."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibrium.linear_program import Affine, Program, affine, total
from negotiation.equilibrium.type_classes import NotAvailable, listed_types, vector_labels
from negotiation.priors import Matchups
from negotiation.problem import Problem

Floats = NDArray[np.float64]
MOST_TYPES = 300  # of a player
MOST_ENTRIES = 2_000_000  # of the program's rows


@dataclass
class Design:
    """A program for mechanisms: ``interim[i]``: player i's expected payoff by type; ``objectives``: to maximise, the first one
    the surplus; ``read(z)`` gives q and transfers as ``SecondBest`` documents them."""

    program: Program
    objectives: list[Affine]
    interim: tuple[list[Affine], list[Affine]]
    labels: tuple[tuple[str, ...], tuple[str, ...]]
    probability: tuple[Floats, Floats]
    tables: NDArray[np.int64] | None
    read: Callable[[Floats], tuple[Floats, Floats]]
    note: str


def equal_split(program: Program, interim: tuple[list[Affine], list[Affine]], probability: tuple[Floats, Floats]) -> Affine:
    """Minus the distance between the players' ex ante payoffs, to be maximised."""
    alice, bob = (
        total([u.times(float(p)) for u, p in zip(row, weight, strict=True)])
        for row, weight in zip(interim, probability, strict=True)
    )
    apart = affine(program.variables(1, 0.0), 1.0)
    program.at_most(alice + bob.times(-1.0), apart)
    program.at_most(bob + alice.times(-1.0), apart)
    return apart.times(-1.0)


def build(problem: Problem) -> Design:
    """The program for a prior whose types can be listed. Raises NotAvailable where there are too many."""
    try:
        vectors, joint = listed_types(problem, MOST_TYPES)
    except NotAvailable as error:
        raise NotAvailable(f"second best: not available at this size ({error})") from None
    sizes, free = joint.shape, len(problem.choices) - 1
    entries = sum((sizes[i] * (sizes[i] - 1)) * sizes[1 - i] * (problem.n * free + 1) for i in (0, 1)) * 2
    if entries > MOST_ENTRIES:
        raise NotAvailable(f"second best: not available at this size (a linear program with {entries:,} entries)")
    program = Program()
    q = program.variables((*sizes, problem.n, free), 0.0, 1.0)
    p = program.variables(sizes)
    if free > 1:
        for cell in q.reshape(-1, free):
            program.at_most(affine(cell, 1.0), affine([], [], 1.0))
    worth = [problem.utility[i][problem.classes, :, vectors[i]] for i in (0, 1)]  # (types of i, items, choices)
    gain = [w[..., :-1] - w[..., -1:] for w in worth]
    rest = [w[..., -1].sum(axis=1) for w in worth]

    def at(player: int, own: int, pair: tuple[Any, Any]) -> Affine:
        """What the player's type gets at these pairs of reports, each counted once."""
        columns = np.concatenate([q[pair].ravel(), np.ravel(p[pair])])
        many = np.size(p[pair])
        values = np.concatenate([np.tile(gain[player][own].ravel(), many), np.full(many, 1.0 - 2 * player)])
        return Affine(columns, values, float(rest[player][own]) * many)

    def expected(player: int, own: int, report: int) -> Affine:
        belief = joint[own] if player == 0 else joint[:, own]
        met = np.flatnonzero(belief)
        pair = (report, met) if player == 0 else (met, report)
        weight = belief[met] / belief.sum()
        sure = at(player, own, pair)
        scale = np.concatenate([np.repeat(weight, problem.n * free), weight])
        return Affine(sure.columns, sure.values * scale, float(rest[player][own]))

    nothing = affine([], [], 0.0)
    interim: tuple[list[Affine], list[Affine]] = ([], [])
    for i in (0, 1):
        for own in range(sizes[i]):
            truth = expected(i, own, own)
            interim[i].append(truth)
            program.at_most(nothing, truth)
            for report in range(sizes[i]):
                if report != own:
                    program.at_most(expected(i, own, report), truth)
        if isinstance(problem.prior, Matchups):  # averaged over orders of the items a mechanism is as good, and types are alike
            for one, other in pairwise(interim[i]):
                program.equal(one, other)
    probability = (joint.sum(axis=1), joint.sum(axis=0))
    surplus = total(
        [u.times(float(w)) for row, ws in zip(interim, probability, strict=True) for u, w in zip(row, ws, strict=True)]
    )
    even = equal_split(program, interim, probability)
    worst, regret = program.variables(1, 0.0), program.variables((2, *sizes), 0.0)
    for a, b in np.argwhere(joint > 0):
        both = [at(i, (a, b)[i], (int(a), int(b))) for i in (0, 1)]
        best = problem.first_best(np.stack([vectors[0][a], vectors[1][b]])[None])[0]
        program.at_most(affine([], [], best) + total(both).times(-1.0), affine(worst, 1.0))
        for i in (0, 1):
            program.at_most(both[i].times(-1.0), affine(regret[i, a, b], 1.0))
    fair = affine(worst, -1.0) + affine(regret, -1.0)

    def read(z: Floats) -> tuple[Floats, Floats]:
        shown = z[q]
        return np.concatenate([shown, 1 - shown.sum(axis=-1, keepdims=True)], axis=-1), z[p]

    labels = (vector_labels(problem, 0, vectors[0]), vector_labels(problem, 1, vectors[1]))
    note = f"linear program over {sizes[0]} x {sizes[1]} types"
    return Design(program, [surplus, even, fair], interim, labels, probability, None, read, note)
