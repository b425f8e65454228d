"""Numbers by themselves, without the page that shows them: counts, year by kind by region, and the map."""

import copy
from typing import Any
from unittest import mock

from django.http import QueryDict

from engagements.filters import EngagementFilter
from engagements.models import Engagement
from reports import groups
from reports.asked import Asked
from reports.questions import BY_NAME
from reports.remembered import by_year_kind_region


def asked(user: Any, name: str) -> Asked:
    report = BY_NAME[name]
    return Asked(QueryDict(""), user, copy.deepcopy(report.parameters()), held_only=report.held_only)


def cross(user: Any) -> dict:
    """{(year, kind, region it was held in): how many}, remembered while none of these records was changed."""
    return by_year_kind_region(asked(user, "trend").facts, "m49", "held")


def cross_anew(user: Any) -> dict:
    """The same with nothing remembered but the sets, as after a change of one of the records."""
    with mock.patch("reports.remembered.of_these", lambda _sets, _key, _ids, ask, _size: ask()):
        return cross(user)


def of_map(user: Any) -> dict[str, int]:
    """{country: how many were held there}."""
    return {row.code: len(row.ids) for row in groups.by_place(asked(user, "map").facts)}


def count(user: Any) -> int:
    """Exactly how many records a reader may see, as the list counts them on demand."""
    found = EngagementFilter(QueryDict(""), queryset=Engagement.objects.visible_to(user), user=user)
    found.form.is_valid()
    return len(found.ids)
