"""What a program that was killed left on the disk goes: temporary files at the next start, uploads without a row an hour later."""

import os
import time

import pytest

from engagements.management.commands.prepare import Command
from imports import uploads
from tests.imports.batches import batch, catalog


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_temporary_files_are_gone_at_the_next_start(place):
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    folder = place / "tmp"
    folder.mkdir()
    (folder / "a.upload.csv").write_text("title\n")
    (folder / "between" / "sheets").mkdir(parents=True)
    (folder / "link").symlink_to(elsewhere)
    Command().remove_temporary_files()
    assert (list(folder.iterdir()), [path.name for path in elsewhere.iterdir()]) == ([], ["kept"])


def test_an_upload_that_belongs_to_nothing_is_removed_when_nobody_can_be_writing_it(people):
    catalog()
    kept = batch(people.analyst, "title,party\nTalks,Poland\n").upload.stored_as
    for name, age in (("stray", 2), ("young", 0)):
        (uploads.folder() / name).write_text("x")
        then = time.time() - age * 3600
        os.utime(uploads.folder() / name, (then, then))
    assert uploads.remove_expired() == 0
    assert {path.name for path in uploads.folder().iterdir()} == {kept, "young"}
    assert uploads.folder().stat().st_mode & 0o777 == 0o700
