"""Results in words: a table for the terminal, one row at length, a page to browse, a table for the documentation."""

import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from experiments.reproduce.lines import DIFFERS, Line, tell
from experiments.reproduce.rows import PAPERS
from experiments.reproduce.running import Reproduction, Result
from negotiation import __version__

COLOURS = {"agrees": "green", "slip": "yellow", "differs": "bold red", "skipped": "dim"}
CELL = 44  # characters of a value in a table
PACKAGES = ("numpy", "scipy", "networkx", "mesa", "matplotlib")


def summary(done: Reproduction) -> str:
    """How many of which verdict, in one line."""
    counts = ", ".join(f"{count} {name}" for name, count in done.counts.items() if count)
    rows = f"{len(done.results)} row{'s' if len(done.results) != 1 else ''}"
    return f"{rows}: {counts}; {done.seconds:.0f} s, seed {done.seed}" + (", quick" if done.quick else "")


def provenance(done: Reproduction) -> str:
    """When, with what, and how to do it again."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    again = f"negotiation reproduce{' --quick' if done.quick else ''} --seed {done.seed}"
    return (
        f"{datetime.now():%Y-%m-%d}, negotiation {__version__}, Python {platform.python_version()}, {packages}. "
        f"Random instances of seed {done.seed}: {again}."
    )


def overview(results: Sequence[Result]) -> Table:
    """A line for each row: what the paper says, what this run gave."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in (("row", "left"), ("source", "left"), ("what", "left"), ("paper", "left"), ("got", "left"),
                       ("difference", "right"), ("verdict", "left"), ("s", "right")):  # fmt: skip
        table.add_column(name, justify=side, overflow="fold", no_wrap=name in ("row", "verdict", "s", "difference"))  # type: ignore[arg-type]
    for result in results:
        head = result.headline
        what = Text(head.what if head else result.claim)
        if len(result.lines) > 1:
            what.append(f" (+{len(result.lines) - 1})", style="dim")
        cells = (
            (short(head.paper), short(head.got), _gap(head)) if head else ("-", Text(short(result.trouble), style="dim"), "-")
        )
        verdict = Text(result.verdict, style=COLOURS[result.verdict])
        table.add_row(result.id, result.source, what, *cells, verdict, f"{result.seconds:.1f}")
    return table


def at_length(result: Result) -> Group:
    """A row with its explanation and all of its lines."""
    parts: list[Any] = [Text.assemble((f"{result.id}. ", "bold"), (result.claim, "bold")), Text(result.source, style="dim")]
    if result.explanation:
        parts += [Text(), Text(result.explanation)]
    if result.lines:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("", overflow="fold", min_width=30)
        for name in ("paper", "got"):
            table.add_column(name, overflow="fold")
        for name in ("difference", "verdict"):
            table.add_column(name, justify="right" if name == "difference" else "left", no_wrap=True)
        for line in result.lines:
            tried = f" ({line.tried:,} tried)" if line.tried else ""
            verdict = Text(line.verdict, style=COLOURS[line.verdict])
            table.add_row(Text(line.what + tried), Text(tell(line.paper)), Text(tell(line.got)), _gap(line), verdict)
        parts += [Text(), table]
    parts += [Padding(Text(f"Slip: {argument}"), (1, 0, 0, 0)) for argument in result.arguments]
    if result.trouble:
        parts += [Text(), Text(result.trouble, style=COLOURS[result.verdict])]
    return Group(*parts, Text(), Text(f"{result.verdict}, {result.seconds:.1f} s", style=COLOURS[result.verdict]))


def short(value: Any) -> str:
    """A value for a cell of a table."""
    told = tell(value)
    return told if len(told) <= CELL else told[: CELL - 3] + "..."


def write_page(folder: Path, done: Reproduction) -> None:
    """Write index.html, self-contained, and the figures beside it."""
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    from experiments.report import inline

    room = folder / "figures"
    room.mkdir(parents=True, exist_ok=True)
    shown = []
    for result in done:
        pictures = []
        for k, picture in enumerate(result.pictures):
            name = f"{result.id}-{k + 1}"
            (room / f"{name}.svg").write_text(picture.svg, encoding="utf-8")
            svg = Markup(inline(picture.svg, name, result.claim.replace('"', "'")))
            pictures.append({"svg": svg, "width": round(7.6 * picture.width, 1), "caption": picture.caption})
        head = result.headline
        shown.append({
            "id": result.id, "source": result.source, "claim": result.claim, "verdict": result.verdict, "paper": result.paper,
            "what": f"{head.what}{f', and {more} more' if (more := len(result.lines) - 1) else ''}" if head else "",
            "paper_cell": short(head.paper) if head else "-", "got_cell": short(head.got) if head else "-",
            "difference": _gap(head) if head else "-", "seconds": f"{result.seconds:.1f}" if result.lines else "",
            "tried": f"{result.tried:,}" if result.tried else "", "explanation": result.explanation, "trouble": result.trouble,
            "arguments": result.arguments, "code": result.code, "pictures": pictures,
            "lines": [{"what": line.what, "paper": tell(line.paper), "got": tell(line.got), "difference": _gap(line),
                       "within": f"{line.within:.1g}" if line.within else "0", "verdict": line.verdict}
                      for line in result.lines],
        })  # fmt: skip
    counts = [("all", len(shown)), *((name, count) for name, count in done.counts.items() if count)]
    papers = [(title, own) for key, title in PAPERS.items() if (own := [r for r in shown if r["paper"] == key])]
    environment = Environment(loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True)
    page = environment.get_template("reproduction.html").render(
        title="What the papers say, and what this program computes",
        lead=["Every example, table, theorem and figure that can be computed, each by a short function whose code is shown. A "
              "slip is where the print is wrong: the value corrected here was computed twice."],
        facts=f"{summary(done)}.", counts=counts, results=shown, papers=papers, footer=provenance(done),
    )  # fmt: skip
    (folder / "index.html").write_text(page, encoding="utf-8")


def markdown(done: Reproduction) -> str:
    """The table for the documentation, dated, with versions."""
    parts = ["# Reproduction", "",
             "What the papers say, and what this program computes; written by `negotiation reproduce --table`. One row: "
             "`negotiation reproduce J1`, with its picture; all, as a page to browse: `negotiation reproduce --out DIR`.", "",
             f"{summary(done)}.", "", provenance(done), ""]  # fmt: skip
    for key, title in PAPERS.items():
        own = [result for result in done if result.paper == key]
        if not own:
            continue
        took = [f"{r.seconds:.1f}" if r.lines else "" for r in own]
        listed = [(r.id, r.claim, r.source, r.verdict, s) for r, s in zip(own, took, strict=True)]
        parts += [f"## {title}", "", *_table(("row", "what the paper says", "source", "verdict", "s"), listed), ""]
        for result in own:
            parts += [f"### {result.id}: {_cell(result.claim)}", "", f"{_cell(result.source)}; {result.verdict}.", ""]
            if result.lines:
                lines = [
                    (line.what + (f" ({line.tried:,} tried)" if line.tried else ""),
                     tell(line.paper), tell(line.got), _gap(line), line.verdict) for line in result.lines
                ]  # fmt: skip
                parts += [*_table(("", "paper", "got", "difference", "verdict"), lines), ""]
            said = [result.trouble, *(f"Slip: {argument}" for argument in result.arguments)]
            parts += [f"{_cell(text)}\n" for text in said if text]
    return "\n".join(parts).rstrip() + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return [
        "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |",
        *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows),
    ]  # fmt: skip


def _cell(text: str) -> str:
    for sign in ("|", "*", "_", "<", "[", "$"):
        text = text.replace(sign, "\\" + sign)
    return text


def _gap(line: Line | None) -> str:
    if line is None:
        return "-"
    return "-" if not line.difference < float("inf") else "0" if line.difference == 0 else f"{line.difference:.1e}"


def differing(done: Reproduction) -> list[Result]:
    """The rows that differ."""
    return [result for result in done if result.verdict == DIFFERS]
