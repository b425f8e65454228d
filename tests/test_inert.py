"""What people wrote stays text: no page gets an element, an attribute or an address to run from it."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import models, transaction

from engagements.models import Source
from tests import make
from tests.engagements.forms import posted, send
from tests.full_register import full_register
from tests.fuzz import Forms
from tests.surfaces import every_surface

OURS = ["accounts", "catalog", "engagements"]
LONG = "\"'><evil-tag data-evil=1 onerror=alert(1)>{{7*7}}</script><script>evil()</script>"
SHORT = "\"'><evil-tag>"
RUNS = re.compile(r"(?:javascript|vbscript|data):", re.I)
LEADS = {"href", "src", "action", "formaction", "xlink:href", "poster", "data", "srcset", "hx-get", "hx-post", "hx-put", "hx-delete"}
# Not written by people, or of letters that the database or a form limits.
NOT_TEXT = {"key", "code", "reference", "stored_as", "sha256", "content_type", "password", "username", "iso2", "m49", "action"}


class Page(HTMLParser):
    """What in a page could run."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if "evil" in tag:
            self.found.append(f"element {tag}")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("script of the page's own")
        for name, value in given.items():
            if name.startswith("on") or name in {"style", "srcdoc"} or "evil" in name or not re.fullmatch(r"[a-z][a-zA-Z0-9:_.-]*", name):
                self.found.append(f"attribute {name} of {tag}")
            if name in LEADS and RUNS.match(re.sub(r"[\x00-\x20]", "", value)):
                self.found.append(f"{name} of {tag} leads to {value}")


def read(response) -> list[str]:
    page = Page()
    page.feed(response.text)
    page.close()
    return page.found


def poisoned(models_: list) -> int:
    """Write the text into every column that holds text, of every row; how many values."""
    written = 0
    for model in models_:
        columns = [field for field in model._meta.local_concrete_fields if isinstance(field, models.CharField | models.TextField)]
        for field in columns:
            if field.choices or field.name in NOT_TEXT or field.remote_field:
                continue
            room = getattr(field, "max_length", None) or 10_000
            if room < len(SHORT) + 4:
                continue
            for pk in model._base_manager.values_list("pk", flat=True):
                text = "javascript:alert(1)//" if isinstance(field, models.URLField) else f"{LONG if room > len(LONG) + 4 else SHORT}{pk}"
                with transaction.atomic():
                    written += model._base_manager.filter(pk=pk).update(**{field.name: text})
    return written


@pytest.fixture
def evil(people):
    """The full register, every text of it hostile, and an address of each page that shows some of it."""
    register = full_register(people)
    first = register.records[2]
    everything = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    assert poisoned(everything) > 250
    samples = {"reference": first.reference, "object_id": str(first.pk), "code": "USA", "slug": "countries", "scheme": "m49"}
    own = {
        "catalog:organization": {"code": "nato"}, "catalog:region": {"code": "002"}, "engagements:case_study": {"code": "story"},
        "catalog:strategy": {"code": next(entry.code for entry in register.entries if entry._meta.model_name == "strategy")},
        "catalog:framework": {"code": next(entry.code for entry in register.entries if entry._meta.model_name == "framework")},
    }  # fmt: skip
    addresses = {surface.path(**samples | own.get(surface.name, {})) for surface in every_surface() if "logout" not in surface.route}
    addresses |= {
        f"/engagements/{record.reference}/{page}" for record in register.records[2::3] for page in ("", "edit/", "history/", "close-out/")
    }
    addresses |= {f"/lists/{slug}/" for slug in ("countries", "organizations", "strategies", "frameworks", "themes", "legal-bases")}
    addresses |= {entry.get_absolute_url() for entry in register.entries}
    addresses |= {
        f"/engagements/new/?kind=exercise&copy={first.reference}", "/engagements/?kind=exercise&status=planned&columns=title",
        f"/admin/engagements/engagement/{first.pk}/history/", f"/admin/engagements/engagement/?q={first.reference}",
    }  # fmt: skip
    hostile = "%22%27%3E%3Cevil-tag%20data-evil=1%20onerror=alert(1)%3E"
    names = ["q", "kind", "country", "start", "sort", "owner", "nonsense", hostile]
    addresses |= {f"/engagements/?{name}={hostile}" for name in names} | {f"/engagements/export/?{name}={hostile}" for name in names}
    addresses |= {f"/engagements/?page={hostile}", f"/{hostile}/", f"/lists/{hostile}/", f"/lists/countries/?q={hostile}&sort={hostile}"}
    addresses |= {f"/suggest/?kind={hostile}", f"/engagements/read-date/?text={hostile}", f"/accounts/login/?next={hostile}"}
    return sorted(addresses)


POLICY = ["script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
# Who walks where: each page once, by somebody who sees it with all its buttons and fields.
WALKS = {
    "manager": ("/engagements/", "/admin/engagements/", "/"),
    "steward": ("/lists/", "/admin/catalog/"),
    "administrator": ("/admin/accounts/", "/admin/auth/", "/admin/"),
}


def walk(role: str, addresses: list[str]) -> list[str]:
    def walker(address):
        return max(((len(start), who) for who, starts in WALKS.items() for start in starts if address.startswith(start)))[1]

    return [address for address in addresses if walker(address) == role]


@pytest.mark.once
@pytest.mark.parametrize("role", WALKS)
def test_no_page_runs_or_shows_as_its_own_what_a_person_wrote(role, people, evil, signed_in):
    client = signed_in(getattr(people, role))
    wrong, without_policy, met = {}, [], 0
    for address in walk(role, evil):
        response = client.get(address)
        if not response["Content-Type"].startswith("text/html"):
            assert response["X-Content-Type-Options"] == "nosniff", address
            if response.streaming:
                b"".join(response)
            continue
        met += "&lt;evil-tag" in response.text
        if found := read(response):
            wrong[address] = found[:3]
        if (
            any(part not in response.get("Content-Security-Policy", "") for part in POLICY)
            or "unsafe" in response["Content-Security-Policy"]
        ):
            without_policy.append(address)
        assert "49" not in re.findall(r"&gt;(\d+)", response.text), "a template was made of what somebody wrote"
    assert wrong == {}
    assert without_policy == []
    assert met > 5, "only pages that show what was written prove something"


@pytest.mark.once
@pytest.mark.parametrize("role", ["manager", "steward"])
def test_a_refused_form_repeats_what_was_typed_as_text(role, people, signed_in):
    client = signed_in(getattr(people, role))
    make.type(), make.strategy()
    address = {"manager": "/engagements/log/", "steward": "/lists/themes/new/"}[role]
    reader = Forms()
    reader.feed(client.get(address).text)
    fields = next(fields for action, fields in reader.found if "logout" not in action)
    response = send(client, address, [(name, value or LONG) for name, value in fields])

    assert response.status_code in {200, 422}
    assert "&lt;evil-tag" in response.text
    assert read(response) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "vbscript:x"]
)
def test_a_source_has_an_address_of_the_web_or_none(people, signed_in, url):
    record = make.engagement(team=people.team, strategies=[make.strategy()])
    make.source(record, url="https://example.org/")
    address, client = f"{record.get_absolute_url()}edit/", signed_in(people.manager)

    response = send(client, address, posted(client.get(address), **{"sources-0-url": url}))

    assert response.status_code == 200
    assert record.sources.get().url == "https://example.org/"


def test_a_source_that_came_with_another_address_is_no_link(people, signed_in):
    record = make.engagement(team=people.team)
    source = make.source(record)
    Source.objects.filter(pk=source.pk).update(url="javascript:alert(1)")
    response = signed_in(people.manager).get(record.get_absolute_url())
    assert response.status_code == 200
    assert read(response) == []
