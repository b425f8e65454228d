"""How well the record is kept: what is overdue, called off, incomplete or late."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team
from engagements.choices import NEEDS_REASON, StatusReason
from engagements.filters import MISSING, OVERDUE
from reports import groups
from reports.asked import Asked
from reports.questions.wording import DISTINCT, overlap, remarks
from reports.report import Report
from reports.tables import Answer, Group, Heading, crosstab, grouped

TOPIC = gettext_lazy("Upkeep of the record")


class Overdue(Report):
    name, number, topic = "overdue", "R13", TOPIC
    title = gettext_lazy("Overdue")
    question = gettext_lazy("What should have been closed out, assessed, looked at again or renewed by now?")
    held_only = False

    def answer(self, asked: Asked) -> Answer:
        rows = [
            Group(str(label), code, (("overdue", code),), frozenset(asked.rows.overdue(code).values_list("pk", flat=True)))
            for code, label in OVERDUE
        ]
        late = groups.covered(rows)
        within = (tuple(("overdue", code) for code, _label in OVERDUE),)
        table = crosstab(
            "overdue", _("Distinct engagements overdue, by kind"), Heading("overdue", _("What is late")), rows,
            groups.by_kind(asked.facts), late, labels=groups.labels(), within=within,
        )  # fmt: skip
        return Answer(str(DISTINCT), [table], remarks(overlap(_("The rows"), rows), _("Only overdue engagements are in the total.")))


class CalledOff(Report):
    name, number, topic = "called-off", "R19", TOPIC
    title = gettext_lazy("Cancelled and postponed")
    question = gettext_lazy("What was called off, and why?")
    held_only = False

    def answer(self, asked: Asked) -> Answer:
        rows_off = asked.rows.filter(status__in=NEEDS_REASON)
        found = grouped(((status, reason), pk) for status, reason, pk in rows_off.values_list("status", "status_reason", "pk"))
        labels = dict(StatusReason.choices)
        rows: list[Group] = []
        for status in NEEDS_REASON:
            reasons = {reason: ids for (of, reason), ids in found.items() if of == status}
            clause = (("status", status.value),)
            rows.append(Group(str(status.label), status.value, clause, frozenset().union(*reasons.values())))
            rows += [
                Group(str(labels[reason]), f"{status.value}_{reason}", (*clause, ("reason", reason)), ids, level=1)
                for reason, ids in sorted(reasons.items(), key=lambda item: -len(item[1]))
            ]
        everything = groups.covered(rows)
        within = (tuple(("status", status.value) for status in NEEDS_REASON),)
        table = crosstab(
            "called-off", _("Distinct engagements called off, by reason and kind"), Heading("reason", _("Status and reason")), rows,
            groups.by_kind(asked.facts), everything, labels=groups.labels(), within=within,
        )  # fmt: skip
        return Answer(str(DISTINCT), [table], remarks(_("Only cancelled and postponed engagements are in the total.")))


class Quality(Report):
    name, number, topic = "quality", "R20", TOPIC
    title = gettext_lazy("What the records lack")
    question = gettext_lazy("Whose records lack a source, an outcome, an end or participants?")
    held_only = False

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        ids = grouped(asked.rows.values_list("team", "pk"))
        rows = [Group(team.name, team.code, (("team", team.code),), ids[team.pk]) for team in Team.objects.filter(pk__in=ids)]
        columns = [
            Group(str(label), code, (("missing", code),), frozenset(asked.rows.missing(code).values_list("pk", flat=True)) & facts.all)
            for code, label in MISSING
            if code != "series"  # not every engagement belongs to one
        ]
        table = crosstab(
            "quality", _("Distinct engagements by team and by what is missing"), Heading("team", _("Team")), rows, columns, facts.all,
            labels=groups.labels(),
        )  # fmt: skip
        return Answer(
            str(DISTINCT),
            [table],
            remarks(_("A record can lack several things: it then stands in several columns. “All” counts every record of the team.")),
        )


REPORTS: list[Report] = [Overdue(), CalledOff(), Quality()]
