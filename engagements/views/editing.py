"""Entering and changing records: quick log, full form, copy as next iteration."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.middleware import owner_token, take_typed
from engagements.choices import Kind, ReviewState
from engagements.domain.copying import next_iteration
from engagements.domain.lifecycle import may_edit
from engagements.forms.close_out import CloseOut
from engagements.forms.editor import Editor
from engagements.forms.quick_log import QuickLog
from engagements.forms.twins import SAID_TWO, save_and_remember, unconfirmed
from engagements.models import Engagement
from engagements.views.access import get_editable, get_visible, version_seen, visible

RECENT_TYPES = 5
RECENT_PARTIES = 8
TRIES = 3  # to save while others do: the second finds what the first was overtaken by


@permission_required("engagements.add_engagement", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def quick_log(request):
    data = _data(request)
    editor = QuickLog(user=request.user, engagement=Engagement(kind=Kind.ENGAGEMENT), data=data)
    editor.form.recent_first(_recent_types(request.user))
    if (answer := _answer(request, editor)) is not None:
        return answer
    return _page(request, editor, "engagements/quick_log.html", {"recent_parties": _recent_parties(request.user)})


@permission_required("engagements.add_engagement", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """The full form; ``?kind=`` says of what, ``?copy=REFERENCE`` starts from an earlier iteration."""
    initial, participants, source = None, None, None
    kind = request.GET.get("kind", Kind.ENGAGEMENT)
    if kind not in Kind.values:
        raise Http404
    if request.GET.get("copy"):
        source = get_visible(request.user, request.GET["copy"])
        if source.is_archived:
            raise PermissionDenied(_("This record is archived: the next iteration starts from one that stands."))
        kind = source.kind
        initial, participants = next_iteration(source)
    editor = Editor(user=request.user, engagement=Engagement(kind=kind), data=_data(request), initial=initial, participants=participants)
    if (answer := _answer(request, editor)) is not None:
        return answer
    return _page(request, editor, "engagements/form.html", {"copied_from": source, "kind": kind, "kinds": Kind.choices})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, reference):
    return _changed(request, reference, Editor, "engagements/form.html")


@require_http_methods(["GET", "HEAD", "POST"])
def close_out(request, reference):
    """One page for the end of an engagement: how it ended, who came, what came of it."""
    return _changed(request, reference, CloseOut, "engagements/close_out.html")


def _changed(request, reference, form_of_page, template):
    """The form of a record that is there already: shown, saved, or shown again with what another saved meanwhile."""
    data = _data(request)
    for _try in range(TRIES):
        editor = form_of_page(user=request.user, engagement=_engagement(request, reference, data), data=data)
        if (answer := _answer(request, editor)) is not None:
            return answer
        if not editor.is_overtaken:
            break
    # A refused form has written into the instance: the page's head shows what is stored.
    stored = get_visible(request.user, reference)
    return _page(request, editor, template, {"engagement": stored, "kind": stored.kind, "may_edit": may_edit(stored, request.user)})


def _engagement(request, reference, data):
    """The record for a change. Where the right to change it went while the person typed, the form is shown, not saved."""
    engagement = get_visible(request.user, reference)
    seen = version_seen(data or {})
    overtaken = seen is not None and 0 < seen < engagement.version
    if overtaken and request.user.has_perm("engagements.change_engagement"):
        return engagement
    return get_editable(request.user, reference)


def _data(request):
    """What was posted, or what had been typed when the session ran out."""
    if request.method == "POST":
        return request.POST
    typed = take_typed(request)
    if typed is not None:
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
    return typed


def _answer(request, editor):
    """Where a good save leads; None where the form is to be shown."""
    if request.method != "POST":
        if editor.data is not None:
            editor.without_errors()
        return None
    if editor.only_adds_a_row:
        editor.without_errors()
        return None
    if not editor.is_valid():
        return None
    editor.twins = unconfirmed(editor)
    if editor.twins:
        return None
    is_new, was_verified = editor.engagement.pk is None, editor.engagement.review_state == ReviewState.VERIFIED
    engagement = save_and_remember(editor)
    if engagement is None:
        return None
    said = _("“%(title)s” is recorded as %(reference)s.") if is_new else _("“%(title)s” is saved.")
    messages.success(request, said % {"title": engagement, "reference": engagement.reference})
    if was_verified and engagement.review_state != ReviewState.VERIFIED:
        messages.warning(request, _("It was verified before you changed it: now it waits for a manager again."))
    if editor.data.get(SAID_TWO):
        messages.success(request, _("You said that it is no duplicate of what you saw. On the page “Duplicates” this can be taken back."))
    if "another" in request.POST:
        return redirect("engagements:quick_log")
    return redirect(engagement)


def _page(request, editor, template, context):
    refused = request.method == "POST" and not editor.only_adds_a_row
    context |= {"editor": editor, "form": editor.form, "errors": editor.errors() if refused else [], "typed_by": owner_token(request.user)}
    return render(request, template, context, status=409 if refused and editor.is_in_conflict else 200)


def _recent_types(user):
    rows = visible(user).filter(created_by=user).order_by().values("type").annotate(last=Max("created_at")).order_by("-last")
    return [row["type"] for row in rows[:RECENT_TYPES]]


def _recent_parties(user):
    """The parties this person entered last, as the combobox writes them."""
    found: dict[str, str] = {}
    rows = (
        visible(user)
        .filter(created_by=user)
        .order_by("-created_at")
        .prefetch_related("participations__country", "participations__organization")
    )
    for engagement in rows[:10]:
        for row in engagement.participations.all():
            found.setdefault(row.party.code, f"{row.party} ({row.party.code})")
    return list(found.values())[:RECENT_PARTIES]
