"""A small random register, and its rules once more in plain Python: what reports, profiles and pages are recounted with.

Facts are what a record was entered with; nothing here asks the program how it counts.
"""

import datetime as dt
from collections import defaultdict
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st

from tests import make

TODAY = timezone.now().date()
KINDS = ["engagement", "exercise", "training", "peacekeeping"]
STARTS = [
    "",
    "1993",
    "1995-05",
    "1999-12-31",
    "2010-11",
    "2012-06-15",
    *((TODAY + dt.timedelta(days=n)).isoformat() for n in (-500, -40, 0, 25)),
]
STATUSES = ["completed", "completed", "planned", "ongoing", "cancelled"]
ROLES = ["participant", "host", "recipient", "troop_contributor", "observer"]
RATINGS = ["limited", "achieved"]
PLACES = [("1.5000", "2.2500"), ("-33.0000", "151.1000")]

party = st.fixed_dictionaries(
    {
        "country": st.integers(0, 3),
        "status": st.sampled_from(["attended", "attended", "invited", "declined"]),
        "role": st.sampled_from(ROLES),
        "people": st.sampled_from([None, None, 0, 7, 40]),
        "women": st.booleans(),
    }
)
record = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "starts": st.sampled_from(STARTS),
        "lasts": st.sampled_from([None, None, 0, 9, 700, "open"]),
        "status": st.sampled_from(STATUSES),
        "handling": st.sampled_from(["public", "public", "official", "restricted"]),
        "team": st.integers(0, 1),
        "review_state": st.sampled_from(["verified", "verified", "verified", "draft"]),
        "held": st.integers(-1, 3),
        "at": st.integers(-1, 1),
        "parties": st.lists(party, max_size=3, unique_by=lambda one: one["country"]),
        "alliance": st.sampled_from([None, None, "participant", "host"]),
        "framework": st.integers(-1, 1),
        "strategies": st.lists(st.integers(0, 2), max_size=2, unique=True),
        "objectives": st.lists(st.integers(0, 1), max_size=2, unique=True),
        "challenges": st.lists(st.integers(0, 1), max_size=2, unique=True),
        "ratings": st.lists(st.sampled_from(RATINGS), max_size=2),
        "outcomes": st.integers(0, 2),
        "lessons": st.integers(0, 2),
        "follow_up": st.sampled_from([None, None, -3, 3]),
        "figure": st.sampled_from([None, 0, 25]),
        "owner": st.integers(-1, 1),
        "by_hand": st.booleans(),
    }
)
records = st.lists(record, min_size=4, max_size=8)


@contextmanager
def the_day_does_not_end():
    """A run that goes on after midnight stays in TODAY, which the records were drawn for."""
    clock = timezone.now

    def of_the_day():
        moment = clock()
        return moment if moment.date() == TODAY else moment - dt.timedelta(hours=1)

    with mock.patch.object(timezone, "now", of_the_day):
        yield


@contextmanager
def world():
    """Countries in regions that change, trees of strategies, objectives and series, two teams, two owners; undone at the end."""
    with the_day_does_not_end(), transaction.atomic():
        countries = [make.country() for _ in range(4)]
        scheme = make.scheme("m49")
        north, south = make.region("m49:1", scheme=scheme), make.region("m49:2", scheme=scheme)
        part = make.region("m49:11", scheme=scheme, parent=north)
        make.member_of(part, countries[0])
        make.member_of(north, countries[1], ends="2000-01-01")
        make.member_of(south, countries[1], starts="2000-01-01")
        make.member_of(south, countries[2])
        strategy, objective, series = make.strategy(), make.objective(), make.framework()
        teams = [make.team(), make.team()]
        yield SimpleNamespace(
            countries=countries,
            teams=teams,
            strategies=[strategy, make.strategy(parent=strategy), make.strategy()],
            objectives=[objective, make.objective(parent=objective)],
            series=[series, make.framework(parent=series)],
            categories=[make.challenge_category(), make.challenge_category()],
            alliance=make.organization(),
            owners=[make.user("analyst", teams=[team]) for team in teams],
            # region code: [(country, first day, day after the last)], larger regions with their parts
            members={
                "m49:1": [(0, None, None), (1, None, dt.date(2000, 1, 1))],
                "m49:11": [(0, None, None)],
                "m49:2": [(1, dt.date(2000, 1, 1), None), (2, None, None)],
            },
        )
        transaction.set_rollback(True)


def enter(here, facts):
    """The record of ``facts``."""
    detail = {
        "exercise": {"personnel_total": facts["figure"]},
        "training": {"enrolled": facts["figure"], "completed": facts["figure"]},
        "peacekeeping": {"authorized_strength": facts["figure"]},
    }
    latitude, longitude = PLACES[facts["at"]] if facts["at"] >= 0 else (None, None)
    row = make.engagement(
        kind=facts["kind"],
        starts=facts["starts"],
        ends=_end_as_text(facts),
        status=facts["status"],
        status_reason="funding" if facts["status"] == "cancelled" else "",
        handling=facts["handling"],
        team=here.teams[facts["team"]],
        review_state=facts["review_state"],
        country=None if facts["held"] < 0 else here.countries[facts["held"]],
        latitude=latitude,
        longitude=longitude,
        framework=None if facts["framework"] < 0 else here.series[facts["framework"]],
        owner=None if facts["owner"] < 0 else here.owners[facts["owner"]],
        created_by=here.owners[0] if facts["by_hand"] else None,
        strategies=[here.strategies[place] for place in facts["strategies"]],
        detail=detail.get(facts["kind"], {}),
    )
    row.objectives.set([here.objectives[place] for place in facts["objectives"]])
    for one in facts["parties"]:
        make.participation(
            row, country=here.countries[one["country"]], status=one["status"], role=one["role"], personnel=one["people"],
            women=one["people"] if one["women"] else None,
        )  # fmt: skip
    if facts["alliance"]:
        make.participation(row, organization=here.alliance, role=facts["alliance"])
    for place in facts["challenges"]:
        make.challenge(row, category=here.categories[place])
    for day, rating in enumerate(facts["ratings"], start=1):
        make.assessment(row, rating=rating, assessed=f"2015-01-0{day}")
    for _number in range(facts["outcomes"]):
        make.outcome(row)
    for _number in range(facts["lessons"]):
        make.lesson(row)
    if facts["follow_up"]:
        make.follow_up(row, due_on=TODAY + dt.timedelta(days=facts["follow_up"]))
    row.refresh_from_db()
    return row


def _end_as_text(facts) -> str:
    if len(facts["starts"]) < 10 or facts["lasts"] is None:
        return ""
    if facts["lasts"] == "open":
        return "" if facts["status"] == "completed" else "open"
    return (dt.date.fromisoformat(facts["starts"]) + dt.timedelta(days=facts["lasts"])).isoformat()


def readers(here):
    return [
        make.user("viewer", clearance="public"),
        make.user("analyst", clearance="official", teams=[here.teams[0]]),
        make.user("manager", clearance="restricted", teams=[here.teams[1]]),
    ]


LADDER = ["public", "official", "restricted"]


def seen(facts, here, reader) -> bool:
    """The rule of visibility once more, in plain words; none of the readers owns a record."""
    own = here.teams[facts["team"]].pk in set(reader.teams.values_list("pk", flat=True))
    cleared = LADDER.index(facts["handling"]) <= LADDER.index(reader.clearance)
    return cleared and (facts["handling"] != "restricted" or own) and (facts["review_state"] == "verified" or own)


# Days ----------------------------------------------------------------------------------------------


def first_day(facts) -> dt.date | None:
    text = facts["starts"]
    return dt.date.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else text + "-01" if len(text) == 7 else text) if text else None


def last_day(facts) -> dt.date | None:
    text = _end_as_text(facts)
    return dt.date.fromisoformat(text) if text and text != "open" else None


def is_open(facts) -> bool:
    return _end_as_text(facts) == "open"


def may_be_between(facts, start: dt.date, end: dt.date) -> bool:
    """Whether it may have had a day from ``start`` to ``end``."""
    first, last = first_day(facts), last_day(facts)
    if first is None or first > end:
        return False
    if last is not None:
        return last >= start
    since = {4: start.replace(month=1, day=1), 7: start.replace(day=1), 10: start}[len(facts["starts"])]
    return first >= since or is_open(facts) or facts["status"] == "ongoing"


def contact_day(facts) -> dt.date | None:
    """The last day of contact up to today, or the day to come; nothing where it was called off or has no day."""
    first, last = first_day(facts), last_day(facts)
    if facts["status"] == "cancelled":
        return None
    if first and first > TODAY:
        return first
    if facts["kind"] in {"training", "peacekeeping"} and (is_open(facts) or (facts["status"] == "ongoing" and last is None)):
        return TODAY
    return min(last or first, TODAY) if first else None


# Who and where -------------------------------------------------------------------------------------


def came(facts) -> set[int]:
    return {one["country"] for one in facts["parties"] if one["status"] != "declined"}


def coming_as(facts, roles) -> set[int]:
    return {one["country"] for one in facts["parties"] if one["status"] != "declined" and one["role"] in roles}


def regions(facts, here) -> set[str]:
    day = first_day(facts)
    touched = came(facts) | ({facts["held"]} if facts["held"] >= 0 else set())
    return {
        code
        for code, members in here.members.items()
        for place, start, end in members
        if day and place in touched and (start is None or start <= day) and (end is None or day < end)
    }


def with_larger(places, tree) -> set[str]:
    """Codes of the entries at ``places``; the second is part of the first."""
    codes = {tree[place].code for place in places if place >= 0}
    return codes | ({tree[0].code} if 1 in places else set())


# Tables --------------------------------------------------------------------------------------------


def counted(pairs, everything) -> dict[str, dict[str, int]]:
    """Distinct records of (row, column, record) triples, with the line of the total; without zeros."""
    table: dict[str, dict] = defaultdict(lambda: defaultdict(set))
    for row, column, pk in pairs:
        table[row][column].add(pk)
        table[row]["all"].add(pk)
    for column, pk in everything:
        table["TOTAL"][column].add(pk)
        table["TOTAL"]["all"].add(pk)
    return {row: {column: len(ids) for column, ids in columns.items()} for row, columns in table.items()}


def rows_counted(pairs, everything) -> dict[str, int]:
    """The same for rows alone."""
    return {
        row: columns["all"] for row, columns in counted([(row, "all", pk) for row, pk in pairs], [("all", pk) for pk in everything]).items()
    }


def figures(table) -> dict[str, dict[str, int]]:
    """{code of the row: {name of the column: figure}} of a table, without the zeros and what is not known."""
    header, *rows = table.values()
    numbers = [place for place, column in enumerate([column for column in table.columns if not column.is_bar]) if column.is_figure]
    found = {row[0]: {header[place]: row[place] for place in numbers if row[place]} for row in rows}
    return {row: columns for row, columns in found.items() if columns}
