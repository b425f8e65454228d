"""What no page and no form of ours would send is refused at the door, with a sentence and without a word of the inside."""

import logging
import re
import unicodedata

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import path

from config import errors
from config.middleware import MAX_QUERY, MAX_VALUES, add_request_id
from tests import make
from tests.engagements.forms import posted, send
from tests.fuzz import GIVEN_AWAY
from tests.surfaces import every_surface


@pytest.fixture
def client(people, signed_in) -> Client:
    return signed_in(people.manager, raise_request_exception=False)


# Methods and bodies -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "NONSENSE"])
def test_methods_of_nobody_are_refused_even_before_signing_in(db, method):
    for address in ("/", "/engagements/", "/accounts/login/", "/nowhere/"):
        response = Client().generic(method, address)
        assert (response.status_code, response.content) == (405, b""), address
        assert response["Allow"] == "GET, HEAD, POST"


def test_no_page_takes_the_methods_of_programs(client):
    methods = ["PUT", "PATCH", "DELETE", "OPTIONS"]
    sent = [(methods[number % 4], surface.path()) for number, surface in enumerate(every_surface())]
    assert [(method, address) for method, address in sent if client.generic(method, address).status_code != 405] == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml", "application/octet-stream", "nonsense"])
def test_a_body_that_is_no_form_is_refused(client, kind):
    for address in ("/", "/engagements/log/", "/preferences/", "/accounts/login/", "/admin/", "/nowhere/"):
        assert client.generic("POST", address, b'{"a": 1}', kind).status_code == 415, address


def test_an_empty_body_of_no_kind_is_no_reason_to_refuse(client):
    record = make.engagement(team=make.team())
    assert client.generic("POST", f"{record.get_absolute_url()}submit/", b"", "").status_code != 415


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("letters", ["%00", "a%00b", "%1b", "%7f", "%c2%85", "%01"])
@pytest.mark.parametrize(
    "address", ["/engagements/?q={}", "/engagements/?{}=1", "/engagements/export/?q={}", "/suggest/?q={}", "/admin/?a={}"]
)
def test_a_control_character_in_an_address_is_refused(client, address, letters):
    response = client.get(address.format(letters))
    assert (response.status_code, response.text) == (400, "The address holds a control character. Remove it and try again.")


def test_the_longest_query_and_the_most_values_are_read_and_one_more_is_not(client):
    fits = "q=" + "x" * (MAX_QUERY - 2)
    assert client.get(f"/glossary/?{fits}").status_code == 200
    assert client.get(f"/glossary/?{fits}x").status_code == 414
    assert client.get("/glossary/?" + "&".join(["a=1"] * MAX_VALUES)).status_code == 200
    assert client.get("/glossary/?" + "&".join(["a=1"] * (MAX_VALUES + 1))).status_code == 400


NUMBERS = ["1" + "0" * 30, str(2**63), "-1", "1e400", "NaN", "١٢", "1_000", "1.5", "+1", " 1", "0x10"]


def test_a_number_in_a_path_that_can_be_none_leads_nowhere(client, people):
    record = make.engagement(team=people.team)
    with_numbers = [surface for surface in every_surface() if re.search(r"<int:|<path:object_id>", surface.route)]
    assert len(with_numbers) > 50
    for place, surface in enumerate(with_numbers):
        numbers = NUMBERS if "<int:" in surface.route else [NUMBERS[place % len(NUMBERS)]]
        for number in numbers:
            names = dict.fromkeys(re.findall(r"<(?:int|path):(\w+)>", surface.route), number)
            response = client.get(surface.path(**{"reference": record.reference} | names))
            assert response.status_code in {302, 400, 403, 404, 405}, (surface, number)


@pytest.mark.parametrize("number", [*NUMBERS, "0", "2", "99999", ""])
def test_a_page_that_is_not_there_is_not_found(client, people, number):
    make.engagement(team=people.team)
    assert client.get("/engagements/", {"page": number}).status_code == 404


@pytest.mark.parametrize("size", ["1000000", "201", "0", "-1", "abc", "50"])
def test_no_page_size_shows_more_than_200_rows(client, people, size):
    assert client.get("/engagements/", {"page_size": size}).context["page"].paginator.per_page == 50
    assert client.get("/engagements/", {"page_size": "200"}).context["page"].paginator.per_page == 200


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["%", "_", "\\"])
def test_a_wild_card_finds_only_itself(client, people, words):
    for title in (f"A {words} sign", "Plain talks"):
        make.engagement(title=title, team=people.team)
    assert [row.record["title"] for row in client.get("/engagements/", {"q": words}).context["rows"]] == [f"A {words} sign"]
    assert [row["label"] for row in client.get("/engagements/suggest/", {"q": words}).json()] == [f"A {words} sign"]


@pytest.mark.parametrize("words", ['"unclosed', ":*", "NEAR(", "AND", "NOT x", "a:b", "^", "(", "*", "%_%" * 40, "(a+)+$" * 20, "x" * 200])
def test_the_search_takes_any_words(client, words):
    assert client.get("/engagements/", {"q": words}).status_code == 200
    assert client.get("/suggest/", {"q": words}).status_code == 200


def test_composed_and_decomposed_letters_are_found_by_each_other(client, people):
    title = unicodedata.normalize("NFC", "Défilé à Yaoundé")
    make.engagement(title=title, team=people.team)
    for words in (title, unicodedata.normalize("NFD", title)):
        assert [row.record["title"] for row in client.get("/engagements/", {"q": words}).context["rows"]] == [title]


# Forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "letter"),
    [("title", "\x00"), ("place", "\x1b"), ("summary", "\x0b"), ("sources-0-title", "\x7f"), ("outcomes-0-statement", "\ufffd")],
)
def test_a_letter_that_can_not_be_read_is_refused_beside_its_field(client, people, field, letter):
    record = make.engagement(team=people.team, strategies=[make.strategy()])
    make.source(record), make.outcome(record)
    address = f"{record.get_absolute_url()}edit/"

    response = send(client, address, posted(client.get(address), **{field: f"a{letter}b"}))

    assert response.status_code == 200
    assert "can not be read: letter 2 is" in response.text
    record.refresh_from_db()
    assert letter not in record.title + record.place + record.summary


@pytest.mark.parametrize("field", ["title", "place"])
def test_a_line_break_in_one_line_is_refused(client, people, field):
    record = make.engagement(team=people.team, strategies=[make.strategy()])
    address = f"{record.get_absolute_url()}edit/"
    assert send(client, address, posted(client.get(address), **{field: "a\r\nb"})).status_code == 200


def test_a_text_is_stored_composed(client, people):
    record = make.engagement(team=people.team, strategies=[make.strategy()])
    address = f"{record.get_absolute_url()}edit/"
    typed = unicodedata.normalize("NFD", "Défilé")
    assert send(client, address, posted(client.get(address), summary=typed, title=typed)).status_code == 302
    record.refresh_from_db()
    assert (record.summary, record.title) == ("Défilé", "Défilé")


@pytest.mark.parametrize("reason", ["a\x00b", "a\x1bb", "x" * 5000])
def test_a_reason_that_can_not_be_kept_breaks_no_change(client, people, reason):
    record = make.engagement(team=people.team, review_state="draft", strategies=[make.strategy()])
    response = send(client, f"{record.get_absolute_url()}archive/", {"version": "1", "reason": reason})
    assert response.status_code < 500


# What an error says -------------------------------------------------------------------------------


@login_not_required
def broken(request):
    raise OperationalError('relation "engagements_engagement" does not exist at /srv/entente')


@login_not_required
def suspicious(request):
    raise SuspiciousOperation("SELECT 1")


urlpatterns = [path("broken/", broken), path("suspicious/", suspicious)]
handler400, handler500 = errors.bad_request, errors.server_error


@pytest.mark.parametrize(("address", "status"), [("/broken/", 500), ("/suspicious/", 400)])
@override_settings(ROOT_URLCONF=__name__)
def test_an_error_page_has_an_id_that_the_log_has_too_and_nothing_of_the_inside(monkeypatch, address, status):
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            add_request_id(record)
            lines.append((record.request_id, record.getMessage()))

    monkeypatch.setattr("config.errors.render", lambda *_args, **_more: (_ for _ in ()).throw(SuspiciousOperation))  # as with a bad host
    handler, names = Keep(), ("django.request", "django.security")
    for name in names:
        logging.getLogger(name).addHandler(handler)
    try:
        response = Client(raise_request_exception=False).get(address)
    finally:
        for name in names:
            logging.getLogger(name).removeHandler(handler)
    assert response.status_code == status
    assert [words for words in [*GIVEN_AWAY, "relation", "SELECT", "/srv"] if words in response.text] == []
    (quoted,) = set(response.text.split("Quote: ")[1].split("<")[0].split())
    assert {request_id for request_id, _message in lines} == {quoted}
    assert any(address in message or "SELECT" in message for _request_id, message in lines)


def test_a_host_that_is_not_ours_gets_a_page_with_an_id(db):
    response = Client(raise_request_exception=False).get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "Quote: " in response.text
    assert "evil" not in response.text


def test_two_requests_have_two_ids(db):
    texts = {Client(raise_request_exception=False).get("/", headers={"Host": "evil.example"}).text for _ in range(2)}
    assert len(texts) == 2


# Where a page sends to ------------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "///evil.example", "////evil.example", "/\\evil.example/", "\\\\evil.example",
    "\\/evil.example", "http:evil.example", "https:/evil.example", "http:///evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "\t//evil.example", "/\t/evil.example", " https://evil.example",
    "https://testserver@evil.example", "https://testserver.evil.example", "http://[::1", "https://evil.example\\@testserver",
    "//evil.example%2f..", "https:evil", "ftp://testserver/", "\u0000//evil.example",
]  # fmt: skip


def test_no_address_sends_to_another_site(people, signed_in):
    """Where ``next`` is read: the pages of one's account, asked and sent, signed in and not."""
    reads_next = [
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/signup/",
        "/accounts/reauthenticate/",
        "/preferences/",
        "/admin/login/",
    ]
    browsers = [Client(raise_request_exception=False), signed_in(people.manager, raise_request_exception=False)]
    wrong = []
    for there in ELSEWHERE:
        for address in reads_next:
            for browser in browsers:
                cookies = browser.cookies.copy()
                for method in ("get", "post"):
                    given = {"next": there, "login": "manager", "password": make.PASSWORD}
                    response = getattr(browser, method)(address, given)
                    where = response.get("Location", "/")
                    if response.status_code >= 500 or not where.startswith("/") or where[1:2] in {"/", "\\", "\t"}:
                        wrong.append((method, address, there, response.status_code, where))
                browser.cookies = cookies  # as it was before signing in or out
    assert wrong == []


# Kept nowhere -------------------------------------------------------------------------------------


def test_no_answer_to_somebody_who_signed_in_is_kept(client):
    kept = []
    for surface in every_surface():
        if "logout" in surface.route:
            continue
        response = client.get(surface.path())
        if response.streaming:
            b"".join(response)
        if "no-store" not in response.get("Cache-Control", ""):
            kept.append((surface, response.get("Cache-Control")))
    assert kept == []
