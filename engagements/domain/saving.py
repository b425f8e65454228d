"""Writing an engagement so that nobody's work is lost and every rule answers with its sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.models import Attachment, Comment, Engagement, ExternalId, Mention
from engagements.rules_in_database import SENTENCES
from history.models import Change


class Conflict(ValidationError):
    """Someone else saved the record after this person had opened it; ``current`` is what stands now."""

    def __init__(self, current: Engagement):
        self.current = current
        who, when = last_change(current)
        super().__init__(
            _("%(who)s changed this record on %(when)s, after you had opened it. Look at it again before you go on."),
            code="conflict",
            params={"who": who, "when": when},
        )


def last_change(engagement: Engagement) -> tuple[str, str]:
    """Who changed what the record says, and when, in words. A merger of catalog entries changes it without a claim."""
    beside = [model._meta.db_table for model in (Comment, Mention, Attachment)]
    later = Change.objects.filter(engagement=engagement.pk, at__gt=engagement.updated_at).exclude(table__in=beside).order_by("-pk").first()
    who = later.actor_name if later is not None else str(engagement.updated_by or "")
    at = timezone.localtime(later.at if later is not None else engagement.updated_at)
    return who or _("Someone"), f"{at:%-d %b, %H:%M}"


def claim(engagement: Engagement, *, seen: int | None, actor: User) -> None:
    """Take the right to change ``engagement``, seen at version ``seen``: compare and set in one statement.

    Raises ``Conflict`` when another change came first, or when nobody says what was seen.
    """
    now = timezone.now()
    taken = seen is not None and Engagement.objects.filter(pk=engagement.pk, version=seen).update(
        version=seen + 1, updated_at=now, updated_by=actor
    )
    if not taken:
        raise Conflict(Engagement.objects.select_related("updated_by").get(pk=engagement.pk))
    engagement.version = (seen or 0) + 1
    engagement.updated_by, engagement.updated_at = actor, now


def keep_names_apart(names: set[tuple[str, str]], *, of: Engagement, reader: User) -> None:
    """Refuse a name in another system (system, value) that leads to another record which ``reader`` sees, also one just saved.

    To be called inside the transaction that writes them; who writes the same name waits until it is over.
    """
    for system, value in sorted(names):
        if connection.vendor == "postgresql":  # SQLite lets only one write anyway
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{system}\n{value}"])
        others = ExternalId.objects.filter(engagement__in=Engagement.objects.visible_to(reader), system=system, value=value)
        if others.exclude(engagement=of).exists():
            raise ValidationError(_("This identifier already leads to a record."))


def raise_versions(rows: QuerySet) -> None:
    """Rows of any table are about to change without a claim: who has one of their records open is told at the next save."""
    found = [
        field.name if field.related_model is Engagement else f"{field.name}__engagement"
        for field in rows.model._meta.concrete_fields
        if field.is_relation and (field.related_model is Engagement or hasattr(field.related_model, "engagement"))
    ]
    paths = ["pk"] if rows.model is Engagement else found
    for path in paths:
        Engagement.objects.filter(pk__in=rows.order_by().values(path)).update(version=F("version") + 1)


@contextmanager
def as_sentences() -> Iterator[None]:
    """All or nothing; a refusal of the database becomes a ``ValidationError`` with a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ValidationError(sentence_of(error), code="refused") from error


def sentence_of(error: IntegrityError) -> str:
    """What a person reads for a constraint that only met the write, such as a row someone else just added."""
    text = str(error)
    for rule, sentence in SENTENCES.items():
        if rule in text:
            return str(sentence)
    for model in Engagement._meta.apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name in text:
                return str(constraint.violation_error_message)
    return _("This does not fit with what is on record by now. Look at the record again; nothing of this was saved.")
