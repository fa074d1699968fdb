"""The system of ``fixed_point``: its Jacobian against differences, and the point at which it is solved by a linear program."""

import numpy as np
import pytest
from incomplete_games import random_game

from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram, maximise
from negotiation.bargaining.incomplete.complementarity import System
from negotiation.bargaining.incomplete.fixed_point import reach
from negotiation.bargaining.incomplete.mechanisms import spread
from negotiation.bargaining.incomplete.selection import compromise as inscrutable_compromise
from negotiation.bargaining.incomplete.selection import selection_problem
from negotiation.bargaining.incomplete.warranted import equal_chances, one_dictator

CASES = [(seed, players, dictator) for seed in range(3) for players in (2, 3) for dictator in (None, 1)]


def system(seed, players, dictator):
    """Two or three members with two types each, random threats below and above 0, weights off the prior, units by type."""
    rng = np.random.default_rng(seed)
    program = CoalitionProgram(random_game(seed, players, 2, 2, sizes=(players,)), tuple(range(players)))
    against = rng.uniform(-0.3, 0.2, (players, program.kinds))
    against[program.owner, np.arange(program.kinds)] = 0.0
    demand = equal_chances(program, against) if dictator is None else one_dictator(program, against, dictator)
    start = np.exp(rng.normal(0, 0.4, program.kinds))
    start *= program.size / (start * program.p_kind).sum()
    return System(program, demand, start, spread(program) * rng.uniform(0.4, 1, program.kinds)), rng


@pytest.mark.parametrize(("seed", "players", "dictator"), CASES)
def test_the_first_point_solves_it_at_the_starting_weights(seed, players, dictator):
    """The best mechanism, what states are worth, prices of lies and claims leave no equation open at d = 1."""
    found, _ = system(seed, players, dictator)
    residual, _ = found.evaluate(found.first(), 1.0, 0.0, False)
    np.testing.assert_allclose(residual, 0.0, atol=1e-7)


@pytest.mark.parametrize(("seed", "players", "dictator"), CASES)
def test_the_jacobian_is_that_of_the_equations(seed, players, dictator):
    found, rng = system(seed, players, dictator)
    x = found.first() + rng.normal(0, 0.2, len(found.first()))
    d, e, h = 0.6, 0.1, 1e-6
    value, jacobian = found.evaluate(x, d, e, True)
    n = len(jacobian.left)
    dense = np.vstack([np.hstack([np.diag(jacobian.left), jacobian.right]), jacobian.low])
    steps = h * np.eye(len(x))
    differences = [(found.evaluate(x + s, d, e, False)[0] - found.evaluate(x - s, d, e, False)[0]) / (2 * h) for s in steps]
    np.testing.assert_allclose(dense, np.array(differences).T, atol=2e-7)
    gradient, square = jacobian.normal(value)
    np.testing.assert_allclose(gradient, dense.T @ value, atol=1e-9)
    np.testing.assert_allclose(square, dense.T @ dense, atol=1e-9)
    assert n == found.program.variables


@pytest.mark.parametrize(("seed", "players", "dictator"), CASES)
def test_what_types_have_over_what_is_demanded(seed, players, dictator):
    """The equations of the demands, at any point, from utilities in the game's own units."""
    found, rng = system(seed, players, dictator)
    z, worth, scale, a, omega, pi = (part + rng.normal(0, 0.2, len(part)) for part in found.parts(found.first()))
    z = np.abs(z)
    z /= np.repeat(found.program.sums[0] @ z, found.program.decisions)
    d, e, demand = 0.7, 0.2, found.demand
    utility = found.program.utilities @ z
    claims = found.unit * omega + found.base
    over = (demand.multiple * utility - demand.base - demand.claimed * claims) / found.unit - pi
    gap = scale - d * found.start
    expected = gap + over - np.sqrt(gap**2 + over**2 + 2 * e**2)
    first = len(z) + len(worth) + len(a)
    told, _ = found.evaluate(np.concatenate([z, worth, scale, a, omega, pi]), d, e, False)
    np.testing.assert_allclose(told[first : first + len(scale)], expected, atol=1e-9)


def test_the_least_slack_is_the_margin_of_the_first_point():
    found, _ = system(0, 2, None)
    z, _, _, _, omega, pi = found.parts(found.first())
    demand = found.demand
    claims = found.unit * omega + found.base
    slack = (demand.multiple * (found.program.utilities @ z) - demand.base - demand.claimed * claims) / found.unit
    assert pi[0] == pytest.approx(slack.min())


@pytest.mark.parametrize("players", [2, 3])
def test_units_are_what_types_can_gain_over_the_mean_threat(players):
    """By drawing honest mechanisms: none that leaves nobody below its mean threat gives a type more than its unit."""
    found, rng = system(4, players, None)
    program, against = found.program, found.demand.against
    low = program.utilities.min(axis=1)  # threats so low that everything is acceptable
    demand = equal_chances(program, np.where(against != 0, low - 1.0, 0.0))
    unit = reach(program, demand)
    blind = [np.tile(rng.dirichlet(np.full(program.decisions, 0.3)), program.states) for _ in range(300)]  # hears no report
    most = np.max([program.utilities @ z for z in blind], axis=0)
    capped = np.minimum(most - (low - 1.0), spread(program))
    assert (unit >= np.maximum(capped, 0.01 * spread(program)) - 1e-9).all()
    assert (unit <= spread(program) + 1e-12).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_compromise_leaves_the_dictator_nothing_to_gain(seed):
    """With the others at their threats and no type of the dictator worse off, by a linear program of its own."""
    rng = np.random.default_rng(seed)
    game = random_game(seed, 2, 2, 3)
    problem = selection_problem(game, (0, 1), 0, {(1,): (rng.uniform(-1.5, -0.5, 2),)})
    found = inscrutable_compromise(problem)
    own = found.selected.payoffs[0]
    best = problem.undominated(np.ones(2), own)
    assert best.payoffs[0].sum() <= own.sum() + 1e-5
    assert found.residual < 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_multipliers_of_linear_programs(seed):
    """Weak duality with equality: right-hand sides at the multipliers are the value, and no variable is underpriced."""
    rng = np.random.default_rng(seed)
    below, equal, cost = rng.uniform(0.1, 1, (4, 6)), rng.uniform(0.1, 1, (2, 6)), rng.normal(size=6)
    right, level = rng.uniform(4, 5, 4), equal @ rng.uniform(0.2, 0.6, 6)
    got = maximise(cost, [(below[:3], right[:3]), (below[3:], right[3:])], [(equal, level)])
    assert got.value == pytest.approx(cost @ got.z) == pytest.approx(right @ got.below + level @ got.equal)
    assert (got.below >= -1e-9).all() and np.abs(got.equal).max() > 1e-3
    assert (got.below @ below + got.equal @ equal >= cost - 1e-8).all()
