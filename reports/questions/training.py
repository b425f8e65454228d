"""Training delivered: who was trained in what, how many completed it, and what it cost."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.choices import NOT_TAKING_PART, Kind, Role
from engagements.models import FundingLine, Participation, TrainingProgram
from reports.asked import Asked
from reports.parties import names
from reports.questions.wording import CALLED_OFF, remarks
from reports.report import Report
from reports.tables import Answer, Column, Figure, Row, Table, Text

TOPIC = gettext_lazy("Training")


class Delivered(Report):
    name, number, topic = "training", "R9", TOPIC
    title = gettext_lazy("Training delivered")
    question = gettext_lazy("Whom did we train, in what, how many completed it, and what did it cost?")

    def answer(self, asked: Asked) -> Answer:
        rows = asked.rows.filter(kind=Kind.TRAINING)
        recipients = self._recipients(rows)
        programs = {program.pk: program for program in TrainingProgram.objects.filter(engagement__in=rows.values("pk"))}
        costs = self._costs(rows)
        themes: dict[int, set[int]] = {}
        for theme, pks in asked.facts.linked("themes").items():
            for pk in pks:
                if pk in programs:
                    themes.setdefault(pk, set()).add(theme)
        named = {option.pk: option for option in asked.options["theme"]}
        known = names(recipients)
        kind = (("kind", Kind.TRAINING.value),)
        lines = []
        for country, pks in sorted(recipients.items(), key=lambda item: (-len(item[1]), known[("country", item[0])].name)):
            party = known[("country", country)]
            clause = (("country", party.code), ("role", Role.RECIPIENT.value))
            lines.append(self._line(party.code, party.name, party.href, "", pks, programs, costs, recipients, (kind, clause)))
            of_themes: dict[int, set[int]] = {}
            for pk in pks:
                for theme in themes.get(pk, ()):
                    of_themes.setdefault(theme, set()).add(pk)
            for theme, under in sorted(of_themes.items(), key=lambda item: named[item[0]].name):
                option = named[theme]
                conditions = (kind, clause, (("theme", option.code),))
                lines.append(self._line(party.code, option.name, "", option.code, under, programs, costs, recipients, conditions, level=1))
        everything = set(programs)
        total = self._line("TOTAL", _("Distinct total"), "", "", everything, programs, costs, recipients, (kind,))
        table = Table(
            "training",
            _("Training by recipient and theme"),
            [
                Column("country_code", _("Code"), is_figure=False, is_code=True),
                Column("theme_code", _("Theme code"), is_figure=False, is_code=True),
                Column("recipient", _("Recipient, and the themes"), is_figure=False, is_heading=True),
                Column("programs", _("Programs")),
                Column("enrolled", _("Enrolled")),
                Column("completed", _("Completed")),
                Column("women", _("Women")),
                Column("cost", _("Cost"), is_figure=False),
                Column("shared", _("Shared with others")),
            ],
            lines,
            total if programs else None,
            empty=_("No training matches this filter."),
        )
        return Answer(
            _("Counts training programs, and the people who are on record for them."),
            [table],
            remarks(
                _("People and cost are those of the whole program, also where several countries received it: “Shared” counts those."),
                _("A program stands under each of its themes. Sums leave out what is not known; currencies are not added up."),
                CALLED_OFF,
            ),
        )

    def _recipients(self, rows) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        parts = Participation.objects.order_by().filter(engagement__in=rows.values("pk"), role=Role.RECIPIENT, acts_for__isnull=False)
        for country, pk in parts.exclude(status__in=NOT_TAKING_PART).values_list("acts_for", "engagement"):
            found.setdefault(country, set()).add(pk)
        return found

    def _costs(self, rows) -> dict[int, dict[str, Decimal]]:
        found: dict[int, dict[str, Decimal]] = {}
        lines = FundingLine.objects.order_by().filter(engagement__in=rows.values("pk"), actual__isnull=False)
        for pk, currency, amount in lines.values_list("engagement", "currency", "actual"):
            money = found.setdefault(pk, {})
            money[currency] = money.get(currency, Decimal(0)) + amount
        return found

    def _line(self, code, name, href, theme, pks, programs, costs, recipients, conditions, level=0) -> Row:
        money: dict[str, Decimal] = {}
        for pk in pks:
            for currency, amount in costs.get(pk, {}).items():
                money[currency] = money.get(currency, Decimal(0)) + amount
        several = {pk for pk in pks if sum(pk in theirs for theirs in recipients.values()) > 1}
        found = [programs[pk] for pk in pks if pk in programs]
        return Row(
            [
                Text(code),
                Text(theme),
                Text(name, href),
                Figure(len(pks), conditions),
                Figure(_sum(program.enrolled for program in found)),
                Figure(_sum(program.completed for program in found)),
                Figure(_sum(program.women for program in found)),
                Text("; ".join(f"{amount:,.0f} {currency}" for currency, amount in sorted(money.items()))),
                Figure(len(several)),
            ],
            level,
        )


def _sum(values) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


REPORTS: list[Report] = [Delivered()]
