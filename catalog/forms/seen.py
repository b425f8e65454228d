"""What a person saw of an entry when the form was opened, so that nobody overwrites what another just saved."""

import hashlib

from django.utils.translation import gettext as _

from catalog.models import CountryRegion, Membership
from catalog.models.base import CatalogEntry

# Rows that the form of an entry holds too, with the name of the entry in them.
ROWS = {"organization": Membership, "framework": Membership, "country": CountryRegion}


def digest(entry: CatalogEntry, *, lock: bool = False) -> str:
    """A mark that changes with every fact, spelling and row of ``entry`` as it is stored; ``lock`` keeps others from it."""
    model = type(entry)
    stored = model.objects.order_by().filter(pk=entry.pk)
    facts = [(stored.select_for_update() if lock else stored).values_list().get()]
    facts += [sorted(getattr(entry, field.name).values_list("pk", flat=True)) for field in model._meta.many_to_many if field.editable]
    if hasattr(model, "aliases"):
        facts.append(list(entry.aliases.order_by("pk").values_list()))
    if rows := ROWS.get(model._meta.model_name):
        facts.append(list(rows.objects.filter(**{model._meta.model_name: entry}).order_by("pk").values_list()))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def conflict() -> str:
    return _("Someone changed this entry after you had opened it. Open it again and compare before you save.")
