"""The mappings that a person may choose: saved ones, and those that ship with the program."""

from dataclasses import dataclass
from typing import Any

from imports.mapping.ready import ready_mappings
from imports.models import SavedMapping


@dataclass(frozen=True)
class Offered:
    """One mapping to choose. ``saved`` is its row; None where it ships with the program."""

    code: str
    name: str
    document: dict[str, Any]
    saved: SavedMapping | None = None

    @property
    def is_ready(self) -> bool:
        return self.saved is None

    def __str__(self):
        return self.name


def offered(user) -> list[Offered]:
    """Saved ones by name, then the ready ones; a saved one stands before a ready one of the same code."""
    rows = SavedMapping.objects.readable_by(user).select_related("owner").order_by("name", "pk")
    saved = [Offered(row.code, row.name, row.document, row) for row in rows]
    taken = {one.code for one in saved}
    return saved + [Offered(code, document["name"], document) for code, document in ready_mappings().items() if code not in taken]


def offered_one(user, code: str) -> Offered | None:
    return next((one for one in offered(user) if one.code == code), None)
