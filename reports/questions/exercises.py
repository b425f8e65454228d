"""Exercises and series: who came to which, how a series went, who carried it."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import FrozenBitMap

from catalog.models import Framework
from catalog.trees import spread
from engagements.choices import NOT_TAKING_PART, Kind, Role
from engagements.facts import Facts
from engagements.models import Engagement, Participation
from engagements.sets import NOTHING, Sets, found
from reports import groups
from reports.asked import Asked, ReadersChoice
from reports.parties import names, people
from reports.questions.wording import CALLED_OFF, DISTINCT, remarks
from reports.report import Report
from reports.tables import Answer, Column, Figure, Group, Heading, Row, Table, Text, crosstab

TOPIC = gettext_lazy("Exercises and series")
AT_ONCE = 20_000  # engagements whose people are in memory
MOST_COLUMNS = 16  # on the page; the file has all of them


class SeriesField(ReadersChoice):
    """The code of a framework or series with engagements that the reader may see."""

    def __init__(self, *, required: bool):
        super().__init__(label=gettext_lazy("Framework or series"), required=required)

    def offer(self, reader) -> None:
        theirs = Engagement.objects.visible_to(reader).current()
        sets = Sets(theirs.db)
        met = Facts(theirs, sets.of(theirs), sets).column("framework")
        offered = list(Framework.objects.filter(pk__in=[key for key in met if key]).order_by("name").values_list("code", "name"))
        self.choices = offered if self.required else [("", gettext_lazy("All of them")), *offered]
        self.required = self.required and bool(offered)
        self.initial = self.choices[0][0] if self.choices else ""


def of_series(asked: Asked, code: str):
    """The rows of a framework or series and of its parts, as the filter finds them."""
    return asked.rows.under_frameworks(Framework.objects.filter(code=code).values_list("pk", flat=True))


class Matrix(Report):
    name, number, topic = "participation", "R5", TOPIC
    title = gettext_lazy("Who took part in which exercises")
    question = gettext_lazy("Which country came to which series, and how often; to which exercise of a series, and as what?")
    of_its_records_alone = True

    def parameters(self):
        return {"series": SeriesField(required=False)}

    def answer(self, asked: Asked) -> Answer:
        if asked.chosen["series"]:
            return self._of_series(asked, asked.chosen["series"])
        exercises = asked.facts.kinds.get(Kind.EXERCISE.value, NOTHING)
        direct = {key: met for key, ids in asked.facts.column("framework").items() if (met := ids & exercises)}
        single = direct.pop(None, NOTHING)
        by_series = spread(direct, dict(Framework.objects.values_list("pk", "parent")))
        frameworks = Framework.objects.filter(pk__in=by_series).only("pk", "code", "name", "abbreviation")
        columns = [
            Group(one.abbreviation or one.name, one.code, (("framework", one.code),), by_series[one.pk])
            for one in sorted(frameworks, key=lambda one: (-len(by_series[one.pk]), one.name))
        ]
        if single:
            columns.insert(0, Group(_("no series"), "no_series", (("missing", "series"),), single))
        kind = (("kind", Kind.EXERCISE.value),)
        countries = [
            Group(one.label, one.code, one.clause, one.ids & exercises, href=one.href)
            for one in groups.by_country(asked.facts)
            if one.ids & exercises
        ]
        countries.sort(key=lambda one: (-len(one.ids), one.label))
        table = crosstab(
            "participation",
            _("Distinct exercises, by country and series"),
            Heading("country", _("Country")),
            countries,
            columns,
            exercises,
            labels=groups.labels(),
            within=(kind,),
            empty=_("No exercise matches this filter."),
            most_columns=MOST_COLUMNS,
            cells_within=True,
        )
        return Answer(
            str(DISTINCT),
            [table],
            remarks(
                _("Only exercises count. A series counts what is part of it too; the one with most exercises stands first."),
                _("The page shows %(shown)s of %(all)s columns, the file has all of them.") % {"shown": MOST_COLUMNS, "all": len(columns)}
                if len(columns) > MOST_COLUMNS
                else "",
                CALLED_OFF,
            ),
        )

    def _of_series(self, asked: Asked, series: str) -> Answer:
        """Each exercise of one series as a column, the latest first, and in the cells as what a country came."""
        rows = of_series(asked, series).filter(kind=Kind.EXERCISE)
        exercises = list(rows.order_by(F("starts_on").desc(nulls_last=True), "reference"))
        came: dict[int, dict[int, list[str]]] = {}
        parts = Participation.objects.order_by("pk").filter(engagement__in=[row.pk for row in exercises], acts_for__isnull=False)
        for country, pk, role in parts.exclude(status__in=NOT_TAKING_PART).values_list("acts_for", "engagement", "role"):
            roles = came.setdefault(country, {}).setdefault(pk, [])
            if role not in roles:
                roles.append(role)
        known = names(came)
        labels = dict(Role.choices)
        lines = []
        for country, roles in sorted(came.items(), key=lambda item: (-len(item[1]), known[("country", item[0])].name)):
            party = known[("country", country)]
            cells = [Text(", ".join(str(labels[role]) for role in roles.get(row.pk, ()))) for row in exercises]
            total = Figure(len(roles), ((("kind", Kind.EXERCISE.value),), (("framework", series),), (("country", party.code),)))
            lines.append(Row([Text(party.code), Text(party.name, party.href), total, *cells]))
        own = ((("kind", Kind.EXERCISE.value),), (("framework", series),))
        total = Row([Text("TOTAL"), Text(_("Distinct total")), Figure(len(exercises), own), *(Text("") for _row in exercises)])
        table = Table(
            "participation",
            _("As what each country came, exercise by exercise"),
            [
                Column("country_code", _("Code"), is_figure=False, is_code=True),
                Column("country", _("Country"), is_figure=False, is_heading=True),
                Column("exercises", _("Exercises"), is_total=True),
                *(
                    Column(row.reference, row.iteration or row.title, is_figure=False, is_code=place >= MOST_COLUMNS)
                    for place, row in enumerate(exercises)
                ),
            ],
            lines,
            total if lines else None,
            empty=_("No exercise of this series matches this filter."),
        )
        counted = sum(len(roles) for roles in came.values())
        return Answer(
            _("Counts participations: a country once in each exercise, %(n)s in all.") % {"n": f"{counted:,}"},
            [table],
            remarks(
                _("A country counts where it took part itself or by a ministry or force of its own; who declined does not."),
                _("The page shows the latest %(n)s exercises, the file has all of them.") % {"n": MOST_COLUMNS}
                if len(exercises) > MOST_COLUMNS
                else "",
                CALLED_OFF,
            ),
        )


class History(Report):
    name, number, topic = "series", "R6", TOPIC
    title = gettext_lazy("History of a series")
    question = gettext_lazy("When was each iteration, where, with how many parties and people?")

    def parameters(self):
        return {"series": SeriesField(required=True)}

    def answer(self, asked: Asked) -> Answer:
        rows = of_series(asked, asked.chosen["series"]).select_related("country", "exercise")
        found = list(rows.order_by(F("starts_on").asc(nulls_last=True), "reference"))
        parties, hosts = _parties([row.pk for row in found])
        strength: dict[int, int] = {}
        for (_party, pk), entry in people([row.pk for row in found]).items():
            if entry.personnel is not None:
                strength[pk] = strength.get(pk, 0) + entry.personnel
        lines = []
        for row in found:
            whole = row.exercise.personnel_total if row.kind == Kind.EXERCISE and hasattr(row, "exercise") else None
            lines.append(
                Row(
                    [
                        Text(row.reference),
                        Text(row.title, row.get_absolute_url()),
                        Text(row.iteration),
                        Text(str(row.starts)),
                        Text(str(row.ends)),
                        Text(", ".join(part for part in (row.place, row.country.name if row.country else "") if part)),
                        Text(", ".join(hosts.get(row.pk, []))),
                        Figure(parties.get(row.pk)),
                        Figure(whole if whole is not None else strength.get(row.pk)),
                    ]
                )
            )
        table = Table(
            "series",
            _("Iterations in order"),
            [
                Column("reference", _("Reference"), is_figure=False, is_code=True),
                Column("title", _("Title"), is_figure=False, is_heading=True),
                Column("iteration", _("Iteration"), is_figure=False),
                Column("start", _("Start"), is_figure=False),
                Column("end", _("End"), is_figure=False),
                Column("held_in", _("Held in"), is_figure=False),
                Column("hosts", _("Hosts and leads"), is_figure=False),
                Column("participants", _("Participants")),
                Column("people", _("People")),
            ],
            lines,
            empty=_("No iteration of this series matches this filter."),
        )
        return Answer(
            _("Lists %(n)s iterations on record.") % {"n": len(found)},
            [table],
            remarks(
                _("Participants are countries and organizations, each once. People are the total on record of the exercise,"),
                _("or else the sum of what is known of its participants; where nothing is known it says so."),
                CALLED_OFF,
            ),
        )


def _parties(pks: list[int]) -> tuple[dict[int, int], dict[int, list[str]]]:
    """How many parties each engagement has, and the names of those that host or lead it."""
    rows = Participation.objects.order_by("pk").filter(engagement__in=pks).exclude(status__in=NOT_TAKING_PART)
    found: dict[int, set] = {}
    leading: dict[int, list] = {}
    for pk, role, country, organization in rows.values_list("engagement", "role", "country", "organization"):
        party = ("country", country) if country else ("organization", organization)
        found.setdefault(pk, set()).add(party)
        if role in {Role.HOST, Role.LEAD, Role.CO_LEAD} and party not in leading.setdefault(pk, []):
            leading[pk].append(party)
    known = names(
        [key for parties in leading.values() for name, key in parties if name == "country"],
        [key for parties in leading.values() for name, key in parties if name == "organization"],
    )
    return {pk: len(parties) for pk, parties in found.items()}, {
        pk: [known[party].name for party in parties] for pk, parties in leading.items()
    }


@dataclass
class Brought:
    """What a party brought to the engagements: of so many a figure of people is known, and of some a share of the cost."""

    engagements: int = 0
    figures: int = 0
    people: int = 0
    shares: int = 0
    sum_of_shares: Decimal = Decimal(0)


def _brought(rows: QuerySet, ids: FrozenBitMap) -> tuple[dict[tuple[str, int], Brought], int, int]:
    """Of each party; how many engagements have one, and of how many people are known. Some engagements are in memory at a time."""
    parties: dict[tuple[str, int], Brought] = {}
    engagements = with_figure = 0
    for start in range(0, len(ids), AT_ONCE):
        some = rows.filter(pk__range=(ids[start], ids[min(start + AT_ONCE, len(ids)) - 1]))
        seen, known = set(), set()
        for (party, pk), entry in people(some.values("pk")).items():
            if (brought := parties.get(party)) is None:
                brought = parties[party] = Brought()
            brought.engagements += 1
            if entry.cost_shares:
                brought.shares += len(entry.cost_shares)
                brought.sum_of_shares += sum(entry.cost_shares)
            seen.add(pk)
            if entry.personnel is not None:
                brought.figures += 1
                brought.people += entry.personnel
                known.add(pk)
        engagements, with_figure = engagements + len(seen), with_figure + len(known)
    return parties, engagements, with_figure


class Burden(Report):
    name, number, topic = "burden", "R18", TOPIC
    title = gettext_lazy("Who carries how much")
    question = gettext_lazy("How many people and which share of the cost does each participant bring?")
    of_its_records_alone = True

    def parameters(self):
        return {"series": SeriesField(required=False)}

    def answer(self, asked: Asked) -> Answer:
        rows, ids = asked.rows, asked.facts.all
        within = ()
        if asked.chosen["series"]:
            rows = of_series(asked, asked.chosen["series"])
            ids = found(rows)
            within = ((("framework", asked.chosen["series"]),),)
        by_party, engagements, with_figure = _brought(rows, ids)
        known = names([key for name, key in by_party if name == "country"], [key for name, key in by_party if name == "organization"])
        whole = sum(brought.people for brought in by_party.values())
        lines = []
        for party, brought in by_party.items():
            named = known[party]
            total = brought.people if brought.figures else None
            clause = ((named.filter_name, named.code),)
            lines.append(
                Row(
                    [
                        Text(named.code),
                        Text(named.name, named.href),
                        Figure(brought.engagements, (clause, *within)),
                        Figure(brought.figures),
                        Figure(total),
                        Figure(
                            round(100 * total / whole, 1) if total is not None and whole else None,
                            suffix=" %" if total is not None and whole else "",
                        ),
                        Figure(
                            round(brought.sum_of_shares / brought.shares, 1) if brought.shares else None,
                            suffix=" %" if brought.shares else "",
                        ),
                    ]
                )
            )
        lines.sort(key=lambda row: (-(row.cells[4].value or -1), -row.cells[2].value, row.cells[1].text))
        table = Table(
            "burden",
            _("People and cost by participant"),
            [
                Column("party_code", _("Code"), is_figure=False, is_code=True),
                Column("party", _("Participant"), is_figure=False, is_heading=True),
                Column("engagements", _("Engagements")),
                Column("engagements_with_figure", _("with people on record")),
                Column("people", _("People")),
                Column("people_percent", _("Share of people")),
                Column("cost_share_percent", _("Cost share, mean")),
            ],
            lines,
            self._total(engagements, with_figure, whole) if lines else None,
            empty=_("Nobody takes part in what this filter finds."),
        )
        return Answer(
            _("Counts people: the latest figure of each participant in each engagement, added up over the engagements."),
            [table],
            remarks(
                _("A ministry or force counts with its country. Shares are of the %(n)s people that are known.") % {"n": f"{whole:,}"},
                CALLED_OFF,
            ),
        )

    def _total(self, engagements: int, with_figure: int, whole: int) -> Row:
        """The engagements behind the rows, each once; those without a participant are in none of them."""
        return Row(
            [
                Text("TOTAL"),
                Text(_("Distinct total")),
                Figure(engagements),
                Figure(with_figure),
                Figure(whole if with_figure else None),
                Figure(100 if whole else None, suffix=" %" if whole else ""),
                Text(""),
            ]
        )


REPORTS: list[Report] = [Matrix(), History(), Burden()]
