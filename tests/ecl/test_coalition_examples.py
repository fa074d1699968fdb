"""Examples 17, 64 and 66 of the source with its slips (rows T5, T15, T16, T17), confirmed by independent computations."""

import numpy as np
import pytest

from negotiation.bargaining import kalai_smorodinsky, nash
from negotiation.ecl import (
    core,
    example_17,
    example_64,
    example_66,
    payoffs_alone,
    stable_disagreement,
    ways_to_divide,
    worst_matrix,
)
from negotiation.errors import InputError

KINDS = ("alpha", "A", "nash")


def test_example_17_can_be_divided_in_many_ways():
    game = example_17(2.0)
    solution = nash(game.feasible, (0, 0)).point
    assert solution == pytest.approx([1, 1], abs=1e-12)
    ways = ways_to_divide(game, solution)
    # whoever picks anything on the segment can be completed by the other: X_j is the whole of F_j
    assert ways.low == pytest.approx(np.full((2, 2), -1.0), abs=1e-8)
    assert ways.high == pytest.approx(np.full((2, 2), 2.0), abs=1e-8)
    assert ways.loss == pytest.approx(0, abs=1e-8)  # Proposition 18
    assert ways.weights == pytest.approx([0.5, 0.5], abs=1e-9)
    assert ways.worst.max() < 0  # ... and yet worse than disagreement for somebody
    picks = np.array([2, -1]) + np.array([0.5, 0.5])  # the paper's pair
    assert picks[1] < 0
    assert picks.sum() == pytest.approx(solution.sum())


def test_example_64_matrix_and_nash_point():
    game = example_64()
    assert game.nash_point == pytest.approx([3, 3, 3], abs=1e-12)
    assert worst_matrix(game) == pytest.approx(np.array([[2, 0, 0], [0, 2, 0], [0, 0, 0]]), abs=1e-12)
    assert worst_matrix(game, "alpha") == pytest.approx(worst_matrix(game), abs=1e-12)
    assert worst_matrix(game, "nash") == pytest.approx(np.diag([3.0, 3.0, 3.0]), abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_example_64_solutions_are_blocked_and_the_core_is_not_empty(kind):
    game = example_64()
    solution = nash(game.feasible, game.nash_point).point
    assert solution == pytest.approx([13 / 3, 13 / 3, 17 / 3], abs=1e-9)
    for point in (solution, kalai_smorodinsky(game.feasible, game.nash_point).point):
        report = core(game, point, kind)
        assert report.verdict == "blocked"
        assert report.objection.coalition == (0, 1)
        assert report.objection.payoffs == pytest.approx([5, 5], abs=1e-9)
        assert [m.round(9).tolist() for m in report.objection.mixtures] == [[0, 1, 0], [0, 1, 0]]
        assert report.excess == pytest.approx(5 - point[0], abs=1e-9)
    for point in ((5, 5, 3), (5.5, 2.5, 3)):  # the second: {0, 1} can also reach (5.5, 2.5), but then player 1 gets 3 alone
        report = core(game, point, kind)
        assert report.verdict == ("in the core" if point == (5, 5, 3) else "blocked")
    assert core(game, None, kind).verdict == "in the core"


def test_example_64_two_players_reach_more_than_five_each():
    """The slip in nu({1, 2}): one of them can have 5.5 if the other accepts 2.5."""
    pair = example_64().reach((0, 1), worst_matrix(example_64()))
    for point in ((5, 5), (5.5, 2.5), (2.5, 5.5)):
        assert pair.contains(point) == pytest.approx(0, abs=1e-9)
        assert pair.contains(np.add(point, 1e-3)) > 1e-4


def test_example_64_nash_point_is_not_the_threat_point():
    """Player 0 gains from threatening with half of option 2, against (3, 0, 0) and others who stay."""
    game = example_64()
    mixtures = [np.array(m, dtype=float) for m in ([0.5, 0.5, 0], [1, 0, 0], [1, 0, 0])]
    threat = game.gives(mixtures).sum(axis=0)
    better = nash(game.feasible, threat).point
    assert better[0] > nash(game.feasible, game.nash_point).point[0] + 0.3


def test_example_66_nash_core_is_empty_by_25_28():
    game = example_66()
    assert game.nash_point == pytest.approx([5, 5, 15], abs=1e-12)
    report = core(game, None, "nash")
    assert report.verdict == "empty"
    assert report.relaxation.lower == pytest.approx(25 / 28, abs=1e-9)
    assert report.relaxation.upper == pytest.approx(25 / 28, abs=1e-9)
    assert core(game, report.point, "nash").excess == pytest.approx(25 / 28, abs=1e-8)
    # the slip: (8, 8) is not all that {0, 1} can get, so x_0, x_1 >= 8 is not needed, but (9, 4) and (4, 9) are on the way
    pair = game.reach((0, 1), worst_matrix(game, "nash"))
    for point in ((8, 8), (9, 4), (4, 9)):
        assert pair.contains(point) == pytest.approx(0, abs=1e-9)
    for kind in ("alpha", "A"):
        found = core(game, None, kind)
        assert found.verdict == "in the core"
        assert core(game, found.point, kind).excess <= found.slack


def test_no_improvement_on_the_nash_point_of_example_66_is_stable():
    """Section 6.1, for every kind: x_2 >= 15 leaves too little for {0, 1}."""
    game = example_66()
    generator = np.random.default_rng(66)
    for _ in range(20):
        w = generator.dirichlet(np.ones(3))
        x = nash(game.feasible, game.nash_point, w + 1e-3).point
        assert core(game, x, "alpha").objection.coalition == (0, 1)
        assert core(game, x, "alpha").excess > 0.1


def test_suggested_disagreement_points_do_not_make_the_solution_stable():
    for game, alone, solution in (
        (example_64(), (3, 3, 3), (13 / 3, 13 / 3, 17 / 3)),
        (example_66(), (5, 5, 5), (7, 7, 11)),
    ):
        assert payoffs_alone(game) == pytest.approx(alone, abs=1e-9)
        x = nash(game.feasible, payoffs_alone(game)).point
        assert x == pytest.approx(solution, abs=1e-8)
        report = core(game, x)
        assert (report.verdict, report.objection.coalition) == ("blocked", (0, 1))
        stable = stable_disagreement(game)
        assert stable.excess <= stable.report.slack
        assert stable.report.verdict == "in the core"
    assert core(example_66(), x).objection.payoffs == pytest.approx([8, 8], abs=1e-9)


def test_a_stable_disagreement_point_of_example_66():
    game = example_66()
    d = np.array([5, 8.75, 5])
    assert core(game, d).gains[1:-1].max() <= core(game, d).slack  # no proper coalition blocks it
    x = nash(game.feasible, d).point
    assert x == pytest.approx([5, 8.75, 8.75], abs=1e-8)
    assert core(game, x).verdict == "in the core"
    there = stable_disagreement(game, toward=x)
    assert there.report.verdict == "in the core"
    assert there.point.max() <= 8.75 + 1e-8
    with pytest.raises(InputError, match=r"empty: .*; least relaxation between 0\.892857"):
        stable_disagreement(game, "nash")
    with pytest.raises(InputError, match=r"blocked: coalition \(0, 1\) gains"):
        stable_disagreement(game, toward=(7, 7, 11))
