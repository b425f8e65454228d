"""Review: the manager's queue, and the page on which a record is returned with its reason."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import owner_token, take_typed
from catalog.words import definition
from engagements.choices import ReturnReason, ReviewStepKind
from engagements.domain import lifecycle
from engagements.domain.attention import last_returns, returns
from engagements.domain.changes import changed_since_review
from engagements.domain.completeness import completeness_of, with_missing
from engagements.domain.handling import open_requests
from engagements.domain.review import any_hand, own_hand, refusal, refusal_for, submitted, to_verify, with_own_hand
from engagements.domain.saving import Conflict
from engagements.models import ReviewStep
from engagements.querysets import today
from engagements.views.access import get_visible, version_seen, visible

VERIFIES = "engagements.verify_engagement"
SHOWN = 50
HANDED_IN = [ReviewStepKind.SUBMITTED, ReviewStepKind.REOPENED]


@require_safe
def queue(request):
    """What this person may verify or return, oldest first; apart, what somebody else has to; and why records came back."""
    user = request.user
    if not user.has_perm(VERIFIES):
        raise PermissionDenied(_("A manager verifies records and returns them."))
    rows = visible(user)
    own = submitted(rows).filter(any_hand(user))
    waiting, others = _shown(to_verify(rows, user), user), _shown(own, user)
    requests = list(open_requests(user)[:SHOWN])
    context = {
        "page_records": [*waiting, *others, *(request.engagement for request in requests)],
        "waiting": waiting,
        "total": to_verify(rows, user).count(),
        "own": [(row, refusal_for(own_hand(row))) for row in others],
        "requests": requests,
        "reasons": _reasons(rows),
        "shown": SHOWN,
    }
    return render(request, "engagements/review.html", context)


def _shown(rows, user):
    """The first rows of the queue, each with who handed it in, when, what changed and what is missing."""
    handed_in = ReviewStep.objects.filter(engagement=OuterRef("pk"), kind__in=HANDED_IN).order_by("-pk").values("taken_at")[:1]
    steps = ReviewStep.objects.filter(kind__in=HANDED_IN).select_related("taken_by").order_by("-pk")
    found = list(
        with_own_hand(with_missing(rows), user)
        .annotate(handed_in_at=Coalesce(Subquery(handed_in), "updated_at"))
        .select_related("type", "team", "owner")
        .prefetch_related(Prefetch("review_steps_taken", steps, to_attr="handed_in"), last_returns())
        .order_by("handed_in_at", "reference")[:SHOWN]
    )
    changed = changed_since_review(row.pk for row in found)
    for row in found:
        row.last_step = row.handed_in[0] if row.handed_in else None
        row.waits_for = (today() - row.handed_in_at.date()).days
        row.changed = changed.get(row.pk)
        row.completeness = completeness_of(row)
        row.has_source = all(check.code != "source" for check in row.completeness.missing)
    return found


def _reasons(rows):
    """How many of ``rows`` came back within the last year, by reason: [(code, label, count), ...], the most frequent first."""
    steps = returns().filter(engagement__in=rows.current()).values("reason").annotate(records=Count("engagement", distinct=True))
    counts = {step["reason"]: step["records"] for step in steps}
    found = [(code, label, counts[code]) for code, label in ReturnReason.choices if code in counts]
    return sorted(found, key=lambda reason: -reason[2])


@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request, reference):
    """Ask why, then return the record to its people."""
    engagement = get_visible(request.user, reference)
    if not request.user.has_perm(VERIFIES):
        raise PermissionDenied(refusal(engagement, request.user))
    errors, typed = {}, request.POST
    if request.method != "POST" and (kept := take_typed(request)) is not None:
        typed = kept
        messages.warning(request, _("You had been signed out. Here is what you had typed: it is not saved yet."))
    if request.method == "POST":
        said = {"reason": request.POST.get("return_reason", ""), "note": request.POST.get("note", "")[:4000]}
        try:
            lifecycle.give_back(engagement, seen=version_seen(request.POST), actor=request.user, **said)
        except Conflict:
            messages.error(request, _("Someone changed this record since you opened it. Look at it again before you decide."))
            engagement = get_visible(request.user, reference)
            typed = typed.copy()  # kept; sent again, it is said in the knowledge of the change
            typed["version"] = str(engagement.version)
        except ValidationError as error:
            errors = error.message_dict
        else:
            messages.success(request, _("The record went back to its team, with your reason."))
            return redirect("engagements:review")
    context = {
        "engagement": engagement,
        "refused": refusal(engagement, request.user),
        "reasons": [(code, label, definition("return_reason", code)) for code, label in ReturnReason.choices],
        "errors": errors,
        "said": typed,
        "typed_by": owner_token(request.user),
    }
    return render(request, "engagements/return.html", context)
