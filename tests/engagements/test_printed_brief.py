"""The brief as PDF: what its page says, for who may see it, logged like it."""

import hashlib
import html
import re

import pytest

from accounts.choices import Handling
from history.models import Access
from tests import make
from tests.engagements.test_brief import full
from tests.printing.reading import flat, pages, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def pdf(client, record):
    return client.get(f"{record.get_absolute_url()}brief/?format=pdf")


def words(page: str) -> set[str]:
    """The texts of the page between its tags, apart from its buttons."""
    body = re.sub(r"<nav.*?</nav>|<script.*?</script>|<head>.*?</head>", "", page, flags=re.S)
    return {re.sub(r"\s+", " ", html.unescape(part)).strip(" ,;·.:") for part in re.split(r"<[^>]+>", body)} - {""}


@pytest.mark.parametrize("kind", ["engagement", "exercise", "training", "peacekeeping"])
def test_it_says_what_the_page_says(kind, people, signed_in):
    record = (
        full(people.team) if kind == "exercise" else make.engagement(kind=kind, team=people.team, title="Southern talks", starts="2012")
    )
    client = signed_in(people.manager)
    page = client.get(f"{record.get_absolute_url()}brief/").content.decode()
    said = text(pdf(client, record).content)
    missing = [word for word in words(page) if flat(word) not in flat(said)]
    assert [word for word in missing if not re.search(r"taken by|^version", word)] == []


def test_it_is_a_file_named_by_its_marking_and_logged_with_its_checksum(people, signed_in):
    record = full(people.team, handling="official")
    response = pdf(signed_in(people.manager), record)
    assert response["Content-Type"] == "application/pdf"
    assert re.fullmatch(
        rf'attachment; filename="entente-{record.reference}-\d{{4}}-\d\d-\d\d-official\.pdf"', response["Content-Disposition"]
    )
    log = Access.objects.get()
    assert (log.what, log.layout, log.handling, log.reference) == ("brief", "brief.pdf", "official", record.reference)
    assert log.sha256 == hashlib.sha256(response.content).hexdigest()


@pytest.mark.parametrize("handling", Handling.values)
def test_it_is_marked_on_each_page(handling, people, signed_in):
    record = make.engagement(handling=handling, team=people.team, summary="A long story. " * 900)
    found = pages(pdf(signed_in(people.manager), record).content)
    assert len(found) > 1
    assert {page.count(handling.upper()) for page in found} == {2}


def test_a_restricted_one_names_its_teams_and_an_unverified_one_says_so(people, signed_in):
    released = make.team("j7", name="J7, Exercises")
    record = make.engagement(handling="restricted", team=people.team, released_to=[released], review_state="draft")
    said = text(pdf(signed_in(people.manager), record).content)
    assert "J5, Plans and Policy, J7, Exercises" in said
    assert "Not verified: its state of review is draft." in said


def test_a_hidden_record_has_none_and_leaves_no_trace_in_that_of_another(people, signed_in):
    hidden = make.engagement(title="Zanzibar talks", handling="restricted", team=make.team())
    client = signed_in(people.analyst)
    assert pdf(client, hidden).status_code == 404
    shown = make.engagement(parent=hidden)
    make.outcome(shown, linked_engagement=hidden)
    assert "Zanzibar" not in text(pdf(client, shown).content)
    assert hidden.reference not in text(pdf(client, shown).content)


def test_another_format_is_refused_with_a_sentence_and_nothing_logged(people, signed_in):
    response = signed_in(people.manager).get(f"{make.engagement().get_absolute_url()}brief/?format=exe")
    assert response.status_code == 400
    assert "There is no format “exe”" in response.content.decode()
    assert Access.objects.count() == 0
