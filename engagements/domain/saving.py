"""Writing an engagement so that nobody's work is lost and every rule answers with its sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from engagements.models import Engagement
from engagements.rules_in_database import SENTENCES


class Conflict(ValidationError):
    """Someone else saved the record after this person had opened it; ``current`` is what stands now."""

    def __init__(self, current: Engagement):
        self.current = current
        super().__init__(
            _(
                "%(who)s changed this record on %(when)s, after you had opened it. What you typed is kept below."
                " Compare it with the record as it stands now; saving again puts yours in its place."
            ),
            code="conflict",
            params={"who": current.updated_by or _("Someone"), "when": f"{timezone.localtime(current.updated_at):%-d %b, %H:%M}"},
        )


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
