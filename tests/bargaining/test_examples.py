"""Published examples of Treutlein, Modeling evidential cooperation in large worlds; its slips explained where
they matter.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from negotiation.bargaining import (
    FeasibleSet,
    NoGainsFromTrade,
    common_weights,
    frontier,
    hull,
    kalai_smorodinsky,
    minkowski,
    nash,
    polytope,
    smooth,
    variance_normalised,
)
from negotiation.bargaining.axioms import individual_rationality, pareto
from negotiation.bargaining.pareto_frontier import decompose
from negotiation.bargaining.polyhedra import Sum
from negotiation.bargaining.solution import FloatArray

# Examples 1 and 10: Alice has 10 units, Bob 5; a units for Alice and r - a for Bob give (a, sqrt(2 (r - a))).
D1 = np.array([10.0, np.sqrt(10.0)])


def by_support(r: float) -> FeasibleSet:
    def best(w: FloatArray) -> FloatArray:
        bob = np.sqrt(2 * r) if w[0] <= 0 else min(np.sqrt(2 * r), w[1] / w[0])  # max w1 (r - y^2/2) + w2 y
        return np.array([r - bob * bob / 2, bob])

    return smooth(support=best, n=2, comprehensive=True)


def by_inequality(r: float) -> FeasibleSet:
    return smooth(
        inequality=lambda y: np.array([y[0] + y[1] ** 2 / 2 - r, -y[0], -y[1]]),
        gradient=lambda y: np.array([[1.0, y[1]], [-1.0, 0.0], [0.0, -1.0]]),
        interior=[0.5, 0.5],
    )


@pytest.mark.parametrize("individual", [by_support, by_inequality])
def test_example_10_nash(individual) -> None:  # type: ignore[no-untyped-def]
    game = minkowski([individual(10.0), individual(5.0)])
    out = nash(game, D1)
    assert out.point == pytest.approx([11.307916, 3.842959], abs=5e-7)
    assert out.weights == pytest.approx([0.342292, 0.657708], abs=5e-7)
    assert out.residual < 1e-12
    assert isinstance(game, Sum)
    parts = game.parts(out.weights)
    assert parts[:, 0] == pytest.approx([8.153958, 3.153958], abs=5e-7)  # A and B
    # by hand: equal marginal rates make both give Bob y/2 utils, so Alice has 15 - y^2/4; maximise over y
    y = brentq(lambda y: (5 - y * y / 4) - y / 2 * (y - np.sqrt(10)), 3.2, 4.4, xtol=1e-15)
    assert out.point == pytest.approx([15 - y * y / 4, y], abs=1e-9)
    assert common_weights(game, out.point).admits(out.weights) < 1e-6


def test_example_1_ideal_points() -> None:
    """The ideal point over the whole set and over its individually rational part give two Kalai-Smorodinsky
    solutions.
    """
    game = minkowski([by_support(10.0), by_support(5.0)])
    assert kalai_smorodinsky(game, D1, "set").point == pytest.approx([10.959, 4.020], abs=5e-4)
    assert kalai_smorodinsky(game, D1, "rational").point == pytest.approx([11.304, 3.845], abs=5e-4)
    assert pareto(game, D1) > 1.0  # each for herself is not efficient


def ellipsoid(rng: np.random.Generator, n: int) -> FeasibleSet:
    shape = rng.normal(size=(n, n)) + 2 * np.eye(n)
    Q, centre = shape @ shape.T, rng.normal(size=n)
    return smooth(support=lambda w: centre + Q @ w / np.sqrt(w @ Q @ w), n=n)


def test_theorem_6_smooth() -> None:
    """(i) A common w > 0 gives a Pareto optimal sum; (ii) weights that are not proportional lose."""
    rng = np.random.default_rng(6)
    for trial in range(12):
        n = 2 + trial % 2
        sets = [ellipsoid(rng, n) for _ in range(2 + trial % 3)]
        game = minkowski(sets)
        w = rng.uniform(0.3, 1.0, n)
        # slip: (ii) says "mu_i != mu_j", but scaling one's weights does not change what one chooses
        together = sum(s.support(w * rng.uniform(0.5, 2.0))[1] for s in sets)
        assert pareto(game, together, weak=True) < 1e-8
        other = w.copy()
        other[0] *= 3.0
        apart = sets[0].support(other)[1] + sum(s.support(w)[1] for s in sets[1:])
        assert pareto(game, apart, weak=True) > 1e-3


def test_theorem_6_at_a_kink() -> None:
    """At a kink different weights can pick the same actions, and the sum is optimal; the cone there is more
    than a ray.
    """
    one, two = hull([[0, 3], [2, 2], [3, 0]]), hull([[0, 3], [2.5, 2.5], [3, 0]])
    game = minkowski([one, two])
    x = one.support([0.5, 0.5])[1] + two.support([0.6, 0.4])[1]
    assert pareto(game, x) < 1e-9
    cone = common_weights(game, x)
    assert not cone.unique
    # exact: normals of the edges at the vertices; those of the first set bind, 1 : 2 and 2 : 1
    assert cone.rays == pytest.approx(np.array([[1 / 3, 2 / 3], [2 / 3, 1 / 3]]), abs=1e-12)


OUTCOMES = np.array([[0, 0], [-3, -1], [-1, 3], [-4, 2]])  # Table 2


def test_example_7_variance_normalisation() -> None:
    """It picks (b1, a2) = (-1, 3) and leaves player 1 at -1. Slip: the printed "variance" 10 is the sum of
    squares, the variance is 2.5; both give equal weights. Slip: the standing assumption of gains from trade
    fails, d is Pareto optimal.
    """
    game = hull(OUTCOMES)
    assert OUTCOMES.var(axis=0) == pytest.approx([2.5, 2.5])
    normalised = (OUTCOMES - OUTCOMES.mean(axis=0)) / 10
    assert normalised == pytest.approx(np.array([[0.2, -0.1], [-0.1, -0.2], [0.1, 0.2], [-0.2, 0.1]]))  # Table 3
    assert int(normalised.sum(axis=1).argmax()) == 2
    for by in ("variance", "deviation"):
        out = variance_normalised(game, [0, 0], by=by)  # type: ignore[arg-type]
        assert out.point == pytest.approx([-1, 3])
        assert out.weights == pytest.approx([0.5, 0.5])
        assert "worse off" in out.note
        assert individual_rationality(out.point, [0, 0]) == pytest.approx(1.0)
    assert pareto(game, [0, 0]) < 1e-9
    with pytest.raises(NoGainsFromTrade):
        nash(game, [0, 0])


def test_section_3_4_2_like_players() -> None:
    """Two players with one utility function: KSBS (2.5, 2.5, 1.5), NBS (8/3, 8/3, 4/3).

    Slip: the text prints 2.3 for player 3's NBS payoff, but what players 1 and 3 get adds to 4, so 2.7 leaves
    1.3.
    """
    game, d = hull([[2, 2, 1], [3, 3, 1], [2, 2, 2]]), [2, 2, 1]
    assert kalai_smorodinsky(game, d, "set").point == pytest.approx([2.5, 2.5, 1.5], abs=1e-9)
    assert kalai_smorodinsky(game, d, "rational").point == pytest.approx([2.5, 2.5, 1.5], abs=1e-9)
    out = nash(game, d)
    assert out.point == pytest.approx([8 / 3, 8 / 3, 4 / 3], abs=1e-9)
    assert game.contains([8 / 3, 8 / 3, 2.3]) > 0.3


def test_example_17_and_proposition_18() -> None:
    """The NBS (1, 1) has many decompositions; any independent choice of them is Pareto optimal, yet one can
    be hurt.
    """
    # a part of {x1 + x2 = 1} large enough for the example's choices, and below, since d = 0 is feasible
    segment = hull([[3, -2], [-2, 3]], comprehensive=True)
    game = minkowski([segment, segment])
    assert nash(game, [0, 0]).point == pytest.approx([1, 1], abs=1e-12)
    line = minkowski([polytope([[1, 1]], [1])] * 2)  # the whole line with free disposal
    assert nash(line, [0, 0]).point == pytest.approx([1, 1], abs=1e-9)
    assert isinstance(game, Sum)
    assert decompose(game, [1, 1]).sum(axis=0) == pytest.approx([1, 1], abs=1e-8)
    for a in np.linspace(-2, 3, 6):  # player 1's (a, 1 - a) goes with player 2's (1 - a, a)
        assert segment.contains([a, 1 - a]) < 1e-9 and segment.contains([1 - a, a]) < 1e-9
        for b in np.linspace(-2, 3, 6):
            mixed = np.array([a, 1 - a]) + np.array([1 - b, b])
            assert pareto(game, mixed) < 1e-8
    assert individual_rationality(np.array([2, -1]) + np.array([0.5, 0.5]), [0, 0]) == pytest.approx(0.5)


def test_proposition_19() -> None:
    """Strictly convex sets: the decomposition is unique, any move along the diagonal of decompositions leaves
    a set.
    """
    rng = np.random.default_rng(19)
    one, two = ellipsoid(rng, 2), ellipsoid(rng, 2)
    w = np.array([0.4, 0.6])
    x, y = one.support(w)[1], two.support(w)[1]
    assert pareto(minkowski([one, two]), x + y, weak=True) < 1e-8
    for angle in np.linspace(0, 2 * np.pi, 8, endpoint=False):
        step = 0.1 * np.array([np.cos(angle), np.sin(angle)])
        assert max(one.contains(x + step), two.contains(y - step)) > 1e-4


def test_frontier_of_example_1_is_a_chain_of_maximisers() -> None:
    game = minkowski([by_support(10.0), by_support(5.0)])
    found = frontier(game, directions=16)
    assert not found.exact and "sample" in found.note
    for x, w in zip(found.points, found.weights, strict=True):
        assert x @ w == pytest.approx(game.support(w)[0])
        bob = x[1]  # both give Bob the same utils while they can: Alice has 15 - bob^2/4
        assert bob > 2 * np.sqrt(10) or x[0] == pytest.approx(15 - bob * bob / 4)
