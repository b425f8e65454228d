"""What people hang on a record: files and comments."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagements.address_keys import key_of
from engagements.models.engagement import Engagement


class Attachment(models.Model):
    """A file of a record, stored under a random name; who may see the record may have the file."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="attachments")
    stored_as = models.CharField(_("stored as"), max_length=64, unique=True, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    title = models.CharField(_("title"), max_length=200, blank=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("In bytes."))
    sha256 = models.CharField(_("checksum"), max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)

    class Meta:
        ordering = ["engagement", "uploaded_at", "pk"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(name="attachment_name_given", condition=~Q(name=""), violation_error_message=_("Name the file.")),
        ]

    def __str__(self):
        return self.title or self.name

    @property
    def key(self) -> str:
        return key_of(self)

    @property
    def ending(self) -> str:
        """The type as its name says it: "pdf"."""
        return self.name.rpartition(".")[2]


class Comment(models.Model):
    """A remark of one person on a record; it is seen by who sees the record."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="comments")
    text = models.TextField(_("comment"))
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Mention", related_name="+")

    class Meta:
        ordering = ["engagement", "written_at", "pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(name="comment_text_given", condition=~Q(text=""), violation_error_message=_("Write something.")),
        ]

    def __str__(self):
        return self.text[:80]

    @property
    def key(self) -> str:
        return key_of(self)


class Mention(models.Model):
    """A colleague named in a comment, who is told so until the comment was seen."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentioned")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mentions")
    seen_at = models.DateTimeField(_("seen"), null=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        ordering = ["comment", "pk"]
        default_permissions = ["view"]
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "person"], name="mention_once", violation_error_message=_("This comment names the person already.")
            ),
        ]

    def __str__(self):
        return str(self.person)
