"""The lists in the admin, made from the registry: the same forms and rules as on the pages."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import GuardedAdmin, ReadOnlyAdmin, RowInline
from catalog.forms.entries import ROWS, DatedRows, form_of
from catalog.forms.records import RecordForm
from catalog.forms.seen import digest
from catalog.models import Country, CountryRegion, Framework, Lookalike, Membership, Organization
from catalog.models.base import Alias
from catalog.registry import LISTS, CatalogList, Column

admin.site.site_header = admin.site.site_title = "Entente"
admin.site.index_title = _("Administration")
admin.site.enable_nav_sidebar = False


class InUse(admin.SimpleListFilter):
    title = _("in use")
    parameter_name = "in_use"

    def lookups(self, request, model_admin):
        return [("yes", _("In use")), ("retired", _("Retired")), ("merged", _("Merged"))]

    def queryset(self, request, queryset):
        return {
            "yes": lambda: queryset.in_use(),
            "retired": lambda: queryset.filter(retired_on__isnull=False, merged_into=None),
            "merged": lambda: queryset.filter(merged_into__isnull=False),
        }.get(self.value(), lambda: queryset)()


class DatedInline(RowInline):
    """Memberships below an entry; the name is written, so that two hundred rows cost one query."""

    formset = DatedRows

    def get_queryset(self, request):
        links = [field.name for field in self.model._meta.fields if field.is_relation]
        return super().get_queryset(request).select_related(*links)


def _inline(parent, model, fk):
    form = ROWS[parent].form
    # Named one by one: left to itself the admin adds every column, each a choice list that every row reads anew.
    attributes = {"model": model, "form": form, "fields": list(form._meta.fields), "fk_name": fk}
    return type(f"{model.__name__}Of{parent.__name__}", (DatedInline,), attributes)


INLINES = {
    Organization: [_inline(Organization, Membership, "organization")],
    Framework: [_inline(Framework, Membership, "framework")],
    Country: [_inline(Country, CountryRegion, "country")],
}


class EntryAdmin(GuardedAdmin):
    """One list. The code and what else is fixed are given once."""

    catalog_list: CatalogList

    def mark(self, obj, *, lock=False):
        return digest(obj, lock=lock)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.catalog_list.links)

    def _names(self):
        return list(form_of(self.model, by_name=False).base_fields)

    def get_fields(self, request, obj=None):
        return self._names()

    def get_readonly_fields(self, request, obj=None):
        return ["code", *self.catalog_list.fixed] if obj else []

    def history_address(self, request, obj):
        return reverse("catalog:history", args=[self.catalog_list.slug, obj.code])

    @admin.display(description=_("other spellings"))
    def spellings(self, obj):
        return "; ".join(alias.text for alias in obj.aliases.all())


def _register(catalog_list: CatalogList) -> None:
    model = catalog_list.model
    form = form_of(model, by_name=False)
    relations = [name for name in form._meta.fields if _is_link(model, name)]
    columns = [name for name in catalog_list.shown if not _is_link(model, name)]
    search = ["code", "name"] + [name for name in ("abbreviation", "iso2", "official_name") if name in form._meta.fields]
    named = dict.fromkeys((*catalog_list.shown, *catalog_list.fixed, *catalog_list.fields))
    filters = [InUse, *(name for name in named if Column(model, name).field.choices or name == "scheme")]
    if catalog_list.has_spellings:
        search.append("aliases__text")
    attrs = {
        "catalog_list": catalog_list,
        "form": form,
        "list_display": ["name", "code", *columns, *(name for name in catalog_list.shown if _is_link(model, name)), "retired_on"],
        "list_display_links": ["name"],
        "search_fields": search,
        "list_filter": filters,
        "autocomplete_fields": relations,
        "inlines": INLINES.get(model, []),
    }
    admin.site.register(model, type(f"{model.__name__}Admin", (EntryAdmin,), attrs))


def _is_link(model, name) -> bool:
    return any(field.name == name and field.is_relation for field in model._meta.get_fields())


for _list in LISTS:
    _register(_list)


def _form(model, *names):
    meta = type("Meta", (), {"model": model, "fields": list(names)})
    return type(RecordForm)(f"{model.__name__}AdminForm", (RecordForm,), {"Meta": meta, "__module__": __name__})


@admin.register(Membership)
class MembershipAdmin(GuardedAdmin):
    form = _form(Membership, "organization", "framework", "country", "status", "starts", "ends", "note")
    list_display = ["country", "organization", "framework", "status", "starts", "ends"]
    list_select_related = ["country", "organization", "framework"]
    list_filter = ["status"]
    search_fields = ["country__name", "organization__name", "organization__abbreviation", "framework__name"]
    autocomplete_fields = ["country", "organization", "framework"]


@admin.register(CountryRegion)
class CountryRegionAdmin(GuardedAdmin):
    form = _form(CountryRegion, "region", "country", "starts", "ends", "note")
    list_display = ["country", "region", "starts", "ends"]
    list_select_related = ["country", "region__scheme"]
    list_filter = ["region__scheme"]
    search_fields = ["country__name", "region__name", "region__code"]
    autocomplete_fields = ["country", "region"]


class AliasAdmin(GuardedAdmin):
    list_display = ["text", "entry"]
    list_select_related = ["entry"]
    search_fields = ["text", "entry__name", "entry__code"]
    autocomplete_fields = ["entry"]


for _model in apps.get_app_config("catalog").get_models():
    if issubclass(_model, Alias):
        _dates = ("starts", "ends") if hasattr(_model, "starts_on") else ()
        admin.site.register(_model, type(f"{_model.__name__}Admin", (AliasAdmin,), {"form": _form(_model, "entry", "text", *_dates)}))


@admin.register(Lookalike)
class LookalikeAdmin(ReadOnlyAdmin):
    list_display = ["list_slug", "first", "second", "said_by", "said_at"]
    list_select_related = ["said_by"]
    list_filter = ["list_slug"]
    search_fields = ["first", "second"]
