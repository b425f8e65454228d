"""One spelling to compare by: look-alike names count as the same name."""

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def canonical(text: str) -> str:
    """``text`` without accents, case, invisible letters and doubled blanks: "Côte  d’Ivoire" → "cote d'ivoire"."""
    if text.isascii():  # most texts: nothing to take apart
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = text.replace("’", "'").replace("‘", "'").replace("ı", "i").replace("‐", "-").replace("–", "-")  # noqa: RUF001
    return " ".join(text.split())


def tidy(text: str) -> str:
    """``text`` as it is stored: composed letters, no blanks around it, no invisible letters."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()
