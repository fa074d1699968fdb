"""Game trees: sizes, descriptions, and that they follow the protocol's own rules."""

import numpy as np
import pytest

from negotiation import exchange, iid, matchups
from negotiation.equilibrium import Supplied, game_tree
from negotiation.equilibrium.profiles import random, trembled, uniform
from negotiation.equilibrium.values import bayes, evaluate, gains_from
from negotiation.errors import CannotPlay, InputError
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding


def example_3(high=0.9, **options):
    """Cost 0 or 8, value 10, prices 0..10, delta 0.8 (Example 3)."""
    problem = exchange(1, (0, 8), (10,), prior=iid((1 - high, high), (1,)), discount=(0.8, 0.8))
    return game_tree(problem, ItemByItem(), grid=(0, 10, 1), **options)


@pytest.mark.parametrize(("horizon", "nodes"), [(1, 69), (2, 795), (3, 8_781), (4, 96_627)])
def test_the_sizes_of_example_3(horizon, nodes):
    assert example_3(horizon=horizon).size == nodes


def test_the_default_horizon_fits_a_hundred_thousand_nodes():
    assert example_3().horizon == 4


@pytest.mark.parametrize("protocol", [ItemByItem(), ShareDemanding(), Combinatorial(), Frequency(), ItemByItem(order="random")])
def test_layers_cover_the_tree_in_order(protocol):
    tree = game_tree(exchange(2), protocol, grid=(0, 10, 5), horizon=2)
    assert tree.layers[0].first == 0
    for one, two in zip(tree.layers, tree.layers[1:], strict=False):
        assert two.first == one.first + one.count
        assert two.edge == one.edges.stop
    assert tree.layers[-1].edges.stop == len(tree.child) == len(tree.gain[0])
    reached = tree.child[tree.child >= 0]
    assert sorted(reached) == list(range(1, tree.histories))  # every history but the first follows one edge
    assert (tree.origin[1:] >= 0).all()
    assert (reached > np.repeat(np.arange(tree.histories), _actions(tree))[tree.child >= 0]).all()


def _actions(tree):
    return np.concatenate([np.full(layer.count, layer.actions) for layer in tree.layers])


def test_the_words_of_a_history():
    tree = example_3(horizon=2)
    assert tree.describe(0) == "the start"
    last = tree.histories - 1
    assert tree.describe(last).startswith("stage 0: Alice offers trade at 10, Bob rejects; stage 1: Bob offers")
    assert tree.describe_type(0, 1) == "8"


def test_probabilities_sum_to_one_at_the_ends():
    """Reach of all ends sums to 1, in a tree with chance moves and partial agreements."""
    tree = game_tree(exchange(2), ItemByItem(order="random"), grid=(0, 10, 10), horizon=2, tremble=0.2)
    profile = random(tree, np.random.default_rng(1))
    reach = bayes(tree, profile).reach()
    inner = 0.0
    for layer, played in zip(tree.layers, profile, strict=True):
        if layer.player == 2:
            chances = np.broadcast_to(played[:, :, 0], (layer.count, layer.actions))
        else:
            belief = bayes(tree, profile).public(layer.player, layer.histories)
            chances = np.einsum("hat,ht->ha", played, belief)
        assert np.allclose(chances.sum(axis=1), 1)
        ends = layer.per_action(tree.child) < 0
        inner += float((reach[layer.histories][:, None] * chances)[ends].sum())
    assert inner == pytest.approx(1, abs=1e-12)


def test_complete_information_is_backward_induction():
    """One type each: one stage of one rug (cost 8, value 10) in which Alice proposes is an ultimatum: Bob accepts what is no
    loss, and the lowest of equally good actions comes first, so he refuses 10 (worth 0 either way) and she asks 9."""
    tree = game_tree(exchange(1, (8,), (10,), discount=(0.8, 0.8)), ItemByItem(), grid=(0, 10, 1), horizon=1)
    profile = uniform(tree)
    for number in reversed(range(len(tree.layers))):
        q = evaluate(tree, profile).action[number]
        profile[number] = np.eye(tree.layers[number].actions)[q[:, :, 0].argmax(axis=1)][:, :, None]
    values = evaluate(tree, profile)
    assert [v[0, 0] for v in values.value] == [1.0, 1.0]
    assert [v[0, 0] for v in values.best] == [1.0, 1.0]


def test_beliefs_carried_by_bayes_are_the_beliefs():
    tree = game_tree(exchange(2), ItemByItem(), horizon=2, grid=(0, 10, 5), tremble=0.1)
    profile = random(tree, np.random.default_rng(0))
    values, system = evaluate(tree, profile), bayes(tree, profile)
    for number, layer in enumerate(tree.layers):
        if layer.player < 2:
            value, best, *_ = gains_from(tree, profile, layer.player, number, system)
            assert np.allclose(value, values.value[layer.player][layer.histories])
            assert np.allclose(best, values.best[layer.player][layer.histories])


def test_unplayed_actions_leave_beliefs_alone():
    """The limit of uniform trembles: an offer that no type makes tells nothing; nor does an answer to it that both give."""
    tree = example_3(0.3, horizon=1)
    profile = uniform(tree)
    profile[0] = np.zeros_like(profile[0])
    profile[0][0, 5] = 1.0
    belief = bayes(tree, profile).public(0)
    assert np.allclose(belief, [0.7, 0.3])
    profile[0][0, 5], profile[0][0, 6] = (1.0, 0.0), (0.0, 1.0)  # type 0 offers 5, type 8 offers 6
    belief = bayes(tree, profile).public(0)
    assert np.allclose(belief[1 + 5], [1, 0])
    assert np.allclose(belief[1 + 6], [0, 1])
    assert np.allclose(belief[1 + 7], [0.7, 0.3])


def test_trembled_profiles_give_every_action_its_floor():
    tree = example_3(horizon=2, tremble=0.11)
    profile = uniform(tree)
    profile[0] = np.zeros_like(profile[0])
    profile[0][:, 3] = 1.0
    played = trembled(tree, profile)[0]
    assert played.min() == pytest.approx(0.01)
    assert played[0, 3, 0] == pytest.approx(0.9)


def test_bad_input():
    with pytest.raises(InputError, match="horizon"):
        example_3(horizon=0)
    with pytest.raises(InputError, match="tremble"):
        example_3(tremble=1.0)
    with pytest.raises(CannotPlay, match="nodes, more than"):
        example_3(horizon=9)
    known = exchange(prior=matchups([(0, 2), (8, 10)]))
    with pytest.raises(CannotPlay, match="independent types"):
        game_tree(known, ItemByItem(), grid=(0, 10, 10), horizon=1, continuation=Supplied(lambda a, b: (a, b)))


def test_what_is_far_too_large_is_refused_before_it_is_counted():
    """Nine stages of four rugs would take 1e46 nodes; 3,000 stages are deeper than functions can call themselves."""
    rugs = exchange(4, prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    with pytest.raises(CannotPlay, match=r"1 stage of item-by-item .* \(40 were asked for\)"):
        game_tree(rugs, ItemByItem(), grid=(0, 10, 5), horizon=40, limit=1000)
    patient = exchange(1, discount=(0.999, 0.999))
    assert game_tree(patient, ItemByItem(), grid=(5, 5, 1), horizon=3000).size == 1 + 4 * (3 * 3000 + 1)
    with pytest.raises(InputError, match="low, high, step"):
        game_tree(patient, ItemByItem(), grid=(0, 10))
    with pytest.raises(CannotPlay, match="10000000001 offers"):
        game_tree(patient, ItemByItem(), grid=(0, 10, 1e-9), horizon=1)


@pytest.mark.parametrize(
    "protocol",
    [ItemByItem(), ItemByItem(reopen=True), ItemByItem(order="random"), ShareDemanding(), Frequency(), Combinatorial()],
    ids=lambda p: f"{p.name} {p.order} {p.reopen}",
)
def test_trees_are_counted_before_they_are_built(protocol):
    """As many nodes as are counted are built: with a limit of one node less nothing is."""
    coarse = {"grid": (0, 10, 10), "horizon": 1}
    problem = exchange(1) if isinstance(protocol, Combinatorial) else exchange(2)
    tree = game_tree(problem, protocol, **coarse)
    assert game_tree(problem, protocol, limit=tree.size - 1, **coarse).size == tree.size
    with pytest.raises(CannotPlay):
        game_tree(problem, protocol, limit=tree.size - 2, **coarse)
