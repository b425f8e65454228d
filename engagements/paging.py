"""Pages of the list that cost the same however deep they lie: each begins where the one before it ended.

A place in the list (``Cursor``) is what the sort looks at in one row: it stays right when rows come and go, and tells nothing
that the page did not show. Counts are exact up to ``MOST_COUNTED``; beyond it a page says "more than", unless asked.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict

from engagements.ordering import DATES, GROUPS, NEWEST, Group, Key, keys_of, ordered

MOST_COUNTED = 1000
MOST_SKIPPED = 5000  # rows that are skipped for a page number; from there on a page is found from the one before it
EXACT = "exact"
PLACES = ("page", "after", "before", "count")  # names of the address that say which page, and how it counts


@dataclass(frozen=True)
class Cursor:
    """The place of one row: what it has under each key of the sort."""

    values: tuple[Any, ...]

    @classmethod
    def read(cls, text: str, keys: tuple[Key, ...]) -> "Cursor":
        """The place behind the text of an address. Raises Http404 where it is none."""
        try:
            values = json.loads(base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True))
            if not isinstance(values, list) or len(values) != len(keys):
                raise ValueError
            return cls(tuple(_read(value, key) for value, key in zip(values, keys, strict=True)))
        except (ValueError, TypeError, binascii.Error, RecursionError) as fault:
            raise Http404 from fault

    @property
    def text(self) -> str:
        told = [value.isoformat() if isinstance(value, dt.date) else value for value in self.values]
        return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()).decode().rstrip("=")


def _read(value: Any, key: Key) -> Any:
    if value is None:
        if key.may_lack:
            return None
        raise ValueError
    if key.type == "number":
        if type(value) is int and abs(value) < 2**53:
            return value
        raise ValueError
    if not isinstance(value, str) or "\x00" in value or len(value) > 500:
        raise ValueError
    value.encode()  # half letters are in no record
    if key.type == "date":
        return dt.date.fromisoformat(value)
    if key.type == "time":
        at = dt.datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError
        return at
    return value


def beyond(keys: tuple[Key, ...], cursor: Cursor, *, is_back: bool = False) -> Q:
    """The rows after the place in the order of ``keys``, or before it."""
    found, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, cursor.values, strict=True):
        if value is None:
            further = Q(**{f"{key.path}__isnull": False}) if is_back else None
        else:
            further = Q(**{f"{key.path}__{'lt' if key.is_descending != is_back else 'gt'}": value})
            if key.may_lack and not is_back:
                further |= Q(**{f"{key.path}__isnull": True})
        if further is not None:
            found |= same & further
        same &= Q(**{f"{key.path}__isnull": True}) if value is None else Q(**{key.path: value})
    return found


@dataclass(frozen=True)
class Counted:
    """How many rows there are: exactly ``count``, or more than that."""

    count: int
    is_more: bool
    per_page: int

    @property
    def num_pages(self) -> int:
        return max(1, -(-self.count // self.per_page))


@dataclass(frozen=True)
class Page:
    """One page: the keys of its rows in their order, and where its neighbors are."""

    paginator: Counted
    pks: list[int]
    start_index: int = 0  # where it is known
    previous: dict[str, str] | None = None
    next: dict[str, str] | None = None
    is_too_deep: bool = False
    is_too_many: bool = False  # to be sorted as asked

    @property
    def end_index(self) -> int:
        return self.start_index + len(self.pks) - 1

    @property
    def has_other_pages(self) -> bool:
        return self.previous is not None or self.next is not None


def counted(rows: QuerySet, per_page: int, *, is_exact: bool = False) -> Counted:
    rows = rows.order_by()
    count = rows.count() if is_exact else _at_most(rows.values_list("pk")[: MOST_COUNTED + 1])
    is_more = not is_exact and count > MOST_COUNTED
    return Counted(MOST_COUNTED if is_more else count, is_more, per_page)


def _at_most(rows: QuerySet) -> int:
    """How many of these few rows there are: what Django's own ``count`` asks, with less ado."""
    try:
        sql, params = rows.query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return 0
    with connections[rows.db].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) counted", params)
        return int(cursor.fetchone()[0])


def page_of(walk: "Walk", many: Counted, query: QueryDict) -> Page:
    """The page that the address asks for. Raises Http404 where there is none."""
    number = _number(query.get("page", "1"))
    after, before = query.get("after", ""), query.get("before", "")
    if number is None or (after and before):
        raise Http404
    per_page = many.per_page
    if not after and not before:
        return _numbered(walk, many, number)
    cursor = Cursor.read(after or before, walk.keys)
    found = walk.take(per_page + 1, cursor, is_back=bool(before))
    if before and len(found) <= per_page:
        return _numbered(walk, many, 1)  # it is the first one, whole
    if after and not found:
        # What came after it is gone: the last page that is there.
        found, before = walk.take(per_page + 1, cursor, is_back=True), after
        if len(found) <= per_page:
            return _numbered(walk, many, 1)
        return _page(walk, many, found[-per_page:], 0, has_previous=True, has_next=False)
    named = number if "page" in query else 0
    if before:
        return _page(walk, many, found[1:], named, has_previous=True, has_next=True)
    return _page(walk, many, found[:per_page], named, has_previous=True, has_next=len(found) > per_page)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= 1 else None


def _numbered(walk: "Walk", many: Counted, number: int) -> Page:
    """The page with this number, counted from the first one."""
    skipped = (number - 1) * many.per_page
    if skipped >= many.count and number > 1 and not many.is_more:
        raise Http404
    if skipped > MOST_SKIPPED:
        return Page(many, [], is_too_deep=True)
    found = walk.take(many.per_page + 1, skipped=skipped)
    if not found and number > 1:
        raise Http404
    return _page(walk, many, found[: many.per_page], number, has_previous=number > 1, has_next=len(found) > many.per_page)


def _page(walk: "Walk", many: Counted, found: list, number: int, *, has_previous: bool, has_next: bool) -> Page:
    def link(name: str, row: tuple, to: int) -> dict[str, str]:
        return {name: Cursor(row[1:]).text} | ({"page": str(to)} if number else {})

    start = (number - 1) * many.per_page + 1 if number else 0
    if not many.is_more and start + len(found) - 1 > many.count:
        start = 0  # a number that somebody wrote, or rows are gone since
    previous = following = None
    if has_previous and found:
        previous = {} if number == 2 else link("before", found[0], number - 1)
    if has_next and found:
        following = link("after", found[-1], number + 1)
    return Page(many, [row[0] for row in found], start, previous, following)


class Walk:
    """``rows`` in the order of ``sort`` from any place on. ``is_long``: too many to sort them all, an index has to give the order."""

    def __init__(self, rows: QuerySet, sort: str, *, is_long: bool):
        self.rows, self.sort, self.is_long = ordered(rows, sort).order_by(), sort, is_long
        self.keys = keys_of(sort)
        self.columns = ["pk", *(key.path for key in self.keys)]

    def take(self, n: int, cursor: Cursor | None = None, *, is_back: bool = False, skipped: int = 0) -> list[tuple]:
        """At most ``n`` rows (pk, then what the sort looks at) next to the place, in the order of the list."""
        name = self.sort.removeprefix("-")
        wanted, columns = n + skipped, self.columns
        if not self.is_long or name == "completeness" or (cursor is None and name not in GROUPS and self.sort not in DATES):
            found = list(self._plain(cursor, is_back).values_list(*columns)[skipped:wanted])
        else:
            found = []
            for part in self._parts(cursor, is_back):
                found += part.values_list(*columns)[: wanted - len(found)]
                if len(found) >= wanted:
                    break
            found = found[skipped:]
        return found[::-1] if is_back else found

    def _plain(self, cursor: Cursor | None, is_back: bool, rows: QuerySet | None = None) -> QuerySet:
        rows = self.rows if rows is None else rows
        if cursor is not None:
            rows = rows.filter(beyond(self.keys, cursor, is_back=is_back))
        return ordered(rows, self.sort, is_back=is_back)

    def _parts(self, cursor: Cursor | None, is_back: bool) -> Iterator[QuerySet]:
        """The rows piece by piece, each of which an index gives in its order."""
        if group := GROUPS.get(self.sort.removeprefix("-")):
            yield from self._groups(group, cursor, is_back)
        elif cursor is None:  # from the oldest on: an index that is read backward begins with those without a date
            first, *others = self.keys
            yield _as_indexed(self.rows.filter(**{f"{first.path}__isnull": False}), self.keys, is_back)
            yield _as_indexed(self.rows.filter(**{f"{first.path}__isnull": True}), others, is_back)
        else:
            for part, keys in _known_and_not(self.rows, self.keys, cursor, is_back):
                yield _as_indexed(part, keys, is_back)

    def values(self, group: Group) -> list[Any]:
        """The values of a group in the order of the sort; those without one last."""
        is_down = self.sort.startswith("-")
        if not group.is_entry:
            return sorted(group.values, reverse=is_down)
        field = self.rows.model._meta.get_field(group.key)
        entries = list(field.related_model._default_manager.order_by("-name" if is_down else "name", "pk").values_list("pk", flat=True))
        return [*entries, None] if field.null else entries

    def _groups(self, group: Group, cursor: Cursor | None, is_back: bool) -> Iterator[QuerySet]:
        values = self.values(group)
        if is_back:
            values.reverse()
        if cursor is not None:
            here = cursor.values[1] if group.is_entry else cursor.values[0]
            if here not in values:
                yield self._plain(cursor, is_back)  # it was there: an entry that nobody names any more
                return
            values = values[values.index(here) + 1 :]
            inside = Cursor(cursor.values[-len(NEWEST) :])
            rows = self.rows.filter(**_is(group, here))
            for part, keys in _known_and_not(rows, NEWEST, inside, is_back):
                yield _as_indexed(part, keys, is_back)
        size = 1
        while values:
            chunk, values = values[:size], values[size:]
            if len(chunk) == 1:
                yield _as_indexed(self.rows.filter(**_is(group, chunk[0])), NEWEST, is_back)
            else:
                known = Q(**{f"{group.key}__in": [value for value in chunk if value is not None]})
                yield self._plain(None, is_back, self.rows.filter(known | Q(**_is(group, None)) if None in chunk else known))
            size *= 2


def _as_indexed(rows: QuerySet, keys: Sequence[Key], is_back: bool) -> QuerySet:
    """In the order of an index that is read forward or backward: rows without a date stand where it has them, or there are none."""
    return rows.order_by(*(key.order_indexed(is_back=is_back) for key in keys))


def _is(group: Group, value: Any) -> dict[str, Any]:
    return {f"{group.key}__isnull": True} if value is None else {group.key: value}


def _known_and_not(rows: QuerySet, keys: tuple[Key, ...], cursor: Cursor, is_back: bool) -> Iterator[tuple[QuerySet, tuple[Key, ...]]]:
    """What lies beyond the place: among the rows that have the first key, and among those that do not."""
    first, value = keys[0], cursor.values[0]
    if value is None:
        lacking = rows.filter(**{f"{first.path}__isnull": True})
        yield lacking.filter(beyond(keys[1:], Cursor(cursor.values[1:]), is_back=is_back)), keys[1:]
        if is_back:
            yield rows.filter(**{f"{first.path}__isnull": False}), keys
        return
    # Said twice: the first condition is one that an index can begin at.
    reach = "lte" if first.is_descending != is_back else "gte"
    known = (Key(first.path, first.is_descending, first.type), *keys[1:])
    yield rows.filter(**{f"{first.path}__{reach}": value}).filter(beyond(known, cursor, is_back=is_back)), keys
    if first.may_lack and not is_back:
        yield rows.filter(**{f"{first.path}__isnull": True}), keys[1:]
