"""What people say about a record: who may, who reads it, who is told, and what a name in it may not give away."""

import datetime as dt
from itertools import product
from urllib.parse import urlencode

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.choices import Handling
from accounts.models import User
from engagements.choices import ReviewState
from engagements.domain import comments
from engagements.domain.readers import who_may_see
from engagements.models import Comment, Engagement, Mention
from history.models import Change
from tests import make

pytestmark = pytest.mark.django_db
TALKERS = ["viewer", "analyst", "manager", "steward"]


@pytest.fixture
def record(people):
    return make.engagement(team=people.team, title="Staff talks")


@pytest.fixture
def secret(people):
    """A record that the manager sees and the analyst does not."""
    return make.engagement(team=people.team, handling="restricted", title="Secret talks")


def talk_of(record) -> str:
    return f"{record.get_absolute_url()}comments/"


def said(record, text="Agreed.", *, by, minutes_ago=0, mentions=()):
    return make.comment(
        record, text=text, written_by=by, written_at=timezone.now() - dt.timedelta(minutes=minutes_ago), mentions=mentions
    )  # fmt: skip


def names(rows) -> set[str]:
    return {row.username for row in rows}


# Who may see a record ----------------------------------------------------------------------------


def test_who_may_see_a_record_are_those_for_whom_visible_to_holds_it():
    """Every sort of person before every sort of record: the two ways to ask never differ."""
    home, partner, far = make.team(), make.team(), make.team()
    people = [
        make.user(role, clearance=clearance, teams=teams, is_active=is_active)
        for role, clearance, teams, is_active in product(
            ["viewer", "manager", "administrator"], Handling.values, [[], [home], [partner], [far], [home, far]], [True, False]
        )
    ]
    owner = make.user("analyst", clearance="official", teams=[far])
    for handling, state, archived_at, released_to in product(
        Handling.values, ReviewState.values, [None, "2026-01-01T00:00Z"], [[], [partner]]
    ):
        record = make.engagement(
            team=home, owner=owner, handling=handling, review_state=state, archived_at=archived_at, released_to=released_to
        )
        seeing = {person.pk for person in [*people, owner] if Engagement.objects.visible_to(person).filter(pk=record.pk).exists()}
        found = list(who_may_see(record).values_list("pk", flat=True))
        assert set(found) == seeing, (handling, state, archived_at, released_to)
        assert len(found) == len(seeing), "nobody comes twice"


# Saying something --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", TALKERS)
def test_who_sees_a_record_may_say_something_about_it(record, people, signed_in, role):
    person = getattr(people, role)
    response = signed_in(person).post(talk_of(record), {"text": "  First line\r\nsecond\u200b line \n"})

    made = Comment.objects.get()
    assert response["Location"] == f"{record.get_absolute_url()}#comment-{made.key}"
    assert (made.engagement, made.text, made.written_by, made.edited_at) == (record, "First line\nsecond line", person, None)


def test_an_administrator_reads_and_says_nothing(record, people, signed_in):
    said(record, by=people.analyst)
    client = signed_in(people.administrator)
    assert "Agreed." in client.get(record.get_absolute_url()).content.decode()
    assert "Add comment" not in client.get(record.get_absolute_url()).content.decode()
    assert client.post(talk_of(record), {"text": "Hello"}).status_code == 403
    assert Comment.objects.count() == 1


def test_an_archived_record_takes_no_comments(record, people, signed_in):
    Engagement.objects.filter(pk=record.pk).update(archived_at="2026-01-01T00:00Z")
    assert signed_in(people.analyst).post(talk_of(record), {"text": "Hello"}).status_code == 403
    assert not Comment.objects.exists()


def test_a_comment_is_no_edit_of_the_record(record, people, signed_in):
    before = (record.version, record.review_state, record.updated_at)
    signed_in(people.viewer).post(talk_of(record), {"text": "Hello"})
    record.refresh_from_db()
    assert (record.version, record.review_state, record.updated_at) == before


def test_the_log_of_changes_tells_what_was_said(record, people, signed_in):
    signed_in(people.viewer).post(talk_of(record), {"text": "Who has the minutes?"})
    told = Change.objects.get(engagement=record.pk, table="engagements_comment")
    assert (told.actor, told.door, told.after["text"]) == (people.viewer.pk, "page", "Who has the minutes?")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write something first."),
        (" \u200b\n", "Write something first."),
        ("x" * 5001, "Ensure this value has at most 5000 characters (it has 5001)."),
        (" ".join(f"@person{number}" for number in range(21)), "A comment names at most 20 people."),
    ],
)
def test_what_can_not_be_said_comes_back_with_a_sentence(record, people, signed_in, text, sentence):
    response = signed_in(people.analyst).post(talk_of(record), {"text": text})
    assert response.status_code == 200
    assert response.context["comment_form"].errors["text"] == [sentence]
    if text.isprintable() and text:
        assert text in response.content.decode()
    assert not Comment.objects.exists()


def test_comments_stand_on_the_record_page_newest_last_and_inert(record, people, signed_in):
    said(record, "Second <script>alert(1)</script>", by=people.viewer, minutes_ago=1)
    said(record, "First", by=people.manager, minutes_ago=9)
    make.comment(record, text="Taken back", written_by=people.viewer, removed_at=timezone.now())
    response = signed_in(people.analyst).get(record.get_absolute_url())
    page = response.content.decode()
    assert [row.text.split()[0] for row in response.context["comments"]] == ["First", "Second"]
    assert "<script>alert" not in page
    assert "Taken back" not in page
    assert '<a href="#comments">Comments<span class="n">2</span></a>' in page


def test_what_was_typed_before_the_session_ran_out_is_on_the_page_after_signing_in(record, people, signed_in):
    client = signed_in(people.analyst)
    page = client.get(record.get_absolute_url())
    token = page.context["typed_by"]
    client.cookies.pop("sessionid")
    typed = urlencode({"text": "A long thought", "typed_by": token})
    lost = client.post(talk_of(record), typed, content_type="application/x-www-form-urlencoded")
    assert lost.status_code == 302
    client.force_login(people.analyst, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "A long thought</textarea>" in client.get(talk_of(record)).content.decode()


def test_addresses_of_comments_and_files_do_not_count_those_of_other_records(record, people, signed_in, settings):
    """A number that goes up by two between two comments of one's own would tell of a third that one may not see."""
    made, attached = said(record, by=people.analyst), make.attachment(record)
    pages = signed_in(people.analyst).get(record.get_absolute_url()).content.decode()
    assert f'id="comment-{made.key}"' in pages
    assert f"attachments/{attached.key}/" in pages
    assert (len(made.key), made.key == attached.key) == (16, False)
    settings.SECRET_KEY = "another one that is as long as it should be, for once"
    assert f'id="comment-{made.key}"' not in pages


# Changing and removing ---------------------------------------------------------------------------


def test_ones_own_words_can_be_changed_for_a_quarter_of_an_hour(record, people, signed_in):
    made = said(record, by=people.viewer, minutes_ago=14)
    client = signed_in(people.viewer)
    assert "Agreed.</textarea>" in client.get(f"{talk_of(record)}{made.key}/edit/").content.decode()
    assert client.post(f"{talk_of(record)}{made.key}/edit/", {"text": "Not agreed."}).status_code == 302
    made.refresh_from_db()
    assert made.text == "Not agreed."
    assert made.edited_at
    assert "changed" in client.get(record.get_absolute_url()).content.decode().partition("comment-")[2].partition("said")[0]


def test_later_they_stand_and_what_was_typed_is_not_lost(record, people, signed_in):
    made = said(record, by=people.viewer, minutes_ago=16)
    client = signed_in(people.viewer)
    assert client.get(f"{talk_of(record)}{made.key}/edit/").status_code == 302
    response = client.post(f"{talk_of(record)}{made.key}/edit/", {"text": "Not agreed."})
    assert response.context["form"].errors["text"] == ["A comment can be changed by its writer, within 15 minutes. Write another one."]
    assert "Not agreed.</textarea>" in response.content.decode()
    made.refresh_from_db()
    assert made.text == "Agreed."


def test_nobody_changes_the_words_of_somebody_else(record, people, signed_in):
    made = said(record, by=people.viewer)
    for person in (people.analyst, people.manager, people.steward, people.administrator):
        client = signed_in(person)
        assert client.post(f"{talk_of(record)}{made.key}/edit/", {"text": "Not agreed."}).status_code == 403
        assert f"{made.key}/edit/" not in client.get(record.get_absolute_url()).content.decode()
    made.refresh_from_db()
    assert made.text == "Agreed."


@pytest.mark.parametrize(
    ("remover", "status"), [("viewer", 302), ("manager", 302), ("analyst", 403), ("steward", 403), ("administrator", 403)]
)
def test_a_comment_is_removed_by_its_writer_or_a_manager_and_the_log_keeps_it(record, people, signed_in, remover, status):
    made = said(record, by=people.viewer, minutes_ago=600)
    client = signed_in(getattr(people, remover))
    assert (f"{made.key}/remove/" in client.get(record.get_absolute_url()).content.decode()) == (status == 302)
    assert client.post(f"{talk_of(record)}{made.key}/remove/").status_code == status
    made.refresh_from_db()
    assert (made.removed_at is not None) == (status == 302)
    assert ("Agreed." in client.get(record.get_absolute_url()).content.decode()) == (status != 302)
    assert Change.objects.filter(engagement=record.pk, table="engagements_comment", operation="added", after__text="Agreed.").exists()


def test_a_removed_comment_is_gone_for_every_address(record, people, signed_in):
    made = make.comment(record, written_by=people.viewer, removed_at=timezone.now())
    client = signed_in(people.viewer)
    assert client.get(f"{talk_of(record)}{made.key}/edit/").status_code == 404
    assert client.post(f"{talk_of(record)}{made.key}/edit/", {"text": "Back"}).status_code == 404
    assert client.post(f"{talk_of(record)}{made.key}/remove/").status_code == 404


def test_a_comment_is_removed_after_a_question_and_never_by_asking(record, people, signed_in):
    made = said(record, "Agreed.", by=people.analyst)
    address = f"{talk_of(record)}{made.key}/remove/"
    client = signed_in(people.analyst)
    assert f'<a href="{address}">' in client.get(record.get_absolute_url()).content.decode()
    page = client.get(address).content.decode()
    assert ("Remove this comment?" in page, "Agreed." in page) == (True, True)
    assert signed_in(people.viewer).get(address).status_code == 403
    made.refresh_from_db()
    assert made.removed_at is None
    client.post(address)
    made.refresh_from_db()
    assert made.removed_at is not None


@pytest.mark.parametrize("what", ["comments/", "comments/{key}/edit/", "comments/{key}/remove/", "colleagues/?q=a"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_comments_of_a_hidden_record_are_answered_as_those_of_a_missing_one(secret, people, signed_in, what, method):
    made = said(secret, "The secret plan", by=people.analyst)
    client = signed_in(people.analyst)
    answers = [
        getattr(client, method)(f"/engagements/{reference}/{what.format(key=made.key)}", {"text": "Hello"} if method == "post" else {})
        for reference in (secret.reference, "ENG-2026-00000")
    ]
    only = "get" if what.startswith("colleagues") else method
    assert [answer.status_code for answer in answers] == [404 if method == only else 405] * 2
    assert len(answers[0].content) == len(answers[1].content)
    assert "ecret" not in answers[0].content.decode()
    made.refresh_from_db()
    assert (Comment.objects.count(), made.text, made.removed_at) == (1, "The secret plan", None)


def test_a_comment_is_only_found_on_its_own_record(record, secret, people, signed_in):
    hidden = said(secret, by=people.analyst)
    client = signed_in(people.analyst)
    for number in (hidden.key, hidden.pk, 10**30):
        assert client.get(f"{talk_of(record)}{number}/edit/").status_code == 404
        assert client.post(f"{talk_of(record)}{number}/remove/").status_code == 404


def test_the_right_to_speak_is_asked_again_when_it_is_written(record, people):
    Engagement.objects.filter(pk=record.pk).update(handling="restricted")
    with pytest.raises(PermissionDenied):
        comments.say(record, text="Hello", actor=people.analyst)
    assert not Comment.objects.exists()


# Naming a colleague ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@anna and @Ben.", ["anna", "Ben"]),
        ("(@anna), @anna: @b.c", ["anna", "b.c"]),
        ("anna@example.org is no name, @ neither", []),
        ("@@anna @- @.", []),
        ("@Zoë+1@x", ["Zoë+1@x"]),
    ],
)
def test_a_name_follows_an_at_sign_that_follows_no_letter(text, found):
    assert comments.named_in(text) == found


def test_a_colleague_who_is_named_is_told_once(record, people, signed_in):
    signed_in(people.analyst).post(talk_of(record), {"text": "@MANAGER, please look, @manager. And @analyst too."})
    assert list(Mention.objects.values_list("person__username", flat=True)) == ["manager"]
    assert [mention.comment.engagement for mention in comments.unseen_mentions(people.manager)] == [record]


def test_naming_somebody_who_does_not_see_the_record_says_the_same_as_naming_nobody(secret, people, signed_in):
    """And tells nobody: neither the person, nor the writer whether there is such a person."""
    client = signed_in(people.manager)
    answers = []
    for name in ("analyst", "nosuchname"):
        page = client.post(talk_of(secret), {"text": f"@{name}, look"}, follow=True)
        answers.append([str(message).replace(name, "NAME") for message in page.context["messages"]])
    assert answers[0] == answers[1] == ["The comment is there, but nobody who sees this record is called @NAME."]
    assert not Mention.objects.exists()


def test_other_words_name_other_people(record, people):
    made, unknown = comments.say(record, text="@manager and @viewer", actor=people.analyst)
    assert unknown == []
    seen = Mention.objects.get(person=people.viewer)
    Mention.objects.filter(pk=seen.pk).update(seen_at=timezone.now())
    assert comments.change(made, text="@viewer and @steward and @nobody", actor=people.analyst) == ["nobody"]
    assert names(User.objects.filter(mentions__comment=made)) == {"viewer", "steward"}
    assert Mention.objects.get(person=people.viewer).pk == seen.pk, "who has seen it is not told again"


def test_only_those_who_see_the_record_are_offered(record, secret, people, signed_in):
    make.user("analyst", username="anton", clearance="restricted", teams=[make.team()])
    make.user("analyst", username="anja", clearance="restricted", teams=[people.team])
    make.user("viewer", username="angela", is_active=False)
    client = signed_in(people.manager)
    assert client.get(f"{record.get_absolute_url()}colleagues/", {"q": "an"}).json() == [
        {"value": "@analyst", "label": "Analyst", "code": "@analyst"},
        {"value": "@anja", "label": "Anja", "code": "@anja"},
        {"value": "@anton", "label": "Anton", "code": "@anton"},
    ]
    assert [row["value"] for row in client.get(f"{secret.get_absolute_url()}colleagues/", {"q": "an"}).json()] == ["@anja"]
    assert client.get(f"{record.get_absolute_url()}colleagues/", {"q": " "}).json() == []
    assert signed_in(people.administrator).get(f"{record.get_absolute_url()}colleagues/", {"q": "an"}).status_code == 403


def test_many_colleagues_cost_the_queries_of_one_and_eight_are_offered(record, people, signed_in, assert_same_queries):
    client = signed_in(people.analyst)
    address = f"{record.get_absolute_url()}colleagues/?q=person"
    assert_same_queries(lambda: make.user("viewer", name="A person"), lambda: client.get(address), at_most=6)
    assert len(client.get(address).json()) == 8


def test_a_name_is_shown_as_one_and_the_rest_as_it_was_typed(record, people):
    made = said(record, "Ask @analyst, not <b>@nobody</b>.", by=people.manager, mentions=[people.analyst])
    assert comments.parts_of(made) == [("Ask ", ""), ("@analyst", "Analyst"), (", not <b>@nobody</b>.", "")]


# Who was told ------------------------------------------------------------------------------------


def test_a_mention_is_seen_when_the_person_opens_the_record(record, people, signed_in):
    said(record, "@viewer look", by=people.analyst, mentions=[people.viewer])
    signed_in(people.analyst).get(record.get_absolute_url())
    signed_in(people.viewer).head(record.get_absolute_url())
    signed_in(people.viewer).get("/engagements/")
    assert comments.unseen_mentions(people.viewer).count() == 1

    client = signed_in(people.viewer)
    assert "names you" in client.get(record.get_absolute_url()).content.decode()
    assert comments.unseen_mentions(people.viewer).count() == 0
    assert "names you" not in client.get(record.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "away",
    [{"handling": "official"}, {"review_state": "submitted"}, {"archived_at": timezone.now()}],
    ids=["raised", "reopened", "archived"],
)
def test_a_mention_counts_only_where_the_record_may_be_seen_today(record, people, away):
    said(record, "@viewer look", by=people.analyst, mentions=[people.viewer])
    assert comments.unseen_mentions(people.viewer).count() == 1
    Engagement.objects.filter(pk=record.pk).update(**away)
    assert comments.unseen_mentions(people.viewer).count() == 0


def test_a_mention_in_a_removed_comment_does_not_count(record, people):
    said(record, "@viewer look", by=people.analyst, mentions=[people.viewer])
    Comment.objects.update(removed_at=timezone.now())
    assert comments.unseen_mentions(people.viewer).count() == 0


def test_words_that_can_not_be_read_are_not_stored(record, people, signed_in):
    for text in ("a\0b", "a\x1b[2J"):
        response = signed_in(people.analyst).post(talk_of(record), {"text": text})
        assert response.context["comment_form"].errors["text"]
    assert not Comment.objects.exists()


def test_a_long_talk_costs_the_queries_of_a_short_one(record, people, signed_in, assert_same_queries):
    client = signed_in(people.analyst)
    assert_same_queries(
        lambda: said(record, "@viewer @manager", by=people.manager, mentions=[people.viewer, people.manager]),
        lambda: client.get(talk_of(record)),
    )
