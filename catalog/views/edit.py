"""Stewards add and change entries, retire them, and merge two that are one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.middleware import owner_token, take_typed
from catalog.domain import merging, retiring
from catalog.domain.lookalikes import similar_to
from catalog.forms.conflicts import EntryForms
from catalog.forms.merging import MergeForm
from catalog.registry import CatalogList, uses_of
from catalog.views.lists import list_of


def allowed(request, slug: str, action: str) -> CatalogList:
    catalog_list = list_of(slug)
    if not request.user.has_perm(catalog_list.permission(action)):
        raise PermissionDenied(_("Stewards keep the lists. Tell one of them what is missing or wrong."))
    return catalog_list


def entry_of(catalog_list: CatalogList, code: str):
    found = catalog_list.rows().filter(code=code).first()
    if found is None:
        raise Http404
    return found


def new(request, slug):
    catalog_list = allowed(request, slug, "add")
    return _form_page(request, catalog_list, catalog_list.model())


def edit(request, slug, code):
    catalog_list = allowed(request, slug, "change")
    return _form_page(request, catalog_list, entry_of(catalog_list, code))


@transaction.atomic  # from the look at what is stored to the save: nobody comes between
def _form_page(request, catalog_list: CatalogList, entry):
    is_new = entry.pk is None
    title = _("New entry: %(list)s") % {"list": catalog_list.one} if is_new else str(entry)
    typed = request.POST if request.method == "POST" else take_typed(request)
    if typed is not None and request.method != "POST":
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
    forms = EntryForms(entry, typed)
    status, similar = 200, []
    if request.method == "POST":
        valid = forms.is_valid()
        similar = _similar(request, entry, forms.form) if valid else []
        if valid and not similar:
            forms.save()
            messages.success(request, _("Saved: %(name)s.") % {"name": entry})
            return redirect(entry)
        status = 409 if forms.is_in_conflict else 422
    context = {"list": catalog_list, "entry": entry, "is_new": is_new, "title": title, "form": forms.form, "formsets": forms.formsets}
    context |= {"conflict": forms.conflict, "seen_state": forms.seen_state, "typed_by": owner_token(request.user)}
    context |= {"similar": similar, "nav_place": "lists"}
    return render(request, "catalog/form.html", context, status=status)


def _similar(request, entry, form):
    """Entries that a new name may mean, until somebody says that this is another one."""
    if "name" not in form.changed_data and "spellings" not in form.changed_data:
        return []
    names = [form.cleaned_data["name"], *(spelling.text for _line, spelling in (form.cleaned_data.get("spellings") or {}).values())]
    known = {form.initial.get("name"), *(alias.text for alias in entry.aliases.all())} if entry.pk and hasattr(entry, "aliases") else set()
    found = similar_to(entry, [name for name in names if name not in known])
    return [] if {other.code for other in found} <= set(request.POST.get("different", "").split(",")) else found


@require_POST
def retire(request, slug, code):
    """Retire an entry, or bring it back."""
    catalog_list = allowed(request, slug, "change")
    entry = entry_of(catalog_list, code)
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
    catalog_list = allowed(request, slug, "change")
    entry = entry_of(catalog_list, code)
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
                messages.success(
                    request,
                    _("%(loser)s is now part of %(name)s. “Latest mergers”, on the page of the list, undoes it.")
                    % {"loser": entry, "name": winner},
                )
                return redirect(winner)
        else:
            context |= {"winner": winner, "links": merging.links(entry), "panels": uses_of(entry, request.user)}
    return render(request, "catalog/merge.html", context, status=422 if form.is_bound and form.errors else 200)
