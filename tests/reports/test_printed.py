"""Reports and profiles as PDF: the figures of their pages, for what the reader may see, marked and logged as a file."""

import hashlib
import re
from collections import Counter

import pytest

from catalog.registry import uses_of
from engagements.models import Engagement
from engagements.templatetags.record import figure
from history.models import Access
from jobs import work
from jobs.models import Job
from reports import pictures
from reports.printed import PRINTED
from reports.questions import REPORTS
from reports.tables import Figure
from tests import make
from tests.printing.reading import flat, pages, text

pytestmark = pytest.mark.django_db


def figures_of(said: str) -> Counter:
    return Counter(re.findall(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w])", said))


@pytest.mark.once  # test_reports compares the figures of each page with the database, on both
@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_a_report_on_paper_has_the_figures_of_its_page(name, seeded, signed_in, settings):
    settings.PDF_DIRECT_ROWS = 100_000
    client = signed_in(make.user("viewer"))
    page = client.get(f"/reports/{name}/?country=KEN")
    response = client.get(f"/reports/{name}/?country=KEN&format=pdf")
    assert response.status_code == 200
    said = text(response.content)
    wanted = Counter(
        figure(cell.value)
        for table in page.context["answer"].tables
        for row in [*table.rows, *([table.total] if table.total and table.rows else [])]
        for column, cell in zip(table.columns, row.cells, strict=True)
        if isinstance(cell, Figure) and not (column.is_bar or column.is_code) and cell.value is not None
    )
    assert wanted - figures_of(said) == Counter()
    squeezed = flat(said)
    for table in page.context["answer"].tables:
        assert flat(str(table.caption)) in squeezed
        for row in table.rows:
            names = [cell.text for column, cell in zip(table.columns, row.cells, strict=True) if column.is_heading]
            assert all(flat(label) in squeezed for label in names)
    assert flat(str(page.context["answer"].claim)) in squeezed


def test_a_profile_on_paper_has_what_its_page_has(seeded, signed_in):
    client = signed_in(make.user("viewer"))
    page = client.get("/countries/KEN/")
    said = text(client.get("/countries/KEN/?format=pdf").content)
    squeezed = flat(said)
    panels = {panel.anchor: panel for panel in page.context["panels"]}
    told = [str(row.title) for row in panels["engagements"].context["latest"]]
    told += [f"{country}{country.code}{n}" for country, n, _address in panels["partners"].context["partners"]]
    told += [f"{kind.label}" for kind, _n, _address in panels["engagements"].context["by_kind"]]
    told += [str(cell) for section in page.context["sections"] for row in [*section.rows, *section.earlier] for cell in row if cell]
    told += [f"Engagements{panels['engagements'].context['total']}"]
    assert [each for each in told if flat(each) not in squeezed] == []


def test_every_panel_of_a_country_can_be_printed(people):
    country = make.country("KEN")
    agreement = make.type(code="defence_agreement")
    for number in range(3):
        row = make.engagement(countries=[country, make.country()], starts=f"20{10 + number}", type=agreement)
        make.follow_up(row)
    assert {panel.anchor for panel in uses_of(country, people.viewer)} == set(PRINTED)


@pytest.mark.parametrize("address", ["/reports/regions/?", "/countries/KEN/?"])
def test_a_hidden_record_is_in_no_figure_and_in_no_word(address, people, signed_in):
    country = make.country("KEN")
    make.engagement(countries=[country, make.country()], title="Shown talks", starts="2020")
    client = signed_in(people.viewer)
    before = quiet(text(client.get(f"{address}format=pdf").content))
    hidden = make.engagement(countries=[country, make.country()], title="Zanzibar talks", handling="official", starts="2021")
    make.follow_up(hidden, text="Zanzibar letter")
    after = client.get(f"{address}format=pdf")
    assert quiet(text(after.content)) == before
    assert "Zanzibar" not in before


def quiet(said: str) -> str:
    return re.sub(r"as of [^·]+ UTC", "", said)


@pytest.mark.parametrize("address", ["/reports/regions/?", "/countries/KEN/?"])
def test_it_is_marked_by_the_highest_record_that_it_counts_and_logged(address, people, signed_in):
    country = make.country("KEN")
    make.engagement(countries=[country], handling="official", starts="2020")
    response = signed_in(people.analyst).get(f"{address}format=pdf")
    assert re.search(r'filename="entente-[\w-]+-official\.pdf"', response["Content-Disposition"])
    assert {page.count("OFFICIAL") for page in pages(response.content)} == {2}
    log = Access.objects.get()
    assert (log.what, log.handling, log.sha256) == ("export", "official", hashlib.sha256(response.content).hexdigest())
    assert log.layout in {"regions.pdf", "country-KEN.pdf"}


@pytest.mark.parametrize("address", ["/reports/regions/?", "/countries/KEN/?"])
def test_restricted_records_need_a_reason(address, people, signed_in):
    make.engagement(countries=[make.country("KEN")], handling="restricted", team=people.team, starts="2020")
    client = signed_in(people.manager)
    asked = client.get(f"{address}format=pdf")
    assert asked.status_code == 403
    assert Access.objects.count() == 0
    response = client.post(f"{address}format=pdf", {"reason": "Briefing"})
    assert response["Content-Type"] == "application/pdf"
    assert (Access.objects.get().reason, Access.objects.get().handling) == ("Briefing", "restricted")


def test_another_format_of_a_profile_is_refused(people, signed_in):
    make.country("KEN")
    client = signed_in(people.viewer)
    assert client.get("/countries/KEN/?format=exe").status_code == 400
    assert client.get(make.organization().get_absolute_url() + "?format=pdf").status_code == 400


def test_stored_text_is_inert_in_it(people, signed_in):
    country = make.country("KEN")
    bad = '#panic("x") $x$ *b* <script>'
    row = make.engagement(countries=[country, make.country(name=bad)], title=bad, starts="2020")
    make.follow_up(row, text=bad)
    said = text(signed_in(people.viewer).get("/countries/KEN/?format=pdf").content)
    assert flat(said).count(flat(bad)) >= 3


# Long ones ---------------------------------------------------------------------------------------


@pytest.fixture
def every_report_is_long(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.PDF_DIRECT_ROWS = 0


def test_a_long_report_is_made_by_a_worker(every_report_is_long, people, signed_in):
    make.member_of(make.region("m49:002"), country := make.country("KEN"))
    row = make.engagement(countries=[country, make.country()], starts="2020", handling="official")
    client = signed_in(people.analyst)
    offered = client.get("/reports/partners/?format=pdf")
    assert (offered.status_code, Job.objects.count()) == (409, 0)
    response = client.post("/reports/partners/?format=pdf")
    job = Job.objects.get()
    assert response["Location"] == job.get_absolute_url()
    work.run_now(job)
    job.refresh_from_db()
    assert (job.state, job.file_handling) == ("done", "official")
    sent = client.get(f"/jobs/{job.key}/file/")
    content = b"".join(sent.streaming_content)
    assert flat(str(country)) in flat(text(content))
    log = Access.objects.get()
    assert (log.layout, log.handling, log.sha256) == ("partners.pdf", "official", hashlib.sha256(content).hexdigest())
    Engagement.objects.filter(pk=row.pk).update(handling="restricted")
    assert client.get(f"/jobs/{job.key}/file/").status_code == 403


def test_a_long_report_with_restricted_records_needs_a_reason_at_both_times(every_report_is_long, people, signed_in):
    row = make.engagement(countries=[make.country(), make.country()], starts="2020", team=people.team)
    client = signed_in(people.manager)
    client.post("/reports/partners/?format=pdf")
    Engagement.objects.filter(pk=row.pk).update(handling="restricted")
    job = Job.objects.get()
    work.run_now(job)
    job.refresh_from_db()
    assert (job.state, "restricted records by now" in job.said) == ("failed", True)
    assert client.post("/reports/partners/?format=pdf", {"reason": ""}).status_code == 403


# Pictures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_every_picture_can_be_drawn_without_a_browser_and_leads_nowhere(name, seeded, signed_in):
    page = signed_in(make.user("viewer")).get(f"/reports/{name}/?country=KEN")
    for chart in page.context["answer"].charts:
        if chart.rows:
            svg = pictures.as_svg(chart)
            assert svg.startswith("<svg")
            assert not re.search(r"<script|xlink:href|<image|token:|\shref=", svg)
