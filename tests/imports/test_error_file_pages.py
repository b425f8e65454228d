"""The downloads of an import: wrong lines and empty files, as text and as workbook."""

import pytest

from engagements.export.layouts import LAYOUTS
from imports.reading import detect
from tests.imports import batches
from tests.imports.reading import rows_of, written

TEXT = "title,start,party,people\n=Talks,2024-99-99,Poland,3\nVisit,2024-05-01,Poland,5\n"


def sent(response, folder):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    path = written(folder, content)
    return rows_of(path, detect(path).options)


@pytest.mark.parametrize("asked", ["", "?format=xlsx"])
def test_wrong_lines_are_sent_as_a_file_that_comes_in_again(asked, people, signed_in, tmp_path):
    batches.catalog()
    batch = batches.checked(people.analyst, TEXT)
    response = signed_in(people.analyst).get(f"/imports/{batch.key}/lines/download/{asked}")
    assert response["Content-Disposition"].startswith(f'attachment; filename="entente-import-{batch.key}-lines-official.')
    assert sent(response, tmp_path) == [["title", "start", "party", "people"], ["=Talks", "2024-99-99", "Poland", "3"]]


@pytest.mark.parametrize("asked", ["", "?format=xlsx"])
def test_an_empty_file_is_sent(asked, people, signed_in, tmp_path):
    response = signed_in(people.analyst).get(f"/imports/templates/contributions/{asked}")
    assert sent(response, tmp_path) == [LAYOUTS["contributions"].header]


def test_an_empty_file_of_no_layout_is_not_there(people, signed_in):
    assert signed_in(people.analyst).get("/imports/templates/other/").status_code == 404
