"""What was changed and what was taken out, to look through; here and not in ``history``, which knows nothing of who may see what.

A row about a record is there for who may see that record today. A file that was taken is there for everybody who may read
the log, but what it held (filter, marking, rows, checksum, reason) only for who would see all of it: the person's teams are
among one's own, and the clearance reaches. So nobody learns from the log of a record that is hidden. No row has a page or a
number of its own: a gap between two numbers would tell of a row in between.
"""

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Subquery, Value, When
from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin
from accounts.choices import Handling, Role
from accounts.models import User
from engagements.models import Engagement

NEWEST = 5_000
# Tables whose rows are part of no record; of any other, a change that names no record is not shown.
OF_NO_RECORD = Q(table__startswith="accounts_") | Q(table__startswith="catalog_") | Q(table="engagements_casestudy")


class Newest(Paginator):
    """Counts no further than the newest rows: the log grows for ever."""

    @cached_property
    def count(self):
        return self.object_list.order_by()[:NEWEST].count()


class LogAdmin(ReadOnlyAdmin):
    """A list and nothing else; ``record`` is the reference of a record that the reader may see. Each log leaves of it what is told."""

    list_display_links = None
    paginator = Newest
    ordering = ["-pk"]
    sortable_by = ()

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        visible = Engagement.objects.visible_to(request.user).order_by()
        reference = visible.filter(pk=OuterRef("engagement")).values("reference")
        return rows.annotate(record=Subquery(reference))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        raise Http404

    def history_view(self, request, object_id, extra_context=None):
        raise Http404

    @admin.display(description=_("record"))
    def of_record(self, row):
        return row.record or ""


class ChangeAdmin(LogAdmin):
    list_display = ["at", "actor_name", "door", "operation", "table", "columns", "of_record", "reason"]
    list_filter = ["door", "operation"]
    search_fields = ["actor_name", "table"]

    def get_queryset(self, request):
        """An administrator reads all that can be seen; a manager what was done to the records of the own scope."""
        rows = super().get_queryset(request)
        of_none = Q(engagement=None) & OF_NO_RECORD if request.user.role == Role.ADMINISTRATOR else Q(pk=None)
        return rows.filter(Q(record__isnull=False) | of_none)

    @admin.display(description=_("columns"))
    def columns(self, row):
        """Their names; what stood in them is on the record's own history page."""
        return ", ".join(sorted({**(row.before or {}), **(row.after or {})}))


class AccessAdmin(LogAdmin):
    list_display = ["at", "actor_name", "what", "of_record", "layout", "marking", "row_count", "asked", "why", "checksum"]
    list_filter = ["what"]
    search_fields = ["actor_name"]

    def get_queryset(self, request):
        """Of files, a manager sees those taken by people of the own teams."""
        user = request.user
        clearances = Handling.up_to(user.clearance)
        others = User.teams.through.objects.filter(user=OuterRef("actor"))
        is_within = Q(actor=user.pk) | Q(Exists(User.objects.filter(pk=OuterRef("actor")))) & ~Q(
            Exists(others.exclude(team__in=user.team_ids))
        )
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                is_told=Case(
                    When(Q(record__isnull=False), then=True),
                    When(is_within & Q(handling__in=clearances), then=True),
                    default=Value(False),
                    output_field=BooleanField(),
                )
            )
        )
        of_none = Q(engagement=None)
        if user.role != Role.ADMINISTRATOR:
            of_none &= Q(actor=user.pk) | Q(Exists(others.filter(team__in=user.team_ids)))
        return rows.filter(Q(record__isnull=False) | of_none)

    @admin.display(description=_("marking"))
    def marking(self, row):
        return Handling(row.handling).label if row.is_told and row.handling else ""

    @admin.display(description=_("rows"))
    def row_count(self, row):
        return row.rows if row.is_told else ""

    @admin.display(description=_("filter"))
    def asked(self, row):
        return row.filter if row.is_told else ""

    @admin.display(description=_("reason"))
    def why(self, row):
        return row.reason if row.is_told else ""

    @admin.display(description=_("checksum"))
    def checksum(self, row):
        return row.sha256[:16] if row.is_told else ""
