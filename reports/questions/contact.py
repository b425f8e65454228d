"""With whom, how often, and what is coming: cadence, gaps, the next weeks."""

import calendar
import datetime as dt

from django import forms
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import FrozenBitMap

from catalog.models import Country, CountryRegion
from engagements.choices import NOT_TAKING_PART
from engagements.models import Engagement
from engagements.sets import NOTHING, union
from reports import groups
from reports.asked import Asked
from reports.contacts import FACTS, began, day_of, days_of_contact, first_of
from reports.questions.pairs import providers_and_partners
from reports.questions.wording import CALLED_OFF, DISTINCT, remarks
from reports.report import Report
from reports.tables import Answer, Column, Figure, Group, Heading, Row, Table, Text, crosstab

TOPIC = gettext_lazy("Contact")


def months_field(initial: int) -> forms.Field:
    return forms.IntegerField(label=gettext_lazy("Months"), min_value=1, max_value=120, initial=initial)


def months_back(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` earlier, or the last of that month."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Cadence(Report):
    name, number, topic = "cadence", "R10", TOPIC
    title = gettext_lazy("How often we meet whom")
    question = gettext_lazy("In which of the last months did something go on with each partner?")
    of_its_records_alone = True

    def parameters(self):
        return {"months": forms.IntegerField(label=gettext_lazy("Months"), min_value=1, max_value=36, initial=12)}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        columns = self._months(asked)
        going_on = groups.covered(columns)
        countries = [
            Group(group.label, group.code, group.clause, group.ids & going_on, href=group.href)
            for group in groups.by_country(facts)
            if group.ids & going_on
        ]
        countries.sort(key=lambda group: (-len(group.ids), group.label))
        first, last = columns[0].clause[0][1], columns[-1].clause[1][1]
        whole = (("start", first), ("end", last))
        countries = [Group(one.label, one.code, one.clause, one.ids, href=one.href) for one in countries]
        table = crosstab(
            "cadence",
            _("Distinct engagements going on, by country and month"),
            Heading("country", _("Country")),
            countries,
            columns,
            going_on,
            labels=groups.labels(),
            within=(whole,),
            empty=_("Nothing went on in these months."),
        )
        pairs = providers_and_partners(asked, going_on, (whole,))
        return Answer(
            str(DISTINCT),
            [table, pairs],
            remarks(
                _("An engagement counts in each month in which it may have gone on; where only the year is known, in all of its months."),
                _("A provider hosts, leads, trains, sponsors or supports; where it took part itself, its own column says how often."),
                CALLED_OFF,
            ),
        )

    def _months(self, asked: Asked) -> list[Group]:
        """One group a month, the present one last; read together."""
        spans = []
        for back in range(asked.chosen["months"] - 1, -1, -1):
            first = months_back(asked.today.replace(day=1), back)
            spans.append((first, first.replace(day=calendar.monthrange(first.year, first.month)[1])))
        found = asked.facts.going_on(spans)
        return [
            Group(
                f"{first:%b %y}",
                f"{first:%Y-%m}",
                (("start", first.isoformat()), ("end", last.isoformat())),
                found.get(place, NOTHING),
            )
            for place, (first, last) in enumerate(spans)
        ]


class Gaps(Report):
    name, number, topic = "gaps", "R11", TOPIC
    title = gettext_lazy("Partners without recent contact")
    question = gettext_lazy("With which countries has nothing gone on lately, when was the last time, and what is planned?")
    of_its_records_alone = True

    def parameters(self):
        return {"months": months_field(12)}

    def answer(self, asked: Asked) -> Answer:
        months = asked.chosen["months"]
        since = months_back(asked.today, months)
        without, total = self._without_contact(asked, since), asked.facts.took_part
        countries = self._countries(asked)
        met = set(total) - set(without)
        named = [pk for country in countries for several in without.get(country.pk, ()) for pk in several]
        columns = ("pk", "title", "reference", "starts_precision", *FACTS)
        rows_of = {row.pk: row for row in asked.rows.filter(pk__in=named).only(*columns)}
        rows = []
        for country in countries:
            if country.pk in met:
                continue
            before, after = ([rows_of[pk] for pk in several if pk in rows_of] for several in without.get(country.pk, ((), ())))
            past = max(before, key=began, default=None)  # of several that went on, the one that began last
            when = day_of(*(getattr(past, name) for name in FACTS), asked.today) if past else None
            rows.append((when or dt.date.min, country, when, past, min(after, key=began, default=None)))
        lines = []
        for _key, country, when, past, planned in sorted(rows, key=lambda row: (row[0], row[1].name)):
            lines.append(
                Row(
                    [
                        Text(country.code),
                        Text(country.name, country.get_absolute_url()),
                        Text.of_day(when),
                        Text(past.title, past.get_absolute_url()) if past else Text(_("never on record")),
                        Text(str(planned.starts) if planned else ""),
                        Text(planned.title, planned.get_absolute_url()) if planned else Text(""),
                        Figure(len(total.get(country.pk, NOTHING)), ((("country", country.code),),)),
                    ]
                )
            )
        table = Table(
            "gaps",
            _("Countries without contact since %(day)s") % {"day": date_format(since, "j F Y")},
            [
                Column("country_code", _("Code"), is_figure=False, is_code=True),
                Column("country", _("Country"), is_figure=False, is_heading=True),
                Column("last_contact", _("Last contact"), is_figure=False),
                Column("last_engagement", _("Last engagement"), is_figure=False),
                Column("next_contact", _("Next contact"), is_figure=False),
                Column("next_engagement", _("Next planned"), is_figure=False),
                Column("engagements", _("Engagements on record")),
            ],
            lines,
            empty=_("There was contact with every country in this time."),
        )
        return Answer(
            _("Lists %(n)s of %(of)s countries.") % {"n": len(lines), "of": len(countries)},
            [table],
            remarks(
                _("The last contact is the latest day on which an engagement may have gone on."),
                _("Open-ended training and missions go on today; of an open-ended agreement or dialogue the start counts."),
                _("Only sovereign states that exist today are looked at, within the regions and countries that the filter names."),
                CALLED_OFF,
            ),
        )  # fmt: skip

    def _countries(self, asked: Asked) -> list[Country]:
        day, chosen = asked.today, asked.filterset.form.cleaned_data
        lives = Q(starts_on=None) | Q(starts_on__lte=day), Q(ends_on=None) | Q(ends_on__gt=day)
        countries = Country.objects.in_use().filter(*lives, is_sovereign=True)
        if chosen["country"]:
            countries = countries.filter(pk__in=[country.pk for country in chosen["country"]])
        if chosen["region"]:
            regions = asked.options.with_descendants("region", [region.pk for region in chosen["region"]])
            members = CountryRegion.objects.filter(*lives, region__in=regions)
            countries = countries.filter(pk__in=members.values("country"))
        return list(countries.only("pk", "code", "name"))

    def _without_contact(self, asked: Asked, since: dt.date) -> dict[int, tuple[FrozenBitMap, FrozenBitMap]]:
        """Of each country with engagements and no contact since: those of the last day of contact, and of the next to come."""
        facts = asked.facts
        days = days_of_contact(facts.sets, asked.today)
        past = [ids for day, ids in reversed(days.items()) if day <= asked.today]
        recent = union(ids for day, ids in days.items() if since <= day <= asked.today)
        ahead = [ids for day, ids in days.items() if day > asked.today]
        found = {}
        for country, ids in facts.took_part.items():
            if not ids.intersect(recent):
                found[country] = first_of(past, ids), first_of(ahead, ids)
        return found


class Coming(Report):
    name, number, topic = "coming", "R12", TOPIC
    title = gettext_lazy("The next weeks")
    question = gettext_lazy("What is proposed or planned for the coming days, with whom and where?")
    held_only = False
    of_its_records_alone = True

    def parameters(self):
        return {"days": forms.IntegerField(label=gettext_lazy("Days ahead"), min_value=1, max_value=730, initial=90)}

    def answer(self, asked: Asked) -> Answer:
        until = asked.today + dt.timedelta(days=asked.chosen["days"])
        clause = (("status", "proposed"), ("status", "planned")), (("start", asked.today.isoformat()), ("end", until.isoformat()))
        rows = asked.rows.filter(status__in=["proposed", "planned"]).between(asked.today, until)
        rows = rows.select_related("type", "country").prefetch_related("participations__country", "participations__organization")
        rows = list(rows.order_by(F("starts_on").asc(nulls_last=True), "reference"))
        lines = [_line(row) for row in rows]
        total = Row([Text("TOTAL"), Text(_("Distinct total")), *[Text("")] * 5, Figure(len(rows), clause)])
        table = Table(
            "coming",
            _("From today until %(day)s") % {"day": date_format(until, "j F Y")},
            [
                Column("reference", _("Reference"), is_figure=False, is_code=True),
                Column("title", _("Title"), is_figure=False, is_heading=True),
                Column("start", _("Start"), is_figure=False),
                Column("end", _("End"), is_figure=False),
                Column("kind", _("Kind"), is_figure=False),
                Column("status", _("Status"), is_figure=False),
                Column("held_in", _("Held in"), is_figure=False),
                Column("participants", _("Participants")),
            ],
            lines,
            total if rows else None,
            empty=_("Nothing is proposed or planned for these days."),
        )
        ids = FrozenBitMap([row.pk for row in rows])
        held = [Group(one.label, one.code, one.clause, one.ids & ids, href=one.href) for one in groups.by_place(asked.facts)]
        held = sorted((one for one in held if one.ids), key=lambda one: (-len(one.ids), one.label))
        by_place = crosstab(
            "coming_places", _("Distinct engagements by the country they are held in and by kind"), Heading("held_in", _("Held in")), held,
            groups.by_kind(asked.facts), ids, labels=groups.labels(), within=clause, cells_within=True,
            empty=_("It is not known where they are held.") if rows else _("Nothing is proposed or planned for these days."),
        )  # fmt: skip
        return Answer(
            _("Lists proposed and planned engagements that may go on between today and %(day)s.") % {"day": date_format(until, "j F Y")},
            [table, by_place],
            remarks(_("The last line counts the engagements; the column Participants counts the parties of each.")),
        )


def _line(row: Engagement) -> Row:
    parties = {(part.country_id, part.organization_id) for part in row.participations.all() if part.status not in NOT_TAKING_PART}
    place = ", ".join(part for part in (row.place, row.country.name if row.country else "") if part)
    return Row(
        [
            Text(row.reference),
            Text(row.title, row.get_absolute_url()),
            Text(str(row.starts)),
            Text(str(row.ends)),
            Text(str(row.get_kind_display())),
            Text(str(row.get_status_display())),
            Text(place),
            Figure(len(parties) or None),
        ]
    )


REPORTS: list[Report] = [Cadence(), Gaps(), Coming()]
