"""No request breaks a page, drops the connection, or is told of the program's inside. ``FUZZ_REQUESTS=40000`` asks more of it.

``FUZZ_SECONDS`` ends a long run early; its report says how many requests were sent.
"""

import os
import sys

from django.test import Client

from tests.full_register import full_register
from tests.fuzz import NOBODY, Fuzz, known_values

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "400"))


def test_no_request_breaks_a_page_or_gives_anything_away(people, signed_in, capsys):
    register = full_register(people)

    def sign_in(role):
        if role == NOBODY:
            return Client(raise_request_exception=False)
        person = getattr(people, role)
        person.save()  # as it was, should the administrator have changed the account
        return signed_in(person, raise_request_exception=False)

    report = Fuzz(seed=int(os.environ.get("FUZZ_SEED", "1")), sign_in=sign_in, known=known_values(register.records, register.entries)).run(
        REQUESTS, seconds=float(os.environ.get("FUZZ_SECONDS", "inf"))
    )

    if "FUZZ_REQUESTS" in os.environ:
        with capsys.disabled():
            sys.stdout.write(f"\n{report}\n")
    assert report.failures[:10] == []
    assert report.given_away[:10] == []
    # The requests reach the pages: were all refused at the door, the rest would say nothing.
    done = sum(report.statuses.values())
    assert report.statuses["200"] > done // 8
    assert report.statuses["302"] > done // 20
