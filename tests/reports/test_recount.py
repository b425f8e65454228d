"""Reports over random records, recounted in plain Python from the rows themselves, for readers who see different ones."""

import datetime as dt
from collections import Counter, defaultdict
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engagements.models import Engagement
from reports.asked import Asked
from reports.questions import BY_NAME
from tests import make

pytestmark = pytest.mark.django_db
KINDS = ["engagement", "exercise", "training", "peacekeeping"]
STARTS = ["", "1993", "1995-05", "1999-12-31", "2010-01-01", "2010-11", "2012-06-15"]
STATUSES = ["completed", "completed", "planned", "cancelled"]
RATINGS = ["limited", "achieved"]

record = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "starts": st.sampled_from(STARTS),
        "status": st.sampled_from(STATUSES),
        "handling": st.sampled_from(["public", "public", "official", "restricted"]),
        "team": st.integers(0, 1),
        "review_state": st.sampled_from(["verified", "verified", "verified", "draft"]),
        "held": st.integers(-1, 3),
        "parties": st.lists(
            st.tuples(st.integers(0, 3), st.sampled_from(["attended", "attended", "declined"])), max_size=3, unique_by=lambda one: one[0]
        ),
        "strategies": st.lists(st.integers(0, 2), max_size=2, unique=True),
        "challenges": st.lists(st.integers(0, 1), max_size=2, unique=True),
        "ratings": st.lists(st.sampled_from(RATINGS), max_size=2),
    }
)


@contextmanager
def world():
    """Four countries in two regions (one of which left its region in 2000), three strategies, two teams; undone at the end."""
    with transaction.atomic():
        countries = [make.country() for _ in range(4)]
        scheme = make.scheme("m49")
        north, south = make.region("m49:1", scheme=scheme), make.region("m49:2", scheme=scheme)
        part = make.region("m49:11", scheme=scheme, parent=north)
        make.member_of(part, countries[0])
        make.member_of(north, countries[1], ends="2000-01-01")
        make.member_of(south, countries[1], starts="2000-01-01")
        make.member_of(south, countries[2])
        top = make.strategy()
        yield SimpleNamespace(
            countries=countries,
            teams=[make.team(), make.team()],
            strategies=[top, make.strategy(parent=top), make.strategy()],
            categories=[make.challenge_category(), make.challenge_category()],
            # region code: [(country, first day, day after the last)], larger regions with their parts
            members={
                "m49:1": [(0, None, None), (1, None, dt.date(2000, 1, 1))],
                "m49:11": [(0, None, None)],
                "m49:2": [(1, dt.date(2000, 1, 1), None), (2, None, None)],
            },
        )
        transaction.set_rollback(True)


def enter(here, facts):
    row = make.engagement(
        kind=facts["kind"],
        starts=facts["starts"],
        status=facts["status"],
        status_reason="funding" if facts["status"] == "cancelled" else "",
        handling=facts["handling"],
        team=here.teams[facts["team"]],
        review_state=facts["review_state"],
        country=None if facts["held"] < 0 else here.countries[facts["held"]],
        strategies=[here.strategies[place] for place in facts["strategies"]] or [here.strategies[2]],
    )
    for place, status in facts["parties"]:
        make.participation(row, country=here.countries[place], status=status)
    for place in facts["challenges"]:
        make.challenge(row, category=here.categories[place])
    for day, rating in enumerate(facts["ratings"], start=1):
        make.assessment(row, rating=rating, assessed=f"2015-01-0{day}")
    return row


def readers(here):
    return [
        make.user("viewer", clearance="public"),
        make.user("analyst", clearance="official", teams=[here.teams[0]]),
        make.user("manager", clearance="restricted", teams=[here.teams[1]]),
    ]


LADDER = ["public", "official", "restricted"]


def seen(facts, here, reader) -> bool:
    """The rule of visibility once more, in plain words."""
    own = here.teams[facts["team"]].pk in set(reader.teams.values_list("pk", flat=True))
    cleared = LADDER.index(facts["handling"]) <= LADDER.index(reader.clearance)
    return cleared and (facts["handling"] != "restricted" or own) and (facts["review_state"] == "verified" or own)


def year(facts):
    return facts["starts"][:4] or "unknown"


def first_day(facts) -> dt.date | None:
    text = facts["starts"]
    return dt.date.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else text + "-01" if len(text) == 7 else text) if text else None


def came(facts) -> set[int]:
    return {place for place, status in facts["parties"] if status != "declined"}


def regions(facts, here) -> set[str]:
    day = first_day(facts)
    touched = came(facts) | ({facts["held"]} if facts["held"] >= 0 else set())
    return {
        code
        for code, members in here.members.items()
        for place, start, end in members
        if day and place in touched and (start is None or start <= day) and (end is None or day < end)
    }


def answer(name, reader, query=""):
    asked = Asked(QueryDict(query), reader, BY_NAME[name].parameters(), held_only=BY_NAME[name].held_only)
    assert asked.is_right
    return BY_NAME[name].answer(asked)


def figures(table) -> dict[str, dict[str, int]]:
    """{code of the row: {name of the column: figure}}, without the zeros."""
    header, *rows = table.values()
    numbers = [place for place, column in enumerate([column for column in table.columns if not column.is_bar]) if column.is_figure]
    return {row[0]: {header[place]: row[place] for place in numbers if row[place]} for row in rows}


def counted(pairs, everything) -> dict[str, dict[str, int]]:
    """The same from (row, column, record) triples, and the line of the total."""
    table: dict[str, dict] = defaultdict(lambda: defaultdict(set))
    for row, column, pk in pairs:
        table[row][column].add(pk)
        table[row]["all"].add(pk)
    for column, pk in everything:
        table["TOTAL"][column].add(pk)
        table["TOTAL"]["all"].add(pk)
    return {row: {column: len(ids) for column, ids in columns.items()} for row, columns in table.items()}


def without_empty(table):
    return {row: columns for row, columns in table.items() if columns}


@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # making a failing world smaller takes minutes
@given(st.lists(record, min_size=4, max_size=9))
def test_what_reports_say_is_what_a_plain_recount_says(records):
    with world() as here:
        entered = [(facts, enter(here, facts)) for facts in records]
        for reader in readers(here):
            mine = [(facts, row) for facts, row in entered if seen(facts, here, reader)]
            assert {row.pk for _facts, row in mine} == set(Engagement.objects.visible_to(reader).values_list("pk", flat=True))
            held = [(facts, row.pk) for facts, row in mine if facts["status"] != "cancelled"]

            table = answer("regions", reader, "scheme=m49").tables[0]
            expected = counted(
                [(code, facts["kind"], pk) for facts, pk in held for code in regions(facts, here)],
                [(facts["kind"], pk) for facts, pk in held],
            )
            assert without_empty(figures(table)) == expected

            table = answer("countries", reader).tables[0]
            expected = counted(
                [(here.countries[place].code, _column(table, facts), pk) for facts, pk in held for place in came(facts)],
                [(_column(table, facts), pk) for facts, pk in held],
            )
            assert without_empty(figures(table)) == expected

            table = answer("trend", reader).tables[0]
            expected = counted([(year(facts), facts["kind"], pk) for facts, pk in held], [(facts["kind"], pk) for facts, pk in held])
            assert without_empty(figures(table)) == expected

            table = answer("challenges", reader).tables[0]
            met = [(facts, pk) for facts, pk in held if facts["challenges"]]
            expected = counted(
                [(here.categories[place].code, _column(table, facts), pk) for facts, pk in met for place in facts["challenges"]],
                [(_column(table, facts), pk) for facts, pk in met],
            )
            assert without_empty(figures(table)) == expected

            table = answer("ratings", reader, "by=kind").tables[0]
            latest = [(facts, facts["ratings"][-1] if facts["ratings"] else "not_assessed", pk) for facts, pk in held]
            expected = counted(
                [(facts["kind"], rating, pk) for facts, rating, pk in latest], [(rating, pk) for _facts, rating, pk in latest]
            )
            assert without_empty(figures(table)) == expected

            called_off = Counter(facts["kind"] for facts, _row in mine if facts["status"] == "cancelled")
            total = figures(answer("called-off", reader).tables[0])["TOTAL"]
            assert total == ({**called_off, "all": called_off.total()} if called_off else {})


def _column(table, facts) -> str:
    """The name of the year's column: the year itself, or that of all the years before the first shown."""
    names = [column.name for column in table.columns]
    if year(facts) in names:
        return year(facts)
    return next(name for name in names if name.startswith("before_"))
