"""Rare words and common ones: however the records are found, they are the same, in the order that the page tells."""

import random

import pytest

from engagements import search_hits, search_order, search_walk
from engagements.models import Engagement
from engagements.ordering import ordered
from engagements.search_hits import ids_having
from engagements.search_order import Search
from engagements.search_walk import WordWalk
from engagements.search_words import terms_of
from engagements.set_walk import SetWalk
from engagements.sets import Sets, found
from tests import make
from tests.engagements.test_list_walk import whole
from tests.walk import heard

pytestmark = pytest.mark.django_db
WORDS = ["cobra", "gold", "viking", "harbor", "radio"]
ASKED = [
    "cobra", "gold", "cob", "viking", "ruritania", "demining", "radio", "cobra gold", '"cobra gold"', "cobra ruritania",
    "gold viking radio", "cobra -gold", "-cobra", "-cobra -gold", "-ruritania", "viking -ruritania", "mandate", "atlantis cobra",
    "forces harbor", "nothing", "cobra nothing", "cobra -nothing", "-nothing",
]  # fmt: skip
MOST = 4


@pytest.fixture(params=["few at a time", "one at a time", "as they are"])
def _bounds(request, monkeypatch):
    """Bounds so low that every way is gone in a small register."""
    if request.param == "as they are":
        return
    few = 1 if request.param == "one at a time" else 3
    for module, name, value in [
        (search_order, "TRIED", (few, few + 1, few + 2)),
        (search_order, "FETCHED", few + 4),
        (search_order, "MOST_TRIED", few + 1),
        (search_order, "MORE", 2),
        (search_hits, "MOST_ROWS", few + 1),
        (search_hits, "MOST_IN_INDEX", few),
        (search_walk, "FIRST", few + 1),
        (search_walk, "MOST", 12),
    ]:
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def register(people, monkeypatch):
    """Records with the words in titles, texts, what hangs on them and the names of entries; a third of them hidden from most."""
    monkeypatch.setattr(search_order, "COUNTED", 5)
    drawn = random.Random(7)
    ruritania, theme = make.country("XBA", name="Ruritania"), make.theme(name="Demining Atlantis")
    for number in range(36):
        says = drawn.sample(WORDS, drawn.choice([0, 1, 1, 2, 3]))
        record = make.engagement(
            title=f"Talks {' '.join(says[: drawn.choice([0, 1, 2])])} {number}",
            summary=" ".join(says),
            starts=drawn.choice(["", "2001", "2015-05", "2020-03-04", f"20{10 + number % 10}"]),
            countries=[ruritania] if number % 4 == 0 else [],
            themes=[theme] if number % 9 == 0 else [],
            **({"kind": "peacekeeping", "detail": {"mandate": "The mandate of Cobra."}} if number % 11 == 0 else {}),
            **({"handling": "restricted"} if number % 3 == 0 else {}),
        )
        if number % 5 == 0:
            make.outcome(record, statement="The harbor has a radio")
        if number % 7 == 0:
            make.source(record, title="Forces gazette")
    return people


def in_order(rows, text):
    """The keys in the order that the page tells, by plain queries."""
    newest = ordered(rows, "-start")
    if rows.count() <= 5:
        return list(rows.best_first(text).values_list("pk", flat=True))
    wanted = [term for term in terms_of(text) if not term.is_unwanted]
    keys = list(newest.values_list("pk", "title"))
    titled = [pk for pk, title in keys if wanted and all(any(term.has(word) for word in title.lower().split()) for term in wanted)]
    return titled + [pk for pk, _title in keys if pk not in titled]


@pytest.mark.usefixtures("_bounds")
def test_a_search_shows_the_first_of_what_has_the_words_and_says_how_many_there_are(register):
    wrong = {}
    for person in (register.viewer, register.administrator):
        for text in [text for text in ASKED if '"' not in text]:
            rows = Engagement.objects.visible_to(person).current().search(text)
            best, count = Search(person, terms_of(text)).best(MOST), rows.count()
            expected = (in_order(rows, text)[:MOST], min(count, 5), count > 5)
            if (best.pks, best.count, best.is_more) != expected:
                wrong[person.username, text] = (best, expected)
    assert wrong == {}


def test_what_is_remembered_of_the_words_is_what_one_question_finds(register):
    sets = Sets("default")
    everything = Engagement.objects.order_by()
    assert {text: ids_having(sets, text) for text in ASKED} == {text: found(everything.search(text)) for text in ASKED}


@pytest.mark.usefixtures("_bounds")
def test_a_walk_along_the_words_meets_each_record_once_in_the_order_of_the_list(register):
    person = register.viewer
    rows = Engagement.objects.visible_to(person).current()
    wrong = []
    for text in ("cobra", "ruritania", "cobra -gold"):
        search, asked = Search(person, terms_of(text)), rows.search(text)
        members = found(asked)
        for sort in ("-start", "start", "title", "-place", "updated", "kind"):
            expected = list(ordered(asked, sort).values_list("pk", flat=True))

            def otherwise(sort=sort, members=members, search=search):
                return SetWalk(rows, sort, search.sets, members, of=rows.count())

            walk = WordWalk(rows, sort, search, otherwise)
            wrong += [(text, sort, is_back) for is_back in (False, True) if whole(walk, is_back=is_back) != expected]
    assert wrong == []


@pytest.mark.usefixtures("_bounds")
def test_the_list_of_a_common_word_says_more_than_and_counts_when_it_is_asked(register, signed_in, monkeypatch):
    monkeypatch.setattr(search_hits, "MOST_ROWS", 6)
    client = signed_in(register.viewer)
    rows = Engagement.objects.visible_to(register.viewer).current().search("cobra")
    expected = list(ordered(rows, "-start").values_list("reference", flat=True))
    pages = {text: client.get(f"/engagements/?q=cobra{text}").context for text in ("", "&count=exact")}
    for context in pages.values():
        assert [row.record["reference"] for row in context["rows"]] == expected
    assert (pages["&count=exact"]["page"].paginator.count, pages["&count=exact"]["page"].paginator.is_more) == (len(expected), False)


@pytest.mark.usefixtures("_bounds")
def test_hidden_records_with_common_words_change_nothing_of_the_page(register, signed_in):
    client = signed_in(register.viewer)
    words = [text for text in ASKED if "mandate" not in text]
    before = {text: heard(client.get("/search/", {"q": text})) for text in words}
    for number in range(12):
        hidden = make.engagement(title=f"Cobra Gold viking {number}", summary="Radio", starts="2026", handling="restricted")
        make.source(hidden, title="Harbor gazette")
    assert [text for text in words if heard(client.get("/search/", {"q": text})) != before[text]] == []
