"""The shape of the program: who may import whom, what is nowhere, what is everywhere."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin

pytestmark = pytest.mark.once
ROOT = settings.BASE_DIR

# Each app may import those before it; config sees all and nobody imports it.
APPS = ["history", "accounts", "jobs", "printing", "catalog", "engagements"]
OUTER = {"imports", "reports", "replicas", "api"}  # each may import all of APPS, and none of these
# Inside an app: a module may import from its own layer and those above it in this list, never from one below.
LAYERS = [
    {"choices", "canonical", "references", "permissions", "fixture_files", "words", "readable", "search_words", "address_keys", "gathered"},
    {"partial_dates", "country_codes", "rules_in_database", "review_in_database", "handling_in_database", "search_in_database",
     "search_index", "database", "triggers", "indexes", "having"},
    {"querysets", "beside", "document"},
    {"typesetting"},
    {"models"},
    {"work"},
    {"sweeping"},
    {
        "domain", "seeding", "tracking", "resolution", "trees", "registry", "ratings", "ordering", "adapter", "middleware",
        "sessions", "context", "access", "conflicts",
    },
    {"values", "word_marks", "settled"},
    {"rows", "telling"},
    {"reversal", "row_past"},
    {"admin_history"},
    {"form_values", "seen"},
    {
        "options", "columns", "listed", "forms", "filters", "facts", "facets", "conditions", "countable", "sets",
        "journal", "panels", "searching", "search_hits", "search_order", "search_texts", "search_walk", "work_filters", "export",
        "templatetags", "profiles", "filter_fields", "reading", "printed", "catalog_use", "admin_base", "backup", "synthesis",
        "paging", "filter_panel", "set_walk", "stretches", "around", "prepared", "waiting", "warming", "apart", "measured", "worked_out",
    },
    {"views", "admin", "admin_inlines", "admin_twins", "admin_logs"},
    {"urls", "management", "apps"},
]  # fmt: skip
NAMES_NOBODY_CAN_GUESS = {"utils", "util", "common", "misc", "helpers", "core", "tools", "lib", "shared"}
LONGEST = 400

# Engagements asked for without visible_to, each with its reason.
MAY_ASK_FOR_ALL = {
    "engagements/listed.py": "the rows of one page, by the keys that it found through visible_to in the same request",
    "engagements/around.py": "the links of the record that the page fetched; what they lead to is looked for among what the reader may see",
    "engagements/seeding.py": "loads the fixtures; nobody reads",
    "engagements/domain/verification/": "looks for faults in all records, for who keeps the machine",
    "engagements/management/commands/verify.py": "as above",
    "engagements/domain/saving.py": "writes back the record that the view fetched through visible_to",
    "engagements/management/commands/export_records.py": "the shell's --all, said aloud by who runs it",
    "engagements/synthesis/filling.py": "fills a register with made-up records; nobody reads",
    "engagements/management/commands/synthesize.py": "whether there are records at all, for who keeps the machine",
    "engagements/sets.py": "remembers what a condition finds among all records, to be met with what the reader may see",
    "engagements/admin.py": "asks again for the record that the page fetched through visible_to",
    "imports/standing.py": "the records that were matched through visible_to, as they stand",
    "imports/undoing.py": "whether any record leads to one of the batch, which stays then; and those that go, fetched through visible_to",
    "imports/writing.py": "which references are taken",
}


def sources(*folders) -> list[Path]:
    return sorted(
        path
        for folder in folders or [*APPS, *sorted(OUTER), "config"]
        if (ROOT / folder).exists()
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
    )


def imported(path: Path) -> set[str]:
    """Full names of the modules a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).with_suffix("").parts
            base = ".".join(package[: -node.level]) + "." if node.level else ""
            module = (base + (node.module or "")).rstrip(".")
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def test_apps_import_only_downwards():
    for number, app in enumerate(APPS):
        allowed = set(APPS[: number + 1])
        for path in sources(app):
            used = {name.split(".")[0] for name in imported(path)}
            assert used & (set(APPS) | OUTER | {"config"}) <= allowed, path.relative_to(ROOT)


def test_the_outer_apps_do_not_know_each_other():
    for app in OUTER:
        for path in sources(app):
            used = {name.split(".")[0] for name in imported(path)}
            assert used & (OUTER | {"config"}) <= {app}, path.relative_to(ROOT)


def layer(app: str, module: str) -> int | None:
    """The place of ``catalog.models.base`` in LAYERS."""
    parts = module.split(".")
    if parts[0] != app or len(parts) < 2:
        return None
    return next((number for number, names in enumerate(LAYERS) if parts[1] in names), None)


def test_every_module_has_its_layer():
    for app in APPS:
        for path in sources(app):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if module != f"{app}.__init__":
                assert layer(app, module) is not None, f"say in LAYERS where {module} belongs"


def test_no_layer_imports_a_later_one():
    wrong = []
    for app in APPS:
        for path in sources(app):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            own = layer(app, module)
            for name in imported(path):
                other = layer(app, name)
                if own is not None and other is not None and other > own and not _is_start_up(path, name):
                    wrong.append(f"{module} imports {name}")
    assert sorted(set(wrong)) == []


def _is_start_up(path: Path, name: str) -> bool:
    """fixture_files reads partial dates, which need no list of their own."""
    return path.name == "fixture_files.py" and name.startswith("catalog.partial_dates")


def test_no_file_is_longer_than_a_person_reads():
    long = {str(path.relative_to(ROOT)): lines for path in sources() if (lines := path.read_text().count("\n")) > LONGEST}
    assert long == {}


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in sources() if {path.stem, path.parent.name} & NAMES_NOBODY_CAN_GUESS] == []


def test_every_model_is_in_the_admin_by_itself_or_beside_its_parent():
    registered = set(admin.site._registry)
    inline = {item.model for options in admin.site._registry.values() for item in options.inlines}
    # The history is read on the page of its record, and its two logs in admin_logs.py.
    ours = {model for app in APPS if app != "history" for model in apps.get_app_config(app).get_models()}
    assert sorted(model.__name__ for model in ours - registered - inline) == []


def test_engagements_are_asked_for_through_visible_to():
    """Except inside the queryset itself and where MAY_ASK_FOR_ALL says why."""
    asked = re.compile(r"\bEngagement\.(?:objects|_base_manager|_default_manager)\b(?!\.visible_to\()")
    found = {}
    for path in sources():
        name = str(path.relative_to(ROOT))
        lines = [line.strip() for line in path.read_text().splitlines() if asked.search(line)]
        if lines and not name.startswith(tuple(MAY_ASK_FOR_ALL)) and name != "engagements/querysets.py":
            found[name] = lines
    assert found == {}


def test_the_list_of_those_who_may_ask_for_all_is_not_longer_than_needed():
    for name in MAY_ASK_FOR_ALL:
        files = [ROOT / name] if name.endswith(".py") else list((ROOT / name).rglob("*.py"))
        assert any("Engagement.objects" in path.read_text() for path in files), name


# What belongs to a record (a participant, a comment, a file) is seen with it: a question for such rows names the records
# it is about. A question that does not stands in a file of this list, with the reason.
MAY_ASK_FOR_ROWS = {
    "catalog/domain/unmerging.py": "the log of changes of a merger of list entries, to take it back",
    "config/deadlocks.py": "whether anything is written at all",
    "engagements/countable.py": "what all records are counted by, to be met with what the reader may see",
    "engagements/domain/attention.py": "steps of rows that the reader may see: joined or prefetched there",
    "engagements/domain/comments.py": "mentions of comments that the record's page fetched",
    "engagements/domain/duplicates.py": "pairs said to be two, taken out of the pairs that the reader may see",
    "engagements/domain/file_store.py": "which files on the disk belong to no row",
    "engagements/domain/merging.py": "mergers of the record that the view fetched; another side is shown only where it is visible",
    "engagements/domain/past.py": "rows that moved into the record from another one: only their time here is told",
    "engagements/domain/review.py": "inside a condition on rows that the reader may see",
    "engagements/domain/twins.py": "inside a condition on rows that the reader may see",
    "engagements/domain/verification/": "looks for faults in all records, for who keeps the machine",
    "engagements/management/commands/": "for who keeps the machine",
    "engagements/seeding.py": "loads the fixtures; nobody reads",
    "engagements/views/merging.py": "the merger of an address, of a kept record that the reader sees",
    "engagements/views/review.py": "steps of the rows of the queue, prefetched",
    "history/": "what is below the records knows nothing of who may see them; those above ask for one row or one action",
    "imports/undoing.py": "which rows of other records lead to one of the batch, which stays then",
    "imports/keeping.py": "whether a list or a person was changed since the check",
    "reports/parties.py": "figures of participations that the report counts from the visible rows",
}
MANAGERS = {"objects", "_base_manager", "_default_manager"}


def rows_of_records() -> set[str]:
    """Names of the models whose rows belong to a record: those with a way to one."""
    ours = {model for app in ("engagements", "history") for model in apps.get_app_config(app).get_models()}
    return {model.__name__ for model in ours} - {"Engagement", "CaseStudy"}


def asked_without_record(path: Path) -> list[str]:
    """Questions for rows of records that do not say of which records, as the code has them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr in MANAGERS and isinstance(node.value, ast.Name)):
            continue
        if node.value.id not in rows_of_records():
            continue
        chain, names, methods = node, set(), set()
        while (
            isinstance(above.get(chain), ast.Attribute | ast.Call)
            and getattr(above[chain], "value", getattr(above[chain], "func", None)) is chain
        ):
            chain = above[chain]
            if isinstance(chain, ast.Call):
                names |= {keyword.arg or "" for keyword in chain.keywords}
            else:
                methods.add(chain.attr)
        of_records = any("engagement" in name.split("__")[:2] for name in names)
        writes_one = bool(methods & {"create", "bulk_create", "none"}) or ("update" in methods and "pk" in names)
        if not of_records and not writes_one:
            found.append(f"{node.lineno}: {node.value.id}.{'.'.join(sorted(methods))}")
    return found


def test_rows_of_records_are_asked_for_by_their_records():
    found = {str(path.relative_to(ROOT)): rows for path in sources(*APPS, *OUTER, "config") if (rows := asked_without_record(path))}
    allowed = {name for name in found if name.startswith(tuple(MAY_ASK_FOR_ROWS))}
    assert {name: rows for name, rows in found.items() if name not in allowed} == {}
    assert {name for name in MAY_ASK_FOR_ROWS if not any(file.startswith(name) for file in found)} == set(), "no longer needed"


# What is nowhere ---------------------------------------------------------------------------------

NEVER_IN_CODE = {
    "mark_safe": "text is escaped where it is shown",
    "SafeString(": "text is escaped where it is shown",
    "csrf_exempt": "every change carries its token",
    "|safe": "text is escaped where it is shown",
    "{% autoescape off": "text is escaped where it is shown",
    ".extra(": "querysets say it without",
    "RawSQL": "querysets say it without",
    "eval(": "nothing is run from text",
    "pickle": "nothing is run from bytes",
    "urllib.request": "no address that somebody wrote is asked for anything",
    "http.client": "no address that somebody wrote is asked for anything",
    "import requests": "no address that somebody wrote is asked for anything",
    "httpx": "no address that somebody wrote is asked for anything",
    "aiohttp": "no address that somebody wrote is asked for anything",
    "socket": "no address that somebody wrote is asked for anything",
}


def texts(*suffixes):
    folders = [*APPS, "config", "templates", *OUTER]
    for folder in folders:
        for path in (ROOT / folder).rglob("*") if (ROOT / folder).exists() else []:
            if path.suffix in suffixes and "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", NEVER_IN_CODE)
def test_what_must_not_be_is_nowhere(what):
    pattern = re.compile(rf"(?<![\w.]){re.escape(what)}") if what[0].isalpha() else re.compile(re.escape(what))
    assert [str(path.relative_to(ROOT)) for path, text in texts(".py", ".html", ".txt") if pattern.search(text)] == []


TEMPLATES = [(path, re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.S)) for path, text in texts(".html")]


def test_no_template_carries_a_style_or_a_script_of_its_own():
    """The Content-Security-Policy would refuse them; a page would silently lack them."""
    inline = re.compile(
        r"""<style\b|\sstyle\s*=|<script(?![^>]*\b(?:src\s*=|type\s*=\s*["']application/json))|\son[a-z]+\s*=\s*["']|javascript:""", re.I
    )
    assert [(path.name, found.group()) for path, text in TEMPLATES if (found := inline.search(text))] == []


def test_no_template_loads_anything_from_elsewhere():
    loads = re.compile(
        r"""<(?:script|link|img|iframe|source|video|audio|object|embed|form|use)\b[^>]*\b(?:src|href|action|srcset|data)\s*=\s*["'](?:https?:)?//""",
        re.I,
    )
    assert [(path.name, found.group()) for path, text in TEMPLATES if (found := loads.search(text))] == []
    for path in (ROOT / "static").rglob("*.css"):
        assert not re.search(r"""(?:@import|url\()\s*["']?(?:https?:)?//""", path.read_text()), path.name


def test_every_link_to_elsewhere_keeps_the_page_it_came_from_to_itself():
    outward = re.compile(r"<a\b[^>]*\btarget=[^>]*>", re.I)
    for path, text in TEMPLATES:
        for link in outward.findall(text):
            assert "noopener" in link, (path.name, link)
