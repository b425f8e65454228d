"""The record."""

from engagements.models.attached import Attachment, Comment, Mention
from engagements.models.backing import CaseStudy, ExternalId, FundingLine, Source
from engagements.models.details import DETAIL_OF, Exercise, PeacekeepingMission, TrainingProgram
from engagements.models.engagement import Engagement
from engagements.models.handling import HandlingRequest
from engagements.models.participation import Participation, StrengthReport
from engagements.models.results import AfterActionReview, Assessment, Challenge, FollowUp, Lesson, Outcome
from engagements.models.review import ReviewStep
from engagements.models.twins import Merger, NotTwins

__all__ = [
    "DETAIL_OF",
    "AfterActionReview",
    "Assessment",
    "Attachment",
    "CaseStudy",
    "Challenge",
    "Comment",
    "Engagement",
    "Exercise",
    "ExternalId",
    "FollowUp",
    "FundingLine",
    "HandlingRequest",
    "Lesson",
    "Mention",
    "Merger",
    "NotTwins",
    "Outcome",
    "Participation",
    "PeacekeepingMission",
    "ReviewStep",
    "Source",
    "StrengthReport",
    "TrainingProgram",
]
