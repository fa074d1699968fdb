"""Our engine against ``tests/reference.py``, the slow second implementation of Sections 3.2-3.4, on random small problems with
random offers and responses: several choices, types, classes, unequal discount factors, every order of offers, reopening."""

import itertools

import numpy as np
import pytest
import reference
from reference import ALICE, BOB, Prices, Script, World

from agents import RubinsteinDemand, Scripted
from agents.quotes import item_quotes
from negotiation import from_tables, iid, matchups, simulate, table
from negotiation.play import Session
from negotiation.strategy import Situation
from negotiation.table import Offer
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

STAGES = 5
KINDS = {"item-by-item": ItemByItem, "share-demanding": ShareDemanding, "combinatorial": Combinatorial, "frequency": Frequency}
NEGOTIATIONS = 3


def random_tables(rng, *, null):
    """Utility tables [player][class][choice][type] with a surplus of at least 0 for every pair of types."""
    classes, choices = int(rng.integers(1, 3)), int(rng.integers(2, 4))
    sizes = rng.integers(1, 4, size=2)
    utility = [rng.normal(size=(classes, choices, size)) for size in sizes]
    other = 0
    if null:
        x = int(rng.integers(choices))
        other = (x + 1) % choices
        for u in utility:
            u[:, x] = 0.0
    else:  # shift one choice so that it is never painful
        worst = (utility[0][:, 0, :, None] + utility[1][:, 0, None, :]).min()
        utility[0][:, 0] += abs(worst) + 0.1
    if (utility[0][:, :, :, None] + utility[1][:, :, None, :]).max() <= 0:
        utility[1][:, other] += 6.0
    return utility


def random_problem(rng, *, null=True, most=4):
    utility = random_tables(rng, null=null)
    n = int(rng.integers(1, most + 1))
    classes = [int(c) for c in rng.integers(len(utility[0]), size=n)]
    classes[0] = len(utility[0]) - 1  # so that the last class occurs
    discount = tuple(float(d) for d in rng.uniform(0.3, 0.97, size=2))
    rows = [rng.dirichlet(np.ones(u.shape[2]), size=len(utility[0])) for u in utility]
    problem = from_tables(*utility, classes=classes, items=n, discount=discount, prior=iid(*rows))
    return problem, World([u.tolist() for u in utility], classes, discount)


def item_moves(rng, world, player, turns):
    offers = [
        (rng.choice([x for x in world.choices if x != world.null], size=world.n).tolist(), rng.normal(size=world.n).tolist())
        for _ in range(turns)
    ]
    ours = [Offer(np.array([x]), np.array([p])) for x, p in offers]
    replies = [(rng.random(world.n) < 0.3).tolist() for _ in range(turns)]
    return offers, ours, replies, [(accept, [0] * world.n) for accept in replies]


def whole_replies(rng, world, turns, chance=0.35):
    return [(bool(rng.random() < chance), rng.integers(len(world.choices), size=world.n).tolist()) for _ in range(turns)]


def announce(rng, world, player):
    return rng.integers(len(world.utility[player][0][0]), size=world.n).tolist()


def share_moves(rng, world, player, turns):
    offers = [(announce(rng, world, player), float(rng.normal())) for _ in range(turns)]
    ours = [Offer(np.array([said]), np.array([[v]])) for said, v in offers]
    replies = whole_replies(rng, world, turns)
    return offers, ours, replies, [([accept], x) for accept, x in replies]


def price_moves(rng, world, player, turns):
    m = len(world.choices)
    widths = {"additive": 1 + world.n * m, "number": world.n + 1, "table": m**world.n}
    forms = [form for form in widths if form != "number" or world.null is not None]
    form = forms[int(rng.integers(len(forms)))]
    offers = [Prices(form, tuple(rng.normal(size=widths[form]))) for _ in range(turns)]
    code = ["additive", "number", "table"].index(form)
    ours = [Offer(np.array([[code]]), np.array([offer.numbers])) for offer in offers]
    replies = whole_replies(rng, world, turns)
    return offers, ours, replies, [([accept], x) for accept, x in replies]


def frequency_moves(rng, world, player, accepts):
    """Quotes; where ``accepts`` says that one is accepted, the announcement follows."""
    kinds = max(world.classes) + 1
    wide = max(len(u[0][0]) for u in world.utility)
    offers, ours = [], []
    for accepted in accepts:
        said = announce(rng, world, player)
        counts = np.zeros((kinds, wide), dtype=int)
        np.add.at(counts, (world.classes, said), 1)
        v = float(rng.normal())
        offers.append(([dict(enumerate(row.tolist())) for row in counts], v))
        ours.append(Offer(np.array([[*counts.ravel(), *[-1] * world.n]]), np.array([[v]])))
        if accepted:
            offers.append((said, v))
            ours.append(Offer(np.array([[*counts.ravel(), *said]]), np.array([[v]])))
    return offers, ours


def scripts(rng, world, kind, order):
    """For each player (the reference's script, our strategy)."""
    if kind != "frequency":
        moves = {"item-by-item": item_moves, "share-demanding": share_moves, "combinatorial": price_moves}[kind]
        drawn = [moves(rng, world, player, STAGES) for player in (ALICE, BOB)]
        return [(Script(o, r), Scripted(tuple(ours), tuple(theirs))) for o, ours, r, theirs in drawn]
    proposers = [{"alternating": t % 2, "alice": ALICE, "bob": BOB}[order] for t in range(STAGES)]
    accepts = [bool(rng.random() < 0.4) for _ in range(STAGES)]
    result = []
    for player in (ALICE, BOB):
        offers, ours = frequency_moves(rng, world, player, [a for a, i in zip(accepts, proposers, strict=True) if i == player])
        replies = []
        for accepted, i in zip(accepts, proposers, strict=True):
            if i != player:
                replies.append((accepted, [0] * world.n))
                if accepted:
                    replies += whole_replies(rng, world, 1, 0.7)
        silent = Offer(np.zeros((1, 1), int), np.zeros((1, 1)))
        result.append((Script(offers, replies), Scripted(tuple(ours) or (silent,), tuple(([a], x) for a, x in replies))))
    return result


OPTIONS = [("alternating", False), ("alternating", True), ("alice", False), ("bob", False), ("bob", True)]
# The game of Phase 2 ends a negotiation over frequencies (Section 3.3.4): it cannot reopen.
CASES = [(kind, *option) for kind in KINDS for option in OPTIONS if not (kind == "frequency" and option[1])]


@pytest.mark.parametrize(("kind", "order", "reopen"), CASES)
def test_the_engine_plays_by_the_rules_of_section_3_3(kind, order, reopen):
    """Section 3.3, rule by rule: payoffs, stages, choices, transfers and the four losses agree to 1e-12."""
    agreed = 0
    for case in range(30):
        rng = np.random.default_rng([case, list(KINDS).index(kind), len(order), reopen])
        problem, world = random_problem(rng, null=reopen or case % 3 > 0)
        assert problem.null == (-1 if world.null is None else world.null)
        plan = scripts(rng, world, kind, order)
        protocol = KINDS[kind](order=order, reopen=reopen, horizon=STAGES)
        players = [ours for _, ours in plan]
        outcomes = simulate(problem, protocol, *players, negotiations=NEGOTIATIONS, seed=case)
        drawn = Session(problem, protocol, tuple(players)).types(case, np.arange(NEGOTIATIONS))
        for row in range(NEGOTIATIONS):
            for script, _ in plan:
                script.offered = script.replied = 0
            expected = reference.play(
                world, kind, tuple(drawn[row].tolist()), (plan[0][0], plan[1][0]), horizon=STAGES, order=order, reopen=reopen
            )
            agreed += expected.stage >= 0
            assert outcomes.stage[row] == expected.stage
            assert outcomes.choices[row].tolist() == expected.choice
            assert outcomes.stages[row].tolist() == expected.when
            got = [
                *outcomes.payoffs[:, row], outcomes.transfer[row], outcomes.first_best[row],
                *(outcomes.column(f"loss_{name}")[row] for name in ("wrong", "missed", "delay", "transfer")),
            ]  # fmt: skip
            said = [
                *expected.payoff, expected.transfer, expected.first_best,
                expected.wrong, expected.missed, expected.delay, expected.transfer_wedge,
            ]  # fmt: skip
            np.testing.assert_allclose(got, said, rtol=1e-12, atol=1e-12)
    assert agreed > 30  # the comparison is not of empty negotiations


def small_support_problem(rng, prior_kind):
    utility = random_tables(rng, null=True)
    n = int(rng.integers(1, 4))
    classes = [int(c) for c in rng.integers(len(utility[0]), size=n)]
    classes[0] = len(utility[0]) - 1
    if prior_kind == "matchups":
        utility = [u[-1:] for u in utility]
        classes = [0] * n
        utility[1][:, [x for x in range(utility[1].shape[1]) if utility[1][:, x].any()]] += 6.0
    sizes = [u.shape[2] for u in utility]
    if prior_kind == "table":
        every = list(itertools.product(*(itertools.product(range(size), repeat=n) for size in sizes)))
        kept = [every[j] for j in rng.choice(len(every), size=min(len(every), 6), replace=False)]
        weights = rng.dirichlet(np.ones(len(kept)))
        prior = table([(a, b, w) for (a, b), w in zip(kept, weights, strict=True)])
    elif prior_kind == "matchups":
        prior = matchups([tuple(int(rng.integers(size)) for size in sizes) for _ in range(n)])
    else:
        prior = iid(*(rng.dirichlet(np.ones(size), size=len(utility[0])) for size in sizes))
    discount = tuple(float(d) for d in rng.uniform(0.3, 0.97, size=2))
    problem = from_tables(*utility, classes=classes, items=n, discount=discount, prior=prior)
    return problem, World([u.tolist() for u in utility], classes, discount)


def listed(problem):
    types, probability = problem.prior.support()
    return [((tuple(a), tuple(b)), p) for (a, b), p in zip(types.tolist(), probability.tolist(), strict=True)]


@pytest.mark.parametrize("prior_kind", ["iid", "table", "matchups"])
@pytest.mark.parametrize("player", [ALICE, BOB])
def test_rubinstein_demand_is_the_best_demand(prior_kind, player):
    """The definition of RubinsteinDemand, by listing all types: no demand is worth more against that responder."""
    for case in range(25):
        rng = np.random.default_rng([case, player, 7])
        problem, world = small_support_problem(rng, prior_kind)
        support = listed(problem)
        scale = problem.largest_surplus
        own_types = sorted({types[player] for types, _ in support})
        plan = RubinsteinDemand().prepare(Situation(problem, ShareDemanding(), player, 0.0), np.array(own_types))
        for own, demanded in zip(own_types, plan.private[:, 0], strict=True):
            worth = {
                v: reference.demand_worth(world, support, player, own, v)
                for v in reference.demands(world, support, player, own)
            }
            best = max(worth.values())
            assert reference.demand_worth(world, support, player, own, demanded) == pytest.approx(best, abs=1e-8 * scale)
            lowest = min(v for v, j in worth.items() if j >= best - 1e-12 * scale)  # equally good demands: the lowest
            assert demanded <= lowest + 1e-9 * scale


@pytest.mark.parametrize("player", [ALICE, BOB])
def test_rubinstein_demand_is_the_best_demand_item_by_item(player):
    """The same per item in ItemByItem, over all choices to propose."""
    compared = 0
    for case in range(25):
        rng = np.random.default_rng([case, player, 8])
        problem, world = small_support_problem(rng, "iid")
        support = listed(problem)
        quotes = item_quotes(Situation(problem, ItemByItem(), player, 0.0))
        scale = float(problem.item_surplus.max())
        for k, c in enumerate(world.classes):
            for own in range(len(world.utility[player][0][0])):
                limits = [
                    (x, v) for x in world.choices if x != world.null for v in item_limits(world, support, player, k, own, x)
                ]
                candidates = [(x, v) for x, v in limits if v >= 0]
                if not candidates:
                    continue
                candidates.append((0, 1e6))  # refused by all
                best = max(reference.item_worth(world, support, player, k, own, x, v) for x, v in candidates)
                mine = int(quotes.choice[c, own]), float(quotes.demand[c, own])
                assert reference.item_worth(world, support, player, k, own, *mine) == pytest.approx(best, abs=1e-8 * scale)
                compared += 1
    assert compared > 50


def item_limits(world, support, player, k, own, x):
    """The most that each type of the other accepts of choice x."""
    _, answers, _ = reference.rubinstein(world.discount)
    other = 1 - player
    result = []
    for theirs in {types[other][k] for types, _ in support}:
        rows = [(types, p) for types, p in support if types[other][k] == theirs]
        expected = sum(p * world.surplus(k, types[0][k], types[1][k]) for types, p in rows) / sum(p for _, p in rows)
        result.append(world.u(player, k, x, own) + world.u(other, k, x, theirs) - answers[other] * expected)
    return result
