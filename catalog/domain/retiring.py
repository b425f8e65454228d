"""An entry that is no longer wanted is retired: records keep it, forms no longer offer it."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models.base import CatalogEntry


def retire(entry: CatalogEntry) -> None:
    """Take ``entry`` out of the forms from today on."""
    if entry.merged_into_id is not None:
        raise ValidationError(_("%(name)s was merged into another entry.") % {"name": entry})
    if entry.retired_on is None:
        entry.retired_on = timezone.now().date()
        entry.save(update_fields=["retired_on"])


def unretire(entry: CatalogEntry) -> None:
    """Offer ``entry`` in forms again."""
    if entry.merged_into_id is not None:
        raise ValidationError(_("%(name)s was merged into another entry and stays so.") % {"name": entry})
    entry.retired_on = None
    entry.save(update_fields=["retired_on"])
