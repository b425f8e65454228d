"""No input breaks a page: whatever is asked or posted, the answer is a page with a sentence, on both databases."""

import random

import pytest

from engagements.filters import EngagementFilter
from tests import make
from tests.engagements.forms import posted, send

NASTY = [
    "", " ", "0", "-1", "1e400", "NaN", "10" * 20, "１２", "1_000", "\x00", "a\x00b", "\x1b[31m", "\ud800", "é" * 400, "%", "%_%" * 40,
    "(a+)+$", '"unclosed', ":*", "NEAR(", "' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "9999-12-31",
    "10000-01-01", "2024-02-30", "31 Feb 2024", "open", "unknown", "true", "null", "[]", "{}", "ENG-2026-00000", "m49:002", "USA",
    "\u202e", "\u200b", "a\r\nX: y", "Poland (POL)", ";" * 50, "x" * 3000,
]  # fmt: skip


@pytest.fixture
def client(people, signed_in):
    return signed_in(people.manager, raise_request_exception=False)


@pytest.mark.parametrize("name", [*EngagementFilter.base_filters, "page", "page_size", "columns", "layout", "format", "nonsense"])
def test_no_value_of_a_parameter_breaks_the_list(client, name):
    make.engagement(countries=[make.country(), make.country()], starts="2020", strategies=[make.strategy()])
    # Each name meets a part of the list; together the names meet all of it several times.
    for value in random.Random(name).sample(NASTY, 9):
        safe = value.encode("utf-8", "surrogatepass")
        response = client.get("/engagements/", QUERY_STRING=f"{name}=" + "".join(f"%{byte:02x}" for byte in safe))
        assert response.status_code < 500, (name, value)


def test_no_value_breaks_the_quick_form_or_the_suggestions(client):
    make.type(kind="engagement")
    make.strategy()
    filled = posted(client.get("/engagements/log/"))
    fields = [name for name in filled if name not in {"csrfmiddlewaretoken"}]
    chance = random.Random(7)
    for value in NASTY:
        safe = value.encode("utf-8", "replace").decode()
        for name in [chance.choice(fields), chance.choice(["participants-TOTAL_FORMS", "add-row", "type", "starts"])]:
            response = send(client, "/engagements/log/", filled | {name: [safe]})
            assert response.status_code < 500, (name, value)
        for address in ("/suggest/", "/engagements/suggest/"):
            assert client.get(address, {"q": safe, "kind": safe}).status_code < 500, (address, value)


def test_no_value_breaks_the_full_form(client, people):
    made = make.engagement(kind="peacekeeping", team=people.team, strategies=[make.strategy()])
    make.participation(made, country=make.country())
    make.outcome(made)
    address = f"{made.get_absolute_url()}edit/"
    filled = posted(client.get(address))
    fields = [name for name in filled if name != "csrfmiddlewaretoken"]
    chance = random.Random(11)
    # Three in one request, each in a field of its own: the form reads all of them, and is drawn once.
    for values in (NASTY[place : place + 3] for place in range(0, len(NASTY), 3)):
        safe = [[value.encode("utf-8", "replace").decode()] for value in values]
        changed = dict(zip(chance.sample(fields, len(safe)), safe, strict=True))
        assert send(client, address, filled | changed).status_code < 500, changed
    for _time in range(6):
        left_out = chance.sample(fields, 4)
        without = {other: value for other, value in filled.items() if other not in left_out}
        assert send(client, address, without).status_code < 500, left_out


@pytest.mark.parametrize("body", [b"", b"=", b"&&&&", b"a=%ff%fe", b"\xff\xfe", b"version=" + b"9" * 500])
def test_no_body_breaks_a_form(client, body):
    assert client.post("/engagements/log/", body, content_type="application/x-www-form-urlencoded").status_code < 500
    assert client.post("/engagements/log/", body, content_type="application/json").status_code < 500


@pytest.mark.parametrize(("year", "is_right"), [(1899, False), (1900, True), (2200, True), (2201, False)])
def test_a_plain_day_lies_between_1900_and_2200(client, people, year, is_right):
    made = make.engagement(team=people.team, strategies=[make.strategy()])
    address = f"{made.get_absolute_url()}edit/"
    response = send(client, address, posted(client.get(address), review_on=f"{year}-06-01"))
    assert (response.status_code == 302) is is_right
