"""The pages of the catalog."""

from catalog.views.edit import edit, merge, new, retire
from catalog.views.entries import country, entry, framework, organization, region, strategy
from catalog.views.glossary import glossary
from catalog.views.lists import entry_list, lists
from catalog.views.suggest import suggest

__all__ = [
    "country",
    "edit",
    "entry",
    "entry_list",
    "framework",
    "glossary",
    "lists",
    "merge",
    "new",
    "organization",
    "region",
    "retire",
    "strategy",
    "suggest",
]
