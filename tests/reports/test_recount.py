"""Every report over random records, recounted in plain Python, for readers who see different ones; lists and files agree."""

import datetime as dt
import statistics
from collections import Counter
from itertools import combinations

import pytest
from django.http import QueryDict
from hypothesis import Phase, given, settings

from engagements.models import Engagement
from reports.asked import Asked
from reports.questions import BY_NAME
from tests.engagements.test_completeness import recounted as completeness_of
from tests.reports.random_register import (
    KINDS,
    PLACES,
    TODAY,
    came,
    coming_as,
    contact_day,
    counted,
    enter,
    figures,
    first_day,
    is_open,
    last_day,
    may_be_between,
    readers,
    records,
    regions,
    rows_counted,
    seen,
    with_larger,
    world,
)

pytestmark = pytest.mark.django_db
PROVIDING = {"host", "lead", "co_lead", "trainer", "sponsor", "supporter"}
few = settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # making a failing world smaller takes minutes


def answer(name, reader, query=""):
    report = BY_NAME[name]
    asked = Asked(QueryDict(query), reader, report.parameters(), held_only=report.held_only)
    assert asked.is_right, asked.filterset.form.errors
    return report.answer(asked)


def table(name, reader, query="", number=0):
    return answer(name, reader, query).tables[number]


def each_reader(register, here):
    """(reader, [(facts, row)] that the reader sees, the same without what was called off)."""
    entered = [(facts, enter(here, facts)) for facts in register]
    for reader in readers(here):
        mine = [(facts, row) for facts, row in entered if seen(facts, here, reader)]
        assert {row.pk for _facts, row in mine} == set(Engagement.objects.visible_to(reader).values_list("pk", flat=True))
        yield reader, mine, [(facts, row) for facts, row in mine if facts["status"] != "cancelled"]


def by_kind(held) -> list:
    return [(facts["kind"], row.pk) for facts, row in held]


def year(facts) -> str:
    return facts["starts"][:4] or "unknown"


def year_column(shown, facts) -> str:
    """The name of the year's column: the year itself, or that of all the years before the first shown."""
    names = [column.name for column in shown.columns]
    return year(facts) if year(facts) in names else next(name for name in names if name.startswith("before_"))


def texts(shown, *names) -> list[tuple]:
    """The values of some columns, row by row, without the total."""
    header, *rows = shown.values()
    return [tuple(row[header.index(name)] for name in names) for row in rows if row[0] != "TOTAL"]


# Crossed tables ------------------------------------------------------------------------------------


@few
@given(records)
def test_activity_is_what_a_plain_recount_says(register):
    with world() as here:
        codes = [country.code for country in here.countries]
        for reader, _mine, held in each_reader(register, here):
            kinds = by_kind(held)
            expected = counted([(code, facts["kind"], row.pk) for facts, row in held for code in regions(facts, here)], kinds)
            assert figures(table("regions", reader, "scheme=m49")) == expected

            shown = table("countries", reader)
            expected = counted(
                [(codes[place], year_column(shown, facts), row.pk) for facts, row in held for place in came(facts)],
                [(year_column(shown, facts), row.pk) for facts, row in held],
            )
            assert figures(shown) == expected

            assert figures(table("trend", reader)) == counted([(year(facts), facts["kind"], row.pk) for facts, row in held], kinds)
            check_scopes(table("trend", reader, number=1), [(year(facts), row) for facts, row in held], held)
            under = [(code, row) for facts, row in held for code in with_larger(facts["strategies"], here.strategies)]
            check_scopes(table("strategies", reader), under, held)
            shown = table("strategies", reader, number=1)
            of_pk = {row.pk: facts for facts, row in held}
            expected = counted(
                [(code, year_column(shown, of_pk[row.pk]), row.pk) for code, row in under],
                [(year_column(shown, facts), row.pk) for facts, row in held],
            )
            assert figures(shown) == expected

            linked = [(code, facts["kind"], row.pk) for facts, row in held for code in with_larger(facts["objectives"], here.objectives)]
            unlinked = [("unlinked", facts["kind"], row.pk) for facts, row in held if not facts["objectives"]]
            assert figures(table("objectives", reader)) == counted(linked + unlinked, kinds)

            partners = [(codes[place], facts["kind"], row.pk) for facts, row in held for place in came(facts)]
            assert figures(table("map", reader)) == counted(partners, kinds)
            hosts = [(codes[facts["held"]], facts["kind"], row.pk) for facts, row in held if facts["held"] >= 0]
            assert figures(table("map", reader, "shade=places")) == counted(hosts, kinds)
            spots = [(",".join(PLACES[facts["at"]]) if facts["at"] >= 0 else "none", facts["kind"], row.pk) for facts, row in held]
            assert figures(table("map", reader, number=1)) == counted(spots, kinds)
            drawn = {f"{one['lat']:.4f},{one['lon']:.4f}": one["n"] for one in answer("map", reader).charts[1].rows}
            assert drawn == {row: n for row, n in rows_counted([(one, pk) for one, _kind, pk in spots], []).items() if row != "none"}

            pairs = Counter(pair for facts, _row in held for pair in combinations(sorted(codes[place] for place in came(facts)), 2))
            told = {
                tuple(sorted((one, other))): n
                for one, other, n in texts(table("partners", reader), "country_code", "partner_code", "engagements")
            }
            assert told == pairs


def check_scopes(shown, pairs, held):
    """Rows by scope, and the share of the multilateral ones of those of which the scope is known."""
    expected = counted([(code, row.scope, row.pk) for code, row in pairs], [(row.scope, row.pk) for _facts, row in held])
    found = figures(shown)
    for code, columns in expected.items():
        both = columns.get("bilateral", 0) + columns.get("multilateral", 0)
        if share := round(100 * columns.get("multilateral", 0) / both, 1) if both else 0:
            columns["multilateral_percent"] = share
        assert found[code] == columns
    assert set(found) == set(expected)


@few
@given(records)
def test_results_and_upkeep_are_what_a_plain_recount_says(register):
    with world() as here:
        for reader, mine, held in each_reader(register, here):
            shown = table("challenges", reader)
            met = [(facts, row) for facts, row in held if facts["challenges"]]
            of_category = [(here.categories[place].code, facts, row.pk) for facts, row in met for place in facts["challenges"]]
            expected = counted(
                [(code, year_column(shown, facts), pk) for code, facts, pk in of_category],
                [(year_column(shown, facts), row.pk) for facts, row in met],
            )
            assert figures(shown) == expected
            largest = {"m49:1", "m49:2"}
            found = figures(table("challenges", reader, "scheme=m49", number=2))
            expected = {
                code: {"all": n}
                | rows_counted(
                    [(region, pk) for one, facts, pk in of_category if one == code for region in regions(facts, here) & largest], []
                )
                for code, n in rows_counted([(code, pk) for code, _facts, pk in of_category], []).items()
            }
            assert {code: columns for code, columns in found.items() if code != "TOTAL"} == expected

            latest = [(facts, facts["ratings"][-1] if facts["ratings"] else "not_assessed", row.pk) for facts, row in held]
            expected = counted(
                [(facts["kind"], rating, pk) for facts, rating, pk in latest], [(rating, pk) for _facts, rating, pk in latest]
            )
            assert figures(table("ratings", reader, "by=kind")) == expected
            done = {kind: [facts for facts, _row in held if facts["kind"] == kind and facts["status"] == "completed"] for kind in KINDS}
            judged = {kind: sum(bool(facts["ratings"]) for facts in of_kind) for kind, of_kind in done.items()}
            told = {
                row[0]: row[1:]
                for row in texts(table("ratings", reader, "by=kind", number=1), "kind_code", "completed", "judged", "not_judged")
            }
            assert told == {kind: (len(done[kind]), judged[kind], len(done[kind]) - judged[kind]) for kind in KINDS}

            lessons = [row.reference for facts, row in held for _number in range(facts["lessons"])]
            assert sorted(code for (code,) in texts(table("lessons", reader), "reference")) == sorted(lessons)

            called_off = Counter(facts["kind"] for facts, _row in mine if facts["status"] == "cancelled")
            total = figures(table("called-off", reader)).get("TOTAL", {})
            assert total == ({**called_off, "all": called_off.total()} if called_off else {})

            late = [(what, facts["kind"], row.pk) for facts, row in mine for what in overdue(facts)]
            assert figures(table("overdue", reader)) == counted(late, {(kind, pk) for _what, kind, pk in late})
            check_quality(reader, mine, here)


def overdue(facts) -> set[str]:
    """All records are new: none has lain about."""
    found = set()
    if facts["status"] in {"planned", "ongoing"} and last_day(facts) and last_day(facts) < TODAY:
        found.add("close_out")
    if facts["follow_up"] and facts["follow_up"] < 0:
        found.add("follow_up")
    return found


def check_quality(reader, mine, here):
    lacks = {
        "source": lambda facts: True,
        "outcome": lambda facts: not facts["outcomes"],
        "assessment": lambda facts: not facts["ratings"],
        "start": lambda facts: not facts["starts"],
        "end": lambda facts: last_day(facts) is None and not is_open(facts),
        "participants": lambda facts: not facts["parties"] and not facts["alliance"],
        "objective": lambda facts: not facts["objectives"],
        "strategy": lambda facts: not facts["strategies"],
        "summary": lambda facts: True,
    }
    missing = [(what, row.pk) for facts, row in mine for what, is_so in lacks.items() if is_so(facts)]
    found = figures(table("quality", reader)).get("TOTAL", {})
    assert found == (rows_counted(missing, []) | {"all": len(mine)} if mine else {})

    def owner(facts):
        return here.owners[facts["owner"]].username if facts["owner"] >= 0 else "none"

    for code in {owner(facts) for facts, _row in mine} | {"TOTAL"}:
        own = [(facts, row) for facts, row in mine if code in {"TOTAL", owner(facts)}]
        scores = [completeness_of(row)[1] for _facts, row in own]
        known = [(facts, first_day(facts)) for facts, _row in own if facts["by_hand"] and len(facts["starts"]) == 10]
        lags = [(TODAY - day).days for _facts, day in known if day <= TODAY]
        expected = {
            "records": len(own),
            "completeness_percent": round(statistics.fmean(scores), 1) if scores else None,
            "thin": sum(score < 60 for score in scores),
            "entered_late": len(lags),
            "lag_days_median": round(statistics.median(lags)) if lags else None,
            "lag_days_most": max(lags, default=None),
        }
        assert figures(table("quality", reader, number=1)).get(code, {}) == {name: n for name, n in expected.items() if n}


# Contact, people -----------------------------------------------------------------------------------


@few
@given(records)
def test_contact_is_what_a_plain_recount_says(register):
    with world() as here:
        codes = [country.code for country in here.countries]
        for reader, mine, held in each_reader(register, here):
            shown = table("cadence", reader, "months=3")
            spans = {column.name: month(column.name) for column in shown.columns if column.name[:2] == "20"}
            going = [(name, facts, row.pk) for name, span in spans.items() for facts, row in held if may_be_between(facts, *span)]
            expected = counted(
                [(codes[place], name, pk) for name, facts, pk in going for place in came(facts)], [(name, pk) for name, _facts, pk in going]
            )
            assert figures(shown) == expected

            on = {pk: facts for _name, facts, pk in going}
            provided = {pk: coming_as(facts, PROVIDING) for pk, facts in on.items() if coming_as(facts, PROVIDING)}
            found = figures(table("cadence", reader, "months=3", number=1))
            pairs = [(codes[one], codes[other], pk) for pk, ones in provided.items() for one in ones for other in came(on[pk])]
            assert found == counted(pairs, [(codes[other], pk) for pk in provided for other in came(on[pk])])

            day = TODAY.replace(year=TODAY.year - 1, day=min(TODAY.day, 28) if TODAY.month == 2 else TODAY.day)
            days = {
                code: [found for facts, _row in held if place in came(facts) and (found := contact_day(facts)) and found <= TODAY]
                for place, code in enumerate(codes)
            }
            told = {code: (last, n) for code, last, n in texts(table("gaps", reader), "country_code", "last_contact", "engagements")}
            assert told == {
                code: (max(found).isoformat() if found else "", sum(place in came(facts) for facts, _row in held))
                for place, (code, found) in enumerate(days.items())
                if not found or max(found) < day
            }

            until = TODAY + dt.timedelta(days=90)
            coming = [(facts, row) for facts, row in mine if facts["status"] == "planned" and may_be_between(facts, TODAY, until)]
            assert {code for (code,) in texts(table("coming", reader), "reference")} == {row.reference for _facts, row in coming}
            places = [(codes[facts["held"]], facts["kind"], row.pk) for facts, row in coming if facts["held"] >= 0]
            assert figures(table("coming", reader, number=1)) == counted(places, by_kind(coming))


def month(name) -> tuple[dt.date, dt.date]:
    first = dt.date.fromisoformat(f"{name}-01")
    return first, (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def people(facts, roles=None) -> dict[int, int | None]:
    """Of each country that came (in one of ``roles``) its people."""
    return {
        one["country"]: one["people"] for one in facts["parties"] if one["status"] != "declined" and (not roles or one["role"] in roles)
    }


def summed(numbers) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


@few
@given(records)
def test_series_missions_and_training_are_what_a_plain_recount_says(register):
    with world() as here:
        codes = [country.code for country in here.countries]
        for reader, mine, held in each_reader(register, here):
            exercises = [(facts, row) for facts, row in held if facts["kind"] == "exercise"]
            series = [
                (code, facts, row.pk)
                for facts, row in exercises
                for code in with_larger([facts["framework"]], here.series) or {"no_series"}
            ]
            shown = figures(table("participation", reader))
            expected = counted(
                [(codes[place], code, pk) for code, facts, pk in series for place in came(facts)],
                [(code, pk) for code, _facts, pk in series],
            )
            assert shown == expected

            check_of_series(reader, here, mine, held, codes)
            missions = [(facts, row) for facts, row in held if facts["kind"] == "peacekeeping"]
            check_missions(reader, missions, codes)
            trained = [(facts, row) for facts, row in held if facts["kind"] == "training"]
            told = texts(table("training", reader), "country_code", "programs", "enrolled", "completed", "shared")
            of = {code: [facts for facts, _row in trained if place in coming_as(facts, {"recipient"})] for place, code in enumerate(codes)}
            assert {row[0]: row[1:] for row in told} == {
                code: (
                    len(found),
                    summed(facts["figure"] for facts in found),
                    summed(facts["figure"] for facts in found),
                    sum(len(coming_as(facts, {"recipient"})) > 1 for facts in found),
                )
                for code, found in of.items()
                if found
            }


def check_of_series(reader, here, mine, held, codes):
    """The larger of the two series, with its part."""
    code = here.series[0].code
    within = [(facts, row) for facts, row in held if facts["framework"] >= 0]
    if not any(facts["framework"] == 0 for facts, _row in mine):  # the box offers what one of the reader's own records names
        return
    told = {row[0]: row[1:] for row in texts(table("series", reader, f"series={code}"), "reference", "participants", "people")}
    assert told == {
        row.reference: (
            (len(came(facts)) + bool(facts["alliance"])) or None,
            facts["figure"] if facts["kind"] == "exercise" and facts["figure"] is not None else summed(people(facts).values()),
        )
        for facts, row in within
    }
    assert {one for (one,) in texts(table("timeline", reader, f"series={code}"), "reference")} == {row.reference for _facts, row in within}
    told = {row[0]: row[1:] for row in texts(table("burden", reader, f"series={code}"), "party_code", "engagements", "people")}
    expected = {
        one: (len(found), summed(people(facts)[place] for facts in found))
        for place, one in enumerate(codes)
        if (found := [facts for facts, _row in within if place in came(facts)])
    }
    allied = sum(bool(facts["alliance"]) for facts, _row in within)
    assert told == expected | ({here.alliance.code: (allied, None)} if allied else {})
    shown = table("participation", reader, f"series={code}")
    roles = {row.reference: people_roles(facts) for facts, row in within if facts["kind"] == "exercise"}
    for place, one in enumerate(codes):
        cells = [row for row in shown.values() if row[0] == one]
        counted_here = sum(place in of for of in roles.values())
        assert [row[2] for row in cells] == ([counted_here] if counted_here else [])


def people_roles(facts) -> dict[int, str]:
    return {one["country"]: one["role"] for one in facts["parties"] if one["status"] != "declined"}


def check_missions(reader, missions, codes):
    sent = {"troop_contributor", "police_contributor"}
    told = {row[0]: row[1:] for row in texts(table("contributors", reader), "party_code", "missions", "people")}
    assert told == {
        one: (len(found), summed(people(facts, sent)[place] for facts in found))
        for place, one in enumerate(codes)
        if (found := [facts for facts, _row in missions if place in coming_as(facts, sent)])
    }
    long = texts(table("contributors", reader, number=1), "reference", "party_code", "people")
    expected = [(row.reference, codes[place], n) for facts, row in missions for place, n in people(facts, sent).items()]
    assert sorted(long, key=str) == sorted(expected, key=str)
    told = {row[0]: row[1:] for row in texts(table("missions", reader), "reference", "authorized", "actual", "contributors", "outcomes")}
    assert told == {
        row.reference: (facts["figure"], summed(people(facts, sent).values()), len(coming_as(facts, sent)) or None, facts["outcomes"])
        for facts, row in missions
    }
