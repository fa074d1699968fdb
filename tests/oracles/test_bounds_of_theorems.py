"""Theorems 3, 4 and 5 in numbers, and Example 2's bound."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from negotiation import InputError, common_shock, exchange, from_tables, iid, public_good, table
from negotiation.equilibrium import (
    NotAvailable,
    frequency_bounds,
    items_needed,
    nearly_known_bounds,
    payoff_bounds,
    tremble_bound,
    typical_types,
    uncertainty_table,
)
from negotiation.equilibrium.many_items import log_atypical, log_binomial_tail, one_item
from negotiation.equilibrium.nearly_known import payoff_range

RUGS = exchange(4, prior=iid(), discount=(0.9, 0.9))

# --- Theorem 3


@pytest.mark.parametrize("items", [1, 7, 60, 1000])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.8])
def test_binomial_tails(items, p):
    """Never below the exact tail, Chernoff's never below the nearly exact one, and that close where the tail is far."""
    for share in np.linspace(0.01, 1, 34):
        exact = binom.logsf(math.ceil(share * items - 1e-9) - 1, items, p)
        near, chernoff = (log_binomial_tail(items, p, share, nearly) for nearly in (True, False))
        assert exact <= near + 1e-9 and near <= chernoff + 1e-9
        if share > p + 3 * math.sqrt(p * (1 - p) / items) and exact > -600:
            assert near <= exact + 0.3


def test_atypical_frequencies_of_three_types():
    """The union bound over types against the exact multinomial, by listing."""
    p, n = np.array([0.2, 0.3, 0.5]), 30
    counts = np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)])
    off = np.abs(counts / n - p).max(axis=1)
    for d in (0.1, 0.2, 0.35):
        exact = multinomial.pmf(counts, n, p)[off >= d - 1e-12].sum()
        assert math.log(exact) <= log_atypical(n, p, d) <= math.log(exact) + 0.8


@pytest.mark.parametrize("problem", [RUGS, public_good(3, alice_benefits=(0, 3, 8), prior=iid((0.2, 0.3, 0.5), (0.4, 0.6)))])
def test_typical_frequencies_have_a_typical_surplus(problem):
    item, rng = one_item(problem), np.random.default_rng(1)
    for d in (0.01, 0.05, 0.2):
        for _ in range(300):
            near = []
            for p in item.prior:
                change = rng.uniform(-d, d, len(p)) * rng.choice([1, 0.1], len(p))
                change[-1] = -change[:-1].sum()
                near.append(p + change * min(1, d / np.abs(change).max()))
            assert abs(near[0] @ item.surplus @ near[1] - item.mean) <= item.distance(d) + 1e-12


@pytest.mark.parametrize("statement", ["ratio", "epsilon"])
@pytest.mark.parametrize("upper", ["each type", "average type"])
def test_tremble_bound(statement, upper):
    """gamma(epsilon) is where the statement stops to hold: smaller trembles satisfy it, a little larger ones do not; it grows
    with epsilon."""
    game = {"highest": (10.0, 10.0), "lowest": (0.0, 0.0), "upper": upper}
    found = []
    for epsilon in (0.02, 0.1, 0.4):
        gamma = tremble_bound(epsilon, 3.5, (0.9, 0.8), statement=statement, **game)
        for factor in (1e-3, 0.1, 0.5, 0.999):
            assert payoff_bounds(3.5, (0.9, 0.8), tremble=factor * gamma, **game).theorem()[statement] <= epsilon
        assert payoff_bounds(3.5, (0.9, 0.8), tremble=1.001 * gamma, **game).theorem()[statement] > epsilon
        found.append(gamma)
    assert 0 < found[0] < found[1] < found[2]
    assert tremble_bound(0.01, 3.5, (0.9, 0.8), statement=statement, step=1.0, **game) == 0


@pytest.mark.parametrize("statement", ["ratio", "epsilon"])
def test_items_needed(statement):
    """The number found satisfies the statement, and so do all larger ones that are tried, with the same T and d."""
    epsilon = 0.2
    gamma = 0.25 * tremble_bound(epsilon / 2, 3.5, (0.9, 0.9), statement=statement, upper="average type", highest=(10, 10))
    needed = items_needed(RUGS, epsilon, gamma, statement=statement)
    assert needed.reached <= epsilon and math.isfinite(needed.items) and needed.decreasing_from <= needed.items
    for factor in (1, 1.001, 1.5, 10, 1e3):
        more = frequency_bounds(RUGS, needed.items * factor, gamma, stages=needed.stages, distance=needed.distance)
        assert more.theorem()[statement] <= epsilon
    assert sum(needed.budget.values()) >= needed.reached * (0.99 if statement == "ratio" else 0)


def test_items_needed_falls_in_epsilon_and_trembles_may_vanish():
    strict, lax = (items_needed(RUGS, e, 1e-4, statement="ratio").items for e in (0.1, 0.3))
    assert lax < strict < math.inf
    assert items_needed(RUGS, 0.3, lambda n: 1 / n, statement="ratio").items < math.inf
    assert items_needed(RUGS, 0.01, 0.05, statement="ratio").items == math.inf  # the trembles alone spend epsilon


def test_width_falls_with_items():
    """Theorem 3 as a sweep: with gamma = 1 / n and d = sqrt(2 T log n / n), which Hoeffding's bound needs, errors fall almost
    like n^(-1/2)."""
    items, stages = np.array([1e10, 1e11, 1e12, 1e13, 1e14]), 120
    widths = [
        frequency_bounds(RUGS, n, 1 / n, stages=stages, distance=math.sqrt(2 * stages * math.log(n) / n)).width.max()
        for n in items
    ]
    slopes = np.diff(np.log(widths)) / np.diff(np.log(items))
    assert ((slopes > -0.5) & (slopes < -0.45)).all() and widths[-1] < 0.001 * 3.5


def test_theorem_3_needs_iid():
    with pytest.raises(NotAvailable):
        items_needed(exchange(3, prior=common_shock((0.5, 0.5), [(0.2, 0.8), (0.8, 0.2)], [(0.5, 0.5), (0.5, 0.5)])), 0.1, 0.01)
    with pytest.raises(InputError):
        items_needed(RUGS, 1.5, 0.01)
    with pytest.raises(InputError):
        items_needed(RUGS, 0.5, 0.01, statement="width")


# --- Theorems 4 and 5


def family(e):
    """Two rugs: with 1 - e the matchups (0, 2), (8, 10) in either order, known surplus 4; with e any types, equally likely."""
    rows = {(a, b): e / 16 for a in itertools.product((0, 8), repeat=2) for b in itertools.product((2, 10), repeat=2)}
    for pair in [((0, 8), (2, 10)), ((8, 0), (10, 2))]:
        rows[pair] += (1 - e) / 2
    return exchange(2, prior=table([(*pair, p) for pair, p in rows.items()]))


def test_typical_types():
    """Types that the matchups have are typical, the others not; iota is e (1 - 1/16 * ...) by hand: 3 e / 8 of a type's e / 4
    + ...."""
    e = 0.01
    joint = np.full((4, 4), e / 16)
    joint[1, 1] += (1 - e) / 2
    joint[2, 2] += (1 - e) / 2
    surplus = np.full((4, 4), 7.0)
    surplus[1, 1] = surplus[2, 2] = 4.0
    sets = typical_types(joint, surplus, 4.0, 0.0)
    last = sets[-1]
    assert last.types[0].tolist() == last.types[1].tolist() == [False, True, True, False]
    np.testing.assert_allclose(last.iota, (3 * e / 16) / (e / 4 + (1 - e) / 2))
    np.testing.assert_allclose(last.atypical, e / 2)
    assert all((big.types[k] >= small.types[k]).all() for big, small in itertools.pairwise(sets) for k in (0, 1))


def test_typical_within_a_distance():
    """Surpluses 3.8 to 4.2 are within 0.3 of 4, the others of a third type are not; doubts of types by hand."""
    surplus = np.array([[3.8, 4.1, 9.0], [4.2, 4.0, -4.0], [9.0, 1.0, 4.0]])
    joint = np.array([[0.3, 0.2, 0.01], [0.2, 0.25, 0.01], [0.01, 0.01, 0.01]])
    everybody, typical = typical_types(joint, surplus, 4.0, 0.3)[:2]
    np.testing.assert_allclose(everybody.iota, [0.02 / 0.03, 0.02 / 0.03])
    assert typical.types[0].sum() + typical.types[1].sum() == 5
    last = typical_types(joint, surplus, 4.0, 0.3)[2]
    assert last.types[0].tolist() == last.types[1].tolist() == [True, True, False]
    np.testing.assert_allclose(last.iota, [0.01 / 0.46, 0.01 / 0.46])
    np.testing.assert_allclose(last.atypical, 0.03)


@pytest.mark.parametrize("beta", [1.0, 2.0, 50.0])
def test_theorem_4(beta):
    """As uncertainty vanishes the bounds under bounded updating close on Rubinstein's shares; faster updating asks for less
    of it."""
    labels = [10.0**-k for k in (4, 16, 64, 250)]
    rows = uncertainty_table([(e, family(e)) for e in labels], beta=beta)
    ratios = [row["ratio"] for row in rows]
    assert (np.diff(ratios) < 1e-11).all() and ratios[-1] < (0.05 if beta > 2 else 1e-6)
    for row in rows:
        for name, share in (("alice", 4 / 1.9), ("bob", 4 * 0.9 / 1.9)):
            assert row[f"lower_{name}"] <= share <= row[f"upper_{name}"]
            assert row[f"rubinstein_{name}"] == pytest.approx(share)
    slower = uncertainty_table([(labels[1], family(labels[1]))], beta=1.0)[0]
    assert slower["ratio"] <= ratios[1] + 1e-12


def test_theorem_5():
    """Two items, trembles: with gamma and the grid fixed the bounds close up to what these cost, which falls with them. Tails
    of 1e-300 are what 64-bit numbers hold: Lemma 1 with small trembles asks for very little uncertainty."""
    rows = uncertainty_table([(10.0**-k, family(10.0**-k)) for k in (50, 150, 300)], tremble=1e-3, step=0.01)
    assert (np.diff([row["ratio"] for row in rows]) < 0).all()
    assert rows[-1]["lower_alice"] <= 4 / 1.9 <= rows[-1]["upper_alice"]
    known = exchange(2, prior=table([((0, 8), (2, 10), 0.5), ((8, 0), (10, 2), 0.5)]))
    limits = [
        nearly_known_bounds(known, tremble=g, step=s)[0].theorem()["ratio"]
        for g, s in ((1e-3, 0.1), (1e-4, 0.01), (1e-6, 1e-4))
    ]
    assert limits[0] > limits[1] > limits[2] and limits[2] < 1e-3
    assert nearly_known_bounds(known, tremble=1e-3, step=0.01)[0].theorem()["ratio"] < rows[-1]["ratio"]


@pytest.mark.parametrize("seed", range(4))
def test_what_an_agreement_can_give(seed):
    """Over all decisions, types and lies, by loops: the items' best and worst total, and what a lie about them can add."""
    rng = np.random.default_rng(seed)
    tables = rng.uniform(-3, 5, (2, 3, 2))  # players, choices, types
    tables[:, 0] = 0
    problem = from_tables(tables[0], tables[1], items=3)
    kinds = range(2)
    totals = [tables[0][c, a] + tables[1][c, b] for c in range(3) for a in kinds for b in kinds]
    largest = 3 * max(0.0, *totals)
    lie = [3 * max(abs(table[c, 0] - table[c, 1]) for c in range(3)) for table in tables]
    lowest, highest = payoff_range(problem)
    assert problem.largest_surplus == pytest.approx(largest)
    for k in (0, 1):
        assert lowest[k] == pytest.approx(min(3 * min(totals) - largest, -lie[k]))
        assert highest[k] == pytest.approx(max(3 * max(totals), largest + lie[k]))


def test_trembles_are_spread_over_types_times_demands():
    problem = family(1e-60)
    count = 2**2 * (problem.largest_surplus / 0.01 + 1)
    options = {"tremble": 1e-3, "step": 0.01}
    found, _ = nearly_known_bounds(problem, **options)
    for offers in (math.log(count), math.log(count) + 1):
        told, _ = nearly_known_bounds(problem, log_offers=(offers, offers), **options)
        same = len(told.tails) == len(found.tails) and np.allclose(told.tails, found.tails, rtol=1e-12, atol=0)
        assert same == (offers == math.log(count))


def test_nearly_known_says_what_it_needs():
    problem = family(0.1)
    for options in ({}, {"beta": 2.0, "tremble": 0.1}, {"tremble": 0.1}, {"beta": 2.0, "upper": "average type"}):
        with pytest.raises(InputError):
            nearly_known_bounds(problem, **options)
