"""The same work in Django as it is usually written: a filter form, a paginator, prefetched instances, a template, csv.writer.

On our tables, with our indexes and our rule of who may see what, so that only the way of writing differs.
"""

import csv
import io
from typing import Any

import django_filters as df
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.db.models.functions import ExtractYear
from django.template import engines

from catalog.models import Country, Region, Strategy
from engagements.choices import Kind, Status
from engagements.models import Engagement, Participation

ROWS = """{% for e in page %}<tr><td>{{ e.get_kind_display }}</td><td><a href="{{ e.get_absolute_url }}">{{ e.title }}</a></td>
<td>{{ e.period }}</td><td>{{ e.country|default:"" }} {{ e.place }}</td>
<td>{% for p in e.participations.all %}{{ p.country|default:p.organization }}{% if not forloop.last %}, {% endif %}{% endfor %}</td>
<td>{% for s in e.strategies.all %}{{ s.name }}{% if not forloop.last %}, {% endif %}{% endfor %}</td><td>{{ e.get_status_display }}</td>
<td>{% for a in e.assessments.all %}{{ a.get_rating_display }} {% endfor %}</td><td>{{ e.get_handling_display }}</td></tr>{% endfor %}"""
CHILDREN = """{% for e in page %}{% for o in e.outcomes.all %}<p>{{ o.statement }}</p>{% endfor %}
{% for s in e.sources.all %}<p>{{ s }}</p>{% endfor %}{% for f in e.follow_ups.all %}<p>{{ f }}</p>{% endfor %}
{% for c in e.challenges.all %}<p>{{ c }}</p>{% endfor %}{% for t in e.themes.all %}{{ t }} {% endfor %}{% endfor %}"""
HEAD = "<html><body><form>{{ filter.form.as_p }}</form><p>{{ page.paginator.count }} found</p><table>"
PAGE = f"{HEAD}{ROWS}</table><p>{{{{ page.number }}}} of {{{{ page.paginator.num_pages }}}}</p></body></html>"


class PlainFilter(df.FilterSet):
    q = df.CharFilter(method="by_words")
    kind = df.MultipleChoiceFilter(choices=Kind.choices)
    status = df.MultipleChoiceFilter(choices=Status.choices)
    scope = df.CharFilter()
    country = df.ModelMultipleChoiceFilter(field_name="participations__country__code", queryset=Country.objects.all(), to_field_name="code")
    strategy = df.ModelMultipleChoiceFilter(field_name="strategies__code", queryset=Strategy.objects.all(), to_field_name="code")
    region = df.ModelMultipleChoiceFilter(
        field_name="participations__country__region_memberships__region__code", queryset=Region.objects.all(), to_field_name="code"
    )
    rating = df.CharFilter(field_name="assessments__rating", distinct=True)
    start = df.DateFilter(field_name="ends_on", lookup_expr="gte")
    end = df.DateFilter(field_name="starts_on", lookup_expr="lte")

    class Meta:
        model = Engagement
        fields: list[str] = []

    def by_words(self, rows, _name, text):
        for word in text.split():
            rows = rows.filter(Q(title__icontains=word) | Q(summary__icontains=word))
        return rows


def _rows(user: Any) -> Any:
    return Engagement.objects.visible_to(user).current()


def _with_all(rows: Any) -> Any:
    return rows.select_related("type", "country", "framework", "team", "owner").prefetch_related(
        Prefetch("participations", Participation.objects.select_related("country", "organization")),
        "strategies",
        "assessments",
    )


def list_page(user: Any, data: dict[str, Any]) -> str:
    """One page of 50; ``page`` in the data is its number, or "last"."""
    found = PlainFilter(data, queryset=_with_all(_rows(user)))
    paginator = Paginator(found.qs, 50)
    number = paginator.num_pages if data.get("page") == "last" else 1
    context = {"filter": found, "page": paginator.page(number)}
    return engines["django"].from_string(PAGE).render(context)


def facets(user: Any) -> dict[str, list]:
    """How many there are of each value, one aggregate for each name."""
    rows = _rows(user).order_by()
    names = ["kind", "status", "scope", "handling", "strategies", "themes", "participations__country", "type", "framework"]
    return {name: list(rows.values(name).annotate(n=Count("pk", distinct=True)).order_by("-n")) for name in names}


def report(user: Any) -> list:
    """Year by kind by region."""
    by = _rows(user).order_by().annotate(year=ExtractYear("starts_on")).values("year", "kind", "country__region_memberships__region")
    return list(by.annotate(n=Count("pk", distinct=True)))


def world_map(user: Any) -> list:
    return list(_rows(user).order_by().values("country__code").annotate(n=Count("pk")))


def record_page(user: Any, reference: str) -> str:
    """The record with its children, each relation prefetched, through a template."""
    more = ("outcomes", "sources", "follow_ups", "challenges", "funding_lines", "themes", "domains")
    page = [_with_all(_rows(user)).prefetch_related(*more).get(reference=reference)]
    return engines["django"].from_string(ROWS + CHILDREN).render({"page": page})


def csv_file(user: Any, count: int) -> int:
    """The widest rows people write by hand: the record, its participants, strategies, themes and outcomes in lists."""
    file = io.StringIO()
    writer = csv.writer(file)
    rows = _with_all(_rows(user)).prefetch_related("themes", "domains", "objectives", "outcomes")
    written = 0
    for e in rows[:count].iterator(chunk_size=500):
        writer.writerow(
            [
                e.reference, e.kind, e.type.name, e.title, e.status, e.starts_on, e.ends_on, e.country.code if e.country else "", e.place,
                e.latitude, e.longitude, e.framework.name if e.framework else "", e.scope, e.handling, e.team.name, e.owner or "",
                e.summary,
                "; ".join(str(p.country or p.organization) for p in e.participations.all()),
                sum(p.personnel or 0 for p in e.participations.all()),
                "; ".join(s.name for s in e.strategies.all()), "; ".join(t.name for t in e.themes.all()),
                "; ".join(d.name for d in e.domains.all()), "; ".join(o.name for o in e.objectives.all()),
                "; ".join(o.statement for o in e.outcomes.all()), "; ".join(a.rating for a in e.assessments.all()),
            ]
        )  # fmt: skip
        written += 1
    return written
