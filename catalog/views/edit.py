"""Stewards add and change entries, retire them, and merge two that are one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.domain import merging, retiring
from catalog.forms.entries import ROWS, form_of
from catalog.forms.merging import MergeForm
from catalog.registry import CatalogList, uses_of
from catalog.views.lists import list_of


def _allowed(request, slug: str, action: str) -> CatalogList:
    catalog_list = list_of(slug)
    if not request.user.has_perm(catalog_list.permission(action)):
        raise PermissionDenied(_("Stewards keep the lists. Tell one of them what is missing or wrong."))
    return catalog_list


def _entry(catalog_list: CatalogList, code: str):
    found = catalog_list.rows().filter(code=code).first()
    if found is None:
        raise Http404
    return found


def new(request, slug):
    catalog_list = _allowed(request, slug, "add")
    return _form_page(request, catalog_list, catalog_list.model())


def edit(request, slug, code):
    catalog_list = _allowed(request, slug, "change")
    return _form_page(request, catalog_list, _entry(catalog_list, code))


@transaction.atomic  # from the look at what is stored to the save: nobody comes between
def _form_page(request, catalog_list: CatalogList, entry):
    is_new = entry.pk is None
    title = _("New entry: %(list)s") % {"list": catalog_list.one} if is_new else str(entry)
    rows = ROWS.get(catalog_list.model)
    data = request.POST if request.method == "POST" else None
    form = form_of(catalog_list.model)(data, instance=entry)
    formsets = [rows(data, instance=entry, prefix="rows")] if rows else []
    status = 200
    if data is not None:
        if all([form.is_valid(), *(formset.is_valid() for formset in formsets)]):
            form.save()
            for formset in formsets:
                formset.save()
            messages.success(request, _("Saved: %(name)s.") % {"name": entry})
            return redirect(entry)
        status = 422
    context = {"list": catalog_list, "entry": entry, "is_new": is_new, "title": title, "form": form, "formsets": formsets}
    return render(request, "catalog/form.html", context | {"nav_place": "lists"}, status=status)


@require_POST
def retire(request, slug, code):
    """Retire an entry, or bring it back."""
    catalog_list = _allowed(request, slug, "change")
    entry = _entry(catalog_list, code)
    try:
        if request.POST.get("undo"):
            retiring.unretire(entry)
            messages.success(request, _("%(name)s is offered in forms again.") % {"name": entry})
        else:
            retiring.retire(entry)
            messages.success(request, _("%(name)s is retired: records keep it, forms no longer offer it.") % {"name": entry})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(entry)


def merge(request, slug, code):
    """Choose the entry that stays, see what moves, confirm."""
    catalog_list = _allowed(request, slug, "change")
    entry = _entry(catalog_list, code)
    form = MergeForm(request.POST if request.method == "POST" else request.GET or None, entry=entry)
    context = {"list": catalog_list, "entry": entry, "form": form, "nav_place": "lists"}
    if form.is_bound and form.is_valid():
        winner = form.cleaned_data["into"]
        if request.method == "POST":
            try:
                merging.merge(entry, winner, actor=request.user)
            except ValidationError as error:
                form.add_error("into", error)
            else:
                # No number: it would count records the steward may not see.
                messages.success(request, _("%(loser)s is now part of %(name)s.") % {"loser": entry, "name": winner})
                return redirect(winner)
        else:
            context |= {"winner": winner, "links": merging.links(entry), "panels": uses_of(entry, request.user)}
    return render(request, "catalog/merge.html", context, status=422 if form.is_bound and form.errors else 200)
