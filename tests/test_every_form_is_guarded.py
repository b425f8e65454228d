"""No form and no step overwrites what another saved after it was opened: each compares what was seen, or says here why not."""

import importlib
import inspect
import pkgutil

import pytest
from django import forms
from django.contrib import admin
from django.urls import get_resolver

import catalog.domain
import engagements.domain
from accounts.admin_base import GuardedAdmin, ReadOnlyAdmin
from engagements.domain.review import BESIDE_THE_RECORD
from engagements.models import Engagement
from history.models import Change
from tests import make
from tests.engagements.forms import posted
from tests.surfaces import every_surface
from tests.test_admin import OURS, address, form_data, row_of, writer

APPS = {"accounts", "jobs", "catalog", "engagements", "imports", "reports"}

# Forms without a mark of their own, and what keeps them from overwriting.
SAVED_WITH_THEIR_RECORD = {
    "ParticipationForm", "OutcomeForm", "AssessmentForm", "RatingForm", "ChallengeForm", "FollowUpForm", "FundingForm", "SourceForm",
    "LessonForm", "ExternalIdForm", "StrengthForm", "ExerciseForm", "TrainingForm", "MissionForm", "ReviewForm",  # of an engagement
    "MembershipForm", "CountryRegionForm",  # of an entry of the catalog
}  # fmt: skip
MAKES_NEW_ROWS_ONLY = {"QuickLogForm", "NewPersonForm", "SaveForm"}
OF_ONESELF_ONLY = {"PreferencesForm", "ChangeForm"}  # the look of one's own screen; the name of one's own saved view

# Steps without "seen", and what they compare instead.
STEPS_WITHOUT = {
    "engagements.domain.attachments.attach": "adds a row",
    "engagements.domain.attachments.remove": "sets a day on a row that is never written again",
    "engagements.domain.attachments.bring_back": "as above",
    "engagements.domain.comments.say": "adds a row",
    "engagements.domain.comments.change": "nobody but its writer changes a comment",
    "engagements.domain.comments.remove": "sets a day on a row",
    "engagements.domain.handling.ask_to_lower": "adds a wish, at most one open; nothing about the record changes before it is decided",
    "engagements.domain.handling.withdraw": "only an open request is withdrawn, in one statement",
    "engagements.domain.merging.undo": "compares every row with what the merger left, and is done once",
    "engagements.domain.twins.say_two": "adds a row that is there once",
    "catalog.domain.lookalikes.say_two": "adds a row that is there once",
    "catalog.domain.merging.merge": "moves links; what it moves gets a new version",
}


def model_forms(parent=forms.ModelForm):
    for form in parent.__subclasses__():
        yield from model_forms(form)
        if form.__module__.split(".")[0] in APPS and form._meta.model is not None:
            yield form


def all_model_forms() -> set[type]:
    assert get_resolver().url_patterns  # everything is imported
    return set(model_forms())


def test_every_form_of_a_record_has_a_guard():
    by_admin = {type(options).form for options in admin.site._registry.values() if isinstance(options, GuardedAdmin)}
    unguarded = set()
    for form in all_model_forms():
        own = {"version", "seen"} & set(form.base_fields)
        elsewhere = SAVED_WITH_THEIR_RECORD | MAKES_NEW_ROWS_ONLY | OF_ONESELF_ONLY
        if not own and form not in by_admin and form.__name__.removesuffix("FormSet") not in elsewhere:
            unguarded.add(f"{form.__module__}.{form.__name__}")
    assert unguarded == set()


def test_the_lists_of_exceptions_are_not_longer_than_needed():
    names = {form.__name__ for form in all_model_forms()}
    assert names >= SAVED_WITH_THEIR_RECORD | MAKES_NEW_ROWS_ONLY | OF_ONESELF_ONLY
    assert set(STEPS_WITHOUT) == {name for name, step in steps() if "seen" not in inspect.signature(step).parameters}


def test_every_admin_of_ours_is_guarded():
    assert [model for model in OURS if not isinstance(admin.site._registry[model], GuardedAdmin)] == []


def steps():
    """Every function that somebody does to a record: public, with an ``actor``."""
    for package in (engagements.domain, catalog.domain):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, step in vars(module).items():
                ours = inspect.isfunction(step) and step.__module__ == found.name and not name.startswith("_")
                if ours and "actor" in inspect.signature(step).parameters:
                    yield f"{found.name}.{name}", step


def test_every_step_asks_what_was_seen():
    """No default either: who forgets to say it is refused by Python."""
    for name, step in steps():
        seen = inspect.signature(step).parameters.get("seen")
        assert name in STEPS_WITHOUT or (seen is not None and seen.default is inspect.Parameter.empty), name


# From outside ------------------------------------------------------------------------------------

CHANGEABLE = [model for model in OURS if not isinstance(admin.site._registry[model], ReadOnlyAdmin)]
GIVEN_PAYLOAD = {
    "do": "raise", "handling": "restricted", "return_reason": "dates", "reason": "Because.", "note": "Because.", "title": "Overwritten",
    "narrative": "Overwritten", "text": "A remark.",
}  # fmt: skip


@pytest.mark.parametrize("model", CHANGEABLE, ids=lambda model: model._meta.label)
def test_an_admin_page_that_does_not_say_what_it_saw_saves_nothing(model, people, signed_in):
    row = row_of(model, people)
    person = people.steward if model.__name__ == "CaseStudy" else writer(people, model)
    if model is Engagement:
        row = make.engagement(team=people.team, strategies=[make.strategy()])
    client, where = signed_in(person), address(model, "change", row.pk)
    page = client.get(where)
    data = form_data(page)
    mark = admin.site._registry[model].mark_name
    text = next(name for name in ("name", "title", "text", "note", "status") if name in data)
    before = model._base_manager.filter(pk=row.pk).values().get()
    for said in ({}, {mark: ""}, {mark: "nonsense"}, {mark: "999999"}):
        changed = {name: value for name, value in data.items() if name != mark} | said
        response = client.post(where, changed | ({text: "Overwritten"} if text != "status" else {}))
        assert response.status_code == 409, said
        assert "Two people changed this" in response.content.decode()
        assert model._base_manager.filter(pk=row.pk).values().get() == before
    again = {name: values[-1] for name, values in _hidden(response).items()}
    assert client.post(where, data | again).status_code == 302, "saved again in the knowledge of it"


def _hidden(response):
    """What the page with the conflict posts besides its fields."""
    fields = posted(response, form_id=f"{response.context['opts'].model_name}_form")
    return {name: values for name, values in fields.items() if name.startswith(("seen", "version", "conflict", "choose:"))}


def addresses_of_a_record():
    found = {
        surface.name: surface for surface in every_surface() if surface.name.startswith("engagements:") and "reference" in surface.route
    }
    steps = ["submit", "verify", "restore", "return"]
    for name, surface in found.items():
        for step in steps if name == "engagements:step" else [""]:
            yield pytest.param(surface, step, id=f"{name} {step}".strip())


@pytest.mark.parametrize(("surface", "step"), list(addresses_of_a_record()))
def test_nothing_about_a_record_changes_without_a_version(surface, step, people, signed_in):
    manager = signed_in(people.manager)
    beside = [model._meta.db_table for model in BESIDE_THE_RECORD]
    for state in ("draft", "submitted", "archived"):
        record = make.engagement(team=people.team, review_state="submitted" if state == "submitted" else "draft")
        make.source(record)
        if state == "archived":
            Engagement.objects.filter(pk=record.pk).update(archived_at=record.created_at)
        other = make.engagement(team=people.team, review_state="draft")
        changes = Change.objects.filter(engagement__in=[record.pk, other.pk]).exclude(table__in=beside)
        before = changes.count()
        where = surface.path(reference=record.reference, other=other.reference, name=step or "submit", key="1", attachment="1", comment="1")
        for version in ({}, {"version": "nonsense"}, {"version": "7"}):
            manager.post(where, GIVEN_PAYLOAD | version)
        assert changes.count() == before, state
