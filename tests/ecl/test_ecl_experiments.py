"""The experiments with universes: small runs of each, against theory."""

import numpy as np
import pandas as pd
import pytest

from agents.civilisation import Group
from agents.compromise_tables import correlated_prior, with_prior
from experiments.ecl_disagreements import belief_noise, disagreement_matrix, hostile, noisy, solution_matrix
from experiments.ecl_many import breaking_away, many_types, projects
from experiments.ecl_report import EXPERIMENTS, RESOURCES, SQUARE_ROOT, _read_decrease, _read_predictions
from experiments.ecl_society import cooperators, double_decrease, overall, played, predictions
from experiments.ecl_telling import tell_separable
from negotiation.ecl.coalition_examples import example_64
from negotiation.ecl.examples import random_polytopes
from negotiation.errors import InputError


def test_double_decrease_follows_theory():
    frame = double_decrease(2500, 3, (0.1, 0.5))
    assert (np.abs(frame["gain"] - frame["gain_theory"]) <= 4 * frame["gain_error"] + 0.03).all()
    assert (np.abs(frame["share"] - frame["share_theory"]) <= 0.03).all()
    root = frame[frame["utility"] == "square root"].set_index("other")["gain"]
    rich = frame[frame["utility"] == "logarithmic, r = 1e9"].set_index("other")["gain"]
    assert root[0.1] / root[0.5] < 0.2**2 < rich[0.1] / rich[0.5]


def test_cooperators_follow_theory_exactly():
    frame = cooperators(4000, 1, (0, 0.5, 1))
    np.testing.assert_allclose(frame["gain"], frame["gain_theory"], atol=1e-9)
    naive = frame[(frame["among"] == "type 2 only") & ~frame["knows"] & (frame["share"] == 0)].set_index("type")["gain"]
    assert naive["1"] < 0 < naive["2"]
    assert (frame[frame["knows"]]["gain"] >= -1e-12).all()  # who reckons with it never loses


def test_predictions_get_better_only_if_types_are_independent():
    frame = predictions(3000, 2, games=3)
    rms = (frame["realised"] - frame["predicted"]).pow(2).groupby([frame["correlation"], frame["universes"]]).mean().pow(0.5)
    assert rms[0.0, 3000] < 0.4 * rms[0.0, 30]
    assert rms[0.3, 3000] > 3 * rms[0.0, 3000]


def test_the_seed_decides():
    first, again, other = (predictions(100, seed, games=1) for seed in (3, 3, 4))
    assert first.equals(again)
    assert not np.allclose(first["realised"], other["realised"])


def test_solutions_that_agree_lose_nothing():
    names = ("nash", "egalitarian", "own")
    frame = solution_matrix(2000, 1, names).set_index(["first", "second"])["slack"]
    for name in ("nash", "egalitarian"):
        assert abs(frame[name, name]) <= 1e-9
    assert frame["nash", "egalitarian"] > 1e-5
    assert frame["own", "own"] > frame["nash", "own"] > frame["nash", "egalitarian"]


def test_disagreement_points_change_who_gains():
    frame = disagreement_matrix(1200).set_index(["game", "first", "second"])
    assert frame.loc[("threats", "threat", "threat"), "gain_2"] > frame.loc[("threats", "nash", "nash"), "gain_2"]
    three = 3 * frame.loc["Example 66", ["gain_1", "gain_2", "gain_3"]].astype(float)
    np.testing.assert_allclose(three.loc[("nash", "nash")], (1, 1, 2), atol=1e-6)
    np.testing.assert_allclose(three.loc[("alone", "alone")], (2, 2, -4), atol=1e-6)


def test_noise_costs():
    rows = belief_noise(1500, 1, (0, 2), minds=3).set_index(["utility", "noise"])
    right = rows.xs(0, level="noise")  # whoever believes what is true gets what it expects, up to sampling
    assert ((right["gain"] - right["expected"]).abs() <= 4.5 * right["gain_error"] + 1e-9).all()
    frame = rows["gain"]
    for name in ("square root", "logarithmic, r = 100"):
        assert frame[name, 2] < frame[name, 0]
    P = noisy(np.full((3, 3), 1 / 9), np.random.default_rng(0).standard_normal((3, 3)))
    np.testing.assert_allclose(P, P.T, atol=1e-15)
    assert P.sum() == pytest.approx(1)


def test_many_types_as_predicted():
    frame = many_types(8000, 1, (2, 8), (0.0,), (0.0,), draws=3)
    np.testing.assert_allclose(frame["gain"], frame["gain_theory"], atol=0.1)
    assert (frame["gain_theory"] >= 0).all()


def test_breaking_away_as_in_theory():
    frame = breaking_away(3000)
    np.testing.assert_allclose(frame["payoff"], frame["payoff_theory"], atol=1e-5)
    last = frame[(frame["example"] == "Example 64") & (frame["step"] == 1)]
    np.testing.assert_allclose(last["payoff_theory"], (5, 5, 3), atol=1e-6)
    assert set(frame[frame["example"] == "Example 66"]["ending"]) == {"cycle"}


def test_too_few_universes():
    with pytest.raises(InputError, match="universes: expected at least 50"):
        played(None, [], 20, 1, multiverses=25)


def test_every_experiment_has_a_figure_and_a_paragraph():
    frames = {
        "cooperators": cooperators(1000, 1, (0, 0.5, 1)),
        "predictions": predictions(200, 1, games=2),
        "solutions": solution_matrix(1200, 1, ("nash", "egalitarian", "own")),
        "disagreement": disagreement_matrix(1200),
        "priors": belief_noise(500, 1, (0, 1), minds=2),
        "types": many_types(1000, 1, (2, 4), (0.0, 0.5), (0.0, 0.3), draws=2),
        "coalitions": breaking_away(1200),
        "double-decrease": double_decrease(500, 1, (0.1, 0.5)),
    }
    assert set(frames) == set(EXPERIMENTS)
    for name, frame in frames.items():
        drawn = EXPERIMENTS[name].draw(frame)
        first = drawn[0] if isinstance(drawn, list) else drawn
        assert first.get_figure(root=True).get_axes()
        text = EXPERIMENTS[name].read(frame)
        assert "nan" not in text and len(text) > 80, name


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_what_projects_are_worth(alike):
    """Standard normal, with this correlation between types."""
    rng = np.random.default_rng(4)
    worth = np.concatenate([one.points for _ in range(300) for one in projects(3, alike, 0.0, rng).actions])
    assert len(worth) > 3000
    covariance = np.cov(worth.T)
    np.testing.assert_allclose(covariance, np.where(np.eye(3), 1.0, alike), atol=0.1)


def test_the_share_that_comes_from_other_types_universe_by_universe():
    game = with_prior(random_polytopes(3, np.random.default_rng(2), own=1.0), correlated_prior(np.array([0.2, 0.3, 0.5]), 0.1))
    model = played(game, [Group()], 24, 3, 4)
    foreign = np.zeros(len(model.members))
    for i, member in enumerate(model.members):
        others = [m for m in model.members if model.multiverse[m.index] == model.multiverse[i] and m.kind != member.kind]
        foreign[i] = sum(m.action[member.kind] for m in others) / (len(model.members) // model.multiverses - 1)
    total = np.array([member.realised for member in model.members])
    assert overall(model)[2] == pytest.approx(foreign.mean() / total.mean())
    kinds = np.array([member.kind for member in model.members])
    for t, told in enumerate(model.measured().foreign):
        assert told == pytest.approx(foreign[kinds == t].mean())


def test_hostile_types_lose_little_and_harm():
    first, second = (one.points for one in hostile().actions)
    (mine,), (theirs,) = first[first[:, 1] < 0], second[second[:, 0] < 0]
    assert mine[0] == theirs[1] == 0.8 and theirs[0] < mine[1]


def test_what_is_said_of_theory_and_measurement():
    """The largest difference from theory, and root mean squares of errors, of frames made up for it."""
    points = ((0.1, 0.02, 0.005), (0.5, 0.4, -0.031))
    rows = [(name, other, gain, gain + off) for name in (SQUARE_ROOT, *RESOURCES) for other, gain, off in points]
    said = _read_decrease(pd.DataFrame(rows, columns=["utility", "other", "gain", "gain_theory"]))
    assert "from 0.5 to 0.1" in said and "at most 3.1 percentage points" in said and "5.0% (" in said
    rows = [(c, n, 1.0 + off, 1.0) for c in (0.0, 0.3) for n, offs in ((100, (0.3, -0.4)), (1000, (0.1, -0.1))) for off in offs]
    said = _read_predictions(pd.DataFrame(rows, columns=["correlation", "universes", "realised", "predicted"]))
    assert "from 0.35 to 0.1 utils at correlation 0.3" in said


def test_players_without_names_are_numbered_from_1():
    assert tell_separable(example_64(), "Example 64").data["players"] == ["1", "2", "3"]
