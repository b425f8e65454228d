"""How a file is to be read, what was found in it, and why it can not be read."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FORMATS = ("csv", "tsv", "xlsx")
# Name as stated → what Python decodes with. Each refuses bytes that are no letter in it; none replaces any.
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "cp1252": "cp1252",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1254": "cp1254",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-2": "iso-8859-2",
    "iso-8859-15": "iso-8859-15",
}
DELIMITERS = (",", ";", "\t", "|")
MOST_HEADER_ROWS = 3
MOST_SKIPPED = 100
MOST_LINES = 10_000_000  # that a line is counted to
MOST_LINE = 4 * 1024 * 1024  # letters of one row; the longest rows of real files have a few thousand


class Unreadable(ValidationError):
    """The file can not be read, or not exactly. One sentence, with the place in the file where there is one."""

    def __init__(self, sentence: str, *, line: int | None = None, column: int | None = None):
        super().__init__(sentence, code="unreadable")
        self.sentence, self.line, self.column = sentence, line, column


@dataclass(frozen=True)
class FileOptions:
    """How to read a file; each is guessed, shown and may be stated by a person."""

    format: str = "csv"
    encoding: str = "utf-8"  # of text
    delimiter: str = ","
    quote: str = '"'  # "" where quotes are letters like others
    header_rows: int = 1  # 0 to 3; several are joined with " / "
    skip_rows: int = 0  # lines above the heading
    last_row: int = 0  # the last line that is read, above notes and sums; 0: to the end of the file
    sheet: str = ""  # of a workbook; "" is the first one that is shown
    decimal: str = "."  # the thousands have the other one, or a blank
    allow_duplicate_headings: bool = False  # then later ones get " (2)"

    def __post_init__(self) -> None:
        allowed: dict[str, Any] = {
            "format": FORMATS, "encoding": tuple(ENCODINGS), "delimiter": DELIMITERS, "quote": ('"', ""),
            "header_rows": range(MOST_HEADER_ROWS + 1), "skip_rows": range(MOST_SKIPPED + 1), "last_row": range(MOST_LINES + 1),
            "decimal": (".", ","),
        }  # fmt: skip
        for item in fields(self):
            value = getattr(self, item.name)
            wrong_type = type(value) is not type(item.default)
            if wrong_type or (item.name in allowed and value not in allowed[item.name]) or (item.name == "sheet" and len(value) > 255):
                raise Unreadable(_("“%(value)s” can not be the option “%(name)s” of a file.") % {"name": item.name, "value": shown(value)})

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stated: Any, *, base: "FileOptions | None" = None) -> "FileOptions":
        """Options from a document; what it does not state is as in ``base``. Raises Unreadable naming what is wrong."""
        if not isinstance(stated, dict):
            raise Unreadable(_("The options of a file are names with values."))
        unknown = [str(name) for name in stated if name not in {item.name for item in fields(cls)}]
        if unknown:
            raise Unreadable(_("A file has no option “%(name)s”.") % {"name": shown(unknown[0])})
        return replace(base or cls(), **stated)


@dataclass(frozen=True)
class Detected:
    """What a file is: how it was read, its headings, its first rows, and what a person should know about the guess.

    ``fault`` is the sentence of the row at which the sample ends because it can not be read; it is in ``notes`` too.
    """

    options: FileOptions
    headings: list[str]
    sample: list[list[str]]
    sheets: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str = ""
    lines: list[int] = field(default_factory=list)  # of the rows of the sample
    is_part: bool = False  # lines that were taken out of another file to be corrected


def shown(value: Any, most: int = 60) -> str:
    """A value as a sentence quotes it: printable, and not longer than one reads."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value)[: most + 1])
    return text if len(text) <= most else text[: most - 1] + "…"
