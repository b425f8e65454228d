"""The rows of the list: what stands beside each record, read for the whole page at once, and what its cells say.

A page shows hundreds of cells. They are put together here, in Python, at a tenth of what a template for each costs. What is
drawn (the signs of a kind, a status, a rating) comes from its one template, once for each value and language.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from engagements.choices import Kind
from engagements.models import Assessment, Engagement, Participation
from engagements.ratings import lowest_current
from engagements.templatetags.record import is_late, rating

MOST_CODES = 3
NEEDED = [
    "reference", "kind", "title", "status", "starts_on", "starts_precision", "ends_on", "ends_precision", "place", "is_virtual",
    "scope", "handling", "review_state", "updated_at", "country__code", "country__name", "type__name", "framework__code",
    "framework__name", "team__name", "owner__name",
]  # fmt: skip


class Row:
    """One record of a page: its parties as {code: name}, the names of its strategies, and its lowest current rating."""

    def __init__(self, engagement: Engagement):
        self.engagement = engagement
        self.handling = engagement.handling
        self.parties: dict[str, str] = {}
        self.strategies: list[str] = []
        self.judged: list[Any] = []


def rows_of(engagements: Any) -> list[Row]:
    """The rows of a query for one page, in its order; four queries, however many there are."""
    found = engagements.select_related("type", "country", "framework", "team", "owner").only(*NEEDED)
    rows = {engagement.pk: Row(engagement) for engagement in found}
    parties = Participation.objects.filter(engagement__in=rows).order_by("pk")
    named = parties.values_list(
        "engagement", "country__code", "country__name", "organization__code", "organization__abbreviation", "organization__name"
    )
    for pk, code, name, other, abbreviation, body in named:
        rows[pk].parties.setdefault(code or abbreviation or other, name or body)
    through = Engagement.strategies.through.objects.filter(engagement__in=rows)
    for pk, name in through.order_by("strategy__sort", "strategy__name", "strategy").values_list("engagement", "strategy__name"):
        rows[pk].strategies.append(name)
    judged = Assessment.objects.filter(engagement__in=rows).order_by()
    for one in judged.values_list("engagement", "pk", "outcome_id", "rating", "assessed_on", named=True):
        rows[one.engagement].judged.append(one)
    return list(rows.values())


def cells(row: Row, names: Iterable[str]) -> list[str]:
    """What the columns ``names`` say of ``row``, ready for the page."""
    return [CELLS[name](row) for name in names]


def _title(row: Row) -> str:
    title = row.engagement.title
    return format_html('<a href="{}" title="{}">{}</a>', row.engagement.get_absolute_url(), title, title)


def _place(row: Row) -> str:
    record = row.engagement
    if record.country:
        where = f"{record.country.name}, {record.place}" if record.place else record.country.name
        return format_html('<abbr class="cc place" title="{}">{}</abbr>', where, record.country.code)
    return _("online") if record.is_virtual else format_html('<span class="quiet">{}</span>', _("not recorded"))


def _participants(row: Row) -> str:
    """The host's country first, each party once, at most three, then how many more."""
    parties = row.parties
    host = row.engagement.country.code if row.engagement.country else ""
    if host in parties:
        parties = {host: parties[host]} | parties
    if not parties:
        return format_html('<span class="ccs"><span class="quiet">{}</span></span>', _("not known"))
    entries = list(parties.items())
    shown = format_html_join(
        "",
        '<abbr class="{}" title="{}">{}</abbr>',
        (("cc place" if code == host else "cc", name, code) for code, name in entries[:MOST_CODES]),
    )
    left = entries[MOST_CODES:]
    if not left:
        return format_html('<span class="ccs">{}</span>', shown)
    names = ", ".join(name for _code, name in left)
    return format_html('<span class="ccs">{}<span class="more" title="{}">+{}</span></span>', shown, names, len(left))


def _framework(row: Row) -> str:
    framework = row.engagement.framework
    return format_html('<a href="{}">{}</a>', framework.get_absolute_url(), framework.name) if framework else ""


def _rating(row: Row) -> str:
    lowest = lowest_current(row.judged)
    return _rating_sign(lowest.rating if lowest else "", get_language())


def _completeness(row: Row) -> str:
    return _("%(score)s %%") % {"score": row.engagement.completeness}


def _updated(row: Row) -> str:
    at = localtime(row.engagement.updated_at)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(at, "j M Y"))


@lru_cache(maxsize=200)
def _rating_sign(value: str, language: str) -> str:
    return render_to_string("includes/rating.html", rating(Assessment(rating=value) if value else None))


@lru_cache(maxsize=200)
def _kind_sign(kind: str, language: str) -> str:
    return render_to_string("includes/kind.html", {"kind": kind, "label": Kind(kind).label})


@lru_cache(maxsize=200)
def _status_sign(status: str, late: bool, language: str) -> str:
    return render_to_string("includes/state.html", {"engagement": Engagement(status=status, ends_on=dt.date.min if late else None)})


CELLS: dict[str, Callable[[Row], str]] = {
    "kind": lambda row: _kind_sign(row.engagement.kind, get_language()),
    "title": _title,
    "dates": lambda row: row.engagement.period,
    "place": _place,
    "participants": _participants,
    "strategies": lambda row: ", ".join(row.strategies),
    "status": lambda row: _status_sign(row.engagement.status, is_late(row.engagement), get_language()),
    "rating": _rating,
    "type": lambda row: row.engagement.type.name,
    "scope": lambda row: row.engagement.get_scope_display(),
    "framework": _framework,
    "team": lambda row: row.engagement.team.name,
    "owner": lambda row: str(row.engagement.owner or ""),
    "review": lambda row: row.engagement.get_review_state_display(),
    "handling": lambda row: row.engagement.get_handling_display(),
    "completeness": _completeness,
    "updated": _updated,
    "reference": lambda row: row.engagement.reference,
}
