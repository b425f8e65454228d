"""The admin classes of this program start here: no lookup crashes them, nothing is deleted, nothing hidden is shown.

No change page overwrites what another saved after it was opened: the form carries a mark of what it shows.
"""

import copy
import hashlib
import logging

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import FieldError, SuspiciousOperation, ValidationError
from django.db import DatabaseError, transaction
from django.forms.formsets import DEFAULT_MAX_NUM
from django.forms.models import ModelForm, ModelFormMetaclass
from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _

from accounts.admin_history import TellsHistory
from history.database import SILENT
from history.seen import CONFLICT, MAIN, SEEN, Sheet, last_change_of

log = logging.getLogger("entente.admin")
# What a hand-made address can provoke: an unknown field, a value of the wrong sort, a number too large, a broken pattern.
NONSENSE = (ArithmeticError, DatabaseError, FieldError, SuspiciousOperation, TypeError, ValidationError, ValueError)
LOOKUPS = {"", "exact", "id__exact", "pk__exact", "in", "isnull", "gte", "lt", "gt", "lte", "code__exact"}
FIRST_ID, LAST_ID = 1, 2**63 - 1


class NotYet(ModelForm):
    """Mixed into a form that waits until its person has looked at another's changes."""

    def is_valid(self):
        super().is_valid()
        return False


class GuardedAdmin(TellsHistory, admin.ModelAdmin):
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

    def add_view(self, request, form_url="", extra_context=None):
        return self._drawn(request, super().add_view(request, form_url, extra_context))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self._drawn(request, super().change_view(request, object_id, form_url, extra_context))

    def _drawn(self, request, response):
        """A refused form shows again what was sent; its boxes that search fail at what can be no id."""
        if request.method == "POST" and hasattr(response, "render"):
            try:
                with transaction.atomic():
                    response.render()
            except (ArithmeticError, DatabaseError, ValueError) as error:
                log.info("admin form refused a value: %s", type(error).__name__)
                raise SuspiciousOperation from error
        return response

    def get_object(self, request, object_id, from_field=None):
        """Nothing for an id that no row can have; a database would rather fail."""
        text, from_field = str(object_id)[:40], from_field or None  # an empty _to_field names no field
        if from_field is None and not (text.isascii() and text.isdecimal() and FIRST_ID <= int(text) <= LAST_ID):
            return None
        return super().get_object(request, object_id, from_field)

    def has_delete_permission(self, request, obj=None):
        """Entries are retired or merged, records archived, people deactivated."""
        return False

    # Two people at one form ------------------------------------------------------------------------

    mark_name = "seen"

    def mark(self, obj, *, lock=False) -> str:
        """What changes with every save of ``obj``, its links and its rows in the form; ``lock`` keeps others from it."""
        names = [field.attname for field in obj._meta.concrete_fields if field.column not in SILENT]
        stored = self.model._base_manager.filter(pk=obj.pk).order_by()
        facts = [(stored.select_for_update() if lock else stored).values_list(*names).first()]
        facts += [sorted(self.linked(obj, field).values_list("pk", flat=True)) for field in obj._meta.many_to_many]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def linked(self, obj, field):
        """The rows behind a many-to-many link that the reader may know of."""
        return getattr(obj, field.name).all()

    def last_change(self, obj, since):
        """Who changed ``obj`` last, and when, in words."""
        return last_change_of(obj, since=since)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        obj = None if object_id is None else self.get_object(request, unquote(object_id))
        if obj is None or not self.has_change_permission(request, obj):
            return super().changeform_view(request, object_id, form_url, extra_context)
        posted = request.POST
        try:
            return self._guarded_view(request, obj, object_id, form_url, extra_context)
        finally:
            request.POST = posted

    @transaction.atomic  # from the look at what is stored to the save: nobody comes between
    def _guarded_view(self, request, obj, object_id, form_url, extra_context):
        mark = self.mark(obj, lock=request.method == "POST")
        request.conflict = None
        if request.method == "POST" and (request.POST.get(self.mark_name, "") != mark or CONFLICT in request.POST):
            sheet = self._sheet(obj, mark, *self._opened(request, obj))
            request.POST, request.conflict = sheet.settle(request.POST, lambda since: self.last_change(obj, since))
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if not hasattr(response, "context_data"):
            return response
        shown = response.context_data
        form, row_sets = shown["adminform"].form, [inline.formset for inline in shown["inline_admin_formsets"]]
        token = request.POST.get(SEEN, "") if form.is_bound else self._sheet(obj, mark, form, row_sets).token()
        held = None if self.mark_name in form.fields else (self.mark_name, request.POST.get(self.mark_name) or mark)
        shown |= {"conflict": request.conflict, "seen_state": token, "seen_mark": held}
        if self._is_in_conflict(request):
            response.status_code = 409
        return response

    def _opened(self, request, obj):
        """The form and its rows as the page would open them now."""
        fresh = copy.copy(request)
        fresh.method = "GET"
        stored = self.get_object(request, str(obj.pk))
        form = self.get_form(fresh, stored, change=True)(instance=stored)
        row_sets, _inlines = self._create_formsets(fresh, stored, change=True)
        return form, row_sets

    def _sheet(self, obj, mark, form, row_sets):
        of = f"admin {obj._meta.label}:{obj.pk}"
        return Sheet(of=of, mark=mark, mark_name=self.mark_name, single={MAIN: form}, row_sets=row_sets)

    @staticmethod
    def _is_in_conflict(request):
        conflict = getattr(request, "conflict", None)
        return conflict is not None and conflict.open

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not self._is_in_conflict(request):
            return form

        return ModelFormMetaclass(form.__name__, (NotYet, form), {})

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
    max_num = 400  # more than the countries of any region or body; what says that it has more is cut there
    show_change_link = False

    def get_formset(self, request, obj=None, **kwargs):
        most = self.get_max_num(request, obj)
        return super().get_formset(request, obj, **{"absolute_max": max(DEFAULT_MAX_NUM if most is None else most, 1)} | kwargs)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)
