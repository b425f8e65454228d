"""A small register that changes step by step, in each way that can change a figure."""

import datetime as dt
import random

from django.db import IntegrityError
from django.http import QueryDict
from django.utils import timezone

from catalog.models import CountryRegion, Framework, Strategy
from engagements.facets import Facets
from engagements.filters import EngagementFilter
from engagements.models import Challenge, Comment, Engagement, Participation
from reports.asked import Asked
from tests import make

KINDS = ["engagement", "exercise", "training", "peacekeeping"]


def facets(query, reader):
    return Facets(QueryDict(query), queryset=Engagement.objects.visible_to(reader), user=reader)


def found(query, reader):
    return EngagementFilter(QueryDict(query), queryset=Engagement.objects.visible_to(reader), user=reader)


def report(report, query, reader):
    asked = Asked(QueryDict(query), reader, report.parameters(), held_only=report.held_only)
    return [list(table.values()) for table in report.answer(asked).tables]


def everything(queries, readers, reports):
    """All figures of the filters for each reader, the records behind them, and some reports."""
    told = {}
    for reader in readers:
        for query in queries:
            told[reader.username, query] = (facets(query, reader).all(), set(found(query, reader).ids))
        told[reader.username] = [report(one, "", reader) for one in reports]
    return told


class Register:
    """A small register with lists, three readers, and steps that change something of it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.teams = [make.team("one"), make.team("two")]
        self.countries = [make.country() for _ in range(5)]
        self.alliance = make.organization()
        self.force = make.organization(kind="armed_force", country=self.countries[0])
        self.world = make.region("m49:001", scheme=make.scheme("m49"))
        self.part = make.region("m49:002", parent=self.world, countries=[self.countries[0], (self.countries[1], "2004", "2015")])
        self.strategies = [make.strategy("whole")]
        self.strategies.append(make.strategy("piece", parent=self.strategies[0]))
        self.frameworks = [make.framework("long"), make.framework("short")]
        self.readers = [
            make.user("manager", username="reads-all", clearance="restricted", teams=self.teams),
            make.user("analyst", username="reads-some", clearance="official", teams=self.teams[:1]),
            make.user("viewer", username="reads-little"),
        ]
        for _number in range(8):
            self.add()

    @property
    def one(self):
        return self.random.choice(list(Engagement.objects.order_by("pk")) or [self.add()])

    def add(self):
        pick = self.random
        return make.engagement(
            kind=pick.choice(KINDS),
            team=pick.choice(self.teams),
            owner=pick.choice([None, *self.readers]),
            starts=pick.choice(["", "2003", "Mar 2012", "2014-05-06", "2026-01-02"]),
            country=pick.choice([None, *self.countries]),
            also_held_in=pick.sample(self.countries, pick.randint(0, 1)),
            framework=pick.choice([None, *self.frameworks]),
            handling=pick.choice(["public", "public", "official", "restricted"]),
            review_state=pick.choice(["verified", "verified", "draft", "submitted"]),
            strategies=pick.sample(self.strategies, pick.randint(0, 2)),
            countries=pick.sample(self.countries, pick.randint(0, 3)),
        )

    def change(self, **values):
        Engagement.objects.filter(pk=self.one.pk).update(**values)

    def archive(self):
        self.change(archived_at=self.random.choice([None, timezone.now()]))

    def hide(self):
        self.change(handling=self.random.choice(["official", "restricted"]))

    def release(self):
        self.one.released_to.set(self.random.sample(self.teams, 1))

    def date(self):
        self.change(starts_on=dt.date(self.random.choice([2003, 2010, 2020]), 1, 5), starts_precision="day")

    def late(self):
        self.change(review_on=dt.date(2020, 1, 1), summary=self.random.choice(["", "Talks."]))

    def touch(self):
        """The time of the last change alone leaves no trace in the log."""
        self.change(updated_at=timezone.now())

    def leave(self):
        Engagement.objects.filter(pk=make.engagement(team=self.teams[0]).pk).update(updated_at=timezone.now() - dt.timedelta(days=366))

    def invite(self):
        party = self.random.choice([{"organization": self.alliance}, {"organization": self.force}, {"country": self.countries[4]}])
        make.participation(self.one, role=self.random.choice(["host", "lead", "observer"]), **party)

    def decline(self):
        if part := Participation.objects.order_by("?").first():
            Participation.objects.filter(pk=part.pk).update(status=self.random.choice(["declined", "attended"]))

    def move(self):
        """A row goes from one record to another: the log names the new one."""
        one, other = self.random.sample(list(Engagement.objects.order_by("pk")), 2)
        row = make.challenge(one, severity="high")
        everything([""], self.readers[:1], [])
        Challenge.objects.filter(pk=row.pk).update(engagement=other)

    def judge(self):
        make.assessment(self.one, rating=self.random.choice(["achieved", "limited"]))

    def trouble(self):
        make.challenge(self.one, severity=self.random.choice(["low", "high"]))

    def mention(self):
        make.comment(self.one, mentions=[self.readers[1]])

    def take_back(self):
        Comment.objects.update(removed_at=timezone.now())

    def join(self):
        """A country becomes, or is no more, part of a region."""
        if self.random.random() < 0.5:
            CountryRegion.objects.filter(country=self.countries[2]).delete()
            make.member_of(self.part, self.countries[2], self.random.choice(["", "2011"]))
        else:
            CountryRegion.objects.filter(region=self.part, country=self.countries[0]).delete()

    def rearrange(self):
        Strategy.objects.filter(pk=self.strategies[1].pk).update(parent=self.random.choice([None, self.strategies[0]]))
        Framework.objects.filter(pk=self.frameworks[1].pk).update(parent=self.random.choice([None, self.frameworks[0]]))

    def remove(self):
        Participation.objects.filter(engagement=self.one).delete()

    def join_team(self):
        self.readers[2].teams.set(self.random.sample(self.teams, 1))
        self.readers[2] = type(self.readers[2]).objects.get(pk=self.readers[2].pk)

    STEPS = [
        add, add, archive, hide, hide, release, date, late, touch, leave, invite, decline, move, judge, trouble, mention, take_back,
        join, rearrange, remove, join_team,
    ]  # fmt: skip

    def step(self):
        step = self.random.choice(self.STEPS)
        try:
            step(self)
        except IntegrityError as refused:  # a rule of the record: nothing was changed
            return f"{step.__name__}: {refused}"
        return step.__name__

    def queries(self):
        first, second = self.countries[:2]
        return [
            "",
            f"kind=exercise&kind=training&country={first.code}&country={second.code}",
            f"region=m49:001&year=2001..2013&role=host&organization={self.alliance.code}&also=strategy:whole",
            f"held_in={second.code}&start=2010&missing=source&overdue=untouched_365&overdue=review&framework=long",
            "severity=high&rating=not_assessed&strategy=piece&completeness=thin&owner=me&region=m49:002&region_mode=held",
            "archived=yes&fiscal_year=unknown&fiscal_year=2012&waiting=mention&waiting=verification",
        ]
