"""Roles say what a person may do; an inactive person may do nothing; nobody passes every check."""

import itertools

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.choices import Handling, Role
from accounts.models import User
from accounts.permissions import PERMISSIONS
from tests import make

pytestmark = pytest.mark.django_db

RECORDS = ["engagement", "participation", "outcome", "source", "exercise", "challenge"]
LISTS = ["country", "strategy", "organization", "theme", "strategyalias"]
# What each role may do to a record, a list, a case study and a person's account.
MATRIX = {
    "viewer": {"record": "view", "list": "view", "story": "view", "person": ""},
    "analyst": {"record": "view add change delete", "list": "view", "story": "view", "person": ""},
    "manager": {"record": "view add change delete", "list": "view", "story": "view add change delete", "person": ""},
    "steward": {"record": "view", "list": "view add change delete", "story": "view add change delete", "person": ""},
    "administrator": {"record": "view", "list": "view", "story": "view", "person": "view add change"},
}
ACTIONS = ["view", "add", "change", "delete"]


@pytest.mark.parametrize("role", MATRIX)
def test_a_role_may_do_exactly_what_the_matrix_says(role):
    user = make.user(role)
    asked = {
        "record": [f"engagements.{{}}_{model}" for model in RECORDS],
        "list": [f"catalog.{{}}_{model}" for model in LISTS],
        "story": ["engagements.{}_casestudy"],
        "person": ["accounts.{}_user", "accounts.{}_team"],
    }
    for what, names in asked.items():
        for name, action in itertools.product(names, ACTIONS):
            assert user.has_perm(name.format(action)) == (action in MATRIX[role][what].split()), (name, action)
    assert user.has_perm("engagements.verify_engagement") == (role == "manager")


def test_every_role_is_in_the_matrix_and_every_permission_is_of_a_model():
    assert set(MATRIX) == set(Role.values) == set(PERMISSIONS)
    for name in set().union(*PERMISSIONS.values()) - {"engagements.verify_engagement"}:
        app, _, codename = name.partition(".")
        assert apps.get_model(app, codename.partition("_")[2]), name


def test_every_model_of_ours_can_be_seen_by_somebody():
    seen = {name.partition("_")[2] for name in set().union(*PERMISSIONS.values())}
    ours = {model._meta.model_name for app in ["accounts", "catalog", "engagements"] for model in apps.get_app_config(app).get_models()}
    assert ours <= seen


@pytest.mark.parametrize("role", Role.values)
def test_an_inactive_person_may_do_nothing(role):
    user = make.user(role, is_active=False)
    assert not user.has_perm("engagements.view_engagement")
    assert not user.has_module_perms("engagements")
    assert user.get_all_permissions() == set()


@pytest.mark.parametrize("role", Role.values)
def test_nobody_passes_every_check(role):
    user = make.user(role)
    assert not user.is_superuser
    assert not user.has_perm("engagements.fly_engagement")
    assert not user.has_perm("sessions.view_session")


def test_the_admin_site_is_for_managers_stewards_and_administrators():
    assert {role for role in Role.values if make.user(role).is_staff} == {"manager", "steward", "administrator"}


def test_several_permissions_are_all_needed():
    analyst = make.user("analyst")
    assert analyst.has_perms(["engagements.view_engagement", "engagements.add_engagement"])
    assert not analyst.has_perms(["engagements.view_engagement", "engagements.verify_engagement"])


def test_a_person_made_on_the_command_line_is_an_administrator_cleared_for_nothing():
    user = User.objects.create_superuser("boss", make.PASSWORD, name="Boss")
    assert (user.role, user.clearance) == ("administrator", "public")


def test_a_user_name_is_found_whatever_its_case():
    user = make.user(username="Ana")
    assert User.objects.get_by_natural_key("aNA") == user


def test_a_user_name_is_there_once():
    make.user(username="ana")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(username="ana", name="Other")])


def test_a_clearance_reaches_its_step_and_those_below():
    assert Handling.up_to("public") == ["public"]
    assert Handling.up_to("official") == ["public", "official"]
    assert Handling.up_to("restricted") == ["public", "official", "restricted"]
    assert Handling.highest(["official", "public"]) == "official"
    assert Handling.highest([]) == "public"
