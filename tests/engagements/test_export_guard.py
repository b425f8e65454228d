"""A cell that no spreadsheet runs, and the same text again behind it."""

import csv
import io

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from engagements.export import lists
from engagements.export.columns import Column, Type
from engagements.export.dialects import PostgreSQL, dialect_of
from engagements.export.guard import SAFE_FROM, SAFE_TO, guard, is_risky, unguard

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TRICKY = st.text(st.sampled_from("=+-@＝＋－＠'\"\t\r\n ,;|\\\u00a0\u200b\u3000aZ0é"), max_size=8)  # noqa: RUF001
TEXTS = TEXT | TRICKY


@given(TEXTS)
def test_what_the_guard_adds_it_takes_away_again(text):
    assert unguard(guard(text)) == text


@given(TEXTS)
def test_no_cell_starts_a_formula(text):
    assert guard(text).strip()[:1] not in set("=+-@＝＋－＠")  # noqa: RUF001
    assert guard(text)[:1] not in {"\t", "\r", "\n"}


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "  =1", "\u00a0-1", "\u3000@x", "\u200b=1", "'a"],  # noqa: RUF001
)
def test_what_a_spreadsheet_would_run_gets_one_apostrophe(text):
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Exercise", "5", "3 = 2", "a-b", "1948-05", "„=“", "Å", "ENG-2026-7K3FQ"])
def test_other_texts_stay_as_they_are(text):
    assert guard(text) == text


def test_the_short_cut_for_letters_leaves_nothing_out():
    assert not any(is_risky(chr(code)) for code in range(SAFE_FROM, SAFE_TO + 1))


@pytest.mark.only_postgresql
@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_the_database_gives_the_cell_that_python_gives(db, texts):
    cell = PostgreSQL().cell(Column("text", Type.TEXT, "value", ""))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {cell} FROM unnest(%s::text[]) WITH ORDINALITY AS t(value, place) ORDER BY place", [texts])
        assert [value or "" for (value,) in cursor.fetchall()] == [guard(text) for text in texts]


@given(st.lists(TEXTS.filter(bool), max_size=6))
def test_a_list_in_a_cell_can_be_taken_apart(values):
    assert lists.split(lists.join(values)) == values


@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS, TEXTS), max_size=4))
def test_a_list_of_things_with_parts_can_be_taken_apart(values):
    found = lists.split_parts(lists.join_parts(values))
    assert [tuple(parts + [""] * (3 - len(parts))) for parts in found] == values


@given(TEXTS)
def test_the_database_escapes_as_python_does(db, text):
    dialect = dialect_of(connection)
    with connection.cursor() as cursor:
        cells = f"{dialect.escaped('x')}, {dialect.escaped('x', in_parts=True)}"
        cursor.execute(f"SELECT {cells} FROM (SELECT CAST(%s AS text) AS x) t", [text])
        assert cursor.fetchone() == (lists.escape(text), lists.escape(text, in_parts=True))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), max_size=8), st.integers(1, 40))
def test_line_ends_become_crlf_outside_of_quoted_cells_only(rows, size):
    from engagements.export.stream_postgresql import _LineEnds

    def written(line_end):
        page = io.StringIO(newline="")
        writer = csv.writer(page, lineterminator="\r\n")
        start = 0
        parts = []
        for row in rows:
            writer.writerow(row)
            parts.append(page.getvalue()[start:-2] + line_end)
            start = len(page.getvalue())
        return "".join(parts).encode()

    given_by_copy = written("\n")
    line_ends = _LineEnds()
    pieces = [line_ends.converted(given_by_copy[start : start + size]) for start in range(0, len(given_by_copy), size)]
    assert b"".join(piece for piece, _rows in pieces) == written("\r\n")
    assert sum(count for _piece, count in pieces) == len(rows)
