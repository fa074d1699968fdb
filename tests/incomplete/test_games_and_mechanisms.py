"""Games are checked; mechanisms, selection problems and duality do what their definitions say."""

import time
from dataclasses import replace

import numpy as np
import pytest
from incomplete_games import random_game

from negotiation.bargaining.incomplete import (
    PAPER_GAMES,
    as_mechanism,
    best_mechanism,
    compromise,
    cooperative_game,
    incentive_efficiency,
    neutral_procedural_solution,
    selection_problem,
    virtual_utilities,
    warranted_claims,
)
from negotiation.bargaining.incomplete.coalition_program import CoalitionProgram
from negotiation.errors import InputError


def threats(solution):
    return {s: c.payoffs for s, c in solution.coalitions.items()}


def slow_utility(game, members, table, i, t, report):
    """(3.1) by loops."""
    c = game.coalitions[members]
    counts = [len(game.types[j]) for j in members]
    total = 0.0
    for state in np.ndindex(*counts):
        if state[i] != t:
            continue
        p = np.prod([game.prior[j][state[k]] for k, j in enumerate(members) if k != i])
        heard = list(state)
        heard[i] = report
        row = table[np.ravel_multi_index(heard, counts)]
        total += p * float(row @ c.utility[(i, slice(None), *state)])
    return total


@pytest.mark.parametrize("players", [2, 3])
def test_utilities_and_gains_of_lies_by_loops(players):
    game = random_game(7, players=players, types=2)
    members = game.everybody
    draws = np.random.default_rng(0)
    decisions = len(game.coalitions[members].decisions)
    mechanism = as_mechanism(game, members, draws.dirichlet(np.ones(decisions), 2**players))
    worst = 0.0
    for i in range(players):
        for t in range(2):
            truth = slow_utility(game, members, mechanism.probability, i, t, t)
            assert mechanism.payoffs[i][t] == pytest.approx(truth)
            worst = max(worst, slow_utility(game, members, mechanism.probability, i, t, 1 - t) - truth)
    assert mechanism.incentive_gain == pytest.approx(worst)


@pytest.mark.parametrize("seed", range(5))
def test_duality_and_proposition_1(seed):
    game = random_game(seed, types=3)
    draws = np.random.default_rng(seed)
    best = best_mechanism(game, (0, 1), tuple(draws.dirichlet(np.ones(3)) for _ in range(2)))
    assert best.value == pytest.approx(best.dual_value, abs=1e-8)  # (3.5) and (3.7)
    assert best.mechanism.incentive_gain < 1e-8 and incentive_efficiency(best.mechanism).gain < 1e-6
    virtual = virtual_utilities(game, (0, 1), best.scales).sum(axis=0)
    lacking = virtual.max(axis=1) - (best.mechanism.probability * virtual).sum(axis=1)
    assert np.abs(lacking).max() < 1e-6  # (3.8b)
    for i in range(2):  # (3.8a)
        for t, tau in np.argwhere(best.scales.honesty[i] > 1e-7):
            truth = slow_utility(game, (0, 1), best.mechanism.probability, i, t, t)
            assert slow_utility(game, (0, 1), best.mechanism.probability, i, t, tau) == pytest.approx(truth, abs=1e-7)


def test_an_inefficient_mechanism_is_told_what_is_better():
    game = PAPER_GAMES["bilateral-trade"]()
    idle = as_mechanism(game, (0, 1), [[0, 0, 1], [0, 0, 1]])
    assert idle.rationality_gain == 0
    better = incentive_efficiency(idle)
    assert better.gain > 70 and better.mechanism.incentive_gain < 1e-8
    assert min(w.min() for w in better.scales.utility_weights) > 0


def test_undominated_mechanisms_have_the_scales_of_proposition_2():
    game = random_game(3, types=2)
    problem = selection_problem(game, (0, 1), 0, threats(neutral_procedural_solution(game)))
    chosen = problem.undominated()
    assert chosen.domination < 1e-7 and chosen.refusal < 1e-8 and chosen.incentive_gain < 1e-8
    virtual = virtual_utilities(game, (0, 1), chosen.scales).sum(axis=0)
    assert np.abs(virtual.max(axis=1) - (chosen.mechanism.probability * virtual).sum(axis=1)).max() < 1e-6  # (4.10d)
    slack = chosen.payoffs[1] - threats(neutral_procedural_solution(game))[(1,)][0]
    assert np.abs(slack * chosen.scales.utility_weights[1]).max() < 1e-7  # (4.10c)
    assert np.allclose(chosen.scales.utility_weights[0], game.prior[0])


def test_where_there_is_no_strong_solution():
    """Section 6, {1, 2}: sharing the project equally gives the other 5, not exactly its 0, so nothing efficient is safe."""
    game = PAPER_GAMES["project"]()
    solution = neutral_procedural_solution(game)
    problem = selection_problem(game, (0, 1), 0, threats(solution))
    safe = problem.safe()
    assert safe is not None and safe.domination == pytest.approx(5.0, abs=1e-6) and problem.strong() is None
    assert compromise(problem).selected.payoffs[0] == pytest.approx([5.0], abs=1e-6)


@pytest.mark.parametrize("name", ["lemons", "bilateral-trade", "brokered-trade"])
def test_the_compromise_is_the_strong_solution_where_there_is_one(name):
    game = PAPER_GAMES[name]()
    known = threats(neutral_procedural_solution(game))
    for i in game.everybody:
        problem = selection_problem(game, game.everybody, i, known)
        neutral = compromise(problem)
        assert neutral.residual < 1e-6
        assert np.allclose(neutral.selected.payoffs[i], problem.strong().payoffs[i], atol=1e-6)


def test_claims_solve_the_warrant_equations():
    """(4.11) with its sums written out."""
    game = random_game(1, players=3)
    solution = neutral_procedural_solution(game)
    scales, known = solution.grand.scales, threats(solution)
    claims = warranted_claims(CoalitionProgram(game, (0, 1, 2)), known, scales)
    worth = virtual_utilities(game, (0, 1, 2), scales).sum(axis=0).max(axis=1).reshape(2, 2, 2)
    for i in range(3):
        rest = tuple(j for j in range(3) if j != i)
        paid = sum(float(scales.utility_weights[j] @ known[rest][k]) for k, j in enumerate(rest))
        for t in range(2):
            left = (scales.utility_weights[i][t] + scales.honesty[i][t].sum()) * claims[i][t]
            left -= float(scales.honesty[i][:, t] @ claims[i])
            expected = sum(
                game.prior[rest[0]][a] * game.prior[rest[1]][b] * np.moveaxis(worth, i, 0)[t, a, b]
                for a in (0, 1)
                for b in (0, 1)
            )
            assert left / game.prior[i][t] == pytest.approx(expected - paid, abs=1e-8)
            assert claims[i][t] >= known[(i,)][0][t] - 1e-8  # Lemma 2


def test_solutions_are_recursive():
    """The agreement of a coalition is the solution of its subgame."""
    game = random_game(4, players=3)
    solution = neutral_procedural_solution(game)
    for s in ((0, 1), (0, 2), (1, 2)):
        inside = neutral_procedural_solution(game.subgame(s))
        assert all(np.allclose(a, b) for a, b in zip(inside.payoffs, solution.coalitions[s].payoffs, strict=True))


def test_four_players_in_under_a_minute():
    game = random_game(0, players=4, types=2, own=3)
    began = time.perf_counter()
    solution = neutral_procedural_solution(game)
    assert time.perf_counter() - began < 60
    assert len(solution.coalitions) == 15 and solution.residual < 1e-6
    assert max(c.incentive_gain for c in solution.coalitions.values()) < 1e-8
    assert max(c.efficiency_gain for c in solution.coalitions.values()) < 1e-5


def test_the_game_is_checked():
    game = random_game(0, players=3)
    whole = game.coalitions[(0, 1, 2)]
    fewer = replace(whole, decisions=whole.decisions[1:], utility=whole.utility[:, 1:])
    with pytest.raises(InputError, match=r"superadditivity: \{0, 1, 2\} lacks"):
        replace(game, coalitions={**game.coalitions, (0, 1, 2): fewer})
    bent = whole.utility.copy()
    bent[0, 0] += 0.1
    with pytest.raises(InputError, match=r"orthogonality: what .* differs by 0\.1"):
        replace(game, coalitions={**game.coalitions, (0, 1, 2): replace(whole, utility=bent)})
    with pytest.raises(InputError, match="expected its decisions"):
        replace(game, coalitions={s: c for s, c in game.coalitions.items() if s != (0, 1)})
    with pytest.raises(InputError, match="prior of a"):
        cooperative_game(["a", "b"], [["x", "y"], ["z"]], [[0.5, 0.6], [1.0]], {})
    with pytest.raises(InputError, match="expected one entry for each of 2 members"):
        cooperative_game(["a", "b"], [["x"], ["z"]], [[1.0], [1.0]], {(0, 1): {"d": [1.0]}})
    assert game.orthogonality < 1e-12


def test_state_dependent_values_of_others_are_averaged_in_subgames():
    """u_1(d, t_N) may depend on the type of a player outside; what a coalition sees is the expectation, and that is
    orthogonal."""
    game = PAPER_GAMES["project"]()
    pair = game.subgame((0, 2))
    assert pair.players == ("1", "3") and len(pair.coalitions[(0, 1)].decisions) == 3
    whole = game.coalitions[(0, 1, 2)]
    table = whole.utility.copy()
    both = whole.number[((0, 1), "1 and 2 share"), ((2,), "no deal")]
    table[0, both, 0, 0] = [4.0, 14.0]  # 0.9 * 4 + 0.1 * 14 = 5
    moved = replace(game, coalitions={**game.coalitions, (0, 1, 2): replace(whole, utility=table)})
    assert moved.orthogonality < 1e-9
