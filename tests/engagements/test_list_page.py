"""The register: what it shows, to whom, and what it does with an address that is not right."""

import re

import pytest
from django.utils import timezone

from engagements.columns import COLUMNS
from tests import make


def titles(response):
    return re.findall(r'title="(T-[^"]+)"', response.content.decode())


@pytest.fixture
def reader(people, signed_in):
    return signed_in(people.analyst)


def test_the_newest_start_comes_first_and_what_has_no_date_last(reader, people):
    make.engagement(title="T-old", starts="1999")
    make.engagement(title="T-none")
    make.engagement(title="T-new", starts="2020-05")
    assert titles(reader.get("/engagements/")) == ["T-new", "T-old", "T-none"]


def test_a_hidden_record_is_neither_listed_nor_counted(reader, people):
    make.engagement(title="T-seen")
    make.engagement(title="T-restricted", handling="restricted")
    make.engagement(title="T-draft", review_state="draft", team=make.team("elsewhere"))
    response = reader.get("/engagements/")
    assert titles(response) == ["T-seen"]
    assert response.context["page"].paginator.count == 1


def test_an_invalid_value_is_named_and_shows_nothing(reader, people):
    make.engagement(title="T-seen")
    for query in ["kind=war", "start=2024-02-30", "country=ATLANTIS", "region=m49:999", "strategy=none", "sort=password", "missing=x"]:
        response = reader.get(f"/engagements/?{query}")
        assert response.status_code == 200
        assert titles(response) == [], query
        name = query.partition("=")[0]
        assert f"<code>{name}</code>" in response.content.decode(), query


def test_a_name_that_is_no_filter_is_named_and_shows_nothing(reader, people):
    make.engagement(title="T-seen")
    response = reader.get("/engagements/?created_by__password__startswith=a")
    assert titles(response) == []
    assert "is not a filter" in response.content.decode()


def test_filters_stand_as_chips_that_can_be_taken_away_one_by_one(reader, people):
    make.engagement(title="T-one", kind="exercise", status="completed")
    response = reader.get("/engagements/?kind=exercise&kind=training&status=completed")
    chips = {(name, text): href for name, _label, text, href in response.context["chips"]}
    assert set(chips) == {("kind", "Exercise"), ("kind", "Training"), ("status", "Completed")}
    assert chips["kind", "Exercise"] == "?kind=training&status=completed"


def test_words_are_found_in_title_place_and_participants_and_all_of_them_count(reader, people):
    make.engagement(title="T-port call", place="Da Nang", countries=[make.country("XAA", name="Ruritania")])
    make.engagement(title="T-other", place="Da Nang")
    assert titles(reader.get("/engagements/?q=nang+ruritania")) == ["T-port call"]
    assert titles(reader.get("/engagements/?q=%25")) == []


def test_columns_and_page_size_are_part_of_the_address(reader, people):
    for number in range(30):
        make.engagement(title=f"T-{number}")
    response = reader.get("/engagements/?columns=title&columns=reference&page_size=25")
    assert [column.name for column in response.context["columns"]] == ["title", "reference"]
    assert len(titles(response)) == 25
    assert len(titles(reader.get("/engagements/?page_size=25&page=2"))) == 5


def test_a_page_size_nobody_offers_is_not_obeyed(reader, people):
    make.engagement(title="T-1")
    assert reader.get("/engagements/?page_size=1000000").context["page"].paginator.per_page == 50


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "9" * 30, "１"])
def test_a_page_that_does_not_exist_is_not_found(reader, people, page):
    make.engagement(title="T-1")
    assert reader.get("/engagements/", {"page": page}).status_code == 404


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_every_column_shows_and_sorts_both_ways(reader, people, column):
    make.engagement(title="T-1", kind="exercise", countries=[make.country()], framework=make.framework(), owner=people.analyst)
    assert reader.get(f"/engagements/?columns={column.name}").status_code == 200
    if column.sort:
        for sort in (column.sort, f"-{column.sort}"):
            assert titles(reader.get(f"/engagements/?sort={sort}")) == ["T-1"]


def test_one_row_and_fifty_cost_the_same_queries(people, signed_in, assert_same_queries):
    client = signed_in(people.analyst)

    def add():
        made = make.engagement(countries=[make.country(), make.country()], strategies=[make.strategy()], framework=make.framework())
        make.participation(made, organization=make.organization())
        make.outcome(made)

    assert_same_queries(add, lambda: client.get("/engagements/?page_size=100&columns=" + "&columns=".join(c.name for c in COLUMNS)))


def test_the_fragment_for_a_swap_is_the_results_alone(reader, people):
    make.engagement(title="T-1")
    response = reader.get("/engagements/", headers={"HX-Request": "true"})
    assert titles(response) == ["T-1"]
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_archived_records_are_listed_only_on_request_and_to_their_own_people(people, signed_in):
    make.engagement(title="T-gone", team=people.team, archived_at=timezone.now())
    analyst, viewer = signed_in(people.analyst), signed_in(people.viewer)
    assert titles(analyst.get("/engagements/")) == []
    assert titles(analyst.get("/engagements/?archived=yes")) == ["T-gone"]
    assert titles(viewer.get("/engagements/?archived=yes")) == []


@pytest.mark.parametrize(
    "query",
    [
        "q=%00", "kind=%00", "q=" + "a" * 9000, "&".join(["kind=exercise"] * 101), "q=%ff%fe", "start=10000-01-01", "start=１９９９",
        "page_size=1e400", "end=-1",
    ],
)  # fmt: skip
def test_no_address_breaks_the_list(reader, people, query):
    assert reader.get(f"/engagements/?{query}").status_code in {200, 400, 404, 414}


def test_text_of_a_record_is_escaped_wherever_it_is_listed(reader, people):
    make.engagement(title='T-"><script>alert(1)</script>', place="<img src=x onerror=alert(1)>")
    page = reader.get("/engagements/?q=alert").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_change_of_a_list_shows_in_the_panel_at_once(reader, people):
    strategy = make.strategy("s-one", name="First name")
    assert "First name" in reader.get("/engagements/").content.decode()
    type(strategy).objects.filter(pk=strategy.pk).update(name="Second name")
    page = reader.get("/engagements/?strategy=s-one").content.decode()
    assert "First name" not in page
    assert 'value="s-one" checked' in page


def test_a_page_of_the_list_asks_four_questions(people, signed_in, assert_same_queries):
    """The person, the count, the keys of the page, and its rows with the edition of the lists."""
    client = signed_in(people.manager)
    for query in ("", "?kind=exercise", "?sort=title&page_size=25"):
        asked = assert_same_queries(
            lambda: make.engagement(kind="exercise", countries=[make.country()]),
            lambda query=query: client.get(f"/engagements/{query}"),
        )
        assert asked == 4
