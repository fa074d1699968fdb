"""Checks of automata against slow recursions written from the definitions, and what theory says must not change them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.equilibrium import Automaton, check_automaton, check_under_bayes
from negotiation.equilibrium.automata import outcome, values
from negotiation.errors import InputError

seeds = st.integers(0, 2**32 - 1)


def random_automaton(seed, *, states=3, offers=3, types=(2, 2), patience=0.6, tremble=None, proposer=None):
    """Random chances, beliefs and moves; about half of the strategies are pure."""
    draw = np.random.default_rng(seed)

    def rows(*shape):
        flat = draw.dirichlet(np.ones(shape[-1]), shape[:-1])
        pure = np.eye(shape[-1])[draw.integers(shape[-1], size=shape[:-1])]
        return np.where(draw.random((*shape[:-1], 1)) < 0.5, pure, flat)

    def accept(own):
        p = draw.random((states, offers, own))
        return np.where(p < 0.3, 0.0, np.where(p > 0.7, 1.0, p))

    a, b = types
    return Automaton(
        names=tuple(f"s{k}" for k in range(states)),
        offers=tuple(range(offers)),
        types=(tuple(range(a)), tuple(range(b))),
        proposer=draw.integers(2, size=states) if proposer is None else np.array(proposer),
        belief=(draw.dirichlet(np.ones(b), (states, a)), draw.dirichlet(np.ones(a), (states, b))),
        offer=(rows(states, a, offers), rows(states, b, offers)),
        accept=(accept(a), accept(b)),
        after=draw.integers(states, size=(states, offers)),
        gain=(draw.normal(1, 1, (offers, a)), draw.normal(1, 1, (offers, b))),
        discount=tuple(draw.uniform(0, patience, 2)),
        prior=draw.dirichlet(np.ones(a * b)).reshape(a, b),
        tremble=draw.choice([0.0, 0.2]) if tremble is None else tremble,
    )


def slow_values(m, i, t, stages):
    """What type t of player i gets from each state in so many stages: (of its best reply, of following), by recursion."""
    j, g, O = 1 - i, m.tremble, len(m.offers)  # noqa: E741

    def other_accepts(s, o):
        return sum(m.belief[i][s, t, u] * ((1 - g) * m.accept[j][s, o, u] + g / 2) for u in range(len(m.types[j])))

    def other_offers(s, o):
        return sum(m.belief[i][s, t, u] * ((1 - g) * m.offer[j][s, u, o] + g / O) for u in range(len(m.types[j])))

    @cache
    def value(s, left, best):
        if left == 0:
            return 0.0
        if m.proposer[s] == i:
            q = []
            for o in range(O):
                yes = other_accepts(s, o)
                q.append(yes * m.gain[i][o, t] + (1 - yes) * m.discount[i] * value(m.after[s, o], left - 1, best))
            chosen = max(q) if best else sum(m.offer[i][s, t, o] * q[o] for o in range(O))
            return (1 - g) * chosen + g * sum(q) / O
        return sum(other_offers(s, o) * reply(s, o, left, best) for o in range(O))

    def reply(s, o, left, best):
        yes, no = m.gain[i][o, t], m.discount[i] * value(m.after[s, o], left - 1, best)
        p = m.accept[i][s, o, t]
        chosen = max(yes, no) if best else p * yes + (1 - p) * no
        return (1 - g) * chosen + g / 2 * (yes + no)

    return value, reply


@given(seeds, st.integers(1, 4), st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 2)))
@settings(max_examples=40, deadline=None)
def test_gains_are_those_of_a_slow_recursion(seed, states, offers, types):
    m = random_automaton(seed, states=states, offers=offers, types=types, patience=0.5)
    report = check_automaton(m, depth=0)
    assert report.residual <= 1e-10
    stages = 45  # 0.5^45 < 3e-14
    for i in (0, 1):
        for t in range(types[i]):
            value, reply = slow_values(m, i, t, stages)
            for s in range(states):
                gain = value(s, stages, True) - value(s, stages, False)
                assert report.gain[i][s, t] == pytest.approx(gain, abs=1e-10)
                for o in range(offers):
                    if m.proposer[s] == i:
                        assert np.isnan(report.reply_gain[i][s, o, t]) and report.best_reply[i][s, o, t] == -1
                    else:
                        gain = reply(s, o, stages, True) - reply(s, o, stages, False)
                        assert report.reply_gain[i][s, o, t] == pytest.approx(gain, abs=1e-10)


def slow_bayes(m, i, t, s, weights, left, best):
    """The value from a history, where ``weights`` are chances of the other's types and of what they did so far (unnormalised).
    Returns sums weighted by them, so that no posterior is ever divided out."""
    j, g, O = 1 - i, m.tremble, len(m.offers)  # noqa: E741
    if left == 0 or sum(weights) == 0:
        return 0.0
    others = range(len(weights))
    if m.proposer[s] == i:
        q = []
        for o in range(O):
            yes = [(1 - g) * m.accept[j][s, o, u] + g / 2 for u in others]
            no = slow_bayes(m, i, t, m.after[s, o], [weights[u] * (1 - yes[u]) for u in others], left - 1, best)
            q.append(sum(weights[u] * yes[u] for u in others) * m.gain[i][o, t] + m.discount[i] * no)
        chosen = max(q) if best else sum(m.offer[i][s, t, o] * q[o] for o in range(O))
        return (1 - g) * chosen + g * sum(q) / O
    total = 0.0
    for o in range(O):
        heard = [weights[u] * ((1 - g) * m.offer[j][s, u, o] + g / O) for u in others]
        yes = sum(heard) * m.gain[i][o, t]
        no = m.discount[i] * slow_bayes(m, i, t, m.after[s, o], heard, left - 1, best)
        p = m.accept[i][s, o, t]
        total += (1 - g) * (max(yes, no) if best else p * yes + (1 - p) * no) + g / 2 * (yes + no)
    return total


@given(seeds, st.tuples(st.integers(1, 2), st.integers(1, 3)))
@settings(max_examples=25, deadline=None)
def test_gains_under_bayes_are_those_of_a_slow_recursion_over_histories(seed, types):
    m = random_automaton(seed, offers=2, types=types, patience=0.15)
    report = check_under_bayes(m, stages=1)
    for i in (0, 1):
        prior = m.prior if i == 0 else m.prior.T
        for t in range(types[i]):
            weights = list(prior[t] / prior[t].sum())
            best, follow = (slow_bayes(m, i, t, m.start, weights, 8, best) for best in (True, False))
            cut = 2 * 0.15**8 * m.scale
            assert report.payoff[i][t] == pytest.approx(follow, abs=cut)
            assert report.overall[i][t] == pytest.approx(best - follow, abs=2 * cut + report.error)
            assert report.overall[i][t] <= report.largest_gain + 1e-12 or m.proposer[m.start] != i


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_a_coarser_tolerance_stays_within_the_error_it_states(seed):
    m = random_automaton(seed, types=(2, 3))
    coarse, fine = (check_under_bayes(m, stages=2, tolerance=x) for x in (0.05, 1e-5))
    assert fine.error < 1e-4 * m.scale and coarse.nodes <= fine.nodes
    assert abs(coarse.largest_gain - fine.largest_gain) <= coarse.error + fine.error
    for i in (0, 1):
        np.testing.assert_allclose(coarse.overall[i], fine.overall[i], atol=coarse.error + fine.error)


def bayesian_tree(seed):
    """An automaton that never comes back: two offers, three stages, Bayes beliefs in every state, the last offers accepted."""
    m = random_automaton(seed, states=7, offers=2, types=(2, 2), tremble=0.0, proposer=(0, 1, 1, 0, 0, 0, 0))
    after = np.array([[1, 2], [3, 4], [5, 6], [3, 3], [4, 4], [5, 5], [6, 6]])
    draw = np.random.default_rng(seed)
    offer = [draw.dirichlet(np.ones(2), (7, 2)) for _ in (0, 1)]
    accept = [draw.uniform(0.1, 0.9, (7, 2, 2)) for _ in (0, 1)]
    accept[1][3:] = 1.0
    belief = [np.zeros((7, 2, 2)) for _ in (0, 1)]
    belief[0][0] = m.prior / m.prior.sum(axis=1, keepdims=True)
    belief[1][0] = m.prior.T / m.prior.T.sum(axis=1, keepdims=True)
    for s in range(3):
        p = m.proposer[s]
        for o in range(2):
            belief[1 - p][after[s, o]] = belief[1 - p][s] * offer[p][s, :, o]
            belief[p][after[s, o]] = belief[p][s] * (1 - accept[1 - p][s, o])
            for i in (0, 1):
                belief[i][after[s, o]] /= belief[i][after[s, o]].sum(axis=-1, keepdims=True)
    # the last offers tell something too, but what is believed after them changes nothing: they are accepted
    offer[0][3:] = offer[0][3:, :1]
    return replace(m, after=after, offer=tuple(offer), accept=tuple(accept), belief=tuple(belief))


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_with_bayes_beliefs_both_checks_agree_and_beliefs_pass(seed):
    m = bayesian_tree(seed)
    exact, unrolled = check_automaton(m, depth=4), check_under_bayes(m, stages=3, tolerance=1e-9)
    assert exact.drift <= 1e-10
    assert exact.beliefs.on_path.size <= 1e-10 and exact.beliefs.off_path.size == 0
    assert exact.beliefs.distance[-1].size <= 1e-5 and not exact.beliefs.unreached
    for i in (0, 1):
        np.testing.assert_allclose(unrolled.overall[i], exact.overall[i], atol=1e-8)
        np.testing.assert_allclose(unrolled.payoff[i], exact.outcome.payoff[i], atol=1e-10)
    by_place = {(d.player, d.type, d.state, d.offer): d.gain for d in exact.deviations}
    for d in unrolled.deviations:
        if d.here > 1e-6 and d.state in m.names[:3]:
            assert by_place[d.player, d.type, d.state, d.offer] == pytest.approx(d.gain, abs=1e-7)


@given(seeds, st.tuples(st.integers(1, 2), st.integers(1, 3)))
@settings(max_examples=25, deadline=None)
def test_distance_from_bayes_is_that_of_a_walk_over_histories(seed, types):
    m = random_automaton(seed, types=types, tremble=0.2)
    far, reached, apart = 0.0, set(), set()

    def walk(s, stage, seen):
        """``seen[i]``: the probability of what player i did so far, by type."""
        nonlocal far
        reached.add(m.names[s])
        apart.add((stage, int(s), *(round(float(np.log(x / max(one))), 7) for one in seen for x in one)))
        for i in (0, 1):
            for t in range(types[i]):
                row = [(m.prior[t, u] if i == 0 else m.prior[u, t]) * seen[1 - i][u] for u in range(types[1 - i])]
                far = max(far, *(abs(x / sum(row) - b) for x, b in zip(row, m.belief[i][s, t], strict=True)))
        for o in range(3) if stage < 3 else ():
            p, then = m.proposer[s], [list(x) for x in seen]
            for t in range(types[p]):
                then[p][t] *= 0.8 * m.offer[p][s, t, o] + 0.2 / 3
            for t in range(types[1 - p]):
                then[1 - p][t] *= 1 - (0.8 * m.accept[1 - p][s, o, t] + 0.1)
            walk(m.after[s, o], stage + 1, then)

    walk(m.start, 0, [[1.0] * k for k in types])
    report = check_automaton(m, depth=3).beliefs
    assert report.depth == 3 and set(report.unreached) == set(m.names) - reached
    assert report.histories == len(apart)  # told apart by state and likelihoods up to a factor
    for found in report.distance:
        assert found.size == pytest.approx(far, abs=1e-7)


@given(seeds, st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_nothing_to_learn_makes_both_checks_agree(seed, states):
    m = random_automaton(seed, states=states, types=(1, 1))
    exact, unrolled = check_automaton(m, depth=4), check_under_bayes(m, stages=3, tolerance=1e-9)
    assert exact.drift <= 1e-12
    assert max(d.size for d in exact.beliefs.distance) <= 1e-12
    for i in (0, 1):
        np.testing.assert_allclose(unrolled.overall[i], exact.overall[i], atol=unrolled.error + 1e-12)
        np.testing.assert_allclose(unrolled.payoff[i], exact.outcome.payoff[i], atol=1e-12)
    assert unrolled.largest_gain <= exact.largest_gain + 1e-12
    by_place = {(d.player, d.state, d.offer): d.gain for d in exact.deviations}
    for d in unrolled.deviations:
        if d.here > 1e-6:
            assert by_place[d.player, d.state, d.offer] == pytest.approx(d.gain, abs=1e-8)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_payoffs_are_sums_over_the_outcomes(seed):
    m = random_automaton(seed, types=(2, 3), tremble=0.2)
    result, prior = outcome(m), m.prior
    np.testing.assert_allclose(result.agreement.sum(axis=(2, 3)) + result.open_, 1, atol=1e-9)
    discounts = [d ** np.arange(result.agreement.shape[2]) for d in m.discount]
    alice = np.einsum("abko,k,oa->ab", result.agreement, discounts[0], m.gain[0])
    bob = np.einsum("abko,k,ob->ab", result.agreement, discounts[1], m.gain[1])
    np.testing.assert_allclose(result.payoff[0], (prior * alice).sum(axis=1) / prior.sum(axis=1), atol=1e-9)
    np.testing.assert_allclose(result.payoff[1], (prior * bob).sum(axis=0) / prior.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(values(m)[0][..., m.start], alice, atol=1e-9)
    assert result.mean.sum() == pytest.approx(1 - (prior * result.open_).sum())


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_gains_are_never_negative_and_vanish_for_the_best_reply(seed):
    m = random_automaton(seed, states=4, types=(2, 3), patience=0.95)
    report = check_automaton(m, depth=0)
    for i in (0, 1):
        assert report.gain[i].min() >= -1e-9
        assert np.nanmin(report.reply_gain[i], initial=0) >= -1e-9
        offer, accept = list(m.offer), list(m.accept)
        offer[i] = np.eye(len(m.offers))[report.best_offer[i]]
        accept[i] = np.maximum(report.best_reply[i], 0)
        better = check_automaton(replace(m, offer=tuple(offer), accept=tuple(accept)), depth=0)
        assert max(better.gain[i].max(), np.nanmax(better.reply_gain[i], initial=0)) <= 1e-9
        np.testing.assert_allclose(better.follow[i], report.value[i], atol=1e-9)
        assert not [d for d in better.deviations if d.player == i and d.gain > 1e-8]


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_listed_deviations_earn_what_they_say(seed):
    m = random_automaton(seed, types=(2, 2))
    report = check_automaton(m, depth=0)
    for d in report.deviations:
        s, t = m.names.index(d.state), m.types[d.player].index(d.type)
        assert 0 < d.here <= d.gain + 1e-12
        if d.offer is None:
            assert d.gain == report.gain[d.player][s, t] and m.offers[report.best_offer[d.player][s, t]] == d.action
        else:
            assert d.gain == report.reply_gain[d.player][s, m.offers.index(d.offer), t]
            assert report.best_reply[d.player][s, m.offers.index(d.offer), t] == (d.action == "accept")
    gains = [d.gain for d in report.deviations]
    assert gains == sorted(gains, reverse=True)
    listed = max(gains, default=0.0)  # the largest gain of all may be that of waiting for it
    assert report.largest_gain >= listed and (report.largest_gain <= 1e-9 * m.scale or listed > 0)


def relabelled(m, offers, alice):
    """The same automaton with its offers and Alice's types in another order."""
    return replace(
        m,
        offers=tuple(m.offers[o] for o in offers),
        types=(tuple(m.types[0][t] for t in alice), m.types[1]),
        belief=(m.belief[0][:, alice], m.belief[1][:, :, alice]),
        offer=(m.offer[0][:, alice][:, :, offers], m.offer[1][:, :, offers]),
        accept=(m.accept[0][:, offers][:, :, alice], m.accept[1][:, offers]),
        after=m.after[:, offers],
        gain=(m.gain[0][offers][:, alice], m.gain[1][offers]),
        prior=m.prior[alice],
    )


@given(seeds, st.permutations(range(3)), st.permutations(range(2)))
@settings(max_examples=30, deadline=None)
def test_relabelling_offers_and_types_relabels_gains(seed, offers, alice):
    m = random_automaton(seed)
    one, two = check_automaton(m, depth=2), check_automaton(relabelled(m, offers, alice), depth=2)
    np.testing.assert_allclose(two.gain[0], one.gain[0][:, alice], atol=1e-10)
    np.testing.assert_allclose(two.gain[1], one.gain[1], atol=1e-10)
    np.testing.assert_allclose(two.reply_gain[0], one.reply_gain[0][:, offers][:, :, alice], atol=1e-10)
    np.testing.assert_allclose(two.reply_gain[1], one.reply_gain[1][:, offers], atol=1e-10)
    assert two.beliefs.on_path.size == pytest.approx(one.beliefs.on_path.size, abs=1e-10)
    assert two.beliefs.off_path.size == pytest.approx(one.beliefs.off_path.size, abs=1e-10)


@given(seeds, st.floats(0.1, 50), st.floats(0.1, 50))
@settings(max_examples=30, deadline=None)
def test_gains_scale_with_utilities(seed, a, b):
    m = random_automaton(seed)
    one, two = check_automaton(m, depth=0), check_automaton(replace(m, gain=(a * m.gain[0], b * m.gain[1])), depth=0)
    for i, factor in enumerate((a, b)):
        np.testing.assert_allclose(two.gain[i], factor * one.gain[i], atol=1e-8)
        np.testing.assert_allclose(two.reply_gain[i], factor * one.reply_gain[i], atol=1e-8)
        np.testing.assert_allclose(two.outcome.payoff[i], factor * one.outcome.payoff[i], atol=1e-8)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_a_dominated_offer_that_nobody_makes_changes_no_value(seed):
    m = random_automaton(seed, tremble=0.0, patience=0.4)
    S, (a, b) = len(m.names), m.prior.shape
    more = replace(
        m,
        offers=(*m.offers, "ruin"),
        offer=tuple(np.concatenate([x, np.zeros((S, t, 1))], axis=2) for x, t in zip(m.offer, (a, b), strict=True)),
        accept=tuple(np.concatenate([x, np.ones((S, 1, t))], axis=1) for x, t in zip(m.accept, (a, b), strict=True)),
        after=np.concatenate([m.after, np.zeros((S, 1), dtype=int)], axis=1),
        gain=tuple(np.concatenate([x, np.full((1, t), -100.0)]) for x, t in zip(m.gain, (a, b), strict=True)),
    )
    one, two = check_automaton(m, depth=0), check_automaton(more, depth=0)
    for i in (0, 1):
        np.testing.assert_allclose(two.value[i], one.value[i], atol=1e-10)
        np.testing.assert_allclose(two.follow[i], one.follow[i], atol=1e-10)
        np.testing.assert_allclose(two.reply_gain[i][:, :-1], one.reply_gain[i], atol=1e-10)
    bayes = [check_under_bayes(x, stages=1, tolerance=y) for x, y in ((m, 1e-5), (more, 1e-7))]
    for i in (0, 1):
        np.testing.assert_allclose(bayes[1].overall[i], bayes[0].overall[i], atol=sum(b.error for b in bayes))


def changed(m, part, player, at, value):
    arrays = [np.array(x) for x in getattr(m, part)]
    arrays[player][at] = value
    return {part: tuple(arrays)}


def test_malformed_automata_say_what_where_and_what_was_expected():
    m = random_automaton(1, tremble=0.0, proposer=(0, 1, 0))
    moves = np.array(m.after)
    moves[1, 2] = 3
    cases = [
        ({"after": moves}, r"next state, state 's1': expected a number from 0 to 2, got 3"),
        ({"after": m.after * 1.0}, r"next state: expected whole numbers of shape \(3, 3\)"),
        ({"proposer": np.array([0, 2, 1])}, r"proposer, state 's1': expected a number from 0 to 1, got 2"),
        ({"start": 3}, r"start.*expected a number from 0 to 2, got 3"),
        (
            changed(m, "offer", 0, (2, 1), 0.5),
            r"offer of Alice, state 's2', type number 1: expected .* sum to 1, got 0.5, 0.5, 0.5",
        ),
        (changed(m, "belief", 1, (1, 0), 0.6), r"belief of Bob, state 's1', type number 0: expected .* sum to 1, got 0.6, 0.6"),
        (
            changed(m, "accept", 1, (0, 2, 1), 1.5),
            r"acceptance of Bob, state 's0', offer 2, type 1: expected a probability, got 1.5",
        ),
        (changed(m, "gain", 0, (0, 0), np.nan), r"gain of Alice: expected finite numbers of shape \(3, 2\)"),
        ({"prior": m.prior / 2}, r"prior: expected probabilities of pairs of types that sum to 1"),
        ({"prior": np.array([[1.0, 0.0], [0.0, 0.0]])}, r"prior: .*none to leave a type impossible"),
        ({"tremble": 1.5}, r"tremble: expected a probability, got 1.5"),
        ({"discount": (0.5, 1.0)}, r"discount: expected two numbers in \[0, 1\)"),
        ({"names": ("s", "s", "t")}, r"states: expected different names"),
        ({"offers": (0, 1)}, r"next state: expected whole numbers of shape \(3, 2\), got int64 of shape \(3, 3\)"),
    ]
    for change, message in cases:
        with pytest.raises(InputError, match=message):
            replace(m, **change)
    assert replace(m, **changed(m, "offer", 1, (0, 0), 7.0)).offer[1][0].max() == 0  # not read: Alice proposes there
    with pytest.raises(InputError, match="depth: expected a whole number"):
        check_automaton(m, depth=-1)
    with pytest.raises(InputError, match="stages: expected a whole number"):
        check_under_bayes(m, stages=0)
    with pytest.raises(InputError, match="tolerance: expected a positive fraction"):
        check_under_bayes(m, tolerance=0)
