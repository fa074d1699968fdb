"""Every documented error, raised by the input that it is for; all of them are ``ValueError``s."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from negotiation.bargaining import (
    BadShape,
    BadWeights,
    BargainingError,
    EmptySet,
    InfeasibleDisagreement,
    NoGainsFromTrade,
    NotANumber,
    NotCertified,
    NotOnFrontier,
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
    variance_normalised,
)
from negotiation.bargaining.solution import certified

TRIANGLE = [[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]]
SETS = {
    "hull": hull(TRIANGLE),
    "three players": hull(np.vstack([np.eye(3), np.zeros(3)])),
    "polytope": polytope([[1, 2], [-1, 0], [0, -1]], [2, 0, 0]),
    "transfers": hull(TRIANGLE, transfers=True),
    "disc": smooth(support=lambda w: np.asarray(w) / np.linalg.norm(w), n=2),
    "sum": minkowski([hull(TRIANGLE), hull(TRIANGLE)]),
}
SOLVERS = [
    nash,
    lambda f, d: kalai_smorodinsky(f, d, "rational"),
    egalitarian,
    lambda f, d: relative_utilitarian(f, d, "rational"),
]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_disagreement(name: str, solver) -> None:  # type: ignore[no-untyped-def]
    feasible = SETS[name]
    n = feasible.n
    with pytest.raises(InfeasibleDisagreement):
        solver(feasible, np.full(n, 5.0))
    with pytest.raises(NotANumber):
        solver(feasible, [np.nan] * n)
    with pytest.raises(NotANumber):
        solver(feasible, [np.inf] * n)
    with pytest.raises(BadShape):
        solver(feasible, np.zeros(n + 1))
    if name != "transfers" and name != "polytope":
        with pytest.raises(InfeasibleDisagreement):  # below the set, without free disposal
            solver(feasible, np.full(n, -5.0))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("name", "d"),
    [
        ("hull", [1, 0.5]),
        ("three players", [1, 0, 0]),
        ("polytope", [1, 0.5]),
        ("transfers", [1, 1]),
        ("sum", [2, 1]),
    ],
)
def test_no_gains(name: str, d: list[float], solver) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NoGainsFromTrade):
        solver(SETS[name], d)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda: hull([]), EmptySet),
        (lambda: hull(np.zeros((0, 3))), EmptySet),
        (lambda: hull([[0, np.nan]]), NotANumber),
        (lambda: hull([[0, np.inf]]), NotANumber),
        (lambda: hull([["a", "b"]]), NotANumber),
        (lambda: hull([0.0, 1.0]), BadShape),
        (lambda: hull([[0, 1], [2]]), BadShape),
        (lambda: polytope([[1, 0], [-1, 0], [0, 1]], [0, -1, 1]), EmptySet),
        (lambda: polytope([[1, 0]], [1]), UnboundedSet),
        (lambda: polytope([[1, -1]], [1]), UnboundedSet),
        (lambda: polytope([[1, np.nan]], [1]), NotANumber),
        (lambda: polytope([[1, 1]], [1, 2]), BadShape),
        (lambda: polytope([[1, 2]], [1], transfers=True), UnboundedSet),
        (lambda: minkowski([]), EmptySet),
        (lambda: minkowski([hull([[1, 2]]), hull([[1, 2, 3]])]), BadShape),
        (lambda: smooth(), BadShape),
        (lambda: smooth(support=lambda w: [0.0], n=2), BadShape),
        (lambda: smooth(support=lambda w: [np.nan, 0.0], n=2), NotANumber),
        (lambda: smooth(support=lambda w: [np.inf, 0.0], n=2), UnboundedSet),
        (
            lambda: smooth(inequality=lambda y: y @ y - 1, gradient=lambda y: 2 * y, interior=[1.0, 1.0]),
            EmptySet,
        ),
        (
            lambda: smooth(
                inequality=lambda y: np.exp(y[0]) - 2 - y[1],
                gradient=lambda y: np.array([np.exp(y[0]), -1.0]),
                interior=[0.0, 0.0],
            ),
            UnboundedSet,
        ),
        (
            lambda: smooth(inequality=lambda y: y @ y - 1, gradient=lambda y: [1.0], interior=[0.0, 0.0]),
            BadShape,
        ),
        (
            lambda: smooth(inequality=lambda y: y @ y - 1, gradient=lambda y: 2 * y, interior=[np.nan, 0.0]),
            NotANumber,
        ),
    ],
)
def test_sets(build, error) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error):
        build()


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ([1, 0], BadWeights),
        ([1, -1], BadWeights),
        ([0, 0], BadWeights),
        ([1, np.nan], NotANumber),
        ([1, 1, 1], BadShape),
    ],
)
def test_nash_weights(weights: list[float], error: type[BargainingError]) -> None:
    with pytest.raises(error):
        nash(SETS["hull"], [0, 0], weights)


def test_the_rest() -> None:
    with pytest.raises(BadWeights):
        utilitarian(SETS["hull"], weights=[-1, 2])
    with pytest.raises(UnboundedSet):
        utilitarian(SETS["transfers"], weights=[1, 2])
    with pytest.raises(UnboundedSet):
        kalai_smorodinsky(SETS["transfers"], [0, 0], "set")
    with pytest.raises(UnboundedSet):
        frontier(SETS["transfers"])
    with pytest.raises(NotOnFrontier):
        common_weights(SETS["hull"], [0.1, 0.1])
    with pytest.raises(InfeasibleDisagreement):
        common_weights(SETS["hull"], [2, 2])
    with pytest.raises(BadShape):
        variance_normalised(SETS["disc"], [0, 0])
    with pytest.raises(NoGainsFromTrade):
        variance_normalised(hull([[1, 1], [1, 1]]))
    with pytest.raises(BadShape):
        kalai_smorodinsky(SETS["hull"], [0, 0], "best")  # type: ignore[arg-type]
    assert issubclass(BargainingError, ValueError)


@pytest.mark.parametrize("residual", [1e-5, np.inf, np.nan])
def test_nothing_uncertified_is_called_a_solution(residual: float) -> None:
    out = nash(SETS["hull"], [0, 0])
    assert certified(out) is out
    with pytest.raises(NotCertified):
        certified(replace(out, residual=residual))
