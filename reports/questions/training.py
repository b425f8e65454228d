"""Training delivered: who was trained in what, how many completed it, and what it cost."""

from collections import Counter
from decimal import Decimal
from itertools import chain

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
    of_its_records_alone = True

    def answer(self, asked: Asked) -> Answer:
        rows = asked.rows.filter(kind=Kind.TRAINING)
        recipients = self._recipients(rows)
        columns = ("pk", "enrolled", "completed", "women")
        programs = {pk: people for pk, *people in TrainingProgram.objects.filter(engagement__in=rows.values("pk")).values_list(*columns)}
        costs = self._costs(rows)
        themes: dict[int, list[int]] = {}
        for theme, pks in asked.facts.linked("themes").items():
            for pk in pks:
                if pk in programs:
                    themes.setdefault(pk, []).append(theme)
        shared = {pk for pk, n in Counter(chain.from_iterable(recipients.values())).items() if n > 1}
        named = {option.pk: option for option in asked.options["theme"]}
        known = names(recipients)
        kind = (("kind", Kind.TRAINING.value),)
        lines = []
        for country, pks in sorted(recipients.items(), key=lambda item: (-len(item[1]), known[("country", item[0])].name)):
            party = known[("country", country)]
            clause = (("country", party.code), ("role", Role.RECIPIENT.value))
            lines.append(self._line(party.code, party.name, party.href, "", pks, programs, costs, shared, (kind, clause)))
            of_themes: dict[int, set[int]] = {}
            for pk in pks:
                for theme in themes.get(pk, ()):
                    of_themes.setdefault(theme, set()).add(pk)
            for theme, under in sorted(of_themes.items(), key=lambda item: named[item[0]].name):
                option = named[theme]
                conditions = (kind, clause, (("theme", option.code),))
                lines.append(self._line(party.code, option.name, "", option.code, under, programs, costs, shared, conditions, level=1))
        everything = set(programs)
        total = self._line("TOTAL", _("Distinct total"), "", "", everything, programs, costs, shared, (kind,))
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

    def _line(self, code, name, href, theme, pks, programs, costs, shared, conditions, level=0) -> Row:
        money: dict[str, Decimal] = {}
        for pk in pks:
            for currency, amount in costs.get(pk, {}).items():
                money[currency] = money.get(currency, Decimal(0)) + amount
        people = list(zip(*(programs[pk] for pk in pks if pk in programs), strict=True)) or [(), (), ()]
        return Row(
            [
                Text(code),
                Text(theme),
                Text(name, href),
                Figure(len(pks), conditions),
                *(Figure(_sum(values)) for values in people),
                Text("; ".join(f"{amount:,.0f} {currency}" for currency, amount in sorted(money.items()))),
                Figure(len(shared.intersection(pks))),
            ],
            level,
        )


def _sum(values) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


REPORTS: list[Report] = [Delivered()]
