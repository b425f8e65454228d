"""References of engagements: the year of entry and five random letters, so that no gap betrays a hidden record."""

import hashlib
import re
import secrets

from django.utils import timezone

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: nothing that reads as another letter
PATTERN = re.compile(rf"ENG-[0-9]{{4}}-[{ALPHABET}]{{5}}")


class Drawn(str):
    """A reference that was drawn, not given: where it is taken another one is drawn."""


def new_reference() -> Drawn:
    """A reference for a record entered today; the unique constraint has the last word on whether it is new."""
    return Drawn(f"ENG-{timezone.now():%Y}-{_letters(secrets.randbits(25))}")


def fixture_reference(key: str) -> str:
    """The reference of a record that ships with the program: the same on every machine."""
    return f"ENG-2026-{_letters(int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]))}"


def _letters(number: int) -> str:
    """The last 25 bits of ``number``, five letters."""
    return "".join([ALPHABET[(number >> shift) & 31] for shift in (0, 5, 10, 15, 20)])
