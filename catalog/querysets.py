"""How the lists are read."""

from django.db import models
from django.db.models import Q


class CatalogQuerySet(models.QuerySet):
    def get_by_natural_key(self, code):
        return self.get(code=code)

    def in_use(self):
        """Entries a form offers: neither retired nor merged into another."""
        return self.filter(retired_on=None, merged_into=None)

    def offered(self, current_pk=None):
        """``in_use`` and, besides, the one a record already holds."""
        return self.filter(Q(retired_on=None, merged_into=None) | Q(pk=current_pk))


class DatedQuerySet(models.QuerySet):
    def on(self, day):
        """Rows that hold on ``day``; an end is the first day on which they no longer do."""
        return self.filter(Q(starts_on=None) | Q(starts_on__lte=day), Q(ends_on=None) | Q(ends_on__gt=day))
