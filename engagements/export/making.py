"""One file of the filtered list, whole or not at all: what the page sends at once and what a worker writes."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Handling
from engagements.export.checksum import Checksummed, checksum_of
from engagements.export.columns import Layout
from engagements.export.layouts import LAYOUTS
from engagements.export.other_formats import About, write_json, write_xlsx
from engagements.export.snapshot import snapshot
from engagements.export.sql import number_of_rows
from engagements.export.stream import write_csv
from engagements.filters import EngagementFilter
from engagements.models import Engagement, Outcome

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
IN_MEMORY = 1024 * 1024


class ReasonNeeded(Exception):
    """Restricted rows would be in the file, and nobody said why it is taken; the argument is the marking."""


class TooLong(Exception):
    """More rows than a page waits for; the argument is their number."""


@dataclass(frozen=True)
class Made:
    """A written file: name, highest marking in it, rows, checksum; where asked for, the records it tells of by their marking."""

    name: str
    layout: str
    marking: str
    rows: int
    sha256: str
    records: dict[str, list[int]]


class Asked:
    """What the parameters of an address ask for, on behalf of one person."""

    def __init__(self, query: QueryDict, user: Any):
        self.query = query
        self.visible = Engagement.objects.visible_to(user)
        self.rows = EngagementFilter(query, queryset=self.visible, user=user)
        self.format = query.get("format", "csv")

    @property
    def layout(self) -> Layout:
        return LAYOUTS[self.query.get("layout", "engagements")]

    @property
    def bom(self) -> bool:
        return self.format == "csv" and self.query.get("bom", "") not in {"", "0"}

    def refusal(self) -> str:
        """Why there is no file for these parameters; nothing where there is one."""
        layout = self.query.get("layout", "engagements")
        if layout not in LAYOUTS:
            return _("There is no layout “%(name)s”. Layouts: %(known)s.") % {"name": layout[:40], "known": ", ".join(LAYOUTS)}
        if self.format not in CONTENT_TYPES:
            return _("There is no format “%(name)s”. Formats: %(known)s.") % {"name": self.format[:40], "known": ", ".join(CONTENT_TYPES)}
        if self.query.get("bom", "") not in {"", "0", "1"}:
            return _("“bom” is 1 (with a byte order mark) or 0.")
        return filter_faults(self.rows)


Tell = Callable[[int, int, str], None]


def make(
    target: IO[bytes], asked: Asked, *, reason: str, most: int | None = None, tell: Tell | None = None, keeps_records=False, folder=None
) -> Made:
    """Write the file to ``target``. ``tell(done, total, sentence)`` is called as it grows, and may raise to stop it.

    ``folder`` takes what is written in between; what a killed process leaves there goes at the next start.

    Raises ReasonNeeded, TooLong (for more than ``most`` rows) and DoesNotFit; then nothing of the file is of use.
    """
    tell = tell or (lambda done, total, sentence: None)
    layout, rows = asked.layout, asked.rows.qs
    direct = asked.format == "csv"
    with tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.DATA_DIR) as between:
        with snapshot():
            marking = highest_handling(layout, rows)
            if marking == Handling.RESTRICTED and not reason:
                raise ReasonNeeded(marking)
            total = number_of_rows(layout, rows, asked.visible)
            if most is not None and total > most:
                raise TooLong(total)
            records = records_in(layout, rows, asked.visible) if keeps_records else {}
            written: Any = Checksummed(target if direct else between)
            count = write_csv(
                written, layout, rows, visible=asked.visible, bom=asked.bom, tell=lambda done: tell(done, total, _("Reading rows"))
            )
        if not direct:
            between.seek(0)
            about = _about(asked, marking, count)
            said = _("Writing the spreadsheet") if asked.format == "xlsx" else _("Writing the file")
            if asked.format == "xlsx":
                write_xlsx(
                    between,
                    target,
                    layout,
                    about,
                    folder=folder or settings.FILE_UPLOAD_TEMP_DIR,
                    tell=lambda done: tell(done, total, said),
                )
            else:
                write_json(between, target, layout, about, tell=lambda done: tell(done, total, said))
            written = checksum_of(target)
    return Made(file_name(layout, marking, asked.format), f"{layout.name}.{asked.format}", marking, count, written.sha256, records)


def _about(asked: Asked, marking: str, count: int) -> About:
    described = "; ".join(f"{label}: {text}" for _name, label, _value, text in asked.rows.described())
    facts = [
        (str(_("One row is")), str(asked.layout.row)),
        (str(_("What is counted")), str(asked.layout.note)),
        (str(_("Filter")), described or str(_("everything the reader may see"))),
        (str(_("Made on")), f"{timezone.now():%Y-%m-%d %H:%M} UTC"),
        (str(_("Highest marking")), str(Handling(marking).label)),
        (str(_("Rows written")), str(count)),
    ]
    return About(f"Entente: {asked.layout.label}", facts)


def highest_handling(layout: Layout, rows) -> str:
    """The highest handling among the engagements that have a row in the file."""
    return Handling.highest(layout.contained(rows).order_by().values_list("handling", flat=True).distinct())


def records_in(layout: Layout, rows, visible) -> dict[str, list[int]]:
    """The engagements that have a row in the file or are named by one, by their handling."""
    contained = layout.contained(rows).order_by()
    named = visible.order_by().filter(
        Q(pk__in=contained.values("parent"))
        | Q(pk__in=Engagement.predecessors.through.objects.filter(from_engagement__in=contained.values("pk")).values("to_engagement"))
        | Q(pk__in=Outcome.objects.filter(engagement__in=contained.values("pk")).values("linked_engagement"))
    )
    found = dict(contained.values_list("pk", "handling")) | dict(named.values_list("pk", "handling"))
    records: dict[str, list[int]] = {}
    for pk, handling in found.items():
        records.setdefault(handling, []).append(pk)
    return records


def file_name(layout: Layout, marking: str, file_format: str = "csv") -> str:
    """Made of our own words only: nothing of a record gets into a header."""
    return f"entente-{layout.name}-{timezone.now():%Y-%m-%d}-{marking}.{file_format}"


def filter_faults(rows: EngagementFilter) -> str:
    """What is not right in a filter, each value by the name of its parameter."""
    if rows.form.is_valid():
        return ""
    return " ".join(
        sentence if name == "__all__" else f"{name}: {sentence}" for name, sentences in rows.form.errors.items() for sentence in sentences
    )
