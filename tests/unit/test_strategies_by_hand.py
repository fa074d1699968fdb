"""What the built-in strategies demand, accept and learn, computed by loops from the sentences that describe them."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from agents import Boulware, Conceder, Concession, RubinsteinDemand, Screening
from agents.belief_player import BeliefPlayer
from agents.quotes import best_quote, highest, item_quotes
from agents.screening import hypotheses, quote
from agents.tree_player import TreePlayer
from negotiation import exchange, from_tables, iid
from negotiation.equilibrium import game_tree
from negotiation.equilibrium.profiles import uniform
from negotiation.errors import RuleBroken
from negotiation.play import Session, Witness, play
from negotiation.protocol import Grid
from negotiation.table import HEARD, REFUSED, Offer, Reply
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding
from protocols.combinatorial import price

RUGS = exchange(3, (0, 3, 8), (2, 6, 10), prior=iid((0.2, 0.3, 0.5), (0.5, 0.1, 0.4)), discount=(0.8, 0.6))
PROTOCOLS = [ItemByItem(), ShareDemanding(), ItemByItem(order="random", recognition=0.3), ShareDemanding(order="bob")]
ROWS = 20


def views(strategy, protocol, tremble=0.0, stage=0, problem=RUGS):
    """What Alice and Bob see, each with this strategy, at a stage before which nothing happened."""
    session = Session(problem, protocol, (strategy, strategy), tremble)
    table = session.table(3, np.arange(ROWS))
    table.stage[:] = stage
    return [table.view(situation, slice(None)) for situation in session.situations]


@pytest.mark.parametrize("protocol", PROTOCOLS[:2], ids=lambda p: p.name)
@pytest.mark.parametrize("strategy", [Concession(), Boulware(deadline=7), Conceder(deadline=3)], ids=lambda s: s.name)
def test_concession(protocol, strategy):
    """At stage t the share 1 - (t / T)^(1 / e) of the most that is possible, and it accepts what it would demand next."""
    for stage in (0, 1, 2, strategy.deadline - 1, strategy.deadline, strategy.deadline + 3):
        for view in views(strategy, protocol, stage=stage):
            most = highest(view.situation, view.types)
            asked, least = strategy.demand(view)[1], strategy.reserve(view)
            for found, t in ((asked, stage), (least, stage + 1)):
                share = 1 - min(1.0, t / strategy.deadline) ** (1 / strategy.exponent)
                np.testing.assert_allclose(found, most * share)


def demand_worth(v, thresholds, surplus, belief, waiting):
    """J(v) = v P(a >= v) + w E[s; a < v]."""
    return sum(q * (v if a >= v else waiting * s) for a, s, q in zip(thresholds, surplus, belief, strict=True))


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.name} {p.order}")
def test_screening_quotes_what_pays_best(protocol):
    player, rng = Screening(), np.random.default_rng(4)
    for view in views(player, protocol):
        threshold, surplus, belief = hypotheses(view)
        belief[:] = rng.dirichlet(np.ones(belief.shape[-1]), belief.shape[:2]) * rng.choice([0, 1], belief.shape, p=[0.2, 0.8])
        waiting = view.situation.shares.waiting[view.player]
        demand, value = quote(view)
        np.testing.assert_array_equal(player.demand(view)[1], demand)
        order = protocol.order
        first = {"alternating": 1.0, "alice": 1.0 - view.player, "bob": float(view.player)}
        chance = first.get(order, protocol.recognition if view.player == 0 else 1 - protocol.recognition)
        np.testing.assert_allclose(player.reserve(view), view.discount[view.player] * chance * value)
        for r, u in np.ndindex(demand.shape):
            a, s, q = threshold[r, u], surplus[r, u], belief[r, u]
            assert (np.diff(a) >= 0).all()
            worth = {v: demand_worth(v, a, s, q, waiting) for v, p in zip(a, q, strict=True) if v >= 0 and p > 0}
            if worth:
                assert value[r, u] == pytest.approx(max(worth.values()))
                assert worth[demand[r, u]] == pytest.approx(max(worth.values()))
            else:
                assert demand[r, u] == value[r, u] == 0


@pytest.mark.parametrize("protocol", PROTOCOLS[:2], ids=lambda p: p.name)
@pytest.mark.parametrize("event", [HEARD, REFUSED])
@pytest.mark.parametrize("tremble", [0.0, 0.3])
def test_screening_learns_by_bayes_rule(protocol, event, tremble):
    player, rng = Screening(), np.random.default_rng(5)
    for view in views(player, protocol, tremble):
        threshold, surplus, belief = (x.copy() for x in hypotheses(view))
        gain = rng.uniform(0.1, 9, belief.shape[:2])
        units = rng.random(gain.shape) < 0.7
        news = player.learn(view, event, gain, None, units)
        after = hypotheses(view).belief
        share = view.situation.shares.answering[view.player]
        for r, u in np.ndindex(gain.shape):
            likely = []
            for a, s in zip(threshold[r, u], surplus[r, u], strict=True):
                if event == HEARD:
                    meant = 1 / (share * s) if 0 < gain[r, u] <= share * s else 0.0
                    likely.append((1 - tremble) * meant + tremble / view.problem.largest_surplus)
                else:
                    likely.append((1 - tremble) * (a < gain[r, u]) + tremble / 2)
            joint = belief[r, u] * likely
            learns = joint.sum() > 0 and (event == HEARD or units[r, u])
            expected = joint / joint.sum() if learns else belief[r, u]
            np.testing.assert_allclose(after[r, u], expected, atol=1e-12)
        np.testing.assert_array_equal(news, (np.abs(after - belief) > 1e-12).any(axis=(1, 2)))


def test_screening_says_what_surplus_it_expects():
    for protocol, player in itertools.product(PROTOCOLS[:2], (0, 1)):
        view = views(Screening(), protocol)[player]
        told, (_, surplus, belief) = Screening().beliefs(view), hypotheses(view)
        expected = (belief[0] * surplus[0]).sum(axis=-1)
        np.testing.assert_allclose(list(told.values()), expected)
        law = item_quotes(view.situation)
        means = [float(law.probability[0, t] @ law.surplus[0, t]) for t in view.types[0]]
        assert sum(told.values()) == pytest.approx(sum(means), rel=0.02)  # groups of values keep means


@pytest.mark.parametrize("seed", range(20))
def test_the_best_quote(seed):
    rng = np.random.default_rng(seed)
    a, s, q = rng.integers(-3, 6, 7).astype(float), rng.uniform(0, 9, 7), rng.dirichlet(np.ones(7))
    waiting = rng.uniform(0, 0.9)
    demand, value = best_quote(a, s, q, waiting, 10.0)
    worth = {v: demand_worth(v, a, s, q, waiting) for v in a if v >= 0}
    assert value == pytest.approx(max(worth.values()))
    assert demand == min(v for v, w in worth.items() if w >= value - 1e-9)
    assert best_quote(-1 - np.abs(a), s, q, waiting, 10.0) == (0.0, pytest.approx(waiting * float(q @ s)))


@pytest.mark.parametrize("player", [0, 1])
def test_item_quotes_by_loops(player):
    """Choice, demand and value of single items for every own type: trade at the best of the thresholds, or not at all."""
    view = views(RubinsteinDemand(), ItemByItem())[player]
    quotes, shares = item_quotes(view.situation), view.situation.shares
    own, other = RUGS.utility[player][0], RUGS.utility[1 - player][0]
    prior = [np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.1, 0.4])]
    for t in range(3):
        surplus = np.array([max(own[x, t] + other[x, h] for x in range(2)) for h in range(3)])
        expected = [sum(prior[player][k] * max(own[x, k] + other[x, h] for x in range(2)) for k in range(3)) for h in range(3)]
        trade = int(RUGS.proposals[0])
        limits = [own[trade, t] + other[trade, h] - shares.answering[1 - player] * expected[h] for h in range(3)]
        worth = {v: demand_worth(v, limits, surplus, prior[1 - player], shares.waiting[player]) for v in limits if v >= 0}
        nothing = shares.waiting[player] * float(prior[1 - player] @ surplus)
        if worth and max(worth.values()) > nothing + 1e-9:
            assert quotes.value[0, t] == pytest.approx(max(worth.values()))
            assert worth[quotes.demand[0, t]] == pytest.approx(quotes.value[0, t])
        else:
            assert quotes.value[0, t] == pytest.approx(nothing)
            assert quotes.demand[0, t] == pytest.approx(max(0.0, *(own[trade, t] + other[trade])))
        assert quotes.upper[0, t] == pytest.approx(max(0.0, *(own[x, t] + other[x, h] for x in range(2) for h in range(3))))
        assert quotes.reserve[0, t] == pytest.approx(shares.answering[player] * float(prior[1 - player] @ surplus))


def test_demands_once_part_of_the_items_are_decided():
    """The Rubinstein share of what one's own types let expect of the items still open."""
    protocol = ShareDemanding(reopen=True)
    for view in views(RubinsteinDemand(), protocol):
        quotes, share = item_quotes(view.situation), view.situation.shares.offering[view.player]
        view.open = np.random.default_rng(1).random(view.open.shape) < 0.6
        demand = RubinsteinDemand().demand(view)[1][:, 0]
        mean = (quotes.probability * quotes.surplus).sum(axis=-1)[0]
        for r in range(ROWS):
            left = [mean[t] for t, still in zip(view.types[r], view.open[r], strict=True) if still]
            if len(left) < 3:
                assert demand[r] == pytest.approx(share * sum(left))


# --- players of solutions


def test_beliefs_are_moved_by_the_nearest_offer_and_go_on_beyond_the_last_stage():
    """Stages beyond the solution's repeat its last two, whoever offers; an offer is taken for the nearest that is listed."""
    moved = []

    def move(stage, points, number, refused, lots):
        moved.append(number)
        return points

    transfers = np.arange(2.0, 11.0, 2.0)  # 2, 4, ..., 10
    for last in (3, 4):
        solution = SimpleNamespace(stages=range(last), offers=np.stack([transfers * 0, transfers], axis=1), move=move)
        player = BeliefPlayer(solution)
        stage = np.arange(9)
        view = SimpleNamespace(
            stage=stage, types=np.zeros((9, 1), dtype=int), open=np.ones((9, 1), dtype=bool), memory=np.zeros((9, 2)),
            draw_public=lambda count, slot: np.zeros((9, 1)),
        )  # fmt: skip
        for items in player._open(view):
            for row in items.row:
                assert items.stage == (row if row < last else last - 2 + (row - last) % 2)
                assert row < last or (items.stage - row) % 2 == 0
        (items, *_) = player._open(view)
        for asked, nearest in ((2.0, 0), (3.1, 1), (4.9, 1), (9.2, 4), (-7.0, 0), (99.0, 4)):
            offer = SimpleNamespace(p=np.full((9, 1), asked))
            number, _ = player._heard(view, offer, items)
            assert (number == nearest).all() and (moved[-1] == nearest).all()


@pytest.mark.parametrize("order", ["alternating", "random"])
def test_beyond_its_tree_a_player_knows_no_history(order):
    """A tree of one stage played for three: once it is over the memory stays empty, and the last offers are made again."""
    problem = exchange(1, (0, 8), (2, 10), discount=(0.8, 0.6))
    rules = ItemByItem(order=order, grid=Grid(0, 10, 5), horizon=1)
    tree = game_tree(problem, rules, horizon=1, tremble=0.0)
    chosen = [p.copy() for p in uniform(tree)]
    for layer, p in zip(tree.layers, chosen, strict=True):
        if layer.kind == "reply":  # nobody accepts
            p[:] = 0.0
            p[:, 0] = 1.0
        if layer.kind == "offer":
            p[:] = 0.0
            p[:, 2] = 1.0
    player = TreePlayer(tree, chosen, True)
    session = Session(problem, ItemByItem(order=order, grid=Grid(0, 10, 5), horizon=3), (player, player))
    seen = []

    def offer(view, rows, made, phase):
        stage = int(view.stage[0])
        seen.append(stage)
        if stage > 0:
            assert (view.memory < 0).all()
        if order == "random" or view.player == 0:  # Bob makes no offers in the first stage of alternating ones
            assert (made.p == 10.0).all()

    numbers = np.arange(30)
    play(session, session.table(2, numbers), numbers, Witness(offer, lambda *_: None))
    assert set(seen) == {0, 1, 2}


# --- best replies and refusals


@pytest.mark.parametrize("form", ["additive", "number", "table"])
@pytest.mark.parametrize("player", [0, 1])
def test_the_best_reply_where_some_items_are_decided(form, player):
    """Of all joint choices of the open items, the others at the null choice, none is worth more."""
    rng = np.random.default_rng(7)
    tables = [np.concatenate([np.zeros((1, 2)), rng.normal(size=(2, 2))]) for _ in range(2)]
    problem = from_tables(*tables, items=3, prior=iid())
    protocol = Combinatorial(form=form, reopen=True)
    view = views(RubinsteinDemand(), protocol, problem=problem)[player]
    view.open = rng.random(view.open.shape) < 0.6
    code, width = {"additive": (0, 10), "number": (1, 4), "table": (2, 27)}[form]
    offer = Offer(np.full((ROWS, 1), code), rng.normal(size=(ROWS, width)))
    reply, gain, _ = protocol.best_reply(view, offer, 0)
    for r in range(ROWS):
        one = view.at(np.array([r]))
        worth = {}
        for pick in itertools.product(range(3), repeat=3):
            if all(x == 0 or still for x, still in zip(pick, view.open[r], strict=True)):
                chosen = np.array([pick])
                own = sum(tables[player][x, t] for x, t in zip(pick, view.types[r], strict=True))
                worth[pick] = own - (-1, 1)[player] * float(price(one, offer.at(np.array([r])), chosen)[0])
        picked = tuple(int(x) if still else 0 for x, still in zip(reply.pick[r], view.open[r], strict=True))
        assert worth[picked] == pytest.approx(max(worth.values()))
        assert gain[r, 0] == pytest.approx(worth[picked])


class Spoilt(RubinsteinDemand):
    """Answers announcements with a choice that there is not."""

    name = "spoilt"

    def respond(self, view, offer, phase):
        reply, news = super().respond(view, offer, phase)
        return (Reply(reply.accept, reply.pick + 99), None) if phase > 0 else (reply, news)


@pytest.mark.parametrize(("order", "who"), [("alice", "Bob"), ("bob", "Alice")])
def test_who_breaks_the_rules_of_the_second_phase_is_named(order, who):
    problem = exchange(2, discount=(0.9, 0.9))
    session = Session(problem, Frequency(order=order), (Spoilt(), Spoilt()))
    numbers = np.arange(20)
    with pytest.raises(RuleBroken, match=f"{who}.*response|response.*{who}"):
        play(session, session.table(1, numbers), numbers)


def test_prices_in_words():
    """The constant is the price of the null choice for everything, the others what each choice adds to it."""
    rng = np.random.default_rng(9)
    tables = [np.concatenate([rng.normal(size=(1, 2)), np.zeros((1, 2)), rng.normal(size=(1, 2))]) for _ in range(2)]
    problem = from_tables(*tables, items=2, prior=iid())
    assert problem.null == 1
    view = views(RubinsteinDemand(), Combinatorial(), problem=problem)[0].at(np.array([0]))
    offer = Offer(np.array([[0]]), rng.normal(size=(1, 7)))
    told = Combinatorial().describe_offer(problem, 0, offer, 0)
    nothing = float(price(view, offer, np.array([[1, 1]]))[0])
    assert told.startswith(f"price {nothing:.6g} plus ")
    for k, x in itertools.product(range(2), (0, 2)):
        pick = np.array([[1, 1]])
        pick[0, k] = x
        assert f"{problem.choices[x]} {float(price(view, offer, pick)[0]) - nothing:+.4g}" in told


@pytest.mark.parametrize("seed", range(4))
def test_ranges_of_transfers_by_listing(seed):
    """All prices at which somebody, of any types, gets from 0 to the largest surplus (item by item: gets nothing)."""
    rng = np.random.default_rng(seed)
    tables = rng.uniform(-3, 3, (2, 2, 3, 2))  # players, classes, choices, types
    tables[:, :, 0] = 0
    problem = from_tables(*tables, classes=(0, 1, 1), items=3)
    most, kinds, classes = problem.largest_surplus, (0, 1), (0, 1, 1)
    prices = []
    for types, choices in itertools.product(itertools.product(kinds, repeat=3), itertools.product(range(3), repeat=3)):
        own = [sum(table[c, x, t] for c, x, t in zip(classes, choices, types, strict=True)) for table in tables]
        prices += [sign * (v - worth) for sign, worth in zip((1, -1), own, strict=True) for v in (0, most)]
    assert Combinatorial().transfer_range(problem) == pytest.approx((min(prices), max(prices)))
    single = [sign * -table[c, x, t] for sign, table in zip((1, -1), tables, strict=True) for c, x, t in np.ndindex(2, 3, 2)]
    assert ItemByItem().transfer_range(problem) == pytest.approx((min(single), max(single)))
