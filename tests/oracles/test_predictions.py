"""Published values and closed forms of the benchmarks: J1, J2, J4, J14, J16 and the ECL compromise."""

import itertools
import math

import numpy as np
import pytest

from negotiation import InputError, exchange, iid, matchups, predict, public_good, table, task_assignment
from negotiation.bargaining import nash, polytope, rubinstein_price, rubinstein_shares
from negotiation.bargaining.interim import interim_nash
from negotiation.bargaining.rubinstein import ORDERS, limit_shares
from negotiation.equilibrium import NotAvailable, best_lies, linking_mechanism, mechanism_by_type, second_best, type_space
from negotiation.equilibrium.linking import announcements, quotas
from negotiation.equilibrium.type_classes import listed_types

EXAMPLE_1 = [(0, 2), (0, 10), (8, 2), (8, 10)]


def rugs(**more):
    return exchange(4, prior=matchups(EXAMPLE_1), **more)


# J1, J3: one rug, and its relabelled siblings


@pytest.mark.parametrize(("problem", "surplus"), [(exchange(1), 10 / 3), (public_good(1), 10 / 3), (task_assignment(1), 3.5)])
def test_second_best_of_one_item(problem, surplus):
    """Sections 2.1 and 2.2 have the same surplus in relabelled types. The second best is 10/3 of 3.5 for rugs and investments.

    For the chores, written with private values (an incompetent worker makes good what the other loses), it is the first best:
    with a transfer of 4 from the incompetent to the competent worker both types lose by lying."""
    best = second_best(problem)
    assert best.first_best == pytest.approx(3.5, abs=1e-12)
    assert best.surplus == pytest.approx(surplus, abs=1e-9)
    assert best.residual < 1e-9


def test_the_papers_table_for_one_rug():
    best = second_best(exchange(1))
    trade = best.q[:, :, 0, 1]
    assert best.tables is None and best.labels == (("0", "8"), ("2", "10"))
    assert trade == pytest.approx(np.array([[5 / 6, 1], [0, 5 / 6]]), abs=1e-8)
    price = [best.transfers[a, b] / trade[a, b] for a, b in ((0, 1), (0, 0), (1, 1))]
    assert price == pytest.approx([5, 2, 8], abs=1e-8)
    assert best.transfers[1, 0] == pytest.approx(0, abs=1e-8)


def test_the_reported_mechanism_is_incentive_compatible_by_hand():
    """J1's constraints written out from q and the transfers alone."""
    best = second_best(exchange(1))
    q, p = best.q[:, :, 0, 1], best.transfers
    for i, values in ((0, (0, 8)), (1, (2, 10))):
        for true, said in itertools.product((0, 1), repeat=2):
            other = slice(None)
            cells = (said, other) if i == 0 else (other, said)
            truth = (true, other) if i == 0 else (other, true)
            sign = 1 - 2 * i
            honest = np.mean(sign * (p[truth] - values[true] * q[truth]))
            assert honest >= np.mean(sign * (p[cells] - values[true] * q[cells])) - 1e-9
            assert honest >= -1e-9
            assert honest == pytest.approx(best.interim[i][true], abs=1e-9)


@pytest.mark.parametrize("items", [2, 3, 4])
def test_frequencies_and_all_type_vectors_agree(items):
    """Two programs for the same mechanism: by contingency tables, and over all 2^n x 2^n pairs of types."""
    problem = exchange(items, prior=iid((0.3, 0.7), (0.6, 0.4)))
    design = mechanism_by_type.build(problem)
    listed = design.program.maximise(design.objectives[0])
    best = second_best(problem)
    assert best.tables is not None
    assert best.surplus == pytest.approx(listed.value, abs=1e-8)
    assert max(best.residual, listed.gap, listed.violation) < 1e-8


def test_frequencies_agree_with_three_types_and_three_choices():
    rng = np.random.default_rng(8)
    from negotiation import from_tables

    u_a, u_b = rng.integers(-3, 5, (3, 3)), rng.integers(-3, 5, (3, 2))
    u_a[0] = u_b[0] = 0
    problem = from_tables(u_a, u_b, items=2, prior=iid((0.2, 0.5, 0.3), (0.4, 0.6)))
    design = mechanism_by_type.build(problem)
    assert second_best(problem).surplus == pytest.approx(design.program.maximise(design.objectives[0]).value, abs=1e-8)


def test_linking_rugs_raises_the_second_best():
    shares = [second_best(exchange(n)).efficiency for n in (1, 2, 4, 8, 16)]
    assert all(a < b for a, b in itertools.pairwise(shares)) and shares[-1] < 1


def test_known_surplus_reaches_the_first_best():
    best = second_best(rugs())
    assert best.surplus == pytest.approx(14, abs=1e-9) and best.residual < 1e-9
    assert best.payoffs == pytest.approx([7, 7], abs=1e-9)
    for row in best.interim:
        assert row == pytest.approx(np.full(6, 7), abs=1e-8)


def test_second_best_says_where_it_is_not_available():
    for problem in (exchange(200), exchange(12, prior=matchups(EXAMPLE_1))):
        with pytest.raises(NotAvailable, match="not available at this size"):
            second_best(problem)
        row = predict(problem)["second best"]
        assert math.isnan(row.surplus) and row.note.startswith("not available")


# J2, J16: announcements with the prior's frequencies


def test_price_15_and_truth_in_example_1():
    """Point 1 of Example 1: truth is an equilibrium, and weakly dominant for Alice; for Bob it is not (a slip).

    Bob's lie is recomputed by hand: rugs worth (2, 2, 10, 10) to him, Alice says (0, 8, 0, 8). The truth trades all but the
    second rug, worth 22; saying (2, 10, 2, 10) trades all four, worth 24, at the same 15."""
    found = linking_mechanism(rugs())
    assert found.transfer == pytest.approx(15, abs=1e-12) and found.payoffs == pytest.approx([7, 7], abs=1e-12)
    assert found.efficiency == pytest.approx(1, abs=1e-12)
    interim, dominance = best_lies(rugs())
    assert [lie.gain for lie in interim] == pytest.approx([-4, -4])
    assert dominance[0].gain <= 0
    assert dominance[1].gain == pytest.approx(4)  # where Alice says 8 for the rugs worth 2 to him, and 0 for the others

    def value(said, alice):
        return sum(v for v, b, a in zip((2, 2, 10, 10), said, alice, strict=True) if a < b)

    assert value((2, 2, 10, 10), (0, 8, 0, 8)) == 22 and value((2, 10, 2, 10), (0, 8, 0, 8)) == 24


def test_linking_efficiency_tends_to_one_with_the_root_of_the_number():
    sizes = [4, 16, 64, 256, 1024, 4096]
    loss = [1 - linking_mechanism(exchange(n)).efficiency for n in sizes]
    assert all(a > b for a, b in itertools.pairwise(loss)) and loss[-1] < 0.01
    slope = np.polyfit(np.log(sizes[2:]), np.log(loss[2:]), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.01)


def test_linking_surplus_by_enumeration_of_all_types():
    """n = 3, three types of Alice's: every joint type with the mechanism played out item by item."""
    problem = exchange(3, seller_values=(0, 4, 8), buyer_values=(2, 10), prior=iid((0.2, 0.5, 0.3), (0.4, 0.6)))
    found = linking_mechanism(problem)
    types, p = problem.prior.support()
    said = [[None, None] for _ in types]
    for row, vector in enumerate(types):
        for i in (0, 1):
            size = len(problem.types[i])
            held = np.bincount(vector[i], minlength=size)
            lottery = announcements(held[None], found.quota[i][0])[0] / np.maximum(held, 1)[:, None]
            said[row][i] = lottery[vector[i]]  # (items, announced), each item's own chance
    best = (problem.utility[0][0][:, :, None] + problem.utility[1][0][:, None, :]).argmax(axis=0)
    total = 0.0
    for (a, b), vector, weight in zip(said, types, p, strict=True):
        for k in range(3):
            joint = np.outer(a[k], b[k])
            worth = problem.utility[0][0][best, vector[0][k]] + problem.utility[1][0][best, vector[1][k]]
            total += weight * float((joint * worth).sum())
    assert found.surplus == pytest.approx(total, abs=1e-12)
    assert found.payoffs.sum() == pytest.approx(found.surplus, abs=1e-12) and found.residual < 1e-12


def test_quotas_add_up():
    assert quotas(5, np.array([0.5, 0.5])).tolist() == [3, 2]
    assert quotas(10, np.array([0.25, 0.25, 0.5])).tolist() == [3, 2, 5]


# J2, J4, J14: Rubinstein


@pytest.mark.parametrize("order", ORDERS)
def test_rubinstein_shares_of_a_known_surplus_for_any_order(order):
    rng = np.random.default_rng(4)
    for _ in range(50):
        da, db = rng.uniform(0, 0.999, 2)
        chance = float(rng.uniform())
        pairs = [EXAMPLE_1[k] for k in rng.integers(4, size=4)] + [(0, 10)]
        problem = exchange(5, prior=matchups(pairs), discount=(da, db))
        known = sum(max(0, b - a) for a, b in pairs)
        row = predict_only_rubinstein(problem, order, chance)
        expected = {
            "alternating": (1 - db) / (1 - da * db),
            "alice": 1.0,
            "bob": 0.0,
            "random": chance * (1 - db) / (chance * (1 - db) + (1 - chance) * (1 - da)),
        }[order]
        assert row == pytest.approx(expected * known, rel=1e-9, abs=1e-9)


def predict_only_rubinstein(problem, order, chance):
    """Alice's payoff; the shares alone, so that 200 problems stay cheap."""
    return rubinstein_shares(problem.discount, order, chance).expected[0] * problem.surplus.mean


def test_predictions_of_example_1():
    found = predict(rugs())
    assert found["Rubinstein"].alice == pytest.approx(14 / 1.9, abs=1e-12)
    assert (round(found["Rubinstein"].alice, 6), round(found["Rubinstein"].bob, 6)) == (7.368421, 6.631579)
    assert found["Rubinstein"].note.startswith("exact")
    assert predict(rugs(), order="alice")["Rubinstein"].alice == pytest.approx(14)
    assert found["first best"].surplus == pytest.approx(14)
    assert not predict(exchange(3))["Rubinstein"].note.startswith("exact:")


def test_prices_and_limits():
    assert rubinstein_price(0, 10, (0.8, 0.8)) == pytest.approx(10 / 1.8)
    assert rubinstein_price(8, 10, (0.9, 0.9), "alice") == 10 and rubinstein_price(8, 10, (0.9, 0.9), "bob") == 8
    assert rubinstein_price(0, 10, (0.8, 0.8), first=1) == pytest.approx(8 / 1.8)
    for bad in ((8, 2), (5, 5)):
        with pytest.raises(InputError):
            rubinstein_price(*bad, (0.9, 0.9))
    rates = np.array([0.7, 0.2])
    limit = limit_shares(tuple(rates))
    assert limit == pytest.approx([2 / 9, 7 / 9])
    triangle = polytope([[1, 1], [-1, 0], [0, -1]], [1, 0, 0])
    assert nash(triangle, [0, 0], limit).point == pytest.approx(limit, abs=1e-9)
    gaps = []
    for step in (1e-1, 1e-2, 1e-3, 1e-4):
        shares = rubinstein_shares(tuple(np.exp(-rates * step)))
        gaps.append(max(abs(shares.offering[0] - limit[0]), abs(shares.answering[0] - limit[0])))
    assert gaps[-1] < 1e-4
    assert all(b == pytest.approx(a / 10, rel=0.1) for a, b in itertools.pairwise(gaps))  # first order in the length


# The ECL compromise


def test_compromise_equals_its_closed_form():
    """U_t = E[S | component] / 2, also where components differ."""
    rows = [((0, 8), (2, 10), 0.5), ((8, 0), (10, 2), 0.2), ((8, 0), (10, 10), 0.1), ((0, 0), (10, 10), 0.2)]
    problem = exchange(2, prior=table(rows))
    _, joint = listed_types(problem, 100)
    assert joint.shape == (3, 3)
    space = type_space(problem)
    payoffs, residual = interim_nash(space)
    assert residual < 1e-12
    surplus = {tuple(r[0]): sum(max(0, b - a) for a, b in zip(r[0], r[1], strict=True)) for r in rows}
    assert surplus[(0, 0)] == 20
    # (0,8)-(2,10) is a component of its own with S = 4; the others are linked by Bob's (10, 10)
    linked = (0.2 * (2 + 2) + 0.1 * (2 + 10) + 0.2 * 20) / 0.5
    labels = {label: u for i in (0, 1) for label, u in zip(space.labels[i], payoffs[i], strict=True)}
    assert labels == pytest.approx(
        {"0 8": 2, "2 10": 2, "8 0": linked / 2, "0 0": linked / 2, "10 2": linked / 2, "10 10": linked / 2}, abs=1e-12
    )


def test_compromise_by_the_general_weighted_nash_on_all_mechanisms():
    """The feasible set of interim payoffs from decisions and transfers themselves, by a convex program."""
    cp = pytest.importorskip("cvxpy")
    problem = exchange(1, prior=iid((0.3, 0.7), (0.6, 0.4)))
    f, g = np.array([0.3, 0.7]), np.array([0.6, 0.4])
    gain, p = cp.Variable((2, 2)), cp.Variable((2, 2))  # the surplus decided on (at most the first best), and Alice's part
    best = problem.surplus_table[0]
    u_a, u_b = p @ g, (gain - p).T @ f
    objective = f @ cp.log(u_a) + g @ cp.log(u_b)
    cp.Problem(cp.Maximize(objective), [gain <= best]).solve(solver="CLARABEL")
    payoffs, _ = interim_nash(type_space(problem))
    assert payoffs[0] == pytest.approx(u_a.value, abs=1e-4) and payoffs[1] == pytest.approx(u_b.value, abs=1e-4)


def test_splitting_a_type_changes_nothing():
    """Axiom 70: the same value under two labels. (The exchange's types must differ, so the copy is worth a hair less.)"""
    one = interim_nash(type_space(exchange(1, prior=iid((0.5, 0.5), (0.5, 0.5)))))[0]
    two = interim_nash(type_space(exchange(1, (0, 8, 8 + 1e-12), (2, 10), prior=iid((0.5, 0.2, 0.3), (0.5, 0.5)))))[0]
    assert two[0] == pytest.approx(np.full(3, one[0][0]), abs=1e-9) and two[1] == pytest.approx(one[1], abs=1e-9)
