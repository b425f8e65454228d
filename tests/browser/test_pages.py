"""Every main page with the program's own records: rules of accessibility, width, weight, headers, print."""

import gzip
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command

from catalog.seeding import load_catalog
from engagements.choices import Kind
from engagements.models import Engagement
from engagements.seeding import load_engagements
from tests import make
from tests.browser.conftest import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

# name: (who, address, status). {exercise} and so on: the address of a record of the fixtures.
PAGES = {
    "home": ("manager", "/", 200),
    "list": ("manager", "/engagements/?page_size=25", 200),
    "list with filters": ("manager", "/engagements/?region=m49:002&kind=training&kind=peacekeeping&page_size=25", 200),
    "list that finds nothing": ("manager", "/engagements/?q=nosuchwords", 200),
    "list with an error": ("manager", "/engagements/?region=nowhere&colour=blue", 200),
    "an engagement": ("manager", "{engagement}", 200),
    "an exercise": ("manager", "{exercise}", 200),
    "a training program": ("manager", "{training}", 200),
    "a peacekeeping mission": ("manager", "{peacekeeping}", 200),
    "search": ("manager", "/search/?q=nato training", 200),
    "search that finds nothing": ("manager", "/search/?q=nosuchwords", 200),
    "quick log": ("manager", "/engagements/log/", 200),
    "full form": ("manager", "/engagements/new/?kind=peacekeeping", 200),
    "edit": ("manager", "{exercise}edit/", 200),
    "archive": ("manager", "{exercise}archive/", 200),
    "close out": ("manager", "{submitted}close-out/", 200),
    "review": ("manager", "/review/", 200),
    "return": ("manager", "{submitted}return/", 200),
    "a returned record": ("manager", "{returned}", 200),
    "needs attention": ("manager", "/attention/?for=all", 200),
    "imports": ("manager", "/imports/", 200),
    "import a file": ("manager", "/imports/new/", 200),
    "saved mappings": ("manager", "/imports/mappings/", 200),
    "lists": ("steward", "/lists/", 200),
    "a list": ("steward", "/lists/strategies/", 200),
    "an entry": ("steward", "/lists/outcome-types/{outcome_type}/", 200),
    "a changed entry": ("steward", "/lists/strategies/{strategy}/edit/", 200),
    "a country": ("viewer", "/countries/BIH/", 200),
    "an organization": ("viewer", "/organizations/{organization}/", 200),
    "a region": ("viewer", "/regions/m49/002/", 200),
    "a strategy": ("viewer", "/strategies/{strategy}/", 200),
    "a framework": ("viewer", "/frameworks/{framework}/", 200),
    "reports": ("viewer", "/reports/", 200),
    "a report by kind": ("viewer", "/reports/regions/", 200),
    "a report in words": ("viewer", "/reports/lessons/", 200),
    "a trend": ("viewer", "/reports/trend/", 200),
    "who works with whom": ("viewer", "/reports/partners/?country=KEN", 200),
    "a calendar": ("viewer", "/calendar/?month=2018-06", 200),
    "saved views": ("viewer", "/views/", 200),
    "save a view": ("viewer", "/views/new/?address=/engagements/?kind=exercise", 200),
    "background work": ("viewer", "/jobs/", 200),
    "duplicates": ("manager", "/duplicates/", 200),
    "handling": ("manager", "{submitted}handling/", 200),
    "files": ("manager", "{submitted}attachments/", 200),
    "comments": ("manager", "{submitted}comments/", 200),
    "history": ("manager", "{exercise}history/", 200),
    "case studies": ("viewer", "/case-studies/", 200),
    "a case study": ("viewer", "/case-studies/{story}/", 200),
    "glossary": ("viewer", "/glossary/", 200),
    "data dictionary": ("viewer", "/data-dictionary/", 200),
    "keyboard shortcuts": ("viewer", "/keyboard/", 200),
    "preferences": ("viewer", "/preferences/", 200),
    "change password": ("viewer", "/accounts/password/change/", 200),
    "sign out": ("viewer", "/accounts/logout/", 200),
    "sign in": (None, "/accounts/login/", 200),
    "forbidden": ("viewer", "/engagements/log/", 403),
    "not found": ("viewer", "/nothing-here/", 404),
    "admin": ("manager", "/admin/", 200),
    "admin list": ("manager", "/admin/engagements/engagement/", 200),
}
LIGHT_ENOUGH = ["home", "list", "a peacekeeping mission", "quick log", "full form", "a list", "a country", "preferences", "sign in"]
MOST_SCRIPT, MOST_STYLE = 60 * 1024, 50 * 1024
MOST_CHART_PROGRAM = 320 * 1024
OF_COLOR = ["color-contrast", "link-in-text-block"]


@pytest.fixture
def _django_db_helper(django_db_setup, django_db_blocker):
    """Instead of pytest-django's: no transaction around a test, for what ``register`` holds stays for the whole module."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def register(django_db_setup, django_db_blocker):
    """All of fixtures/, in the database itself: the site reads it over connections of its own."""
    from catalog.models import Country, Framework, Organization, OutcomeType, Strategy
    from engagements.models import CaseStudy

    with django_db_blocker.unblock():
        load_catalog()
        load_engagements()
        team = make.team("j5", name="J5, Plans and Policy")
        full = Engagement.objects.filter(outcomes__isnull=False, challenges__isnull=False).order_by("reference")
        places = {kind: full.filter(kind=kind).first().get_absolute_url() for kind in Kind.values}
        submitted, own, returned = (
            make.engagement(title=title, team=team, review_state=state, status="planned", ends="2020", countries=[Country.objects.first()])
            for title, state in [("Talks in review", "submitted"), ("My own talks", "submitted"), ("Talks to be put right", "returned")]
        )
        make.source(submitted)
        make.follow_up(own)
        manager = make.user("manager", clearance="restricted", teams=[team])
        Engagement.objects.filter(pk=own.pk).update(created_by=manager)
        places |= {"submitted": submitted.get_absolute_url(), "returned": returned.get_absolute_url()}
        make.review_step(returned, kind="returned", reason="dates", note="It was in May.")
        yield SimpleNamespace(
            manager=manager,
            steward=make.user("steward", clearance="official"),
            viewer=make.user("viewer"),
            places=places
            | {
                "strategy": Strategy.objects.order_by("pk").first().code,
                "outcome_type": OutcomeType.objects.order_by("pk").first().code,
                "organization": Organization.objects.filter(participations__isnull=False).order_by("pk").first().code,
                "framework": Framework.objects.filter(engagements__isnull=False).order_by("pk").first().code,
                "story": CaseStudy.objects.order_by("pk").first().code,
            },
        )
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def opened(register, visit):
    """``opened("home")``: a visitor's page on which that page has loaded, and the answer to it."""

    def go(name, watch=None):
        who, address, status = PAGES[name]
        page = visit(getattr(register, who) if who else None, expected=set() if status == 200 else {status})
        if watch:
            page.on("response", watch)
        answer = page.goto(address.format(**register.places))
        assert answer.status == status
        return page, answer

    return go


def violations(page, **options) -> list[str]:
    """What axe finds on the page as it stands, one line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{rule['impact']}: {rule['id']}: {node['html'][:160]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.once
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_no_page_is_wider_than_a_phone(name, opened):
    page, answer = opened(name)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    found = []
    for size, shape in [("wide", WIDE), ("phone", PHONE)]:
        page.set_viewport_size(shape)
        for theme, rules in [("light", {}), ("dark", {"runOnly": OF_COLOR})]:
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(300 if name.startswith("admin") else 0)  # Django's admin fades from color to color
            found += [f"{size}, {theme}, {line}" for line in violations(page, **rules)]
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if name.startswith("admin"):  # Django tells its links from text by color alone
        found = [line for line in found if "link-in-text-block" not in line]
    assert found == []
    assert too_wide <= 0, f"{too_wide} pixels are beyond the right edge of a phone"


@pytest.mark.parametrize("name", LIGHT_ENOUGH)
def test_script_and_style_of_a_page_are_light(name, opened, request):
    sizes = {"script": 0, "stylesheet": 0}

    answers = []
    page, _answer = opened(name, watch=lambda answer: answers.append(answer))
    page.wait_for_load_state("networkidle")
    for answer in answers:
        if answer.url.endswith("/vega.js"):  # comes by itself when a chart comes into view, and stays in the browser
            assert len(gzip.compress(answer.body(), 9)) <= MOST_CHART_PROGRAM
        elif answer.request.resource_type in sizes:
            sizes[answer.request.resource_type] += len(gzip.compress(answer.body(), 9))
    request.node.user_properties.append(("script", sizes["script"]))
    request.node.user_properties.append(("style", sizes["stylesheet"]))
    assert 0 < sizes["script"] <= MOST_SCRIPT
    assert 0 < sizes["stylesheet"] <= MOST_STYLE


@pytest.mark.parametrize("name", ["an exercise", "a peacekeeping mission"])
def test_a_record_prints_with_its_marking_first_and_last_and_without_the_frame(name, opened):
    page, _answer = opened(name)
    page.emulate_media(media="print")
    lines = page.evaluate(
        """() => [...document.querySelectorAll("body > *, main > *")].filter((part) => part.checkVisibility() && part.tagName !== "MAIN"
            && part.getBoundingClientRect().height > 1 && getComputedStyle(part).clipPath === "none").map((part) => part.className)"""
    )
    assert lines[0].startswith("marking")
    assert lines[-1].startswith("marking")
    assert not page.locator(".masthead, .foot, .toc, .btn, .crumbs").filter(visible=True).count()


@pytest.mark.parametrize("shape", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", ["quick log", "edit"])
def test_the_bar_with_the_buttons_never_covers_the_field_in_use(name, shape, opened):
    page, _answer = opened(name)
    page.set_viewport_size(shape)
    covered = page.evaluate(
        """() => [...document.querySelectorAll("form[data-record-form] :is(input:not([type=hidden]), select, textarea, summary)")]
            .filter((field) => field.checkVisibility()).filter((field) => {
                field.focus();
                const box = field.getBoundingClientRect();
                return box.bottom > document.querySelector(".actions").getBoundingClientRect().top + 1 || box.top < 0;
            }).map((field) => field.name || field.textContent)"""
    )
    assert covered == []
