"""A record that a file would create, and that may be on file already, is flagged in the dry run, to who sees the other."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Handling
from engagements.models import Engagement
from imports import near, twins
from imports.models import LikelyTwin
from tests import make
from tests.imports.batches import catalog, check, checked, imported, undo

pytestmark = pytest.mark.django_db

HEADINGS = "title,start,party\n"
SPLIT = [{"column": "party", "to": "participant", "split": ";"}]
SAME = HEADINGS + "Called otherwise,2025-03-04,Poland; Norway\n"


@pytest.fixture
def known():
    return catalog()


@pytest.fixture
def analyst():
    return make.user("analyst", clearance=Handling.OFFICIAL, teams=[make.team()])


@pytest.fixture
def on_file(known):
    def made(title="Naval staff talks", starts="2025-03-04", countries=None, **fields):
        return make.engagement(
            title=title, starts=starts, ends=starts, type=known.type, kind=known.type.kind,
            countries=countries or [known.poland, known.norway], **fields,
        )  # fmt: skip

    return made


def flagged(batch, user):
    return [(row.line, row.engagement, row.is_alike, row.shared) for row in twins.shown(batch, user)]


def test_two_same_parties_or_an_alike_title_near_the_day_are_flagged_with_the_record(analyst, known, on_file):
    both = on_file()
    titled = on_file("Cyber defence seminar Oslo", "2025-06-10", [known.poland])
    on_file("Called otherwise", "2024-03-04")  # another year
    batch = checked(
        analyst,
        SAME
        + "Seminar: cyber defense Oslo,2025-06-10,Norway\n"
        + "Called otherwise,2025-03-04,Poland\n"
        + "Cyber defence seminar Oslo 2,2025-06-10,Poland\n",
        columns=SPLIT,
    )
    assert flagged(batch, analyst) == [(2, both, False, 2), (3, titled, True, 0)]
    assert (batch.counts["create"], batch.counts["alike"]) == (4, 2)


def test_three_days_before_is_near_and_four_is_not_also_where_the_days_of_the_file_meet(analyst, on_file):
    near_ones = [on_file(starts=f"2025-03-{day}") for day in ("01", "08", "14")]
    for day in ("2025-02-28", "2025-03-13"):
        on_file(starts=day)
    Engagement.objects.update(ends_on="2025-03-20")  # all last until after the file's
    lines = [f"Called otherwise,2025-03-{day},Poland; Norway\n" for day in ("04", "11", "17")]
    batch = checked(analyst, HEADINGS + "".join(lines), columns=SPLIT)
    assert [(line, record) for line, record, *_why in flagged(batch, analyst)] == [*enumerate(near_ones, 2)]


@pytest.mark.parametrize(("at_once", "rows", "most_pairs", "most_spans"), [(200, 1, 1, 1), (3, 2, 2, 2), (1, 20_000, 20_000, 50)])
def test_more_records_near_a_file_than_one_question_brings_are_asked_for_in_parts(
    analyst, on_file, monkeypatch, at_once, rows, most_pairs, most_spans
):
    for name, value in {"AT_ONCE": at_once, "ROWS": rows, "MOST_PAIRS": most_pairs, "MOST_SPANS": most_spans}.items():
        monkeypatch.setattr(near, name, value)
    days = ["2025-03-04", "2025-04-04", "2025-05-04", "2025-06-04"]
    records = [on_file(starts=day) for day in days]
    batch = checked(analyst, HEADINGS + "".join(f"Called otherwise,{day},Poland; Norway\n" for day in days), columns=SPLIT)
    assert flagged(batch, analyst) == [(line, record, False, 2) for line, record in enumerate(records, 2)]


def test_the_ministry_of_a_country_counts_as_the_country_and_who_declined_as_nobody(analyst, known, on_file):
    ministry = make.organization("pl-mod", name="Polish Ministry", kind="state_ministry", country=known.poland)
    record = on_file()
    declined = make.engagement(title="Elsewhere", starts="2025-05-05", type=known.type, kind=known.type.kind, countries=[known.poland])
    make.participation(declined, country=known.norway, status="declined")
    lines = "Called otherwise,2025-03-04,Polish Ministry; Norway\nCalled otherwise,2025-05-05,Poland; Norway\n"
    batch = checked(analyst, HEADINGS + lines, columns=SPLIT)
    assert ministry.country == known.poland
    assert flagged(batch, analyst) == [(2, record, False, 2)]


@pytest.mark.parametrize("fields", [{"handling": Handling.RESTRICTED}, {"review_state": "draft"}])
def test_a_record_that_the_importer_does_not_see_is_no_twin(analyst, on_file, fields):
    on_file(team=make.team(), **fields)
    batch = checked(analyst, SAME, columns=SPLIT)
    assert not LikelyTwin.objects.exists()
    assert batch.counts["alike"] == 0


def test_a_record_that_was_archived_is_no_twin(analyst, on_file):
    on_file(team=analyst.own_teams[0], owner=analyst, archived_at=timezone.now())
    assert checked(analyst, SAME, columns=SPLIT).counts["alike"] == 0


def test_who_sees_the_batch_and_not_the_record_is_told_nothing(client, analyst, on_file):
    record = on_file(team=analyst.own_teams[0], owner=analyst, review_state="draft", handling=Handling.OFFICIAL)
    batch = checked(analyst, SAME, columns=SPLIT)
    assert flagged(batch, analyst) == [(2, record, False, 2)]
    batch.handling, batch.counts["highest"] = Handling.PUBLIC, Handling.PUBLIC
    batch.save()
    manager = make.user("manager", clearance=Handling.PUBLIC, teams=analyst.own_teams)
    addresses = [
        reverse("imports:batch", args=[batch.key]), reverse("imports:lines", args=[batch.key]), reverse("imports:plan", args=[batch.key]),
        reverse("imports:lines_download", args=[batch.key]),
    ]  # fmt: skip
    for person, told in ((analyst, True), (manager, False)):
        client.force_login(person)
        for address in addresses:
            response = client.get(address)
            text = (b"".join(response.streaming_content) if response.streaming else response.content).decode()
            assert response.status_code == 200, address
            assert (" exist already" in text, record.reference in text) == (told, told), (person, address)


def test_a_file_of_many_twins_asks_as_few_questions_as_one(analyst, on_file, assert_same_queries):
    on_file()
    lines = []

    def look():
        assert checked(analyst, HEADINGS + "".join(lines), columns=SPLIT).counts["alike"] == len(lines)

    assert_same_queries(lambda: lines.append(f"Called {len(lines)},2025-03-04,Poland; Norway\n"), look, at_most=120)


def test_a_new_check_forgets_and_the_same_source_again_is_no_twin_of_itself(analyst, on_file):
    record = on_file()
    batch = checked(analyst, SAME, columns=SPLIT)
    record.delete()
    check(batch)
    assert flagged(batch, analyst) == []
    first = imported(analyst, SAME, columns=SPLIT)
    again = checked(analyst, SAME, name="again.csv", columns=SPLIT)
    assert flagged(again, analyst) == []
    other = checked(analyst, "title,start,party,place\nAnother,2025-03-04,Poland; Norway,Oslo\n", columns=SPLIT)
    assert [row[0] for row in flagged(other, analyst)] == [2]
    undo(first)
    assert flagged(other, analyst) == []
