"""The highest marking of what a page shows, for the line on top of it and the one below."""

from collections.abc import Iterable
from typing import Any

from django import template

from accounts.choices import Handling

register = template.Library()


@register.simple_tag
def highest_marking(*shown: Any) -> str:
    """The highest handling in ``shown``: records, lists of records, handlings; nothing where there is none of them."""
    found = set(_handlings(shown))
    return Handling.highest(found) if found else ""


@register.filter
def marking_word(handling: str) -> str:
    """How a handling is called, as markings are written: RESTRICTED."""
    return str(Handling(handling).label).upper()


def _handlings(shown: Iterable[Any]) -> Iterable[str]:
    for item in shown:
        if isinstance(item, str):
            if item:
                yield item
        elif hasattr(item, "handling"):
            yield item.handling
        elif item is not None:
            yield from _handlings(item)
