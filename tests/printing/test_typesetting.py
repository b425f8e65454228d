"""What is printed: marked and numbered on each page, tagged, and every text is set as it is."""

import pytest

from printing.document import MOST, Cell, Column, Document, Facts, Grid, Items, Picture, Prose, figure
from printing.typesetting import as_pdf
from tests.printing.reading import flat, opened, pages, text

pytestmark = pytest.mark.once

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#0d5560"/></svg>'
HOSTILE = [
    '#import "@preview/x:1.0.0"', "#panic()", "#read(\"/etc/passwd\")", "$ x^2 $", "*bold* _it_", "= Heading", "`raw`", "@ref <label>",
    "\\ #{", "]]]}}}))", "// x", "/* comment", '"quoted" \\"', "https://example.org/#x", "<script>alert(1)</script>", "%PDF-1.7 endobj",
    "'; DROP TABLE x; --", "{{ settings.SECRET_KEY }}",
]  # fmt: skip


def document(*blocks, **fields) -> Document:
    return Document(**({"title": "Title", "marking": "official", "foot": "Foot", "blocks": list(blocks)} | fields))


def grid(columns: int, rows: int, **fields) -> Grid:
    head = [Column("Country"), *(Column(f"C{number}", True) for number in range(1, columns))]
    body = [[Cell(f"Row {row}"), *(Cell(f"{row}{number:03}") for number in range(1, columns))] for row in range(rows)]
    return Grid("Figures", head, body, **fields)


@pytest.mark.parametrize("marking", ["public", "official", "restricted"])
def test_each_page_is_marked_at_head_and_foot_and_numbered(marking):
    found = pages(as_pdf(document(grid(3, 150), marking=marking, marking_note="J5")))
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert page.count(marking.upper()) == 2
        assert page.count("J5") == 2
        assert f"{number} / {len(found)}" in page
        assert "Foot" in page


def test_the_heading_of_a_table_stands_on_each_of_its_pages():
    assert all("Country C1 C2" in page for page in pages(as_pdf(document(grid(3, 150)))))


@pytest.mark.parametrize("said", HOSTILE)
def test_every_text_is_set_as_it_is(said):
    blocks = [
        Facts([(said, said)]), Prose(said, said), Items(said, [(said, said)], is_numbered=True),
        Grid(said, [Column(said)], [[Cell(said, said)]], [Cell(said)], said), Picture(said, SVG, said),
    ]  # fmt: skip
    content = as_pdf(document(*blocks, title=said, over=said, lines=[said], foot=said, marking_note=said, warning=said))
    assert flat(text(content)).count(flat(said)) >= 14
    assert opened(content).metadata.title == said


def test_no_text_can_read_a_file_or_an_address(tmp_path):
    (tmp_path / "secret").write_text("Zanzibar")
    said = f'#read("{tmp_path}/secret") #image("{tmp_path}/secret") #include "document.typ"'
    content = as_pdf(document(Prose(said)))
    assert "Zanzibar" not in text(content)


def test_a_picture_that_names_an_address_is_refused(tmp_path):
    (tmp_path / "secret.svg").write_text(SVG)
    for address in (f"file://{tmp_path}/secret.svg", "https://example.org/x.png"):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{address}" width="9" height="9"/></svg>'
        with pytest.raises(RuntimeError, match="linked image"):
            as_pdf(document(Picture("x", svg, "x")))


@pytest.mark.parametrize(
    "said", ["\x00\x07\x1b[31m", "\ud800", "\u202eabc", "\ufffe", "a\r\nb\rc", "\N{ZERO WIDTH JOINER}", "😀", "中文", ""]
)
def test_no_letter_breaks_it(said):
    assert len(pages(as_pdf(document(Prose(f"before {said} after"), title=said or "x")))) == 1


def test_letters_of_other_scripts_are_kept():
    content = text(as_pdf(document(Prose("Ärzte, Łódź, Muş, Αθήνα, Київ, naïve “quotes” €"))))
    for word in ["Ärzte", "Łódź", "Muş", "Αθήνα", "Київ", "naïve", "“quotes”", "€"]:
        assert word in content


def test_a_wide_table_lies_on_its_side_and_a_wider_one_goes_on_below():
    narrow, wide, wider = (opened(as_pdf(document(grid(columns, 3)))) for columns in (5, 12, 40))
    for reader, is_wide in ((narrow, False), (wide, True), (wider, True)):
        box = reader.pages[0].mediabox
        assert (box.width > box.height) == is_wide
    parts = grid(40, 3, total=[Cell("Total")] * 40).parts()
    assert [len(part.columns) for part in parts] == [MOST + 1, MOST + 1, 40 - 1 - 2 * MOST + 1]
    assert {part.columns[0].label for part in parts} == {"Country"}
    assert [column.label for part in parts for column in part.columns[1:]] == [f"C{number}" for number in range(1, 40)]
    assert {len(row) for part in parts for row in [*part.rows, part.total]} == {MOST + 1, 40 - 2 * MOST}


def test_nothing_of_a_wide_table_is_outside_of_the_page():
    reader = opened(as_pdf(document(grid(40, 3), Grid("Long", [Column("x" * 60, True)] * 12, [[Cell("1,234,567")] * 12]))))
    for page in reader.pages:
        places = []
        page.extract_text(
            visitor_text=lambda said, cm, tm, font, size, places=places: places.append(cm[4] + tm[4]) if said.strip() else None
        )
        assert 0 <= min(places) <= max(places) < float(page.mediabox.width)
    assert all(f"{row}{number:03}" in text_of(reader) for row in range(3) for number in range(1, 40))


def text_of(reader) -> str:
    return " ".join(page.extract_text() for page in reader.pages)


def test_it_is_tagged_for_screen_readers_with_its_language_and_the_words_of_its_pictures():
    content = as_pdf(document(grid(2, 2), Picture("Trend", SVG, "Rising since 2020")))
    catalog = opened(content).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    kinds, words = set(), []

    def walk(node):
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            kinds.add(str(node.get("/S")))
            words.append(node.get("/Alt"))
            if "/K" in node:
                walk(node["/K"])

    walk(catalog["/StructTreeRoot"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= kinds
    assert "Rising since 2020" in words


def test_its_fonts_are_inside():
    fonts = [font.get_object() for font in opened(as_pdf(document())).pages[0]["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert font["/DescendantFonts"][0]["/FontDescriptor"].keys() & {"/FontFile2", "/FontFile3"}


def test_a_figure_is_written_as_on_the_pages():
    assert [figure(value) for value in (None, 0, 19626, 12.5)] == ["not known", "0", "19,626", "12.5"]
    assert figure(5, " %") == "5 %"
