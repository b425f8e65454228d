"""A record on one or two printed pages, by the browser or as PDF."""

import hashlib

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engagements.around import led_to
from engagements.domain.strength import latest_strength
from engagements.printed import brief_of
from engagements.ratings import lowest_current
from engagements.reading import detail_of, filed_under, outcomes_of, parties_of, plain_rows
from engagements.views.access import get_visible, visible
from history import access
from history.models import Reading
from printing.typesetting import as_pdf, pdf_response


@require_safe
def brief(request, reference):
    """Every brief is logged with the checksum of what was sent, whatever its marking: it leaves the program."""
    user = request.user
    engagement = get_visible(user, reference, is_logged=False)
    participations = list(
        engagement.participations.select_related("country", "organization", "acts_for").prefetch_related("strength_reports")
    )
    assessments = list(engagement.assessments.all())
    context = {
        "engagement": engagement,
        "detail": detail_of(engagement),
        "parties": parties_of(participations),
        "strength": latest_strength(participations),
        "outcomes": outcomes_of(engagement, assessments, led_to(engagement, visible(user, one_by_one=True))),
        "whole": next((row for row in assessments if row.outcome_id is None), None),
        "lowest": lowest_current(assessments),
        "filed": filed_under(engagement),
        "taken_at": timezone.now(),
    }
    context |= plain_rows(engagement)
    wanted = request.GET.get("format", "html")
    if wanted == "pdf":
        content = as_pdf(brief_of(context, user))
        name = f"entente-{engagement.reference}-{timezone.now():%Y-%m-%d}-{engagement.handling}.pdf"
        response = pdf_response(content, name)
    elif wanted == "html":
        response = render(request, "engagements/brief.html", context)
    else:
        text = _("There is no format “%(name)s”. Formats: %(known)s.") % {"name": wanted[:40], "known": "pdf"}
        return render(request, "error.html", {"title": _("No file was made"), "text": text}, status=400)
    checksum = hashlib.sha256(response.content).hexdigest()
    access.log(Reading.BRIEF, actor=user, engagement=engagement, layout=f"brief.{wanted}", rows=1, sha256=checksum)
    return response
