"""docs/security.md names the test of each requirement: every requirement is there, and every test that it names."""

import ast
import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.once
DOCUMENT = settings.BASE_DIR / "docs" / "security.md"
EXPECTED = [
    f"R-{group}{number}" for group, last in [("A", 25), ("B", 14), ("C", 10), ("D", 15), ("I", 15)] for number in range(1, last + 1)
]
WAITS = "Comes with"  # how a note says that there is nothing to test yet


def rows() -> list[tuple[str, str, str, str]]:
    """Requirement, what it asks, its tests, and a note."""
    lines = re.findall(r"^\|( R-[A-Z]\d+ \|.*)\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [(requirement, asks, tests, note) for requirement, asks, tests, note in cells]


def functions_of(path: str) -> set[str]:
    tree = ast.parse((settings.BASE_DIR / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def named(cell: str) -> list[tuple[str, str]]:
    """The tests of a cell; one that starts with ``::`` is of the file named before it."""
    found, path = [], ""
    for file, name in re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", cell):
        path = file or path
        found.append((path, name))
    return found


def test_every_requirement_has_one_row_in_order():
    assert [requirement for requirement, *_rest in rows()] == EXPECTED


def test_every_row_names_a_test_or_says_what_it_waits_for():
    assert [requirement for requirement, _asks, tests, note in rows() if not named(tests) and not note.startswith(WAITS)] == []


def test_every_named_test_is_there():
    missing = []
    for requirement, _asks, tests, _note in rows():
        assert tests.count("::") == len(named(tests)), f"{requirement}: write a test as `tests/file.py::name`"
        for path, name in named(tests):
            if not (settings.BASE_DIR / path).exists() or name not in functions_of(path):
                missing.append(f"{requirement}: {path}::{name}")
    assert missing == []
