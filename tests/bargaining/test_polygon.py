"""Two players on polygons against rational arithmetic, and many problems at once against one at a time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from negotiation.bargaining import (
    EmptySet,
    NoGainsFromTrade,
    NotANumber,
    hull,
    kalai_smorodinsky,
    nash,
    nash_batch,
)
from negotiation.bargaining.errors import BadShape, BadWeights
from negotiation.bargaining.polygon import clip, inside, ray_polygon, upper_chain
from negotiation.bargaining.solution import FloatArray

Exact = tuple[Fraction, Fraction]


def exact_nash(points: FloatArray, d: FloatArray) -> Exact | None:
    """The obvious slow way: the best point of all segments between two points, in fractions."""
    z = sorted({(Fraction(float(p[0])) - Fraction(float(d[0])), Fraction(float(p[1])) - Fraction(float(d[1]))) for p in points})
    best: tuple[Fraction, Exact] | None = None
    for i, a in enumerate(z):
        for b in z[i:]:
            D = (b[0] - a[0], b[1] - a[1])
            steps = [Fraction(0), Fraction(1)]
            if D[0] * D[1] != 0:
                steps.append(min(Fraction(1), max(Fraction(0), -(D[0] * a[1] + D[1] * a[0]) / (2 * D[0] * D[1]))))
            for s in steps:
                x = (a[0] + s * D[0], a[1] + s * D[1])
                if min(x) > 0 and (best is None or x[0] * x[1] > best[0]):
                    best = (x[0] * x[1], x)
    return None if best is None else (best[1][0] + Fraction(float(d[0])), best[1][1] + Fraction(float(d[1])))


def test_within_1e_12_of_rational_arithmetic() -> None:
    rng = np.random.default_rng(1)
    for trial in range(60):
        points = rng.normal(size=(int(rng.integers(3, 13)), 2))
        if trial % 3 == 0:
            points = np.round(points, 1)  # many ties and collinear points
        points = points * [1.0, 10.0 ** rng.integers(-3, 4)]
        d = rng.dirichlet(np.ones(len(points))) @ points
        exact = exact_nash(points, d)
        assert exact is not None
        got = nash(hull(points, comprehensive=True), d)
        for i in range(2):
            assert abs(Fraction(float(got.point[i])) - exact[i]) <= 1e-12 * np.ptp(points[:, i])
        assert got.residual <= 1e-12


coordinate = st.integers(-20, 20)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=9), st.tuples(coordinate, coordinate))
def test_integer_polygons_with_all_degeneracies(points: list[tuple[int, int]], d: tuple[int, int]) -> None:
    """Repeated, collinear and dominated points, a single point, d above or beside."""
    p, at = np.array(points, dtype=float), np.array(d, dtype=float)
    exact = exact_nash(p, at)
    batch = nash_batch(p[None], at[None])
    assert bool(batch.gains[0]) == (exact is not None)
    if exact is not None:
        assert batch.point[0] == pytest.approx([float(x) for x in exact], abs=1e-12 * 40)
        assert nash(hull(p, comprehensive=True), at).point == pytest.approx(batch.point[0], abs=1e-12 * 40)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 4))
def test_rays_through_vertices(points: list[tuple[int, int]], up: int, right: int) -> None:
    """Rays that meet vertices exactly, chains of one point, points beside the ray: certified."""
    p, v = np.array(points, dtype=float), np.array([right, up], dtype=float)
    p = np.vstack([p, [5.0 * v]])
    t, y, w = ray_polygon(p, np.zeros(2), v)
    assert (y >= t * v - 1e-12 * 40).all() and w.min() >= 0 and w.sum() == pytest.approx(1)
    assert (p @ w).max() <= w @ (t * v) + 1e-12 * 40  # nothing in the set is better by w than the end of the ray
    assert hull(p, comprehensive=True).contains(y) <= 1e-9


def test_batch_equals_one_at_a_time() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(500, 16, 2))
    d = points.mean(axis=1)
    nu = rng.uniform(0.3, 1.0, (500, 2))
    batch = nash_batch(points, d, nu)
    assert batch.gains.all() and batch.residual.max() < 1e-13
    for i in range(500):
        assert batch.point[i] == pytest.approx(nash(hull(points[i]), d[i], nu[i]).point, abs=1e-13)


def test_batch_marks_what_has_no_gains() -> None:
    points = np.array([[[0.0, 1.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]])
    batch = nash_batch(points, [[0.0, 0.0], [0.5, 0.5]])
    assert batch.gains.tolist() == [True, False]
    assert np.isnan(batch.point[1]).all() and batch.point[0] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("points", "d", "weights", "error"),
    [
        (np.zeros((1, 0, 2)), [[0, 0]], None, EmptySet),
        (np.full((1, 2, 2), np.nan), [[0, 0]], None, NotANumber),
        (np.zeros((1, 2, 3)), [[0, 0]], None, BadShape),
        (np.zeros((1, 2, 2)), [[0, 0]], [1, 1, 1], BadShape),
        (np.zeros((1, 2, 2)), [[0, 0]], [1, 0], BadWeights),
    ],
)
def test_batch_bad_input(points, d, weights, error) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error):
        nash_batch(points, d, weights)


def test_upper_chain_is_the_frontier() -> None:
    chain = upper_chain(np.array([[0, 0], [0, 4], [-1, 4], [2, 3], [1, 3.5], [4, 0], [4, -1], [3, 1.4]], dtype=float))
    assert chain == pytest.approx(np.array([[0, 4], [2, 3], [4, 0]]))


def test_a_player_at_the_edge_cannot_gain() -> None:
    """d on a vertical edge: player 1 cannot gain, player 2 gets all she can; the product alone would be 0
    everywhere.
    """
    square = hull([[0, 0], [1, 0], [1, 2], [0, 2]])
    for rule in (nash, kalai_smorodinsky):
        out = rule(square, [1.0, 0.5])
        assert out.point == pytest.approx([1, 2], abs=1e-9)
        assert "cannot gain" in out.note
        assert out.residual < 1e-8
    with pytest.raises(NoGainsFromTrade):
        nash(square, [1, 2])


@pytest.mark.parametrize("seed", range(3))
def test_inside_is_inside(seed: int) -> None:
    """As a triangulation of the points says."""
    generator = np.random.default_rng(seed)
    for _ in range(60):
        points = generator.normal(size=(generator.integers(3, 9), 2))
        d = generator.normal(scale=0.7, size=2)
        assert inside(points, d) == bool(Delaunay(points).find_simplex(d) >= 0)


@pytest.mark.parametrize("seed", range(5))
def test_clipped_polygons_are_their_crossings(seed: int) -> None:
    """All corners of {x : A x <= b, x >= d}: crossings of two lines, in fractions, that meet the other inequalities."""
    generator = np.random.default_rng(seed)
    A, d = generator.integers(1, 8, size=(4, 2)).astype(float), generator.integers(-3, 3, size=2).astype(float)
    b = A @ d + generator.integers(1, 20, size=4)
    lines = [(Fraction(float(p)), Fraction(float(q)), Fraction(float(r))) for (p, q), r in zip(A, b, strict=True)]
    lines += [(Fraction(-1), Fraction(0), -Fraction(float(d[0]))), (Fraction(0), Fraction(-1), -Fraction(float(d[1])))]
    corners = set()
    for k, (p, q, r) in enumerate(lines):
        for s, t, u in lines[:k]:
            if det := p * t - q * s:
                x, y = (r * t - q * u) / det, (p * u - r * s) / det
                if all(e * x + f * y <= g for e, f, g in lines):
                    corners.add((float(x), float(y)))
    found = {(round(float(x), 9), round(float(y), 9)) for x, y in clip(A, b, d) + 0.0}
    assert found == {(round(x, 9) + 0.0, round(y, 9) + 0.0) for x, y in corners}
