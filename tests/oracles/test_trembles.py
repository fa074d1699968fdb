"""Trembles happen as Sections 5.3.1 and 5.3.2 say: with probability gamma at a decision, uniform over the feasible actions; a
responder's with 1/2 accept and 1/2 reject. Each test rejects a true rule with probability 1e-6."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from agents import Scripted
from negotiation import Grid, exchange, from_tables, iid
from negotiation.play import Session, Witness, play
from negotiation.table import Offer
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding
from protocols.conformance import Fair

GAMMA = 0.4
GRID = Grid(0, 4, 1)
POINTS = [0.0, 1.0, 2.0, 3.0, 4.0]
N = 20_000
REJECTED = 1e-6


def watch(problem, protocol, alice, bob, tremble=GAMMA):
    """Everything offered and answered: lists of (stage, phase, rows, arrays)."""
    offers, replies = [], []
    numbers = np.arange(N)
    session = Session(problem, protocol, (alice, bob), tremble)

    def all_rows(view, rows):
        return np.arange(len(view)) if isinstance(rows, slice) else np.asarray(rows)

    def offer(view, rows, made, phase):
        offers.append((int(view.stage[0]), phase, all_rows(view, rows), made.x.copy(), made.p.copy(), view.types.copy()))

    def reply(view, rows, made, given, phase):
        replies.append((int(view.stage[0]), phase, all_rows(view, rows), given.accept.copy(), given.pick.copy()))

    play(session, session.table(1, numbers), numbers, Witness(offer, reply))
    return offers, replies


def matches(observed, expected):
    """Chi-square of counts of outcomes against their probabilities (dicts); nothing outside the support occurs."""
    total = sum(observed.values())
    assert set(observed) <= set(expected), f"impossible: {set(observed) - set(expected)}"
    assert sum(expected.values()) == pytest.approx(1, abs=1e-9)
    counts = [observed.get(key, 0) for key in expected]
    assert chisquare(counts, [p * total for p in expected.values()]).pvalue > REJECTED


def shaken(actions, meant, gamma=GAMMA):
    """The law of an action that is meant, but trembles uniformly over the actions with probability gamma."""
    actions = list(actions)
    return {a: gamma / len(actions) + (1 - gamma) * (a == meant) for a in actions}


def tally(*columns):
    return Counter(zip(*(map(tuple, np.round(np.asarray(c), 9).tolist()) for c in columns), strict=True))


def offer_of(x, p):
    return Offer(np.array([x]), np.array([p], dtype=float))


def refuser(n, units, offer):
    return Scripted(offers=[offer], replies=[([False] * units, [0] * n)])


def stage_of(records, stage, phase=0):
    return next(r for r in records if r[0] == stage and r[1] == phase)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_share_demanding_offers_and_responses(stage):
    """Uniform over announced types and demands on the grid, at every stage alike."""
    problem = exchange(items=2)
    who = refuser(2, 1, offer_of([0, 1], [2]))
    offers, replies = watch(problem, ShareDemanding(grid=GRID, horizon=3), who, who)
    _, _, _, x, p, _ = stage_of(offers, stage)
    actions = itertools.product(itertools.product((0, 1), repeat=2), ((v,) for v in POINTS))
    matches(tally(x, p), shaken(actions, ((0, 1), (2.0,))))
    _, _, _, accept, pick = stage_of(replies, stage)
    matches(Counter(accept[:, 0].tolist()), {False: 1 - GAMMA / 2, True: GAMMA / 2})
    taken = [tuple(row) for row in pick[accept[:, 0]].tolist()]
    matches(Counter(taken), dict.fromkeys(itertools.product((0, 1), repeat=2), 1 / 4))


def test_trembles_of_two_stages_are_independent():
    problem = exchange(items=1)
    who = refuser(1, 1, offer_of([0], [2]))
    offers, replies = watch(problem, ShareDemanding(grid=GRID, horizon=2), who, who)
    first, second = stage_of(offers, 0), stage_of(offers, 1)
    still = second[2]
    joint = tally(first[4][still], second[4])
    law = {(v,): GAMMA / 5 + (1 - GAMMA) * (v == 2) for v in POINTS}
    matches(joint, {(a, b): law[a] * law[b] for a in law for b in law})
    answers = stage_of(replies, 0)[3][:, 0]
    both = Counter(zip((first[4][:, 0] == 2).tolist(), answers.tolist(), strict=True))
    meant = 1 - GAMMA + GAMMA / 5
    matches(both, {(m, a): (meant if m else 1 - meant) * (GAMMA / 2 if a else 1 - GAMMA / 2) for m in (0, 1) for a in (0, 1)})


def test_item_by_item_trembles_item_by_item():
    """Each item's offer and each item's answer for itself, independently."""
    problem = exchange(items=2)
    who = Scripted(offers=[offer_of([1, 1], [2, 3])], replies=[([True, False], [0, 0])])
    offers, replies = watch(problem, ItemByItem(grid=GRID, horizon=2), who, who)
    _, _, _, x, p, _ = stage_of(offers, 0)
    one = shaken(itertools.product((1,), POINTS), (1, 2.0))
    other = shaken(itertools.product((1,), POINTS), (1, 3.0))
    observed = Counter(((a, u), (b, v)) for (a, b), (u, v) in zip(x.tolist(), p.tolist(), strict=True))
    matches(observed, {(a, b): one[a] * other[b] for a in one for b in other})
    _, _, _, accept, _ = stage_of(replies, 0)
    rate = {True: 1 - GAMMA / 2, False: GAMMA / 2}
    matches(Counter(map(tuple, accept.tolist())), {(a, b): rate[a] * rate[not b] for a in (True, False) for b in (True, False)})
    # at the next stage only open items tremble: the second item alone where the first was settled
    _, _, rows, x, p, _ = stage_of(offers, 1)
    left = ~accept[rows, 1]
    matches(Counter(zip(x[left, 1].tolist(), p[left, 1].tolist(), strict=True)), other)


def test_combinatorial_forms():
    """Every price of the number and table forms on the grid; the additive form's constant on it, with a type for each item."""
    problem = exchange(items=2)
    table = refuser(2, 1, offer_of([2], [1, 1, 2, 3]))
    offers, _ = watch(problem, Combinatorial(grid=GRID, form="table", horizon=1), table, table)
    _, _, _, x, p, _ = stage_of(offers, 0)
    assert (x == 2).all()
    matches(tally(p), {(a,): q for a, q in shaken(itertools.product(POINTS, repeat=4), (1.0, 1.0, 2.0, 3.0)).items()})
    number = refuser(2, 1, offer_of([1], [0, 1, 2]))
    offers, _ = watch(problem, Combinatorial(grid=GRID, form="number", horizon=1), number, number)
    _, _, _, _, p, _ = stage_of(offers, 0)
    matches(tally(p), {(a,): q for a, q in shaken(itertools.product(POINTS, repeat=3), (0.0, 1.0, 2.0)).items()})
    meant = (2.0, 0.0, 0.0, 0.0, 8.0)  # 2, and what items 1 and 2 are worth to types 0 and 8
    additive = refuser(2, 1, offer_of([0], meant))
    offers, _ = watch(problem, Combinatorial(grid=GRID, horizon=1), additive, additive)
    _, _, _, _, p, _ = stage_of(offers, 0)
    actions = [(v, 0.0, a, 0.0, b) for v in POINTS for a in (0.0, 8.0) for b in (0.0, 8.0)]
    matches(tally(p), {(a,): q for a, q in shaken(actions, meant).items()})


class Quoter(Fair):
    """Quotes the same frequencies and demand always, and announces what fits."""

    name = "quoter"

    def propose(self, view, phase, accepted):
        if phase > 0:
            return super().propose(view, phase, accepted)
        return Offer(np.tile([3, 0, 0, 0, 2, 0, -1, -1, -1, -1, -1], (len(view), 1)), np.full((len(view), 1), 2.0))


def multisets(n, kinds):
    return [c for c in itertools.product(range(n + 1), repeat=kinds) if sum(c) == n]


def test_frequencies_are_uniform_over_multisets():
    """Phase 1 (Section 5.3.2): multisets of types, class by class, and demands."""
    u = np.zeros((2, 2, 3))
    u[:, 1] = [[0, 1, 2], [1, 2, 3]]
    problem = from_tables(u, u[:, :, :2], items=5, classes=[0, 0, 1, 0, 1], prior=iid([[0.2, 0.3, 0.5]] * 2, [[0.4, 0.6]] * 2))
    offers, replies = watch(problem, Frequency(grid=GRID, horizon=1), Quoter(), refuser(5, 1, None))
    _, _, _, x, p, _ = stage_of(offers, 0)
    actions = [((*a, *b), (v,)) for a in multisets(3, 3) for b in multisets(2, 3) for v in POINTS]
    matches(tally(x[:, :6], p), shaken(actions, ((3, 0, 0, 0, 2, 0), (2.0,))))
    _, _, _, accept, _ = stage_of(replies, 0)
    matches(Counter(accept[:, 0].tolist()), {False: 1 - GAMMA / 2, True: GAMMA / 2})


@pytest.mark.parametrize("tremble_game", [False, True])
def test_phase_2_trembles_only_if_asked(tremble_game):
    """Footnote 23: trembles in Phase 2 are an option; announcements uniform over the orders of the quoted frequencies, and a
    responder's with 1/2 each a pick, uniformly, or "No"."""
    problem = exchange(items=2, seller_values=(0, 1), buyer_values=(5, 10))
    rules = Frequency(grid=Grid(0, 1, 1), tremble_game=tremble_game, horizon=1)
    offers, replies = watch(problem, rules, Fair(share=0.0), Fair(share=0.0))
    _, _, _, x, _, types = stage_of(offers, 0, 1)
    mixed = (types.sum(axis=1) == 1) & (x[:, 0] == 1)  # one of each type, and the truth quoted
    late = GAMMA if tremble_game else 0.0
    lied = (x[mixed, 2:4] != types[mixed]).any(axis=1)
    if not tremble_game:
        assert not lied.any()
    else:
        matches(Counter(lied.tolist()), {True: late / 2, False: 1 - late / 2})
    _, _, _, accept, pick = stage_of(replies, 0, 1)
    if not tremble_game:
        assert accept.all()  # nothing demanded by more than 1, and every deal is worth 4 at least
    else:
        matches(Counter(accept[:, 0].tolist()), {False: late / 2, True: 1 - late / 2})
        both = {(1, 1): late / 2 / 4 + 1 - late, (0, 0): late / 8, (0, 1): late / 8, (1, 0): late / 8}
        law = {pick: q / (1 - late / 2) for pick, q in both.items()}
        matches(Counter(map(tuple, pick[accept[:, 0]].tolist())), law)


def test_no_trembles_no_surprises():
    problem = exchange(items=2)
    who = refuser(2, 1, offer_of([0, 1], [2]))
    offers, replies = watch(problem, ShareDemanding(grid=GRID, horizon=3), who, who, tremble=0.0)
    assert all((p == 2).all() and (x == [0, 1]).all() for _, _, _, x, p, _ in offers)
    assert not any(accept.any() for *_, accept, _ in replies)
