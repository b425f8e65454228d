"""Work that takes longer than a page: who asked for it, what came of it, and the file it made."""

import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from jobs import beside
from jobs.choices import UNFINISHED, State

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def new_key() -> str:
    """The name of a job in its address: nobody guesses another's."""
    return "".join(secrets.choice(LETTERS) for _number in range(16))


class Job(models.Model):
    """One piece of work for one person. ``payload`` is what its kind needs to do it, and to do it again."""

    key = models.CharField(_("key"), max_length=16, unique=True, default=new_key, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs", verbose_name=_("owner"))
    title = models.CharField(_("title"), max_length=200)
    payload = models.JSONField(_("payload"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    said = models.TextField(_("result"), blank=True, help_text=_("What came of it, in a sentence."))
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    file_handling = models.CharField(_("marking of the file"), max_length=20, choices=Handling, blank=True)
    file_facts = models.JSONField(_("facts of the file"), default=dict, help_text=_("What the log of what leaves the program says of it."))
    task = models.UUIDField(_("task"), null=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    expires_at = models.DateTimeField(_("file kept until"), null=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ["view"]
        indexes = [models.Index(fields=["owner", "-created_at"], name="job_of_person"), models.Index(fields=["state"], name="job_state")]
        constraints = [
            models.CheckConstraint(name="job_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="job_marking_known", condition=Q(file_handling__in=["", *Handling.values])),
            models.CheckConstraint(name="job_ended_in_the_end", condition=Q(state__in=UNFINISHED) ^ Q(ended_at__isnull=False)),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("jobs:job", args=[self.key])

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    def progress(self) -> beside.Reached:
        return beside.reached(self.key)

    @property
    def is_being_cancelled(self) -> bool:
        return self.state == State.RUNNING and beside.is_to_be_cancelled(self.key)

    # The file -------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The job's own folder beside the database; what lies in it goes with the file."""
        return beside.folder_of(self.key)

    @property
    def path(self) -> Path:
        return beside.jobs_folder() / self.key / beside.FILE

    def keep_file(self, name: str, *, handling: str, **facts) -> None:
        """The file that was written to ``path`` is handed out as ``name``; saved with the end of the job."""
        self.file_name, self.file_handling, self.file_facts = name, handling, facts
        self.expires_at = timezone.now() + timedelta(days=settings.JOB_FILES_KEPT_DAYS)

    @property
    def has_file(self) -> bool:
        """Whether there is a file to be had now."""
        return (
            self.state == State.DONE
            and bool(self.file_name)
            and self.expires_at is not None
            and self.expires_at > timezone.now()
            and self.path.is_file()
        )
