"""Two people at one form, in a browser, with and without scripts; and typed text that outlives a session."""

import pytest
from playwright.sync_api import expect

from engagements.models import Engagement
from tests import make
from tests.browser.records import small_register


@pytest.fixture(autouse=True)
def known(transactional_db):
    return small_register()


with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])


@with_and_without_script
def test_the_later_of_two_sees_both_versions_and_chooses(visit, known, script):
    record = make.engagement(
        title="Border talks", type=known.staff_talks, team=known.team, strategies=[known.talks], countries=[known.ghana, known.usa],
        review_state="draft",
    )  # fmt: skip
    first = visit(known.analyst, javascript=script)
    second = visit(known.manager, javascript=script, phone=script, expected={409})
    for page in (first, second):
        page.goto(f"{record.get_absolute_url()}edit/")
    first.locator("[name=title]").fill("Border talks in Accra")
    first.locator("[name=place]").fill("Accra")
    first.get_by_role("button", name="Save record").last.click()
    expect(first.locator("h1").first).to_have_text("Border talks in Accra")
    second.locator("[name=title]").fill("Border talks, first round")
    second.locator("[name=summary]").fill("Both staffs met.")
    second.get_by_role("button", name="Save record").last.click()
    table = second.get_by_role("region", name="Two people changed this at the same time").or_(second.locator(".conflict"))
    expect(table.first).to_contain_text("Analyst changed this on")
    expect(second.locator("[name=title]")).to_have_value("Border talks, first round")
    expect(second.locator("[name=place]")).to_have_value("Accra")
    expect(second.get_by_role("radio", name="Title: yours, Border talks, first round")).to_be_checked()
    second.get_by_role("radio", name="Title: theirs, Border talks in Accra").check()
    second.get_by_role("button", name="Save record").last.click()
    expect(second.locator("h1").first).to_have_text("Border talks in Accra")
    record = Engagement.objects.get(pk=record.pk)
    assert (record.title, record.place, record.summary) == ("Border talks in Accra", "Accra", "Both staffs met.")


FORMS = [
    ("analyst", "{record}edit/", "title", "Save record"),
    ("analyst", "{record}close-out/", "outcomes-0-statement", "Close out"),
    ("analyst", "/engagements/new/", "title", "Save record"),
    ("steward", "/lists/strategies/talks/edit/", "definition", "Save entry"),
    ("steward", "/lists/strategies/new/", "name", "Add entry"),
    ("analyst", "{record}", "text", "Add comment"),
    ("analyst", "{record}handling/", "reason", "Ask for more readers"),
]


@pytest.mark.parametrize(("who", "address", "field", "button"), FORMS, ids=[form[1].replace("{record}", "") for form in FORMS])
def test_typed_text_is_not_left_unasked_and_survives_a_session_that_ran_out(visit, known, who, address, field, button):
    record = make.engagement(title="Long talks", type=known.staff_talks, team=known.team, strategies=[known.talks], review_state="draft")
    person, where = getattr(known, who), address.format(record=record.get_absolute_url())
    page = visit(person)
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(where)
    page.locator(f"form [name={field}]").last.click()
    page.locator(f"form [name={field}]").last.fill("Typed all morning")
    with page.expect_event("dialog"):
        page.locator("header a").first.click()
    assert (asked, page.url.endswith(where)) == (["beforeunload"], True)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name=button).last.click()
    expect(page.locator("h1").first).to_have_text("Sign in")
    page.get_by_label("User name").fill(person.username)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(f"form [name={field}]").last).to_have_value("Typed all morning")
