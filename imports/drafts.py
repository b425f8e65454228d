"""A mapping while a person works at it: the document as it was typed, right or not yet."""

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from imports.choices import OVER, WORKING, State
from imports.heads import Head
from imports.mapping.guess import guess
from imports.mapping.headings import heading_key
from imports.mapping.spec import MARK, VERSION
from imports.models import Batch
from imports.reading.options import FileOptions

Document = dict[str, Any]
LEFT_OUT = {"ignore", "computed"}


def begin(head: Head, options: FileOptions, document: Document | None = None, name: str = "") -> tuple[FileOptions, Document]:
    """How to read a new file and what its columns mean: by a saved mapping, or guessed."""
    if document is None:
        return options, guess(head.headings, head.cells, options, name)
    return options_of(document, options, head), document


def options_of(document: Document, found: FileOptions, head: Head) -> FileOptions:
    """What was found in the file, but for what the mapping says otherwise. Its format is what it is.

    Lines that were taken out of a file to be corrected stand in one of our own, with the numbers as they were.
    """
    said = {name: value for name, value in document.get("file", {}).items() if (name == "decimal" if head.is_part else name != "format")}
    return FileOptions.from_dict(found.to_dict() | said)


def columns_of(document: Document) -> list[dict]:
    return [rule for rule in document.get("columns", []) if isinstance(rule, dict)]


def first_of(rule: dict) -> str:
    """The column at which a rule begins."""
    return rule.get("column") or rule.get("from") or ""


def named_columns(document: Document) -> list[str]:
    """The columns that the mapping gives a meaning."""
    used = [rule for rule in columns_of(document) if rule.get("to") not in LEFT_OUT]
    return [name for rule in used for name in (rule.get("column"), rule.get("from"), rule.get("until")) if name]


def follow(document: Document, head: Head, options: FileOptions, name: str = "") -> Document:
    """The mapping for other headings of the same file: what is still there keeps its meaning, the rest is guessed."""
    there = {heading_key(heading) for heading in head.headings}
    kept = [rule for rule in columns_of(document) if {heading_key(first_of(rule)), heading_key(rule.get("until", first_of(rule)))} <= there]
    if not any(rule.get("to") not in LEFT_OUT for rule in kept):
        guessed = guess(head.headings, head.cells, options, name)
        return guessed | {name: document[name] for name in ("name", "missing", "constants") if document.get(name)}
    return document | {
        "columns": kept,
        "group_by": [name for name in document.get("group_by", []) if heading_key(name) in there],
        "identity": [name for name in document.get("identity", []) if heading_key(name) in there],
    }


def empty() -> Document:
    return {MARK: VERSION, "name": "", "columns": []}


def mark_of(document: Document) -> str:
    """A short print of the mapping, so that a form knows whether somebody changed it meanwhile."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]


def with_file(document: Document, options: FileOptions) -> Document:
    """The mapping as it is saved or sent: with how its files are read, but for where this one ends."""
    usual = FileOptions(format=options.format, last_row=options.last_row).to_dict()
    said = {name: value for name, value in options.to_dict().items() if name == "format" or value != usual.get(name)}
    return document | {"file": said}


def keep(batch: Batch, **changed: Any) -> None:
    """Store other options or another mapping: what an earlier check found holds no longer. Answers stay."""
    changed |= {"state": State.MAPPING, "plan": "", "counts": {}, "said": ""}
    if not Batch.objects.filter(pk=batch.pk).exclude(state__in=[*WORKING, *OVER]).update(**changed):
        raise ValidationError(_("It is written already, or being worked on just now."), code="not_now")
    for name, value in changed.items():
        setattr(batch, name, value)
