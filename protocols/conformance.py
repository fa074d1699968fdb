"""A kit of tests that every protocol must pass: ``check_protocol(MyProtocol)`` from a test of your own.

It plays a family of small problems (``small_problems``) with two built-in strategies, with and without trembles, in every order
of offers, and raises AssertionError with a sentence that says which rule failed, where. It checks that

- the same seed gives the same bits, and that a negotiation played alone is the same, to the bit, as in a batch;
- the four losses sum to first best - welfare, and payoffs are those of the choices, stages and transfers reported;
- share-demanding offers do what Definition 1 of file 004 asks, against every response and every type of the other;
- where all offers and responses can be listed, they are allowed, and trembles draw these and no others, as likely as said;
- offers and responses that break the rules are refused with an error that names the player and the stage;
- utilities in half-utils double the payoffs exactly, and items in another order are agreed on alike (unless the protocol says
  that its offers single out an item);
- ``message_size`` is a positive number, offers and responses can be described, and the protocol can be sent to other processes.

It cannot know what your protocol is for: test its own rules yourself."""

import itertools
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import CannotPlay, RuleBroken
from negotiation.outcomes import Outcomes
from negotiation.play import Session, Witness, play
from negotiation.priors import common_shock, iid, matchups, table
from negotiation.problem import (
    ALICE,
    BOB,
    PLAYERS,
    Problem,
    exchange,
    from_tables,
    public_good,
    task_assignment,
    whole_decisions,
)
from negotiation.protocol import Dice, Grid, Protocol
from negotiation.strategy import DemandStrategy
from negotiation.table import AT_ONCE, Offer, Reply

NEGOTIATIONS = 24
TREMBLE = 0.2
SEED = 11
CLOSE = 1e-12  # relative to the surplus scale
EXHAUSTIVE = 700  # responses listed when an offer is tested against all of them


def small_problems() -> list[Problem]:
    """Problems that differ in everything a protocol could stumble over: known and unknown surplus, correlated types, classes of
    items, numbers of types and choices, discount factors, utilities that are not round, no null choice, whole decisions."""
    draw = np.random.default_rng(4)
    uneven = [np.round(draw.normal(size=(2, 3, types)), 2) for types in (3, 2)]
    for u in uneven:
        u[:, 1] = 0.0
    rows = [draw.dirichlet(np.ones(types), size=2) for types in (3, 2)]
    painless = [np.round(draw.uniform(0.1, 3, size=(1, 2, 2)), 2) for _ in PLAYERS]
    joint = [np.round(draw.normal(size=(4, 2)), 2) for _ in PLAYERS]
    for u in joint:
        u[0] = 0.0
    four = [(0, 2), (0, 10), (8, 2), (8, 10)]
    return [
        exchange(prior=matchups(four), discount=(0.9, 0.8), name="four rugs"),
        exchange(items=1, discount=(0.5, 0.9), name="one rug"),
        exchange(items=3, seller_values=(100, 108), buyer_values=(102, 110), name="costly rugs"),
        public_good(items=3, prior=common_shock((0.3, 0.7), [(0.9, 0.1), (0.2, 0.8)], [(0.5, 0.5), (0.4, 0.6)]), name="wells"),
        task_assignment(items=2, discount=(0.0, 0.7), name="chores"),
        from_tables(
            *uneven, items=11, classes=[0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0], prior=iid(*rows), discount=(0.93, 0.9), name="uneven"
        ),
        from_tables(*painless, items=3, name="no null choice"),
        whole_decisions(2, ("no", "yes"), joint[0], joint[1], types=((0, 1), (0, 1)), name="whole decisions"),
    ]


@dataclass(frozen=True)
class Fair(DemandStrategy):
    """Demands a share of the largest surplus that falls with the stage, for the choice best for both at equal weights; accepts
    what is no less. It treats items alike and has no memory."""

    share: float = 0.5
    name = "fair"

    def _per_unit(self, view):
        problem = view.problem
        if view.situation.protocol.itemwise:
            return problem.item_surplus[problem.classes][None] * np.ones((len(view), 1))
        return np.full((len(view), 1), problem.largest_surplus)

    def demand(self, view):
        own = view.lookup.utility[view.player][view.cells]
        likely = view.problem.utility[1 - view.player].mean(axis=2)[view.problem.classes]
        choice = view.problem.proposals[(own + likely)[:, :, view.problem.proposals].argmax(axis=2)]
        return choice, self._per_unit(view) * (self.share / (1.0 + view.stage[:, None]))

    def reserve(self, view):
        return self._per_unit(view) * (self.share / (2.0 + view.stage[:, None]))


@dataclass(frozen=True)
class Restless(Fair):
    """Fair with demands and reserves drawn anew at each stage."""

    name = "restless"

    def demand(self, view):
        choice, demand = super().demand(view)
        return choice, demand * view.draw(demand.shape[1])

    def reserve(self, view):
        return super().reserve(view) * view.draw(1, 10_000)


def check_protocol(
    protocol: Protocol | type[Protocol], problems: Iterable[Problem] | None = None, *, negotiations: int = NEGOTIATIONS
) -> None:
    """Raise AssertionError if the protocol (an instance, or a class that needs no arguments) breaks a rule.

    ``problems`` replaces the built-in family; those that the protocol says it cannot play are left out, but one must remain."""
    rules = protocol() if isinstance(protocol, type) else protocol
    assert isinstance(rules, Protocol), f"{rules!r}: expected a subclass of negotiation.protocol.Protocol"
    assert isinstance(rules.name, str), f"{rules!r}: expected a class attribute `name`"
    assert rules.name, f"{rules!r}: its name is empty"
    assert sent(rules) == rules, f"{rules.name}: it changes when it is pickled, so it cannot be sent to worker processes"
    playable = [p for p in (small_problems() if problems is None else problems) if can_play(rules, p)]
    assert playable, f"{rules.name}: it says that it cannot play any of the problems"
    for problem in playable:
        size = rules.message_size(problem)
        where = f"{rules.name} on {problem.name}"
        assert isinstance(size, int), f"{where}: message_size is {size!r}, expected an int"
        assert not isinstance(size, bool), f"{where}: message_size is {size!r}, expected an int"
        assert size > 0, f"{where}: message_size is {size!r}, expected at least 1"
        for variant in variants(rules, problem):
            check_play(problem, variant, (Restless(), Restless()), TREMBLE, negotiations)
            check_play(problem, variant, (Fair(), Restless()), 0.0, negotiations)
        check_descriptions(problem, rules)
        check_share_demanding(problem, rules)
        check_refusals(problem, rules)
        check_listing(problem, rules)
        if rules.grid is None:
            check_scale(problem, rules, (Fair(), Fair()), negotiations)
            check_order_of_items(problem, rules, (Fair(), Fair()))


def sent(thing: Any) -> Any:
    """A copy made by pickling, as for worker processes."""
    try:
        return pickle.loads(pickle.dumps(thing))
    except Exception as error:
        raise AssertionError(
            f"{thing.name}: it cannot be pickled, so it cannot go to worker processes; is its class at the top of a module? "
            f"({error})"
        ) from error


def can_play(protocol: Protocol, problem: Problem) -> bool:
    """Whether the protocol says that it can play the problem."""
    try:
        Session(problem, protocol, (Fair(), Fair()))
    except CannotPlay:
        return False
    return True


def variants(protocol: Protocol, problem: Problem) -> Iterator[Protocol]:
    """The protocol with a short horizon, in each order of offers, and with reopening where it can reopen."""
    for order in ("alternating", "alice", "bob", "random"):
        yield replace(protocol, order=order, recognition=0.3, horizon=5)
    again = replace(protocol, reopen=True, horizon=5)
    if problem.null >= 0 and can_play(again, problem):
        yield again


def same(one: Outcomes, other: Outcomes) -> bool:
    """Whether two batches are the same to the bit."""
    pairs = ((one.totals, other.totals), (one.stage, other.stage), (one.choices, other.choices), (one.stages, other.stages))
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)


def check_play(
    problem: Problem, protocol: Protocol, strategies: Sequence[Any], tremble: float = 0.0, negotiations: int = NEGOTIATIONS
) -> Outcomes:
    """Play; check reproducibility, the split of the losses and that payoffs are those of the choices and transfers reported."""
    where = f"{protocol.name} ({protocol.order}, reopen={protocol.reopen}, tremble={tremble:g}) on {problem.name}"
    session = Session(problem, protocol, _pair(strategies), tremble)
    outcomes = batch(session, np.arange(negotiations))
    assert same(outcomes, batch(session, np.arange(negotiations))), f"{where}: the same seed gave other outcomes"
    fresh = Session(problem, protocol, _pair(strategies), tremble)
    for k in (0, negotiations - 1):
        alone = batch(fresh, np.array([k]))
        assert same(_row(outcomes, k), alone), (
            f"{where}: negotiation {k} played alone differs, in its bits, from the same in a batch"
        )
    check_accounts(problem, protocol, outcomes, session, SEED, where)
    return outcomes


def batch(session: Session, numbers: NDArray[Any], seed: int = SEED) -> Outcomes:
    """The outcomes of the negotiations with these numbers."""
    done = play(session, session.table(seed, numbers), numbers)
    return Outcomes(done.totals, done.last, done.choice, done.when, int(numbers[0]))


def check_accounts(
    problem: Problem, protocol: Protocol, outcomes: Outcomes, session: Session, seed: int, where: str = ""
) -> None:
    """The losses sum to first best - welfare; welfare is that of the choices at their stages, less the wedge of transfers."""
    scale = max(1.0, problem.largest_surplus, float(np.abs(outcomes.totals).max()))
    losses = sum(outcomes.column(f"loss_{name}") for name in ("wrong", "missed", "delay", "transfer"))
    gap = np.abs(outcomes.first_best - outcomes.welfare - losses).max()
    assert gap <= CLOSE * scale, f"{where}: the losses miss first best - welfare by {gap:g} utils"
    for name in ("wrong", "missed"):
        worst = outcomes.column(f"loss_{name}").min()
        assert worst >= -CLOSE * scale, f"{where}: loss_{name} is {worst:g}, but no choice is better than the best"
    types = session.types(seed, np.arange(outcomes.first, outcomes.first + len(outcomes)))
    choices, stages = np.asarray(outcomes.choices), np.asarray(outcomes.stages)
    decided = choices >= 0
    assert (decided == (stages >= 0)).all(), f"{where}: an item has a choice and no stage, or a stage and no choice"
    assert choices.max(initial=-1) < len(problem.choices), f"{where}: a choice is out of range"
    assert stages.max(initial=-1) < session.horizon, f"{where}: an agreement after the horizon of {session.horizon} stages"
    if not protocol.reopen:
        assert (outcomes.stage == stages.max(axis=1)).all(), f"{where}: stage is not the stage of the last agreement"
    else:  # a payment for leaving things as they are is an agreement too
        assert (outcomes.stage >= stages.max(axis=1)).all(), (
            f"{where}: an item was agreed after the stage of the last agreement"
        )
        assert not (choices == problem.null).any(), f"{where}: an item left at the null choice was closed"
    worth = np.zeros(len(outcomes))
    for i in (ALICE, BOB):
        values = problem.utility[i][problem.classes, np.where(decided, choices, 0), types[:, i]]
        worth += (values * decided * problem.discount[i] ** np.where(decided, stages, 0)).sum(axis=1)
    gap = np.abs(worth - outcomes.welfare - outcomes.column("loss_transfer")).max()
    assert gap <= 1e-11 * scale * problem.n, f"{where}: welfare is not that of what was agreed, by {gap:g} utils"


def check_descriptions(problem: Problem, protocol: Protocol) -> None:
    """Offers and responses of a few negotiations, and what they lead to, can be told in words."""
    told: list[tuple[Any, str]] = []

    def offer(view, rows, made, phase):
        told.append((protocol.describe_offer(problem, view.player, made.at(slice(0, 1)), phase), "describe_offer"))

    def reply(view, rows, made, given, phase):
        told.append((protocol.describe_reply(problem, given.at(slice(0, 1)), phase), "describe_reply"))

    session = Session(problem, replace(protocol, horizon=5), (Restless(), Restless()), TREMBLE)
    for number in range(6):
        play(session, session.table(3, np.array([number])), np.array([number]), Witness(offer, reply))
    for text, method in told:
        assert isinstance(text, str), f"{protocol.name} on {problem.name}: {method} returned {text!r}, expected text"
        assert text.strip(), f"{protocol.name} on {problem.name}: {method} returned no text"


def check_share_demanding(problem: Problem, protocol: Protocol) -> int:
    """Definition 1 for each share-demanding offer that the protocol says it has: any response gives the proposer v or nothing
    is agreed, and against every type of the other some response gives it exactly v and the other all the rest of the surplus.

    Returns how many offers were tested."""
    try:
        types, _ = problem.prior.support(512)
    except ValueError:
        return 0
    tested = 0
    for player in (ALICE, BOB):
        for own in np.unique(types[:, player], axis=0)[:3]:
            others = types[(types[:, player] == own).all(axis=1), 1 - player][:4]
            for v in (0.0, 0.37 * problem.largest_surplus):
                offer = protocol.share_demanding_offer(problem, player, own, v)
                for other in others if offer is not None else ():
                    _check_one_demand(problem, protocol, player, own, other, offer, v)
                    tested += 1
    return tested


def one_row(problem: Problem, protocol: Protocol, alice: NDArray[Any], bob: NDArray[Any]) -> tuple[Any, Any]:
    """What the two players see before stage 0 when they have these types."""
    labels = [tuple(names[t] for t in own) for names, own in zip(problem.types, (alice, bob), strict=True)]
    certain = replace(problem, prior=table([(labels[0], labels[1], 1.0)]))
    session = Session(certain, protocol, (Fair(), Fair()))
    start = session.table(0, np.array([0]))
    return start.view(session.situations[0], slice(None)), start.view(session.situations[1], slice(None))


def _check_one_demand(
    problem: Problem, protocol: Protocol, player: int, own: NDArray[Any], other: NDArray[Any], offer: Any, v: float
) -> None:
    pair = (own, other) if player == ALICE else (other, own)
    views = one_row(problem, protocol, *pair)
    me, you = views[player], views[1 - player]
    said = (
        f"{protocol.name} on {problem.name}: {PLAYERS[player]}'s share-demanding offer of v = {v:g} with types {own.tolist()}"
    )
    phase = int(protocol.phases > 1)
    fault = protocol.offer_fault(me, offer)
    if fault is None and phase > 0:
        fault = protocol.announcement_fault(me, offer, offer)
    assert fault is None, f"{said} is not allowed: {fault}"
    scale = max(1.0, problem.largest_surplus, float(max(np.abs(u).max() for u in problem.utility))) * problem.n

    def payoffs(reply: Reply) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """The proposer's and the other's payoffs after each response, and whether anything was agreed."""
        rows = np.zeros(len(reply.accept), dtype=np.intp)
        decided, x, transfer = protocol.settlement(me.at(rows), offer.at(rows), reply)
        worth = [
            (problem.utility[i][problem.classes, np.where(decided, x, 0), pair[i]] * decided).sum(axis=1) for i in (ALICE, BOB)
        ]
        both = worth[ALICE] + transfer, worth[BOB] - transfer
        return both[player], both[1 - player], decided.any(axis=1) | (transfer != 0)

    replies = _responses(problem, protocol)
    mine, _, agreed = payoffs(replies)
    least = mine[agreed].min(initial=np.inf)
    assert least >= v - CLOSE * scale, f"{said} leaves only {least:g} after one of the responses"
    best, gain, _ = protocol.best_reply(you, offer, phase)
    mine, theirs, _ = payoffs(best)
    surplus = float(problem.first_best(np.array([pair]))[0])
    assert abs(mine[0] - v) <= CLOSE * scale, f"{said} gives {mine[0]:g} after the best response to it"
    assert abs(theirs[0] - (surplus - v)) <= 1e-9 * scale, f"{said}: the other gets {theirs[0]:g} of the rest, {surplus - v:g}"
    assert abs(float(gain.sum()) - theirs[0]) <= 1e-9 * scale, f"{said}: best_reply expects {gain} and gets {theirs[0]:g}"


def check_listing(problem: Problem, protocol: Protocol) -> None:
    """The listed offers and responses break no rule, and those that trembles draw are among them, in the listed proportions."""
    fine = protocol.default_grid(problem)
    coarse = replace(protocol, grid=Grid(fine.low, fine.high, fine.high - fine.low))
    session = Session(problem, coarse, (Fair(), Fair()), TREMBLE)
    table_ = session.table(SEED, np.arange(1))
    where = f"{protocol.name} on {problem.name}"
    for i in (ALICE, BOB):
        me, you = (table_.view(session.situations[k], slice(None)) for k in (i, 1 - i))
        try:
            offers = coarse.every_offer(me)
            replies, weight = coarse.every_reply(you, offers.at(slice(0, 1)))
        except CannotPlay:
            return
        if max(len(offers.p), len(replies.accept)) > EXHAUSTIVE:
            return
        rows = np.zeros(len(offers.p), dtype=np.intp)
        fault = coarse.offer_fault(me.at(rows), offers)
        assert fault is None, f"{where}: an offer that it lists is not allowed: {fault.allowed if fault else ''}"
        fault = coarse.reply_fault(you.at(np.zeros(len(replies.accept), dtype=np.intp)), replies, 0)
        assert fault is None, f"{where}: a response that it lists is not allowed: {fault.allowed if fault else ''}"
        assert abs(weight.sum() - 1) < CLOSE, f"{where}: the probabilities of responses in a tremble sum to {weight.sum()}"
        many = np.zeros(40 * EXHAUSTIVE, dtype=np.intp)
        dice = _dice(len(many))
        hit = np.ones((len(many), offers_units(coarse, problem)), dtype=bool)
        first = offers.at(many)
        drawn = coarse.tremble_offer(me.at(many), first, hit, dice, 0)
        _same_law(
            _codes(drawn.x, drawn.p), _codes(offers.x, offers.p), np.full(len(offers.p), 1 / len(offers.p)), f"{where}: offers"
        )
        answered = coarse.tremble_reply(you.at(many), replies.at(many), hit, dice, 0)
        said, listed = (
            (r.accept, r.accept & False if coarse.itemwise else np.where(r.accept, r.pick, 0)) for r in (answered, replies)
        )
        if coarse.phases > 1:  # accepting is not picking yet
            said, listed = (said[0], said[0] & False), (listed[0], listed[0] & False)
        _same_law(_codes(*said), _codes(*listed), weight, f"{where}: responses")


def _dice(rows: int) -> Dice:
    generator = np.random.default_rng(SEED)
    return lambda count: generator.random((rows, count))


def offers_units(protocol: Protocol, problem: Problem) -> int:
    """How many units tremble for themselves."""
    return problem.n if protocol.itemwise else 1


def _codes(*parts: NDArray[Any]) -> list[tuple[float, ...]]:
    return [tuple(row) for row in np.concatenate(parts, axis=1).astype(float).tolist()]


def _same_law(drawn: list[tuple[float, ...]], listed: list[tuple[float, ...]], weight: NDArray[np.float64], what: str) -> None:
    """What was drawn has the listed law, within six standard errors (some may be listed twice)."""
    law: dict[tuple[float, ...], float] = {}
    for code, w in zip(listed, weight, strict=True):
        law[code] = law.get(code, 0.0) + float(w)
    counts: dict[tuple[float, ...], int] = {}
    for code in drawn:
        counts[code] = counts.get(code, 0) + 1
    assert set(counts) <= set(law), f"{what}: a tremble draws {next(iter(set(counts) - set(law)))}, which is not listed"
    for code, p in law.items():
        error = max(6 * np.sqrt(p * (1 - p) / len(drawn)), 1 / len(drawn))
        share = counts.get(code, 0) / len(drawn)
        assert abs(share - p) <= error, f"{what}: a tremble draws {code} with frequency {share:.4f}, listed at {p:.4f}"


def _responses(problem: Problem, protocol: Protocol) -> Reply:
    """All ways to accept, or many of them."""
    n, m = problem.n, len(problem.choices)
    if protocol.itemwise:
        accept = np.array(list(itertools.islice(itertools.product((False, True), repeat=n), EXHAUSTIVE)))
        return Reply(accept, np.zeros((len(accept), n), dtype=np.int64))
    if m**n > EXHAUSTIVE:
        picks = np.random.default_rng(0).integers(m, size=(EXHAUSTIVE, n))
    else:
        picks = np.array(list(itertools.product(range(m), repeat=n)), dtype=np.int64)
    return Reply(np.ones((len(picks), 1), dtype=bool), picks)


@dataclass(frozen=True)
class Breaker(Fair):
    """Fair, but its first offers or responses are spoilt."""

    spoil: str = ""
    name = "breaker"

    def propose(self, view, phase, accepted):
        offer = super().propose(view, phase, accepted)
        if self.spoil == "NaN":
            return Offer(offer.x, np.full(np.shape(offer.p), np.nan))
        if self.spoil == "prices of another shape":
            return Offer(offer.x, np.concatenate([offer.p, offer.p], axis=1))
        if self.spoil == "numbers of another shape":
            return Offer(np.concatenate([offer.x, offer.x], axis=1), offer.p)
        if self.spoil == "numbers out of range":
            return Offer(offer.x.astype(np.int64) + 10**6, offer.p)
        return offer

    def respond(self, view, offer, phase):
        reply, _ = super().respond(view, offer, phase)
        accept, pick = np.ones_like(reply.accept), np.zeros(view.types.shape, dtype=np.int64)
        if self.spoil == "an acceptance of another shape":
            return Reply(np.concatenate([accept, accept], axis=1), pick), None
        if self.spoil == "an acceptance that is NaN":
            return Reply(np.full(accept.shape, np.nan), pick), None
        if self.spoil == "a pick of another shape":
            return Reply(accept, np.concatenate([pick, pick], axis=1)), None
        if self.spoil == "a pick out of range":
            return Reply(accept, pick + 10**6), None
        if self.spoil == "a pick that is NaN":
            return Reply(accept, np.full(pick.shape, np.nan)), None
        return reply, None


def check_refusals(problem: Problem, protocol: Protocol) -> None:
    """Offers and responses that break the rules raise RuleBroken, naming the player, the stage and what is allowed."""
    offers = ["NaN", "prices of another shape", "numbers of another shape", "numbers out of range"]
    replies = ["an acceptance of another shape", "an acceptance that is NaN"]
    if not protocol.itemwise:
        replies += ["a pick of another shape", "a pick out of range", "a pick that is NaN"]
    for spoil, breaks in [(s, ALICE) for s in offers] + [(s, BOB) for s in replies]:
        players = [Fair(), Fair()]
        players[breaks] = Breaker(spoil=spoil)
        where = f"{protocol.name} on {problem.name}: {spoil} from {PLAYERS[breaks]}"
        said = ""
        try:
            batch(Session(problem, replace(protocol, order="alternating"), _pair(players)), np.arange(3))
        except RuleBroken as error:
            said = str(error)
        except Exception as error:
            raise AssertionError(f"{where}: expected RuleBroken, got {type(error).__name__}: {error}") from error
        assert said, f"{where}: it was not refused"
        for part in (PLAYERS[breaks], "stage 0", "allowed"):
            assert part in said, f"{where}: the error does not say {part!r}: {said}"


def doubled(problem: Problem) -> Problem:
    """The same problem in units of half a util."""
    return replace(problem, utility=(2 * problem.utility[0], 2 * problem.utility[1]))


def check_scale(problem: Problem, protocol: Protocol, strategies: Sequence[Any], negotiations: int = NEGOTIATIONS) -> None:
    """Twice the utilities, twice the payoffs, exactly; the same choices at the same stages."""
    short = replace(protocol, horizon=5)
    one, two = (batch(Session(p, short, _pair(strategies)), np.arange(negotiations)) for p in (problem, doubled(problem)))
    where = f"{protocol.name} on {problem.name}"
    utils = slice(None, AT_ONCE)
    assert np.array_equal(2 * one.totals[:, utils], two.totals[:, utils]), (
        f"{where}: doubling all utilities does not double the payoffs exactly"
    )
    assert np.array_equal(one.stage, two.stage), f"{where}: doubling all utilities changes when agreement is reached"
    assert np.array_equal(np.asarray(one.choices), np.asarray(two.choices)), f"{where}: doubling all utilities changes choices"


def check_order_of_items(problem: Problem, protocol: Protocol, strategies: Sequence[Any], cases: int = 6) -> None:
    """With the items in another order, the same is agreed on each (for strategies that treat items alike, without chance, and
    protocols whose offers do not single out an item)."""
    if problem.n < 2 or protocol.names_items:
        return
    drawn = Session(problem, protocol, _pair(strategies)).types(8, np.arange(cases))
    order = np.arange(problem.n)[::-1]
    short = replace(protocol, horizon=5)
    where = f"{protocol.name} on {problem.name}"
    for types in drawn:
        here = _certain(problem, problem.classes, types)
        there = _certain(problem, problem.classes[order], types[:, order])
        one, two = (batch(Session(p, short, _pair(strategies)), np.array([0])) for p in (here, there))
        close = np.allclose(one.totals, two.totals, rtol=0, atol=1e-11 * max(1.0, problem.largest_surplus))
        assert close, f"{where}: the order of the items changes payoffs: {one.totals} and {two.totals}"
        assert np.array_equal(np.asarray(one.choices)[:, order], np.asarray(two.choices)), (
            f"{where}: the order of the items changes what is agreed on them"
        )


def _certain(problem: Problem, classes: NDArray[Any], types: NDArray[Any]) -> Problem:
    labels = [tuple(names[t] for t in own) for names, own in zip(problem.types, types, strict=True)]
    return replace(problem, classes=classes, items=(), prior=table([(labels[0], labels[1], 1.0)]))


def _row(outcomes: Outcomes, k: int) -> Outcomes:
    parts = {f.name: getattr(outcomes, f.name) for f in fields(outcomes)}
    return Outcomes(**{name: part if part is None or name == "first" else part[k : k + 1] for name, part in parts.items()})


def _pair(strategies: Sequence[Any]) -> tuple[Any, Any]:
    alice, bob = strategies
    return alice, bob
