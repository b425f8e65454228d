"""Hostile files come in exactly or are refused with a sentence, soon and with little memory."""

import tracemalloc

import pytest

from imports.reading import detect, open_table
from tests.imports import books
from tests.imports.hostile import HOSTILE
from tests.imports.reading import outcome, written

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def limits(settings):
    """Small ones, so that the files that pass them are small as well."""
    settings.IMPORT_MAX_BYTES = 21 * 1024 * 1024 - 1
    settings.IMPORT_MAX_UNPACKED = 20 * 1024 * 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_comes_in_exactly_or_is_refused_by_a_sentence(name, tmp_path):
    assert outcome(written(tmp_path, HOSTILE[name].make())) == HOSTILE[name].becomes


@pytest.mark.parametrize(
    "name",
    [name for name in HOSTILE if name.split()[0] in {"c21b", "c44", "c52", "c53", "x10", "x11b", "x13"}],
)
def test_a_large_file_is_refused_with_little_memory(name, tmp_path):
    path = written(tmp_path, HOSTILE[name].make())
    tracemalloc.start()
    try:
        assert outcome(path) == HOSTILE[name].becomes
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 70_000_000


def _peak(path) -> int:
    options = detect(path).options
    tracemalloc.start()
    try:
        with open_table(path, options) as table:
            for _row in table:
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows(tmp_path):
    row = books.text_row("1", "a text that is no other one", "3")
    of = {
        "text": lambda rows: b"a,b,c\n" + b"1,a text that is no other one,3\n" * rows,
        "workbook": lambda rows: books.book(books.table(books.text_row("a", "b", "c"), *[row] * rows)),
    }
    for name, make in of.items():
        few, many = (_peak(written(tmp_path, make(rows), name)) for rows in (1_000, 10_000))
        assert many < few + 500_000, name
