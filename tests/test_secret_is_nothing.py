"""An answer about a secret is the answer about nothing: by reference, by number, by word, and as a link in a form."""

import re

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from engagements.models import Engagement, Exercise
from engagements.views.steps import STEPS
from history.models import Access, Change
from tests import make
from tests.engagements.forms import posted, send
from tests.secret import MISSING, NOWHERE, READERS, WORD, World
from tests.surfaces import SAMPLES, STAFF, every_surface
from tests.test_admin import form_data
from tests.walk import heard, rows_of

pytestmark = pytest.mark.django_db
ALL_READERS = [name for name in READERS if name != "nobody"]
METHODS = ["get", "post", "delete"]
BODY = {
    "version": "1", "reason": "other", "note": "Why", "text": "Words", "do": "raise", "handling": "restricted", "title": "Changed",
    "kept": "ENG-2018-BBBB1", "with": "ENG-2018-BBBB1", "other": "ENG-2018-BBBB1", "fields": "title",
}  # fmt: skip
NO_ROW = 10**9


@pytest.fixture
def hidden(signed_in, request):
    """A world with its secrets, and the client of the reader that the test names."""
    world = World(request.param)
    world.hide()
    return world, signed_in(world.reader, raise_request_exception=False)


by_each_reader = pytest.mark.parametrize("hidden", ALL_READERS, indirect=True)


def same(client, method, one, other, said, *, is_logged=False, **options):
    """Whether two addresses are answered alike, what was asked for (``said``: text → the other's) put aside."""
    answers = []
    for address in (one, other):
        with transaction.atomic():
            before = nothing_written()
            status, headers, body = heard(getattr(client, method)(address, **options))
            assert is_logged or nothing_written() == before, f"{method} {address} wrote something"
            transaction.set_rollback(True)  # what the session remembers to say on the next page
        client.cookies.pop("messages", None)
        text = repr(headers).encode() + body
        for words in said.items():
            for word in reversed(words):
                edge = rb"\b" if len(word) < 5 else b""  # the number of a row may be part of any other
                text = re.sub(edge + re.escape(word.encode()) + edge, b"?", text)
        answers.append((status, text))
    return answers[0] == answers[1], answers[0][0], answers[1][0]


def nothing_written():
    return Change.objects.count(), Access.objects.count(), Engagement.objects.filter(reference=MISSING).count()


@pytest.mark.once  # one lookup among what is visible, as in the next two: test_visible_to asks it of both databases
@by_each_reader
def test_the_reference_of_a_secret_is_the_reference_of_nothing(hidden):
    world, client = hidden
    wrong, before = [], nothing_written()
    for surface in every_surface():
        if "<reference:reference>" not in surface.route:
            continue
        for secret in world.secrets[:2]:
            for name in [*STEPS, "anything"] if surface.name == "engagements:step" else [SAMPLES["name"]]:
                numbers = {"attachment": secret.attachments.first().key, "comment": secret.comments.first().key}
                one = surface.path(reference=secret.reference, name=name, **numbers)
                other = surface.path(reference=MISSING, name=name, **numbers)
                for method in METHODS:
                    alike, status, _other = same(
                        client, method, one, other, {secret.reference: MISSING}, **({"data": BODY} if method == "post" else {})
                    )
                    if not alike or status not in {403, 404, 405}:
                        wrong.append((method, one, status, _other))
                        continue
    assert wrong == []
    assert nothing_written() == before


@pytest.mark.once
@by_each_reader
def test_the_rows_of_a_secret_are_not_to_be_had_through_a_record_that_is_seen(hidden):
    """Its comment or file by number below another record's address: as if there were no such number."""
    world, client = hidden
    wrong, before = [], nothing_written()
    for surface in every_surface():
        if "<reference:reference>" not in surface.route or surface.route.count("<") == 1 or surface.name == "engagements:step":
            continue
        for secret in world.secrets[:1]:
            numbers = {"attachment": secret.attachments.first().key, "comment": secret.comments.first().key}
            shown = world.seen[0].reference
            one = surface.path(reference=shown, other=secret.reference, **{name: str(number) for name, number in numbers.items()})
            other = surface.path(reference=shown, other=MISSING, **dict.fromkeys(numbers, str(NO_ROW)))
            for method in METHODS:
                said = {secret.reference: MISSING} | {str(number): str(NO_ROW) for number in numbers.values()}
                alike, status, _other = same(client, method, one, other, said, **({"data": BODY} if method == "post" else {}))
                if not alike or status < 300:
                    wrong.append((method, one, status, _other))
    assert wrong == []
    assert nothing_written() == before


@pytest.mark.once
@by_each_reader
def test_the_number_of_a_secret_in_the_admin_is_the_number_of_nothing(hidden):
    world, client = hidden
    wrong, before = [], nothing_written()
    registered = {model for model in admin.site._registry if model._meta.app_label == "engagements"}
    for row in [world.secrets[0], *rows_of(world.secrets[0])]:
        if type(row) in registered:
            for page in ("change", "history", "delete"):
                name = f"admin:engagements_{row._meta.model_name}_{page}"
                one, other = reverse(name, args=[row.pk]), reverse(name, args=[NO_ROW])
                for method in ("get", "post"):
                    alike, status, _other = same(client, method, one, other, {str(row.pk): str(NO_ROW)})
                    if not alike or status not in {302, 403, 404}:
                        wrong.append((method, one, status, _other))
    assert wrong == []
    assert nothing_written() == before


@pytest.mark.long
@by_each_reader
def test_the_words_of_a_secret_are_words_that_are_nowhere(hidden):
    world, client = hidden
    asked = [
        "/engagements/?q={}", "/engagements/export/?q={}", "/engagements/suggest/?q={}", "/suggest/?kind=party&q={}", "/duplicates/?q={}",
        "/lists/countries/?q={}", "/suggest/?kind=organization&q={}",
        "/engagements/?owner={}", "/engagements/?team={}", "/engagements/?framework={}",
    ]  # fmt: skip
    if world.reader.role in STAFF:
        asked += [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + "?q={}" for model in admin.site._registry]
        asked.append(reverse("admin:autocomplete") + "?app_label=engagements&model_name=casestudy&field_name=engagements&term={}")
    wrong = []
    for address in asked:
        for word in (WORD, "ENG-2019-AAAA1", "98765", "insider"):
            if "owner" in address and word != "insider":
                continue
            nowhere = {"ENG-2019-AAAA1": MISSING, "98765": "98764"}.get(word, NOWHERE)
            if word == "insider" and world.reader.role == "administrator":
                continue  # who runs the accounts may find people
            alike, status, other = same(
                client, "get", address.format(word), address.format(nowhere), {word: nowhere}, is_logged="export" in address
            )
            if not alike:
                wrong.append((address, word, status, other))
    assert wrong == []


# As a link in a form ------------------------------------------------------------------------------

WRITERS = ["analyst of another team", "manager of another team"]


@pytest.mark.parametrize("hidden", WRITERS, indirect=True)
def test_a_secret_named_in_a_form_is_a_record_that_is_not_there(hidden):
    world, client = hidden
    record = world.seen[0]
    address = f"/engagements/{record.reference}/edit/"
    fields = posted(client.get(address))
    before = nothing_written()
    number = int(fields["outcomes-TOTAL_FORMS"][0]) - 1
    new_outcome = {
        f"outcomes-{number}-level": ["outcome"],
        f"outcomes-{number}-type": [str(world.outcome_type.pk)],
        f"outcomes-{number}-statement": ["New"],
    }
    names = ["parent", "predecessors", f"outcomes-{number}-linked_engagement"]
    for secret in world.secrets:
        answers = []
        for reference in (secret.reference, MISSING):
            page = send(client, address, fields | new_outcome | {name: [reference] for name in names})
            assert page.status_code == 200
            refused = [field for field, sentence in page.context["errors"] if "There is no engagement" in sentence]
            assert refused == [f"id_{name}" for name in names]
            answers.append(heard(page)[2].replace(reference.encode(), b"?"))
        assert answers[0] == answers[1]
    assert nothing_written() == before


@pytest.mark.parametrize("hidden", WRITERS, indirect=True)
def test_a_secret_is_not_copied_and_not_paired(hidden):
    world, client = hidden
    before = nothing_written()
    for secret in world.secrets:
        for one, method, data in [
            ("/engagements/new/?copy={}", "get", {}),
            ("/duplicates/two/", "post", {"first": world.seen[0].reference, "second": "{}"}),
        ]:
            answers = []
            for reference in (secret.reference, MISSING):
                body = {key: value.format(reference) for key, value in data.items()}
                answer = heard(getattr(client, method)(one.format(reference), body or None))
                answers.append((answer[0], answer[2].replace(reference.encode(), b"?")))
            assert answers[0] == answers[1], one
            assert answers[0][0] == 404
    assert nothing_written() == before


@pytest.mark.parametrize("hidden", ["manager of another team", "steward"], indirect=True)
def test_a_secret_picked_for_a_story_in_the_admin_is_a_choice_that_is_not_there(hidden):
    world, client = hidden
    address = reverse("admin:engagements_casestudy_change", args=[world.story.pk])
    data = form_data(client.get(address))
    answers = []
    for pk in (world.secrets[0].pk, NO_ROW):
        page = client.post(address, data | {"engagements": [str(pk)]})
        assert page.status_code == 200
        answers.append(heard(page)[2].replace(str(pk).encode(), b"?").replace(world.secrets[0].title.encode(), b"?"))
    assert b"is not one of the available choices" in answers[0] or b"not a valid" in answers[0] or b"errorlist" in answers[0]
    assert len(answers[0]) == len(answers[1])


# Names that are taken -----------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", WRITERS, indirect=True)
def test_the_identifier_of_a_secret_is_as_free_as_any(hidden):
    """A name in another system that a secret has already: its record would be betrayed by a refusal."""
    world, client = hidden
    record = world.seen[0]
    address = f"/engagements/{record.reference}/edit/"
    taken = world.secrets[0].external_ids.get(system=WORD)
    answers = []
    for value in (taken.value, "free-9999"):
        fields = posted(client.get(address))
        number = int(fields["identifiers-TOTAL_FORMS"][0])
        fields["identifiers-TOTAL_FORMS"] = [str(number + 1)]
        fields |= {f"identifiers-{number}-system": [WORD], f"identifiers-{number}-value": [value], f"identifiers-{number}-id": [""]}
        answers.append(send(client, address, fields).status_code)
    assert answers == [302, 302]


# Rows one may not see, nor what depends on them ---------------------------------------------------


def test_what_the_admin_remembers_of_ones_own_changes_is_no_door(signed_in):
    """Recent actions name records by their titles at the time: after a record was closed to the person too."""
    world = World("manager of another team")
    client = signed_in(world.reader)
    record = make.engagement(
        kind="exercise", title=f"{WORD} exercise", team=world.ours, countries=world.countries[:2], strategies=[world.strategy]
    )
    Exercise.objects.filter(engagement=record).update(focus="cyber")
    address = reverse("admin:engagements_engagement_change", args=[record.pk])
    assert client.post(address, form_data(client.get(address)) | {"place": "Elsewhere"}).status_code == 302
    Engagement.objects.filter(pk=record.pk).update(team=world.inside, handling="restricted", owner=None)
    client.get("/admin/")  # says once more what was just done
    assert WORD not in client.get("/admin/").content.decode()


# What no form writes -------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", WRITERS, indirect=True)
def test_a_form_writes_no_field_that_it_does_not_ask_for(hidden):
    """State, owner, author, reference and the like move by their own steps only, whatever a browser sends along."""
    world, client = hidden
    record = world.seen[0]
    slipped_in = {
        "review_state": "verified", "owner": str(world.reader.pk), "created_by": str(world.reader.pk), "updated_by": "1", "id": "1",
        "pk": "1", "reference": "ENG-2019-CCCC1", "kind": "exercise", "scope": "multilateral", "archived_at": "2020-01-01",
        "created_at": "2000-01-01", "is_title_generated": "on", "role": "administrator", "clearance": "restricted",
    }  # fmt: skip
    kept = ["owner_id", "created_by_id", "pk", "reference", "kind", "scope", "archived_at", "created_at", "is_title_generated"]
    before = {name: getattr(record, name) for name in kept}
    for page in ("edit", "close-out"):
        address = f"{record.get_absolute_url()}{page}/"
        fields = posted(client.get(address)) | {name: [value] for name, value in slipped_in.items()}
        assert send(client, address, fields).status_code == 302
        record.refresh_from_db()
        assert {name: getattr(record, name) for name in kept} == before
        assert record.review_state == "submitted"
    assert client.post("/preferences/", {"theme": "dark", "density": "normal", **slipped_in}).status_code == 302
    person = type(world.reader).objects.get(pk=world.reader.pk)
    assert (person.role, person.clearance) == (world.reader.role, world.reader.clearance)
