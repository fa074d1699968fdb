"""check: gains against brute force over all pure strategies, beliefs on and off Bayes' rule, and what reports say."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation import exchange, iid, matchups
from negotiation.equilibrium import check, example_3_delay, game_tree
from negotiation.equilibrium.profiles import random, trembled, uniform
from negotiation.equilibrium.tremble_sequences import converging
from negotiation.equilibrium.values import bayes, evaluate
from negotiation.errors import InputError
from protocols import ItemByItem, ShareDemanding

ULTIMATUM = exchange(1, (0, 8), (10,), prior=iid((0.4, 0.6), (1,)), discount=(0.8, 0.8))


def small(tremble=0.0, horizon=2, problem=ULTIMATUM):
    return game_tree(problem, ItemByItem(), grid=(4, 10, 6), horizon=horizon, tremble=tremble)


def pure_replies(tree, player, t):
    """All pure strategies of one type, as lists of actions by (layer, history)."""
    sets = [(n, h) for n, layer in enumerate(tree.layers) if layer.player == player for h in range(layer.count)]
    for moves in itertools.product(*(range(tree.layers[n].actions) for n, _ in sets)):
        yield dict(zip(sets, moves, strict=True))


@pytest.mark.parametrize("tremble", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_the_gain_at_the_start_is_that_of_the_best_pure_strategy(tremble, seed):
    """Enumerate every pure strategy of each type (trembled), evaluate it, and take the best."""
    tree = small(tremble)
    profile = random(tree, np.random.default_rng(seed))
    report = check(tree, profile)
    for player in (0, 1):
        for t in range(len(tree.types[player])):
            best = -np.inf
            for moves in pure_replies(tree, player, t):
                tried = [p.copy() for p in profile]
                for n, layer in enumerate(tree.layers):
                    if layer.player == player:
                        for h in range(layer.count):
                            pure = np.eye(layer.actions)[moves[n, h]]
                            tried[n][h, :, t] = (1 - layer.tremble) * pure + layer.tremble * layer.weight
                worth = direct_value(tree, tried, player, t)
                best = max(best, worth)
            assert report.gain_at_start[player][t] == pytest.approx(best - direct_value(tree, profile, player, t), abs=1e-12)


def direct_value(tree, profile, player, t):
    """The payoff of a type, summed over all ends one by one."""
    total = 0.0
    layers = {h: (n, layer) for n, layer in enumerate(tree.layers) for h in range(layer.first, layer.first + layer.count)}

    def walk(history, chance, other, own):
        n, layer = layers[history]
        worth = 0.0
        for a in range(layer.actions):
            edge = layer.edge + (history - layer.first) * layer.actions + a
            p = profile[n][history - layer.first, a, own if layer.player == player else other]
            after = tree.child[edge]
            rest = walk(after, chance, other, own) if after >= 0 else 0.0
            worth += p * (tree.gain[player][edge, own] + rest)
        return worth

    for other in range(len(tree.types[1 - player])):
        total += tree.given[player][t, other] * walk(0, 1.0, other, t)
    return total


def test_supplied_beliefs_that_follow_bayes_change_nothing():
    tree = small(0.1)
    profile = random(tree, np.random.default_rng(5))
    system = bayes(tree, profile)
    beliefs = [np.concatenate([system.of(i, layer) for layer in tree.layers]) for i in (0, 1)]
    one, two = check(tree, profile), check(tree, profile, beliefs)
    for a, b in zip(one.gain, two.gain, strict=True):
        assert np.allclose(a, b, atol=1e-12)
    assert two.bayes_on_path < 1e-12
    assert two.bayes_anywhere < 1e-12


def test_beliefs_off_bayes_are_measured_and_used_from_there_on():
    """Bob sure of cost 8 after every offer: his gain is that of replying to type 8 alone."""
    tree = small(0.1)
    profile = random(tree, np.random.default_rng(5))
    sure = np.tile([0.0, 1.0], (tree.histories, 1))
    sure[0] = [0.4, 0.6]
    report = check(tree, profile, [np.ones((tree.histories, 1)), sure])
    assert report.bayes_on_path > 0.1
    assert report.bayes_anywhere > 0.1
    alone = exchange(1, (0, 8), (10,), prior=iid((1e-12, 1 - 1e-12), (1,)), discount=(0.8, 0.8))
    again = check(small(0.1, problem=alone), profile)
    for n, layer in enumerate(tree.layers):
        if layer.player == 1 and layer.stage == 0:
            assert np.allclose(report.gain[n], again.gain[n], atol=1e-9)


def test_impossible_types_and_revived_ones_are_seen():
    known = exchange(prior=matchups([(0, 2), (8, 10)]))
    tree = game_tree(known, ShareDemanding(), grid=(0, 4, 4), horizon=1)
    profile = uniform(tree)
    wrong = [np.full((tree.histories, len(tree.types[i]), len(tree.types[1 - i])), 0.5) for i in (0, 1)]
    assert check(tree, profile, wrong).impossible == pytest.approx(0.0 if tree.prior.min() > 0 else 0.5)
    tree = small()
    flip = np.tile([0.4, 0.6], (tree.histories, 1))
    flip[1], flip[tree.layers[2].first] = [1.0, 0.0], [0.0, 1.0]
    assert check(tree, uniform(tree), [np.ones((tree.histories, 1)), flip]).updating_rate == np.inf


def test_an_action_below_its_floor_is_seen():
    tree = small(0.2)
    pure = [np.zeros_like(p) for p in uniform(tree)]
    for p in pure:
        p[:, 0] = 1
    assert check(tree, pure).tremble_shortfall == pytest.approx(0.1)
    assert check(tree, trembled(tree, pure)).tremble_shortfall == 0


def test_a_constructed_tremble_sequence_certifies_or_refutes():
    """Beliefs that unmade offers come from cost 0 are consistent; that made ones do is not."""
    tree = small()
    pure = [np.zeros_like(p) for p in uniform(tree)]
    for p in pure:
        p[:, 0] = 1  # both types offer 4; all refuse
    about = np.concatenate([bayes(tree, pure).public(0)])
    unmade = [h for h in range(1, tree.histories) if tree.path(h)[0][2] != 0]
    about[unmade] = [1.0, 0.0]
    report = check(tree, pure, [np.ones((tree.histories, 1)), about])
    distances = [d for _, d in report.distances]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-4
    made = [h for h in range(1, tree.histories) if tree.path(h)[0][2] == 0]
    about[made] = [1.0, 0.0]
    assert check(tree, pure, [np.ones((tree.histories, 1)), about]).distances[-1][1] > 0.5


def test_a_supplied_sequence_is_measured():
    tree = small()
    pure = [np.zeros_like(p) for p in uniform(tree)]
    for p in pure:
        p[:, 1] = 1
    mixed = [[(1 - e) * p + e * u for p, u in zip(pure, uniform(tree), strict=True)] for e in (0.1, 0.01, 0.001)]
    distances = [d for _, d in check(tree, pure, sequence=mixed).distances]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.002


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1]), st.floats(0.1, 10))
def test_gains_are_never_negative_and_scale_with_utilities(seed, tremble, factor):
    tree = small(tremble)
    scaled = exchange(1, (0, 8 * factor), (10 * factor,), prior=iid((0.4, 0.6), (1,)), discount=(0.8, 0.8))
    profile = random(tree, np.random.default_rng(seed))
    other = game_tree(scaled, ItemByItem(), grid=(4 * factor, 10 * factor, 6 * factor), horizon=2, tremble=tremble)
    one, two = check(tree, profile), check(other, profile)
    for a, b in zip(one.gain, two.gain, strict=True):
        assert a.min(initial=0) > -1e-12
        assert np.allclose(a * factor, b, rtol=1e-9, atol=1e-12)
    assert one.share == pytest.approx(two.share)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_relabelling_types_relabels_gains(seed):
    tree = small(0.1)
    swapped = exchange(1, (8, 0), (10,), prior=iid((0.6, 0.4), (1,)), discount=(0.8, 0.8))
    profile = random(tree, np.random.default_rng(seed))
    turned = [p[:, :, ::-1] if layer.player == 0 else p for layer, p in zip(tree.layers, profile, strict=True)]
    one, two = check(tree, profile), check(small(0.1, problem=swapped), turned)
    assert np.allclose(one.anywhere[0], two.anywhere[0][::-1], atol=1e-12)
    assert np.allclose(one.anywhere[1], two.anywhere[1], atol=1e-12)
    assert np.allclose(evaluate(tree, profile).value[0][0], two.payoff[0][::-1], atol=1e-12)


def test_the_report_reads():
    tree = small(0.1)
    said = str(check(tree, uniform(tree)))
    assert "trembling Bayesian equilibrium, gamma = 0.1 (Section 5.3): largest gain" in said
    assert "Alice (type 0), after the start: offers trade at" in said or "Alice (type 8), after" in said
    assert "then nothing" in said


def test_bad_input():
    tree = small()
    with pytest.raises(InputError, match="expected a profile"):
        check(tree)
    with pytest.raises(InputError, match=r"layer 0 \(Alice, stage 0\): expected shape"):
        check(tree, [np.ones((2, 2, 2))] * len(tree.layers))
    with pytest.raises(InputError, match="sum to 1"):
        check(tree, [2 * p for p in uniform(tree)])
    with pytest.raises(InputError, match="beliefs of Alice"):
        check(tree, uniform(tree), [np.ones((1, 1)), np.ones((1, 2))])
    with pytest.raises(InputError, match="expected an array for each"):
        check(tree, [])
    with pytest.raises(InputError, match="on a tree expected arrays"):
        check(tree, uniform(tree), "bayes")
    with pytest.raises(InputError, match="expected a game tree"):
        check(3)


def test_automata_are_checked_too():
    """Example 3: the delaying profile has gain 0 as it is, and fails with trembles once beliefs follow Bayes' rule."""
    assert check(example_3_delay(0.01)).largest_gain < 1e-12
    assert check(example_3_delay(1e-4, 0.01), beliefs="bayes").largest_gain > 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.1, 0.5]))
def test_lemma_1_holds_at_every_update(seed, tremble):
    """With trembles a posterior is at most the prior over the least probability of a move (Lemma 1)."""
    tree = small(tremble)
    profile = random(tree, np.random.default_rng(seed), concentration=0.2)
    least = min(float((layer.tremble * layer.weight).min()) for layer in tree.layers)
    assert 1 <= check(tree, profile).updating_rate <= 1 / least + 1e-9


def test_witnesses_of_consistency_are_totally_mixed():
    """Also where the beliefs that they approach exclude types."""
    tree = small(horizon=2)
    pure = [np.zeros_like(p) for p in uniform(tree)]
    for layer, p in zip(tree.layers, pure, strict=True):
        for t in range(p.shape[2]):  # types part wherever they can
            p[:, min(t, layer.actions - 1), t] = 1.0
    for e, mixed in converging(tree, pure, bayes(tree, pure)):
        for p, q in zip(pure, mixed, strict=True):
            assert (q > 0).all() and np.allclose(q.sum(axis=1), 1)
            assert np.abs(p - q).max() <= 3 * e
