"""Many people at the same moment: threads with connections of their own, held back until all are ready."""

import threading
from collections.abc import Callable

from django.db import connection

AT_ONCE = 20


def all_at_once(work: Callable[[int], object], people: int = AT_ONCE) -> list[Exception]:
    """``work(number)`` in as many threads as there are people; what went wrong."""
    return each_then_at_once(lambda number: number, work, people)


def each_then_at_once(prepare: Callable[[int], object], work: Callable, people: int = AT_ONCE) -> list[Exception]:
    """Everybody prepares, as a person opens a form; then all do ``work(what was prepared)`` at once. What went wrong."""
    together, wrong = threading.Barrier(people), []

    def run(number):
        try:
            ready = prepare(number)
            together.wait(timeout=60)
            work(ready)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong
