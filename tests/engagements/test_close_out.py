"""Close-out: one page that says how an engagement ended and what came of it."""

import datetime as dt

import pytest

from tests import make
from tests.engagements.forms import posted, send


@pytest.fixture
def analyst(people, signed_in):
    return signed_in(people.analyst)


@pytest.fixture
def past(people):
    """A planned engagement of the team whose end has passed."""
    return make.engagement(
        team=people.team, review_state="draft", status="planned", starts="2 Mar 2020", ends="6 Mar 2020",
        countries=[make.country(), make.country()], strategies=[make.strategy()], type=make.type(kind="engagement"),
    )  # fmt: skip


def test_an_overdue_record_offers_its_close_out(analyst, past):
    assert "Close out" in analyst.get(past.get_absolute_url()).content.decode()


def test_one_page_closes_it_with_outcome_rating_lesson_and_next_step(analyst, past):
    outcome = make.outcome_type()
    address = f"{past.get_absolute_url()}close-out/"
    page = analyst.get(address)
    fields = posted(page)
    assert fields["status"] == ["completed"]
    assert fields["assessment_due_on"] == ["2020-06-04"]
    fields = posted(
        page,
        **{
            "participants-0-status": "attended", "participants-0-personnel": "12", "participants-1-status": "declined",
            "outcomes-0-type": outcome.pk, "outcomes-0-statement": "A program for the next year was agreed.",
            "assessments-0-rating": "substantial", "assessments-0-rationale": "Most points were settled.",
            "assessments-0-assessor": "J5", "assessments-0-assessed": "2020-03-10",
            "lessons-0-observation": "The draft came late.", "follow_ups-0-text": "Send the draft earlier.", "follow_ups-0-owner": "J5",
        },
    )  # fmt: skip
    response = send(analyst, address, fields)
    assert response.status_code == 302, response.context["errors"]
    past.refresh_from_db()
    assert (past.status, past.scope, past.version) == ("completed", "incomplete", 2)
    assert (past.assessment_due_on, past.review_on) == (dt.date(2020, 6, 4), dt.date(2021, 3, 6))
    assert [past.outcomes.count(), past.assessments.count(), past.lessons.count(), past.follow_ups.count()] == [1, 1, 1, 1]
    assert "Close out" not in analyst.get(past.get_absolute_url()).content.decode()


def test_called_off_needs_its_reason_and_keeps_what_was_typed(analyst, past):
    address = f"{past.get_absolute_url()}close-out/"
    response = send(analyst, address, posted(analyst.get(address), status="cancelled", **{"lessons-0-observation": "Ask earlier."}))
    page = response.content.decode()
    assert "Say why it was cancelled or postponed." in page
    assert "Ask earlier." in page
    past.refresh_from_db()
    assert past.status == "planned"


def test_it_can_not_be_left_open_by_closing_it_out(analyst, past):
    address = f"{past.get_absolute_url()}close-out/"
    response = send(analyst, address, posted(analyst.get(address), status="planned"))
    assert response.status_code == 200
    assert response.context["errors"]


def test_only_its_own_people_close_it_out(people, signed_in, past):
    stranger = signed_in(make.user("analyst", clearance="official", teams=[make.team()]))
    make.verified(past)
    assert stranger.get(f"{past.get_absolute_url()}close-out/").status_code == 403
    assert signed_in(people.viewer).get(f"{past.get_absolute_url()}close-out/").status_code == 403


def test_attendance_is_asked_at_once_and_nobody_types_the_own_team(analyst, past):
    address = f"{past.get_absolute_url()}close-out/"
    page = analyst.get(address)
    rows = page.context["editor"].rows
    assert [field.name for field in rows["participants"].forms[0].line()] == ["party", "role", "status", "personnel"]
    fields = posted(page)
    assert fields["assessments-0-assessor"] == fields["follow_ups-0-owner"] == ["J5, Plans and Policy"]
    response = send(analyst, address, fields)
    assert response.status_code == 302, response.context["errors"]
    assert (past.assessments.count(), past.follow_ups.count()) == (0, 0), "a row that only stands as it was offered is none"
    fields = posted(analyst.get(address), **{"follow_ups-0-text": "Send the draft.", "follow_ups-0-due_on": "2020-05-01"})
    assert send(analyst, address, fields).status_code == 302
    assert past.follow_ups.get().owner == "J5, Plans and Policy"
