"""The complementarity system of ``fixed_point`` at one coalition: its equations, smoothed, and their Jacobian by blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import Floats
from negotiation.bargaining.incomplete.warranted import Demand, claims_at


class System:
    """The equations at one coalition, and their Jacobian. Unknowns in the order z, W, l, a, omega, pi."""

    def __init__(self, program: CoalitionProgram, demand: Demand, start: Floats, unit: Floats) -> None:
        self.program, self.start, self.demand = program, start, demand
        against = demand.against
        self.unit = unit
        n, states, kinds, lies = program.variables, program.states, program.kinds, len(program.lies)
        self.cuts = np.cumsum([0, n, states, kinds, lies, kinds, 1])
        p, pk = program.p, program.p_kind
        self.pm = pk[program.truth_of]
        self.theirs = np.ones_like(against, dtype=bool)  # (members, kinds): kinds of others than the dictator
        self.theirs[program.owner, np.arange(kinds)] = False
        base = against.sum(axis=0) / self.theirs.sum(axis=0)  # utilities are measured from the mean threat of each type
        self.base = base
        flat = np.repeat(program.everywhere, program.decisions, axis=1)
        self.A = (program.utilities - base[:, None] * flat) / unit[:, None]
        true, said = program.truth_of, program.report_of
        self.G = (program.honesty - base[true][:, None] * (flat[true] - flat[said])) / unit[true][:, None]
        self.against = np.where(self.theirs, (against - base) / unit, 0.0)
        self.R = (demand.base - (demand.multiple - demand.claimed) * base) / unit
        self.multiple, self.claimed = demand.multiple, demand.claimed.astype(float)
        per_state = np.repeat(1.0 / p, program.decisions)
        self.C = np.concatenate([self.A * pk[:, None], self.G * self.pm[:, None]]).T * per_state[:, None]  # (n, kinds + lies)
        self.Q = program.everywhere
        self.c = (self.against * pk)[program.owner]  # (kinds, kinds)
        self.ratio = self.pm / pk[program.report_of] if lies else np.zeros(0)

    def parts(self, x: Floats) -> list[Floats]:
        return [x[a:b] for a, b in zip(self.cuts[:-1], self.cuts[1:], strict=True)]

    def first(self) -> Floats:
        """The solution of d = 1: one linear program at the starting weights."""
        program = self.program
        got = maximise((self.start * program.p_kind) @ self.A, [(-self.G, np.zeros(len(self.G)))], [program.sums])
        assert got.z is not None
        a = np.maximum(got.below, 0.0) / self.pm if len(self.pm) else np.zeros(0)
        worth = (self.C @ np.concatenate([self.start, a])).reshape(program.states, -1).max(axis=1)
        weights, alpha = self.raw(self.start, a)
        omega = (claims_at(program, self.demand, weights, alpha) - self.base) / self.unit * self.claimed
        slack = self.multiple * (self.A @ got.z) - self.R - omega
        return np.concatenate([got.z, worth, self.start, a, omega, [slack.min()]])

    def raw(self, weight: Floats, a: Floats) -> tuple[Floats, Floats]:
        """lambda and alpha in the units of the game."""
        weights = weight * self.program.p_kind / self.unit
        alpha = a * self.pm / self.unit[self.program.truth_of] if len(a) else a
        total = weights.sum()
        return weights / total, alpha / total

    def evaluate(self, x: Floats, d: float, e: float, jacobian: bool) -> tuple[Floats, Jacobian | None]:
        program = self.program
        z, worth, scale, a, omega, pi = self.parts(x)
        la = np.concatenate([scale, a])
        states = np.repeat(np.arange(program.states), program.decisions)
        s1, s3 = worth[states] - self.C @ la, self.G @ z
        s4 = self.multiple * (self.A @ z) - self.R - self.claimed * omega - pi[0]
        f1, f1a, f1b = _fischer(z, s1, e)
        f3, f3a, f3b = _fischer(a, s3, e)
        f4, f4a, f4b = _fischer(scale - d * self.start, s4, e)
        f2 = program.sums[0] @ z - 1.0
        diagonal = scale.copy()
        np.add.at(diagonal, program.truth_of, a)
        f5 = diagonal * omega - self.Q @ worth + self.c @ scale
        np.add.at(f5, program.report_of, -a * self.ratio * omega[program.truth_of])
        f5 = np.where(self.demand.claimed, f5, omega)
        f6 = np.array([(program.p_kind * (scale - self.start)).sum()])
        out = np.concatenate([f1, f2, f3, f4, f5, f6])
        if not jacobian:
            return out, None
        n, kinds, lies, fixed = len(z), len(scale), len(a), program.states
        right = np.zeros((n, len(x) - n))  # of the first n rows: derivatives with respect to all but z
        right[np.arange(n), states] = f1b
        right[:, fixed : fixed + kinds + lies] = -f1b[:, None] * self.C
        low = np.zeros((len(out) - n, len(x)))  # the other rows
        _, cw, cl, ca, co, cp, _ = self.cuts
        low[:fixed, :n] = program.sums[0].toarray()
        r, m, k = fixed, np.arange(lies), np.arange(kinds)
        low[r : r + lies, :n] = f3b[:, None] * self.G
        low[r + m, ca + m] = f3a
        r += lies
        low[r : r + kinds, :n] = (f4b * self.multiple)[:, None] * self.A
        low[r + k, cl + k] = f4a
        low[r + k, co + k] = -f4b * self.claimed
        low[r + k, cp] = -f4b
        r += kinds
        low[r : r + kinds, cw:cl] = -self.Q
        low[r : r + kinds, cl:ca] = self.c
        low[r + k, cl + k] += omega
        low[r + k, co + k] = diagonal
        true, said = program.truth_of, program.report_of
        low[r + true, ca + m] += omega[true]
        low[r + said, ca + m] -= self.ratio * omega[true]
        np.add.at(low, (r + said, co + true), -a * self.ratio)
        none = r + k[~self.demand.claimed]
        low[none] = 0.0
        low[none, co + k[~self.demand.claimed]] = 1.0
        low[-1, cl:ca] = program.p_kind
        return out, Jacobian(f1a, right, low)


class Jacobian(NamedTuple):
    """Rows of the states' complementarities: diag(``left``) | ``right``; then the rows ``low``."""

    left: Floats
    right: Floats
    low: Floats

    def normal(self, F: Floats) -> tuple[Floats, Floats]:
        """J'F and J'J."""
        n = len(self.left)
        gradient = self.low.T @ F[n:]
        gradient[:n] += self.left * F[:n]
        gradient[n:] += self.right.T @ F[:n]
        square = self.low.T @ self.low
        square[np.arange(n), np.arange(n)] += self.left**2
        mixed = self.left[:, None] * self.right
        square[:n, n:] += mixed
        square[n:, :n] += mixed.T
        square[n:, n:] += self.right.T @ self.right
        return gradient, square


def _fischer(a: Floats, b: Floats, e: float) -> tuple[Floats, Floats, Floats]:
    root = np.sqrt(a * a + b * b + 2.0 * e * e)
    root = np.maximum(root, 1e-300)
    return a + b - root, 1.0 - a / root, 1.0 - b / root
