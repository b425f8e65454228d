"""Files of a record: added, taken away and brought back by who may change the record, read by who sees it.

A file is no fact of the record: adding one takes no version of it (a form that is open elsewhere stays good) and
does not undo a verification. The history tells of it like of everything else.
"""

from typing import IO, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.domain.file_names import extension, plain_name
from engagements.domain.file_store import storing
from engagements.domain.file_types import recognize
from engagements.domain.lifecycle import may_edit
from engagements.models import Attachment, Engagement

MOST_OF_A_RECORD = 50


def files_of(engagement: Engagement) -> QuerySet[Attachment]:
    """The files that stand on the record, oldest first."""
    return Attachment.objects.filter(engagement=engagement, removed_at=None).select_related("uploaded_by").order_by("uploaded_at", "pk")


def removed_files_of(engagement: Engagement) -> QuerySet[Attachment]:
    """The files that were taken from the record and can be brought back, last removed first."""
    rows = Attachment.objects.filter(engagement=engagement, removed_at__isnull=False)
    return rows.select_related("uploaded_by").order_by("-removed_at", "pk")


def too_large() -> ValidationError:
    """The sentence for a file above the limit."""
    most = filesizeformat(settings.ATTACHMENT_MAX_BYTES)
    return ValidationError(_("The file is larger than %(most)s. Make it smaller, or split it."), code="size", params={"most": most})


def check_file(file: UploadedFile) -> tuple[str, str]:
    """Name and content type under which ``file`` may be stored; ``ValidationError`` says why it may not."""
    if (file.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        raise too_large()
    name = plain_name(file.name or "")
    return name, recognize(cast(IO[bytes], file.file), extension(name))


def attach(engagement: Engagement, *, file: UploadedFile, title: str, actor: User) -> Attachment:
    """Store ``file`` and hang it on the record, both or neither."""
    name, content_type = check_file(file)
    with storing(file.chunks()) as stored, transaction.atomic():
        _hold(engagement, actor)
        if files_of(engagement).count() >= MOST_OF_A_RECORD:
            raise ValidationError(_("A record holds at most %(most)s files. Remove one first."), params={"most": MOST_OF_A_RECORD})
        # Only what the person may see counts: the sentence must not tell how much others keep.
        taken = Attachment.objects.filter(engagement__in=Engagement.objects.visible_to(actor)).aggregate(total=Sum("size"))["total"] or 0
        if taken + stored.size > settings.ATTACHMENTS_MAX_TOTAL_BYTES:
            raise ValidationError(_("The space for files is used up. Ask who runs this site for more."), code="quota")
        return Attachment.objects.create(
            engagement=engagement, stored_as=stored.name, name=name, title=title, content_type=content_type, size=stored.size,
            sha256=stored.sha256, uploaded_by=actor,
        )  # fmt: skip


@transaction.atomic
def remove(attachment: Attachment, *, actor: User) -> None:
    """Take the file from the record; it is kept, and can be brought back."""
    _hold(attachment.engagement, actor)
    Attachment.objects.filter(pk=attachment.pk, removed_at=None).update(removed_at=timezone.now())


@transaction.atomic
def bring_back(attachment: Attachment, *, actor: User) -> None:
    """Put a removed file back on the record."""
    _hold(attachment.engagement, actor)
    if files_of(attachment.engagement).count() >= MOST_OF_A_RECORD:
        raise ValidationError(_("A record holds at most %(most)s files. Remove one first."), params={"most": MOST_OF_A_RECORD})
    Attachment.objects.filter(pk=attachment.pk).update(removed_at=None)


def _hold(engagement: Engagement, actor: User) -> None:
    """Ask again, inside the transaction, whether ``actor`` may change the record, and let nobody else count its files meanwhile."""
    held = Engagement.objects.visible_to(actor).select_for_update(no_key=True).filter(pk=engagement.pk).first()
    if held is None or not may_edit(held, actor):
        raise PermissionDenied(_("Only its own team or a manager adds and removes files, and not while the record is archived."))
