"""Text cells that a spreadsheet would run as a formula get one leading apostrophe, and lose exactly that one again.

Numbers, dates and codes of closed lists are typed by their column and never marked. PostgreSQL marks with the same
pattern while it writes (see dialects.py); the escapes below mean the same to Python and to PostgreSQL.
"""

import re

# Blanks and controls that a spreadsheet may trim or not show, then what starts a formula, also as its full-width twin.
_BLANKS = r"\u0001-\u0020\u007F-\u0085\u00A0\u00AD\u1680\u180E\u2000-\u200F\u2028-\u202F\u205F-\u2064\u3000\uFEFF"
_STARTS = r"\u0009\u000A\u000D=+@\u002D\uFF1D\uFF0B\uFF0D\uFF20"
PATTERN = rf"^([{_BLANKS}]*[{_STARTS}]|')"

is_risky = re.compile(PATTERN).match
# Most cells start with a letter, which never needs a closer look. PostgreSQL asks the same by ascii().
SAFE_FROM, SAFE_TO = 65, 122


def guard(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs."""
    return f"'{text}" if is_risky(text) else text


def unguard(cell: str) -> str:
    """The text behind a cell: ``unguard(guard(text)) == text`` for every text. An apostrophe that ``guard`` never sets stays."""
    text = cell.removeprefix("'")
    return text if guard(text) == cell else cell
