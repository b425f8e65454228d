"""Hostile requests over every surface, the same for the same seed: queries, paths, forms, bodies, methods and headers.

``run(...)`` sends them and says what came back. The suite sends some hundred; ``FUZZ_REQUESTS=40000`` sends as many (docs/figures.md).
"""

import json
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

from django.conf import settings
from django.test import Client

from catalog.registry import LISTS
from engagements.filters import PAGE_PARAMETERS, EngagementFilter
from history.models import Change
from tests.surfaces import ALL, every_surface

HOSTILE = [
    "", " ", "\t", "0", "-1", "+1", "01", "1e400", "NaN", "Infinity", "10" * 20, str(2**31), str(2**63), str(-(2**63) - 1), "１２", "١٢",
    "1_000", "1.5", "0x10", "\x00", "a\x00b", "\x01", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffd", "\ud800",
    "\udfff\ud800", "a\u0301" * 40, "é" * 400, "🏴\U000e0067" * 9, "%", "_", "\\", "%_%" * 40, "(a+)+$" * 9, "[", "*", '"unclosed', ":*",
    "NEAR(", "AND OR NOT", "a:b:c", "' OR 1=1 --", "'; DROP TABLE x", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "{{7*7}}", "{% debug %}", "${7*7}", "%s%s%s%n", "../../etc/passwd", "..%2f", "/", "//", "9999-12-31", "10000-01-01", "0000-00-00",
    "2024-02-30", "31 Feb 2024", "2024-W01-1", "Mar", "open", "unknown", "true", "null", "None", "[]", "{}", '{"a":' * 50,
    "ENG-2026-00000", "eng-2026-aaaaa", "m49:002", "m49:", ":002", "USA", "me", "\u202e", "\u200b", "a\r\nX: y", "Poland (POL)",
    "(((((", ";" * 50, "x" * 3000, "x" * 301, "; ".join(["USA"] * 60), "https://evil.example/", "javascript:alert(1)", "http://[::1",
    "//evil.example", "mailto:a@b",
]  # fmt: skip
LOOKUPS = [
    "", "__exact", "__in", "__isnull", "__gte", "__lt", "__regex", "__iregex", "__startswith", "__year__range", "__year", "__id__exact",
    "__password", "__contains", "__range", "__date", "__unaccent", "__",
]  # fmt: skip
COLUMNS = [
    "id", "pk", "title", "kind", "starts_on", "created_by", "created_by__password", "team", "type", "status", "review_state",
    "handling", "code", "name", "retired_on", "key", "role", "clearance", "is_active", "engagement", "password", "nonsense", "version",
    "scheme", "country", "organization",
]  # fmt: skip
ADMIN = [
    "o", "p", "q", "all", "e", "_facets", "_changelist_filters", "_popup", "_to_field", "_source_model", "app_label", "model_name",
    "field_name", "term", "next",
]  # fmt: skip
OTHERS = [
    "q", "sort", "page", "retired", "kind", "copy", "text", "into", "next", "tab", "id", "reason", "version", "nonsense", "__proto__",
    "a[]", "",
]  # fmt: skip
LISTED = [*EngagementFilter.base_filters, *PAGE_PARAMETERS]
METHODS = ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "FOO"]
TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/json",
    "text/plain; charset=utf-16", "application/x-www-form-urlencoded; charset=nonsense", "application/xml", "", "x" * 300,
]  # fmt: skip
BODIES = [
    b"", b"=", b"&" * 300, b"a=%ff%fe", b"\xff\xfe\x00", b"[" * 5000, b'{"a":NaN}', b"--x\r\n", b"--x--\r\n", b"a=1&" * 5001,
    b"version=" + b"9" * 500,
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../a\x00.svg"\r\n\r\n<svg onload=alert(1)>\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n',
]  # fmt: skip
HEADERS = [{}] * 60 + [
    {"HX-Request": "true"}, {"HX-Request": "true", "HX-Current-URL": "http://[::1"}, {"Accept-Language": "fr;q=9,,;*" * 50},
    {"Host": "evil.example"}, {"Host": "a b"}, {"If-None-Match": '"x"'}, {"If-Modified-Since": "yesterday"}, {"Range": "bytes=-1"},
    {"Cookie": "sessionid=\x01; csrftoken='"},
    {"X-Forwarded-For": "1.2.3.4, evil"}, {"Content-Length": "99999999999999999999"}, {"Accept-Encoding": "gzip;q=x"}, {"Referer": "http://[::1"},
]  # fmt: skip
NOBODY = "nobody"  # who is not signed in
NEVER_ASKED = ("account_logout", "admin:logout")
# What tells of the machine, the program's inside or its versions.
GIVEN_AWAY = [
    "Traceback (most", 'File "/', "site-packages", str(settings.BASE_DIR), "psycopg", "sqlite3", "django.db",
    "OperationalError", "IntegrityError",
    "DataError", "SELECT \"", "INSERT INTO", "Exception Value", "DJANGO_SETTINGS", "Python/3", "WSGIServer",
]  # fmt: skip


class Forms(HTMLParser):
    """The forms of a page that are posted: where to, and their fields as they stand."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str]]]] = []
        self.open = False

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.open = given.get("method", "").lower() == "post"
            if self.open:
                self.found.append((given.get("action", ""), []))
        elif self.open and tag in {"input", "textarea", "select", "button"} and given.get("name"):
            self.found[-1][1].append((given["name"], given.get("value", "")))
        elif self.open and tag == "option" and "selected" in given and self.found[-1][1]:
            self.found[-1][1][-1] = (self.found[-1][1][-1][0], given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = False


@dataclass
class Report:
    statuses: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    given_away: list[str] = field(default_factory=list)
    seconds: list[tuple[float, str]] = field(default_factory=list)

    def percentile(self, part: float) -> float:
        return sorted(seconds for seconds, _what in self.seconds)[int(len(self.seconds) * part)]

    def __str__(self):
        slowest, what = max(self.seconds)
        return json.dumps(
            {
                "requests": sum(self.statuses.values()),
                "5xx": len(self.failures),
                "p50 ms": round(self.percentile(0.5) * 1000, 1),
                "p99 ms": round(self.percentile(0.99) * 1000, 1),
                "slowest ms": round(slowest * 1000),
                "slowest": what[:160],
                "statuses": dict(sorted(self.statuses.items())),
            },
            indent=1,
        )


class Fuzz:
    """``sign_in(role)`` gives a browser; ``known`` values for names in addresses stand beside the hostile ones."""

    def __init__(self, seed: int, sign_in: Callable[[str], Client], known: dict[str, list[str]]):
        self.chance = random.Random(seed)
        self.sign_in, self.known = sign_in, known
        self.clients = {role: sign_in(role) for role in (*sorted(ALL), NOBODY)}
        self.surfaces = [surface for surface in every_surface() if surface.name not in NEVER_ASKED and "logout" not in surface.route]
        # The admin has three quarters of the addresses; half of the requests go elsewhere.
        self.ours = [surface for surface in self.surfaces if not surface.route.startswith("admin/")]
        self.forms: dict[tuple[str, str], list] = {}
        self.report = Report()

    def run(self, requests: int, seconds: float = float("inf")) -> Report:
        """So many requests, or those that were done when ``seconds`` are over."""
        until = time.monotonic() + seconds
        while sum(self.report.statuses.values()) < requests and time.monotonic() < until:
            self.chance.choices([self.query, self.path, self.form, self.body, self.method], [45, 10, 30, 8, 7])[0]()
        return self.report

    # What is sent ---------------------------------------------------------------------------------

    def query(self):
        surface, role = self.surface(), self.role()
        self.send(role, "GET", self.address(surface), query=self.query_string(surface))

    def path(self):
        surface = self.surface()
        hostile = {
            name: quote(self.hostile(), safe="", errors="surrogatepass")
            for name in ("reference", "slug", "code", "scheme", "name", "object_id", "url")
        }
        self.send(self.role(), self.chance.choice(["GET", "GET", "POST"]), surface.path(**hostile))

    def form(self):
        role, address = self.role(), self.address(self.surface())
        if (role, address) not in self.forms:
            response = self.send(role, "GET", address)
            reader = Forms()
            if response is not None and response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                reader.feed(response.text)
            self.forms[role, address] = [form for form in reader.found if "logout" not in form[0]]
        if forms := self.forms[role, address]:
            action, fields = self.chance.choice(forms)
            body = urlencode(
                [(name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass")) for name, value in self.changed(fields)]
            )
            self.send(role, "POST", action.partition("?")[0] or address, body=body.encode(), content_type=TYPES[0])

    def body(self):
        self.send(
            self.role(), "POST", self.address(self.surface()), body=self.chance.choice(BODIES), content_type=self.chance.choice(TYPES)
        )

    def method(self):
        self.send(self.role(), self.chance.choice(METHODS), self.address(self.surface()), body=self.chance.choice(BODIES))

    # What it is made of ---------------------------------------------------------------------------

    def role(self) -> str:
        return self.chance.choice(list(self.clients))

    def surface(self):
        return self.chance.choice(self.chance.choice([self.ours, self.surfaces]))

    def hostile(self) -> str:
        return self.chance.choice(HOSTILE)

    def value(self) -> str:
        if self.chance.random() < 0.3:
            return self.chance.choice(self.known[self.chance.choice(list(self.known))])
        return self.hostile() if self.chance.random() < 0.9 else self.hostile() + self.hostile()

    def address(self, surface) -> str:
        return surface.path(**{name: quote(self.chance.choice(values), safe=":") for name, values in self.known.items()})

    def query_string(self, surface) -> str:
        if surface.route.startswith("admin/"):
            lookups = [column + lookup for column in self.chance.sample(COLUMNS, 5) for lookup in self.chance.sample(LOOKUPS, 3)]
            names = [*ADMIN, *lookups]
        else:
            names = [*self.chance.sample(LISTED, 6), *OTHERS] if "list" not in surface.name else LISTED
        pairs = []
        for _ in range(self.chance.choice([1, 1, 1, 2, 3, 6])):
            name = self.chance.choice(names)
            pairs += [(name, self.value())] * self.chance.choice([1] * 20 + [2, 120])
        if self.chance.random() < 0.02:
            return "a" * 9000
        if self.chance.random() < 0.05:
            return self.chance.choice(["%", "%zz=%", "a=%ff%fe&b=%c0%80", "=&=&&", "a;b", "\x7f", "?" * 20, "q=%ed%a0%80"])
        return urlencode([(name, raw(value)) for name, value in pairs])

    def changed(self, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
        fields = list(fields)
        for _ in range(self.chance.choice([1, 1, 2, 4])):
            if not fields:
                break
            place = self.chance.randrange(len(fields))
            what = self.chance.random()
            if what < 0.7:
                fields[place] = (fields[place][0], self.value())
            elif what < 0.8:
                del fields[place]
            elif what < 0.9:
                fields.append((fields[place][0], self.value()))
            else:
                fields.append((self.chance.choice([*OTHERS, "state", "review_state", "owner", "is_staff", "id", "pk"]), self.value()))
        return fields

    # Sending --------------------------------------------------------------------------------------

    def send(self, role, method, address, *, query="", body=b"", content_type="application/octet-stream"):
        headers = self.chance.choice(HEADERS)
        what = f"{role} {method} {address}?{query} {body[:300]!r} {content_type[:60]} {headers}"
        started = time.perf_counter()
        try:
            response = self.clients[role].generic(method, address, body, content_type, headers=headers, QUERY_STRING=query)
            content = b"".join(response) if response.streaming else response.content
        except Exception as error:  # a dropped connection, in real life
            self.report.statuses["dropped"] += 1
            self.report.failures.append(f"{type(error).__name__}: {error} {what}")
            return None
        finally:
            self.report.seconds.append((time.perf_counter() - started, what))
        self.report.statuses[str(response.status_code)] += 1
        if response.status_code == 302 and response["Location"].startswith("/accounts/login/") and role != NOBODY:
            self.clients[role] = self.sign_in(role)  # an earlier request took the session, the password or the account away
        if response.status_code >= 500:
            self.report.failures.append(f"{response.status_code} {where(response)} {what}")
        self.report.given_away += [f"{words!r} {what}" for words in GIVEN_AWAY if words.encode() in content]
        return response


def where(response) -> str:
    """What failed, in which line."""
    if not getattr(response, "exc_info", None):
        return ""
    kind, error, trace = response.exc_info
    last = traceback.extract_tb(trace)[-1]
    return f"{kind.__name__}: {str(error)[:200]} in {last.filename.rpartition('/')[2]}:{last.lineno}"


def raw(text: str) -> bytes:
    """As bytes, half letters too."""
    return text.encode("utf-8", "surrogatepass")


def known_values(engagements, entries) -> dict[str, list[str]]:
    """Values for the names in addresses that lead to something."""
    return {
        "reference": [engagement.reference for engagement in engagements],
        "slug": [catalog_list.slug for catalog_list in LISTS],
        "code": [entry.code for entry in entries],
        "scheme": ["m49", "cocom"],
        "name": ["submit", "verify", "return", "restore", "withdraw", "merge"],
        "object_id": [str(engagement.pk) for engagement in engagements],
        "attachment": [row.key for engagement in engagements for row in engagement.attachments.all()],
        "comment": [row.key for engagement in engagements for row in engagement.comments.all()],
        "key": sorted({change.action for change in Change.objects.exclude(engagement=None)}),
    }
