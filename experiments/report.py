"""Reports: figures as PNG and SVG, and one self-contained page that shows the table and each figure with what to make of it.

The numbers in the sentences are computed from the data. Pages load nothing from elsewhere; figures are inline SVG whose ink,
grid and paper follow the reader's colour scheme."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation import __version__, plots
from negotiation.plots.style import GRID, INK, LOSS_NAMES, PAPER, Line, labels_of, style
from negotiation.protocol import shared_order

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from negotiation.trace import Trace

DPI = 300
MOST_ROWS = 60  # rows of a table on the page; all of them are in the file
INTERVALS = "Bars, and brackets in the table, are 95% confidence intervals."


@dataclass(frozen=True)
class Shown:
    """A figure on a page: ``shows`` says what is drawn, ``reading`` what to make of it; ``width`` in rem."""

    title: str
    svg: Any
    width: float
    shows: str
    reading: str


@dataclass(frozen=True)
class Cells:
    """A table on a page; the head's flags tell columns of words from columns of numbers."""

    title: str
    head: list[tuple[str, bool]]
    rows: list[list[str]]
    note: str


def write_compare_report(folder: Path, scenario: Any, comparison: Any) -> None:
    """Figures and report.html of a comparison: ``comparison.frame`` and ``comparison.outcomes``."""
    from experiments.templates import sentences

    frame, outcomes, problem = comparison.frame, comparison.outcomes, scenario.problem()
    labels = labels_of(frame)
    figures = [
        save(folder, "efficiency", plots.efficiency(frame), "Efficiency",
             f"Welfare as a share of what the best deals at stage 0 would give, by protocol. {INTERVALS}",
             sentences.efficiency(frame, labels)),
        save(folder, "losses", plots.losses(frame), "What is lost, and why",
             "The gap to the first best, split: delay (agreed late), missed trades (never agreed, or agreed to do nothing), "
             "wrong trades (the wrong choice), and the wedge that transfers make where players discount unequally (it may be "
             "a gain). What lies left of 0 is gained; the number is the sum.",
             sentences.losses(frame, labels)),
    ]  # fmt: skip
    predictions = getattr(comparison, "predictions", None)
    if predictions:
        from negotiation.plots.payoff_space import payoff_space

        drawn = payoff_space(predictions, comparison.summaries, outcomes or None)
        shown = (
            "Payoff space: the line of the mean first best, what each theory predicts, and each protocol's mean payoffs with "
        )
        shown += "95% intervals and a sample of its outcomes."
        figures.append(save(folder, "benchmarks", drawn, "What theories predict", shown, sentences.nearest(comparison.rows)))
    elif outcomes:
        order = _order(scenario)
        figures.append(
            save(folder, "payoffs", plots.payoffs(outcomes, problem, order=order[0], recognition=order[1]), "Who gets what",
                 "Payoff space: a sample of the negotiations (dots) and each protocol's mean, with the Pareto frontier"
                 + ("." if problem.surplus.known else ", the Nash bargaining solution and the Rubinstein point drawn at the "
                 "expected surplus: single negotiations have more or less to share."),
                 sentences.payoffs(frame, labels, problem, *order))
        )  # fmt: skip
    skipped = " ".join(f"Left out: {why}." for why in getattr(comparison, "skipped", ()))
    players = (
        f"The players are {frame['strategies'].iloc[0]}. "
        if "strategies" in frame and len(set(frame["strategies"])) == 1
        else ""
    )
    columns = "Agreed at stage 0: the share of the items decided then. Payoffs in time-0 utils; losses as shares of the mean "
    columns += "first best. Strategies are rules of thumb unless their documentation says more"
    checked = "gain_alice" in frame
    columns += (
        "; the last table says what a player would gain by deviating." if checked else "; --gains says what deviating gains."
    )
    note = f"{players}{columns} {INTERVALS} {skipped}".strip()
    write_page(
        folder,
        scenario,
        figures,
        [Cells("The protocols side by side", *_compare_table(frame), note), *_theory(comparison), *_gains(comparison)],
    )


def _gains(comparison: Any) -> list[Cells]:
    """The table of what deviating would gain, where that was asked for."""
    if "gain_alice" not in comparison.frame:
        return []
    head = [("protocol", True), ("strategies", True), ("player", True), ("gain, utils [95% interval]", False), ("by", True)]
    rows = [
        [row["protocol"], row["strategies"], who.capitalize(),
         f"{row[f'gain_{who}']:.4g} [{row[f'gain_{who}_low']:.4g}, {row[f'gain_{who}_high']:.4g}]", row[f"deviation_{who}"]]
        for row in comparison.rows
        for who in ("alice", "bob")
    ]  # fmt: skip
    note = (
        "The best reply where the game tree is small enough; otherwise the best of a class: the same strategy with its demands "
    )
    note += "and reserves multiplied, and the other strategies. A best reply may then gain more. Chosen on one half of the "
    note += "negotiations, estimated on the other."
    return [Cells("What deviating would gain", head, rows, note)]


def _theory(comparison: Any) -> list[Cells]:
    """The table of predictions, and of the protocols' distances from them."""
    predictions = getattr(comparison, "predictions", None)
    if not predictions:
        return []
    head = [("benchmark", True), ("Alice", False), ("Bob", False), ("surplus", False), ("residual", False), ("note", True)]
    rows = [
        [r.benchmark, *("-" if v != v else f"{v:.5g}" for v in (r.alice, r.bob, r.surplus)),
         "-" if r.residual != r.residual else f"{r.residual:.0e}", r.note]
        for r in predictions.benchmarks
    ]  # fmt: skip
    told = "Time-0 utils. The residual is what is missing from the certificate of what was solved for."
    names = list(dict.fromkeys(d["benchmark"] for row in comparison.rows for d in row["distances"]))
    mixed = len({row["strategies"] for row in comparison.rows}) > 1
    apart = [
        [f"{row['protocol']}, {row['strategies']}" if mixed else row["protocol"],
         *(f"{d['distance']:.3g} [{d['distance_low']:.3g}, {d['distance_high']:.3g}]" for d in row["distances"])]
        for row in comparison.rows
    ]  # fmt: skip
    note = "Euclidean distance of mean payoffs from each prediction, utils, with a 95% interval."
    return [
        Cells("What theories predict", head, rows, told),
        Cells("How far the protocols are from it", [("protocol", True), *((name, False) for name in names)], apart, note),
    ]


def write_sweep_report(folder: Path, scenario: Any, frame: "pd.DataFrame", over: Iterable[str]) -> None:
    """Figures and report.html of a sweep; ``frame`` has a column for each of the keys swept ``over``."""
    from experiments.templates import sentences
    from negotiation.plots import theory

    keys, problem = list(over), scenario.problem()
    order = _order(scenario)
    lines = [Line("first best", 1.0), *theory.second_best_lines(problem, keys)]
    bound = (
        " The second best bounds every equilibrium of negotiations item by item; it does not bound rules of thumb, nor "
        "negotiations over all items at once." if len(lines) > 1 else ""
    )  # fmt: skip
    figures = [
        save(folder, "efficiency", plots.sweep(frame, keys, lines=lines), "Efficiency",
             f"Mean welfare over mean first best, against {keys[0]}. Bands are 95% confidence intervals.{bound}",
             sentences.trend(frame, keys, "efficiency")),
    ]  # fmt: skip
    for i, who in enumerate(("Alice", "Bob")):
        value = f"payoff_{who.lower()}"
        shares = theory.rubinstein_lines(problem, frame, keys, i, *order)
        figures.append(
            save(folder, value, plots.sweep(frame, keys, value, lines=shares), f"{who}'s payoff",
                 f"{who}'s mean payoff as a share of the mean first best"
                 + (", and the Rubinstein share for the discount factors and order of offers." if shares else ".")
                 + " Bands are 95% confidence intervals.",
                 sentences.trend(frame, keys, value))
        )  # fmt: skip
    write_page(folder, scenario, figures, [_sweep_table(frame, keys)])


def write_trace_figures(folder: Path, scenario: Any, trace: "Trace") -> None:
    """Figures and report.html of one negotiation."""
    from experiments.templates import sentences

    figures = [
        save(folder, "demands", plots.demands(trace), "Demands over stages",
             "What each proposer demands (solid) and what that would leave the other (dotted), in current utils, those of the "
             "stage of the offer.",
             sentences.demands(trace)),
        save(folder, "offers", plots.offers(trace), "Offers in payoff space",
             "What each offer would give both if it were accepted, numbered by stage, with what is agreed already; the "
             "frontier, the Nash bargaining solution and the Rubinstein point are those of the surplus of this negotiation.",
             sentences.offers(trace)),
    ]  # fmt: skip
    write_page(folder, scenario, figures, [], text=trace.text(), trace=trace)


def save(folder: Path, name: str, drawn: "Axes | list[Axes]", title: str, shows: str, reading: str) -> Shown:
    """Write a figure to folder/figures as PNG and SVG; returns it for a page."""
    import matplotlib as mpl
    from markupsafe import Markup

    one = drawn[0] if isinstance(drawn, list) else drawn
    figure: Any = one.get_figure(root=True) if hasattr(one, "get_figure") else one
    room = folder / "figures"
    room.mkdir(parents=True, exist_ok=True)
    with style(), mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(room / f"{name}.png", dpi=DPI)
        figure.savefig(room / f"{name}.svg", metadata={"Date": None})
    svg = inline(room.joinpath(f"{name}.svg").read_text(encoding="utf-8"), name, title)
    return Shown(title, Markup(svg), round(7.6 * figure.get_size_inches()[0], 1), shows, reading)


def inline(svg: str, name: str, title: str) -> str:
    """An SVG for the inside of a page: no metadata, no size of its own, ids of its own, colours that follow the page."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box is not None
    svg = re.sub(r"<svg[^>]*>", f'<svg {box[0]} role="img" aria-label="{title}">', svg, count=1, flags=re.S)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    for colour, variable in ((INK, "ink"), (GRID, "grid"), (PAPER, "paper")):
        svg = svg.replace(colour, f"var(--{variable})")
    return svg


def write_page(
    folder: Path, scenario: Any, figures: Sequence[Shown], tables: Sequence[Cells], text: str = "", trace: "Trace | None" = None
) -> None:  # fmt: skip
    """Write report.html: tables, figures, and a text as it is."""
    problem = scenario.problem()
    settings: Any = trace or getattr(scenario, "play", scenario)
    discounts = " and ".join(f"{d:g}" for d in dict.fromkeys(problem.discount))
    facts = [
        f"{problem.n:,} item{'s' if problem.n > 1 else ''}",
        f"discount {discounts} a stage",
        f"tremble {settings.tremble:g}",
        f"negotiation {trace.negotiation:,}, {trace.protocol.name}" if trace else f"{settings.negotiations:,} negotiations",
        f"seed {settings.seed}",
    ]
    render(
        folder,
        title=scenario.title or scenario.name,
        lead=[_description(scenario)],
        facts="; ".join(facts) + (", except where swept" if any("swept" in table.title for table in tables) else ""),
        tables=tables,
        figures=figures,
        text=text,
        footer=f"Scenario {scenario.name}. Written by negotiation {__version__}. Figures are in the folder figures.",
    )


def render(
    folder: Path, *, title: str, lead: Sequence[str], facts: str, footer: str, figures: Sequence[Shown] = (),
    tables: Sequence[Cells] = (), text: str = "", told: str = "Offer by offer",
) -> None:  # fmt: skip
    """Write report.html of anything; ``told`` is the heading of the text."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
    page = environment.get_template("report.html").render(
        title=title, lead=lead, facts=facts, tables=tables, figures=figures, text=text, footer=footer, told=told
    )
    (folder / "report.html").write_text(page, encoding="utf-8")


def _description(scenario: Any) -> str:
    own = getattr(scenario, "description", None)
    return " ".join(str(own if own is not None else getattr(getattr(scenario, "spec", None), "description", "")).split())


def _order(scenario: Any) -> tuple[str, float]:
    """The order of offers that all protocols share, or the alternating one, with the probability of recognition."""
    made = scenario.protocols() if hasattr(scenario, "protocols") else []
    return shared_order(made)


def _compare_table(frame: "pd.DataFrame") -> tuple[list[tuple[str, bool]], list[list[str]]]:
    mixed = "strategies" in frame and frame["strategies"].nunique() > 1
    head = [("protocol", True), *([("players", True)] if mixed else []), ("agreed at stage 0", False), ("efficiency", False)]
    head += [(f"lost: {LOSS_NAMES[name]}", False) for name in LOSS_NAMES]
    head += [("Alice", False), ("Bob", False), ("message size", False)]
    rows = []
    for row in frame.to_dict("records"):
        best = row["first_best"] or np.nan
        size = row.get("message_size")
        known = size is not None and size == size
        rows.append([
            str(row["protocol"]), *([str(row["strategies"])] if mixed else []), f"{row['agreed_at_0']:.1%}",
            f"{row['efficiency']:.3f} [{row['efficiency_low']:.3f}, {row['efficiency_high']:.3f}]",
            *(f"{row[f'loss_{name}'] / best:.3f}" for name in LOSS_NAMES),
            f"{row['payoff_alice']:.4g}", f"{row['payoff_bob']:.4g}",
            _size(size) if known else f"2^{row['message_size_log2']:.0f}",
        ])  # fmt: skip
    return head, rows


def _size(size: Any) -> str:
    return f"{int(size):,}" if int(size) < 10**9 else f"{float(size):.2g}" if int(size).bit_length() < 1000 else "2^" + str(
        int(size).bit_length() - 1)  # fmt: skip


def _sweep_table(frame: "pd.DataFrame", keys: list[str]) -> Cells:
    """Efficiency: a row for each point, a column for each protocol."""
    labels = labels_of(frame)
    names = list(dict.fromkeys(labels))
    points: dict[tuple[str, ...], dict[str, str]] = {}
    for label, row in zip(labels, frame.to_dict("records"), strict=True):
        said = f"{row['efficiency']:.3f} [{row['efficiency_low']:.3f}, {row['efficiency_high']:.3f}]"
        points.setdefault(tuple(str(row[key]) for key in keys), {})[label] = said
    rows = [[*point, *(cells.get(name, "-") for name in names)] for point, cells in points.items()]
    left = f" The first {MOST_ROWS} of {len(rows)} points." if len(rows) > MOST_ROWS else ""
    head = [(key, False) for key in keys] + [(name, False) for name in names]
    return Cells(f"Efficiency, swept over {', '.join(keys)}", head, rows[:MOST_ROWS], INTERVALS + left)
