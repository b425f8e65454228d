"""What a person may not see is in no list, no suggestion, no number and no history of the admin."""

import pytest
from django.urls import reverse

from engagements.models import Engagement
from tests import make
from tests.test_admin import ROWS, address, admin_model, label, mark_of, record

# What a person may not see ------------------------------------------------------------------------


@pytest.fixture
def secret(people):
    """Restricted, of a team the manager is not in, with a word of its own in every part."""
    hidden = make.engagement(
        title="Zanzibar talks", handling="restricted", team=make.team("other"), countries=[make.country()], summary="Zanzibar"
    )
    make.outcome(hidden, statement="Zanzibar outcome")
    make.source(hidden, title="Zanzibar source")
    make.strength_report(hidden.participations.first(), total=98765)
    return hidden


@pytest.mark.parametrize("model", [Engagement, *ROWS], ids=label)
def test_a_hidden_record_is_in_no_list(model, people, secret, signed_in):
    record(people)
    client = signed_in(people.manager)
    for query in ("", "?q=Zanzibar"):
        page = client.get(address(model, "changelist") + query).content.decode()
        assert "Zanzibar talks" not in page
        assert secret.reference not in page
        assert "98765" not in page
    for row in model._base_manager.all():
        if getattr(row, "engagement", None) == secret or row == secret:
            hidden, missing = (client.get(address(model, "change", pk)) for pk in (row.pk, 10**9))
            assert hidden.status_code == missing.status_code == 302


def test_a_hidden_record_is_not_suggested_and_not_accepted(people, secret, signed_in):
    study = admin_model("CaseStudy").objects.create(code="story", title="Story", narrative="It began.")
    study.engagements.add(secret)
    client = signed_in(people.manager)
    query = "app_label=engagements&model_name=casestudy&field_name=engagements&term=Zanzibar"
    assert client.get(f"{reverse('admin:autocomplete')}?{query}").json()["results"] == []
    page = client.get(address(type(study), "change", study.pk)).content.decode()
    assert "Zanzibar" not in page
    where = address(type(study), "change", study.pk)
    data = {"title": "Story", "narrative": "It began later.", "sources": "", "engagements": []} | mark_of(client.get(where))
    assert client.post(where, data).status_code == 302
    assert list(study.engagements.all()) == [secret], "what one may not see is not lost"
    data["engagements"] = [str(make.engagement(title="Seen").pk), str(secret.pk)]
    refused = client.post(where, data | mark_of(client.get(where))).content.decode()
    assert "Zanzibar" not in refused
    assert "Zanzibar" not in client.post(where, data).content.decode(), "nor where two people changed it"


@pytest.mark.parametrize("role", ["steward", "administrator"])
def test_who_only_reads_sees_a_record_without_links_to_hidden_ones(role, people, secret, signed_in):
    training, mission, exercise = record(people)
    make.outcome(training, statement="Seen outcome", linked_engagement=secret)
    training.parent = secret
    training.save()
    training.predecessors.add(secret)
    client = signed_in(getattr(people, role))
    for engagement in (training, mission, exercise):
        response = client.get(address(Engagement, "change", engagement.pk))
        assert response.status_code == 200
        assert "Zanzibar" not in response.content.decode()
    assert "Seen outcome" in client.get(address(Engagement, "change", training.pk)).content.decode()
    assert client.post(address(Engagement, "change", training.pk), {"title": "Overwritten"}).status_code == 403


def test_the_history_page_of_a_hidden_record_does_not_exist(people, secret, signed_in):
    client = signed_in(people.manager)
    hidden, missing = (client.get(address(Engagement, "history", pk)) for pk in (secret.pk, 10**9))
    assert hidden.status_code == missing.status_code == 302


def test_the_number_of_records_in_the_list_is_that_of_the_visible_ones(people, secret, signed_in):
    record(people)
    page = signed_in(people.manager).get(address(Engagement, "changelist"))
    assert page.context["cl"].result_count == Engagement.objects.visible_to(people.manager).count() == 3
