"""Direct mechanisms of a coalition: what they give each type, and how far they are from honest, rational and efficient.

A mechanism mu_S draws a decision as a function of the types that members report. It is incentive compatible if honesty is a
Bayesian equilibrium (3.2), individually rational if no type would rather be alone (3.3), incentive efficient if it is incentive
compatible and no other such mechanism is at least as good for all types of all members and better for one (3.4).

Proposition 1: an incentive-compatible mu_S is incentive efficient if and only if there are utility weights lambda > 0 and
alpha >= 0 with alpha_i(tau | t) [U_i(mu | t) - U_i(mu, tau | t)] = 0 (3.8a), under which mu_S maximises the sum of virtual
utilities (3.6) state by state (3.8b). The primal (3.5) and the dual (3.7) have equal values.    Source: file 003, Section
3.2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining.incomplete.coalition_program import SLACK, CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members
from negotiation.errors import InputError

WEIGHTLESS = 1e-12


@dataclass(frozen=True, eq=False)
class Mechanism:
    """mu_S as a table ``probability`` (states t_S in lexicographic order, decisions of D_S), rows summing to 1."""

    game: CooperativeGame
    members: Members
    probability: Floats

    @property
    def payoffs(self) -> tuple[Floats, ...]:
        """U_i(mu | t_i) of each member, utils, types honest."""
        program = CoalitionProgram(self.game, self.members)
        return program.split(program.utilities @ self.probability.ravel())

    @property
    def incentive_gain(self) -> float:
        """The most that a type of a member gains by a lie, utils; 0: incentive compatible (3.2)."""
        return CoalitionProgram(self.game, self.members).violation(self.probability.ravel())

    @property
    def rationality_gain(self) -> float:
        """The most that a type of a member gains by staying alone, utils; 0: individually rational (3.3)."""
        alone = [self.game.coalitions[(i,)].utility[0].max(axis=0) for i in self.members]
        return max(0.0, *(float((a - u).max()) for a, u in zip(alone, self.payoffs, strict=True)))

    def rows(self) -> list[tuple[tuple[str, ...], dict[str, float]]]:
        """For each state, the labels of the members' types and the decisions that have positive probability."""
        counts = [len(self.game.types[i]) for i in self.members]
        decisions = self.game.coalitions[self.members].decisions
        out = []
        for state, row in enumerate(self.probability):
            at = np.unravel_index(state, counts)
            types = tuple(self.game.types[i][int(t)] for i, t in zip(self.members, at, strict=True))
            out.append((types, {self.game.decision_label(decisions[d]): float(row[d]) for d in np.flatnonzero(row > 5e-7)}))
        return out

    def __str__(self) -> str:
        return "\n".join(mechanism_lines(self))


@dataclass(frozen=True, eq=False)
class Scales:
    """``utility_weights``: lambda, one array (T_i,) for each member. ``honesty``: alpha, one (T_i, T_i) for each: alpha[t,
    tau] is the multiplier of t's temptation to report tau, alpha_i(tau | t). Not unique: never compare them, compare
    payoffs."""

    utility_weights: tuple[Floats, ...]
    honesty: tuple[Floats, ...]


@dataclass(frozen=True, eq=False)
class Optimal:
    """A solution of the primal (3.5) at given utility weights: ``value`` = sum lambda U, and of the dual (3.7):
    ``dual_value``."""

    mechanism: Mechanism
    scales: Scales
    value: float
    dual_value: float


@dataclass(frozen=True, eq=False)
class Efficiency:
    """How far a mechanism is from incentive efficiency. ``gain``: the most that types can gain in sum, in utils, by an
    incentive-compatible mechanism that makes no type worse off; 0: efficient. ``mechanism``: one that gains so much;
    ``scales``: supporting scales of that mechanism, all utility weights positive (Proposition 1)."""

    gain: float
    mechanism: Mechanism
    scales: Scales


def as_mechanism(game: CooperativeGame, members: Members, probability: ArrayLike) -> Mechanism:
    """The mechanism with this table (states, decisions). Raises InputError if it is none."""
    table = np.array(probability, dtype=float)
    program = CoalitionProgram(game, members)
    if table.shape != (program.states, program.decisions):
        raise InputError(f"mechanism of {game.label(members)}: expected shape {(program.states, program.decisions)}")
    if table.min() < -1e-9 or np.abs(table.sum(axis=1) - 1.0).max() > 1e-9:
        raise InputError(f"mechanism of {game.label(members)}: expected probabilities with sum 1 in each state")
    return Mechanism(game, members, table)


def flat_scales(program: CoalitionProgram, scales: Scales) -> tuple[Floats, Floats]:
    alpha = np.array([scales.honesty[i][t, tau] for i, t, tau in program.lies])
    return np.concatenate(scales.utility_weights), alpha


def shaped_scales(program: CoalitionProgram, weights: Floats, alpha: Floats) -> Scales:
    tables = [np.zeros((c, c)) for c in program.counts]
    for (i, t, tau), value in zip(program.lies, alpha, strict=True):
        tables[i][t, tau] = value
    return Scales(program.split(weights), tuple(tables))


def best_mechanism(game: CooperativeGame, members: Members, utility_weights: tuple[ArrayLike, ...]) -> Optimal:
    """The primal (3.5) and the dual (3.7) at utility weights >= 0, one array (T_i,) for each member."""
    program = CoalitionProgram(game, members)
    weights = np.concatenate([np.asarray(w, dtype=float).ravel() for w in utility_weights])
    if weights.shape != (program.kinds,) or weights.min() < 0 or not weights.any():
        raise InputError(f"utility weights: expected {program.kinds} numbers >= 0, not all 0")
    got = maximise(weights @ program.utilities, [program.honest], [program.sums])
    assert got.z is not None  # some decision whatever the types is incentive compatible
    alpha = np.maximum(got.below, 0.0)
    dual = float(program.p @ program.virtual(weights, alpha).max(axis=1))
    mechanism = Mechanism(game, members, program.mechanism(got.z))
    return Optimal(mechanism, shaped_scales(program, weights, alpha), got.value, dual)


def virtual_utilities(game: CooperativeGame, members: Members, scales: Scales) -> Floats:
    """v_i(d, t_S, lambda, alpha) of (3.6): (members, states, decisions)."""
    program = CoalitionProgram(game, members)
    weights, alpha = flat_scales(program, scales)
    out = []
    for i in range(program.size):
        own, told = program.owner == i, program.lies[:, 0] == i
        out.append(program.virtual(np.where(own, weights, 0.0), np.where(told, alpha, 0.0)))
    return np.stack(out)


def incentive_efficiency(mechanism: Mechanism) -> Efficiency:
    """The certificate of incentive efficiency, or what is better for all types."""
    program = CoalitionProgram(mechanism.game, mechanism.members)
    return improvement(program, program.utilities @ mechanism.probability.ravel())


def improvement(program: CoalitionProgram, floor: Floats) -> Efficiency:
    """The incentive-compatible mechanism with the largest sum of utilities among those that give every type ``floor`` (kinds,)
    up to SLACK. Raises ArithmeticError if there is none."""
    unit = spread(program)
    got = maximise(
        (program.utilities / unit[:, None]).sum(axis=0),
        [program.honest, (-program.utilities / unit[:, None], (SLACK - floor) / unit)],
        [program.sums],
    )
    if got.z is None:
        raise ArithmeticError(f"no incentive-compatible mechanism gives {floor}")
    multipliers = np.maximum(got.below, 0.0)
    lies = len(program.lies)
    weights = (1.0 + multipliers[lies:]) / unit
    total = weights.sum()
    table = program.mechanism(got.z)
    gain = float((program.utilities @ got.z - floor).sum())
    scales = shaped_scales(program, weights / total, multipliers[:lies] / total)
    return Efficiency(max(0.0, gain), Mechanism(program.game, program.members, table), scales)


def spread(program: CoalitionProgram) -> Floats:
    """(kinds,) The range of each type's utilities, 1 where it has none: the unit in which types are made comparable."""
    out = np.ones(program.kinds)
    for k in range(program.kinds):
        i = int(program.owner[k])
        here = program.u[i][:, program.at[:, i] == k - program.first[i]]
        out[k] = np.ptp(here) or 1.0
    return out


def mechanism_lines(mechanism: Mechanism, indent: str = "") -> list[str]:
    """A table: one row for each state, the decisions with their probabilities."""
    rows = mechanism.rows()
    widths = [max(len(types[k]) for types, _ in rows) for k in range(len(mechanism.members))]
    heads = [mechanism.game.players[i] for i in mechanism.members]
    widths = [max(w, len(h)) for w, h in zip(widths, heads, strict=True)]
    lines = [indent + "  ".join(h.ljust(w) for h, w in zip(heads, widths, strict=True)) + "  decision"]
    for types, chosen in rows:
        left = "  ".join(t.ljust(w) for t, w in zip(types, widths, strict=True))
        right = ", ".join(label if p > 1 - 5e-7 else f"{p:.4g} {label}" for label, p in chosen.items())
        lines.append(f"{indent}{left}  {right}")
    return lines
