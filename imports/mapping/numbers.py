"""Numbers as files write them: a stated decimal sign, thousands in groups, a currency beside it."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from engagements.models.details import MOST_PEOPLE
from imports.mapping.dates import Fault
from imports.mapping.parsed import REVIEW

_BLANKS = re.compile("[\u0020\u00a0\u2007\u2009\u202f'\u2019]")
_CURRENCY = re.compile(r"(?P<code>[A-Za-z]{3})\s*(?P<sign>[$€£¥₹])?|(?:US|CA|AU|NZ|C|A)?[$€£¥₹]")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_PLAIN = {
    ".": (re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:_[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"), ","),
    ",": (re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?:_[0-9]{3})+|[0-9]+)(?:,[0-9]+)?"), "."),
}
LONGEST = 40
TIMES = {"thousand": 1000, "million": 1_000_000}  # what a column of amounts may be counted in


def read_number(text: str, decimal: str = ".", *, currency: str | None = None) -> tuple[Decimal | None, Fault | None]:
    """The number in ``text``. With ``currency`` (perhaps empty: not said) a sign or code of money may stand beside it."""
    words = text.strip().translate(_MINUS)
    if len(words) > LONGEST:
        return None, _unread(text, decimal)
    negative = words.startswith("(") and words.endswith(")")
    if negative:
        words = words[1:-1].strip()
    if currency is not None:
        words, code = _without_currency(words)
        if code and currency and code != currency:
            return None, Fault(
                _("The amount is in %(code)s; the column is said to be in %(currency)s.") % {"code": code, "currency": currency}
            )
    shape, thousands = _PLAIN[decimal]
    # Blanks between groups of three are thousands; other blanks are not part of a number.
    grouped = re.sub(rf"(?<=[0-9]){_BLANKS.pattern}(?=[0-9]{{3}}(?![0-9]))", "_", words)
    if not shape.fullmatch(grouped):
        return None, _unread(text, decimal)
    plain = grouped.replace(thousands, "").replace("_", "").replace(decimal, ".")
    value = Decimal(plain)
    return (-value if negative else value), None


def _without_currency(words: str) -> tuple[str, str]:
    """The rest of ``words``, and the code of the currency where one is written."""
    sign = "-" if words.startswith("-") else ""
    words = words.removeprefix("-").strip()
    if match := _CURRENCY.match(words):
        rest = words[match.end() :].strip()
    elif match := re.search(rf"(?:{_CURRENCY.pattern})$", words):
        rest = words[: match.start()].strip()
    else:
        return sign + words, ""
    return sign + rest, (match["code"] or "").upper()


def _unread(text: str, decimal: str) -> Fault:
    written = "1,234.5" if decimal == "." else "1.234,5"
    return Fault(_("“%(text)s” is not read as a number. Write it like %(written)s.") % {"text": text[:LONGEST], "written": written})


def read_people(text: str, decimal: str = ".") -> tuple[int | None, Fault | None]:
    """A whole number that is not less than 0."""
    value, fault = read_number(text, decimal)
    if value is None:
        return None, fault
    if value != value.to_integral_value():
        return None, Fault(_("“%(text)s” is not a whole number.") % {"text": text[:LONGEST]})
    if not 0 <= value <= MOST_PEOPLE:
        return None, Fault(_("The number is not between 0 and %(most)s.") % {"most": f"{MOST_PEOPLE:,}"})
    return int(value), None


def read_decimal(
    text: str,
    decimal: str,
    *,
    places: int,
    digits: int,
    currency: str | None = None,
    lowest: int | None = None,
    rounds: bool = False,
    times: int = 1,
) -> tuple[Decimal | None, Fault | None]:
    """A number with at most ``places`` decimals; ``rounds``: more of them are of no interest, as in degrees.

    ``times``: what one in the text stands for, such as a million.
    """
    words = text.strip()
    if currency is None:
        words = words.removesuffix("%").rstrip()
    value, fault = read_number(words, decimal, currency=currency)
    if value is None:
        return None, fault
    value *= times
    if lowest is not None and value < lowest:
        return None, Fault(_("The number can not be less than %(lowest)s.") % {"lowest": lowest})
    if abs(value) >= Decimal(10) ** (digits - places):
        return None, Fault(_("The number has too many digits."))
    rounded = value.quantize(Decimal(1).scaleb(-places))
    if rounded != value and not rounds:
        return rounded, Fault(_("Rounded to %(rounded)s.") % {"rounded": rounded}, REVIEW)
    return rounded, None
