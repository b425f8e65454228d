"""What is kept of drawn reports is what would be drawn now, for every reader and after every change."""

import random

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client

from engagements.models import Engagement
from engagements.sets import MEMORY
from reports import views
from reports.asked import Asked
from reports.questions import REPORTS
from reports.remembered import by_year_kind_region
from tests import make
from tests.reports.changing_register import Register

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = [report.name for report in REPORTS if report.of_its_records_alone]


def page(name, query, reader):
    client = Client(headers={"host": "localhost"})
    client.force_login(reader)
    text = client.get(f"/reports/{name}/?{query}").content.decode()
    return text[text.index('<p class="claim">') : text.index("Figures as of")]


def counted(query, reader):
    return by_year_kind_region(Asked(QueryDict(query), reader, {}, held_only=True).facts, "m49")


def test_only_what_depends_on_the_records_found_alone_is_kept():
    assert sorted({report.name for report in REPORTS} - set(KEPT)) == ["overdue", "quality", "series", "timeline"]


def test_whatever_is_changed_a_kept_page_is_what_is_drawn_anew():
    register = Register(11)
    pick = random.Random(11)
    for number in range(6):
        done = register.step()
        Engagement.objects.filter(pk=pick.choice(list(Engagement.objects.values_list("pk", flat=True)))).update(
            latitude=number, longitude=-number, place=f"Port {number}"
        )
        for reader in pick.sample(register.readers, 2):
            query = pick.choice(register.queries())
            for name in pick.sample(KEPT, 6):
                told = page(name, query, reader), counted(query, reader)
                with transaction.atomic():
                    assert told == (page(name, query, reader), counted(query, reader)), (number, done, name, query, reader)


def test_a_page_asked_for_twice_is_drawn_once_and_again_after_a_change(monkeypatch, people):
    country = make.country(name="Atlantis")
    record = make.engagement(countries=[country], starts="2020-03-01")
    drawn = []
    draw = views.render_to_string
    monkeypatch.setattr(views, "render_to_string", lambda *given: drawn.append(given[0]) or draw(*given))
    assert page("countries", "", people.viewer) == page("countries", "", people.viewer)
    assert len(drawn) == 1
    make.engagement(countries=[country], handling="restricted")
    assert "Atlantis" in page("countries", "", people.viewer)
    assert len(drawn) == 1  # of what the viewer may not see nothing is told
    country.name = "Lemuria"
    country.save()
    assert "Lemuria" in page("countries", "", people.viewer)
    record.participations.all().delete()
    assert "Lemuria" not in page("countries", "", people.viewer)
    assert len(drawn) == 3


def test_numbers_by_year_kind_and_region_count_each_record_once_in_every_region_it_belongs_to(people):
    world = make.region("m49:001", scheme=make.scheme("m49"))
    here, there = make.country(), make.country()
    north = make.region("m49:002", parent=world, countries=[here])
    south = make.region("m49:005", parent=world, countries=[there])
    make.engagement(countries=[here, there], kind="training", starts="2020-03-01")
    make.engagement(countries=[here], kind="training", starts="2020-05-01")
    make.engagement(countries=[there], kind="exercise", starts="2021-05-01")
    make.engagement(countries=[there], kind="exercise", starts="2021-05-01", handling="restricted")
    make.engagement(kind="exercise", starts="2021-05-01")
    assert counted("", people.viewer) == {
        (2020, "training", world.pk): 2,
        (2020, "training", north.pk): 2,
        (2020, "training", south.pk): 1,
        (2021, "exercise", world.pk): 1,
        (2021, "exercise", south.pk): 1,
    }


def test_what_is_kept_counts_against_the_bound(settings, people):
    make.engagement(countries=[make.country()], starts="2020-03-01", latitude=1, longitude=1)
    page("map", "", people.viewer)
    assert MEMORY.size == sum(one.size for one in MEMORY.kept.values())
    assert any(one.size > 5_000 and isinstance(one.groups, str) for one in MEMORY.kept.values())
    settings.SETS_IN_MEMORY = 3_000
    page("map", "kind=engagement", people.viewer)
    assert MEMORY.size <= 3_000
