"""Figures show the data that they are given, with labelled axes and units, and simulate nothing."""

import numpy as np
import pandas as pd
import pytest

from agents import Concession, RubinsteinDemand
from negotiation import exchange, matchups, plots, simulate
from negotiation.plots import Line
from negotiation.plots.course import places
from negotiation.plots.style import labels_of, looks
from negotiation.trace import trace
from protocols import ItemByItem, ShareDemanding

UNITS = ("utils", "stages", "items", "share of", "per stage", "probability")


def frame(labels=("item-by-item", "share-demanding", "frequency"), **extra):
    k = np.arange(len(labels))
    table = {
        "protocol": list(labels), "strategies": "x", "efficiency": 0.7 + 0.1 * k, "efficiency_low": 0.68 + 0.1 * k,
        "efficiency_high": 0.73 + 0.1 * k, "first_best": 14.0, "payoff_alice": 5.0 + k, "payoff_bob": 4.0 - k,
        "payoff_alice_low": 4.5 + k, "payoff_alice_high": 5.5 + k, "loss_delay": 1.0 + k, "loss_missed": 2.0,
        "loss_wrong": 0.5, "loss_transfer": -0.7 * k,
    }  # fmt: skip
    return pd.DataFrame(table | extra)


def swept(items=(1, 4, 16, 64), **extra):
    return pd.concat([frame(**extra).assign(items=n, efficiency=[0.7, 0.9 + n / 1000, 0.8]) for n in items], ignore_index=True)


@pytest.fixture(scope="module")
def problem():
    return exchange(items=4, prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))


@pytest.fixture(scope="module")
def long_trace():
    return trace(exchange(items=6), ShareDemanding(), Concession(), Concession(), seed=1)


def drawn(axes):
    """The figure is laid out and rendered, so that anything that cannot be drawn shows."""
    axes.get_figure(root=True).savefig("/dev/null", format="png")
    return axes


def has_units(label):
    return any(unit in label for unit in UNITS)


def legend(axes):
    return [t.get_text().replace("\n", " ") for entry in axes.get_figure(root=True).legends for t in entry.get_texts()]


def test_efficiency_shows_means_intervals_and_names():
    table = frame()
    axes = drawn(plots.efficiency(table))
    points = [line.get_xdata()[0] for line in axes.lines if line.get_marker() not in ("None", None)]
    assert points == pytest.approx(list(table["efficiency"]))
    spans = [c.get_segments()[0][:, 0] for c in axes.collections]
    assert np.allclose(spans, table[["efficiency_low", "efficiency_high"]])
    assert [t.get_text() for t in axes.get_yticklabels()] == list(table["protocol"])
    assert has_units(axes.get_xlabel())
    low, high = axes.get_xlim()
    assert low < table["efficiency_low"].min()
    assert high > 1


def test_losses_stack_to_the_loss_and_negative_wedges_go_left():
    table = frame()
    axes = drawn(plots.losses(table))
    assert [c.get_label() for c in axes.containers] == ["delay", "missed trades", "wrong trades", "transfer wedge"]
    widths = np.array([[bar.get_width() for bar in c] for c in axes.containers])
    total = table[[f"loss_{name}" for name in ("delay", "missed", "wrong", "transfer")]].sum(axis=1) / 14
    assert np.allclose(widths.sum(axis=0), total)
    wedge = axes.containers[3][2]
    assert wedge.get_width() == pytest.approx(-1.4 / 14)
    assert wedge.get_x() == pytest.approx(0)
    assert axes.get_xlim()[0] < -0.1
    assert has_units(axes.get_xlabel())
    assert legend(axes) == ["delay", "missed trades", "wrong trades", "transfer wedge"]
    without = drawn(plots.losses(frame(loss_transfer=0.0)))
    assert "transfer wedge" not in legend(without)


def test_payoffs_show_every_landmark(problem):
    outcomes = {
        p.name: simulate(problem, p, RubinsteinDemand(), RubinsteinDemand(), negotiations=100, seed=1)
        for p in (ItemByItem(), ShareDemanding())
    }
    axes = drawn(plots.payoffs(outcomes, problem))
    at = {line.get_label(): np.array(line.get_data(), dtype=float) for line in axes.lines}
    for name, done in outcomes.items():
        assert np.allclose(at[f"{name}, mean"][:, 0], done.payoffs.mean(axis=1))
    assert np.allclose(at["Pareto frontier"].sum(axis=0), 14)
    assert np.allclose(at["NBS (equal split)"], 7)
    assert np.allclose(at["disagreement point"], 0)
    assert np.allclose(at["Rubinstein point"][:, 0], [14 / 1.9, 14 * 0.9 / 1.9])
    assert has_units(axes.get_xlabel())
    assert has_units(axes.get_ylabel())
    unknown = exchange(items=2)
    done = simulate(unknown, ShareDemanding(), RubinsteinDemand(), RubinsteinDemand(), negotiations=50, seed=1)
    assert "Pareto frontier at the expected surplus" in legend(plots.payoffs({"share-demanding": done}, unknown))


def test_sweep_draws_the_frame_on_a_log2_axis():
    table = swept()
    (axes,) = plots.sweep(table, "items", lines=[Line("first best", 1.0), Line("bound", 0.95)])
    drawn(axes)
    lines = {line.get_label(): line for line in axes.lines}
    for name, rows in table.groupby("protocol"):
        assert np.allclose(lines[name].get_xdata(), rows["items"])
        assert np.allclose(lines[name].get_ydata(), rows["efficiency"])
    assert axes.get_xscale() == "log"
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "4", "16", "64"]
    assert has_units(axes.get_xlabel())
    assert has_units(axes.get_ylabel())
    assert set(legend(axes)) == {"item-by-item", "share-demanding", "frequency", "first best", "bound"}
    assert lines["bound"].get_ydata()[0] == 0.95


def test_payoffs_are_swept_as_shares_with_their_intervals():
    (axes,) = plots.sweep(swept(), ["items"], "payoff_alice")
    lines = {line.get_label(): line for line in axes.lines}
    assert np.allclose(lines["frequency"].get_ydata(), 7 / 14)
    spans = np.array([c.get_segments()[0][:, 1] for c in axes.collections if hasattr(c, "get_segments")])
    assert np.allclose(spans[0], [4.5 / 14, 5.5 / 14])


def test_two_keys_make_small_multiples_and_words_an_axis_of_words():
    table = pd.concat([swept().assign(discount=d) for d in (0.5, 0.9)], ignore_index=True)
    panels = plots.sweep(table, ["items", "discount"])
    drawn(panels[0])
    assert [p.get_title() for p in panels] == ["discount = 0.5", "discount = 0.9"]
    assert all(has_units(p.get_xlabel()) for p in panels)
    assert has_units(panels[0].get_ylabel())
    pairs = [[0.9, w] for w in (0.5, 0.6, 0.7, 0.8) for _ in range(3)]
    (axes,) = plots.sweep(swept().assign(who=pairs), "who")
    assert [t.get_text() for t in axes.get_xticklabels()] == [f"[0.9, {w}]" for w in (0.5, 0.6, 0.7, 0.8)]


def test_demands_show_each_offer(long_trace):
    axes = drawn(plots.demands(long_trace))
    lines = {line.get_label(): line for line in axes.lines}
    for i, who in enumerate(("Alice", "Bob")):
        steps = [s for s in long_trace.steps if s.proposer == i]
        assert list(lines[f"{who} demands"].get_xdata()) == [s.stage for s in steps]
        assert list(lines[f"{who} demands"].get_ydata()) == [s.demand for s in steps]
    assert list(lines["accepted"].get_xdata()) == [long_trace.steps[-1].stage]
    assert has_units(axes.get_xlabel())
    assert has_units(axes.get_ylabel())


def test_offers_lie_where_they_would_lead(long_trace):
    axes = drawn(plots.offers(long_trace))
    lines = {line.get_label(): np.array(line.get_data(), dtype=float).T for line in axes.lines}
    at = places(long_trace)
    assert np.allclose(lines["Alice's offers"], at[::2])
    assert np.allclose(lines["Bob's offers"], at[1::2])
    assert np.allclose(at.sum(axis=1), long_trace.first_best)  # share-demanding offers lie on the frontier
    assert np.allclose(lines["Rubinstein point"][0], long_trace.rubinstein)
    (low_x, high_x), (low_y, high_y) = axes.get_xlim(), axes.get_ylim()
    assert low_x < at[:, 0].min()
    assert high_y > at[:, 1].max()
    assert high_x > 0 > low_y
    assert has_units(axes.get_xlabel())
    assert has_units(axes.get_ylabel())


def test_a_protocol_looks_the_same_in_every_figure():
    assert looks(["frequency"])["frequency"] == looks(["combinatorial", "x", "frequency"])["frequency"]
    seen = looks(["item-by-item, a", "item-by-item, b", "mine", "yours"])
    assert len(set(seen.values())) == 4
    assert seen["item-by-item, a"].colour == seen["item-by-item, b"].colour
    assert labels_of(frame(strategies=["a", "b", "a"])) == ["item-by-item, a", "share-demanding, b", "frequency, a"]


def test_axes_can_be_given():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert plots.efficiency(frame(), axes) is axes
    assert plots.sweep(swept(), "items", ax=axes) == [axes]
