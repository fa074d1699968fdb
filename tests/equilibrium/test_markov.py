"""Equilibria in beliefs of alternating price offers: gains checked by a slow evaluator, limits and invariances of theory."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.equilibrium import (
    Supplied,
    belief_bargain,
    check,
    game_tree,
    markov_equilibrium,
    markov_outcome,
    second_best,
    second_best_within,
    unrolled_gain,
)
from negotiation.equilibrium.belief_grid import belief_grid
from negotiation.equilibrium.likely_beliefs import likely_beliefs
from negotiation.equilibrium.stage_games import Stage, _pure_two, solve, solve_reply
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import iid, table
from negotiation.problem import exchange, public_good
from negotiation.protocol import Grid
from protocols.item_by_item import ItemByItem

PRICES = Grid(0, 10, 1)
COARSE = {"fineness": 0.1, "widest": 0.2, "steps": 100, "unroll": 3}


@cache
def example3(high, horizon, fine=True):
    problem = exchange(1, (0, 8), (10,), prior=iid((1 - high, high), (1,)), discount=(0.8, 0.8))
    options = {"fineness": 0.03, "widest": 0.05} if fine else COARSE
    return markov_equilibrium(problem, PRICES, 0.01, horizon=horizon, **options)


@pytest.fixture(scope="module")
def half():
    return example3(0.5, horizon=21)


@pytest.fixture(scope="module")
def half_coarse():
    return example3(0.5, horizon=7, fine=False)


@pytest.fixture(scope="module")
def coarse_two_sided():
    problem = exchange(1, (0, 8), (2, 10), discount=(0.9, 0.9))
    return markov_equilibrium(problem, PRICES, 0.01, horizon=24, fineness=0.25, widest=0.5, reach=5, steps=100)


def slow_gain(found, offers):
    """The gain at every history of the first offers, by recursion over the public interface, one history at a time."""
    b, m, gamma = found.bargain, len(found.offers), found.bargain.tremble
    gains = []

    def after_offers(at, beliefs):
        """(play, best) payoffs of each player's types before an offer, in utils of the stage."""
        if at.stage == offers:
            end = found.stages[offers].value
            return [[end[q][:, at.alice, at.bob]] * 2 for q in (0, 1)]
        i = found.stages[at.stage].proposer
        act = gamma / m + (1 - gamma) * found.propose(at)
        branches = []
        for o in range(m):
            news = list(beliefs)
            news[i] = beliefs[i] * act[:, o] / (beliefs[i] @ act[:, o])
            lots = [(w, after_offer(to, o, news)) for to, w in found.after_offer(at, o)]
            branches.append([[sum(w * v[q][k] for w, v in lots) for k in (0, 1)] for q in (0, 1)])
        return choose(i, act, beliefs, branches)

    def after_offer(at, o, beliefs):
        j = 1 - found.stages[at.stage].proposer
        yes = gamma / 2 + (1 - gamma) * found.accept(at, o)
        act = np.stack([yes, 1 - yes], axis=1)
        news = list(beliefs)
        news[j] = beliefs[j] * act[:, 1] / (beliefs[j] @ act[:, 1])
        lots = [(w, after_offers(to, news)) for to, w in found.after_rejection(at, o)]
        later = [[b.discount[q] * sum(w * v[q][k] for w, v in lots) for k in (0, 1)] for q in (0, 1)]
        return choose(j, act, beliefs, [[[b.gain[q][o]] * 2 for q in (0, 1)], later])

    def choose(mover, act, beliefs, branches):
        out = [None, None]
        for q in (0, 1):
            play, best = (np.stack([branch[q][k] for branch in branches], axis=1) for k in (0, 1))  # (T_q, actions)
            if q == mover:
                top = (1 - gamma) * best.max(axis=1) + gamma * best.mean(axis=1)
                out[q] = [(act * play).sum(axis=1), top]
                gains.append((top - out[q][0]).max())
            else:
                chance = beliefs[mover] @ act
                out[q] = [play @ chance, best @ chance]
        return out

    after_offers(found.start, [g.prior for g in found.grids])
    return max(gains), len(gains)


@pytest.mark.parametrize("offers", [1, 2])
def test_the_unrolled_gain_is_that_of_a_recursion_over_histories(half, coarse_two_sided, offers):
    for found in (half, coarse_two_sided):
        fast = unrolled_gain(found.bargain, found.stages, offers)
        gain, nodes = slow_gain(found, offers)
        assert fast.gain == pytest.approx(gain, abs=1e-9)
        assert fast.nodes == nodes


@pytest.mark.parametrize(("high", "horizon"), [(0.9, 9), (0.999, 8), (0.5, 8)])
def test_the_unrolled_gain_is_that_of_check_on_the_game_tree(high, horizon):
    """With beliefs rounded to the nearest point instead of by lottery, the policy is a profile of the protocol's own tree."""
    offers = 3
    found = example3(high, horizon=horizon, fine=False)

    worth = (np.array([9.0, 6.0]), np.array([4.0]))  # after three offers, whatever is believed
    later = Supplied(lambda *about: tuple(np.tile(w, (len(b), 1)) for w, b in zip(worth, about, strict=True)), "constants")
    tree = game_tree(found.problem, ItemByItem(), grid=PRICES, horizon=offers, tremble=0.01, continuation=later)
    end = found.stages[offers]
    value = tuple(np.broadcast_to(w[:, None, None], v.shape) for w, v in zip(worth, end.value, strict=True))
    stages = (*found.stages[:offers], replace(end, value=value))
    where = {0: found.start}
    profile = []
    for layer in tree.layers:
        act = np.zeros((layer.count, layer.actions, found.grids[layer.player].types))
        for h in range(layer.first, layer.first + layer.count):
            state, offer = where[h] if layer.kind == "reply" else (where[h], None)
            intended = found.propose(state) if offer is None else np.stack([1 - (y := found.accept(state, offer)), y], axis=1)
            act[h - layer.first] = (0.01 / layer.actions + 0.99 * intended).T
            for a in range(layer.actions):
                to = tree.child[layer.edge + (h - layer.first) * layer.actions + a]
                if to >= 0:
                    grid, point = found.grids[layer.player], state[1 + layer.player]
                    near = int(grid.nearest(grid.odds(grid.beliefs[point] * act[h - layer.first, a])))
                    new = state.moved(layer.player, near, state.stage + (offer is not None))
                    where[to] = new if offer is not None else (new, a)
        profile.append(act)
    report = check(tree, profile)
    gain = unrolled_gain(found.bargain, stages, offers, "nearest")
    assert gain.nodes == len(where)
    assert gain.gain > 0.1  # the policy does not expect so much
    assert report.largest_gain == pytest.approx(gain.gain, abs=1e-9)


@pytest.mark.parametrize("high", [0.5, 0.9, 0.999])
@pytest.mark.parametrize("horizon", [14, 15])
def test_example_3_gains_at_most_a_hundredth_of_the_surplus(high, horizon):
    found = example3(high, horizon=horizon)
    assert len(found.unrolled.by_stage) == 4
    assert found.unrolled.nodes > 11**4
    assert found.unrolled.gain <= 0.01 * found.scale


def test_example_3_trades_at_once_at_9_when_uncertainty_is_small():
    """Proposition 1: the price is near that of complete information, 8 + 2 / (1 + 0.8) rounded to the grid, and at once."""
    found = example3(0.999, horizon=15)
    offer = found.propose(found.start)
    assert (offer[:, 9] > 0.999).all()
    result = markov_outcome(found)
    assert (result.agreement[0] > 0.98).all()
    assert result.efficiency > 0.98


def test_little_information_is_lost_at_the_horizon_where_policies_repeat(half):
    assert half.repeats == 2
    for early, late in zip(half.stages[0].value, half.stages[2].value, strict=True):
        np.testing.assert_allclose(early, late, atol=half.residual)
    assert half.propose(half.start._replace(stage=half.horizon)).shape == (1, 11)  # it goes on


def test_values_at_the_start_are_those_of_play_from_the_prior(half):
    result = markov_outcome(half)
    np.testing.assert_allclose(np.diag(result.lies[0]), half.values_at_start()[0], atol=2e-2)
    np.testing.assert_allclose(np.diag(result.lies[1]), half.values_at_start()[1], atol=2e-2)
    assert result.lost < 0.02
    assert (result.agreement.sum(axis=0) <= 1 + 1e-9).all()


def test_the_item_by_item_equilibrium_stays_below_the_second_best(coarse_two_sided):
    problem = coarse_two_sided.problem
    result = markov_outcome(coarse_two_sided)
    allowed = second_best_within(problem, result.gain_from_lying, result.losses)
    assert allowed <= 1.02 * 10 / 3
    assert result.surplus <= allowed


def test_without_slack_the_bound_is_the_second_best():
    problem = exchange(1, (0, 8), (2, 10))
    assert second_best_within(problem, 0.0) == pytest.approx(10 / 3, abs=1e-9)
    other = exchange(1, (0, 3, 7), (2, 5, 9), prior=iid((0.2, 0.5, 0.3), (0.3, 0.3, 0.4)))
    assert second_best_within(other, 0.0) == pytest.approx(second_best(other).surplus, abs=1e-6)
    assert second_best_within(problem, 0.1) > 10 / 3


def test_the_uninformed_gain_from_a_weaker_opponent(half):
    """Values over beliefs: the buyer's rises (but for jumps back of a step of the grid) with the chance of cost 0."""
    beliefs, seller, buyer = half.values_over(0)
    assert seller.shape == (2, half.grids[0].points)
    assert (np.diff(beliefs[:, 0]) < 0).all()
    assert buyer[0, 0] > buyer[0, -1] + 1
    assert seller[0, -1] > seller[0, 0] + 1
    at = half.start
    np.testing.assert_array_equal(seller[:, at.alice], half.values_at_start()[0])


def test_a_policy_between_lattice_points_mixes_its_corners(half):
    grid = half.grids[0]
    low, high = grid.beliefs[grid.start], grid.beliefs[grid.start + 1]
    middle = np.exp((np.log(low) + np.log(high)) / 2)
    middle /= middle.sum()
    at = half.policy(0, (middle, np.ones(1)))
    ends = [half.policy(0, (b, np.ones(1))).offers for b in (low, high)]
    np.testing.assert_allclose(at.offers, (ends[0] + ends[1]) / 2, atol=1e-6)
    np.testing.assert_allclose(at.after_offer.sum(axis=1), 1)
    assert (at.accept >= 0).all() and (at.accept <= 1 + 1e-6).all()


def test_lotteries_are_probabilities(coarse_two_sided):
    at = coarse_two_sided.start
    for offer in range(11):
        lottery = coarse_two_sided.after_offer(at, offer)
        assert sum(w for _, w in lottery) == pytest.approx(1)
        for to, _ in lottery:
            left = coarse_two_sided.after_rejection(to, offer)
            assert sum(w for _, w in left) == pytest.approx(1)
            assert all(new.stage == 1 for new, _ in left)


def test_moves_of_many_negotiations_follow_the_lotteries(coarse_two_sided):
    found, lots = coarse_two_sided, (np.arange(1000) + 0.5) / 1000
    at, many = found.start, np.ones(1000, dtype=int)
    for offer in (4, 6, 9):
        alice, bob = found.move(0, (at.alice * many, at.bob * many), offer * many, False, lots)
        assert (bob == at.bob).all()
        for to, w in found.after_offer(at, offer):
            assert (alice == to.alice).mean() == pytest.approx(w, abs=0.002)
            left = found.move(0, (to.alice * many, to.bob * many), offer * many, True, lots)
            for new, chance in found.after_rejection(to, offer):
                assert (left[1] == new.bob).mean() == pytest.approx(chance, abs=0.002)


def test_relabelling_types_relabels_the_equilibrium():
    one = example3(0.9, horizon=7, fine=False)
    problem = exchange(1, (8, 0), (10,), prior=iid((0.9, 0.1), (1,)), discount=(0.8, 0.8))
    other = markov_equilibrium(problem, PRICES, 0.01, horizon=7, **COARSE)
    np.testing.assert_allclose(other.values_at_start()[0][::-1], one.values_at_start()[0], atol=0.01 * one.scale)
    np.testing.assert_allclose(other.values_at_start()[1], one.values_at_start()[1], atol=0.01 * one.scale)


@pytest.mark.parametrize("factor", [0.25, 8.0])
def test_scaling_utilities_scales_payoffs(half_coarse, factor):
    one = half_coarse
    problem = exchange(1, (0, 8 * factor), (10 * factor,), prior=iid((0.5, 0.5), (1,)), discount=(0.8, 0.8))
    other = markov_equilibrium(problem, Grid(0, 10 * factor, factor), 0.01, horizon=7, **COARSE)
    for a, b in zip(other.values_at_start(), one.values_at_start(), strict=True):
        np.testing.assert_allclose(a, factor * b, rtol=1e-9, atol=1e-9)


def test_an_informed_buyer_and_a_public_good_and_three_types_can_be_solved():
    buyer = exchange(1, (0,), (2, 10), discount=(0.8, 0.8))
    good = public_good(1, (0, 8), (8,), discount=(0.8, 0.8))
    three = exchange(1, (0, 4, 8), (10,), discount=(0.8, 0.8))
    for problem, grid in ((buyer, PRICES), (good, Grid(-5, 5, 1)), (three, Grid(0, 10, 2))):
        found = markov_equilibrium(problem, grid, 0.01, horizon=7, fineness=0.2, widest=0.4, reach=7, unroll=3)
        assert found.unrolled.gain <= 0.05 * found.scale
        assert "gain from deviating" in str(found)


def test_what_cannot_be_solved_is_refused():
    with pytest.raises(CannotPlay, match="one item"):
        markov_equilibrium(exchange(2), PRICES, 0.01)
    with pytest.raises(CannotPlay, match="2 against 2"):
        markov_equilibrium(exchange(1, (0, 1, 2), (3, 4)), PRICES, 0.01)
    alike = exchange(1, prior=table([((0,), (2,), 0.5), ((8,), (10,), 0.5)]))
    with pytest.raises(CannotPlay, match="independent"):
        markov_equilibrium(alike, PRICES, 0.01)
    with pytest.raises(InputError, match="tremble"):
        markov_equilibrium(exchange(1), PRICES, 0.0)
    with pytest.raises(InputError, match="horizon"):
        example3(0.9, horizon=4)


def reply_stage(rng, points=9):
    prior = rng.dirichlet([1, 1])
    grid = belief_grid(prior, (), 0.3, 0.6, 5.0)
    payoff = np.empty((2, 2, points, grid.points))
    payoff[:, 0] = rng.uniform(0, 1, (2, points, 1))
    payoff[:, 1] = rng.uniform(0, 1, (2, points, grid.points))
    return Stage(grid, payoff, 0.01)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_replies_are_solved_exactly(seed):
    stage = reply_stage(np.random.default_rng(seed))
    found = solve_reply(stage, 1e-6, 100)
    # the gain by hand: beliefs after a rejection from Bayes' rule, payoffs by interpolation on the lattice
    games = np.arange(found.gain.size)
    sigma = 0.01 + 0.98 * found.p
    assert found.gain.max() <= 1e-5
    u = stage.read(stage.payoff, games, stage.shift(sigma))
    best = 0.01 * u.sum(axis=2) + 0.98 * u.max(axis=2)
    np.testing.assert_allclose(best - (sigma * u).sum(axis=2), np.zeros(best.shape), atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 5]))
@settings(max_examples=15, deadline=None)
def test_stage_games_whose_payoffs_do_not_depend_on_beliefs_are_solved_by_best_choices(seed, actions):
    rng = np.random.default_rng(seed)
    grid = belief_grid(rng.dirichlet([2, 2]), (), 0.3, 0.6, 4.0)
    payoff = np.repeat(rng.uniform(0, 1, (2, actions, 3, 1)), grid.points, axis=3)
    found = solve(Stage(grid, payoff, 0.01), None, 1e-9, 50)
    assert found.gain.max() <= 1e-12
    best = payoff.argmax(axis=1).reshape(2, -1)
    assert (found.p.argmax(axis=2) == best).all()


@given(st.floats(0.001, 0.999))
@settings(max_examples=30, deadline=None)
def test_a_lattice_holds_the_prior_and_its_lotteries_are_continuous(p):
    grid = belief_grid(np.array([1 - p, p]), (6.9, 5.3), 0.1, 0.3, 8.0)
    np.testing.assert_allclose(grid.beliefs[grid.start], [1 - p, p], rtol=1e-9)
    z = np.linspace(grid.nodes[0][0], grid.nodes[0][-1], 20_001)[:, None]
    spot = grid.corners(z)
    mean = sum(w * k for k, w in zip(spot.points, spot.weight, strict=True))
    assert (np.diff(mean) >= -1e-9).all()
    assert np.diff(mean).max() < 0.5
    nearest = np.abs(grid.nodes[0][None, :] - z).argmin(axis=1)
    assert (np.abs(nearest - mean) <= 1).all()


@pytest.mark.parametrize("centre", [0.0, 2.5, -6.0])
@pytest.mark.parametrize("signals", [(), (6.9, 5.3), (6.9, 6.85)])
def test_lattice_points_are_as_close_as_asked_and_reach_as_far(centre, signals):
    """Within width(z) = min(widest, fineness cosh^2(z / 2)) of each other, a little more next to a point that is held."""
    fineness, widest, reach = 0.1, 0.3, 8.0
    prior = np.array([1 / (1 + np.exp(centre)), 1 / (1 + np.exp(-centre))])
    z = belief_grid(prior, signals, fineness, widest, reach).nodes[0]
    assert z[0] <= min(-reach, centre - reach / 2) < z[2] and z[-3] < max(reach, centre + reach / 2) <= z[-1]
    width = np.minimum(widest, fineness * np.cosh(z / 2) ** 2)
    gaps = np.diff(z)
    near = np.maximum(width[1:], width[:-1])
    assert (gaps <= 1.85 * near).all() and (gaps > 0.19 * np.minimum(width[1:], width[:-1])).all()
    inner = np.minimum(width[1:], width[:-1])
    assert np.mean(np.abs(gaps / inner - 1) < 1e-6) > (0.9 if not signals else 0.4)
    assert np.abs(z - centre).min() < 1e-12
    for times in itertools.product(range(-2, 3), repeat=len(signals)):
        lead = centre + sum(k * s for k, s in zip(times, signals, strict=True))
        if sum(map(abs, times)) <= 3 and z[0] + widest < lead < z[-1] - widest:
            assert np.abs(z - lead).min() <= 0.2 * min(widest, fineness * np.cosh(lead / 2) ** 2) + 1e-12


def test_lotteries_over_the_corners_of_a_cell():
    """Two coordinates by hand: the upper corner has the fraction of the cell passed, but for a dead zone at both ends."""
    prior, rng = np.array([0.2, 0.3, 0.5]), np.random.default_rng(3)
    grid = belief_grid(prior, (), 0.4, 0.8, 4.0)
    odds = rng.uniform(-7, 7, (300, 2))
    found = grid.corners(odds)
    for r, row in enumerate(odds):
        expected = {}
        sides = []
        for v, z in zip(row, grid.nodes, strict=True):
            v = min(max(v, z[0]), z[-1])
            at = min(int(np.searchsorted(z, v, side="right")) - 1, len(z) - 2)
            passed = (v - z[at]) / (z[at + 1] - z[at])
            up = min(max((passed - 0.35) / 0.3, 0.0), 1.0)
            sides.append([(at, 1 - up), (at + 1, up)])
        for (a, p), (b, q) in itertools.product(*sides):
            expected[a * len(grid.nodes[1]) + b] = p * q
        told = {int(k[r]): float(w[r]) for k, w in zip(found.points, found.weight, strict=True)}
        assert told == pytest.approx(expected, abs=1e-9)
        nearest = [int(np.abs(z - v).argmin()) for v, z in zip(row, grid.nodes, strict=True)]
        assert grid.nearest(row) == nearest[0] * len(grid.nodes[1]) + nearest[1]
    beliefs = np.exp(np.concatenate([np.zeros((grid.points, 1)), grid.coordinates], axis=1))
    np.testing.assert_allclose(grid.beliefs, beliefs / beliefs.sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(grid.odds(grid.beliefs), grid.coordinates, atol=1e-9)


def test_the_numbers_of_a_bargain(monkeypatch):
    """Gains from every offer, and the log likelihood ratios of the clearest offers and replies, from the probabilities."""
    told = []

    def record(prior, signals, *widths):
        told.append(signals)
        return belief_grid(prior, signals, *widths)

    monkeypatch.setattr(belief_bargain, "belief_grid", record)
    tremble, problem = 0.2, public_good(1, alice_benefits=(0, 3), bob_benefits=(1, 4), prior=iid((0.4, 0.6), (0.5, 0.5)))
    bargain, offers = belief_bargain.bargain_of(problem, Grid(-2.0, 4.0, 1.5), tremble, 0.3, 0.6, 4.0)
    m = len(offers)
    chosen, other = (1 - tremble) + tremble / m, tremble / m
    accepting, refusing = (1 - tremble) + tremble / 2, tremble / 2
    assert told == [pytest.approx((np.log(chosen / other), np.log(accepting / refusing)))] * 2
    for number, (x, p) in enumerate(offers):
        for i, sign in ((0, 1), (1, -1)):
            for t in range(2):
                assert bargain.gain[i][number, t] == pytest.approx(problem.utility[i][0][int(x), t] + sign * p)
    assert sorted({float(p) for _, p in offers}) == [-2.0, -0.5, 1.0, 2.5, 4.0]


def test_impatient_players_still_have_more_offers_than_are_unrolled():
    problem = exchange(1, (0, 8), (10,), discount=(0.05, 0.05))
    found = markov_equilibrium(problem, Grid(0, 10, 5), 0.1, fineness=0.5, widest=1.0, reach=3, steps=20, unroll=2)
    assert len(found.stages) == 3


def test_the_likeliest_course_of_beliefs(half_coarse):
    """Trembles included, probabilities are probabilities, and each stage is reached by the refusals before it."""
    gamma, many = half_coarse.bargain.tremble, len(half_coarse.offers)
    reach = 1.0
    for play in likely_beliefs(half_coarse, 5):
        policy = half_coarse.policy(play.stage, play.belief)
        assert np.allclose(play.offer.sum(axis=0), 1) and (play.offer >= gamma / many - 1e-12).all()
        assert (play.accept >= gamma / 2 - 1e-12).all() and (play.accept <= 1 - gamma / 2 + 1e-12).all()
        np.testing.assert_allclose(play.accept, gamma / 2 * (1 - policy.accept.T) + (1 - gamma / 2) * policy.accept.T)
        assert play.reach == pytest.approx(reach)
        i = play.proposer
        refused = [
            sum(b * play.offer[k, t] for t, b in enumerate(play.belief[i]))
            * sum(b * (1 - play.accept[k, t]) for t, b in enumerate(play.belief[1 - i]))
            for k in range(many)
        ]
        assert refused[play.chosen] == pytest.approx(max(refused))
        reach *= max(refused)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 4]))
@settings(max_examples=15, deadline=None)
def test_the_best_pair_of_pure_actions(seed, actions):
    """Of all pairs, by the gain of each as it is measured elsewhere."""
    rng = np.random.default_rng(seed)
    grid = belief_grid(rng.dirichlet([2, 2]), (), 0.3, 0.6, 6.0)
    stage = Stage(grid, rng.uniform(0, 1, (2, actions, 4, grid.points)), 0.02)
    games = np.arange(4 * grid.points)
    chosen = stage.gain(games, _pure_two(stage, games))
    eye = np.eye(actions)
    pairs = [np.stack([np.tile(eye[k], (len(games), 1)) for k in pair]) for pair in np.ndindex(actions, actions)]
    least = np.min([stage.gain(games, pair) for pair in pairs], axis=0)
    np.testing.assert_allclose(chosen, least, atol=1e-9)
