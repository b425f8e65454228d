"""The record."""

from engagements.models.backing import CaseStudy, ExternalId, FundingLine, Source
from engagements.models.details import DETAIL_OF, Exercise, PeacekeepingMission, TrainingProgram
from engagements.models.engagement import Engagement
from engagements.models.participation import Participation, StrengthReport
from engagements.models.results import AfterActionReview, Assessment, Challenge, FollowUp, Lesson, Outcome

__all__ = [
    "DETAIL_OF",
    "AfterActionReview",
    "Assessment",
    "CaseStudy",
    "Challenge",
    "Engagement",
    "Exercise",
    "ExternalId",
    "FollowUp",
    "FundingLine",
    "Lesson",
    "Outcome",
    "Participation",
    "PeacekeepingMission",
    "Source",
    "StrengthReport",
    "TrainingProgram",
]
