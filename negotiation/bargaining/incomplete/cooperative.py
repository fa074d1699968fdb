"""Bayesian cooperative games: who can do what with whom, when types are private and cannot be verified.

    Gamma = {N, (D_S) for coalitions S of N, (T_i, u_i, p_i) for players i}

Player i's type t_i is drawn from T_i with probability p_i(t_i) > 0, independently of the others' types. A coalition S can
carry out a decision of the finite set D_S, which is worth u_i^S(d, t_S) utils to each member i: the expectation of u_i over the
types of who is not in S. Two conditions hold between coalitions:

- superadditivity: D_R x D_S is part of D_(R u S) for disjoint R and S;
- orthogonality: what members of R get from (d_R, d_(S\\R)) does not depend on d_(S\\R), and is u_i^R(d_R, .) in expectation.

A decision is a set of *atoms*, one for each block of a partition of S: (block, label). Products are unions of such sets, so
that (d_R, d_S) is found in D_(R u S) without bookkeeping.    Source: file 003, Section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import InputError

Floats = NDArray[np.float64]
Members = tuple[int, ...]
Atom = tuple[Members, str]
Decision = tuple[Atom, ...]
CLOSE = 1e-9  # of the range of utilities: differences that the checks of orthogonality let pass


@dataclass(frozen=True, eq=False)
class Coalition:
    """What a coalition can do. ``decisions``: D_S. ``utility``: (members, decisions, types of the first member, ..., of the
    last), u_i^S(d, t_S) in utils."""

    members: Members
    decisions: tuple[Decision, ...]
    utility: Floats

    @cached_property
    def number(self) -> dict[Decision, int]:
        return {d: k for k, d in enumerate(self.decisions)}


@dataclass(frozen=True, eq=False)
class CooperativeGame:
    """A Bayesian cooperative game, checked.

    ``players``: their labels. ``types[i]``: labels of T_i. ``prior[i]``: p_i, positive, sum 1. ``coalitions``: every non-empty
    coalition, from its members in increasing order. ``orthogonality`` is the largest deviation from it that was found, in
    utils. Raises InputError where something is missing, misshapen, not superadditive or not orthogonal."""

    players: tuple[str, ...]
    types: tuple[tuple[str, ...], ...]
    prior: tuple[Floats, ...]
    coalitions: Mapping[Members, Coalition]
    name: str = "game"
    orthogonality: float = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.players)
        if n == 0 or len(self.types) != n or len(self.prior) != n:
            raise InputError(f"game: expected types and priors for each of {n} players, at least one")
        if len(set(self.players)) < n:
            raise InputError(f"players: expected different labels, got {list(self.players)}")
        for who, labels, p in zip(self.players, self.types, self.prior, strict=True):
            if len(set(labels)) < len(labels) or not labels:
                raise InputError(f"types of {who}: expected different labels, at least one, got {list(labels)}")
            if p.shape != (len(labels),) or not (p > 0).all() or abs(p.sum() - 1.0) > 1e-9:
                raise InputError(f"prior of {who}: expected {len(labels)} positive probabilities with sum 1, got {p.tolist()}")
        for s in all_coalitions(n):
            self._check_coalition(s)
        object.__setattr__(self, "orthogonality", self._orthogonality())

    @property
    def n(self) -> int:
        return len(self.players)

    @property
    def everybody(self) -> Members:
        return tuple(range(self.n))

    def label(self, members: Members) -> str:
        return "{" + ", ".join(self.players[i] for i in members) + "}"

    def probability(self, members: Members) -> Floats:
        """p(t_S), one axis for each member."""
        out = np.ones(())
        for i in members:
            out = np.multiply.outer(out, self.prior[i])
        return out

    def decision_label(self, decision: Decision) -> str:
        """The atoms' labels; who has only one thing to do alone is left out, and what is left of nothing is "no deal"."""
        said = [label for block, label in decision if len(block) > 1 or len(self.coalitions[block].decisions) > 1]
        return " + ".join(said) or "no deal"

    def subgame(self, members: Members) -> CooperativeGame:
        """Gamma_S: the game among ``members`` alone, who are numbered anew from 0."""
        inside = tuple(sorted(set(members)))
        if not inside or inside[0] < 0 or inside[-1] >= self.n:
            raise InputError(f"subgame: expected players from 0 to {self.n - 1}, got {members}")
        new = {i: k for k, i in enumerate(inside)}

        def renumber(decision: Decision) -> Decision:
            return tuple(sorted((tuple(new[i] for i in block), label) for block, label in decision))

        parts = {
            tuple(new[i] for i in s): Coalition(tuple(new[i] for i in s), tuple(map(renumber, c.decisions)), c.utility)
            for s, c in self.coalitions.items()
            if set(s) <= set(inside)
        }
        return CooperativeGame(
            tuple(self.players[i] for i in inside),
            tuple(self.types[i] for i in inside),
            tuple(self.prior[i] for i in inside),
            parts,
            self.name,
        )

    def _check_coalition(self, s: Members) -> None:
        if s not in self.coalitions:
            raise InputError(f"coalition {self.label(s)}: expected its decisions, got none")
        c = self.coalitions[s]
        shape = (len(s), len(c.decisions), *(len(self.types[i]) for i in s))
        if c.members != s or not c.decisions or len(c.number) < len(c.decisions):
            raise InputError(f"coalition {self.label(s)}: expected different decisions of {s}, at least one")
        if c.utility.shape != shape:
            raise InputError(f"utility in {self.label(s)}: expected shape {shape}, got {c.utility.shape}")
        if not np.isfinite(c.utility).all():
            raise InputError(f"utility in {self.label(s)}: expected finite numbers")

    def _orthogonality(self) -> float:
        """Check superadditivity and orthogonality of every split of every coalition; the largest deviation, utils."""
        worst = 0.0
        for s in all_coalitions(self.n):
            whole = self.coalitions[s]
            allowed = CLOSE * (1.0 + float(np.abs(whole.utility).max()))
            for r in (q for size in range(1, len(s)) for q in combinations(s, size)):
                rest = tuple(i for i in s if i not in r)
                found = self._deviation(whole, self.coalitions[r], self.coalitions[rest])
                if found > allowed:
                    raise InputError(
                        f"orthogonality: what {self.label(r)} gets in {self.label(s)} differs by {found:.3g} utils with what "
                        f"{self.label(rest)} does, or from what it gets on its own"
                    )
                worst = max(worst, found)
        return worst

    def _deviation(self, whole: Coalition, part: Coalition, rest: Coalition) -> float:
        s, r = whole.members, part.members
        here = [s.index(i) for i in r]
        away = [a for a, i in enumerate(s) if i not in r]
        weight = self.probability(rest.members)
        worst = 0.0
        for a, d in enumerate(part.decisions):
            product = [tuple(sorted(d + e)) for e in rest.decisions]
            for e in product:
                if e not in whole.number:
                    raise InputError(
                        f"superadditivity: {self.label(s)} lacks the decision {self.decision_label(e)} of {self.label(r)} and "
                        f"{self.label(rest.members)}"
                    )
            got = whole.utility[here][:, [whole.number[e] for e in product]]  # (r, rest decisions, T_S)
            worst = max(worst, float(np.ptp(got, axis=1).max()))
            mean = np.tensordot(got[:, 0], weight, axes=([1 + k for k in away], list(range(len(away)))))
            worst = max(worst, float(np.abs(mean - part.utility[:, a]).max()))
        return worst


def all_coalitions(n: int) -> list[Members]:
    """The non-empty coalitions of n players, small ones first."""
    return [s for size in range(1, n + 1) for s in combinations(range(n), size)]
