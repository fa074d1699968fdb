"""The experiments with universes as `negotiation ecl society` runs them: tables, figures, and a paragraph for each.

The numbers in the paragraphs are computed from the tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.ecl_disagreements import belief_noise, disagreement_matrix, solution_matrix
from experiments.ecl_many import breaking_away, many_types
from experiments.ecl_society import RESOURCES, SQUARE_ROOT, cooperators, curves, double_decrease, predictions
from experiments.report import Shown, render, save
from negotiation import __version__

LEAD = (
    "Universes that cannot talk: each civilisation computes its action from its own type and beliefs alone, and everybody "
    "gets what all universes give to its type. Gains are over what the same universes get if all look at their own values "
    "only."
)  # fmt: skip


@dataclass(frozen=True)
class Experiment:
    """``run(size, seed)`` makes the table, ``draw`` its figure; ``read`` says what it shows, with numbers."""

    title: str
    run: Callable[[int, int], pd.DataFrame]
    draw: Callable[[pd.DataFrame], Any]
    shows: str
    read: Callable[[pd.DataFrame], str]


def write_society_report(folder: Path, frames: Mapping[str, pd.DataFrame], size: int, seed: int) -> None:
    """Figures and report.html of the experiments in ``frames``."""
    figures: list[Shown] = []
    for name, frame in frames.items():
        one = EXPERIMENTS[name]
        figures.append(save(folder, name, one.draw(frame), one.title, one.shows, one.read(frame)))
    facts = f"up to {size:,} universes in a society; seed {seed}; bars are standard errors, 95% where the figure says percent"
    footer = f"Written by negotiation {__version__}. Figures are in the folder figures, tables beside it."
    render(folder, title="Societies of universes", lead=[LEAD], facts=facts, figures=figures, footer=footer)


def _decrease(frame: pd.DataFrame) -> Any:
    from negotiation.ecl.gains_curves import GainsCurve
    from negotiation.plots.ecl import gains_curves

    names = [SQUARE_ROOT, *RESOURCES]
    dense = np.linspace(0, 0.5, 101)
    drawn = []
    for name in names:
        part = frame[frame["utility"] == name]
        drawn.append(GainsCurve(f"{name}: society", *(part[c].to_numpy() for c in ("other", "share", "gain"))))
    return gains_curves([curves(name, dense.tolist()) for name in names], measured=drawn)


def _plot(name: str) -> Callable[[pd.DataFrame], Any]:
    def draw(frame: pd.DataFrame) -> Any:
        from negotiation.plots import universes

        return getattr(universes, name)(frame)

    return draw


def _read_decrease(frame: pd.DataFrame) -> str:
    said = []
    for name in (SQUARE_ROOT, *RESOURCES):
        part = frame[frame["utility"] == name].set_index("other")["gain"]
        half, tenth = float(part.index.max()), min(map(float, part.index), key=lambda x: abs(x - 0.1))
        kept = float(part[tenth] / part[half])
        said.append(f"{kept:.1%} ({name})")
    worst = float((frame["gain"] - frame["gain_theory"]).abs().max())
    return (
        f"When the other type's belief falls from {half:g} to {tenth:g}, a fifth, this much of the gain is left: "
        f"{', '.join(said)}. Square roots show the double decrease, logarithms Paretotopia. Theory and society differ by "
        f"at most {100 * worst:.2g} percentage points."
    )


def _read_predictions(frame: pd.DataFrame) -> str:
    error = (frame["realised"] - frame["predicted"]).pow(2).groupby([frame["correlation"], frame["universes"]]).mean().pow(0.5)
    said = []
    for c in dict.fromkeys(frame["correlation"]):
        one = error[c]
        said.append(f"from {one.iloc[0]:.2g} to {one.iloc[-1]:.2g} utils at correlation {c:g}")
    return (
        f"From {frame['universes'].min():,} to {frame['universes'].max():,} universes the error of the prediction goes "
        f"{' and '.join(said)}. With independent types it is sampling error. With correlated types a multiverse has a "
        "composition of its own, which no number of universes averages out: gains are as predicted over many multiverses, "
        "not in each."
    )


def _read_cooperators(frame: pd.DataFrame) -> str:
    one = frame[(frame["among"] == "type 2 only") & (frame["type"] == "1")]
    naive, knowing = one[~one["knows"]], one[one["knows"]]
    harmed = naive[naive["gain"] < -1e-9]["share"].max()
    return (
        "If cooperators are as frequent in both types, the compromise stays as it is and gains are in proportion to their "
        "share: with many universes, the others gain as much as cooperators of their type. If only some of type 2 "
        f"cooperate and type 1 does not know, type 1 loses up to a share of {harmed:g}; reckoning with it, by the "
        f"equivalent prior of Section 4.6, it gains {knowing['gain'].min():.1%} or more at every share."
    )


def _read_solutions(frame: pd.DataFrame) -> str:
    talk = frame[(frame["first"] != "own") & (frame["second"] != "own")]
    apart = talk[talk["first"] != talk["second"]]
    worst = apart.iloc[int(apart["slack"].to_numpy().argmax())]
    nash = frame[(frame["first"] == "own") & (frame["second"] == "own")]["slack"].iloc[0]
    sides = " or ".join(f"type {t}" for t in (1, 2) if (talk[f"gain_{t}"] < 0).any()) or "nobody"
    return (
        f"Types that follow different solutions lose little: {apart['slack'].mean():.2%} of everybody's ideal gain on "
        f"average, at most {worst['slack']:.1%} ({worst['first']} and {worst['second']}), where own values only lose "
        f"{nash:.0%}. What differs is who gets the gains; {sides} can end below own values."
    )


def _read_noise(frame: pd.DataFrame) -> str:
    said = []
    for name in dict.fromkeys(frame["utility"]):
        part = frame[frame["utility"] == name]
        first, last = part.iloc[0], part.iloc[-1]
        said.append(f"{name}: from {first['gain']:.0%} to {last['gain']:.0%}, while they expect {last['expected']:.0%}")
    return (
        f"Without a common prior gains shrink with the noise of beliefs ({frame['noise'].max():g} at the right): "
        f"{'; '.join(said)}. Everybody believes that others share its prior."
    )


def _read_points(frame: pd.DataFrame) -> str:
    two, three = frame[frame["game"] == "threats"], frame[frame["game"] == "Example 66"]
    both = two[(two["first"] == "threat") & (two["second"] == "threat")].iloc[0]
    plain = two[(two["first"] == "nash") & (two["second"] == "nash")].iloc[0]
    return (
        f"If both reckon with threats, type 2, who can harm more, gains {both['gain_2']:.3g} instead of "
        f"{plain['gain_2']:.3g} utils and type 1 {both['gain_1']:.3g} instead of {plain['gain_1']:.3g}. In Example 66 the "
        f"last type gains {three['gain_3'].max():.3g} or loses {-three['gain_3'].min():.3g}, depending on the disagreement "
        "point the others have in mind (labels: theirs / the last type's)."
    )


def _read_types(frame: pd.DataFrame) -> str:
    last = frame[frame["types"] == frame["types"].max()].set_index(["alike", "correlation"])["gain_theory"]
    base = frame[(frame["alike"] == 0) & (frame["correlation"] == 0)]
    most = base.iloc[int(base["gain_theory"].to_numpy().argmax())]
    low, high = frame["correlation"].min(), frame["correlation"].max()
    said = []
    for a in dict.fromkeys(frame["alike"]):
        said.append(
            f"{last[a, low]:.2g} with values of correlation {a:g} ({last[a, high]:.2g} if own types are likelier by {high:g})"
        )
    return (
        f"With unrelated values and independent types the mean gain is largest, {most['gain_theory']:.2g}, at "
        f"{most['types']:g} types. At {frame['types'].max():g} types it is {' and '.join(said)}: with many types each is a "
        "small part of what others look after, unless values have something in common. Lines: theory; points: societies, "
        "with standard errors over random games."
    )


def _read_steps(frame: pd.DataFrame) -> str:
    said = []
    for name in dict.fromkeys(frame["example"]):
        part = frame[frame["example"] == name]
        course = list(dict.fromkeys(part["coalition"]))[1:]
        end = part[part["step"] == part["step"].max()]["payoff_theory"]
        ending = {"stable": "and that is stable", "cycle": "and so on for ever"}.get(part["ending"].iloc[0], "")
        said.append(f"{name}: {', then '.join(course)} leave, {ending}, at ({', '.join(f'{x:.3g}' for x in end)})")
    return (
        f"The Nash solution is not stable. {'. '.join(said)}. Civilisations that foresee the break-away do what it leads "
        "to without a message; in Example 66 outsiders are expected to look at their own values, and type 3 hopes in vain "
        "for more by leaving."
    )


EXPERIMENTS: Mapping[str, Experiment] = {
    "double-decrease": Experiment(
        "Double decrease and Paretotopia", double_decrease, _decrease,
        "Gains from trade and the share of utility that comes from the other type, against the belief in the other type: "
        "theory's curves "
        "(Figures 2, 13 and 15) and what societies measure.", _read_decrease),
    "predictions": Experiment(
        "Realised and predicted gains", predictions, _plot("predicted_realised"),
        "Left, each type of each random game: what it was predicted to gain and what it gained. Right, the error against "
        "the number of "
        "universes in the one multiverse.", _read_predictions),
    "cooperators": Experiment(
        "The share of cooperators", cooperators, _plot("cooperators"),
        "Gains by type against the share of universes that cooperate; lines theory, points societies. Left, all coincide.",
        _read_cooperators),
    "solutions": Experiment(
        "Different bargaining solutions", solution_matrix, _plot("matrix"),
        "The share of its ideal gain by which every type could be better off at once, if type 1 follows the solution of "
        "the row and type 2 "
        "that of the column.", _read_solutions),
    "priors": Experiment(
        "Different priors", belief_noise, _plot("noise"),
        "Gains against the noise of beliefs (standard deviation of the logarithms of a joint prior's entries), with 95% "
        "intervals over "
        "multiverses, and what civilisations expect.", _read_noise),
    "disagreement": Experiment(
        "Different disagreement points", disagreement_matrix, _plot("disagreements"),
        "What types gain if they reckon from different disagreement points: those of the other types, then that of the "
        "last type.",
        _read_points),
    "types": Experiment(
        "Many types", many_types, _plot("many_types"),
        "Mean gains in random games of 8 projects for each type, against the number of types.", _read_types),
    "coalitions": Experiment(
        "Coalitions that break away", breaking_away, _plot("breaking_away"),
        "Payoffs after each step: lines theory, points societies whose civilisations foresee so many steps.", _read_steps),
}  # fmt: skip
