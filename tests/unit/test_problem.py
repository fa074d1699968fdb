"""Problems, and what is wrong with them: each error says what, where, and what was expected."""

import numpy as np
import pytest

from agents import RubinsteinDemand, Scripted
from negotiation import (
    CannotPlay,
    Grid,
    InputError,
    Problem,
    RuleBroken,
    exchange,
    from_tables,
    iid,
    matchups,
    simulate,
    whole_decisions,
)  # fmt: skip
from negotiation.table import Offer
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

ZERO_ONE = [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: exchange(discount=(0.9, 1.0)), r"discount: expected two numbers in \[0, 1\), got \(0.9, 1.0\)"),
        (lambda: exchange(discount=(-0.1, 0.5)), r"discount: expected two numbers in \[0, 1\)"),
        (lambda: exchange(discount=(float("nan"), 0.5)), r"discount: expected two numbers in \[0, 1\)"),
        (lambda: exchange(discount=0.9), r"discount: expected two numbers in \[0, 1\), got 0.9"),
        (lambda: exchange(discount=("a", 0.9)), r"discount: expected two numbers in \[0, 1\)"),
        (lambda: exchange(items=0), "items: expected at least 1, got 0"),
        (lambda: exchange(items=True), "items: expected at least 1"),
        (lambda: exchange(items=[]), "items: expected at least 1"),
        (lambda: from_tables([[0, np.nan], [1, 1]], ZERO_ONE), "utility of Alice: expected finite numbers"),
        (lambda: from_tables(ZERO_ONE, [[0, np.inf], [1, 1]]), "utility of Bob: expected finite numbers"),
        (lambda: from_tables([[0, 0], [1]], ZERO_ONE), "utility of Alice: expected a table"),
        (lambda: from_tables([0, 1], ZERO_ONE), r"utility of Alice: expected a table \[choice, type\]"),
        (lambda: from_tables(ZERO_ONE, [*ZERO_ONE, [2, 2]]), r"utility of Bob: expected shape \(1, 2, 2\), got \(1, 3, 2\)"),
        (lambda: from_tables([[-1, 0], [-2, 0]], [[0, 0], [1, 0]]), "surplus .* at least 0 .* class 0 has -1 for types 0"),
        (lambda: from_tables([[0, 0], [-2, -1]], [[0, 0], [1, 0]]), "expected a positive surplus"),
        (lambda: from_tables(ZERO_ONE, ZERO_ONE, items=["a", "b"], classes=[0]), "items: expected 1 names, got 2"),
        (lambda: from_tables(ZERO_ONE, ZERO_ONE, items=3, classes=[0]), "classes: expected 3 of them, .* got 1"),
        (lambda: from_tables([ZERO_ONE] * 2, [ZERO_ONE] * 2, classes=[0, 5]), "classes: expected numbers from 0 to 1"),
        (lambda: from_tables([ZERO_ONE] * 2, [ZERO_ONE] * 2, items=3), "classes: expected one class for each of the 3 items"),
        (lambda: exchange(seller_values=(0, 0)), "types of Alice: expected different labels"),
        (
            lambda: whole_decisions(17, "01", lambda x, t: 0, lambda x, t: 0, types=((0,), (0,))),
            r"parts: 2\^17 whole decisions are more than 65536",
        ),
    ],
)  # fmt: skip
def test_wrong_problems(build, says):
    with pytest.raises(InputError, match=says):
        build()


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: ShareDemanding(order="clockwise"), "order: expected one of alternating, alice, bob, random, got 'clockwise'"),
        (lambda: ShareDemanding(recognition=1.5), "recognition: expected a probability, got 1.5"),
        (lambda: ShareDemanding(horizon=0), "horizon: expected .* at least 1"),
        (lambda: ShareDemanding(horizon=2.5), "horizon: expected .* got 2.5"),
        (lambda: Combinatorial(form="bundle"), "form: expected one of additive, number, table, got 'bundle'"),
        (lambda: Grid(0, 1, 0.3), "grid: expected high - low to be a whole number of steps"),
        (lambda: Grid(0, 1, 0), "grid: expected low <= high and step > 0"),
        (lambda: Grid(0, float("nan"), 1), "grid: expected low <= high and step > 0"),
    ],
)
def test_wrong_options(build, says):
    with pytest.raises(InputError, match=says):
        build()


@pytest.mark.parametrize("tremble", [1.0, -0.1, float("nan"), "x", True])
def test_wrong_trembles(tremble):
    with pytest.raises(InputError, match="tremble: expected a probability"):
        simulate(exchange(), ShareDemanding(), RubinsteinDemand(), RubinsteinDemand(), tremble=tremble)


@pytest.mark.parametrize(
    ("what", "value"), [("negotiations", 0), ("negotiations", 1.5), ("workers", 0), ("chunk", 0), ("seed", -1)]
)
def test_wrong_numbers_of_runs(what, value):
    with pytest.raises(InputError, match=f"{what}: expected a whole number"):
        simulate(exchange(), ShareDemanding(), RubinsteinDemand(), RubinsteinDemand(), **{what: value})


def test_protocols_say_why_they_cannot_play():
    whole = whole_decisions(2, "01", lambda x, t: 0.0, lambda x, t: float(x != ("0", "0")), types=((0,), (0,)))
    no_null = from_tables([[1.0], [2.0]], [[1.0], [2.0]])
    for protocol, problem, says in [
        (ItemByItem(), whole, "item-by-item: cannot play .* whole decisions"),
        (Frequency(), whole, "frequency: cannot play .* whole decisions"),
        (Frequency(reopen=True), exchange(), "frequency: .* cannot reopen"),
        (Combinatorial(form="number"), no_null, "combinatorial: prices by number need a null choice"),
        (ShareDemanding(reopen=True), no_null, "reopen: needs a null choice"),
    ]:
        with pytest.raises(InputError, match=says) as caught:
            simulate(problem, protocol, RubinsteinDemand(), RubinsteinDemand())
        assert isinstance(caught.value, CannotPlay) or "reopen: needs" in str(caught.value)


def test_a_problem_cannot_be_changed():
    problem = exchange(items=2)
    assert isinstance(problem, Problem)
    with pytest.raises(ValueError, match="read-only"):
        problem.utility[0][0, 0, 0] = 5
    with pytest.raises(AttributeError):
        problem.discount = (0.1, 0.1)


def test_first_best_is_the_sum_over_items():
    problem = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    types, _ = problem.prior.support()
    assert len(types) == 24  # "the 24 different possible orderings", Example 1
    np.testing.assert_array_equal(problem.first_best(types), 14)
    assert problem.surplus.known


# --- who breaks the rules: offers and responses for three rugs

NAN = float("nan")


def offer(x, p):
    return Offer(np.array([x]), np.array([p], dtype=float))


GOOD = {
    "item-by-item": offer([1, 1, 1], [3, 3, 3]),
    "share-demanding": offer([0, 0, 0], [5]),
    "combinatorial": offer([0], [1, 0, 0, 0, 0, 0, 0]),
    "frequency": offer([2, 1, 0, 0, 1], [3]),
}
BAD = [
    (ItemByItem(), offer([1, 1], [3, 3]), r"x has shape \(2, 3\)"),
    (ItemByItem(), offer([1, 1, 1], [3, 3]), r"p has shape \(2, 3\)"),
    (ItemByItem(), Offer(np.array([1, 1, 1]), np.array([3.0, 3.0, 3.0])), "shape"),
    (ItemByItem(), offer([1, 1, 2], [3, 3, 3]), "a choice number from 0 to 1"),
    (ItemByItem(), offer([1, 1, -1], [3, 3, 3]), "a choice number from 0 to 1"),
    (ItemByItem(), offer([1, 1, 1.5], [3, 3, 3]), "integers"),
    (ItemByItem(), offer([1, 1, 1], [3, 3, NAN]), "finite"),
    (ItemByItem(grid=Grid(0, 10, 1)), offer([1, 1, 1], [3, 3, 3.5]), "on the grid 0, 1, ..., 10"),
    (ShareDemanding(), offer([0, 0], [5]), r"x has shape \(2, 3\)"),
    (ShareDemanding(), offer([0, 0, 2], [5]), "a type number from 0 to 1"),
    (ShareDemanding(), offer([0, 0, 0], [NAN]), "finite"),
    (ShareDemanding(), offer([0, 0, 0], [np.inf]), "finite"),
    (ShareDemanding(), offer([0, 0, 0], [1, 2]), r"p has shape \(2, 1\)"),
    (ShareDemanding(grid=Grid(0, 10, 1)), offer([0, 0, 0], [-1]), "on the grid"),
    (Combinatorial(), offer([0], [1, 0, 0, 0, 0, 0]), r"p has shape \(2, 7\)"),
    (Combinatorial(), offer([3], [1, 0, 0, 0, 0, 0, 0]), "a form number from 0 to 2"),
    (Combinatorial(), offer([0], [1, 0, 0, 0, 0, 0, NAN]), "finite"),
    (Combinatorial(), offer([1], [0, 1, 2]), r"p has shape \(2, 4\)"),
    (Combinatorial(), offer([2], [0] * 7), r"p has shape \(2, 8\)"),
    (Frequency(), offer([2, 2, 0, 0, 1], [3]), r"counts of 2 types, at least 0, that sum to its items \[3\]"),
    (Frequency(), offer([-1, 4, 0, 0, 1], [3]), "counts of 2 types, at least 0"),
    (Frequency(), offer([2, 1, 0, 0], [3]), r"x has shape \(2, 5\)"),
    (Frequency(), offer([2, 1, 0, 0, 1], [NAN]), "finite"),
    (Frequency(), offer([2, 1, 0, 1, 1], [3]), "announced types that have the accepted frequencies"),
]


def accepts(protocol):
    return Scripted(replies=[([True] * (3 if protocol.itemwise else 1), [0, 0, 0])])


@pytest.mark.parametrize(("protocol", "bad", "allowed"), BAD)
def test_broken_offers(protocol, bad, allowed):
    """Section 3.3 says what an offer is; anything else names the player, the stage and what was allowed."""
    with pytest.raises(RuleBroken, match="negotiation 0, stage 0: Alice .*allowed is .*" + allowed):
        simulate(exchange(items=3), protocol, Scripted(offers=[bad]), accepts(protocol), negotiations=2)


@pytest.mark.parametrize("second", [offer([1, 2, 0, 1, 1], [3]), offer([2, 1, 0, 0, 1], [4])], ids=["frequencies", "demand"])
def test_an_announcement_cannot_change_what_was_accepted(second):
    """Section 3.3.4, Phase 2: theta^ has the accepted frequency, and the payment is for the accepted demand."""
    alice = Scripted(offers=[GOOD["frequency"], second])
    with pytest.raises(RuleBroken, match=r"stage 0: Alice .* announced types that have the accepted frequencies"):
        simulate(exchange(items=3), Frequency(), alice, accepts(Frequency()), negotiations=2)


@pytest.mark.parametrize("protocol", [ItemByItem(), ShareDemanding(), Combinatorial(), Frequency()], ids=lambda p: p.name)
def test_broken_responses(protocol):
    units = 3 if protocol.itemwise else 1
    bad = [([True] * (units + 1), [0, 0, 0]), ([NAN] * units, [0, 0, 0]), ([1] * units, [0, 0, 0])]
    if not protocol.itemwise:  # elsewhere nobody picks
        bad += [([True], pick) for pick in ([0, 0], [0, 0, 2], [0, 0, -1], [0, 0, NAN], [0, 0.5, 0])]
    alice = Scripted(offers=[GOOD[protocol.name]])
    for reply in bad:
        with pytest.raises(RuleBroken, match=r"negotiation 0, stage 0: Bob .*allowed is "):
            simulate(exchange(items=3), protocol, alice, Scripted(replies=[reply]), negotiations=2)
    good = Scripted(replies=[([True] * units, [0, 1, 0])])
    assert (simulate(exchange(items=3), protocol, alice, good, negotiations=2).stage == 0).all()


def test_the_error_names_the_stage_and_the_negotiation():
    problem = exchange(items=1, prior=iid((1.0, 0.0), (1.0, 0.0)))
    bob = Scripted(offers=[offer([0], [NAN])], replies=[([False], [0])])
    alice = Scripted(offers=[offer([0], [1])])
    with pytest.raises(RuleBroken, match="negotiation 0, stage 1: Bob "):
        simulate(problem, ShareDemanding(), alice, bob, negotiations=3)
