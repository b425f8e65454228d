"""A title for an engagement that nobody named: type, parties and date, as far as known."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from catalog.partial_dates import PartialDate

MOST_NAMED = 3


def generated_title(type_name: str, parties: Iterable[object], starts: PartialDate) -> str:
    """ "Staff talks, Poland and United States, Mar 2026"; says itself what is not known."""
    names = list(dict.fromkeys(str(party) for party in parties))
    if len(names) > MOST_NAMED:
        more = len(names) - MOST_NAMED + 1
        who = _("%(names)s and %(count)s others") % {"names": ", ".join(names[: MOST_NAMED - 1]), "count": more}
    elif len(names) > 1:
        who = _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}
    else:
        who = names[0] if names else _("participants not known")
    return ", ".join([type_name, who, str(starts) if starts else _("date not known")])[:300]
