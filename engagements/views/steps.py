"""The buttons of a record: archive, restore, submit, verify. Returning it asks for a reason: views/review.py."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from engagements.domain import lifecycle
from engagements.domain.saving import Conflict
from engagements.views.access import get_visible, version_seen

STEPS = {
    "restore": (lifecycle.restore, gettext_lazy("The record is back in the register.")),
    "submit": (lifecycle.submit, gettext_lazy("The record waits for a manager.")),
    "verify": (lifecycle.verify, gettext_lazy("The record is verified.")),
}


@require_POST
def step(request, reference, name):
    if name not in STEPS:
        raise Http404
    engagement = get_visible(request.user, reference)
    act, sentence = STEPS[name]
    if not _take(request, engagement, act, sentence):
        return redirect("engagements:history", reference)
    return redirect("engagements:review" if request.POST.get("then") == "queue" else engagement)


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request, reference):
    """Ask, then archive; the message offers the way back."""
    engagement = get_visible(request.user, reference)
    if request.method == "POST":
        sentence = _("The record is archived. Restore it from its page when it is needed again.")
        taken = _take(request, engagement, lifecycle.archive, sentence)
        return redirect(engagement) if taken else redirect("engagements:history", reference)
    return render(
        request, "engagements/archive.html", {"engagement": engagement, "may_archive": lifecycle.may_archive(engagement, request.user)}
    )


def _take(request, engagement, act, sentence) -> bool:
    """Take the step and say so; False where another changed the record since the page was opened: its history tells what."""
    try:
        act(engagement, seen=version_seen(request.POST), actor=request.user)
    except Conflict as overtaken:
        said = _("Nothing was done. The newest entry below says what changed.")
        messages.error(request, " ".join([*overtaken.messages, said]))
        return False
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, sentence)
        if act is lifecycle.submit and not engagement.sources.exists():
            messages.warning(request, _("It has no source yet: a manager can not verify it without one. Add where the facts come from."))
    return True
