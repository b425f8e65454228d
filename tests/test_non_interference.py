"""What a person may not see changes nothing of what that person gets to see.

Everything a reader can ask for is asked, then secrets are made, changed and taken away, and everything is asked again: the
answers are the same to the byte. And an answer about a secret is the answer about nothing.
"""

import base64

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tests.secret import READERS, WORD, World
from tests.walk import addresses, heard, questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(signed_in):
    def client_of(world) -> Client:
        if world.reader is None:
            return Client(raise_request_exception=False)
        return signed_in(world.reader, raise_request_exception=False)

    return client_of


@pytest.fixture(autouse=True)
def _the_clock_stands(monkeypatch):
    """Some pages say of when they are."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


def everything(client, asked) -> dict[str, tuple]:
    """The answer to each address. What asking writes (who read what, which comment was seen) is taken back."""
    answers = {}
    with transaction.atomic():
        for address in asked:
            answers[address] = heard(client.get(address))
            client.cookies.pop("messages", None)
        transaction.set_rollback(True)
    return answers


def difference(before, after) -> str:
    """Where two answers part, for who has to find the leak."""
    if before[:2] != after[:2]:
        return f"{before[0]} {set(before[1]) ^ set(after[1])} {after[0]}"
    old, new = before[2].splitlines(), after[2].splitlines()
    place = next((number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new)))
    return f"{b' '.join(old[place : place + 1])[:160]!r} became {b' '.join(new[place : place + 1])[:160]!r}"


@pytest.mark.long
@pytest.mark.parametrize("name", READERS)
def test_a_secret_that_comes_changes_and_goes_is_not_noticed(name, sign_in):
    world = World(name)
    client = sign_in(world)
    asked = addresses(world)
    before = everything(client, asked + questions(world))
    broken = {address: answer[0] for address, answer in before.items() if answer[0] >= 500}
    assert broken == {}
    noticed = []
    for happens, again in ((world.hide, list(before)), (world.change_and_remove, asked)):
        happens()
        after = everything(client, again)
        parted = [address for address in again if before[address] != after[address]]
        noticed += [f"{happens.__name__}: {address}: {difference(before[address], after[address])}" for address in parted]
        noticed += [f"{happens.__name__}: {address} tells of it" for address, answer in after.items() if tells(answer, world, address)]
    assert not noticed, "\n".join(noticed)


def tells(answer, world, address) -> bool:
    """Whether an answer holds a word of a secret, in whatever dress. What was asked for may be repeated."""
    text = answer[2] + repr(answer[1]).encode()
    if WORD in address:
        text = text.replace(b"insider", b"")
        return any(record.reference.encode() in text for record in world.secrets)
    marks = [WORD, *(record.reference for record in world.secrets)]
    dressed = [mark.encode(code) for mark in marks for code in ("utf-8", "utf-16-le")] + [
        base64.b64encode(mark.encode())[:-4] for mark in marks
    ]
    return any(mark in text for mark in dressed)


@pytest.mark.parametrize("name", ["manager of another team", "administrator"])
def test_the_logs_do_not_grow_with_a_secret(name, sign_in):
    """Who changed and who read what: of a secret neither, not even as a number."""
    world = World(name)
    client = sign_in(world)
    asked = [
        f"/admin/history/{log}/{query}" for log in ("change", "access") for query in ("", "?q=Insider", "?o=-1", "?door__exact=database")
    ]
    before = everything(client, asked)
    world.hide(links=False)
    world.change_and_remove()
    after = everything(client, asked)
    assert {address: difference(before[address], after[address]) for address in asked if before[address] != after[address]} == {}
