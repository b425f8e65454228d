"""Jobs in a folder of each test's own, and a kind of job that does what the test says."""

import pytest

from jobs import work


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()


@pytest.fixture
def doing():
    """``doing(run, ...)`` registers ``run(job, progress)`` as the kind "test"."""

    def register(run, **options):
        work.kind("test", title="Test", **options)(run)

    yield register
    work.KINDS.pop("test", None)
