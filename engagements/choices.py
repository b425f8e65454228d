"""Closed lists of the record. Definitions stand in fixtures/catalog/value_words.toml (see catalog/words.py)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from catalog.choices import Kind, OutcomeLevel, Precision

__all__ = ["Handling", "Kind", "OutcomeLevel", "Precision"]


class Status(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    PLANNED = "planned", _("Planned")
    ONGOING = "ongoing", _("Ongoing")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    POSTPONED = "postponed", _("Postponed")


NOT_CLOSED = [Status.PROPOSED, Status.PLANNED, Status.ONGOING]
NEEDS_REASON = [Status.CANCELLED, Status.POSTPONED]


class StatusReason(models.TextChoices):
    BY_HOST = "by_host", _("By the host")
    BY_PARTNER = "by_partner", _("By a partner")
    BY_US = "by_us", _("By us")
    FUNDING = "funding", _("Funding")
    SECURITY = "security", _("Security or threat")
    WEATHER = "weather", _("Weather or transport")
    TECHNICAL = "technical", _("Interpreter or technical")
    POLITICAL = "political", _("Political")
    OTHER = "other", _("Other")


class Scope(models.TextChoices):
    """Counted from the participants, never typed."""

    INCOMPLETE = "incomplete", _("Incomplete")
    BILATERAL = "bilateral", _("Bilateral")
    MULTILATERAL = "multilateral", _("Multilateral")


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    VERIFIED = "verified", _("Verified")
    RETURNED = "returned", _("Returned")


class ReviewStepKind(models.TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    VERIFIED = "verified", _("Verified")
    RETURNED = "returned", _("Returned")
    REOPENED = "reopened", _("Changed after it was verified")


class ReturnReason(models.TextChoices):
    SOURCE = "source", _("A source is missing or does not say it")
    PARTICIPANTS = "participants", _("Participants are missing or wrong")
    DATES = "dates", _("Dates are missing or wrong")
    OUTCOME = "outcome", _("Outcome or assessment is missing or not supported")
    CLASSIFICATION = "classification", _("Filed under the wrong kind, strategy or series")
    HANDLING = "handling", _("Handling is too low or too high")
    DUPLICATE = "duplicate", _("The record exists already")
    UNCLEAR = "unclear", _("The text can not be understood")
    OTHER = "other", _("Other")


class Decision(models.TextChoices):
    OPEN = "open", _("Waits for a decision")
    AGREED = "agreed", _("Agreed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ConflictContext(models.TextChoices):
    NONE = "none", _("No conflict")
    CONFLICT_PRONE = "conflict_prone", _("Conflict-prone")
    ACTIVE_CONFLICT = "active_conflict", _("Active conflict")
    POST_CONFLICT = "post_conflict", _("Post-conflict")


class LocalPerception(models.TextChoices):
    UNKNOWN = "unknown", _("Not known")
    SUPPORTIVE = "supportive", _("Supportive")
    NEUTRAL = "neutral", _("Neutral")
    MIXED = "mixed", _("Mixed")
    HOSTILE = "hostile", _("Hostile")


class Role(models.TextChoices):
    HOST = "host", _("Host")
    LEAD = "lead", _("Lead or framework nation")
    CO_LEAD = "co_lead", _("Co-host, co-chair or co-lead")
    PARTICIPANT = "participant", _("Participant")
    SPONSOR = "sponsor", _("Sponsor or organizer")
    TRAINER = "trainer", _("Trainer or provider")
    RECIPIENT = "recipient", _("Trainee or recipient")
    TROOP_CONTRIBUTOR = "troop_contributor", _("Troop-contributing country")
    POLICE_CONTRIBUTOR = "police_contributor", _("Police-contributing country")
    SUPPORTER = "supporter", _("Supporter")
    FINANCIAL_CONTRIBUTOR = "financial_contributor", _("Financial contributor")
    MANDATING_BODY = "mandating_body", _("Mandating body")
    IMPLEMENTING_PARTNER = "implementing_partner", _("Implementing partner")
    MEDIATOR = "mediator", _("Mediator or guarantor")
    PARTY = "party", _("Party to the conflict or agreement")
    OBSERVER = "observer", _("Observer")


NOT_COUNTED_ROLES = [Role.OBSERVER, Role.MEDIATOR, Role.MANDATING_BODY, Role.IMPLEMENTING_PARTNER]
COUNTED_ROLES = [role for role in Role if role not in NOT_COUNTED_ROLES]
LEADING_ROLES = [Role.LEAD, Role.CO_LEAD]


class ParticipationStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    CONFIRMED = "confirmed", _("Confirmed")
    ATTENDED = "attended", _("Attended")
    DECLINED = "declined", _("Declined")
    WITHDREW = "withdrew", _("Withdrew")


# Who said no, or pulled out before taking part, is on record but does not take part.
NOT_TAKING_PART = [ParticipationStatus.DECLINED, ParticipationStatus.WITHDREW]


class DelegationLevel(models.TextChoices):
    HEAD_OF_STATE = "head_of_state", _("Head of state or government")
    MINISTER = "minister", _("Minister")
    CHIEF_OF_DEFENSE = "chief_of_defense", _("Chief of defense")
    SERVICE_CHIEF = "service_chief", _("Service chief")
    FLAG_OFFICER = "flag_officer", _("Flag or general officer")
    FIELD_GRADE = "field_grade", _("Field-grade officer")
    CIVILIAN_OFFICIAL = "civilian_official", _("Civilian official")


class Certainty(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    REPORTED = "reported", _("Reported")
    DISPUTED = "disputed", _("Disputed")


class PersonnelType(models.TextChoices):
    TROOPS = "troops", _("Troops")
    STAFF_OFFICERS = "staff_officers", _("Staff officers")
    MILITARY_OBSERVERS = "military_observers", _("Military observers or experts on mission")
    FORMED_POLICE = "formed_police", _("Formed police unit")
    INDIVIDUAL_POLICE = "individual_police", _("Individual police")
    CIVILIAN_STAFF = "civilian_staff", _("Civilian staff")
    TRAINEES = "trainees", _("Trainees")
    TRAINERS = "trainers", _("Trainers")


class ExerciseFocus(models.TextChoices):
    WARFIGHTING = "warfighting", _("Warfighting")
    PEACEKEEPING = "peacekeeping", _("Peacekeeping")
    HUMANITARIAN = "humanitarian", _("Humanitarian")
    COUNTER_TERRORISM = "counter_terrorism", _("Counter-terrorism")
    MARITIME_SECURITY = "maritime_security", _("Maritime security")
    CYBER = "cyber", _("Cyber")
    MEDICAL = "medical", _("Medical")
    OTHER = "other", _("Other")


class TrainingMode(models.TextChoices):
    IN_COUNTRY = "in_country", _("In the recipient's country")
    ABROAD = "abroad", _("Abroad")
    MOBILE = "mobile", _("Mobile team")
    ONLINE = "online", _("Online")
    MIXED = "mixed", _("Mixed")


class TrainingLevel(models.TextChoices):
    INDIVIDUAL = "individual", _("Individual")
    TACTICAL = "tactical", _("Tactical")
    OPERATIONAL = "operational", _("Operational")
    STRATEGIC = "strategic", _("Strategic")
    INSTITUTIONAL = "institutional", _("Institutional")


class MissionComponent(models.TextChoices):
    MILITARY = "military", _("Military")
    CIVILIAN = "civilian", _("Civilian")
    POLICE = "police", _("Police")
    MIXED = "mixed", _("Mixed")


class Rating(models.TextChoices):
    """Anchored; "not assessed" is the absence of an assessment and is never stored."""

    TOO_EARLY = "too_early", _("Too early")
    NOT_ACHIEVED = "not_achieved", _("Not achieved")
    LIMITED = "limited", _("Limited")
    SUBSTANTIAL = "substantial", _("Substantial")
    ACHIEVED = "achieved", _("Achieved")
    EXCEEDED = "exceeded", _("Exceeded")


NOT_ASSESSED = ("not_assessed", _("Not assessed"))
# The steps a reader sees, lowest first; "too early" has none.
RATING_STEPS = {
    Rating.NOT_ACHIEVED: 1,
    Rating.LIMITED: 2,
    Rating.SUBSTANTIAL: 3,
    Rating.ACHIEVED: 4,
    Rating.EXCEEDED: 5,
}


class Evidence(models.TextChoices):
    NONE = "none", _("None")
    ASSERTION = "assertion", _("Assertion by participants")
    SINGLE_DOCUMENT = "single_document", _("Single document")
    SEVERAL_SOURCES = "several_sources", _("Several independent sources")
    INDEPENDENT_EVALUATION = "independent_evaluation", _("Independent evaluation")


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class ChallengeStatus(models.TextChoices):
    OPEN = "open", _("Open")
    MITIGATED = "mitigated", _("Mitigated")
    CLOSED = "closed", _("Closed")


class FollowUpStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class LessonStatus(models.TextChoices):
    CAPTURED = "captured", _("Captured")
    VALIDATED = "validated", _("Validated")
    ADOPTED = "adopted", _("Adopted")


class SourceKind(models.TextChoices):
    OFFICIAL_DOCUMENT = "official_document", _("Official document")
    RESOLUTION = "resolution", _("Resolution")
    TREATY = "treaty", _("Treaty")
    PRESS_RELEASE = "press_release", _("Press release")
    NEWS = "news", _("News")
    REPORT = "report", _("Report")
    DATASET = "dataset", _("Data set")
    BOOK = "book", _("Book")
    WEBSITE = "website", _("Web page")
    OTHER = "other", _("Other")


# What a record can be late in, and what it can lack: the values of two filters.
OVERDUE = [
    ("close_out", _("Not closed out")),
    ("assessment", _("Assessment overdue")),
    ("review", _("Sustainability review due")),
    ("follow_up", _("Follow-up overdue")),
    ("mandate", _("Mandate expired or expires within 90 days")),
    ("draft", _("Draft for more than 30 days")),
    ("untouched_90", _("Open, and not changed for 90 days")),
    ("untouched_180", _("Open, and not changed for 180 days")),
    ("untouched_365", _("Open, and not changed for a year")),
]
MISSING = [
    ("source", _("Source")),
    ("outcome", _("Outcome")),
    ("assessment", _("Assessment")),
    ("start", _("Start")),
    ("end", _("End")),
    ("participants", _("Participants")),
    ("objective", _("Objective")),
    ("strategy", _("Strategy")),
    ("series", _("Framework or series")),
    ("summary", _("Summary")),
    ("coordinates", _("Coordinates")),
    ("owner", _("Owner")),
]
