"""Delimited texts: which letters, which delimiter, which lines; what is read is exactly what is written."""

import gzip

import pytest

from imports.reading import FileOptions, Unreadable, detect, look, open_table
from tests.imports.reading import detected, lines_of, read, rows_of, written

pytestmark = pytest.mark.once

PLAIN = [["title", "year", "place"], ["Cold Response", "2020", "Narvik"], ["Joint Warrior", "2021", "Faslane"]]


def delimited(sign: str) -> str:
    return "".join(sign.join(cells) + "\n" for cells in PLAIN)


@pytest.mark.parametrize(("sign", "found"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "csv")])
def test_the_delimiter_is_found(sign, found, tmp_path):
    path = written(tmp_path, delimited(sign))
    options = detect(path).options
    assert (options.format, options.delimiter, options.quote) == (found, sign, '"')
    assert rows_of(path, options) == PLAIN


def test_a_packed_text_is_read_as_it_is_unpacked(tmp_path):
    assert read(tmp_path, gzip.compress(delimited("\t").encode())) == PLAIN


def test_a_packed_text_may_have_several_parts(tmp_path):
    half = delimited(",").encode()
    assert read(tmp_path, gzip.compress(half[:40]) + gzip.compress(half[40:])) == PLAIN


def test_delimiters_in_cells_do_not_mislead(tmp_path):
    content = "name;parties;note\nA;Poland, Norway, Spain;x\nB;Italy, France;y\nC;Greece;z, z\n"
    assert detected(tmp_path, content).options.delimiter == ";"


def test_the_line_that_names_the_delimiter_is_obeyed_and_skipped(tmp_path):
    path = written(tmp_path, "sep=;\na,b;c,d\n1,5;2,5\n")
    found = detect(path)
    assert (found.options.delimiter, found.options.skip_rows, found.headings) == (";", 1, ["a,b", "c,d"])
    assert rows_of(path, found.options)[1:] == [["1,5", "2,5"]]


@pytest.mark.parametrize("title", ["List of missions", 'List of "missions"', '"List, of missions"'])
def test_titles_above_the_heading_are_skipped(title, tmp_path):
    rows = "name,start,end,people\nUNEF,1956-11-01,1967-06-01,6073\nONUC,1960-07-01,1964-06-01,19828\n"
    path = written(tmp_path, f"{title},,,\n\n{rows}")
    found = detect(path)
    assert (found.options.skip_rows, found.options.header_rows) == (2, 1)
    assert found.headings == ["name", "start", "end", "people"]
    assert lines_of(path, found.options) == [4, 5]


def test_lines_are_counted_as_a_person_counts_them(tmp_path):
    path = written(tmp_path, 'a,b\n\n1,"two\nlines"\n,\n3,4\n')
    assert lines_of(path, detect(path).options) == [3, 6]


def test_blanks_around_values_stay(tmp_path):
    assert read(tmp_path, "a,b\n 1 ,2\t\n") == [["a", "b"], [" 1 ", "2\t"]]


def test_headings_lose_the_blanks_around_them_and_line_breaks(tmp_path):
    assert detected(tmp_path, '" a\nb ",c\n1,2\n').headings == ["a b", "c"]


def test_blank_headings_are_named_by_number(tmp_path):
    found = detected(tmp_path, "a,,c,\n1,2,3,4\n")
    assert found.headings == ["a", "column 2", "c", "column 4"]
    assert found.notes == ["No heading in column 2, 4: named by number."]


def test_equal_headings_are_told_and_refused_unless_allowed(tmp_path):
    path = written(tmp_path, "a,b,A,a\n1,2,3,4\n")
    found = detect(path)
    sentence = "Columns 1 and 3 have the same heading, “A”. Rename one of them, or allow equal headings."
    assert (found.headings, found.fault, found.notes) == (["a", "b", "A (2)", "a (3)"], sentence, [sentence])
    with pytest.raises(Unreadable) as refused:
        open_table(path, found.options)
    assert (refused.value.sentence, refused.value.column) == (sentence, 3)
    allowed = FileOptions.from_dict({"allow_duplicate_headings": True}, base=found.options)
    assert rows_of(path, allowed) == [["a", "b", "A (2)", "a (3)"], ["1", "2", "3", "4"]]
    assert look(path, allowed).notes == ["Equal headings got a number: “name”, “name (2)”."]


def test_western_letters_are_read_with_a_note(tmp_path):
    found = detected(tmp_path, "title,place\nManœuvre,Besançon\nÜbung “Süd”,Köln\n".encode("cp1252"))
    assert found.options.encoding == "cp1252"
    assert found.sample == [["Manœuvre", "Besançon"], ["Übung “Süd”", "Köln"]]
    note = (
        "The text is not in UTF-8 (byte 16, line 2) and is read as Windows-1252. Look whether accented letters are right; "
        "if they are not, state the encoding or save the file as UTF-8."
    )
    assert found.notes == [note]


def test_an_encoding_that_is_stated_is_obeyed(tmp_path):
    path = written(tmp_path, "title,place\nЖизнь,Москва\n".encode("cp1251"))
    assert rows_of(path, FileOptions(encoding="cp1251"))[1] == ["Жизнь", "Москва"]


@pytest.mark.parametrize(
    ("encoding", "content", "sentence"),
    [
        ("utf-8", b"a,b\n1,2\n3,\xff\n", "UTF-8: byte 11 (FF) in line 3"),
        ("cp1252", b"a,b\n\x81,2\n", "CP1252: byte 5 (81) in line 2"),
        ("iso-8859-1", b"a,b\n1,\x93x\x94\n", "ISO-8859-1: byte 7 (93) in line 2"),
        ("utf-16", b"a,b\n1,2\n", "UTF-16: byte 1 (61) in line 1"),
    ],
)
def test_a_stated_encoding_that_does_not_fit_is_refused_with_the_byte(encoding, content, sentence, tmp_path):
    with pytest.raises(Unreadable) as refused:
        rows_of(written(tmp_path, content), FileOptions(encoding=encoding))
    assert refused.value.sentence == f"The text is not in {sentence} is no letter. State the right encoding, or save it as UTF-8."


def test_a_wrong_byte_far_in_the_file_is_told_by_its_place(tmp_path):
    content = b"\xef\xbb\xbfa,b\n" + b"1,2\n" * 100_000 + b"\xe9,2\n"
    with pytest.raises(Unreadable) as refused:
        rows_of(written(tmp_path, content), FileOptions())
    assert refused.value.sentence.startswith("The text is not in UTF-8: byte 400008 (E9) in line 100002 is no letter.")


def test_quotes_that_do_not_quote_are_letters_where_tabs_delimit(tmp_path):
    path = written(tmp_path, 'a\tb\nthe "best"\t5" gun\n"x\ty\n')
    found = detect(path)
    assert (found.options.quote, found.sample) == ("", [['the "best"', '5" gun'], ['"x', "y"]])
    assert found.notes == ["Quotes are read as letters like others, for they do not enclose cells in line 2."]


def test_quotes_that_quote_between_tabs_quote(tmp_path):
    found = detected(tmp_path, 'a\tb\n"Seminar, ""Moving on"" "\t1\nplain\t2\n')
    assert (found.options.quote, found.sample[0]) == ('"', ['Seminar, "Moving on" ', "1"])


def test_a_row_that_can_not_be_read_ends_the_sample_and_is_told(tmp_path):
    found = detected(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8\n")
    assert (found.sample, found.lines) == ([["1", "2", "3"]], [2])
    assert found.fault == (
        "Line 3 has 2 cells, the heading has 3. Look for a delimiter that is missing or one too many."
        " Where notes stand below the table, say which line is its last."
    )


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["15,9833", "45,8167"], ","),
        (["15.9833", "45.8167"], "."),
        (["1.234,5"], ","),
        (["1,234.5"], "."),
        (["1,234", "$17,020"], "."),
        (["1.234.567"], ","),
        (["1,234,567"], "."),
        (["1.5", "2.5", "3,5"], "."),
        (["12.05.1948"], "."),
        (["12"], "."),
    ],
)
def test_the_sign_of_decimals_is_found(cells, sign, tmp_path):
    assert detected(tmp_path, "name\tvalue\n" + "".join(f"x\t{cell}\n" for cell in cells)).options.decimal == sign


def test_both_signs_are_told(tmp_path):
    found = detected(tmp_path, "name\tvalue\nx\t1.5\ny\t2.5\nz\t3,5\n")
    assert found.notes == ["Numbers have both “.” and “,” as decimal sign; “.” is more frequent."]


def test_a_semicolon_speaks_for_the_comma_as_decimal_sign(tmp_path):
    assert detected(tmp_path, "name;people\nx;1.234\n").options.decimal == ","


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"format": "ods"}, "“ods” can not be the option “format” of a file."),
        ({"encoding": "utf-7"}, "“utf-7” can not be the option “encoding” of a file."),
        ({"delimiter": ""}, "“” can not be the option “delimiter” of a file."),
        ({"header_rows": 4}, "“4” can not be the option “header_rows” of a file."),
        ({"header_rows": True}, "“True” can not be the option “header_rows” of a file."),
        ({"skip_rows": -1}, "“-1” can not be the option “skip_rows” of a file."),
        ({"sheet": "x" * 300}, f"“{'x' * 59}…” can not be the option “sheet” of a file."),
        ({"color": "red"}, "A file has no option “color”."),
        (["csv"], "The options of a file are names with values."),
    ],
)
def test_options_that_make_no_sense_are_refused_by_name(stated, sentence):
    with pytest.raises(Unreadable) as refused:
        FileOptions.from_dict(stated)
    assert refused.value.sentence == sentence


def test_options_come_back_from_their_document():
    options = FileOptions(format="tsv", delimiter="\t", header_rows=2, skip_rows=3, decimal=",")
    assert FileOptions.from_dict(options.to_dict()) == options


def test_how_far_the_reading_has_come_is_known(tmp_path):
    path = written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 200_000))
    with open_table(path, FileOptions()) as table:
        shares = [table.share() for _row in table]
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_a_format_that_the_file_has_not_is_refused(tmp_path):
    with pytest.raises(Unreadable) as refused:
        open_table(written(tmp_path, "a,b\n1,2\n"), FileOptions(format="xlsx"))
    assert refused.value.sentence == "This is no Excel workbook; state CSV or TSV."
