"""A terminal of its own for every test: an empty folder, no colours, 80 columns."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from experiments.cli import main

SCENARIO = """\
name = "small"
title = "A small one"
discount = 0.9

[problem]
kind = "exchange"
items = 2
seller_values = [0, 8]
buyer_values = [2, 10]

[prior]
kind = "iid"
alice = [0.5, 0.5]
bob = [0.5, 0.5]

[play]
negotiations = 50
seed = 1
protocols = ["item-by-item", "share-demanding"]
strategies = "rubinstein-demand"
"""


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command: run("compare", "rugs")."""

    def call(*args: str) -> Result:
        return CliRunner().invoke(main, list(args))

    return call


@pytest.fixture
def run_json(run: Callable[..., Result]) -> Callable[..., dict[str, Any]]:
    """Run a command with --json and read what it printed."""

    def call(*args: str) -> dict[str, Any]:
        result = run(*args, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return call


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A scenario file."""
    path = tmp_path / "small.toml"
    path.write_text(SCENARIO)
    return path
