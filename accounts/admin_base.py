"""The admin classes of this program start here: no lookup crashes them, nothing is deleted, nothing hidden is shown."""

import logging

from django.contrib import admin, messages
from django.core.exceptions import FieldError, SuspiciousOperation, ValidationError
from django.db import DatabaseError, transaction
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _

log = logging.getLogger("entente.admin")
# What a hand-made address can provoke: an unknown field, a value of the wrong sort, a number too large, a broken pattern.
NONSENSE = (ArithmeticError, DatabaseError, FieldError, SuspiciousOperation, TypeError, ValidationError, ValueError)
LOOKUPS = {"", "exact", "id__exact", "pk__exact", "in", "isnull", "gte", "lt", "gt", "lte", "code__exact"}
FIRST_ID, LAST_ID = 1, 2**63 - 1


class GuardedAdmin(admin.ModelAdmin):
    """A ModelAdmin that answers a meaningless address with the plain list and a sentence."""

    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    actions_on_top = False
    actions = None

    def lookup_allowed(self, lookup, value, request=None):
        """Only what the filters of the page ask; ``password__startswith`` is not among it."""
        names = [item[0] if isinstance(item, tuple | list) else item for item in self.get_list_filter(request)]
        return any(lookup == name or lookup.removeprefix(f"{name}__") in LOOKUPS - {""} for name in names if isinstance(name, str))

    def changelist_view(self, request, extra_context=None):
        if not request.GET:
            return super().changelist_view(request, extra_context)
        try:
            # The rows are read while the page is drawn: within reach of the guard, and of a transaction of its own.
            with transaction.atomic():
                response = super().changelist_view(request, extra_context)
                if hasattr(response, "render"):
                    response.render()
            return response
        except NONSENSE as error:
            log.info("admin list refused a lookup: %s", type(error).__name__)
            messages.warning(request, _("This list can not be filtered like that. Here is the whole list."))
            return HttpResponseRedirect(request.path)

    def get_object(self, request, object_id, from_field=None):
        """Nothing for an id that no row can have; a database would rather fail."""
        text = str(object_id)[:40]
        if from_field is None and not (text.isascii() and text.isdecimal() and FIRST_ID <= int(text) <= LAST_ID):
            return None
        return super().get_object(request, object_id, from_field)

    def has_delete_permission(self, request, obj=None):
        """Entries are retired or merged, records archived, people deactivated."""
        return False

    def get_list_select_related(self, request):
        return self.list_select_related or False


class ReadOnlyAdmin(GuardedAdmin):
    """Rows to look at. They are changed where they belong: on their record."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class RowInline(admin.TabularInline):
    """Child rows: these may be removed by whoever may change their parent."""

    extra = 0
    show_change_link = False

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)
