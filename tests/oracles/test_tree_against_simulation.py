"""A tree and a simulation are the same negotiation: payoffs of strategies on the tree lie in the simulation's intervals."""

from dataclasses import replace

import numpy as np
import pytest

from agents import RubinsteinDemand, Screening
from negotiation import exchange, matchups, simulate
from negotiation.equilibrium import game_tree
from negotiation.equilibrium.strategy_tables import strategy_profile
from negotiation.equilibrium.values import evaluate
from negotiation.errors import CannotPlay
from negotiation.protocol import Grid
from protocols import Combinatorial, Frequency, ItemByItem, ShareDemanding

RUGS = exchange(2, (0, 8), (2, 10))
KNOWN = exchange(prior=matchups([(0, 2), (8, 10)]), discount=(0.7, 0.9))
PROTOCOLS = [
    ItemByItem(grid=Grid(0, 10, 2), horizon=2),
    ItemByItem(grid=Grid(0, 10, 5), horizon=2, order="random", reopen=True),
    ShareDemanding(grid=Grid(0, 20, 4), horizon=2),
    Combinatorial(grid=Grid(-16, 20, 4), horizon=1),
    Combinatorial(grid=Grid(0, 12, 6), horizon=1, form="table"),
    Frequency(grid=Grid(0, 20, 4), horizon=1),
    Frequency(grid=Grid(0, 20, 10), horizon=2, tremble_game=True, order="bob"),
]


@pytest.mark.parametrize("tremble", [0.0, 0.2])
@pytest.mark.parametrize("strategy", [RubinsteinDemand, Screening])
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.name}-{p.order}")
def test_payoffs_agree(protocol, strategy, tremble):
    for problem in (RUGS, KNOWN):
        tree = game_tree(problem, protocol, tremble=tremble, horizon=protocol.horizon)
        values = evaluate(tree, strategy_profile(tree, (strategy(), strategy())))
        outcomes = simulate(problem, protocol, strategy(), strategy(), negotiations=20_000, seed=3, tremble=tremble).frame()
        for i, column in enumerate(("payoff_alice", "payoff_bob")):
            exact = float(values.value[i][0] @ tree.marginal[i])
            error = max(outcomes[column].std() / np.sqrt(len(outcomes)), 1e-12)
            assert abs(outcomes[column].mean() - exact) < 4.5 * error


def test_offers_off_the_grid_are_refused():
    tree = game_tree(RUGS, replace(PROTOCOLS[0], grid=None), grid=(0, 9, 3), horizon=1)
    profile = strategy_profile(tree, (RubinsteinDemand(), RubinsteinDemand()))  # demands round to the tree's grid
    assert profile[0].sum() == len(tree.types[0])


def test_a_strategy_that_draws_is_no_table():
    from agents import ZeroIntelligence

    tree = game_tree(RUGS, PROTOCOLS[0], horizon=1)
    with pytest.raises(CannotPlay, match="draws at random"):
        strategy_profile(tree, (ZeroIntelligence(), RubinsteinDemand()))
