"""Feasible sets: one set stated in several ways gives one answer; distances, ideals and frontiers known by
hand.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import (
    EmptySet,
    FeasibleSet,
    NoGainsFromTrade,
    NotCertified,
    UnboundedSet,
    common_weights,
    egalitarian,
    frontier,
    hull,
    kalai_smorodinsky,
    minkowski,
    nash,
    polytope,
    relative_utilitarian,
    smooth,
    utilitarian,
)
from negotiation.bargaining.nash_product import decomposition
from negotiation.bargaining.pareto_frontier import decompose
from negotiation.bargaining.program import column_generation
from negotiation.bargaining.solutions import _ideal
from negotiation.bargaining.transforms import Map

CUBE = np.array(np.meshgrid(*[[0.0, 1.0]] * 3)).reshape(3, -1).T
SOLVERS = [nash, kalai_smorodinsky, egalitarian, relative_utilitarian]


def disc() -> FeasibleSet:
    return smooth(support=lambda w: np.asarray(w) / np.linalg.norm(w), n=2)


def disc_by_inequality() -> FeasibleSet:
    return smooth(inequality=lambda y: y @ y - 1, gradient=lambda y: 2 * y, interior=[0.1, -0.2])


@pytest.mark.parametrize("build", [disc, disc_by_inequality])
def test_disc(build) -> None:  # type: ignore[no-untyped-def]
    """By hand: from 0 everything is symmetric; the support function is the norm; distances in the maximum
    norm.
    """
    feasible = build()
    assert feasible.support([3, 4])[0] == pytest.approx(5)
    assert feasible.contains([0.3, 0.3]) < 1e-12
    assert feasible.contains([2, 0]) == pytest.approx(1, abs=1e-8)
    assert feasible.contains([-1, -1]) == pytest.approx(1 - np.sqrt(0.5), abs=1e-8)
    assert feasible.ideal([0, 0.6]) == pytest.approx([0.8, 1], abs=1e-7)
    for solver in SOLVERS:
        assert solver(feasible, [0, 0]).point == pytest.approx(np.full(2, np.sqrt(0.5)), abs=1e-9)
    cone = common_weights(feasible, [0.6, 0.8])
    assert cone.unique and cone.rays[0] == pytest.approx([3 / 7, 4 / 7], abs=1e-8)
    assert 0 <= cone.residual < 1e-9
    # weighted Nash from 0: x1^2 / x2^2 = nu1 / nu2
    assert nash(feasible, [0, 0], [3, 1]).point == pytest.approx([np.sqrt(0.75), 0.5], abs=1e-9)


@pytest.mark.parametrize("d", [[0.6, 0.8], [1.0, 0.0], [0.0, 1.0]])
def test_disc_without_gains(d: list[float]) -> None:
    """On the boundary, also where a supporting weight is 0 and rounding alone looks like a gain of 1e-4."""
    for solver in (nash, egalitarian):
        with pytest.raises(NoGainsFromTrade):
            solver(disc(), d)


def test_one_set_stated_in_four_ways() -> None:
    """The cube as a hull, by inequalities, as a sum of three segments, and as an image of a bigger one."""
    sides = np.vstack([np.eye(3), -np.eye(3)])
    ways = [
        hull(CUBE),
        polytope(sides, [1, 1, 1, 0, 0, 0]),
        minkowski([hull([np.zeros(3), e]) for e in np.eye(3)]),
        Map.of(3, [0.5, 0.5, 0.5], [-1, -1, -1]).apply(polytope(sides, [4, 4, 4, -2, -2, -2])),
    ]
    rng = np.random.default_rng(0)
    d = np.array([0.2, 0.5, 0.1])
    for _ in range(20):
        w, x = rng.normal(size=3), rng.normal(size=3)
        values = [way.support(w)[0] for way in ways]
        assert values == pytest.approx([np.maximum(w, 0).sum()] * 4, abs=1e-9)
        assert [way.contains(x) for way in ways] == pytest.approx([max(0, np.max(-x), np.max(x - 1))] * 4, abs=1e-9)
    for way in ways:
        assert nash(way, d).point == pytest.approx([1, 1, 1], abs=1e-9)
        assert kalai_smorodinsky(way, d).point == pytest.approx([1, 1, 1], abs=1e-9)
        assert utilitarian(way).unique
        # equal gains stop at player 2's 0.5; the point reported is a feasible one, at least as good for all
        assert egalitarian(way, d).point == pytest.approx([0.7, 1, 0.6], abs=1e-9)
    corner = common_weights(ways[0], [1, 1, 1])
    assert corner.rays == pytest.approx(np.eye(3)[::-1], abs=1e-9)
    for way in ways[:3]:
        assert len(common_weights(way, [1, 1, 1]).rays) == 3
        edge = common_weights(way, [1, 1, 0.5])
        assert edge.rays == pytest.approx(np.array([[0, 1, 0], [1, 0, 0]], dtype=float), abs=1e-9)


def test_columns_agree_with_one_linear_program() -> None:
    rng = np.random.default_rng(5)
    for trial in range(40):
        n = 2 + trial % 4
        feasible = hull(rng.normal(size=(15, n)) * np.exp(2 * rng.normal(size=n)), comprehensive=bool(trial % 2))
        d = feasible.support(rng.random(n))[1] - rng.random(n) * feasible.span
        for c, e, g in ((np.zeros(n), 1.0, -rng.random(n) * feasible.span), (np.eye(n)[0], 0.0, np.zeros(n))):
            one = feasible.program(c, e, np.eye(n), g, d)
            two = column_generation(feasible.support, feasible.comprehensive, feasible.span, c, e, np.eye(n), g, d)
            assert one.value == pytest.approx(two.value, rel=1e-8, abs=1e-8 * (feasible.span[0] if e == 0 else 1))
            bound = feasible.support(np.maximum(one.weights, 0))[0] - one.prices @ d
            assert one.value == pytest.approx(bound, rel=1e-8, abs=1e-8 * (feasible.span[0] if e == 0 else 1))


def test_two_player_ideal_points_in_closed_form() -> None:
    rng = np.random.default_rng(8)
    for trial in range(40):
        points = rng.normal(size=(8, 2))
        d = rng.dirichlet(np.ones(8)) @ points
        feasible = hull(points, comprehensive=bool(trial % 2))
        assert feasible.ideal(d) == pytest.approx(FeasibleSet.ideal(feasible, d), abs=1e-9)


def test_two_player_polytopes_and_sums_by_polygon_and_by_decomposition() -> None:
    rng = np.random.default_rng(9)
    half = np.full(2, 0.5)
    for _ in range(30):
        d = rng.normal(size=2)
        A = np.vstack([rng.normal(size=(8, 2)), -np.eye(2), np.eye(2)])
        cut = polytope(A, A @ d + rng.uniform(0.5, 2, len(A)))
        total = minkowski([hull(rng.normal(size=(5, 2))) for _ in range(3)])
        centre = sum(s.points.mean(axis=0) for s in total.sets)  # type: ignore[attr-defined]
        for feasible, at in ((cut, d), (total, centre)):
            assert feasible.planar(at) is not None
            assert nash(feasible, at).point == pytest.approx(decomposition(feasible, at, half).point, abs=1e-8)


def test_transferable_utility() -> None:
    """x = d + nu (total - sum d); equal to the same half-space given as a polytope, for any number of
    players.
    """
    points = np.array([[3.0, 0, 1, 0], [0, 2, 0, 1], [4, 1, 0, 3]])
    feasible, d = hull(points, transfers=True), np.array([1.0, 0, 1, 0.5])
    plane = polytope(np.ones((1, 4)), [8.0])
    assert feasible.transfers and feasible.comprehensive
    assert nash(feasible, d).point == pytest.approx(d + 5.5 / 4)
    assert nash(feasible, d, [1, 2, 3, 4]).point == pytest.approx(d + 0.55 * np.array([1, 2, 3, 4]))
    assert nash(plane, d, [1, 2, 3, 4]).point == pytest.approx(d + 0.55 * np.array([1, 2, 3, 4]), abs=1e-9)
    for out in (
        egalitarian(feasible, d),
        kalai_smorodinsky(feasible, d, "rational"),
        utilitarian(feasible, d),
    ):
        assert out.point == pytest.approx(d + 5.5 / 4) and out.residual < 1e-12
    assert minkowski([feasible, hull(points)]).support(np.ones(4))[0] == pytest.approx(16)
    assert feasible.contains([8, 0, 0, 4]) == pytest.approx(1)
    assert common_weights(feasible, [8, 0, 0, 0]).rays == pytest.approx(np.full((1, 4), 0.25))


def test_polytope_that_is_unbounded_below() -> None:
    """Three players, one inequality x1 + 2 x2 + 3 x3 <= 6: each spends a third of the budget above d."""
    feasible = polytope([[1, 2, 3]], [6])
    assert feasible.comprehensive
    assert nash(feasible, [0, 0, 0]).point == pytest.approx([2, 1, 2 / 3], abs=1e-9)
    assert kalai_smorodinsky(feasible, [0, 0, 0], "rational").point == pytest.approx([2, 1, 2 / 3], abs=1e-9)
    assert egalitarian(feasible, [0, 0, 0]).point == pytest.approx([1, 1, 1], abs=1e-9)
    with pytest.raises(UnboundedSet):
        kalai_smorodinsky(feasible, [0, 0, 0], "set")


def test_players_who_cannot_gain() -> None:
    """Player 3's payoff is 1 at best and 1 at d: the others share by the product over the two of them."""
    feasible = hull([[0, 0, 1], [4, 0, 1], [0, 2, 1], [0, 0, 0]])
    out = nash(feasible, [0, 0, 1])
    assert out.point == pytest.approx([2, 1, 1], abs=1e-9)
    assert "[2] cannot gain" in out.note and out.residual < 1e-9
    assert kalai_smorodinsky(feasible, [0, 0, 1]).point == pytest.approx([2, 1, 1], abs=1e-9)
    assert egalitarian(feasible, [0, 0, 1]).point == pytest.approx([4 / 3, 4 / 3, 1], abs=1e-9)
    fixed = hull([[0, 0, 5], [4, 0, 5], [0, 2, 5]])  # a payoff that never varies
    assert nash(fixed, [0, 0, 5]).point == pytest.approx([2, 1, 5], abs=1e-9)


def test_frontier_chain_is_exact() -> None:
    points = [[0, 0], [0, 4], [2, 3], [4, 0], [1, 1], [1, 3.5], [-2, -1]]
    found = frontier(hull(points))
    assert found.exact and found.points == pytest.approx(np.array([[0, 4], [2, 3], [4, 0]]))
    for x, w in zip(found.points, found.weights, strict=True):
        assert x @ w == pytest.approx(hull(points).support(w)[0]) and w.sum() == pytest.approx(1)
    assert common_weights(hull(points), [1, 3.5]).rays == pytest.approx(np.array([[1 / 3, 2 / 3]]))
    cut = frontier(polytope([[1, 2], [3, 2], [-1, 0], [0, -1]], [8, 12, 0, 0]), [0, 0])
    assert cut.exact and cut.points == pytest.approx(np.array([[0, 4], [2, 3], [4, 0]]), abs=1e-12)
    sample = frontier(hull(CUBE))
    assert not sample.exact and sample.points == pytest.approx(np.ones((1, 3)))


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_payoffs_of_any_size(shift: float, one: float, two: float) -> None:
    """Accuracy is relative to the range of payoffs: large constants and unequal units cost rounding only."""
    points = np.array([[0, 0, 0], [1, 0.2, 0], [0, 1, 0.3], [0.3, 0, 1], [0.6, 0.6, 0.5]])
    d = points.mean(axis=0)
    scale = np.array([one, two, 1.0])
    base = nash(hull(points), d).point
    rounding = 1e-15 * abs(shift) / scale
    try:
        moved = nash(hull(points * scale + shift), d * scale + shift).point
    except NotCertified:  # said plainly where the payoffs' own rounding is more than a certificate may miss
        assert rounding.max() > 1e-7
        return
    assert ((np.abs((moved - shift) / scale - base)) <= 1e-7 + 1e3 * rounding).all()


def test_how_far_weights_are_from_those_of_a_kink() -> None:
    """The corner (1, 1) of a hexagon: weights between those of its two edges; distances by a fine search along the cone."""
    corner = hull([[0.0, 1.5], [1.0, 1.0], [1.5, -1.0]])
    cone = common_weights(corner, [1.0, 1.0])
    assert len(cone.rays) == 2
    shares = np.linspace(0, 1, 20_001)[:, None]
    mixtures = shares * cone.rays[0] + (1 - shares) * cone.rays[1]
    for w in ([0.05, 0.95], [0.3, 0.7], [0.5, 0.5], [0.7, 0.3], [0.95, 0.05]):
        assert cone.admits(w) == pytest.approx(np.abs(mixtures - w).max(axis=1).min(), abs=1e-4)


def test_points_beyond_the_set_by_rounding_are_decomposed() -> None:
    """A parallelogram's corner moved by 5e-9 of the range in either direction of either coordinate: as near as can be."""
    game = minkowski([hull([[0.0, 0.0], [2.0, -1.0]]), hull([[0.0, 0.0], [-1.0, 2.0]])])
    for move in ([5e-9, 0], [0, 5e-9], [-5e-9, 0], [0, -5e-9]):
        for corner in ([0.0, 0.0], [2.0, -1.0], [-1.0, 2.0], [1.0, 1.0]):
            parts = decompose(game, np.add(corner, move))
            assert np.abs(parts.sum(axis=0) - corner).max() < 2e-8
    with pytest.raises(EmptySet):
        decompose(game, [1.0 + 1e-6, 1.0 + 1e-6])


def test_common_weights_with_transfers_say_what_is_left() -> None:
    game = hull([[0.0, 3.0], [1.0, 1.0]], transfers=True)
    x = np.array([2.0, 1.0 - 3e-9])
    assert common_weights(game, x).residual == pytest.approx(3e-9, rel=1e-3)
    assert common_weights(game, [2.0, 1.0]).residual == 0


@pytest.mark.parametrize("seed", range(5))
def test_every_vertex_of_a_frontier_is_best_alone_at_its_weights(seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(30, 2))
    found = frontier(hull(points))
    assert found.exact and len(found.points) > 1
    for k, w in enumerate(found.weights):
        values = found.points @ w
        assert w.min() >= 0 and w.sum() == pytest.approx(1)
        assert np.delete(values, k).max() < values[k] - 1e-9 and values[k] == pytest.approx((points @ w).max())


def test_the_ideal_point_with_transfers() -> None:
    """The most for each where all others get their disagreement payoffs."""
    d = np.array([0.5, -1.0, 0.25])
    game = hull([[0.0, 3.0, 1.0], [1.0, 1.0, 1.0]], transfers=True)
    expected = [4.0 - (d.sum() - d[i]) for i in range(3)]
    assert _ideal(game, d, "rational") == pytest.approx(expected)
