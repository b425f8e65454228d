"""Which database a question goes to: while a request is read from a copy all of it is, and everything else is the primary's."""

from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, connections

# The copy that answers the present request, if one does.
reading_from: ContextVar[str | None] = ContextVar("reading_from", default=None)
# What pages read; sessions, sign-in, the queue of the jobs and imports are always asked of the primary.
READ = {"accounts", "catalog", "engagements", "history", "reports"}


class Router:
    def db_for_read(self, model, **hints):
        alias = reading_from.get()
        # Inside a transaction one reads what one writes.
        if alias is None or model._meta.app_label not in READ or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return DEFAULT_DB_ALIAS
        return alias

    def db_for_write(self, model, **hints):
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True  # the same rows, here and there

    def allow_migrate(self, alias, app_label, **hints):
        return alias == DEFAULT_DB_ALIAS
