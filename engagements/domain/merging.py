"""Two records of one engagement become one: the one is kept with all that both say, the other leads to it. It can be undone.

The marking of the result is the higher of both, and it is released only to teams that may read both. What takes readers
away, or verification, is an action of its own: undoing a merger never opens a record (domain/handling.py does, by two people).
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Handling
from accounts.models import User
from engagements.choices import ReviewState, ReviewStepKind
from engagements.domain.lifecycle import may_archive, may_edit, reopen_if_verified
from engagements.domain.merge_choices import OTHER, SETS, TOGETHER, choices, facts_of, links_of_kind, row_pairs
from engagements.domain.merge_rows import move_rows
from engagements.domain.saving import as_sentences, claim, raise_versions
from engagements.models import Engagement, Merger
from history.context import acting, present
from history.models import Change
from history.reversal import Clash, reverse

NOT_REVERSED = ["engagements_merger", "engagements_reviewstep"]


class Changed(ValidationError):
    """Something of the merger was changed since; ``clashes`` say what."""

    def __init__(self, clashes: list[Clash]):
        self.clashes = clashes
        super().__init__(_("Something of it was changed since. Nothing was undone."), code="changed")


def refusal(kept: Engagement, other: Engagement) -> str:
    """Why these two are no pair to merge; nothing where they are."""
    if kept.pk == other.pk:
        return _("A record can not be merged into itself.")
    if kept.is_archived or other.is_archived:
        return _("One of the two is archived: restore it first.")
    if kept.kind != other.kind:
        return _("The two are records of different kinds. What one is can not be told of the other: enter the one anew in the right kind.")
    return ""


def may_not(kept: Engagement, other: Engagement, user: User) -> str:
    """Why ``user``, who sees both, may not merge ``other`` into ``kept``; nothing who may."""
    if not (may_edit(kept, user) and may_edit(other, user)):
        return _("Two records are merged by somebody who may change both.")
    if not may_archive(other, user):
        return _("What was submitted or verified is merged away by a manager. Keep that record, or ask a manager.")
    return ""


def merge(
    kept: Engagement,
    other: Engagement,
    *,
    chosen: Mapping[str, str],
    seen: int | None,
    seen_other: int | None,
    actor: User,
    linked: Mapping[str, Collection[int]] | None = None,
) -> Merger:
    """``other`` is absorbed by ``kept``: all of it, or a sentence is raised and nothing happened.

    ``chosen`` says of each fact that differs whose is right (``merge_choices``), ``linked`` which entries of each set stay,
    by id; what they do not name stays as ``merge_choices`` says, and sets are united.
    """
    if refused := refusal(kept, other):
        raise ValidationError(refused)
    if refused := may_not(kept, other, actor):
        raise PermissionDenied(refused)
    with _an_action(actor), as_sentences():
        # Always in one order, so that two mergers of the same two do not wait for each other.
        for record, version in sorted([(kept, seen), (other, seen_other)], key=lambda item: item[0].pk):
            claim(record, seen=version, actor=actor)
        visible = Engagement.objects.visible_to(actor)
        facts = {choice.name: chosen.get(choice.name, choice.default) for choice in choices(kept, other, visible)}
        was, team = kept.team, other.team if facts.get("team") == OTHER else kept.team
        marking = _marking(kept, other, team)
        _take_facts(kept, other, facts)
        if marking["handling"] == Handling.RESTRICTED:
            kept.team = was  # moves with the marking, below
        _unite_sets(kept, other, linked or {}, visible)
        move_rows(kept, other)
        other.archived_at = timezone.now()
        other.save(update_fields=["archived_at"])
        kept.save()
        _refuse_circle(kept)
        merger = Merger.objects.create(kept=kept, absorbed=other, action=(present() or {})["id"], merged_by=actor)
        with _beside(actor, _("Merged with %(reference)s") % {"reference": other.reference}):
            _mark(kept, team=team, **marking)
            reopen_if_verified(kept)
    return merger


def _take_facts(kept: Engagement, other: Engagement, facts: Mapping[str, str]) -> None:
    for name, parts in TOGETHER.items():
        if facts.get(name) == OTHER:
            for part in parts:
                setattr(kept, part, getattr(other, part))
    if kept.parent_id in {kept.pk, other.pk}:
        kept.parent_id = other.parent_id if other.parent_id != kept.pk else None
    elif kept.parent_id is None and "parent" not in facts and other.parent_id not in {None, kept.pk}:
        kept.parent_id = other.parent_id  # one that the person may not see
    for prefix, (ours, theirs) in row_pairs(kept, other).items():
        if theirs is None:
            continue
        model = type(theirs)
        row = ours or model(engagement=kept)
        for name in facts_of(model):
            if ours is None or facts.get(f"{prefix}-{name}") == OTHER:
                setattr(row, name, getattr(theirs, name))
        row.save()


def _unite_sets(kept: Engagement, other: Engagement, linked: Mapping[str, Collection[int]], visible) -> None:
    pairs = [(kept, other, SETS)]
    ours, theirs = links_of_kind(kept, other)
    if ours is not None and theirs is not None:
        pairs.append((ours, theirs, [field.name for field in ours._meta.many_to_many]))
    for owner, other_owner, names in pairs:
        for name in names:
            members = {row.pk for side in (owner, other_owner) for row in getattr(side, name).all()}
            if name == "predecessors":
                members -= {kept.pk, other.pk}
            if name in linked:
                hidden = members - set(visible.filter(pk__in=members).values_list("pk", flat=True)) if name == "predecessors" else set()
                members = members & set(linked[name]) | hidden
            if name == "strategies" and not members:
                raise ValidationError(_("Choose at least one strategy."))
            getattr(owner, name).set(members)
    other.predecessors.clear()


def _readers(engagement: Engagement) -> set[int]:
    """The teams that may read a restricted record."""
    return {engagement.team_id, *engagement.released_to.values_list("pk", flat=True)}


def _marking(kept: Engagement, other: Engagement, team) -> dict:
    """The higher marking of both, and the teams that may read both; refused where ``team`` itself may not."""
    handling = Handling.highest([kept.handling, other.handling])
    releases = set(kept.released_to.values_list("pk", flat=True)) & set(other.released_to.values_list("pk", flat=True))
    restricted = [row for row in (kept, other) if row.handling == Handling.RESTRICTED]
    if restricted:
        readers = set.intersection(*(_readers(row) for row in restricted))
        if team.pk not in readers:
            raise ValidationError(
                _("A restricted record would come to the team %(team)s, which may not read it. Choose the other team, or release it first.")
                % {"team": team}
            )
        releases = readers - {team.pk}
    return {"handling": handling, "released_to": releases}


def _mark(kept: Engagement, *, team, handling: str, released_to: set[int]) -> None:
    """In an order in which nobody reads more on the way: the database would refuse it."""
    if kept.handling != Handling.RESTRICTED:
        kept.released_to.set(released_to)
    elif kept.team_id in released_to:
        kept.released_to.add(kept.team_id)
    if (kept.team_id, kept.handling) != (team.pk, handling):
        kept.team, kept.handling = team, handling
        kept.save(update_fields=["team", "handling"])
    kept.released_to.set(released_to)


def _refuse_circle(kept: Engagement) -> None:
    kept.refresh_from_db(fields=["parent"])
    seen = kept.parent
    passed: set[int] = set()
    while seen is not None and seen.pk not in passed:
        if seen.pk == kept.pk:
            raise ValidationError(_("The record would be a part of itself. Change what it is a part of first, and merge then."))
        passed.add(seen.pk)
        seen = seen.parent


@contextmanager
def _an_action(actor: User):
    """The action of the request; one of its own where nobody named one."""
    if present():
        yield
    else:
        with acting(actor=actor, door="command"):
            yield


@contextmanager
def _beside(actor: User, reason: str):
    """An action beside the one going on, which is not undone with it."""
    with acting(actor=actor, door=(present() or {})["door"], reason=reason), transaction.atomic():
        yield


# Undo ---------------------------------------------------------------------------------------------


def may_undo(merger: Merger, user: User) -> bool:
    """Who may change the kept record and could have archived the other; the person is known to see the kept one."""
    return merger.undone_at is None and may_edit(merger.kept, user) and may_archive(merger.absorbed, user)


def undo(merger: Merger, *, actor: User) -> None:
    """Both records as they were before; ``Changed`` where something of it was changed since, and then nothing happens.

    A marking that the merger raised stays, and a verification comes back only where nobody's rule is against it.
    """
    if not may_undo(merger, actor):
        raise PermissionDenied(_("Who may change both records undoes their merger; a manager where one was submitted or verified."))
    with _an_action(actor), transaction.atomic():
        if not Merger.objects.filter(pk=merger.pk, undone_at=None).update(undone_at=timezone.now(), undone_by=actor):
            raise ValidationError(_("This merger was undone already."))
        try:
            clashes = reverse(merger.action, skip_tables=NOT_REVERSED)
        except LookupError as error:
            raise ValidationError(_("The history does not know this merger: it can not be undone.")) from error
        if clashes:
            raise Changed(clashes)
        raise_versions(Merger.objects.filter(pk=merger.pk))  # who has one of the two open is told at the next save
        kept = merger.kept
        kept.refresh_from_db()
        _verified_again(kept, merger)


def _verified_again(kept: Engagement, merger: Merger) -> None:
    """Where nothing else was changed since, the record says again what was verified: the merger's own step back is taken away."""
    steps = list(kept.review_steps_taken.filter(taken_at__gte=merger.merged_at))
    if len(steps) != 1 or steps[0].kind != ReviewStepKind.REOPENED:
        return
    step = Change.objects.filter(table="engagements_reviewstep", row=steps[0].pk, operation="added").first()
    since = Change.objects.filter(engagement=kept.pk, pk__gt=step.pk if step else 0)
    if step is None or since.exclude(action__in=[step.action, merger.action, (present() or {})["id"]]).exists():
        return
    try:
        with transaction.atomic():
            steps[0].delete()
            kept.review_state = ReviewState.VERIFIED
            kept.save(update_fields=["review_state"])
    except IntegrityError:  # nobody's step verified it: somebody verifies it anew
        kept.refresh_from_db()


# Where an absorbed record leads -------------------------------------------------------------------


def kept_for(reference: str, visible: QuerySet) -> Engagement | None:
    """The record in ``visible`` that has absorbed the one of this reference, perhaps over several mergers; None where there is none."""
    absorbed = Merger.objects.filter(absorbed__reference=reference, undone_at=None).values_list("absorbed", flat=True)
    return next(iter(visible.filter(pk__in=kept_instead(absorbed, visible).values())), None)


def kept_instead(absorbed: Iterable[int], visible: QuerySet) -> dict[int, int]:
    """For those of the records that were absorbed: the one in ``visible`` that has them now, perhaps over several mergers."""
    leads: dict[int, int] = {}
    asked = set(absorbed)
    while asked:
        found = dict(Merger.objects.filter(absorbed__in=asked, undone_at=None).values_list("absorbed", "kept"))
        asked = set(found.values()) - leads.keys()
        leads |= found
    ends = {pk: _end(pk, leads) for pk in leads}
    there = set(visible.current().filter(pk__in=ends.values()).values_list("pk", flat=True)) if ends else set()
    return {pk: end for pk, end in ends.items() if end in there}


def _end(pk: int, leads: dict[int, int]) -> int:
    """Where ``leads`` end that begin at ``pk``; in a circle, which should not be, at a record that is absorbed itself."""
    passed: set[int] = set()
    while pk in leads and pk not in passed:
        passed.add(pk)
        pk = leads[pk]
    return pk


def with_mergers(rows: QuerySet) -> QuerySet:
    """``rows`` that know whether they have a part in a merger: ``mergers_of`` then asks only where there is one."""
    own = Merger.objects.filter(Q(kept=OuterRef("pk")) | Q(absorbed=OuterRef("pk")), undone_at=None)
    return rows.annotate(has_mergers=Exists(own))


def mergers_of(engagement: Engagement, visible: QuerySet, user: User) -> dict[str, Any]:
    """The merger that absorbed the record (``into``) and those it absorbed (``of``), each with ``may_undo``.

    An absorbed record is named by its reference only; where the kept one is not in ``visible``, ``kept_shown`` is None.
    """
    if not engagement.has_mergers:
        return {}
    rows = Merger.objects.filter(Q(kept=engagement) | Q(absorbed=engagement), undone_at=None)
    into, of = None, []
    for merger in rows.select_related("kept", "absorbed", "merged_by"):
        if merger.kept_id == engagement.pk:
            merger.may_undo = may_undo(merger, user)
            of.append(merger)
        else:
            into = merger
            into.kept_shown = visible.filter(pk=merger.kept_id).first()
            into.may_undo = into.kept_shown is not None and may_undo(merger, user)
    return {"into": into, "of": of}


def absorbed_by(kept: Engagement, visible: QuerySet) -> list[Engagement]:
    """The records in ``visible`` that are a part of ``kept`` now, by the order of their mergers."""
    return list(visible.filter(absorbed_by__kept=kept, absorbed_by__undone_at=None).order_by("absorbed_by__merged_at", "pk"))
