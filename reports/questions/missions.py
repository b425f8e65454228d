"""Peacekeeping: who contributes, and a sheet of each mission."""

import datetime as dt

from django import forms
from django.db.models import Count, F
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.choices import NOT_TAKING_PART, Kind, PersonnelType, Role
from engagements.models import Engagement, Outcome, Participation, PeacekeepingMission, StrengthReport
from reports.asked import Asked
from reports.parties import Party, People, names, people
from reports.questions.wording import CALLED_OFF, remarks
from reports.report import Report
from reports.tables import Answer, Column, Conditions, Figure, Row, Rows, Table, Text

TOPIC = gettext_lazy("Missions")
SHOWN_AT_FIRST = 100
CONTRIBUTORS = [Role.TROOP_CONTRIBUTOR, Role.POLICE_CONTRIBUTOR]


class Contributors(Report):
    name, number, topic = "contributors", "R7", TOPIC
    title = gettext_lazy("Contributors of troops and police")
    question = gettext_lazy("Who had how many people in which missions on a day, and how many of them women?")
    of_its_records_alone = True

    def parameters(self):
        return {"as_of": forms.DateField(label=gettext_lazy("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))}

    def answer(self, asked: Asked) -> Answer:
        until: dt.date = asked.chosen["as_of"] or asked.today
        rows = asked.rows.filter(kind=Kind.PEACEKEEPING)
        if asked.chosen["as_of"]:
            rows = rows.between(until, until)
        found = people(rows.values("pk"), roles=CONTRIBUTORS, until=until)
        types_of = self._types(rows, until)
        types: dict = {}
        for (party, _pk, kind), n in types_of.items():
            types[(party, kind)] = types.get((party, kind), 0) + n
        by_party: dict = {}
        for (party, pk), entry in found.items():
            by_party.setdefault(party, []).append((pk, entry))
        known = names([key for name, key in by_party if name == "country"], [key for name, key in by_party if name == "organization"])
        lines = []
        for party, entries in by_party.items():
            figures = [entry for _pk, entry in entries if entry.personnel is not None]
            counted = sum(entry.known_women_of for entry in figures)
            women = sum(entry.women or 0 for entry in figures)
            latest = max((entry.as_of for entry in figures if entry.as_of), default=None)
            lines.append(
                Row(
                    [
                        Text(known[party].code),
                        Text(known[party].name, known[party].href),
                        Figure(len(entries), self._list_of(known[party], asked.chosen["as_of"])),
                        Figure(sum(entry.personnel for entry in figures) if figures else None),
                        *(Figure(types.get((party, kind.value))) for kind in PersonnelType if kind.value in self.SHOWN),
                        Figure(round(100 * women / counted, 1) if counted else None, suffix=" %" if counted else ""),
                        Text.of_day(latest),
                    ]
                )
            )
        lines.sort(key=lambda row: (-(row.cells[3].value if row.cells[3].value is not None else -1), row.cells[1].text))
        table = Table(
            "contributors",
            _("People by contributor, as of %(day)s") % {"day": date_format(until, "j F Y")},
            [
                Column("party_code", _("Code"), is_figure=False, is_code=True),
                Column("party", _("Contributor"), is_figure=False, is_heading=True),
                Column("missions", _("Missions")),
                Column("people", _("People")),
                *(Column(kind.value, str(kind.label)) for kind in PersonnelType if kind.value in self.SHOWN),
                Column("women_percent", _("Women")),
                Column("latest_figure", _("Latest figure"), is_figure=False),
            ],
            lines,
            self._total(found, types, until, asked.chosen["as_of"]) if lines else None,
            empty=_("No contributor is on record for what this filter finds."),
        )
        return Answer(
            _("Counts people: of each contributor the latest figure in each mission up to this day, added up."),
            [table, self._by_mission(asked, by_party, known, types_of)],
            remarks(
                _("Without a day all missions count, those that have ended with their latest figure; with a day only those that went on."),
                _("The share of women is of the people of whom it is known. Types are known only where a dated report says so."),
                CALLED_OFF,
            ),
        )

    def _list_of(self, party: Party | None, as_of: dt.date | None) -> Conditions:
        """The missions to which a party contributes, or anybody does, on a day."""
        roles = tuple(("role", role.value) for role in CONTRIBUTORS)
        contributes = ((party.filter_name, party.code), *roles) if party else roles
        day = ((("start", as_of.isoformat()), ("end", as_of.isoformat())),) if as_of else ()
        return (("kind", Kind.PEACEKEEPING.value),), contributes, *day

    def _total(self, found: dict, types: dict, until: dt.date, as_of: dt.date | None) -> Row:
        figures = [entry for entry in found.values() if entry.personnel is not None]
        counted = sum(entry.known_women_of for entry in figures)
        women = sum(entry.women or 0 for entry in figures)
        by_kind = {kind: sum(n for (_party, of), n in types.items() if of == kind) for kind in self.SHOWN}
        return Row(
            [
                Text("TOTAL"),
                Text(_("Distinct total")),
                Figure(len({pk for _party, pk in found}), self._list_of(None, as_of)),
                Figure(sum(entry.personnel for entry in figures) if figures else None),
                *(Figure(by_kind[kind.value] or None) for kind in PersonnelType if kind.value in self.SHOWN),
                Figure(round(100 * women / counted, 1) if counted else None, suffix=" %" if counted else ""),
                Text(""),
            ]
        )

    def _by_mission(self, asked: Asked, by_party: dict, known: dict, types: dict) -> Table:
        """Each contributor in each mission, with the day of the figure: the shape in which the UN publishes it."""
        pks = {pk for entries in by_party.values() for pk, _entry in entries}
        missions = {row.pk: row for row in asked.rows.filter(pk__in=pks).only("pk", "reference", "title")}
        named = {kind.value: str(kind.label) for kind in PersonnelType}
        types_of: dict = {}
        for (party, pk, kind), n in types.items():
            types_of.setdefault((party, pk), []).append((kind, n))
        rows = sorted(
            ((missions[pk], known[party], party, entry) for party, entries in by_party.items() for pk, entry in entries),
            key=lambda row: (-(row[3].personnel if row[3].personnel is not None else -1), row[0].title, row[1].name),
        )

        def line(mission: Engagement, party: Party, key: tuple, entry: People) -> Row:
            kinds = sorted(types_of.get((key, mission.pk), []))
            return Row(
                [
                    Text(party.code),
                    Text(party.name, party.href),
                    Text(mission.reference),
                    Text(mission.title, mission.get_absolute_url()),
                    Figure(entry.personnel),
                    Text("; ".join(f"{named[kind]} {n:,}" for kind, n in kinds)),
                    Figure(entry.women),
                    Text.of_day(entry.as_of),
                ]
            )

        return Table(
            "contributions",
            _("Contributor by contributor, mission by mission"),
            [
                Column("party_code", _("Code"), is_figure=False, is_code=True),
                Column("party", _("Contributor"), is_figure=False, is_heading=True),
                Column("reference", _("Reference"), is_figure=False, is_code=True),
                Column("mission", _("Mission"), is_figure=False),
                Column("people", _("People")),
                Column("types", _("Types"), is_figure=False),
                Column("women", _("Women")),
                Column("as_of", _("As of"), is_figure=False),
            ],
            Rows([line(*row) for row in rows[:SHOWN_AT_FIRST]], len(rows), lambda: [line(*row) for row in rows]),
            empty=_("No contributor is on record for what this filter finds."),
            most=SHOWN_AT_FIRST,
        )

    SHOWN = {"troops", "staff_officers", "military_observers", "formed_police", "individual_police"}

    def _types(self, rows, until: dt.date) -> dict:
        """(party, mission, personnel type) to people of the latest report of each participation up to ``until``."""
        reports = (
            StrengthReport.objects.order_by()
            .filter(participation__engagement__in=rows.values("pk"), participation__role__in=CONTRIBUTORS)
            .exclude(participation__status__in=NOT_TAKING_PART)
            .values_list(
                "participation", "participation__country", "participation__acts_for", "participation__organization",
                "participation__personnel", "participation__as_of_on", "as_of_on", "personnel_type", "total", "participation__engagement",
            )
        )  # fmt: skip
        latest: dict[int, dt.date] = {}
        own = {row[0] for row in reports if row[4] is not None and (row[5] is None or row[5] <= until)}  # has a figure without types
        kept = [row for row in reports if row[0] not in own and (row[6] is None or row[6] <= until)]
        for row in kept:
            latest[row[0]] = max(latest.get(row[0], dt.date.min), row[6] or dt.date.min)
        found: dict = {}
        for pk, country, acts_for, organization, _personnel, _as_of, day, kind, total, mission in kept:
            if (day or dt.date.min) == latest[pk]:
                party = ("country", country or acts_for) if country or acts_for else ("organization", organization)
                found[(party, mission, kind)] = found.get((party, mission, kind), 0) + total
        return found


class Missions(Report):
    name, number, topic = "missions", "R8", TOPIC
    title = gettext_lazy("Mission sheets")
    question = gettext_lazy("What is each mission mandated to do, until when, with how many people of how many allowed?")
    of_its_records_alone = True

    def answer(self, asked: Asked) -> Answer:
        rows = asked.rows.filter(kind=Kind.PEACEKEEPING)
        missions = (
            PeacekeepingMission.objects.filter(engagement__in=rows.values("pk"))
            .select_related("engagement", "mandating_body")
            .prefetch_related("tasks")
            .order_by(F("engagement__starts_on").desc(nulls_last=True), "engagement__reference")
        )
        strength: dict[int, int] = {}
        for (_party, pk), entry in people(rows.values("pk"), roles=CONTRIBUTORS).items():
            if entry.personnel is not None:
                strength[pk] = strength.get(pk, 0) + entry.personnel
        parties = (
            Participation.objects.order_by()
            .filter(engagement__in=rows.values("pk"), role__in=CONTRIBUTORS)
            .exclude(status__in=NOT_TAKING_PART)
        )
        contributors = dict(
            parties.values_list("engagement").annotate(n=Count("country", distinct=True) + Count("organization", distinct=True))
        )
        outcomes = dict(
            Outcome.objects.order_by().filter(engagement__in=rows.values("pk")).values_list("engagement").annotate(n=Count("pk"))
        )
        lines = []
        for mission in missions:
            of, pk = mission.engagement, mission.pk
            actual = strength.get(pk)
            lines.append(
                Row(
                    [
                        Text(of.reference),
                        Text(mission.acronym or of.title, of.get_absolute_url(), of.title if mission.acronym else ""),
                        Text(of.period),
                        Text(str(of.get_status_display())),
                        Text(str(mission.mandating_body or ""), small=mission.mandate),
                        Text(mission.mandate),
                        Text.of_day(mission.mandate_expires_on),
                        Figure(mission.authorized_strength),
                        Figure(actual),
                        _share(actual, mission.authorized_strength),
                        Figure(contributors.get(pk, 0) or None),
                        Text(", ".join(task.name for task in mission.tasks.all())),
                        Figure(outcomes.get(pk, 0)),
                    ]
                )
            )
        table = Table(
            "missions",
            _("Missions, the latest first"),
            [
                Column("reference", _("Reference"), is_figure=False, is_code=True),
                Column("mission", _("Mission"), is_figure=False, is_heading=True),
                Column("period", _("Dates"), is_figure=False),
                Column("status", _("Status"), is_figure=False),
                Column("mandating_body", _("Mandated by, to"), is_figure=False),
                Column("mandate", _("Mandate"), is_figure=False, is_code=True),
                Column("mandate_expires", _("Mandate expires"), is_figure=False),
                Column("authorized", _("Authorized")),
                Column("actual", _("On record")),
                Column("actual_percent", _("Of the authorized")),
                Column("contributors", _("Contributors")),
                Column("tasks", _("Tasks"), is_figure=False),
                Column("outcomes", _("Outcomes")),
            ],
            lines,
            empty=_("No mission matches this filter."),
        )
        return Answer(
            _("Lists %(n)s missions.") % {"n": len(lines)},
            [table],
            remarks(
                _("People on record are the sum of the latest figures of the contributors; what is not known is not nobody."), CALLED_OFF
            ),
        )


def _share(part: int | None, whole: int | None) -> Figure:
    if part is None or not whole:
        return Figure(None)
    return Figure(round(100 * part / whole, 1), suffix=" %")


REPORTS: list[Report] = [Contributors(), Missions()]
