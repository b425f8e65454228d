"""For stewards: entries of a list that may be one, the latest mergers, and the way back from them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.domain import lookalikes, unmerging
from catalog.views.edit import allowed, entry_of

PAGE = 50


@require_safe
def duplicates(request, slug):
    catalog_list = allowed(request, slug, "change")
    page = Paginator(lookalikes.like_pairs(catalog_list.model), PAGE).get_page(request.GET.get("page"))
    return render(request, "catalog/duplicates.html", {"list": catalog_list, "page": page, "nav_place": "lists"})


@require_POST
def not_one(request, slug):
    """Somebody looked at a pair: they are two."""
    catalog_list = allowed(request, slug, "change")
    codes = {request.POST.get("first", "")[:60], request.POST.get("second", "")[:60]}
    pair = list(catalog_list.model.objects.filter(code__in=codes))
    if len(pair) != 2:
        raise Http404
    lookalikes.say_two(*pair, actor=request.user)
    messages.success(request, _("%(one)s and %(other)s stay two entries.") % {"one": pair[0], "other": pair[1]})
    return redirect("catalog:duplicates", slug)


@require_safe
def mergers(request, slug):
    catalog_list = allowed(request, slug, "change")
    context = {"list": catalog_list, "mergers": unmerging.recent_mergers(catalog_list.model), "nav_place": "lists"}
    return render(request, "catalog/mergers.html", context)


@require_POST
def unmerge(request, slug, code):
    catalog_list = allowed(request, slug, "change")
    entry = entry_of(catalog_list, code)
    try:
        unmerging.undo(entry)
    except unmerging.Changed as changed:
        context = {"list": catalog_list, "entry": entry, "obstacles": changed.obstacles, "nav_place": "lists"}
        return render(request, "catalog/mergers.html", context | {"mergers": unmerging.recent_mergers(catalog_list.model)}, status=409)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("catalog:mergers", slug)
    messages.success(request, _("%(name)s is an entry of its own again.") % {"name": entry})
    return redirect("catalog:entry", slug, code)
