"""Priors and laws of the surplus against plain enumeration."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from negotiation import InputError, common_shock, from_tables, iid, matchups, table
from negotiation.streams import TYPES, keys
from negotiation.surplus import sum_law

KINDS = ["iid", "common shock", "matchups", "table"]
SMALL = settings(max_examples=40, deadline=None)


def make(kind, seed, classes=None):
    """A small problem with a prior of this kind: 1-3 types each, items of one or two classes."""
    rng = np.random.default_rng(seed)
    sizes = [int(s) for s in rng.integers(1, 4, size=2)]
    n = int(rng.integers(1, 4))
    count = 1 if kind == "matchups" else int(rng.integers(1, 3))
    classes = [int(c) for c in rng.integers(count, size=n)]
    classes[-1] = count - 1
    utility = [np.round(rng.normal(size=(count, 2, size)), 2) for size in sizes]
    for u in utility:
        u[:, 0] = 0
    utility[1][:, 1] += 9  # a surplus that is positive whatever the draws

    def simplex(size):
        p = rng.dirichlet(np.ones(size), size=count)
        p[:, 0] *= rng.random(count) > 0.2 if size > 1 else 1.0  # sometimes a type of probability 0
        return p / p.sum(axis=1, keepdims=True)

    if kind == "iid":
        prior = iid(*(simplex(size) for size in sizes))
    elif kind == "common shock":
        prior = common_shock(rng.dirichlet(np.ones(3)), *([simplex(size) for _ in range(3)] for size in sizes))
    elif kind == "matchups":
        prior = matchups([tuple(int(rng.integers(size)) for size in sizes) for _ in range(n)])
    else:
        every = list(itertools.product(*(itertools.product(range(size), repeat=n) for size in sizes)))
        kept = [every[j] for j in rng.choice(len(every), size=min(len(every), 7), replace=False)]
        prior = table([(a, b, w) for (a, b), w in zip(kept, rng.dirichlet(np.ones(len(kept))), strict=True)])
    return from_tables(*utility, classes=classes, items=n, prior=prior)


def joint(problem):
    """{(Alice's types, Bob's types): probability}."""
    types, probability = problem.prior.support()
    law = Counter()
    for (a, b), p in zip(types.tolist(), probability.tolist(), strict=True):
        law[tuple(a), tuple(b)] += p
    return law


def law_of(pairs):
    """{value: probability}, values that agree to 1e-9 taken together."""
    law = Counter()
    for value, p in pairs:
        law[round(value, 7)] += p
    return {v: p for v, p in law.items() if p > 1e-13}


def given_types(law, player, own):
    mass = sum(p for types, p in law.items() if types[player] == own)
    return {types[1 - player]: p / mass for types, p in law.items() if types[player] == own}


def agrees(law, expected):
    got = law_of(zip(law.points.tolist(), law.probability.tolist(), strict=True))
    assert got.keys() == expected.keys()
    for value, p in expected.items():
        assert got[value] == pytest.approx(p, abs=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@SMALL
@given(seed=st.integers(0, 10**6))
def test_support_is_a_distribution(kind, seed):
    problem = make(kind, seed)
    law = joint(problem)
    assert sum(law.values()) == pytest.approx(1, abs=1e-12)
    assert min(law.values()) > 0
    assert len(law) == len(problem.prior.support().types) <= problem.prior.support_size()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_samples_have_the_frequencies_of_the_support(kind, seed):
    """Chi-square; a true sampler is rejected with probability 1e-6."""
    problem = make(kind, seed)
    law = joint(problem)
    drawn = problem.prior.sample(keys(9, np.arange(20_000), TYPES))
    observed = Counter((tuple(a), tuple(b)) for a, b in drawn.tolist())
    assert set(observed) <= set(law)
    counts, expected = [observed[key] for key in law], [p * 20_000 for p in law.values()]
    rare = [k for k, e in enumerate(expected) if e < 5]
    counts = [c for k, c in enumerate(counts) if k not in rare] + ([sum(counts[k] for k in rare)] if rare else [])
    expected = [e for k, e in enumerate(expected) if k not in rare] + ([sum(expected[k] for k in rare)] if rare else [])
    if len(counts) > 1 and min(expected) > 1:
        assert chisquare(counts, expected).pvalue > 1e-6


@pytest.mark.parametrize("kind", KINDS)
@SMALL
@given(seed=st.integers(0, 10**6), player=st.integers(0, 1))
def test_given_is_conditioning(kind, seed, player):
    problem = make(kind, seed)
    law = joint(problem)
    for own in {types[player] for types in law}:
        belief = problem.prior.given(player, own)
        got = Counter()
        for other, p in zip(belief.types.tolist(), belief.probability.tolist(), strict=True):
            got[tuple(other)] += p
        expected = given_types(law, player, own)
        assert {k for k, p in got.items() if p > 0} == set(expected)
        for other, p in expected.items():
            assert got[other] == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@SMALL
@given(seed=st.integers(0, 10**6), player=st.integers(0, 1))
def test_item_conditional_is_conditioning_by_class(kind, seed, player):
    problem = make(kind, seed)
    law = joint(problem)
    got = problem.prior.item_conditional(player)
    mass = np.zeros(got.shape)
    for types, p in law.items():
        for k, c in enumerate(problem.classes):
            mass[c, types[player][k], types[1 - player][k]] += p
    for c, own in itertools.product(range(got.shape[0]), range(got.shape[1])):
        if mass[c, own].sum() > 0:
            np.testing.assert_allclose(got[c, own], mass[c, own] / mass[c, own].sum(), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@SMALL
@given(seed=st.integers(0, 10**6))
def test_surplus_law_is_that_of_the_support(kind, seed):
    """Section 4.1: also whether the surplus is known, and its mean and spread."""
    problem = make(kind, seed)
    law = joint(problem)
    surplus = {types: float(problem.first_best(np.array([types]))[0]) for types in law}
    agrees(problem.surplus, law_of((surplus[types], p) for types, p in law.items()))
    values = np.array([surplus[types] for types in law])
    weights = np.array(list(law.values()))
    assert problem.surplus.known == (np.ptp(values) < 1e-9)
    mean = values @ weights
    assert problem.surplus.mean == pytest.approx(mean, abs=1e-9)
    assert problem.surplus.sd == pytest.approx(np.sqrt((values - mean) ** 2 @ weights), abs=1e-6)
    for player in (0, 1):
        for own in sorted({types[player] for types in law})[:4]:
            pairs = [(surplus[types], p) for types, p in law.items() if types[player] == own]
            mass = sum(p for _, p in pairs)
            found = problem.prior.surplus_law(player, np.array(own), problem.surplus_table)
            agrees(found, law_of((s, p / mass) for s, p in pairs))
            assert found.highest == pytest.approx(max(s for s, _ in pairs), abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@SMALL
@given(seed=st.integers(0, 10**6), player=st.integers(0, 1))
def test_frequency_law_is_that_of_the_support(kind, seed, player):
    """What two truthful frequencies let expect: an item meets the mean of its class; a known surplus is itself."""
    problem = make(kind, seed)
    law = joint(problem)

    def expected(types):
        if problem.surplus.known:
            return problem.surplus.mean
        total = 0.0
        for c in set(problem.classes.tolist()):
            items = [k for k in range(problem.n) if problem.classes[k] == c]
            pairs = itertools.product(items, items)
            total += sum(problem.surplus_table[c, types[0][k], types[1][h]] for k, h in pairs) / len(items)
        return float(total)

    for own in sorted({types[player] for types in law})[:4]:
        pairs = [(expected(types), p) for types, p in law.items() if types[player] == own]
        mass = sum(p for _, p in pairs)
        agrees(
            problem.prior.frequency_law(player, np.array(own), problem.surplus_table), law_of((s, p / mass) for s, p in pairs)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_types_of_probability_0_are_refused(kind):
    problem = make(kind, 3)
    law = joint(problem)
    sizes = [len(t) for t in problem.types]
    never = [
        (player, own) for player in (0, 1) for own in itertools.product(range(sizes[player]), repeat=problem.n)
        if own not in {types[player] for types in law}
    ]  # fmt: skip
    for player, own in never[:5]:
        with pytest.raises(InputError, match="probability 0"):
            problem.prior.given(player, own)


values = st.lists(st.integers(-20, 20), min_size=1, max_size=3, unique=True)


@settings(max_examples=80, deadline=None)
@given(
    groups=st.lists(st.tuples(st.integers(1, 4), values, st.integers(0, 10**6)), min_size=1, max_size=3),
    unit=st.sampled_from([1.0, 0.25, 0.1, 2**0.5, 1e-3]),
)
def test_sums_are_exact(groups, unit):
    """Against listing every outcome, on lattices and off them."""
    made, total = [], {0.0: 1.0}
    for count, points, seed in groups:
        p = np.random.default_rng(seed).dirichlet(np.ones(len(points)))
        v = np.array(points) * unit
        made.append((count, v, p))
        for _ in range(count):
            longer = Counter()
            for (s, q), (x, r) in itertools.product(total.items(), zip(points, p, strict=True)):
                longer[s + x] += q * r
            total = dict(longer)
    found = sum_law(made)
    assert found.error < 1e-12
    expected = {round(v * unit, 7): q for v, q in total.items() if q > 1e-12}
    got = {round(float(v), 7): q for v, q in zip(found.points, found.probability, strict=True)}
    for value, q in expected.items():
        assert got.get(value, 0.0) == pytest.approx(q, abs=1e-11)
    assert sum(q for v, q in got.items() if v not in expected) < 1e-10
