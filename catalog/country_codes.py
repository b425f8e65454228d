"""Codes of states in lists other than ISO 3166, as the data of researchers has them: AUS is Austria there, AUL Australia.

``fixtures/catalog/country_codes.csv``: the Correlates of War Project, State System Membership List (v2016), letters and
numbers of the states since 1922. A code that outlived a state leads to the state of the day.
"""

import datetime as dt
import re
from functools import cache

from django.utils.translation import gettext_lazy

from catalog.canonical import canonical
from catalog.fixture_files import rows

SYSTEMS = {"cow": gettext_lazy("Correlates of War")}
_CODE = re.compile(r"[A-Z]{3}|[0-9]{1,3}")


def is_code(text: str) -> bool:
    """Whether ``text`` has the shape of a code, of whatever state."""
    return _CODE.fullmatch(text) is not None


def as_name(system: str, text: str) -> str:
    """A code of ``system`` as a name that it shares with no other list, "COW AUS"; a text that is no code as it is."""
    return f"{system.upper()} {text.lstrip('0')}" if is_code(text) else text


@cache
def uses() -> dict[str, tuple[tuple[str, dt.date | None, dt.date | None], ...]]:
    """{a code as a name, as ``canonical`` writes it: ((ISO code, first day or None, last day or None), ...)}."""
    found: dict[str, tuple[tuple[str, dt.date | None, dt.date | None], ...]] = {}
    for _place, row in rows("country_codes"):
        use = (row["iso3"], _day(row["from"]), _day(row["to"]))
        for code in (row["letters"], row["number"]):
            key = canonical(as_name(row["system"], code))
            found[key] = (*found.get(key, ()), use)
    return found


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
