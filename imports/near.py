"""Records on file that begin near the new ones of a file and share two parties or two words of the title with them.

The new ones are laid aside while they are planned, in the order of the file, and then asked for in the order of their days, some
thousands at a time. What is on file comes by as a stream, once with its title and, where two parties of the new ones take part in
it, once with these; the new ones are what is held in memory and looked through. So each record on file is read once for all that
begin near it, and one that is like none of them costs next to nothing.
"""

import datetime as dt
import json
import marshal
import re
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from catalog.canonical import canonical
from engagements.domain.twins import Entry
from engagements.models import Engagement

NEAR = 3  # days
AT_ONCE = 5_000  # new records that one question is about
MOST_PAIRS = 5_000  # of a new record and one on file that are looked at together
MOST_SPANS = 50  # of days that one question names
ROWS = 2_000  # of the answer that are in memory at a time
IN_MEMORY = 1 << 20
LENGTH = 4  # bytes that say how long an entry is
STARTS_ON, ENDS_ON = (list(Entry.__dataclass_fields__).index(name) for name in ("starts_on", "ends_on"))
PLAIN_NUMBERS = re.compile(r"(?<!\S)[0-9]+(?!\S)").findall
ALONE = " "  # before a title that is one word
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
        told = marshal.dumps((place, [_plain(value) for value in vars(entry).values()]))
        self.file.write(len(told).to_bytes(LENGTH) + told)
        self.where[entry.kind, entry.starts_on.toordinal()].append(self.end)
        self.end += LENGTH + len(told)

    def by_day(self, at_once: int) -> Iterator[list[tuple[Place, Entry]]]:
        """All of them, so many of one kind at a time."""
        for kind in sorted({kind for kind, _day in self.where}):
            days = sorted(day for of, day in self.where if of == kind)
            offsets = (offset for day in days for offset in self.where[kind, day])
            while some := list(islice(offsets, at_once)):
                yield [self._read(offset) for offset in some]

    def _read(self, offset: int) -> tuple[Place, Entry]:
        self.file.seek(offset)
        place, told = marshal.loads(self.file.read(int.from_bytes(self.file.read(LENGTH))))  # noqa: S302 - what we wrote ourselves
        told[STARTS_ON], told[ENDS_ON] = (day and dt.date.fromordinal(day) for day in (told[STARTS_ON], told[ENDS_ON]))
        return place, Entry(*told)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | frozenset):
        return value
    return value.toordinal() if isinstance(value, dt.date) else str(value)


class Day:
    """The new records of one day: by the numbers of their titles, these by their words, and by their parties."""

    __slots__ = ("parties", "titles", "words")

    def __init__(self) -> None:
        self.titles: dict[str, list[int]] = {}
        self.words: dict[str, dict[str, list[int]]] = {}  # only of numbers that titles on file have, too
        self.parties: dict[int, list[int]] = {}


class Sought:
    """Some new records of one kind, to be found by what is near them on file. A day is as the database gives it."""

    def __init__(self, entries: Sequence[Entry]):
        self.entries = entries
        days: dict[int, Day] = {}
        for number, entry in enumerate(entries):
            day = days.setdefault(entry.starts_on.toordinal(), Day())
            day.titles.setdefault(_numbers(entry.title), []).append(number)
            for party in entry.parties if len(entry.parties) > 1 else ():
                day.parties.setdefault(party, []).append(number)
        self.numbers = {numbers for day in days.values() for numbers in day.titles}
        self.near: dict[Any, list[Day]] = {}
        self.parties: dict[Any, set[int]] = {}  # of the new records near each day
        is_date = connection.vendor == "postgresql"
        for one in sorted({near for on in days for near in range(on - NEAR, on + NEAR + 1)}):
            if 0 < one <= dt.date.max.toordinal():
                on_file = dt.date.fromordinal(one) if is_date else dt.date.fromordinal(one).isoformat()
                self.near[on_file] = [days[on] for on in range(one - NEAR, one + NEAR + 1) if on in days]
                self.parties[on_file] = set().union(*(held.parties for held in self.near[on_file]))

    def by_title(self, day: Any, title: str) -> set[int]:
        """The new records near ``day`` that share two words and all numbers with ``title``, or all of it."""
        numbers = _numbers(title)
        if numbers not in self.numbers:
            return set()
        held = [self._words(day, numbers) for day in self.near.get(day, ()) if numbers in day.titles]
        if not held:
            return set()
        text = canonical(title)
        words = set(text.split())
        return _twice(held, words) if len(words) > 1 else {number for by in held for number in by.get(ALONE + text, ())}

    def _words(self, day: Day, numbers: str) -> dict[str, list[int]]:
        held = day.words.get(numbers)
        if held is None:
            held = day.words[numbers] = {}
            for number in day.titles[numbers]:
                text = canonical(self.entries[number].title)
                words = set(text.split())
                for word in words if len(words) > 1 else (ALONE + text,):
                    held.setdefault(word, []).append(number)
        return held

    def by_parties(self, day: Any, parties: Collection[int]) -> set[int]:
        """The new records near ``day`` that share two of ``parties``."""
        return _twice([day.parties for day in self.near.get(day, ())], set(parties))


def _numbers(title: str) -> str:
    """The words of the title that are numbers: titles with others are never alike."""
    found = PLAIN_NUMBERS(title) if title.isascii() else [word for word in canonical(title).split() if word.isdigit()]
    return found[0] if len(found) == 1 else " ".join(sorted(set(found)))


def _twice(held: Iterable[dict[Any, list[int]]], sought: Collection[Any]) -> set[int]:
    """What is held under two of ``sought``."""
    hits = [number for by in held for one in sought if one in by for number in by[one]]
    seen: set[int] = set()
    return {number for number in hits if number in seen or seen.add(number)} if len(hits) > 1 else seen  # type: ignore[func-returns-value]


def worth_a_look(user: User, entries: Sequence[Entry]) -> Iterator[list[tuple[int, int]]]:
    """Pairs of an entry, by its number, and the id of a record near it which ``user`` sees; some at a time.

    ``entries`` are of one kind. To be asked to the end: a question to the database is open meanwhile.
    """
    sought, pairs = Sought(entries), []
    for rows in _on_file(user, entries[0].kind, sought):
        for pk, day, title, parties in rows:
            if title is not None:
                found = sought.by_title(day, title)
            else:
                found = sought.by_parties(day, parties if type(parties) is list else json.loads(parties))
            if found:
                pairs += [(number, pk) for number in found]
        if len(pairs) >= MOST_PAIRS:
            yield pairs
            pairs = []
    if pairs:
        yield pairs


def _spans(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Few spans that hold all of ``days``, which are in their order."""
    gap, spans = 1, list[tuple[dt.date, dt.date]]()
    while not spans or len(spans) > MOST_SPANS:
        breaks = [(one, following) for one, following in pairwise(days) if (following - one).days > gap]
        spans = list(zip([days[0], *(after for _one, after in breaks)], [*(before for before, _one in breaks), days[-1]], strict=True))
        gap *= 2
    # Asked for two spans, PostgreSQL goes through the table as it lies, and not along the index, which takes it twice as long.
    middle = spans[0][0] + (spans[0][1] - spans[0][0]) // 2
    return [(spans[0][0], middle), (middle + dt.timedelta(1), spans[0][1]), *spans[1:]]


def _on_file(user: User, kind: str, sought: Sought) -> Iterator[list[tuple[int, Any, str | None, Any]]]:
    """Rows of (id, day, title, nothing), then of (id, day, nothing, parties that are sought near that day, at least two of them)."""
    days = [day if isinstance(day, dt.date) else dt.date.fromisoformat(day) for day in sought.near]
    begins = Q()
    for span in _spans(days):
        begins |= Q(starts_on__range=span)
    rows = Engagement.objects.visible_to(user).current().filter(begins, kind=kind).order_by().values("id", "starts_on", "title")
    visible, params = rows.query.sql_with_params()
    parties = sorted(set().union(*sought.parties.values()))
    if connection.vendor == "postgresql":
        # Joined in this order, whatever the database believes of rows that it is given.
        question = f"""WITH e AS MATERIALIZED ({visible}), n AS MATERIALIZED (
            SELECT e.id, e.starts_on, d.parties::bigint[] AS parties
            FROM e JOIN unnest(%s::date[], %s::text[]) AS d (day, parties) ON d.day = e.starts_on
        ) SELECT e.id, e.starts_on, e.title, NULL::bigint[] FROM e
        UNION ALL SELECT n.id, n.starts_on, NULL, array_agg(p.party) FROM n JOIN (
            SELECT acts_for_id AS party, engagement_id FROM engagements_participation WHERE acts_for_id = ANY(%s)
            UNION ALL SELECT -organization_id, engagement_id FROM engagements_participation WHERE organization_id = ANY(%s)
        ) p ON p.engagement_id = n.id WHERE p.party = ANY(n.parties) GROUP BY 1, 2 HAVING COUNT(*) > 1"""
        told = ["{" + ",".join(map(str, those)) + "}" for those in sought.parties.values()]
        params += (list(sought.parties), told, [one for one in parties if one > 0], [-one for one in parties if one < 0])
    else:
        # SQLite is asked for the text of the day: what else it gives depends on where in the question the column stands.
        question = f"""WITH e AS MATERIALIZED (SELECT id, starts_on || '' AS day, title FROM ({visible}) v)
        SELECT e.id, e.day, e.title, NULL FROM e
        UNION ALL SELECT e.id, e.day, NULL, json_group_array(COALESCE(p.acts_for_id, -p.organization_id))
        FROM e CROSS JOIN engagements_participation p ON p.engagement_id = e.id
        WHERE COALESCE(p.acts_for_id, -p.organization_id) IN (SELECT value FROM json_each(%s)) GROUP BY e.id HAVING COUNT(*) > 1"""
        params += (json.dumps(parties),)
    with _asked(question, params) as answer:
        while found := answer.fetchmany(ROWS):
            yield found


@contextmanager
def _asked(question: str, params: Sequence[Any]) -> Iterator[Any]:
    """A cursor whose rows are read as they are fetched. In SQLite without a transaction, which would keep writers out meanwhile."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(question, params)
            yield cursor
        return
    with transaction.atomic(), connection.cursor() as settings_of, connection.chunked_cursor() as cursor:
        # Every row will be fetched, and not the first few; and how many there are is not known, which a merge of both sides is wrong for.
        settings_of.execute("SET LOCAL cursor_tuple_fraction = 1; SET LOCAL enable_mergejoin = off; SET LOCAL work_mem = '16MB'")
        cursor.execute(question, params)
        settings_of.execute("SET LOCAL cursor_tuple_fraction TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT")
        yield cursor
