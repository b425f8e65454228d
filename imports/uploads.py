"""Spreadsheets as they were sent: under random names in one private folder, until they expire."""

import hashlib
import os
import secrets
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.domain.file_names import plain_name
from imports.choices import WORKING
from imports.models import Upload


def folder() -> Path:
    """The folder of the files, readable by this program's account only."""
    path = Path(settings.DATA_DIR) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(upload: Upload) -> Path:
    return folder() / upload.stored_as


def too_large() -> ValidationError:
    return ValidationError(
        _("The file is larger than %(most)s. Pack it with gzip, or split it."), params={"most": filesizeformat(settings.IMPORT_MAX_BYTES)}
    )


def keep(file, *, owner) -> Upload:
    """Copy the uploaded ``file`` block by block and say what it is; nothing stays where that fails."""
    name = secrets.token_hex(16)
    place, checksum, size = folder() / name, hashlib.sha256(), 0
    try:
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            for block in file.chunks():
                size += len(block)
                if size > settings.IMPORT_MAX_BYTES:
                    raise too_large()
                checksum.update(block)
                target.write(block)
        if not size:
            raise ValidationError(_("The file is empty."))
        return Upload.objects.create(
            stored_as=name,
            name=plain_name(file.name),
            sha256=checksum.hexdigest(),
            size=size,
            owner=owner,
            expires_at=timezone.now() + timedelta(days=settings.IMPORT_KEPT_DAYS),
        )
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def is_there(upload: Upload | None) -> bool:
    """Whether the file can still be read."""
    return upload is not None and path_of(upload).is_file()


def remove_expired() -> int:
    """Delete the files that are past their day and at work nowhere; their batches stay, with name and checksum. How many."""
    expired = list(Upload.objects.filter(expires_at__lt=timezone.now()).exclude(batches__state__in=WORKING))
    for upload in expired:
        path_of(upload).unlink(missing_ok=True)
        upload.delete()
    known = set(Upload.objects.values_list("stored_as", flat=True))
    # A file without a row was being written when the program was stopped; one of this minute may be so now.
    for path in folder().iterdir():
        if path.is_file() and path.name not in known and path.stat().st_mtime < time.time() - 3600:
            path.unlink(missing_ok=True)
    return len(expired)
