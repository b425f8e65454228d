"""The next iteration of an engagement: what stays the same from one year to the next, and nothing that came of it."""

import re
from typing import Any

from catalog.partial_dates import PartialDate
from engagements.choices import ParticipationStatus, Status
from engagements.models import Engagement

SAME = [
    "type", "country", "place", "is_virtual", "latitude", "longitude", "framework", "parent", "conflict_context", "handling",
    "team",
]  # fmt: skip
SAME_MANY = ["also_held_in", "strategies", "themes", "domains", "objectives", "legal_bases"]


def next_iteration(engagement: Engagement) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a form for the next iteration starts with: the engagement's fields, and its participants as invited.

    Dates are left empty: nobody knows them yet. A number at the end of title and iteration is raised by one.
    """
    fields: dict[str, Any] = {name: getattr(engagement, name) for name in SAME}
    fields |= {name: list(getattr(engagement, name).all()) for name in SAME_MANY}
    fields |= {
        "title": raised(engagement.title),
        "iteration": raised(engagement.iteration),
        "status": Status.PLANNED,
        "predecessors": [engagement],
        "starts": PartialDate(),
        "ends": PartialDate(),
    }
    participants = [
        {
            "party": participation.party,
            "role": participation.role,
            "status": ParticipationStatus.INVITED,
            "unit": participation.unit,
            "delegation_level": participation.delegation_level,
        }
        for participation in engagement.participations.select_related("country", "organization")
        if participation.status not in {ParticipationStatus.DECLINED}
    ]
    return fields, participants


def raised(text: str) -> str:
    """ "Cobra Gold 2025" → "Cobra Gold 2026", "42" → "43"; text without a number stays. "2024-1" → "2024-2"."""
    numbers = list(re.finditer(r"[0-9]+", text))
    if not numbers:
        return text
    last = numbers[-1]
    return f"{text[: last.start()]}{int(last.group()) + 1:0{len(last.group())}d}{text[last.end() :]}"
