"""The buttons of a record: archive, restore, submit, verify, return."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from engagements.domain import lifecycle
from engagements.domain.saving import Conflict
from engagements.views.access import get_visible

STEPS = {
    "restore": (lifecycle.restore, gettext_lazy("The record is back in the register.")),
    "submit": (lifecycle.submit, gettext_lazy("The record waits for a manager.")),
    "verify": (lifecycle.verify, gettext_lazy("The record is verified.")),
    "return": (lifecycle.give_back, gettext_lazy("The record went back to its team.")),
}


@require_POST
def step(request, reference, name):
    if name not in STEPS:
        raise Http404
    engagement = get_visible(request.user, reference)
    act, sentence = STEPS[name]
    _take(request, engagement, act, sentence)
    return redirect(engagement)


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request, reference):
    """Ask, then archive; the message offers the way back."""
    engagement = get_visible(request.user, reference)
    if request.method == "POST":
        _take(request, engagement, lifecycle.archive, _("The record is archived. Restore it from its page when it is needed again."))
        return redirect(engagement)
    return render(
        request, "engagements/archive.html", {"engagement": engagement, "may_archive": lifecycle.may_archive(engagement, request.user)}
    )


def _take(request, engagement, act, sentence):
    seen = request.POST.get("version", "")
    try:
        act(engagement, seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None, actor=request.user)
    except Conflict:
        messages.error(request, _("Someone changed this record since you opened it. Look at it again before you decide."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, sentence)
