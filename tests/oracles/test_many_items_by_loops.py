"""The ingredients of Theorem 3's bounds one by one: sums and counts by loops, tails in whole numbers."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from negotiation import exchange, iid
from negotiation.bargaining.rubinstein import rubinstein_shares
from negotiation.equilibrium.items_bound import _distance, items_needed
from negotiation.equilibrium.many_items import Item, bounds_at, bounds_in_the_limit, log_atypical, log_binomial_tail
from negotiation.equilibrium.updating import trembling_tails


def item(seed, sizes):
    rng = np.random.default_rng(seed)
    table = rng.uniform(0, 5, sizes)
    a, b = (rng.dirichlet(np.ones(size)) for size in sizes)
    return Item(table, (a, b), float(a @ table @ b), float(table.max()))


@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (4, 5)])
def test_distance_by_loops(sizes):
    one, d = item(3, sizes), 0.07
    s, (a, b) = one.surplus, one.prior
    pairs = itertools.product(*[itertools.product(range(k), repeat=2) for k in sizes])
    cross = max(abs((s[x, y] - s[z, y]) - (s[x, w] - s[z, w])) for (x, z), (y, w) in pairs)
    given = [[float(s[x] @ b) for x in range(sizes[0])], [float(a @ s[:, y]) for y in range(sizes[1])]]
    half = [k // 2 * d for k in sizes]
    linear = sum(h * (max(g) - min(g)) for h, g in zip(half, given, strict=True))
    assert one.distance(d) == pytest.approx(linear + half[0] * half[1] * cross)


def test_the_distance_of_two_types_is_reached():
    """With two types each, frequencies off by d in the worst direction: linear and crossed parts together."""
    for seed in range(20):
        one, d = item(seed, (2, 2)), 0.05
        moves = [np.array([x, -x]) for x in (-d, d)]
        off = [abs((one.prior[0] + x) @ one.surplus @ (one.prior[1] + y) - one.mean) for x in moves for y in moves]
        assert max(off) <= one.distance(d) + 1e-12
        assert max(off) >= one.distance(d) - 2 * d * d * abs(np.array([1, -1]) @ one.surplus @ np.array([1, -1]))


@pytest.mark.parametrize("n", [1, 4, 30])
@pytest.mark.parametrize("sizes", [(2, 3), (4, 2)])
def test_offers_are_counted(n, sizes):
    """Frequencies, times demands from 0 to the largest surplus in steps."""
    one, step = item(1, sizes), 0.25
    for k, found in zip(sizes, one.log_offers(n, step), strict=True):
        frequencies = math.comb(n + k - 1, k - 1)
        assert math.exp(found) == pytest.approx(frequencies * (n * one.largest / step + 1))


@pytest.mark.parametrize("n", [1, 3, 40, 300])
@pytest.mark.parametrize("p", [Fraction(1, 20), Fraction(1, 2), Fraction(4, 5)])
def test_tails_are_never_below_the_exact_ones(n, p):
    """Exactly, in fractions: also where the geometric series leaves nothing over and rounding decides."""
    mass = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    for k in range(math.floor(n * p) + 1, n + 1):
        tail = sum(mass[k:])
        exact = math.log(tail.numerator) - math.log(tail.denominator)
        near = log_binomial_tail(n, float(p), k / n)
        assert near >= exact - 1e-15 * abs(exact)
        if p == Fraction(1, 20) and k > n * p + 3 * math.sqrt(n):
            assert near <= exact + 0.02


def test_a_share_between_two_counts_is_rounded_up():
    assert log_binomial_tail(10, 0.3, 0.61) == log_binomial_tail(10, 0.3, 0.7)
    assert log_binomial_tail(10, 0.3, 0.7) < log_binomial_tail(10, 0.3, 0.6)
    assert log_binomial_tail(10, 0.3, 1.2) == -math.inf and log_binomial_tail(10, 0.3, 0.2) == 0


@pytest.mark.parametrize("discount", [(0.9, 0.9), (0.8, 0.6)])
def test_what_phase_2_adds(discount):
    """Chatterjee's bound for a sum over a random permutation, and the deviation of such a sum, by their own formulas."""
    one, n, d = item(5, (2, 2)), 400.0, 0.02
    game = bounds_at(one, discount, n, 1e-4, 20, d, 1.0, "average type", np.array([-200.0, -300.0])).game
    share = min(rubinstein_shares(discount).answering)
    t = n * share * one.mean / one.largest  # of a sum of n terms between 0 and 1
    mean = n * (one.mean + game.distance) / one.largest
    assert game.lapse == pytest.approx(2 * math.exp(-t * t / (4 * mean + 2 * t)))
    assert game.distance == pytest.approx(one.distance(d)) and game.step == pytest.approx(1 / n)
    # n terms between 0 and s: variance at most n^2 / (n - 1) times (s / 2)^2, of the sum; per item
    assert game.deviation**2 == pytest.approx(n**2 / (n - 1) * (one.largest / 2) ** 2 / n**2)
    assert bounds_in_the_limit(one, discount, 1e-4, 20, "average type").game.lapse == 0


def test_the_number_of_items_is_the_least_of_its_horizon():
    """A little fewer items, and no statement: each part of the search, horizon, distance and bisection, at its edge."""
    problem, epsilon, tremble = exchange(4, prior=iid(), discount=(0.9, 0.9)), 0.3, 1e-4
    needed = items_needed(problem, epsilon, tremble, statement="ratio")
    kinds, offers, replies = 2, (needed.stages + 1) // 2, needed.stages // 2
    assert needed.stages % 2 == 0 and offers >= replies
    assert needed.decreasing_from == pytest.approx(offers * kinds / (2 * needed.distance**2))
    vanishing = items_needed(problem, epsilon, lambda n: 1 / n, statement="ratio")
    per_log = (vanishing.stages + 1) // 2 * (kinds + 1) + vanishing.stages // 2
    assert vanishing.decreasing_from == pytest.approx(per_log / (2 * vanishing.distance**2))


@pytest.mark.parametrize("stages", [2, 5, 12])
def test_the_least_distance_at_which_tails_are_small(stages):
    """As Lemma 1's tails themselves say: small enough there, and no longer a little before."""
    one, n, tremble, step, last = item(7, (2, 3)), 1e7, 1e-3, 1.0, math.log(0.01)
    found = _distance(one, n, tremble, stages, step, last)

    def largest(d):
        logs = [log_atypical(n, p, d, nearly_exact=False) for p in one.prior]
        return trembling_tails(logs, one.log_offers(n, step), tremble, stages, sharp=False)[-1].max()

    assert largest(found) <= 0.01 * (1 + 1e-6)
    assert largest(0.999 * found) > 0.01
