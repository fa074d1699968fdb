"""Which optimal threats, where they are not unique, come closest to the conditions inside coalitions.

In each split S against the rest the optimal mixtures p of S and q of the rest form two polytopes, {p : (p
M)_c >= value for all c} and {q : (M q)_r <= value for all r}. The payoffs z^S = u(p, q) are linear in p and
in q, and condition 4 (CoCo form, see ``coalition_perfect``) is linear in all z. With the q of all splits
fixed, the p that minimise the sum of all violations solve a linear program, and conversely; alternating never
increases the sum. The product is bilinear, so the end point need not be the best pair: several starts, and
the least sum found is returned. (The largest violation instead of the sum would stop early: it takes only one
coalition that cannot be helped.)

Source: the alternation is that of bilinear programming (Konno, 1976).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from negotiation.bargaining.fights import Fight
from negotiation.bargaining.shapley_value import members, shares
from negotiation.bargaining.zero_sum import ZeroSum

FloatArray = NDArray[np.float64]
Threats = list[tuple[FloatArray, FloatArray]]
SLACK = 1e-10
"""By how much, relative to ranges of payoffs, a mixture may miss the value and still count as optimal."""


def least_violation(
    fights: list[Fight],
    weights: FloatArray,
    point: FloatArray,
    *,
    starts: int,
    generator: np.random.Generator,
) -> Threats:
    """Optimal threats of both sides of each split with the least sum of violations of condition 4 that was
    found."""
    solved = [split.solve(weights) for split in fights]
    system = _conditions(weights)
    best: Threats = [(s.row, s.column) for s in solved]
    least = _violation(system, fights, best, point)
    for start in range(starts):
        threats: Threats = [(s.row, s.column) for s in solved]
        if start:
            threats = [_random_optimal(f.matrix(weights), s, generator) for f, s in zip(fights, solved, strict=True)]
        before = np.inf
        for turn in range(20):
            threats, now = _improve(system, fights, solved, threats, weights, point, side=turn % 2)
            if now < least - 1e-9:  # not for the slack alone
                best, least = threats, now
            if turn % 2 and now > before - 1e-12:
                break
            before = now if turn % 2 else before
        if least < 1e-11:
            break
    return best


def _conditions(weights: FloatArray) -> FloatArray:
    """(conditions, 2^n, players): the coefficients of w_i z_i^S - claim_i^S in all z_j^T, for all S with 2
    members or more."""
    n = weights.size
    everybody = 1 << n
    rows = []
    for s in range(1, everybody):
        inside = members(s)
        if len(inside) < 2:
            continue
        share = shares(len(inside))
        for position, i in enumerate(inside):
            row = np.zeros((everybody, n))
            row[s, i] += weights[i]
            for local in range(1, 1 << len(inside)):
                r = sum(1 << inside[k] for k in members(local))
                if not r >> i & 1:
                    continue
                for t, sign in ((r, -1.0), (s ^ r, 1.0)):
                    row[t, list(members(t))] += sign * share[local, position] * weights[list(members(t))]
            rows.append(row)
    return np.array(rows)


def _violation(system: FloatArray, fights: list[Fight], threats: Threats, point: FloatArray) -> float:
    z = np.zeros(system.shape[1:])
    z[-1] = point
    for split, (row, column) in zip(fights, threats, strict=True):
        z[split.coalition] = z[len(z) - 1 - split.coalition] = split.outcome(row, column)
    return float(np.abs(np.tensordot(system, z, axes=2)).sum())


def _improve(
    system: FloatArray,
    fights: list[Fight],
    solved: list[ZeroSum],
    threats: Threats,
    weights: FloatArray,
    point: FloatArray,
    side: int,
) -> tuple[Threats, float]:
    """Minimise the sum of violations over the optimal mixtures of one ``side`` of every split, the other
    side's fixed."""
    count = system.shape[1]
    fixed = system[:, -1] @ point
    blocks, optimal, limits, sums, sizes = [], [], [], [], []
    for split, answer, pair in zip(fights, solved, threats, strict=True):
        payoffs = split.payoffs @ pair[1] if side == 0 else np.tensordot(pair[0], split.payoffs, axes=(0, 1))
        both = system[:, split.coalition] + system[:, count - 1 - split.coalition]
        blocks.append(both @ payoffs)
        m = split.matrix(weights)
        optimal.append(-m.T if side == 0 else m)
        bound = -answer.value if side == 0 else answer.value
        limits.append(np.full(optimal[-1].shape[0], bound + max(answer.gap, SLACK)))
        sizes.append(payoffs.shape[1])
    total = sum(sizes)
    effect = np.hstack(blocks)
    one = np.eye(len(effect))
    stops = np.cumsum([0, *sizes])
    inequality = np.zeros((sum(len(x) for x in limits), total + len(effect)))
    at = 0
    for k, block in enumerate(optimal):
        inequality[at : at + len(block), stops[k] : stops[k + 1]] = block
        at += len(block)
        sums.append(np.r_[np.repeat(np.arange(len(sizes)) == k, sizes), np.zeros(len(effect))].astype(float))
    answer_lp = linprog(
        np.r_[np.zeros(total), np.ones(len(effect))],
        A_ub=np.vstack([np.hstack([effect, -one]), np.hstack([-effect, -one]), inequality]),
        b_ub=np.r_[-fixed, fixed, np.concatenate(limits)],
        A_eq=np.array(sums),
        b_eq=np.ones(len(sizes)),
        bounds=(0.0, None),
        method="highs",
    )
    if answer_lp.status != 0:
        return threats, _violation(system, fights, threats, point)
    improved: Threats = []
    for k, pair in enumerate(threats):
        mixture = np.clip(answer_lp.x[stops[k] : stops[k + 1]], 0.0, None)
        mixture /= mixture.sum()
        improved.append((mixture, pair[1]) if side == 0 else (pair[0], mixture))
    return improved, _violation(system, fights, improved, point)


def _random_optimal(matrix: FloatArray, solved: ZeroSum, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """A random vertex of each side's polytope of optimal mixtures."""
    sides = []
    for payoff, value, known in (
        (-matrix.T, -solved.value, solved.row),
        (matrix, solved.value, solved.column),
    ):
        size = payoff.shape[1]
        answer = linprog(
            generator.normal(size=size),
            A_ub=payoff,
            b_ub=np.full(len(payoff), value + solved.gap + SLACK),
            A_eq=np.ones((1, size)),
            b_eq=[1.0],
            bounds=(0.0, None),
            method="highs",
        )
        mixture = np.clip(answer.x, 0.0, None) if answer.status == 0 else known
        sides.append(mixture / mixture.sum())
    return sides[0], sides[1]
