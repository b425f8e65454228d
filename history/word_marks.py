"""Two texts word by word: what stayed, what went, what came."""

import re
from difflib import SequenceMatcher

SHORT = 60  # characters: below, both texts are read at a glance
MOST_WORDS = 2_000  # beyond, comparing costs more than it tells
AROUND = 12  # words left around a difference
SAME, GONE, NEW = "same", "gone", "new"


def marks(before: str, after: str) -> list[tuple[str, str]] | None:
    """[("same", "The staffs "), ("gone", "meet"), ("new", "plan"), …]; None where both are better shown whole."""
    if not before or not after or max(len(before), len(after)) < SHORT:
        return None
    old, new = _words(before), _words(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return None
    matcher = SequenceMatcher(None, old, new)
    if matcher.quick_ratio() < 0.3:  # another text altogether
        return None
    found: list[tuple[str, str]] = []
    steps = matcher.get_opcodes()
    for number, (_tag, i1, i2, j1, j2) in enumerate(steps):
        if old[i1:i2] == new[j1:j2]:
            found.append((SAME, _shortened(old[i1:i2], first=number == 0, last=number == len(steps) - 1)))
            continue
        gone, came = "".join(old[i1:i2]), "".join(new[j1:j2])
        found += [(kind, text.rstrip()) for kind, text in ((GONE, gone), (NEW, came)) if text.strip()]
        blanks = (came or gone)[len((came or gone).rstrip()) :]
        if blanks:
            found.append((SAME, blanks))
    return found


def _words(text: str) -> list[str]:
    """Each word with the blanks behind it, so that nothing of the text is lost."""
    return re.findall(r"\S+\s*|\s+", text)


def _shortened(words: list[str], *, first: bool, last: bool) -> str:
    """A long stretch that stayed: its words beside the differences only."""
    head = 0 if first else AROUND
    tail = 0 if last else AROUND
    if len(words) <= head + tail + AROUND:
        return "".join(words)
    return "".join(words[:head]) + "… " + "".join(words[len(words) - tail :])
