"""Row S7: the solution's special cases, each computed without the package's solvers."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from incomplete_games import consistent_value_hyperplanes, random_game, transferable_game
from scipy.optimize import linprog

from negotiation.bargaining import shapley
from negotiation.bargaining.incomplete import (
    CooperativeGame,
    Scales,
    all_coalitions,
    cooperative_game,
    from_problem,
    neutral_procedural_solution,
    two_person_game,
)
from negotiation.errors import CannotPlay
from negotiation.priors import iid, matchups
from negotiation.problem import exchange


@pytest.mark.parametrize("seed", range(3))
def test_transferable_utility_gives_the_shapley_value(seed):
    """A convex game, so that values of coalitions are non-negative and extreme divisions of the worth reach them."""
    draws = np.random.default_rng(seed)
    dividends = {s: draws.uniform(0.2, 3.0) for s in all_coalitions(3) if len(s) > 1}
    worth = {s: sum(v for r, v in dividends.items() if set(r) <= set(s)) for s in all_coalitions(3)}
    solution = neutral_procedural_solution(transferable_game(worth, 3))
    assert solution.residual < 1e-6
    for s in all_coalitions(3):
        inside = {tuple(s.index(i) for i in r): w for r, w in worth.items() if set(r) <= set(s)}
        assert np.allclose(np.concatenate(solution.coalitions[s].payoffs), shapley(inside).point, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_complete_information_gives_the_consistent_value(seed):
    """A hyperplane game: coalition S can give any member i its level / weight, that is the whole hyperplane by lotteries."""
    draws = np.random.default_rng(10 + seed)
    weights = {s: draws.uniform(0.5, 2.0, len(s)) for s in all_coalitions(3)}
    level = {s: 0.0 if len(s) == 1 else (4.0 if len(s) == 2 else 20.0) * draws.uniform(0.9, 1.1) for s in all_coalitions(3)}
    own = {
        s: {f"{i}": [level[s] / weights[s][k] if j == i else 0.0 for j in s] for k, i in enumerate(s)}
        for s in all_coalitions(3)
        if len(s) > 1
    }
    game = cooperative_game("abc", [["only"]] * 3, [[1.0]] * 3, own)
    solution = neutral_procedural_solution(game)
    expected = consistent_value_hyperplanes(weights, level, 3)
    for s in all_coalitions(3):
        assert np.allclose(np.concatenate(solution.coalitions[s].payoffs), expected[s], atol=1e-6)
    assert solution.residual < 1e-6


def test_consistent_value_where_the_frontier_is_not_flat():
    """(5.3) at the solution, with the weights' maximum taken over the decisions themselves."""
    game = random_game(5, players=3, types=1, own=4, sizes=(2, 3))
    solution = neutral_procedural_solution(game)
    checked = 0
    for s, agreement in solution.coalitions.items():
        weights = np.concatenate(agreement.scales.utility_weights)
        if len(s) == 1 or weights.min() < 1e-3:
            continue
        u = game.coalitions[s].utility.reshape(len(s), -1)
        worth = float((weights @ u).max())
        for k, i in enumerate(s):
            rest = tuple(j for j in s if j != i)
            paid = sum(weights[s.index(j)] * solution.coalitions[rest].payoffs[rest.index(j)][0] for j in rest)
            got = sum(
                solution.coalitions[other].payoffs[other.index(i)][0] for other in (tuple(q for q in s if q != j) for j in rest)
            )
            right = (worth - paid + weights[k] * got) / len(s)
            assert weights[k] * agreement.payoffs[k][0] == pytest.approx(right, abs=1e-6)
            checked += 1
    assert checked >= 4


def test_two_players_with_complete_information_give_the_nash_solution():
    draws = np.random.default_rng(4)
    points = draws.uniform(0.0, 10.0, (6, 2))
    game = two_person_game({f"d{k}": list(p) for k, p in enumerate(points)}, types=(["1"], ["2"]), prior=([1.0], [1.0]))
    got = np.concatenate(neutral_procedural_solution(game).payoffs)
    every = np.vstack([points, [0, 0]])
    best = max(  # the largest product of gains on the segments between decisions, on a fine grid
        float(np.prod(a * q + b * (1 - q))) for a in every for b in every for q in np.linspace(0, 1, 2001)
    )
    assert np.prod(got) == pytest.approx(best, rel=1e-6)


def neutral_bargaining_gap(game: CooperativeGame, payoffs, scales: Scales) -> float:
    """Myerson (1984a), Theorem 4, written out for two players with disagreement 0: with virtual utilities v_i,
    (lambda_i(t) + sum_r alpha_i(r | t)) w_i(t) - sum_r alpha_i(t | r) w_i(r) = p_i(t) E max_d sum_j v_j / 2, and
    U_i >= w_i - epsilon. The epsilon, by loops over types and decisions."""
    u, p = game.coalitions[(0, 1)].utility, game.prior
    sizes = [len(t) for t in game.types]
    lam, alpha = scales.utility_weights, scales.honesty
    worth = np.zeros(sizes)
    for a in range(sizes[0]):
        for b in range(sizes[1]):
            totals = []
            for d in range(u.shape[1]):
                v0 = (lam[0][a] + alpha[0][a].sum()) * u[0, d, a, b]
                v0 -= sum(alpha[0][r, a] * u[0, d, r, b] for r in range(sizes[0]))
                v1 = (lam[1][b] + alpha[1][b].sum()) * u[1, d, a, b]
                v1 -= sum(alpha[1][r, b] * u[1, d, a, r] for r in range(sizes[1]))
                totals.append(v0 / p[0][a] + v1 / p[1][b])
            worth[a, b] = max(totals)
    gap = -np.inf
    for i, mean in enumerate((worth @ p[1], p[0] @ worth)):
        left = np.diag(lam[i] + alpha[i].sum(axis=1)) - alpha[i].T
        w = np.linalg.solve(left, p[i] * mean / 2)
        gap = max(gap, float((w - payoffs[i]).max()))
    return gap


@pytest.mark.parametrize("seed", range(12))
def test_two_players_give_a_neutral_bargaining_solution(seed):
    game = random_game(100 + seed, types=2 + seed % 2, own=4)
    solution = neutral_procedural_solution(game)
    assert neutral_bargaining_gap(game, solution.payoffs, solution.grand.scales) < 1e-6
    assert solution.grand.incentive_gain < 1e-8 and solution.grand.efficiency_gain < 1e-5


def test_rugs_are_shared_equally_with_either_bound_on_transfers():
    """By symmetry of the seller and the buyer of one rug: each trades as the other dictates with probability 1/2."""
    for rugs in (1, 2):
        solution = neutral_procedural_solution(from_problem(exchange(rugs)))
        wider = neutral_procedural_solution(from_problem(exchange(rugs), bound=9.0))
        alice, bob = solution.payoffs
        assert np.allclose(alice, bob[::-1], atol=1e-6) and solution.residual < 1e-6
        assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(solution.payoffs, wider.payoffs, strict=True))


def test_one_rug_dictated_by_the_buyer():
    """The buyer's best price is 8 of a high cost or 0 of a low one: a program over posted outcomes, apart from the package."""
    solution = neutral_procedural_solution(from_problem(exchange(1)))
    buyer = solution.grand.dictators[1]
    # q(cost, value) trade, payments that leave each seller type exactly 0 at each value, both honest; maximise the sum
    cost, value = [0.0, 8.0], [2.0, 10.0]
    n = 4

    def at(c, v):
        return 2 * c + v

    equal, level, below = [], [], []
    for c in range(2):
        for v in range(2):
            row = np.zeros(2 * n)
            row[at(c, v)], row[n + at(c, v)] = -cost[c], 1.0  # seller's gain, zero state by state
            equal.append(row)
            level.append(0.0)
            lie = np.zeros(2 * n)
            lie[at(1 - c, v)], lie[n + at(1 - c, v)] = -cost[c], 1.0  # the seller's, at each type of the buyer
            below.append(lie)
    for v in range(2):
        row = np.zeros(2 * n)
        for c in range(2):
            row[at(c, 1 - v)] += value[v]
            row[n + at(c, 1 - v)] -= 1.0
            row[at(c, v)] -= value[v]
            row[n + at(c, v)] += 1.0
        below.append(row)
    gain = np.zeros(2 * n)
    for c in range(2):
        for v in range(2):
            gain[at(c, v)], gain[n + at(c, v)] = -value[v] / 2, 0.5
    best = linprog(gain, below, np.zeros(len(below)), equal, level, [(0, 1)] * n + [(None, None)] * n)
    assert float(buyer.payoffs[1].sum()) == pytest.approx(-best.fun, abs=1e-6)


def test_problems_that_do_not_fit_are_refused():
    with pytest.raises(CannotPlay, match="independent"):
        from_problem(exchange(prior=matchups([(0, 2), (8, 10)])))
    with pytest.raises(CannotPlay, match="at most"):
        from_problem(exchange(5, prior=iid()))


@settings(max_examples=15, deadline=None)
@example(seed=4458, factor=1.0)  # residual 2.5e-4
@given(seed=st.integers(0, 10_000), factor=st.floats(0.2, 5.0))
def test_utility_scales_do_not_matter(seed, factor):
    """Scales of a solution, transformed with the utilities, certify the transformed payoffs as well as they did the others, up
    to the unit: by the written-out conditions, which are the residual that the solver reports (seldom above 1e-6)."""
    game = random_game(seed)
    solution = neutral_procedural_solution(game)
    u = game.coalitions[(0, 1)].utility.copy()
    u[0] *= factor
    other = two_person_game(
        {f"d{k}": list(u[:, k]) for k in range(u.shape[1])},
        types=(["0", "1"], ["0", "1"]),
        prior=(game.prior[0], game.prior[1]),
    )
    scales = solution.grand.scales
    first, second = scales.utility_weights
    moved = Scales((first / factor, second), (scales.honesty[0] / factor, scales.honesty[1]))
    payoffs = (solution.payoffs[0] * factor, solution.payoffs[1])
    gap = neutral_bargaining_gap(game, solution.payoffs, scales)
    assert gap <= solution.residual + 1e-9
    assert neutral_bargaining_gap(other, payoffs, moved) <= (gap + 1e-9) * max(1.0, factor)
