"""The random dictatorship as it is played: demands, mean payoffs, refusals (file 003, Sections 1, 2, 5 and 6)."""

import numpy as np
import pytest

from agents.dictators import Dictator, DictatorModel
from negotiation.bargaining.incomplete import (
    PAPER_GAMES,
    cooperative_game,
    neutral_procedural_solution,
    selection_problem,
    two_person_game,
)
from negotiation.errors import InputError
from protocols.dictatorial_demands import KINDS
from protocols.random_dictatorship import Tally, random_dictatorship

PLAYS = 400_000


def flat(payoffs):
    return np.concatenate([np.asarray(u, dtype=float) for u in payoffs])


def random_game(rng, players=3):
    types = [[str(t) for t in range(rng.integers(1, 3))] for _ in range(players)]
    own = {}
    for pair in [(i, j) for i in range(players) for j in range(i + 1, players)]:
        shape = tuple(len(types[i]) for i in pair)
        own[pair] = {str(d): [rng.integers(-4, 9, shape) for _ in pair] for d in range(3)}
    prior = [rng.dirichlet(np.full(len(t), 3.0)) for t in types]
    return cooperative_game([str(i) for i in range(players)], types, prior, own)


class Stubborn(Dictator):
    """Refuses whatever another dictator demands."""

    def accepts(self, members, demanded):
        return np.zeros(len(self.model.rules.game.prior[self.index]), dtype=bool)


@pytest.mark.parametrize(
    ("name", "dictators", "mean"),
    [
        ("lemons", [(2.5, 5, 0), (0, 0, 3)], (1.25, 2.5, 1.5)),
        ("bilateral-trade", [(90, 30, 0), (0, 0, 72)], (45, 15, 36)),
        ("brokered-trade", [(90, 30, 0, 0), (0, 0, 78, 0), (45, 15, 36, 3)], (45, 15, 38, 1)),
        ("project", [(1 / 2, 9 / 2, 5, 5 / 2), (9 / 2, 1 / 2, 5, 5 / 2), (5, 5, 0, 0)], (10 / 3, 10 / 3, 10 / 3, 5 / 3)),
    ],
)
def test_what_the_papers_dictators_demand(name, dictators, mean):
    rules = random_dictatorship(PAPER_GAMES[name]())
    everybody = rules.game.everybody
    assert [one.kind for one in rules.demands[everybody]] == ["strong"] * len(everybody)
    for one, payoffs in zip(rules.demands[everybody], dictators, strict=True):
        assert flat(one.payoffs) == pytest.approx(payoffs, abs=1e-6)
    assert flat(rules.payoffs[everybody]) == pytest.approx(mean, abs=1e-6)
    assert rules.efficient(everybody)


def test_with_a_tax_drawing_lots_loses_what_the_solution_keeps():
    rules = random_dictatorship(PAPER_GAMES["taxed-sale"]())
    assert flat(rules.payoffs[(0, 1)]) == pytest.approx((3.5, 5))
    assert rules.lost[(0, 1)] == pytest.approx(1.5)
    assert not rules.justified((0, 1))
    assert "the lot loses 1.5" in rules.why((0, 1))


def test_an_even_split_or_nothing_has_no_strong_solution_but_one_with_slack():
    rules = random_dictatorship(PAPER_GAMES["project"]())
    assert [one.kind for one in rules.demands[(0, 1)]] == ["strong, slack"] * 2
    assert flat(rules.payoffs[(0, 1)]) == pytest.approx((5, 5))
    assert rules.efficient((0, 1))
    assert not rules.justified((0, 1))
    assert rules.justified((0, 2))
    for i in (0, 1):
        assert selection_problem(rules.game, (0, 1), i, rules.payoffs).strong() is None


def test_a_dictator_with_nothing_strong_to_demand():
    """Both types of the seller want the deal; the buyer gains 1 by it if the seller is good, and loses 10 if it is bad. It
    accepts at the prior, 0.95, but not if it infers that the seller is bad: only "no deal" is safe."""
    utility = {"deal": [[[2.0], [2.0]], [[1.0], [-10.0]]]}
    game = two_person_game(
        utility, types=(("good", "bad"), ("buyer",)), prior=([0.95, 0.05], [1.0]), players=("seller", "buyer")
    )
    seller, buyer = random_dictatorship(game).demands[(0, 1)]
    assert seller.kind == "best safe"
    assert flat(seller.payoffs) == pytest.approx((0, 0, 0), abs=1e-6)
    assert seller.forgone == pytest.approx(4)
    assert buyer.kind in KINDS[:2]
    assert flat(buyer.payoffs) == pytest.approx((2, 2, 0.95 * 1 - 0.05 * 10), abs=1e-6)


@pytest.mark.parametrize("name", sorted(PAPER_GAMES))
def test_mean_payoffs_are_those_of_the_procedure_within_sampling_error(name):
    model = DictatorModel(PAPER_GAMES[name](), PLAYS, rng=1)
    model.step()
    expected = flat(model.rules.payoffs[model.rules.game.everybody])
    error = flat(model.tally.errors())
    assert np.abs(flat(model.tally.means()) - expected).max() > 0
    assert (np.abs(flat(model.tally.means()) - expected) < 5 * error + 1e-9).all()
    assert error.max() < 0.005 * model.rules.range[model.rules.game.everybody]  # enough plays to tell
    assert sum(model.tally.refused.values()) == 0
    assert sum(flat(model.tally.plays)) == PLAYS * model.rules.game.n


def test_where_the_axiom_justifies_it_the_procedure_is_the_solution():
    for name in PAPER_GAMES:
        rules = random_dictatorship(PAPER_GAMES[name]())
        solution = neutral_procedural_solution(rules.game)
        for members in rules.demands:
            if rules.justified(members):
                assert flat(rules.payoffs[members]) == pytest.approx(flat(solution.coalitions[members].payoffs), abs=1e-6)


def test_random_games_every_demand_is_honest_and_no_worse_than_the_fallback():
    rng, kinds = np.random.default_rng(0), []
    for _ in range(12):
        rules = random_dictatorship(random_game(rng))
        for members, made in rules.demands.items():
            small = 1e-6 * rules.range[members]
            for one in made:
                kinds.append(one.kind)
                assert one.mechanism.incentive_gain <= small
                assert flat(one.margin).min() >= -small
                k = members.index(one.dictator)
                assert (one.payoffs[k] >= rules.payoffs[(one.dictator,)][0] - small).all()
                if one.kind == "strong":
                    found = selection_problem(rules.game, members, one.dictator, rules.payoffs).strong()
                    assert found is not None
                    assert found.payoffs[k] == pytest.approx(one.payoffs[k], abs=10 * small)
                    exact = flat([m for j, m in zip(members, one.margin, strict=True) if j != one.dictator])
                    assert np.abs(exact).max() <= small
                elif one.kind == "best safe":
                    assert one.forgone > 0
    assert {"strong", "strong, slack", "best safe"} <= set(kinds)


def test_who_refuses_leaves_the_others_to_themselves():
    """Player 1 of the project refuses: players 2 and 3 as dictators are left alone, and it bargains with the other one."""
    game = PAPER_GAMES["project"]()
    model = DictatorModel(game, PLAYS, players=[Stubborn, Dictator, Dictator], rng=3)
    model.step()
    assert model.tally.refused[((0, 1, 2), 0)] == 0
    for i in (1, 2):
        assert model.tally.refused[((0, 1, 2), i)] == model.tally.dictated[((0, 1, 2), i)] > 0
    grand, with_3, with_2 = (model.rules.demands[s] for s in ((0, 1, 2), (0, 2), (0, 1)))
    # player 1 dictates with 1/3; else it is left with the other one, and gets something only as the dictator there
    expected = (grand[0].payoffs[0] + with_3[0].payoffs[0] / 2 + with_2[0].payoffs[0] / 2) / 3
    got, error = model.tally.means()[0], model.tally.errors()[0]
    assert abs(got - expected) < 5 * error
    assert got[0] < model.rules.payoffs[(0, 1, 2)][0][0]


def test_same_seed_same_plays():
    game = PAPER_GAMES["project"]()
    rules = random_dictatorship(game)
    first, again, other = (DictatorModel(plays=500, rules=rules, rng=seed) for seed in (7, 7, 8))
    for model in (first, again, other):
        for _ in range(3):
            model.step()
    assert [u.tolist() for u in first.tally.total] == [u.tolist() for u in again.tally.total]
    assert [u.tolist() for u in first.tally.total] != [u.tolist() for u in other.tally.total]
    assert first.tally.plays[0].sum() == 1500
    collected = first.datacollector.get_agent_vars_dataframe()
    assert len(collected) == 9
    assert collected["payoffs"].iloc[-1] == first.tally.means()[2].tolist()


def test_mistakes_are_told():
    with pytest.raises(InputError, match="game: expected a cooperative game"):
        DictatorModel()
    with pytest.raises(InputError, match="plays: expected a whole number of at least 1, got 0"):
        DictatorModel(PAPER_GAMES["lemons"](), 0)
    with pytest.raises(InputError, match="one for each of 2 players, got 3"):
        DictatorModel(PAPER_GAMES["lemons"](), players=[Dictator] * 3)


def test_it_is_no_alternating_offer_protocol():
    from negotiation.registry import available

    assert not [name for name in available("protocol") if "dictator" in name]


def test_errors_of_means_are_those_of_samples():
    rng = np.random.default_rng(2)
    samples = [rng.normal(3, 2, 50), rng.normal(-1, 0.1, 7)]
    numbers = [np.array([float(f(x)) for x in samples]) for f in (len, np.sum, lambda x: np.sum(x**2))]
    tally = Tally(*([row] for row in numbers))
    np.testing.assert_allclose(tally.means()[0], [x.mean() for x in samples])
    np.testing.assert_allclose(tally.errors()[0], [x.std(ddof=1) / np.sqrt(len(x)) for x in samples])
