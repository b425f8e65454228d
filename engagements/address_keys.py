"""What an address calls a file or a comment: letters that tell nothing, where a number would tell how many there are."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.crypto import salted_hmac

LETTERS = 16
Row = TypeVar("Row", bound=Model)


def key_of(row: Model) -> str:
    """16 hexadecimal digits, the same for a row as long as the site keeps its secret key."""
    return salted_hmac(f"address of {row._meta.db_table}", str(row.pk), algorithm="sha256").hexdigest()[:LETTERS]


def with_key(rows: QuerySet[Row], key: str) -> Row | None:
    """The one of ``rows``, those of one record, that an address calls ``key``."""
    return next((row for row in rows if key_of(row) == key), None)
