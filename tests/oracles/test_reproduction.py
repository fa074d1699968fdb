"""The rows of the reproduction: all there, none drifting, each written as a user would write it."""

import ast
from pathlib import Path

import pytest

from experiments import reproduce
from experiments.reproduce.lines import AGREES, SLIP
from experiments.reproduce.rows import PAPERS, rows

SEED = 1
REQUIRED = {
    *(f"J{k}" for k in range(1, 17)), "J-slips",
    *(f"T{k}" for k in range(1, 19)),
    *(f"S{k}" for k in range(1, 10)), "S-slips",
    *(f"D{k}" for k in range(1, 10)),
}  # fmt: skip
# Where the print is wrong, or says too much.
SLIPS = {"J2", "J3", "J6", "J7", "J8", "J9", "J10", "J11", "J-slips", "S-slips", "S8"} | {
    f"T{k}" for k in (2, 3, 4, 6, 7, 8, 13, 15, 16, 17)
}
QUICK = [id for id, row in rows().items() if row.make and not row.slow]
FOLDER = Path(__file__).parents[2] / "experiments" / "reproduce"
ROOMS = ("negotiation", "protocols", "agents", "experiments")


def test_every_row_is_there():
    assert set(rows()) >= REQUIRED


@pytest.mark.parametrize("id", QUICK)
def test_no_row_drifts(id):
    (result,) = reproduce(id, quick=True, seed=SEED)
    assert result.verdict in (AGREES, SLIP), [
        *(line for line in result.lines if line.verdict not in (AGREES, SLIP)),
        result.trouble,
    ]
    assert result.verdict == SLIP or id not in SLIPS
    for line in result.lines:
        assert len(line.slip) == 0 or len(line.slip) > 40, line  # a sentence or two


def test_what_cannot_be_computed_says_why():
    for row in rows().values():
        assert bool(row.make) != bool(row.why_not)


@pytest.mark.parametrize("paper", PAPERS)
def test_rows_use_the_public_interface_only(paper):
    for node in ast.walk(ast.parse((FOLDER / f"{paper}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOMS:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            assert not any(name.startswith("_") for name in names), names
        if isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
            assert not node.attr.startswith("_"), ast.unparse(node)
