"""Trace: one negotiation, offer by offer, with what it would have meant to accept each offer and what each side believed.

The negotiation is a batch of one row, played by the same rules as a million of them, so its outcome equals the same
negotiation's in ``simulate`` to the bit. Payoffs of offers are in current utils, those of the stage at which the offer is made;
the outcome's are in time-0 utils."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.outcomes import Outcomes
from negotiation.play import LATE, Session, Witness, leap, play_stage
from negotiation.problem import PLAYERS, Problem
from negotiation.protocol import Protocol, describe_choices, describe_types
from negotiation.strategy import Strategy
from negotiation.streams import draws
from negotiation.table import Floats, Ints, Offer, Reply, Table, View, finish

SHOWN = 12  # beliefs shown where there are many
Pair = tuple[float, float]
Beliefs = dict[str, Any]
LOSSES = {"delay": "delay", "missed": "missed trades", "wrong": "wrong trades", "transfer": "the transfer wedge"}


@dataclass(frozen=True)
class Step:
    """An offer and the response to it. Pairs are (Alice, Bob).

    ``payoffs``: current utils if the responder accepts in her best way (item by item: whatever is no loss to her; over
    frequencies: after a truthful announcement). ``demand``: what the offer demands for the proposer, current utils. ``held``:
    what was agreed at earlier stages, in the current utils of those stages. ``agreed``: what this step decided, in words, for a
    ``transfer`` from Bob to Alice. ``beliefs``: what each held after the step."""

    stage: int
    phase: int
    proposer: int
    offer: str
    demand: float
    payoffs: Pair
    held: Pair
    response: str
    accepted: bool
    offer_trembled: bool = False
    response_trembled: bool = False
    beliefs: tuple[Beliefs, Beliefs] = ({}, {})
    agreed: str = ""
    transfer: float = 0.0


@dataclass(frozen=True, eq=False)
class Trace:
    """One negotiation. ``types`` (2, n) are type numbers; ``strategies`` names; ``outcome`` has one row, in time-0 utils;
    ``expected`` is what each believed before stage 0; ``horizon`` the number of stages that the protocol allows."""

    problem: Problem
    protocol: Protocol
    strategies: tuple[str, str]
    seed: int
    negotiation: int
    tremble: float
    horizon: int
    types: Ints
    expected: tuple[Beliefs, Beliefs]
    steps: tuple[Step, ...]
    outcome: Outcomes

    @property
    def first_best(self) -> float:
        """The first-best surplus of these types, utils."""
        return float(self.outcome.first_best[0])

    @property
    def payoffs(self) -> Pair:
        """(Alice's, Bob's), time-0 utils."""
        alice, bob = self.outcome.payoffs[:, 0]
        return float(alice), float(bob)

    @property
    def rubinstein(self) -> Pair:
        """Rubinstein's division of this first-best surplus, as expected before stage 0, utils."""
        shares = rubinstein_shares(self.problem.discount, self.protocol.order, self.protocol.recognition)
        alice, bob = shares.expected * self.first_best
        return float(alice), float(bob)

    def rows(self) -> list[dict[str, Any]]:
        """The steps as plain dictionaries, ready for JSON; the proposer by name, payoffs and beliefs by player."""
        rows = []
        for step in self.steps:
            row = asdict(step) | {"proposer": PLAYERS[step.proposer]}
            for name in ("payoffs", "held", "beliefs"):
                row |= {f"{name}_{who.lower()}": value for who, value in zip(PLAYERS, row.pop(name), strict=True)}
            rows.append(row)
        return rows

    def text(self, first: int = 10, last: int = 5) -> str:
        """The negotiation told in words, a paragraph for each stage; of very many the ``first`` and the ``last``."""
        parts = [self._opening()]
        before, stage = self.expected, 0
        for number, step in enumerate(self.steps):
            shown = number < first or number >= len(self.steps) - last
            if shown and number == len(self.steps) - last and number > first:
                parts.append(f"... {number - first:,} more offers ...")
            elif shown and step.stage > stage:
                until = f" to {step.stage - 1:,}" if step.stage - 1 > stage else ""
                parts.append(f"Stage{'s' if until else ''} {stage:,}{until}. Nothing moves.")
            if shown:
                parts.append(_told(step, before))
            before, stage = step.beliefs, step.stage + 1
        return "\n\n".join([*parts, self._ending()])

    def _opening(self) -> str:
        alice, bob = self.rubinstein
        lines = [
            f"Negotiation {self.negotiation:,} of seed {self.seed}: {self.problem.name}, {self.protocol.name}.",
            *(
                f"{who} ({name}) has types {describe_types(self.problem, i, self.types[i])}."
                for i, (who, name) in enumerate(zip(PLAYERS, self.strategies, strict=True))
            ),
            f"The first best is {self.first_best:.4g} utils; Rubinstein's division {alice:.4g} to Alice, {bob:.4g} to Bob.",
        ]
        believed = [_believes(who, b) for who, b in zip(PLAYERS, self.expected, strict=True) if b]
        return "\n".join(lines + ([f"Before they start, {'; '.join(believed)}."] if believed else []))

    def _ending(self) -> str:
        alice, bob = self.payoffs
        stage, welfare, best = int(self.outcome.stage[0]), alice + bob, self.first_best
        end = f"Agreed at stage {stage:,}." if stage >= 0 else "Nothing was agreed."
        if self.outcome.choices is not None and (left := int((self.outcome.choices < 0).sum())) > 0:
            end += f" {left:,} of {self.problem.n:,} items stay undecided." if stage >= 0 else ""
            if self.steps[-1].stage + 1 < self.horizon and not self.steps[-1].phase:
                end += f" From here to the horizon ({self.horizon:,} stages) both would repeat themselves."
        lines = [end, f"Payoffs (time-0 utils): Alice {alice:.4g}, Bob {bob:.4g}, together {welfare:.4g} of {best:.4g}."]
        share = [f"{what} {self.outcome.column('loss_' + key)[0] / best:.1%}" for key, what in LOSSES.items()] if best else []
        lost = [said for said in share if not said.endswith((" 0.0%", " -0.0%"))]
        lines.append(f"Efficiency {welfare / best if best else 1:.1%}" + (f"; lost to {', '.join(lost)}." if lost else "."))
        return "\n".join(lines)


def _believes(who: str, beliefs: Beliefs) -> str:
    """Beliefs in words."""
    said = [(key, f"{value:.4g}" if isinstance(value, float) else str(value)) for key, value in beliefs.items()]
    if len(said) > 1 and all(key.startswith("surplus of ") for key, _ in said):
        return f"{who} believes the items' surpluses are " + "; ".join(f"{key[11:]}: {value}" for key, value in said)
    return f"{who} believes " + ", ".join(f"the {key} is {value}" for key, value in said)


def _told(step: Step, before: tuple[Beliefs, Beliefs]) -> str:
    """A step in words, with the beliefs that it changed."""
    me, you = PLAYERS[step.proposer], PLAYERS[1 - step.proposer]
    slip = " (a tremble)" if step.offer_trembled else ""
    if step.phase:
        lines = [f"Stage {step.stage:,}, second phase. {me} {step.offer}{slip}."]
    else:
        lines = [f"Stage {step.stage:,}. {me} offers{slip}: {step.offer}."]
        lines.append(f"  Accepting would give Alice {step.payoffs[0]:.4g} and Bob {step.payoffs[1]:.4g} utils.")
    lines.append(f"  {you} {step.response}{' (a tremble)' if step.response_trembled else ''}.")
    if step.agreed:
        payer, payee = ("Bob", "Alice") if step.transfer >= 0 else ("Alice", "Bob")
        lines.append(f"  Agreed: {step.agreed}; {payer} pays {payee} {abs(step.transfer):.4g} utils.")
    changed = zip(PLAYERS, step.beliefs, before, strict=True)
    lines += [f"  Now {_believes(who, after)}." for who, after, was in changed if after and after != was]
    return "\n".join(lines)


def _plain(beliefs: Beliefs) -> Beliefs:
    """Beliefs as plain numbers or strings; of very many the first, and their sum."""
    plain = {key: float(v) if isinstance(v, int | float | np.number) else str(v) for key, v in beliefs.items()}
    if len(plain) <= SHOWN:
        return plain
    kept = dict(list(plain.items())[:SHOWN])
    numbers = [v for v in plain.values() if isinstance(v, float)]
    if len(numbers) == len(plain):
        kept[f"surplus of all {len(plain)}" if next(iter(plain)).startswith("surplus") else "sum"] = sum(numbers)
    return kept


def _current(view: View, decided: Any, x: Ints, transfer: Floats) -> float:
    """What a decision of the first row gives the viewer, current utils."""
    worth = view.lookup.worth(view.player, view.cells, x) * decided
    return float(worth[0].sum() + view.sign * transfer[0].sum())


def _if_accepted(me: View, you: View, offer: Offer, phase: int) -> Pair:
    """The payoffs of the first row's offer if the responder accepts in her best way, current utils."""
    protocol = me.situation.protocol
    if protocol.phases > 1 and phase == 0:
        offer, phase = protocol.announce(me, offer), 1
    reply, gain, _ = protocol.best_reply(you, offer, phase)
    if protocol.itemwise:
        reply = Reply(gain >= -you.situation.slack, reply.pick)
    settled = protocol.settlement(me, offer, reply)
    alice, bob = (_current(view, *settled) for view in sorted((me, you), key=lambda view: view.player))
    return alice, bob


class _Recorder:
    """Plays a table of one negotiation stage by stage and writes down what happens."""

    def __init__(self, session: Session, table: Table) -> None:
        self.session, self.table, self.protocol = session, table, session.protocol
        self.held: Pair = (0.0, 0.0)
        self.offered: dict[str, Any] = {}
        self.steps: list[Step] = []

    def view(self, player: int) -> View:
        return self.table.view(self.session.situations[player], slice(None))

    def beliefs(self) -> tuple[Beliefs, Beliefs]:
        alice, bob = (_plain(s.beliefs(self.view(i))) for i, s in enumerate(self.session.strategies))
        return alice, bob

    def trembles(self) -> list[tuple[bool, bool]]:
        """Whether the offer and the response of the coming stage tremble, by phase."""
        table, stage = self.table, self.table.stage
        units = table.open if self.protocol.itemwise and self.session.tremble else True
        now = [bool(((due == stage[:, None]) & units).any()) for due in (table.due_offer, table.due_reply)]
        late = [
            bool(draws(table.chance, stage, LATE + k)[0, 0] < self.protocol.late_tremble(self.session.tremble)) for k in (0, 1)
        ]
        return [(now[0], now[1]), (late[0], late[1])]

    def stage(self, numbers: Ints) -> None:
        """Play one stage and note its steps."""
        table, first, stage = self.table, len(self.steps), int(self.table.stage[0])
        slips, before = self.trembles(), float(table.paid[0].sum())
        play_stage(self.session, table, numbers, Witness(self.hear, self.answer))
        decided, paid = table.when == stage, float(table.paid[0].sum()) - before
        beliefs = self.beliefs()
        for k in range(first, len(self.steps)):
            offer, response = slips[self.steps[k].phase]
            self.steps[k] = replace(self.steps[k], offer_trembled=offer, response_trembled=response, beliefs=beliefs)
        if decided.any():
            agreed = describe_choices(self.session.problem, np.where(decided, table.choice, -1)[0])
            self.steps[-1] = replace(self.steps[-1], agreed=agreed, transfer=paid)
            settled = decided, np.where(decided, table.choice, 0), np.array([paid])
            alice, bob = (held + _current(self.view(i), *settled) for i, held in enumerate(self.held))
            self.held = alice, bob

    def hear(self, me: View, rows: Any, offer: Offer, phase: int) -> None:
        demanded, shown = self.protocol.demanded(me, offer), offer
        if self.protocol.itemwise:
            demanded, shown = demanded * me.open, Offer(np.where(me.open, offer.x, -1), offer.p)
        self.offered = {
            "stage": int(me.stage[0]),
            "phase": phase,
            "proposer": me.player,
            "offer": self.protocol.describe_offer(self.session.problem, me.player, shown, phase),
            "demand": float(demanded[0].sum()),
            "payoffs": _if_accepted(me, self.view(1 - me.player), offer, phase),
            "held": self.held,
        }

    def answer(self, you: View, rows: Any, offer: Offer, reply: Reply, phase: int) -> None:
        accept = reply.accept & you.open if self.protocol.itemwise else reply.accept
        said = self.protocol.describe_reply(self.session.problem, Reply(accept, reply.pick), phase)
        self.steps.append(Step(**self.offered, response=said, accepted=bool(accept.any())))


def trace(
    problem: Problem, protocol: Protocol, alice: Strategy, bob: Strategy, *, seed: int = 0, negotiation: int = 0,
    tremble: float = 0.0,
) -> Trace:  # fmt: skip
    """Play negotiation number ``negotiation`` of a ``seed``, and record it: the one that ``simulate`` plays with that number.

    Raises CannotPlay, InputError, RuleBroken."""
    session = Session(problem, protocol, (alice, bob), tremble)
    numbers = np.array([negotiation])
    table = session.table(seed, numbers)
    recorder = _Recorder(session, table)
    types, expected = np.concatenate([table.types_alice, table.types_bob]), recorder.beliefs()
    while not table.over.all():
        recorder.stage(numbers)
        leap(session, table)
    finish(table, session.situations[0].lookup)
    outcome = Outcomes(table.totals, table.last, table.choice, table.when, negotiation)
    return Trace(
        problem, protocol, (alice.name, bob.name), seed, negotiation, tremble, session.horizon, types, expected,
        tuple(recorder.steps), outcome,
    )  # fmt: skip
