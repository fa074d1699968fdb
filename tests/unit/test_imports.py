"""Imports point one way: experiments -> agents -> protocols -> negotiation (the design's rooms)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ["negotiation", "protocols", "agents", "experiments"]
# Registration looks for the built-in protocols and strategies by name, at run time.
# A package loads its own modules by the name of what is asked for, in one place.
BY_NAME = {Path("negotiation/registry.py"), Path("negotiation/lazy.py")}
FILES = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imported(tree):
    """The top-level names that a file imports anywhere in it, and those it imports by a literal name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.args[0].value.split(".")[0]


def test_all_rooms_are_read():
    assert {path.parts[0] for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_one_way(path):
    above = set(ROOMS[ROOMS.index(path.parts[0]) + 1 :])
    found = set(imported(ast.parse((ROOT / path).read_text(encoding="utf-8"))))
    assert not found & above, f"{path} imports {found & above}, which are built on it"


def test_only_two_modules_import_by_a_computed_name():
    for path in FILES:
        if path.parts[0] != "negotiation" or path in BY_NAME:
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        assert "import_module(" not in text and "__import__" not in text, path


def test_the_detector_sees_imports():
    tree = ast.parse("def f():\n    from agents.x import y\n    import_module('experiments.cli')")
    assert set(imported(tree)) == {"agents", "experiments"}
