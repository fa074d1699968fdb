"""Pages hold everything they show, and their numbers are the data's. And the second best, which sweeps draw."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents import RubinsteinDemand
from experiments.report import write_compare_report, write_sweep_report, write_trace_figures
from experiments.templates import sentences
from negotiation import exchange, matchups, simulate
from negotiation.outcomes import Z95, Outcomes
from negotiation.plots.theory import rubinstein_lines, second_best_lines
from negotiation.trace import trace
from protocols import ItemByItem, ShareDemanding


@dataclass
class Scenario:
    made: Any
    name: str = "rugs"
    title: str = "Rugs <&> more"
    description: str = "Alice sells rugs."
    negotiations: int = 200
    seed: int = 1
    tremble: float = 0.0

    def problem(self):
        return self.made


@dataclass
class Comparison:
    frame: pd.DataFrame
    outcomes: dict[str, Outcomes] = field(default_factory=dict)


def row(problem, protocol, done):
    s = done.summary()
    names = (
        "stage",
        "payoff_alice",
        "payoff_bob",
        "welfare",
        "first_best",
        "loss_delay",
        "loss_missed",
        "loss_wrong",
        "loss_transfer",
    )
    return {
        "protocol": protocol.name, "strategies": "rubinstein-demand", "negotiations": len(done),
        "agreed_at_0": s.mean("agreed_at_0"), "efficiency": s.efficiency.mean, "efficiency_low": s.efficiency.low,
        "efficiency_high": s.efficiency.high, **{name: s.mean(name) for name in names},
        "message_size": protocol.message_size(problem),
    }  # fmt: skip


def compared(problem, negotiations=200):
    players = (RubinsteinDemand(), RubinsteinDemand())
    done = {p: simulate(problem, p, *players, negotiations=negotiations, seed=1) for p in (ItemByItem(), ShareDemanding())}
    rows = [row(problem, p, outcomes) for p, outcomes in done.items()]
    return Comparison(pd.DataFrame(rows), {p.name: outcomes for p, outcomes in done.items()})


def rugs():
    return exchange(items=4, prior=matchups([(0, 2), (0, 10), (8, 2), (8, 10)]))


class Reader(HTMLParser):
    """Collects ids, references and text of a page."""

    def __init__(self):
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "xlink:href", "src"):
                self.references.append(value)
            self.references += [f"#{r}" for r in re.findall(r"url\(#([^)]*)\)", value or "")]

    def handle_data(self, data):
        self.words.append(data)


def read(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    return page, reader, " ".join(" ".join(reader.words).split())


def check_whole(folder, figures):
    """Figures are there twice, the page refers to nothing outside itself, and no id occurs twice."""
    page, reader, _ = read(folder)
    for name in figures:
        assert (folder / "figures" / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
        assert (folder / "figures" / f"{name}.svg").stat().st_size > 1000
    assert page.count("<svg") == len(figures)
    assert "http" not in page
    assert all(reference.startswith("#") for reference in reader.references)
    assert {reference[1:] for reference in reader.references} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))
    assert "<script" not in page


def test_compare_report_is_whole_and_its_numbers_are_the_data(tmp_path):
    problem = rugs()
    done = compared(problem)
    write_compare_report(tmp_path, Scenario(problem), done)
    check_whole(tmp_path, ["efficiency", "losses", "payoffs"])
    page, _, words = read(tmp_path)
    assert "Rugs &lt;&amp;&gt; more" in page
    item = done.frame["efficiency"][0]
    assert f"Share-demanding reaches 100.0% of the first best, item-by-item {item:.1%}." in words
    assert f"Item-by-item loses {1 - item:.1%}, most of all to missed trades" in words
    assert "gives Alice 7.368 and Bob 6.632" in words
    for column in ("payoff_alice", "payoff_bob"):
        assert f"{done.frame[column][0]:.4g}" in words


def test_compare_report_without_outcomes_leaves_the_cloud_out(tmp_path):
    done = compared(rugs(), 50)
    write_compare_report(tmp_path, Scenario(rugs()), Comparison(done.frame))
    check_whole(tmp_path, ["efficiency", "losses"])


def test_sweep_report(tmp_path):
    frames = [compared(exchange(items=n), 60).frame.assign(items=n) for n in (1, 4, 16)]
    frame = pd.concat(frames, ignore_index=True)
    write_sweep_report(tmp_path, Scenario(exchange(items=64)), frame, ["items"])
    check_whole(tmp_path, ["efficiency", "payoff_alice", "payoff_bob"])
    page, _, words = read(tmp_path)
    assert "bounds every equilibrium of negotiations item by item; it does not bound rules of thumb" in words
    first, last = frame["efficiency"][0], frame["efficiency"][4]
    assert f"under item-by-item efficiency goes from {first:.1%} to {last:.1%}" in words
    for value in frame["efficiency"]:
        assert f"{value:.3f} [" in page


def test_trace_report(tmp_path):
    told = trace(rugs(), ShareDemanding(), RubinsteinDemand(), RubinsteinDemand(), seed=5, negotiation=2)
    write_trace_figures(tmp_path, Scenario(rugs()), told)
    check_whole(tmp_path, ["demands", "offers"])
    _, _, words = read(tmp_path)
    assert "Alice opens at 7.368 utils" in words
    assert "leaves Alice 7.368 and Bob 6.632 time-0 utils, 100.0% of the first best of 14" in words
    assert "negotiation 2, share-demanding; seed 5" in words


def test_figures_do_not_change_from_run_to_run(tmp_path):
    told = trace(rugs(), ShareDemanding(), RubinsteinDemand(), RubinsteinDemand())
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_trace_figures(tmp_path / name, Scenario(rugs()), told)
    assert (tmp_path / "a/report.html").read_bytes() == (tmp_path / "b/report.html").read_bytes()


def test_a_close_race_is_told_as_one():
    frame = pd.DataFrame({"efficiency": [0.90, 0.91], "efficiency_low": [0.88, 0.89], "efficiency_high": [0.92, 0.93]})
    assert "Their intervals overlap" in sentences.efficiency(frame, ["a", "b"])


def test_theory_lines_are_drawn_where_they_mean_something():
    (line,) = second_best_lines(exchange(items=3), ["items", "discount"])
    assert line.y == pytest.approx(20 / 21)
    assert "10/3 of 3.5 utils" in line.label
    assert second_best_lines(exchange(items=3), ["discount"]) == []
    assert second_best_lines(exchange(items=3), ["items", "problem.cost"]) == []
    frame = pd.DataFrame({"discount": [0.5, 0.9], "items": [1, 1]})
    (share,) = rubinstein_lines(exchange(), frame, ["items"], 0)
    assert share.y == pytest.approx(1 / 1.9)
    (curve,) = rubinstein_lines(exchange(), frame, ["discount"], 1)
    assert curve.y[-1] == pytest.approx(0.9 / 1.9)
    assert rubinstein_lines(exchange(), frame, ["items", "discount"], 0) == []


def test_intervals_by_other_formulas():
    """Of a mean by its standard deviation, of a ratio by that of what is left of the numerator."""
    problem = exchange(3, discount=(0.8, 0.7))
    outcomes = simulate(problem, ItemByItem(), RubinsteinDemand(), RubinsteinDemand(), negotiations=400, seed=3, tremble=0.1)
    summary, first_best = outcomes.summary(), outcomes.first_best
    for name in ("payoff_alice", "loss_missed", "welfare"):
        x = outcomes.column(name)
        half = Z95 * x.std(ddof=1) / np.sqrt(len(x))
        told = summary.estimate(name)
        assert (told.mean, told.low, told.high) == pytest.approx((x.mean(), x.mean() - half, x.mean() + half))
        ratio = x.mean() / first_best.mean()
        half = Z95 * (x - ratio * first_best).std(ddof=1) / np.sqrt(len(x)) / first_best.mean()
        told = summary.share(name)
        assert (told.mean, told.low, told.high) == pytest.approx((ratio, ratio - half, ratio + half))
