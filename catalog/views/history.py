"""What happened to an entry of a list, for everybody who may read the list."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from catalog.models import CountryRegion, Membership
from catalog.models.base import Alias
from catalog.views.lists import list_of
from history.row_past import link_tables, raw_entries
from history.telling import Subject

PAGE = 50
IDENTITY = {CountryRegion: ("country_id", "region_id"), Membership: ("country_id", "organization_id", "framework_id")}


@require_safe
def history(request, slug, code):
    catalog_list = list_of(slug)
    entry = catalog_list.rows().filter(code=code).first()
    if entry is None:
        raise Http404
    relations = [relation.field for relation in type(entry)._meta.related_objects if relation.one_to_many]
    children = [(field.model, field.column) for field in relations if issubclass(field.model, Alias) or field.model in IDENTITY]
    identity = {model._meta.db_table: IDENTITY.get(model, ("text",)) for model, _column in children}
    subject = Subject(main=type(entry), label=capfirst(str(catalog_list.one)), unsaid=frozenset({"id", "entry_id"}), identity=identity)
    teller, raw = raw_entries(subject, entry.pk, [*children, *link_tables(type(entry))], {})
    page = Paginator(raw, PAGE).get_page(request.GET.get("page"))
    context = {"list": catalog_list, "entry": entry, "page": page, "entries": teller.say(page.object_list), "nav_place": "lists"}
    return render(request, "catalog/history.html", context)
