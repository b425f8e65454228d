"""``manage.py import_records``: check, answer and write from the shell."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from engagements.models import Engagement
from imports.models import Batch
from tests.imports.batches import catalog, mapping_of

pytestmark = pytest.mark.django_db
TEXT = "title,party\nTalks,Poland\nVisit,Polnad\n"


@pytest.fixture
def files(people, tmp_path):
    catalog()
    (tmp_path / "talks.csv").write_text(TEXT)
    (tmp_path / "mapping.json").write_text(json.dumps(mapping_of(["title", "party"])))
    return tmp_path


def bring_in(files, *, file="talks.csv", **options) -> tuple[str, str]:
    out, said = StringIO(), StringIO()
    options = {"mapping": str(files / "mapping.json"), "user": "analyst"} | options
    call_command("import_records", str(files / file), stdout=out, stderr=said, **options)
    return out.getvalue(), said.getvalue()


def test_a_dry_run_writes_nothing_and_says_what_would_be_written(files):
    answers, said = bring_in(files, dry_run=True)
    assert "2 lines. Checked: 1 new records, 0 to change, 0 on record already." in said
    assert json.loads(answers) == {"party": {"Polnad": "QPL"}}
    assert Engagement.objects.count() == 0


def test_a_name_that_nobody_settled_keeps_the_file_out(files):
    with pytest.raises(CommandError, match="Answer the questions first"):
        bring_in(files)
    assert Engagement.objects.count() == 0


def test_answers_from_a_file_settle_the_names(files):
    (files / "answers.json").write_text('{"party": {"Polnad": "QPL"}}')
    _out, said = bring_in(files, answers=files / "answers.json")
    assert said.endswith("2 new records, 0 changed, 0 on record already.\n")
    assert {str(row.party) for record in Engagement.objects.all() for row in record.participations.all()} == {"Poland"}
    assert Batch.objects.get().questions.get().answered_by.username == "analyst"


def test_what_is_right_alone_comes_in_where_asked_for(files):
    bring_in(files, valid_only=True)
    assert [record.title for record in Engagement.objects.all()] == ["Talks"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"user": "nobody"}, "There is no active person"),
        ({"user": "viewer"}, "brings in no files"),
        ({"mapping": "nothing"}, "There is no mapping"),
        ({"team": "navy"}, "works in no team"),
        ({"file": "nothing.csv"}, "can not be read"),
        ({"handling": "restricted"}, "clearance of .* does not reach"),
    ],
)
def test_what_can_not_be_done_is_said(files, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        bring_in(files, **options)
    assert Engagement.objects.count() == 0


def test_how_far_it_is_is_told(files):
    _out, said = bring_in(files, valid_only=True)
    assert "100% Looking what would be written" in said
    assert "100% Writing the records" in said
