"""What a text box offers while a person types, and the page of words."""

import datetime as dt

from django.urls import reverse

from tests import make


def suggested(client, **query):
    return [item["code"] for item in client.get("/suggest/", query).json()]


def test_suggestions_come_best_first(people, signed_in):
    make.country("GEO", "Georgia", iso2="GE")
    make.country("DEU", "Germany", iso2="DE")
    make.country("DDR", "East Germany")
    make.country("GIN", "Guinea", iso2="GN").aliases.create(text="Germ of an idea")
    make.organization("german-army", name="German Army", kind="command", abbreviation="GER")
    client = signed_in(people.viewer)
    assert suggested(client, kind="party", q="ger") == ["GER", "DEU", "GIN", "DDR"]
    assert suggested(client, kind="country", q="GE") == ["GEO", "DEU", "GIN", "DDR"]
    assert suggested(client, kind="country", q="zz") == []
    answer = client.get("/suggest/", {"kind": "country", "q": "deu"}).json()
    assert answer == [{"value": "Germany (DEU)", "label": "Germany", "code": "DEU", "kind": "country"}]


def test_retired_and_merged_entries_are_not_suggested(people, signed_in):
    make.country("XQA", "Ruritania", retired_on=dt.date(2020, 1, 1))
    make.country("XQB", "Rurality")
    assert suggested(signed_in(people.viewer), kind="country", q="rur") == ["XQB"]


def test_at_most_twelve_are_suggested_in_few_queries(people, signed_in, assert_same_queries):
    client = signed_in(people.viewer)
    assert_same_queries(make.country, lambda: client.get("/suggest/", {"q": "country"}), at_most=4)
    assert len(suggested(client, kind="party", q="country")) == 12
    assert len(suggested(client, kind="party", q="")) == 12


def test_suggestions_need_a_reader_and_a_list(people, signed_in, client):
    assert client.get("/suggest/", {"q": "a"}).status_code == 302
    assert signed_in(people.viewer).get("/suggest/", {"kind": "passwords"}).status_code == 400
    for text in ["%", "_", "\\", "'", "x" * 5000]:
        assert signed_in(people.viewer).get("/suggest/", {"q": text}).json() == []


def test_the_glossary_has_an_anchor_for_each_term_and_each_closed_list(people, signed_in):
    response = signed_in(people.viewer).get(reverse("glossary"))
    page = response.content.decode()
    for term in response.context["terms"]:
        assert f'id="{term["slug"]}"' in page
    for name, _title, values in response.context["closed_lists"]:
        assert f'id="list-{name}"' in page
        for value in values:
            assert f'id="{name}-{value["code"]}"' in page
