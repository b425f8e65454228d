"""export_records writes the file of the page, whole or not at all."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from engagements.export import stream
from engagements.export.layouts import LAYOUTS
from engagements.models import Engagement
from tests import make


def run(**options):
    out, err = io.StringIO(newline=""), io.StringIO()
    call_command("export_records", stdout=out, stderr=err, **options)
    return out.getvalue().encode(), err.getvalue()


@pytest.fixture
def register(people):
    for handling in ("public", "official", "restricted"):
        for kind in ("engagement", "exercise"):
            make.outcome(make.engagement(title=f"Å {handling}", handling=handling, kind=kind))
    return people


def test_it_writes_what_the_person_downloads(register, signed_in):
    written, said = run(username="analyst", query="kind=exercise", layout="outcomes")
    response = signed_in(register.analyst).get("/engagements/export/?kind=exercise&layout=outcomes")
    assert written == b"".join(response.streaming_content)
    assert said == "2 rows.\n"


def test_everything_is_every_record(register, tmp_path):
    path = tmp_path / "all.csv"
    written, said = run(everything=True, output=path, bom=True)
    assert (written, said) == (b"", "6 rows.\n")
    assert path.read_bytes() == b"".join(stream.csv_chunks(LAYOUTS["engagements"], Engagement.objects.all(), bom=True))
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"username": "analyst", "layout": "secrets"}, "no layout “secrets”"),
        ({"username": "nobody"}, "no active person “nobody”"),
        ({"username": "analyst", "query": "kind=banquet"}, "banquet"),
        ({"everything": True, "query": "nonsense=1"}, "nonsense"),
    ],
)
def test_what_it_can_not_do_it_says(register, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(**options)


def test_it_asks_whose_view_it_is(db):
    with pytest.raises(CommandError):
        call_command("export_records")


def test_a_file_that_fails_half_way_leaves_the_old_one(register, tmp_path, monkeypatch):
    path = tmp_path / "all.csv"
    path.write_text("old")
    whole = stream._pieces

    def broken(*arguments):
        yield from list(whole(*arguments))[:1]
        raise DatabaseError("the connection was lost")

    monkeypatch.setattr(stream, "_pieces", broken)
    with pytest.raises(CommandError, match="not complete"):
        run(everything=True, output=path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["all.csv"]


def test_a_folder_that_is_not_there_is_a_sentence(register, tmp_path):
    with pytest.raises(CommandError, match="can not be written"):
        run(everything=True, output=tmp_path / "nowhere" / "all.csv")
