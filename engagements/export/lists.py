"""Several values in one cell: "; " between them, " | " between the parts of one; both can be taken apart exactly.

In a value, a backslash is written ``\\\\``, a semicolon ``\\;`` and, where a value has parts, a bar ``\\|``.
"""

import re

BETWEEN, PARTS = "; ", " | "


def escape(value: str, *, in_parts: bool = False) -> str:
    value = value.replace("\\", "\\\\").replace(";", "\\;")
    return value.replace("|", "\\|") if in_parts else value


def join(values) -> str:
    return BETWEEN.join(escape(value) for value in values)


def join_parts(values) -> str:
    """``values`` is a list of (title, publisher, address) and the like; empty parts at the end are left out."""
    return BETWEEN.join(PARTS.join(escape(part, in_parts=True) for part in _without_empty_end(parts)) for parts in values)


def split(cell: str) -> list[str]:
    """The values of a cell written by ``join``."""
    return [_plain(value) for value in _cut(cell, BETWEEN)] if cell else []


def split_parts(cell: str) -> list[list[str]]:
    """The values of a cell written by ``join_parts``, each as its parts."""
    return [[_plain(part) for part in _cut(value, PARTS)] for value in _cut(cell, BETWEEN)] if cell else []


def _without_empty_end(parts):
    parts = list(parts)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _cut(text: str, separator: str) -> list[str]:
    """``text`` cut at each separator. Its mark stands in a value only after a backslash."""
    mark = separator.strip()
    before, after = separator.split(mark)
    pieces = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token == mark:
            pieces[-1] = pieces[-1].removesuffix(before)
            pieces.append("")
        else:
            pieces[-1] += token
    return [pieces[0], *(piece.removeprefix(after) for piece in pieces[1:])]


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
