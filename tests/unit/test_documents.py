"""Everything in the README and the docs that can be executed is executed; every link in them leads somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_python_runs(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "__main__"}  # a reader runs one block after the other
    for code in blocks(document, "python"):
        exec(compile(code, str(document), "exec"), names)
    if document.name == "README.md":
        said = capsys.readouterr().out
        assert "share-demanding" in said
        assert "1.0000" in said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_console_sessions_run(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.cli import main

    monkeypatch.chdir(tmp_path)
    for session in blocks(document, "console"):
        for line in session.splitlines():
            if line.startswith("$ negotiation "):
                words = shlex.split(line.removeprefix("$ negotiation "), comments=True)
                if words[0] in ("sweep", "compare"):
                    words += ["--negotiations", "50"]
                result = CliRunner().invoke(main, words)
                fell_short = words[0] == "check" and "Falls short" in result.output
                assert result.exit_code == (1 if fell_short else 0), (line, result.output)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


def test_ci_runs_the_two_commands() -> None:
    commands = [line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines()]
    assert len(commands) == 2
    assert "negotiation compare rugs" in commands[0]
    assert "pytest" in commands[1]
