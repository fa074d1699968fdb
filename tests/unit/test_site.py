"""The documentation site builds without a warning; all that is exported is in it, and all code in it is executed."""

import ast
import re
import subprocess
import sys
import tomllib
from html import unescape
from importlib import import_module
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

from experiments.cooperative_games import load_game

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("docs/*/*.md")])
PACKAGES = (
    "negotiation", "negotiation.bargaining", "negotiation.bargaining.incomplete", "negotiation.equilibrium", "negotiation.ecl",
    "negotiation.plots", "protocols", "agents", "experiments",
)  # fmt: skip
EXECUTED = {"python", "console", "{code-cell}"}  # by test_documents, and by the build
NO_CODE = {"", "{eval-rst}", "{toctree}", "{figure}"}  # without a language: pictures made of text


def fences(page: Path) -> list[str]:
    """The first word after each opening fence of a page."""
    block = re.compile(r"^ *(?:```+|~~~+) *([^ \n]*)[^\n]*\n.*?^ *(?:```+|~~~+) *$", flags=re.DOTALL | re.MULTILINE)
    return block.findall(page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_escapes_execution(page: Path) -> None:
    kinds = set(fences(page)) - EXECUTED - NO_CODE
    allowed = {"README.md": {"sh"}, "cooperation.md": {"toml"}}  # CI runs the one, the test below reads the other
    assert kinds <= allowed.get(page.name, set())
    assert ("{code-cell}" in fences(page)) == page.read_text().startswith("---\nfile_format: mystnb\n")


def test_game_of_your_own_can_be_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs/cooperation.md").read_text(), flags=re.DOTALL | re.MULTILINE)
    file = tmp_path / "game.toml"
    file.write_text(text)
    assert load_game(str(file)).game.players == tuple(player["name"] for player in tomllib.loads(text)["players"])


def code_in_docstrings(folder: Path) -> list[str]:
    """The blocks of the reference that are Python of several statements (a formula has one)."""
    found = []
    for page in sorted(folder.glob("*.html")):
        for block in re.findall(r"<pre>(.*?)</pre>", page.read_text(), flags=re.DOTALL):
            text = unescape(re.sub(r"<[^>]+>", "", block))
            try:
                statements = ast.parse(text).body
            except SyntaxError:
                continue
            if len(statements) > 1:
                found.append(text)
    assert found
    return found


def test_site_builds_without_a_warning_and_has_every_name(tmp_path: Path) -> None:
    out = tmp_path / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(out)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    with (out / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, uri: uri)
    documented = {name for kind, names in inventory.items() if kind.startswith("py:") for name in names}
    exported = {f"{package}.{name}" for package in PACKAGES for name in import_module(package).__all__}
    assert exported <= documented, f"in no page of docs/api: {sorted(exported - documented)}"
    for code in code_in_docstrings(out / "api"):
        exec(code, {})
    for page in ROOT.glob("docs/tour/*.md"):  # pictures come from executed cells
        assert "_images/" in (out / "tour" / page.name).with_suffix(".html").read_text(), f"{page.name} has no picture"
    loaded = [re.findall(r'<(?:script|link|img)\b[^>]*="https?:[^>]*>', page.read_text()) for page in out.rglob("*.html")]
    assert not any(loaded), "the site loads something from the network"
