"""How well the record is kept: what is overdue and what was called off."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.choices import NEEDS_REASON, OVERDUE, StatusReason
from engagements.countable import UNTOUCHED
from engagements.sets import NOTHING
from reports import groups
from reports.asked import Asked
from reports.questions.wording import DISTINCT, overlap, remarks
from reports.report import Report
from reports.tables import Answer, Group, Heading, crosstab

TOPIC = gettext_lazy("Upkeep of the record")


class Overdue(Report):
    name, number, topic = "overdue", "R13", TOPIC
    title = gettext_lazy("Overdue")
    question = gettext_lazy("What should have been closed out, assessed, looked at again or renewed by now?")
    held_only = False

    def parameters(self):
        choices = [(code, label) for code, label in OVERDUE if code.startswith(UNTOUCHED)]
        return {"untouched": forms.ChoiceField(label=gettext_lazy("Not touched"), choices=choices, initial=f"{UNTOUCHED}180")}

    def answer(self, asked: Asked) -> Answer:
        asked_for = [(code, label) for code, label in OVERDUE if not code.startswith(UNTOUCHED) or code == asked.chosen["untouched"]]
        found = asked.facts.late([code for code, _label in asked_for])
        rows = [Group(str(label), code, (("overdue", code),), found.get(code, NOTHING)) for code, label in asked_for]
        late = groups.covered(rows)
        within = (tuple(("overdue", code) for code, _label in asked_for),)
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
    of_its_records_alone = True

    def answer(self, asked: Asked) -> Answer:
        labels = dict(StatusReason.choices)
        rows: list[Group] = []
        for status in NEEDS_REASON:
            off = asked.facts.statuses.get(status.value, NOTHING)
            reasons = {reason: met for reason, ids in asked.facts.reasons.items() if (met := ids & off)}
            clause = (("status", status.value),)
            rows.append(Group(str(status.label), status.value, clause, off))
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


REPORTS: list[Report] = [Overdue(), CalledOff()]
