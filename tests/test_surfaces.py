"""Every address is in the table of surfaces, and answers each person as the table says."""

import pytest
from django.test import Client

from catalog.models import Framework, Strategy
from engagements.models import CaseStudy, Comment, Engagement
from history.models import Change
from imports.models import Batch
from reports.models import SavedView
from tests import make
from tests.surfaces import ALL, PREFIXES, PUBLIC, SIGNED_IN, SURFACES, every_surface

EVERY = every_surface()
PRIVATE = [surface for surface in EVERY if surface.level != PUBLIC]


def test_every_address_is_in_the_table():
    assert [surface for surface in EVERY if surface.level is None] == []


def test_the_table_has_no_address_that_is_gone():
    assert set(SURFACES) - {surface.name for surface in EVERY} == set()
    assert all(any(surface.route.startswith(prefix) for surface in EVERY) for prefix in PREFIXES)


def status(client, path) -> int:
    """The answer's status, after a stream was read to its end."""
    response = client.get(path)
    if response.streaming:
        for _ in response:
            pass
    return response.status_code


def leads_to_sign_in(response) -> bool:
    """The admin site sends to its own address, which sends on."""
    return response.status_code == 302 and response["Location"].startswith(("/accounts/login/?", "/admin/login/?"))


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_without_signing_in_every_private_address_leads_to_the_sign_in_page(method):
    client = Client()
    wrong = []
    for surface in PRIVATE:
        if surface.route.startswith("admin/login/"):
            continue  # a second sign-in page; see the next test
        response = getattr(client, method)(surface.path())
        if not leads_to_sign_in(response):
            wrong.append((surface, surface.path(), response.status_code))
    assert wrong == []


@pytest.mark.django_db
def test_there_is_one_sign_in_page_only():
    response = Client().get("/admin/login/", {"next": "/admin/"})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_a_public_address_answers_without_signing_in():
    client = Client()
    for surface in EVERY:
        if surface.level == PUBLIC:
            response = client.get(surface.path())
            assert response.status_code < 500, surface
            assert not leads_to_sign_in(response), surface


@pytest.mark.django_db
def test_a_swapped_fragment_sends_the_whole_page_to_sign_in():
    response = Client().get(
        "/engagements/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/engagements/?kind=exercise"}
    )
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/accounts/login/?next=/engagements/%3Fkind%3Dexercise"


# For whom each page is ---------------------------------------------------------------------------


@pytest.fixture
def samples(seeded):
    """Values for the names in addresses that lead to something."""
    draft = make.engagement(team=make.team("j5"), review_state="draft", countries=[make.country()])
    view = SavedView.objects.create(name="Ours", owner=make.user("analyst"), team=draft.team, path="/engagements/")
    return {
        "engagements:": {
            "reference": draft.reference,
            "attachment": make.attachment(draft).key,
            "comment": make.comment(draft).key,
            "other": make.engagement(team=draft.team, review_state="draft", countries=[make.country()]).reference,
            "key": Change.objects.filter(engagement=draft.pk, table="engagements_engagement", operation="added").latest("pk").action,
        },
        "imports:": {"batch_key": Batch.objects.create(name="a.csv", sha256="", team=draft.team, owner=make.user("analyst")).key},
        "imports:saved_mapping": {"code": "un-operations"},
        "reports:report": {"name": "regions"},
        "reports:view": {"pk": str(view.pk)},
        "reports:change": {"pk": str(view.pk)},
        "engagements:case_study": {"code": CaseStudy.objects.first().code},
        "catalog:organization": {"code": "nato"},
        "catalog:region": {"scheme": "m49", "code": "002"},
        "catalog:strategy": {"code": Strategy.objects.first().code},
        "catalog:framework": {"code": Framework.objects.first().code},
    }


def address(surface, samples):
    namespace = surface.name.partition(":")[0] + ":"
    return surface.path(**samples.get(namespace, {}) | samples.get(surface.name, {}))


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_page_answers_the_roles_it_is_for_and_refuses_the_others(role, samples, signed_in):
    team = Engagement.objects.get(reference=samples["engagements:"]["reference"]).team
    user = make.user(role, clearance="restricted", teams=[team])
    Batch.objects.update(owner=user)
    Comment.objects.update(written_by=user)
    client, samples["jobs:"] = signed_in(user), {"key": make.job(owner=user).key}
    wrong = []
    for surface in EVERY:
        if surface.level == PUBLIC or not surface.name or surface.route.startswith("admin/"):
            continue
        path = address(surface, samples)
        got = status(client, path)
        may = surface.level == SIGNED_IN or role in surface.level
        # 405: a step that is taken by a button; 302: it has another page to show; 410: a file that is not kept any more
        if got not in ({200, 302, 405, 410} if may else {403, 404, 405}):
            wrong.append((path, got))
    assert wrong == []


@pytest.mark.parametrize("role", sorted(ALL))
def test_no_page_of_the_admin_site_breaks(role, seeded, signed_in):
    client = signed_in(make.user(role, clearance="restricted"))
    wrong = []
    for surface in EVERY:
        if surface.route.startswith("admin/") and "logout" not in surface.route:
            got = status(client, surface.path())
            if got >= 500 or (role not in surface.level and got == 200 and not surface.route.startswith("admin/login/")):
                wrong.append((surface.path(), got))
    assert wrong == []
