"""The downloads of an import: wrong lines and empty files, as text and as workbook."""

import csv
import io
import json

import pytest
from django.core.management import call_command

from engagements.export.layouts import LAYOUTS
from engagements.models import Engagement
from imports.models import Batch
from imports.reading import detect
from imports.saving_mappings import save_as
from tests.imports import batches, pages
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


GROUPED = {"group_by": ["title"]}
MANY = (
    "title,start,party,people\n"
    "Talks,2020,Poland,5\nTalks,2020,Norway,many\n"  # one of two lines is wrong: the other comes in
    "Visit,2021,Poland,1\nVisit,2021,Norway,2\n"  # the record is: neither comes in
    "Course,2022,Nowhere,3\n"  # waits for an answer
    "Drill,3009,Poland,4\n"  # comes in with a flag
)


def to_correct(people, signed_in, folder, *, commit) -> tuple:
    batches.catalog()
    batch = batches.checked(people.analyst, MANY, valid_only=True, **GROUPED)
    batch.planned.filter(title="Visit").update(outcome="wrong")
    if commit:
        batch.state = "done"
        batch.save()
    response = signed_in(people.analyst).get(f"/imports/{batch.key}/lines/download/")
    return batch, sent(response, folder)[1:]


def test_before_it_is_written_the_file_has_every_problem_and_whole_records(people, signed_in, tmp_path):
    _batch, rows = to_correct(people, signed_in, tmp_path, commit=False)
    assert rows == [
        ["Talks", "2020", "Norway", "many"], ["Visit", "2021", "Poland", "1"], ["Visit", "2021", "Norway", "2"],
        ["Drill", "3009", "Poland", "4"],
    ]  # fmt: skip


def test_once_it_is_written_the_file_has_what_was_left_behind_and_nothing_that_would_come_in_twice(people, signed_in, tmp_path):
    batch, rows = to_correct(people, signed_in, tmp_path, commit=True)
    assert rows == [
        ["Talks", "2020", "Norway", "many"], ["Visit", "2021", "Poland", "1"], ["Visit", "2021", "Norway", "2"],
        ["Course", "2022", "Nowhere", "3"],
    ]  # fmt: skip
    page = signed_in(people.analyst).get(f"/imports/{batch.key}/").content.decode()
    assert "Download the 4 lines left behind" in page
    response = signed_in(people.analyst).get(f"/imports/{batch.key}/lines/download/")
    said = [row[-1] for row in csv.reader(io.StringIO(b"".join(response.streaming_content).decode()))][1:]
    assert said[1:] == [*["Another line of the same record can not come in."] * 2, "A name in it waited for an answer."]


def test_figures_of_corrected_lines_add_up_with_those_that_came_in_before_and_once(people, signed_in):
    batches.catalog()
    text = "title,start,party,people\nTalks,2020,Poland,5\nTalks,2020,Poland,5\nTalks,2020,Poland,many\nTalks,2020,Norway,few\n"
    first = batches.commit(batches.checked(people.analyst, text, valid_only=True, **GROUPED))
    response = signed_in(people.analyst).get(f"/imports/{first.key}/lines/download/")
    content = b"".join(response.streaming_content).decode().replace("many", "7")
    record = Engagement.objects.get()

    def people_of() -> list[tuple]:
        return sorted((str(row.party), row.personnel) for row in record.participations.all())

    second = batches.commit(batches.checked(people.analyst, content, mapping=first.mapping, valid_only=True))
    assert (batches.outcomes(second), people_of()) == ({"update": 1}, [("Poland", 17)])
    again = batches.commit(batches.checked(people.analyst, content, mapping=first.mapping, valid_only=True))
    assert (batches.outcomes(again), people_of()) == ({"unchanged": 1}, [("Poland", 17)])
    # What a person writes in between stays, also when the whole file comes in again, corrected at last.
    record.participations.update(note="Counted.", personnel=18)
    whole = batches.imported(people.analyst, text.replace("many", "7").replace("few", "2"), **GROUPED)
    assert (batches.outcomes(whole), people_of()) == ({"update": 1}, [("Norway", 2), ("Poland", 18)])


def test_the_corrected_lines_join_the_record_whose_other_lines_came_in_before(people, signed_in):
    batches.catalog()
    first = batches.commit(batches.checked(people.analyst, MANY, valid_only=True, **GROUPED))
    response = signed_in(people.analyst).get(f"/imports/{first.key}/lines/download/")
    content = b"".join(response.streaming_content).decode().replace("many", "7")
    kept = [line for line in content.splitlines() if "Nowhere" not in line]
    again = batches.imported(people.analyst, "\n".join(kept) + "\n", mapping=first.mapping)
    assert batches.outcomes(again) == {"update": 1}
    talks = Engagement.objects.get(title="Talks")
    assert sorted((str(row.party), row.personnel) for row in talks.participations.all()) == [("Norway", 7), ("Poland", 5)]
    whole = batches.checked(people.analyst, MANY.replace("many", "7"), **GROUPED)
    assert batches.outcomes(whole) == {"unchanged": 3}


SPENT = "Money spent\n;;\ntitle;start;cost\nTalks;2020;1.234,5\nVisit;3009;2.345\n".replace("Money spent", "Money spent;;")


def mapping_of_money() -> dict:
    return {
        "entente_mapping": 1, "name": "Money",
        "file": {"delimiter": ";", "decimal": ",", "skip_rows": 2},
        "constants": {"type": "talks", "strategies": ["dialogue"], "funding.source": "own", "funding.currency": "EUR"},
        "columns": [
            {"column": "title", "to": "title"}, {"column": "start", "to": "starts"}, {"column": "cost", "to": "funding.actual"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("asked", ["", "?format=xlsx"])
def test_a_corrected_file_is_read_as_our_own_with_the_mapping_of_the_file_it_came_from(asked, people, signed_in, tmp_path):
    batches.catalog()
    analyst = signed_in(people.analyst)
    saved = save_as("Money", mapping_of_money(), owner=people.analyst)
    first = pages.brought_in(analyst, SPENT, "money.csv", mapping=saved.code)
    pages.checked(analyst, first)
    response = analyst.get(f"/imports/{first.key}/lines/download/{asked}")
    again = pages.brought_in(analyst, b"".join(response.streaming_content), f"again.{'xlsx' if asked else 'csv'}", mapping=saved.code)
    pages.checked(analyst, again)
    # Two lines of thousands with a comma for the decimals: nothing in the corrected file itself tells.
    assert [line.cells for line in again.lines.all()] == [["Visit", "3009", "2.345"]]
    pages.press(analyst, again, "commit", plan=again.plan)
    assert [row.actual for row in Engagement.objects.get().funding_lines.all()] == [2345]


def test_a_corrected_file_comes_in_by_the_shell_with_the_same_mapping(people, signed_in, tmp_path):
    batches.catalog()
    (tmp_path / "money.json").write_text(json.dumps(mapping_of_money()))
    (tmp_path / "money.csv").write_text(SPENT)
    options = {"mapping": str(tmp_path / "money.json"), "user": "analyst", "stdout": io.StringIO(), "stderr": io.StringIO()}
    call_command("import_records", str(tmp_path / "money.csv"), dry_run=True, **options)
    response = signed_in(people.analyst).get(f"/imports/{Batch.objects.get().key}/lines/download/")
    (tmp_path / "again.csv").write_bytes(b"".join(response.streaming_content))
    call_command("import_records", str(tmp_path / "again.csv"), **options)
    assert [(record.title, row.actual) for record in Engagement.objects.all() for row in record.funding_lines.all()] == [("Visit", 2345)]
