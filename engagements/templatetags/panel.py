"""The places of the filter panel that differ from page to page (filter_panel.py fills them)."""

import json

from django import template

register = template.Library()
EDGE = "\x01"


class Assembled(str):
    """Markup put together from parts each of which was escaped: a template takes it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@register.simple_tag
def slot(*names) -> Assembled:
    """A place to be filled: what it is, and of which filter and value."""
    return Assembled(EDGE + json.dumps([str(name) for name in names]) + EDGE)
