"""compare(): all protocols on the same drawn types, in one table.

With the same seed every protocol meets the same types (common random numbers), so that differences between rows are differences
between rules. Payoffs, surplus and losses are in time-0 utils; ``share_*`` and efficiency are over the mean first best."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from experiments.entries import Pair, label, pair_label
from experiments.scenario import cannot
from negotiation.errors import CannotPlay, InputError
from negotiation.outcomes import MEANS, Outcomes, Summary, summarise
from negotiation.play import Session
from negotiation.predictions import Predictions, distances, predict
from negotiation.problem import Problem
from negotiation.protocol import Protocol, shared_order
from negotiation.simulate import Listener, simulate, stream
from negotiation.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd

LOSSES = ("delay", "missed", "wrong", "transfer")
KEEP_LIMIT = 1_000_000_000  # bytes of outcomes kept by default, over all protocols
BYTES = 72  # of one negotiation's outcome
GAINS = 20_000  # negotiations for each deviation that is tried, at most
LONGEST_NUMBER = 4096  # bits of a message size that is still written out
Sink = Callable[[str, str, Outcomes], None]
Strategies = Strategy | Pair | Sequence[Strategy | Pair] | None


@dataclass(frozen=True)
class Comparison:
    """What a comparison came to. ``rows`` are plain dicts, one for each protocol and mix of strategies; ``outcomes`` holds each
    row's negotiations under its label (empty where they would not fit into memory); ``skipped`` says which protocols could not
    play, and why."""

    problem: Problem
    rows: list[dict[str, Any]]
    outcomes: Mapping[str, Outcomes] = field(repr=False)
    skipped: tuple[str, ...] = ()
    seed: int = 1
    tremble: float = 0.0
    predictions: Predictions | None = None
    summaries: Mapping[str, Summary] = field(default_factory=dict, repr=False)

    @property
    def frame(self) -> "pd.DataFrame":
        """A row for each protocol and mix of strategies."""
        import pandas as pd

        return pd.DataFrame([{key: value for key, value in row.items() if key != "distances"} for row in self.rows])

    @property
    def distances(self) -> "pd.DataFrame":
        """How far each row's mean payoffs are from each benchmark, utils, with 95% intervals: a row for each pair."""
        import pandas as pd

        return pd.DataFrame(
            [{"protocol": row["protocol"], "strategies": row["strategies"], **d} for row in self.rows for d in row["distances"]]
        )


def compare(
    problem: Problem,
    protocols: Sequence[Protocol] | Protocol,
    strategies: Strategies = None,
    *,
    negotiations: int = 10_000,
    seed: int = 1,
    tremble: float = 0.0,
    listener: Listener | None = None,
    keep: bool | None = None,
    sink: Sink | None = None,
    benchmarks: bool = True,
    gains: int | None = None,
) -> Comparison:
    """Play all protocols on the same drawn types.

    ``strategies``: one for both players, a pair (Alice's, Bob's), or a list of these, each played; by default
    ``RubinsteinDemand`` on both sides. A single protocol that cannot play the problem is an error (CannotPlay); of several,
    those that cannot are left out and named in ``skipped``. ``keep``: keep the outcomes (by default where they take less than
    1 GB). ``listener.advance(k)`` hears of every k negotiations played; ``sink`` gets each part of the outcomes as it is
    played, with the labels of its protocol and its strategies. ``benchmarks``: predict, and measure distances from it.
    ``gains``: say in every row what each player's best deviation gains (``negotiation.equilibrium.check``), from so many
    negotiations for each deviation that is tried."""
    listed = [protocols] if isinstance(protocols, Protocol) else list(protocols)
    if not listed:
        raise InputError("protocols: expected at least one")
    pairs = mixes(strategies)
    sessions, skipped = playable(problem, listed, pairs, tremble)
    if keep is None:
        keep = negotiations * len(sessions) * BYTES <= KEEP_LIMIT
    rows: list[dict[str, Any]] = []
    outcomes: dict[str, Outcomes] = {}
    summaries: dict[str, Summary] = {}
    order = shared_order(protocol for protocol, _ in sessions)
    predictions = predict(problem, *order) if benchmarks else None
    for protocol, pair in sessions:

        def heard(part: Outcomes, protocol: Protocol = protocol, pair: Pair = pair) -> Outcomes:
            if sink:
                sink(label(protocol), pair_label(pair), part)
            return part

        if keep:
            done = simulate(problem, protocol, *pair, negotiations=negotiations, seed=seed, tremble=tremble, listener=listener)
            heard(done)
            outcomes[row_label(protocol, pair, pairs)] = done
            summary = done.summary()
        else:
            session = Session(problem, protocol, pair, tremble)
            parts = stream(session, negotiations, seed, keep=False, listener=listener)
            summary = summarise(heard(part) for part in parts)
        summaries[row_label(protocol, pair, pairs)] = summary
        rows.append(row(problem, protocol, pair, summary, predictions))
        if gains is not None:
            rows[-1] |= gains_of(Session(problem, protocol, pair, tremble), gains, seed)
    return Comparison(problem, rows, outcomes, tuple(skipped), seed, tremble, predictions, summaries)


def mixes(strategies: Strategies) -> list[Pair]:
    """The pairs of strategies that ``compare`` was asked for."""
    if strategies is None:
        from agents import RubinsteinDemand

        strategies = RubinsteinDemand()
    if isinstance(strategies, Strategy):
        return [(strategies, strategies)]
    if isinstance(strategies, tuple) and len(strategies) == 2 and all(isinstance(s, Strategy) for s in strategies):
        return [(strategies[0], strategies[1])]  # type: ignore[list-item]
    pairs = [pair for one in strategies for pair in mixes(one)]
    if not pairs:
        raise InputError("strategies: expected at least one")
    return pairs


def playable(
    problem: Problem, protocols: Sequence[Protocol], pairs: Sequence[Pair], tremble: float
) -> tuple[list[tuple[Protocol, Pair]], list[str]]:
    """The protocols and mixes that can be played, and for the others why not. Raises CannotPlay if there are none."""
    can: list[tuple[Protocol, Pair]] = []
    skipped: list[str] = []
    for protocol in protocols:
        for pair in pairs:
            try:
                Session(problem, protocol, pair, tremble)
                can.append((protocol, pair))
            except CannotPlay as error:
                why = cannot(protocol, problem, error)
                if why not in skipped:
                    skipped.append(why)
    if not can:
        raise CannotPlay("; ".join(skipped))
    return can, skipped


def row_label(protocol: Protocol, pair: Pair, pairs: Sequence[Pair]) -> str:
    """The protocol's label, with the strategies where several mixes are played."""
    return label(protocol) + (f", {pair_label(pair)}" if len(pairs) > 1 else "")


def row(problem: Problem, protocol: Protocol, pair: Pair, summary: Summary, predictions: Predictions | None) -> dict[str, Any]:
    """One row of the table, with its ``distances`` from the benchmarks. ``stage`` is the mean stage of the last agreement among
    negotiations with one, and None where there is none; ``message_size`` None where it has more than 1,200 digits (its
    logarithm to base 2 is always there)."""
    efficiency = summary.efficiency
    means = {name: summary.mean(name) for name in MEANS}
    agreed = summary.mean("agreed")
    # the frame has stage -1 where nothing was agreed
    means["stage"] = (means["stage"] + (1 - agreed)) / agreed if agreed > 0 else math.nan
    size = protocol.message_size(problem)
    return {
        "protocol": label(protocol),
        "strategies": pair_label(pair),
        "negotiations": summary.count,
        "agreed_at_0": summary.mean("agreed_at_0"),
        "agreed": agreed,
        "efficiency": efficiency.mean,
        "efficiency_low": efficiency.low,
        "efficiency_high": efficiency.high,
        **{name: None if math.isnan(value) else value for name, value in means.items()},
        **{f"share_{name}": summary.share(f"loss_{name}").mean for name in LOSSES},
        **_bounds(summary, "payoff_alice"),
        **_bounds(summary, "payoff_bob"),
        "message_size": size if size.bit_length() <= LONGEST_NUMBER else None,
        "message_size_log2": math.log2(size),
        "distances": [distance.row() for distance in distances(summary, predictions)] if predictions else [],
    }


def gains_of(session: Session, negotiations: int, seed: int) -> dict[str, Any]:
    """What each player's best deviation gains, utils, with its interval (of no width where it is exact), and which it is."""
    from negotiation.equilibrium import DeviationReport, check_session

    report = check_session(session, negotiations, seed)
    told: dict[str, Any] = {}
    for i, who in enumerate(("alice", "bob")):
        if isinstance(report, DeviationReport):
            found = report.rows()[i]
            numbers = (found["gain"], found["gain_low"], found["gain_high"])
            what = found["deviation"]
        else:
            mean = float(report.gain_at_start[i] @ report.prior[i])
            numbers, what = (mean, mean, mean), "best reply"
        told |= dict(zip((f"gain_{who}", f"gain_{who}_low", f"gain_{who}_high"), numbers, strict=True))
        told[f"deviation_{who}"] = what
    return told


def _bounds(summary: Summary, name: str) -> dict[str, float]:
    estimate = summary.estimate(name)
    return {f"{name}_low": estimate.low, f"{name}_high": estimate.high}
