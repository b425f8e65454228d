"""The engagements around one: parent and parts, before and after, its series, and those its outcomes led to.

They are found from the record's own links and from its place in its series, so that it costs the same in a register, or in a
series, of any size.
"""

from typing import Any

from django.db.models import F, Q, QuerySet

from engagements.gathered import Gathered, Numbered, listed
from engagements.models import Engagement, Outcome
from engagements.paging import MOST_COUNTED

SHOWN = 12  # of a series
BEFORE = SHOWN // 2


def around(engagement: Engagement, seen: QuerySet) -> dict[str, Any]:
    """``parent``, ``parts``, ``predecessors``, ``successors``, ``led_to`` ({pk: engagement}); all among those ``seen``, unarchived.

    ``series`` is the part of its series about it, itself included; ``series_length`` how many the series has, at most one
    more than MOST_COUNTED.
    """
    seen = seen.filter(archived_at=None)
    asked = _links(engagement) | (_series(engagement, seen) if engagement.framework_id else {})
    # Fields of the model have some of these names.
    told = Engagement.objects.order_by().filter(pk=engagement.pk).values_list(*asked.values()).get()
    answers = dict(zip(asked, told, strict=True))
    length = answers.pop("series_length", 0)
    keys = {name: listed(value) for name, value in answers.items()}
    rows = _rows(seen, {engagement.parent_id, *(key for several in keys.values() for key in several)} - {None})
    found = {name: [rows[key] for key in keys.get(name, []) if key in rows] for name in (*LINKS, *BEFORE_IT, *AFTER_IT)}
    before, after = ([row for name in names for row in found[name]] for names in (BEFORE_IT, AFTER_IT))
    here = [engagement] if engagement.framework_id and not engagement.is_archived else []
    return {
        "parent": rows.get(engagement.parent_id or 0),
        **{name: sorted(found[name], key=_turn) for name in ("parts", "predecessors", "successors")},
        "led_to": {row.pk: row for row in found["led_to"]},
        "series": [*before[:BEFORE][::-1], *here, *after][:SHOWN],
        "series_length": length,
    }


def led_to(engagement: Engagement, seen: QuerySet) -> dict[int, Engagement]:
    """Those of ``seen`` that its outcomes led to, by key."""
    return _rows(seen.filter(archived_at=None), set(_outcomes(engagement).values_list("linked_engagement", flat=True)))


def _rows(seen: QuerySet, keys: set[int]) -> dict[int, Engagement]:
    return {row.pk: row for row in seen.filter(pk__in=keys).select_related("country").order_by()} if keys else {}


def _turn(row: Engagement) -> tuple:
    return row.starts_on is None, row.starts_on, row.reference


def _outcomes(engagement: Engagement) -> QuerySet:
    return Outcome.objects.filter(engagement=engagement).exclude(linked_engagement=None).order_by()


LINKS = ("parts", "predecessors", "successors", "led_to")
# Of the series, the nearest first: those without a date stand behind those with one.
BEFORE_IT = ("before_undated", "before_dated")
AFTER_IT = ("after_dated", "after_undated")


def _links(engagement: Engagement) -> dict[str, Gathered]:
    links: Any = Engagement.predecessors.through.objects.order_by()
    return {
        "parts": _keys(Engagement.objects.filter(parent=engagement).order_by()),
        "predecessors": _keys(links.filter(from_engagement=engagement), "to_engagement"),
        "successors": _keys(links.filter(to_engagement=engagement), "from_engagement"),
        "led_to": _keys(_outcomes(engagement), "linked_engagement"),
    }


def _series(engagement: Engagement, seen: QuerySet) -> dict[str, Any]:
    """The neighbors in the order of the series: by date, those without one last, then by reference."""
    series = seen.filter(framework=engagement.framework_id)
    others, day, name = series.exclude(pk=engagement.pk), engagement.starts_on, engagement.reference
    newest, oldest = F("starts_on").desc(nulls_last=True), F("starts_on").asc(nulls_first=True)  # as the index goes, either way
    dated, undated = others.filter(starts_on__isnull=False), others.filter(starts_on=None)
    if day is None:
        places = {
            "before_dated": dated.order_by(newest, "-reference")[:BEFORE],
            "before_undated": undated.filter(reference__lt=name).order_by("-reference")[:BEFORE],
            "after_undated": undated.filter(reference__gt=name).order_by("reference")[:SHOWN],
        }
    else:
        earlier = Q(starts_on__lt=day) | Q(reference__lt=name)
        later = Q(starts_on__gt=day) | Q(reference__gt=name)
        places = {
            "before_dated": others.filter(earlier, starts_on__lte=day).order_by(newest, "-reference")[:BEFORE],
            "after_dated": others.filter(later, starts_on__gte=day).order_by(oldest, "reference")[:SHOWN],
            "after_undated": undated.order_by("reference")[:SHOWN],
        }
    length = Numbered(series.order_by().values("pk")[: MOST_COUNTED + 1])
    return {place: _keys(rows) for place, rows in places.items()} | {"series_length": length}


def _keys(rows: QuerySet, column: str = "pk") -> Gathered:
    return Gathered(rows.values(one=F(column)))
