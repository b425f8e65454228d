"""Who may see a record: the question that ``visible_to`` answers for one person, asked for one record."""

from django.db.models import Q, QuerySet

from accounts.choices import Handling
from accounts.models import Team, User
from engagements.choices import ReviewState
from engagements.models import Engagement


def who_may_see(engagement: Engagement) -> QuerySet[User]:
    """Everyone for whom ``Engagement.objects.visible_to(person)`` holds ``engagement``; a test holds the two against each other."""
    reaching = [clearance for clearance in Handling.values if engagement.handling in Handling.up_to(clearance)]
    own_team = Q(pk__in=User.teams.through.objects.filter(team=engagement.team_id).values("user"))
    readers = Q(clearance__in=reaching)
    if engagement.handling == Handling.RESTRICTED:
        released = Team.objects.filter(engagements_released=engagement.pk).values("pk")
        readers &= own_team | Q(pk__in=User.teams.through.objects.filter(team__in=released).values("user"))
    if engagement.review_state != ReviewState.VERIFIED or engagement.is_archived:
        readers &= own_team | Q(pk=engagement.owner_id)
    return User.objects.filter(readers, is_active=True)
