"""Figures of one negotiation: what was demanded over the stages, and the offers in payoff space. Payoffs are in current utils,
those of the stage of the offer; agreements of earlier stages are added, in the current utils of theirs."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.plots.landmarks import landmarks
from negotiation.plots.style import ALICE, BOB, GREY, INK, WIDTH, axes, legend_below, style
from negotiation.problem import PLAYERS
from negotiation.table import Floats
from negotiation.trace import Step, Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS, MARKS = (ALICE, BOB), ("o", "s")
MANY = 40  # beyond so many offers, no markers, arrows or numbers for each
SHOWN = 12  # offers whose stages are written next to them


def offers_of(trace: Trace) -> list[Step]:
    """The offers of the negotiation, without the announcements of a second phase."""
    return [step for step in trace.steps if step.phase == 0]


def demands(trace: Trace, ax: "Axes | None" = None) -> "Axes":
    """What each proposer demanded and what that would leave the other, over the stages; accepted offers are ringed, trembles
    crossed. Current utils of what is offered at the stage."""
    from matplotlib.ticker import MaxNLocator

    offers = offers_of(trace)
    with style():
        ax = axes(ax, height=3.5)
        few = len(offers) <= MANY
        for i, who in enumerate(PLAYERS):
            mine = [step for step in offers if step.proposer == i]
            stages = [step.stage for step in mine]
            kind: dict[str, Any] = {"color": COLOURS[i], "marker": MARKS[i] if few else None}
            if mine:
                ax.plot(stages, [s.demand for s in mine], label=f"{who} demands", zorder=4 - i, **kind)
            theirs = [step for step in offers if step.proposer != i]
            if not theirs:
                continue
            ax.plot(
                [s.stage for s in theirs], [s.payoffs[i] for s in theirs], label=f"left to {who} by {PLAYERS[1 - i]}",
                linestyle=":", markerfacecolor="none", zorder=3, **kind,
            )  # fmt: skip
        _mark(ax, [s for s in offers if s.accepted], "accepted", marker="o", markersize=10, markerfacecolor="none")
        _mark(ax, [s for s in offers if s.offer_trembled or s.response_trembled], "tremble", marker="x", markersize=7)
        ax.axhline(trace.first_best, color=GREY, linestyle="--", linewidth=0.9, zorder=1, label="first-best surplus")
        ax.axhline(0.0, color=GREY, linewidth=0.6, zorder=1)
        ax.set_xlabel("stage (stages)")
        ax.set_ylabel("payoff (current utils)")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        last = offers[-1].stage
        ax.set_xlim(-0.5 - 0.02 * last, last + 0.5 + 0.02 * last)
        ax.grid(axis="y")
        legend_below(ax, columns=2)
    return ax


def _mark(ax: "Axes", steps: list[Step], label: str, **look: Any) -> None:
    if steps:
        at = [s.stage for s in steps], [s.demand for s in steps]
        ax.plot(*at, color=INK, linestyle="none", label=label, zorder=5, markeredgewidth=1.0, **look)


def places(trace: Trace) -> Floats:
    """Where the offers lie in payoff space, shape (offers, 2): (Alice, Bob) if accepted, with what is agreed already."""
    return np.array([np.add(step.payoffs, step.held) for step in offers_of(trace)])


def offers(trace: Trace, ax: "Axes | None" = None) -> "Axes":
    """The offers in payoff space with their stages, and the Pareto frontier, disagreement point, Nash bargaining solution and
    Rubinstein point of this negotiation's first-best surplus."""
    made = offers_of(trace)
    at = places(trace)
    with style():
        ax = axes(ax, width=WIDTH, height=WIDTH + 0.35)
        few = len(made) <= MANY
        for one, other in pairwise(at) if few else ():
            if np.abs(other - one).max() > 1e-6 * max(1.0, trace.first_best):
                ax.annotate(
                    "", other, one, arrowprops={"arrowstyle": "->", "color": GREY, "lw": 0.6, "shrinkA": 4, "shrinkB": 4}
                )
        for i, who in enumerate(PLAYERS):
            mine = np.array([step.proposer == i for step in made])
            if mine.any():
                look: dict[str, Any] = {"marker": MARKS[i], "color": COLOURS[i], "markersize": 6 if few else 3}
                ax.plot(*at[mine].T, linestyle="none", zorder=3, label=f"{who}'s offers", **look)
        taken = np.array([step.accepted for step in made])
        if taken.any():
            ax.plot(
                *at[taken].T, marker="o", markersize=11, markerfacecolor="none", color=INK, linestyle="none", zorder=5,
                label="accepted",
            )  # fmt: skip
        landmarks(ax, trace.first_best, trace.rubinstein, [np.zeros(2), np.full(2, trace.first_best), *at])
        _number(ax, made, at)
        ax.set_xlabel("Alice's payoff if accepted (current utils)")
        ax.set_ylabel("Bob's payoff if accepted (current utils)")
        legend_below(ax, columns=2)
    return ax


def _number(ax: "Axes", made: list[Step], at: Floats) -> None:
    """Write the stages next to the offers, once for offers in the same place, and only where there is room."""
    spread = float(np.ptp(np.array([ax.get_xlim(), ax.get_ylim()]), axis=1).max())
    groups: list[tuple[Floats, list[int]]] = []
    ends = [0, 1, len(made) - 2, len(made) - 1] if len(made) > MANY else range(len(made))
    for step, point in ((made[k], at[k]) for k in ends):
        for where, stages in groups:
            if np.abs(where - point).max() < 0.045 * spread:
                stages.append(step.stage)
                break
        else:
            groups.append((point, [step.stage]))
    kept = groups if len(groups) <= SHOWN else [*groups[: SHOWN // 2], *groups[-SHOWN // 2 :]]
    for point, stages in kept:
        said = ", ".join(map(str, stages[:3])) + (", ..." if len(stages) > 3 else "")
        ax.annotate(said, (float(point[0]), float(point[1])), (8, 6), textcoords="offset points", fontsize=7.5, zorder=7)
