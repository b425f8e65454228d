"""What other apps show on the home page and beside a record: each says so once, when the program starts (its AppConfig.ready)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HomePanel:
    """One section of the home page: a template, and what it needs as ``panel``; the first ones stand above all else."""

    template: str
    context: dict[str, Any]
    is_first: bool = False


@dataclass(frozen=True)
class RecordPanel:
    """One section beside a record: a template, and what it needs as ``panel``."""

    template: str
    context: dict[str, Any]


_makers: list[Callable[[Any], list[HomePanel]]] = []
_beside: list[Callable[[Any, Any], list[RecordPanel]]] = []


def register_home(make: Callable[[Any], list[HomePanel]]) -> None:
    """``make(person)`` gives the sections of that person's home page."""
    if make not in _makers:
        _makers.append(make)


def home_panels(person) -> list[HomePanel]:
    """The sections of all apps, in the order of their registration."""
    return [panel for make in _makers for panel in make(person)]


def register_record(make: Callable[[Any, Any], list[RecordPanel]]) -> None:
    """``make(engagement, person)`` gives the sections beside a record that the person sees."""
    if make not in _beside:
        _beside.append(make)


def record_panels(engagement, person) -> list[RecordPanel]:
    return [panel for make in _beside for panel in make(engagement, person)]
