"""One record: the facts at a glance and the story below."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from engagements.domain.lifecycle import may_archive, may_edit, may_verify
from engagements.domain.strength import latest_strength
from engagements.querysets import today
from engagements.ratings import current, lowest_current
from engagements.reading import filed_under, plain_rows, relatives
from engagements.views.access import get_visible, visible

AROUND = 12


@require_safe
def engagement_detail(request, reference):
    user = request.user
    engagement = get_visible(user, reference)
    participations = list(
        engagement.participations.select_related("country", "organization", "acts_for").prefetch_related("strength_reports")
    )
    assessments = list(engagement.assessments.all())
    around = relatives(engagement, visible(user))
    filed = filed_under(engagement)
    context = {
        "engagement": engagement,
        "detail": _detail(engagement),
        "parties": _parties(participations),
        "countries_counted": len({row.acts_for_id for row in participations if row.is_counted and row.acts_for_id}),
        "strength": latest_strength(participations),
        "outcomes": _outcomes(engagement, assessments, around["led_to"]),
        "whole": [assessment for assessment in assessments if assessment.outcome_id is None],
        "lowest": lowest_current(assessments),
        "look_back": getattr(engagement, "after_action_review", None),
        "funding": engagement.funding_lines.select_related("source"),
        "filed": filed,
        "series_length": len(around["series"]),
        "today": today(),
        "may_edit": may_edit(engagement, user),
        "may_archive": may_archive(engagement, user),
        "may_verify": may_verify(engagement, user),
    }
    context |= plain_rows(engagement) | around | {"series": _window(around["series"], engagement)}
    return render(request, "engagements/detail.html", context)


def _detail(engagement):
    for name in ("exercise", "training", "mission"):
        found = getattr(engagement, name, None)
        if found is not None:
            return found
    return None


def _parties(participations):
    """One entry a party with its rows, in the order entered: [{"party", "country", "rows"}]."""
    parties: dict = {}
    for row in participations:
        entry = parties.setdefault((row.country_id, row.organization_id), {"party": row.party, "rows": [], "country": row.country_id})
        entry["rows"].append(row)
    return list(parties.values())


def _outcomes(engagement, assessments, led_to):
    """The outcomes, each with its current judgment and the engagement it led to where the reader may see that."""
    judged = {assessment.outcome_id: assessment for assessment in current(assessments)}
    outcomes = list(engagement.outcomes.select_related("type"))
    for outcome in outcomes:
        outcome.judged = judged.get(outcome.pk)
        outcome.led_to = led_to.get(outcome.linked_engagement_id)
    return outcomes


def _window(rows, engagement):
    """The iterations around this one, itself included."""
    place = next((number for number, row in enumerate(rows) if row.pk == engagement.pk), 0)
    start = max(0, place - AROUND // 2)
    return rows[start : start + AROUND]
