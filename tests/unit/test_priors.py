"""Priors that do not fit say what, where, and what was expected; the rest of what priors do is in tests/properties."""

import numpy as np
import pytest

from negotiation import InputError, common_shock, exchange, from_tables, iid, matchups, table
from negotiation.streams import TYPES, keys

TWO = [(1, 0), (0, 1)]


@pytest.mark.parametrize(
    ("prior", "says"),
    [
        (iid((0.5, 0.6), (0.5, 0.5)), r"prior of Alice: expected probabilities that sum to 1, got \[0.5, 0.6\]"),
        (iid((0.5, 0.5), (1.5, -0.5)), "prior of Bob: expected probabilities"),
        (iid((np.nan, 0.5), (0.5, 0.5)), "prior of Alice: expected probabilities"),
        (iid((0.5, 0.3, 0.2), (0.5, 0.5)), "prior of Alice: expected 2 probabilities, one for each type, got 3"),
        (iid((0.5, 0.5), (1.0,)), "prior of Bob: expected 2 probabilities, one for each type, got 1"),
        (iid(("a", "b"), (0.5, 0.5)), "prior of Alice: expected rows of probabilities"),
        (iid([(0.5, 0.5)] * 3, (0.5, 0.5)), "prior of Alice: expected one row for each of 1 item classes, got 3"),
        (matchups([(0, 3)]), r"prior, matchups: 3 is not among the types \[2, 10\]"),
        (matchups([(0, 2), (8, 2)]), "prior: 2 matchups do not divide 3 items"),
        (table([((0,) * 3, (2,) * 3, 0.7)]), "prior: expected probabilities that sum to 1"),
        (table([((0,) * 3, (2,) * 3, 1.7), ((0,) * 3, (10,) * 3, -0.7)]), "prior: expected probabilities"),
        (table([((0,), (2,), 1.0)]), "prior: expected 3 types for each player in every row, got 1 and 1"),
        (table([((3,) * 3, (2,) * 3, 1.0)]), r"prior: 3 is not among the types \[0, 8\]"),
        (common_shock((0.5, 0.6), TWO, TWO), "weights of the shock: expected probabilities that sum to 1"),
        (common_shock((0.5, 0.5), TWO[:1], TWO), "prior of Alice: expected probabilities for each of 2 shocks, got 1"),
    ],
    ids=str,
)
def test_priors_that_do_not_fit(prior, says):
    with pytest.raises(InputError, match=says):
        exchange(items=3, prior=prior)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: matchups([]), "expected at least one pair"),
        (lambda: matchups([3]), "expected at least one pair"),
        (lambda: table([]), "expected at least one row"),
        (lambda: table([(0, 2, 1.0)]), "row"),
        (lambda: table([((0,), (2,), "x")]), "row|probabilit"),
    ],
)
def test_priors_that_make_no_sense(build, says):
    with pytest.raises(InputError, match=says):
        build()


def test_matchups_need_one_class():
    u = np.arange(8.0).reshape(2, 2, 2)
    with pytest.raises(InputError, match="matchups need items of one class"):
        from_tables(u, u, prior=matchups([(0, 0), (1, 1)]))


def test_a_prior_belongs_to_a_problem():
    with pytest.raises(InputError, match="build a problem on it first"):
        iid().support()


def test_types_that_cannot_be():
    problem = exchange(items=2, prior=table([((0, 0), (2, 10), 1.0)]))
    for asked in (problem.prior.given, lambda i, own: problem.prior.surplus_law(i, np.array(own), problem.surplus_table)):
        with pytest.raises(InputError, match=r"own types \(1, 1\) have probability 0"):
            asked(0, (1, 1))


def test_supports_too_long_to_list():
    with pytest.raises(InputError, match="more than 65536"):
        exchange(items=20).prior.support()


def test_supports_of_disjoint_shocks_are_short():
    problem = exchange(items=20, prior=common_shock((0.5, 0.5), TWO, TWO))
    types, probability = problem.prior.support()
    assert sorted(types.reshape(2, 40).sum(axis=1).tolist()) == [0, 40]
    np.testing.assert_allclose(probability, 0.5)


def test_draws_depend_on_the_number_of_the_negotiation_alone():
    problem = exchange(items=5)
    together = problem.prior.sample(keys(3, np.arange(100), TYPES))
    for k in (0, 17, 99):
        np.testing.assert_array_equal(problem.prior.sample(keys(3, np.array([k]), TYPES))[0], together[k])
    assert (problem.prior.sample(keys(4, np.arange(100), TYPES)) != together).any()


def test_a_common_shock_correlates_players():
    """Section 3.2: f allows for correlated values."""
    problem = exchange(prior=common_shock((0.5, 0.5), [(0.9, 0.1), (0.1, 0.9)], [(0.9, 0.1), (0.1, 0.9)]))
    np.testing.assert_allclose(problem.prior.item_conditional(0)[0], [[0.82, 0.18], [0.18, 0.82]], atol=1e-12)


def test_many_equal_matchups():
    """With more items than pairs, every pair occurs equally often."""
    problem = exchange(items=6, prior=matchups([(0, 2), (8, 10)]))
    assert problem.prior.support_size() == 20
    for row in problem.prior.sample(keys(1, np.arange(50), TYPES)):
        assert sorted(zip(*row.tolist(), strict=True)) == [(0, 0)] * 3 + [(1, 1)] * 3
