"""Control totals: what a source printed below its lines, beside the sum of the lines that came in."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, Sum

from imports.choices import LineState, Outcome
from imports.models import Batch, Line, Planned

CENT = Decimal("0.01")
CAME_IN = [Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED]


@dataclass(frozen=True)
class Total:
    """One group: its keys, and people and cost as printed and as the lines add up to. None: nothing printed, or no figure."""

    report_year: str
    country: str
    program: str
    printed_people: int | None
    sum_people: int | None
    printed_cost: Decimal | None
    sum_cost: Decimal | None

    @property
    def agrees(self) -> bool:
        """A figure that was not printed is not compared; where nothing adds up to it, the sum is 0."""
        pairs = ((self.printed_people, self.sum_people), (self.printed_cost, self.sum_cost))
        return all(printed is None or printed == (summed or 0) for printed, summed in pairs)


def totals(batch: Batch) -> Iterator[Total]:
    """All groups of which a total is printed, in their order; one query."""
    came_in = Exists(Planned.objects.filter(batch=OuterRef("batch"), group=OuterRef("group"), outcome__in=CAME_IN))
    counted = Q(state=LineState.READ) & Q(came_in)
    printed = Q(state=LineState.AGGREGATE)
    rows = (
        Line.objects.filter(batch=batch)
        .order_by("report_year", "country", "program")
        .values("report_year", "country", "program")
        .annotate(
            printed_people=Sum("people", filter=printed),
            sum_people=Sum("people", filter=counted),
            printed_cost=Sum("cost", filter=printed),
            sum_cost=Sum("cost", filter=counted),
        )
        .exclude(printed_people=None, printed_cost=None)
    )
    for row in rows.iterator(chunk_size=2000):
        for name in ("printed_cost", "sum_cost"):
            if row[name] is not None:
                row[name] = row[name].quantize(CENT)  # SQLite adds without
        yield Total(**row)


def has_totals(batch: Batch) -> bool:
    return Line.objects.filter(batch=batch, state=LineState.AGGREGATE).exists()
