"""Every cell of every layout once more, in plain Python over the models: slow, and too simple to be wrong in the same way."""

import datetime as dt

from django.conf import settings

from engagements.choices import LEADING_ROLES, NOT_COUNTED_ROLES, NOT_TAKING_PART, RATING_STEPS
from engagements.export import lists
from engagements.models import PeacekeepingMission, TrainingProgram


def rows(layout: str, engagements, visible) -> list[dict]:
    """The rows of a file as {column: value}: None or "" is blank; lists are of texts; the rest as it is written."""
    seen = {engagement.reference for engagement in visible}
    newest_first = sorted(engagements, key=lambda e: (e.starts_on is None, -(e.starts_on or dt.date.min).toordinal(), e.reference))
    return [row for engagement in newest_first for row in _LAYOUTS[layout](engagement, seen)]


def _engagements(e, seen):
    parties = _taking_part(e)
    latest = _latest(e.assessments.all())
    steps = [RATING_STEPS[a.rating] for a in latest if a.rating in RATING_STEPS]
    ratings = {step: rating.value for rating, step in RATING_STEPS.items()} | {0: "too_early"}
    people = [p.personnel for p in parties if p.personnel is not None]
    leading = [_party_name(p) for p in _by_first_row(parties) if _leads(p, parties)]
    yield {
        "id": e.reference, "kind": e.kind, **_type(e), "title": e.title, "title_is_generated": _truth(e.is_title_generated),
        **_framework(e), "iteration": e.iteration, "parent_id": e.parent.reference if e.parent and e.parent.reference in seen else "",
        "predecessor_ids": sorted(p.reference for p in e.predecessors.all() if p.reference in seen),
        "status": e.status, "status_reason": e.status_reason, "scope": e.scope, **_dates(e), **_years(e), **_place(e),
        "also_held_in_iso3": [c.code for c in _in_order(e.also_held_in)], "location": e.place, "latitude": _decimal(e.latitude, 4),
        "longitude": _decimal(e.longitude, 4), "is_virtual": _truth(e.is_virtual),
        "lead": leading, "participants": [_party_name(p) for p in _by_first_row(parties)],
        "participant_iso3": _once(p.acts_for.code for p in parties if p.acts_for),
        "participant_count": len({(p.country_id, p.organization_id) for p in parties if p.role not in NOT_COUNTED_ROLES}),
        "personnel_total": sum(people) if people else None,
        **_entries("strategy_codes", "strategies", e.strategies), **_entries("theme_codes", "themes", e.themes),
        **_entries("domain_codes", "domains", e.domains), **_entries("objective_codes", "objectives", e.objectives),
        **_entries("legal_basis_codes", "legal_bases", e.legal_bases),
        "conflict_context": e.conflict_context, "local_perception": e.local_perception, "summary": e.summary,
        "outcome_count": e.outcomes.count(),
        "best_rating": ratings[max(steps, default=0)] if latest else "", "worst_rating": ratings[min(steps, default=0)] if latest else "",
        "challenge_codes": [c.code for c in _categories(e)], "challenges": [c.name for c in _categories(e)],
        "sources": lists.join_parts((s.title, s.publisher, s.url) for s in e.sources.order_by("pk")),
        "assessment_due": e.assessment_due_on, "review_on": e.review_on, "owner": e.owner.username if e.owner else "",
        "team_code": e.team.code, "team": e.team.name, "released_to_codes": sorted(team.code for team in e.released_to.all()),
        "review_state": e.review_state, "updated_at": f"{e.updated_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}", "handling": e.handling,
    }  # fmt: skip


def _participations(e, seen):
    for p in e.participations.order_by("pk"):
        yield {
            "engagement_id": e.reference, "title": e.title, "kind": e.kind, **_type(e), **_dates(e), **_years(e), **_party(p),
            "role": p.role, "status": p.status,
            "is_counted": _truth(p.role not in NOT_COUNTED_ROLES and p.status not in NOT_TAKING_PART),
            "from_date": p.starts.iso, "from_precision": p.starts_precision, "until_date": p.ends.iso, "until_precision": p.ends_precision,
            "delegation_level": p.delegation_level, "personnel_planned": p.personnel_planned, "personnel_actual": p.personnel,
            "women": p.women, "figures_as_of": p.as_of.iso, "figures_as_of_precision": p.as_of_precision, "unit": p.unit,
            "contribution": p.contribution, "cost_share": _decimal(p.cost_share), "certainty": p.certainty, "note": p.note,
            "handling": e.handling,
        }  # fmt: skip


def _outcomes(e, seen):
    for o in e.outcomes.order_by("pk"):
        judged = _latest(o.assessments.all())
        a = judged[0] if judged else None
        later = o.linked_engagement
        yield {
            "engagement_id": e.reference, "outcome_id": o.pk, "title": e.title, "kind": e.kind, **_dates(e), **_years(e),
            **_entries("strategy_codes", "strategies", e.strategies), "level": o.level, "type_code": o.type.code, "type": o.type.name,
            "statement": o.statement, "indicator": o.indicator, "unit": o.unit, "baseline": _decimal(o.baseline),
            "target": _decimal(o.target), "actual": _decimal(o.actual), "rating": a and a.rating, "evidence_strength": a and a.evidence,
            "rationale": a and a.rationale, "assessed_on": a and a.assessed.iso, "assessed_on_precision": a and a.assessed_precision,
            "assessor": a and a.assessor, "next_review_on": a and a.next_review_on,
            "led_to_id": later.reference if later and later.reference in seen else "", "handling": e.handling,
        }  # fmt: skip


def _training(e, seen):
    if e.kind != "training":
        return
    t = TrainingProgram.objects.filter(engagement=e).first() or TrainingProgram()
    money = [line for line in e.funding_lines.all() if line.planned is not None or line.actual is not None]
    currencies = sorted({line.currency for line in money})
    planned = [line.planned for line in money if line.planned is not None]
    actual = [line.actual for line in money if line.actual is not None]
    trainers = [p for p in _taking_part(e) if p.role == "trainer"]
    for p in e.participations.filter(role="recipient").order_by("pk"):
        yield {
            "engagement_id": e.reference, **_party(p), "participation_status": p.status, **_framework(e),
            **_entries("legal_basis_codes", "legal_bases", e.legal_bases), **_years(e), "title": e.title, **_type(e), "mode": t.mode,
            "level": t.level, "subject": t.subject, "course": t.course, "provider_codes": [p.party.code for p in trainers],
            "providers": [_party_name(p) for p in trainers], "provider_units": [p.unit for p in trainers if p.unit],
            "recipient_unit": p.unit, **_dates(e), **_place(e), "location": e.place, "places_offered": t.places_offered,
            "enrolled": t.enrolled, "completed": t.completed, "women": t.women, "recipient_planned": p.personnel_planned,
            "recipient_personnel": p.personnel, "recipient_women": p.women, "certification": t.certification,
            "cost_planned": _decimal(sum(planned)) if planned and len(currencies) == 1 else "",
            "cost_actual": _decimal(sum(actual)) if actual and len(currencies) == 1 else "",
            "currencies": currencies, "status": e.status, "handling": e.handling,
        }  # fmt: skip


def _contributions(e, seen):
    mission = PeacekeepingMission.objects.filter(engagement=e).first()
    for r in sorted((r for p in e.participations.all() for r in p.strength_reports.all()), key=lambda r: r.pk):
        p, state = r.participation, r.participation.acts_for
        yield {
            "engagement_id": e.reference, "as_of": r.as_of.iso, "as_of_precision": r.as_of_precision,
            "mission": mission.acronym if mission else "", "mission_title": e.title, "iso3": state.code if state else "",
            "m49": state.m49 if state else "", "country": state.name if state else "",
            "organization_code": p.organization.code if p.organization else "",
            "organization": p.organization.name if p.organization else "", "role": p.role, "personnel_type": r.personnel_type,
            "female": r.female, "male": r.male, "total": r.total, "handling": e.handling,
        }  # fmt: skip


_LAYOUTS = {
    "engagements": _engagements,
    "participations": _participations,
    "outcomes": _outcomes,
    "training": _training,
    "contributions": _contributions,
}


# Parts -------------------------------------------------------------------------------------------


def _taking_part(e):
    return [p for p in e.participations.order_by("pk") if p.status not in NOT_TAKING_PART]


def _by_first_row(parties):
    first = {}
    for p in parties:
        first.setdefault((p.country_id, p.organization_id), p)
    return list(first.values())


def _leads(party, parties):
    same = [p for p in parties if (p.country_id, p.organization_id) == (party.country_id, party.organization_id)]
    return any(p.role in LEADING_ROLES for p in same)


def _once(values):
    return list(dict.fromkeys(values))


def _party_name(p):
    return p.party.name


def _latest(assessments):
    """The last of each thing judged; one without a date is older than any with one."""
    found = {}
    for a in sorted(assessments, key=lambda a: (a.assessed_on is not None, a.assessed_on or dt.date.min, a.pk)):
        found[a.outcome_id] = a
    return list(found.values())


def _in_order(related):
    return sorted(related.all(), key=lambda entry: (entry.sort, entry.code))


def _categories(e):
    return sorted({c.category for c in e.challenges.all()}, key=lambda entry: (entry.sort, entry.code))


def _entries(codes, names, related):
    entries = _in_order(related)
    return {codes: [entry.code for entry in entries], names: [entry.name for entry in entries]}


def _type(e):
    return {"type_code": e.type.code, "type": e.type.name}


def _framework(e):
    return {"framework_code": e.framework.code if e.framework else "", "framework": e.framework.name if e.framework else ""}


def _place(e):
    return {"location_country_iso3": e.country.code if e.country else "", "location_country": e.country.name if e.country else ""}


def _party(p):
    return {
        "country_iso3": p.country.code if p.country else "", "country": p.country.name if p.country else "",
        "organization_code": p.organization.code if p.organization else "",
        "organization": p.organization.name if p.organization else "", "acts_for_iso3": p.acts_for.code if p.acts_for else "",
    }  # fmt: skip


def _dates(e):
    return {
        "start_date": e.starts.iso, "start_precision": e.starts_precision, "end_date": e.ends.iso, "end_precision": e.ends_precision,
    }  # fmt: skip


def _years(e):
    first = settings.FISCAL_YEAR_FIRST_MONTH
    if e.starts.year is None:
        return {"year": "", "fiscal_year": ""}
    if first == 1:
        fiscal = e.starts.year
    elif e.starts.month is None:
        fiscal = ""
    else:
        fiscal = e.starts.year + (e.starts.month >= first)
    return {"year": e.starts.year, "fiscal_year": fiscal}


def _truth(value):
    return "" if value is None else "true" if value else "false"


def _decimal(value, places=2):
    return "" if value is None else f"{value:.{places}f}"
