r"""Bayesian bargaining games: universes that cannot talk, whose players know their own type only.

n players; each has a type t in {0, ..., T-1}; a player of type t chooses y from the convex compact set A_t, of which a player
of type s gets y_s. With a profile alpha, row alpha_t the action of type t, and beliefs p(s | t), the *interim* utility is

    EU_t(alpha) = alpha_tt + (n - 1) sum_s p(s | t) alpha_st                (equation (52); in utils)

and with n = inf, per other player, sum_s p(s | t) alpha_st. What type s does to type t is scaled by the *reach*

    reach[s, t] = (n - 1) p(s | t) + [s = t]     (n = inf: p(s | t)),

the individual feasible set of s is F_s = {reach[s] * y : y in A_s} (Definition 45), and F = sum_s F_s (Definition 44). These
are feasible sets of ``negotiation.bargaining``, with the types for players: all its solutions apply.

Common anonymous prior: p(t) p(s | t) = p(s) p(t | s), the joint prior of two players' types. For more than two players it has
to come from a prior that is symmetric in all of them; ``least_covariance`` tells a necessary condition.

Source: file 000 (Treutlein), Definitions 42 to 45 and 48, Proposition 49.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from negotiation.bargaining import check
from negotiation.bargaining.base import FeasibleSet
from negotiation.bargaining.errors import BadShape, EmptySet
from negotiation.bargaining.polyhedra import Hull, Sum
from negotiation.bargaining.solution import FloatArray
from negotiation.ecl.action_sets import Image, LogarithmicBudget, PowerBudget, action_set, image
from negotiation.errors import InputError

TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False, init=False)
class BayesianBargainingGame:
    """An ECL Bayesian bargaining game without its disagreement point (see ``compromise``).

    ``actions``: T convex compact sets A_t. ``prior`` (T,): p(t) > 0. ``beliefs`` (T, T): row t is p(. | t). ``players``: n >=
    2, or math.inf. ``labels``: T names. ``common_prior``: whether beliefs agree with one prior; otherwise ``prior`` is no more
    than weights for the types.
    """

    actions: tuple[FeasibleSet, ...]
    prior: FloatArray
    beliefs: FloatArray
    players: float
    labels: tuple[str, ...]
    common_prior: bool

    def __init__(
        self,
        actions: Sequence[FeasibleSet | ArrayLike],
        prior: ArrayLike,
        beliefs: ArrayLike | None = None,
        players: float = math.inf,
        labels: Sequence[str] | None = None,
        common_prior: bool = True,
    ) -> None:
        """``actions``: for each type a set or an array (K, T), the vertices. ``prior``: (T,), or (T, T), the joint prior of two
        players' types. ``beliefs``: (T, T); None for independent types, or as the joint prior says.

        Errors: InputError for an asymmetric joint prior, beliefs that no common prior has (unless ``common_prior`` is False),
        numbers that are not probabilities, a set that is not convex or not bounded; EmptySet, BadShape, NotANumber.
        """
        T = len(actions)
        if T == 0:
            raise EmptySet("a game needs at least one type")
        names = tuple(str(t + 1) for t in range(T)) if labels is None else tuple(map(str, labels))
        if len(names) != T or len(set(names)) != T:
            raise InputError(f"labels: expected {T} different names, got {list(names)}")
        if not (players == math.inf or (players >= 2 and players == int(players))):
            raise InputError(f"players: expected a whole number of at least 2, or inf, got {players}")
        marginal, conditional = _probabilities(prior, beliefs, T, names, common_prior)
        sets = tuple(action_set(one, T, name) for one, name in zip(actions, names, strict=True))
        for array in (marginal, conditional):
            array.setflags(write=False)
        fields = {"actions": sets, "prior": marginal, "beliefs": conditional, "players": float(players)}
        for key, value in {**fields, "labels": names, "common_prior": common_prior}.items():
            object.__setattr__(self, key, value)

    @property
    def types(self) -> int:
        """Number of types."""
        return len(self.actions)

    @cached_property
    def reach(self) -> FloatArray:
        """(T, T): entry [s, t] is what one util that type s gives to a player of type t adds to t's interim utility."""
        if self.players == math.inf:
            return self.beliefs.T.copy()
        return (self.players - 1.0) * self.beliefs.T + np.eye(self.types)

    @cached_property
    def feasible(self) -> Sum:
        """F, all vectors of interim utilities, in utils: the sum of the individual feasible sets (Definition 44)."""
        return Sum(tuple(self.individual(t) for t in range(self.types)))

    def individual(self, t: int) -> FeasibleSet:
        """F_t: what type t alone adds to all types' interim utilities (Definition 45)."""
        return image(self.actions[t], np.diag(self.reach[t]))

    def interim(self, profile: ArrayLike) -> FloatArray:
        """(T,) expected utility of each type who knows its own type only; ``profile`` (T, T), row t the action of type t."""
        alpha = check.finite(profile, "profile")
        if alpha.shape != (self.types, self.types):
            raise BadShape(f"profile: expected {self.types} actions of {self.types} utils, got shape {alpha.shape}")
        return np.asarray((self.reach * alpha).sum(axis=0))

    def best_actions(self, weights: ArrayLike) -> FloatArray:
        """(T, T): for each type an action that maximises the sum of ``weights`` (T,) times interim utilities."""
        w = check.vector(weights, self.types, "weights")
        pulled = self.reach * w
        pulled = np.where(pulled.any(axis=1, keepdims=True), pulled, np.eye(self.types))  # who is of no use helps its own kind
        return np.array([a.support(v)[1] for a, v in zip(self.actions, pulled, strict=True)])

    @cached_property
    def least_covariance(self) -> float:
        """The least variance of a weighting of the counts of types among n players, per player and unit weight (n = inf: of
        their shares). Below 0 no n players can have these beliefs from one symmetric prior."""
        joint = (self.prior[:, None] * self.beliefs + (self.prior[:, None] * self.beliefs).T) / 2
        between = joint - np.outer(self.prior, self.prior)
        if self.players < math.inf:
            between = np.diag(self.prior) - np.outer(self.prior, self.prior) + (self.players - 1.0) * between
        return float(np.linalg.eigvalsh(between)[0])


@dataclass(frozen=True)
class BargainingEquilibrium:
    """A Bayesian Nash equilibrium: every type's best action for itself.

    ``actions`` (T, T); ``payoffs`` (T,) interim utils; ``gains`` (T,): what type t could add to its interim utility by another
    action (0 at an equilibrium); ``faces``: for each type the vertices (K, T) that are best for it, all equilibria being
    products of mixtures of them (one row for sets that are not polytopes); ``unique``: whether each has one row (None: not
    established).
    """

    actions: FloatArray
    payoffs: FloatArray
    gains: FloatArray
    faces: tuple[FloatArray, ...]
    unique: bool | None


def bayesian_nash(game: BayesianBargainingGame) -> BargainingEquilibrium:
    """The Bayesian Nash equilibria of ``game``: alpha_t maximises alpha_tt over A_t, whatever others do (Proposition 49).

    Of several equilibria the one reported has, type by type, the best vertex for the sum of all interim utilities. With n = inf
    it is the limit of n players: a type that meets none of its own kind (p(t | t) = 0) still acts for itself.
    """
    faces = []
    for t, actions in enumerate(game.actions):
        best, point = actions.support(np.eye(game.types)[t])
        rows = point[None, :]
        if isinstance(actions, Hull):
            rows = actions.points[actions.points[:, t] >= best - TOLERANCE * float(actions.span[t])]
            rows = np.unique(rows, axis=0)
        faces.append(rows)
    profile = np.array([rows[int(np.argmax(rows @ game.reach[t]))] for t, rows in enumerate(faces)])
    best_own = np.array([a.support(e)[0] for a, e in zip(game.actions, np.eye(game.types), strict=True)])
    gains = np.diag(game.reach) * (best_own - np.diag(profile))
    several = any(len(rows) > 1 for rows in faces)
    known = all(
        isinstance(a.inner if isinstance(a, Image) else a, (Hull, PowerBudget, LogarithmicBudget)) for a in game.actions
    )
    unique = False if several else (True if known else None)
    return BargainingEquilibrium(profile, game.interim(profile), gains, tuple(faces), unique)


def _probabilities(
    prior: ArrayLike, beliefs: ArrayLike | None, T: int, names: tuple[str, ...], common: bool
) -> tuple[FloatArray, FloatArray]:
    """Marginal prior (T,) and beliefs (T, T), checked."""
    p = check.finite(prior, "prior")
    if p.shape == (T, T) and beliefs is None and T > 0:
        if (p < 0).any() or abs(p.sum() - 1.0) > TOLERANCE:
            raise InputError(f"joint prior: expected probabilities that sum to 1, got the sum {p.sum():.12g}")
        _symmetric(p, names, "joint prior")
        p = (p + p.T) / 2
        marginal = p.sum(axis=1)
        _positive(marginal, names)
        return marginal, p / marginal[:, None]
    if p.shape != (T,):
        raise BadShape(f"prior: expected ({T},), or ({T}, {T}) without beliefs, got {p.shape}")
    if (p < 0).any() or abs(p.sum() - 1.0) > TOLERANCE:
        raise InputError(f"prior: expected probabilities that sum to 1, got the sum {p.sum():.12g}")
    _positive(p, names)
    q = np.tile(p, (T, 1)) if beliefs is None else check.finite(beliefs, "beliefs")
    if q.shape != (T, T):
        raise BadShape(f"beliefs: expected ({T}, {T}), row t the beliefs of type t, got {q.shape}")
    for t in range(T):
        if (q[t] < 0).any() or abs(q[t].sum() - 1.0) > TOLERANCE:
            raise InputError(f"beliefs of type {names[t]}: expected probabilities that sum to 1, got {q[t]}")
    if common:
        _symmetric(p[:, None] * q, names, "prior times beliefs")
    return p, q


def _positive(prior: FloatArray, names: tuple[str, ...]) -> None:
    if (prior <= 0).any():
        raise InputError(f"prior: type {names[int(np.argmin(prior))]} has probability 0; every type needs a positive one")


def _symmetric(joint: FloatArray, names: tuple[str, ...], what: str) -> None:
    gap = np.abs(joint - joint.T)
    if gap.max() > TOLERANCE:
        s, t = (int(k) for k in np.unravel_index(int(gap.argmax()), gap.shape))
        raise InputError(
            f"{what}: asymmetric, P({names[s]}, {names[t]}) = {joint[s, t]:.9g} "
            f"but P({names[t]}, {names[s]}) = {joint[t, s]:.9g}; "
            "an anonymous common prior is symmetric (common_prior=False permits beliefs without one)"
        )
