"""Pairs of records on file that are likely one: for the page on which people sort them out."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import User
from catalog.canonical import canonical
from engagements.domain.twins import Entry, alike_or_same, entries, may_be_one, same_days, same_series, share_days, side_by_side
from engagements.models import Engagement, NotTwins

LOOKED_AT = 3000  # records changed last; each is compared with those, and with older ones that start on its day


@dataclass(frozen=True)
class Pair:
    """Two records, the one entered first before the other, and why they may be one."""

    first: int
    second: int
    why: tuple[str, ...]


def sortable(user: User) -> Any:
    """The records that ``user`` may both see and change: a manager those he sees, others their own and their teams'."""
    rows = Engagement.objects.visible_to(user).current()
    if not user.has_perm("engagements.change_engagement"):
        return rows.none()
    return rows if user.role == Role.MANAGER else rows.filter(Q(team__in=user.team_ids) | Q(owner=user.pk))


def likely_pairs(user: User) -> list[Pair]:
    """Pairs among ``sortable`` that nobody said are two, newest first; in a fixed number of queries, whatever their number."""
    rows = sortable(user)
    latest = list(rows.order_by("-updated_at", "pk").values_list("pk", flat=True)[:LOOKED_AT])
    same_day = rows.filter(kind=OuterRef("kind"), starts_on=OuterRef("starts_on"), pk__in=latest)
    older = rows.exclude(pk__in=latest).filter(Exists(same_day)).order_by("-updated_at", "pk") if len(latest) == LOOKED_AT else rows.none()
    found = entries(rows.filter(pk__in=[*latest, *older.values_list("pk", flat=True)[:LOOKED_AT]]).order_by("pk"))
    links = Engagement.predecessors.through.objects.filter(from_engagement__in=rows.order_by().values("pk"))
    said = {frozenset(pair) for pair in links.values_list("from_engagement", "to_engagement")}
    said |= {frozenset(pair) for pair in NotTwins.objects.order_by().values_list("first", "second")}
    pairs: dict[frozenset[int], Pair] = {}
    for one, other in _candidates(found):
        first, second = sorted([one.pk or 0, other.pk or 0])
        key = frozenset({first, second})
        if key in pairs or key in said or not may_be_one(one, other):
            continue
        if why := _why(one, other):
            pairs[key] = Pair(first, second, why)
    return sorted(pairs.values(), key=lambda pair: (-len(pair.why), -pair.second, -pair.first))


def said_two(user: User, most: int) -> list[NotTwins]:
    """The ``most`` latest pairs that somebody said are two, among ``sortable``, the newest first."""
    rows = sortable(user)
    said = NotTwins.objects.filter(first__in=rows, second__in=rows).select_related("first", "second", "said_by")
    return list(said.order_by("-said_at", "-pk")[:most])


def shown(pairs: list[Pair], user: User) -> list[tuple[Engagement, Engagement, list[Engagement], tuple[str, ...]]]:
    """The records of ``pairs``, each, side by side, and why, with what a page shows of them."""
    rows = side_by_side(sortable(user)).in_bulk([pk for pair in pairs for pk in (pair.first, pair.second)])
    present = [(rows[pair.first], rows[pair.second], pair.why) for pair in pairs if pair.first in rows and pair.second in rows]
    return [(first, second, [first, second], why) for first, second, why in present]


def _why(one: Entry, other: Entry) -> tuple[str, ...]:
    """Reasons to take the two for one; the same strict ones as ``manage.py verify``, and the very same days and parties."""
    shared = len(one.parties & other.parties)
    is_alike, meet = alike_or_same(one.title, other.title), share_days(one, other)
    fewer = min(len(one.parties), len(other.parties))
    if not (
        same_series(one, other)
        or (is_alike and meet and (shared >= 2 or same_days(one, other)))
        or (canonical(one.title) == canonical(other.title) and _year(one) == _year(other))
        or (same_days(one, other) and shared >= 2 and shared == fewer)
    ):
        return ()
    why = [
        (same_series(one, other), _("same iteration of a series")),
        (is_alike, _("alike title")),
        (same_days(one, other), _("same days")),
        (meet and not same_days(one, other), _("overlapping dates")),
        (shared >= 2, _("%(count)s same participants") % {"count": shared}),
    ]
    return tuple(sentence for holds, sentence in why if holds)


def _year(entry: Entry) -> int | None:
    return entry.days[0].year if entry.days else None


def _candidates(found: list[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Pairs of one kind worth a closer look: two shared parties and a shared day, or one title, or one iteration."""
    groups: dict[tuple, list[Entry]] = {}
    for entry in found:
        groups.setdefault((entry.kind, "title", canonical(entry.title)), []).append(entry)
        if entry.framework and entry.iteration:
            groups.setdefault((entry.kind, "series", entry.framework, entry.iteration), []).append(entry)
        if entry.days:
            groups.setdefault((entry.kind, "days"), []).append(entry)
    for key, members in groups.items():
        if key[1] == "days":
            yield from _meeting(members)
        else:
            first, *others = members
            yield from ((first, other) for other in others)


def _meeting(members: list[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Those that share a day and two parties, in the order of their first days."""
    dated = sorted(((*entry.days, entry.pk or 0, entry) for entry in members if entry.days), key=lambda item: item[:3])
    going_on: list[tuple[dt.date, Entry]] = []
    for begins, ends, _pk, entry in dated:
        going_on = [item for item in going_on if item[0] >= begins]
        yield from ((other, entry) for _ends, other in going_on if len(other.parties & entry.parties) >= 2)
        going_on.append((ends, entry))
