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

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import SLACK, CoalitionProgram, maximise
from negotiation.bargaining.incomplete.complementarity import System
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
FIRST, FAIR = 4, 1e-7  # after so many starts, a residual that is worth no more of them


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


def _settle(system: System, x: Floats, d: float, e: float) -> tuple[Floats, float]:
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
        self.system = System(program, demand, start * program.size / (start * program.p_kind).sum(), unit)
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
    others = np.arange(program.size)[:, None] != program.owner  # (members, kinds)
    base = demand.against.sum(axis=0) / others.sum(axis=0)
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
    range of utilities and carefully in what types can reach. Ends when one is GOOD, after FIRST starts when one is FAIR. Raises
    ArithmeticError if none can be certified."""
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
        if best is not None and best.residual < (good if k + 1 < 2 * FIRST else good * FAIR / GOOD):
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
