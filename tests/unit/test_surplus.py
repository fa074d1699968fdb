"""Laws of sums, where they are long: against the binomial law and the normal law's stated error."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import binom, norm

from negotiation import exchange
from negotiation.surplus import BERRY_ESSEEN, _normal, known, sum_law


@pytest.mark.parametrize("n", [1, 64, 1000, 10_000])
@pytest.mark.parametrize("step", [1.0, 0.25])
def test_long_sums_on_a_lattice(n, step):
    law = sum_law([(n, np.array([0.0, step]), np.array([0.3, 0.7]))])
    assert law.method == "exact"
    count = np.rint(law.points / step)
    np.testing.assert_allclose(law.points, count * step, atol=1e-9)
    np.testing.assert_allclose(law.probability, binom.pmf(count, n, 0.7), atol=2e-14 * max(1, n**0.5))
    missing = 1 - binom.pmf(count, n, 0.7).sum()
    assert abs(missing) <= 1e-10
    assert law.highest == n * step  # however unlikely
    assert law.mean == pytest.approx(0.7 * n * step)
    assert law.sd == pytest.approx(step * (n * 0.21) ** 0.5)


@pytest.mark.parametrize("n", [100, 3000])
def test_long_sums_off_the_lattice(n):
    """Two values with no common decimal: still the binomial law, or the normal one with an error that it keeps."""
    v = np.array([0.0, 2**0.5])
    law = sum_law([(n, v, np.array([0.4, 0.6]))])
    cdf = np.cumsum(law.probability)
    truth = binom.cdf(np.floor(law.points / v[1] + 1e-9), n, 0.6)
    before = binom.cdf(np.ceil(law.points / v[1] - 1e-9) - 1, n, 0.6)
    off = max(np.abs(cdf - truth).max(), np.abs(cdf - law.probability - before).max())
    assert off <= law.error + 1e-9
    assert law.mean == pytest.approx(0.6 * n * v[1])


def irregular(n):
    """Two kinds of items with three values each, on no lattice: too many sums to list."""
    rng = np.random.default_rng(n)
    return [(n, rng.normal(size=3), rng.dirichlet(np.ones(3))) for _ in range(2)]


@pytest.mark.parametrize("n", [500, 50_000, 10**7])
def test_the_normal_law_keeps_its_stated_error(n):
    """The distance from the normal distribution function, by Berry and Esseen's bound, and that of its 257 points."""
    groups = irregular(n)
    law = sum_law(groups)
    assert law.method == "normal"
    mean = sum(c * (v @ p) for c, v, p in groups)
    variance = sum(c * ((v - v @ p) ** 2 @ p) for c, v, p in groups)
    third = sum(c * (np.abs(v - v @ p) ** 3 @ p) for c, v, p in groups)
    cdf, exact = np.cumsum(law.probability), ndtr((law.points - mean) / variance**0.5)
    own = max(np.abs(cdf - exact).max(), np.abs(cdf - law.probability - exact).max())
    assert own + 0.56 * third / variance**1.5 <= law.error * (1 + 1e-9)
    assert law.mean == pytest.approx(mean, abs=1e-9 * variance**0.5 + 1e-12 * abs(mean))
    assert law.sd == pytest.approx(variance**0.5)


def test_the_normal_law_against_draws():
    """The distribution of 200,000 sums: within the stated error and the bound of Dvoretzky, Kiefer and Wolfowitz (1e-6)."""
    groups = irregular(500)
    law = sum_law(groups)
    rng = np.random.default_rng(0)
    sums = sum(rng.multinomial(c, p, size=200_000) @ v for c, v, p in groups)
    empirical = np.searchsorted(np.sort(sums), law.points, side="right") / len(sums)
    slack = np.sqrt(np.log(2 / 1e-6) / (2 * len(sums)))
    assert np.abs(empirical - np.cumsum(law.probability)).max() <= law.error + slack


def test_known_laws():
    law = known(14)
    assert (law.known, law.mean, law.sd, law.highest) == (True, 14.0, 0.0, 14.0)
    assert sum_law([(5, np.array([2.0, 2.0]), np.array([0.5, 0.5]))]).known
    assert not exchange().surplus.known


def test_a_surplus_that_differs_by_rounding_is_known():
    """0.1 + 0.2 is not 0.3 to the last bit; in tiny units 1e-12 and 2e-12 still differ."""
    law = sum_law([(2, np.array([0.1 + 0.2, 0.3]), np.array([0.5, 0.5]))])
    assert law.known and law.mean == pytest.approx(0.6)
    assert not sum_law([(2, np.array([1e-12, 2e-12]), np.array([0.5, 0.5]))]).known


@pytest.mark.parametrize("size", [1, 5, 32])
def test_compressed_laws_keep_mass_mean_and_order(size):
    law = exchange(items=200).surplus
    small = law.compressed(size)
    assert len(small.points) <= size
    assert small.probability.sum() == pytest.approx(1)
    assert small.mean == pytest.approx(law.mean)
    assert (np.diff(small.points) > 0).all()
    assert small.sd <= law.sd + 1e-9
    assert law.compressed(10**6) is law


def test_the_error_of_quantiles_is_how_far_their_steps_are_from_the_normal_law():
    """With Berry and Esseen's bound on the sum's own distance from it."""
    groups = [(400, np.array([0.0, 1.0, 5.0]), np.array([0.2, 0.5, 0.3])), (300, np.array([0.0, 2.0]), np.array([0.6, 0.4]))]
    law = _normal(groups, 3.0, 2603.0)
    rows = [(c, v, p, float(v @ p)) for c, v, p in groups]
    mean, variance = 3 + sum(c * m for c, _, _, m in rows), sum(c * float(p @ (v - m) ** 2) for c, v, p, m in rows)
    third = sum(c * float(p @ np.abs(v - m) ** 3) for c, v, p, m in rows)
    assert law.mean == pytest.approx(mean)
    assert float(law.probability @ (law.points - mean) ** 2) == pytest.approx(variance)
    z = (law.points - mean) / np.sqrt(variance)
    below = np.arange(len(z)) / len(z)
    steps = max(np.abs(below - norm.cdf(z)).max(), np.abs(below + 1 / len(z) - norm.cdf(z)).max())
    assert law.error == pytest.approx(BERRY_ESSEEN * third / variance**1.5 + steps)
