"""What needs attention: of one person, of a team, or of everybody."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.choices import Role
from engagements.domain.attention import everyones, first_rows, mine, of_teams, totals
from engagements.domain.completeness import completeness_of
from engagements.querysets import today
from engagements.views.access import visible

SHOWN = 5


@require_safe
def attention(request):
    """Every group that has something: how many, the first of them, and the list of all."""
    user = request.user
    offered = {one.code: one for one in _offered(user)}
    whose = offered.get(request.GET.get("for", "me"))
    if whose is None:
        raise Http404
    found = [(group, count) for group, (count,) in totals(visible(user), user, [whose]) if count]
    rows = first_rows(visible(user), [group for group, _count in found], whose, SHOWN)
    for group_rows in rows.values():
        for row in group_rows:
            row.complete = completeness_of(row)
    context = {
        "page_records": list(rows.values()),
        "whose": whose,
        "offered": offered.values(),
        "groups": [(group, count, rows[group.code], address(group, whose)) for group, count in found],
        "total": sum(count for _group, count in found),
        "today": today(),
    }
    return render(request, "engagements/attention.html", context)


def _offered(user):
    """Whose records one may ask for: one's own, those of one's teams, and, as a manager, all."""
    found = [mine(user), *(of_teams([team]) for team in user.own_teams)]
    return [*found, everyones()] if user.role == Role.MANAGER else found


def address(group, whose) -> str:
    """The list that shows exactly the records of ``group``."""
    return f"{reverse('engagements:list')}?{urlencode(group.pairs(whose))}"


def for_home(user) -> dict:
    """The figures of the home page: each group that has something, of the person's own records, else of the teams'."""
    whose = [mine(user), *([of_teams(user.own_teams)] if user.own_teams else [])]
    lines = [
        (group, [(one, count, address(group, one)) for one, count in zip(whose, counts, strict=True) if count])
        for group, counts in totals(visible(user), user, whose)
        if any(counts)
    ]
    return {"attention": lines, "whose": whose}
