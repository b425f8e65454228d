"""What goes wrong while a file is imported, done to a running site from outside: faults X1 and X19 of ``script/faults``."""

import contextlib
import csv
import io
import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from bench.export_faults import restart
from bench.site import Answer, Person, Site

LINES = 4_000
AFTER = (0.3, 0.8, 1.5)  # seconds from the beginning of the writing to the fault
Said = tuple[bool, str]
MAPPING = {
    "entente_mapping": 1,
    "name": "Faults",
    "constants": {"status": "completed", "type": "staff_talks", "strategies": ["dialogue_trust"]},
    "columns": [
        {"column": "number", "to": "ignore"},
        {"column": "title", "to": "title"},
        {"column": "start", "to": "starts", "order": "ymd"},
        {"column": "parties", "to": "participant", "split": ";"},
    ],
    "identity": ["number"],
}


def killed(site: Site) -> Said:
    """X1: the worker is killed while it writes a file of 4,000; the batch says so, and the file comes in again."""

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(_worker(site), signal.SIGKILL)

    return _amid(site, "killed", kill)


def restarted(site: Site) -> Said:
    """X4: the database stops at once and starts again while a file of 4,000 is written."""
    return _amid(site, "restarted", restart)


def _amid(site: Site, name: str, fault: Callable[[], None]) -> Said:
    """All of the file or nothing, said within a minute; where it was nothing, all of it the next time."""
    person = site.sign_in("analyst")
    told, good = [], True
    for number, seconds in enumerate(AFTER):
        own = f"{name}{number}"
        batch = _checked(person, own)
        _press(person, batch, "commit")
        _begun(person, batch)
        time.sleep(seconds)
        fault()
        began = time.perf_counter()
        state = _settled(person, batch)
        waited, found = time.perf_counter() - began, _records(person, own)
        good = good and found == (LINES if state == "done" else 0) and state in {"failed", "done"} and waited < 60
        told.append(f"{seconds} s: {state} after {waited:.0f} s, {found} records")
        if state != "done":
            _press(person, batch, "check")
            _settled(person, batch)
            _press(person, batch, "commit")
            state, found = _settled(person, batch), _records(person, own)
            good = good and (state, found) == ("done", LINES)
            told[-1] += f", again {state}, {found}"
    return good, "; ".join(told)


def _begun(person: Person, batch: str, seconds: float = 60) -> None:
    """Wait until the worker has taken the writing up."""
    until = time.monotonic() + seconds
    while "It waits for its turn" in _page(person, batch).text and time.monotonic() < until:
        time.sleep(0.05)


def twice(site: Site) -> Said:
    """X19: one file that two browsers bring in and write at once, and once more later."""
    person = site.sign_in("analyst")
    batches = [_checked(person, "twice"), _checked(person.another(), "twice")]
    for batch in batches:
        _press(person, batch, "commit")
    states = sorted(_settled(person, batch) for batch in batches)
    found = _records(person, "twice")
    later = _page(person, _checked(person, "twice")).text
    unchanged = re.search(r"outcome=unchanged\">([0-9,]+)<", later)
    again = int(unchanged[1].replace(",", "")) if unchanged else 0
    return (found, again) == (LINES, LINES), f"{' and '.join(states)}, {found} records; later {again} of them on record already"


def _checked(person: Person, name: str) -> str:
    """The address of a batch whose file was sent, mapped and checked."""
    table = "number,title,start,parties\r\n" + "".join(
        f"{name}-{number},Talks {name} {number},20{number % 20 + 5:02}-{number % 12 + 1:02}-{number % 28 + 1:02},Poland; Norway\r\n"
        for number in range(LINES)
    )
    team = re.search(r'name="team".*?<option value="(\d+)"', person.get("/imports/new/").text, re.DOTALL)
    fields = {"team": team[1] if team else "", "handling": "official", "review_state": "draft", "mapping": ""}
    sent = _send(person, "/imports/new/", fields, f"{name}.csv", table.encode())
    batch = sent.location.removesuffix("file/")
    if not re.fullmatch(r"/imports/\w{10}/", batch):
        raise SystemExit(f"The file was not taken: {sent.status} {sent.location}")
    _send(person, f"{batch}mapping/", {"do": "send"}, "mapping.json", json.dumps(MAPPING).encode())
    person.post(f"{batch}mapping/", {"do": "check"})
    if (state := _settled(person, batch)) != "checked":
        raise SystemExit(f"The file was not checked: {state}")
    return batch


def _send(person: Person, path: str, fields: dict[str, str], name: str, content: bytes) -> Answer:
    """A form with a file."""
    mark = "f0rm"
    fields = {"csrfmiddlewaretoken": person.cookies["csrftoken"]} | fields
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'.encode()
    body = b"".join([*parts, head, content, f"\r\n--{mark}--\r\n".encode()])
    return person.ask("POST", path, body, **{"Content-Type": f"multipart/form-data; boundary={mark}"})


def _page(person: Person, batch: str) -> Answer:
    return person.get(batch)


def _press(person: Person, batch: str, button: str) -> None:
    plan = re.search(r'name="plan" value="([0-9a-f]*)"', _page(person, batch).text)
    person.post(f"{batch}do/{button}/", {"plan": plan[1] if plan else ""})


STATES = {"Checked": "checked", "Failed": "failed", "Written": "done", "Questions": "questions", "Cancelled": "cancelled"}


def _settled(person: Person, batch: str, seconds: float = 300) -> str:
    """What became of the batch, once it is not at work any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        text = _page(person, batch).text
        if 'hx-get="' + f"{batch}progress/" not in text:
            said = re.search(r'class="state[^"]*"[^>]*>(?:<svg.*?</svg>)?\s*([A-Z][a-z ]+)', text)
            return STATES.get(said[1].strip(), said[1].strip()) if said else "unknown"
        time.sleep(0.5)
    return "still at work"


def _records(person: Person, name: str) -> int:
    """How many records of the file the person sees. Asked for by its name: all records are too many for a file that is sent at once."""
    until = time.monotonic() + 30
    while (answer := person.get(f"/engagements/export/?q={name}")).status != 200 and time.monotonic() < until:
        time.sleep(0.5)  # the database is just coming back
    table = csv.DictReader(io.StringIO(answer.text))
    return sum(row["title"].startswith(f"Talks {name} ") for row in table)


def _worker(site: Site) -> int:
    for pid in site.workers():
        with contextlib.suppress(OSError):
            if b"db_worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    raise ProcessLookupError
