"""Writing through the forms, and many people at once on the server as script/server starts it."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from bench import pages
from bench.clock import backends, worked_since
from bench.faults import day, enter, fields_of_new
from bench.figures import EVERYTHING, PART
from bench.measure import Told
from bench.people import browser, cookie, person
from bench.site import Answer, Person, Site, free_port

PEOPLE = (1, 8, 32)
REQUESTS = {1: 80, 8: 400, 32: 640}  # of all together; and so many seconds at most:
AT_MOST = 30.0
# A server that has just begun reads the sets behind its figures: this long is waited until it and the database rest.
QUIET, LOOKED, PATIENCE = 0.15, 2.0, 180.0  # seconds of processor time, within so many, at most so many
TEAM, TEAM_SECONDS, WRITERS, EACH = 10, 20.0, 20, 5
ELSEWHERE = Answer(-1, {}, b"", 0.0)  # what was saved is told apart from what was read
PAUSES = {"a second between clicks": 1.0, "no pause": 0.0}


def writes(told: Told) -> None:
    """A new record by the quick log, and a change by the full form, with all rules, the history and the search index."""
    client = browser(EVERYTHING)
    form = seen(client.get("/engagements/log/"))
    # Days of their own: others of the benchmark save visits of the same parties in the years from 1905 on.
    numbers = iter(range(22_000 + int(time.time()) % 10_000, 10**6))

    def fields() -> dict[str, Any]:
        number = next(numbers)
        return fields_of_new(form, f"Measured visit {number}", day(number))

    addresses: list[str] = []

    def create(data: dict[str, Any]) -> None:
        answer = client.post("/engagements/log/", data)
        if answer.status_code != 302:
            raise RuntimeError(f"not saved: {answer.status_code}")
        addresses.append(answer["Location"])

    def changed() -> dict[str, Any]:
        return seen(client.get(f"{addresses[0]}edit/")).form(title=f"Changed {next(numbers)}", summary="What was said, in other words.")

    def update(data: dict[str, Any]) -> None:
        answer = client.post(f"{addresses[0]}edit/", data)
        if answer.status_code != 302:
            raise RuntimeError(f"not saved: {answer.status_code}")

    told.measured("create", "quick log", create, prepare=fields, who=EVERYTHING)
    if addresses:
        told.measured("update", "full form", update, prepare=changed, who=EVERYTHING)
    told.measured("create", "quick log", lambda: plain_create(next(numbers)), who=EVERYTHING, by="plain")
    if connection.vendor == "postgresql" and addresses:
        bare_insert(told, addresses[0].strip("/").rpartition("/")[2])


def seen(answer: Any) -> Answer:
    """A page of the test client as the people of ``bench.site`` see it."""
    return Answer(answer.status_code, {}, answer.content, 0.0)


def plain_create(number: int) -> None:
    """The same record through the models, each validated: no form, no page, no look for twins; the triggers are the database's."""
    from catalog.models import Country, EngagementType, Strategy
    from catalog.partial_dates import PartialDate
    from engagements.models import Engagement, Participation, Source

    user = person(EVERYTHING)
    with transaction.atomic():
        made = Engagement(kind="engagement", type=EngagementType.objects.filter(kind="engagement").first(), team=user.own_teams[0],
                          title=f"Measured visit {number}", owner=user)  # fmt: skip
        made.starts = PartialDate.parse(day(number), first_year=1800)
        Engagement.objects.draw_again([made])
        made.full_clean(exclude=["reference"])
        made.save()
        made.strategies.add(Strategy.objects.first())
        for country in Country.objects.filter(code__in=["GHA", "USA"]):
            row = Participation(engagement=made, country=country)
            row.full_clean()
            row.save()
        Source.objects.create(engagement=made, title="Report of the visit")


def bare_insert(told: Told, reference: str) -> None:
    """The rows of one record into tables with the same columns and indexes, without triggers, keys elsewhere or history."""
    tables = {"engagements_engagement": "id"} | dict.fromkeys(
        ("engagements_participation", "engagements_engagement_strategies", "engagements_source"), "engagement_id"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM engagements_engagement WHERE reference = %s", [reference])
        key = cursor.fetchone()[0]
        for table in tables:
            cursor.execute(f"CREATE TEMPORARY TABLE bare_{table} (LIKE {table} INCLUDING ALL)")

    def emptied() -> None:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"TRUNCATE bare_{table}")

    def insert(_nothing: None) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, column in tables.items():
                cursor.execute(f"INSERT INTO bare_{table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} WHERE {column} = %s", [key])

    told.measured("create", "quick log", insert, prepare=emptied, who=EVERYTHING, by="limit")


# Over HTTP ---------------------------------------------------------------------------------------


def site_of_this_database(told: Told) -> Site:
    """The server, after what it does when it starts; that is a figure too."""
    from django.conf import settings

    began = time.perf_counter()
    site = Site(free_port(), Path(settings.DATA_DIR), os.environ.get("DATABASE_URL", ""))
    try:
        site.wait()
        ready = time.perf_counter() - began
        app, database = settle(site)
    except BaseException:
        site.stop()
        raise
    told.line("start", "server", app=app, database=database, ready=ready, warm=time.perf_counter() - began, memory=site.memory())
    return site


def settle(site: Site) -> tuple[float, float]:
    """Wait until the server and its backends rest; the processor time of each until then."""
    until, app, database = time.perf_counter() + PATIENCE, site.worked(), 0.0
    while time.perf_counter() < until:
        worked, served = site.worked(), backends()
        time.sleep(LOOKED)
        of_database = worked_since(served)
        database += of_database
        if site.worked() - worked + of_database < QUIET:
            break
    return site.worked() - app, database


def crowd(told: Told) -> None:
    """1, 8 and 32 people who read at once, none of whom may see everything."""
    known = pages.values()
    asked = [
        "/engagements/", f"/engagements/?country={known.often}", "/engagements/?region=m49:002&kind=training",
        f"/engagements/{known.typical}/", f"/search/?q={known.word_rarely}", "/engagements/?kind=exercise&sort=title",
        f"/engagements/{known.largest}/", "/",
    ]  # fmt: skip
    cookies, site = cookie(PART), site_of_this_database(told)
    try:
        run(site, [Person(site.port, dict(cookies)) for _ in range(4)], lambda me, n: me.get(asked[n % len(asked)]), 6)
        for people in PEOPLE:
            with told.caught("crowd", f"{people} at once", who=PART):
                crowd_of = [Person(site.port, dict(cookies)) for _ in range(people)]
                worked, served = site.worked(), backends()
                answers, seconds = run(site, crowd_of, lambda me, n: me.get(asked[n % len(asked)]), REQUESTS[people] // people)
                done = max(1, len(answers))
                told.line(
                    "crowd", f"{people} at once", who=PART, **spread(answers), app=(site.worked() - worked) / done,
                    database=worked_since(served) / done, a_second=done / seconds,
                    memory=site.memory(), calls=done, failures=failures(answers),
                )  # fmt: skip
    finally:
        site.stop()


def run(site: Site, people: list[Person], act: Callable[[Person, int], Answer | None], each: int) -> tuple[list[Answer], float]:
    """Each of ``people`` acts ``each`` times, or until ``act`` has nothing more, all at once; nothing begins after ``AT_MOST`` seconds."""
    answers: list[Answer] = []
    started = time.perf_counter()

    def live(number: int, me: Person) -> None:
        for turn in range(each):
            if time.perf_counter() - started > AT_MOST:
                break
            try:
                answer = act(me, number + turn)
                if answer is None:
                    break
                answers.append(answer)
            except OSError:
                answers.append(Answer(0, {}, b"", time.perf_counter() - started))
        me.close()

    threads = [threading.Thread(target=live, args=item) for item in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, time.perf_counter() - started


def spread(answers: list[Answer]) -> dict[str, float]:
    seconds = sorted(answer.seconds for answer in answers) or [0.0]
    return {"p50": seconds[len(seconds) // 2], "p95": seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))]}


def failures(answers: list[Answer], good: int = 200) -> str:
    return ", ".join(f"{n} x {status}" for status, n in sorted(Counter(a.status for a in answers).items()) if status != good)


def team(told: Told) -> None:
    """Ten people on one SQLite file who read and write, as people do and without a pause; then twenty who only write."""
    known = pages.values()
    country, record, words = f"/engagements/?country={known.often}", f"/engagements/{known.typical}/", f"/search/?q={known.word_often}"
    reads = ["/engagements/", country, record, "/", words]
    cookies, site = cookie(EVERYTHING), site_of_this_database(told)
    try:
        people = [Person(site.port, dict(cookies)) for _ in range(WRITERS)]
        forms = {id(me): me.get("/engagements/log/") for me in people}  # each with a token of its own
        numbers = iter(range(int(time.time()) % 20_000, 10**6))

        def line(case: str, answers: list[Answer], seconds: float, cpu: float, good: int = 200) -> None:
            told.line(
                "team", case, who=EVERYTHING, **spread(answers), app=cpu, database=0.0, calls=len(answers), memory=site.memory(),
                a_second=len(answers) / seconds, failures=failures(answers, good), locked=locked(site),
            )  # fmt: skip

        for name, pause in PAUSES.items():
            written: list[Answer] = []
            until = time.perf_counter() + TEAM_SECONDS

            def at_work(me: Person, turn: int, pause: float = pause, until: float = until, written: list[Answer] = written):
                time.sleep(pause)
                if time.perf_counter() > until:
                    return None
                if turn % 5:
                    return me.get(reads[(turn + turn // 5) % len(reads)])
                written.append(enter(me, forms[id(me)], next(numbers)))
                return ELSEWHERE

            worked = site.worked()
            answers, seconds = run(site, people[:TEAM], at_work, 200)
            read = [answer for answer in answers if answer is not ELSEWHERE]
            cpu = (site.worked() - worked) / max(1, len(answers))  # of both alike
            line(f"{TEAM} people, {name}: reading", read, seconds, cpu)
            line(f"{TEAM} people, {name}: saving", written, seconds, cpu, 302)
        worked = site.worked()
        saved, seconds = run(site, people, lambda me, _turn: enter(me, forms[id(me)], next(numbers)), EACH)
        line(f"{WRITERS} people who only save", saved, seconds, (site.worked() - worked) / max(1, len(saved)), 302)
    finally:
        site.stop()


def locked(site: Site) -> int:
    """How often the log says that the database was locked."""
    return (site.folder / "server.log").read_text(errors="replace").count("database is locked")
