"""What each type does: the table in which a civilisation looks up its own action.

The table follows from what all types can do and from a prior (``negotiation.ecl.BayesianBargainingGame``, many players), and
from the procedure by which one decides. Payoffs are per other player: type t expects sum over s of p(s | t) table[s, t] (file
000, Section 5.5.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, inf

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.errors import NoGainsFromTrade
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.polyhedra import Hull
from negotiation.ecl.action_profiles import profile_of
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.bayesian_compromise import compromise
from negotiation.ecl.breakaways import breakaway
from negotiation.ecl.separable_games import SeparableGame
from negotiation.ecl.stable_points import payoffs_alone, stable_disagreement
from negotiation.ecl.worst_matrices import Kind
from negotiation.errors import InputError

Floats = NDArray[np.float64]
OWN, COCO = "own", "coco"
MOST_COCO = 12  # types: all their coalitions are visited
SOLUTIONS = (
    "nash",
    "kalai-smorodinsky",
    "egalitarian",
    "relative-utilitarian",
    "variance-normalised",
    "utilitarian",
    COCO,
    OWN,
)
DISAGREEMENTS: Mapping[str, Callable[[BayesianBargainingGame], str | Floats]] = {
    "nash": lambda game: "nash",  # everybody looks at its own values
    "threat": lambda game: "threat",  # Definition 57, two types
    "alone": lambda game: payoffs_alone(separable(game)),  # the end of Section 6.2
    "stable": lambda game: stable_disagreement(separable(game)).point,  # no coalition blocks it
}


@dataclass(frozen=True)
class Procedure:
    """How a civilisation decides: by a ``solution`` (one of ``SOLUTIONS``; "own": its own values alone) from a ``disagreement``
    point (one of ``DISAGREEMENTS``), or by what is left of it once so many coalitions have broken away (``breakaways``), which
    expect of ``outsiders`` what ``negotiation.ecl.breakaways`` says for that kind ("A", "nash", "alpha")."""

    solution: str = "nash"
    disagreement: str = "nash"
    breakaways: int = 0
    outsiders: Kind = "A"

    def __post_init__(self) -> None:
        if self.solution not in SOLUTIONS:
            raise InputError(f"solution: expected one of {', '.join(SOLUTIONS)}, got {self.solution!r}")
        if self.disagreement not in DISAGREEMENTS:
            raise InputError(f"disagreement: expected one of {', '.join(DISAGREEMENTS)}, got {self.disagreement!r}")
        if self.breakaways < 0:
            raise InputError(f"breakaways: expected at least 0, got {self.breakaways}")

    def __str__(self) -> str:
        return self.solution if self.disagreement == "nash" else f"{self.solution} from {self.disagreement}"


def joint_prior(game: BayesianBargainingGame) -> Floats:
    """(T, T) the joint prior over the types of two players."""
    return np.asarray(game.prior[:, None] * game.beliefs)


def with_prior(game: BayesianBargainingGame, prior: Floats) -> BayesianBargainingGame:
    """The same types with another joint prior (T, T), symmetric, and many players."""
    return BayesianBargainingGame(game.actions, prior, players=inf, labels=game.labels)


def correlated_prior(weights: Floats, correlation: float) -> Floats:
    """The joint prior (T, T) under which another player has one's own type for sure with probability ``correlation``, and a
    type drawn by ``weights`` (T,) otherwise."""
    w = np.asarray(weights, dtype=float)
    if not 0 <= correlation <= 1:
        raise InputError(f"correlation: expected a number in [0, 1], got {correlation:g}")
    return np.asarray((1 - correlation) * np.outer(w, w) + correlation * np.diag(w))


def payoffs(table: Floats, beliefs: Floats, players: float = inf) -> Floats:
    """(T,) what each type expects if all follow ``table`` (T, T), by each type's ``beliefs``; utils per other player, with what
    it gives to itself where the ``players`` are finitely many (equation (52) over n - 1)."""
    return np.asarray(np.einsum("ts,st->t", beliefs, table) + np.diag(table) / (players - 1))


def action_table(game: BayesianBargainingGame, procedure: Procedure = Procedure()) -> Floats:
    """(T, T): row t is what type t does, what it gives to a player of each type, utils; ``game`` has many players.

    Where there are no gains from trade, everybody looks at its own values. Tables are remembered, and not to be written to."""
    table = _computed(game, procedure)
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1024)
def _computed(game: BayesianBargainingGame, procedure: Procedure) -> Floats:
    own = bayesian_nash(game).actions
    if procedure.solution == OWN:
        return own
    try:
        d = DISAGREEMENTS[procedure.disagreement](game)
        if procedure.solution == COCO:
            table = _coco(game)
        elif procedure.solution == "variance-normalised" and not all(isinstance(one, Hull) for one in game.actions):
            table = compromise(game, _favourite_weights(game), d, "utilitarian").actions
        elif procedure.solution == "nash" and procedure.disagreement in ("alone", "stable"):
            table = _above(game, np.asarray(d))
        else:
            table = compromise(game, disagreement=d, solution=procedure.solution).actions
    except NoGainsFromTrade:
        return own
    return _left(game, table, procedure) if procedure.breakaways else table


def separable(game: BayesianBargainingGame) -> SeparableGame:
    """The types as players that know each other's types: what each contributes to the payoffs of all. InputError where the
    actions of some type have no vertices."""
    for name, one in zip(game.labels, game.actions, strict=True):
        if not isinstance(one, Hull):
            raise InputError(f"coalitions: expected actions by their vertices, those of type {name} have none")
    return SeparableGame([one.points * reach for one, reach in zip(game.actions, game.reach, strict=True)])  # type: ignore[attr-defined]


def _above(game: BayesianBargainingGame, d: Floats) -> Floats:
    """The Nash solution from ``d`` (T,), feasible with free disposal; actions that give everybody that much where nobody can
    gain."""
    try:
        found = nash(separable(game).feasible, d, game.prior)
        return profile_of(game, found.point, found.weights)
    except NoGainsFromTrade:
        floor = d - 1e-9 * game.feasible.span
        point = game.feasible.program(np.ones(game.types), 0.0, np.eye(game.types), np.zeros(game.types), floor).point
        return profile_of(game, point, np.ones(game.types))


def _favourite_weights(game: BayesianBargainingGame) -> Floats:
    """Inverse variances if each type does at random what is best for one type: a stand-in for vertices on smooth sets."""
    spread = []
    for reach, one in zip(game.reach, game.actions, strict=True):
        points = one.points if isinstance(one, Hull) else np.array([one.support(w)[1] for w in np.eye(game.types)])
        spread.append(reach**2 * points.var(axis=0))
    inverse = 1 / np.sum(spread, axis=0)
    return np.asarray(inverse / inverse.sum())


def _coco(game: BayesianBargainingGame) -> Floats:
    """The CoCo payoffs need transfers, which universes cannot make: all give up equally much of them, as little as can be."""
    size = game.types
    if size > MOST_COCO:
        raise InputError(f"coco: expected at most {MOST_COCO} types, got {size}")
    sets = [game.individual(t) for t in range(size)]
    claim = np.zeros(size)
    for k in range(size):
        for group in combinations(range(size), k + 1):
            sign = np.full(size, -1.0)
            sign[list(group)] = 1.0
            # the zero-sum game of the group against the rest: utilities add up, so each type has a best action of its own
            worth = sum(s * one.support(s * sign)[0] for s, one in zip(sign, sets, strict=True))
            claim[list(group)] += worth / (size * comb(size - 1, k))
    out = game.feasible.program(np.zeros(size), 1.0, np.eye(size), -np.ones(size), claim)
    return profile_of(game, out.point, np.maximum(out.weights, 0.0))


def _left(game: BayesianBargainingGame, table: Floats, procedure: Procedure) -> Floats:
    """What types do once so many coalitions have broken away from ``table``, or all that ever do."""
    start = payoffs(table, game.beliefs)
    steps = breakaway(separable(game), start, procedure.outsiders, most_steps=procedure.breakaways).steps
    if not steps:
        return table
    return np.array([mix @ one.points for mix, one in zip(steps[-1].mixtures, game.actions, strict=True)])  # type: ignore[attr-defined]
