"""What people say to each other about a record.

Everyone who sees a record may comment on it, but for the administrator, who runs accounts and does no work here. A
comment is no edit: it takes no version of the record, so a form that is open elsewhere stays good.
"""

import datetime as dt
import re

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import User
from engagements.domain.readers import who_may_see
from engagements.models import Comment, Engagement, Mention
from history.context import acting

EDITABLE_FOR = dt.timedelta(minutes=15)
MOST_MENTIONS = 20
MOST_LETTERS = 5000
# As in an address, a name that follows a letter is none: someone@example.org
NAMED = re.compile(r"(?<![\w.@+-])@(\w[\w.@+-]{0,149})")


def comments_of(engagement: Engagement) -> QuerySet[Comment]:
    """The comments that stand on the record, newest last, each with whom it names (``mentioned``)."""
    mentions = Prefetch("mentioned", Mention.objects.select_related("person"))
    return (
        Comment.objects.filter(engagement=engagement, removed_at=None)
        .select_related("written_by")
        .prefetch_related(mentions)
        .order_by("written_at", "pk")
    )


def may_comment(engagement: Engagement, user: User) -> bool:
    """Whether ``user``, who can see the record, may say something about it."""
    return user.has_perm("engagements.add_comment") and not engagement.is_archived


def may_change(comment: Comment, user: User) -> bool:
    """One's own words, for a quarter of an hour."""
    is_fresh = timezone.now() - comment.written_at <= EDITABLE_FOR
    return comment.written_by_id == user.pk and is_fresh and comment.removed_at is None and may_comment(comment.engagement, user)


def too_late() -> str:
    """The sentence for a comment that stands."""
    return _("A comment can be changed by its writer, within 15 minutes. Write another one.")


def may_remove(comment: Comment, user: User) -> bool:
    """One's own; a manager any that he sees."""
    is_own = comment.written_by_id == user.pk or user.role == Role.MANAGER
    return is_own and comment.removed_at is None and may_comment(comment.engagement, user)


def who_removes() -> str:
    return _("A comment is removed by its writer or by a manager.")


def colleagues(engagement: Engagement, user: User, text: str = "") -> QuerySet[User]:
    """Those whom ``user`` may name on this record: who sees it too; with ``text`` those whose name or user name has it."""
    people = who_may_see(engagement).exclude(pk=user.pk)
    if text:
        people = people.filter(Q(username__icontains=text) | Q(name__icontains=text))
    return people.order_by("username")


@transaction.atomic
def say(engagement: Engagement, *, text: str, actor: User) -> tuple[Comment, list[str]]:
    """The new comment, and the names in it that are nobody's who sees the record; nobody is told of those."""
    _hold(engagement, actor)
    comment = Comment.objects.create(engagement=engagement, text=text, written_by=actor)
    return comment, _mention(comment, actor)


@transaction.atomic
def change(comment: Comment, *, text: str, actor: User) -> list[str]:
    """Other words for a fresh comment; like ``say``, gives the names that are nobody's."""
    _hold(comment.engagement, actor)
    if not may_change(comment, actor):
        raise PermissionDenied(too_late())
    comment.text, comment.edited_at = text, timezone.now()
    comment.save(update_fields=["text", "edited_at"])
    return _mention(comment, actor)


@transaction.atomic
def remove(comment: Comment, *, actor: User) -> None:
    """Take the comment from the page; the log of changes keeps it."""
    _hold(comment.engagement, actor)
    if not may_remove(comment, actor):
        raise PermissionDenied(who_removes())
    comment.removed_at = timezone.now()
    comment.save(update_fields=["removed_at"])


def _hold(engagement: Engagement, actor: User) -> None:
    """Ask again, inside the transaction, whether ``actor`` sees the record and may speak."""
    held = Engagement.objects.visible_to(actor).select_for_update(no_key=True).filter(pk=engagement.pk).first()
    if held is None or not may_comment(held, actor):
        raise PermissionDenied(_("Who sees a record may comment on it, but not while it is archived, and not as an administrator."))


# Naming a colleague ------------------------------------------------------------------------------


def named_in(text: str) -> list[str]:
    """The user names after an @, each once; a full stop that ends the sentence is not of the name."""
    return list(dict.fromkeys(name for found in NAMED.findall(text) if (name := found.rstrip(".-+@"))))


def _mention(comment: Comment, actor: User) -> list[str]:
    """Let the mentions of ``comment`` be those in its text; the names that were nobody's."""
    names = named_in(comment.text)
    if len(names) > MOST_MENTIONS:
        raise ValidationError(_("A comment names at most %(most)s people."), params={"most": MOST_MENTIONS})
    wanted = {name.lower() for name in names}
    some = Q(pk=None)
    for name in wanted:
        some |= Q(username__iexact=name)
    found = list(colleagues(comment.engagement, actor).filter(some))
    comment.mentioned.exclude(person__in=found).delete()
    told = set(comment.mentioned.values_list("person", flat=True))
    Mention.objects.bulk_create([Mention(comment=comment, person=person) for person in found if person.pk not in told])
    known = {person.username.lower() for person in found} | {actor.username.lower()}
    return [name for name in names if name.lower() not in known]


def parts_of(comment: Comment) -> list[tuple[str, str]]:
    """The text in pieces: (words, "") as they are, and ("@name", the person's name) where it names one who was told."""
    people = {mention.person.username.lower(): str(mention.person) for mention in comment.mentioned.all()}
    pieces: list[tuple[str, str]] = []
    end = 0
    for found in NAMED.finditer(comment.text):
        name = found.group(1).rstrip(".-+@")
        if name.lower() in people:
            pieces += [(comment.text[end : found.start()], ""), (f"@{name}", people[name.lower()])]
            end = found.start() + 1 + len(name)
    pieces.append((comment.text[end:], ""))
    return [piece for piece in pieces if piece[0]]


def unseen_mentions(user: User) -> QuerySet[Mention]:
    """Comments that name ``user`` and that were not looked at yet, newest first; of records that may be seen today."""
    return (
        Mention.objects.filter(
            person=user, seen_at=None, comment__removed_at=None, comment__engagement__in=Engagement.objects.visible_to(user).current()
        )
        .select_related("comment__engagement", "comment__written_by")
        .order_by("-comment__written_at", "-pk")
    )


def see(comments: list[Comment], user: User) -> set[int]:
    """``user`` looks at ``comments`` (of ``comments_of``) on a page: the ids of those that name the person and are new to them."""
    new = {mention.pk: mention.comment_id for one in comments for mention in one.mentioned.all() if _is_new(mention, user)}
    if new:
        with acting(actor=user, door="page"):
            Mention.objects.filter(pk__in=new).update(seen_at=timezone.now())
    return set(new.values())


def _is_new(mention: Mention, user: User) -> bool:
    return mention.person_id == user.pk and mention.seen_at is None
