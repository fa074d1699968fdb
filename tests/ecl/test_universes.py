"""Societies of universes: what comes of them is what theory predicts, and nobody looks at anybody."""

import gc
import itertools
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from agents.civilisation import Civilisation, Group
from agents.compromise_tables import (
    DISAGREEMENTS,
    SOLUTIONS,
    Procedure,
    _favourite_weights,
    action_table,
    correlated_prior,
    joint_prior,
    payoffs,
    separable,
    with_prior,
)  # fmt: skip
from agents.type_draws import compositions, own_type_correlation, seats
from agents.universes import Multiverse
from negotiation.bargaining import NormalFormGame
from negotiation.bargaining.coco_value import coco
from negotiation.ecl.action_profiles import profile_of
from negotiation.ecl.bayesian_bargaining import BayesianBargainingGame, bayesian_nash
from negotiation.ecl.bayesian_compromise import compromise, nothing_to_gain
from negotiation.ecl.coalition_examples import example_64
from negotiation.ecl.examples import example_54, example_54_split, example_55, example_56, random_polytopes
from negotiation.errors import CannotPlay, InputError


def society(game, universes=300, **options):
    model = Multiverse(game, universes, **{"rng": 5, **options})
    model.step()
    return model


def brute(model):
    """Realised payoffs, universe by universe: what every universe of the multiverse gives to its type, one after the other."""
    out = np.zeros(len(model.members))
    for i, member in enumerate(model.members):
        same = [other for other in model.members if model.multiverse[other.index] == model.multiverse[i]]
        out[i] = sum(other.action[member.kind] for other in same) / (len(same) - 1)
    return out


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), correlation=st.sampled_from([0.0, 0.4, 1.0]), draw=st.sampled_from(["random", "quota"]))
def test_payoffs_are_sums_over_all_universes(seed, correlation, draw):
    rng = np.random.default_rng(seed)
    game = with_prior(random_polytopes(3, rng, own=1.0), correlated_prior(rng.dirichlet([5, 5, 5]), correlation))
    groups = [Group(share=0.5), Group(Procedure("own"), share=0.3), Group(Procedure("egalitarian"), share=0.2)]
    model = society(game, 20, multiverses=3, groups=groups, draw=draw, rng=seed)
    np.testing.assert_allclose([member.realised for member in model.members], brute(model), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(model.counts.sum(axis=1), 20)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), types=st.integers(2, 4))
def test_realised_is_what_theory_says_of_the_counts(seed, types):
    """Drawing others without replacement from the types that there are: beliefs (c_s - [s = t]) / (n - 1), exactly."""
    rng = np.random.default_rng(seed)
    game = BayesianBargainingGame(list(rng.random((types, 5, types))), rng.dirichlet(np.full(types, 20.0)))
    model = society(game, 60, rng=seed)
    counts, n = model.counts[0], 60
    beliefs = (counts[None, :] - np.eye(types)) / (n - 1)
    present = counts > 0
    told = payoffs(model.table(model.groups[0]), beliefs, n)
    np.testing.assert_allclose(model.realised[0][present], told[present], atol=1e-12)
    if present.all():  # and by the theory of n players with that prior
        exact = BayesianBargainingGame(game.actions, counts / n, beliefs, players=n)
        np.testing.assert_allclose(model.realised[0], exact.interim(model.table(model.groups[0])) / (n - 1), atol=1e-12)


@pytest.mark.parametrize("p", [0.5, 0.6, 0.75])
@pytest.mark.parametrize("build", [example_55, lambda p: example_56(p, 1e4)])
def test_mean_payoffs_are_predicted_over_multiverses(build, p):
    """Within four standard errors of the plain Monte Carlo error over multiverses (the composition is drawn by strata)."""
    game = build(p)
    model = society(game, 60, multiverses=150)
    found = model.measured()
    gain = payoffs(compromise(game).actions, game.beliefs, 60) - payoffs(bayesian_nash(game).actions, game.beliefs, 60)
    assert (np.abs(found.gain - gain) <= 4 * found.error).all()
    assert (found.error < 0.5 * gain + 0.02).all()


def test_independent_types_converge_in_one_multiverse():
    """To within four standard deviations of a mean of so many independent draws."""
    game, n = example_54(), 40_000
    table = compromise(game).actions
    spread = np.sqrt(game.prior @ table**2 - (game.prior @ table) ** 2) / np.sqrt(n)
    error = society(game, n).realised[0] - payoffs(table, game.beliefs, n)
    own = society(game, n, groups=[Group(Procedure("own"))]).realised[0] - payoffs(bayesian_nash(game).actions, game.beliefs, n)
    assert (np.abs(error) <= 4 * spread + 1 / n).all()
    assert (np.abs(own) <= 4 * np.sqrt(3 / 16 / n) + 1 / n).all()


def test_an_action_depends_on_type_beliefs_and_procedure_alone():
    """The same table rows whatever the others are, and no look at other agents while acting."""
    game = example_55(0.6)

    class Blind(Civilisation):
        def act(self):
            members, self.model.members = self.model.members, None
            kinds, self.model.kinds = self.model.kinds, None
            super().act()
            self.model.members, self.model.kinds = members, kinds

    alone = action_table(game)
    for seed in (1, 2):
        model = society(game, 40, agent_class=Blind, rng=seed)
        assert len({member.kind for member in model.members}) == 2
        for member in model.members:
            np.testing.assert_array_equal(member.action, alone[member.kind])


def test_same_seed_same_society():
    game, groups = example_55(0.7), [Group(share=0.5), Group(Procedure("own"), share=0.5)]
    runs = [society(game, 50, multiverses=4, groups=groups, rng=seed) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(runs[0].kinds, runs[1].kinds)
    np.testing.assert_array_equal(runs[0].realised, runs[1].realised)
    assert (runs[0].kinds != runs[2].kinds).any()


def test_models_are_not_kept_alive():
    model = society(example_54(), 20)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("solution", [s for s in SOLUTIONS if s != "own"])
def test_tables_are_the_compromise(solution):
    game = random_polytopes(3, np.random.default_rng(4), own=1.0)
    table = action_table(game, Procedure(solution))
    x = payoffs(table, game.beliefs)
    if solution != "coco":
        np.testing.assert_allclose(x, compromise(game, solution=solution).payoffs, atol=1e-9)
    eye = np.eye(3)
    out = game.feasible.program(np.zeros(3), 1.0, eye, -np.ones(3), x)
    assert out.t <= 1e-7, "not on the Pareto frontier"


def test_coco_gives_two_alike_types_the_same():
    game = example_55(0.6)
    x = payoffs(action_table(game, Procedure("coco")), game.beliefs)
    np.testing.assert_allclose(x, compromise(game).payoffs, atol=1e-5)


def test_no_trade_means_own_values():
    game = with_prior(example_55(0.5), np.diag([0.5, 0.5]))
    np.testing.assert_array_equal(action_table(game), bayesian_nash(game).actions)
    game = example_56(0.995, 100.0)
    np.testing.assert_array_equal(action_table(game), bayesian_nash(game).actions)


def test_foreseen_breakaways_of_example_64():
    game = BayesianBargainingGame(example_64().vertices, np.full(3, 1 / 3))
    for steps, told in ((0, (13 / 3, 13 / 3, 17 / 3)), (1, (5, 5, 3)), (4, (5, 5, 3))):
        model = society(game, 300, groups=[Group(Procedure(breakaways=steps))], draw="quota")
        np.testing.assert_allclose(3 * model.realised[0] * 299 / 300, told, atol=1e-6)


def test_splitting_a_type_changes_nothing_in_a_society():
    whole, split = society(example_54(), 400, draw="quota"), society(example_54_split(), 400, draw="quota")
    np.testing.assert_allclose(whole.realised[0][[0, 0, 1]], split.realised[0], atol=1e-9)


def test_procedures_from_all_disagreement_points():
    game = BayesianBargainingGame(example_64().vertices, np.full(3, 1 / 3))
    for name in DISAGREEMENTS:
        if name != "threat":
            d = DISAGREEMENTS[name](game)
            x = payoffs(action_table(game, Procedure("nash", name)), game.beliefs)
            base = bayesian_nash(game).payoffs if isinstance(d, str) else d
            assert (x >= base - 1e-7).all(), name


@settings(max_examples=30, deadline=None)
@given(weights=st.lists(st.floats(0.05, 1), min_size=2, max_size=5), c=st.floats(0, 1))
def test_correlation_is_found_again(weights, c):
    w = np.array(weights) / np.sum(weights)
    assert own_type_correlation(correlated_prior(w, c)) == pytest.approx(c, abs=1e-9)


@pytest.mark.parametrize("c", [0.05, 0.5, 0.95])
def test_compositions_have_the_joint_prior(c):
    w = np.array([0.5, 0.3, 0.2])
    mixes = compositions(w, c, 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(mixes.T @ mixes / len(mixes), correlated_prior(w, c), atol=0.01)


@given(shares=st.lists(st.floats(0.001, 1), min_size=1, max_size=9), total=st.integers(0, 1000))
def test_seats_are_whole_and_near(shares, total):
    counts, exact = seats(np.array(shares), total), np.array(shares) / np.sum(shares) * total
    assert counts.sum() == total
    assert (np.abs(counts - exact) < 1 + 1e-6).all()


def test_what_does_not_fit_is_told():
    game = example_55(0.6)
    with pytest.raises(InputError, match="solution: expected one of"):
        Procedure("fairness")
    with pytest.raises(InputError, match="disagreement: expected one of"):
        Procedure("nash", "war")
    with pytest.raises(InputError, match="add up to 1"):
        Multiverse(game, 10, groups=[Group(share=0.5)])
    with pytest.raises(InputError, match="universes: expected a whole number of at least 2"):
        Multiverse(game, 1)
    with pytest.raises(InputError, match="draw: expected one of"):
        Multiverse(game, 10, draw="lots")
    with pytest.raises(CannotPlay, match="cannot hold for many universes"):
        Multiverse(example_55(0.4), 10)
    with pytest.raises(CannotPlay, match="expected a prior of the family"):
        Multiverse(random_polytopes(3, np.random.default_rng(0), likeness=0.5), 10)
    with pytest.raises(InputError, match="those of type 1 have none"):
        separable(game)
    with pytest.raises(InputError, match="asymmetric"):
        society(game, 10, groups=[Group(prior=np.array([[0.3, 0.3], [0.2, 0.2]]))])

    class Lazy(Civilisation):
        def act(self):
            pass

    with pytest.raises(InputError, match="took no action"):
        society(game, 10, agent_class=Lazy)


def test_priors_that_agents_believe_in_decide():
    game = example_55(0.5)
    doubting = correlated_prior(np.array([0.5, 0.5]), 0.8)
    model = society(game, 100, groups=[Group(prior=doubting)], draw="quota")
    told = payoffs(compromise(with_prior(game, doubting)).actions, game.beliefs)
    np.testing.assert_allclose(model.realised[0] * 99 / 100, told, atol=1e-9)
    member = model.members[0]
    mine = with_prior(game, doubting)
    assert member.predicted == pytest.approx(payoffs(action_table(mine), mine.beliefs, 100)[member.kind])
    np.testing.assert_allclose(joint_prior(mine), doubting, atol=1e-15)


def test_coco_takes_equally_much_of_everybodys_claim():
    """Claims are the CoCo value of the game in which types choose vertices; no smaller sacrifice by all is feasible."""
    game = random_polytopes(3, np.random.default_rng(8), own=1.0)
    points = [game.individual(t).points for t in range(3)]
    chosen = list(itertools.product(*[range(len(p)) for p in points]))
    totals = {a: sum(p[k] for p, k in zip(points, a, strict=True)) for a in chosen}
    table = np.array([totals[a] for a in chosen]).reshape(*[len(p) for p in points], 3)
    claim = coco(NormalFormGame(np.moveaxis(table, -1, 0))).point
    vertices = np.array(list(totals.values()))
    # the least s with claim - s <= some mixture of vertices
    columns = np.column_stack([-vertices.T, -np.ones(3)])
    least = linprog(
        [*np.zeros(len(vertices)), 1], A_ub=columns, b_ub=-claim, A_eq=[[*np.ones(len(vertices)), 0]], b_eq=[1],
        bounds=[(0, None)] * len(vertices) + [(None, None)],
    )  # fmt: skip
    x = payoffs(action_table(game, Procedure("coco")), game.beliefs)
    assert float((claim - x).max()) == pytest.approx(least.fun, abs=1e-6)


def test_favourite_weights_are_inverse_variances():
    """Of what everybody gets when each type draws one of its vertices, all equally likely: by listing the draws."""
    game = random_polytopes(3, np.random.default_rng(9), own=1.0)
    points = [game.individual(t).points for t in range(3)]
    totals = np.array([sum(rows) for rows in itertools.product(*points)])
    inverse = 1 / totals.var(axis=0)
    np.testing.assert_allclose(_favourite_weights(game), inverse / inverse.sum())


@pytest.mark.parametrize("seed", range(4))
def test_profiles_for_payoffs_out_of_reach_come_as_near_as_can_be(seed):
    """In the largest deviation, in units of the range of payoffs: by a linear program over vertices."""
    rng = np.random.default_rng(seed)
    game = random_polytopes(2, rng, own=1.0)
    points = [game.individual(t).points for t in range(2)]
    span = game.feasible.span
    middle = sum(p.mean(axis=0) for p in points)
    for target in (middle, middle + 2 * span, middle - 2 * span, middle + [2, -2] * span):
        columns = np.concatenate(points) / span
        rows = np.vstack([np.column_stack([columns.T, -np.ones(2)]), np.column_stack([-columns.T, -np.ones(2)])])
        sums = np.array([[float(j == t) for j in (0, 1) for _ in points[j]] + [0.0] for t in (0, 1)])
        cost = [0.0] * len(columns) + [1.0]
        least = linprog(cost, A_ub=rows, b_ub=[*(target / span), *(-target / span)], A_eq=sums, b_eq=[1, 1]).fun
        x = game.interim(profile_of(game, target, np.ones(2)))
        assert np.abs((x - target) / span).max() == pytest.approx(least, abs=1e-8)


def test_where_nothing_can_be_gained_weights_support_the_point():
    game = random_polytopes(3, np.random.default_rng(5), own=1.0)
    for w in np.random.default_rng(6).dirichlet([1, 1, 1], 5):
        d = game.feasible.support(w)[1]
        found = nothing_to_gain(game.feasible, d)
        assert found.residual < 1e-9
        assert found.weights @ d == pytest.approx(game.feasible.support(found.weights)[0], abs=1e-8)
