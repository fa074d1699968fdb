"""200 random problems for each solution: two routes of our own (or a route and its certificate) and a general
solver.

The certificates are recomputed here from the definition of the set, not taken from ``Solution.residual``.
Distances are relative to the span of payoffs.
"""

from __future__ import annotations

import numpy as np
import pytest
from random_problems import Case

from negotiation.bargaining import (
    Solution,
    common_weights,
    egalitarian,
    kalai_smorodinsky,
    nash,
    relative_utilitarian,
    utilitarian,
)
from negotiation.bargaining.axioms import pareto
from negotiation.bargaining.nash_product import decomposition
from negotiation.bargaining.program import column_generation

OWN, GENERAL = 1e-8, 1e-5


def off(case: Case, x: np.ndarray, y: np.ndarray) -> float:
    return float((np.abs(x - y) / case.feasible.span).max())


def bound(case: Case, w: np.ndarray) -> float:
    """h(w) from the data of the set: vertices, a fresh linear program, or the ellipsoid's closed form."""
    if case.label == "hull":
        return float((case.data[0] @ w).max())
    if case.label == "polytope":
        from scipy.optimize import linprog

        out = linprog(-w, case.data[0], case.data[1], bounds=(None, None))
        return float(-out.fun)
    centre, inverse = case.data
    return float(w @ centre + np.linalg.norm(np.linalg.inv(inverse).T @ w))


def outside(case: Case, x: np.ndarray) -> float:
    """How far a point is from the set: from the ellipsoid's closed form, or by a linear program."""
    if case.label == "ellipsoid":
        centre, inverse = case.data
        return max(0.0, float(np.linalg.norm(inverse @ (x - centre))) - 1) * float(case.feasible.span.max())
    return case.feasible.contains(x)


def certify(case: Case, out: Solution) -> None:
    assert outside(case, out.point) <= 1e-9 * case.feasible.span.max()
    assert (out.weights >= 0).all() and out.weights.sum() == pytest.approx(1.0)
    gap = bound(case, out.weights) - out.weights @ out.point
    assert abs(gap) <= OWN * float(out.weights @ case.feasible.span)
    assert out.residual <= OWN


def test_nash(cases: list[Case]) -> None:
    """By turns with random and with equal weights."""
    rng = np.random.default_rng(3)
    for number, case in enumerate(cases):
        n = case.feasible.n
        nu = rng.uniform(0.5, 2.0, n) if number // 10 % 2 else np.ones(n)
        nu /= nu.sum()
        out = nash(case.feasible, case.d, nu)
        certify(case, out)
        w = nu / (out.point - case.d)
        assert bound(case, w) - w @ out.point <= OWN  # the first-order condition that characterises it
        if case.label == "hull" and n == 2:
            assert off(case, out.point, decomposition(case.feasible, case.d, nu).point) <= OWN
        assert off(case, out.point, case.solve("nash", nu)) <= GENERAL, case


@pytest.mark.parametrize("name", ["kalai_smorodinsky", "egalitarian"])
def test_rays(cases: list[Case], name: str) -> None:
    """Kalai-Smorodinsky by turns with the set's ideal point and with the rational one."""
    for number, case in enumerate(cases):
        f, n = case.feasible, case.feasible.n
        if name == "egalitarian":
            out, v = egalitarian(f, case.d), np.ones(n)
        else:
            ideal = "rational" if number // 5 % 2 else "set"
            out, v = (
                kalai_smorodinsky(f, case.d, ideal),
                f.ideal(case.d if ideal == "rational" else None) - case.d,
            )
        certify(case, out)
        general = case.solve("ray", v)
        if "free disposal" not in out.note:
            assert off(case, out.point, general) <= GENERAL
            gains = (out.point - case.d) / v
            assert np.ptp(gains) <= OWN * gains.max()
        else:  # a feasible point that is at least as good for everybody, and optimal
            assert (out.point >= general - GENERAL * f.span).all()
            smooth_set = case.label == "ellipsoid"  # where a weight is 0, rounding e in x shows as gains of sqrt(e)
            assert pareto(f, out.point, weak=smooth_set) <= OWN * f.span.sum()
        columns = column_generation(f.support, f.comprehensive, f.span, np.zeros(n), 1.0, np.eye(n), -v, case.d)
        t = ((out.weights @ out.point) - out.weights @ case.d) / (out.weights @ v)
        assert columns.t == pytest.approx(t, rel=OWN, abs=OWN)


def test_sums(cases: list[Case]) -> None:
    rng = np.random.default_rng(4)
    for case in cases:
        f = case.feasible
        u = utilitarian(f, case.d, rng.uniform(0.5, 2.0, f.n))
        r = relative_utilitarian(f, case.d)
        assert r.weights * (f.ideal() - case.d) == pytest.approx(np.full(f.n, (r.weights * (f.ideal() - case.d)).mean()))
        for out in (u, r):
            certify(case, out)
            general = case.solve("sum", out.weights)
            assert abs(out.weights @ (general - out.point)) <= GENERAL * float(out.weights @ f.span)
            if out.unique:
                assert off(case, out.point, general) <= 1e-4  # the solver's point moves on nearly flat faces


def test_common_weights_hold_the_solvers(cases: list[Case]) -> None:
    """The weights that each solver reports lie in the cone found by trying all bases."""
    tried = 0
    for case in cases[::4]:
        for rule in (nash, egalitarian):
            out = rule(case.feasible, case.d)
            cone = common_weights(case.feasible, out.point)
            assert cone.residual <= 1e-7 * case.feasible.span.max()
            if cone.exact:
                tried += 1
                assert cone.admits(out.weights) <= 1e-6
    assert tried > 50
