"""What other apps show on the home page: each says so once, when the program starts (its AppConfig.ready)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HomePanel:
    """One section of the home page: a template, and what it needs as ``panel``."""

    template: str
    context: dict[str, Any]


_makers: list[Callable[[Any], list[HomePanel]]] = []


def register_home(make: Callable[[Any], list[HomePanel]]) -> None:
    """``make(person)`` gives the sections of that person's home page."""
    if make not in _makers:
        _makers.append(make)


def home_panels(person) -> list[HomePanel]:
    """The sections of all apps, in the order of their registration."""
    return [panel for make in _makers for panel in make(person)]
