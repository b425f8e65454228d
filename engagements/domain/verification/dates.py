"""Dates that do not go together."""

import datetime as dt

from django.db.models import F, Q
from django.utils.translation import gettext as _

from engagements.choices import Status
from engagements.domain.verification.findings import Found, fault, remark
from engagements.domain.verification.spans import certainly_before, each
from engagements.models import Engagement, Outcome, Participation, Source
from engagements.querysets import today

FIRST_SOURCES = dt.date(1900, 1, 1)
SOON_AFTER = dt.timedelta(days=366)


@fault("an end before its start, of an engagement or a participation")
def end_before_start() -> Found:
    for engagement in each(Engagement.objects.current().filter(ends_on__lt=F("starts_on"))):
        yield (
            engagement.reference,
            _("It ends %(end)s, before it starts %(start)s.")
            % {
                "end": engagement.ends,
                "start": engagement.starts,
            },
        )
    rows = Participation.objects.filter(engagement__archived_at=None, ends_on__lt=F("starts_on"))
    for row in each(rows.select_related("engagement", "country", "organization")):
        yield (
            row.engagement.reference,
            _("%(party)s takes part until %(end)s, before it does from %(start)s.")
            % {
                "party": row.party,
                "end": row.ends,
                "start": row.starts,
            },
        )


@fault("completed before it ends, or ongoing before it starts")
def already_over() -> Found:
    day = today()
    ahead = Q(status=Status.COMPLETED, ends_on__gt=day) | Q(status__in=[Status.COMPLETED, Status.ONGOING], starts_on__gt=day)
    for engagement in each(Engagement.objects.current().filter(ahead)):
        status = engagement.get_status_display()
        if engagement.starts_on and engagement.starts_on > day:
            yield engagement.reference, _("%(status)s, but it starts %(start)s.") % {"status": status, "start": engagement.starts}
        elif engagement.ends.earliest > day:
            yield engagement.reference, _("%(status)s, but it ends %(end)s.") % {"status": status, "end": engagement.ends}


@remark("proposed or planned although it began, or ongoing although it ended: not closed out")
def not_closed_out() -> Found:
    day = today()
    ended = Q(status__in=[Status.PROPOSED, Status.PLANNED, Status.ONGOING], ends_on__lt=day)
    began = Q(status__in=[Status.PROPOSED, Status.PLANNED], starts_on__lt=day)
    for engagement in each(Engagement.objects.current().filter(ended | began)):
        status = engagement.get_status_display()
        if engagement.ends_on and engagement.ends_on < day:
            yield engagement.reference, _("%(status)s, but it ended %(end)s: close it out.") % {"status": status, "end": engagement.ends}
        elif engagement.starts.latest < day:
            yield engagement.reference, _("%(status)s, but it began %(start)s.") % {"status": status, "start": engagement.starts}


@fault("a participation outside the dates of its engagement")
def participation_dates() -> Found:
    early = Q(starts_on__lt=F("engagement__starts_on")) | Q(ends_on__lt=F("engagement__starts_on"))
    late = Q(ends_on__gt=F("engagement__ends_on")) | Q(starts_on__gt=F("engagement__ends_on"))
    rows = Participation.objects.filter(early | late, engagement__archived_at=None)
    for row in each(rows.select_related("engagement", "country", "organization")):
        engagement = row.engagement
        for mine in (row.starts, row.ends):
            if certainly_before(mine, engagement.starts):
                yield (
                    engagement.reference,
                    _("%(party)s takes part %(mine)s, before the start %(start)s.")
                    % {
                        "party": row.party,
                        "mine": mine,
                        "start": engagement.starts,
                    },
                )
                break
            if certainly_before(engagement.ends, mine):
                yield (
                    engagement.reference,
                    _("%(party)s takes part %(mine)s, after the end %(end)s.")
                    % {
                        "party": row.party,
                        "mine": mine,
                        "end": engagement.ends,
                    },
                )
                break


@fault("a legal basis from more than a year after the end of what rests on it")
def legal_basis_later() -> Found:
    """A conference ends before its treaty is signed, and a last resolution closes a mission that is over: a year is allowed."""
    through = Engagement.legal_bases.through.objects
    links = through.filter(engagement__archived_at=None, legalbasis__signed_on__gt=F("engagement__ends_on"))
    for link in each(links.select_related("engagement", "legalbasis")):
        engagement, basis = link.engagement, link.legalbasis
        if engagement.ends.latest + SOON_AFTER < basis.signed.earliest:
            yield (
                engagement.reference,
                _("It ended %(end)s, but “%(basis)s” is of %(signed)s.")
                % {
                    "end": engagement.ends,
                    "basis": basis,
                    "signed": basis.signed,
                },
            )


@remark("a source published before 1900")
def source_before_1900() -> Found:
    rows = Source.objects.filter(engagement__archived_at=None, published_on__lt=FIRST_SOURCES)
    for source in each(rows.select_related("engagement")):
        yield (
            source.engagement.reference,
            _("“%(source)s” is said to be of %(published)s.")
            % {
                "source": source,
                "published": source.published,
            },
        )


@fault("an outcome that led to an engagement that starts earlier")
def led_to_earlier() -> Found:
    earlier = Q(linked_engagement__starts_on__lt=F("engagement__starts_on")) | Q(linked_engagement=F("engagement"))
    rows = Outcome.objects.filter(earlier, engagement__archived_at=None)
    for outcome in each(rows.select_related("engagement", "linked_engagement")):
        engagement, linked = outcome.engagement, outcome.linked_engagement
        if engagement.pk == linked.pk:
            yield engagement.reference, _("An outcome led to the engagement itself.")
        elif certainly_before(linked.starts, engagement.starts):
            yield (
                engagement.reference,
                _("An outcome led to %(linked)s, which starts %(start)s, earlier than this.")
                % {
                    "linked": linked.reference,
                    "start": linked.starts,
                },
            )
