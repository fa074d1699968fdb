"""Gambit and OpenSpiel, where installed, read our .efg files as the same games and evaluate totally mixed profiles alike.

Gambit's regret at an information set is that of one action, the profile played afterwards; OpenSpiel's best response is to the
profile before the play begins, and NashConv the sum of both players' gains. Neither knows trembles."""

from contextlib import suppress

import numpy as np
import pytest

from experiments import bench_equilibrium
from negotiation import exchange, iid
from negotiation.equilibrium import extensive_form, game_tree, read_efg, write_efg
from negotiation.equilibrium.form_values import action_values, gains, node_beliefs, node_values
from protocols import Combinatorial, Frequency, ItemByItem

NEAR = {"rel": 0, "abs": 1e-9}
SIGNALS = """EFG 2 R "signals" { "Alice" "Bob" } "payoffs at inner nodes, fractions, and descriptions left out"
c "" 1 "" { "low" 1/3 "high" 2/3 } 1 "entry" { 1/2 -1/7 }
p "" 1 1 "low" { "say" "hush" } 0
p "" 2 1 "said" { "yes" "no" } 2 "cost" { -.25 0 }
t "" 3 "" { 5 -1 }
t "" 4 "" { 0 0 }
t "" 4
p "" 1 2 "high" { "say" "hush" } 0
p "" 2 1 "said" { "yes" "no" } 0
t "" 5 "" { 3 10/3 }
t "" 4
t "" 6 "" { 1 1 }
"""


def games():
    """Extensive forms: Example 3's game, chance drawing the proposer, a second phase, several items, whole decisions."""
    problem = exchange(1, (0, 8), (10,), prior=iid((0.1, 0.9), (1,)), discount=(0.8, 0.8))
    yield "example 3", extensive_form(game_tree(problem, ItemByItem(), grid=(0, 10, 1), horizon=2))
    sided = exchange(1, (0, 8), (2, 10), prior=iid((0.3, 0.7), (0.45, 0.55)), discount=(0.8, 0.9))
    yield "chance", extensive_form(game_tree(sided, ItemByItem(order="random"), grid=(0, 10, 5), horizon=2))
    thirds = exchange(1, (0, 8), (2, 10), prior=iid((1 / 3, 2 / 3), (2 / 3, 1 / 3)))
    yield "frequencies", extensive_form(game_tree(thirds, Frequency(), grid=(0, 10, 5), horizon=1))
    yield "two items", extensive_form(game_tree(exchange(2), ItemByItem(), grid=(0, 10, 10), horizon=1), labels=False)
    yield "whole decisions", extensive_form(game_tree(sided, Combinatorial(), grid=(0, 10, 10), horizon=1))


NAMES = [name for name, _ in games()] + ["signals"]


@pytest.fixture(params=NAMES)
def case(request, tmp_path):
    """(form, the path of its file, a totally mixed profile)."""
    path = tmp_path / "game.efg"
    if request.param == "signals":
        (tmp_path / "signals.efg").write_text(SIGNALS)
        form = read_efg(tmp_path / "signals.efg")
    else:
        form = dict(games())[request.param]
    write_efg(form, path)
    rng = np.random.default_rng(NAMES.index(request.param))
    lots = rng.gamma(1.0, size=form.choices) + 0.05
    return form, path, lots / np.bincount(form.set_of, lots)[form.set_of]


def compare_with_gambit(gambit, form, path, profile):
    game = gambit.read_efg(str(path))
    nodes, stack = [], [game.root]
    while stack:
        nodes.append(stack.pop())
        stack.extend(reversed(list(nodes[-1].children)))
    assert len(nodes) == form.nodes
    theirs = game.mixed_behavior_profile()
    sets = {}
    for node, at in zip(nodes, form.infoset.tolist(), strict=True):
        if at >= 0:
            assert sets.setdefault(at, node.infoset) == node.infoset
            assert list(game.players).index(node.player) == form.owner[at]
        else:
            assert node.is_terminal or node.player.is_chance
    assert len(sets) == len(form.owner) == len(list(game.infosets))
    for at, infoset in sets.items():
        for a, action in enumerate(infoset.actions):
            theirs[action] = profile[form.first[at] + a]
    ours, belief, action_value = (f(form, profile) for f in (gains, node_beliefs, action_values))
    assert [theirs.payoff(player) for player in game.players] == pytest.approx(ours.value.tolist(), **NEAR)
    paid = np.array([_paid(node, game.players) for node in nodes])
    np.testing.assert_allclose(paid[form.ends], form.payoff, rtol=0, atol=1e-9)
    before = np.zeros(len(sets))  # Gambit's values at an information set leave out what was paid up to it
    np.add.at(before, form.infoset[form.deciding], (belief[:, None] * paid)[form.deciding, form.mover[form.deciding]])
    for at, infoset in sets.items():
        assert theirs.infoset_regret(infoset) == pytest.approx(ours.one_step[at], **NEAR)
        for a, action in enumerate(infoset.actions):
            assert theirs.action_value(action) == pytest.approx(action_value[form.first[at] + a] - before[at], **NEAR)
    for number in form.deciding.tolist():
        assert theirs.belief(nodes[number]) == pytest.approx(belief[number], **NEAR)


def _paid(node, players):
    """The payoffs attached to a node and those above it."""
    total = np.zeros(2)
    while node is not None:
        with suppress(KeyError, TypeError):  # it has none
            total += [float(node.outcome[player]) for player in players]
        node = node.parent
    return total


def test_gambit_agrees(case):
    gambit = pytest.importorskip("pygambit")
    if int(gambit.__version__.split(".")[0]) >= 17:
        pytest.skip("its interface for profiles is another one from version 17 on")
    compare_with_gambit(gambit, *case)


def test_gambit_reads_what_is_left_out(tmp_path):
    """Our reader and Gambit's, on a file that neither of us wrote."""
    gambit = pytest.importorskip("pygambit")
    path = tmp_path / "signals.efg"
    path.write_text(SIGNALS)
    compare_with_gambit(gambit, read_efg(path), path, np.array([0.3, 0.7, 0.9, 0.1, 0.6, 0.4]))


def test_openspiel_agrees(case):
    pyspiel = pytest.importorskip("pyspiel")
    form, path, profile = case
    game = pyspiel.load_efg_game(path.read_text())
    states, stack = [], [game.new_initial_state()]
    while stack:
        states.append(stack.pop())
        stack.extend(states[-1].child(a) for a in reversed(_actions(states[-1])))
    assert len(states) == form.nodes
    policy, names = {}, {}
    for number, state in enumerate(states):
        at = form.infoset[number]
        if at >= 0:
            key = state.information_state_string()
            assert state.current_player() == form.owner[at]
            assert names.setdefault(key, at) == at
            first, many = form.first[at], form.actions[at]
            policy[key] = sorted(zip(_actions(state), profile[first : first + many].tolist(), strict=True))
        elif state.is_terminal():
            assert state.returns() == pytest.approx(node_values(form, profile)[number].tolist(), **NEAR)
        else:
            drawn = [p for _, p in sorted(state.chance_outcomes())]
            assert drawn == pytest.approx(form.chance[form.parent == number].tolist(), **NEAR)
    assert len(names) == len(form.owner)
    ours = gains(form, profile)
    for player in (0, 1):
        reply = pyspiel.TabularBestResponse(game, player, policy)
        assert reply.value_from_state(states[0]) == pytest.approx(ours.best[player], **NEAR)
    assert pyspiel.nash_conv(game, policy) == pytest.approx(ours.nash.sum(), **NEAR)


def _actions(state):
    """The actions at a state, in the order of the file."""
    if state.is_terminal():
        return []
    if state.is_chance_node():
        return sorted(a for a, _ in state.chance_outcomes())
    return state.legal_actions()


def test_the_benchmark_runs_them():
    """The profiles that come back from their processes are as good by our evaluator as by their own."""
    pytest.importorskip("pygambit")
    pytest.importorskip("pyspiel")
    rows = {row.solver.split(" (")[0]: row for row in bench_equilibrium.run((1,), repeats=1, limit=20)}
    assert rows["OpenSpiel CFR+"].nash_conv <= bench_equilibrium.NASHCONV
    assert rows["OpenSpiel CFR+"].trembled_nash_conv >= 0
    assert rows["pygambit logit"].nash_conv <= 2 * 0.001 * 10  # asked for: regrets of 0.001 of the range of payoffs
    assert rows["pygambit logit"].seconds > 0
