"""The brief of a record as a document to print: what templates/engagements/brief.html shows, from the same values."""

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagements.choices import Handling
from engagements.models import Engagement
from engagements.templatetags.record import duration
from printing.document import Block, Cell, Column, Document, Facts, Grid, Items, Prose, figure

DAY = "j M Y"


def brief_of(context: dict[str, Any], reader: Any) -> Document:
    """``context`` is that of the brief's page (views/brief.py)."""
    engagement: Engagement = context["engagement"]
    over = f"{engagement.get_kind_display()}, {engagement.type} · {engagement.get_scope_display()}"
    taken = _("%(reference)s, version %(version)s · taken by %(who)s on %(when)s UTC") % {
        "reference": engagement.reference, "version": engagement.version, "who": reader,
        "when": date_format(context["taken_at"], "j M Y, H:i"),
    }  # fmt: skip
    document = Document(title=str(engagement), marking=engagement.handling, foot=taken, over=over)
    if engagement.handling == Handling.RESTRICTED:
        document.marking_note = ", ".join(str(team) for team in [engagement.team, *context["filed"]["released_to"]])
    if engagement.review_state != "verified":
        document.warning = _("Not verified: its state of review is %(state)s.") % {"state": engagement.get_review_state_display().lower()}
    document.blocks = [Facts([*_facts(context), *_details(context)])]
    if engagement.summary:
        document.blocks.append(Prose(engagement.summary, _("Summary")))
    document.blocks += [_parties(context), _outcomes(context), *_plain(context)]
    return document


def _facts(context: dict[str, Any]) -> list[tuple[str, str]]:
    engagement, filed = context["engagement"], context["filed"]
    strength, lowest = context["strength"], context["lowest"]
    places = [str(place) for place in [engagement.place, engagement.country] if place]
    if engagement.country is None and engagement.is_virtual:
        places = [_("online")]
    people = _("not known")
    if strength:
        facts = {"people": figure(strength.people), "known": strength.known, "of": strength.of}
        people = _("%(people)s from %(known)s of %(of)s rows") % facts
    status = [engagement.get_status_display()]
    if engagement.status_reason:
        status.append(engagement.get_status_reason_display().lower())
    framework = [str(part) for part in [engagement.framework, engagement.iteration] if part] if engagement.framework else [_("none")]
    return [
        (_("Dates"), _joined([engagement.period, duration(engagement)], " · ")),
        (_("Held in"), ", ".join([*(places or [_("not recorded")]), *(str(country) for country in filed["also_held_in"])])),
        (_("Status"), ", ".join(status)),
        (_("People on record"), people),
        (_("Framework or series"), ", ".join(framework)),
        (_("Outcome"), str(lowest.get_rating_display()) if lowest else _("Not assessed")),
        (_("Strategies"), "; ".join(str(strategy) for strategy in filed["strategies"]) or _("not recorded")),
    ]


def _details(context: dict[str, Any]) -> list[tuple[str, str]]:
    """What only its kind has."""
    kind, detail = context["engagement"].kind, context["detail"]
    if detail is None:
        return []
    if kind == "exercise":
        return [
            (_("Focus"), str(detail.get_focus_display() or _("not recorded"))),
            (_("Personnel"), figure(detail.personnel_total)),
            (_("Ships, aircraft"), f"{figure(detail.ships)}, {figure(detail.aircraft)}"),
        ]
    if kind == "training":
        return [
            (_("Subject"), detail.subject or _("not recorded")),
            (_("Enrolled, completed"), f"{figure(detail.enrolled)}, {figure(detail.completed)}"),
            (_("Women"), figure(detail.women)),
        ]
    if kind == "peacekeeping":
        return [
            (_("Mandating body"), str(detail.mandating_body or _("not recorded"))),
            (_("Authorized strength"), figure(detail.authorized_strength)),
            (_("Mandate expires"), date_format(detail.mandate_expires_on, DAY) if detail.mandate_expires_on else _("not recorded")),
        ]
    return []


def _parties(context: dict[str, Any]) -> Grid:
    columns = [Column(_("Country or organization")), Column(_("Role")), Column(_("Unit, contribution")), Column(_("Personnel"), True)]
    rows = []
    for entry in context["parties"]:
        for place, row in enumerate(entry["rows"]):
            is_away = row.status in {"declined", "withdrew"}
            rows.append(
                [
                    Cell(str(entry["party"]) if place == 0 else ""),
                    Cell(row.get_role_display(), row.get_status_display().lower() if is_away else ""),
                    Cell(_joined([row.unit, row.contribution], "; ")),
                    Cell(_people(row)),
                ]
            )
    return Grid(f"{_('Participants')} {len(context['parties'])}", columns, rows, empty=_("None recorded."))


def _people(row: Any) -> str:
    if row.personnel is not None:
        return figure(row.personnel)
    reports = [
        f"{figure(report.total)} {_joined([report.get_personnel_type_display().lower(), str(report.as_of or '')], ', ')}"
        for report in row.strength_reports.all()
    ]
    return "; ".join(reports) or _("not known")


def _outcomes(context: dict[str, Any]) -> Grid:
    rows = []
    for outcome in context["outcomes"]:
        measured = [outcome.indicator] if outcome.indicator else []
        if outcome.actual is not None:
            measured.append(figure(outcome.actual))
            if outcome.target is not None:
                measured += [_("of"), figure(outcome.target)]
        judged = outcome.judged
        rows.append(
            [
                Cell(outcome.statement, f"{outcome.get_level_display().lower()}, {outcome.type}"),
                Cell(" ".join(measured)),
                Cell(judged.get_rating_display(), _joined([judged.assessor, str(judged.assessed)], ", "))
                if judged
                else Cell(_("Not assessed")),
            ]
        )
    whole, note = context["whole"], ""
    if whole:
        said = {"rating": whole.get_rating_display(), "why": whole.rationale, "who": _joined([whole.assessor, str(whole.assessed)], ", ")}
        note = _("The engagement as a whole: %(rating)s. %(why)s %(who)s") % said
    columns = [Column(_("Outcome")), Column(_("Measured by")), Column(_("Rating"))]
    return Grid(f"{_('Outcomes')} {len(rows)}", columns, rows, note=note, empty=_("No outcome is recorded yet."))


def _plain(context: dict[str, Any]) -> list[Block]:
    challenges, steps, sources = context["challenges"], context["follow_ups"], context["sources"]
    found: list[Block] = []
    if challenges:
        rows = []
        for row in challenges:
            text = row.description + (f"\n{_('Mitigation')}: {row.mitigation}" if row.mitigation else "")
            rows.append((text, f"{row.category}, {row.get_severity_display().lower()}, {row.get_status_display().lower()}"))
        found.append(Items(f"{_('Challenges')} {len(rows)}", rows))
    if steps:
        rows = []
        for step in steps:
            due = f"{_('due')} {date_format(step.due_on, DAY)}" if step.due_on else ""
            rows.append((step.text, _joined([step.owner, due, step.get_status_display().lower()], ", ")))
        found.append(Items(f"{_('Follow-ups')} {len(rows)}", rows))
    rows = [
        (
            _joined([source.title, source.publisher, str(source.published or ""), source.url], ", "),
            "" if source.certainty == "confirmed" else source.get_certainty_display().lower(),
        )
        for source in sources
    ]
    found.append(Items(f"{_('Sources')} {len(rows)}", rows, empty=_("No source") + ".", is_numbered=True))
    return found


def _joined(parts: list[str], between: str) -> str:
    return between.join(str(part) for part in parts if part)
