"""What a picture leaves out is said below it and stands in the table; parameters offer what the reader's own records have."""

import pytest
from pyroaring import FrozenBitMap

from reports import charts
from reports.tables import Column, Group, Table
from tests import make


def years(counts):
    """A group of each year; ids of their own."""
    found, last = [], 0
    for year, n in counts:
        found.append(Group(str(year), str(year), (("year", str(year)),), FrozenBitMap(range(last, last + n))))
        last += n
    return found


def drawn(counts):
    every = years(counts)
    kind = Group("Engagement", "engagement", (), FrozenBitMap(range(10_000)), kind="engagement")
    chart = charts.over_years("trend", "Trend", every, [kind])
    return [row["year"] for row in chart.rows], sum(row["n"] for row in chart.rows), chart.note


def test_a_few_early_years_are_left_to_the_table_and_the_picture_says_so():
    counts = [(1921, 2), *((year, 0) for year in range(1922, 1960)), (1960, 3), *((year, 10) for year in range(1961, 2027))]
    shown, total, note = drawn(counts)
    assert (shown[0], shown[-1]) == (1963, 2026)  # the 5 and two full years are less than a twentieth of 665
    assert total == 665 - 25
    assert note == "Not drawn, but in the table: the 25 before 1963."


def test_a_picture_of_forty_years_or_of_an_even_record_is_whole():
    assert drawn([(1987, 1), *((year, 50) for year in range(1988, 2027))]) == (list(range(1987, 2027)), 1951, "")
    assert drawn([(1900, 90), *((year, 1) for year in range(1901, 2001))])[2] == ""
    assert drawn([]) == ([], 0, "")


def test_empty_years_before_the_first_that_is_drawn_are_left_out_with_it():
    shown, _total, note = drawn([(1900, 1), *((year, 0) for year in range(1901, 1980)), *((year, 30) for year in range(1980, 2000))])
    assert (shown[0], len(shown), note) == (1960, 40, "Not drawn, but in the table: the 1 before 1960.")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["series", "timeline", "participation", "burden"])
def test_a_series_of_which_a_reader_sees_nothing_is_not_offered(name, people, signed_in):
    seen, hidden = make.framework(name="Open Series"), make.framework(name="Aaa Hidden Series")
    make.engagement(kind="exercise", framework=seen)
    client = signed_in(people.viewer)
    before = client.get(f"/reports/{name}/")
    make.engagement(kind="exercise", framework=hidden, handling="restricted")
    make.engagement(kind="exercise", framework=hidden, review_state="draft")
    after = client.get(f"/reports/{name}/")
    offered = [code for code, _label in after.context["asked"].form.fields["series"].choices if code]
    assert offered == [code for code, _label in before.context["asked"].form.fields["series"].choices if code] == [seen.code]
    assert client.get(f"/reports/{name}/?series={hidden.code}").status_code == 400
    assert client.get(f"/reports/{name}/?series=no-such-series").status_code == 400


@pytest.mark.django_db
def test_a_report_of_a_series_stands_where_there_is_none_yet(people, signed_in):
    for name in ("series", "timeline", "participation", "burden"):
        assert signed_in(people.viewer).get(f"/reports/{name}/").status_code == 200


@pytest.mark.django_db
def test_the_matrix_of_partners_shows_the_busiest_and_the_table_all(people, signed_in):
    countries = [make.country() for _ in range(14)]
    make.engagement(countries=countries)
    for one in countries[:12]:
        make.engagement(countries=[one, make.country()])
    client = signed_in(people.viewer)

    def shown(query=""):
        answer = client.get(f"/reports/partners/{query}").context["answer"]
        return len({row["row"] for row in answer.charts[0].rows}), len(answer.tables[0].rows), answer.charts[0].note

    table = 14 * 13 // 2 + 12
    in_picture = 12 * 11 // 2
    told = "The darker a square, the more engagements; each opens its list."
    assert shown("?shown=12") == (
        12,
        table,
        f"{told} The table has {table - in_picture} more pairs, of 26 countries: filter by a country to see its partners alone.",
    )
    assert shown("?shown=48") == (26, table, told)
    assert client.get("/reports/partners/?shown=7").status_code == 400


def test_a_table_of_words_becomes_entries_on_a_phone():
    def table(*columns):
        return Table("t", "T", columns, [])

    word, figure = Column("w", "W", is_figure=False), Column("f", "F")
    code, bar = Column("c", "C", is_figure=False, is_code=True), Column("b", "B", is_figure=False, is_bar=True)
    assert not table(word, word, figure, code, bar).is_prose
    assert table(word, word, word, figure).is_prose


@pytest.mark.django_db
def test_of_a_state_that_is_no_more_no_gap_is_counted(people, signed_in):
    gone, here = make.country(ends="1991-12-26"), make.country()
    make.engagement(countries=[gone, here], starts="1990-05-01", ends="1990-05-03", status="completed")
    client = signed_in(people.viewer)
    page = client.get(gone.get_absolute_url()).content.decode()
    assert "not counted: the state existed until 26 Dec 1991" in page
    assert "days since then" not in page
    assert "more than a year" not in page
    assert "days since then" in client.get(here.get_absolute_url()).content.decode()
