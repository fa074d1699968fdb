"""A society of universes that cannot talk, as a Mesa model: types are drawn, every civilisation acts once, payoffs add up.

Universes come in multiverses that have nothing to do with each other. With a joint prior under which types are correlated, the
composition of a multiverse is itself uncertain: it is drawn from the Dirichlet distribution that gives two universes of one
multiverse the joint prior of ``correlated_prior`` (any number of universes can have that prior; one with more different pairs
than independent draws would make cannot hold for many). What a type expects is then true on average over multiverses, not in
each one of them, however large.

Civilisations that decide alike share one table of actions, computed once (``agents.compromise_tables``)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar

import mesa
import numpy as np
from mesa.datacollection import DataCollector
from numpy.typing import NDArray

from agents.civilisation import Civilisation, Group
from agents.compromise_tables import (
    OWN,
    Floats,
    Procedure,
    action_table,
    joint_prior,
    payoffs,
    with_prior,
)  # fmt: skip
from agents.society import whole
from agents.type_draws import compositions, own_type_correlation, seats
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame
from negotiation.errors import InputError

REPORTED = ("mean_realised", "mean_predicted", "mean_own")
DRAWS = ("random", "quota")
Known = TypeVar("Known")


class Multiverse(mesa.Model):
    """Universes that act once, without a message. Every argument but ``game`` has a default:

    - ``game``: the types, what they can do, and the true prior, which many players can have.
    - ``universes``: how many in each of ``multiverses``.
    - ``groups``: who decides how, with shares that add up to 1 for each type. By default all follow the Nash solution.
    - ``draw``: types and groups drawn at random, or by "quota": the numbers nearest to what is expected, as for votes and
      seats.
    - ``rng``: a whole number, a SeedSequence or a Generator; runs with the same one are the same run.
    - ``agent_class``: a subclass of Civilisation.

    After ``step``: ``counts`` (multiverses, T), ``given`` (multiverses, from type, to type) the sums of what is given to one
    player of a type, utils, and ``realised`` (multiverses, T), what a universe of a type gets, utils per other universe."""

    def __init__(
        self,
        game: BayesianBargainingGame,
        universes: int = 1000,
        *,
        multiverses: int = 1,
        groups: Sequence[Group] = (Group(),),
        draw: str = "random",
        agent_class: type[Civilisation] = Civilisation,
        rng: Any = None,
    ) -> None:
        super().__init__(rng=int(rng) if isinstance(rng, np.integer) else rng)
        self.game = game if game.players == inf else with_prior(game, joint_prior(game))  # decisions are those of many players
        self.groups, self.running, self.acted = tuple(groups), True, False
        self.universes, self.multiverses = whole("universes", universes, 2), whole("multiverses", multiverses)
        if draw not in DRAWS:
            raise InputError(f"draw: expected one of {', '.join(DRAWS)}, got {draw!r}")
        self._tables: dict[int, Floats] = {}
        self._expected: dict[int, Floats] = {}
        self._believed: dict[int, BayesianBargainingGame] = {}
        self._kept: list[Group] = []
        kinds, minds = self._drawn(draw == "quota")
        self.multiverse = np.repeat(np.arange(self.multiverses), self.universes)
        self.kinds: NDArray[np.int64] = kinds
        self.counts = self._by_type(np.ones((len(kinds), 1)))[:, :, 0]
        self.given = np.zeros((self.multiverses, self.types, self.types))
        self._rows: list[Floats] = []
        self._known: dict[bytes, int] = {}
        self._taken = np.full(len(kinds), -1)
        agent_class.create_agents(self, len(kinds), list(range(len(kinds))), kinds.tolist(), [self.groups[g] for g in minds])
        self.members: list[Civilisation] = list(self.agents)
        self.datacollector = DataCollector(model_reporters={name: name for name in REPORTED})

    @property
    def types(self) -> int:
        return self.game.types

    def step(self) -> None:
        """Every civilisation acts, and payoffs add up. Once that is done nothing happens any more."""
        if not self.running:
            return
        self.agents.do("act")
        if (self._taken < 0).any():
            raise InputError(f"act: civilisation {int(self._taken.argmin())} took no action")
        self.given = self._by_type(np.array(self._rows), self._taken)
        self.running, self.acted = False, True
        self.datacollector.collect(self)

    # --- what an agent may ask

    def table(self, group: Group) -> Floats:
        """(T, T) what each type does that decides as ``group``: common knowledge, computed once."""
        return self._known_of(group, self._tables, lambda: action_table(self.believed(group), group.procedure))

    def expected(self, group: Group) -> Floats:
        """(T,) the payoffs that members of ``group`` of each type expect; utils per other universe."""
        return self._known_of(
            group, self._expected, lambda: payoffs(self.table(group), self.believed(group).beliefs, self.universes)
        )

    def believed(self, group: Group) -> BayesianBargainingGame:
        """The game as members of ``group`` see it: with the prior that they believe in."""
        if group.prior is None:
            return self.game
        prior = group.prior
        return self._known_of(group, self._believed, lambda: with_prior(self.game, prior))

    def take(self, index: int, action: Floats) -> None:
        """Note the action (T,) of the civilisation with this index."""
        key = action.tobytes()
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = len(self._rows)
            self._rows.append(np.array(action, dtype=float))
        self._taken[index] = row

    # --- what came of it

    def action_of(self, index: int) -> Floats | None:
        return self._rows[self._taken[index]].copy() if self._taken[index] >= 0 else None

    @property
    def realised(self) -> Floats:
        """(multiverses, T) what all universes give to one of a type (its own too), over the number of the others."""
        return np.asarray(self.given.sum(axis=1) / (self.universes - 1))

    @property
    def own(self) -> Floats:
        """(multiverses, T) what they would get if all looked at their own values only, types being the same."""
        table = action_table(self.game, Procedure(OWN))
        return np.asarray(self.counts @ table / (self.universes - 1))

    @property
    def mean_realised(self) -> float:
        return self._mean(self.realised)

    @property
    def mean_own(self) -> float:
        return self._mean(self.own)

    @property
    def mean_predicted(self) -> float:
        return float(np.mean([member.predicted for member in self.members]))

    def measured(self) -> "Measured":
        """Payoffs by type over all multiverses, with standard errors over multiverses."""
        return Measured.of(self)

    def _mean(self, values: Floats) -> float:
        return float((self.counts * values).sum() / self.counts.sum())

    # --- making it

    def _drawn(self, quota: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The type and the group of every universe."""
        weights, T = self.game.prior, self.types
        shares = np.array([np.broadcast_to(np.asarray(g.share, dtype=float), T) for g in self.groups])
        if (shares < 0).any() or np.abs(shares.sum(axis=0) - 1).max() > 1e-9:
            raise InputError(f"groups: expected shares that add up to 1 for each type, got {shares.sum(axis=0).tolist()}")
        mixes = compositions(weights, own_type_correlation(joint_prior(self.game)), self.multiverses, self.rng)
        kinds, minds = [], []
        for mix in mixes:
            if quota:
                counts = seats(mix, self.universes)
                split = [seats(shares[:, t], int(counts[t])) for t in range(T)]
                kinds.append(np.repeat(np.arange(T), counts))
                minds.append(np.concatenate([np.repeat(np.arange(len(shares)), each) for each in split]))
            else:
                kind = self.rng.choice(T, size=self.universes, p=mix / mix.sum())
                below = self.rng.random(self.universes)[:, None] >= np.cumsum(shares, axis=0).T[kind]
                kinds.append(kind)
                minds.append(np.minimum(below.sum(axis=1), len(shares) - 1))
        return np.concatenate(kinds), np.concatenate(minds)

    def _by_type(self, rows: Floats, row: NDArray[np.int64] | None = None) -> Floats:
        """(multiverses, T, columns) sums of ``rows[row]`` over the universes of each multiverse and type, by counting."""
        if row is None:
            place = self.multiverse * self.types + self.kinds
            return (
                np.bincount(place, minlength=self.multiverses * self.types).reshape(self.multiverses, self.types, 1) * rows[:1]
            )
        place = (self.multiverse * self.types + self.kinds) * len(rows) + row
        count = np.bincount(place, minlength=self.multiverses * self.types * len(rows))
        return np.asarray(count.reshape(self.multiverses, self.types, len(rows)) @ rows)

    def _known_of(self, group: Group, known: dict[int, Known], compute: Callable[[], Known]) -> Known:
        if id(group) not in known:
            self._kept.append(group)  # so that no other group takes its id
            known[id(group)] = compute()
        return known[id(group)]


@dataclass(frozen=True)
class Measured:
    """Means over the universes of each type (T,), utils per other universe: ``realised``, ``own`` (if all looked at their own
    values), the gains ``gain`` = realised - own with standard errors ``error``, and ``foreign`` what other types gave."""

    count: Floats
    realised: Floats
    own: Floats
    foreign: Floats
    gain: Floats
    error: Floats

    @classmethod
    def of(cls, model: Multiverse) -> "Measured":
        n, count = model.counts, model.counts.sum(axis=0)
        foreign = model.given.sum(axis=1) - np.einsum("ktt->kt", model.given)
        each = model.realised - model.own
        safe = np.maximum(count, 1)
        realised, own, away, gain = (
            (n * v).sum(axis=0) / safe for v in (model.realised, model.own, foreign / (model.universes - 1), each)
        )
        K = model.multiverses
        error = (
            np.sqrt(((n * (each - gain)) ** 2).sum(axis=0) * K / max(K - 1, 1)) / safe if K > 1 else np.full(len(gain), np.nan)
        )
        return cls(count, realised, own, away, gain, error)
