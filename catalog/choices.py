"""Closed lists of the catalog. Definitions stand in fixtures/catalog/value_words.toml (see catalog/words.py)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Precision(models.TextChoices):
    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")
    UNKNOWN = "unknown", _("Not known")
    OPEN = "open", _("Open-ended")


class Kind(models.TextChoices):
    """What a record is: closed, always shown in this order."""

    ENGAGEMENT = "engagement", _("Engagement")
    EXERCISE = "exercise", _("Exercise")
    TRAINING = "training", _("Training")
    PEACEKEEPING = "peacekeeping", _("Peacekeeping")


class OrganizationKind(models.TextChoices):
    STATE_MINISTRY = "state_ministry", _("State ministry")
    ARMED_FORCE = "armed_force", _("Armed force")
    SERVICE = "service", _("Service")
    COMMAND = "command", _("Command")
    UNIT = "unit", _("Unit")
    INTERNATIONAL_ORGANIZATION = "international_organization", _("International organization")
    MILITARY_ALLIANCE = "military_alliance", _("Military alliance")
    REGIONAL_ORGANIZATION = "regional_organization", _("Regional organization")
    COALITION = "coalition", _("Coalition")
    EU_BODY = "eu_body", _("EU body or instrument")
    ACADEMY = "academy", _("Academy or training center")
    NGO = "ngo", _("Non-governmental organization")
    COMPANY = "company", _("Private company")
    LOCAL_SECURITY_FORCE = "local_security_force", _("Local security force")
    OTHER = "other", _("Other")


# A body of a state acts for its country; a body of several states makes what it joins multilateral.
STATE_BODIES = [
    OrganizationKind.STATE_MINISTRY,
    OrganizationKind.ARMED_FORCE,
    OrganizationKind.SERVICE,
    OrganizationKind.COMMAND,
    OrganizationKind.UNIT,
    OrganizationKind.LOCAL_SECURITY_FORCE,
]
# A command or unit may be of several states; these never are.
ALWAYS_OF_ONE_STATE = [
    OrganizationKind.STATE_MINISTRY,
    OrganizationKind.ARMED_FORCE,
    OrganizationKind.SERVICE,
    OrganizationKind.LOCAL_SECURITY_FORCE,
]
BODIES_OF_SEVERAL_STATES = [
    OrganizationKind.INTERNATIONAL_ORGANIZATION,
    OrganizationKind.MILITARY_ALLIANCE,
    OrganizationKind.REGIONAL_ORGANIZATION,
    OrganizationKind.COALITION,
    OrganizationKind.EU_BODY,
]


class MembershipStatus(models.TextChoices):
    MEMBER = "member", _("Member")
    ASSOCIATE = "associate", _("Associate")
    CANDIDATE = "candidate", _("Candidate")
    OBSERVER = "observer", _("Observer")
    PARTNER = "partner", _("Partner")
    SUSPENDED = "suspended", _("Suspended")


class FrameworkKind(models.TextChoices):
    ALLIANCE = "alliance", _("Alliance")
    COALITION = "coalition", _("Coalition")
    PARTNERSHIP_PROGRAM = "partnership_program", _("Partnership program")
    TRAINING_PROGRAM = "training_program", _("Training program")
    EXERCISE_SERIES = "exercise_series", _("Exercise series")
    POLICY_FRAMEWORK = "policy_framework", _("Policy framework")
    FUND = "fund", _("Fund")
    PEACE_PROCESS = "peace_process", _("Peace process")
    REGIONAL_INITIATIVE = "regional_initiative", _("Regional initiative")


class LegalBasisKind(models.TextChoices):
    UNSC_RESOLUTION = "unsc_resolution", _("UN Security Council resolution")
    PEACE_AGREEMENT = "peace_agreement", _("Peace agreement")
    TREATY = "treaty", _("Treaty or alliance treaty")
    ARMS_CONTROL = "arms_control", _("Arms-control agreement")
    DEFENSE_COOPERATION_AGREEMENT = "defense_cooperation_agreement", _("Defense cooperation agreement")
    SOFA = "sofa", _("Status of forces agreement")
    MEMORANDUM = "memorandum", _("Memorandum or technical arrangement")
    INFORMATION_SECURITY = "information_security", _("Information-security agreement")
    REGIONAL_DECISION = "regional_decision", _("Decision of a regional body")
    HOST_INVITATION = "host_invitation", _("Invitation by the host state")
    NATIONAL_LAW = "national_law", _("National law or authority")


class LegalBasisStatus(models.TextChoices):
    NEGOTIATING = "negotiating", _("Under negotiation")
    SIGNED = "signed", _("Signed")
    IN_FORCE = "in_force", _("In force")
    ENDED = "ended", _("Ended")


class ObjectiveKind(models.TextChoices):
    MILITARY = "military", _("Military")
    DIPLOMATIC = "diplomatic", _("Diplomatic")
    ECONOMIC = "economic", _("Economic")
    POLITICAL = "political", _("Political")


class ObjectiveLevel(models.TextChoices):
    NATIONAL = "national", _("National")
    SHARED = "shared", _("Shared or regional")
    MANDATE = "mandate", _("Of a mandate")


class ObjectiveTier(models.TextChoices):
    POLICY_GOAL = "policy_goal", _("Policy goal")
    LINE_OF_EFFORT = "line_of_effort", _("Line of effort")
    OBJECTIVE = "objective", _("Objective")


class Reach(models.TextChoices):
    BILATERAL = "bilateral", _("Bilateral")
    REGIONAL = "regional", _("Regional")
    GLOBAL = "global", _("Global")


class ThemeGroup(models.TextChoices):
    SUBJECT = "subject", _("Subject")
    TREND = "trend", _("Trend")


class OutcomeLevel(models.TextChoices):
    OUTPUT = "output", _("Output")
    OUTCOME = "outcome", _("Outcome")
    IMPACT = "impact", _("Impact")
