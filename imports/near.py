"""Records on file that begin near the new ones of a file and share two parties or two words of the title with them.

The new ones are laid aside while they are planned, in the order of the file, and then asked for in the order of their days: so each
record on file is read once for all that begin near it, however many those are, and little is in memory at a time.
"""

import datetime as dt
import json
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import User
from catalog.canonical import canonical
from engagements.choices import NOT_TAKING_PART
from engagements.domain.twins import Entry
from engagements.models import Engagement

NEAR = 3  # days
AT_ONCE = 200  # new records that one question is about
MOST_ON_FILE = 20_000  # records on file that it brings; a register with more on seven days is compared as far as they reach
IN_MEMORY = 1 << 20
Place = tuple[str, int]  # a group of lines, and the first of them


class Aside:
    """Entries with their places, laid aside in a file and given back by kind and day."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(settings.FILE_UPLOAD_TEMP_DIR))  # noqa: SIM115 - closed by close()
        self.where: dict[tuple[str, int], array[int]] = defaultdict(lambda: array("Q"))
        self.end = 0

    def close(self) -> None:
        self.file.close()

    def add(self, place: Place, entry: Entry) -> None:
        """``entry`` has a day on which it starts."""
        written = self.file.write(_as_text([place, vars(entry)]).encode() + b"\n")
        self.where[entry.kind, entry.starts_on.toordinal()].append(self.end)
        self.end += written

    def by_day(self, at_once: int) -> Iterator[list[tuple[Place, Entry]]]:
        """All of them, so many of one kind at a time."""
        for kind in sorted({kind for kind, _day in self.where}):
            days = sorted(day for of, day in self.where if of == kind)
            offsets = (offset for day in days for offset in self.where[kind, day])
            while some := list(islice(offsets, at_once)):
                yield [self._read(offset) for offset in some]

    def _read(self, offset: int) -> tuple[Place, Entry]:
        self.file.seek(offset)
        (group, line), told = json.loads(self.file.readline())
        days = {name: dt.date.fromisoformat(told[name]) for name in ("starts_on", "ends_on") if told[name]}
        return (group, line), Entry(**told | days | {"parties": frozenset(told["parties"])})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, frozenset) else str(value)


_as_text = json.JSONEncoder(default=_plain).encode


class Title:
    """What titles are compared by: those with other numbers are never alike."""

    def __init__(self, title: str):
        self.text = canonical(title)
        self.words = frozenset(self.text.split())

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word.isdigit())


class Day:
    """The records that begin on one day, by their titles, the words of these, and their parties."""

    __slots__ = ("parties", "texts", "words")

    def __init__(self) -> None:
        self.texts: dict[str, list[int]] = defaultdict(list)
        self.words: dict[str, list[int]] = defaultdict(list)
        self.parties: dict[int, list[int]] = defaultdict(list)


class OnFile:
    """Some records on file, to be found by what is near them."""

    def __init__(self, rows: Iterable[tuple[int, int, str, Collection[int]]]):
        self.titles: dict[int, Title] = {}
        self.days: dict[int, Day] = defaultdict(Day)
        for pk, on, text, parties in rows:
            day, title = self.days[on], Title(text)
            self.titles[pk] = title
            day.texts[title.text].append(pk)
            for word in title.words:
                day.words[word].append(pk)
            for party in parties:
                day.parties[party].append(pk)

    def near(self, entry: Entry) -> list[int]:
        """Those that share two parties with ``entry``, two words and all numbers of the title, or the whole title."""
        title, on = Title(entry.title), entry.starts_on.toordinal()
        days = [self.days[one] for one in range(on - NEAR, on + NEAR + 1) if one in self.days]
        found = {pk for day in days for pk in day.texts.get(title.text, ())}
        found |= _twice([day.parties for day in days], entry.parties)
        found |= {pk for pk in _twice([day.words for day in days], title.words) if self.titles[pk].numbers == title.numbers}
        return sorted(found)


def _twice(held: Iterable[dict[Any, list[int]]], sought: Collection[Any]) -> set[int]:
    """What is held under two of ``sought``."""
    hits = [pk for by in held for one in sought if one in by for pk in by[one]]
    seen: set[int] = set()
    return {pk for pk in hits if pk in seen or seen.add(pk)} if len(hits) > 1 else seen  # type: ignore[func-returns-value]


def worth_a_look(user: User, aside: Aside) -> Iterator[list[tuple[Place, Entry, list[int]]]]:
    """Those laid aside that have records near them which ``user`` sees, with the ids of these, some at a time (or none)."""
    for some in aside.by_day(AT_ONCE):
        yield from _looked_at(user, some)


def _looked_at(user: User, some: Sequence[tuple[Place, Entry]]) -> Iterator[list[tuple[Place, Entry, list[int]]]]:
    rows = _on_file(user, [entry for _place, entry in some])
    if len(rows) == MOST_ON_FILE and len(some) > 1:
        middle = len(some) // 2
        yield from _looked_at(user, some[:middle])
        yield from _looked_at(user, some[middle:])
        return
    held = OnFile(rows)
    yield [(place, entry, pks) for place, entry in some if (pks := held.near(entry))]


def _spans(days: Iterable[int]) -> list[tuple[dt.date, dt.date]]:
    """The days near ``days``, as few spans that do not meet."""
    ordered = sorted(set(days))
    ends = [one for one, following in pairwise(ordered) if following - one > 2 * NEAR] + ordered[-1:]
    starts = ordered[:1] + [following for one, following in pairwise(ordered) if following - one > 2 * NEAR]
    return [
        (dt.date.fromordinal(max(start - NEAR, 1)), dt.date.fromordinal(min(end + NEAR, dt.date.max.toordinal())))
        for start, end in zip(starts, ends, strict=True)
    ]


def _on_file(user: User, sought: Sequence[Entry]) -> list[tuple[int, int, str, list[int]]]:
    """(id, day of the start, title, parties as far as one is sought) of the records that begin near ``sought``, which are of one kind."""
    spans = json.dumps(_spans(entry.starts_on.toordinal() for entry in sought), default=str)
    parties = sorted(frozenset().union(*(entry.parties for entry in sought if len(entry.parties) > 1)))
    rows = Engagement.objects.visible_to(user).current().filter(kind=sought[0].kind).order_by().values("id", "starts_on", "title")
    visible, params = rows.query.sql_with_params()
    near = "{0}.starts_on >= s.first AND {0}.starts_on <= s.last"
    party = "COALESCE(p.acts_for_id, -p.organization_id)"
    away = ", ".join(["%s"] * len(NOT_TAKING_PART))
    theirs = f"FROM engagements_participation p WHERE p.engagement_id = e.id AND p.status NOT IN ({away}) AND {party}"
    if connection.vendor == "postgresql":
        asked = "MATERIALIZED (SELECT (g->>0)::date AS first, (g->>1)::date AS last FROM jsonb_array_elements(%s::jsonb) g)"
        day, told = "e.starts_on - DATE '0001-01-01' + 1", f"ARRAY(SELECT DISTINCT {party} {theirs} = ANY(%s))"
        # With OFFSET it is asked for each span by the index of kind and start, and not for all of the table at once.
        joined = f"s CROSS JOIN LATERAL (SELECT v.* FROM ({visible}) v WHERE {near.format('v')} OFFSET 0) e"
        wanted: Any = parties
    else:
        asked = "(SELECT json_extract(g.value, '$[0]') AS first, json_extract(g.value, '$[1]') AS last FROM json_each(%s) g)"
        day = "CAST(julianday(e.starts_on) - julianday('0001-01-01') + 1 AS integer)"
        told = f"(SELECT json_group_array(DISTINCT {party}) {theirs} IN (SELECT value FROM json_each(%s)))"
        joined = f"s JOIN ({visible}) e ON {near.format('e')}"
        wanted = json.dumps(parties)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH s AS {asked} SELECT e.id, {day}, e.title, {told} FROM {joined} LIMIT {MOST_ON_FILE}",
            [spans, *[status.value for status in NOT_TAKING_PART], wanted, *params],
        )
        found = cursor.fetchall()
    return found if connection.vendor == "postgresql" else [(*row, json.loads(held)) for *row, held in found]
