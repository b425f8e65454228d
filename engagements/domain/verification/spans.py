"""When something was, as far as its dates are known, and whether it can have been within a lifetime."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from catalog.partial_dates import PartialDate


def each(rows: Any) -> Iterator[Any]:
    """The rows of a query, read piece by piece; of any type, for a type checker does not see partial dates on a model."""
    return rows.iterator(chunk_size=2000)


class NoDates:
    """A row without dates of its own."""

    starts = ends = PartialDate()


def certainly_before(one: PartialDate, other: PartialDate) -> bool:
    """Every day that ``one`` may stand for is before every day of ``other``; False where one is not known."""
    return one.latest is not None and other.earliest is not None and one.latest < other.earliest


def why_outside(row: Any, engagement: Any, life: Any) -> str:
    """Why ``row`` of an engagement is not within ``life``, or nothing; each has ``starts`` and ``ends``.

    Dates of the row's own must be within. Where it has none it may have come late and left early: then some day
    of the engagement must be.
    """
    starts, ends = row.starts or engagement.starts, row.ends or engagement.ends
    too_early = certainly_before(row.starts, life.starts) or certainly_before(ends, life.starts)
    too_late = certainly_before(life.ends, row.ends) or certainly_before(life.ends, starts)
    if too_early:
        when = starts if certainly_before(starts, life.starts) else ends
        return _("%(when)s is before %(start)s") % {"when": when, "start": life.starts}
    if too_late:
        when = starts if certainly_before(life.ends, starts) else ends
        return _("%(when)s is after %(end)s") % {"when": when, "end": life.ends}
    return ""


def why_outside_all(row: Any, engagement: Any, lives: Iterable[Any]) -> str:
    """Why ``row`` is within none of ``lives``, by the last of them; nothing where it is within one."""
    reason = ""
    for life in lives:
        reason = why_outside(row, engagement, life)
        if not reason:
            return ""
    return reason
