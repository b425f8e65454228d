"""Looks through the whole register for what can not be, or is not likely, right: ``manage.py verify``.

A rule that the database keeps is asked again: rows also come from restored copies and from before a rule was made.
Archived engagements are left out. A partial date breaks a rule only if no day that it may stand for keeps it.
"""

from collections.abc import Iterable, Iterator

from django.db import DatabaseError
from django.utils.translation import gettext as _

from engagements.domain.verification import dates, files, order, parties, places, record, texts, traces, twins
from engagements.domain.verification.findings import Finding, Level, Rule

__all__ = ["RULES", "Finding", "Level", "Rule", "verify"]

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in [
        record.without_source,
        record.verified_without_source,
        record.without_strategy,
        record.wrong_kind,
        dates.end_before_start,
        dates.already_over,
        dates.not_closed_out,
        dates.participation_dates,
        dates.legal_basis_later,
        dates.source_before_1900,
        dates.led_to_earlier,
        order.iteration_order,
        order.predecessor_later,
        order.parent_circle,
        order.predecessor_circle,
        parties.country_lifetime,
        parties.place_lifetime,
        parties.organization_lifetime,
        parties.not_yet_member,
        record.scope_recount,
        record.sums,
        record.cost_shares,
        places.coordinates,
        texts.unreadable_text,
        texts.impossible_date,
        texts.empty_title,
        traces.verified_by_nobody,
        traces.history_gap,
        files.attachment_files,
        twins.duplicates,
    ]
}


def verify(names: Iterable[str] = ()) -> Iterator[Finding]:
    """What the named rules find, or all of them, rule after rule."""
    for name in names or RULES:
        try:
            yield from RULES[name].findings()
        except (DatabaseError, ValueError) as error:
            # A value that can not even be read must not hide what the other rules find.
            yield Finding(name, "", _("The rule stopped at a value that can not be read: %(error)s") % {"error": error})
