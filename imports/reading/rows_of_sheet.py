"""The rows of a sheet out of its XML. Declared dimensions are not believed: rows and columns are counted here."""

import re

from django.conf import settings
from django.utils.translation import gettext as _

from imports.reading.cells_of_workbook import PLAIN, NotExact, SharedTexts, Style, iso_text, number_text, styled_text, unescaped
from imports.reading.options import Unreadable, shown

MOST_LINES = 1_048_576  # of a sheet, by its format
MOST_COLUMNS_OF_FORMAT = 16_384
REMEMBERED = 20_000
NOT_TEXT = {"n", "s", "b", "d", "e"}  # kinds of cells whose letters are short and tell all
Cells = list[str]


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class RowReader:
    """Handlers for the parser of one sheet; ``take`` gives the rows that are complete.

    The element names carry whatever prefix the root has, so the handlers are made when the root is seen.
    """

    def __init__(self, styles: list[Style], texts: SharedTexts, *, since_1904: bool):
        self._styles, self._texts, self._since_1904 = styles, texts, since_1904
        self._rows: list[tuple[int, Cells]] = []
        self._columns: dict[str, int] = {}
        self.line = 0
        self.ended = False

    def take(self) -> list[tuple[int, Cells]]:
        rows = self._rows[:]
        self._rows.clear()
        return rows

    def attach(self, parser) -> None:
        def root(name: str, _attributes: dict[str, str]) -> None:
            prefix = name[: name.rindex(":") + 1] if ":" in name else ""
            if name != f"{prefix}worksheet":
                raise Unreadable(_("The workbook is damaged. Open it in a spreadsheet program and save it again."))
            self._attach(parser, prefix)

        parser.StartElementHandler = root

    def _attach(self, parser, prefix: str) -> None:
        row, cell, value, formula, text, spoken, data = (prefix + name for name in ("row", "c", "v", "f", "t", "rPh", "sheetData"))
        pieces: list[str] = []  # of the value or text of the cell
        cells: Cells = []
        attributes: dict[str, str] = {}
        row_text, column = "", 0
        has_formula = has_value = is_spoken = in_data = in_cell = taking = False
        most_columns, columns = settings.IMPORT_MAX_COLUMNS, self._columns
        known: dict[tuple[str, str, str | None], str] = {}  # most cells of a large sheet were there before

        def start(name: str, given: dict[str, str]) -> None:
            nonlocal attributes, row_text, column, has_formula, has_value, is_spoken, in_data, in_cell, taking
            if name == cell and row_text:
                attributes, has_formula, has_value, in_cell = given, False, False, True
                pieces.clear()
            elif name == value:
                has_value = taking = in_cell
            elif name == formula:
                has_formula = True
            elif name == text:
                taking = in_cell and not is_spoken
            elif name == row and in_data:
                row_text, column = self._begin(given.get("r")), 0
            elif name == spoken:
                is_spoken = True
            elif name == data:
                in_data = True

        def end(name: str) -> None:
            nonlocal cells, column, row_text, is_spoken, in_data, in_cell, taking
            if name == value or name == text:  # noqa: SIM109 - asked for every element of a large file
                taking = False
            elif name == cell and in_cell:
                in_cell = False
                place = columns.get(attributes.get("r", "").removesuffix(row_text), 0)
                column = place if place > column else self._column(attributes.get("r"), row_text, column)
                if pieces or has_formula:
                    raw = pieces[0] if len(pieces) == 1 else "".join(pieces)
                    kind = attributes.get("t", "n")
                    key = (raw, kind, attributes.get("s")) if kind in NOT_TEXT and raw else None
                    content = known.get(key) if key else None
                    if content is None:
                        content = self._text(column, attributes, raw, has_formula, has_value)
                        if key and len(raw) < 30 and len(content) < 300:
                            if len(known) >= REMEMBERED:
                                known.clear()
                            known[key] = content
                    if content:
                        if column > most_columns:
                            raise self._too_wide(column)
                        if column > len(cells) + 1:
                            cells.extend([""] * (column - len(cells) - 1))
                        cells.append(content)
            elif name == row and row_text:
                self._rows.append((self.line, cells))
                cells, row_text = [], ""
            elif name == spoken:
                is_spoken = False
            elif name == data:
                in_data, self.ended = False, True

        def letters(piece: str) -> None:
            if taking:
                pieces.append(piece)

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, letters

    def _begin(self, stated: str | None) -> str:
        """The next row; lines only go up, so that no line comes twice."""
        if stated is None:
            self.line += 1
        else:
            number = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 8 else 0
            if number <= self.line:
                raise Unreadable(
                    _("The rows of the sheet are not in order after line %(line)s. Save the workbook again.") % {"line": self.line}
                )
            self.line = number
        if self.line > MOST_LINES:
            raise Unreadable(_("The sheet has more lines than a spreadsheet can have."))
        return str(self.line)

    def _column(self, reference: str | None, row_text: str, before: int) -> int:
        if reference is None:
            column = before + 1
        else:
            letters = reference.removesuffix(row_text)
            column = self._columns.get(letters, 0) or self._new_column(letters, reference)
        if column > MOST_COLUMNS_OF_FORMAT:
            raise self._too_wide(column)
        if column <= before:
            raise Unreadable(
                _("The cells of line %(line)s are not in order. Save the workbook again.") % {"line": self.line}, line=self.line
            )
        return column

    def _new_column(self, letters: str, reference: str) -> int:
        if not re.fullmatch("[A-Z]{1,3}", letters) or column_number(letters) > MOST_COLUMNS_OF_FORMAT:
            where = {"line": self.line, "cell": shown(reference, 20)}
            raise Unreadable(_("Line %(line)s has a cell that says it is “%(cell)s”. Save the workbook again.") % where, line=self.line)
        return self._columns.setdefault(letters, column_number(letters))

    def _text(self, column: int, attributes: dict[str, str], raw: str, has_formula: bool, has_value: bool) -> str:
        try:
            text = self._converted_text(attributes, raw, has_formula, has_value)
        except NotExact as error:
            raise self._refused(column, str(error)) from error
        if len(text) > settings.IMPORT_MAX_CELL:
            raise self._refused(column, _("has more than %(most)s letters") % {"most": f"{settings.IMPORT_MAX_CELL:,}"})
        return text

    def _converted_text(self, attributes: dict[str, str], raw: str, has_formula: bool, has_value: bool) -> str:
        kind = attributes.get("t", "n")
        if kind == "s":
            return self._shared(raw)
        if kind in {"str", "inlineStr", "e"} and (has_value or not has_formula):
            return unescaped(raw)
        raw = raw.strip(" \t\r\n")
        if not raw:
            if has_formula:
                raise NotExact(
                    _("has a formula whose result is not in the file; open the workbook in a spreadsheet program and save it again")
                )
            return ""
        if kind == "n":
            style = self._style(attributes.get("s"))
            if style is PLAIN:
                return number_text(raw)
            return styled_text(raw, style, since_1904=self._since_1904)
        if kind == "b" and raw in {"0", "1"}:
            return "TRUE" if raw == "1" else "FALSE"
        if kind == "d":
            return iso_text(raw)
        raise NotExact(_("is of a kind that no spreadsheet program writes"))

    def _shared(self, raw: str) -> str:
        raw = raw.strip(" \t\r\n")
        if not raw.isascii() or not raw.isdigit() or len(raw) > 9 or int(raw) >= len(self._texts):
            raise NotExact(_("points to a text that is not in the file"))
        return self._texts[int(raw)]

    def _style(self, number: str | None) -> Style:
        if number is None:
            return PLAIN
        if not number.isascii() or not number.isdigit() or len(number) > 6 or int(number) >= len(self._styles):
            return PLAIN if number == "0" else self._unknown_style()
        return self._styles[int(number)]

    def _unknown_style(self) -> Style:
        raise NotExact(_("has a style that is not in the file"))

    def _refused(self, column: int, what: str) -> Unreadable:
        where = {"line": self.line, "column": column_letters(column), "what": what}
        return Unreadable(_("Line %(line)s, column %(column)s: the cell %(what)s.") % where, line=self.line, column=column)

    def _too_wide(self, column: int) -> Unreadable:
        where = {"line": self.line, "column": column_letters(column), "most": settings.IMPORT_MAX_COLUMNS}
        return Unreadable(
            _("Line %(line)s has a value in column %(column)s; a table has at most %(most)s columns.") % where,
            line=self.line,
            column=column,
        )
