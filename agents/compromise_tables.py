"""What each type does: the table that a civilisation looks its own action up in.

Type t's actions are a convex set A_t in R^T: what the action gives to a player of each type, utils. Under a symmetric joint
prior P over the types of two players (so p(t' | t) = P[t, t'] / sum P[t]) and many players, an action profile gives type t

    EU_t = sum over t' of p(t' | t) a[t'][t]                     utils per other player (file 000, Section 5.5.2),

so type t's individual feasible set is A_t with coordinate t' scaled by p(t | t') (Definition 45). A solution of
``negotiation.bargaining`` on their sum comes with common weights w: everybody maximises the same weighted sum (Theorem 6), and
where several actions do, a linear program picks those that add up to the solution's payoffs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from negotiation.bargaining import (
    FeasibleSet, Solution, egalitarian, hull, kalai_smorodinsky, minkowski, nash, relative_utilitarian, smooth, utilitarian,
    variance_normalised,
)  # fmt: skip
from negotiation.bargaining.errors import NoGainsFromTrade
from negotiation.bargaining.polyhedra import Hull
from negotiation.errors import InputError

Floats = NDArray[np.float64]
OWN = "own"
MOST_COCO = 12  # types: it visits all sets of them


@dataclass(frozen=True)
class Trade:
    """Many universes that could trade: ``name``, the ``types``' names, what each can do (T convex sets in R^T), and the joint
    ``prior`` (T, T) over the types of two players, symmetric."""

    name: str
    types: tuple[str, ...]
    actions: tuple[FeasibleSet, ...]
    prior: Floats

    def __post_init__(self) -> None:
        size = len(self.types)
        if len(self.actions) != size or any(one.n != size for one in self.actions):
            raise InputError(f"{self.name}: expected a set of actions in {size} dimensions for each of {size} types")
        checked_prior(self.prior, size, self.name)

    @property
    def weights(self) -> Floats:
        """(T,) the probability of each type."""
        return np.asarray(self.prior.sum(axis=1))

    @property
    def beliefs(self) -> Floats:
        """(T, T) p(t' | t)."""
        return np.asarray(self.prior / self.weights[:, None])


def checked_prior(prior: Floats, size: int, where: str = "prior") -> Floats:
    """A joint prior that is symmetric, non-negative, and sums to 1, every type possible; InputError otherwise."""
    P = np.asarray(prior, dtype=float)
    if P.shape != (size, size) or not np.isfinite(P).all() or (P < 0).any() or abs(P.sum() - 1) > 1e-9:
        raise InputError(f"{where}: expected a joint prior, {size} rows of {size} probabilities that add up to 1")
    if np.abs(P - P.T).max() > 1e-9:
        t, s = np.unravel_index(int(np.abs(P - P.T).argmax()), P.shape)
        raise InputError(f"{where}: expected a symmetric joint prior (players are anonymous), got {P[t, s]:g} and {P[s, t]:g}")
    if (P.sum(axis=1) <= 0).any():
        raise InputError(f"{where}: expected every type to be possible, type {int(P.sum(axis=1).argmin())} has probability 0")
    return P


def correlated_prior(weights: Floats, correlation: float) -> Floats:
    """The joint prior (T, T) in which another player has one's own type for sure with probability ``correlation``, and a type
    drawn by ``weights`` (T,) otherwise."""
    w = np.asarray(weights, dtype=float)
    if not 0 <= correlation <= 1:
        raise InputError(f"correlation: expected a number in [0, 1], got {correlation:g}")
    return (1 - correlation) * np.outer(w, w) + correlation * np.diag(w)


def payoffs(table: Floats, beliefs: Floats, players: float = np.inf) -> Floats:
    """(T,) what each type expects when all follow ``table`` (T, T), by each type's ``beliefs``; utils per other player, with
    what it gives to itself where the ``players`` are finitely many (equation (52) over n - 1)."""
    return np.asarray(np.einsum("ts,st->t", beliefs, table) + np.diag(table) / (players - 1))


def own_values(actions: Sequence[FeasibleSet], members: Sequence[int] | None = None) -> Floats:
    """(T, T) what a type does that looks at its own values only; among equals, what is best for the ``members`` of a
    coalition with it (all, if None), by a weight of 1e-9."""
    eye = np.eye(len(actions))
    care = 1e-9 * (np.ones(len(actions)) if members is None else eye[list(members)].sum(axis=0))
    return np.array([one.support(np.maximum(eye[t], care))[1] for t, one in enumerate(actions)])



@dataclass(frozen=True)
class Procedure:
    """How a civilisation decides: by a ``solution`` of ``SOLUTIONS`` from a ``disagreement`` point, with the types that are
    ``members`` (all, if None) while the others look at their own values; or by its own values alone (``solution`` "own")."""

    solution: str = "nash"
    disagreement: str = "nash"
    members: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.solution not in SOLUTIONS:
            raise InputError(f"solution: expected one of {', '.join(SOLUTIONS)}, got {self.solution!r}")
        if self.disagreement not in DISAGREEMENTS:
            raise InputError(f"disagreement: expected one of {', '.join(DISAGREEMENTS)}, got {self.disagreement!r}")

    @property
    def cooperates(self) -> bool:
        return self.solution != OWN

    def __str__(self) -> str:
        return self.solution if self.disagreement == "nash" else f"{self.solution} from {self.disagreement}"


def action_table(trade: Trade, procedure: Procedure, prior: Floats | None = None) -> Floats:
    """(T, T) what each type does that follows ``procedure`` and believes in ``prior`` (default: the true one).

    Where the beliefs leave no gains from trade, everybody looks at its own values. Types that are no members do too."""
    P = trade.prior if prior is None else checked_prior(prior, len(trade.types))
    size = len(trade.types)
    group = sorted(range(size) if procedure.members is None else procedure.members)
    table = own_values(trade.actions)
    table[group] = own_values(trade.actions, group)[group]
    if not procedure.cooperates:
        return table
    game = _Coalition(trade, P / P.sum(axis=1)[:, None], P.sum(axis=1)[group] / P.sum(axis=1)[group].sum(), group)
    d = game.payoffs(DISAGREEMENTS[procedure.disagreement](game))
    try:
        found = SOLUTIONS[procedure.solution](game, d)
    except NoGainsFromTrade:
        return table
    table[group] = game.profile(found)
    return table


class _Coalition:
    """A group of types that bargain: their contributions to each other's payoffs, individual sets and their sum ``F``."""

    def __init__(self, trade: Trade, beliefs: Floats, weights: Floats, group: list[int]) -> None:
        self.trade, self.weights, self.group = trade, weights, group
        self.scale = beliefs[np.ix_(group, group)].T  # [from][to]: p(from | to)
        self.size = len(trade.types)
        self.sets = [self._contribution(t, by) for t, by in zip(group, self.scale, strict=True)]
        self.F = minkowski(self.sets)
        self.own = own_values(trade.actions, group)[group]

    def _contribution(self, t: int, by: Floats) -> FeasibleSet:
        one, group = self.trade.actions[t], self.group
        if isinstance(one, Hull):
            return hull(one.points[:, group] * by)
        return smooth(support=lambda w: by * self._best(t, w * by)[group], n=len(group))

    def _best(self, t: int, w: Floats) -> Floats:
        """Type t's action for weights (G,) of the group's payoffs; its own values where they are all 0."""
        full = np.zeros(self.size)
        full[self.group] = w
        if not full.any():
            full[t] = 1.0
        return self.trade.actions[t].support(full)[1]

    def payoffs(self, profile: Floats) -> Floats:
        """(G,) what a profile (G, T) of the group's actions gives its types, by their beliefs; utils per other player."""
        return np.asarray((self.scale * profile[:, self.group]).sum(axis=0))

    def profile(self, found: Solution) -> Floats:
        """(G, T) actions that give the payoffs of a solution: those that maximise its weighted sum, mixed where several do."""
        w = found.weights
        actions = [self.trade.actions[t] for t in self.group]
        out = np.array([self._best(t, w * by) for t, by in zip(self.group, self.scale, strict=True)])
        kinked = [k for k, one in enumerate(actions) if isinstance(one, Hull)]
        if not kinked or np.abs(self.payoffs(out) - found.point).max() <= 1e-12 * self.F.span.max():
            return out
        corners = [self.sets[k].points for k in kinked]  # type: ignore[attr-defined]
        smooth_part = sum((self.scale[k] * out[k, self.group] for k in range(len(out)) if k not in kinked), np.zeros(len(w)))
        M, unit = np.vstack(corners).T / self.F.span[:, None], (found.point - smooth_part) / self.F.span
        sizes = [len(c) for c in corners]
        total = np.repeat(np.eye(len(sizes)), sizes, axis=1)
        G = np.vstack([np.column_stack([M, -np.ones(len(M))]), np.column_stack([-M, -np.ones(len(M))])])
        cost = np.append(np.zeros(M.shape[1]), 1.0)
        least = linprog(cost, G, np.append(unit, -unit), np.column_stack([total, np.zeros(len(total))]), np.ones(len(total)))
        for k, mix in zip(kinked, np.split(least.x[:-1], np.cumsum(sizes)[:-1]), strict=True):
            out[k] = (mix / mix.sum()) @ actions[k].points  # type: ignore[attr-defined]
        return out

    def favourites(self) -> list[Floats]:
        """For each type, (K, G) what its actions contribute at the corners of its set, or where it is best for one type."""
        return [
            one.points if isinstance(one, Hull) else np.array([one.support(w)[1] for w in np.eye(len(self.group))])
            for one in self.sets
        ]


def _variance(game: _Coalition, d: Floats) -> Solution:
    """Each type picks one of its ``favourites`` at random, independently: utilities are divided by their standard deviation."""
    parts = game.favourites()
    mean, spread = sum(c.mean(axis=0) for c in parts), np.sqrt(sum(c.var(axis=0) for c in parts))
    return variance_normalised(game.F, d, outcomes=np.array([mean - spread, mean + spread]), by="deviation")


def _coco(game: _Coalition, d: Floats) -> Solution:
    """The CoCo payoffs need transfers, which universes cannot make: all give up equally much of them until they are feasible."""
    size = len(game.group)
    if size > MOST_COCO:
        raise InputError(f"coco: expected at most {MOST_COCO} types, got {size}")
    claim = np.zeros(size)
    for k in range(size):
        for group in combinations(range(size), k + 1):
            sign = np.full(size, -1.0)
            sign[list(group)] = 1.0
            # the zero-sum game of the group against the rest: utilities add up, so each type has a best action of its own
            worth = sum(s * one.support(s * sign)[0] for s, one in zip(sign, game.sets, strict=True))
            claim[list(group)] += worth / (size * comb(size - 1, k))
    return _nearest(game.F, claim, d)


def _nearest(F: FeasibleSet, claim: Floats, d: Floats) -> Solution:
    """The feasible payoffs that fall short of a claim by equally much for all, as little as can be."""
    size = F.n
    out = F.program(np.zeros(size), 1.0, np.eye(size), -np.ones(size), claim)
    w = np.maximum(out.weights, 0.0)
    point = out.point if F.lift() is not None else F.support(w)[1]
    return Solution("CoCo without transfers", point, d, w / w.sum(), 0.0)


def _threats(game: _Coalition) -> Floats:
    """(G, T) a profile from which nobody gains by another action to disagree with (Definition 57), by fixed-point iteration:
    where common weights w support the Nash solution, type t threatens with what is best for (1 - nu_t) w_t x_t - nu_t sum of
    the others' w_s x_s."""
    nu, size = game.weights, len(game.group)
    profile = game.own
    w = np.ones(size) / size
    for step in range(200):
        try:
            found = nash(game.F, game.payoffs(profile), weights=nu)
        except NoGainsFromTrade:
            return profile
        w = w + (found.weights - w) / (1 + step) ** 0.7
        signs = np.where(np.eye(size, dtype=bool), 1 - nu[:, None], -nu[:, None]) * w
        new = np.array([game._best(t, row * by) for t, row, by in zip(game.group, signs, game.scale, strict=True)])
        if np.abs(new - profile).max() <= 1e-9:
            break
        profile = new
    return profile


SOLUTIONS: Mapping[str, Callable[[_Coalition, Floats], Solution]] = {
    "nash": lambda game, d: nash(game.F, d, weights=game.weights),
    "kalai-smorodinsky": lambda game, d: kalai_smorodinsky(game.F, d, ideal="rational"),
    "egalitarian": lambda game, d: egalitarian(game.F, d),
    "armstrong": lambda game, d: relative_utilitarian(game.F, d, ideal="rational"),
    "variance": _variance,
    "coco": _coco,
    "utilitarian": lambda game, d: utilitarian(game.F, d, weights=game.weights),
    OWN: lambda game, d: Solution(OWN, d, d, np.ones(len(d)), 0.0),
}
DISAGREEMENTS: Mapping[str, Callable[[_Coalition], Floats]] = {
    "nash": lambda game: game.own,
    "threat": _threats,
}
