"""What goes wrong in an office, done to a running site from outside: ``script/faults`` (docs/security.md has the figures).

Each fault is one function that gives its figures and whether all was as promised; one line is printed for each.
"""

import contextlib
import datetime as dt
import os
import re
import select
import socket
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

from bench import export_faults
from bench.import_faults import killed, restarted, twice
from bench.site import Answer, Person, Site, running

AT_ONCE, EACH, READERS = 20, 15, 4
GIGABYTE = 1024**3
NEW = re.compile(r"/engagements/(ENG-\d{4}-[0-9A-Z]{5})/$")
Said = tuple[bool, str]
run_number = iter(range(1, 10_000))


# Records to do it to -----------------------------------------------------------------------------


def fields_of_new(page: Answer, title: str, starts: str, **more) -> dict[str, list[str]]:
    """The full form of an engagement, filled with what is asked of a new record, and a source."""
    types = re.findall(r'<option value="(\d+)"', page.text.partition('name="type"')[2].partition("</select>")[0])
    strategies = re.findall(r'name="strategies" value="(\d+)"', page.text) or re.findall(r'value="(\d+)"[^>]*name="strategies"', page.text)
    return page.form(
        **{
            "type": types[0], "title": title, "starts": starts, "strategies": strategies[:1], "participants-0-party": "Ghana (GHA)",
            "participants-1-party": "United States (USA)", "sources-0-title": "Report of the visit", **more,
        }
    )  # fmt: skip


def day(number: int) -> str:
    return str(dt.date(1905, 1, 1) + dt.timedelta(days=number))


def enter(person: Person, page: Answer, number: int) -> Answer:
    """Save a new record. Each has days of its own: none looks like a twin of another."""
    return person.post("/engagements/log/", fields_of_new(page, f"Visit {number}", day(number)))


def a_record(person: Person) -> str:
    """The address of a new record."""
    answer = enter(person, person.get("/engagements/log/"), next(run_number))
    if answer.status != 302 or not NEW.search(answer.location):
        raise SystemExit(f"No record could be made: {answer.status} {re.findall('errmsg.*?</p>', answer.text)[:3]}")
    return answer.location


def crowd(site: Site, name: str, people: int = AT_ONCE) -> list[Person]:
    first = site.sign_in(name)
    return [first, *(first.another() for _ in range(people - 1))]


def together(people: list[Person], act: Callable[[int, Person], Answer]) -> list[Answer]:
    """Everybody does it at the same moment."""
    ready, answers = threading.Barrier(len(people)), [None] * len(people)

    def run(number, person):
        ready.wait(60)
        answers[number] = act(number, person)

    threads = [threading.Thread(target=run, args=item) for item in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer if answer is not None else Answer(0, {}, b"", 0.0) for answer in answers]


def statuses(answers: list[Answer]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(Counter(answer.status for answer in answers).items()))


def version_of(person: Person, record: str) -> int:
    return int(re.search(r"version (\d+), all changes", person.get(record).text)[1])


def entries_of(person: Person, record: str) -> int:
    return person.get(f"{record}history/").text.count('<section class="entry">')


# The faults --------------------------------------------------------------------------------------


def two_editors(site: Site) -> Said:
    """X5: two people save the same form; and one sends it without the version."""
    first, second = site.sign_in("analyst"), site.sign_in("manager")
    record = a_record(first)
    forms = [person.get(f"{record}edit/") for person in (first, second)]
    saved = first.post(f"{record}edit/", forms[0].form(title="By the first", place="Accra"))
    refused = second.post(f"{record}edit/", forms[1].form(title="By the second", place="Kumasi", summary="A long text of the second."))
    unsaid = second.post(f"{record}edit/", forms[1].form(title="Without a version", version=None))
    stands = first.get(record).text
    has_both = all(text in refused.text for text in ("By the first", "By the second", "A long text of the second."))
    good = (saved.status, refused.status, unsaid.status) == (302, 409, 409) and has_both and "By the first" in stands
    good = good and "By the second" not in stands and "Without a version" not in stands
    return good, f"first {saved.status}, second {refused.status} with both texts: {has_both}, without version {unsaid.status}"


def one_version(site: Site) -> Said:
    """X6: 20 saves on one version, 20 approvals, 20 new records with one name in another system, 20 new records."""
    people, managers = crowd(site, "analyst"), crowd(site, "manager")
    record = a_record(people[0])
    page, before = people[0].get(f"{record}edit/"), entries_of(people[0], record)
    saves = together(people, lambda number, person: person.post(f"{record}edit/", page.form(title=f"By number {number}")))
    version, entries = version_of(people[0], record), entries_of(people[0], record) - before
    people[0].post(f"{record}submit/", {"version": str(version)})
    approvals = together(managers, lambda _number, person: person.post(f"{record}verify/", {"version": str(version + 1)}))
    approved, steps = version_of(managers[0], record), entries_of(people[0], record) - before - entries - 1
    named = {"identifiers-TOTAL_FORMS": "1", "identifiers-0-system": "other-office", "identifiers-0-value": f"N-{next(run_number)}"}
    full = people[0].get("/engagements/new/?kind=engagement")
    numbers = [next(run_number) for _ in people]
    same = together(
        people,
        lambda number, person: person.post(
            "/engagements/new/?kind=engagement",
            fields_of_new(full, f"Talks {numbers[number]}", day(numbers[number]), **named),
        ),
    )
    log = people[0].get("/engagements/log/")
    numbers = [next(run_number) for _ in people]
    new = together(people, lambda number, person: enter(person, log, numbers[number]))
    references = {answer.location for answer in new if answer.status == 302}
    counts = [sum(answer.status == 302 for answer in answers) for answers in (saves, same)]
    wins = sum(answer.status == 302 and "history" not in answer.location for answer in approvals)
    none_broke = not any(answer.status >= 500 or answer.status == 0 for answer in [*saves, *approvals, *same, *new])
    good = (
        counts == [1, 1] and wins == 1 and (version, entries, approved, steps) == (2, 1, 4, 1) and len(references) == AT_ONCE and none_broke
    )
    return good, (
        f"saves {statuses(saves)}, version {version}, {entries} entry; approvals taken {wins} ({statuses(approvals)}), {steps} entry; "
        f"same name {counts[1]} stored ({statuses(same)}); new records {len(references)} references"
    )


def many_writers(site: Site) -> Said:
    """X7 (SQLite) and X8 (PostgreSQL): 20 writers of 15 records each, and 4 people who read meanwhile."""
    writers, readers = crowd(site, "analyst"), crowd(site, "viewer", READERS)
    page = writers[0].get("/engagements/log/")
    numbers = [[next(run_number) for _ in range(EACH)] for _ in writers]
    written, read, done = [], [], threading.Event()

    def write(own, person):
        for number in own:
            written.append(enter(person, page, number))

    def look(person):
        while not done.is_set():
            for path in ("/", "/engagements/", "/engagements/?kind=exercise", "/reports/"):
                read.append(person.get(path))

    began, worked = time.perf_counter(), site.worked()
    looking = [threading.Thread(target=look, args=[person]) for person in readers]
    writing = [threading.Thread(target=write, args=item) for item in zip(numbers, writers, strict=True)]
    for thread in [*looking, *writing]:
        thread.start()
    for thread in writing:
        thread.join()
    seconds, worked = time.perf_counter() - began, site.worked() - worked
    done.set()
    for thread in looking:
        thread.join()
    stored = {answer.location for answer in written if answer.status == 302 and NEW.search(answer.location)}
    there = sum(writers[0].get(path).status == 200 for path in sorted(stored))
    slow, slow_read, slowest = p95(written), p95(read), max(answer.seconds for answer in written)
    broken = sum(answer.status >= 500 for answer in [*written, *read])
    good = len(stored) == there == AT_ONCE * EACH and broken == 0
    return good, (
        f"{there} of {AT_ONCE * EACH} stored in {seconds:.0f} s ({worked:.0f} s of processor), {broken} server errors; "
        f"saving p95 {slow:.1f} s, longest {slowest:.1f} s; {len(read)} pages read, p95 {slow_read:.1f} s"
    )


def p95(answers: list[Answer]) -> float:
    return statistics.quantiles([answer.seconds for answer in answers], n=20)[-1]


def cut_off(site: Site) -> Said:
    """X11: 10 uploads that stop half-way, and 40 downloads whose reader goes away."""
    person = site.sign_in("analyst")
    record = a_record(person)
    person.get(f"{record}attachments/")
    workers, boundary, token = len(site.workers()), "cut0ff", person.cookies["csrftoken"]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n--{boundary}\r\n'
        f'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    ).encode()
    for _ in range(10):
        said = (f"Content-Length: {len(head) + 10_000_000}", f"Content-Type: multipart/form-data; boundary={boundary}")
        line = a_line(site, person, "POST", f"{record}attachments/", *said)
        line.sendall(head + b"Minutes of the talks. " * 200_000)
        line.close()
    for number in range(40):
        line = a_line(site, person, "GET", "/engagements/export/" if number % 2 else "/engagements/export/?layout=participations")
        line.recv(64)
        line.close()
    alive, waited = person.get("/healthz"), time.perf_counter()
    while site.on_disk("tmp") and time.perf_counter() - waited < 30:
        time.sleep(0.5)
    page = person.get(f"{record}attachments/")
    rows = page.text.count('class="sub filename"')
    left = site.on_disk("tmp", "attachments")
    lost = workers - len(site.workers())
    again = person.get("/engagements/export/")
    good = alive.status == 200 and alive.seconds < 5 and rows == 0 and left == 0 and lost == 0 and again.status == 200
    good = good and len(again.content) == int(again.headers["content-length"])
    return good, (
        f"{rows} files on the record, {left} bytes left on the disk, {lost} processes lost, /healthz after it {alive.seconds:.2f} s, "
        f"next download whole ({len(again.content) // 1024} kB)"
    )


def a_line(site: Site, person: Person, method: str, path: str, *said: str) -> socket.socket:
    """A bare connection on which a request has begun; ``said`` are further lines of its head."""
    cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    line = socket.create_connection(("127.0.0.1", site.port), timeout=60)
    line.sendall("\r\n".join([f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"Cookie: {cookies}", *said, "", ""]).encode())
    return line


def a_gigabyte(site: Site) -> Said:
    """X12: a file of 1 GB, once with its length said and once in pieces without."""
    person = site.sign_in("analyst")
    record = a_record(person)
    before, disk = site.memory(), site.on_disk("tmp", "attachments")
    told, good = [], True
    for name in ("with its length", "in pieces"):
        peak, sent, status, seconds = _send_gigabyte(site, person, f"{record}attachments/", in_pieces=name == "in pieces")
        grown, left = peak - before, site.on_disk("tmp", "attachments") - disk
        good = good and status == (411 if name == "in pieces" else 413) and grown < 64 * 1024**2 and left == 0
        told.append(f"{name}: {status} after {sent // 1024**2} MB in {seconds:.1f} s, memory +{max(grown, 0) // 1024**2} MB, disk +{left}")
    alive = person.get("/healthz")
    return good and alive.status == 200, "; ".join(told)


def _send_gigabyte(site: Site, person: Person, path: str, *, in_pieces: bool) -> tuple[int, int, int, float]:
    """The most memory that the server had meanwhile, the bytes that it took, its answer, and the seconds."""
    length = "Transfer-Encoding: chunked" if in_pieces else f"Content-Length: {GIGABYTE}"
    began, peak, sent, heard = time.perf_counter(), site.memory(), 0, b""
    block = b"x" * 1024**2
    piece = b"%x\r\n" % len(block) + block + b"\r\n" if in_pieces else block
    with contextlib.closing(a_line(site, person, "POST", path, "Content-Type: multipart/form-data; boundary=big", length)) as line:
        with contextlib.suppress(OSError):  # the server hangs up: what it said is still to be read
            while sent < GIGABYTE and not select.select([line], [], [], 0)[0]:
                line.sendall(piece)
                sent += len(block)
                peak = max(peak, site.memory()) if sent % (16 * len(block)) == 0 else peak
            if in_pieces and sent == GIGABYTE:
                line.sendall(b"0\r\n\r\n")
        with contextlib.suppress(OSError):
            heard = line.recv(4096)
    found = re.match(rb"HTTP/1\.1 (\d{3})", heard)
    return max(peak, site.memory()), sent, int(found[1]) if found else 0, time.perf_counter() - began


FAULTS = {
    "X1": ("the worker of an import killed", killed),
    "X2": ("the site killed amid an export", export_faults.killed),
    "X3": ("the database restarted amid an export", export_faults.restarted),
    "X4": ("the database restarted amid an import", restarted),
    "X5": ("two editors", two_editors),
    "X6": ("20 at once on one thing", one_version),
    "X7": ("20 writers of 15, 4 readers", many_writers),
    "X11": ("uploads and downloads cut off", cut_off),
    "X12": ("1 GB sent", a_gigabyte),
    "X19": ("one file imported twice at once", twice),
}
OF_A_RESTART = {"X3", "X4"}  # only where script/faults started the database; the log says that it was away


def main(asked: list[str]) -> int:
    failed = 0
    for url in filter(None, ["sqlite", os.environ.get("DATABASE_URL", "")]):
        with running("" if url == "sqlite" else url) as site:
            sys.stdout.write(f"{site.kind}: {os.cpu_count()} processors, load before it began {os.getloadavg()[0]:.1f}\n")
            for number, (title, fault) in FAULTS.items():
                name = "X8" if number == "X7" and site.database else number
                if (asked and name not in asked) or (number in OF_A_RESTART and not (site.database and "FAULTS_POSTGRESQL" in os.environ)):
                    continue
                before = site.errors()
                good, figures = fault(site)
                errors = site.errors() - before
                good = good and (errors == 0 or number in OF_A_RESTART)
                failed += not good
                sys.stdout.write(f"{name:4} {site.kind:10} {'ok ' if good else 'NOT'}  {title}: {figures}; {errors} errors in the log\n")
                sys.stdout.flush()
    if not os.environ.get("DATABASE_URL"):
        sys.stdout.write("Without PostgreSQL on SQLite only.\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
