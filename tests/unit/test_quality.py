"""The linter and the type checker are tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)


def test_linter_is_content() -> None:
    result = run("ruff", "check", ".")
    assert result.returncode == 0, result.stdout


def test_formatter_is_content() -> None:
    result = run("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout


def test_type_checker_is_content() -> None:
    result = run("mypy")
    assert result.returncode == 0, result.stdout
