"""A query that is compiled once and asked for one record after the other: for a wide one, compiling is most of its cost."""

from collections.abc import Callable
from copy import copy
from typing import Any

from django.db import connections, router
from django.db.models import QuerySet

from engagements.models import Engagement

ANY = -(2**40)  # stands for the record's key until there is one


class Prepared:
    """``rows`` makes the query of a record's key, which must be among its parameters and shape nothing else of it."""

    def __init__(self, rows: Callable[[int], QuerySet]):
        self.rows = rows
        self.compiled: dict[str, tuple[QuerySet, Any, str, tuple[Any, ...]]] = {}

    def of(self, key: int) -> list[Any]:
        using = router.db_for_read(Engagement)
        if using not in self.compiled:
            self.compiled[using] = self._compile(using)
        found, compiler, sql, params = self.compiled[using]
        ready = copy(compiler)
        ready.connection = connections[using]  # of this thread
        ready.as_sql = lambda *_args, **_options: (sql, tuple(key if value == ANY else value for value in params))
        query: Any = copy(found.query)
        query.get_compiler = lambda *_args, **_options: ready
        rows = type(found)(found.model, query, using)
        rows._iterable_class, rows._fields = found._iterable_class, found._fields
        return list(rows)

    def _compile(self, using: str) -> tuple[QuerySet, Any, str, tuple[Any, ...]]:
        found = self.rows(ANY).using(using)
        compiler = found.query.get_compiler(using)
        sql, params = compiler.as_sql()
        if ANY not in params:
            raise RuntimeError("The key of the record is expected among the parameters.")
        return found, compiler, sql, tuple(params)
