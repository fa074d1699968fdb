"""Recursive conditional random dictatorship: the procedure by which n players with private types may bargain (file 003,
Section 5).

In a coalition S each member is the dictator with the same probability. The dictator demands a mechanism
(``dictatorial_demands``); the others accept it or refuse it, all at once. If all accept, they report their types to it and it
decides. If one refuses, the dictator is left alone, and the others start anew without it. So what the others can fall back on
is what the procedure gives them in the coalition without the dictator, and demands are computed from the smallest coalitions
up.

If nobody refuses, the procedure in S amounts to the mean of its dictators' demands. By axiom RCRD' that mean is the neutral
procedural solution where all demands are strong and the mean is incentive efficient in every coalition. Where it is not, it
falls short of what S could do: ``lost`` says by how much, in utils. This is no alternating-offer
``negotiation.protocol.Protocol`` (two players, stages, discounting), so it is not registered as one: ``negotiation list`` and
the conformance kit know nothing of it.

``play`` plays many times at once. It never lists plays: it keeps the number of plays in each state (types of all players),
and draws how these split over dictators and decisions. What has happened is no news of the types of those that go on: a
coalition that starts anew uses the prior, which is exact where nobody or everybody refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram
from negotiation.bargaining.incomplete.cooperative import CooperativeGame, Members, all_coalitions
from negotiation.bargaining.incomplete.mechanisms import improvement, spread
from protocols.dictatorial_demands import KINDS, Demand, demand

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
ROUNDING = 1e-6  # of the payoff range: a loss or a margin that is the linear programs' rounding


@dataclass(frozen=True, eq=False)
class Procedure:
    """The procedure in a game if nobody refuses. By coalition: ``payoffs`` of each member, by type; the ``demands`` in the
    order of the members; ``lost``: how much more the types of its members could get in sum by an incentive-compatible
    mechanism that makes none worse off; ``range`` of its payoffs. All in utils."""

    game: CooperativeGame
    payoffs: dict[Members, tuple[Floats, ...]]
    demands: dict[Members, tuple[Demand, ...]]
    lost: dict[Members, float]
    range: dict[Members, float]

    def efficient(self, members: Members) -> bool:
        """Whether the mean of the demands is incentive efficient in the coalition, up to rounding."""
        return self.lost[members] <= ROUNDING * self.range[members]

    def justified(self, members: Members) -> bool:
        """Whether axiom RCRD' makes ``payoffs`` the solution: in the coalition and in all within it, all demands are strong
        and their mean is efficient."""
        return all(
            self.efficient(s) and all(one.kind == KINDS[0] for one in self.demands[s])
            for s in self.demands
            if set(s) <= set(members)
        )

    def why(self, members: Members) -> str:
        """In words: which demands are not strong, and whether drawing lots among the demands loses something."""
        kinds = [one.kind for one in self.demands[members]]
        told = [f"{kinds.count(kind)} of {len(kinds)} demands {kind}" for kind in KINDS[1:] if kind in kinds]
        if not self.efficient(members):
            dominated = max(one.forgone for one in self.demands[members])
            if dominated > ROUNDING * self.range[members]:
                told.append(f"{self.lost[members]:.4g} are lost: there are demands that forgo up to {dominated:.4g}")
            else:
                told.append(f"the lot loses {self.lost[members]:.4g}: no positive scales support the demands of all dictators")
        return "; ".join(told) or "strong demands, efficient mean"


def random_dictatorship(game: CooperativeGame) -> Procedure:
    """The procedure in a game. Costs a few linear programs for each member of each coalition.

    Raises InputError where a dictator has nothing feasible to demand."""
    payoffs: dict[Members, tuple[Floats, ...]] = {}
    demands: dict[Members, tuple[Demand, ...]] = {}
    lost: dict[Members, float] = {}
    scale: dict[Members, float] = {}
    for members in all_coalitions(game.n):
        program = CoalitionProgram(game, members)
        scale[members] = float(spread(program).max())
        if len(members) == 1:
            payoffs[members], lost[members] = (game.coalitions[members].utility[0].max(axis=0),), 0.0
            continue
        made = tuple(demand(game, members, dictator, payoffs) for dictator in members)
        mean = [np.mean([one.payoffs[k] for one in made], axis=0) for k in range(len(members))]
        demands[members], payoffs[members] = made, tuple(mean)
        lost[members] = improvement(program, np.concatenate(mean)).gain
    return Procedure(game, payoffs, demands, lost, scale)


class Player(Protocol):
    """Who plays the procedure."""

    def demand(self, members: Members, proposed: Demand) -> Demand:
        """The mechanism that it demands as the dictator of a coalition; ``proposed`` is what theory says."""

    def accepts(self, members: Members, demanded: Demand) -> NDArray[np.bool_]:
        """Whether each of its types (T,) accepts what the dictator of a coalition demands."""


@dataclass
class Tally:
    """What many plays came to. By player, each (T_i,): ``plays`` in which it had the type, the ``total`` of its payoffs and
    of their ``squares``, in utils. ``dictated[S, i]``: how often i was dictator in S; ``refused[S, i]``: how often in
    vain."""

    plays: list[Floats]
    total: list[Floats]
    squares: list[Floats]
    dictated: dict[tuple[Members, int], int] = field(default_factory=dict)
    refused: dict[tuple[Members, int], int] = field(default_factory=dict)

    @classmethod
    def empty(cls, priors: Sequence[Floats]) -> "Tally":
        plays, total, squares = ([np.zeros(len(p)) for p in priors] for _ in range(3))
        return cls(plays, total, squares)

    def means(self) -> list[Floats]:
        """Mean payoff by player and type, utils; NaN for a type that never occurred."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return [t / n for t, n in zip(self.total, self.plays, strict=True)]

    def errors(self) -> list[Floats]:
        """Standard errors of the means."""
        found = []
        for n, mean, square in zip(self.plays, self.means(), self.squares, strict=True):
            with np.errstate(invalid="ignore", divide="ignore"):
                found.append(np.sqrt(np.maximum(square / n - mean**2, 0) / (n - 1)))
        return found

    def add(self, other: "Tally") -> None:
        """Count other plays too."""
        for name in ("plays", "total", "squares"):
            for mine, theirs in zip(getattr(self, name), getattr(other, name), strict=True):
                mine += theirs
        for name in ("dictated", "refused"):
            for key, count in getattr(other, name).items():
                getattr(self, name)[key] = getattr(self, name).get(key, 0) + count


def play(rules: Procedure, players: Sequence[Player], plays: int, rng: np.random.Generator) -> Tally:
    """Let the players (in the order of the game) play so many times, with types newly drawn each time."""
    joint = rules.game.probability(rules.game.everybody)
    counts = rng.multinomial(plays, joint.ravel()).reshape(joint.shape)
    tally = Tally.empty(rules.game.prior)
    for i in rules.game.everybody:
        tally.plays[i] += counts.sum(axis=tuple(a for a in rules.game.everybody if a != i))
    _bargain(rules, players, rules.game.everybody, counts, tally, rng)
    return tally


def _bargain(
    rules: Procedure, players: Sequence[Player], members: Members, counts: Counts, tally: Tally, rng: np.random.Generator
) -> None:
    """Play on in a coalition: ``counts`` (T_1, ..., T_n) is the number of plays by the types of all players."""
    if len(members) == 1:
        utility = rules.game.coalitions[members].utility[0]  # (decisions, types)
        _decide(rules, members, np.eye(len(utility))[utility.argmax(axis=0)], counts, tally, rng)
        return
    drawn = rng.multinomial(counts.ravel(), np.full(len(members), 1 / len(members)))
    for by, i in enumerate(members):
        here = drawn[:, by].reshape(counts.shape)
        if not here.any():
            continue
        asked = players[i].demand(members, rules.demands[members][by])
        agreed = np.ones((1,) * counts.ndim, dtype=np.bool_)
        for j in members:
            if j != i:
                answer = np.asarray(players[j].accepts(members, asked), dtype=np.bool_)
                agreed = agreed & answer.reshape([-1 if a == j else 1 for a in range(counts.ndim)])
        vain = np.where(agreed, 0, here)
        key, rest = (members, i), tuple(j for j in members if j != i)
        tally.dictated[key] = tally.dictated.get(key, 0) + int(here.sum())
        tally.refused[key] = tally.refused.get(key, 0) + int(vain.sum())
        _decide(rules, members, asked.mechanism.probability, here - vain, tally, rng)
        if vain.any():
            _bargain(rules, players, (i,), vain, tally, rng)
            _bargain(rules, players, rest, vain, tally, rng)


def _decide(rules: Procedure, members: Members, table: Floats, counts: Counts, tally: Tally, rng: np.random.Generator) -> None:
    """Draw the decisions of a mechanism's ``table`` (states, decisions), and add up payoffs."""
    here = counts.sum(axis=tuple(a for a in rules.game.everybody if a not in members))
    drawn = rng.multinomial(here.ravel(), table).T.reshape(-1, *here.shape)
    for k, i in enumerate(members):
        utility = rules.game.coalitions[members].utility[k]
        others = tuple(a for a in range(drawn.ndim) if a != k + 1)
        tally.total[i] += (drawn * utility).sum(axis=others)
        tally.squares[i] += (drawn * utility**2).sum(axis=others)
