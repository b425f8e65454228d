"""Records on file that a new one of a file may be again: asked for some hundred plans at once, in a fixed number of queries.

The rule is that of the form (engagements/domain/twins.py), among the records that the batch's owner sees. Only those that
begin within ``NEAR`` of the new one are compared: each question is then about a few records, however large the register is.
"""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.canonical import canonical
from catalog.choices import STATE_BODIES
from catalog.models import Organization
from engagements.choices import NOT_TAKING_PART
from engagements.domain.twins import Entry, best_first, entries, how_like
from engagements.models import Engagement
from imports.choices import Outcome
from imports.copying import add
from imports.models import Batch, LikelyTwin
from imports.planning import Plan

NEAR = dt.timedelta(days=3)
MOST_PAIRS = 50_000  # that one question brings; a register with more on one day is compared as far as they reach
COLUMNS = ("group", "line", "engagement_id", "is_alike", "shared")


class Twins:
    """Finds them for one batch."""

    def __init__(self, batch: Batch):
        self.batch = batch
        bodies = Organization.objects.filter(kind__in=STATE_BODIES).exclude(country=None)
        self.state_of = dict(bodies.values_list("pk", "country"))

    def note(self, plans: Sequence[Plan]) -> int:
        """Keep the likeliest record on file for each plan of a new one that has any; returns how many have."""
        sought = [(plan, self._entry(plan)) for plan in plans if plan.outcome == Outcome.CREATE and plan.engagement.get("starts_on")]
        if not sought:
            return 0
        near = _worth_a_look(self.batch.owner, [entry for _plan, entry in sought])
        on_file = {
            entry.pk: entry
            for entry in entries(Engagement.objects.visible_to(self.batch.owner).filter(pk__in={pk for pks in near.values() for pk in pks}))
        }
        rows = []
        for number, (plan, entry) in enumerate(sought):
            others = [on_file[pk] for pk in near.get(number, ())]
            found = [(*likeness, other) for other in others if (likeness := how_like(entry, other))]
            if found:
                is_alike, shared, other = min(found, key=lambda item: best_first(entry, *item))
                rows.append((plan.gathered.group, plan.gathered.lines[0], other.pk, is_alike, shared))
        add(LikelyTwin, COLUMNS, rows, {"batch_id": self.batch.pk})
        return len(rows)

    def _entry(self, plan: Plan) -> Entry:
        row = plan.engagement
        parties = {
            (pk if column == "country_id" else self.state_of.get(pk, -pk))
            for (column, pk, _role), party in plan.parties.items()
            if party.get("status") not in NOT_TAKING_PART
        }
        return Entry(
            None, row["kind"], row["title"], row["starts_on"], row.get("starts_precision", "unknown"), row.get("ends_on"),
            row.get("ends_precision", "unknown"), None, row.get("framework_id"), row.get("iteration") or "", frozenset(parties),
        )  # fmt: skip


def _worth_a_look(user: User, sought: Sequence[Entry]) -> dict[int, list[int]]:
    """For each of ``sought``, by its number: the records near it that share two of its parties, or two words of its title."""
    found: dict[int, list[int]] = {}
    words = [_words(entry.title) for entry in sought]
    known: dict[int, tuple[frozenset[str], frozenset[str], str]] = {}
    for number, pk, title, shared in _near(user, sought):
        if shared < 2:
            if pk not in known:
                known[pk] = _words(title)
            (mine, my_numbers, my_title), (theirs, numbers, their_title) = words[number], known[pk]
            if my_title != their_title and (my_numbers != numbers or len(mine & theirs) < 2):
                continue
        found.setdefault(number, []).append(pk)
    return found


def _words(title: str) -> tuple[frozenset[str], frozenset[str], str]:
    """The words of a title, those of them that are numbers, and all of it: titles with other numbers are never alike."""
    text = canonical(title)
    words = frozenset(text.split())
    return words, frozenset(word for word in words if word.isdigit()), text


def _near(user: User, sought: Sequence[Entry]) -> Iterator[tuple[int, int, str, int]]:
    """(number of the sought one, record, its title, how many parties they share) of records of its kind that begin near it."""
    given = json.dumps(
        [
            [number, entry.kind, str(entry.starts_on - NEAR), str(entry.starts_on + NEAR), sorted(entry.parties)]
            for number, entry in enumerate(sought)
            if entry.starts_on is not None
        ]
    )
    rows = Engagement.objects.visible_to(user).current().order_by().values("id", "kind", "starts_on", "title")
    visible, params = rows.query.sql_with_params()
    near = "{0}.kind = s.kind AND {0}.starts_on >= s.first AND {0}.starts_on <= s.last"
    if connection.vendor == "postgresql":
        asked = (
            "MATERIALIZED (SELECT (g->>0)::int AS n, g->>1 AS kind, (g->>2)::date AS first, (g->>3)::date AS last,"
            " ARRAY(SELECT jsonb_array_elements_text(g->4)::bigint) AS parties FROM jsonb_array_elements(%s::jsonb) g)"
        )
        is_theirs = "= ANY(s.parties)"
        # With OFFSET it is asked for each of them by the index of kind and start, and not for all of the table at once.
        joined = f"s CROSS JOIN LATERAL (SELECT v.* FROM ({visible}) v WHERE {near.format('v')} OFFSET 0) e"
    else:
        asked = (
            "(SELECT json_extract(g.value, '$[0]') AS n, json_extract(g.value, '$[1]') AS kind, json_extract(g.value, '$[2]') AS first,"
            " json_extract(g.value, '$[3]') AS last, json_extract(g.value, '$[4]') AS parties FROM json_each(%s) g)"
        )
        is_theirs = "IN (SELECT value FROM json_each(s.parties))"
        joined = f"s JOIN ({visible}) e ON {near.format('e')}"
    away = ", ".join(["%s"] * len(NOT_TAKING_PART))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH s AS {asked} SELECT s.n, e.id, e.title, (SELECT COUNT(DISTINCT COALESCE(p.acts_for_id, -p.organization_id))"
            f" FROM engagements_participation p WHERE p.engagement_id = e.id AND p.status NOT IN ({away})"
            f" AND COALESCE(p.acts_for_id, -p.organization_id) {is_theirs})"
            f" FROM {joined} LIMIT {MOST_PAIRS}",
            [given, *[status.value for status in NOT_TAKING_PART], *params],
        )
        yield from cursor.fetchall()


def shown(batch: Batch, user: Any) -> Any:
    """Those of the batch whose records ``user`` sees."""
    return batch.likely_twins.filter(engagement__in=Engagement.objects.visible_to(user).values("pk")).order_by("line")


def problem(row: LikelyTwin) -> dict[str, str]:
    """What the file of lines with problems says of it; ``row`` has its record."""
    said = _("This may exist already (%(why)s): %(reference)s, %(title)s. Look before it is written twice.")
    return {"column": "", "value": "", "sentence": said % {"why": row.why, "reference": row.engagement.reference, "title": row.engagement}}
