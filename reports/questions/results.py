"""What came of it: ratings, challenges, lessons."""

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import FrozenBitMap

from engagements.choices import NOT_ASSESSED, Rating, Severity, Status
from engagements.models import Lesson
from engagements.sets import NOTHING, union
from reports import charts, groups
from reports.asked import Asked
from reports.questions.wording import CALLED_OFF, DISTINCT, overlap, remarks
from reports.report import Report
from reports.tables import Answer, Column, Figure, Group, Heading, Row, Table, Text, crosstab

TOPIC = gettext_lazy("Results")
GROUPINGS = [("strategy", gettext_lazy("Strategy")), ("region", gettext_lazy("Region")), ("kind", gettext_lazy("Kind"))]


class Ratings(Report):
    name, number, topic = "ratings", "R14", TOPIC
    title = gettext_lazy("Outcome ratings and how much was judged")
    question = gettext_lazy("Did it work, by strategy, region or kind, and of how much do we know?")
    of_its_records_alone = True

    def parameters(self):
        return {
            "by": forms.ChoiceField(label=gettext_lazy("By"), choices=GROUPINGS, initial="strategy"),
            "scheme": groups.scheme_field(),
        }

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        label, rows = self._rows(asked)
        offered = [*Rating.choices, NOT_ASSESSED]
        rated = facts.ratings()
        columns = [Group(str(text), code, (("rating", code),), rated.get(code, NOTHING)) for code, text in offered]
        name = asked.chosen["by"]
        heading = Heading(name, label)
        spread = crosstab(
            "ratings", _("Distinct engagements by rating"), heading, rows, columns, facts.all, labels=groups.labels(),
        )  # fmt: skip
        return Answer(
            str(DISTINCT),
            [spread, self._coverage(facts, rows, heading, columns)],
            charts=[charts.bars("ratings", _("Engagements by rating"), columns[:-1])],
            remarks=remarks(
                _("The latest judgment of the whole and of each outcome counts; an engagement can stand in several columns."),
                overlap(_("The rows"), rows),
                CALLED_OFF,
            ),
        )

    def _rows(self, asked: Asked) -> tuple[str, list[Group]]:
        facts = asked.facts
        if asked.chosen["by"] == "kind":
            return _("Kind"), groups.by_kind(facts)
        if asked.chosen["by"] == "region":
            mode = asked.filterset.form.cleaned_data.get("region_mode") or "either"
            return _("Region"), [row for row in groups.by_region(facts, asked.options, asked.chosen["scheme"], mode) if row.ids]
        return _("Strategy"), groups.by_entry(facts, asked.options, "strategy", "strategies")

    def _coverage(self, facts, rows: list[Group], heading: Heading, columns: list[Group]) -> Table:
        """Of what is completed, how much has a judgment."""
        done = facts.statuses.get(Status.COMPLETED.value, NOTHING)
        unjudged = next(column.ids for column in columns if column.code == NOT_ASSESSED[0])

        def line(code: str, label: str, ids: FrozenBitMap, conditions, level: int = 0, href: str = "") -> Row:
            of = len(ids & done)
            judged = len((ids & done) - unjudged)
            status = (("status", Status.COMPLETED.value),)
            return Row(
                [
                    Text(code),
                    Text(label, href),
                    Figure(of, (*conditions, status)),
                    Figure(judged, (*conditions, status, tuple(("rating", rating.value) for rating in Rating))),
                    Figure(of - judged, (*conditions, status, (("rating", NOT_ASSESSED[0]),))),
                    Figure(round(100 * judged / of, 1) if of else None, None, suffix=" %" if of else ""),
                ],
                level,
            )

        return Table(
            "coverage",
            _("Of what is completed, how much was judged"),
            [
                Column(f"{heading.name}_code", _("Code"), is_figure=False, is_code=True),
                Column(heading.name, heading.label, is_figure=False, is_heading=True),
                Column("completed", _("Completed")),
                Column("judged", _("Judged")),
                Column("not_judged", _("Not judged")),
                Column("judged_percent", _("Share judged")),
            ],
            [line(row.code, row.label, row.ids, (row.clause,), row.level, row.href) for row in rows],
            line("TOTAL", _("Distinct total"), facts.all, ()),
        )


class Challenges(Report):
    name, number, topic = "challenges", "R15", TOPIC
    title = gettext_lazy("Challenges by category")
    question = gettext_lazy("What stands in the way, since when and how badly?")
    of_its_records_alone = True

    def parameters(self):
        return {"years": groups.years_field(), "scheme": groups.scheme_field()}

    def answer(self, asked: Asked) -> Answer:
        facts = asked.facts
        by_severity = facts.challenges()
        several: dict[int, list[FrozenBitMap]] = {}
        for (category, _severity), ids in by_severity.items():
            several.setdefault(category, []).append(ids)
        by_category = {category: union(those) for category, those in several.items()}
        rows = [
            Group(option.name, option.code, (("challenge", option.code),), by_category[option.pk])
            for option in asked.options["challenge"]
            if option.pk in by_category
        ]
        everything = groups.covered(rows)
        within = (tuple(("challenge", row.code) for row in rows),) if rows else ()
        heading = Heading("challenge", _("Category"))
        empty = _("No challenge is on record for what this filter finds.")
        years = crosstab(
            "challenges", _("Distinct engagements with a challenge, by category and year of their start"), heading, rows,
            groups.by_year(facts, asked.chosen["years"]), everything, labels=groups.labels(), within=within, empty=empty,
        )  # fmt: skip
        mode = asked.filterset.form.cleaned_data.get("region_mode") or "either"
        largest = [row for row in groups.by_region(facts, asked.options, asked.chosen["scheme"], mode) if row.level == 0]
        regions = crosstab(
            "challenges_regions", _("Distinct engagements with a challenge, by category and region"), heading, rows,
            largest, everything, labels=groups.labels(), within=within, empty=empty,
        )  # fmt: skip
        severities = [
            Column("challenge_code", _("Code"), is_figure=False, is_code=True),
            Column("challenge", _("Category"), is_figure=False, is_heading=True),
            *(Column(severity.value, str(severity.label)) for severity in Severity),
        ]
        pks = {option.code: option.pk for option in asked.options["challenge"]}
        lines = [
            Row(
                [
                    Text(row.code),
                    Text(row.label),
                    *(
                        Figure(len(by_severity.get((pks[row.code], severity.value), ())), ((*row.clause, ("severity", severity.value)),))
                        for severity in Severity
                    ),
                ]
            )
            for row in rows
        ]
        severity = Table(
            "challenges_severity", _("Distinct engagements with a challenge, by category and severity"), severities, lines, empty=empty
        )
        return Answer(
            str(DISTINCT),
            [years, severity, regions],
            charts=[charts.bars("challenges", _("Engagements by category of challenge"), rows)],
            remarks=remarks(
                overlap(_("The categories"), rows),
                overlap(_("The regions"), [_within(row, everything) for row in largest]),
                _("Only engagements with a challenge on record are in the total."),
                CALLED_OFF,
            ),
        )


def _within(group: Group, ids: FrozenBitMap) -> Group:
    return Group(group.label, group.code, group.clause, group.ids & ids, group.level)


class Lessons(Report):
    name, number, topic = "lessons", "R22", TOPIC
    title = gettext_lazy("Lessons register")
    question = gettext_lazy("What was noticed, what does it teach, and what is to be done about it?")
    of_its_records_alone = True

    def answer(self, asked: Asked) -> Answer:
        lessons = (
            Lesson.objects.filter(engagement__in=asked.facts.ids_query)
            .select_related("engagement")
            .prefetch_related("engagement__themes")
            .order_by(F("engagement__starts_on").desc(nulls_last=True), "engagement__reference", "pk")
        )
        lines = [
            Row(
                [
                    Text(lesson.engagement.reference),
                    Text(lesson.engagement.title, lesson.engagement.get_absolute_url()),
                    Text(str(lesson.engagement.starts)),
                    Text(str(lesson.engagement.get_kind_display())),
                    Text(", ".join(theme.name for theme in lesson.engagement.themes.all())),
                    Text(lesson.observation),
                    Text(lesson.lesson),
                    Text(lesson.recommendation),
                    Text(str(lesson.get_status_display())),
                ]
            )
            for lesson in lessons
        ]
        table = Table(
            "lessons",
            _("Lessons, those of the latest engagements first"),
            [
                Column("reference", _("Reference"), is_figure=False, is_code=True),
                Column("engagement", _("Engagement"), is_figure=False, is_heading=True),
                Column("start", _("Start"), is_figure=False),
                Column("kind", _("Kind"), is_figure=False),
                Column("themes", _("Themes"), is_figure=False),
                Column("observation", _("Observation"), is_figure=False),
                Column("lesson", _("Lesson"), is_figure=False),
                Column("recommendation", _("Recommendation"), is_figure=False),
                Column("state", _("State"), is_figure=False),
            ],
            lines,
            empty=_("No lesson is on record for what this filter finds."),
        )
        engagements = len({line.cells[0] for line in lines})
        return Answer(_("Lists %(n)s lessons of %(of)s engagements.") % {"n": len(lines), "of": engagements}, [table], remarks(CALLED_OFF))


REPORTS: list[Report] = [Ratings(), Challenges(), Lessons()]
