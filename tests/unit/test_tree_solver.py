"""The solver on trees: gains re-checked by the independent evaluation, Example 3's cells, ties, and theory's invariances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from negotiation import exchange, iid
from negotiation.equilibrium import Supplied, equilibria, game_tree, outcome, solve, solve_tree
from negotiation.equilibrium.profiles import checked, floor, random, trembled, uniform
from negotiation.equilibrium.smoothed_play import unknowns
from negotiation.equilibrium.tie_rules import TIES, one_shot_gain, reluctance
from negotiation.equilibrium.tree_newton import newton
from negotiation.equilibrium.tree_passes import backward, forward, passes, played
from negotiation.equilibrium.tree_path import Barrier, first_point
from negotiation.equilibrium.tree_solver import MIXED_IN, _mixed
from negotiation.equilibrium.trees import CHANCE
from negotiation.equilibrium.values import bayes, evaluate
from negotiation.errors import InputError
from negotiation.priors import table
from protocols import Frequency, ItemByItem, ShareDemanding

BOUND = 1e-6  # of the surplus: the issue's
MATCHED = table([((0,), (2,), 0.4), ((8,), (10,), 0.4), ((0,), (10,), 0.2)])


def example_3(high=0.9, **options):
    """Cost 0 or 8, value 10, prices 0..10, delta 0.8 (Example 3)."""
    problem = exchange(1, (0, 8), (10,), prior=iid((1 - high, high), (1,)), discount=(0.8, 0.8))
    return game_tree(problem, ItemByItem(), grid=(0, 10, 1), **options)


def one_rug(horizon, tremble=0.01, prior=None, continuation=None, order="alternating", discount=(0.8, 0.8)):
    problem = exchange(1, (0, 8), (2, 10), prior=prior or iid((0.5, 0.5), (0.5, 0.5)), discount=discount)
    return game_tree(
        problem, ItemByItem(order=order), grid=(0, 10, 2), horizon=horizon, tremble=tremble, continuation=continuation
    )


def toy_values(about_alice, about_bob):
    """A continuation that depends on beliefs, smoothly."""
    return about_bob[:, 1:] * np.array([[2.0, 0.5]]), about_alice[:, :1] * np.array([[0.5, 2.0]])


TREES = {
    "one-sided": lambda: example_3(horizon=2, tremble=0.02),
    "two-sided": lambda: one_rug(2),
    "three offers": lambda: one_rug(3, tremble=0.1),
    "correlated": lambda: one_rug(2, prior=MATCHED),
    "random order": lambda: one_rug(2, order="random", discount=(0.9, 0.6)),
    "continuation": lambda: one_rug(1, continuation=Supplied(toy_values)),
    "two items": lambda: game_tree(exchange(2), ItemByItem(), grid=(0, 10, 5), horizon=2, tremble=0.05),
    "shares": lambda: game_tree(exchange(2), ShareDemanding(), grid=(0, 20, 5), horizon=2, tremble=0.05),
    "frequency": lambda: game_tree(exchange(2), Frequency(), grid=(0, 20, 5), horizon=1, tremble=0.05),
}


def recheck(solution):
    """The largest gain over all information sets, computed afresh from the profile; and that trembles are respected."""
    tree = solution.tree
    values = evaluate(tree, checked(tree, solution.profile), bayes(tree, solution.profile))
    largest = 0.0
    for layer, chosen in zip(tree.layers, solution.profile, strict=True):
        if layer.player != CHANCE:
            assert (chosen >= floor(tree, layer) - 1e-15).all()
            i = layer.player
            gain = (values.best[i] - values.value[i])[layer.histories] / tree.problem.discount[i] ** layer.stage
            largest = max(largest, float(gain.max()))
    return largest / tree.problem.largest_surplus


@pytest.mark.parametrize("name", TREES)
def test_passes_compute_what_the_evaluation_does(name):
    tree = TREES[name]()
    profile = random(tree, np.random.default_rng(5))
    p = passes(tree)
    fore = forward(p, profile)
    value, worth = backward(p, profile, fore)
    values, system = evaluate(tree, profile), bayes(tree, profile)
    assert np.allclose(value * tree.scale, np.concatenate(values.value, axis=1), rtol=0, atol=1e-11)
    for i in (0, 1):
        if tree.independent:
            assert np.allclose(fore.belief[i], system.public(i), rtol=0, atol=1e-12)
    last = len(tree.layers) - 1  # nothing follows the last layer: what the mover's actions are worth in both
    own = p.layers[last].own
    assert np.allclose(worth[last][:, :, own] * tree.scale, values.action[last], rtol=0, atol=1e-11)


@pytest.mark.parametrize("name", TREES)
def test_newton_steps_solve_the_smoothed_conditions_quadratically(name):
    """The residual falls to rounding, and the tangent is the derivative of the solution by log mu (central differences)."""
    tree = TREES[name]()
    p = passes(tree)
    barrier = Barrier(p, uniform(tree), [0.5 * x for x in reluctance(p, "accept")])

    def solved(x, log_mu):
        residuals = []
        for _ in range(12):
            step = newton(p, unknowns(p, x), barrier.products(log_mu))
            residuals.append(step.residual)
            if step.residual < 1e-13:
                break
            x = x + step.to
        return x, residuals

    at, h = float(np.log(0.7)), 1e-4
    x, residuals = solved(first_point(p, barrier.weight, barrier.products(at)), at)
    assert residuals[-1] < 1e-13
    assert residuals[-2] < 1e-5  # the step before the last squared it
    tangent = newton(p, unknowns(p, x), barrier.products(at)).along
    difference = (solved(x, at + h)[0] - solved(x, at - h)[0]) / (2 * h)
    assert np.allclose(tangent, difference, rtol=0, atol=1e-6)
    assert np.abs(tangent).max() > 0.1


@pytest.mark.parametrize("high", [0.9, 0.999])
@pytest.mark.parametrize("tremble", [0.01, 0.001, 0.11])
@pytest.mark.parametrize("horizon", [2, 3])
def test_example_3_is_solved(horizon, tremble, high):
    solution = solve_tree(example_3(high, horizon=horizon, tremble=tremble))
    assert solution.gain <= BOUND
    assert recheck(solution) == pytest.approx(solution.gain, abs=1e-12)
    assert solution.seconds < 3


@pytest.mark.parametrize(("tremble", "high"), [(0.01, 0.9), (0.11, 0.999)])
def test_example_3_with_four_offers(tremble, high):
    solution = solve_tree(example_3(high, horizon=4, tremble=tremble))
    assert recheck(solution) <= BOUND


@pytest.mark.parametrize("tie", TIES)
def test_the_path_alone_solves_a_mixed_equilibrium(tie):
    """Two-sided uncertainty: somebody mixes, also where indifferent responders do not, and it is solved all the same."""
    solution = solve_tree(one_rug(2), tie=tie, method="path")
    assert recheck(solution) <= BOUND
    assert solution.method == "path"
    replies = [s for layer, s in zip(solution.tree.layers, solution.profile, strict=True) if layer.kind == "reply"]
    assert any(((s > 0.1) & (s < 0.9)).any() for s in replies)


def test_the_path_finds_the_same_as_backward_induction_where_payoffs_are_large():
    """Prices far above all values: losses of many times the surplus."""
    problem = exchange(1, (1.31,), (4.47,), discount=(0.8, 0.7))
    tree = game_tree(problem, ItemByItem(), grid=(-100, 100, 10), horizon=2, tremble=0.05)
    solution, expected = solve_tree(tree, method="path"), evaluate(tree, backward_induction(tree))
    assert recheck(solution) <= BOUND
    assert solution.outcome.payoff[0] == pytest.approx(expected.value[0][0], abs=1e-6)


def test_immediate_trade_at_9_is_among_the_equilibria_and_not_alone():
    """Example 3 with small trembles: both types trade at 9 at once in one equilibrium. Others delay; each says what selects it,
    and every start and rule is accounted for."""
    tree = example_3(horizon=2, tremble=0.01)
    found = equilibria(tree, starts=("uniform", 0, 2), ties=("uniform", "accept"))
    assert all(recheck(s) <= BOUND for s in found)
    at_nine = [s for s in found if s.outcome.agreements[0].stage == 0 and "trade at 9" in s.outcome.agreements[0].words]
    assert len(at_nine) == 1
    assert at_nine[0].outcome.agreements[0].given_types.min() > 0.98
    assert ("uniform", "uniform") in at_nine[0].found_by
    assert len(found) > 1
    assert sum(len(s.found_by) for s in found) == 6
    for one in found:
        assert all(one is other or one.outcome.distance(other.outcome) > 1e-3 for other in found)


@pytest.mark.parametrize("tie", ["accept", "refuse"])
def test_ties_are_broken_as_the_rule_says(tie):
    """Bob of value 10 is indifferent at price 10 at the last stage, whatever has happened."""
    solution = solve_tree(example_3(horizon=1, tremble=0.01), tie=tie)
    accepted = solution.profile[1][10, :, 0]
    moves = solution.tree.layers[1].moves.accept[-2:, 0]
    chance = accepted[list(moves).index(True)]
    assert chance == pytest.approx(0.995 if tie == "accept" else 0.005, abs=1e-4)


@pytest.mark.parametrize("name", ["correlated", "random order", "frequency", "shares"])
def test_other_trees_are_solved(name):
    solution = solve_tree(TREES[name](), seconds=10)
    assert recheck(solution) <= BOUND


def test_without_trembles_beliefs_are_those_of_vanishing_ones():
    solution = solve_tree(one_rug(2, tremble=0.0))
    assert recheck(solution) <= BOUND


def test_what_is_not_solved_is_said():
    """Out of time at once: the gain reported is that of the profile returned, and it is large."""
    solution = solve_tree(one_rug(3), seconds=0.0)
    assert solution.gain > 1e-3
    assert recheck(solution) == pytest.approx(solution.gain, abs=1e-12)


def backward_induction(tree):
    """Trembling best replies of single types, layer by layer from the end; ties to the lowest action."""
    profile = uniform(tree)
    for number in reversed(range(len(tree.layers))):
        layer, q = tree.layers[number], evaluate(tree, profile).action[number][:, :, 0]
        best = np.eye(layer.actions)[q.argmax(axis=1)][:, :, None]
        profile[number] = (1 - layer.tremble) * best + floor(tree, layer)
    return profile


@settings(max_examples=8, deadline=None)
@given(cost=st.integers(0, 5), value=st.integers(6, 12), delta=st.floats(0.3, 0.95), tremble=st.floats(0.001, 0.2))
def test_single_types_are_backward_induction(cost, value, delta, tremble):
    """Costs off the grid: no ties, so the equilibrium is unique."""
    problem = exchange(1, (cost + 0.31,), (value + 0.47,), discount=(delta, delta * 0.97))
    tree = game_tree(problem, ItemByItem(), grid=(0, 12, 1), horizon=2, tremble=tremble)
    expected = evaluate(tree, backward_induction(tree))
    solution = solve_tree(tree)
    assert recheck(solution) <= BOUND
    for payoff, wanted in zip(solution.outcome.payoff, expected.value, strict=True):
        assert np.allclose(payoff, wanted[0], rtol=0, atol=1e-6)


PRIORS = st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9))


def off_grid(alice, bob, scale=1.0, flip=False, low=0, high=10):
    """Costs 0.3 and 7.1, values 2.6 and 9.7: types by index, swapped by ``flip``; all utilities and prices times ``scale``."""
    costs, values = np.array([0.3, 7.1]) * scale, np.array([2.6, 9.7]) * scale
    laws = [np.array([1 - p, p]) for p in (alice, bob)]
    if flip:
        costs, values, laws = costs[::-1], values[::-1], [law[::-1] for law in laws]
    problem = exchange(1, tuple(costs), tuple(values), prior=iid(*laws), discount=(0.8, 0.7))
    return game_tree(problem, ItemByItem(), grid=(low * scale, high * scale, 2 * scale), horizon=2, tremble=0.05)


@settings(max_examples=5, deadline=None)
@given(laws=PRIORS)
def test_relabelling_types_relabels_the_equilibrium(laws):
    """The path from the uniform start knows no labels. It may end early (solve_tree then goes on another way): there nothing is
    claimed of where it stopped."""
    one, two = solve_tree(off_grid(*laws), method="path"), solve_tree(off_grid(*laws, flip=True), method="path")
    assume(one.gain <= BOUND)
    assert two.gain <= BOUND
    for mine, theirs in zip(one.outcome.payoff, two.outcome.payoff, strict=True):
        assert np.allclose(mine, theirs[::-1], rtol=0, atol=1e-5)


@settings(max_examples=5, deadline=None)
@given(laws=PRIORS, power=st.integers(-6, 6))
def test_scaling_utilities_keeps_behaviour(laws, power):
    """Scale by powers of two: prices and utilities scale exactly, so shares, and hence the computation, are the same."""
    scale = 2.0**power
    one, two = solve_tree(off_grid(*laws)), solve_tree(off_grid(*laws, scale=scale))
    assert two.gain == pytest.approx(one.gain, abs=1e-9)
    for a, b in zip(one.profile, two.profile, strict=True):
        assert np.allclose(a, b, rtol=0, atol=1e-9)
    for mine, theirs in zip(one.outcome.payoff, two.outcome.payoff, strict=True):
        assert np.allclose(mine * scale, theirs, rtol=0, atol=1e-9 * scale)


@settings(max_examples=5, deadline=None)
@given(cost=st.floats(0.1, 0.9), delta=st.floats(0.3, 0.9))
def test_prices_above_every_value_change_nothing_without_trembles(cost, delta):
    """A price that no type of Bob would pay is never agreed, and with one type each the outcome is the same."""
    problem = exchange(1, (cost,), (9.7,), discount=(delta, 0.8))
    short, long = (solve_tree(game_tree(problem, ItemByItem(), grid=(0, top, 1), horizon=2)) for top in (9, 12))
    for mine, theirs in zip(short.outcome.payoff, long.outcome.payoff, strict=True):
        assert np.allclose(mine, theirs, rtol=0, atol=1e-6)


def test_outcomes_add_up():
    """Probabilities sum to 1 given types, payoffs are those of the agreements, and the course of play starts at the start."""
    tree = example_3(horizon=3, tremble=0.1)
    profile = trembled(tree, random(tree, np.random.default_rng(3)))
    found = outcome(tree, profile)
    assert found.over.sum() + found.still_open == pytest.approx(1)
    assert sum(a.probability for a in found.agreements) == pytest.approx(found.over.sum())
    for t, cost in enumerate((0, 8)):
        earned = 0.0
        for agreed in found.agreements:
            price = float(agreed.words.split("trade at ")[1].split(";")[0])
            earned += 0.8**agreed.stage * agreed.given_types[t, 0] * (price - cost)
        assert found.payoff[0][t] == pytest.approx(earned)
    assert found.course[0].words.startswith("stage 0: Alice offers")
    assert found.course[-1].about_bob == pytest.approx([1.0])
    assert "likeliest course" in str(found)
    assert found.distance(found) == 0


def test_outcomes_of_partial_agreements():
    """With two items some negotiations agree item by item; each ends once, by agreement on both or at the horizon."""
    tree = TREES["two items"]()
    found = outcome(tree, uniform(tree))
    assert found.over.sum() + found.still_open == pytest.approx(1)
    assert sum(a.probability for a in found.agreements) > found.over.sum()
    values = evaluate(tree, uniform(tree))
    assert found.welfare == pytest.approx(sum(float(tree.marginal[i] @ values.value[i][0]) for i in (0, 1)))


def test_bad_input():
    tree = example_3(horizon=1, tremble=0.1)
    with pytest.raises(InputError, match="tie: expected"):
        solve_tree(tree, tie="coin")
    with pytest.raises(InputError, match="start: expected"):
        solve_tree(tree, start="anywhere")
    with pytest.raises(InputError, match="method: expected"):
        solve_tree(tree, method="magic")
    with pytest.raises(InputError, match="profile"):
        solve_tree(tree, start=[])


@pytest.mark.parametrize("stages", [0, -1, 1.5])
def test_no_stages_are_not_as_if_nothing_was_said(stages):
    with pytest.raises(InputError, match="stages: expected a whole number of at least 1"):
        solve(exchange(1), ItemByItem(), stages=stages)


def test_a_start_can_be_a_profile():
    tree = example_3(horizon=2, tremble=0.01)
    solved = solve_tree(tree)
    again = solve_tree(tree, start=solved.profile)
    assert again.start == "profile"
    assert replace(again.outcome).distance(solved.outcome) < 1e-6


def test_a_start_mixed_with_the_uniform_profile():
    tree = one_rug(2)
    profile = random(tree, np.random.default_rng(1))
    for layer, mixed, even in zip(tree.layers, _mixed(tree, profile), uniform(tree), strict=True):
        assert layer.player == CHANCE or ((mixed >= MIXED_IN * even).all() and np.allclose(mixed.sum(axis=1), 1))


@pytest.mark.parametrize("name", ["one-sided", "two-sided", "random order"])
def test_one_shot_gains_by_listing_actions(name):
    """Of every action instead of what is meant, trembles included, at every information set."""
    tree = TREES[name]()
    p = passes(tree)
    meant = random(tree, np.random.default_rng(3))
    sigma = played(p, meant)
    _, worth = backward(p, sigma, forward(p, sigma))
    most = 0.0
    for number, part in enumerate(p.layers):
        if part.player == CHANCE:
            continue
        q = worth[number][:, :, part.own]
        now = (sigma[number] * q).sum(axis=1)
        for action in range(part.shape[1]):
            tried = [m.copy() for m in meant]
            tried[number][:] = 0.0
            tried[number][:, action] = 1.0
            most = max(most, float(((played(p, tried)[number] * q).sum(axis=1) - now).max()) / part.unit)
    assert one_shot_gain(p, meant, worth) == pytest.approx(most)
