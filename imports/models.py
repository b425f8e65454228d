"""Spreadsheets on their way into the record: the file, what its columns mean, its lines, its questions, what came of it."""

import json
import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling, Role
from accounts.models import Team
from catalog.models.base import NameField
from engagements.choices import ReviewState
from engagements.domain.twins import reasons
from engagements.models import Engagement
from imports.choices import Action, LineState, Outcome, State

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def new_key() -> str:
    """The public name of a batch, as in its address: nobody guesses another's."""
    return "".join(secrets.choice(LETTERS) for _number in range(10))


class CellsField(models.TextField):
    """A list kept as JSON text: exactly as it was given, and cheaper to write by the hundred thousand than JSON the database reads."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value, expression, connection):
        return None if value is None else json.loads(value)

    def get_prep_value(self, value):
        return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class Upload(models.Model):
    """A file as it was sent, kept under a random name until it expires."""

    stored_as = models.CharField(_("stored as"), max_length=64, unique=True, editable=False)
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("checksum"), max_length=64)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("In bytes."))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"))
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("kept until"))

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")

    def __str__(self):
        return self.name


class SavedMappingQuerySet(models.QuerySet):
    def readable_by(self, user):
        """One's own, those that are shared, and those that ship with the program."""
        return self.filter(Q(owner=user.pk) | Q(is_shared=True) | Q(is_ready=True))


class SavedMapping(models.Model):
    """What the columns of one kind of file mean, under a name."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = NameField(_("name"), max_length=120)
    document = models.JSONField(_("mapping"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="saved_mappings", verbose_name=_("owner")
    )
    is_shared = models.BooleanField(_("shared with everyone who imports"), default=False)
    is_ready = models.BooleanField(_("ships with the program"), default=False, editable=False)
    created_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)

    objects = SavedMappingQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        constraints = [
            models.CheckConstraint(name="savedmapping_named", condition=~Q(name=""), violation_error_message=_("Give the mapping a name.")),
        ]

    def __str__(self):
        return self.name


class BatchQuerySet(models.QuerySet):
    def readable_by(self, user):
        """One's own, and for managers and stewards those of their teams, as far as their clearance reaches.

        A file may mark some of its records higher than itself: who is not cleared for these does not see others' file either.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        cleared = Handling.up_to(user.clearance)
        mine = Q(owner=user.pk)
        if user.role in {Role.MANAGER, Role.STEWARD}:
            mine |= Q(team__in=user.team_ids) & (Q(counts__highest__isnull=True) | Q(counts__highest__in=cleared))
        return self.filter(mine, handling__in=cleared)


class Batch(models.Model):
    """One file on its way into the record: what its columns mean, how far it has come, what became of it."""

    key = models.CharField(_("key"), max_length=10, unique=True, default=new_key, editable=False)
    upload = models.ForeignKey(Upload, models.SET_NULL, null=True, blank=True, related_name="batches", verbose_name=_("file"))
    name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(_("checksum"), max_length=64, help_text=_("Of the file; known also when the file is gone."))
    options = models.JSONField(_("how the file is read"), default=dict, blank=True)
    headings = models.JSONField(_("headings"), default=list, blank=True, help_text=_("As the last check read them."))
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    mapping_code = models.CharField(_("saved mapping"), max_length=60, blank=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="batches", verbose_name=_("team"))
    handling = models.CharField(_("handling"), max_length=20, choices=Handling, default=Handling.OFFICIAL)
    review_state = models.CharField(
        _("records come in as"), max_length=20, default=ReviewState.DRAFT,
        choices=[(state.value, state.label) for state in (ReviewState.DRAFT, ReviewState.SUBMITTED)],
    )  # fmt: skip
    valid_only = models.BooleanField(
        _("write what is right, leave the rest out"), default=False, help_text=_("Otherwise one wrong line keeps all of them out.")
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.MAPPING, editable=False)
    said = models.TextField(_("what went wrong"), blank=True, editable=False)
    counts = models.JSONField(_("counts"), default=dict, editable=False)
    plan = models.CharField(max_length=64, blank=True, editable=False, help_text=_("Fingerprint of what the check found would be written."))
    basis = models.CharField(max_length=64, blank=True, editable=False, help_text=_("Fingerprint of what the check was made from."))
    job_key = models.CharField(max_length=40, blank=True, editable=False, help_text=_("The job that works on it, or did last."))
    action = models.CharField(max_length=32, blank=True, editable=False, help_text=_("The action in the history that wrote it."))
    undo_action = models.CharField(max_length=32, blank=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="batches", verbose_name=_("owner"))
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(name="batch_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="batch_handling_known", condition=Q(handling__in=Handling.values)),
            models.CheckConstraint(
                name="batch_comes_in_unverified", condition=Q(review_state__in=[ReviewState.DRAFT, ReviewState.SUBMITTED])
            ),
        ]

    def __str__(self):
        return self.name


class Line(models.Model):
    """One line of the file with its cells as they were. The lines of one group tell of one engagement."""

    batch = models.ForeignKey(Batch, models.CASCADE, db_index=False, related_name="lines")  # each constraint begins with it
    number = models.PositiveIntegerField(_("line"), help_text=_("As a person counts in the file; the first line is 1."))
    cells = CellsField(_("cells"))
    group = models.CharField(max_length=32, blank=True, help_text=_("Lines of one group are one engagement."))
    state = models.CharField(_("state"), max_length=10, choices=LineState, default=LineState.READ)
    # Each {"column", "value", "sentence", "severity"}; empty text where there is none.
    problems = CellsField(_("problems"), default=list)
    has_problems = models.BooleanField(default=False)
    # For control totals: the printed ones are aggregates, the others are what they count.
    report_year = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=200, blank=True)
    program = models.CharField(max_length=300, blank=True)
    people = models.BigIntegerField(null=True)
    cost = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    class Meta:
        ordering = ["batch", "number"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="line_once")]
        indexes = [
            models.Index(fields=["batch", "group", "number"], name="line_of_group"),
            models.Index(fields=["batch", "number"], condition=Q(has_problems=True), name="line_with_problems"),
        ]

    def __str__(self):
        return f"{self.number}"


class Planned(models.Model):
    """What the check found would become of one group of lines; what a person looks at before it is written."""

    batch = models.ForeignKey(Batch, models.CASCADE, db_index=False, related_name="planned")  # each constraint begins with it
    group = models.CharField(max_length=32)
    first_line = models.PositiveIntegerField(_("first line"))
    lines = models.PositiveIntegerField(_("lines"))
    title = models.CharField(_("title"), max_length=300, blank=True)
    outcome = models.CharField(_("what becomes of it"), max_length=10, choices=Outcome)
    engagement = models.ForeignKey(
        Engagement, models.SET_NULL, null=True, related_name="+", verbose_name=_("record"), help_text=_("Where there is one already.")
    )
    changes = CellsField(_("changes"), default=list, help_text=_("Each [field, before, after], in words."))
    # What the writing needs again (imports/keeping.py):
    identity = models.CharField(max_length=32, blank=True)
    content = models.CharField(max_length=32, blank=True)
    names = CellsField(default=list)
    reference = models.CharField(max_length=20, blank=True)
    compared = models.BooleanField(default=False, help_text=_("Whether the record itself was looked at."))
    facts = models.TextField(blank=True)

    class Meta:
        ordering = ["batch", "first_line"]
        verbose_name = _("planned record")
        verbose_name_plural = _("planned records")
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["batch", "group"], name="planned_once")]
        indexes = [models.Index(fields=["batch", "outcome", "first_line"], name="planned_by_outcome")]

    def __str__(self):
        return self.title


class LikelyTwin(models.Model):
    """A record on file that a new one of the file may be again. Only who sees the record is told."""

    batch = models.ForeignKey(Batch, models.CASCADE, db_index=False, related_name="likely_twins")  # the constraint begins with it
    group = models.CharField(max_length=32)
    line = models.PositiveIntegerField(_("line"), help_text=_("The first of its lines."))
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="+", verbose_name=_("record"))
    is_alike = models.BooleanField(_("alike title"))
    shared = models.PositiveIntegerField(_("same participants"))

    class Meta:
        ordering = ["batch", "line"]
        verbose_name = _("likely duplicate")
        verbose_name_plural = _("likely duplicates")
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["batch", "group"], name="likely_twin_once")]

    def __str__(self):
        return f"{self.line}"

    @property
    def why(self) -> str:
        """What the two have in common, in words."""
        return ", ".join(reasons(self.is_alike, self.shared))


class Question(models.Model):
    """A name in the file that leads to no entry for certain; one answer settles all its lines."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="questions")
    kind = models.CharField(_("list"), max_length=40)
    text = models.CharField(_("name"), max_length=500)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    why = models.TextField(_("why it is asked"), blank=True)
    suggestions = models.JSONField(_("suggestions"), default=list)
    answer = models.JSONField(_("answer"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by"))

    class Meta:
        ordering = ["-lines", "kind", "text"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["batch", "kind", "text"], name="question_once")]

    def __str__(self):
        return self.text


class Imported(models.Model):
    """A record that a batch created or changed."""

    batch = models.ForeignKey(Batch, models.CASCADE, db_index=False, related_name="imported")  # each constraint begins with it
    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="imported")
    group = models.CharField(max_length=32, help_text=_("The lines it was written from."))
    identity = models.CharField(max_length=32, blank=True, help_text=_("What names the engagement in the source."))
    content = models.CharField(max_length=32, blank=True, help_text=_("Fingerprint of what its lines said."))
    action = models.CharField(_("what was done"), max_length=10, choices=Action)
    version_after = models.PositiveIntegerField(help_text=_("Its version when the batch had written it."))
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["batch", "pk"]
        verbose_name = _("imported record")
        verbose_name_plural = _("imported records")
        default_permissions = ["view"]
        constraints = [models.UniqueConstraint(fields=["batch", "engagement"], name="imported_once")]
        indexes = [models.Index(fields=["identity"], name="imported_identity")]

    def __str__(self):
        return f"{self.engagement_id}"
