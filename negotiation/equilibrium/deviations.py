"""What deviating would gain against strategies too large for a game tree: the best reply within a stated class, by simulation.

The opponent is frozen. The class holds the player's own strategy with all its demands and all its reserves multiplied by
factors (where it is a strategy of demands), and every other strategy of demands that is registered and can play. All are
played on the same types, trembles and lots (common random numbers). Each of the player's types, or of their frequencies, may
deviate for itself. The first half of the negotiations chooses the best deviation of each type; the second half estimates what
it gains, with a 95% interval, so that the choice does not flatter the estimate. It is a lower bound on what a best reply
gains: other deviations may gain more."""

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from negotiation.errors import CannotPlay, InputError
from negotiation.play import Session, play
from negotiation.problem import PLAYERS
from negotiation.protocol import describe_types
from negotiation.registry import available
from negotiation.strategy import DemandStrategy, Plan, Situation, Strategy
from negotiation.table import PAY_ALICE, PAY_BOB, TIE, Bools, Floats, Ints, Offer, Reply, View

ASK = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25)
TAKE = (0.5, 0.8, 1.0, 1.1, 1.25)
GROUPS = 16  # more types or frequencies than these deviate all alike
INTERVAL = 1.959963984540054
NONE = "no deviation"


@dataclass(frozen=True, eq=False)
class Scaled(DemandStrategy):
    """A strategy of demands with its demands multiplied by ``ask`` and its reserves by ``take``."""

    base: DemandStrategy
    ask: float = 1.0
    take: float = 1.0

    @property
    def name(self) -> str:  # type: ignore[override]
        """What is done differently."""
        parts = [f"{what} x {by:g}" for what, by in (("demands", self.ask), ("reserves", self.take)) if by != 1]
        return " and ".join(parts) or self.base.name

    @property
    def timeless(self) -> bool:  # type: ignore[override]
        return self.base.timeless

    def check_situation(self, situation: Situation) -> None:
        self.base.check_situation(situation)

    def prepare(self, situation: Situation, types: Ints) -> Plan:
        return self.base.prepare(situation, types)

    def demand(self, view: View) -> tuple[Ints | None, Floats]:
        choice, demand = self.base.demand(view)
        return choice, demand * self.ask

    def reserve(self, view: View) -> Floats:
        return self.base.reserve(view) * self.take

    def learn(self, view: View, event: str, gain: Floats, surplus: Floats | None, units: Bools | None) -> Bools | None:
        return self.base.learn(view, event, gain, surplus, units)

    def refused(self, view: View, offer: Offer, reply: Reply) -> Bools | None:
        if type(self.base).learn is DemandStrategy.learn:
            return None
        return super().refused(view, offer, reply)


class Gain(NamedTuple):
    """What a player's best deviation in the class gains on average over its types, time-0 utils, with a 95% interval; and which
    it is, by type."""

    player: int
    mean: float
    low: float
    high: float
    by_type: dict[str, str]


@dataclass(frozen=True)
class DeviationReport:
    """Gains from deviating within a class, estimated by simulation; lower bounds on those of a best reply."""

    title: str
    scale: float
    gains: tuple[Gain, Gain]
    tried: tuple[tuple[str, ...], tuple[str, ...]]
    negotiations: int

    @property
    def largest_gain(self) -> float:
        """The larger of the two players' mean gains, utils."""
        return max(gain.mean for gain in self.gains)

    @property
    def share(self) -> float:
        """The largest gain as a share of the largest surplus."""
        return self.largest_gain / self.scale

    def rows(self) -> list[dict[str, Any]]:
        """A row for each player."""
        return [
            {
                "player": PLAYERS[gain.player],
                "gain": gain.mean,
                "gain_low": gain.low,
                "gain_high": gain.high,
                "deviation": _summary(gain.by_type),
                "tried": len(self.tried[gain.player]),
            }
            for gain in self.gains
        ]

    def tried_in_words(self) -> str:
        """The class of deviations in short."""
        others = [
            name for name in dict.fromkeys(itertools.chain(*self.tried)) if not name.startswith(("demands x", "reserves x"))
        ]
        said = [", ".join(others)] if others else []
        if len(others) < max(map(len, self.tried)):
            factors = [", ".join(f"{f:g}" for f in factors) for factors in (ASK, TAKE)]
            said.insert(0, f"demands x {factors[0]} with reserves x {factors[1]}")
        return "; ".join(said) + "."

    def __str__(self) -> str:
        lines = [self.title, ""]
        for gain in self.gains:
            what = _summary(gain.by_type)
            if set(gain.by_type.values()) == {NONE}:
                lines.append(f"{PLAYERS[gain.player]}: no deviation tried gained on the half that chooses")
                continue
            interval = f"95% interval {gain.low:.3g} to {gain.high:.3g}"
            lines.append(f"{PLAYERS[gain.player]} gains {gain.mean:.3g} utils on average ({interval}): {what}")
        alice, bob = map(len, self.tried)
        lines += [
            "",
            f"The best of {alice} deviations of Alice and {bob} of Bob, each type for itself, chosen on one half of",
            f"{self.negotiations:,} negotiations and estimated on the other; a best reply may gain more. Tried:",
            self.tried_in_words(),
        ]
        return "\n".join(lines)


def _summary(by_type: dict[str, str]) -> str:
    if len(set(by_type.values())) == 1:
        return next(iter(by_type.values()))
    return "; ".join(f"{label}: {what}" for label, what in by_type.items())


def deviation_gains(
    session: Session, *, negotiations: int = 20_000, seed: int = 1, rivals: tuple[Strategy, ...] | None = None
) -> DeviationReport:
    """The gain of each player's best deviation within the class (see above) from what the session's strategies do.

    ``negotiations`` are played for each deviation, half of them to choose, half to estimate. ``rivals`` replaces the registered
    strategies. Raises InputError for fewer than 4 negotiations."""
    if isinstance(negotiations, bool) or not isinstance(negotiations, int) or negotiations < 4:
        raise InputError(f"negotiations: expected a whole number of at least 4, got {negotiations!r}")
    numbers = np.arange(negotiations)
    types = session.types(seed, numbers)
    base = _payoffs(session, numbers, seed)
    gains, tried = [], []
    for i in (0, 1):
        names, differences = [NONE], [np.zeros(negotiations)]
        for deviation in _class(session, i, rivals):
            pair = (deviation, session.strategies[1]) if i == 0 else (session.strategies[0], deviation)
            try:
                other = Session(session.problem, session.protocol, pair, session.tremble)
            except CannotPlay:
                continue
            names.append(deviation.name)
            differences.append(_payoffs(other, numbers, seed)[i] - base[i])
        gains.append(_chosen(session, i, types[:, i], names, np.array(differences)))
        tried.append(tuple(names[1:]))
    rules, problem = session.protocol, session.problem
    pair = session.strategies
    title = f"{rules.name} on {problem.name}, {pair[0].name} against {pair[1].name}, tremble {session.tremble:g}"
    return DeviationReport(title, problem.largest_surplus, (gains[0], gains[1]), (tried[0], tried[1]), negotiations)


def _class(session: Session, player: int, rivals: tuple[Strategy, ...] | None) -> list[Strategy]:
    own = session.strategies[player]
    found: list[Strategy] = []
    if isinstance(own, DemandStrategy):
        found += [Scaled(own, ask, take) for ask, take in itertools.product(ASK, TAKE) if (ask, take) != (1, 1)]
    if rivals is None:
        rivals = tuple(cls() for _, cls in sorted(available("strategy").items()) if issubclass(cls, DemandStrategy))
    found += [rival for rival in rivals if rival.name != own.name]
    return found


def _payoffs(session: Session, numbers: Ints, seed: int) -> tuple[Floats, Floats]:
    """Both players' payoffs in the negotiations with these numbers."""
    size = max(1, (1 << 17) // session.problem.n)
    parts = [
        play(session, session.table(seed, numbers[first : first + size]), numbers[first : first + size]).totals
        for first in range(0, len(numbers), size)
    ]
    totals = np.concatenate(parts)
    return totals[:, PAY_ALICE], totals[:, PAY_BOB]


def _chosen(session: Session, player: int, types: Ints, names: list[str], differences: Floats) -> Gain:
    """Each type's best deviation on the first half, and what it gains on the second."""
    problem, count = session.problem, differences.shape[1]
    statistic = problem.prior.statistic(player, types)
    kinds, first, group = np.unique(statistic, axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    labels = [describe_types(problem, player, types[at]) for at in first]
    if len(kinds) > GROUPS:
        group, labels = np.zeros(count, dtype=np.int64), ["all types"]
    half = count // 2
    earned = np.empty(count - half)
    by_type = {}
    for g, said in enumerate(labels):
        choosing = np.flatnonzero(group[:half] == g)
        means = differences[:, choosing].mean(axis=1) if len(choosing) else np.zeros(1)
        best = int(means.argmax()) if means.max() > TIE * problem.largest_surplus else 0
        rows = group[half:] == g
        earned[rows] = differences[best, half:][rows]
        by_type[said] = names[best]
    mean, error = float(earned.mean()), float(earned.std(ddof=1) / np.sqrt(len(earned)))
    return Gain(player, mean, mean - INTERVAL * error, mean + INTERVAL * error, by_type)
