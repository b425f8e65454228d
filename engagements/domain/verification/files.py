"""Attached files that are not there, or not what was stored. The other way round, see ``manage.py sweep_files``."""

from django.utils.translation import gettext as _

from engagements.domain.file_store import path_of
from engagements.domain.verification.findings import Found, fault
from engagements.models import Attachment


@fault("an attachment whose file is missing, or not as large as it was stored")
def attachment_files() -> Found:
    rows = Attachment.objects.filter(engagement__archived_at=None).order_by()
    for reference, name, stored_as, size in rows.values_list("engagement__reference", "name", "stored_as", "size").iterator():
        try:
            found = path_of(stored_as).stat().st_size
        except FileNotFoundError:
            yield reference, _("The file of its attachment “%(name)s” is missing.") % {"name": name}
            continue
        if found != size:
            yield (
                reference,
                _("The file of its attachment “%(name)s” has %(found)s bytes, not %(size)s.")
                % {
                    "name": name,
                    "found": found,
                    "size": size,
                },
            )
