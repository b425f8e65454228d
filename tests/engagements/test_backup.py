"""``manage.py backup`` and ``restore``, rehearsed: what is restored is one moment of the register, whole or not at all."""

import gzip
import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from engagements.backup import on_postgresql
from engagements.models import Attachment, Engagement, Participation
from tests import make
from tests.elsewhere import Place

CONTENT = b"%PDF-1.7 communique"


@pytest.fixture
def kept(tmp_path, settings) -> Path:
    """The folder of attachments, of this test's own."""
    settings.DATA_DIR = tmp_path / "data"
    folder = settings.DATA_DIR / "attachments"
    folder.mkdir(parents=True)
    return folder


def attach(kept, engagement, name="communique.pdf", content=CONTENT, **fields) -> Attachment:
    stored = f"stored{Attachment.objects.count()}.bin"
    (kept / stored).write_bytes(content)
    return Attachment.objects.create(
        engagement=engagement, stored_as=stored, name=name, content_type="application/pdf", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), **fields,
    )  # fmt: skip


def backup(path: Path) -> str:
    out = io.StringIO()
    call_command("backup", str(path), stdout=out, stderr=out)
    return out.getvalue()


def manifest_of(path: Path) -> dict:
    with tarfile.open(path) as archive:
        return json.load(archive.extractfile("manifest.json"))


@pytest.fixture
def elsewhere(tmp_path):
    with Place(tmp_path / "elsewhere") as place:
        yield place


COUNTS = """
from django.db import connection
from engagements.backup.making import DATABASES
import json; print(json.dumps(DATABASES[connection.vendor].state(connection).counts))
"""
SIGN_IN = f"""
from django.test import Client
print(Client().post("/accounts/login/", {{"login": "ana", "password": {make.PASSWORD!r}}}).status_code)
"""
MISSING_PARTS = """
from engagements.models import Engagement, Attachment
from django.conf import settings
print(Engagement.objects.filter(participations=None).count(),
      sum(not (settings.DATA_DIR / "attachments" / row.stored_as).exists() for row in Attachment.objects.all()))
"""
FOUND = """
from catalog.models import Country
from engagements.models import Engagement
print(Engagement.objects.search(Country.objects.get().name).count())
"""


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_backup_under_writing_restores_one_moment_with_its_attachments_and_people_can_sign_in(kept, tmp_path, elsewhere, signed_in):
    user = make.user(username="ana")
    signed_in(user)  # a session, which must not come back
    team, country, kind = make.team(), make.country(), make.type()
    attach(kept, make.engagement(team=team, type=kind, countries=[country]))
    stop, written = threading.Event(), []

    def write():
        from django.db import transaction

        try:
            while not stop.is_set():
                with transaction.atomic():  # both rows or none: so in every moment each record has its party
                    made = Engagement.objects.create(kind="engagement", type=kind, title=f"Talks {len(written)}", team=team)
                    Participation.objects.create(engagement=made, country=country)
                    attach(kept, made, content=f"text {len(written)}".encode())
                written.append(made)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            assert writer.is_alive()
            time.sleep(0.01)
        before = len(written)
        said = backup(tmp_path / "entente.tar.gz")
        while len(written) < before + 10:
            assert writer.is_alive()
            time.sleep(0.01)
    finally:
        stop.set()
        writer.join()

    manifest = manifest_of(tmp_path / "entente.tar.gz")
    rows = manifest["counts"]
    assert f"{sum(rows.values())} rows of {len(rows)} tables, {rows['engagements_attachment']} attachments" in said
    assert before < rows["engagements_engagement"] < len(written)
    assert manifest["missing"] == []
    assert (tmp_path / "entente.tar.gz").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []

    status, said = elsewhere.manage("restore", tmp_path / "entente.tar.gz")

    assert (status, "Everybody signs in again" in said) == (0, True), said
    assert json.loads(elsewhere.python(COUNTS)) == rows | {"django_session": 0}
    assert elsewhere.python(MISSING_PARTS) == "0 0"
    assert elsewhere.python(FOUND) == str(rows["engagements_engagement"])
    assert [name for name in rows if name.startswith("engagements_search")] == []  # read from the others, not kept
    assert elsewhere.python(SIGN_IN) == "302"
    names = {path.name for path in (elsewhere.folder / "attachments").iterdir()}
    assert names == {name.removeprefix("attachments/") for name in manifest["files"] if name.startswith("attachments/")}
    assert (elsewhere.folder / "attachments" / "stored0.bin").read_bytes() == CONTENT
    # What was restored goes on writing its history, and is not overwritten by mistake.
    found = elsewhere.python(
        "from history.models import Change; from catalog.models import Country; before = Change.objects.count();"
        "Country.objects.create(code='QZA', name='Restoria'); print(Change.objects.count() - before)"
    )
    assert found == "1"
    status, said = elsewhere.manage("restore", tmp_path / "entente.tar.gz")
    assert status == 1
    assert "there is something here already" in said
    status, said = elsewhere.manage("restore", tmp_path / "entente.tar.gz", "--replace")
    assert status == 0, said
    assert json.loads(elsewhere.python(COUNTS)) == rows | {"django_session": 0}


# What is refused, before anything is written --------------------------------------------------------


@pytest.fixture
def archive(kept, tmp_path, transactional_db) -> Path:
    """A backup of a small register with one attachment."""
    attach(kept, make.engagement(title="Staff talks"))
    backup(tmp_path / "small.tar.gz")
    return tmp_path / "small.tar.gz"


def refused(path: Path, *arguments) -> str:
    """What restore says; and that all is as it was."""
    before = Engagement.objects.count(), sorted(settings.DATA_DIR.rglob("*.bin"))
    with pytest.raises(CommandError) as error:
        call_command("restore", str(path), *arguments)
    assert (Engagement.objects.count(), sorted(settings.DATA_DIR.rglob("*.bin"))) == before
    return str(error.value)


def changed(path: Path, *, members=lambda name, content: [(name, content)], manifest=lambda said: said) -> Path:
    """A copy of the archive in which members were changed, left out or put in."""
    target = path.with_name("changed.tar.gz")
    with tarfile.open(path) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == "manifest.json":
                content = json.dumps(manifest(json.loads(content))).encode()
            for name, written in members(member.name, content):
                info = tarfile.TarInfo(name)
                info.size = len(written)
                new.addfile(info, io.BytesIO(written))
    return target


def test_a_register_with_records_is_not_overwritten_unless_that_is_said(archive):
    assert "Add --replace to lose it" in refused(archive)
    Engagement.objects.update(title="Changed since")
    call_command("restore", str(archive), "--replace", stdout=io.StringIO())
    assert Engagement.objects.get().title == "Staff talks"


def test_a_database_without_rows_but_with_attachments_is_not_empty(archive, kept, elsewhere):
    (elsewhere.folder / "attachments").mkdir(parents=True)
    (elsewhere.folder / "attachments" / "old.bin").write_bytes(b"1")
    status, said = elsewhere.manage("restore", archive)
    assert (status, "there is something here already" in said) == (1, True)


def test_a_file_that_is_no_backup_is_refused(archive, tmp_path):
    for content in [b"", b"no archive", gzip.compress(b"no archive"), archive.read_bytes()[:-2000], archive.read_bytes()[:600]]:
        (tmp_path / "broken").write_bytes(content)
        said = refused(tmp_path / "broken", "--replace")
        assert "damaged, or is no backup" in said or "can not be read" in said
    assert "can not be read" in refused(tmp_path / "nowhere", "--replace")


def test_an_attachment_that_was_changed_in_the_archive_is_refused(archive):
    path = changed(archive, members=lambda name, content: [(name, content[::-1] if name.endswith(".bin") else content)])
    assert "is not what was saved" in refused(path, "--replace")


def test_a_member_too_many_too_few_or_twice_is_refused(archive):
    extra = changed(archive, members=lambda name, content: [(name, content)] + [("attachments/more", b"1")] * name.endswith(".bin"))
    assert "damaged" in refused(extra, "--replace")
    fewer = changed(archive, members=lambda name, content: [] if name.endswith(".bin") else [(name, content)])
    assert "damaged" in refused(fewer, "--replace")
    twice = changed(archive, members=lambda name, content: [(name, content)] * (1 + name.endswith(".bin")))
    assert "damaged" in refused(twice, "--replace")


@pytest.mark.parametrize("name", ["attachments/../../outside", "/etc/outside", "attachments/", "attachments/a/b", "other"])
def test_a_member_that_leads_out_of_the_folder_is_refused(archive, name):
    def with_outside(said):
        said["files"][name] = {"size": 1, "sha256": hashlib.sha256(b"1").hexdigest()}
        return said

    path = changed(archive, manifest=with_outside, members=lambda n, content: [(n, content)] + [(name, b"1")] * n.endswith(".bin"))
    assert "list of contents" in refused(path, "--replace")


def test_a_backup_of_the_other_database_is_refused(archive):
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    names = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}

    def of_other(said):
        said["database"] = other
        said["files"][names[other]] = said["files"].pop(names[connection.vendor])
        return said

    path = changed(
        archive, manifest=of_other, members=lambda name, content: [(names[other] if name.startswith("database.") else name, content)]
    )
    assert f"The backup is of {other}" in refused(path, "--replace")


def test_a_backup_of_a_newer_program_is_refused(archive):
    path = changed(archive, manifest=lambda said: said | {"migrations": [*said["migrations"], "engagements.9999_later"]})
    assert "a newer program (1.0.0, engagements.9999_later)" in refused(path, "--replace")


def test_other_numbers_of_rows_than_the_list_says_are_reported(archive):
    path = changed(archive, manifest=lambda said: said | {"counts": said["counts"] | {"engagements_engagement": 7}})
    with pytest.raises(CommandError, match="other numbers of rows: engagements_engagement"):
        call_command("restore", str(path), "--replace")


def test_a_database_file_that_can_not_be_read_is_refused(archive):
    rubbish = b"SQLite format 3\0" + b"x" * 4096

    def with_rubbish(said):
        name = next(name for name in said["files"] if name.startswith("database."))
        said["files"][name] = {"size": len(rubbish), "sha256": hashlib.sha256(rubbish).hexdigest()}
        return said

    path = changed(
        archive, manifest=with_rubbish, members=lambda name, content: [(name, rubbish if name.startswith("database.") else content)]
    )
    said = refused(path, "--replace")
    assert "pg_restore stopped" in said or "damaged" in said or "can not be read" in said


# The backup itself ----------------------------------------------------------------------------------


def test_a_backup_that_is_there_is_never_overwritten(archive):
    before = archive.read_bytes()
    with pytest.raises(CommandError, match="is there already"):
        backup(archive)
    assert archive.read_bytes() == before


def test_a_folder_that_is_not_there_gets_a_sentence(transactional_db, kept, tmp_path):
    with pytest.raises(CommandError, match="can not be written"):
        backup(tmp_path / "nowhere" / "entente.tar.gz")


def test_an_attachment_without_its_file_is_named_and_the_rest_is_saved(transactional_db, kept, tmp_path):
    engagement = make.engagement()
    attach(kept, engagement)
    lost = attach(kept, engagement)
    removed = attach(kept, engagement, removed_at="2026-01-01T00:00Z")
    (kept / lost.stored_as).unlink()
    (kept / removed.stored_as).unlink()
    (kept / "nobody-knows.bin").write_bytes(b"extra")

    said = backup(tmp_path / "entente.tar.gz")

    manifest = manifest_of(tmp_path / "entente.tar.gz")
    assert manifest["missing"] == [lost.stored_as]
    assert [name for name in manifest["files"] if name.startswith("attachments/")] == ["attachments/stored0.bin"]
    assert "1 attachments have no file" in said


def test_nothing_is_left_where_the_disk_is_full(transactional_db, kept, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engagements.backup.making._pack", full)
    (tmp_path / "backups").mkdir()
    with pytest.raises(CommandError, match="No space left"):
        backup(tmp_path / "backups" / "entente.tar.gz")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.only_postgresql
def test_without_the_client_programs_a_sentence_says_what_to_install(transactional_db, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(on_postgresql, "WHERE_PROGRAMS_ARE", ["/nowhere/*"])
    with pytest.raises(CommandError, match=r"There is no pg_dump here. Install PostgreSQL's client programs"):
        backup(tmp_path / "entente.tar.gz")


@pytest.mark.only_postgresql
def test_the_newest_of_the_programs_in_the_usual_places_is_taken(monkeypatch, tmp_path):
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "pg_dump").touch()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(on_postgresql, "WHERE_PROGRAMS_ARE", [str(tmp_path)])
    assert on_postgresql._program("pg_dump") == str(tmp_path / "17" / "bin" / "pg_dump")


@pytest.mark.only_sqlite
def test_a_restored_copy_that_sqlite_finds_damaged_is_refused(archive, tmp_path):
    with tarfile.open(archive) as file:
        content = bytearray(file.extractfile("database.sqlite3").read())
    (tmp_path / "copy").write_bytes(content)
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        copy.execute("PRAGMA foreign_keys = OFF")
        for (trigger,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            copy.execute(f"DROP TRIGGER {trigger}")
        copy.execute("DELETE FROM accounts_team")
        copy.commit()
    orphaned = (tmp_path / "copy").read_bytes()

    def with_orphans(said):
        said["files"]["database.sqlite3"] = {"size": len(orphaned), "sha256": hashlib.sha256(orphaned).hexdigest()}
        return said

    path = changed(
        archive, manifest=with_orphans, members=lambda name, content: [(name, orphaned if name.startswith("database.") else content)]
    )
    assert "is damaged" in refused(path, "--replace")
