"""Every report: its figures lead to lists of as many rows, its file says what the page says, and hidden records count nowhere."""

import csv
import html
import io
import random
import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from engagements.filters import EngagementFilter
from engagements.models import Engagement
from engagements.querysets import today
from history.models import Access
from reports.questions import BY_NAME, REPORTS
from tests import make

FILTERS = [
    "",
    "country=USA&country=FRA&role=participant",
    "framework=flintlock&also=kind:exercise",
    "region=m49:150&region_mode=held&strategy=dialogue_trust&year=1990..2019&status=completed&also=country:USA",
]
NAMES = [report.name for report in REPORTS]
LINK = re.compile(r'<a href="(/engagements/(?:\?[^"]*)?)">([\d,]+)(?: %)?</a>')
SAMPLE = 8


def address(name, query=""):
    return reverse("reports:report", args=[name]) + (f"?{query}" if query else "")


def figures(page) -> list[tuple[str, int]]:
    """(address of the list, figure) of every figure of a page that opens a list."""
    return [(html.unescape(href), int(shown.replace(",", ""))) for href, shown in LINK.findall(page)]


def rows_behind(href, user) -> int:
    query = QueryDict(href.partition("?")[2])
    found = EngagementFilter(query, queryset=Engagement.objects.visible_to(user), user=user)
    assert found.form.is_valid(), (href, found.form.errors)
    return found.qs.count()


@pytest.mark.once
@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("name", NAMES)
def test_each_figure_is_the_number_of_rows_of_the_list_behind_it(name, query, seeded, signed_in):
    user = make.user("manager", clearance="restricted")
    response = signed_in(user).get(address(name, query))
    assert response.status_code == 200
    found = figures(response.content.decode())
    some = random.Random(name + query).sample(found, min(SAMPLE, len(found)))
    assert [(href, shown, rows_behind(href, user)) for href, shown in some if shown != rows_behind(href, user)] == []


def test_most_reports_have_figures_that_open_lists(seeded, signed_in):
    client = signed_in(make.user("manager"))
    without = {name for name in NAMES if not figures(client.get(address(name)).content.decode())}
    assert without == {"lessons", "coming", "series", "timeline", "missions"}


def test_the_list_page_itself_shows_as_many_as_the_figure_says(seeded, signed_in):
    client = signed_in(make.user("viewer"))
    for href, shown in figures(client.get(address("regions")).content.decode())[:5]:
        assert client.get(href).context["page"].paginator.count == shown


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_what_the_page_says(name, seeded, signed_in):
    client = signed_in(make.user("viewer"))
    tables = client.get(address(name)).context["answer"].tables
    for table in tables:
        response = client.get(address(name, f"format=csv&table={table.name}"))
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(response.content.decode(), newline="")))
        shown = [["" if value is None else str(value) for value in row] for row in table.values()]
        assert [[cell.removeprefix("'") for cell in row] for row in rows] == shown
        assert re.fullmatch(
            rf'attachment; filename="entente-{table.name}-\d{{4}}-\d\d-\d\d-official\.csv"', response["Content-Disposition"]
        ) or ("-public.csv" in response["Content-Disposition"])


@pytest.mark.parametrize("name", NAMES)
def test_a_record_one_may_not_see_changes_no_report(name, people, signed_in):
    country, other = make.country(), make.country()
    make.engagement(countries=[country, other], starts="2020-03-01")
    client = signed_in(people.viewer)

    def told():
        response = client.get(address(name))
        assert response.status_code == 200
        page = response.content.decode()
        return re.sub(r"Figures as of .*? UTC", "", re.sub(r'value="[\w-]{64}"|"X-CSRFToken": "\w+"', "", page))

    before = told()
    secret = make.engagement(
        kind="peacekeeping", team=make.team("hidden"), handling="restricted", countries=[country, other], starts="2020-04-01"
    )
    make.challenge(secret)
    make.lesson(secret)
    assert told() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_report_costs_the_same_queries_for_one_record_and_for_many(name, people, signed_in, assert_same_queries):
    client = signed_in(people.manager)
    series = make.framework()

    def add():
        row = make.engagement(
            kind="exercise", team=people.team, framework=series, countries=[make.country(), make.country()], starts="2026-03-01"
        )
        make.challenge(row)
        make.lesson(row)
        make.assessment(row)

    add()
    assert client.get(address(name)).status_code == 200
    assert_same_queries(add, lambda: client.get(address(name)), at_most=30)


def test_what_is_asked_wrongly_is_named_and_answers_nothing(people, signed_in):
    client = signed_in(people.viewer)
    for query, sentence in {
        "scheme=nonsense": "nonsense",
        "foo=1": "“foo” is not a filter.",
        "year=20x4": "A year has four digits",
        "also=country": "is no condition",
        "also=sort:title": "is no condition",
    }.items():
        response = client.get(address("regions", query))
        assert response.status_code == 400
        assert sentence in html.unescape(response.content.decode())
    assert client.get(address("regions", "format=odt")).status_code == 400
    assert client.get(address("regions", "format=csv&table=nothing")).status_code == 404
    assert client.get("/reports/nothing/").status_code == 404


def test_a_file_is_logged_and_one_with_restricted_records_asks_for_a_reason(people, signed_in):
    make.engagement(countries=[make.country(), make.country()])
    client = signed_in(people.manager)
    assert client.get(address("countries", "format=csv&country=ZZZ")).status_code == 400
    assert client.get(address("countries", "format=xlsx")).status_code == 200
    make.engagement(handling="restricted", team=people.team)
    assert client.get(address("countries", "format=csv")).status_code == 403
    assert client.post(address("countries", "format=csv"), {"reason": " "}).status_code == 403
    taken = client.post(address("countries", "format=csv"), {"reason": "For the staff talks"})
    assert taken["Content-Disposition"].endswith('-restricted.csv"')
    logged = list(Access.objects.order_by("pk").values_list("layout", "handling", "reason", "actor_name"))
    assert logged == [
        ("countries.countries.xlsx", "public", "", str(people.manager)),
        ("countries.countries.csv", "restricted", "For the staff talks", str(people.manager)),
    ]
    assert "RESTRICTED" in client.get(address("countries")).content.decode()


def test_every_report_is_on_the_page_of_reports(people, signed_in):
    page = signed_in(people.viewer).get(reverse("reports:list")).content.decode()
    assert set(re.findall(r'href="/reports/([\w-]+)/"', page)) == set(BY_NAME)


def test_each_role_finds_at_home_what_it_asks_first_and_each_line_leads_somewhere(people, signed_in):
    titles = {"manager": "Results and gaps", "steward": "Your lists", "administrator": "People and logs"}
    for person in (people.viewer, people.analyst, people.manager, people.steward, people.administrator):
        client = signed_in(person)
        page = client.get("/")
        assert [title for title in titles.values() if title in page.content.decode()] == [
            title for role, title in titles.items() if role == person.role
        ]
        lines = [panel["lines"] for panel in page.context["panels"] if "lines" in panel]
        for _figure, _label, href in lines[0] if lines else []:
            assert client.get(href).status_code == 200, href


def test_years_that_were_mistyped_do_not_hide_the_trend_and_are_told_beside_it(people, signed_in):
    now = today().year
    for year in (now - 13, now - 12, now, now + 2, now + 3, 2110):
        make.engagement(countries=[make.country()], starts=str(year))
    panels = signed_in(people.viewer).get("/").context["panels"]
    (panel,) = [panel for panel in panels if "chart" in panel and panel["chart"].name == "home_trend"]
    assert {row["year"] for row in panel["chart"].rows if row["n"]} == {now - 12, now, now + 2}
    assert {row["year"] for row in panel["chart"].rows} == set(range(now - 12, now + 3))
    assert panel["counted"].endswith(f"Not drawn: before {now - 12}: 1, after {now + 2}: 2.")


def test_a_trend_of_the_near_years_says_nothing_of_others(people, signed_in):
    make.engagement(countries=[make.country()], starts=str(today().year))
    panels = signed_in(people.viewer).get("/").context["panels"]
    (panel,) = [panel for panel in panels if "chart" in panel and panel["chart"].name == "home_trend"]
    assert panel["counted"].endswith("Only records you may see.")


def test_the_share_of_the_multilateral_is_of_those_of_which_the_scope_is_known(people, signed_in):
    two, three = [make.country() for _ in range(2)], [make.country() for _ in range(3)]
    for countries in (two, three, three, []):
        make.engagement(countries=countries, starts="2020")
    table = signed_in(people.viewer).get(address("trend")).context["answer"].tables[1]
    header, year, total = table.values()
    assert (year[header.index("multilateral_percent")], total[header.index("multilateral_percent")]) == (66.7, 66.7)
