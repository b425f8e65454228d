"""Excel workbooks written part by part, as programs write them and as somebody may try instead."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
DATES = f"""<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd;@"/>
<numFmt numFmtId="171" formatCode="[$-409]mmm\\ yyyy"/><numFmt numFmtId="172" formatCode="000"/>
<numFmt numFmtId="173" formatCode="[h]:mm"/><numFmt numFmtId="174" formatCode="#,##0.00 &quot;days&quot;"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="22"/><xf numFmtId="172"/>
<xf numFmtId="173"/><xf numFmtId="174"/><xf numFmtId="20"/></cellXfs></styleSheet>"""
GENERAL, SHORT_DAY, ISO_DAY, MONTH, MOMENT, THREE_DIGITS, SPAN, DAYS, CLOCK = range(9)


def sheet(rows: str, *, before: str = "", after: str = "", declaration: str = "") -> str:
    return f'{declaration}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def text_row(*texts: str) -> str:
    """A row of inline texts; "" is a cell that is not there."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    cells = (f'<c r="{letters[n]}{{line}}" t="inlineStr"><is><t>{text}</t></is></c>' for n, text in enumerate(texts) if text)
    return '<row r="{line}">' + "".join(cells) + "</row>"


def table(*rows: str) -> str:
    """Rows below each other, numbered from 1."""
    return sheet("".join(row.replace("{line}", str(line)) for line, row in enumerate(rows, start=1)))


def cell_in_second_row(cell: str) -> str:
    """A sheet with the heading "a" and one cell below it."""
    return table(text_row("a"), f'<row r="{{line}}">{cell}</row>')


def members(
    *sheets: str, names: tuple[str, ...] = ("Sheet1",), shared: str = "", since_1904: bool = False, states: dict[str, str] | None = None
) -> dict[str, bytes]:
    """The parts of a workbook with these sheets."""
    listed = "".join(_listed(name, number, (states or {}).get(name)) for number, name in enumerate(names, start=1))
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
    )
    properties = '<workbookPr date1904="1"/>' if since_1904 else "<workbookPr/>"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Override PartName="/xl/workbook.xml" ContentType="{CONTENT}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{related}'
        f'<Relationship Id="rId98" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId99" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": DATES,
        "xl/sharedStrings.xml": shared or f'<sst xmlns="{MAIN}"/>',
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": content for n, content in enumerate(sheets, start=1)}
    return {name: content.encode() for name, content in parts.items()}


def _listed(name: str, number: int, state: str | None) -> str:
    hidden = f' state="{state}"' if state else ""
    return f'<sheet name="{name}" sheetId="{number}"{hidden} r:id="rId{number}"/>'


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def book(*sheets: str, extra: dict[str, bytes] | None = None, **options) -> bytes:
    return packed(members(*sheets, **options) | (extra or {}))


def cell_book(cell: str, **options) -> bytes:
    return book(cell_in_second_row(cell), **options)
