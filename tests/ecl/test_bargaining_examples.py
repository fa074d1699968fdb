"""Examples 46, 54, 55 and 56 of file 000 (Treutlein), to the digits of the paper or of its formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from negotiation.ecl import (
    bayesian_nash,
    compromise,
    example_46,
    example_54,
    example_54_split,
    example_55,
    example_56,
    figure_13,
    figure_15,
    logarithmic_curve,
    square_root_curve,
)
from negotiation.errors import InputError


def test_example_46() -> None:
    game = example_46()
    assert game.individual(0).support([1, 0])[1] == pytest.approx([2, 0])  # F_1 has the scale (2, 1)
    assert game.individual(0).support([0, 1])[1] == pytest.approx([0, 1])
    assert game.individual(1).support([1, 0])[1] == pytest.approx([1, 0])  # F_2 has the scale (1, 2)
    assert game.individual(1).support([0, 1])[1] == pytest.approx([0, 2])
    found = compromise(game)
    assert found.disagreement == pytest.approx([2, 2], abs=1e-12)
    assert found.payoffs == pytest.approx([math.sqrt(5), math.sqrt(5)], abs=1e-9)  # 2.236068
    assert found.gap < 1e-12


def test_example_54() -> None:
    found = compromise(example_54())
    assert found.disagreement == pytest.approx([0.75, 0.25], abs=1e-12)
    assert found.payoffs == pytest.approx([0.922159, 0.386810], abs=5e-7)
    assert found.actions[0] == pytest.approx(found.actions[1], abs=1e-9)  # the same point of both frontiers
    even = compromise(example_54(0.5))
    assert even.payoffs == pytest.approx([math.sqrt(0.5)] * 2, abs=1e-9)


def test_splitting_type_1_of_example_54() -> None:
    split = example_54_split()
    found = compromise(split)
    assert found.payoffs == pytest.approx([0.922159, 0.922159, 0.386810], abs=5e-7)
    uniform = compromise(split, weights="uniform")  # a vote for each name: type 1 gains from being split
    assert uniform.payoffs[0] > compromise(example_54(), weights="uniform").payoffs[0] + 0.01


@pytest.mark.parametrize(("same", "share", "gain"), [(0.75, 0.1, 0.054093), (0.5, 0.5, 0.414214)])
def test_example_55(same: float, share: float, gain: float) -> None:
    found = compromise(example_55(same))
    assert found.relative_gains == pytest.approx([gain] * 2, abs=5e-7)
    own = np.array([same * found.actions[0, 0], (1 - same) * found.actions[1, 0]])
    assert own[1] / own.sum() == pytest.approx(share, abs=1e-9)
    total = 1 - 2 * same * (1 - same)
    assert found.actions[0] * [same, 1 - same] == pytest.approx(
        [same**2 / math.sqrt(total), (1 - same) ** 2 / math.sqrt(total)]
    )


@pytest.mark.parametrize(("resources", "gain"), [(100.0, 0.702686), (1e9, 0.933104)])
def test_example_56(resources: float, gain: float) -> None:
    found = compromise(example_56(0.5, resources))
    assert found.relative_gains == pytest.approx([gain] * 2, abs=5e-7)
    assert found.disagreement == pytest.approx([0.5 * math.log(resources - 1)] * 2, rel=1e-12)


def test_the_most_a_type_makes_for_itself_in_example_56() -> None:
    """p log(r - 1), as the other type gets at least one unit; the paper prints p log r."""
    budget = example_56(0.8, 10.0).actions[0]
    best = minimize(
        lambda y: -y[0],
        [0.1, 0.1],
        bounds=[(0, None)] * 2,
        constraints={"type": "ineq", "fun": lambda y: 10.0 - np.exp(y).sum()},
        method="SLSQP",
    )
    assert -best.fun == pytest.approx(math.log(9.0), abs=1e-7)
    assert budget.support([1, 0])[0] == pytest.approx(math.log(9.0), rel=1e-14)
    assert bayesian_nash(example_56(0.8, 10.0)).payoffs == pytest.approx([0.8 * math.log(9.0)] * 2)


@pytest.mark.parametrize("resources", [3.0, 100.0])
def test_trade_in_example_56_ends_at_p_of_1_minus_1_over_r(resources: float) -> None:
    """Beyond it there is none; the printed gain (p log(p r) + 0) / (p log r) - 1 is below 0 there."""
    last = 1 - 1 / resources
    assert compromise(example_56(last - 0.02 / resources, resources)).gains.min() > 0
    with pytest.raises(InputError, match="no feasible point"):
        compromise(example_56(last + 0.02 / resources, resources))
    beyond = logarithmic_curve([1 / resources * 0.98], resources)
    assert beyond.gain[0] == 0 and beyond.share[0] == 0
    p = last + 0.02 / resources
    assert (p * math.log(p * resources)) / (p * math.log(resources)) - 1 < 0


@pytest.mark.parametrize("resources", [None, 100.0, 1e9])
def test_curves_agree_with_solved_games(resources: float | None) -> None:
    """Figures 2, 13 and 15: formulas against compromises, down to beliefs where gains are 1e-6 of the payoffs."""
    q = np.array([0.0, 0.002, 0.009, 0.02, 0.1, 0.25, 0.37, 0.5])
    if resources is None:
        formula, solved = square_root_curve(q), figure_13(q)
    else:
        formula, solved = logarithmic_curve(q, resources), figure_15(q, resources)
    assert solved.share == pytest.approx(formula.share, rel=1e-8, abs=1e-13)
    assert solved.gain == pytest.approx(formula.gain, rel=1e-8, abs=1e-13)


def test_the_double_decrease_and_paretotopia() -> None:
    """Square roots: share and gain fall quadratically, the gain faster; logarithms of many resources: about linearly."""
    q = np.array([0.01, 0.02])
    root, rich = square_root_curve(q), logarithmic_curve(q, 1e9)
    assert root.share[1] / root.share[0] == pytest.approx(4, rel=0.05)
    assert root.gain == pytest.approx(root.share / 2, rel=0.05)
    assert rich.share[1] / rich.share[0] == pytest.approx(2, rel=0.05)
    assert rich.gain[1] / rich.gain[0] < 2.2
    with pytest.raises(InputError, match="between 0 and 1/2"):
        square_root_curve(0.7)


def test_printing_names_types_gains_and_gap() -> None:
    text = str(compromise(example_54()))
    assert "0.922159" in text and "0.136810" in text and "gap" in text and "inf players" in text
