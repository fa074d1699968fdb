"""The second best: the most surplus that any mechanism gets out of an isolated item (Myerson and Satterthwaite, *Efficient
mechanisms for bilateral trading*, Journal of Economic Theory 29, 1983; file 004, Section 2.1).

Both report their types (a, b), drawn independently with probabilities f_a and f_b; the mechanism draws the choice x with
probability q(x | a, b), nothing being decided with what is left, and Bob pays p(a, b). With u_i the utilities,

    maximise  sum_ab f_a f_b sum_x q(x | a, b) [u_a(x, a) + u_b(x, b)]

such that truth is a best report, and taking part no loss, for every type in expectation over the other's (interim incentive
compatibility and individual rationality, for both players): a linear programme in (q, p). Transfers balance by construction."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from negotiation.errors import InputError
from negotiation.problem import Problem
from negotiation.table import Floats


@dataclass(frozen=True, eq=False)
class SecondBest:
    """``surplus``: the expected surplus of an item under the best mechanism, utils; ``first_best``: without the incentive
    constraints; ``choice`` q (choices, Alice's types, Bob's types), probabilities; ``transfer`` p (Alice's types, Bob's),
    utils; ``residual``: the largest violation of a constraint by (q, p), utils (or probability)."""

    surplus: float
    first_best: float
    choice: Floats
    transfer: Floats
    residual: float

    @property
    def share(self) -> float:
        """The second best as a share of the first best."""
        return self.surplus / self.first_best


def second_best(problem: Problem) -> SecondBest:
    """The second best of one item of an additive problem whose items are all of one class, with types that are independent
    between the players. Complexity: a linear programme with (choices + 1) |A| |B| variables.

    Raises InputError for items of several classes, whole decisions, or types of an item that are correlated."""
    if problem.parts or len(np.unique(problem.classes)) > 1:
        raise InputError(f"second_best: expected items of one class with utilities of their own; {problem.name} has others")
    kind = int(problem.classes[0])
    of_bob, of_alice = (problem.prior.item_conditional(i)[kind] for i in (0, 1))
    if np.ptp(of_bob, axis=0).max() > 1e-9 or np.ptp(of_alice, axis=0).max() > 1e-9:
        raise InputError(f"second_best: expected types of an item that are independent; in {problem.name} they are correlated")
    f_a, f_b = of_alice[0], of_bob[0]
    u_a, u_b = problem.utility[0][kind], problem.utility[1][kind]
    m, (size_a, size_b) = len(u_a), (len(f_a), len(f_b))
    gains = u_a[:, :, None] + u_b[:, None, :]
    value = np.concatenate([(gains * f_a[:, None] * f_b).ravel(), np.zeros(size_a * size_b)])

    rows = []  # each >= 0
    for player, utility, other in ((0, u_a, f_b), (1, u_b, f_a)):
        for true in range(utility.shape[1]):
            honest = _interim(player, utility[:, true], true, other, m, (size_a, size_b))
            rows.append(honest)
            for said in range(utility.shape[1]):
                if said != true:
                    rows.append(honest - _interim(player, utility[:, true], said, other, m, (size_a, size_b)))
    least = np.array(rows)
    once = np.hstack([np.tile(np.eye(size_a * size_b), m), np.zeros((size_a * size_b, size_a * size_b))])
    bounds = [(0, 1)] * (m * size_a * size_b) + [(None, None)] * (size_a * size_b)
    found = linprog(
        -value, A_ub=np.vstack([-least, once]), b_ub=np.concatenate([np.zeros(len(least)), np.ones(len(once))]),
        bounds=bounds, method="highs",
    )  # fmt: skip
    if not found.success:
        raise InputError(f"second_best: the linear programme of {problem.name} was not solved: {found.message}")
    q = found.x[: m * size_a * size_b]
    residual = max(0.0, float(-(least @ found.x).min()), float((once @ found.x).max()) - 1, float(-q.min()))
    best = float(f_a @ problem.surplus_table[kind] @ f_b)
    shape = (m, size_a, size_b)
    return SecondBest(float(value @ found.x), best, q.reshape(shape), found.x[len(q) :].reshape(shape[1:]), residual)


def _interim(player: int, utility: Floats, said: int, other: Floats, m: int, shape: tuple[int, int]) -> Floats:
    """The coefficients, in (q, p), of the expected payoff of a type with these utilities (choices,) who reports ``said``."""
    q, p = np.zeros((m, *shape)), np.zeros(shape)
    at = (slice(None), said, slice(None)) if player == 0 else (slice(None), slice(None), said)
    q[at] = utility[:, None] * other
    p[at[1:]] = other if player == 0 else -other
    return np.concatenate([q.ravel(), p.ravel()])
