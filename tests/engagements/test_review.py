"""Review: draft, submitted, verified or returned with its reason; nobody verifies their own work, by no door."""

import ast
import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from engagements.choices import ReturnReason
from engagements.domain import lifecycle
from engagements.domain.changes import changed_since_review
from engagements.domain.review import refusal, to_verify
from engagements.domain.saving import Conflict, claim
from engagements.filters import EngagementFilter
from engagements.forms.close_out import CloseOutForm
from engagements.forms.engagement import EngagementForm
from engagements.forms.quick_log import QuickLogForm
from engagements.models import Engagement, ReviewStep
from history.context import acting
from tests import make
from tests.engagements.forms import posted, send


@pytest.fixture
def other(people):
    """A second manager of the team."""
    return make.user("manager", username="second", clearance="restricted", teams=[people.team])


@pytest.fixture
def draft(people):
    """A draft that the analyst entered, with all that its forms ask."""
    made = make.engagement(
        title="Staff talks", team=people.team, review_state="draft", owner=people.analyst, created_by=people.analyst,
        starts="2 Mar 2020", ends="6 Mar 2020", status="completed", strategies=[make.strategy()],
        countries=[make.country(), make.country()], type=make.type(kind="engagement"),
    )  # fmt: skip
    make.source(made)
    return made


@pytest.fixture
def submitted(draft, people):
    lifecycle.submit(draft, seen=1, actor=people.analyst)
    return draft


@pytest.fixture
def verified(submitted, people):
    lifecycle.verify(submitted, seen=2, actor=people.manager)
    return submitted


def steps(engagement):
    return list(engagement.review_steps_taken.order_by("pk").values_list("kind", "reason", "taken_by__username"))


def edited(engagement, user, **fields):
    """Changed by ``user`` as a page would."""
    with acting(actor=user, door="page"), transaction.atomic():
        engagement.refresh_from_db()
        claim(engagement, seen=engagement.version, actor=user)
        lifecycle.reopen_if_verified(engagement)
        for name, value in fields.items():
            setattr(engagement, name, value)
        engagement.save()


# The steps -----------------------------------------------------------------------------------------


def test_each_step_is_on_record_with_who_took_it_and_why(submitted, people):
    lifecycle.give_back(submitted, seen=2, actor=people.manager, reason="dates", note=" It was in May. ")
    lifecycle.submit(submitted, seen=3, actor=people.analyst)
    lifecycle.verify(submitted, seen=4, actor=people.manager)
    edited(submitted, people.analyst, summary="They met.")
    assert steps(submitted) == [
        ("submitted", "", "analyst"), ("returned", "dates", "manager"), ("submitted", "", "analyst"),
        ("verified", "", "manager"), ("reopened", "", "analyst"),
    ]  # fmt: skip
    assert submitted.review_steps_taken.get(kind="returned").note == "It was in May."
    submitted.refresh_from_db()
    assert submitted.review_state == "submitted"


def test_a_refused_step_leaves_no_trace(submitted, people):
    before = steps(submitted)
    for wrong in ({}, {"reason": "boredom"}, {"reason": "other", "note": "  "}):
        with pytest.raises(ValidationError):
            lifecycle.give_back(submitted, seen=2, actor=people.manager, **wrong)
    with pytest.raises(Conflict):
        lifecycle.verify(submitted, seen=1, actor=people.manager)
    submitted.refresh_from_db()
    assert (submitted.review_state, submitted.version, steps(submitted)) == ("submitted", 2, before)


# Whose work it is ----------------------------------------------------------------------------------


def test_who_entered_owns_or_submitted_a_record_does_not_verify_it(people, other):
    for field in ("created_by", "owner"):
        made = make.engagement(team=people.team, review_state="submitted", **{field: people.manager})
        assert refusal(made, people.manager)
        assert not refusal(made, other)
    made = make.engagement(team=people.team, review_state="draft", created_by=people.analyst)
    lifecycle.submit(made, seen=1, actor=people.manager)
    assert refusal(made, people.manager) == "You submitted it, so somebody else verifies it."
    assert not refusal(made, other)


def test_who_changed_a_record_does_not_verify_it_even_when_somebody_else_changed_it_after(submitted, people, other):
    edited(submitted, people.manager, summary="The manager's sentence.")
    edited(submitted, people.analyst, place="Accra")
    assert "You changed" in refusal(submitted, people.manager)
    with pytest.raises(PermissionDenied):
        lifecycle.verify(submitted, seen=4, actor=people.manager)
    lifecycle.verify(submitted, seen=4, actor=other)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: make.participation(record),
        lambda record: record.sources.update(title="Another source"),
        lambda record: record.strategies.set([make.strategy()]),
        lambda record: Engagement.objects.filter(pk=record.pk).update(starts_on="2020-03-03"),
        lambda record: make.assessment(record),
    ],
    ids=["participant", "source", "strategies", "a date alone", "assessment"],
)
def test_a_change_of_any_part_by_any_door_counts(submitted, people, other, change):
    with acting(actor=people.manager, door="command"):
        change(submitted)
    assert "You changed" in refusal(submitted, people.manager)
    assert not refusal(submitted, other)


def test_returning_it_reading_it_and_marking_it_makes_nobody_an_author(submitted, people):
    with acting(actor=people.manager, door="page"):
        lifecycle.give_back(submitted, seen=2, actor=people.manager, reason="dates")
        Engagement.objects.filter(pk=submitted.pk).update(handling="official")
    with acting(actor=people.analyst, door="page"):
        lifecycle.submit(submitted, seen=3, actor=people.analyst)
    assert refusal(submitted, people.manager) == ""


def test_a_manager_who_edits_a_verified_record_does_not_verify_that_edit(verified, people, other):
    edited(verified, people.manager, summary="Better words.")
    assert verified.review_state == "submitted"
    assert "You submitted it" in refusal(verified, people.manager)
    with acting(actor=other, door="page"):
        lifecycle.verify(verified, seen=4, actor=other)
    edited(verified, people.analyst, summary="Other words.")
    assert refusal(verified, people.manager) == "", "what was verified since is settled"


def test_the_queue_holds_what_the_rule_allows_and_nothing_else(people, other):
    allowed = make.engagement(team=people.team, review_state="submitted", created_by=people.analyst)
    make.engagement(team=people.team, review_state="submitted", created_by=people.manager)
    make.engagement(team=people.team, review_state="draft")
    make.engagement(team=make.team(), review_state="submitted")
    touched = make.engagement(team=people.team, review_state="submitted")
    edited(touched, people.manager, summary="Mine.")
    for person, expected in [(people.manager, {allowed}), (people.analyst, set()), (people.viewer, set())]:
        rows = Engagement.objects.visible_to(person)
        assert set(to_verify(rows, person)) == expected
        assert {row for row in rows if not refusal(row, person)} == expected


# No other door -------------------------------------------------------------------------------------


def test_the_database_refuses_a_record_that_verifies_itself(submitted, people, other):
    rows = Engagement.objects.filter(pk=submitted.pk)

    def set_verified():
        with pytest.raises(IntegrityError, match="verified_by_another"), transaction.atomic():
            rows.update(review_state="verified")

    set_verified()
    for person in (None, people.analyst):
        step = make.review_step(submitted, kind="verified", taken_by=person)
        set_verified()
        step.delete()
    make.review_step(submitted, kind="verified", taken_by=other)
    make.review_step(submitted, kind="returned", reason="dates", taken_by=other)
    set_verified()
    make.review_step(submitted, kind="submitted", taken_by=people.manager)
    own = make.review_step(submitted, kind="verified", taken_by=people.manager)
    set_verified()
    own.delete()
    make.review_step(submitted, kind="verified", taken_by=other)
    rows.update(review_state="verified")


def test_no_form_names_the_state_of_review():
    for form in (EngagementForm, CloseOutForm, QuickLogForm):
        assert set(form.base_fields) & {"review_state", "archived_at", "created_by", "owner", "reference", "scope"} == set(), form


@pytest.mark.parametrize("page", ["edit", "close-out", "admin"])
def test_a_posted_state_is_ignored_and_a_verified_record_that_is_edited_goes_back(page, verified, people, other, signed_in):
    client = signed_in(other)
    address = (
        reverse("admin:engagements_engagement_change", args=[verified.pk]) if page == "admin" else f"{verified.get_absolute_url()}{page}/"
    )
    shown = client.get(address)
    fields = posted_by_admin(shown) if page == "admin" else posted(shown)
    response = send(client, address, fields | {"review_state": ["verified"], "ends": ["7 Mar 2020"], "created_by": [people.viewer.pk]})
    assert response.status_code == 302, response.context and response.context.get("errors")
    verified.refresh_from_db()
    assert (verified.review_state, str(verified.ends), verified.created_by) == ("submitted", "7 Mar 2020", people.analyst)
    assert steps(verified)[-1] == ("reopened", "", "second")
    assert refusal(verified, other)
    assert not refusal(verified, people.manager)


def test_a_row_changed_alone_takes_the_verified_record_back_too(verified, other, signed_in):
    client = signed_in(other)
    address = f"{verified.get_absolute_url()}edit/"
    send(client, address, posted(client.get(address), **{"sources-0-title": "A better source"}))
    verified.refresh_from_db()
    assert verified.sources.get().title == "A better source"
    assert verified.review_state == "submitted"


def posted_by_admin(page):
    """The fields of the admin's form, as they stand."""
    marked = page.content.replace(b'id="engagement_form"', b'id="engagement_form" data-record-form')
    return posted(SimpleNamespace(content=marked))


# Who claims a record changes it: each such function takes the verification back, or says here why not.
CLAIMS_AND_DOES_NOT_REOPEN = {
    ("engagements/domain/lifecycle.py", "archive"): "a step beside the record's words",
    ("engagements/domain/lifecycle.py", "restore"): "as above",
    ("engagements/domain/lifecycle.py", "_move"): "the steps of review themselves",
    ("engagements/domain/handling.py", "raise_to"): "fewer people read it, and it says the same",
    ("engagements/domain/handling.py", "decide"): "decided by a second person of its own",
}


def test_whoever_claims_a_record_takes_its_verification_back():
    found = set()
    for path in (settings.BASE_DIR / "engagements").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                called = {node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
                if "claim" in called and "reopen_if_verified" not in called:
                    found.add((str(path.relative_to(settings.BASE_DIR)), function.name))
    assert found == set(CLAIMS_AND_DOES_NOT_REOPEN)


def test_only_the_steps_write_the_state_of_review():
    writes = re.compile(r"review_state\s*=(?!=)|[\"']review_state[\"']\]\s*=|set\w*\(.*review_state")
    found = {}
    for folder in ("engagements", "accounts", "catalog", "history", "reports"):
        for path in (settings.BASE_DIR / folder).rglob("*.py"):
            name = str(path.relative_to(settings.BASE_DIR))
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if writes.search(line)]
            lines = [line for line in lines if ".filter(" not in line and "Q(" not in line and "models.CharField" not in line]
            if lines and "migrations" not in name:
                found[name] = lines
    assert set(found) == {
        "engagements/domain/lifecycle.py",
        "engagements/domain/merging.py",  # undoing a merger gives back what was verified; the database asks for its step
        "engagements/review_in_database.py",  # the rule
        "engagements/seeding.py",  # records that come with the program
    }


# Pages ---------------------------------------------------------------------------------------------


def test_the_page_asks_for_the_reason_and_the_team_reads_it(submitted, people, signed_in):
    manager, address = signed_in(people.manager), f"{submitted.get_absolute_url()}return/"
    page = manager.get(address).content.decode()
    assert set(re.findall(r'name="return_reason" value="(\w+)"', page)) == set(ReturnReason.values)
    assert "Somebody who took part is not there" in page
    refused = manager.post(address, {"version": "2", "note": "Look at this."}).content.decode()
    assert "Say why the record goes back." in refused
    assert "Look at this." in refused
    answer = manager.post(address, {"version": "2", "return_reason": "participants", "note": "The navy <b>came</b> too."})
    assert answer.url == reverse("engagements:review")
    page = signed_in(people.analyst).get(submitted.get_absolute_url()).content.decode()
    assert "Returned: Participants are missing or wrong" in page
    assert "The navy &lt;b&gt;came&lt;/b&gt; too." in page
    submitted.refresh_from_db()
    lifecycle.submit(submitted, seen=3, actor=people.analyst)
    assert "Returned:" not in signed_in(people.analyst).get(submitted.get_absolute_url()).content.decode()


def test_a_returned_version_that_changed_meanwhile_is_not_returned(submitted, people, signed_in):
    edited(submitted, people.analyst, summary="New words.")
    signed_in(people.manager).post(f"{submitted.get_absolute_url()}return/", {"version": "2", "return_reason": "dates"})
    submitted.refresh_from_db()
    assert submitted.review_state == "submitted"


def test_who_may_not_return_it_is_told_why(people, signed_in):
    own = make.engagement(team=people.team, review_state="submitted", created_by=people.manager)
    client, address = signed_in(people.manager), f"{own.get_absolute_url()}return/"
    assert "You entered this record" in client.get(address).content.decode()
    assert client.post(address, {"version": "1", "return_reason": "dates"}).status_code == 403
    assert signed_in(people.analyst).get(address).status_code == 403
    hidden = make.engagement(team=make.team(), review_state="submitted")
    never = hidden.get_absolute_url().replace(hidden.reference, "ENG-2026-AAAAA")
    answers = [client.get(address) for address in (f"{hidden.get_absolute_url()}return/", f"{never}return/")]
    assert [answer.status_code for answer in answers] == [404, 404]
    plain = [re.sub(r"[A-Za-z0-9]{64}", "token", answer.content.decode()) for answer in answers]
    assert plain[0] == plain[1]


def test_the_queue_shows_who_handed_in_what_changed_and_what_is_missing(verified, people, other, signed_in):
    with acting(actor=people.analyst, door="page"):
        edited(verified, people.analyst, place="Accra", ends=verified.starts)
        make.challenge(verified)
    own = make.engagement(title="My own", team=people.team, review_state="submitted", created_by=people.manager)
    bare = make.engagement(title="No source", team=people.team, review_state="submitted", created_by=people.analyst)
    page = signed_in(people.manager).get("/review/")
    waiting = {row.title: row for row in page.context["waiting"]}
    assert set(waiting) == {"Staff talks", "No source"}
    assert sorted(waiting["Staff talks"].changed) == ["Challenges", "End", "Place"]
    assert waiting["No source"].changed is None
    assert waiting["Staff talks"].last_step.taken_by == people.analyst
    assert [(row.title, why) for row, why in page.context["own"]] == [("My own", "You entered this record, so somebody else verifies it.")]
    text = page.content.decode()
    assert f"/engagements/{verified.reference}/verify/" in text
    assert f"/engagements/{bare.reference}/verify/" not in text, "it has no source"
    assert f"/engagements/{own.reference}/return/" not in text
    answer = signed_in(people.manager).post(f"/engagements/{verified.reference}/verify/", {"version": verified.version, "then": "queue"})
    assert answer.url == "/review/"


def test_only_managers_have_a_queue(people, signed_in):
    for person in (people.viewer, people.analyst, people.steward, people.administrator):
        assert signed_in(person).get("/review/").status_code == 403


def test_the_queue_costs_the_same_for_many(people, signed_in, assert_same_queries):
    client = signed_in(people.manager)

    def add():
        make.source(make.review_step(make.engagement(team=people.team, review_state="submitted")).engagement)
        make.engagement(team=people.team, review_state="submitted", created_by=people.manager)
        make.review_step(make.engagement(team=people.team), kind="returned", reason="dates", taken_by=people.manager)

    assert_same_queries(add, lambda: client.get("/review/"), at_most=18)


def test_behind_each_reason_stands_the_list_of_its_records(people, signed_in):
    from django.http import QueryDict
    from django.utils import timezone

    one, two = make.engagement(title="one"), make.engagement(title="two")
    for engagement, reason in [(one, "dates"), (one, "dates"), (two, "dates"), (two, "source")]:
        make.review_step(engagement, kind="returned", reason=reason, taken_by=people.manager)
    old = make.engagement(title="long ago")
    make.review_step(old, kind="returned", reason="unclear", taken_at=timezone.now() - timezone.timedelta(days=400))
    make.review_step(make.engagement(title="hidden", handling="restricted", team=make.team()), kind="returned", reason="handling")
    page = signed_in(people.manager).get("/review/")
    assert [(code, count) for code, _label, count in page.context["reasons"]] == [("dates", 2), ("source", 1)]
    for code, _label, count in page.context["reasons"]:
        assert f'href="/engagements/?returned={code}"' in page.content.decode()
        rows = EngagementFilter(
            QueryDict(f"returned={code}"), queryset=Engagement.objects.visible_to(people.manager), user=people.manager
        ).qs
        assert rows.count() == count


def test_what_changed_is_told_since_the_last_judgment_only(verified, people):
    assert changed_since_review([verified.pk]) == {verified.pk: []}
    with acting(actor=people.analyst, door="page"):
        make.outcome(verified)
        Engagement.objects.filter(pk=verified.pk).update(title="Other talks")
    assert sorted(changed_since_review([verified.pk])[verified.pk]) == ["Outcomes", "Title"]
    assert ReviewStep.objects.filter(engagement=verified).count() == 2


def test_the_main_navigation_leads_to_the_queue_whoever_verifies_and_everybody_to_what_needs_attention(people, client):
    seen = {}
    for name in ["viewer", "analyst", "manager", "steward"]:
        client.force_login(getattr(people, name))
        links = re.search(r'<nav class="nav".*?</nav>', client.get("/keyboard/").text, re.DOTALL).group()
        seen[name] = {address for address in ["/review/", "/attention/"] if f'href="{address}"' in links}
    mine = {"/attention/"}
    assert seen == {"viewer": mine, "analyst": mine, "manager": {"/review/", "/attention/"}, "steward": mine}
