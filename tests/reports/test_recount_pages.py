"""Home, profiles, calendar and the numbers beside filters over random records, recounted in plain Python."""

import datetime as dt
from collections import Counter

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import Phase, given, settings

from catalog.registry import uses_of
from engagements.facets import Facets
from engagements.models import Engagement
from reports.home import panels as home_panels
from tests.reports.random_register import (
    KINDS,
    TODAY,
    came,
    coming_as,
    contact_day,
    enter,
    first_day,
    may_be_between,
    readers,
    records,
    regions,
    seen,
    with_larger,
    world,
)

pytestmark = pytest.mark.django_db
few = settings(max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # making a failing world smaller takes minutes


def each_reader(register, here):
    """(reader, [(facts, row)] that the reader sees)."""
    entered = [(facts, enter(here, facts)) for facts in register]
    for reader in readers(here):
        yield reader, [(facts, row) for facts, row in entered if seen(facts, here, reader)]


def was_held(mine):
    return [(facts, row) for facts, row in mine if facts["status"] != "cancelled"]


def signed_in(reader) -> Client:
    client = Client()
    client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def without_zeros(counts) -> dict:
    return {name: n for name, n in counts.items() if n}


def trend(held, years, until=9999) -> Counter:
    """Engagements by kind and year, of the last ``years`` years up to ``until`` that have some."""
    dated = [(facts["kind"], int(facts["starts"][:4])) for facts, _row in held if facts["starts"]]
    last = max((year for _kind, year in dated if year <= until), default=0)
    return Counter((kind, year) for kind, year in dated if last - years < year <= last)


def drawn(chart) -> dict:
    labels = {"Engagement": "engagement", "Exercise": "exercise", "Training": "training", "Peacekeeping": "peacekeeping"}
    return {(labels[row["column"]], row["year"]): row["n"] for row in chart.rows if row["n"]}


@few
@given(records)
def test_the_home_page_is_what_a_plain_recount_says(register):
    with world() as here:
        for reader, mine in each_reader(register, here):
            page = signed_in(reader).get("/").context
            assert page["total"] == len(mine)
            assert {kind: n for kind, _label, n in page["kinds"]} == dict.fromkeys(KINDS, 0) | Counter(
                facts["kind"] for facts, _row in mine
            )
            soon = [
                (day, row.reference)
                for facts, row in mine
                if (day := first_day(facts)) and TODAY <= day <= TODAY + dt.timedelta(days=90) and facts["status"] in {"planned", "ongoing"}
            ]
            assert [row.reference for row in page["ahead"]] == [reference for _day, reference in sorted(soon)][:8]
            assert {row.pk for row in page["changed"]} == {row.pk for _facts, row in mine}
            held = was_held(mine)
            charts = {panel.context["chart"].name: panel.context["chart"] for panel in home_panels(reader) if "chart" in panel.context}
            assert set(charts) == ({"home_trend", "home_map"} if held else set())
            if held:
                assert drawn(charts["home_trend"]) == trend(held, 15, TODAY.year + 2)
                partners = Counter(here.countries[place].code for facts, _row in held for place in came(facts))
                assert {row["code"]: row["n"] for row in charts["home_map"].rows} == partners
            role = next((panel.context["lines"] for panel in home_panels(reader) if "lines" in panel.context), None)
            if reader.role == "manager":
                done = [facts for facts, _row in mine if facts["status"] == "completed"]
                assert [n for n, _label, _href in role] == [
                    sum(not facts["ratings"] for facts in done),
                    sum(not facts["outcomes"] for facts in done),
                    len(mine) - len(held),
                    None,
                    None,
                ]
            else:
                assert role is None


@few
@given(records)
def test_profiles_are_what_a_plain_recount_says(register):
    with world() as here:
        codes = [country.code for country in here.countries]
        for reader, mine in each_reader(register, here):
            of = {
                here.countries[0]: lambda facts: 0 in came(facts),
                here.countries[3]: lambda facts: 3 in came(facts),
                here.alliance: lambda facts: bool(facts["alliance"]),
                here.strategies[0]: lambda facts: bool({0, 1} & set(facts["strategies"])),
                here.objectives[0]: lambda facts: bool(facts["objectives"]),
                here.series[0]: lambda facts: facts["framework"] >= 0,
                here.series[1]: lambda facts: facts["framework"] == 1,
            }
            for entry, belongs in of.items():
                own = [(facts, row) for facts, row in mine if belongs(facts)]
                check_profile(entry, own, {panel.anchor: panel for panel in uses_of(entry, reader)}, codes)


def check_profile(entry, own, panels, codes):
    held = was_held(own)
    whole = panels["engagements"].context
    assert {kind.value: n for kind, n, _href in whole["by_kind"]} == dict.fromkeys(KINDS, 0) | Counter(facts["kind"] for facts, _row in own)
    assert {row.pk for row in whole["latest"]} == {row.pk for _facts, row in own}
    met = Counter(codes[place] for facts, _row in own for place in came(facts) if codes[place] != entry.code)
    told = {country.code: n for country, n, _href in panels["partners"].context["partners"]} if "partners" in panels else {}
    assert told == met
    assert ("contact" in panels) == bool(held)
    if not held:
        return
    days = [(contact_day(facts), row.pk) for facts, row in held if contact_day(facts)]
    contact = panels["contact"].context["contact"]
    assert contact.last_day == max((day for day, _pk in days if day <= TODAY), default=None)
    assert contact.next_day == min((day for day, _pk in days if day > TODAY), default=None)
    for row, day in ((contact.last, contact.last_day), (contact.next, contact.next_day)):
        assert row is None or (day, row.pk) in days
    assert contact.is_gap == (contact.last_day is None or (TODAY - contact.last_day).days > 365)
    assert drawn(panels["trend"].context["chart"]) == trend(held, 20)
    steps = [row.pk for facts, row in held if facts["follow_up"]]
    shown = [row.engagement_id for row in panels["follow-ups"].context["rows"]] if "follow-ups" in panels else []
    assert sorted(shown) == sorted(steps)
    if entry._meta.model_name == "framework":
        dated = {row.pk for facts, row in held if facts["starts"]}
        told = panels["timeline"].count if "timeline" in panels else None
        assert told == (len(dated) if len(dated) > 1 else None)


@few
@given(records)
def test_the_calendar_names_all_that_a_plain_recount_finds(register):
    with world() as here:
        for reader, mine in each_reader(register, here):
            first = TODAY.replace(day=1)
            last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
            page = signed_in(reader).get("/calendar/").context
            expected = {row.reference for facts, row in mine if may_be_between(facts, first, last)}
            bars = {cell.bar.engagement.reference for week in page["month"].weeks for lane in week.lanes for cell in lane if cell.bar}
            named = {row.reference for row in [*page["month"].long.rows, *page["month"].vague.rows]}
            assert (page["month"].total, bars | named) == (len(expected), expected)


@few
@given(records)
def test_the_numbers_beside_the_filters_are_what_a_plain_recount_says(register):
    with world() as here:
        codes = [country.code for country in here.countries]
        for reader, mine in each_reader(register, here):
            check_facets(Facets(QueryDict(), queryset=Engagement.objects.visible_to(reader), user=reader), mine, here, codes)

            # A party counts in the chosen role, and any of the chosen parties will do.
            query = f"role=host&role=participant&organization={here.alliance.code}&country={codes[1]}&kind=exercise"
            facets = Facets(QueryDict(query), queryset=Engagement.objects.visible_to(reader), user=reader)
            exercises = [facts for facts, _row in mine if facts["kind"] == "exercise"]
            roles = {"host", "participant"}
            anyway = [bool(facts["alliance"]) for facts in exercises]
            expected = {
                code: sum(there or place in coming_as(facts, roles) for facts, there in zip(exercises, anyway, strict=True))
                for place, code in enumerate(codes)
            }
            assert facets.of("country") == without_zeros(expected)
            assert [entry.count for entry in facets.chosen("country")] == [expected[codes[1]]]
            with_other = [facts for facts in exercises if 1 in coming_as(facts, roles)]
            both = sum(bool(facts["alliance"]) or 1 in coming_as(facts, roles) for facts in exercises)
            assert facets.of("organization").get(here.alliance.code, 0) == both
            of_kind = Counter(facts["kind"] for facts, _row in mine if facts["alliance"] or 1 in coming_as(facts, roles))
            assert facets.of("kind") == of_kind
            assert len(with_other) <= both


def check_facets(facets, mine, here, codes):
    facts_of = [facts for facts, _row in mine]
    expected = {
        "kind": Counter(facts["kind"] for facts in facts_of),
        "status": Counter(facts["status"] for facts in facts_of),
        "scope": Counter(row.scope for _facts, row in mine),
        "handling": Counter(facts["handling"] for facts in facts_of),
        "review": Counter(facts["review_state"] for facts in facts_of),
        "country": Counter(codes[place] for facts in facts_of for place in came(facts)),
        "organization": Counter({here.alliance.code: sum(bool(facts["alliance"]) for facts in facts_of)}),
        "framework": Counter(code for facts in facts_of for code in with_larger([facts["framework"]], here.series)),
        "strategy": Counter(code for facts in facts_of for code in with_larger(facts["strategies"], here.strategies)),
        "objective": Counter(code for facts in facts_of for code in with_larger(facts["objectives"], here.objectives)),
        "challenge": Counter(here.categories[place].code for facts in facts_of for place in facts["challenges"]),
        "region": Counter(code for facts in facts_of for code in regions(facts, here)),
        "rating": Counter(facts["ratings"][-1] if facts["ratings"] else "not_assessed" for facts in facts_of),
        "due": Counter({"follow_up": sum(facts["follow_up"] == 3 for facts in facts_of)}),
        "owner": Counter(),
        "archived": Counter(),
        "role": Counter(
            role
            for facts in facts_of
            for role in {one["role"] for one in facts["parties"] if one["status"] != "declined"} | {facts["alliance"]} - {None}
        ),
    }
    assert {name: facets.of(name) for name in expected} == {name: without_zeros(counts) for name, counts in expected.items()}
    for name in ("country", "framework", "organization"):
        listed = facets.listed(name)
        assert {entry.code: entry.count for entry in listed} == facets.of(name)
        assert [entry.count for entry in listed] == sorted((entry.count for entry in listed), reverse=True)
