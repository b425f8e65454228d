"""How script/bench takes the time of one piece of work."""

import time

import pytest
from django.db import connection

from bench.clock import sample

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def asks(*numbers):
    """Work that sends so many queries at its first call, its second, and so on; the last for all that follow."""
    left = list(numbers)

    def work():
        with connection.cursor() as cursor:
            for _query in range(left.pop(0) if len(left) > 1 else left[0]):
                cursor.execute("SELECT 1")

    return work


def test_queries_are_those_of_a_call_that_finds_its_caches_filled():
    assert sample(asks(9, 4), budget=0.0).queries == 4


def test_the_first_call_is_told_apart_from_the_median():
    seconds = iter([0.05, *[0.0] * 99])

    def work():
        until = time.process_time() + next(seconds)
        while time.process_time() < until:
            pass

    found = sample(work, budget=0.02, most=5)
    assert found.first >= 0.05
    assert found.app < 0.01


@pytest.mark.parametrize(("how", "calls"), [({}, 2), ({"is_once": True}, 1), ({"patience": 0.0}, 1)])
def test_what_takes_long_is_called_once(how, calls):
    made = []
    sample(lambda: made.append(time.sleep(0.01)), budget=0.0, **how)
    assert len(made) == calls
