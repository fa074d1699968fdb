"""A kit of tests that every strategy must pass: ``check_strategy(MyStrategy)`` from a test of your own.

It plays the strategy against itself and against RubinsteinDemand on small problems, under every protocol that it can play, with
and without trembles, and raises AssertionError with a sentence that says what failed, where. It checks that

- the same seed gives the same bits, and that a negotiation played alone is the same, to the bit, as in a batch;
- it never sees the other's types: with other types of the opponent its first move is the same;
- if it says that it is ``timeless``, it is: stages left out because nothing moves change nothing;
- the losses sum to first best - welfare, and it can be sent to worker processes;
- what its author claims of it: ``scale_free`` (twice the utilities, twice the payoffs, exactly), ``exchangeable`` (items in
  another order are treated alike) and ``never_loses`` (it does not end below 0 where nobody trembles)."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from agents.rubinstein_demand import RubinsteinDemand
from negotiation.errors import CannotPlay
from negotiation.play import Session
from negotiation.problem import ALICE, BOB, PLAYERS, Problem
from negotiation.protocol import Protocol
from negotiation.registry import available
from negotiation.strategy import Strategy
from negotiation.table import Table
from protocols.conformance import (
    NEGOTIATIONS,
    Fair,
    batch,
    check_order_of_items,
    check_play,
    check_scale,
    same,
    sent,
    small_problems,
)  # fmt: skip

HORIZON = 8


def check_strategy(
    strategy: Strategy | type[Strategy],
    problems: Iterable[Problem] | None = None,
    protocols: Iterable[Protocol] | None = None,
    *,
    scale_free: bool = False,
    exchangeable: bool = False,
    never_loses: bool = False,
    negotiations: int = NEGOTIATIONS,
) -> None:
    """Raise AssertionError if the strategy (an instance, or a class that needs no arguments) breaks a rule.

    ``problems`` and ``protocols`` replace the built-in ones (all registered protocols); what the strategy or a protocol says it
    cannot play is left out, but something must remain. The last three are claims to check only where they are made."""
    player = strategy() if isinstance(strategy, type) else strategy
    assert isinstance(player, Strategy), f"{player!r}: expected a subclass of negotiation.strategy.Strategy"
    assert isinstance(player.name, str), f"{player!r}: expected a class attribute `name`"
    assert player.name, f"{player!r}: its name is empty"
    played = False
    rules = [cls() for cls in available("protocol").values()] if protocols is None else list(protocols)
    for problem in small_problems() if problems is None else list(problems):
        for given in rules:
            protocol = replace(given, horizon=given.horizon or HORIZON)
            if not _can_play(problem, protocol, player, player):
                continue
            played = True
            check_sent(problem, protocol, player, negotiations)
            check_privacy(problem, protocol, player)
            check_timeless(problem, protocol, player, 0.2)
            for tremble in (0.0, 0.2):
                for pair in ((player, player), (player, RubinsteinDemand()), (RubinsteinDemand(), player)):
                    if (tremble > 0 and pair[0] is pair[1]) or not _can_play(problem, protocol, *pair, tremble):
                        continue
                    outcomes = check_play(problem, protocol, pair, tremble, negotiations)
                    if never_loses and tremble == 0:
                        for i in (ALICE, BOB):
                            if pair[i] is player:
                                _check_no_loss(outcomes.payoffs[i].min(), problem, protocol, player, i)
            if scale_free and protocol.grid is None:
                check_scale(problem, protocol, (player, player), negotiations)
            if exchangeable:
                check_order_of_items(problem, protocol, (player, player))
    assert played, f"{player.name}: it could play none of the problems under any of the protocols"


def _can_play(problem: Problem, protocol: Protocol, alice: Strategy, bob: Strategy, tremble: float = 0.0) -> bool:
    try:
        Session(problem, protocol, (alice, bob), tremble)
    except CannotPlay:
        return False
    return True


def _check_no_loss(worst: float, problem: Problem, protocol: Protocol, player: Strategy, i: int) -> None:
    slack = 1e-8 * problem.largest_surplus  # ties are accepted within 1e-9 of the surplus scale, item by item
    assert worst >= -slack, f"{player.name} under {protocol.name} on {problem.name}: {PLAYERS[i]} ends with {worst:g} utils"


def check_sent(problem: Problem, protocol: Protocol, player: Strategy, negotiations: int = NEGOTIATIONS) -> None:
    """A copy made by pickling, as for worker processes, plays the same."""
    there = sent(player)
    numbers = np.arange(negotiations)
    one, two = (batch(Session(problem, protocol, (s, s)), numbers) for s in (player, there))
    assert same(one, two), f"{player.name} under {protocol.name} on {problem.name}: it plays otherwise after pickling"


def check_timeless(problem: Problem, protocol: Protocol, player: Strategy, tremble: float, negotiations: int = 40) -> None:
    """What says that it is timeless plays the same where no stage is left out."""
    if not player.timeless:
        return
    patient = copy.copy(player)
    object.__setattr__(patient, "timeless", False)
    numbers = np.arange(negotiations)
    one, two = (batch(Session(problem, protocol, (s, s), tremble), numbers) for s in (player, patient))
    assert same(one, two), (
        f"{player.name} under {protocol.name} on {problem.name}, tremble {tremble:g}: leaving out the stages in which nothing "
        f"moves changes outcomes; is it really timeless?"
    )


def check_privacy(problem: Problem, protocol: Protocol, player: Strategy, negotiations: int = 12) -> None:
    """Its first offer, and its response to the same first offer, do not depend on the opponent's types."""
    where = f"{player.name} under {protocol.name} on {problem.name}"
    numbers = np.arange(negotiations)
    for i in (ALICE, BOB):
        session = Session(problem, protocol, (player, player))
        moves = []
        for table in (session.table(5, numbers), _with_other_types(session.table(5, numbers), session, 1 - i)):
            me = table.view(session.situations[i], slice(None))
            moves.append(player.propose(me, 0, None))
        assert _equal(*moves), f"{where}: {PLAYERS[i]}'s first offer depends on the opponent's types"
        offer = Fair().propose(session.table(5, numbers).view(session.situations[1 - i], slice(None)), 0, None)
        replies = []
        for table in (session.table(5, numbers), _with_other_types(session.table(5, numbers), session, 1 - i)):
            replies.append(player.respond(table.view(session.situations[i], slice(None)), offer, 0)[0])
        assert _equal(*replies), f"{where}: {PLAYERS[i]}'s response depends on the opponent's types, not on the offer alone"


def _with_other_types(table: Table, session: Session, player: int) -> Table:
    """The same table with this player's types drawn from other negotiations."""
    types = [table.types_alice, table.types_bob]
    types[player] = np.asfortranarray(np.roll(types[player], 1, axis=0)[:, ::-1])
    lookup = session.situations[0].lookup
    cells = lookup.cells(0, types[0])
    return replace(
        table,
        types_alice=types[0], types_bob=types[1],
        cells_alice=cells, cells_bob=lookup.cells(1, types[1]), pairs=lookup.pairs(cells, types[1]),
    )  # fmt: skip


def _equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(one, other, strict=True))
