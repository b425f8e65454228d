"""Sentences that several reports say."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports import groups
from reports.tables import Group

DISTINCT = gettext_lazy("Counts distinct engagements, not participations and not people.")
CALLED_OFF = gettext_lazy("What was cancelled or postponed is left out, unless the filter names a status.")


def overlap(what: str, rows: list[Group]) -> str:
    """That rows count some engagements more than once, with the two figures; nothing where they do not."""
    added = sum(len(row.ids) for row in rows if row.level == 0)
    distinct = len(groups.covered(rows))
    if added == distinct:
        return ""
    return _("%(what)s add up to %(added)s, because one engagement can count in several; the engagements behind them are %(distinct)s.") % {
        "what": what,
        "added": f"{added:,}",
        "distinct": f"{distinct:,}",
    }


def remarks(*sentences: str) -> list[str]:
    """The sentences that are there."""
    return [str(sentence) for sentence in sentences if sentence]
