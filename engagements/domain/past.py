"""What happened to a record, as one reader may know it today: its versions, the way from one to another, entries to read.

A version is what stood after one action. A reader sees those in which the record could be read by the rule of
``visible_to``: cleared for the marking it had, and verified or of one's own people. What happened between two of them
is told as one entry, by what it came to; so a reader outside the team sees a record enter when it was verified first.
"""

from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from accounts.models import User
from engagements.choices import ReviewState
from engagements.models import (
    DETAIL_OF,
    AfterActionReview,
    Assessment,
    Attachment,
    CaseStudy,
    Challenge,
    Comment,
    Engagement,
    ExternalId,
    FollowUp,
    FundingLine,
    HandlingRequest,
    Lesson,
    Mention,
    Outcome,
    Participation,
    ReviewStep,
    Source,
    StrengthReport,
)
from history.models import Change
from history.telling import Part, RawEntry, Subject, Teller
from history.values import by_action, exactly, while_here

# Rows of a record, in the order in which they are told, with the columns that name one.
ROWS: dict[type[Model], tuple[str, ...]] = {
    **dict.fromkeys(DETAIL_OF.values(), ()),
    Participation: ("country_id", "organization_id", "role"),
    StrengthReport: ("participation_id", "personnel_type"),
    Outcome: ("statement",),
    Assessment: ("rating", "assessor"),
    Challenge: ("description",),
    FollowUp: ("text",),
    AfterActionReview: (),
    Lesson: ("observation",),
    FundingLine: ("source_id", "fiscal_year"),
    Source: ("title",),
    ExternalId: ("system", "value"),
    Attachment: ("name",),
    ReviewStep: ("kind",),
    HandlingRequest: ("handling",),
}
UNSAID = {
    "id", "engagement_id", "is_title_generated", "created_at", "created_by_id", "participation_id", "reference", "recorded_by_id",
    "stored_as", "content_type",
    "size", "sha256", "uploaded_by_id", "uploaded_at", "taken_by_id", "taken_at", "asked_by_id", "asked_at", "decided_by_id", "decided_at",
}  # fmt: skip
SUBJECT = Subject(
    main=Engagement,
    label=_("Record"),
    own=frozenset({Engagement, *ROWS}),
    unsaid=frozenset(UNSAID),
    identity={model._meta.db_table: columns for model, columns in ROWS.items()},
    named_by={Engagement: "title", CaseStudy: "title"},
)
# Comments show by themselves what became of them; their old wordings are not told again.
NOT_TOLD = {model._meta.db_table for model in (Comment, Mention)}
# How its people came to a verified record is theirs.
OF_ITS_PEOPLE = {model._meta.db_table for model in (ReviewStep, HandlingRequest, HandlingRequest.release_to.through)}
RECORD = Engagement._meta.db_table


@dataclass
class Version:
    """What stood after one action (``key``), as far as this reader may know."""

    key: str
    changes: list[Change]  # since the version before that this reader may see
    handling: str
    review_state: str

    @property
    def last(self) -> Change:
        return self.changes[-1]

    @property
    def who(self) -> str:
        return self.last.actor_name or str(_("the program"))

    @property
    def when(self) -> str:
        return formats.date_format(timezone.localtime(self.last.at), "j M Y, H:i")


def is_of_its_people(engagement: Engagement, user: User) -> bool:
    """Whether ``user`` sees the record while it is not verified."""
    return engagement.team_id in user.team_ids or engagement.owner_id == user.pk


def versions(engagement: Engagement, user: User) -> list[Version]:
    """Those that ``user``, who sees the record, may see, the oldest first."""
    is_own = is_of_its_people(engagement, user)
    left_out = NOT_TOLD if is_own else NOT_TOLD | OF_ITS_PEOPLE
    readable = _readable_markings(engagement, user)
    found: list[Version] = []
    waiting: list[Change] = []
    handling, state = "", ""
    for changes in by_action(_changes(engagement)):
        for change in changes:
            if change.table == RECORD:
                handling = (change.after or {}).get("handling", handling)
                state = (change.after or {}).get("review_state", state)
        told = [change for change in changes if change.table not in left_out]
        waiting += told
        if told and handling in readable and (is_own or state == ReviewState.VERIFIED):
            found.append(Version(changes[-1].action, waiting, handling, state))
            waiting = []
    return found


def _readable_markings(engagement: Engagement, user: User) -> set[str]:
    """The markings with which ``user`` could read this record today."""
    found = set(Handling.up_to(user.clearance))
    if Handling.RESTRICTED in found and engagement.team_id not in user.team_ids:
        is_released = engagement.released_to.filter(pk__in=user.team_ids).exists()
        found -= set() if is_released else {Handling.RESTRICTED}
    return found


def _changes(engagement: Engagement) -> list[Change]:
    """All changes of the record, oldest first.

    A row that came from another record comes as added with all it held, one that went there as removed; both are ``moved``.
    """
    changes = exactly(Change.objects.filter(engagement=engagement.pk).order_by("pk"))
    moved: dict[str, set[int]] = {}
    for change in changes:
        if change.operation == "changed" and (change.after or {}).get(_owner(change.table)) == engagement.pk:
            moved.setdefault(change.table, set()).add(change.row)
    if not moved:
        return changes
    found = [change for change in changes if change.row not in moved.get(change.table, ())]
    for table, ids in moved.items():
        lives: dict[int, list[Change]] = {}
        for change in exactly(Change.objects.filter(table=table, row__in=ids).order_by("pk")):
            lives.setdefault(change.row, []).append(change)
        for life in lives.values():
            found += while_here(life, _owner(table), engagement.pk)
    return sorted(found, key=lambda change: change.pk)


def _owner(table: str) -> str:
    """The column that says of which record a row is."""
    return "from_engagement_id" if table == Engagement.predecessors.through._meta.db_table else "engagement_id"


# Words -------------------------------------------------------------------------------------------------


class Past:
    """The history of one record for one reader; ``visible`` are the records this person may see."""

    def __init__(self, engagement: Engagement, user: User, visible: QuerySet):
        self.versions = versions(engagement, user)
        self.visible = visible

    def raw(self) -> tuple[Teller, list[RawEntry]]:
        """All there is to tell, newest first, and who puts the entries of one page in words (``Teller.say``)."""
        teller = Teller(SUBJECT, {Engagement: self.visible})
        return teller, teller.read(version.changes for version in self.versions)[::-1]

    def version(self, key: str) -> Version:
        """Raises ``LookupError`` where this reader knows of none."""
        for version in self.versions:
            if version.key == key:
                return version
        raise LookupError(key)

    def since(self, version: Version) -> list[Change]:
        """What was changed after it, oldest first."""
        return self._changes(self.versions.index(version) + 1, len(self.versions))

    def between(self, older: Version, newer: Version) -> list[Part]:
        """What makes ``newer`` of ``older``, in words."""
        start, end = self.versions.index(older) + 1, self.versions.index(newer) + 1
        teller = Teller(SUBJECT, {Engagement: self.visible})
        teller.follow(self._changes(0, start))
        told = teller.say(teller.read([self._changes(start, end)]))
        return told[0].parts if told else []

    def _changes(self, start: int, end: int) -> list[Change]:
        return [change for version in self.versions[start:end] for change in version.changes]
