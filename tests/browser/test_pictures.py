"""Charts and map: drawn under the strict policy in the colors of the theme, taken home as pictures, and numbers beside the filters."""

import re

import pytest
from playwright.sync_api import expect

from engagements.models import Engagement
from tests.browser.records import small_register

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def known(transactional_db):
    return small_register()


def test_a_trend_is_drawn_and_downloads_as_a_picture(visit, known):
    page = visit(known.analyst)
    page.goto("/reports/trend/")
    figure = page.locator("[data-name=trend]")
    expect(figure.locator("svg.marks")).to_be_visible()
    assert "Exercise: " in figure.locator("[data-frame]").get_attribute("aria-label")
    with page.expect_download() as download:
        figure.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "trend.svg"
    with page.expect_download() as download:
        figure.get_by_role("button", name="PNG").click()
    assert download.value.path().read_bytes()[:4] == b"\x89PNG"


def test_the_map_shades_partners_and_leads_to_their_lists(visit, known):
    page = visit(known.analyst)
    page.goto("/reports/map/")
    shade = page.locator("[data-name=map] svg.marks .layer_1_marks path")
    expect(shade).to_have_count(4)
    shade.first.click()
    expect(page).to_have_url(re.compile(r"/engagements/\?status=.*&country=[A-Z]{3}$"))


def test_a_chart_follows_the_theme(visit, known):
    page = visit(known.analyst)
    fills = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto("/reports/trend/")
        bar = page.locator("[data-name=trend] svg.marks .mark-rect path[fill]").first
        expect(bar).to_be_attached()
        fills.add(bar.get_attribute("fill"))
    assert len(fills) == 2


def test_what_was_drawn_in_dark_colors_is_printed_in_light_ones(visit, known):
    page = visit(known.analyst)
    page.emulate_media(color_scheme="light")
    page.goto("/reports/trend/")
    bars = "[data-name=trend] {} svg.marks .mark-rect path[fill]"
    light = page.locator(bars.format("[data-frame]")).first.get_attribute("fill")
    assert page.locator("[data-name=trend] [data-paper]").count() == 0
    page.emulate_media(color_scheme="dark")
    page.goto("/reports/trend/")
    on_paper = page.locator(bars.format("[data-paper]")).first
    expect(on_paper).to_be_attached()
    assert on_paper.get_attribute("fill") == light
    expect(page.locator("[data-name=trend] [data-paper]")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("[data-name=trend] [data-paper]")).to_be_visible()
    expect(page.locator("[data-name=trend] [data-frame]")).to_be_hidden()


def test_without_a_script_the_table_says_it_all(visit, known):
    page = visit(known.analyst, javascript=False)
    page.goto("/reports/trend/")
    expect(page.get_by_role("table").first).to_be_visible()
    page.get_by_role("table").first.get_by_role("link", name="1", exact=True).first.click()
    expect(page.locator(".count b")).to_have_text("1")


def test_numbers_stand_beside_the_filters_and_follow_them(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/")
    kind = page.locator("[data-filters] label.facet:has(input[name=kind][value=exercise]) .c")
    other = page.locator("[data-filters] label.facet:has(input[name=kind][value=training]) .c")
    expect(kind).to_have_text(str(exercises()))
    page.locator("[data-filters] input[name=kind][value=exercise]").check()
    expect(page.locator(".count b")).to_have_text(str(exercises()))
    expect(other).not_to_have_text("")


def exercises() -> int:
    return Engagement.objects.filter(kind="exercise", archived_at=None).count()


def test_a_view_is_saved_pinned_and_counted_at_home(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/?kind=exercise")
    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name").fill("Our exercises")
    page.get_by_role("main").get_by_role("button", name="Save view").click()
    expect(page.locator(".count b")).to_have_text(str(exercises()))
    page.goto("/")
    pinned = page.locator("ul.pins li", has_text="Our exercises")
    expect(pinned).to_contain_text(str(exercises()))


def test_long_lists_show_their_first_values_with_numbers_and_ticking_one_moves_it_up(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/")
    page.locator("summary", has_text="Country or organization").click()
    first = page.locator("[data-listed=country] label.facet").first
    expect(first).to_contain_text("United States")
    expect(first.locator(".c")).to_have_text("4")
    page.locator("[data-listed=country] label.facet", has_text="Kenya").locator("input").check()
    expect(page.locator(".count b")).to_have_text("2")
    chosen = page.locator("[data-chosen=country] label.facet")
    expect(chosen).to_have_text(re.compile("Kenya.*2"))
    expect(chosen.locator("input")).to_be_focused()
    page.locator("input[data-combobox=country]").press_sequentially("pol")
    expect(page.get_by_role("option", name=re.compile("Poland.*1"))).to_be_visible()


def test_places_are_points_that_lead_to_their_engagements(visit, known):
    Engagement.objects.filter(pk=known.old.pk).update(latitude="5.6000", longitude="-0.1900")
    page = visit(known.analyst)
    page.goto("/reports/map/")
    points = page.locator("[data-name=places] svg.marks .mark-symbol path")
    expect(points).to_have_count(1)
    points.first.click()
    expect(page).to_have_url(re.compile(r"area=5\.6,-0\.19,5\.6,-0\.19"))
    expect(page.locator(".count b")).to_have_text("1")
