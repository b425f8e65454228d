"""The first rows of a file, as a person looks at them while saying how it is to be read and what it means."""

import hashlib
import json
from dataclasses import dataclass, field
from itertools import islice

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from imports.models import Batch
from imports.reading import open_table
from imports.reading.options import FileOptions
from imports.uploads import is_there, path_of

LOOKED_AT = 200  # rows, for samples of each column
KEPT = 3600  # seconds
SAMPLES = 3


@dataclass(frozen=True)
class Head:
    """Headings and the first rows ``(line, cells)``; ``fault`` where the file can not be read so.

    ``is_part``: its lines were taken out of another file to be corrected.
    """

    headings: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    fault: str = ""
    is_part: bool = False

    @property
    def cells(self) -> list[list[str]]:
        return [cells for _line, cells in self.rows]

    def samples(self, column: int) -> list[str]:
        """The first different values of a column."""
        found = dict.fromkeys(cells[column].strip() for cells in self.cells if column < len(cells))
        return list(islice((value for value in found if value), SAMPLES))


def head_of(batch: Batch, options: FileOptions | None = None) -> Head:
    """The head of the batch's file, read by ``options`` or by those of the batch."""
    if not is_there(batch.upload):
        return Head(fault=_("The file was kept for a time and is deleted now. Upload it again as a new import."))
    options = options or FileOptions.from_dict(batch.options)
    said = json.dumps(options.to_dict(), sort_keys=True)
    key = f"imports:head:{batch.upload.stored_as}:{hashlib.sha256(said.encode()).hexdigest()}"
    if (found := cache.get(key)) is None:
        found = _read(path_of(batch.upload), options)
        cache.set(key, found, KEPT)
    return found


def _read(path, options: FileOptions) -> Head:
    rows: list[tuple[int, list[str]]] = []
    headings: list[str] = []
    is_part = False
    try:
        with open_table(path, options) as table:
            headings, is_part = list(table.headings), table.is_part
            for line, cells in islice(table, LOOKED_AT):
                rows.append((line, list(cells)))
    except ValidationError as fault:
        # What could be read until then still shows what is wrong.
        return Head(headings, rows, " ".join(fault.messages), is_part)
    return Head(headings, rows, is_part=is_part)
