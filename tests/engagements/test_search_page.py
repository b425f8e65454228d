"""The page of the search: best first, matching words shown, for each reader only what that reader may see."""

import itertools

import pytest

from catalog.models import CountryAlias
from engagements.models import CaseStudy, Engagement, Participation
from tests import make
from tests.walk import heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(people, signed_in):
    return signed_in(people.viewer)


def asked(client, text):
    response = client.get("/search/", {"q": text})
    assert response.status_code == 200
    return response.context["found"]


def test_titles_come_before_texts_and_the_newest_first(reader):
    make.engagement(title="Text", summary="Cobra", starts="2024")
    make.engagement(title="Cobra old", starts="2001")
    make.engagement(title="Cobra new", starts="2020")
    answer = asked(reader, "cobra")
    assert [str(hit.record) for hit in answer.records] == ["Cobra new", "Cobra old", "Text"]
    assert answer.records[0].title == "<mark>Cobra</mark> new"
    assert answer.records[2].lines == [("", "<mark>Cobra</mark>")]


def test_of_several_words_most_in_the_title_come_first_then_those_that_stand_together(reader):
    make.engagement(title="Apart", summary="Nations were united in training.", starts="2026")
    make.engagement(title="Together", summary="Training by the United Nations.", starts="2025")
    make.engagement(title="United we stand", summary="Nations in training.", starts="2024")
    make.engagement(title="United Nations force", summary="Training.", starts="2001")
    answer = asked(reader, "united nations")
    assert [str(hit.record) for hit in answer.records] == ["United Nations force", "United we stand", "Together", "Apart"]


def test_a_word_that_stands_in_another_spelling_is_shown_with_the_name(reader):
    strategy, country = make.strategy(name="Relief"), make.country("QZZ", name="Zaire", official_name="Republic of Zaire")
    body = make.organization("pact", name="Pact")
    strategy.aliases.create(text="Humanitarian training")
    body.aliases.create(text="Bund", key="bund")
    make.engagement(title="Talks", strategies=[strategy], countries=[country])
    Participation.objects.create(engagement=Engagement.objects.get(), organization=body)
    shown = {text: asked(reader, text).records[0].lines for text in ("humanitarian", "republic", "qzz -nothing", "bund")}
    assert shown == {
        "humanitarian": [("Strategy", "Relief (<mark>Humanitarian</mark> training)")],
        "republic": [("Participant", "Zaire (<mark>Republic</mark> of Zaire)")],
        "qzz -nothing": [("Participant", "Zaire (<mark>QZZ</mark>)")],
        "bund": [("Participant", "Pact (<mark>Bund</mark>)")],
    }


def test_many_words_are_answered(reader):
    words = " ".join(f"word{number}" for number in range(12))
    record = make.engagement(title="Talks", summary=words, countries=[make.country(name="Ruritania")])
    assert [hit.record for hit in asked(reader, words).records] == [record]


def test_the_list_finds_the_same_records_by_the_same_words(reader):
    country = make.country(name="Côte of Gold")
    CountryAlias.objects.create(entry=country, text="Goldküste")
    make.engagement(title="Talks", countries=[country])
    make.outcome(make.engagement(title="Visit"), statement="A map of the coast")
    make.engagement(title="Other")
    for words in ("goldkuste", "map coast", '"of the"', "cote -visit", "-cote", "marigold", "%"):
        listed = {row.record["title"] for row in reader.get("/engagements/", {"q": words}).context["rows"]}
        assert listed == {str(hit.record) for hit in asked(reader, words).records}, words
    assert 'href="/engagements/?q=map%20coast"' in reader.get("/search/", {"q": "map coast"}).content.decode()


def test_the_page_groups_what_it_finds_and_says_from_where(reader):
    country = make.country("QZZ", name="Viking Land")
    CountryAlias.objects.create(entry=country, text="Norse")
    make.framework(name="Viking Edge")
    make.theme(name="Viking ships")
    CaseStudy.objects.create(code="vikings", title="The Vikings", narrative="Long ago.")
    record = make.engagement(title="Talks", countries=[country])
    make.outcome(record, statement="A Viking map")
    answer = asked(reader, "viking")
    assert [(group.code, group.count) for group in answer.groups] == [("country", 1), ("framework", 1), ("lists", 1), ("casestudy", 1)]
    assert [hit.lines for hit in answer.records] == [[("Outcome", "A <mark>Viking</mark> map")]]
    assert [hit.lines for hit in asked(reader, "norse").groups[0].hits] == [[("Also", "<mark>Norse</mark>")]]


def test_a_reference_or_a_code_leads_straight_to_its_page(reader, people):
    country, body = make.country("QZZ"), make.organization("us-dod")
    record, hidden = make.engagement(title="Seen"), make.engagement(title="Hidden", handling="restricted")
    for text, address in [
        (record.reference, record.get_absolute_url()),
        (f" {record.reference.lower()} ", record.get_absolute_url()),
        ("QZZ", country.get_absolute_url()),
        ("US-DoD", body.get_absolute_url()),
    ]:
        response = reader.get("/search/", {"q": text})
        assert (response.status_code, response.headers["Location"]) == (302, address), text
    missing = "ENG-2019-ZZZZ8"
    answers = [heard(reader.get("/search/", {"q": text}))[2].replace(text.encode(), b"") for text in (missing, hidden.reference)]
    assert answers[0] == answers[1]


def test_a_word_spelled_wrong_finds_what_was_meant(reader):
    make.engagement(title="Cobra Gold 82")
    answer = asked(reader, "cobra glod")
    assert (answer.better, [str(hit.record) for hit in answer.records]) == ("cobra gold", ["Cobra Gold 82"])
    assert "Shown is what has" in reader.get("/search/?q=cobra+glod").content.decode()
    assert asked(reader, "qqqqq").is_empty
    assert "Try fewer words" in reader.get("/search/?q=qqqqq").content.decode()


@pytest.mark.only_postgresql
def test_a_title_spelled_almost_like_it_is_found_by_its_trigrams(people):
    make.engagement(title="Multinational Interoperability Workshop")
    rows = Engagement.objects.visible_to(people.viewer)
    assert not rows.search("interoprability").exists()
    assert [str(row) for row in rows.spelled_like("interoprability")] == ["Multinational Interoperability Workshop"]
    assert list(rows.spelled_like("zzzzz")) == []


@pytest.mark.only_sqlite
def test_without_trigrams_nothing_is_spelled_like_anything():
    make.engagement(title="Interoperability")
    assert not Engagement.objects.spelled_like("interoprability").exists()


def test_what_a_reader_may_not_see_changes_nothing(reader, people):
    country = make.country(name="Ruritania")
    make.engagement(title="Cobra Gold", countries=[country])
    words = ["cobra", "cobra glod", "zanzibar", "zanzibra", "ruritania", "gazette", "-cobra", "ENG-2026", "gold zanzibar"]
    before = {text: heard(reader.get("/search/", {"q": text})) for text in words}
    hidden = make.engagement(title="Zanzibar Cobra", summary="Zanzibar", handling="restricted", countries=[country])
    make.source(hidden, title="Zanzibar Gazette")
    make.engagement(title="Zanzibar draft", review_state="draft", team=people.team)
    assert [text for text in words if heard(reader.get("/search/", {"q": text})) != before[text]] == []


def test_the_page_costs_the_same_whatever_it_finds(reader, assert_same_queries):
    numbers = itertools.count()

    def add():
        country = make.country(name=f"Cobra {next(numbers)}")
        make.outcome(make.engagement(title="Cobra Gold", countries=[country]), statement="Cobra")

    assert_same_queries(add, lambda: reader.get("/search/?q=cobra"), at_most=12)


def test_the_box_of_every_page_leads_to_the_search(reader):
    assert '<form class="find" role="search" action="/search/">' in reader.get("/").content.decode()
    assert reader.get("/search/").status_code == 200
