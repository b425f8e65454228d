"""Entering and changing a record by its form: everything typed is saved, or comes back with a sentence."""

import pytest

from accounts.middleware import SESSION_KEY
from engagements.models import Engagement
from tests import make
from tests.engagements.forms import posted, send


@pytest.fixture
def analyst(people, signed_in):
    return signed_in(people.analyst)


@pytest.fixture
def lists(db):
    """What a form needs to choose from."""
    return {
        "type": make.type("talks", kind="engagement", name="Staff talks"),
        "strategy": make.strategy("dialogue"),
        "poland": make.country("XPL", name="Poland"),
        "usa": make.country("XUS", name="United States"),
    }


def quick(client, lists, **changes):
    page = client.get("/engagements/log/")
    fields = {
        "type": lists["type"].pk,
        "starts": "mar 2026",
        "strategies": [lists["strategy"].pk],
        "participants-0-party": "Poland (XPL)",
        "participants-1-party": "united states",
    }
    return posted(page, **fields | changes)


def test_quick_log_records_type_parties_date_and_strategy(analyst, people, lists):
    response = analyst.post("/engagements/log/", quick(analyst, lists))
    made = Engagement.objects.get()
    assert response.headers["Location"] == made.get_absolute_url()
    assert (made.title, made.scope, made.status) == ("Staff talks, Poland and United States, Mar 2026", "bilateral", "completed")
    assert (made.starts.iso, made.review_state, made.owner, made.team) == ("2026-03", "draft", people.analyst, people.team)


def test_quick_log_of_an_exercise_makes_its_detail_row(analyst, lists):
    exercise = make.type("field", kind="exercise")
    analyst.post("/engagements/log/", quick(analyst, lists, type=exercise.pk))
    assert Engagement.objects.get().exercise is not None


def test_a_date_that_does_not_exist_comes_back_with_everything_typed(analyst, lists):
    response = analyst.post("/engagements/log/", quick(analyst, lists, starts="31 apr 2026", title="Talks about talks"))
    page = response.content.decode()
    assert "April 2026 has 30 days" in page
    assert "April has 30 days" in page or "Write 30 Apr 2026" in page
    for typed in ["31 apr 2026", "Talks about talks", "Poland (XPL)", "united states"]:
        assert f'value="{typed}"' in page
    assert not Engagement.objects.exists()


def test_a_party_nobody_knows_is_named_with_the_nearest(analyst, lists):
    response = analyst.post("/engagements/log/", quick(analyst, lists, **{"participants-0-party": "Polnd"}))
    assert "Poland" in str(response.context["errors"])
    assert not Engagement.objects.exists()


def test_the_same_party_twice_in_a_role_is_refused_with_a_sentence(analyst, lists):
    response = analyst.post("/engagements/log/", quick(analyst, lists, **{"participants-1-party": "Poland"}))
    assert "already there in this role" in response.content.decode()


def test_the_button_without_a_script_adds_a_row_and_keeps_what_was_typed(analyst, lists):
    fields = quick(analyst, lists, title="Half typed", type="") | {"add-row": "participants"}
    response = analyst.post("/engagements/log/", fields)
    page = response.content.decode()
    assert 'name="participants-2-party"' in page
    assert 'value="Half typed"' in page
    assert response.context["errors"] == []
    assert "errmsg" not in page
    assert not Engagement.objects.exists()


@pytest.mark.parametrize("kind", ["engagement", "exercise", "training", "peacekeeping"])
def test_the_full_form_of_each_kind_saves_and_opens_again(analyst, people, lists, kind):
    made_type = make.type(f"type-{kind}", kind=kind)
    category, outcome = make.challenge_category("ch"), make.outcome_type("ou")
    funding = make.funding_source("fu")
    fields = posted(
        analyst.get(f"/engagements/new/?kind={kind}"),
        type=made_type.pk, title=f"A full {kind}", starts="2 Feb 2024", ends="5 Feb 2024", status="completed", country="Poland",
        strategies=[lists["strategy"].pk], summary="Two lines.\nOf text.",
        **{
            "participants-0-party": "Poland", "participants-0-personnel": "120", "participants-1-party": "United States",
            "outcomes-0-type": outcome.pk, "outcomes-0-statement": "It worked.", "outcomes-0-target": "10.50",
            "challenges-0-category": category.pk, "challenges-0-description": "Snow.",
            "follow_ups-0-text": "Write up.", "follow_ups-0-owner": "J5", "funding-0-source": funding.pk,
            "funding-0-planned": "1000", "funding-0-currency": "EUR", "sources-0-title": "Communiqué", "sources-0-published": "2024-02",
            "lessons-0-observation": "Bring boots.", "review-planned": "March",
            "assessments-0-rating": "limited", "assessments-0-rationale": "Half of it.", "assessments-0-assessor": "J5",
            "assessments-0-assessed": "2024-03-01",
        },
    )  # fmt: skip
    response = analyst.post(f"/engagements/new/?kind={kind}", fields)
    assert response.status_code == 302, response.context["errors"]
    made = Engagement.objects.get()
    assert made.kind == kind
    assert made.summary.replace("\r", "") == "Two lines.\nOf text."
    assert [made.participations.count(), made.outcomes.get().target, made.sources.get().published.iso] == [2, 10.5, "2024-02"]
    assert made.after_action_review.planned == "March"
    assert analyst.get(made.get_absolute_url()).status_code == 200
    again = posted(analyst.get(f"{made.get_absolute_url()}edit/"))
    assert analyst.post(f"{made.get_absolute_url()}edit/", again).status_code == 302
    made.refresh_from_db()
    assert [made.version, made.participations.count(), made.outcomes.count(), made.lessons.count()] == [2, 2, 1, 1]


def test_saving_a_form_as_it_was_opened_changes_no_row(analyst, people, lists):
    made = make.engagement(
        title="As it was", team=people.team, starts="1948-05", ends="open", countries=[lists["poland"]], strategies=[lists["strategy"]],
        type=lists["type"], status="ongoing", framework=make.framework("fw"), also_held_in=[lists["usa"]],
    )  # fmt: skip
    make.source(made, published="1948")
    before = [list(model.objects.values()) for model in (type(made.participations.get()), type(made.sources.get()))]
    analyst.post(f"{made.get_absolute_url()}edit/", posted(analyst.get(f"{made.get_absolute_url()}edit/")))
    after = [list(model.objects.values()) for model in (type(made.participations.get()), type(made.sources.get()))]
    made.refresh_from_db()
    assert after == before
    assert (made.starts.iso, made.ends.open, made.framework.code, made.also_held_in.get()) == ("1948-05", True, "fw", lists["usa"])


def test_the_later_of_two_editors_is_told_and_loses_nothing(people, signed_in, lists):
    made = make.engagement(title="Ours", team=people.team, strategies=[lists["strategy"]], type=lists["type"])
    first, second = signed_in(people.analyst), signed_in(people.manager)
    address = f"{made.get_absolute_url()}edit/"
    early, late = first.get(address), second.get(address)
    first.post(address, posted(early, title="Theirs"))
    response = second.post(address, posted(late, title="Mine"))
    page = response.content.decode()
    assert "changed this on" in page
    assert 'value="Mine"' in page
    made.refresh_from_db()
    assert made.title == "Theirs"
    assert second.post(address, posted(response)).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.version) == ("Mine", 3)


def test_a_save_that_does_not_say_what_it_saw_is_refused(analyst, people, lists):
    made = make.engagement(title="Ours", team=people.team, strategies=[lists["strategy"]], type=lists["type"])
    address = f"{made.get_absolute_url()}edit/"
    analyst.post(address, posted(analyst.get(address), title="Mine", version=None))
    made.refresh_from_db()
    assert made.title == "Ours"


def test_an_edited_verified_record_waits_for_review_again(analyst, people, lists):
    made = make.engagement(title="Ours", team=people.team, strategies=[lists["strategy"]], type=lists["type"])
    address = f"{made.get_absolute_url()}edit/"
    told = "It is verified: what you save here waits for a manager again."
    form = analyst.get(address)
    assert told in form.content.decode()
    assert told in analyst.get(f"{made.get_absolute_url()}close-out/").content.decode()
    page = analyst.post(address, posted(form, title="Better"), follow=True).content.decode()
    assert "It was verified before you changed it: now it waits for a manager again." in page
    made.refresh_from_db()
    assert (made.title, made.review_state) == ("Better", "submitted")
    assert told not in analyst.get(address).content.decode()


def test_fields_that_are_not_on_the_form_are_not_writable(analyst, people, lists):
    made = make.engagement(title="Ours", team=people.team, strategies=[lists["strategy"]], type=lists["type"], review_state="draft")
    address = f"{made.get_absolute_url()}edit/"
    extra = {
        "review_state": "verified",
        "owner": people.manager.pk,
        "scope": "multilateral",
        "reference": "ENG-2000-AAAAA",
        "kind": "exercise",
    }
    analyst.post(address, posted(analyst.get(address), **extra))
    before = (made.reference, made.kind, made.owner_id)
    made.refresh_from_db()
    assert (made.reference, made.kind, made.owner_id) == before
    assert (made.review_state, made.scope) == ("draft", "incomplete")


def test_a_handling_above_the_own_clearance_can_not_be_chosen(analyst, people, lists):
    response = analyst.post(
        "/engagements/new/",
        posted(analyst.get("/engagements/new/"), handling="restricted", type=lists["type"].pk, strategies=[lists["strategy"].pk]),
    )
    assert any("Handling" in sentence for _field, sentence in response.context["errors"])


def test_a_hidden_engagement_is_no_parent_and_is_said_to_be_missing(analyst, people, lists):
    hidden = make.engagement(title="Hidden", handling="restricted")
    fields = {"type": lists["type"].pk, "strategies": [lists["strategy"].pk]}
    with_hidden = analyst.post("/engagements/new/", posted(analyst.get("/engagements/new/"), parent=hidden.reference, **fields))
    missing = analyst.post("/engagements/new/", posted(analyst.get("/engagements/new/"), parent="ENG-2026-00000", **fields))
    assert [sentence.replace(hidden.reference, "X") for _f, sentence in with_hidden.context["errors"]] == [
        sentence.replace("ENG-2026-00000", "X") for _f, sentence in missing.context["errors"]
    ]


def test_a_link_to_a_hidden_record_is_kept_by_an_editor_who_does_not_see_it(analyst, people, lists):
    hidden = make.engagement(title="Hidden thing", handling="restricted")
    made = make.engagement(title="Ours", team=people.team, strategies=[lists["strategy"]], type=lists["type"], parent=hidden)
    made.predecessors.add(hidden)
    address = f"{made.get_absolute_url()}edit/"
    page = analyst.get(address)
    assert "Hidden thing" not in page.content.decode()
    analyst.post(address, posted(page, title="Still ours"))
    made.refresh_from_db()
    assert (made.title, made.parent, made.predecessors.get()) == ("Still ours", hidden, hidden)


def test_the_next_iteration_starts_with_what_stays_the_same(analyst, people, lists):
    made = make.engagement(
        title="Talks 2025", iteration="12", team=people.team, strategies=[lists["strategy"]], type=lists["type"], starts="2025-03",
        countries=[lists["poland"]], framework=make.framework("fw"), status="completed",
    )  # fmt: skip
    make.outcome(made)
    page = analyst.get(f"/engagements/new/?copy={made.reference}")
    fields = posted(page)
    assert (fields["title"], fields["iteration"], fields["starts"], fields["status"]) == (["Talks 2026"], ["13"], [""], ["planned"])
    assert fields["participants-0-party"] == ["Poland (XPL)"]
    assert fields["participants-0-status"] == ["invited"]
    assert fields["outcomes-0-statement"] == [""]
    assert Engagement.objects.count() == 1
    analyst.post(f"/engagements/new/?copy={made.reference}", posted(page, starts="2026"))
    copied = Engagement.objects.exclude(pk=made.pk).get()
    assert (copied.predecessors.get(), copied.framework, copied.participations.get().status) == (made, made.framework, "invited")


def test_a_record_that_is_archived_starts_no_next_iteration(people, signed_in):
    made = make.engagement(team=people.team, archived_at="2026-01-01T00:00Z")
    manager = signed_in(people.manager)
    assert manager.get(f"/engagements/new/?copy={made.reference}").status_code == 403
    assert "Copy as next iteration" not in manager.get(made.get_absolute_url()).content.decode()
    Engagement.objects.filter(pk=made.pk).update(archived_at=None)
    assert manager.get(f"/engagements/new/?copy={made.reference}").status_code == 200
    assert "Copy as next iteration" in manager.get(made.get_absolute_url()).content.decode()


def test_what_was_typed_survives_a_session_that_ran_out(people, signed_in, lists):
    analyst = signed_in(people.analyst)
    fields = quick(analyst, lists, title="Nearly lost")
    analyst.logout()
    response = send(analyst, "/engagements/log/", fields)
    assert "/accounts/login/" in response.headers["Location"]
    assert SESSION_KEY in analyst.session
    analyst.post(response.headers["Location"], {"login": "analyst", "password": make.PASSWORD})
    page = analyst.get("/engagements/log/").content.decode()
    assert 'value="Nearly lost"' in page
    assert "Poland (XPL)" in page
    assert "signed out" in page


def test_what_one_person_typed_is_not_shown_to_the_next(people, signed_in, lists):
    browser = signed_in(people.analyst)
    fields = quick(browser, lists, title="Not for others")
    browser.logout()
    response = send(browser, "/engagements/log/", fields)
    assert SESSION_KEY in browser.session
    browser.post(response.headers["Location"], {"login": "manager", "password": make.PASSWORD})
    assert "Not for others" not in browser.get("/engagements/log/").content.decode()


def test_a_viewer_enters_and_changes_nothing(people, signed_in):
    viewer = signed_in(people.viewer)
    made = make.engagement()
    for address in ["/engagements/log/", "/engagements/new/", f"{made.get_absolute_url()}edit/"]:
        assert viewer.get(address).status_code == 403
        assert viewer.post(address, {}).status_code == 403


def test_another_teams_record_is_read_but_not_changed(analyst):
    made = make.engagement(team=make.team("elsewhere"))
    assert analyst.get(made.get_absolute_url()).status_code == 200
    assert analyst.get(f"{made.get_absolute_url()}edit/").status_code == 403


def test_thirty_participants_cost_no_more_queries_than_one(people, signed_in, lists, assert_same_queries):
    made = make.engagement(team=people.team, strategies=[lists["strategy"]], type=lists["type"])
    client = signed_in(people.analyst)
    assert_same_queries(
        lambda: make.outcome(make.participation(made).engagement), lambda: client.get(f"{made.get_absolute_url()}edit/"), at_most=40
    )
