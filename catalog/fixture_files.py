"""The reviewable files under fixtures/: TOML for entries with definitions, CSV for long plain lists."""

import csv
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from catalog.partial_dates import PartialDate


class FixtureError(Exception):
    """A fault in a fixture file; the text names file and entry."""


@lru_cache(maxsize=256)
def _read_toml(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FixtureError(f"{path.name}: {error}") from error


def tables(name: str, folder: str = "") -> Iterator[tuple[str, dict]]:
    """Each ``[[name]]`` table below fixtures/, with the name of its file, in the order of the files."""
    for path in sorted((settings.FIXTURES / folder).rglob("*.toml")):
        for table in _read_toml(path).get(name, []):
            yield path.name, table


def rows(*names: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of the CSV files fixtures/catalog/<name>*.csv, with the place it stands at."""
    for name in names:
        for path in sorted((settings.FIXTURES / "catalog").glob(f"{name}.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                for number, row in enumerate(csv.DictReader(lines), start=2):
                    yield f"{path.name}:{number}", row


def partial(text: object) -> PartialDate:
    """The partial date a fixture writes: "1948-05", "open", "unknown" or nothing."""
    return PartialDate.parse(str(text or ""), first_year=1500)
