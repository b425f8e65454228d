"""A layout as a CSV file: the same bytes from both databases, in constant memory."""

import csv
import io
from collections.abc import Callable, Iterator

from django.db import connection as default_connection
from django.db.models import QuerySet

from engagements.export.columns import Layout

BOM = b"\xef\xbb\xbf"


def csv_chunks(layout: Layout, queryset: QuerySet, *, visible: QuerySet | None = None, bom: bool = False) -> Iterator[bytes]:
    """The file in pieces; an error of the database comes out of the iterator.

    ``visible`` is all that the reader may see, where ``queryset`` is a part of it: a parent or a later engagement
    is named only if it is there. Without it, only the rows of ``queryset`` are.
    """
    for piece, _rows in _pieces(layout, queryset, visible, bom):
        yield piece


def write_csv(
    file,
    layout: Layout,
    queryset: QuerySet,
    *,
    visible: QuerySet | None = None,
    bom: bool = False,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Write the whole file; how many rows it has. ``tell`` is told how many it has so far."""
    written = 0
    for piece, rows in _pieces(layout, queryset, visible, bom):
        file.write(piece)
        written += rows
        if tell is not None:
            tell(written)
    return written


def _pieces(layout, queryset, visible, bom, connection=default_connection):
    if connection.vendor == "postgresql":
        from engagements.export.stream_postgresql import pieces  # psycopg need not be there for SQLite
    else:
        from engagements.export.stream_sqlite import pieces
    header = io.StringIO(newline="")
    csv.writer(header, lineterminator="\r\n").writerow(layout.header)
    yield (BOM if bom else b"") + header.getvalue().encode(), 0
    yield from pieces(layout, queryset, queryset if visible is None else visible, connection)
