"""What a person does with saved views: save, pin, put in order, be told what is new."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from engagements.choices import ReviewStepKind
from engagements.filters import EngagementFilter
from engagements.models import Engagement, ReviewStep
from reports.models import Pin, SavedView

MOST_PINS = 12
LATEST = 3  # new matches named on the home page


def pin(view: SavedView, person) -> Pin:
    """Put the view on the person's home page, as the last one."""
    pins = Pin.objects.filter(person=person)
    found = pins.filter(view=view).first()
    if found:
        return found
    if pins.count() >= MOST_PINS:
        raise ValidationError(_("The home page has room for %(most)s views. Take one off first.") % {"most": MOST_PINS})
    last = pins.order_by("-position").first()
    return Pin.objects.create(view=view, person=person, position=last.position + 1 if last else 0)


@transaction.atomic
def move(view: SavedView, person, step: int) -> None:
    """One place up (-1) or down (+1) among the person's pins."""
    pins = list(Pin.objects.select_for_update().filter(person=person).order_by("position", "pk"))
    place = next((number for number, one in enumerate(pins) if one.view_id == view.pk), None)
    if place is None or not 0 <= place + step < len(pins):
        return
    pins[place], pins[place + step] = pins[place + step], pins[place]
    for number, one in enumerate(pins):
        one.position = number
    Pin.objects.bulk_update(pins, ["position"])


@dataclass(frozen=True)
class Shown:
    """A pinned view as the home page shows it: ``count`` of a list, ``new`` since it was looked at last, the latest of them."""

    view: SavedView
    count: int | None
    new: int | None
    fault: bool = False
    latest: Sequence[Engagement] = ()


def pinned(person) -> list[Shown]:
    """The person's pins with what they find today, by the person's own rights."""
    pins = Pin.objects.filter(person=person, view__in=SavedView.objects.readable_by(person)).select_related("view")
    return [_shown(one, person) for one in pins[:MOST_PINS]]


def _shown(pinned: Pin, person) -> Shown:
    if not pinned.view.is_list:
        return Shown(pinned.view, None, None)
    found = EngagementFilter(QueryDict(pinned.view.query), queryset=Engagement.objects.visible_to(person), user=person)
    if not found.form.is_valid():
        return Shown(pinned.view, None, None, fault=True)
    rows = found.qs.order_by()
    if not pinned.tells_news:
        return Shown(pinned.view, found.total, None)
    news = rows.filter(_is_new(pinned.seen_at))
    return Shown(pinned.view, found.total, news.count(), latest=news.order_by("-created_at", "reference")[:LATEST])


def _is_new(since: dt.datetime) -> Q:
    """Entered since then, or verified: what a team enters is seen by others when it is verified, perhaps weeks later."""
    verified = ReviewStep.objects.filter(engagement=OuterRef("pk"), kind=ReviewStepKind.VERIFIED, taken_at__gt=since)
    return Q(created_at__gt=since) | Q(Exists(verified))


def looked_at(view: SavedView, person) -> None:
    Pin.objects.filter(view=view, person=person).update(seen_at=timezone.now())
