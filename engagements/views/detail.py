"""One record: the facts at a glance and the story below."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from engagements.around import around
from engagements.choices import ReviewState
from engagements.domain.attachments import files_of
from engagements.domain.completeness import completeness_of, with_missing
from engagements.domain.lifecycle import may_archive, may_edit, may_verify
from engagements.domain.merging import kept_for, mergers_of, with_mergers
from engagements.domain.review import last_return
from engagements.domain.strength import latest_strength
from engagements.paging import MOST_COUNTED
from engagements.panels import record_panels
from engagements.querysets import today
from engagements.ratings import lowest_current
from engagements.reading import detail_of, filed_under, outcomes_of, parties_of, plain_rows
from engagements.views import comments
from engagements.views.access import get_visible, visible


@require_safe
def engagement_detail(request, reference):
    user = request.user
    try:
        engagement = get_visible(user, reference, prepared=lambda rows: with_mergers(with_missing(rows)))
    except Http404:
        if (kept := kept_for(reference, visible(user))) is None:
            raise
        return redirect(kept)
    participations = list(
        engagement.participations.select_related("country", "organization", "acts_for").prefetch_related("strength_reports")
    )
    assessments = list(engagement.assessments.all())
    seen = visible(user, one_by_one=True)
    near = around(engagement, seen)
    filed = filed_under(engagement)
    context = {
        "engagement": engagement,
        "detail": detail_of(engagement),
        "parties": parties_of(participations),
        "countries_counted": len({row.acts_for_id for row in participations if row.is_counted and row.acts_for_id}),
        "strength": latest_strength(participations),
        "outcomes": outcomes_of(engagement, assessments, near["led_to"]),
        "whole": [assessment for assessment in assessments if assessment.outcome_id is None],
        "lowest": lowest_current(assessments),
        "look_back": getattr(engagement, "after_action_review", None),
        "funding": engagement.funding_lines.select_related("source"),
        "filed": filed,
        "most_counted": MOST_COUNTED,
        "today": today(),
        "may_edit": may_edit(engagement, user),
        "may_archive": may_archive(engagement, user),
        "may_verify": may_verify(engagement, user),
        "completeness": completeness_of(engagement),
        "last_return": last_return(engagement) if engagement.review_state == ReviewState.RETURNED else None,
    }
    context |= plain_rows(engagement) | near
    context |= {"files": files_of(engagement)} | comments.section(request, engagement)
    context |= {"mergers": mergers_of(engagement, seen, user)}
    context["record_panels"] = record_panels(engagement, user)
    return render(request, "engagements/detail.html", context)
