"""The five layouts: stable names, one meaning each. A column is added at its place, never renamed or given another meaning.

``e`` is the engagement; other short names stand in each layout's ``tables``, long ones are aggregates (aggregates.py).
"""

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from catalog.choices import Precision
from engagements import choices
from engagements.export.aggregates import RATING_OF_STEP, quoted
from engagements.export.columns import Column, Layout, Type
from engagements.models import Outcome, Participation, StrengthReport

TEXT, TEXTS, CODE, CODES, CLOSED = Type.TEXT, Type.TEXTS, Type.CODE, Type.CODES, Type.CLOSED
INTEGER, DECIMAL, DATE, PARTIAL, MOMENT, BOOLEAN = Type.INTEGER, Type.DECIMAL, Type.DATE, Type.PARTIAL_DATE, Type.MOMENT, Type.BOOLEAN

PRECISION = _("How much of the date before it is known. With “unknown” and “open” (no end in sight) the date is blank.")


def _partial(name, stem, description, precision_name=""):
    return (
        Column(name, PARTIAL, stem, description),
        Column(precision_name or f"{name}_precision", CLOSED, f"{stem}_precision", PRECISION, Precision),
    )


def _dates():
    return (
        *_partial("start_date", "e.starts", _("First day, as far as it is known: 1948-05-14, 1948-05 or 1948."), "start_precision"),
        *_partial("end_date", "e.ends", _("Last day, as far as it is known."), "end_precision"),
    )


YEAR = Column("year", INTEGER, lambda d: d.year("e.starts_on"), _("Year of the start. Blank: the start is not known."))
FISCAL_YEAR = Column(
    "fiscal_year",
    INTEGER,
    lambda d: d.fiscal_year("e.starts", settings.FISCAL_YEAR_FIRST_MONTH),
    _("Fiscal year of the start, named for the year in which it ends. Blank where not even the month is known."),
)
HANDLING = Column("handling", CLOSED, "e.handling", _("Handling of the record that the row comes from."), choices.Handling)
ID = Column("engagement_id", CODE, "e.reference", _("Reference of the engagement: never changed, never used again."))
TITLE = Column("title", TEXT, "e.title", _("Title of the engagement."))
KIND = Column("kind", CLOSED, "e.kind", _("What the engagement is."), choices.Kind)
PLACE = (
    Column("location_country_iso3", CODE, "held.code", _("Country it is held in, ISO 3166-1 alpha-3. Blank: not known, or not in one.")),
    Column("location_country", TEXT, "held.name", _("Name of that country.")),
)
LOCATION = Column("location", TEXT, "e.place", _("Town, base or area."))
FRAMEWORK = (
    Column("framework_code", CODE, "f.code", _("Framework or series it belongs to.")),
    Column("framework", TEXT, "f.name", _("Name of that framework or series.")),
)
TYPE = (
    Column("type_code", CODE, "ty.code", _("Type of the engagement, from the list of types.")),
    Column("type", TEXT, "ty.name", _("Name of that type.")),
)


def _entries(codes, names, join, what):
    return (
        Column(codes, CODES, f"{join}.codes", what),
        Column(names, TEXTS, f"{join}.names", _("Their names, in the same order.")),
    )


def _party(country_word, *, acts_for=True):
    first = (
        Column("country_iso3", CODE, "w.code", country_word),
        Column("country", TEXT, "w.name", _("Name of that country.")),
        Column("organization_code", CODE, "o.code", _("Code of the organization, where one takes part and not a country.")),
        Column("organization", TEXT, "o.name", _("Name of that organization.")),
    )
    state = Column("acts_for_iso3", CODE, "s.code", _("The country itself, or the state of a ministry or force: what scope is counted by."))
    return (*first, state) if acts_for else first


_PARTY_TABLES = (
    " LEFT JOIN catalog_country w ON w.id = p.country_id LEFT JOIN catalog_organization o ON o.id = p.organization_id"
    " LEFT JOIN catalog_country s ON s.id = p.acts_for_id"
)
_TYPE_TABLE = "JOIN catalog_engagementtype ty ON ty.id = e.type_id"
_PLACE_TABLES = " LEFT JOIN catalog_country held ON held.id = e.country_id LEFT JOIN catalog_framework f ON f.id = e.framework_id"

ENGAGEMENTS = Layout(
    name="engagements",
    label=_("Engagements"),
    row=_("One row for each engagement."),
    note=_("Flat: several values stand in one cell. To count parties, roles or outcomes, take the layout that has a row for each."),
    tables=f"{_TYPE_TABLE}{_PLACE_TABLES} JOIN accounts_team team ON team.id = e.team_id"
    " LEFT JOIN accounts_user owner ON owner.id = e.owner_id LEFT JOIN visible parent ON parent.id = e.parent_id",
    joins=(
        "parties", "strategies", "themes", "domains", "objectives", "legal_bases", "also_held", "predecessors",
        "outcomes", "judgments", "challenges", "sources", "released",
    ),
    columns=(
        Column("id", CODE, "e.reference", _("Reference of the engagement: never changed, never used again.")),
        KIND,
        *TYPE,
        TITLE,
        Column("title_is_generated", BOOLEAN, "e.is_title_generated", _("Whether the program made the title because none is known.")),
        *FRAMEWORK,
        Column("iteration", TEXT, "e.iteration", _("Its number or year in the series.")),
        Column("parent_id", CODE, "parent.reference", _("The larger engagement it is part of, where you may see that one.")),
        Column("predecessor_ids", CODES, "predecessors.codes", _("The engagements it follows on from, as far as you may see them.")),
        Column("status", CLOSED, "e.status", _("Where it stands."), choices.Status),
        Column("status_reason", CLOSED, "e.status_reason", _("Why it was cancelled or postponed."), choices.StatusReason),
        Column("scope", CLOSED, "e.scope", _("Counted from the participants in counted roles, never typed."), choices.Scope),
        *_dates(),
        YEAR,
        FISCAL_YEAR,
        *PLACE,
        Column("also_held_in_iso3", CODES, "also_held.codes", _("Further countries it is held in.")),
        LOCATION,
        Column("latitude", DECIMAL, "e.latitude", _("Degrees north, WGS 84."), places=4),
        Column("longitude", DECIMAL, "e.longitude", _("Degrees east, WGS 84."), places=4),
        Column("is_virtual", BOOLEAN, "e.is_virtual", _("Whether it is held online.")),
        Column("lead", TEXTS, "parties.leaders", _("Names of the parties that take part as lead or co-lead.")),
        Column(
            "participants", TEXTS, "parties.names",
            _("Names of all that take part, in any role, each once, in the order of entry. Not who declined or withdrew."),
        ),
        Column(
            "participant_iso3", CODES, "parties.states",
            _("The countries among them, each once; a ministry or force stands for its country. Not one for each name."),
        ),
        Column(
            "participant_count", INTEGER, "COALESCE(parties.counted, 0)",
            _("How many different parties take part in a counted role: not observers, mediators, mandating bodies, implementing partners."),
        ),
        Column(
            "personnel_total", INTEGER, "parties.personnel",
            _("Sum of the people of all that take part, as far as known. Blank: known for none. 0: known to be none."),
        ),
        *_entries("strategy_codes", "strategies", "strategies", _("Strategies it serves.")),
        *_entries("theme_codes", "themes", "themes", _("Themes.")),
        *_entries("domain_codes", "domains", "domains", _("Domains.")),
        *_entries("objective_codes", "objectives", "objectives", _("Objectives.")),
        *_entries("legal_basis_codes", "legal_bases", "legal_bases", _("Legal bases.")),
        Column("conflict_context", CLOSED, "e.conflict_context", _("The conflict around it."), choices.ConflictContext),
        Column("local_perception", CLOSED, "e.local_perception", _("How the local population sees it."), choices.LocalPerception),
        Column("summary", TEXT, "e.summary", _("What happened, for what.")),
        Column("outcome_count", INTEGER, "COALESCE(outcomes.counted, 0)", _("How many outcomes are on record. 0: none on record.")),
        Column(
            "best_rating", CLOSED, f"CASE judgments.best {RATING_OF_STEP} END",
            _("Best of the latest assessments, of the whole and of each outcome. “too_early” only where there is no other. Blank: none."),
            choices.Rating,
        ),
        Column("worst_rating", CLOSED, f"CASE judgments.worst {RATING_OF_STEP} END", _("Worst of the same."), choices.Rating),
        *_entries("challenge_codes", "challenges", "challenges", _("Categories of its challenges, each once.")),
        Column("sources", TEXTS, "sources.lines", _("Each source as title | publisher | address.")),
        Column("assessment_due", DATE, "e.assessment_due_on", _("When it is to be assessed.")),
        Column("review_on", DATE, "e.review_on", _("When to look whether the results last.")),
        Column("owner", TEXT, "owner.username", _("User name of the owner.")),
        Column("team_code", CODE, "team.code", _("Team that owns the record.")),
        Column("team", TEXT, "team.name", _("Name of that team.")),
        Column("released_to_codes", CODES, "released.codes", _("Teams that may read it while it is restricted.")),
        Column("review_state", CLOSED, "e.review_state", _("How far its review has come."), choices.ReviewState),
        Column("updated_at", MOMENT, "e.updated_at", _("Last change of the record, UTC.")),
        HANDLING,
    ),
)  # fmt: skip

PARTICIPATIONS = Layout(
    name="participations",
    label=_("Participations"),
    row=_("One row for each party in each role, whether it took part or not."),
    note=_("A party with two roles has two rows: count different parties. An engagement without a party has no row."),
    tables=f"JOIN engagements_participation p ON p.engagement_id = e.id {_TYPE_TABLE}{_PARTY_TABLES}",
    joins=(),
    order="p.id",
    contained=lambda rows: rows.filter(Exists(Participation.objects.filter(engagement=OuterRef("pk")))),
    columns=(
        ID,
        TITLE,
        KIND,
        *TYPE,
        *_dates(),
        YEAR,
        FISCAL_YEAR,
        *_party(_("Country, where a country takes part, ISO 3166-1 alpha-3.")),
        Column("role", CLOSED, "p.role", _("What the party does in it."), choices.Role),
        Column("status", CLOSED, "p.status", _("Whether it came. Who declined or withdrew takes no part."), choices.ParticipationStatus),
        Column(
            "is_counted", BOOLEAN, f"(p.role IN {quoted(choices.COUNTED_ROLES)} AND p.status NOT IN {quoted(choices.NOT_TAKING_PART)})",
            _("Whether the row counts for scope: it takes part, in a counted role."),
        ),
        *_partial("from_date", "p.starts", _("First day of its part, where it differs."), "from_precision"),
        *_partial("until_date", "p.ends", _("Last day of its part."), "until_precision"),
        Column("delegation_level", CLOSED, "p.delegation_level", _("Level of the delegation."), choices.DelegationLevel),
        Column("personnel_planned", INTEGER, "p.personnel_planned", _("People planned. Blank: not known.")),
        Column("personnel_actual", INTEGER, "p.personnel", _("People who came. Blank: not known. 0: none.")),
        Column("women", INTEGER, "p.women", _("Women among them. Blank: not known.")),
        *_partial("figures_as_of", "p.as_of", _("Day that the figures are of.")),
        Column("unit", TEXT, "p.unit", _("Unit that took part.")),
        Column("contribution", TEXT, "p.contribution", _("Equipment, facilities, money, in kind.")),
        Column("cost_share", DECIMAL, "p.cost_share", _("Share of the cost, percent.")),
        Column("certainty", CLOSED, "p.certainty", _("How sure it is."), choices.Certainty),
        Column("note", TEXT, "p.note", _("Note on the participation.")),
        HANDLING,
    ),
)  # fmt: skip

OUTCOMES = Layout(
    name="outcomes",
    label=_("Outcomes"),
    row=_("One row for each outcome, with its latest assessment."),
    note=_("An engagement without an outcome has no row; assessments of an engagement as a whole are not here."),
    tables="JOIN engagements_outcome o ON o.engagement_id = e.id JOIN catalog_outcometype ot ON ot.id = o.type_id"
    " LEFT JOIN visible later ON later.id = o.linked_engagement_id",
    joins=("strategies", "latest"),
    order="o.id",
    contained=lambda rows: rows.filter(Exists(Outcome.objects.filter(engagement=OuterRef("pk")))),
    columns=(
        ID,
        Column("outcome_id", INTEGER, "o.id", _("Number of the outcome in this register.")),
        TITLE,
        KIND,
        *_dates(),
        YEAR,
        FISCAL_YEAR,
        *_entries("strategy_codes", "strategies", "strategies", _("Strategies that the engagement serves.")),
        Column("level", CLOSED, "o.level", _("Delivered (output), changed (outcome) or lasting (impact)."), choices.OutcomeLevel),
        Column("type_code", CODE, "ot.code", _("Type of the outcome, from the list of outcome types.")),
        Column("type", TEXT, "ot.name", _("Name of that type.")),
        Column("statement", TEXT, "o.statement", _("What came of it.")),
        Column("indicator", TEXT, "o.indicator", _("What it is measured by.")),
        Column("unit", TEXT, "o.unit", _("Unit of the three figures that follow.")),
        Column("baseline", DECIMAL, "o.baseline", _("Figure before. Blank: not known.")),
        Column("target", DECIMAL, "o.target", _("Figure wanted. Blank: not known.")),
        Column("actual", DECIMAL, "o.actual", _("Figure reached. Blank: not known. 0.00: none.")),
        Column("rating", CLOSED, "latest.rating", _("Rating of its latest assessment. Blank: not assessed."), choices.Rating),
        Column("evidence_strength", CLOSED, "latest.evidence", _("What that rating rests on."), choices.Evidence),
        Column("rationale", TEXT, "latest.rationale", _("Why this rating and not the next one.")),
        *_partial("assessed_on", "latest.assessed", _("Day of that assessment.")),
        Column("assessor", TEXT, "latest.assessor", _("Office or body that assessed it.")),
        Column("next_review_on", DATE, "latest.next_review_on", _("When to look again.")),
        Column("led_to_id", CODE, "later.reference", _("Later engagement that it made possible, where you may see that one.")),
        HANDLING,
    ),
)  # fmt: skip

_ONE_CURRENCY = "CASE WHEN funding.kinds = 1 THEN {} END"
TRAINING = Layout(
    name="training",
    label=_("Training"),
    row=_("One row for each recipient of each training program."),
    note=_(
        "Figures of the program stand in the row of each of its recipients: do not add them up. A training program without a recipient"
        " on record has no row."
    ),
    tables="JOIN engagements_participation p ON p.engagement_id = e.id AND p.role = 'recipient' AND e.kind = 'training'"
    f" LEFT JOIN engagements_trainingprogram tr ON tr.engagement_id = e.id {_TYPE_TABLE}{_PLACE_TABLES}{_PARTY_TABLES}",
    joins=("legal_bases", "providers", "funding"),
    order="p.id",
    contained=lambda rows: rows.filter(
        Exists(Participation.objects.filter(engagement=OuterRef("pk"), role=choices.Role.RECIPIENT)), kind=choices.Kind.TRAINING
    ),
    columns=(
        ID,
        *_party(_("Recipient, where it is a country, ISO 3166-1 alpha-3.")),
        Column("participation_status", CLOSED, "p.status", _("Whether the recipient came."), choices.ParticipationStatus),
        *FRAMEWORK,
        *_entries("legal_basis_codes", "legal_bases", "legal_bases", _("Legal bases (authority).")),
        YEAR,
        FISCAL_YEAR,
        TITLE,
        *TYPE,
        Column("mode", CLOSED, "tr.mode", _("Where and how it is given."), choices.TrainingMode),
        Column("level", CLOSED, "tr.level", _("Level it is for."), choices.TrainingLevel),
        Column("subject", TEXT, "tr.subject", _("What is taught.")),
        Column("course", TEXT, "tr.course", _("Name of the course.")),
        Column("provider_codes", CODES, "providers.codes", _("Trainers: ISO3 of countries, codes of organizations.")),
        Column("providers", TEXTS, "providers.names", _("Their names, in the same order.")),
        Column("provider_units", TEXTS, "providers.units", _("Their units, as far as known.")),
        Column("recipient_unit", TEXT, "p.unit", _("Unit of the recipient.")),
        *_dates(),
        *PLACE,
        LOCATION,
        Column("places_offered", INTEGER, "tr.places_offered", _("Places offered by the program, to all recipients.")),
        Column("enrolled", INTEGER, "tr.enrolled", _("People enrolled in the program, of all recipients. Blank: not known.")),
        Column("completed", INTEGER, "tr.completed", _("People who completed the program, of all recipients. Blank: not known.")),
        Column("women", INTEGER, "tr.women", _("Women among those enrolled in the program, of all recipients. Blank: not known.")),
        Column("recipient_planned", INTEGER, "p.personnel_planned", _("People of this recipient planned. Blank: not known.")),
        Column("recipient_personnel", INTEGER, "p.personnel", _("People of this recipient. Blank: not known. 0: none.")),
        Column("recipient_women", INTEGER, "p.women", _("Women among them. Blank: not known.")),
        Column("certification", TEXT, "tr.certification", _("What those who complete it receive.")),
        Column(
            "cost_planned", DECIMAL, _ONE_CURRENCY.format("funding.planned"),
            _("Planned cost of the program, as far as known. Blank: not known, or in more than one currency."),
        ),
        Column("cost_actual", DECIMAL, _ONE_CURRENCY.format("funding.actual"), _("Actual cost of the program, on the same terms.")),
        Column("currencies", CODES, "funding.currencies", _("Currency of the cost, ISO 4217; all of them where there are several.")),
        Column("status", CLOSED, "e.status", _("Where the program stands."), choices.Status),
        HANDLING,
    ),
)  # fmt: skip

CONTRIBUTIONS = Layout(
    name="contributions",
    label=_("Contributions"),
    row=_("One row for each strength report: a participant, a date, a type of personnel."),
    note=_("Strengths on a date: add up within one date, never over dates. The columns follow the United Nations' lists of contributors."),
    tables="JOIN engagements_participation p ON p.engagement_id = e.id JOIN engagements_strengthreport r ON r.participation_id = p.id"
    f" LEFT JOIN engagements_peacekeepingmission m ON m.engagement_id = e.id{_PARTY_TABLES}",
    joins=(),
    order="r.id",
    contained=lambda rows: rows.filter(Exists(StrengthReport.objects.filter(participation__engagement=OuterRef("pk")))),
    columns=(
        ID,
        *_partial("as_of", "r.as_of", _("Day that the figures are of.")),
        Column("mission", TEXT, "m.acronym", _("Acronym of the mission. Blank: it has none, or the engagement is not a mission.")),
        Column("mission_title", TEXT, "e.title", _("Title of the engagement.")),
        Column("iso3", CODE, "s.code", _("Contributing country, ISO 3166-1 alpha-3; a ministry or force stands for its country.")),
        Column("m49", CODE, "s.m49", _("The same as UN M49: three digits, text.")),
        Column("country", TEXT, "s.name", _("Name of that country.")),
        Column("organization_code", CODE, "o.code", _("Code of the organization, where one contributes and not a country.")),
        Column("organization", TEXT, "o.name", _("Name of that organization.")),
        Column("role", CLOSED, "p.role", _("Its role."), choices.Role),
        Column("personnel_type", CLOSED, "r.personnel_type", _("Type of personnel."), choices.PersonnelType),
        Column("female", INTEGER, "r.female", _("Women. Blank: not known.")),
        Column("male", INTEGER, "r.male", _("Men. Blank: not known.")),
        Column("total", INTEGER, "r.total", _("All of them. 0: none.")),
        HANDLING,
    ),
)

LAYOUTS = {layout.name: layout for layout in (ENGAGEMENTS, PARTICIPATIONS, OUTCOMES, TRAINING, CONTRIBUTIONS)}
