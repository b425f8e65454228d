"""Rows of a query, or their number, as one value of another query: what would be asked one by one is asked at once."""

import json
from typing import Any

from django.db.models import IntegerField, Subquery, TextField


class Gathered(Subquery):
    """The rows of a query of one column (``one``) as one JSON list, in its order."""

    template = '(SELECT jsonb_agg(gathered."one") FROM (%(subquery)s) gathered)'
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **extra):
        template = '(SELECT json_group_array(json(gathered."one")) FROM (%(subquery)s) gathered)'
        return super().as_sql(compiler, connection, template=template, **extra)


class Numbered(Subquery):
    """How many rows a query has."""

    template = "(SELECT count(*) FROM (%(subquery)s) numbered)"
    output_field = IntegerField()


def listed(told: Any) -> list[Any]:
    """The list that a database answered for ``Gathered``."""
    return told if isinstance(told, list) else json.loads(told) if told else []
