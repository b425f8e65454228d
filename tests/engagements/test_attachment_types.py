"""Which files a record takes: by their content, whatever they are called."""

import io
import tracemalloc

import pytest
from django.core.exceptions import ValidationError

from engagements.domain import file_types
from engagements.domain.file_names import content_disposition, extension, plain_name
from engagements.domain.file_types import recognize, taken
from tests.engagements import files

pytestmark = pytest.mark.once
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
MAIN = f"{OOXML}wordprocessingml.document.main+xml"
GOOD = [
    (".pdf", files.PDF, "application/pdf"),
    (".png", files.PNG, "image/png"),
    (".jpg", files.JPEG, "image/jpeg"),
    (".jpeg", files.JPEG, "image/jpeg"),
    (".webp", files.WEBP, "image/webp"),
    (".txt", "Gespräch über Übungen\r\n\tum 9 Uhr\n".encode(), "text/plain; charset=utf-8"),
    (".txt", b"\xef\xbb\xbfWith a byte order mark", "text/plain; charset=utf-8"),
    (".csv", b"country,people\nUSA,12\n", "text/csv; charset=utf-8"),
    (".docx", files.office("docx"), f"{OOXML}wordprocessingml.document"),
    (".xlsx", files.office("xlsx"), f"{OOXML}spreadsheetml.sheet"),
    (".pptx", files.office("pptx"), f"{OOXML}presentationml.presentation"),
    (".docx", files.office("docx", content_types=files.types(MAIN, encoding="utf-16")), f"{OOXML}wordprocessingml.document"),
    (".odt", files.open_document("odt"), f"{ODF}text"),
    (".ods", files.open_document("ods"), f"{ODF}spreadsheet"),
    (".odp", files.open_document("odp"), f"{ODF}presentation"),
]  # fmt: skip


def refusal(content: bytes, extension: str) -> str:
    with pytest.raises(ValidationError) as refused:
        recognize(io.BytesIO(content), extension)
    return refused.value.messages[0]


@pytest.mark.parametrize(("extension", "content", "content_type"), GOOD)
def test_what_a_program_writes_is_known_by_its_content(extension, content, content_type):
    file = io.BytesIO(content)
    assert recognize(file, extension) == content_type
    assert file.tell() == 0


def test_these_types_and_no_others_are_taken():
    assert taken() == "csv, docx, jpeg, jpg, odp, ods, odt, pdf, png, pptx, txt, webp, xlsx"


@pytest.mark.parametrize(
    "ending",
    ["", ".html", ".htm", ".svg", ".xml", ".js", ".exe", ".docm", ".xlsm", ".pptm", ".dotx", ".doc", ".zip", ".rtf", ".gif", ".PDF "],
)
def test_a_file_of_another_ending_is_not_taken_whatever_is_in_it(ending):
    assert refusal(files.PDF, ending).startswith("Files of this type are not taken. Choose one of: csv, docx")


@pytest.mark.parametrize("ending", sorted(file_types.TYPES))
def test_an_empty_file_is_not_taken(ending):
    assert refusal(b"", ending) == "The file is empty."


@pytest.mark.parametrize("ending", sorted(file_types.TYPES))
def test_no_ending_takes_the_content_of_another(ending):
    """But for a text, which is a table as well as a text, and a picture with two endings."""
    same = {".jpg": ".jpeg", ".jpeg": ".jpg", ".txt": ".csv", ".csv": ".txt"}
    accepted = set()
    for other, content, _type in GOOD:
        try:
            recognize(io.BytesIO(content), ending)
        except ValidationError:
            continue
        accepted.add(other)
    assert accepted == {ending} | ({same[ending]} if ending in same else set())


@pytest.mark.parametrize(
    "content", [files.HTML, files.SVG, files.EXE, b"  \n" + files.HTML, b"\xef\xbb\xbf<html>"], ids=["html", "svg", "exe", "blanks", "bom"]
)
@pytest.mark.parametrize("ending", sorted(file_types.TYPES))
def test_a_page_a_drawing_or_a_program_is_taken_under_no_name(content, ending):
    assert refusal(content, ending)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"caf\xe9", "The text is not in UTF-8. Save it again with the encoding UTF-8."),
        (b"cut \xc3", "The text is not in UTF-8. Save it again with the encoding UTF-8."),
        ("half a letter".encode("utf-16"), "The text is not in UTF-8. Save it again with the encoding UTF-8."),
        (b"a\0b", "By its content this is not plain text. Save it again in the program it comes from."),
        (b"x" * 70_000 + b"\x1b[2J", "By its content this is not plain text. Save it again in the program it comes from."),
        (b"#!/bin/sh\nrm -r x\n", "By its content this is not plain text. Save it again in the program it comes from."),
        (b"{\\rtf1 hello}", "By its content this is not plain text. Save it again in the program it comes from."),
    ],
)
def test_a_text_is_readable_to_its_end(content, sentence):
    assert refusal(content, ".txt") == sentence


@pytest.mark.parametrize(("ending", "content"), [(".pdf", files.PDF), (".png", files.PNG), (".jpg", files.JPEG), (".webp", files.WEBP)])
def test_a_file_with_an_archive_behind_it_is_neither(ending, content):
    assert refusal(content + files.package({"run.class": b"x"}), ending)


def test_markup_before_a_document_makes_it_none():
    assert refusal(files.HTML + files.PDF, ".pdf") == "By its content this is not PDF. Save it again in the program it comes from."
    assert refusal(files.HTML + files.office(), ".docx") == "By its content this is not DOCX. Save it again in the program it comes from."
    assert refusal(files.office() + files.HTML, ".docx") == "By its content this is not DOCX. Save it again in the program it comes from."
    assert (
        refusal(files.office(comment=files.HTML), ".docx") == "By its content this is not DOCX. Save it again in the program it comes from."
    )
    assert (
        refusal(files.PDF.replace(b"%%EOF", b"") + files.HTML, ".pdf")
        == "By its content this is not PDF. Save it again in the program it comes from."
    )


MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
MACROS = {
    "the part with macros": files.office(extra={"word/vbaProject.bin": b"x"}),
    "in capitals": files.office(extra={"word/VBAPROJECT.BIN": b"x"}),
    "a part of another name": files.office(extra={"word/picture.bin": b"x"}, declared=["application/vnd.ms-office.vbaProject"]),
    "a document with macros, renamed": files.office(content_types=files.types(MACRO_MAIN)),
    "both kinds declared": files.office(declared=[MACRO_MAIN]),
    "declared in another encoding": files.office(content_types=files.types(MAIN, MACRO_MAIN, encoding="utf-16")),
    "declared in character references": files.office(content_types=files.types(MAIN, MACRO_MAIN.replace("m", "&#109;"))),
    "a sheet of old macros": files.office("docx", extra={"xl/macrosheets/sheet1.xml": b"x"}),
    "a control": files.office(extra={"word/activeX/activeX1.xml": b"x"}),
}


@pytest.mark.parametrize("content", MACROS.values(), ids=MACROS)
def test_macros_are_not_taken_by_any_way_in(content):
    assert refusal(content, ".docx") == "The file carries macros. Save it without them, then choose it again."


@pytest.mark.parametrize("part", ["Basic/Standard/Module1.xml", "scripts/python/run.py", "BASIC/script-lc.xml"])
def test_open_documents_with_macros_are_not_taken(part):
    content = files.open_document(extra={part: b"x"})
    assert refusal(content, ".odt") == "The file carries macros. Save it without them, then choose it again."


@pytest.mark.parametrize("name", ["run.exe", "word/embeddings/book.xlsm", "word/a.JS"])
def test_a_program_inside_is_named(name):
    said = refusal(files.office(extra={name: b"x"}), ".docx")
    assert said == f"The file carries a program inside: {name.rpartition('/')[2]}. Take it out first."


DAMAGED = {
    "a path out of the package": files.office(extra={"../../outside.txt": b"x"}),
    "an absolute path": files.office(extra={"/etc/outside": b"x"}),
    "a path of Windows": files.office(extra={"word\\..\\outside": b"x"}),
    "a drive": files.office(extra={"C:/outside": b"x"}),
    "a part twice": files.with_duplicate(),
    "encrypted": files.encrypted(),
    "a document type": files.office(content_types=b'<!DOCTYPE t [<!ENTITY a "aaaa">]><Types><Override ContentType="&a;"/></Types>'),
    "an unfinished list of types": files.office(content_types=b"<Types><Override"),
    "a list of types that is too long": files.office(content_types=files.types(MAIN) + b" " * file_types.MOST_XML),
    "more than it says": files.lying(10),
    "cut in a member": files.office().replace(b"PK\x03\x04", b"PK\x03\x05").replace(b"PK\x03\x05", b"PK\x03\x04", 1),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_package_that_is_not_whole_is_not_taken(content):
    assert refusal(content, ".docx") == "The file is damaged or protected and can not be looked into. Save it again without a password."


def test_a_bomb_is_refused_by_what_it_says_of_itself_and_costs_no_memory():
    many = files.office(extra={f"word/{number}.xml": b"" for number in range(file_types.MOST_MEMBERS)})
    member = b" " * 30_000_000
    large = files.office(extra={f"word/{number}.xml": member for number in range(8)})
    assert len(large) < 500_000
    tracemalloc.start()
    try:
        for content in (many, large):
            assert refusal(content, ".docx") == "Unpacked, the file is larger than it may be. Split it, or save it as PDF."
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10_000_000


def test_a_long_list_of_members_is_not_even_read(monkeypatch):
    monkeypatch.setattr(file_types, "MOST_DIRECTORY", 100)
    assert refusal(files.office(), ".docx") == "Unpacked, the file is larger than it may be. Split it, or save it as PDF."


def test_unpacking_costs_no_more_memory_than_a_block(monkeypatch):
    content = files.office(extra={"word/large.xml": b" " * 50_000_000})
    tracemalloc.start()
    try:
        recognize(io.BytesIO(content), ".docx")
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


# Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Minutes of the talks.pdf", "Minutes of the talks.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\fakepath\\plan.docx", "plan.docx"),
        ('a"\r\nX: y.pdf', "a_X_ y.pdf"),
        ("null\0byte.pdf", "nullbyte.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("exe\u202e\u200bfdp.pdf", "exefdp.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("  . hidden .pdf", "hidden.pdf"),
        (".pdf", "pdf"),
        ("...", "file"),
        ("", "file"),
        ("con.txt", "_con.txt"),
        ("Lpt1.notes.txt", "_Lpt1.notes.txt"),
        ("a|b<c>d?.txt", "a_b_c_d_.txt"),
        ("договор.pdf", "договор.pdf"),
        ("line\u2028break.txt", "line break.txt"),
    ],
)  # fmt: skip
def test_a_name_is_made_harmless_and_stays_readable(given, kept):
    assert plain_name(given) == kept


def test_a_long_name_keeps_its_ending():
    assert plain_name(f"{'a' * 300}.pdf") == f"{'a' * 196}.pdf"
    assert len(plain_name("b" * 300)) == 200
    assert extension("Report.PDF") == ".pdf"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("talks.pdf", "attachment; filename=\"talks.pdf\"; filename*=UTF-8''talks.pdf"),
        ("Café 1.pdf", "attachment; filename=\"Cafe 1.pdf\"; filename*=UTF-8''Caf%C3%A9%201.pdf"),
        ("договор.pdf", "attachment; filename=\"_______.pdf\"; filename*=UTF-8''%D0%B4%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.pdf"),
        ('a"\r\nX: y;%.pdf', "attachment; filename=\"a___X: y__.pdf\"; filename*=UTF-8''a%22%0D%0AX%3A%20y%3B%25.pdf"),
    ],
)
def test_the_header_of_a_name_is_ascii_with_the_full_name_beside_it(name, header):
    assert content_disposition(name) == header
    assert header.isascii()
