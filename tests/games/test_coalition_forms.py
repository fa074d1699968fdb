"""Harsanyi's solution and Shapley's NTU value of coalition forms (D6)."""

from __future__ import annotations

import numpy as np
import pytest
from game_examples import roth

from negotiation.bargaining.coalition_form import CoalitionForm, agreements, harsanyi, shapley_ntu
from negotiation.bargaining.errors import BadShape, EmptySet, NotANumber
from negotiation.bargaining.nash_product import nash
from negotiation.bargaining.sets import hull
from negotiation.bargaining.shapley_value import members, shapley


@pytest.mark.parametrize("p", [0.25, 0.1, 0.4])
def test_roths_game(p: float) -> None:
    (ntu,), (solution,) = shapley_ntu(roth(p)), harsanyi(roth(p))
    assert np.allclose(ntu.point, [1 / 3, 1 / 3, 1 / 3], atol=1e-9)
    assert np.allclose(solution.point, [0.5 - p / 3, 0.5 - p / 3, 2 * p / 3], atol=1e-9)
    for s in (ntu, solution):
        assert s.residual < 1e-9
        assert np.allclose(s.weights, 1 / 3, atol=1e-9)
    assert np.allclose(solution.payoffs[0b101, [0, 2]], [p, p], atol=1e-12)


def test_transferable_utility_gives_the_shapley_value() -> None:
    generator = np.random.default_rng(50)
    v = np.array([0, 0, 0, 1.0, 0, 1.2, 0.8, 2.5]) + np.r_[0, generator.uniform(0, 0.2, 7)]
    far = 5.0
    sets = {}
    for s in range(1, 8):  # the simplex of splits of v(S) in which nobody gets less than -far
        size = len(members(s))
        corners = np.full((size, size), -far) + np.eye(size) * (v[s] + size * far)
        sets[members(s)] = corners if size > 1 else np.array([[v[s]]])
    form = CoalitionForm(sets)
    for (solution,) in (harsanyi(form, subdivisions=8), shapley_ntu(form)):
        assert np.abs(solution.point - shapley(v).point).max() < 1e-8
        assert np.allclose(solution.weights, 1 / 3, atol=1e-9)


@pytest.mark.parametrize("players", [2, 3])
def test_pure_bargaining_gives_the_nash_solution(players: int) -> None:
    """Only everybody together can add to what each has alone."""
    generator = np.random.default_rng(51)
    for _ in range(4):
        d = generator.normal(size=players)
        points = np.vstack([d, d + generator.uniform(0.05, 1, size=(5, players))])
        full = tuple(range(players))
        sets = {members(s): d[list(members(s))][None] for s in range(1, (1 << players) - 1)}
        form = CoalitionForm({**sets, full: points})
        bargain = nash(hull(points), d)
        (solution,) = harsanyi(form)
        assert np.abs(solution.point - bargain.point).max() < 1e-8
        if players == 2:
            (ntu,) = shapley_ntu(form)
            assert np.abs(ntu.point - bargain.point).max() < 1e-8


def test_harsanyi_conditions_by_hand() -> None:
    """Equal weighted dividends inside every coalition, each agreement at the boundary of its set."""
    generator = np.random.default_rng(52)
    sets = {members(s): generator.uniform(0, 1, size=(3, len(members(s)))) for s in range(1, 7)}
    form = CoalitionForm({**sets, (0, 1, 2): generator.uniform(1, 2, size=(6, 3))})
    (solution,) = harsanyi(form, subdivisions=12)
    w, x = solution.weights, solution.payoffs
    assert np.abs(x[-1] - solution.point).max() < 1e-8
    assert (form.by_mask[7] @ w).max() - w @ solution.point < 1e-8
    for s in (3, 5, 6):
        i, j = members(s)
        assert abs(w[i] * (x[s, i] - x[1 << i, i]) - w[j] * (x[s, j] - x[1 << j, j])) < 1e-9
        top = hull(form.by_mask[s], comprehensive=True)
        assert top.contains(x[s, [i, j]]) < 1e-9
        assert top.contains(x[s, [i, j]] + 1e-6) > 1e-8
    dividends = [w[i] * (x[7, i] - sum(x[s, i] for s in (3, 5, 6) if s >> i & 1) + x[1 << i, i]) for i in range(3)]
    assert np.ptp(dividends) < 1e-9


def test_scales_carry_over() -> None:
    scale = np.array([2.0, 0.1, 30.0])
    form = roth(0.25)
    scaled = form.scaled(1 / scale)
    for solve in (harsanyi, shapley_ntu):
        assert np.abs(solve(scaled)[0].point / scale - solve(form)[0].point).max() < 1e-8


def test_bad_forms() -> None:
    with pytest.raises(EmptySet, match=r"\(1,\)"):
        CoalitionForm({(0,): [[0]], (0, 1): [[1, 1]]})
    with pytest.raises(EmptySet):
        CoalitionForm({})
    with pytest.raises(BadShape):
        CoalitionForm({(0,): [[0, 1]]})
    with pytest.raises(NotANumber):
        CoalitionForm({(0,): [[np.nan]]})
    assert agreements(CoalitionForm({(0,): [[2.0]]}), [1.0])[1, 0] == 2.0


def test_a_form_without_coalitions() -> None:
    with pytest.raises(EmptySet, match="no coalition is given"):
        CoalitionForm({})
