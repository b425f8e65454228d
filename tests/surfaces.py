"""Every address of the program and who may use it. An address that is not in this table fails the tests.

``PUBLIC`` answers without signing in; ``SIGNED_IN`` to everybody who signed in; the others name the roles, and
say nothing about rows: which of them a person sees is ``visible_to``'s business.
"""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC, SIGNED_IN = "public", "signed in"
ALL = frozenset({"viewer", "analyst", "manager", "steward", "administrator"})
WRITERS = frozenset({"analyst", "manager"})
IMPORTERS = frozenset({"analyst", "manager", "steward"})
TALKERS = ALL - {"administrator"}
MANAGERS = frozenset({"manager"})
STEWARDS = frozenset({"steward"})
STAFF = frozenset({"manager", "steward", "administrator"})

SURFACES = {
    # For the machine that watches, and for those who are not signed in yet.
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "account_login": PUBLIC,
    "account_signup": PUBLIC,  # says that it is closed
    "account_inactive": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_confirm_login_code": PUBLIC,
    "account_logout": PUBLIC,  # asks nothing of somebody who is out already
    # One's own account.
    "account_change_password": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "accounts:preferences": SIGNED_IN,
    # One's own background work.
    "jobs:list": SIGNED_IN,
    "jobs:job": SIGNED_IN,
    "jobs:file": SIGNED_IN,
    "jobs:cancel": SIGNED_IN,
    "jobs:repeat": SIGNED_IN,
    # Reading.
    "home": SIGNED_IN,
    "glossary": SIGNED_IN,
    "keyboard": SIGNED_IN,
    "engagements:list": SIGNED_IN,
    "engagements:detail": SIGNED_IN,
    "engagements:history": SIGNED_IN,
    "engagements:brief": SIGNED_IN,
    "engagements:attention": SIGNED_IN,
    "engagements:search": SIGNED_IN,
    "engagements:archive": SIGNED_IN,  # asks; says so to those who may not
    "engagements:attachments": SIGNED_IN,
    "engagements:attachment": SIGNED_IN,
    "engagements:comments": SIGNED_IN,
    "engagements:facets": SIGNED_IN,
    "engagements:export": SIGNED_IN,
    "engagements:read_date": SIGNED_IN,
    "engagements:suggest": SIGNED_IN,
    "engagements:case_studies": SIGNED_IN,
    "engagements:case_study": SIGNED_IN,
    "engagements:data_dictionary": SIGNED_IN,
    "reports:views": SIGNED_IN,
    "reports:save": SIGNED_IN,
    "reports:view": SIGNED_IN,
    "reports:change": SIGNED_IN,
    "reports:act": SIGNED_IN,
    "reports:calendar": SIGNED_IN,
    "reports:list": SIGNED_IN,
    "reports:report": SIGNED_IN,
    "catalog:lists": SIGNED_IN,
    "catalog:list": SIGNED_IN,
    "catalog:entry": SIGNED_IN,
    "catalog:history": SIGNED_IN,
    "catalog:country": SIGNED_IN,
    "catalog:organization": SIGNED_IN,
    "catalog:region": SIGNED_IN,
    "catalog:strategy": SIGNED_IN,
    "catalog:framework": SIGNED_IN,
    "catalog:suggest": SIGNED_IN,
    # Writing the record.
    "engagements:new": WRITERS,
    "engagements:quick_log": WRITERS,
    "engagements:edit": WRITERS,
    "engagements:close_out": WRITERS,
    "engagements:restore_version": WRITERS,
    "engagements:handling": WRITERS,
    "engagements:step": WRITERS,
    "engagements:twins": WRITERS,
    "engagements:duplicates": WRITERS,
    "engagements:not_twins": WRITERS,
    "engagements:merge": WRITERS,
    "engagements:merge_undo": WRITERS,
    # Files and comments.
    "engagements:attachment_remove": WRITERS,
    "engagements:attachment_bring_back": WRITERS,
    "engagements:comment_edit": TALKERS,
    "engagements:comment_remove": TALKERS,
    "engagements:colleagues": TALKERS,
    # Bringing files in; which batches a person sees is readable_by's business.
    "imports:list": IMPORTERS,
    "imports:new": WRITERS,
    "imports:template": IMPORTERS,
    "imports:mappings": IMPORTERS,
    "imports:saved_mapping": IMPORTERS,
    "imports:mapping_act": IMPORTERS,
    "imports:batch": IMPORTERS,
    "imports:file": IMPORTERS,
    "imports:mapping": IMPORTERS,
    "imports:preview": IMPORTERS,
    "imports:options": IMPORTERS,
    "imports:mapping_download": IMPORTERS,
    "imports:questions": IMPORTERS,
    "imports:lines": IMPORTERS,
    "imports:lines_download": IMPORTERS,
    "imports:plan": IMPORTERS,
    "imports:records": IMPORTERS,
    "imports:totals": IMPORTERS,
    "imports:progress": IMPORTERS,
    "imports:undo": IMPORTERS,
    "imports:act": IMPORTERS,
    # Reviewing it.
    "engagements:review": MANAGERS,
    "engagements:give_back": MANAGERS,
    # Keeping the lists.
    "catalog:new": STEWARDS,
    "catalog:edit": STEWARDS,
    "catalog:retire": STEWARDS,
    "catalog:merge": STEWARDS,
    "catalog:duplicates": STEWARDS,
    "catalog:not_one": STEWARDS,
    "catalog:mergers": STEWARDS,
    "catalog:unmerge": STEWARDS,
}
PREFIXES = {"admin/": STAFF}

# What stands in an address where it names something; a test may hand in something else.
SAMPLES = {
    "reference": "ENG-2026-AAAAA",
    "other": "ENG-2026-AAAAA",
    "attachment": "1",
    "comment": "1",
    "slug": "countries",
    "code": "USA",
    "scheme": "m49",
    "name": "submit",
    "object_id": "1",
    "pk": "1",
    "id": "1",
    "content_type_id": "1",
    "app_label": "catalog",
    "url": "nowhere",
    "uidb36": "1",
    "key": "abc-123",
    "batch_key": "aaaaaaaaaa",
    "layout": "engagements",
}


class Surface:
    """One address: its route, the name of its view, and who may use it."""

    def __init__(self, route: str, name: str):
        self.route, self.name = route, name
        by_prefix = [level for prefix, level in PREFIXES.items() if route.startswith(prefix)]
        self.level = by_prefix[0] if by_prefix else SURFACES.get(name)

    def path(self, **values: str) -> str:
        """The address with ``values`` in it, and samples for the rest."""
        values = SAMPLES | values
        named = re.sub(r"\(\?P<(\w+)>.*?\)(?=[/$-]|$)", r"<\1>", self.route)
        plain = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found.group(1)], named)
        return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "")

    def __repr__(self):
        return self.name or self.route


def every_surface() -> list[Surface]:
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns, route: str, namespace: str) -> Iterator[Surface]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
        elif isinstance(pattern, URLPattern):
            yield Surface(here, f"{namespace}{pattern.name}" if pattern.name else "")
