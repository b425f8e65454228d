"""A small world that a reader sees, and the secrets that can be put into it without the reader noticing.

``World(reader)`` makes what is seen; ``hide()`` adds one secret for each reason for which a record is hidden, with rows of
every kind and links to and from what is seen; ``change()`` and ``remove()`` go on from there.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.models import User
from catalog.models import Country
from engagements.models import (
    Attachment,
    CaseStudy,
    Comment,
    Engagement,
    HandlingRequest,
    Mention,
    Merger,
    NotTwins,
    ReviewStep,
)
from engagements.querysets import today
from history.models import Access
from tests import make

WORD = "quillfeather"
NOWHERE = "brambleknock"
# role, clearance, and whether the reader works in a team, which is never one of those that see the secrets.
READERS = {
    "viewer": ("viewer", "public", False),
    "official viewer": ("viewer", "official", True),
    "analyst of another team": ("analyst", "official", True),
    "manager of another team": ("manager", "restricted", True),
    "steward": ("steward", "restricted", False),
    "administrator": ("administrator", "restricted", False),
    "nobody": ("", "", False),
}
# One for each reason: not released, in review, a draft, returned, archived.
REASONS = {
    "ENG-2019-AAAA1": {"kind": "peacekeeping", "handling": "restricted", "review_state": "verified"},
    "ENG-2019-AAAA2": {"kind": "exercise", "handling": "public", "review_state": "submitted"},
    "ENG-2019-AAAA3": {"kind": "training", "handling": "official", "review_state": "draft"},
    "ENG-2019-AAAA4": {"kind": "engagement", "handling": "public", "review_state": "returned"},
    "ENG-2019-AAAA5": {"kind": "engagement", "handling": "public", "review_state": "verified", "archived": True},
}
MISSING = "ENG-2019-ZZZZ9"


@dataclass
class World:
    """What a reader sees: teams, people, lists, and a record of each kind."""

    reader_name: str
    reader: User | None = None
    seen: list[Engagement] = field(default_factory=list)
    secrets: list[Engagement] = field(default_factory=list)

    def __post_init__(self):
        role, clearance, in_team = READERS[self.reader_name]
        self.ours, self.inside, self.partner = make.team("ours"), make.team("inside"), make.team("partner")
        # Not by make.user: the hash of a password that nobody types costs more than the rest.
        self.insider = User.objects.create(username="insider", name="Insider", role="manager", clearance="restricted")
        self.insider.teams.set([self.inside])
        self.colleague = User.objects.create(username="colleague", name="Colleague", role="analyst", clearance="official")
        self.colleague.teams.set([self.ours])
        if role:
            self.reader = User.objects.create(username="reader", name="Reader", role=role, clearance=clearance)
            self.reader.teams.set([self.ours] if in_team else [])
        self._lists()
        for kind in ("engagement", "exercise", "training", "peacekeeping"):
            self.seen.append(self._seen(kind))
        self.draft = make.engagement(
            title="Draft of ours", team=self.ours, owner=self.colleague, created_by=self.colleague, review_state="draft",
            type=self.types["engagement"], reference="ENG-2018-BBBB9",
        )  # fmt: skip
        self.story = CaseStudy.objects.create(code="story", title="A story", narrative="It began in 2015.", is_featured=True)
        self.story.engagements.set(self.seen[:2])

    def _lists(self):
        # Not ISO's: of these none is anything else.
        self.countries = [make.country(code, f"Land {code}") for code in ("XQA", "XQB", "XQC")]
        self.organization = make.organization("pact", name="Pact", country=self.countries[0], kind="state_ministry")
        self.body = make.organization("league", name="League")
        self.scheme = make.scheme("m49", "M49")
        self.region = make.region("m49:002", scheme=self.scheme, countries=self.countries[:2], name="Region Two")
        self.framework = make.framework("series", name="Series")
        self.strategy, self.theme, self.domain = make.strategy("dialogue"), make.theme("water"), make.domain("land")
        self.objective, self.basis = make.objective("goal"), make.legal_basis("treaty")
        self.types = {kind: make.type(f"type-{kind}", kind=kind) for kind in ("engagement", "exercise", "training", "peacekeeping")}
        self.outcome_type, self.category = make.outcome_type("outcome"), make.challenge_category("language")
        self.task, self.fund = make.mission_task("task"), make.funding_source("fund")

    def _common(self, kind):
        return {
            "kind": kind,
            "type": self.types[kind],
            "country": self.countries[0],
            "place": "Old town",
            "latitude": "50.1000",
            "longitude": "14.4000",
            "framework": self.framework,
            "iteration": "2019",
            "strategies": [self.strategy],
            "themes": [self.theme],
            "also_held_in": [self.countries[1]],
            "countries": self.countries[:2],
            "starts": "2019-05-01",
            "ends": "2019-05-09",
        }

    def _seen(self, kind):
        record = make.engagement(
            title=f"Open {kind}", team=self.ours, owner=self.colleague, created_by=self.colleague,
            reference=f"ENG-2018-BBBB{len(self.seen) + 1}", handling="public", **self._common(kind),
        )  # fmt: skip
        outcome = make.outcome(record)
        make.assessment(record, outcome=outcome)
        make.source(record, outcome=outcome)
        make.lesson(record)
        make.external_id(record, value=f"open-{kind}")
        Comment.objects.create(engagement=record, text="Seen by all.", written_by=self.colleague)
        return record

    # The secrets -------------------------------------------------------------------------------

    def hide(self, *, links=True):
        """The secrets, and unless ``links`` says otherwise what leads to them from records that are seen."""
        for number, (reference, reason) in enumerate(REASONS.items()):
            self.secrets.append(self._secret(number, reference, dict(reason)))
        first, second, *_rest, gone = self.secrets
        shown = self.seen[0]
        if links:
            Engagement.objects.filter(pk=self.seen[1].pk).update(parent=first)
            shown.predecessors.add(first)
            shown.outcomes.update(linked_engagement=first)
        Engagement.objects.filter(pk=second.pk).update(parent=shown)
        second.predecessors.add(shown)
        make.outcome(second, statement=WORD, linked_engagement=shown)
        self.story.engagements.add(*self.secrets)
        NotTwins.objects.create(first=shown, second=first, said_by=self.insider)
        Merger.objects.create(kept=first, absorbed=gone, action="a" * 32, merged_by=self.insider)

    def _secret(self, number, reference, reason):
        archived, kind = reason.pop("archived", False), reason["kind"]
        late = today() - dt.timedelta(days=30)
        record = make.engagement(
            **self._common(kind) | reason,
            reference=reference,
            # The first has the title of a record that is seen: nothing may ask whether it is a duplicate.
            title=self.seen[0].title if number == 0 else f"{WORD} talks {number}",
            summary=WORD,
            team=self.inside,
            owner=self.insider,
            created_by=self.reader or self.insider,
            updated_by=self.insider,
            released_to=[self.partner],
            status="ongoing",
            assessment_due_on=late,
            review_on=late,
            archived_at=timezone.now() if archived else None,
        )
        record.objectives.set([self.objective])
        record.legal_bases.set([self.basis])
        record.domains.set([self.domain])
        if kind == "peacekeeping":
            record.mission.tasks.set([self.task])
            type(record.mission).objects.filter(pk=record.mission.pk).update(
                acronym=WORD, mandating_body=self.body, mandate_expires_on=late
            )
        self._rows(record, number, late)
        return record

    def _rows(self, record, number, late):
        party = make.participation(record, organization=self.organization, unit=WORD, note=WORD)
        make.strength_report(party, total=98765)
        outcome = make.outcome(record, statement=WORD, type=self.outcome_type)
        make.assessment(record, outcome=outcome, rationale=WORD)
        make.challenge(record, description=WORD, category=self.category)
        make.follow_up(record, text=WORD, due_on=late)
        make.after_action_review(record, happened=WORD, due_on=late)
        make.lesson(record, observation=WORD)
        make.funding_line(record, note=WORD, source=self.fund)
        make.source(record, title=WORD, outcome=outcome)
        make.external_id(record, system=WORD, value=f"{WORD}-{number}")
        ReviewStep.objects.create(engagement=record, kind="submitted", note=WORD, taken_by=self.insider)
        request = HandlingRequest.objects.create(engagement=record, handling="public", reason=WORD, asked_by=self.insider)
        request.release_to.set([self.partner])
        comment = Comment.objects.create(engagement=record, text=WORD, written_by=self.insider)
        if self.reader:
            Mention.objects.create(comment=comment, person=self.reader)
        Attachment.objects.create(
            engagement=record, stored_as=f"{number:064x}", name=f"{WORD}.txt", title=WORD, content_type="text/plain", size=12,
            sha256="0" * 64, uploaded_by=self.insider,
        )  # fmt: skip
        Access.objects.create(
            at=timezone.now(), actor=self.insider.pk, actor_name="Insider", what="record", engagement=record.pk, reference=record.reference
        )

    def change(self):
        """Other words, other days, other lists; nothing of it makes a secret visible."""
        for record in self.secrets:
            Engagement.objects.filter(pk=record.pk).update(
                title=f"{WORD} again", place=WORD, version=2, updated_at=timezone.now(), updated_by=self.insider, country=self.countries[2],
                starts_on=today() + dt.timedelta(days=3), ends_on=today() + dt.timedelta(days=4), status="planned",
            )  # fmt: skip
            make.participation(record, country=Country.objects.get(code="XQC"))
            record.outcomes.filter(linked_engagement=None).first().assessments.all().delete()
            make.assessment(record, rating="limited", rationale=WORD, assessed="2020-09-09")
            record.themes.clear()

    def change_and_remove(self):
        """All of them archived after that, with a comment and a file less."""
        self.change()
        Engagement.objects.filter(pk__in=[record.pk for record in self.secrets]).update(archived_at=timezone.now())
        now = timezone.now()
        Comment.objects.filter(engagement__in=self.secrets).update(removed_at=now)
        Attachment.objects.filter(engagement__in=self.secrets).update(removed_at=now)
