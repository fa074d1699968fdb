"""Extensive forms and .efg files: what is read is what was written, and two methods evaluate it alike; published games."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation import exchange, iid, matchups
from negotiation.equilibrium import ExtensiveForm, Supplied, check, extensive_form, game_tree, read_efg, write_efg
from negotiation.equilibrium.efg_parsing import parse_efg
from negotiation.equilibrium.form_values import action_values, gains, nash_gains, node_beliefs, node_values
from negotiation.equilibrium.profiles import random, trembled, uniform
from negotiation.equilibrium.tree_forms import floors, form_profile, set_stages, tree_profile
from negotiation.equilibrium.values import bayes, evaluate
from negotiation.errors import CannotPlay, InputError
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

ARRAYS = ("parent", "action", "mover", "infoset", "payoff", "owner", "actions")


def example_3(**options):
    """Cost 0 or 8, value 10, prices 0..10, delta 0.8 (Example 3)."""
    problem = exchange(1, (0, 8), (10,), prior=iid((0.1, 0.9), (1,)), discount=(0.8, 0.8))
    return game_tree(problem, ItemByItem(), grid=(0, 10, 1), **options)


def correlated(**options):
    problem = exchange(2, discount=(0.9, 0.7), prior=matchups([(0, 2), (8, 10)]))
    return game_tree(problem, ItemByItem(), grid=(0, 10, 5), **options)


TREES = {
    "example 3, one offer": lambda: example_3(horizon=1, tremble=0.01),
    "example 3": lambda: example_3(horizon=3, tremble=0.01),
    "items one by one": lambda: game_tree(exchange(2), ItemByItem(), grid=(0, 10, 5), horizon=2, tremble=0.1),
    "chance proposers": lambda: game_tree(exchange(1), ItemByItem(order="random"), grid=(0, 10, 5), horizon=2, tremble=0.1),
    "whole decisions": lambda: game_tree(exchange(2), Combinatorial(), grid=(0, 20, 20), horizon=2, tremble=0.1),
    "frequencies": lambda: game_tree(exchange(2), Frequency(), grid=(0, 10, 10), horizon=1, tremble=0.1),
    "shares": lambda: game_tree(exchange(2), ShareDemanding(), grid=(0, 10, 5), horizon=1),
    "correlated": lambda: correlated(horizon=1, tremble=0.2),
}


def settled(tree, player):
    """What a player has already got at each history (H, T), time-0 utils; the form's payoffs count it."""
    total = np.zeros((tree.histories, len(tree.types[player])))
    for history in range(1, tree.histories):
        edge = tree.origin[history]
        total[history] = total[tree.path(history)[-1][1]] + tree.gain[player][edge]
    return total


def compare_methods(tree, form, seed):
    """Values, beliefs, action values and best replies of a random profile, on the tree and on the form."""
    profile = random(tree, np.random.default_rng(seed))
    choices = form_profile(tree, profile)
    ours, theirs, beliefs = evaluate(tree, profile), gains(form, choices, floors(tree)), bayes(tree, profile)
    own = [(i, k, layer) for i in (0, 1) for k, layer in enumerate(tree.layers) if layer.player == i]

    def flat(arrays):
        return np.concatenate([np.zeros(0), *(np.ravel(array) for array in arrays)])

    scale = tree.scale
    near = {"rtol": 0, "atol": 1e-10 * scale}
    past = [settled(tree, i) for i in (0, 1)]
    for mine, of_tree in ((theirs.value_at, ours.value), (theirs.best_at, ours.best)):
        expected = flat(of_tree[i][layer.histories] + past[i][layer.histories] for i, _, layer in own)
        np.testing.assert_allclose(mine, expected, **near)
    for mine, of_layer in ((theirs.action, ours.played), (theirs.best_action, ours.action)):
        expected = flat((of_layer[k] + past[i][layer.histories][:, None]).transpose(0, 2, 1) for i, k, layer in own)
        np.testing.assert_allclose(mine, expected, **near)
    np.testing.assert_allclose(action_values(form, choices), theirs.action, **near)
    start = [float((ours.value[i][0] * tree.marginal[i]).sum()) for i in (0, 1)]
    np.testing.assert_allclose(theirs.value, start, **near)
    np.testing.assert_allclose(node_values(form, choices)[0], start, **near)
    belief = node_beliefs(form, choices)
    at, nodes = form.infoset[form.deciding], form.deciding
    by_set = belief[nodes[np.argsort(at, kind="stable")]]  # within a set nodes come in the order of the other's types
    expected = np.concatenate([beliefs.of(i, layer)[beliefs.of(i, layer) > 0] for i, _, layer in own])
    np.testing.assert_allclose(by_set, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", TREES)
def test_what_is_read_is_what_was_written(name, tmp_path):
    tree = TREES[name]()
    form = extensive_form(tree)
    assert form.nodes == tree.size
    write_efg(tree, tmp_path / "game.efg")
    again = read_efg(tmp_path / "game.efg")
    for array in ARRAYS:
        assert np.array_equal(getattr(form, array), getattr(again, array)), array
    np.testing.assert_allclose(again.chance, form.chance, rtol=0, atol=1e-15)
    assert (again.title, again.comment, again.players, again.labels) == (form.title, form.comment, form.players, form.labels)
    assert tree.continuation.name in again.comment
    compare_methods(tree, again, seed=1)


def test_a_form_without_labels_is_the_same_game(tmp_path):
    tree = TREES["items one by one"]()
    write_efg(extensive_form(tree, labels=False), tmp_path / "game.efg")
    again = read_efg(tmp_path / "game.efg")
    assert all(np.array_equal(getattr(extensive_form(tree), array), getattr(again, array)) for array in ARRAYS)
    assert again.labels.actions[0] == tuple(str(a + 1) for a in range(again.actions[0]))


@settings(max_examples=25, deadline=None)
@given(
    protocol=st.sampled_from([ItemByItem(), ItemByItem(order="random"), Combinatorial(), Frequency(), ShareDemanding()]),
    items=st.integers(1, 2),
    horizon=st.integers(1, 2),
    odds=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    high=st.floats(0.05, 0.95),
    discount=st.tuples(st.floats(0.3, 0.99), st.floats(0.3, 0.99)),
    tremble=st.sampled_from([0.0, 0.03, 0.5]),
    seed=st.integers(0, 2**32 - 1),
)
def test_two_methods_agree_on_random_games(protocol, items, horizon, odds, high, discount, tremble, seed):
    share = odds[0] / sum(odds)
    problem = exchange(items, (0, 7.3), (2, 10.1), discount=discount, prior=iid((share, 1 - share), (high, 1 - high)))
    tree = game_tree(problem, protocol, grid=(0, 10, 10), horizon=1 if items == 2 else horizon, tremble=tremble)
    form = extensive_form(tree)
    text = _written(tree)
    again = parse_efg(text)
    assert all(np.array_equal(getattr(form, array), getattr(again, array)) for array in ARRAYS)
    np.testing.assert_allclose(again.chance, form.chance, rtol=0, atol=1e-15)  # the largest is 1 less the others
    compare_methods(tree, form, seed)


def _written(game):
    from negotiation.equilibrium.efg import _lines

    return "\n".join(_lines(extensive_form(game)))


def test_profiles_go_to_the_form_and_back():
    tree = TREES["chance proposers"]()
    profile = random(tree, np.random.default_rng(5))
    for one, two in zip(profile, tree_profile(tree, form_profile(tree, profile)), strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-15)
    np.testing.assert_allclose(
        form_profile(tree, trembled(tree, profile)), 0.9 * form_profile(tree, profile) + floors(tree), rtol=0, atol=1e-15
    )
    with pytest.raises(InputError, match="profile: expected the probabilities of"):
        tree_profile(tree, np.ones(3))
    assert len(set_stages(tree)) == len(extensive_form(tree).owner)


def test_a_continuation_by_belief_has_no_extensive_form():
    tree = example_3(horizon=1, continuation=Supplied(lambda a, b: (a, b), name="beliefs"))
    with pytest.raises(CannotPlay, match=r"payoffs at the horizon \(beliefs\) depend on beliefs"):
        extensive_form(tree)


@pytest.mark.parametrize("tremble", [0.0, 0.3])
def test_best_replies_by_listing_all_plans(tremble):
    """Best replies with and without trembles, against every plan (an action for each information set) of each player."""
    problem = exchange(1, (0, 8), (2, 10), discount=(0.8, 0.9))
    tree = game_tree(problem, ItemByItem(), grid=(0, 10, 5), horizon=1, tremble=tremble)
    form, floor = extensive_form(tree), floors(tree)
    profile = form_profile(tree, random(tree, np.random.default_rng(3)))
    found = gains(form, profile, floor)
    free = 1 - np.bincount(form.set_of, floor)
    for i in (0, 1):
        mine = np.flatnonzero(form.owner == i)
        best = -np.inf
        for plan in product(*(range(form.actions[s]) for s in mine)):
            reply = profile.copy()
            for s, a in zip(mine, plan, strict=True):
                reply[form.set_of == s] = floor[form.set_of == s]
                reply[form.first[s] + a] += free[s]
            best = max(best, node_values(form, reply)[0, i])
        assert found.best[i] == pytest.approx(best, abs=1e-12)
        assert found.nash[i] == pytest.approx(best - node_values(form, profile)[0, i], abs=1e-12)


def test_gains_at_information_sets_that_are_hardly_reached():
    """Bob accepts any price in Example 3's game of one offer: at price 10 that costs nothing, at others it is right; rejecting
    all loses up to 10 at each information set, however rarely reached, but 10 times the tremble at most overall."""
    tree = example_3(horizon=1, tremble=1e-6)
    form = extensive_form(tree)
    profile = uniform(tree)
    profile[0] = np.eye(11)[[10, 10]].T[None]
    profile[1] = np.tile(np.array([0.0, 1.0])[None, :, None], (11, 1, 1))
    accepting = gains(form, form_profile(tree, trembled(tree, profile)), floors(tree))
    assert np.abs(accepting.conditional).max() < 1e-9
    profile[1] = profile[1][:, ::-1]
    rejecting = gains(form, form_profile(tree, trembled(tree, profile)), floors(tree))
    assert rejecting.conditional.max() == pytest.approx(10 * (1 - 1e-6), rel=1e-9)
    assert rejecting.nash[1] < 1e-5


# --- files from elsewhere

CARDS = """EFG 2 R "A simple card game \\"of\\" Myerson" { "Player 1" "Player 2" }
"Myerson (1991), Figure 2.2; each puts 1 in the pot, which is attached to the root"
c "deal" 1 "card" { "red" 1/2 "black" .5 } 1 "the fold of a red card" { 1 -1 }
p "" 1 1 "red" { "raise" "fold" } 0
p "" 2 1 "raised" { "meet" "pass" } 0
t "" 1
t "" 2 "even" { 0, 0 }
t "" 2
p "" 1 2 "black" { "raise" "fold" } 0
p "" 2 1 0
t "" 3 "" { -3 3e0 }
t "" 2
t "" 4 "" { -6/3, +2 } """


def test_a_card_game_with_a_published_solution():
    """Myerson (1991, Section 4.3): player 1 raises a black card with 1/3, player 2 meets with 2/3; worth 1/3 to player 1."""
    form = parse_efg(CARDS)
    assert (form.title, form.players) == ('A simple card game "of" Myerson', ("Player 1", "Player 2"))
    assert form.payoff.tolist() == [[2, -2], [1, -1], [1, -1], [-2, 2], [1, -1], [-1, 1]]
    assert form.labels.sets == ["red", "black", "raised"]
    solution = np.array([1, 0, 1 / 3, 2 / 3, 2 / 3, 1 / 3])
    found = gains(form, solution)
    np.testing.assert_allclose(found.value, [1 / 3, -1 / 3], atol=1e-15)
    np.testing.assert_allclose(found.conditional, 0, atol=1e-15)
    met = form.infoset == 2
    np.testing.assert_allclose(node_beliefs(form, solution)[met], [3 / 4, 1 / 4], atol=1e-15)
    naive = gains(form, np.array([1, 0, 1, 0, 0.5, 0.5]))  # always raising
    assert naive.nash.tolist() == pytest.approx([0.0, 0.5])  # the caller of a coin toss: meeting is worth 0, passing -1
    assert naive.one_step.tolist() == pytest.approx([0.0, 0.0, 0.5])


def test_beer_and_quiche():
    """Cho and Kreps (1987): pooling on beer, with the duel after quiche, is an equilibrium; pooling on quiche with a duel after
    beer is one too, if beliefs after beer are about the weak, which equal trembles of both types do not give."""
    lines = ['EFG 2 R "Beer-Quiche" { "Sender" "Receiver" }', 'c "" 1 "" { "weak" 1/10 "strong" 9/10 } 0']
    outcome = 0
    for number, kind in ((1, "weak"), (2, "strong")):
        lines.append(f'p "" 1 {number} "{kind}" {{ "beer" "quiche" }} 0')
        for info, meal in ((1, "beer"), (2, "quiche")):
            lines.append(f'p "" 2 {info} "{meal}" {{ "duel" "none" }} 0')
            for duel in (1, 0):
                liked = (meal == "beer") == (kind == "strong")
                outcome += 1
                lines.append(f't "" {outcome} "" {{ {liked + 2 * (1 - duel)}, {int(bool(duel) == (kind == "weak"))} }}')
    form = parse_efg("\n".join(lines))
    e = 1e-9
    beer = np.array([1 - e, e, 1 - e * e, e * e, 0, 1, 1, 0])  # quiche is believed to come from the weak
    found = gains(form, beer)
    assert found.conditional.max() < 1e-8
    assert found.value == pytest.approx([0.1 * 2 + 0.9 * 3, 0.9], abs=1e-8)
    quiche = np.array([e, 1 - e, e, 1 - e, 1, 0, 0, 1])
    found = gains(form, quiche)
    assert found.nash.max() < 1e-8
    assert found.conditional[2] == pytest.approx(0.8)  # after beer the receiver should not duel: 0.9 rather than 0.1


HEAD = 'EFG 2 R "t" { "A" "B" }\n'
BAD = {
    "not a game": ("NFG 1 R", "line 1: expected EFG, the mark of an extensive form, got NFG"),
    "version": ("EFG 1 R", "line 1: expected version 2, got 1"),
    "three players": ('EFG 2 R "t" { "A" "B" "C" }', "expected two players' names in quotes, not 3, got }"),
    "no nodes": (HEAD, "expected a node: c, p or t, got the end of the file"),
    "kind": (HEAD + 'x "" 1', "line 2: expected a node: c, p or t, got x"),
    "name": (HEAD + "t 1", "line 2: expected the node's name in quotes, got 1"),
    "quote": (HEAD + '\nt "abc', "line 3: expected a closing quote"),
    "player": (HEAD + 'p "" 3 1 { "x" } 0', "expected the player's number, 1 or 2, got 3"),
    "set": (
        HEAD + 'p "" 1 1 0',
        "line 2: expected { and the actions of an information set that was not described before, got 0",
    ),
    "no action": (HEAD + 'p "" 1 1 { } 0', "expected an action's name in quotes, got }"),
    "sum": (HEAD + 'c "" 1 { "x" 1/2 "y" 1/3 } 0', "line 2: expected probabilities that sum to 1, not 0.833333"),
    "negative": (HEAD + 'c "" 1 { "x" 2 "y" -1 } 0', "expected a probability (at least 0), got -1"),
    "zero": (HEAD + 'c "" 1 { "x" 1/0 } 0', "expected a probability (a number), got 1/0"),
    "outcome": (HEAD + 't "" 7', "line 2: expected the number of an outcome described before"),
    "payoff": (HEAD + 't "" 1 "" { 1, two }', "expected a payoff (a number), got two"),
    "payoffs": (HEAD + 't "" 1 "" { 1 }', "expected a payoff (a number), got }"),
    "three payoffs": (HEAD + 't "" 1 "" { 1, 2, 3 }', "expected } after the two payoffs, got 3"),
    "infinite": (HEAD + 't "" 1 "" { inf, 2 }', "expected a payoff (a number), got inf"),
    "missing": (HEAD + 'p "" 1 1 { "x" "y" } 0\nt "" 0\n', "(1 nodes still lack children), got the end of the file"),
    "too many": (HEAD + 't "" 0\nt "" 0', "line 3: expected the end of the file: all nodes have their children, got t"),
    "other actions": (
        HEAD + 'p "" 1 1 { "x" "y" } 0\nt "" 0\np "" 1 1 { "x" } 0\nt "" 0',
        "line 4: expected the same actions as where information set 1 was first described",
    ),
    "other payoffs": (
        HEAD + 'p "" 1 1 { "x" "y" } 0\nt "" 1 { 0 0 }\nt "" 1 { 1 0 }',
        "line 4: expected the same payoffs as where outcome 1 was first described",
    ),
    "memory": (
        HEAD + 'p "" 1 1 { "x" "y" } 0\np "" 1 2 "b" { "x" } 0\nt "" 0\np "" 1 2 0\nt "" 0',
        "expected perfect recall, but what its owner did before differs at A's information set 2 (b)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_say_where_and_what_was_expected(name, tmp_path):
    text, message = BAD[name]
    path = tmp_path / "bad.efg"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_efg(path)
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files_are_refused_in_one_line_or_read(data):
    """Tokens left out, doubled or replaced: a game or an InputError, nothing else."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[{}]|[^\s"{}]+', CARDS)
    at = data.draw(st.integers(0, len(tokens) - 1))
    other = data.draw(
        st.sampled_from(["", "p", "c", "{", "}", '"', '"a"', "0", "2", "1e999", "-1", "9" * 5000, "1_0", "1/3", "é"])
    )
    tokens[at : at + 1] = data.draw(st.sampled_from([[], [tokens[at]] * 2, [other], [other, tokens[at]]]))
    form, refusal = None, ""
    try:
        form = parse_efg(" ".join(tokens))
    except InputError as error:
        refusal = str(error)
    assert len(refusal.splitlines()) == (form is None) and len(refusal) < 250
    assert form is None or np.isfinite(form.payoff).all()


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "image.efg").write_bytes(b"\x89PNG\xff")
    with pytest.raises(InputError, match="expected a text file"):
        read_efg(tmp_path / "image.efg")


def test_names_with_quotes_and_backslashes(tmp_path):
    form = parse_efg(HEAD + 'p "" 1 9 "say \\"x\\"" { "a\\\\" "b\\n" } 0\nt "" 0 t "" 0')
    assert form.labels.sets == ['say "x"']
    assert form.labels.actions == [("a\\", "b\\n")]
    write_efg(form, tmp_path / "names.efg")
    assert read_efg(tmp_path / "names.efg").labels == form.labels


def test_a_game_without_choices():
    form = parse_efg(HEAD + 'c "" 1 { "x" 0.3333 "y" 0.3333 "z" 0.3333 } 0 t "" 1 "" { 3, 0 } t "" 0 t "" 1')
    assert form.chance[1:].tolist() == pytest.approx([1 / 3] * 3, abs=1e-15)  # rounded ones are scaled
    assert gains(form, np.zeros(0)).value.tolist() == pytest.approx([2, 0])


def test_beliefs_need_a_totally_mixed_profile():
    form = parse_efg(CARDS)
    never = np.array([0, 1, 0, 1, 0.5, 0.5])
    for function in (node_beliefs, gains):
        with pytest.raises(InputError, match=r"no beliefs at Player 2's information set 1 \(raised\), which is not reached"):
            function(form, never)
    with pytest.raises(InputError, match="sum to 1 at Player 1's information set 2"):
        gains(form, np.array([0, 1, 0.3, 0.3, 0.5, 0.5]))
    with pytest.raises(InputError, match="floor: expected least probabilities of 6 choices"):
        gains(form, np.full(6, 0.5), np.full(6, 0.6))


def test_what_is_no_extensive_form():
    form = parse_efg(CARDS)
    good = {array: getattr(form, array) for array in (*ARRAYS, "chance")}
    assert ExtensiveForm(**good).nodes == 11
    for array, index, value, message in (
        ("parent", 4, 7, "parents with smaller numbers"),
        ("parent", 9, 1, "preorder"),
        ("mover", 5, 1, "ends"),
        ("action", 3, 1, "actions numbered from 0"),
        ("chance", 1, 0.4, "sum to 1"),
        ("infoset", 2, -1, "an information set at the nodes"),
        ("infoset", 2, 0, "one mover and one number of actions"),
        ("owner", 0, 1, "Alice's first"),
        ("payoff", 0, np.nan, "finite payoffs"),
    ):
        bad = good[array].copy()
        bad[index] = value
        with pytest.raises(InputError, match=message):
            ExtensiveForm(**good | {array: bad})


@pytest.mark.parametrize("seed", range(3))
def test_gains_before_the_play_are_the_types_gains_on_average(seed):
    """Of the whole best reply: by the form's values, and by the tree's check, weighted by the types' probabilities."""
    problem = exchange(1, (0, 8), (2, 10), prior=iid((0.3, 0.7), (0.6, 0.4)), discount=(0.8, 0.9))
    tree = game_tree(problem, ItemByItem(), grid=(0, 10, 5), horizon=2, tremble=0.1)
    profile = random(tree, np.random.default_rng(seed))
    found = nash_gains(extensive_form(tree), form_profile(tree, profile), floors(tree))
    expected = [float(g @ p) for g, p in zip(check(tree, profile).gain_at_start, tree.marginal, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert found.min() > 1e-3
