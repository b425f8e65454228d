"""What goes wrong while a file is downloaded, done to a running site from outside: faults X2 and X3 of ``script/faults``."""

import contextlib
import csv
import http.client
import io
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.site import Person, Site

PATH = "/engagements/export/?layout=participations"
MOMENTS = (0.05, 0.2, 0.6)  # seconds from the request to the fault; and once when the first byte has come
BACK = 15  # seconds in which the site has to answer again
Said = tuple[bool, str]


def killed(site: Site) -> Said:
    """X2: the processes that answer are killed amid an export. A file is whole, or the browser is told that it is not."""
    return _amid(site, lambda: _kill(site))


def restarted(site: Site) -> Said:
    """X3: the database stops at once and starts again amid an export."""
    return _amid(site, restart, quiet=2.0)


def restart() -> None:
    """The PostgreSQL that script/faults started for itself, restarted without waiting for anybody."""
    program, folder, account = os.environ["FAULTS_POSTGRESQL"].split("|")
    subprocess.run(
        [program, "-D", folder, "-m", "immediate", "-w", "restart", "-l", f"{Path(folder).parent}/server.log"],
        check=True, capture_output=True, cwd="/", user=account or None, group=account or None, extra_groups=[] if account else None,
    )  # fmt: skip


def _amid(site: Site, fault: Callable[[], None], quiet: float = 0.0) -> Said:
    """``quiet``: seconds after the fault from which on no request may fail."""
    person = site.sign_in("analyst")
    whole = _rows(_download(person))
    good, told = whole > 1_000, []
    for moment in (*MOMENTS, None):
        line = person.another()
        if moment is None:
            said = _download(line, at_first_byte=fault)
        else:
            timer = threading.Timer(moment, fault)
            timer.start()
            said = _download(line)
            timer.join()
        found = "whole" if isinstance(said, str) and _rows(said) == whole else "broken" if said is None else str(said)[:40]
        back = _back(person)
        time.sleep(quiet)
        after = [_asked(person.another(), "/engagements/") for _ in range(20)]
        refused = isinstance(said, int) and said >= 500
        good = good and (found in {"whole", "broken"} or refused) and back < BACK and set(after) == {200}
        told.append(
            f"{'first byte' if moment is None else f'{moment} s'}: {found}, back {back:.1f} s after, then 20 x {sorted(set(after))}"
        )
    again = _rows(_download(person.another()))
    return good and again == whole, f"{whole} rows; " + "; ".join(told) + f"; at last {again} rows"


def _download(person: Person, at_first_byte: Callable[[], None] | None = None) -> str | int | None:
    """The text of the file; a status where there is none; None where the line broke, so that a browser says so."""
    line = http.client.HTTPConnection("127.0.0.1", person.port, timeout=120)
    cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    try:
        line.request("GET", PATH, headers={"Cookie": cookies, "Host": f"127.0.0.1:{person.port}"})
        answer = line.getresponse()
        content = answer.read(1)
        if at_first_byte is not None:
            at_first_byte()
        content += answer.read()
        return content.decode() if answer.status == 200 else answer.status
    except (http.client.HTTPException, OSError):
        return None
    finally:
        line.close()


def _rows(text: str | int | None) -> int:
    return sum(1 for _row in csv.reader(io.StringIO(text))) - 1 if isinstance(text, str) else -1


def _asked(person: Person, path: str) -> int:
    with contextlib.suppress(http.client.HTTPException, OSError):
        return person.get(path).status
    return 0


def _back(person: Person) -> float:
    """Seconds until the site answers again."""
    began = time.monotonic()
    while time.monotonic() - began < 4 * BACK and _asked(person.another(), "/readyz") != 200:
        time.sleep(0.2)
    return time.monotonic() - began


def _kill(site: Site) -> None:
    """All processes that answer requests; not the one that starts them again, as a server is kept by its own."""
    for pid in site.workers()[1:]:
        with contextlib.suppress(OSError):
            said = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"keep_working" not in said and b"db_worker" not in said and b"resource_tracker" not in said and b"sleep" not in said:
                os.kill(pid, signal.SIGKILL)
