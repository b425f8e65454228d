"""What needs attention: of one person, of a team, or of everybody."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.choices import Role
from engagements.domain.attention import everyones, first_rows, mine, of_teams
from engagements.domain.completeness import completeness_of
from engagements.querysets import today
from engagements.views.access import visible
from engagements.waiting import near, totals

SHOWN = 5


@require_safe
def attention(request):
    """Every group that has something: how many, the first of them, and the list of all. Unasked, of whom there is something first."""
    user = request.user
    offered = _offered(user)
    asked = [one for one in offered if one.code == request.GET.get("for", one.code)]
    if not asked:
        raise Http404
    whose, found = _first_with_something(user, asked)
    groups = [group for group, _count in found]
    rows = first_rows(visible(user), groups, whose, SHOWN, near(visible(user), user, groups, whose, SHOWN))
    for group_rows in rows.values():
        for row in group_rows:
            row.complete = completeness_of(row)
    context = {
        "page_records": list(rows.values()),
        "whose": whose,
        "offered": offered,
        "groups": [(group, count, rows[group.code], address(group, whose)) for group, count in found],
        "total": sum(count for _group, count in found),
        "today": today(),
    }
    return render(request, "engagements/attention.html", context)


def _first_with_something(user, asked):
    """The first of ``asked`` of whom any group has a record, else the first of all; and its groups with their numbers."""
    for some in filter(None, [asked[:1], asked[1:]]):  # mostly one's own: the others are counted only where there is nothing
        counted = totals(visible(user), user, some)
        for place, whose in enumerate(some):
            if found := [(group, counts[place]) for group, counts in counted if counts[place]]:
                return whose, found
    return asked[0], []


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
