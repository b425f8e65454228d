"""The page of one entry. Countries, organizations, regions, strategies and frameworks have addresses of their own."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from catalog.domain.merging import replaced_by
from catalog.models import Country, Framework, Organization, Region, Strategy
from catalog.profiles import sections_of
from catalog.registry import BY_MODEL, CatalogList, formats_of, uses_of
from catalog.views.lists import list_of

MAY_BE_ABSENT = {"ends", "ended", "parent", "country", "url", "number", "priority"}


def entry(request, slug, code):
    catalog_list = list_of(slug)
    found = _get(catalog_list, code)
    if found.get_absolute_url() != request.path:
        return redirect(found)
    return _page(request, catalog_list, found)


def country(request, code):
    return _profile(request, Country, code)


def organization(request, code):
    return _profile(request, Organization, code)


def region(request, scheme, code):
    return _profile(request, Region, f"{scheme}:{code}")


def strategy(request, code):
    return _profile(request, Strategy, code)


def framework(request, code):
    return _profile(request, Framework, code)


def _profile(request, model, code):
    return _page(request, BY_MODEL[model], _get(BY_MODEL[model], code))


def _get(catalog_list: CatalogList, code: str):
    found = catalog_list.rows().filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _page(request, catalog_list: CatalogList, found):
    if found.merged_into_id:
        return redirect(replaced_by(found))
    sections, panels = sections_of(found), uses_of(found, request.user)
    context = {
        "list": catalog_list,
        "entry": found,
        "facts": _facts(catalog_list, found),
        "spellings": list(found.aliases.all()) if catalog_list.has_spellings else [],
        "merged": list(found.merged_from.all()),
        "sections": sections,
        "panels": panels,
        "page_markings": [panel.markings for panel in panels],
        "may_change": request.user.has_perm(catalog_list.permission("change")),
        "nav_place": "lists",
    }
    if "format" in request.GET:
        return _as_file(request, found, context)
    return render(request, "catalog/entry.html", context | {"formats": list(formats_of(type(found)))})


def _as_file(request, found, context):
    wanted, known = request.GET["format"], formats_of(type(found))
    if wanted not in known:
        text = _("There is no format “%(name)s”. Formats: %(known)s.") % {"name": wanted[:40], "known": ", ".join(known) or _("none")}
        return render(request, "error.html", {"title": _("No file was made"), "text": text}, status=400)
    return known[wanted](request, found, context)


def _facts(catalog_list: CatalogList, found):
    """Label and value of each fact. What has not ended, or is part of nothing, does not say that this is not recorded."""
    facts = [(column.name, column.label, column.value(found)) for column in catalog_list.facts]
    return [(label, value) for name, label, value in facts if value or name not in MAY_BE_ABSENT]
