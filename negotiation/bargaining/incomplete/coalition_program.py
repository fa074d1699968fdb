"""The linear programs of one coalition S.

A mechanism mu(d | t_S) is a vector z >= 0 with one entry for each (state t_S, decision d), sum_d z = 1 in each state. Linear
in z:

    utilities z  = U_i^S(mu | t_i)                              one row for each k = (i, t_i)            (3.1)
    honesty z    = U_i^S(mu | t_i) - U_i^S(mu, tau_i | t_i)     one row for each lie (i, t_i, tau_i)     (3.2): >= 0

All arrays over types of members are flat: entry k = first[i] + t_i.    Source: file 003, Sections 3.1 and 3.2."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members

TOLERANCES = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
SLACK = 1e-9  # utils that participation and honesty may lack inside a program


class Optimum(NamedTuple):
    """``z`` (None where the program is infeasible), its ``value``, the multipliers of the rows <= and =, in their order; those
    of rows <= are >= 0."""

    z: Floats | None
    value: float
    below: Floats
    equal: Floats


def maximise(
    cost: Floats, below: list[tuple[Any, Floats]], equal: list[tuple[Any, Floats]], bounds: Any = (0.0, None)
) -> Optimum:
    """max cost.z subject to A z <= b for (A, b) in ``below`` and A z = b for those in ``equal``. Infeasible: z is None.
    Raises ArithmeticError where the solver fails or the value is unbounded."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    def stacked(rows: list[tuple[Any, Floats]]) -> tuple[Any, Any]:
        rows = [(a, b) for a, b in rows if len(b)]
        if not rows:
            return None, None
        return vstack([csr_array(a) for a, _ in rows]).tocsr(), np.concatenate([b for _, b in rows])

    (a, b), (e, f) = stacked(below), stacked(equal)
    out = None
    for method, options in (("highs", TOLERANCES), ("highs", {}), ("highs-ipm", {})):
        out = linprog(-cost, a, b, e, f, bounds, method=method, options=options)
        if out.status == 0:
            return Optimum(
                np.asarray(out.x),
                -float(out.fun),
                -np.asarray(out.ineqlin.marginals) if b is not None else np.zeros(0),
                -np.asarray(out.eqlin.marginals) if f is not None else np.zeros(0),
            )
        if out.status == 2:
            return Optimum(None, -np.inf, np.zeros(0), np.zeros(0))
    raise ArithmeticError(f"linear program failed: {out.message if out is not None else ''}")


class CoalitionProgram:
    """The matrices of coalition ``members`` of ``game``; read only."""

    def __init__(self, game: CooperativeGame, members: Members) -> None:
        self.game, self.members = game, members
        self.size = len(members)
        self.counts = [len(game.types[i]) for i in members]
        self.first = np.concatenate([[0], np.cumsum(self.counts)]).astype(int)
        self.kinds = int(self.first[-1])
        self.decisions = len(game.coalitions[members].decisions)
        self.p = game.probability(members).ravel()
        self.states = len(self.p)
        self.at = np.array(np.unravel_index(np.arange(self.states), self.counts)).T  # (states, members)
        self.u = game.coalitions[members].utility.reshape(self.size, self.decisions, self.states)
        self.p_kind = np.concatenate([game.prior[i] for i in members])
        self.owner = np.repeat(np.arange(self.size), self.counts)
        lies = [(i, t, tau) for i, c in enumerate(self.counts) for t in range(c) for tau in range(c) if t != tau]
        self.lies = np.array(lies, dtype=int).reshape(-1, 3)
        self.truth_of = self.first[self.lies[:, 0]] + self.lies[:, 1]  # k of the true type of each lie
        self.report_of = self.first[self.lies[:, 0]] + self.lies[:, 2]

    @property
    def variables(self) -> int:
        return self.states * self.decisions

    @cached_property
    def utilities(self) -> Floats:
        """(kinds, variables)."""
        rows = np.zeros((self.kinds, self.states, self.decisions))
        for i in range(self.size):
            k = self.first[i] + self.at[:, i]
            rows[k, np.arange(self.states)] = (self.p / self.p_kind[k])[:, None] * self.u[i].T
        return rows.reshape(self.kinds, self.variables)

    @cached_property
    def honesty(self) -> Floats:
        """(lies, variables)."""
        rows = np.zeros((len(self.lies), self.states, self.decisions))
        for m, (i, t, tau) in enumerate(self.lies):
            heard = np.flatnonzero(self.at[:, i] == tau)
            true = self.at[heard].copy()
            true[:, i] = t
            state = np.ravel_multi_index(tuple(true.T), self.counts)
            weight = self.p[heard] / self.p_kind[self.first[i] + tau]
            rows[m, heard] = -weight[:, None] * self.u[i][:, state].T
        return self.utilities[self.truth_of] + rows.reshape(len(self.lies), self.variables)

    @cached_property
    def sums(self) -> tuple[Any, Floats]:
        """The rows sum_d z = 1."""
        from scipy.sparse import csr_array, eye_array, kron

        return csr_array(kron(eye_array(self.states), np.ones((1, self.decisions)))), np.ones(self.states)

    @cached_property
    def honest(self) -> tuple[Floats, Floats]:
        """Incentive compatibility (3.2) as rows <=."""
        return -self.honesty, np.zeros(len(self.lies))

    @cached_property
    def everywhere(self) -> Floats:
        """(kinds, states): p(t_(S without i)) where t_i belongs to k: sums over the others' types."""
        out = np.zeros((self.kinds, self.states))
        for i in range(self.size):
            k = self.first[i] + self.at[:, i]
            out[k, np.arange(self.states)] = self.p / self.p_kind[k]
        return out

    def split(self, flat: Floats) -> tuple[Floats, ...]:
        """An array over (member, type) as one array for each member."""
        return tuple(flat[self.first[i] : self.first[i + 1]] for i in range(self.size))

    def virtual(self, scales: Floats, alpha: Floats) -> Floats:
        """(states, decisions): sum_i v_i(d, t_S, lambda, alpha) of (3.6), scales (kinds,), alpha (lies,): both as in the text,
        alpha[m] = alpha_i(tau_i | t_i) of lie m."""
        rows = scales @ self.utilities + alpha @ self.honesty
        return rows.reshape(self.states, self.decisions) / self.p[:, None]

    def mechanism(self, z: Floats) -> Floats:
        """(states, decisions): z without the solver's dust, rows summing to 1."""
        table = np.maximum(z.reshape(self.states, self.decisions), 0.0)
        table[table < 1e-12] = 0.0
        normalised: Floats = table / table.sum(axis=1, keepdims=True)
        return normalised

    def violation(self, z: Floats) -> float:
        """The most that a type gains by a lie, utils; 0 where nothing can be gained."""
        return float(max(0.0, -(self.honesty @ z).min(initial=0.0)))
