"""Letters that can be read: what every form takes, and what ``manage.py verify`` looks for in what is stored."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LINES = "\n\r\t"  # the controls that a text of several lines may have


def why_unreadable(text: str, *, lines: bool) -> str:
    """What is wrong with the letters of ``text``, or nothing; ``lines`` allows line breaks and tabs."""
    if text.isascii() and text.isprintable():
        return ""
    for place, letter in enumerate(text, start=1):
        category = unicodedata.category(letter)
        if category == "Cs":
            return _("letter %(place)s is half a letter (a lone surrogate)") % {"place": place}
        if letter == "\ufffd" or ord(letter) & 0xFFFE == 0xFFFE or (category == "Cc" and not (lines and letter in LINES)):
            return _("letter %(place)s is U+%(code)s, which can not be read") % {"place": place, "code": f"{ord(letter):04X}"}
    if not unicodedata.is_normalized("NFC", text):
        return _("its letters are not composed (NFC)")
    return ""


def compose(text: str) -> str:
    """``text`` with its letters composed, as it is stored."""
    return unicodedata.normalize("NFC", text)


def _refuse(value, *, lines: bool) -> None:
    if isinstance(value, str) and (why := why_unreadable(compose(value), lines=lines)):
        raise ValidationError(_("This can not be read: %(why)s. Take it out and try again."), code="unreadable", params={"why": why})


def readable(value) -> None:
    """A validator: text without control characters, half letters and lost letters. Each text field of each form has it."""
    _refuse(value, lines=True)


def one_line(value) -> None:
    """A validator for what is shown on one line."""
    _refuse(value, lines=False)
