"""Who may read a record: narrow it, ask for more readers, decide what others asked."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms.utils import ErrorDict
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.middleware import owner_token, take_typed
from engagements.choices import Decision
from engagements.domain import handling as steps
from engagements.domain.saving import Conflict
from engagements.forms.handling import HandlingForm
from engagements.views.access import get_visible, visible

SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
def handling(request, reference):
    user = request.user
    engagement = get_visible(user, reference)
    newest = engagement.handling_requests.order_by("-asked_at", "-pk")
    requests = list(newest.select_related("asked_by", "decided_by").prefetch_related("release_to")[:SHOWN])
    waiting = next((item for item in requests if item.decision == Decision.OPEN), None)
    may_mark, may_decide = steps.may_mark(engagement, user), waiting is not None and steps.may_decide(waiting, user)
    if not may_mark and not may_decide and not user.has_perm(steps.DECIDES):
        raise PermissionDenied(_("Only its own team or a manager changes who may read this record."))
    typed = None if request.method == "POST" else take_typed(request)
    form = HandlingForm(typed, user=user, engagement=engagement)
    if typed is not None:
        form._errors = ErrorDict()  # nobody asked yet whether all is right
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
    if request.method == "POST":
        if request.POST.get("do") in {"raise", "ask"}:
            form = HandlingForm(request.POST, user=user, engagement=engagement)
        try:
            said = _taken(request, engagement, waiting, form)
        except Conflict:
            # What was typed stays; sent again, it is said in the knowledge of the change.
            messages.error(request, _("Someone changed this record since you opened it. Look at it again before you decide."))
        except ValidationError as error:
            if form.is_bound and form.is_valid():
                is_reason_missing = request.POST["do"] == "ask" and not form.cleaned_data["reason"].strip()
                form.add_error("reason" if is_reason_missing else None, error.messages)
            else:
                messages.error(request, " ".join(error.messages))
        else:
            if said:
                messages.success(request, said)
                still_seen = visible(user).filter(pk=engagement.pk).exists()
                return redirect("engagements:handling", engagement.reference) if still_seen else redirect("engagements:list")
    # What was posted may have been written into the instance: the page shows what is stored.
    context = {
        "engagement": get_visible(user, reference),
        "form": form,
        "typed": request.POST or typed,
        "typed_by": owner_token(user),
        "waiting": waiting,
        "past": [item for item in requests if item.decision != Decision.OPEN],
        "may_mark": may_mark,
        "may_decide": may_decide,
        "is_own_request": waiting is not None and waiting.asked_by_id == user.pk,
    }
    return render(request, "engagements/handling.html", context)


def _taken(request, engagement, waiting, form) -> str:
    """Take the step whose button was pressed: what to say of it, nothing where the form is not right."""
    do, user, typed = request.POST.get("do", ""), request.user, request.POST.get("version", "")
    seen = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else None
    if do in {"raise", "ask"}:
        if not form.is_valid():
            return ""
        wanted = {"handling": form.cleaned_data["handling"], "released_to": list(form.cleaned_data["released_to"]), "actor": user}
        if do == "raise":
            steps.raise_to(engagement, seen=seen, **wanted)
            return _("Done: this holds from now on, on every page, in every list and file.")
        steps.ask_to_lower(engagement, reason=form.cleaned_data["reason"], **wanted)
        return _("The request waits for a second person. Until then nothing changes.")
    if do not in {"agree", "refuse", "withdraw"}:
        raise Http404
    if waiting is None or request.POST.get("request") != str(waiting.pk):
        raise ValidationError(_("This request has been decided already."))
    waiting.engagement = engagement
    if do == "withdraw":
        steps.withdraw(waiting, actor=user)
        return _("The request is withdrawn.")
    steps.decide(waiting, agreed=do == "agree", note=request.POST.get("note", ""), seen=seen, actor=user)
    return _("Agreed: the record is marked as asked.") if do == "agree" else _("Refused: the record stays as it is marked.")
