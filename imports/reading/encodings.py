"""Which letters the bytes of a text are. Nothing is replaced: they are letters exactly, or the first that is none is named."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from imports.reading.archive import BLOCK, open_bytes
from imports.reading.options import ENCODINGS, Unreadable

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Letters of Western Europe stand alone or in twos among plain ones; longer runs are another alphabet or another encoding.
LONGEST_RUN = 3
BLOCKS_LOOKED_AT = 128  # 8 MB
PLAIN_SIGNS = "‘’“”„‚–—…«»°§·€£±²³½ª¿¡©®™\N{NO-BREAK SPACE}"  # noqa: RUF001 - what people type between letters


@dataclass(frozen=True)
class Fault:
    """The first bytes that are no letter: ``byte`` counts from 1, as do lines."""

    byte: int
    line: int
    value: int


def detect(path: Path) -> tuple[str, str]:
    """The encoding of the whole text and a note about it, or "". Raises Unreadable where it can not be told."""
    with open_bytes(path) as file:
        start = file.read(4)
    if start in UTF32:
        raise Unreadable(_("The text is in UTF-32. Save it with the encoding UTF-8."))
    if start.startswith(UTF16):
        return "utf-16", ""
    fault = first_fault(path, "utf-8")
    if fault is None:
        return "utf-8", ""
    where = {"byte": fault.byte, "line": fault.line, "value": f"{fault.value:02X}"}
    if first_fault(path, "cp1252") or not _looks_western(path):
        raise Unreadable(
            _("The text is not in UTF-8: byte %(byte)s (%(value)s) in line %(line)s is no letter. Save it with the encoding UTF-8.")
            % where,
            line=fault.line,
        )
    note = _(
        "The text is not in UTF-8 (byte %(byte)s, line %(line)s) and is read as Windows-1252. Look whether accented letters are right; "
        "if they are not, state the encoding or save the file as UTF-8."
    )
    return "cp1252", note % where


def first_fault(path: Path, encoding: str) -> Fault | None:
    """Where the bytes first are no letters of ``encoding``; reads the whole file."""
    decoder = codecs.getincrementaldecoder(ENCODINGS[encoding])()
    place, line, kept = 0, 1, b""
    with open_bytes(path) as file:
        while True:
            block = file.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeError as error:
                at, before = (error.start, error.object[: error.start]) if isinstance(error, UnicodeDecodeError) else (0, b"")
                data = error.object if isinstance(error, UnicodeDecodeError) else block
                inside = len(data) - len(kept) - len(block)  # a mark of the encoding is not in what was kept
                start = place - len(kept) - inside
                return Fault(start + at + 1, line + _breaks(before, encoding), data[at] if at < len(data) else 0)
            if encoding == "iso-8859-1" and (control := re.search("[\x80-\x9f]", text)):
                return Fault(place + control.start() + 1, line + text.count("\n", 0, control.start()), ord(control.group()))
            if not block:
                return None
            place += len(block)
            line += text.count("\n")
            kept = decoder.getstate()[0]


def _breaks(data: bytes, encoding: str) -> int:
    if encoding == "utf-16":
        return max(data.count(b"\n\0"), data.count(b"\0\n"))
    return data.count(b"\n")


def fault_sentence(path: Path, encoding: str) -> Unreadable:
    """What to say of a text that is not in ``encoding``."""
    fault = first_fault(path, encoding) or Fault(1, 1, 0)
    where = {"byte": fault.byte, "line": fault.line, "value": f"{fault.value:02X}", "encoding": encoding.upper()}
    sentence = _(
        "The text is not in %(encoding)s: byte %(byte)s (%(value)s) in line %(line)s is no letter. "
        "State the right encoding, or save it as UTF-8."
    )
    return Unreadable(sentence % where, line=fault.line)


def _looks_western(path: Path) -> bool:
    """Whether bytes above 127 look like accented letters of Windows-1252, and none like a part of UTF-8."""
    with open_bytes(path) as file:
        before = b""
        for _number in range(BLOCKS_LOOKED_AT):
            block = file.read(BLOCK)
            if not block:
                break
            data = before + block
            cut = max(data.rfind(b"\n"), data.rfind(b" ")) + 1 or len(data)
            data, before = data[:cut], data[cut:]
            if not _is_western(data):
                return False
        return _is_western(before)


def _is_western(data: bytes) -> bool:
    for run in re.findall(rb"[\x80-\xff]+", data):
        if len(run) > LONGEST_RUN or re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", run):
            return False
        letters = run.decode("cp1252", errors="replace")
        if any(not unicodedata.category(letter).startswith("L") and letter not in PLAIN_SIGNS for letter in letters):
            return False
    return True
