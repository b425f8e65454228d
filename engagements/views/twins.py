"""Records that may be the same: the warning while one is entered, and the page on which pairs are sorted out."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from engagements.domain.duplicates import LOOKED_AT, likely_pairs, said_two, shown, sortable
from engagements.domain.twins import say_two, take_back_two
from engagements.forms.twins import twins_while_typing
from engagements.references import PATTERN

PAGE = 50
LATEST = 20


@permission_required("engagements.add_engagement", raise_exception=True)
@require_POST
def twins(request):
    """What may be on file already, for the form that is being typed; nothing is written."""
    return render(request, "engagements/_twins.html", {"twins": twins_while_typing(request.POST, request.user), "typing": True})


def _may_sort(request):
    if not request.user.has_perm("engagements.change_engagement"):
        raise PermissionDenied(_("Analysts and managers sort out duplicates."))


@require_safe
def duplicates(request):
    _may_sort(request)
    asked = [request.GET.get(name, "")[:340] for name in ("first", "second")]
    if any(asked):
        named = [re.search(PATTERN, text.upper()) for text in asked]
        if all(named):
            return redirect("engagements:merge", *(found.group() for found in named))
        messages.error(request, _("Write the references of both records: ENG-2026-7K3FQ."))
    page = Paginator(likely_pairs(request.user), PAGE).get_page(request.GET.get("page"))
    pairs = shown(list(page), request.user)
    said = said_two(request.user, LATEST)
    context = {
        "page": page,
        "pairs": pairs,
        "said": said,
        "page_records": [*(sides for _one, _other, sides, _why in pairs), *([row.first, row.second] for row in said)],
        "looked_at": LOOKED_AT,
        "asked": asked,
    }
    return render(request, "engagements/duplicates.html", context)


@require_POST
def not_twins(request):
    """Somebody looked at a pair: they are two. With ``again`` that was a slip."""
    _may_sort(request)
    references = {request.POST.get("first", "")[:20], request.POST.get("second", "")[:20]}
    pair = list(sortable(request.user).filter(reference__in=references))
    if len(pair) != 2:
        raise Http404
    if request.POST.get("again"):
        take_back_two(*pair)
        said = _("“%(one)s” and “%(other)s” are compared again.")
    else:
        say_two(*pair, actor=request.user)
        said = _("“%(one)s” and “%(other)s” stay two records. Below this can be taken back.")
    messages.success(request, said % {"one": pair[0], "other": pair[1]})
    page = request.POST.get("page", "")
    return redirect("engagements:duplicates" if page in {"", "1"} or not page.isdecimal() else f"/duplicates/?page={page[:6]}")
