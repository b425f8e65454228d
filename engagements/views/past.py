"""The history of one record: what happened, two versions side by side, an earlier version brought back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import owner_token, take_typed
from engagements.domain.lifecycle import may_edit
from engagements.domain.merging import absorbed_by
from engagements.domain.past import Past
from engagements.domain.restoring import offered, plan, restore_version
from engagements.domain.saving import Conflict
from engagements.views.access import get_editable, get_visible, version_seen, visible

PAGE = 50


@require_safe
def history(request, reference):
    """Its entries, newest first; with ``?from=`` (and ``?to=``) what differs between two versions."""
    engagement = get_visible(request.user, reference)
    past = Past(engagement, request.user, visible(request.user))
    if request.GET.get("from"):
        return _compare(request, engagement, past)
    teller, raw = past.raw()
    page = Paginator(raw, PAGE).get_page(request.GET.get("page"))
    entries = teller.say(page.object_list)
    context = {
        "engagement": engagement,
        "entries": entries,
        "page": page,
        "offered": offered(raw) if may_edit(engagement, request.user) else set(),
        "newest": raw[0].entry.key if raw else "",  # of those told: a link to a hidden record is no news
        "absorbed": absorbed_by(engagement, visible(request.user)),
    }
    return render(request, "engagements/history.html", context)


def _compare(request, engagement, past):
    older = _version(past, request.GET["from"])
    newer = _version(past, request.GET.get("to") or past.versions[-1].key)
    if past.versions.index(older) > past.versions.index(newer):
        older, newer = newer, older
    context = {
        "engagement": engagement,
        "older": older,
        "newer": newer,
        "is_now": not past.between(newer, past.versions[-1]),
        "parts": past.between(older, newer),
        "may_edit": may_edit(engagement, request.user),
    }
    return render(request, "engagements/versions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request, reference, key):
    """Show what would change, ask why, and bring the version back."""
    engagement = get_editable(request.user, reference)
    past = Past(engagement, request.user, visible(request.user))
    version = _version(past, key)
    error, reason = "", request.POST.get("reason", "")
    if request.method != "POST" and (typed := take_typed(request)) is not None:
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
        reason = typed.get("reason", "")
    if request.method == "POST":
        try:
            restore_version(
                engagement, key, visible=visible(request.user), reason=reason,
                seen=version_seen(request.POST), actor=request.user,
            )  # fmt: skip
        except Conflict:
            messages.error(request, _("Someone changed this record since you opened it. Look at it again before you decide."))
            return redirect("engagements:history", reference)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("The record stands again as it did on %(when)s.") % {"when": version.when})
            return redirect(engagement)
    context = {"engagement": engagement, "at": version, "plan": plan(past, engagement, version), "error": error}
    context |= {"reason": reason, "typed_by": owner_token(request.user)}
    return render(request, "engagements/restore.html", context)


def _version(past: Past, key: str):
    try:
        return past.version(key)
    except LookupError:
        raise Http404 from None
