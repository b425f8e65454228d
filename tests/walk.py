"""Every address that answers a GET, with samples that lead to something, and what of an answer is noise."""

import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import admin
from django.core import signing
from django.db.models import Model
from django.urls import reverse

from catalog.registry import BY_KIND, BY_SLUG
from engagements.export.layouts import LAYOUTS
from engagements.filters import OVERDUE, EngagementFilter
from history.seen import SALT
from reports.questions import BY_NAME
from tests.secret import NOWHERE, WORD
from tests.surfaces import STAFF, SURFACES, every_surface

# What differs from one answer to the next by nature: the token of a form, the mark of who typed, the style sheet's nonce.
NOISE = [
    (rb'(name="csrfmiddlewaretoken" value=")[^"]+', rb"\1-"),
    (rb'(X-CSRFToken[^0-9A-Za-z]{1,12})[0-9A-Za-z]{64}', rb"\1-"),
    (rb'(name="typed_by" value=")[^"]+', rb"\1-"),
    (rb"(nonce[=-]['\"]?)[A-Za-z0-9+/=_-]+", rb"\1-"),
]  # fmt: skip
UNTOLD_HEADERS = {"set-cookie", "date", "expires", "content-length"}
# Signing out would end the reader's session in the middle; language files of Django say nothing of records.
LEFT_OUT = {"account_logout", "admin:logout", "admin:jsi18n"}


def opened(found: re.Match) -> bytes:
    """What a form carries of the state it was opened with: signed with the time, and readable by who wants to."""
    held = signing.loads(found.group(1).decode(), salt=SALT)
    return f'name="seen_state" value="{sorted((held | {"at": ""}).items())}'.encode()


def unpacked(body: bytes) -> bytes:
    """The members of a workbook, one after the other, without the moment at which it was written."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = b"\n".join(name.encode() + b"\n" + archive.read(name) for name in sorted(archive.namelist()))
    return re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\1-", members)


def quiet(body: bytes) -> bytes:
    """An answer without its noise."""
    if body.startswith(b"PK\x03\x04"):
        return unpacked(body)
    body = re.sub(rb'name="seen_state" value="([^"]+)', opened, body)
    for pattern, replacement in NOISE:
        body = re.sub(pattern, replacement, body)
    return body


def heard(response) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Status, headers and body, as far as they say something."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = sorted((name.lower(), value) for name, value in response.headers.items() if name.lower() not in UNTOLD_HEADERS)
    told = tuple((name, quiet(value.encode()).decode()) for name, value in headers)
    cookies = tuple(("cookie", name) for name in sorted(response.cookies) if name != "csrftoken")
    return response.status_code, told + cookies, quiet(body)


def addresses(world) -> list[str]:
    """Every address, as ``world``'s reader could ask for it."""
    found = [*_named(world), "/nowhere/", "/engagements/ENG-2019-ZZZZ8/", "/?q=%00", "/admin/", "/admin/engagements/engagement/"]
    if world.reader:
        found += [*_entries(world), *_of_records(world)]
    return list(dict.fromkeys(found))


def questions(world) -> list[str]:
    """The same pages asked in many ways: those of who enters, those of who keeps the lists, those of who uses the admin site."""
    role = world.reader.role if world.reader else ""
    found = list(_questions()) if role in {"viewer", "analyst", "manager"} else []
    found += _lists(world) if role == "steward" else []
    found += _admin(world) if role in STAFF else []
    return list(dict.fromkeys(found))


def _named(world) -> Iterator[str]:
    """One address for each name in the table of surfaces; what names a record names one that is seen."""
    shown = world.seen[0]
    values = {
        "reference": shown.reference,
        "slug": "countries",
        "code": "XQA",
        "scheme": world.scheme.code,
        "attachment": "0" * 16,
        "comment": shown.comments.first().key,
    }
    codes = {
        "catalog:organization": world.organization.code,
        "catalog:region": "002",
        "catalog:strategy": world.strategy.code,
        "catalog:framework": world.framework.code,
        "engagements:case_study": world.story.code,
    }
    for surface in every_surface():
        if surface.name in SURFACES and surface.name not in LEFT_OUT:
            yield surface.path(**values | ({"code": codes[surface.name]} if surface.name in codes else {}))


def _of_records(world) -> Iterator[str]:
    """Every page of every record that is seen, and of the draft that only its team sees."""
    for surface in every_surface():
        if "<reference:reference>" in surface.route and surface.route.count("<") == 1:
            for record in [world.seen[1], world.draft]:
                yield surface.path(reference=record.reference)
    for record in world.seen[2:]:
        yield from (record.get_absolute_url(), f"{record.get_absolute_url()}history/")
    yield reverse("engagements:new") + f"?copy={world.seen[0].reference}"


def _entries(world, page="") -> Iterator[str]:
    """The page of each entry of the lists that a secret uses."""
    entries = [
        *world.countries, world.organization, world.body, world.scheme, world.region, world.framework, world.strategy, world.theme,
        world.domain, world.objective, world.basis, *world.types.values(), world.outcome_type, world.category, world.task, world.fund,
    ]  # fmt: skip
    for entry in entries:
        yield f"/lists/{entry.list_slug}/{entry.code}/{page}/" if page else entry.get_absolute_url()


def _lists(world) -> Iterator[str]:
    """The lists of entries as who keeps them sees them."""
    for slug in BY_SLUG:
        yield f"/lists/{slug}/"
        yield f"/lists/{slug}/?q={WORD}&retired=1"
    yield from _entries(world, "edit")
    yield from _entries(world, "merge")
    yield f"/lists/countries/XQA/merge/?into={urlencode({'': 'Land XQB (XQB)'})[1:]}"
    for kind in [*BY_KIND, "party"]:
        yield f"/suggest/?kind={kind}&q=a"
        yield f"/suggest/?kind={kind}&q={WORD}"


MOST = 3  # values of a closed list that are asked for, each alone
VALUES = {
    "q": [WORD, NOWHERE, "Open", "ENG-2019", "98765"],
    "region": ["m49:002"],
    "strategy": ["dialogue"],
    "type": ["type-engagement", "type-peacekeeping"],
    "start": ["2019"],
    "end": ["2019-05"],
    "country": ["XQA", "XQC"],
    "organization": ["pact", "league"],
    "framework": ["series"],
    "theme": ["water"],
    "domain": ["land"],
    "objective": ["goal"],
    "challenge": ["language"],
    "outcome_type": ["outcome"],
    "legal_basis": ["treaty"],
    "task": ["task"],
    "funding": ["fund"],
    "owner": ["insider", "me", "colleague"],
    "team": ["inside", "ours"],
    "held_in": ["XQA"],
    "year": ["2019"],
    "fiscal_year": ["2019"],
    "also": ["country:XQA"],
    "area": ["-10,-10,60,60"],
    "case_study": ["story"],
    "rating": ["not_assessed", "limited", "achieved"],
    "overdue": [name for name, _label in OVERDUE],
    "sort": ["updated", "-updated", "-entered", "completeness"],
}


def _questions() -> Iterator[str]:
    """The list by every filter with the values that fit a secret, by every sort, and the files of it."""
    for name, filter_ in EngagementFilter.base_filters.items():
        values = VALUES.get(name) or [value for value, _label in filter_.extra.get("choices", ())][:MOST]
        assert values, f"say in VALUES what to ask of the filter {name}"
        for value in values:
            yield f"/engagements/?{urlencode({name: value})}"
    yield "/engagements/?page=2"
    yield "/engagements/?page_size=25&columns=title&columns=updated&columns=owner"
    for layout in LAYOUTS:
        yield f"/engagements/export/?layout={layout}"
        yield f"/engagements/export/?layout={layout}&q={WORD}"
        yield f"/engagements/export/?layout={layout}&archived=yes"
    for file_format in ("xlsx", "json"):
        yield f"/engagements/export/?format={file_format}"
    for name in BY_NAME:
        yield f"/reports/{name}/"
        yield f"/reports/{name}/?format=csv"
    for text in (WORD, "Open", "ENG-2019"):
        yield f"/engagements/suggest/?q={text}"
        yield f"/search/?q={text}"


# Which part of the admin each looks through; the manager's is the one in which records are.
KEEPS = {"manager": {"engagements"}, "steward": {"catalog"}, "administrator": {"accounts"}}


def _admin(world) -> Iterator[str]:
    """The admin site: each list plain, searched, sorted and by each of its filters, and what is open of single rows."""
    yield from ("/admin/", "/admin/engagements/", "/admin/catalog/", "/admin/accounts/", "/admin/password_change/")
    for model, options in admin.site._registry.items():
        if model._meta.app_label not in KEEPS[world.reader.role]:
            continue
        where = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield from (where, f"{where}?q={WORD}", f"{where}?o=-1")
        if model._meta.app_label == "engagements":
            for item in options.list_filter:
                if isinstance(item, str):
                    for value in [value for value, _label in model._meta.get_field(item).choices or []][:1]:
                        yield f"{where}?{item}__exact={value}"
    for row in [*world.seen, world.draft, world.story, world.countries[0], world.ours]:
        for page in ("change", "history", "delete"):
            yield reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])
    yield _autocomplete("casestudy", "engagements")


def _autocomplete(model: str, field: str) -> str:
    query = {"app_label": "engagements", "model_name": model, "field_name": field, "term": ""}
    return f"{reverse('admin:autocomplete')}?{urlencode(query)}"


def rows_of(secret) -> Iterator[Model]:
    """Every row that belongs to a record: what has an address of its own in the admin or on its page."""
    for relation in secret._meta.related_objects:
        if relation.related_model._meta.app_label == "engagements" and relation.field.name == "engagement":
            yield from relation.related_model._base_manager.filter(engagement=secret)
