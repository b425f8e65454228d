"""A marking that was raised, a release or a right that was taken back: acts from the very next request on."""

import pytest

from accounts.models import User
from engagements.domain import handling
from tests import make

# R-A15: from the very next request on ------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [("public", "official"), ("official", "restricted")])
def test_after_a_raise_the_next_request_of_another_reader_has_no_trace(before, after, people, signed_in):
    series = make.framework()
    record = make.engagement(
        title="Zanzibar talks", handling=before, team=people.team, framework=series, starts="2026-05", status="planned"
    )
    neighbor = make.engagement(title="Neighbor", framework=series, team=make.team())
    reader = signed_in(make.user("analyst", clearance=before, teams=[make.team()]))
    pages = [
        "/", "/engagements/?q=Zanzibar&columns=reference", "/engagements/suggest/?q=Zanzibar", "/engagements/export/?layout=engagements",
        neighbor.get_absolute_url(), f"/frameworks/{series.code}/", f"/engagements/export/?q={record.reference}",
    ]  # fmt: skip
    own = [record.get_absolute_url() + page for page in ("", "history/", "brief/")]

    def answers():
        found = {}
        for page in pages:
            response = reader.get(page)
            found[page] = b"".join(response.streaming_content) if response.streaming else response.content
        return found

    def names(text):
        return b"Zanzibar talks" in text or record.reference.encode() in text.replace(b"q=" + record.reference.encode(), b"")

    assert all(names(text) for text in answers().values())
    assert [reader.get(page).status_code for page in own] == [200] * 3
    handling.raise_to(record, handling=after, released_to=[], seen=1, actor=people.manager)
    assert [page for page, text in answers().items() if names(text)] == []
    assert [reader.get(page).status_code for page in own] == [404] * 3


def test_a_release_taken_back_hides_the_record_from_the_next_request_on(people, signed_in):
    partner = make.team("partner")
    record = make.engagement(handling="restricted", team=people.team, released_to=[partner])
    reader = signed_in(make.user("viewer", clearance="restricted", teams=[partner]))
    assert reader.get(record.get_absolute_url()).status_code == 200
    handling.raise_to(record, handling="restricted", released_to=[], seen=1, actor=people.manager)
    assert reader.get(record.get_absolute_url()).status_code == 404


# R-A22: the right is asked for when the file is made, and no file is kept ----------------------------------


def test_a_right_lost_between_two_clicks_is_lost_in_the_file(people, signed_in):
    record = make.engagement(handling="official")
    reader = make.user(clearance="official")
    client = signed_in(reader)
    file = lambda: b"".join(client.get("/engagements/export/").streaming_content)  # noqa: E731
    assert record.reference.encode() in file()
    User.objects.filter(pk=reader.pk).update(clearance="public")
    assert record.reference.encode() not in file()
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert client.get("/engagements/export/").status_code == 302


def test_no_file_of_a_request_is_kept_that_could_be_fetched_later(people, signed_in, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    make.engagement(handling="official")
    response = signed_in(people.analyst).get("/engagements/export/")
    assert list(tmp_path.iterdir()) == [], "the file has no name from the moment it is made"
    b"".join(response.streaming_content)
    assert list(tmp_path.iterdir()) == []
