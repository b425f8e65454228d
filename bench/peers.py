"""Others on the same rows, from PyPI: Django's admin, django-import-export and django-tables2, each as its manual shows it."""

import importlib.util
from typing import Any

from django.contrib import admin
from django.test import RequestFactory

from bench.figures import EVERYTHING
from bench.pages import Values
from bench.people import person
from engagements.models import Engagement

IMPORT_EXPORT, TABLES2 = "import_export", "django_tables2"
IS_THERE = {name: importlib.util.find_spec(name) is not None for name in (IMPORT_EXPORT, TABLES2)}


class PlainAdmin(admin.ModelAdmin):
    """The record in Django's admin with the columns and filters of our list."""

    list_display = ("reference", "kind", "title", "starts_on", "ends_on", "country", "status", "scope", "handling")
    list_filter = ("kind", "status", "scope", "handling", "review_state", "strategies")
    search_fields = ("title", "summary")
    list_select_related = ("country", "type")
    list_per_page = 50

    def has_view_permission(self, request, obj=None):
        return True


def changelist(known: Values) -> dict[str, Any]:
    """The questions that the admin can answer, as functions; of the region, the place and the rating it knows nothing.

    Its own copy of the person: nobody in this register passes every check, and the admin draws no rule of visibility.
    """
    site = admin.AdminSite(name="admin")
    shown = PlainAdmin(Engagement, site)
    factory, user = RequestFactory(), person(EVERYTHING)

    def ask(query: str):
        def run() -> bytes:
            request = factory.get(f"/admin/engagements/engagement/?{query}")
            request.user = user
            return shown.changelist_view(request).render().content

        return run

    asked = {
        "none": "",
        "kind often": "kind__exact=engagement",
        "kind rarely": "kind__exact=peacekeeping",
        "status and scope": "status__exact=completed&scope__exact=bilateral",
        "by title": "o=3",
        "rare word": f"q={known.word_rarely}",
        "common word": f"q={known.word_often}",
        "deep page": "p=last",
    }
    count = Engagement._base_manager.count()
    asked["deep page"] = f"p={max(1, count // 50)}"
    return {name: ask(query) for name, query in asked.items()}


def _cells(row: Any) -> dict[str, str]:
    return {
        "participants": "; ".join(str(p.country or p.organization) for p in row.participations.all()),
        "strategies": "; ".join(s.name for s in row.strategies.all()),
        "outcomes": "; ".join(o.statement for o in row.outcomes.all()),
    }


def _prefetched(rows: Any) -> Any:
    return rows.select_related("type", "country", "framework", "team", "owner").prefetch_related(
        "participations__country", "participations__organization", "strategies", "outcomes"
    )


def by_import_export(rows: Any, file_format: str = "csv") -> int:
    """A resource with the columns of the record, and its participants, strategies and outcomes in lists."""
    from import_export import fields, resources

    class Records(resources.ModelResource):
        participants = fields.Field()
        strategies = fields.Field()
        outcomes = fields.Field()

        class Meta:
            model = Engagement
            fields = (
                "reference", "kind", "type__name", "title", "status", "starts_on", "ends_on", "country__code", "place", "latitude",
                "longitude", "framework__name", "scope", "handling", "team__name", "owner__username", "summary",
                "participants", "strategies", "outcomes",
            )  # fmt: skip

        def dehydrate_participants(self, row):
            return _cells(row)["participants"]

        def dehydrate_strategies(self, row):
            return _cells(row)["strategies"]

        def dehydrate_outcomes(self, row):
            return _cells(row)["outcomes"]

    return len(Records().export(_prefetched(rows)).export(file_format))


def by_tables2(rows: Any, file_format: str = "csv") -> int:
    import django_tables2 as tables
    from django_tables2.export import TableExport

    class Records(tables.Table):
        participants = tables.Column(empty_values=(), orderable=False)
        strategies = tables.Column(empty_values=(), orderable=False)
        outcomes = tables.Column(empty_values=(), orderable=False)

        class Meta:
            model = Engagement
            fields = (
                "reference", "kind", "type", "title", "status", "starts_on", "ends_on", "country", "place", "latitude", "longitude",
                "framework", "scope", "handling", "team", "owner", "summary",
            )  # fmt: skip

        def render_participants(self, record):
            return _cells(record)["participants"]

        def render_strategies(self, record):
            return _cells(record)["strategies"]

        def render_outcomes(self, record):
            return _cells(record)["outcomes"]

    return len(TableExport(file_format, Records(_prefetched(rows))).export())
