"""Rows S1 to S6 and S9: the examples of file 003."""

import numpy as np
import pytest

from negotiation.bargaining.incomplete import (
    PAPER_GAMES,
    Scales,
    as_mechanism,
    best_mechanism,
    compromise,
    incentive_efficiency,
    interim_frontier,
    m_solution,
    neutral_procedural_solution,
    s_solution,
    selection_problem,
)

CLOSE = 1e-7


def flat(payoffs):
    return np.concatenate(payoffs)


def threats(solution):
    return {s: c.payoffs for s, c in solution.coalitions.items()}


def test_seller_of_a_lemon_insists_on_the_full_value():
    game = PAPER_GAMES["lemons"]()
    problem = selection_problem(game, (0, 1), 0, threats(neutral_procedural_solution(game)))
    strong = problem.strong()
    assert np.allclose(strong.payoffs[0], [2.5, 5.0], atol=CLOSE)
    assert strong.domination < CLOSE and strong.insecurity < CLOSE
    high, _ = strong.mechanism.rows()
    assert high[1]["sell at 10"] == pytest.approx(0.5, abs=CLOSE) and high[1]["no deal"] == pytest.approx(0.5, abs=CLOSE)
    assert compromise(problem).selected.payoffs[0] == pytest.approx([2.5, 5.0], abs=1e-6)


def test_offer_at_seven_is_undominated_but_not_safe():
    game = PAPER_GAMES["lemons"]()
    problem = selection_problem(game, (0, 1), 0, threats(neutral_procedural_solution(game)))
    labels = [game.decision_label(d) for d in game.coalitions[(0, 1)].decisions]
    at_seven = np.array([{"sell at 0": 0.3, "sell at 10": 0.7}.get(label, 0.0) for label in labels])
    offer = problem.assess(np.stack([at_seven, at_seven]))
    assert np.allclose(offer.payoffs[0], [2.0, 7.0])
    assert offer.incentive_gain == 0 and offer.refusal < CLOSE and offer.domination < CLOSE
    assert offer.insecurity == pytest.approx(3.0)  # told that the quality is high, the buyer gains 10 - 7 too much


def test_taxed_sale_needs_the_fixed_point():
    game = PAPER_GAMES["taxed-sale"]()
    solution = neutral_procedural_solution(game)
    dictators = [flat(d.payoffs) for d in solution.grand.dictators]
    assert np.allclose(np.mean(dictators, axis=0), [3.5, 5.0], atol=CLOSE)
    assert solution.grand.method == "fixed point"
    assert np.allclose(flat(solution.payoffs), [5.0, 5.0], atol=CLOSE)
    assert solution.residual < 1e-6


def test_bilateral_trade():
    solution = neutral_procedural_solution(PAPER_GAMES["bilateral-trade"]())
    buyer, seller = solution.grand.dictators
    assert np.allclose(flat(buyer.payoffs), [90, 30, 0], atol=CLOSE)
    assert np.allclose(flat(seller.payoffs), [0, 0, 72], atol=CLOSE)
    weak, strong = seller.mechanism.rows()
    assert weak[1] == pytest.approx({"sell at 90": 1.0}) and strong[1] == pytest.approx({"no deal": 1.0})
    assert np.allclose(flat(solution.payoffs), [45, 15, 36], atol=CLOSE)
    assert solution.grand.method == "random dictatorship"


def test_brokered_trade_and_its_rivals():
    game = PAPER_GAMES["brokered-trade"]()
    solution = neutral_procedural_solution(game)
    assert np.allclose(flat(solution.payoffs), [45, 15, 38, 1], atol=CLOSE)
    assert solution.residual < 1e-6 and solution.grand.incentive_gain < 1e-8 and solution.grand.efficiency_gain < 1e-6
    assert np.allclose(flat(m_solution(game).payoffs), [45, 15, 39, 0], atol=CLOSE) and m_solution(game).residual < CLOSE
    assert np.allclose(flat(s_solution(game).payoffs), [45, 13, 38.6, 0.8], atol=CLOSE) and s_solution(game).residual < CLOSE


def test_table_2_3_is_equivalent_to_the_solution():
    game = PAPER_GAMES["brokered-trade"]()
    labels = [game.decision_label(d) for d in game.coalitions[(0, 1, 2)].decisions]
    # strong: price 15, commission 5 paid by the seller; weak: price 45
    strong = {"buyer": 15 / 30, "seller": 10 / 30, "broker": 5 / 30}
    rows = [
        {"weak verified, buyer gains 90": 0.5, "weak verified, seller gains 90": 0.5},
        {f"strong verified, {who} gains 30": p for who, p in strong.items()},
    ]
    plan = as_mechanism(game, (0, 1, 2), [[row.get(label, 0.0) for label in labels] for row in rows])
    assert np.allclose(flat(plan.payoffs), [45, 15, 38, 1])
    assert plan.incentive_gain == 0 and incentive_efficiency(plan).gain < 1e-6


def test_project():
    game = PAPER_GAMES["project"]()
    solution = neutral_procedural_solution(game)
    assert np.allclose(flat(solution.coalitions[(0, 1)].payoffs), [5, 5], atol=CLOSE)
    assert solution.coalitions[(0, 1)].dictators == (None, None)  # no safe mechanism gives the other exactly 0
    for i in (0, 1):
        pair = solution.coalitions[(i, 2)]
        assert np.allclose(flat(pair.payoffs), [4.5, 5, 2.5], atol=CLOSE)
        assert np.allclose(pair.dictators[1].payoffs[1], [10, 5], atol=CLOSE)
    assert np.allclose(flat(solution.payoffs), [10 / 3, 10 / 3, 10 / 3, 5 / 3], atol=CLOSE)
    scales = Scales(
        (np.array([1.0]), np.array([1.0]), np.array([0.9, 0.2])), (np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((2, 2)))
    )  # (6.1)
    assert np.allclose(flat(m_solution(game, scales).payoffs), [10 / 3, 10 / 3, 10 / 3, 5 / 3], atol=CLOSE)
    egalitarian = s_solution(game, scales)
    assert np.allclose(flat(egalitarian.payoffs), np.array([41, 41, 40, 10]) / 12, atol=CLOSE) and egalitarian.residual < CLOSE


@pytest.mark.parametrize("share", [1 / 6, 1 / 12])
def test_tables_6_2_and_6_3(share):
    game = PAPER_GAMES["project"]()
    labels = [game.decision_label(d) for d in game.coalitions[(0, 1, 2)].decisions]

    def row(both, paid_by_other, paid_by_three):
        chosen = {"1 and 2 share": both}
        chosen |= {f"{i} and 3: 3 gets it free": paid_by_other for i in (1, 2)}
        chosen |= {f"{i} and 3: 3 pays": paid_by_three for i in (1, 2)}
        return [chosen.get(label, 0.0) for label in labels]

    strong = row(1 - 2 * share, share, 0)
    half = as_mechanism(game, (0, 1, 2), [row(1 / 3, 1 / 6, 1 / 6), strong])
    expected = [10 / 3, 10 / 3, 10 / 3, 5 / 3] if share > 0.1 else np.array([41, 41, 40, 10]) / 12
    assert np.allclose(flat(half.payoffs), expected)
    assert half.incentive_gain < 1e-12 and incentive_efficiency(half).gain < 1e-6
    if share > 0.1:  # Table 6.2
        table = as_mechanism(game, (0, 1, 2), [row(2 / 3, 1 / 6, 0), row(2 / 3, 1 / 6, 0)])
        assert np.allclose(flat(table.payoffs), expected) and incentive_efficiency(table).gain < 1e-6


def test_frontiers_have_the_corners_of_the_text():
    def corners(frontier):
        return {tuple(np.round(v, 6) + 0.0) for v, e in zip(frontier.vertices, frontier.efficient, strict=True) if e}

    without = interim_frontier(PAPER_GAMES["bilateral-trade"]())
    assert corners(without) == {(90, 30, 0), (0, 0, 72), (60, 0, 30)} and without.slack < 1e-5
    brokered = interim_frontier(PAPER_GAMES["brokered-trade"](), fixed={(2, 0): 0.0})
    assert {(90, 30, 0), (0, 0, 78)} < corners(brokered) and brokered.slack < 1e-5
    for v, efficient in zip(brokered.vertices, brokered.efficient, strict=True):
        assert (abs(v @ [0.8, 0.2, 1.0] - 78) < 1e-6) == efficient  # (2.4)
    pair = interim_frontier(PAPER_GAMES["project-pair"]())
    assert corners(pair) == {(9, 0, 0), (0, 10, 5), (5, 5, 0)} and len(pair.efficient_facets) == 1


def test_frontier_points_are_not_beaten_by_random_weights():
    game = PAPER_GAMES["project-pair"]()
    frontier = interim_frontier(game, rational=False)
    draws = np.random.default_rng(3)
    for weights in draws.dirichlet([1, 1, 1], 20):
        best = best_mechanism(game, (0, 1), (weights[:1], weights[1:]))
        assert best.value == pytest.approx(float((frontier.vertices @ weights).max()), abs=1e-6)


def test_the_solution_reads_as_a_table():
    text = str(neutral_procedural_solution(PAPER_GAMES["bilateral-trade"]()))
    assert "buyer gets weak: 45, strong: 15" in text and "seller gets seller: 36" in text
    assert "0.5 sell at 0, 0.5 sell at 90" in text and "by random dictatorship" in text
