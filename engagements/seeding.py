"""Loads the engagements of fixtures/engagements/. One that is there already is left as it is."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from accounts.choices import Handling
from accounts.models import Team
from catalog.fixture_files import FixtureError, partial, tables
from catalog.models import (
    ChallengeCategory,
    Country,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    LegalBasis,
    MissionTask,
    Objective,
    Organization,
    OutcomeType,
    Strategy,
    Theme,
)
from catalog.seeding import by_code
from engagements.choices import ReviewState
from engagements.models import (
    Assessment,
    CaseStudy,
    Challenge,
    Engagement,
    Exercise,
    ExternalId,
    FollowUp,
    FundingLine,
    Lesson,
    Outcome,
    Participation,
    PeacekeepingMission,
    Source,
    StrengthReport,
    TrainingProgram,
)
from engagements.references import fixture_reference

SYSTEM = "entente"
MANY = {
    "strategies": Strategy,
    "themes": Theme,
    "domains": Domain,
    "objectives": Objective,
    "legal_bases": LegalBasis,
    "also_held_in": Country,
}
PLAIN = [
    "kind", "title", "status", "status_reason", "place", "iteration", "conflict_context", "local_perception",
]  # fmt: skip


class _Loader:
    def __init__(self, entries: list[tuple[str, dict]], team: Team):
        self.entries, self.team = entries, team
        self.ids = {
            model: by_code(model)
            for model in [
                *MANY.values(), EngagementType, Framework, Organization, OutcomeType, ChallengeCategory, FundingSource, MissionTask,
            ]
        }  # fmt: skip
        self.new: list[Any] = []

    def id(self, model: type[Any], code: str) -> int:
        try:
            return self.ids[model][code]
        except KeyError:
            raise FixtureError(f"{self.place}: there is no {model._meta.verbose_name} “{code}”") from None

    def load(self) -> int:
        engagements = {}
        for place, table in self.entries:
            self.place = f"{place}: {table['key']}"
            engagements[table["key"]] = self._engagement(table)
        _create(Engagement, list(zip((f"{place}: {table['key']}" for place, table in self.entries), engagements.values(), strict=True)))
        ids = dict(ExternalId.objects.filter(system=SYSTEM).values_list("value", "engagement_id"))
        ids |= {key: engagement.pk for key, engagement in engagements.items()}
        ExternalId.objects.bulk_create(
            [ExternalId(engagement=engagement, system=SYSTEM, value=key) for key, engagement in engagements.items()]
        )
        self.engagement_ids = ids
        self._links(engagements)
        for place, table in self.entries:
            self.place = f"{place}: {table['key']}"
            self._children(engagements[table["key"]], table)
        self._save()
        return len(engagements)

    def _engagement(self, table: dict) -> Engagement:
        engagement = Engagement(
            reference=fixture_reference(table["key"]),
            type_id=self.id(EngagementType, table["type"]),
            country_id=self.id(Country, table["country"]) if table.get("country") else None,
            framework_id=self.id(Framework, table["framework"]) if table.get("framework") else None,
            is_virtual=table.get("virtual", False),
            summary=table.get("summary", "").strip(),
            handling=Handling.PUBLIC,
            review_state=ReviewState.VERIFIED,
            team=self.team,
            **{name: table[name] for name in PLAIN if name in table},
            **{name: Decimal(str(table[name])) for name in ("latitude", "longitude") if name in table},
        )
        try:
            engagement.starts, engagement.ends = partial(table["start"]), partial(table["end"])
            engagement.clean_fields(exclude=_links_of(Engagement))
        except Exception as error:
            raise FixtureError(f"{self.place}: {error}") from error
        return engagement

    def _links(self, engagements: dict[str, Engagement]) -> None:
        """Many-to-many links, parents and predecessors, each table in one go."""
        links: dict[type[Model], list] = {}
        parents = []
        for place, table in self.entries:
            self.place = f"{place}: {table['key']}"
            engagement = engagements[table["key"]]
            for name, model in MANY.items():
                field = Engagement._meta.get_field(name)
                through = getattr(Engagement, name).through
                column = f"{field.m2m_reverse_field_name()}_id"
                for code in dict.fromkeys(table.get(name, [])):
                    link = through(engagement_id=engagement.pk, **{column: self.id(model, code)})
                    links.setdefault(through, []).append(link)
            through = Engagement.predecessors.through
            for key in table.get("predecessors", []):
                links.setdefault(through, []).append(through(from_engagement_id=engagement.pk, to_engagement_id=self._other(key)))
            if table.get("parent"):
                engagement.parent_id = self._other(table["parent"])
                parents.append(engagement)
        for through, items in links.items():
            through.objects.bulk_create(items)
        Engagement.objects.bulk_update(parents, ["parent"])

    def _other(self, key: str) -> int:
        try:
            return self.engagement_ids[key]
        except KeyError:
            raise FixtureError(f"{self.place}: there is no engagement “{key}”") from None

    def _children(self, engagement: Engagement, table: dict) -> None:
        over = table["status"] in {"completed", "ongoing"}
        parties = {}
        for row in table["participants"]:
            item = Participation(
                engagement=engagement,
                country_id=self.id(Country, row["country"]) if "country" in row else None,
                organization_id=self.id(Organization, row["organization"]) if "organization" in row else None,
                role=row["role"],
                status=row.get("status", "attended" if over else "confirmed"),
                personnel=row.get("personnel"),
                personnel_planned=row.get("planned"),
                women=row.get("women"),
                unit=row.get("unit", ""),
                note=row.get("note", ""),
                contribution=row.get("contribution", ""),
                cost_share=row.get("cost_share"),
                delegation_level=row.get("level", ""),
            )
            item.starts, item.ends = partial(row.get("from")), partial(row.get("to"))
            item.as_of = partial(row.get("personnel_as_of"))
            party = row.get("country") or row["organization"]
            parties[party, row["role"]] = parties[party, ""] = self._add(item)
        for row in table.get("strength", []):
            key = (row["party"], row.get("role", ""))
            if key not in parties:
                raise FixtureError(f"{self.place}: strength of {row['party']}, which does not take part in that role")
            report = StrengthReport(
                participation=parties[key],
                personnel_type=row["type"],
                female=row.get("female"),
                male=row.get("male"),
                total=row["total"],
            )
            report.as_of = partial(row["as_of"])
            self._add(report)
        self._backing(engagement, table, self._results(engagement, table))
        self._detail(engagement, table)

    def _results(self, engagement: Engagement, table: dict) -> list[Outcome]:
        outcomes = []
        for row in table.get("outcomes", []):
            figures = {name: row.get(name) for name in ("baseline", "target", "actual")}
            texts = {name: row.get(name, "") for name in ("indicator", "unit")}
            outcome = Outcome(
                engagement=engagement,
                level=row["level"],
                type_id=self.id(OutcomeType, row["type"]),
                statement=row["statement"],
                linked_engagement_id=self._other(row["linked"]) if row.get("linked") else None,
                **figures,
                **texts,
            )
            outcomes.append(self._add(outcome))
        for row in table.get("assessments", []):
            names = ["rating", "rationale", "evidence", "assessor"]
            assessment = Assessment(engagement=engagement, **{name: row[name] for name in names if name in row})
            assessment.assessed = partial(row["on"])
            self._add(assessment)
        for row in table.get("challenges", []):
            names = ["description", "severity", "status", "mitigation"]
            category = self.id(ChallengeCategory, row["category"])
            self._add(Challenge(engagement=engagement, category_id=category, **{name: row[name] for name in names if name in row}))
        for row in table.get("follow_ups", []):
            self._add(
                FollowUp(
                    engagement=engagement,
                    text=row["text"],
                    owner=row.get("owner", ""),
                    due_on=partial(row.get("due")).latest,
                    status=row.get("status", "open"),
                    done_on=partial(row.get("done")).latest,
                )
            )
        for row in table.get("lessons", []):
            self._add(Lesson(engagement=engagement, **row))
        return outcomes

    def _backing(self, engagement: Engagement, table: dict, outcomes: list[Outcome]) -> None:
        for row in table.get("funding", []):
            names = ["fiscal_year", "planned", "actual", "currency", "note"]
            self._add(
                FundingLine(
                    engagement=engagement,
                    source_id=self.id(FundingSource, row["source"]),
                    is_pooled=row.get("pooled", False),
                    **{name: row[name] for name in names if name in row},
                )
            )
        for row in table["sources"]:
            names = ["title", "publisher", "kind", "url", "supports"]
            source = Source(engagement=engagement, **{name: row[name] for name in names if name in row})
            source.published = partial(row.get("published"))
            accessed = partial(row.get("accessed"))
            source.accessed_on = accessed.earliest if accessed.day else None
            if "outcome" in row:
                # The number of the outcome in the record, counted from 1.
                if not 1 <= row["outcome"] <= len(outcomes):
                    raise FixtureError(f"{self.place}: “{source.title}” supports outcome {row['outcome']}, which there is not")
                source.outcome = outcomes[row["outcome"] - 1]
            self._add(source)

    def _detail(self, engagement: Engagement, table: dict) -> None:
        if engagement.kind == "exercise":
            row = table.get("exercise", {})
            focus = [*row.get("focus", []), "", ""]
            names = ["forces", "personnel_total", "ships", "aircraft"]
            detail: Any = Exercise(
                engagement=engagement,
                focus=focus[0],
                second_focus=focus[1],
                is_notifiable=row.get("csbm_notifiable"),
                **{name: row[name] for name in names if name in row},
            )
        elif engagement.kind == "training":
            detail = TrainingProgram(engagement=engagement, **table.get("training", {}))
        elif engagement.kind == "peacekeeping":
            row = table.get("mission", {})
            names = ["acronym", "mandate", "authorized_strength", "component", "headquarters", "fatalities"]
            detail = PeacekeepingMission(
                engagement=engagement,
                mandating_body_id=self.id(Organization, row["mandating_body"]) if row.get("mandating_body") else None,
                mandate_expires_on=partial(row.get("mandate_expires")).latest,
                is_executive=row.get("executive"),
                **{name: row[name] for name in names if name in row},
            )
            detail.wanted_tasks = [self.id(MissionTask, code) for code in row.get("tasks", [])]
        else:
            return
        self._add(detail)

    def _add(self, item: Any) -> Any:
        item.place = self.place
        self.new.append(item)
        return item

    def _save(self) -> None:
        """Each table in one go, those that others point to first."""
        order = [
            Exercise, TrainingProgram, PeacekeepingMission, Participation, StrengthReport, Outcome, Assessment, Challenge,
            FollowUp, Lesson, FundingLine, Source,
        ]  # fmt: skip
        for item in self.new:
            try:
                item.clean_fields(exclude=_links_of(type(item)))
            except Exception as error:
                raise FixtureError(f"{item.place}: {error}") from error
        for model in order:
            items = [item for item in self.new if type(item) is model]
            _create(model, [(item.place, item) for item in items])
            if model is PeacekeepingMission:
                through = PeacekeepingMission.tasks.through
                through.objects.bulk_create(
                    [through(peacekeepingmission_id=item.pk, missiontask_id=task) for item in items for task in item.wanted_tasks]
                )


def _links_of(model: type[Model]) -> list[str]:
    """The fields that hold an id: ours come from a look-up, and to ask the database for each again takes most of the time."""
    return [field.name for field in model._meta.fields if field.is_relation]


def _create(model: type[Any], placed: list[tuple[str, Any]]) -> None:
    """All rows in one go; where the database refuses one, it is looked for and its place is said."""
    try:
        with transaction.atomic():
            model.objects.bulk_create([item for _, item in placed])
    except IntegrityError as refusal:
        for place, item in placed:
            try:
                item.validate_constraints()
            except ValidationError as error:
                raise FixtureError(f"{place}: {error}") from error
        raise FixtureError(f"{model._meta.verbose_name_plural}: {refusal}") from refusal


@transaction.atomic
def load_engagements() -> int:
    """Create the engagements and case studies of the fixtures that are not there yet; returns how many are new."""
    team, _ = Team.objects.get_or_create(code="register", defaults={"name": "Entente register"})
    known = set(ExternalId.objects.filter(system=SYSTEM).values_list("value", flat=True))
    entries: dict[str, tuple[str, dict]] = {}
    for place, table in tables("engagement", "engagements"):
        if table["key"] in entries:
            raise FixtureError(f"{place}: {table['key']} is also in {entries[table['key']][0]}")
        entries[table["key"]] = (place, table)
    new = _Loader([entry for key, entry in entries.items() if key not in known], team).load()
    _load_case_studies()
    if new:
        # The planner knows nothing of rows that just came: an export would walk them one by one until it is stopped.
        with connection.cursor() as cursor:
            # Ours alone: on PostgreSQL a bare ANALYZE also holds what all databases share until the transaction ends.
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
    return new


def _load_case_studies() -> None:
    ids = dict(ExternalId.objects.filter(system=SYSTEM).values_list("value", "engagement_id"))
    for place, table in tables("case_study", "engagements"):
        sources = "\n".join(
            ", ".join(part for part in (row["title"], row["publisher"], str(row.get("published", "")), row.get("url", "")) if part)
            for row in table.get("sources", [])
        )
        story, created = CaseStudy.objects.get_or_create(
            code=table["code"],
            defaults={
                "title": table["title"],
                "narrative": table["narrative"].strip(),
                "sources": sources,
                "is_featured": table.get("featured", False),
            },
        )
        if created:
            for key in table["engagements"]:
                if key not in ids:
                    raise FixtureError(f"{place}: {story.code}: there is no engagement “{key}”")
                story.engagements.add(ids[key])


def fixtures_stamp() -> str:
    """What tells one state of the fixture files from another, without reading them."""
    newest = max(path.stat().st_mtime_ns for path in settings.FIXTURES.rglob("*") if path.is_file())
    return f"{newest}"
