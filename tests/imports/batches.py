"""Builders of imports: ``checked(people, "title,party\\nTalks,Poland\\n")`` is a file that was checked."""

from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile

from engagements.models import Engagement
from history.models import Change
from imports import committing, running, undoing, uploads
from imports.models import Batch
from imports.reading import FileOptions
from tests import make

COLUMNS = [
    {"column": "title", "to": "title"},
    {"column": "start", "to": "starts"},
    {"column": "place", "to": "place"},
    {"column": "party", "to": "participant"},
    {"column": "people", "to": "participant.personnel"},
    {"column": "role", "to": "participant.role"},
    {"column": "type", "to": "type"},
    {"column": "handling", "to": "handling"},
    {"column": "team", "to": "team"},
    {"column": "number", "to": "external_id", "system": "partner"},
    {"column": "reference", "to": "reference"},
]


def catalog() -> SimpleNamespace:
    """What the files of these tests name."""
    return SimpleNamespace(
        poland=make.country("QPL", "Poland"),
        norway=make.country("QNO", "Norway"),
        type=make.type("talks", name="Talks"),
        strategy=make.strategy("dialogue", name="Dialogue"),
        money=make.funding_source("own", name="Own money"),
    )


def mapping_of(headings, **parts) -> dict:
    """A mapping for those of COLUMNS that the file has; ``constants`` and ``columns`` are added to it."""
    constants = {"type": "talks", "strategies": ["dialogue"], "handling": "official"} | parts.pop("constants", {})
    added = parts.pop("columns", [])
    said = {rule.get("column") for rule in added}
    columns = [rule for rule in COLUMNS if rule["column"] in headings and rule["column"] not in said]
    if "type" in headings:
        constants.pop("type")
    return {"entente_mapping": 1, "name": "Test", "constants": constants, "columns": [*columns, *added], **parts}


def batch(owner, text, *, name="file.csv", team=None, mapping=None, **parts) -> Batch:
    """A file with its mapping, not checked yet."""
    fields = {name: parts.pop(name) for name in ("valid_only", "review_state", "handling") if name in parts}
    upload = uploads.keep(SimpleUploadedFile(name, text.encode()), owner=owner)
    headings = text.splitlines()[0].split(",")
    return Batch.objects.create(
        upload=upload, name=name, sha256=upload.sha256, owner=owner, team=team or owner.own_teams[0],
        options=FileOptions().to_dict(), mapping=mapping or mapping_of(headings, **parts), **fields,
    )  # fmt: skip


def check(made: Batch) -> Batch:
    running.take_check(made)
    running.carry_out(made, running.CHECK, made.owner)
    made.refresh_from_db()
    return made


def commit(made: Batch) -> Batch:
    committing.take(made)
    running.carry_out(made, running.COMMIT, made.owner)
    made.refresh_from_db()
    return made


def undo(made: Batch, user=None) -> Batch:
    undoing.take(made, user or made.owner)
    running.carry_out(made, running.UNDO, user or made.owner)
    made.refresh_from_db()
    return made


def checked(owner, text, **parts) -> Batch:
    return check(batch(owner, text, **parts))


def imported(owner, text, **parts) -> Batch:
    return commit(checked(owner, text, **parts))


def outcomes(made: Batch) -> dict[str, int]:
    """How many records are created, updated and so on; those of which there are none are left out."""
    names = ("create", "update", "unchanged", "left_out", "waits", "wrong")
    return {name: made.counts[name] for name in names if made.counts.get(name)}


def said(made: Batch) -> list[tuple[int, str, str, str]]:
    """(line, column, value, severity) of each problem."""
    return [
        (line.number, problem["column"], problem["value"], problem["severity"])
        for line in made.lines.order_by("number")
        for problem in line.problems
    ]


def register() -> list[tuple]:
    """Everything of the record that a person could notice, but for references and moments."""
    return [
        (
            record.title, record.version, record.scope, record.review_state, record.handling, record.starts.iso, record.place,
            sorted((str(row.party), row.role, row.personnel) for row in record.participations.all()),
            sorted((row.system, row.value) for row in record.external_ids.all()),
        )
        for record in Engagement.objects.order_by("title", "pk")
    ]  # fmt: skip


def last_change() -> int:
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
