"""The rows of the list: what stands beside each record, read for the whole page in one query, and what its cells say.

A page shows hundreds of cells. They are put together here, in Python, at a fraction of what a template for each costs. What is
drawn (the signs of a kind, a status, a rating) comes from its one template, once for each value and language.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Func, OuterRef, TextField
from django.db.models.functions import JSONArray
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.options import Options
from catalog.partial_dates import PartialDate, period
from engagements.choices import Handling, Kind, ReviewState, Scope
from engagements.columns import Column
from engagements.domain.completeness import with_completeness
from engagements.gathered import Gathered, listed
from engagements.models import Assessment, Engagement, Participation
from engagements.ratings import lowest_current
from engagements.templatetags.panel import Assembled
from engagements.templatetags.record import is_late, rating

MOST_CODES = 3
ANY_REFERENCE = "ENG-0000-00000"
OF_KEYS = "IN (%s)"
NEEDED = [
    "pk", "reference", "kind", "title", "status", "starts_on", "starts_precision", "ends_on", "ends_precision", "place", "is_virtual",
    "scope", "handling", "review_state", "updated_at", "country__code", "country__name", "type__name", "framework__code",
    "framework__name", "team__name", "owner__name", "owner__username",
]  # fmt: skip


class Judged(NamedTuple):
    pk: int
    outcome_id: int | None
    rating: str
    assessed_on: dt.date | None


class Closing(NamedTuple):
    """What says whether a record is late."""

    status: str
    ends_on: dt.date | None


@dataclass(slots=True)
class Row:
    """One record of a page: its columns, its parties as {code: name}, the names of its strategies, its judgments; the reader's language."""

    record: dict[str, Any]
    parties: dict[str, str]
    strategies: list[str]
    judged: list[Any]
    language: str

    @property
    def handling(self) -> str:
        return self.record["handling"]


@dataclass(frozen=True)
class Statement:
    """The query of a page of rows, put together once: its SQL up to the keys, and what makes of a column what it means."""

    sql: str
    params: tuple[Any, ...]
    names: list[str]
    converters: dict[int, tuple[list[Callable], Any]]

    def run(self, using: str, pks: Sequence[int]) -> list[dict[str, Any]]:
        connection = connections[using]
        with connection.cursor() as cursor:
            cursor.execute(self.sql.replace(OF_KEYS, f"IN ({', '.join(['%s'] * len(pks))})"), (*self.params, *pks))
            rows = [list(row) for row in cursor.fetchall()]
        for place, (converters, expression) in self.converters.items():
            for row in rows:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
        return [dict(zip(self.names, row, strict=True)) for row in rows]


def rows_of(pks: Sequence[int], names: Iterable[str], options: Options) -> list[Row]:
    """The rows with these keys, which the page found through ``visible_to``, in their order; for the columns ``names``.

    One query, however many there are, which asks for the edition of the lists on the way.
    """
    if not pks:
        return []
    using = Engagement.objects.db
    found = _statement(using, "completeness" in names).run(using, pks)
    if found:
        options.told(using, found[0]["edition"])
    by_pk = {row["pk"]: row for row in found}
    language = get_language()
    return [_row(by_pk[pk], language) for pk in pks if pk in by_pk]


@cache
def _statement(using: str, is_complete: bool) -> Statement:
    parties = Participation.objects.filter(engagement=OuterRef("pk")).order_by("pk")
    through: Any = Engagement.strategies.through.objects.filter(engagement=OuterRef("pk")).order_by(
        "strategy__sort", "strategy__name", "strategy"
    )
    judged = Assessment.objects.filter(engagement=OuterRef("pk")).order_by()
    party = JSONArray("country__code", "country__name", "organization__code", "organization__abbreviation", "organization__name")
    found: Any = Engagement.objects.using(using).filter(pk__in=[0]).order_by()
    names = [*NEEDED, "parties", "strategies_named", "judged", "edition"]
    if is_complete:
        found = with_completeness(found)
        names.append("completeness")
    found = found.annotate(
        parties=Gathered(parties.annotate(one=party).values("one")),
        strategies_named=Gathered(through.annotate(one=JSONArray("strategy__name")).values("one")),
        judged=Gathered(judged.annotate(one=JSONArray("pk", "outcome_id", "rating", "assessed_on")).values("one")),
        edition=Func(template=f"({Options.asking(using)})", output_field=TextField()),
    ).values_list(*names)
    compiler = found.query.get_compiler(found.db)
    sql, params = compiler.as_sql()
    if not sql.endswith(OF_KEYS) or params[-1] != 0:
        raise RuntimeError("The keys are expected at the end of the query.")
    return Statement(sql, tuple(params[:-1]), names, compiler.get_converters([column for column, _sql, _alias in compiler.select]))


def _row(found: dict[str, Any], language: str) -> Row:
    parties: dict[str, str] = {}
    for code, name, other, abbreviation, body in listed(found["parties"]):
        parties.setdefault(code or abbreviation or other, name or body)
    strategies = [name for (name,) in listed(found["strategies_named"])]
    judged = [Judged(pk, outcome, rated, _day(day)) for pk, outcome, rated, day in listed(found["judged"])]
    return Row(found, parties, strategies, judged, language)


def body_of(rows: list[Row], columns: list[Column]) -> Assembled:
    """The rows of the table, one to a line."""
    ways = [(CELLS[column.name], f'<td role="cell" class="{column.css}">' if column.css else '<td role="cell">') for column in columns]
    lines = []
    for row in rows:
        cells = "".join([f"{opening}{cell(row)}</td>" for cell, opening in ways])
        lines.append(f'<tr role="row">{cells}</tr>\n')
    return Assembled("".join(lines))


def _title(row: Row) -> str:
    title = escape(row.record["title"])
    return f'<a href="{_address(row.record["reference"])}" title="{title}">{title}</a>'


def _address(reference: str) -> str:
    return _detail_page().replace(ANY_REFERENCE, reference)


@lru_cache(maxsize=1)
def _detail_page() -> str:
    return reverse("engagements:detail", args=[ANY_REFERENCE])


def _dates(row: Row) -> str:
    record = row.record
    return _period(record["starts_on"], record["starts_precision"], record["ends_on"], record["ends_precision"], row.language)


@lru_cache(maxsize=2000)
def _period(starts_on: dt.date | None, starts_precision: str, ends_on: dt.date | None, ends_precision: str, language: str) -> str:
    return escape(period(PartialDate.of(starts_on, starts_precision), PartialDate.of(ends_on, ends_precision)))


def _place(row: Row) -> str:
    record = row.record
    if record["country__code"]:
        where = f"{record['country__name']}, {record['place']}" if record["place"] else record["country__name"]
        return f'<abbr class="cc place" title="{escape(where)}">{escape(record["country__code"])}</abbr>'
    return escape(_("online")) if record["is_virtual"] else f'<span class="quiet">{escape(_("not recorded"))}</span>'


def _participants(row: Row) -> str:
    """The host's country first, each party once, at most three, then how many more."""
    parties = row.parties
    host = row.record["country__code"] or ""
    if host in parties:
        parties = {host: parties[host]} | parties
    if not parties:
        return f'<span class="ccs"><span class="quiet">{escape(_("not known"))}</span></span>'
    entries = list(parties.items())
    shown = "".join(
        f'<abbr class="{"cc place" if code == host else "cc"}" title="{escape(name)}">{escape(code)}</abbr>'
        for code, name in entries[:MOST_CODES]
    )
    left = entries[MOST_CODES:]
    if not left:
        return f'<span class="ccs">{shown}</span>'
    names = ", ".join(name for _code, name in left)
    return f'<span class="ccs">{shown}<span class="more" title="{escape(names)}">+{len(left)}</span></span>'


def _framework(row: Row) -> str:
    code = row.record["framework__code"]
    if not code:
        return ""
    return f'<a href="{escape(reverse("catalog:framework", args=[code]))}">{escape(row.record["framework__name"])}</a>'


def _rating(row: Row) -> str:
    if not row.judged:
        return _rating_sign("", row.language)
    return _rating_sign(lowest_current(row.judged).rating, row.language)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _updated(row: Row) -> str:
    at = localtime(row.record["updated_at"])
    return f'<time datetime="{at.isoformat()}">{escape(date_format(at, "j M Y"))}</time>'


def _status(row: Row) -> str:
    status = row.record["status"]
    return _status_sign(status, is_late(Closing(status, row.record["ends_on"])), row.language)


@lru_cache(maxsize=200)
def _rating_sign(value: str, language: str) -> str:
    return render_to_string("includes/rating.html", rating(Assessment(rating=value) if value else None))


@lru_cache(maxsize=200)
def _kind_sign(kind: str, language: str) -> str:
    return render_to_string("includes/kind.html", {"kind": kind, "label": Kind(kind).label})


@lru_cache(maxsize=200)
def _status_sign(status: str, late: bool, language: str) -> str:
    ended: Any = dt.date.min if late else None
    return render_to_string("includes/state.html", {"engagement": Engagement(status=status, ends_on=ended)})


CELLS: dict[str, Callable[[Row], str]] = {
    "kind": lambda row: _kind_sign(row.record["kind"], row.language),
    "title": _title,
    "dates": _dates,
    "place": _place,
    "participants": _participants,
    "strategies": lambda row: escape(", ".join(row.strategies)),
    "status": _status,
    "rating": _rating,
    "type": lambda row: escape(row.record["type__name"]),
    "scope": lambda row: escape(str(Scope(row.record["scope"]).label)),
    "framework": _framework,
    "team": lambda row: escape(row.record["team__name"]),
    "owner": lambda row: escape(row.record["owner__name"] or row.record["owner__username"] or ""),
    "review": lambda row: escape(str(ReviewState(row.record["review_state"]).label)),
    "handling": lambda row: escape(str(Handling(row.record["handling"]).label)),
    "completeness": lambda row: escape(_("%(score)s %%") % {"score": row.record["completeness"]}),
    "updated": _updated,
    "reference": lambda row: escape(row.record["reference"]),
}
