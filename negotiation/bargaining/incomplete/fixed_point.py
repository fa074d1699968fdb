"""The fixed point of NPS1 and NPS2 for one coalition, by following a path of complementarity systems.

Unknowns: the mechanism z, the worths W(t_S), utility weights and honesty multipliers, warranted claims omega. Divide weights
and multipliers by the prior (lambda_k = p_k l_k, alpha_m = p_k a_m for a lie of type k), measure utilities in the range of
each type. With R the sum of the threats of others' dictators, the conditions are, a _|_ b meaning a, b >= 0 and a b = 0,

    z_td _|_ W_t - sum_j v_j(d, t)         sum_d z_td = 1
    a_m  _|_ what honesty gains            sum_k p_k l_k = number of kinds' owners
    l_k - d l0_k  _|_  |S| U_k(z) - R_k - omega_k - pi
    warrant equations (4.11) for omega

and d = 0 is the solution. For d > 0 the weights have a floor, as in the proof of Theorem 1: a solution exists, NPS2 holds up to
an epsilon of order d, and d = 1 is one linear program. We go from there to d near 0, each complementarity replaced by the
smoothed Fischer-Burmeister equation a + b - sqrt(a^2 + b^2 + 2 e^2) = 0, by Levenberg-Marquardt steps. What comes out is only
a guess of the scales: ``warranted.shortfall`` says how good it is.    Source: file 003, Appendix A; Fischer (1992)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import SLACK, CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import Floats
from negotiation.bargaining.incomplete.mechanisms import Mechanism, improvement, spread
from negotiation.bargaining.incomplete.warranted import Demand, claims_at, fair_shares, shortfall

FLOORS = (0.9, 0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
CERTIFIED_FROM = 0.011  # the floor from which on points are certified
SLOWEST = 0.93  # the smallest reduction of the floor that is tried before going on regardless
SETTLED = 1e-8  # norm of the equations that counts as solved
FORCED = 5  # from how many points that are not solved a path goes on before it is given up
STEPS = 40  # Levenberg-Marquardt steps at each floor
GOOD = 1e-8  # of the range of utilities: a shortfall that ends the search


@dataclass(frozen=True, eq=False)
class Found:
    """``probability`` (states, decisions); flat ``payoffs``, ``weights``, ``alpha``; ``residual``: the epsilon of NPS2, utils;
    ``efficiency_gain``: what types could gain in sum without loss to any."""

    probability: Floats
    payoffs: Floats
    weights: Floats
    alpha: Floats
    residual: float
    efficiency_gain: float


class _System:
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
        base = against.sum(axis=0) / (program.size - 1)  # utilities are measured from the mean threat of each type
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

    def evaluate(self, x: Floats, d: float, e: float, jacobian: bool) -> tuple[Floats, _Jacobian | None]:
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
        return out, _Jacobian(f1a, right, low)


class _Jacobian(NamedTuple):
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


def _settle(system: _System, x: Floats, d: float, e: float) -> tuple[Floats, float]:
    """Levenberg-Marquardt from x: (point, norm of the equations)."""
    from scipy.linalg import cho_factor, cho_solve

    damping = 1e-3
    F, J = system.evaluate(x, d, e, True)
    norm = float(F @ F)
    for _ in range(STEPS):
        if norm < 1e-22:
            break
        assert J is not None
        gradient, normal = J.normal(F)
        while damping < 1e8:
            lifted = normal.copy()
            lifted[np.diag_indices_from(lifted)] += damping * min(1.0, np.sqrt(norm)) + 1e-14
            try:
                step = cho_solve(cho_factor(lifted, overwrite_a=True, check_finite=False), -gradient, check_finite=False)
            except np.linalg.LinAlgError:
                damping = max(damping * 10, 1e-10)
                continue
            trial, _ = system.evaluate(x + step, d, e, False)
            new = float(trial @ trial)
            if new < norm * (1 - 1e-4):
                x, damping = x + step, damping / 5
                break
            damping = max(damping * 6, 1e-10)
        else:
            return x, float(np.sqrt(norm))
        F, J = system.evaluate(x, d, e, True)
        norm = float(F @ F)
    return x, float(np.sqrt(norm))


class _Path:
    """The best certified point of a path, which goes from weights ``start`` (kinds,), relative to the prior and to ``unit``."""

    def __init__(self, program: CoalitionProgram, demand: Demand, start: Floats, unit: Floats, good: float) -> None:
        self.program, self.demand, self.good = program, demand, good
        self.system = _System(program, demand, start * program.size / (start * program.p_kind).sum(), unit)
        self.best: Found | None = None
        self.unsolved = 0

    @property
    def over(self) -> bool:
        return self.unsolved >= FORCED or (self.best is not None and self.best.residual < self.good)

    def steadily(self) -> None:
        """Through FLOORS, whether or not each is solved."""
        x = self.system.first()
        for d in FLOORS:
            x, norm = _settle(self.system, x, d, min(0.03, 0.3 * d))
            self._note(x, d, norm)
            if self.over:
                break

    def carefully(self) -> None:
        """Floors by steps that shrink until each is solved."""
        d, pace = 0.9, 0.8
        x, _ = _settle(self.system, self.system.first(), d, 0.03)
        while d > FLOORS[-1] and not self.over:
            smaller = max(d * pace, FLOORS[-1])
            trial, norm = _settle(self.system, x, smaller, min(0.03, 0.3 * smaller))
            if norm > SETTLED and pace < SLOWEST:
                pace = np.sqrt(pace)
                continue
            x, d, pace = trial, smaller, max(pace**2.5, 0.1)
            self._note(x, d, norm)

    def _note(self, x: Floats, d: float, norm: float) -> None:
        self.unsolved += norm > SETTLED
        if d > CERTIFIED_FROM and self.unsolved < FORCED:
            return
        tight, _ = _settle(self.system, x, d, 1e-9 * d)
        for point in (tight, x):
            _, _, scale, a, _, _ = self.system.parts(point)
            found = certify(self.program, self.demand, *self.system.raw(np.maximum(scale, 1e-13), np.maximum(a, 0.0)))
            if found is not None and (self.best is None or found.residual < self.best.residual):
                self.best = found


def reach(program: CoalitionProgram, demand: Demand) -> Floats:
    """(kinds,) The unit of each type on the path: the most it can gain over the mean threat when nobody gets less than its own;
    the range of its utilities where that is not feasible, and at least a hundredth of it."""
    unit = spread(program)
    base = demand.against.sum(axis=0) / (program.size - 1)
    best = unit.copy()
    rows = [program.honest, (-program.utilities, SLACK - base)]
    for k in range(program.kinds):
        got = maximise(program.utilities[k], rows, [program.sums])
        if got.z is None:
            return unit
        best[k] = got.value - base[k]
    return np.clip(best, 0.01 * unit, unit)


def search(program: CoalitionProgram, demand: Demand, starts: int) -> Found:
    """The best point of the paths from ``starts`` weights: the first from the prior, the others drawn; each steadily in the
    range of utilities and carefully in what types can reach. Ends when one is GOOD. Raises ArithmeticError if none can be
    certified."""
    draws = np.random.default_rng(0)
    units = spread(program), reach(program, demand)
    good = GOOD * float(units[1].max())
    best: Found | None = None
    for k in range(2 * starts):
        if k % 2 == 0:
            start = np.ones(program.kinds) if k == 0 else np.exp(draws.normal(0.0, 0.7, program.kinds))
        path = _Path(program, demand, start, units[k % 2], good)
        path.carefully() if k % 2 else path.steadily()
        if path.best is not None and (best is None or path.best.residual < best.residual):
            best = path.best
        if best is not None and best.residual < good:
            break
    if best is None:
        raise ArithmeticError(f"coalition {program.game.label(program.members)}: no scales could be certified")
    return best


def certify(program: CoalitionProgram, demand: Demand, weights: Floats, alpha: Floats) -> Found | None:
    """The incentive-efficient mechanism nearest above what these scales ask for, and how much it lacks; None if the claims
    fail."""
    try:
        wanted = fair_shares(demand, claims_at(program, demand, weights, alpha))
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(wanted).all() or np.abs(wanted).max() > 1e9 * spread(program).max():
        return None
    mechanism, left = nearest_above(program, wanted)
    payoffs = program.utilities @ mechanism.probability.ravel()
    return Found(mechanism.probability, payoffs, weights, alpha, shortfall(program, payoffs, demand, weights, alpha), left)


def nearest_above(program: CoalitionProgram, wanted: Floats) -> tuple[Mechanism, float]:
    """The incentive-efficient mechanism whose largest shortfall from the utilities ``wanted`` (kinds,) is least, and what
    types can still gain in sum at nobody's cost, utils."""
    from scipy.sparse import csr_array, hstack

    n = program.variables
    lift = np.concatenate([-program.utilities, -np.ones((program.kinds, 1))], axis=1)
    honest = np.concatenate([-program.honesty, np.zeros((len(program.lies), 1))], axis=1)
    sums = hstack([program.sums[0], csr_array((program.states, 1))])
    cost = np.zeros(n + 1)
    cost[-1] = -1.0
    bounds = np.array([(0.0, np.inf)] * n + [(-np.inf, np.inf)])
    got = maximise(cost, [(honest, np.zeros(len(program.lies))), (lift, -wanted)], [(sums, program.sums[1])], bounds)
    assert got.z is not None
    better = improvement(program, wanted - got.z[-1]).mechanism
    return better, improvement(program, program.utilities @ better.probability.ravel()).gain
