"""The columns of the list: what each is called and how it sorts. What its cells say stands in listed.py."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    sort: str = ""
    css: str = ""
    is_default: bool = True


COLUMNS = [
    Column("kind", _("Kind"), "kind"),
    Column("title", _("Title"), "title", "t"),
    Column("dates", _("Dates"), "start", "when"),
    Column("place", _("Held in"), "place"),
    Column("participants", _("Participants"), "", "none-phone"),
    Column("strategies", _("Strategy"), "", "strat"),
    Column("status", _("Status"), "status"),
    Column("rating", _("Outcome")),
    Column("type", _("Type"), "type", "", False),
    Column("scope", _("Scope"), "scope", "", False),
    Column("framework", _("Framework or series"), "framework", "", False),
    Column("team", _("Team"), "", "", False),
    Column("owner", _("Owner"), "", "", False),
    Column("review", _("Review"), "review", "", False),
    Column("handling", _("Handling"), "handling", "", False),
    Column("completeness", _("Completeness"), "completeness", "num", False),
    Column("updated", _("Changed"), "updated", "when", False),
    Column("reference", _("Reference"), "reference", "", False),
]
BY_NAME = {column.name: column for column in COLUMNS}


def chosen(names: list[str]) -> list[Column]:
    """The columns named, in the order of the register; the usual ones where none is named. The title always stands."""
    wanted = {name for name in names if name in BY_NAME}
    if not wanted:
        return [column for column in COLUMNS if column.is_default]
    return [column for column in COLUMNS if column.name in wanted | {"title"}]
