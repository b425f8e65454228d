"""Two records become one, and the way back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms.utils import ErrorDict
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.choices import Handling
from accounts.middleware import owner_token, take_typed
from engagements.domain import merging
from engagements.domain.merge_clashes import in_words
from engagements.domain.saving import Conflict
from engagements.forms.merging import MergeForm
from engagements.models import Merger
from engagements.views.access import get_editable, visible


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request, reference, other):
    """The record of the address stays; the other is absorbed. The page says what differs and asks."""
    kept, absorbed = get_editable(request.user, reference), get_editable(request.user, other)
    context = _pair(kept, absorbed)
    if refused := merging.refusal(kept, absorbed):
        return render(request, "engagements/merge.html", context | {"refused": refused})
    may_not, may_turn = (merging.may_not(*pair, request.user) for pair in [(kept, absorbed), (absorbed, kept)])
    if may_not and not may_turn and request.method != "POST":
        return redirect("engagements:merge", other, reference)
    if may_not:
        raise PermissionDenied(may_not)
    typed = None if request.method == "POST" else take_typed(request)
    form = MergeForm(request.POST if request.method == "POST" else typed, kept=kept, other=absorbed, user=request.user)
    if typed is not None:
        form._errors = ErrorDict()  # nobody asked yet whether all is right
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
    elif form.is_bound and form.is_valid():
        try:
            merging.merge(
                kept,
                absorbed,
                chosen=form.chosen,
                linked=form.linked,
                seen=form.cleaned_data["version"],
                seen_other=form.cleaned_data["other_version"],
                actor=request.user,
            )
        except Conflict:
            messages.error(
                request, _("Someone changed one of the records since you opened this page. Look at them again before you merge.")
            )
            return redirect(request.path)
        except ValidationError as error:
            form.add_error(None, error.messages)
            kept, absorbed = get_editable(request.user, reference), get_editable(request.user, other)
            context = _pair(kept, absorbed)
        else:
            messages.success(request, _("%(reference)s is a part of this record now. Beside it this can be undone.") % {"reference": other})
            return redirect(kept)
    context |= {"form": form, "may_turn": not may_turn, "reason": form.data.get("reason", ""), "typed_by": owner_token(request.user)}
    return render(request, "engagements/merge.html", context)


def _pair(kept, other):
    """Both, and the one whose marking the page bears: it shows what both say."""
    return {"kept": kept, "other": other, "marked": max(kept, other, key=lambda record: Handling.values.index(record.handling))}


@require_POST
def undo(request, reference):
    """Take the record of the address out of the one that absorbed it; or say what stands in the way."""
    merger = (
        Merger.objects.filter(absorbed__reference=reference, kept__in=visible(request.user), undone_at=None)
        .select_related("kept", "absorbed", "merged_by")
        .first()
    )
    if merger is None:
        raise Http404
    try:
        merging.undo(merger, actor=request.user)
    except merging.Changed as changed:
        context = {"merger": merger, "obstacles": in_words(changed.clashes, visible(request.user), merger)}
        return render(request, "engagements/merge_undo.html", context)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(merger.kept)
    messages.success(request, _("%(reference)s is a record of its own again; both are as they were before.") % {"reference": reference})
    back = visible(request.user).filter(pk=merger.absorbed_id).first()
    return redirect(back or merger.kept)
