"""What holds for every play: grids, the identity of the losses, individual rationality, invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import Concession, RubinsteinDemand, Screening, ZeroIntelligence
from negotiation import Grid, from_tables, iid, simulate
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

PROTOCOLS = [
    ItemByItem(),
    ShareDemanding(),
    Combinatorial(),
    Combinatorial(form="number"),
    Combinatorial(form="table"),
    Frequency(),
]
STRATEGIES = [RubinsteinDemand(), Screening(), Concession(), ZeroIntelligence()]
FEW = settings(max_examples=25, deadline=None)


@settings(max_examples=200, deadline=None)
@given(
    low=st.integers(-10**4, 10**4), steps=st.integers(1, 5000), unit=st.sampled_from([1.0, 0.1, 0.01, 1 / 3, 0.007, 250.0]),
    at=st.floats(-0.5, 1.5), draw=st.floats(0, 1, exclude_max=True),
)  # fmt: skip
def test_grids(low, steps, unit, at, draw):
    """floor <= x <= ceil, at most a step apart, both on the grid; what is on the grid stays where it is."""
    grid = Grid(low * unit, (low + steps) * unit, unit)
    assert grid.count == steps + 1
    x = np.array([grid.low + at * (grid.high - grid.low)])
    down, up = grid.floor(x), grid.ceil(x)
    close = 1e-8 * unit + 1e-12 * abs(grid.low)
    inside = np.clip(x, grid.low, grid.high)
    assert down <= inside + close
    assert inside <= up + close
    assert up - down <= unit + close
    drawn = grid.draw(np.array([draw]))
    for point in (down, up, drawn):
        assert grid.holds(point).all()
        np.testing.assert_allclose(grid.floor(point), point, atol=close)
        np.testing.assert_allclose(grid.ceil(point), point, atol=close)
    assert not grid.holds(drawn + 0.4 * unit).any()


def problems(seed):
    rng = np.random.default_rng(seed)
    choices, n = int(rng.integers(2, 4)), int(rng.integers(1, 5))
    kinds = int(rng.integers(1, 3))
    utility = [rng.normal(size=(kinds, choices, int(rng.integers(1, 4)))) * 3 for _ in range(2)]
    null = int(rng.integers(choices))
    for u in utility:
        u[:, null] = 0
    utility[0][:, (null + 1) % choices] += 2.5
    utility[1][:, (null + 1) % choices] += 2.5
    if max((utility[0][:, :, :, None] + utility[1][:, :, None, :]).max(), 0) <= 0:
        utility[1][:, (null + 1) % choices] += 20
    classes = [int(c) for c in rng.integers(kinds, size=n)]
    prior = iid(*(rng.dirichlet(np.ones(u.shape[2]), size=kinds) for u in utility))
    discount = tuple(float(d) for d in rng.uniform(0, 0.97, size=2))
    classes[-1] = kinds - 1
    return from_tables(*utility, classes=classes, items=n, prior=prior, discount=discount)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.name} {getattr(p, 'form', '')}")
@FEW
@given(seed=st.integers(0, 10**6), pair=st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_nobody_loses_who_is_truthful_and_steady(protocol, seed, pair):
    """Demands are never below 0 and acceptances never a loss, so nobody ends below 0 where nobody trembles."""
    problem = problems(seed)
    outcomes = simulate(problem, protocol, *(STRATEGIES[k] for k in pair), negotiations=20, seed=seed)
    assert outcomes.payoffs.min() >= -1e-9 * problem.largest_surplus * (problem.n + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.name} {getattr(p, 'form', '')}")
@FEW
@given(seed=st.integers(0, 10**6), tremble=st.sampled_from([0.0, 0.05, 0.5]))
def test_losses_sum(protocol, seed, tremble):
    """wrong + missed + delay + transfer = first best - welfare, to 1e-12 relative; welfare is at most the first best where
    discount factors are equal."""
    problem = problems(seed)
    outcomes = simulate(problem, protocol, RubinsteinDemand(), Screening(), negotiations=20, seed=seed, tremble=tremble)
    losses = sum(outcomes.column(f"loss_{name}") for name in ("wrong", "missed", "delay", "transfer"))
    scale = max(1.0, np.abs(outcomes.totals).max())
    assert np.abs(outcomes.first_best - outcomes.welfare - losses).max() <= 1e-12 * scale
    assert (outcomes.column("loss_wrong") >= -1e-12 * scale).all()
    assert (outcomes.column("loss_missed") >= -1e-12 * scale).all()


@FEW
@given(seed=st.integers(0, 10**6))
def test_no_default_grid_makes_a_proposer_lose(seed):
    """Trembles that never happen (probability 1e-12) only round transfers to the grid, in the responder's favour: both keep
    their payoffs to within a few steps, whatever the level of the values."""
    problem = problems(seed)
    for protocol in PROTOCOLS:
        grid = protocol.default_grid(problem)
        low = simulate(problem, protocol, RubinsteinDemand(), RubinsteinDemand(), negotiations=10, seed=seed, tremble=1e-12)
        slack = grid.step * (problem.n + 1)
        assert low.payoffs.min() >= -slack
