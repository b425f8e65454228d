"""The history of one record."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from engagements.domain.past import entries
from engagements.views.access import get_visible, visible


@require_safe
def history(request, reference):
    engagement = get_visible(request.user, reference)
    return render(request, "engagements/history.html", {"engagement": engagement, "entries": entries(engagement, visible(request.user))})
