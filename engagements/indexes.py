"""Indexes for the order of the list, and how they come into a database that is being used."""

from django.db import models
from django.db.migrations.operations import AddIndex, RemoveIndex
from django.db.models import F


class ListIndex(models.Index):
    """What is not known stands last under a descending column too; SQLite does so by itself, PostgreSQL has to be told."""

    def create_sql(self, model, schema_editor, using="", **kwargs):
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        terms = [F(name).desc(nulls_last=True) if order else F(name) for name, order in self.fields_orders]
        return models.Index(*terms, name=self.name).create_sql(model, schema_editor, using, **kwargs)


class AddIndexInUse(AddIndex):
    """Adds an index without holding up who writes; one that is there already stays, one that was cut off half way is made again."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [f'"{self.index.name}"'])
            found = cursor.fetchone()
        if found is None or not found[0]:
            model = to_state.apps.get_model(app_label, self.model_name)
            schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.index.name}"')
            schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.remove_index(from_state.apps.get_model(app_label, self.model_name), self.index, concurrently=True)


class RemoveIndexInUse(RemoveIndex):
    """Removes an index without holding up who writes."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.name}"')
