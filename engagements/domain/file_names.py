"""What a file is called: the name it came with, made harmless, and the header that hands it out."""

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

MOST = 200
MOST_ENDING = 10
NOT_IN_NAMES = set('/\\:*?"<>|')
# Names that Windows keeps for devices, whatever their ending.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def plain_name(given: str) -> str:
    """``given`` without its folders, controls, invisible letters and what some system keeps for itself; at most 200 letters."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    # C: controls, format marks (those that turn the reading direction among them), half and private letters.
    name = "".join("_" if letter in NOT_IN_NAMES else letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = " ".join(name.split()).strip(" .")
    ending = PurePosixPath(name).suffix[:MOST_ENDING]
    stem = name.removesuffix(ending)[: MOST - len(ending)].strip(" .")
    if stem.partition(".")[0].lower() in DEVICES:
        stem = f"_{stem}"[: MOST - len(ending)]
    return f"{stem or 'file'}{ending}"


def extension(name: str) -> str:
    """ ".pdf" of "Report.PDF"; nothing where it has none."""
    return PurePosixPath(name).suffix.lower()


def content_disposition(name: str) -> str:
    """The header to save a file as ``name``: in ASCII for old programs, and in full (RFC 6266, RFC 5987)."""
    decomposed = unicodedata.normalize("NFKD", name)
    ascii_name = "".join(
        letter if 32 <= ord(letter) < 127 and letter not in '"\\%;' else "_" for letter in decomposed if not _is_accent(letter)
    )
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_accent(letter: str) -> bool:
    return unicodedata.combining(letter) > 0
