"""The pages of the catalog."""

from catalog.views.edit import edit, merge, new, retire
from catalog.views.entries import country, entry, framework, organization, region, strategy
from catalog.views.glossary import glossary
from catalog.views.history import history
from catalog.views.lists import entry_list, lists
from catalog.views.lookalikes import duplicates, mergers, not_one, unmerge
from catalog.views.suggest import suggest

__all__ = [
    "country",
    "duplicates",
    "edit",
    "entry",
    "entry_list",
    "framework",
    "glossary",
    "history",
    "lists",
    "merge",
    "mergers",
    "new",
    "not_one",
    "organization",
    "region",
    "retire",
    "strategy",
    "suggest",
    "unmerge",
]
