"""Values that can not be read, or can not be meant: control characters, half letters, dates of no calendar, blank titles."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from catalog.canonical import tidy
from catalog.partial_dates import FIRST_YEAR, LAST_YEAR
from catalog.readable import why_unreadable
from engagements.domain.verification.findings import Found, fault
from engagements.models import (
    AfterActionReview,
    Assessment,
    Attachment,
    Challenge,
    Comment,
    Engagement,
    Exercise,
    ExternalId,
    FollowUp,
    FundingLine,
    HandlingRequest,
    Lesson,
    Outcome,
    Participation,
    PeacekeepingMission,
    ReviewStep,
    Source,
    StrengthReport,
    TrainingProgram,
)

# Each table of the record, and the way from its row to the engagement.
TABLES: dict[type[models.Model], str] = {
    Engagement: "",
    **dict.fromkeys(
        [
            Exercise, TrainingProgram, PeacekeepingMission, Participation, Outcome, Assessment, Challenge, FollowUp,
            AfterActionReview, Lesson, FundingLine, Source, ExternalId, Attachment, Comment,
            ReviewStep, HandlingRequest,
        ],
        "engagement__",
    ),
    StrengthReport: "participation__engagement__",
}  # fmt: skip
FIRST_DAY, LAST_DAY = f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31"
# A source may well be older; source_before_1900 remarks on it.
MAY_BE_OLDER = {(Source, "published_on")}


@contextmanager
def reading_anything() -> Iterator[None]:
    """On SQLite, which stores any bytes, what is no UTF-8 is read as lone surrogates instead of stopping the program."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    database = connection.connection
    before = database.text_factory
    database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        database.text_factory = before


def _of_current(model: type[models.Model]) -> Any:
    return model._default_manager.filter(**{f"{TABLES[model]}archived_at": None}).order_by()


@fault("text with control characters, half letters or letters that are not composed")
def unreadable_text() -> Found:
    for model, path in TABLES.items():
        fields = [
            field for field in model._meta.concrete_fields if isinstance(field, models.CharField | models.TextField) and not field.choices
        ]
        if not fields:
            continue
        rows = _of_current(model).values_list(f"{path}reference", *(field.attname for field in fields))
        with reading_anything():
            for reference, *values in rows.iterator():
                for field, text in zip(fields, values, strict=True):
                    if text and (reason := why_unreadable(text, lines=isinstance(field, models.TextField))):
                        yield (
                            reference,
                            _("%(table)s, %(field)s: %(reason)s.")
                            % {
                                "table": model._meta.verbose_name,
                                "field": field.verbose_name,
                                "reason": reason,
                            },
                        )


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


@fault("a date before 1900, after 2200, or that no calendar has")
def impossible_date() -> Found:
    """Dates are read as text: SQLite stores any, and Python has no day for some."""
    for model, path in TABLES.items():
        dated = (field for field in model._meta.concrete_fields if isinstance(field, models.DateField))
        fields = [field for field in dated if not isinstance(field, models.DateTimeField)]
        if not fields:
            continue
        texts = {f"{field.attname}_text": Cast(field.attname, models.CharField()) for field in fields}
        rows = _of_current(model).annotate(**texts)
        some = Q(*((f"{field.attname}__isnull", False) for field in fields), _connector=Q.OR)
        for reference, *values in rows.filter(some).values_list(f"{path}reference", *texts).iterator():
            for field, text in zip(fields, values, strict=True):
                if text is None:
                    continue
                too_early = text < FIRST_DAY and (model, field.attname) not in MAY_BE_OLDER
                if too_early or text > LAST_DAY or not _is_day(text):
                    yield (
                        reference,
                        _("%(table)s, %(field)s: %(date)s can not be meant.")
                        % {
                            "table": model._meta.verbose_name,
                            "field": field.verbose_name,
                            "date": text,
                        },
                    )
    years = Q(fiscal_year__lt=FIRST_YEAR) | Q(fiscal_year__gt=LAST_YEAR)
    for reference, year in _of_current(FundingLine).filter(years).values_list("engagement__reference", "fiscal_year").iterator():
        yield reference, _("The fiscal year %(year)s can not be meant.") % {"year": year}


@fault("a title of blanks or invisible letters, or none")
def empty_title() -> Found:
    with reading_anything():
        for reference, title in _of_current(Engagement).values_list("reference", "title").iterator():
            if not tidy(title):
                yield reference, _("Its title can not be seen.")
