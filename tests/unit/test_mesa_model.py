"""The Mesa model plays the negotiations that simulate() plays, on a graph, and does as Mesa's tools expect."""

import gc
import itertools
import math
import weakref
from typing import Any

import networkx as nx
import numpy as np
import pytest
from mesa.batchrunner import batch_run

from agents.model import NegotiationModel
from agents.negotiator import Idle, Negotiator
from agents.screening import Screening
from agents.society import Society
from negotiation import CannotPlay, InputError, Outcomes, exchange, from_tables, iid, matchups, simulate
from negotiation.registry import find
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

PROTOCOLS = (ItemByItem, Combinatorial, ShareDemanding, Frequency)
NAMES = ("rubinstein-demand", "concession", "zero-intelligence", "screening")
PROBLEM = exchange(3, (0.1, 8.3), (2.7, 10.1), prior=iid((0.4, 0.6), (0.3, 0.7)), discount=(0.9, 0.8))
HALF = 20


def strategy(name: str) -> Any:
    return find("strategy", name)()


def finished(**arguments: Any) -> NegotiationModel:
    model = NegotiationModel(**arguments)
    model.run_model()
    return model


def assert_same(got: Outcomes, expected: Outcomes) -> None:
    """The same bits in every column."""
    assert len(got) == len(expected)
    for name in ("totals", "stage", "choices", "stages"):
        one, other = getattr(got, name), getattr(expected, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("tremble", [0.0, 0.05])
@pytest.mark.parametrize("names", [(a, a) for a in NAMES] + [NAMES[:2], NAMES[2:], NAMES[3:] + NAMES[:1]])
def test_same_bits_as_simulate(protocol: Any, tremble: float, names: tuple[str, str]) -> None:
    """Alices play one strategy, Bobs another."""
    rules = protocol(horizon=12)
    try:
        expected = simulate(PROBLEM, rules, *map(strategy, names), negotiations=HALF, seed=7, tremble=tremble)
    except CannotPlay:
        with pytest.raises(CannotPlay):
            NegotiationModel(PROBLEM, rules, names[0], tremble=tremble, rng=7)
        return
    given = [names[0]] * HALF + [names[1]] * HALF
    model = finished(
        problem=PROBLEM, protocol=rules, strategy=given, tremble=tremble, graph="bipartite", agents=2 * HALF, rng=7
    )
    assert_same(model.outcomes(), expected)


@pytest.mark.parametrize(
    "rules",
    [
        ShareDemanding(order="random", recognition=0.3),
        Frequency(order="bob"),
        ItemByItem(reopen=True),
        ItemByItem(order="alice"),
    ],
    ids=str,
)
@pytest.mark.parametrize("tremble", [0.0, 0.02])
def test_same_bits_under_the_options_of_protocols(rules: Any, tremble: float) -> None:
    """To the full horizon of 132 stages, which simulate() leaps over and the model does not."""
    player = strategy("rubinstein-demand")
    expected = simulate(PROBLEM, rules, player, player, negotiations=30, seed=0, tremble=tremble)
    model = finished(problem=PROBLEM, protocol=rules, strategy=player, tremble=tremble, agents=60, rng=0)
    assert_same(model.outcomes(), expected)


def test_same_bits_whoever_meets_whom() -> None:
    """Every pair plays its own two strategies; what happens depends on those, the seed and its number alone."""
    names = [NAMES[k % 4] for k in range(40)]
    model = NegotiationModel(PROBLEM, ShareDemanding(), names, agents=40, rng=5)
    met = {a.number: (a.strategy, a.partner.strategy) for a in model.members if a.seat == 0 and a.partner}
    assert len(set(met.values())) > 4
    model.run_model()
    got = model.outcomes()
    for number, players in met.items():
        alone = simulate(PROBLEM, ShareDemanding(), *players, negotiations=20, seed=5)
        np.testing.assert_array_equal(got.totals[number], alone.totals[number])


def test_rounds_go_on_counting_and_draw_new_types() -> None:
    model = NegotiationModel(PROBLEM, "item-by-item", agents=21, rounds=3, tremble=0.05, rng=2)
    met, types = [], []
    while model.running:
        model.step()
        if len(met) < model.round:
            met.append({frozenset((a.index, a.partner.index)) for a in model.members if a.partner})
            types.append(np.stack([a.types for a in model.members if a.types is not None]))
    assert [len(pairs) for pairs in met] == [10, 10, 10]
    assert met[0] != met[1] != met[2]
    assert any((one != other).any() for one, other in itertools.pairwise(types))
    player = strategy("rubinstein-demand")
    expected = simulate(PROBLEM, ItemByItem(), player, player, negotiations=30, seed=2, tremble=0.05)
    assert_same(model.outcomes(), expected)
    assert sum(a.payoff for a in model.members) == pytest.approx(expected.welfare.sum(), rel=1e-12)


class Staggered(Negotiator):
    """Acts only in the steps that are its turn."""

    def act(self) -> None:
        if self.number is not None and self.model.steps % 5 == self.number % 5:
            super().act()


@pytest.mark.parametrize("tremble", [0.0, 0.05])
@pytest.mark.parametrize("name", NAMES)
def test_acting_in_turns_equals_acting_at_once(name: str, tremble: float) -> None:
    """One pair at a time at the table, by way of the agents' own act()."""
    common: dict[str, Any] = {"problem": PROBLEM, "strategy": name, "tremble": tremble, "agents": 10, "rng": 3}
    rules = ShareDemanding(horizon=8)
    together = finished(protocol=rules, **common)
    apart = finished(protocol=rules, agent_class=Staggered, step_limit=50, **common)
    assert apart.steps > 5 * (together.steps - 1)  # a stage of each pair in 5 steps
    assert_same(apart.outcomes(), together.outcomes())


def test_a_step_is_a_stage_of_all_active_pairs() -> None:
    model = NegotiationModel(PROBLEM, ItemByItem(horizon=6), tremble=0.3, agents=200, rng=1)
    while model.running:
        model.step()
        for table in model.tables:
            assert table.state is not None
            assert (table.state.stage == model.steps).all()
        assert model.active_pairs == sum(map(len, model.tables)) == sum(a.active for a in model.seated) // 2
        assert (model.outcomes().stage < model.steps).all()
        assert len(model.outcomes()) + model.active_pairs == 100
    assert model.steps <= 6


def test_a_known_surplus_is_shared_at_once() -> None:
    """Rubinstein's shares of 14 at discount 0.9."""
    rugs = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    model = NegotiationModel(rugs, agents=50, rng=1)
    model.step()
    assert not model.running
    assert (model.agreement_rate, model.efficiency) == (1.0, pytest.approx(1, rel=1e-12))
    assert (model.mean_payoff_alice, model.mean_payoff_bob) == (pytest.approx(14 / 1.9), pytest.approx(14 * 0.9 / 1.9))
    for agent in model.members:
        assert agent.payoff == pytest.approx((14 / 1.9, 14 * 0.9 / 1.9)[agent.seat or 0])


def test_an_agent_knows_its_own_types() -> None:
    """Types are those of the negotiation's number, Alice's or Bob's by seat; who has no partner has none."""
    problem = from_tables(np.eye(2), np.ones((2, 3)), items=4)
    model = NegotiationModel(problem, agents=11, rng=4)
    drawn = next(iter(model.tables)).session.types(4, np.arange(5))
    for agent in model.members:
        if agent.seat is None:
            assert (agent.types, agent.number, agent.partner, agent.active) == (None, None, None, False)
        else:
            assert agent.number is not None
            assert agent.partner is not None
            np.testing.assert_array_equal(agent.types, drawn[agent.number, agent.seat])
            assert (agent.partner.seat, agent.partner.partner) == (1 - agent.seat, agent)
    assert sum(agent.seat is None for agent in model.members) == 1


# --- society


@pytest.mark.parametrize(
    "graph", ["complete", "bipartite", "small-world", "pairs", nx.star_graph(5), nx.grid_2d_graph(4, 5)], ids=str
)
def test_matchings_are_maximal_and_along_edges(graph: Any) -> None:
    society = Society(graph, 30 if isinstance(graph, str) else None, "random", np.random.default_rng(1))
    for seed in range(5):
        pairs = society.match(np.random.default_rng(seed))
        named = [(society.nodes[a], society.nodes[b]) for a, b in pairs]
        assert all(society.graph.has_edge(a, b) for a, b in named)
        assert nx.is_maximal_matching(society.graph, set(named))


@pytest.mark.parametrize("agents", [6, 7])
def test_both_sides_of_a_bipartite_society(agents: int) -> None:
    society = Society("bipartite", agents, "random", np.random.default_rng(1))
    sides = [int((society.seats == seat).sum()) for seat in (0, 1)]
    assert sides == [agents // 2, -(-agents // 2)]
    assert len(society.graph) == agents and society.graph.number_of_edges() == sides[0] * sides[1]


def test_matchings_are_even_handed() -> None:
    """On a path of 3 edges: the middle one is taken alone when drawn first (1/3); who is Alice is a fair coin."""
    society, rng = Society(nx.path_graph(4), None, "random", np.random.default_rng(1)), np.random.default_rng(2)
    drawn = [society.match(rng) for _ in range(3000)]
    alone = np.mean([len(pairs) == 1 for pairs in drawn])
    first = np.mean([0 in pairs[:, 0] for pairs in drawn if len(pairs) == 2])
    assert abs(alone - 1 / 3) < 5 * math.sqrt(2 / 9 / 3000)
    assert abs(first - 1 / 2) < 5 * math.sqrt(1 / 4 / 2000)


def test_seats_and_strategies_of_nodes_are_respected() -> None:
    graph = nx.Graph([("b1", "s1"), ("b1", "s2"), ("s2", "b2"), ("s3", "b2")])
    nx.set_node_attributes(graph, {n: "Alice" for n in graph if n.startswith("s")}, "seat")
    nx.set_node_attributes(graph, {"b2": Screening()}, "strategy")
    model = NegotiationModel(graph=graph, rounds=10, rng=1, step_limit=500)
    while model.running:
        assert {a.node[0] for a in model.members if a.seat == 0} == {"s"}
        assert {a.node[0] for a in model.members if a.seat == 1} == {"b"}
        model.step()
    assert {a.node: a.strategy.name for a in model.members if a.node in ("b1", "b2")} == {
        "b1": "rubinstein-demand", "b2": "screening",
    }  # fmt: skip


def test_fixed_pairs_stay_in_the_order_of_the_edges() -> None:
    graph = nx.Graph([(3, 1), (0, 2)])
    model = NegotiationModel(graph=graph, matching="fixed", rounds=3, rng=1)
    seen = set()
    while model.running:
        model.step()
        seen.add(tuple((a.node, a.partner.node) for a in model.members if a.seat == 0 and a.partner))
    assert seen == {((3, 1), (0, 2))}
    assert len(model.outcomes()) == 6


def test_in_a_directed_graph_the_tail_is_alice() -> None:
    society = Society(nx.DiGraph([(5, 2), (1, 5)]), None, "random", np.random.default_rng(1))
    rng = np.random.default_rng(3)
    assert {tuple(society.nodes[k] for k in society.match(rng)[0]) for _ in range(50)} == {(5, 2), (1, 5)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"graph": nx.empty_graph(4)}, "no edges"),
        ({"graph": nx.Graph([(0, 0), (0, 1)])}, "0-0 joins an agent to itself"),
        ({"graph": nx.path_graph(3), "matching": "fixed"}, "every node on exactly one edge; 1 is on 2"),
        ({"graph": "pairs", "agents": 5, "matching": "fixed"}, "every node on exactly one edge; 4 is on 0"),
        ({"graph": "ring"}, "graph: expected .* got 'ring'"),
        ({"graph": 3}, "graph: expected .* got 3"),
        ({"graph": nx.path_graph(3), "agents": 4}, "agents: the graph has 3 nodes"),
        ({"matching": "best"}, "matching: expected one of random, fixed"),
        ({"agents": 1}, "agents: expected a whole number of at least 2"),
        ({"rounds": 0}, "rounds: expected"),
        ({"protocol": "shouting"}, "unknown protocol 'shouting'"),
        ({"strategy": "bluff"}, "unknown strategy 'bluff'"),
        ({"strategy": ["linear"] * 3, "agents": 4}, "one for each of 4 agents, got 3"),
        ({"strategy": 5}, "strategy: expected"),
        ({"protocol": 5}, "protocol: expected"),
        ({"problem": PROBLEM, "items": 3}, "leave those arguments out"),
        ({"tremble": 1.5}, "tremble: expected a probability"),
        ({"rng": -1}, "rng: expected"),
        ({"rng": "1"}, "rng: expected"),
        ({"agent_class": Idle}, "step_limit: Idle agents never finish"),
    ],
)
def test_wrong_arguments_get_one_clear_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        NegotiationModel(**{"rng": 1, **arguments})
    assert "\n" not in str(caught.value)


def test_seats_that_cannot_meet_are_refused() -> None:
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, "bob", "seat")
    with pytest.raises(InputError, match="0-1 joins two agents with the same seat"):
        NegotiationModel(graph=graph)
    nx.set_node_attributes(graph, "judge", "seat")
    with pytest.raises(InputError, match="seat of node 0 should be 'alice' or 'bob', got 'judge'"):
        NegotiationModel(graph=graph)


# --- Mesa


@pytest.mark.parametrize("make", [lambda: 9, lambda: np.random.SeedSequence(9), lambda: np.random.default_rng(9)])
def test_the_same_rng_is_the_same_run(make: Any) -> None:
    """... whatever its kind; and the seed of the negotiations is known."""
    one, other = (finished(rng=make(), tremble=0.01, graph="small-world", rounds=2) for _ in range(2))
    assert_same(one.outcomes(), other.outcomes())
    np.testing.assert_array_equal(one.partners, other.partners)
    player = strategy("rubinstein-demand")
    count = len(one.outcomes())
    again = simulate(exchange(4), ShareDemanding(), player, player, negotiations=count, seed=one.negotiation_seed, tremble=0.01)
    assert_same(one.outcomes(), again)


def test_seed_sequences_with_the_same_number_agree_and_spawned_ones_differ() -> None:
    root = np.random.SeedSequence(9)
    assert NegotiationModel(rng=root).negotiation_seed == NegotiationModel(rng=np.int64(9)).negotiation_seed == 9
    assert len({NegotiationModel(rng=child).negotiation_seed for child in root.spawn(4)}) == 4


def test_batch_run_reports_what_a_run_does() -> None:
    rows = batch_run(
        NegotiationModel,
        {
            "rng": [1, 2],
            "strategy": ["rubinstein-demand", "linear"],
            "graph": "bipartite",
            "agents": 30,
            "items": 2,
            "rounds": 2,
        },
        display_progress=False,
    )
    assert len(rows) == 4
    for row in rows:
        model = finished(rng=row["rng"], strategy=row["strategy"], graph="bipartite", agents=30, items=2, rounds=2)
        summary = model.outcomes().summary()
        assert row["Step"] == model.steps - 1
        assert row["round"] == 2
        assert row["active_pairs"] == 0
        assert row["agreement_rate"] == summary.mean("agreed")
        assert row["efficiency"] == pytest.approx(summary.efficiency.mean)
        assert row["mean_payoff_alice"] == pytest.approx(summary.mean("payoff_alice"))
        assert row["mean_payoff_bob"] == pytest.approx(summary.mean("payoff_bob"))


def test_a_row_is_collected_for_each_step_and_none_after_the_end() -> None:
    model = finished(agents=40, tremble=0.2, rounds=2, rng=1, report_agents=True)
    steps = model.steps
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == steps
    assert frame["active_pairs"].iloc[-1] == 0
    agents = model.datacollector.get_agent_vars_dataframe()
    assert agents.loc[steps, "payoff"].tolist() == [a.payoff for a in model.members]
    model.step()
    assert len(model.datacollector.get_model_vars_dataframe()) == steps
    assert len(model.outcomes()) == 40


def test_before_anything_is_over_there_is_nothing_to_report() -> None:
    model = NegotiationModel(rng=1)
    assert len(model.outcomes()) == 0
    assert math.isnan(model.efficiency)
    assert model.active_pairs == 50


def test_models_are_released() -> None:
    """Mesa's own counters would keep each of them alive."""
    gone = [weakref.ref(finished(agents=4, rng=k)) for k in range(3)]
    gc.collect()
    assert [ref() for ref in gone] == [None] * 3


def test_idle_agents_do_nothing_for_as_many_steps_as_told() -> None:
    model = finished(agents=20, agent_class=Idle, step_limit=3, rng=1)
    assert (model.steps, model.active_pairs, len(model.outcomes())) == (3, 10, 0)
    assert all(a.active and a.payoff == 0 for a in model.members)


def test_strategies_may_change_between_rounds() -> None:
    model = NegotiationModel(PROBLEM, agents=20, rounds=2, rng=6)
    while model.tables or model.round < 1:
        model.step()
    linear = strategy("linear")
    model.agents.do(lambda agent: setattr(agent, "strategy", linear))
    model.run_model()
    expected = simulate(PROBLEM, ShareDemanding(), linear, linear, negotiations=20, seed=6)
    np.testing.assert_array_equal(model.outcomes().totals[10:], expected.totals[10:])
