"""What the other recounts leave out: fiscal years, all that is late, training by theme and cost, severities, strengths on a day, views.

Each over random records and for readers who see different ones, counted again in plain Python from what was entered.
"""

import datetime as dt
from collections import Counter, defaultdict

import pytest
from django.http import QueryDict
from django.test import override_settings
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engagements.domain.attention import of_teams, totals
from engagements.models import Engagement
from reports import saved
from reports.asked import Asked
from reports.home import panels as home_panels
from reports.models import SavedView
from tests import make
from tests.reports.random_register import TODAY, came, counted, enter, figures, first_day, may_be_between, readers, records, seen, world
from tests.reports.test_recount import summed, table

pytestmark = pytest.mark.django_db
few = settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # making a failing world smaller takes minutes

DAYS = st.sampled_from([None, -400, -1, 0, 30, 31, 89, 90])  # from today
AGES = st.sampled_from([0, 30, 31, 90, 91, 180, 181, 400])  # days since
MONEY = st.tuples(st.sampled_from(["USD", "EUR"]), st.sampled_from([None, 0, 10, 25]))
STRENGTH = st.fixed_dictionaries(
    {
        "as_of": st.sampled_from(["", "2011-06", "2011-06-30", "2014-01-31", "2031-01-01"]),
        "kind": st.sampled_from(["troops", "troops", "staff_officers", "formed_police"]),
        "total": st.sampled_from([0, 5, 40]),
        "women": st.sampled_from([None, 0, 3]),
    }
)
CONTRIBUTION = st.fixed_dictionaries(
    {
        "country": st.integers(0, 1),
        "role": st.sampled_from(["troop_contributor", "police_contributor", "observer"]),
        "status": st.sampled_from(["attended", "attended", "declined"]),
        "people": st.sampled_from([None, None, 7, 30]),
        "as_of": st.sampled_from(["", "2012-01", "2031-01-01"]),
        "reports": st.lists(STRENGTH, max_size=3, unique_by=lambda one: (one["as_of"], one["kind"])),
    }
)
MORE = st.fixed_dictionaries(
    {
        "themes": st.lists(st.integers(0, 1), max_size=2, unique=True),
        "money": st.lists(MONEY, max_size=2),
        "completed": st.sampled_from([None, 0, 4]),
        "women": st.sampled_from([None, 0, 2]),
        "severities": st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["low", "medium", "high"])), max_size=3),
        "assessment_due": DAYS,
        "review_on": DAYS,
        "mandate": DAYS,
        "changed": AGES,
        "entered": AGES,
        "contributions": st.lists(CONTRIBUTION, min_size=1, max_size=2, unique_by=lambda one: one["country"]),
    }
)
mores = st.lists(MORE, min_size=8, max_size=8)


def ago(days):
    return timezone.now() - dt.timedelta(days=days, minutes=1)


def each_reader(register, here, add=lambda facts, more, row: None, mores=(), kind=""):
    """(reader, [(facts, more, row)] that the reader sees), all of ``kind`` where one is named; ``add`` writes what stands in ``more``."""
    entered = []
    for facts, more in zip(register, mores or [{}] * len(register), strict=False):
        facts = facts | ({"kind": kind} if kind else {})
        row = enter(here, facts)
        add(facts, more, row)
        entered.append((facts, more, row))
    for reader in readers(here):
        yield reader, [one for one in entered if seen(one[0], here, reader)]


def was_held(mine):
    return [one for one in mine if one[0]["status"] != "cancelled"]


# Years ---------------------------------------------------------------------------------------------


@few
@given(records, st.sampled_from([1, 2, 5, 6, 7, 10, 11, 12]))
def test_fiscal_years_begin_when_the_setting_says(register, first_month):
    def fiscal(facts):
        day = first_day(facts)
        if day is None or (first_month > 1 and len(facts["starts"]) == 4):
            return "unknown"  # of a year alone nobody knows in which fiscal year it was
        return str(day.year + (first_month > 1 and day.month >= first_month))

    with world() as here, override_settings(FISCAL_YEAR_FIRST_MONTH=first_month):
        codes = [country.code for country in here.countries]
        for reader, mine in each_reader(register, here):
            held = was_held(mine)
            kinds = [(facts["kind"], row.pk) for facts, _more, row in held]
            assert figures(table("trend", reader, "years=fiscal")) == counted(
                [(fiscal(facts), facts["kind"], row.pk) for facts, _more, row in held], kinds
            )
            shown = table("countries", reader, "years=fiscal")
            names = [column.name for column in shown.columns]

            def column(facts, names=names):
                return fiscal(facts) if fiscal(facts) in names else next(name for name in names if name.startswith("before_"))

            assert figures(shown) == counted(
                [(codes[place], column(facts), row.pk) for facts, _more, row in held for place in came(facts)],
                [(column(facts), row.pk) for facts, _more, row in held],
            )
            for one in {fiscal(facts) for facts, _more, _row in mine}:
                asked = Asked(QueryDict(f"fiscal_year={one}"), reader, {}, held_only=False)
                assert set(asked.rows.values_list("pk", flat=True)) == {row.pk for facts, _more, row in mine if fiscal(facts) == one}


# Training ------------------------------------------------------------------------------------------


@few
@given(records, mores)
def test_training_by_theme_and_cost_is_what_a_plain_recount_says(register, mores):
    with world() as here:
        themes = [make.theme(), make.theme()]
        codes = [country.code for country in here.countries]

        def add(facts, more, row):
            row.themes.set([themes[place] for place in more["themes"]])
            for currency, amount in more["money"]:
                make.funding_line(row, currency=currency, planned=99, actual=amount)
            if facts["kind"] == "training":
                type(row.training).objects.filter(pk=row.training.pk).update(
                    enrolled=facts["figure"], completed=within(more["completed"], facts), women=within(more["women"], facts)
                )

        def within(number, facts):
            return number if None in (number, facts["figure"]) else min(number, facts["figure"])

        def received(facts):
            return {one["country"] for one in facts["parties"] if one["role"] == "recipient" and one["status"] != "declined"}

        def line(found):
            money = defaultdict(int)
            for _facts, more, _row in found:
                for currency, amount in more["money"]:
                    if amount is not None:
                        money[currency] += amount
            return (
                len(found),
                summed(facts["figure"] for facts, _more, _row in found),
                summed(within(more["completed"], facts) for facts, more, _row in found),
                summed(within(more["women"], facts) for facts, more, _row in found),
                "; ".join(f"{amount:,} {currency}" for currency, amount in sorted(money.items())),
                sum(len(received(facts)) > 1 for facts, _more, _row in found),
            )

        for reader, mine in each_reader(register, here, add, mores, "training"):
            programs = was_held(mine)
            expected = {}
            for place, code in enumerate(codes):
                theirs = [one for one in programs if place in received(one[0])]
                if theirs:
                    expected[(code, "")] = line(theirs)
                for number, theme in enumerate(themes):
                    under = [one for one in theirs if number in one[1]["themes"]]
                    if under:
                        expected[(code, theme.code)] = line(under)
            if programs:
                expected[("TOTAL", "")] = line(programs)
            _header, *rows = table("training", reader).values()
            assert {(row[0], row[1]): tuple(row[3:]) for row in rows} == expected


# Challenges ----------------------------------------------------------------------------------------


@few
@given(records, mores)
def test_challenges_by_severity_are_what_a_plain_recount_says(register, mores):
    with world() as here:

        def add(_facts, more, row):
            row.challenges.all().delete()
            for place, severity in more["severities"]:
                make.challenge(row, category=here.categories[place], severity=severity)

        for reader, mine in each_reader(register, here, add, mores):
            found = Counter(
                (here.categories[place].code, severity)
                for _facts, more, _row in was_held(mine)
                for place, severity in set(more["severities"])
            )
            told = figures(table("challenges", reader, number=1))
            assert {(code, severity): n for code, columns in told.items() for severity, n in columns.items()} == found
            for (code, severity), n in found.items():
                asked = Asked(QueryDict(f"challenge={code}&severity={severity}"), reader, {}, held_only=True)
                assert asked.rows.count() == n


# What is late --------------------------------------------------------------------------------------


def late(facts, more, untouched) -> set[str]:
    """Why a record is late, with what was not touched for ``untouched`` days."""
    found = set()
    not_closed = facts["status"] in {"planned", "ongoing"}
    last = facts["starts"] and len(facts["starts"]) == 10 and isinstance(facts["lasts"], int)
    if not_closed and last and first_day(facts) + dt.timedelta(days=facts["lasts"]) < TODAY:
        found.add("close_out")
    if more["assessment_due"] is not None and more["assessment_due"] < 0 and not facts["ratings"]:
        found.add("assessment")
    if more["review_on"] is not None and more["review_on"] < 0:
        found.add("review")
    if facts["follow_up"] and facts["follow_up"] < 0:
        found.add("follow_up")
    if facts["kind"] == "peacekeeping" and facts["status"] == "ongoing" and more["mandate"] is not None and more["mandate"] < 90:
        found.add("mandate")
    if facts["review_state"] == "draft" and more["entered"] > 30:
        found.add("draft")
    if not_closed and more["changed"] > untouched:
        found.add(f"untouched_{untouched}")
    return found


def dated(facts, more, row):
    def day(offset):
        return None if offset is None else TODAY + dt.timedelta(days=offset)

    if facts["kind"] == "peacekeeping":
        type(row.mission).objects.filter(pk=row.mission.pk).update(mandate_expires_on=day(more["mandate"]))
    Engagement.objects.filter(pk=row.pk).update(
        assessment_due_on=day(more["assessment_due"]),
        review_on=day(more["review_on"]),
        created_at=ago(more["entered"]),
        updated_at=ago(more["changed"]),
    )


@few
@given(records, mores)
def test_all_that_is_late_is_what_a_plain_recount_says(register, mores):
    with world() as here:
        for reader, mine in each_reader(register, here, dated, mores):
            for days in (90, 180, 365):
                found = [(what, facts["kind"], row.pk) for facts, more, row in mine for what in late(facts, more, days)]
                shown = table("overdue", reader, f"untouched=untouched_{days}")
                assert figures(shown) == counted(found, {(kind, pk) for _what, kind, pk in found})
                for what in {what for what, _kind, _pk in found}:
                    asked = Asked(QueryDict(f"overdue={what}"), reader, {}, held_only=False)
                    assert set(asked.rows.values_list("pk", flat=True)) == {pk for one, _kind, pk in found if one == what}


# Strengths on a day --------------------------------------------------------------------------------


def day_of(text) -> dt.date | None:
    return dt.date.fromisoformat((text + "-01")[:10]) if text else None


def strength(one, until):
    """(people, women of them where known, {type: people}) of a contribution on a day: its own figure, else its latest reports."""
    if one["people"] is not None and (not one["as_of"] or day_of(one["as_of"]) <= until):
        return one["people"], None, {}
    reports = [(day_of(told["as_of"]) or dt.date.min, told) for told in one["reports"]]
    reports = [(day, told) for day, told in reports if day <= until]
    if not reports:
        return None, None, {}
    latest = [told for day, told in reports if day == max(day for day, _told in reports)]
    women = [told["women"] for told in latest]
    types = Counter()
    for told in latest:
        types[told["kind"]] += told["total"]
    return sum(told["total"] for told in latest), None if None in women else sum(women), types


@few
@given(records, mores, st.sampled_from(["", "2011-06-30", "2012-06-15", "2014-02-01", "2026-01-01"]))
def test_contributors_on_a_day_are_what_a_plain_recount_says(register, mores, as_of):
    until = day_of(as_of) or TODAY
    with world() as here:
        codes = [country.code for country in here.countries]

        def add(_facts, more, row):
            row.participations.all().delete()
            for one in more["contributions"]:
                part = make.participation(
                    row, country=here.countries[one["country"]], role=one["role"], status=one["status"],
                    personnel=one["people"], as_of=one["as_of"] if one["people"] is not None else "",
                )  # fmt: skip
                for told in one["reports"]:
                    women = told["women"] if told["women"] is None else min(told["women"], told["total"])
                    told["women"] = women
                    make.strength_report(
                        part, as_of=told["as_of"], personnel_type=told["kind"], total=told["total"], female=women,
                        male=None if women is None else told["total"] - women,
                    )  # fmt: skip

        for reader, mine in each_reader(register, here, add, mores, "peacekeeping"):
            missions = was_held(mine)
            if as_of:
                missions = [one for one in missions if may_be_between(one[0], until, until)]
            expected = {}
            for place, code in enumerate(codes):
                own = [
                    strength(one, until)
                    for _facts, more, _row in missions
                    for one in more["contributions"]
                    if one["country"] == place and one["role"] != "observer" and one["status"] != "declined"
                ]
                if own:
                    known = [people for people, _women, _types in own if people is not None]
                    types = sum((Counter(types) for _people, _women, types in own), Counter())
                    of_known = [(people, women) for people, women, _types in own if women is not None]
                    base = sum(people for people, _women in of_known)
                    expected[code] = {
                        "missions": len(own),
                        "people": sum(known) if known else None,
                        "women_percent": round(100 * sum(women for _people, women in of_known) / base, 1) if base else None,
                        **types,
                    }
            told = figures(table("contributors", reader, f"as_of={as_of}"))
            told.pop("TOTAL", None)
            assert told == {code: {name: n for name, n in columns.items() if n} for code, columns in expected.items()}


# Views and home ------------------------------------------------------------------------------------

VIEWS = {
    "kind=exercise": lambda facts: facts["kind"] == "exercise",
    "status=cancelled&handling=public": lambda facts: facts["status"] == "cancelled" and facts["handling"] == "public",
    "missing=outcome&kind=training&kind=engagement": lambda facts: not facts["outcomes"] and facts["kind"] in {"training", "engagement"},
    "": lambda facts: True,
}


@few
@given(records, mores)
def test_a_pinned_view_counts_what_its_reader_sees_and_what_is_new(register, mores):
    with world() as here:
        for reader, mine in each_reader(register, here, dated, mores):
            views = {}
            for number, query in enumerate(VIEWS):
                view = SavedView.objects.create(owner=reader, name=f"V{number}", path="/engagements/", query=query)
                pin = saved.pin(view, reader)
                pin.tells_news, pin.seen_at = bool(number % 2), ago(60)
                pin.save()
                views[view.pk] = (query, pin.tells_news)
            for shown in saved.pinned(reader):
                query, tells_news = views[shown.view.pk]
                found = [(more, row) for facts, more, row in mine if VIEWS[query](facts)]
                fresh = [row.pk for more, row in found if more["entered"] < 60]
                assert (shown.count, shown.new) == (len(found), len(fresh) if tells_news else None)
                assert {row.pk for row in shown.latest} <= set(fresh)


@few
@given(records, mores)
def test_what_needs_attention_is_what_a_plain_recount_says(register, mores):
    with world() as here:
        for reader, mine in each_reader(register, here, dated, mores):
            for team in here.teams:
                own = [(facts, more) for facts, more, row in mine if row.team_id == team.pk]
                expected = Counter(f"late_{what}" for facts, more in own for what in late(facts, more, 180) if "untouched" not in what)
                expected += Counter(f"soon_{what}" for facts, more in own for what in soon(facts, more))
                told = totals(Engagement.objects.visible_to(reader), reader, [of_teams([team])])
                assert {group.code: n for group, (n,) in told if group.code.startswith(("late_", "soon_")) and n} == expected


def soon(facts, more) -> set[str]:
    """What is due from today to the thirtieth day from now."""
    near = range(31)
    found = {"follow_up"} if facts["follow_up"] in near else set()
    if more["assessment_due"] in near and not facts["ratings"]:
        found.add("assessment")
    if more["review_on"] in near:
        found.add("review")
    return found


def test_a_steward_is_told_of_the_entries_in_use_and_an_administrator_of_those_who_may_sign_in(db):
    team = make.team()
    people = {role: make.user(role, teams=[team] if role == "steward" else []) for role in ("steward", "administrator")}
    make.user("analyst", is_active=False)
    for retired in (None, None, TODAY):
        make.organization(retired_on=retired)
        make.framework(retired_on=retired)

    def told(role):
        lines = next(panel.context["lines"] for panel in home_panels(people[role]) if "lines" in panel.context)
        return {label: n for n, label, _href in lines if n is not None}

    lists = {"Countries": 0, "Organizations": 2, "Frameworks and series": 2, "Strategies": 0, "Objectives": 0}
    assert told("steward") == lists
    assert told("administrator") == {"People who may sign in": 2, "of them in no team": 1, "Teams": 1}
