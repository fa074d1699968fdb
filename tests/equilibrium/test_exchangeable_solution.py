"""Solutions of the exchangeable game: what they predict happens in simulations, and gains fall with the number of items."""

import itertools

import numpy as np
import pytest

from negotiation import simulate
from negotiation.equilibrium import fitted_rate, solve_exchangeable
from negotiation.errors import CannotPlay, InputError
from negotiation.priors import common_shock, iid, matchups
from negotiation.problem import exchange, from_tables, public_good
from negotiation.protocol import Grid
from negotiation.strategy import DemandStrategy, Plan
from negotiation.table import Reply
from protocols.combinatorial import Combinatorial
from protocols.frequency import Frequency, counts_of, split
from protocols.item_by_item import ItemByItem
from protocols.share_demanding import ShareDemanding


class Solved(DemandStrategy):
    """Plays a solution. private: the own frequency's number; memory: what was heard, what the other has heard, the surplus."""

    name = "solved"

    def __init__(self, solution):
        self.solution = solution

    def counts(self, view, types):
        return np.stack([(types == t).sum(axis=1) for t in range(max(len(t) for t in view.problem.types))], axis=1)

    def prepare(self, situation, types):
        own = self.solution.number(situation.player, self.counts(situation, types))
        start = np.tile([-1.0, -1.0, 0.0], (len(types), 1))
        return Plan(own[:, None].astype(float), start)

    def known(self, view):
        heard, said = view.memory[:, :2].T.astype(int)
        return view.private[:, 0].astype(int), heard, said, view.memory[:, 2].copy()

    def announced(self, view, offer):
        return split(view, offer)[0] if view.situation.protocol.phases > 1 else self.counts(view, offer.x)

    def demand(self, view):
        own, heard, _, surplus = self.known(view)
        return None, self.solution.demand_of(view.player, own, heard, surplus)[:, None]

    def reserve(self, view):
        return self.solution.reserve_of(view.player, self.known(view)[0])[:, None]

    def respond(self, view, offer, phase):
        reply, gain, surplus = view.situation.protocol.best_reply(view, offer, phase)
        if phase > 0:
            return Reply(gain >= -view.situation.slack, reply.pick), None
        _, heard, said, before = self.known(view)
        counts = self.announced(view, offer)
        now = self.solution.hear(1 - view.player, counts, offer.p[:, 0], said, np.full_like(heard, -1), surplus[:, 0])
        view.memory[:, 0] = np.where(now >= 0, now, heard)
        view.memory[:, 2] = np.where(now >= 0, surplus[:, 0], before)
        return Reply(gain >= self.reserve(view) - view.situation.slack, reply.pick), np.ones(len(view), dtype=bool)

    def refused(self, view, offer, reply):
        _, heard, said, surplus = self.known(view)
        counts = self.announced(view, offer)
        view.memory[:, 1] = self.solution.hear(view.player, counts, offer.p[:, 0], heard, said, surplus)
        return np.ones(len(view), dtype=bool)


def rugs(n, tremble=0.1):
    return exchange(n), tremble / n, Grid(0.0, 10.0 * n, 1.0)


@pytest.mark.parametrize("kind", [Frequency, ShareDemanding])
@pytest.mark.parametrize(("n", "scale"), [(3, 0.1), (8, 0.4), (40, 0.1)])
def test_simulations_confirm_what_a_solution_predicts(kind, n, scale):
    problem, tremble, grid = rugs(n, scale)
    protocol = kind(grid=grid)
    solution = solve_exchangeable(problem, protocol, tremble=tremble, iterations=40)
    outcomes = simulate(problem, protocol, Solved(solution), Solved(solution), negotiations=4000, seed=1, tremble=tremble)
    for payoffs, predicted in zip(outcomes.payoffs, solution.payoff, strict=True):
        assert abs(payoffs.mean() - predicted) <= 4 * payoffs.std() / np.sqrt(len(payoffs)) + solution.neglected / 10
    at_once = (outcomes.stage == 0).mean()
    spread = np.sqrt(solution.agreement * (1 - solution.agreement) / len(outcomes))
    assert abs(at_once - solution.agreement) <= 4 * spread


def test_gains_and_inefficiency_fall_with_the_number_of_items():
    sizes = (4, 16, 64, 256)
    solutions = []
    for n in sizes:
        problem, tremble, grid = rugs(n)
        solutions.append(solve_exchangeable(problem, Frequency(), tremble=tremble, grid=grid, iterations=60))
    shares = [s.gain for s in solutions]
    assert all(later < earlier / 2 for earlier, later in itertools.pairwise(shares))
    assert shares[-1] < 1e-3
    assert abs(sum(solutions[-1].ratios) / 2 - 1) < 0.01
    rate = fitted_rate(sizes, [1 - s.efficiency for s in solutions])
    assert rate.exponent < -0.5
    assert "beside n^-0.5" in str(rate)


def test_tables_and_means_agree_where_both_can_be_computed(monkeypatch):
    from negotiation.equilibrium import exchangeable_unseen

    problem, tremble, grid = rugs(40)
    exact = solve_exchangeable(problem, Frequency(), tremble=tremble, grid=grid, floor=1.0)
    monkeypatch.setattr(exchangeable_unseen, "MOST_CELLS", 0)
    mean = solve_exchangeable(problem, Frequency(), tremble=tremble, grid=grid, floor=1.0)
    assert exact.exact and not mean.exact and exact.shortfall == 0 < mean.shortfall
    assert mean.payoff == pytest.approx(exact.payoff, rel=1e-3)
    likely = exact.prior[0] > 1e-3
    assert np.abs(exact.demand[0] - mean.demand[0])[likely].max() <= 1
    assert abs(exact.gain - mean.gain) <= 1e-3


def test_normal_and_listed_joint_counts_agree_where_both_can_be_computed(monkeypatch):
    from negotiation.equilibrium import exchangeable_seen

    problem, tremble, grid = rugs(30)
    listed = solve_exchangeable(problem, ShareDemanding(), tremble=tremble, grid=grid, iterations=20)
    monkeypatch.setattr(exchangeable_seen, "MOST_LISTED", 0)
    normal = solve_exchangeable(problem, ShareDemanding(), tremble=tremble, grid=grid, iterations=20)
    assert listed.exact and not normal.exact
    assert "taken as normal" in str(normal)
    assert normal.payoff == pytest.approx(listed.payoff, rel=0.01)
    assert abs(normal.gain - listed.gain) < 0.02


def test_gains_fall_with_announced_types_too():
    solutions = []
    for n in (4, 16, 64):
        problem, tremble, grid = rugs(n)
        solutions.append(solve_exchangeable(problem, ShareDemanding(), tremble=tremble, grid=grid, iterations=20))
    shares = [s.gain for s in solutions]
    assert shares[0] > 1.3 * shares[1] > 2 * shares[2]
    assert solutions[0].efficiency < solutions[1].efficiency < solutions[2].efficiency


@pytest.mark.parametrize("kind", [Frequency, ShareDemanding])
def test_a_known_surplus_is_shared_as_rubinstein_says_with_nothing_to_gain(kind):
    problem = exchange(4, prior=iid((1.0, 0.0), (0.0, 1.0)), discount=(0.8, 0.9))
    solution = solve_exchangeable(problem, kind(), tremble=0.0, grid=Grid(0.0, 40.0, 0.01))
    assert solution.efficiency == pytest.approx(1) and solution.agreement == pytest.approx(1)
    assert solution.gain == pytest.approx(0, abs=1e-9)
    assert solution.payoff[0] == pytest.approx(40 * (1 - 0.9) / (1 - 0.72), abs=0.02)  # Theorem 2, up to the grid


@pytest.mark.parametrize("kind", [Frequency, ShareDemanding])
def test_impatient_players(kind):
    solution = solve_exchangeable(
        exchange(4, discount=(0.0, 0.0)), kind(), tremble=0.01, grid=Grid(0.0, 40.0, 1.0), iterations=20
    )
    assert np.isnan(solution.ratios[1])
    assert np.all(solution.reserve[0] == 0)
    assert 0 < solution.payoff[1] < solution.payoff[0]


def test_scaling_utilities_scales_the_solution():
    problem, tremble, grid = rugs(6)
    doubled = exchange(6, (0, 16), (4, 20))
    one = solve_exchangeable(problem, Frequency(), tremble=tremble, grid=grid)
    two = solve_exchangeable(doubled, Frequency(), tremble=tremble, grid=Grid(0.0, 120.0, 2.0), tolerance=1e-6)
    assert np.allclose(two.demand[0], 2 * one.demand[0])
    assert np.allclose(two.reserve[1], 2 * one.reserve[1], atol=1e-9)
    assert two.gain == pytest.approx(one.gain)


def test_other_problems_with_several_types_and_classes():
    seller, buyer = np.array([0.0, 2.0, 4.0]), np.array([1.0, 3.0, 6.0])
    tables = np.stack([0 * seller, -seller]), np.stack([0 * buyer, buyer])
    several = from_tables(*tables, items=12, prior=iid((0.2, 0.5, 0.3), (0.3, 0.3, 0.4)), choices=("keep", "trade"))
    kinds = from_tables(
        [[[0, 0], [0, -8]], [[0, 0], [0, -2]]],
        [[[0, 0], [2, 10]], [[0, 0], [1, 3]]],
        classes=[0] * 6 + [1] * 6,
        prior=iid(((0.5, 0.5), (0.2, 0.8)), (0.5, 0.5)),
    )
    for problem in (several, kinds, public_good(30)):
        solution = solve_exchangeable(problem, Frequency(), tremble=0.01, iterations=60)
        assert solution.first_best == pytest.approx(problem.surplus.mean)
        assert 0.7 < solution.efficiency <= 1
        assert solution.gain < 0.15
        assert np.all(np.array([row.mean for row in solution.gains]) >= -1e-6)
        assert np.all(np.array([row.mean - row.one_shot for row in solution.gains]) >= -1e-6 * solution.first_best)


def test_numbers_of_frequencies_and_what_is_heard():
    problem, tremble, grid = rugs(64)
    solution = solve_exchangeable(problem, Frequency(), tremble=tremble, grid=grid, iterations=30)
    rows = solution.counts[0]
    assert np.array_equal(solution.number(0, rows), np.arange(len(rows)))
    assert solution.number(0, np.array([[64, 0]]))[0] == 0  # left out: the nearest
    own, nothing = np.arange(len(rows)), np.full(len(rows), -1)
    blind = solution.demand_of(0, own, nothing)
    assert np.array_equal(blind, solution.demand[0])
    assert np.array_equal(solution.hear(0, rows, blind, nothing, nothing), own)
    assert np.array_equal(solution.hear(0, rows, blind + 1, nothing, nothing), nothing)
    knowing = solution.demand_of(0, own, own)
    assert np.array_equal(solution.hear(0, rows, knowing, own, nothing), own)


def test_the_view_counts_agree_with_the_game():
    problem, _, grid = rugs(5)
    game = Frequency(grid=grid).exchangeable(problem)
    assert counts_of.__doc__
    assert game.grid == grid
    assert [p.sum() for p in game.prior] == pytest.approx([1, 1])
    assert game.surplus(0, np.arange(6)).shape == (6, 6)


def test_it_says_clearly_what_it_cannot_solve():
    shock = exchange(4, prior=common_shock((0.5, 0.5), ((0.9, 0.1), (0.1, 0.9)), ((0.5, 0.5), (0.5, 0.5))))
    for problem in (shock, exchange(prior=matchups([(0, 2), (8, 10)]))):
        with pytest.raises(CannotPlay, match="iid"):
            solve_exchangeable(problem, Frequency(), tremble=0.01)
    for protocol in (ItemByItem(), Combinatorial()):
        with pytest.raises(CannotPlay, match="no sufficient statistic"):
            solve_exchangeable(exchange(4), protocol, tremble=0.01)
    with pytest.raises(CannotPlay, match="alternating"):
        solve_exchangeable(exchange(4), Frequency(order="random"), tremble=0.01)
    with pytest.raises(CannotPlay, match="tremble_game"):
        solve_exchangeable(exchange(4), Frequency(tremble_game=True), tremble=0.01)
    with pytest.raises(CannotPlay, match="reopen"):
        solve_exchangeable(exchange(4), ShareDemanding(reopen=True), tremble=0.01)
    with pytest.raises(CannotPlay, match="too many to list"):
        solve_exchangeable(exchange(30, (0, 1, 2), (1, 5)), ShareDemanding(), tremble=0.01)
    with pytest.raises(CannotPlay, match="frequencies of types, expected at most"):
        solve_exchangeable(exchange(60, (0, 1, 2, 3, 4), (1, 5)), Frequency(), tremble=0.01)
    with pytest.raises(InputError, match="tremble"):
        solve_exchangeable(exchange(4), Frequency(), tremble=1.0)
    with pytest.raises(InputError, match="two different sizes"):
        fitted_rate([4, 4], [0.1, 0.1])
