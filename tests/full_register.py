"""A small register in which every page has something to show: each kind of record in each state, with rows of every table."""

from types import SimpleNamespace

from engagements.models import Attachment, CaseStudy, Comment, HandlingRequest, ReviewStep
from tests import make


def full_register(people) -> SimpleNamespace:
    """``records`` (the first is the fullest), ``entries`` of lists; analyst and manager of ``people`` own and read all of it."""
    parties = [make.country("USA", "United States"), make.country("POL", "Poland"), make.country("KEN", "Kenya")]
    region = make.region(f"{make.scheme('m49').code}:002", countries=parties[2:])
    strategy, framework, organization = make.strategy(), make.framework(), make.organization("nato", abbreviation="NATO")
    basis, theme = make.legal_basis(), make.theme()
    series = {"framework": framework, "countries": parties, "strategies": [strategy], "country": parties[0]}
    records = []
    for kind in ("engagement", "exercise", "training", "peacekeeping"):
        for state in ("draft", "submitted", "verified"):
            record = make.engagement(
                kind=kind, team=people.team, review_state=state, starts="Mar 2020", ends="2021", handling="official", themes=[theme],
                created_by=people.analyst, updated_by=people.analyst, owner=people.analyst, place="Camp", iteration=str(len(records)),
                summary="What was done.", **series,
            )  # fmt: skip
            record.legal_bases.add(basis)
            make.strength_report(make.participation(record, organization=organization, unit="1st", contribution="Staff", note="Note"))
            make.source(record, url="https://example.org/", publisher="Ministry")
            outcome = make.outcome(record, indicator="Courses", unit="a year")
            make.assessment(record, outcome=outcome), make.assessment(record)
            make.follow_up(record), make.challenge(record, mitigation="More"), make.funding_line(record, note="Note")
            make.external_id(record), make.lesson(record), make.after_action_review(record)
            records.append(record)
    first = records[2]
    first.predecessors.add(records[1])
    for record in records[:3]:
        Comment.objects.create(engagement=record, text="A remark.", written_by=people.analyst)
        stored = f"stored{record.pk}"
        Attachment.objects.create(
            engagement=record, stored_as=stored, name="a.pdf", title="File", content_type="application/pdf", size=1, sha256="0" * 64,
            uploaded_by=people.analyst,
        )  # fmt: skip
        ReviewStep.objects.create(engagement=record, kind="returned", reason="source", note="Which?", taken_by=people.manager)
        HandlingRequest.objects.create(engagement=record, handling="public", reason="Say why.", asked_by=people.analyst)
    story = CaseStudy.objects.create(code="story", title="Story", is_featured=True)
    story.engagements.add(first)
    return SimpleNamespace(records=records, entries=[*parties, region, strategy, framework, organization, basis, theme, first.type])
