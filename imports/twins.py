"""Records on file that a new one of a file may be again.

The rule is that of the form (engagements/domain/twins.py), among the records that the batch's owner sees. Only those that
begin within some days of the new one are compared (imports/near.py): what that costs depends on those days, not on the register.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from catalog.choices import STATE_BODIES
from catalog.models import Organization
from engagements.choices import NOT_TAKING_PART
from engagements.domain.twins import Entry, best_first, entries, how_like
from engagements.models import Engagement
from imports import near
from imports.choices import Outcome
from imports.copying import add
from imports.models import Batch, LikelyTwin
from imports.near import Aside
from imports.planning import Plan

COLUMNS = ("group", "line", "engagement_id", "is_alike", "shared")


class Twins:
    """Finds them for one batch: plans are noted as they come, and looked at when all are there. To be closed."""

    def __init__(self, batch: Batch):
        self.batch, self.aside = batch, Aside()
        bodies = Organization.objects.filter(kind__in=STATE_BODIES).exclude(country=None)
        self.state_of = dict(bodies.values_list("pk", "country"))

    def close(self) -> None:
        self.aside.close()

    def note(self, plans: Sequence[Plan]) -> None:
        """Remember those of the plans that are of new records."""
        for plan in plans:
            if plan.outcome == Outcome.CREATE and plan.engagement.get("starts_on"):
                self.aside.add((plan.gathered.group, plan.gathered.lines[0]), self._entry(plan))

    def keep(self) -> Iterator[int]:
        """Keep the likeliest record on file for each noted one that has any; yields how many have, some at a time."""
        for noted in self.aside.by_day(near.AT_ONCE):
            new = [entry for _place, entry in noted]
            likeliest: dict[int, tuple] = {}
            for pairs in near.worth_a_look(self.batch.owner, new):
                self._compare(new, pairs, likeliest)
            rows = [(*noted[number][0], *found) for number, (_order, *found) in sorted(likeliest.items())]
            add(LikelyTwin, COLUMNS, rows, {"batch_id": self.batch.pk})
            yield len(rows)

    def _compare(self, new: Sequence[Entry], pairs: Sequence[tuple[int, int]], likeliest: dict[int, tuple]) -> None:
        """Fill ``likeliest``, by the number of the new record: (what sorts it, id on file, whether titles are alike, shared parties)."""
        theirs = Engagement.objects.visible_to(self.batch.owner).filter(pk__in={pk for _number, pk in pairs})
        on_file = {entry.pk: entry for entry in entries(theirs)}
        for number, pk in pairs:
            entry, other = new[number], on_file.get(pk)
            if other is not None and (likeness := how_like(entry, other)):
                order = best_first(entry, *likeness, other)
                if number not in likeliest or order < likeliest[number][0]:
                    likeliest[number] = (order, other.pk, *likeness)

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


def shown(batch: Batch, user: Any) -> Any:
    """Those of the batch whose records ``user`` sees."""
    return batch.likely_twins.filter(engagement__in=Engagement.objects.visible_to(user).values("pk")).order_by("line")


def problem(row: LikelyTwin) -> dict[str, str]:
    """What the file of lines with problems says of it; ``row`` has its record."""
    said = _("This may exist already (%(why)s): %(reference)s, %(title)s. Look before it is written twice.")
    return {"column": "", "value": "", "sentence": said % {"why": row.why, "reference": row.engagement.reference, "title": row.engagement}}
