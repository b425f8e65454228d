"""Builders of test data: ``make.engagement(kind="exercise")`` says what the test is about and fills the rest.

What is not said is plain: public, verified, planned, without dates, in a team of its own.
"""

import datetime as dt
from itertools import count, cycle
from string import ascii_uppercase

from django.db.models import Model

from accounts.choices import Handling, Role
from accounts.models import Team, User
from catalog.models import (
    ChallengeCategory,
    Country,
    CountryRegion,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    LegalBasis,
    Lookalike,
    MissionTask,
    Objective,
    Organization,
    OutcomeType,
    Region,
    RegionScheme,
    Strategy,
    Theme,
)
from catalog.partial_dates import PartialDate
from engagements.choices import Kind, ReviewState
from engagements.domain.file_store import storing
from engagements.models import (
    DETAIL_OF,
    AfterActionReview,
    Assessment,
    Attachment,
    Challenge,
    Comment,
    Engagement,
    ExternalId,
    FollowUp,
    FundingLine,
    HandlingRequest,
    Lesson,
    Merger,
    NotTwins,
    Outcome,
    Participation,
    ReviewStep,
    Source,
    StrengthReport,
)
from jobs.models import Job

PASSWORD = "correct horse battery"
_number = count(1)
# ISO 3166 leaves these to its users: no country of the fixtures has one, but Kosovo.
_ranges = [("X", ascii_uppercase), ("Q", ascii_uppercase[12:])]
_codes = cycle(a + b + c for a, seconds in _ranges for b in seconds for c in ascii_uppercase if a + b + c != "XKX")


def _dates(fields: dict, *stems: str) -> dict:
    """Partial dates of ``fields`` may be written as text: starts="Mar 2012"."""
    return {
        name: PartialDate.parse(value, first_year=1500) if name in stems and isinstance(value, str) else value
        for name, value in fields.items()
    }


def _save(model: type[Model], **fields):
    """An instance with its partial dates set, saved."""
    dated = {name: fields.pop(name) for name in list(fields) if isinstance(fields[name], PartialDate)}
    instance = model(**fields)
    for name, value in dated.items():
        setattr(instance, name, value)
    instance.save()
    return instance


# People ------------------------------------------------------------------------------------------


def team(code=None, **fields):
    code = code or f"team-{next(_number)}"
    return Team.objects.create(**{"code": code, "name": code.replace("-", " ").capitalize(), **fields})


def user(role=Role.VIEWER, *, clearance=Handling.PUBLIC, teams=(), username=None, **fields):
    username = username or f"{role}-{next(_number)}"
    person = User.objects.create_user(username, PASSWORD, **{"name": username.capitalize(), "role": role, "clearance": clearance, **fields})
    person.teams.set(teams)
    return person


# The catalog -------------------------------------------------------------------------------------


def _entry(model, code=None, name=None, **fields):
    number = next(_number)
    code = code or f"{model._meta.model_name}-{number}"
    return _save(
        model, code=code, name=name or f"{model._meta.verbose_name} {code}".capitalize(), **_dates(fields, "starts", "ends", "target")
    )


def country(code=None, name=None, **fields):
    if code is None:  # some tests name codes of this range themselves
        code = next(code for code in _codes if not Country.objects.filter(code=code).exists())
    return _entry(Country, code, name or f"Country {code}", **fields)


def scheme(code=None, name=None, **fields):
    return _entry(RegionScheme, code, name, **fields)


def region(code=None, *, countries=(), parent=None, **fields):
    """A region with its countries; a country with dates is ``(country, "2004", "2020")``."""
    number = next(_number)
    within = fields.pop("scheme", None) or (parent.scheme if parent else scheme())
    made = _entry(Region, code or f"{within.code}:{number}", scheme=within, parent=parent, **fields)
    for item in countries:
        member, *dates = item if isinstance(item, tuple) else (item,)
        member_of(made, member, *dates)
    return made


def member_of(region, country, starts="", ends=""):
    return _save(
        CountryRegion, region=region, country=country, starts=PartialDate.parse(starts or "", first_year=1500),
        ends=PartialDate.parse(ends or "", first_year=1500),
    )  # fmt: skip


def organization(code=None, *, kind="international_organization", **fields):
    return _entry(Organization, code, kind=kind, **fields)


def framework(code=None, *, kind="exercise_series", **fields):
    return _entry(Framework, code, kind=kind, **fields)


def legal_basis(code=None, *, kind="treaty", **fields):
    return _entry(LegalBasis, code, kind=kind, **fields)


def strategy(code=None, **fields):
    return _entry(Strategy, code, **fields)


def type(code=None, *, kind=Kind.ENGAGEMENT, **fields):
    return _entry(EngagementType, code, kind=kind, **fields)


def theme(code=None, **fields):
    return _entry(Theme, code, **fields)


def domain(code=None, **fields):
    return _entry(Domain, code, **fields)


def outcome_type(code=None, **fields):
    return _entry(OutcomeType, code, **fields)


def challenge_category(code=None, **fields):
    return _entry(ChallengeCategory, code, **fields)


def mission_task(code=None, **fields):
    return _entry(MissionTask, code, **fields)


def funding_source(code=None, **fields):
    return _entry(FundingSource, code, **fields)


def objective(code=None, **fields):
    return _entry(Objective, code, **{"kind": "military", "level": "national", "reach": "regional", **fields})


# The record --------------------------------------------------------------------------------------


def engagement(*, kind=Kind.ENGAGEMENT, countries=(), strategies=(), released_to=(), also_held_in=(), themes=(), **fields):
    """An engagement with its detail where its kind has one; ``countries`` take part."""
    if "type" not in fields:
        fields["type"] = EngagementType.objects.filter(kind=kind).order_by("pk").first() or type(kind=kind)
    if "team" not in fields:
        fields["team"] = Team.objects.order_by("pk").first() or team()
    detail = fields.pop("detail", {})
    defaults = {"kind": kind, "title": f"Engagement {next(_number)}", "handling": Handling.PUBLIC, "review_state": ReviewState.VERIFIED}
    made = _save(Engagement, **defaults | _dates(fields, "starts", "ends"))
    if kind in DETAIL_OF:
        DETAIL_OF[kind].objects.create(engagement=made, **detail)
    for name, items in [("strategies", strategies), ("released_to", released_to), ("also_held_in", also_held_in), ("themes", themes)]:
        if items:
            getattr(made, name).set(items)
    for item in countries:
        participation(made, country=item)
    made.refresh_from_db()
    return made


def participation(engagement=None, *, country=None, organization=None, **fields):
    """A country takes part unless an organization is named."""
    if country is None and organization is None:
        country = globals()["country"]()
    made = _save(
        Participation,
        engagement=engagement or globals()["engagement"](),
        country=country,
        organization=organization,
        **_dates(fields, "starts", "ends", "as_of"),
    )
    made.refresh_from_db()
    return made


def _child(model, engagement, fields):
    return _save(model, engagement=engagement or globals()["engagement"](), **fields)


def strength_report(participation=None, **fields):
    fields = {"total": 100, "as_of": "2020-01"} | fields
    return _save(StrengthReport, participation=participation or globals()["participation"](), **_dates(fields, "as_of"))


def outcome(engagement=None, **fields):
    fields.setdefault("type", OutcomeType.objects.order_by("pk").first() or outcome_type())
    return _child(Outcome, engagement, {"statement": "The staffs plan together."} | fields)


def assessment(engagement=None, **fields):
    fields = {"rating": "achieved", "rationale": "The report says so.", "assessor": "J5", "assessed": "2020-06-30"} | fields
    return _child(Assessment, engagement, _dates(fields, "assessed"))


def challenge(engagement=None, **fields):
    fields.setdefault("category", ChallengeCategory.objects.order_by("pk").first() or challenge_category())
    return _child(Challenge, engagement, {"description": "Few interpreters."} | fields)


def follow_up(engagement=None, **fields):
    return _child(FollowUp, engagement, {"text": "Send the draft.", "owner": "J5", "due_on": dt.date(2020, 1, 31)} | fields)


def after_action_review(engagement=None, **fields):
    return _child(AfterActionReview, engagement, fields)


def lesson(engagement=None, **fields):
    return _child(Lesson, engagement, {"observation": "The radios did not match."} | fields)


def funding_line(engagement=None, **fields):
    fields.setdefault("source", FundingSource.objects.order_by("pk").first() or funding_source())
    return _child(FundingLine, engagement, fields)


def source(engagement=None, **fields):
    return _child(Source, engagement, _dates({"title": "Communiqué"} | fields, "published"))


def attachment(engagement=None, *, content=b"Minutes of the talks.\n", **fields):
    """A text file that lies where attachments lie."""
    with storing([content]) as stored:
        fields = {"name": "minutes.txt", "content_type": "text/plain; charset=utf-8"} | fields
        return _child(Attachment, engagement, {"stored_as": stored.name, "size": stored.size, "sha256": stored.sha256} | fields)


def comment(engagement=None, *, mentions=(), **fields):
    made = _child(Comment, engagement, {"text": "Who has the minutes?"} | fields)
    made.mentions.set(mentions)
    return made


def external_id(engagement=None, **fields):
    return _child(ExternalId, engagement, {"system": "partner", "value": f"id-{next(_number)}"} | fields)


def handling_request(engagement=None, *, release_to=(), **fields):
    """Asked by somebody of no team, and open."""
    defaults = {"handling": Handling.PUBLIC, "reason": "The partners publish it too."}
    made = _child(HandlingRequest, engagement, defaults | ({} if "asked_by" in fields else {"asked_by": user("analyst")}) | fields)
    made.release_to.set(release_to)
    return made


def review_step(engagement=None, *, kind="submitted", **fields):
    return _child(ReviewStep, engagement, {"kind": kind} | fields)


def verified(engagement, *, by=None):
    """Verified after all: by a step of somebody else, as the database asks."""
    review_step(engagement, kind="verified", taken_by=by or user("manager"))
    Engagement.objects.filter(pk=engagement.pk).update(review_state=ReviewState.VERIFIED)
    engagement.refresh_from_db()
    return engagement


def not_twins(**pair):
    pair = {name: pair.get(name) or globals()["engagement"]() for name in ("first", "second")}
    return NotTwins.objects.create(**pair)


def merger(**pair):
    pair = {name: pair.get(name) or globals()["engagement"]() for name in ("kept", "absorbed")}
    return Merger.objects.create(action="0" * 32, **pair)


def lookalike():
    return Lookalike.objects.create(list_slug="themes", first="one", second=f"other-{next(_number)}")


# Background work ---------------------------------------------------------------------------------


def job(**fields) -> Job:
    """A waiting one that stands in no queue."""
    return Job.objects.create(**({"kind": "anything", "owner": fields.pop("owner", None) or user(), "title": "Some work"} | fields))
