"""The permission matrix (tests/matrix.toml): every cell, on every address that leads to a record."""

import contextlib
import io
from collections import Counter

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from engagements.domain.file_store import storing
from engagements.domain.merging import merge
from engagements.models import Attachment, Comment, Engagement
from engagements.views.steps import STEPS
from history.context import acting
from history.models import Change
from tests import make, matrix
from tests.engagements.forms import posted
from tests.surfaces import every_surface
from tests.test_admin import ROWS, form_data

AT_LEAST = 1500
REVIEW = {"archived": "verified", "withdrawn": "draft"}
OF_A_RECORD = [surface for surface in every_surface() if "<reference:reference>" in surface.route]
# Rows that belong to one record; mergers and the like stand between two.
OWN_ROWS = [model for model in ROWS if any(field.name in {"engagement", "participation"} for field in model._meta.fields)]
STEP_ROWS = [model for model in OWN_ROWS if model._meta.model_name in {"reviewstep", "handlingrequest"}]
MODELS = {"ROW": [model for model in OWN_ROWS if model not in STEP_ROWS], "STEP": STEP_ROWS}


# Is the matrix whole? ----------------------------------------------------------------------------


def test_every_address_of_a_record_is_in_the_matrix():
    """A new address fails here until somebody says who may use it."""
    assert {surface.name for surface in OF_A_RECORD} - {action.address for action in matrix.actions()} == set()


def test_the_matrix_names_no_address_that_is_gone():
    ours = {action.address for action in matrix.actions() if not action.address.startswith("admin:")}
    assert ours - {surface.name for surface in every_surface()} == set()


def test_every_step_is_in_the_matrix():
    assert {action.values["name"] for action in matrix.actions() if action.address == "engagements:step"} == set(STEPS)


def test_each_action_stands_there_once():
    assert [name for name, times in Counter(action.name for action in matrix.actions()).items() if times > 1] == []


def test_there_are_enough_cells():
    assert sum(1 for _cell in matrix.cells()) >= AT_LEAST


def test_the_document_shows_the_matrix():
    """When this fails, put what ``python -m tests.matrix`` prints between the marks of docs/permissions.md."""
    text = (settings.BASE_DIR / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert matrix.between(text, "sight") == matrix.sight()
    assert matrix.between(text, "table") == matrix.table()


# The people and the records ----------------------------------------------------------------------


class Stage:
    """People of one role, one for each way to stand to a record with each clearance, and the records before them."""

    def __init__(self, role: str, signed_in):
        self.role, self.signed_in = role, signed_in
        self.home, self.partner = make.team("home"), make.team("partner")
        self.colleague = User.objects.create(username="colleague", name="Colleague", role="analyst", clearance="restricted")
        self.kind, self.strategy = make.type(), make.strategy()
        self.countries = [make.country(), make.country()]
        self.outcome_type = make.outcome_type()
        self.clients: dict[tuple[str, str], Client] = {}
        self.people: dict[tuple[str, str], User] = {}
        self.records: dict[matrix.Case, Engagement] = {}
        self.rows: dict[tuple[str, int], int] = {}
        self.made: dict[tuple[str, int], dict] = {}
        self.keeper = User.objects.create(username="keeper", name="Keeper", role="manager", clearance="restricted")

    def person(self, case) -> User:
        key = (case.relation, case.clearance)
        if key not in self.people:
            name = f"{case.relation}-{case.clearance}"
            person = User.objects.create(username=name, name=name, role=self.role, clearance=case.clearance)
            teams = {"author": [self.home], "team": [self.home], "released": [self.partner], "other": [make.team(f"far-{name}")]}
            person.teams.set(teams.get(case.relation, []))
            self.people[key] = person
        return self.people[key]

    def client(self, case) -> Client:
        key = (case.relation, case.clearance)
        if key not in self.clients:
            self.clients[key] = self.signed_in(self.person(case), raise_request_exception=False)
        return self.clients[key]

    def record(self, case) -> Engagement:
        if case not in self.records:
            person = self.person(case)
            record = make.engagement(
                type=self.kind,
                kind="engagement",
                team=self.home,
                handling=case.handling,
                review_state=REVIEW.get(case.state, case.state),
                archived_at=timezone.now() if case.state in REVIEW else None,
                owner=person if case.relation == "own" else self.colleague,
                created_by=person if case.relation == "author" else self.colleague,
                released_to=[self.partner] if case.handling == "restricted" else [],
                strategies=[self.strategy],
                countries=self.countries,
                starts="2020-03-02",
                ends="2020-03-04",
            )
            make.source(record)
            self.records[case] = record
        return self.records[case]

    def needed(self, action, case) -> dict[str, str]:
        """What else the address of the action names: a file, a comment, a version, another record."""
        record, what = self.record(case), action.needs
        key = (what, record.pk)
        if not what or key in self.made:
            return self.made.get(key, {})
        if what.endswith("attachment"):
            with storing([b"Minutes of the talks."]) as stored:
                row = Attachment.objects.create(
                    engagement=record, stored_as=stored.name, name="minutes.txt", content_type="text/plain", size=stored.size,
                    sha256=stored.sha256, removed_at=timezone.now() if what.startswith("removed") else None,
                )  # fmt: skip
            self.made[key] = {"attachment": row.key}
        elif what.endswith("comment"):
            writer = self.person(case) if what.startswith("own") else self.colleague
            self.made[key] = {"comment": Comment.objects.create(engagement=record, text="Words.", written_by=writer).key}
        elif what == "version":
            with acting(actor=self.colleague, door="page"):
                make.lesson(record)
            changes = Change.objects.filter(engagement=record.pk).order_by("pk")
            self.made[key] = {"key": changes.first().action}
        elif what == "other":
            self.made[key] = {"other": self.twin(record).reference}
        elif what == "merger":
            # Made by somebody who may, of two records like this one; the address names the absorbed one.
            kept, absorbed = self.twin(record), self.twin(record)
            self.keeper.teams.set([self.home])
            with acting(actor=self.keeper, door="page"):
                merge(kept, absorbed, chosen={}, seen=1, seen_other=1, actor=self.keeper)
            self.made[key] = {"reference": absorbed.reference}
        return self.made[key]

    def twin(self, record) -> Engagement:
        """Another record that stands to everybody as ``record`` does."""
        same = {name: getattr(record, name) for name in ("type", "kind", "team", "handling", "review_state", "owner", "created_by")}
        twin = make.engagement(**same, strategies=[self.strategy], countries=self.countries, released_to=list(record.released_to.all()))
        make.source(twin)
        return twin

    def row(self, model, record) -> int:
        """The id of a row of ``model`` that belongs to ``record``."""
        key = (model._meta.model_name, record.pk)
        if key not in self.rows:
            self.rows[key] = _row_of(model, record).pk
        return self.rows[key]


def _row_of(model, record):
    name = model._meta.model_name
    if name == "strengthreport":
        return make.strength_report(record.participations.first())
    if name in {"participation", "source"}:
        return model.objects.filter(engagement=record).first()
    kinds = {"exercise": "exercise", "trainingprogram": "training", "peacekeepingmission": "peacekeeping"}
    if name in kinds:
        same = {name: getattr(record, name) for name in ("team", "handling", "review_state", "archived_at", "owner", "created_by")}
        other = make.engagement(kind=kinds[name], released_to=list(record.released_to.all()), **same)
        return model.objects.get(engagement=other)
    if name == "handlingrequest":
        return model.objects.create(engagement=record, handling="public", reason="Asked for.", asked_by=record.owner)
    builders = {
        "reviewstep": make.review_step,
        "followup": make.follow_up,
        "afteractionreview": make.after_action_review,
        "fundingline": make.funding_line,
    }
    build = builders.get(name) or (make.external_id if name == "externalid" else getattr(make, name))
    return build(record)


# Each cell ---------------------------------------------------------------------------------------


def addresses(stage, action, case):
    """Where the action is asked for: one address, or one for each make of row."""
    record = stage.record(case)
    makes = next((word for word in MODELS if word in action.address), "")
    if makes:
        for model in MODELS[makes]:
            name = action.address.replace(makes, model._meta.model_name)
            yield name, reverse(name, args=[stage.row(model, record)])
    elif action.address.startswith("admin:"):
        yield action.address, reverse(action.address, args=[record.pk])
    else:
        yield action.address, reverse(action.address, kwargs={"reference": record.reference} | action.values | stage.needed(action, case))


def ask(client, action, address, pages):
    """The answer. ``pages`` keeps what stood in each form that was opened, for who sends it."""
    if action.method == "GET":
        response = client.get(address)
        if action.opens_form and response.status_code == 200:
            pages[address] = form_data(response) if address.startswith("/admin/") else posted(response)
        return response
    body = dict(action.body or {})
    fields = {} if action.form is None else pages.get(address, {})
    if fields:
        body = fields | action.form
    if action.file:
        body["file"] = io.BytesIO(b"Minutes of the talks.\n")
        body["file"].name = "minutes.txt"
    return client.post(address, body)


@contextlib.contextmanager
def undone():
    """What happens inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def wrong_cells(stage):
    wrong, tried, pages = [], 0, {}
    for action in matrix.actions():
        for case in action.cases():
            expected = action.answer(stage.role, case)
            client = stage.client(case)
            for name, address in addresses(stage, action, case):
                with undone():
                    before = Change.objects.count()
                    response = ask(client, action, address, pages)
                    if response.streaming:
                        b"".join(response)
                    got = (response.status_code, Change.objects.count() > before)
                client.cookies.pop("messages", None)
                tried += 1
                if got != expected:
                    wrong.append(f"{action.name} ({action.method} {name}), {stage.role}, {case}: {got}, not {expected}")
    return wrong, tried


# The rules are Python's; who sees a record is one question for all roles, asked of both databases by test_visible_to and
# test_non_interference. Those who write records write them on both.
ON_BOTH = {"analyst", "manager"}


@pytest.mark.django_db
@pytest.mark.long
@pytest.mark.parametrize("role", [pytest.param(role, marks=[] if role in ON_BOTH else pytest.mark.once) for role in matrix.ROLES])
def test_each_person_is_answered_as_the_matrix_says(role, signed_in):
    wrong, tried = wrong_cells(Stage(role, signed_in))
    assert not wrong, "\n".join(wrong)
    assert tried >= AT_LEAST // len(matrix.ROLES)


@pytest.mark.django_db
def test_who_is_not_signed_in_is_led_to_the_sign_in_page_from_every_action(signed_in):
    stage, wrong = Stage("viewer", signed_in), []
    for action in matrix.actions():
        for case in (matrix.Case("public", "verified", "other", "public"), matrix.Case("restricted", "draft", "other", "public")):
            for name, address in addresses(stage, action, case):
                response = ask(Client(), action, address, {})
                if response.status_code != 302 or "/login/?next=" not in response["Location"]:
                    wrong.append((action.name, name, str(case), response.status_code))
    assert wrong == []


@pytest.mark.django_db
def test_an_address_of_a_record_takes_no_method_that_the_matrix_does_not_name(signed_in):
    """Otherwise an action could be added beside one that is in the matrix."""
    stage, wrong = Stage("manager", signed_in), []
    case = matrix.Case("official", "draft", "team", "restricted")
    client, record = stage.client(case), stage.record(case)
    for surface in OF_A_RECORD:
        named = [action for action in matrix.actions() if action.address == surface.name]
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {action.method for action in named}:
            for action in named:
                try:
                    address = reverse(surface.name, kwargs={"reference": record.reference} | action.values | stage.needed(action, case))
                except NoReverseMatch:
                    continue
                with undone():
                    status = getattr(client, method.lower())(address).status_code
                if status != 405:
                    wrong.append((surface.name, method, status))
    assert wrong == []
