"""The admin: every model, the same number of queries for one row and for many, no lookup that crashes it, nothing hidden."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Team, User
from catalog.models import Country, Lookalike, Organization
from catalog.models.base import Alias, CatalogEntry
from engagements.models import Engagement
from tests import make

OURS = [model for model in admin.site._registry if model._meta.app_label in {"accounts", "catalog", "engagements"}]
ROWS = [model for model in OURS if model._meta.app_label == "engagements" and model.__name__ not in {"Engagement", "CaseStudy"}]
WRITERS = {"accounts": "administrator", "catalog": "steward", "engagements": "manager"}
NONSENSE = [
    "starts_on__year__range=99999",
    "start_date__year__range=99999",
    "name__regex=[",
    "title__regex=[",
    "id__exact=99999999999999999999999999",
    "pk__in=1,99999999999999999999999999",
    "no_such_field=1",
    "no__such__field__exact=1",
    "kind__exact=nonsense",
    "status__isnull=perhaps",
    "password__startswith=p",
    "created_by__password__startswith=p",
    "role__exact=%F0%9F%92%A3",
    "scheme__id__exact=99999999999999999999999999",
    "type__id__exact=abc",
    "engagement__title__startswith=S",
    "o=1.2.3.99999999999999999999",
    "o=-99999999999999999999",
    "p=99999999999999999999",
    "all=1",
    "q=%25_%25_%25",
    "_facets=True",
    "e=1",
    "in_use=nonsense",
]


def label(model):
    return model._meta.label


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def writer(people, model):
    return getattr(people, WRITERS[model._meta.app_label])


def record(people):
    """A record of every part, the manager's to see and to change."""
    training = make.engagement(kind="training", team=people.team, countries=[make.country(), make.country()], starts="2020-03")
    mission = make.engagement(kind="peacekeeping", team=people.team)
    exercise = make.engagement(kind="exercise", team=people.team)
    outcome = make.outcome(training)
    make.assessment(training, outcome=outcome)
    make.strength_report(training.participations.first())
    for build in (make.challenge, make.follow_up, make.after_action_review, make.lesson, make.funding_line, make.source, make.external_id):
        build(training)
    make.attachment(training)
    make.review_step(training, taken_by=people.analyst)
    make.handling_request(training)
    make.comment(training, mentions=[people.viewer])
    make.merger(kept=training, absorbed=mission)
    make.not_twins(first=training, second=mission)
    title = f"Study {training.pk}"
    study = admin_model("CaseStudy").objects.create(code=f"study-{training.pk}", title=title, narrative="It began in 2020.")
    study.engagements.add(training)
    return training, mission, exercise


def admin_model(name):
    return next(model for model in OURS if model.__name__ == name)


def row_of(model, people):
    """One row of ``model``, made if there is none."""
    if model in (User, Team):
        return model.objects.first()
    if model._meta.app_label == "engagements":
        if not model._base_manager.exists():
            record(people)
        return model._base_manager.first()
    return catalog_row(model)


def catalog_row(model):
    if issubclass(model, Alias):
        entry = catalog_row(model._meta.get_field("entry").related_model)
        return model.objects.create(entry=entry, text=f"Spelling of {entry.code}")
    builders = {"EngagementType": make.type, "LegalBasis": make.legal_basis, "RegionScheme": make.scheme}
    snake = {
        "OutcomeType": make.outcome_type,
        "ChallengeCategory": make.challenge_category,
        "MissionTask": make.mission_task,
        "FundingSource": make.funding_source,
    }
    if model.__name__ == "Membership":
        return model.objects.create(organization=make.organization(), country=make.country())
    if model.__name__ == "CountryRegion":
        return make.member_of(make.region(), make.country())
    build = builders.get(model.__name__) or snake.get(model.__name__) or getattr(make, model.__name__.lower())
    return build()


def test_every_model_of_ours_is_in_the_admin():
    from django.apps import apps

    for app in ("accounts", "catalog", "engagements"):
        for model in apps.get_app_config(app).get_models():
            assert model in admin.site._registry, model


@pytest.mark.parametrize("model", OURS, ids=label)
def test_list_and_change_page_open_for_who_may_write(model, people, signed_in):
    row = row_of(model, people)
    client = signed_in(writer(people, model))
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "changelist") + "?q=a").status_code == 200
    assert client.get(address(model, "change", row.pk)).status_code == 200
    assert client.get(address(model, "delete", row.pk)).status_code == 403


@pytest.mark.parametrize("model", [model for model in OURS if model not in ROWS and model not in (Engagement, Lookalike)], ids=label)
def test_the_empty_form_opens_for_who_may_add(model, people, signed_in):
    client = signed_in(writer(people, model) if model.__name__ != "CaseStudy" else people.steward)
    assert client.get(address(model, "add")).status_code == 200


def test_a_new_engagement_is_entered_on_its_own_page(people, signed_in):
    assert signed_in(people.manager).get(address(Engagement, "add")).url == reverse("engagements:new")


@pytest.mark.parametrize("model", ROWS, ids=label)
def test_rows_of_records_are_changed_on_their_record(model, people, signed_in):
    row = row_of(model, people)
    client = signed_in(people.manager)
    assert client.get(address(model, "add")).status_code == 403
    assert client.post(address(model, "change", row.pk), {}).status_code == 403


@pytest.mark.parametrize("model", OURS, ids=label)
def test_no_lookup_crashes_a_list(model, people, signed_in):
    row_of(model, people)
    client = signed_in(writer(people, model))
    for query in NONSENSE:
        response = client.get(f"{address(model, 'changelist')}?{query}")
        assert response.status_code in {200, 302}, query
    assert client.get(f"{address(model, 'changelist')}?q=%00").status_code == 400


@pytest.mark.parametrize("identifier", ["0", "99999999999999999999999999", "abc", "_5F", "1e400", "١٢", "-1", "None"])
@pytest.mark.parametrize("model", [User, Country, Engagement], ids=label)
def test_an_id_that_no_row_has_is_answered_politely(model, identifier, people, signed_in):
    client = signed_in(writer(people, model))
    for page in ("change", "history"):
        assert client.get(address(model, page, identifier)).status_code in {302, 404}


def test_a_lookup_that_no_filter_asks_leads_back_to_the_whole_list(people, signed_in):
    client = signed_in(people.administrator)
    response = client.get(address(User, "changelist") + "?password__startswith=md5", follow=True)
    assert response.redirect_chain == [(address(User, "changelist"), 302)]
    assert "can not be filtered like that" in response.content.decode()


@pytest.mark.parametrize("model", [model for model in OURS if issubclass(model, CatalogEntry)], ids=label)
def test_lists_of_the_catalog_cost_the_same_for_one_row_and_for_many(model, people, signed_in, assert_same_queries):
    client = signed_in(people.steward)
    assert_same_queries(lambda: catalog_row(model), lambda: client.get(address(model, "changelist")))


@pytest.mark.parametrize("model", [Engagement, *ROWS], ids=label)
def test_lists_of_records_cost_the_same_for_one_row_and_for_many(model, people, signed_in, assert_same_queries):
    client = signed_in(people.manager)
    assert_same_queries(lambda: record(people), lambda: client.get(address(model, "changelist")))


def test_a_record_costs_the_same_for_one_row_and_for_many(people, signed_in, assert_same_queries):
    engagement = make.engagement(team=people.team)
    client = signed_in(people.manager)

    def add_rows():
        make.participation(engagement)
        make.participation(engagement, organization=make.organization())
        outcome = make.outcome(engagement)
        make.assessment(engagement)
        for build in (make.challenge, make.follow_up, make.lesson, make.funding_line, make.external_id):
            build(engagement)
        make.source(engagement, outcome=outcome)

    def ask():
        assert client.get(address(Engagement, "change", engagement.pk)).status_code == 200

    assert_same_queries(add_rows, ask, at_most=60)


def test_an_organization_costs_the_same_for_one_member_and_for_many(people, signed_in, assert_same_queries):
    alliance = make.organization()
    client = signed_in(people.steward)
    ask = lambda: client.get(address(Organization, "change", alliance.pk))  # noqa: E731
    assert_same_queries(lambda: alliance.memberships.create(country=make.country()), ask, at_most=15)


# Changing -----------------------------------------------------------------------------------------


def form_data(response):
    """What a browser would send back from an admin page."""
    data = {}
    context = response.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if isinstance(value, bool):
                value = "on" if value else None
            elif isinstance(value, list | tuple):
                value = [str(getattr(item, "pk", item)) for item in value]
            if value is not None:
                data[bound.html_name] = value
    return data | mark_of(response)


def mark_of(response):
    """What the page says it shows, besides the fields of its form."""
    return dict([mark]) if (mark := response.context.get("seen_mark")) else {}


def test_a_manager_changes_a_record_and_its_version_counts(people, signed_in):
    engagement = make.engagement(team=people.team, strategies=[make.strategy()], countries=[make.country(), make.country()])
    client = signed_in(people.manager)
    data = form_data(client.get(address(Engagement, "change", engagement.pk)))
    data["title"] = "Talks, renamed"
    response = client.post(address(Engagement, "change", engagement.pk), data)
    assert response.status_code == 302, [form.errors for form in [response.context["adminform"].form]]
    engagement.refresh_from_db()
    assert (engagement.title, engagement.version, engagement.updated_by) == ("Talks, renamed", 2, people.manager)
    assert engagement.review_state == "submitted", "a verified record that was changed waits for its verification again"
    again = client.post(address(Engagement, "change", engagement.pk), data)
    assert again.status_code == 409
    assert "changed this on" in again.content.decode()


def test_an_administrator_cannot_change_their_own_role(people, signed_in):
    admin_user = people.administrator
    client = signed_in(admin_user)
    data = {"username": admin_user.username, "name": "Admin", "email": "", "role": "steward", "clearance": "restricted", "is_active": "on"}
    page, other = (address(User, "change", person.pk) for person in (admin_user, people.viewer))
    assert client.post(page, data | mark_of(client.get(page))).status_code == 302
    admin_user.refresh_from_db()
    assert (admin_user.role, admin_user.clearance) == ("administrator", "public")
    assert client.post(other, data | {"username": "viewer", "teams": []} | mark_of(client.get(other))).status_code == 302
    people.viewer.refresh_from_db()
    assert (people.viewer.role, people.viewer.clearance) == ("steward", "restricted")


def test_an_administrator_sets_a_password(people, signed_in):
    client = signed_in(people.administrator)
    where = reverse("admin:auth_user_password_change", args=[people.viewer.pk])
    assert client.get(where).status_code == 200
    data = {"password1": "a long walk in autumn", "password2": "a long walk in autumn", "usable_password": "true"}
    assert client.post(where, data).status_code == 302
    people.viewer.refresh_from_db()
    assert people.viewer.check_password("a long walk in autumn")


def test_an_administrator_adds_a_person(people, signed_in):
    data = {"username": "fresh", "name": "Fresh", "role": "analyst", "clearance": "official"}
    data |= {"password1": "a long walk in autumn", "password2": "a long walk in autumn"}
    response = signed_in(people.administrator).post(address(User, "add"), data)
    assert response.status_code == 302
    assert User.objects.get(username="fresh").role == "analyst"


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_who_has_nothing_to_do_there_is_not_let_in(role, people, signed_in):
    assert signed_in(getattr(people, role)).get(reverse("admin:index")).status_code == 302


def test_a_steward_adds_a_country_with_partial_dates_and_spellings(people, signed_in):
    client = signed_in(people.steward)
    data = form_data(client.get(address(Country, "add")))
    data |= {"code": "XQA", "name": "Ruritania", "starts": "Mar 1999", "spellings": "Ruritanie; 1999; 2005\nStrelsau", "sort": "0"}
    response = client.post(address(Country, "add"), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    made = Country.objects.get(code="XQA")
    assert str(made.starts) == "Mar 1999"
    assert {alias.text for alias in made.aliases.all()} == {"Ruritanie", "Strelsau"}


def test_no_action_deletes(people, signed_in):
    country = make.country()
    client = signed_in(people.steward)
    client.post(address(Country, "changelist"), {"action": "delete_selected", "_selected_action": [country.pk], "post": "yes"})
    assert Country.objects.filter(pk=country.pk).exists()


def test_a_search_in_the_admin_costs_few_queries(people, signed_in):
    record(people)
    client = signed_in(people.manager)
    with CaptureQueriesContext(connection) as captured:
        client.get(address(Engagement, "changelist") + "?q=zzz&kind__exact=exercise")
    assert len(captured) <= 8


@pytest.mark.parametrize("value", [";;;", "1.5", "NaN", "9" * 40])
def test_a_box_that_searches_answers_what_can_be_no_id(people, signed_in, value):
    client = signed_in(people.steward, raise_request_exception=False)
    response = client.post("/admin/catalog/domainalias/add/", {"text": "Other", "entry": value})
    assert response.status_code in {200, 400}
    assert "Other" in response.text or "Quote:" in response.text


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_an_empty_name_of_a_field_in_the_address_breaks_nothing(people, signed_in, page):
    made = make.theme()
    client = signed_in(people.steward, raise_request_exception=False)
    assert client.get(f"/admin/catalog/theme/{made.pk}/{page}/?_to_field=").status_code in {200, 302, 403}


def test_a_form_that_says_it_has_a_thousand_million_rows_is_cut(people, signed_in):
    client = signed_in(people.steward)
    many = {"memberships-TOTAL_FORMS": "2147483648", "memberships-INITIAL_FORMS": "0"}
    response = client.post("/admin/catalog/framework/add/", {"code": "", **many})
    assert response.status_code == 200
    assert len(response.context["inline_admin_formsets"][0].formset.forms) == 400
