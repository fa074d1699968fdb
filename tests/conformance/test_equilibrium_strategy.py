"""The Equilibrium strategy: it plays what was solved (simulated payoffs are those that the solution predicts), keeps solutions
on
disk, and refuses what it cannot solve."""

import numpy as np
import pytest

from agents import Equilibrium, RubinsteinDemand
from negotiation import exchange, iid, matchups, simulate
from negotiation.equilibrium import game_tree, markov_outcome, second_best, solve, solve_exchangeable
from negotiation.equilibrium.cache import fingerprint, folder, remembered
from negotiation.equilibrium.tree_solver import solve_tree
from negotiation.errors import CannotPlay, InputError
from negotiation.play import Session
from negotiation.protocol import Grid
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

PRICES = Grid(0, 10, 1)
DOUBT = exchange(1, (0, 8), (10,), prior=iid((0.3, 0.7), (1,)), discount=(0.8, 0.8))


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NEGOTIATION_CACHE", str(tmp_path))


def close(outcomes, predicted, slack=0.0):
    for payoffs, expected in zip(outcomes.payoffs, predicted, strict=True):
        assert abs(payoffs.mean() - expected) <= 4.5 * payoffs.std() / np.sqrt(len(payoffs)) + slack


@pytest.mark.parametrize("tremble", [0.0, 0.05])
def test_trees_are_played_as_they_were_solved(tremble):
    rules = ItemByItem(grid=PRICES, horizon=2)
    solution = solve_tree(game_tree(DOUBT, rules, horizon=2, tremble=tremble or 0.01))
    predicted = [float(u @ m) for u, m in zip(solution.outcome.payoff, solution.tree.marginal, strict=True)]
    outcomes = simulate(DOUBT, rules, Equilibrium(), Equilibrium(), negotiations=20_000, seed=2, tremble=tremble)
    close(outcomes, predicted, slack=0.0 if tremble else 0.1)
    two = exchange(2, (0, 8), (10,), prior=iid((0.3, 0.7), (1,)), discount=(0.8, 0.8))
    both = simulate(two, rules, Equilibrium(), Equilibrium(), negotiations=20_000, seed=2, tremble=tremble)
    close(both, [2 * u for u in predicted], slack=0.0 if tremble else 0.2)


@pytest.mark.parametrize("protocol", [ItemByItem, ShareDemanding], ids=lambda p: p.name)
def test_trees_on_which_chance_draws_the_proposer(protocol):
    rules = protocol(order="random", recognition=0.3, grid=Grid(0, 10, 5), horizon=2)
    unequal = exchange(1, (0, 8), (3, 10), prior=iid((0.4, 0.6), (0.3, 0.7)), discount=(0.8, 0.6))
    solution = solve_tree(game_tree(unequal, rules, horizon=2, tremble=0.1))
    predicted = [float(u @ m) for u, m in zip(solution.outcome.payoff, solution.tree.marginal, strict=True)]
    close(simulate(unequal, rules, Equilibrium(), Equilibrium(), negotiations=20_000, seed=5, tremble=0.1), predicted)


def test_whole_deals_are_played_as_they_were_solved():
    rules = ShareDemanding(grid=Grid(0, 10, 2), horizon=1)
    solution = solve_tree(game_tree(exchange(1), rules, horizon=1, tremble=0.1))
    predicted = [float(u @ m) for u, m in zip(solution.outcome.payoff, solution.tree.marginal, strict=True)]
    close(simulate(exchange(1), rules, Equilibrium(), Equilibrium(), negotiations=20_000, seed=4, tremble=0.1), predicted)


def test_beliefs_are_played_as_they_were_solved():
    """One-sided doubt without a horizon: payoffs of 20,000 negotiations are those of the exact outcome."""
    rules = ItemByItem(grid=PRICES)
    found = markov_outcome(solve(DOUBT, rules, tremble=0.02))
    prior = np.array([[0.3], [0.7]])
    outcomes = simulate(DOUBT, rules, Equilibrium(), Equilibrium(), negotiations=20_000, seed=3, tremble=0.02)
    close(outcomes, [float((u * prior).sum()) for u in found.payoffs], slack=0.01)
    assert outcomes.welfare.mean() / 4.4 == pytest.approx(found.efficiency, abs=0.02)


@pytest.mark.parametrize("protocol", [Frequency(), ShareDemanding()], ids=lambda p: p.name)
def test_frequencies_are_played_as_they_were_solved(protocol):
    rugs = exchange(12)
    solution = solve_exchangeable(rugs, protocol, tremble=0.01)
    player = Equilibrium(most=0.2)
    outcomes = simulate(rugs, protocol, player, player, negotiations=4000, seed=1, tremble=0.01)
    close(outcomes, solution.payoff, slack=solution.neglected + 0.05)


def test_known_surplus_is_split_as_theorem_1_says():
    rugs = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]), discount=(0.9, 0.9))
    for protocol in (ShareDemanding(), Combinatorial()):
        outcomes = simulate(rugs, protocol, Equilibrium(), Equilibrium(), negotiations=100)
        assert outcomes.payoffs[0].mean() == pytest.approx(7.368421, abs=1e-6)


def test_one_side_may_follow_a_rule_of_thumb():
    outcomes = simulate(
        DOUBT, ItemByItem(grid=PRICES, horizon=2), Equilibrium(), RubinsteinDemand(), negotiations=500, tremble=0.1
    )
    assert np.isfinite(outcomes.welfare).all()


def test_what_cannot_be_solved_is_refused():
    alike = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))
    cases = [
        (exchange(4), Combinatorial(), 0.0, "no sufficient statistic"),
        (alike, ItemByItem(), 0.0, "not alike and independent"),
        (exchange(2), ItemByItem(), 0.01, "coarse enough"),
        (exchange(2), ItemByItem(reopen=True), 0.0, "reopen"),
        (exchange(1, (0, 4, 8), (2, 6, 10)), ItemByItem(), 0.0, "too many types"),
        (exchange(2), Frequency(horizon=3), 0.0, "without a horizon"),
        (exchange(2), ItemByItem(order="alice", grid=PRICES), 0.0, "alternating"),
        (exchange(2), ShareDemanding(horizon=9, grid=Grid(0, 20, 1)), 0.0, "nodes"),
        (exchange(2), ShareDemanding(), 0.01, "deviating may gain"),
    ]
    for problem, protocol, tremble, why in cases:
        with pytest.raises(CannotPlay, match=why):
            Session(problem, protocol, (Equilibrium(), Equilibrium()), tremble)
    with pytest.raises(InputError, match="tremble"):
        Equilibrium(tremble=0)


def test_solutions_are_kept_and_mended(tmp_path):
    calls = []
    key = fingerprint("test", exchange(1), Grid(0, 1, 1))
    assert key != fingerprint("test", exchange(1, (0, 9)), Grid(0, 1, 1))
    assert remembered(key, lambda: calls.append(1) or 7) == 7
    assert remembered(key, lambda: calls.append(1) or 8) == 7
    from negotiation.equilibrium import cache

    cache._memory.clear()
    assert remembered(key, lambda: calls.append(1) or 9) == 7  # from disk
    cache._memory.clear()
    (tmp_path / f"{key}.pickle").write_bytes(b"spoilt")
    assert remembered(key, lambda: calls.append(1) or 10) == 10
    assert len(calls) == 2


def test_nothing_is_kept_on_disk_when_told_so(monkeypatch):
    monkeypatch.setenv("NEGOTIATION_CACHE", "off")
    assert folder() is None
    assert remembered(fingerprint("nowhere"), lambda: 3) == 3


def test_haggling_over_one_rug_stays_below_the_second_best():
    """Two-sided doubt cut after two offers: trembling or not, no equilibrium beats the best mechanism (3.333 of 3.5)."""
    solution = solve_tree(game_tree(exchange(1), ItemByItem(), grid=(0, 10, 1), horizon=2, tremble=0.01))
    assert solution.gain < 1e-6
    assert solution.outcome.welfare <= second_best(exchange(1)).surplus
