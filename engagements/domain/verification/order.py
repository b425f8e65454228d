"""What comes after what: iterations of a series, predecessors, and parents."""

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from catalog.partial_dates import FIRST_YEAR, LAST_YEAR
from engagements.domain.verification.findings import Found, fault
from engagements.domain.verification.spans import certainly_before, each
from engagements.models import Engagement

_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def _numbers(label: str, year: int) -> tuple[int, ...]:
    """The numbers of an iteration's label, to sort by: "24-2" of 2024 is (2024, 2), "XII" is (12,)."""
    if re.fullmatch("[IVXLC]+", label):
        values = [_ROMAN[letter] for letter in label]
        return (sum(-one if one < other else one for one, other in pairwise([*values, 0])),)
    numbers = [int(digits) for digits in re.findall("[0-9]{1,6}", label)]
    if re.match("[0-9]{2}(?![0-9])", label) and numbers[0] == year % 100:
        numbers[0] = year
    return tuple(numbers)


def _is_year(number: int) -> bool:
    return FIRST_YEAR <= number <= LAST_YEAR


@fault("an iteration of a series out of order, or labeled with another year")
def iteration_order() -> Found:
    rows = Engagement.objects.current().exclude(framework=None).exclude(iteration="").exclude(starts_on=None)
    rows = rows.order_by("framework_id", "starts_on", "pk").only("reference", "framework_id", "iteration", "starts_on", "starts_precision")
    for _framework, series in groupby(each(rows), key=lambda row: row.framework_id):
        numbered: list[tuple[tuple[int, ...], Any]] = []
        by_year: list[tuple[tuple[int, ...], Any]] = []
        for engagement in series:
            label = _numbers(engagement.iteration, engagement.starts_on.year)
            if not label:
                continue
            (by_year if _is_year(label[0]) else numbered).append((label, engagement))
        for label, engagement in by_year:
            # A year's exercise is put off to the next; a date known to the year says no more than the year.
            if abs(label[0] - engagement.starts_on.year) > 1:
                yield (
                    engagement.reference,
                    _("Iteration %(iteration)s starts %(start)s.")
                    % {
                        "iteration": engagement.iteration,
                        "start": engagement.starts,
                    },
                )
        for line in (numbered, by_year):
            for (before, one), (after, other) in pairwise(line):
                # "2012" is neither before nor after "12-2".
                both = min(len(before), len(after))
                if before[:both] > after[:both] and certainly_before(one.starts, other.starts):
                    sentence = _("Iteration %(iteration)s starts %(start)s, after iteration %(other)s (%(reference)s, %(when)s).")
                    yield (
                        other.reference,
                        sentence
                        % {
                            "iteration": other.iteration,
                            "start": other.starts,
                            "other": one.iteration,
                            "reference": one.reference,
                            "when": one.starts,
                        },
                    )


@fault("a predecessor that starts later and is not over when its successor is")
def predecessor_later() -> Found:
    """A mission may take over from one that came and went while it was there."""
    links = Engagement.predecessors.through.objects.filter(
        from_engagement__archived_at=None, to_engagement__starts_on__gt=F("from_engagement__starts_on")
    )
    for link in each(links.select_related("from_engagement", "to_engagement")):
        engagement, predecessor = link.from_engagement, link.to_engagement
        taken_over = predecessor.ends_on and (engagement.ends_on is None or predecessor.ends_on < engagement.ends_on)
        if certainly_before(engagement.starts, predecessor.starts) and not taken_over:
            yield (
                engagement.reference,
                _("It follows on from %(predecessor)s, which starts %(later)s, later than %(start)s.")
                % {
                    "predecessor": predecessor.reference,
                    "later": predecessor.starts,
                    "start": engagement.starts,
                },
            )


def circles(links: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The links ``from → to`` that go round in circles, one for each member of a circle.

    What nothing leads to, and what leads nowhere, is taken away until only circles, and what is between two, are left.
    """
    onward, back = defaultdict(set), defaultdict(set)
    for one, other in links:
        onward[one].add(other)
        back[other].add(one)
    for there, here in ((onward, back), (back, onward)):
        ends = [node for node in here if not there.get(node)]
        while ends:
            node = ends.pop()
            for neighbor in here.pop(node, ()):
                there[neighbor].discard(node)
                if not there[neighbor]:
                    ends.append(neighbor)
            there.pop(node, None)
    return {node: min(others) for node, others in onward.items() if others}


def _in_circles(links: Iterable[tuple[int, int]], sentence: str) -> Found:
    found = circles(links)
    references = dict(Engagement.objects.filter(pk__in=found).values_list("pk", "reference")) if found else {}
    for node in sorted(found):
        yield references[node], sentence % {"other": references[found[node]]}


@fault("an engagement that is part of itself by way of others")
def parent_circle() -> Found:
    links = Engagement.objects.current().exclude(parent=None).order_by().values_list("pk", "parent")
    yield from _in_circles(links.iterator(), _("It is part of %(other)s, which is part of it."))


@fault("an engagement that follows on from itself by way of others")
def predecessor_circle() -> Found:
    links = Engagement.predecessors.through.objects.filter(from_engagement__archived_at=None)
    pairs = links.values_list("from_engagement", "to_engagement")
    yield from _in_circles(pairs.iterator(), _("It follows on from %(other)s, which follows on from it."))
