"""Saved mappings: the list, the file of one, and what its owner does with it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imports import saving_mappings as saving
from imports.models import SavedMapping
from imports.offered import offered, offered_one
from imports.views.access import importers_only
from imports.views.columns import as_file


@importers_only
@require_safe
def mapping_list(request):
    return render(request, "imports/mappings.html", {"mappings": offered(request.user)})


@importers_only
@require_safe
def download(request, code):
    if (found := offered_one(request.user, code)) is None:
        raise Http404
    return as_file(found.document, f"entente-mapping-{found.code}.json")


@importers_only
@require_POST
def act(request, code, name):
    found = get_object_or_404(SavedMapping.objects.readable_by(request.user), code=code)
    steps = {
        "rename": lambda: saving.rename(found, request.POST.get("name", ""), actor=request.user),
        "share": lambda: saving.share(found, actor=request.user, shared=True),
        "unshare": lambda: saving.share(found, actor=request.user, shared=False),
        "delete": lambda: saving.delete(found, actor=request.user),
    }
    if name not in steps:
        raise Http404
    try:
        steps[name]()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("“%(name)s” is deleted.") % {"name": found} if name == "delete" else _("Done."))
    return redirect("imports:mappings")
