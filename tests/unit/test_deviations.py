"""Gains from deviating, by simulation: nothing where theory says so, something where it does not, and honest intervals."""

import numpy as np
import pytest

from agents import RubinsteinDemand, Screening
from negotiation import exchange, matchups
from negotiation.equilibrium import DeviationReport, Report, check, deviation_gains
from negotiation.errors import InputError
from negotiation.play import Session
from negotiation.protocol import Grid
from protocols import Combinatorial, ItemByItem, ShareDemanding

RUGS = exchange(prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]), discount=(0.9, 0.9))
PLAIN = (RubinsteinDemand(), RubinsteinDemand())


@pytest.mark.parametrize("protocol", [ShareDemanding(), Combinatorial()])
def test_nothing_is_gained_against_the_equilibrium_of_theorem_1(protocol):
    report = check(Session(RUGS, protocol, PLAIN), negotiations=400)
    assert isinstance(report, DeviationReport)
    assert report.largest_gain == 0
    assert all(set(gain.by_type.values()) == {"no deviation"} for gain in report.gains)
    assert "no deviation tried gained" in str(report)
    assert "95% interval 0 to 0" not in str(report)  # nothing was estimated


def test_item_by_item_the_rule_of_thumb_is_not_an_equilibrium():
    report = deviation_gains(Session(RUGS, ItemByItem(), PLAIN), negotiations=2000)
    assert report.gains[1].low > 1
    assert "a best reply may gain more" in str(report)
    assert report.rows()[1]["player"] == "Bob"


def test_a_class_of_one_is_that_deviation():
    """Bob as a screener, paired differences on the second half, by hand."""
    session = Session(exchange(2), ItemByItem(), PLAIN)
    report = deviation_gains(session, negotiations=1000, seed=5, rivals=(Screening(),))
    from negotiation import simulate

    one = simulate(exchange(2), ItemByItem(), *PLAIN, negotiations=1000, seed=5).frame()
    two = simulate(exchange(2), ItemByItem(), PLAIN[0], Screening(), negotiations=1000, seed=5).frame()
    difference = (two.payoff_bob - one.payoff_bob).to_numpy()
    chosen = [label for label, what in report.gains[1].by_type.items() if what == "screening"]
    if len(chosen) == len(report.gains[1].by_type):
        assert report.gains[1].mean == pytest.approx(difference[500:].mean())
    assert len(report.tried[1]) == 30
    assert np.isfinite(difference).all()


def test_small_games_are_checked_exactly():
    protocol = ItemByItem(grid=Grid(0, 10, 2), horizon=2)
    report = check(Session(exchange(1), protocol, PLAIN, 0.1))
    assert isinstance(report, Report)
    assert report.largest_gain > 0.5
    weak = deviation_gains(Session(exchange(1), protocol, PLAIN, 0.1), negotiations=4000)
    for i in (0, 1):  # the class cannot beat the best reply
        assert weak.gains[i].low <= float(report.gain_at_start[i] @ report.prior[i]) + 1e-9


def test_bad_input():
    with pytest.raises(InputError, match="negotiations"):
        deviation_gains(Session(RUGS, ItemByItem(), PLAIN), negotiations=3)
