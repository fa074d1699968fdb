"""Mechanism selection by one member i of S: the informed principal's problem Gamma_S^i(mu_(S\\i)).

Player i, knowing its type, demands a mechanism for S; each other member j can refuse and have its threat U_j^(S\\i)(t_j). A
mechanism is

- feasible: incentive compatible for S, and worth its threat to every type of every other member (4.1);
- undominated: feasible, and no feasible one is as good for all types of i and better for one (Proposition 2);
- safe: incentive compatible for i; and for each j, whatever type of i it is told, honest, and worth exactly its threat (4.12);
- a strong solution: safe and undominated. If there is one it is best, for every type of i, among the safe ones.

Safe mechanisms can be mixed over the types of i, each type taking the better: one that maximises the sum over types is best for
every type, so a single program finds the only candidate, and a second decides whether it is undominated.

Where there is no strong solution, i still has to choose as if all its types did (inscrutability): ``compromise`` is Myerson's
neutral optimum, the mechanism that gives every type the claim that its own scales warrant.

Source: file 003, Section 4; Myerson, Mechanism design by an informed principal (1983)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negotiation.bargaining.incomplete.coalition_program import SLACK, CoalitionProgram, maximise
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Floats, Members
from negotiation.bargaining.incomplete.fixed_point import search
from negotiation.bargaining.incomplete.mechanisms import Mechanism, Scales, mechanism_lines, shaped_scales, spread
from negotiation.bargaining.incomplete.warranted import Payoffs, claims_at, one_dictator, shortfall
from negotiation.errors import InputError

STRONG = 1e-7  # of the range of utilities: domination of a safe mechanism by less is taken for none


@dataclass(frozen=True, eq=False)
class Selected:
    """A mechanism of ``dictator`` in its selection problem, with ``payoffs`` of each member. ``domination``: the most that the
    types of the dictator can gain in sum, in utils, by a feasible mechanism that is worse for none: 0 if undominated.
    ``insecurity``: by how much (4.12) fails, utils: 0 if safe. ``incentive_gain``: what a lie gains; ``refusal``: the most that
    another member gains by refusing, utils."""

    dictator: int
    mechanism: Mechanism
    domination: float
    insecurity: float
    incentive_gain: float
    refusal: float
    scales: Scales | None = None

    @property
    def payoffs(self) -> tuple[Floats, ...]:
        return self.mechanism.payoffs

    def __str__(self) -> str:
        head = f"{self.mechanism.game.players[self.dictator]} demands (domination {self.domination:.3g}, "
        return "\n".join([head + f"insecurity {self.insecurity:.3g} utils)", *mechanism_lines(self.mechanism, "  ")])


@dataclass(frozen=True, eq=False)
class Compromise:
    """A neutral optimum: the mechanism ``selected`` with its scales, the dictator's warranted ``claims`` (T_i,) at them, and
    ``residual``: the most that a type of the dictator lacks of its claim, or another type of its threat, utils."""

    selected: Selected
    claims: Floats
    residual: float


class SelectionProblem:
    """Gamma_S^i: dictator ``i`` (a player of the game) in coalition ``members``; ``threats`` gives the payoffs of the others'
    coalition."""

    def __init__(self, game: CooperativeGame, members: Members, dictator: int, threats: Payoffs) -> None:
        if dictator not in members or len(members) < 2:
            raise InputError(f"dictator: expected a member of a coalition of two or more, got {dictator} in {members}")
        self.game, self.members, self.dictator = game, members, dictator
        self.program = CoalitionProgram(game, members)
        self.seat = members.index(dictator)
        others = tuple(j for j in members if j != dictator)
        self.reserve = np.zeros(self.program.kinds)
        self.reserve[self.program.owner != self.seat] = np.concatenate(threats[others])
        self.mine = self.program.owner == self.seat

    def participation(self) -> tuple[Floats, Floats]:
        """(4.1) as rows <=."""
        theirs = ~self.mine
        return -self.program.utilities[theirs], SLACK - self.reserve[theirs]

    def undominated(self, weights: Floats | None = None, floor: Floats | None = None) -> Selected:
        """The best feasible mechanism for weights > 0 on the dictator's types (T_i,), by default their probabilities; at least
        ``floor`` for each type where given. Its scales are those of Proposition 2."""
        program = self.program
        own = program.p_kind[self.mine] if weights is None else np.asarray(weights, dtype=float)
        cost = own @ program.utilities[self.mine]
        rows = [program.honest, self.participation()]
        if floor is not None:
            rows.append((-program.utilities[self.mine], SLACK - floor))
        got = maximise(cost, rows, [program.sums])
        if got.z is None:
            raise InputError(
                "threats: no feasible mechanism gives the others their threats; expected an incentive-compatible one"
            )
        lies = len(program.lies)
        scale = np.zeros(program.kinds)
        scale[self.mine] = own
        scale[~self.mine] = np.maximum(got.below[lies : lies + int((~self.mine).sum())], 0.0)
        if floor is not None:
            scale[self.mine] += np.maximum(got.below[lies + int((~self.mine).sum()) :], 0.0)
        return self.assess(program.mechanism(got.z), shaped_scales(program, scale, np.maximum(got.below[:lies], 0.0)))

    def safe(self) -> Selected | None:
        """The safe mechanism that is best for every type of the dictator; None where there is none."""
        program = self.program
        equal, level = self._secure_rows()
        lies, bound = self._secret_rows()
        told = program.lies[:, 0] == self.seat
        got = maximise(
            program.p_kind[self.mine] @ program.utilities[self.mine],
            [
                (-program.honesty[told], np.zeros(int(told.sum()))),
                (lies, bound),
                (equal, level + SLACK),
                (-equal, SLACK - level),
            ],
            [program.sums],
        )
        return None if got.z is None else self.assess(program.mechanism(got.z))

    def strong(self) -> Selected | None:
        """The strong solution, or None: either nothing is safe, or the best safe mechanism is dominated."""
        best = self.safe()
        return None if best is None or best.domination > STRONG * float(spread(self.program).max()) else best

    def assess(self, probability: Floats, scales: Scales | None = None) -> Selected:
        """Any mechanism (states, decisions), measured against the definitions."""
        program, z = self.program, probability.ravel()
        got = program.utilities @ z
        refusal = max(0.0, float((self.reserve - got)[~self.mine].max()))
        rows = [program.honest, self.participation(), (-program.utilities[self.mine], SLACK - got[self.mine])]
        best = maximise(program.utilities[self.mine].sum(axis=0), rows, [program.sums])
        domination = 0.0 if best.z is None else max(0.0, best.value - float(got[self.mine].sum()))
        equal, level = self._secure_rows()
        lies, _ = self._secret_rows()
        insecurity = max(0.0, float(np.abs(equal @ z - level).max()), float((lies @ z).max(initial=0.0)))
        mechanism = Mechanism(self.game, self.members, probability)
        return Selected(self.dictator, mechanism, domination, insecurity, program.violation(z), refusal, scales)

    def _secure_rows(self) -> tuple[Floats, Floats]:
        """(4.12b): U_j given t_i and t_j, for each, and the threat it has to equal."""
        rows, level = [], []
        for t in range(self.program.counts[self.seat]):
            told = self._given(t)
            rows.append(self.program.utilities[~self.mine] * told)
            level.append(self.reserve[~self.mine])
        return np.concatenate(rows), np.concatenate(level)

    def _secret_rows(self) -> tuple[Floats, Floats]:
        """(4.12a) as rows <=: lies of the others, given each type of the dictator."""
        others = self.program.lies[:, 0] != self.seat
        rows = [-self.program.honesty[others] * self._given(t) for t in range(self.program.counts[self.seat])]
        stacked = np.concatenate(rows)
        return stacked, np.zeros(len(stacked))

    def _given(self, t: int) -> Floats:
        """(variables,) 1 / p_i(t) where the dictator reports t, else 0: conditions an expectation on it."""
        p = self.game.prior[self.dictator][t]
        return np.repeat((self.program.at[:, self.seat] == t) / p, self.program.decisions)


def selection_problem(game: CooperativeGame, members: Members, dictator: int, threats: Payoffs) -> SelectionProblem:
    """Gamma_S^i with the payoffs of the threat of the others (a mapping from coalitions to payoffs of each member)."""
    return SelectionProblem(game, members, dictator, threats)


def compromise(problem: SelectionProblem, *, starts: int = 8) -> Compromise:
    """The inscrutable compromise: a neutral optimum of the dictator (Myerson 1983, Theorem 7), which exists, is undominated,
    and is the strong solution where there is one. Every type gets, up to ``residual``, the claim that is warranted by scales
    with positive weights for the dictator's types; certified as the bargaining solution is."""
    program = problem.program
    against = np.zeros((program.size, program.kinds))
    against[problem.seat] = problem.reserve
    demand = one_dictator(program, against, problem.seat)
    found = search(program, demand, starts)
    claims = claims_at(program, demand, found.weights, found.alpha)[problem.mine]
    scales = shaped_scales(program, found.weights, found.alpha)
    floor = np.where(problem.mine, found.payoffs, np.minimum(found.payoffs, problem.reserve))  # the rest goes to the dictator
    best = maximise(
        program.utilities[problem.mine].sum(axis=0), [program.honest, (-program.utilities, SLACK - floor)], [program.sums]
    )
    probability = found.probability if best.z is None else program.mechanism(best.z)
    residual = shortfall(program, program.utilities @ probability.ravel(), demand, found.weights, found.alpha)
    return Compromise(problem.assess(probability, scales), claims, max(0.0, residual))
