"""Lemma 1, bounded updating, and the tails that the payoff bounds use."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import InputError
from negotiation.equilibrium import posterior_bound, updating_rate
from negotiation.equilibrium.updating import bounded_tails, decisions, iotas, trembling_tails, update

probabilities = st.floats(0, 1)


@st.composite
def bayes(draw):
    """A prior over 2 to 6 types, a least probability of every action, likelihoods of 1 to 4 observed actions by type."""
    n = draw(st.integers(2, 6))
    weights = np.array(draw(st.lists(st.floats(1e-6, 1), min_size=n, max_size=n)))
    gamma = draw(st.floats(1e-4, 1))
    free = draw(st.lists(st.lists(probabilities, min_size=n, max_size=n), min_size=1, max_size=4))
    return weights / weights.sum(), gamma, gamma + (1 - gamma) * np.array(free)


@given(bayes(), st.data())
def test_lemma_1(case, data):
    """The posterior of any event after any actions is within the bound, the sharp one within the simple one."""
    belief, gamma, likelihoods = case
    event = np.array(data.draw(st.lists(st.booleans(), min_size=len(belief), max_size=len(belief))))
    prior = min(1.0, belief[event].sum())
    for steps, likelihood in enumerate(likelihoods, 1):
        after = update(belief, likelihood)
        assert updating_rate(belief, after) <= 1 / gamma * (1 + 1e-9)
        belief = after
        sharp, simple = (posterior_bound(prior, gamma, steps, sharp=s) for s in (True, False))
        assert belief[event].sum() <= sharp * (1 + 1e-9) + 1e-12
        assert sharp <= simple * (1 + 1e-12)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(1e-4, 1))
def test_the_sharp_bound_is_attained(prior, gamma):
    after = update([prior, 1 - prior], [1.0, gamma])
    assert posterior_bound(prior, gamma, sharp=True) == pytest.approx(after[0], rel=1e-9)


def test_example_4():
    """Gamma 0.11 over 11 prices, prior 0.999 on a type: at least 0.9 after one observed action."""
    assert 1 - posterior_bound(0.001, 0.11 / 11) == pytest.approx(0.9, abs=1e-12)
    rest = np.random.default_rng(4).random((500, 2)) * (1 - 0.11)
    after = update(np.array([0.999, 0.001]), 0.01 + rest)
    assert after[:, 0].min() >= 0.9


@given(bayes())
def test_updating_rate_is_the_largest_ratio_over_events(case):
    """By listing all events: none grows by more than the single type that grows most."""
    belief, _, likelihoods = case
    after = update(belief, likelihoods[0])
    events = (np.arange(1, 2 ** len(belief))[:, None] >> np.arange(len(belief))) & 1
    ratios = (events @ after) / (events @ belief)
    assert updating_rate(belief, after) == pytest.approx(ratios.max(), rel=1e-9)
    assert updating_rate(belief, belief) == 1


def test_updating_rate_of_tables():
    before = np.array([[0.5, 0.5], [0.9, 0.1]])
    after = np.array([[0.4, 0.6], [0.7, 0.3]])
    assert updating_rate(before, after) == pytest.approx(3)
    assert updating_rate([1.0, 0.0], [0.9, 0.1]) == math.inf
    assert updating_rate([1.0, 0.0], [1.0, 0.0]) == 1


def test_decisions_are_counted():
    np.testing.assert_array_equal(decisions(4)[:, 0], [[0, 0], [1, 0], [1, 1], [2, 1]])
    np.testing.assert_array_equal(decisions(4)[:, 1], [[0, 0], [0, 1], [1, 1], [1, 2]])
    np.testing.assert_array_equal(decisions(3, "bob")[2], [[0, 2], [2, 0]])


def test_tails():
    tails = trembling_tails([math.log(1e-9), -np.inf], [math.log(11)] * 2, 0.11, 3, sharp=False)
    np.testing.assert_allclose(tails[:, 0], [1e-9, 1e-7, 1e-7 * 2 / 0.11], rtol=1e-9)
    assert (tails[:, 1] == 0).all()
    sharp = trembling_tails([math.log(0.3), math.log(1e-300)], [math.log(11)] * 2, 0.11, 300)
    assert ((sharp >= 0) & (sharp <= 1)).all() and (np.diff(sharp, axis=0) >= 0).all()
    np.testing.assert_allclose(bounded_tails((1e-9, 0.3), 10, 3), [[1e-9, 0.3], [1e-7, 1], [1e-5, 1]], rtol=1e-9)


def test_iotas():
    """Theorem 4's sequence, and what it promises by Markov's inequality: Pr(more than iota_t in doubt) <= iota_t."""
    found = iotas(1e-8, 3)
    np.testing.assert_allclose(found[:2], [1e-4, math.sqrt(1e-8 + 1e-4)])
    assert (np.diff(found) > 0).all()
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.full(400, 0.05)).reshape(20, 20)
    far = joint < np.sort(joint.ravel())[340]  # the rarest 340 pairs have another surplus
    alpha = joint[far].sum()
    inside = [np.ones(20, bool)] * 2
    for iota in iotas(alpha, 2):
        inside = [
            np.where(far | ~inside[1 - i][None if i == 0 else slice(None), slice(None) if i == 0 else None], joint, 0).sum(
                axis=1 - i
            )
            < iota * joint.sum(axis=1 - i)
            for i in (0, 1)
        ]
        for i in (0, 1):
            assert joint.sum(axis=1 - i)[~inside[i]].sum() <= iota


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: posterior_bound(1.2, 0.1),
        lambda: posterior_bound(0.2, 0),
        lambda: updating_rate([0.5, 0.5], [0.5, 0.6]),
        lambda: updating_rate([0.5, 0.5], [1.0]),
        lambda: update([1.0, 0.0], [0.0, 1.0]),
        lambda: bounded_tails(0.1, 0.5, 3),
        lambda: iotas(2, 3),
        lambda: trembling_tails([0, 0], [0, 0], 0, 3),
    ],
)
def test_bad_input(wrong):
    with pytest.raises(InputError):
        wrong()
