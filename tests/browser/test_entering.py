"""Entering and changing records: quick log by keyboard, errors, rows, edit, copy, archive, lists, what is never lost."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from engagements.models import Engagement
from tests import make
from tests.browser.records import small_register

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture(autouse=True)
def known(transactional_db):
    return small_register()


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the field with this name, or the thing with these words, has the focus."""
    for _press in range(60):
        page.keyboard.press("Tab")
        name, words = page.evaluate("[document.activeElement.name || '', document.activeElement.textContent.trim()]")
        if what in (name, words):
            return
    pytest.fail(f"Tab never came to {what}.")


def choose_by_arrows(page: Page, typed: str, option: str) -> None:
    """Type into the combobox that has the focus, and take the option that bears this name."""
    page.keyboard.type(typed)
    expect(page.get_by_role("option", name=option)).to_be_visible()
    for _press in range(10):
        chosen = page.locator("#" + (page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") or "none"))
        if chosen.count() and option in chosen.inner_text():
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_an_engagement_is_logged_by_keyboard_alone_in_well_under_a_minute(visit, known, request):
    page = visit(known.analyst)
    page.goto("/")
    started = time.monotonic()
    page.keyboard.press("l")
    expect(page.locator("[name=type]")).to_be_focused()
    page.wait_for_load_state()
    page.keyboard.type("Staff")
    expect(page.locator("[data-type-definition]")).to_have_text("Staff talks. Staffs meet to plan what their forces do together.")
    tab_to(page, "participants-0-party")
    choose_by_arrows(page, "pol", "Poland")
    tab_to(page, "participants-1-party")
    choose_by_arrows(page, "United", "United States")
    tab_to(page, "starts")
    page.keyboard.type("Mar 2026")
    tab_to(page, "strategies")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    expect(heading(page)).to_have_text(re.compile("Staff talks.*Poland.*Mar 2026"))
    seconds = time.monotonic() - started
    request.node.user_properties.append(("seconds", round(seconds, 1)))
    assert seconds < 45
    made = Engagement.objects.get(title__contains="Mar 2026")
    assert made.is_title_generated
    assert {row.country.code for row in made.participations.all()} == {"POL", "USA"}
    assert [strategy.code for strategy in made.strategies.all()] == ["talks"]


def test_quick_log_offers_the_latest_parties_first_and_logs_another(visit, known):
    earlier = make.engagement(title="Visit", type=known.staff_talks, countries=[known.ghana], team=known.team, created_by=known.analyst)
    page = visit(known.analyst)
    page.goto("/engagements/log/")
    party = page.locator("[name=participants-0-party]")
    party.focus()
    expect(page.locator(".listbox [role=option]")).to_have_text([re.compile("Ghana")])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(party).to_have_value("Ghana (GHA)")
    page.locator("[name=type]").select_option(label="Staff talks")
    page.locator("[name=participants-1-party]").fill("Poland")
    page.get_by_label("Bilateral and multilateral engagement").check()
    page.get_by_role("button", name="Save and log another").click()
    expect(heading(page)).to_have_text("Log an engagement")
    expect(page.get_by_role("status").first).to_contain_text("is recorded as")
    assert Engagement.objects.exclude(pk=earlier.pk).filter(created_by=known.analyst).count() == 1


@with_and_without_script
def test_errors_are_listed_lead_to_their_fields_and_what_was_typed_stays(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/log/")
    page.locator("[name=title]").fill("Talks on the pipeline")
    page.locator("[name=starts]").fill("31 April 2026")
    page.locator("[name=participants-0-party]").fill("Atlantis")
    page.get_by_role("button", name="Save and open").click()
    errors = page.locator("#errors")
    expect(errors).to_be_focused()
    expect(errors.get_by_role("link")).to_have_count(4)
    expect(page.locator("[name=title]")).to_have_value("Talks on the pipeline")
    expect(page.locator("[name=starts]")).to_have_value("31 April 2026")
    expect(page.locator("[name=participants-0-party]")).to_have_value("Atlantis")
    for words, field in [("Start", "starts"), ("Atlantis", "participants-0-party"), ("Type", "type")]:
        errors.get_by_role("link", name=words).click()
        expect(page.locator(f"[name={field}]")).to_be_focused()
    described = page.locator("[name=starts]").get_attribute("aria-describedby") or ""
    assert "id_starts_error" in described
    assert page.locator("[name=starts]").get_attribute("aria-invalid") == "true"


@with_and_without_script
def test_the_full_form_takes_more_rows(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/new/")
    page.locator("[name=type]").select_option(label="Staff talks")
    page.locator("[name=title]").fill("Border talks")
    page.get_by_label("Bilateral and multilateral engagement").check()
    if script:
        page.evaluate("window.loaded = 'once'")
    rows = page.locator("#participants-rows [data-row]")
    before = rows.count()
    for place, party in enumerate(["Ghana", "Kenya", "Poland", "United States"]):
        if place >= before:
            page.get_by_role("button", name="Add a participant").click()
            expect(rows).to_have_count(place + 1)
        if script and place >= before:
            expect(page.locator(f"[name=participants-{place}-party]")).to_be_focused()
        page.locator(f"[name=participants-{place}-party]").fill(party)
    outcomes = page.locator("#outcomes-rows [data-row]").count()
    page.get_by_role("button", name="Add an outcome").click()
    expect(page.locator("#outcomes-rows [data-row]")).to_have_count(outcomes + 1)
    page.locator(f"[name=outcomes-{outcomes}-statement]").fill("A joint patrol plan is agreed.")
    page.locator(f"[name=outcomes-{outcomes}-type]").select_option(label="Agreement signed")
    expect(page.locator("[name=title]")).to_have_value("Border talks")
    if script:
        assert page.evaluate("window.loaded") == "once"
    page.get_by_role("button", name="Save record").last.click()
    expect(heading(page)).to_have_text("Border talks")
    expect(page.locator("#participants")).to_contain_text("Kenya")
    expect(page.locator("#outcomes")).to_contain_text("A joint patrol plan is agreed.")
    expect(page.locator(".rechead")).to_contain_text("Multilateral, 4 countries")


def test_enter_in_a_text_box_saves_instead_of_adding_a_row(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/new/")
    page.locator("[name=type]").select_option(label="Staff talks")
    page.get_by_label("Bilateral and multilateral engagement").check()
    page.locator("[name=title]").fill("Evening talks")
    page.locator("[name=title]").press("Enter")
    expect(heading(page)).to_have_text("Evening talks")


@with_and_without_script
def test_a_record_is_edited(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto(known.old.get_absolute_url())
    page.get_by_role("link", name="Edit").first.click()
    page.locator("[name=title]").fill("Staff talks with Ghana, Accra")
    page.locator("[name=participants-0-personnel]").fill("12")
    page.get_by_role("button", name="Save record").last.click()
    expect(heading(page)).to_have_text("Staff talks with Ghana, Accra")
    expect(page.locator("#participants tbody")).to_contain_text("12")


def test_a_copy_starts_the_next_iteration_without_the_dates_of_the_last(visit, known):
    page = visit(known.analyst)
    page.goto("/engagements/?q=Flintlock")
    page.get_by_role("link", name="Flintlock 2024").click()
    page.get_by_role("link", name="Copy as next iteration").click()
    expect(heading(page)).to_have_text("Next iteration")
    expect(page.locator("[name=starts]")).to_have_value("")
    expect(page.locator("[name=participants-0-party]")).to_have_value("Ghana (GHA)")
    page.locator("[name=title]").fill("Flintlock 2027")
    page.locator("[name=starts]").fill("May 2027")
    page.get_by_role("button", name="Save record").last.click()
    expect(heading(page)).to_have_text("Flintlock 2027")
    expect(page.locator("#around")).to_contain_text("Flintlock 2024")


@with_and_without_script
def test_a_record_is_archived_and_restored(visit, known, script):
    page = visit(known.manager, javascript=script)
    page.goto(known.old.get_absolute_url())
    page.get_by_role("link", name="Archive").click()
    page.get_by_role("button", name="Archive record").click()
    expect(page.get_by_role("heading", name="This record is archived")).to_be_visible()
    page.goto("/engagements/?q=Ghana")
    assert "Staff talks with Ghana" not in page.locator("#results").inner_text()
    page.goto(known.old.get_absolute_url())
    page.get_by_role("button", name="Restore record").click()
    expect(page.locator("main")).to_contain_text("The record is back in the register.")


def test_leaving_a_changed_form_asks_first(visit, known):
    page = visit(known.analyst)
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.dismiss() if len(asked) == 1 else dialog.accept()

    page.on("dialog", answer)
    page.goto("/engagements/new/")
    page.get_by_role("link", name="Leave without saving").click()
    expect(heading(page)).to_have_text("Engagements")
    assert asked == [], "nothing was typed"
    page.goto("/engagements/new/")
    page.locator("[name=title]").press_sequentially("Half a title")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Leave without saving").click()
    expect(page.locator("[name=title]")).to_have_value("Half a title")
    page.get_by_role("link", name="Leave without saving").click()
    expect(heading(page)).to_have_text("Engagements")
    assert asked == ["beforeunload", "beforeunload"]


@with_and_without_script
def test_what_was_typed_survives_a_session_that_ran_out(visit, known, script):
    page = visit(known.analyst, javascript=script)
    page.goto("/engagements/log/")
    page.locator("[name=type]").select_option(label="Staff talks")
    page.locator("[name=title]").fill("Talks that took all morning")
    page.locator("[name=participants-0-party]").fill("Ghana")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save and open").click()
    expect(heading(page)).to_have_text("Sign in")
    page.get_by_label("User name").fill("analyst")
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(heading(page)).to_have_text("Log an engagement")
    expect(page.locator("[name=title]")).to_have_value("Talks that took all morning")
    expect(page.locator("[name=participants-0-party]")).to_have_value("Ghana")


@with_and_without_script
def test_a_steward_changes_the_entry_of_a_list(visit, known, script):
    page = visit(known.steward, javascript=script)
    page.goto("/lists/strategies/")
    page.get_by_role("link", name="Training and capacity building").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Definition").fill("Teach, train, equip.")
    page.get_by_role("button", name="Save entry").click()
    expect(page.locator("#definition")).to_contain_text("Teach, train, equip.")


@with_and_without_script
def test_the_dark_theme_is_chosen_and_stays(visit, known, script):
    page = visit(known.viewer, javascript=script)
    page.goto("/preferences/")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor") if script else None
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert ground in {None, "rgb(20, 24, 26)"}
