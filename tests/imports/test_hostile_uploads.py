"""Hostile files by the page that takes them: refused with a sentence or brought in exactly, and nothing left behind."""

import pytest

from imports import uploads
from imports.models import Batch, Upload
from tests.imports import batches
from tests.imports.hostile import HOSTILE
from tests.imports.pages import send

HOSTILE_CELLS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></tr></table><h1>Gone</h1>",
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
    "&lt;b&gt;",
]


@pytest.fixture(autouse=True)
def limits(settings):
    """Small ones, so that the files that pass them are small as well."""
    settings.IMPORT_MAX_BYTES = 21 * 1024 * 1024 - 1
    settings.IMPORT_MAX_UNPACKED = 20 * 1024 * 1024


@pytest.fixture
def client(people, signed_in):
    for path in uploads.folder().iterdir():
        path.unlink()
    return signed_in(people.analyst)


@pytest.mark.once
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence_or_kept_as_it_is(name, client):
    content = HOSTILE[name].make()
    response = send(client, content, "sent.xlsx" if content.startswith((b"PK", b"\xd0\xcf")) else "sent.csv")
    kept = [path.read_bytes() for path in uploads.folder().iterdir() if path.is_file()]
    if response.status_code == 302:
        batch = Batch.objects.get()
        assert kept == [content]
        for page in ("file", "mapping"):
            assert client.get(f"/imports/{batch.key}/{page}/").status_code == 200
    else:
        assert response.status_code in {400, 413}
        (sentence,) = response.context["form"].errors["file"]
        assert sentence.endswith(".")
        assert (kept, Upload.objects.count(), Batch.objects.count()) == ([], 0, 0)


def test_no_cell_of_a_hostile_file_is_markup_on_any_page_of_its_import(client, people):
    batches.catalog()
    columns = ["title", "start", "party", "place"]
    lines = [",".join('"' + text.replace('"', '""') + '"' for text in [cell, cell, cell, cell]) for cell in HOSTILE_CELLS]
    batch = batches.checked(people.analyst, "\n".join([",".join(columns), *lines]) + "\n", name="<i>sent</i>.csv")
    assert batch.counts["wrong_lines"] == len(HOSTILE_CELLS)
    for page in ("", "lines/", "lines/?show=wrong", "questions/", "plan/", "file/", "mapping/"):
        body = client.get(f"/imports/{batch.key}/{page}").content.decode()
        for mark in ("<script>alert", "<img src=x", "<h1>Gone", "<i>sent", "{{ 14", 'href="javascript'):
            assert mark not in body, (page, mark)
    body = client.get(f"/imports/{batch.key}/lines/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "{{ 7|add:7 }}{% debug %}" in body
    assert "&amp;lt;b&amp;gt;" in body
