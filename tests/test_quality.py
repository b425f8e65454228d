"""What the tools say of the code, and whether migrations and settings are as they must be in production."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = settings.BASE_DIR
HERE = Path(sys.executable).parent
PRODUCTION = {
    "ENTENTE_ENV": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "entente.example.org",
}


def run(*command, **environment):
    """The command's exit code and what it wrote, run beside this program with only the environment given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


def manage(*arguments, **environment):
    return run(sys.executable, "manage.py", *arguments, **environment)


@pytest.mark.once
def test_ruff_finds_nothing():
    code, said = run(HERE / "ruff", "check", "--no-cache", ".")
    assert code == 0, said


@pytest.mark.once
def test_djlint_finds_nothing():
    code, said = run(HERE / "djlint", "templates", "--lint", "--quiet")
    assert code == 0, said


@pytest.mark.once
def test_mypy_finds_nothing(tmp_path):
    code, said = run(HERE / "mypy", "--cache-dir", tmp_path)
    assert code == 0, said


@pytest.mark.once
@pytest.mark.parametrize(
    "script", ["script/server", "script/keep_working", "script/test", "script/environment", "script/postgresql", "script/bench", ".ci/run"]
)
def test_the_scripts_can_be_read_by_bash(script):
    code, said = run("bash", "-n", ROOT / script)
    assert code == 0, said


@pytest.mark.once
def test_the_lock_files_name_no_index_and_hash_everything():
    for name in ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]:
        text = (ROOT / name).read_text()
        assert "://" not in text, name
        pinned = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
        assert len(pinned) > 10
        assert all(line.rstrip().endswith("\\") for line in pinned), name


@pytest.mark.once
def test_every_dependency_says_why_it_is_there():
    for name in ["requirements.in", "requirements-dev.in", "requirements-bench.in"]:
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert " # " in line, f"{name}: {line}"


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# Settings ------------------------------------------------------------------------------------------


def test_production_passes_the_deployment_check(tmp_path):
    code, said = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION, DATA_DIR=str(tmp_path))
    assert code == 0, said
    assert "no issues" in said


@pytest.mark.once
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY to a secret of at least 50 characters"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY to a secret of at least 50 characters"),
        ({"ALLOWED_HOSTS": ""}, "Set ALLOWED_HOSTS to the host names"),
        ({"ALLOWED_HOSTS": "*"}, "Set ALLOWED_HOSTS to the host names"),
        ({"ENTENTE_ENV": "live"}, "ENTENTE_ENV is production, development or test."),
        ({"ENTENTE_ENV": "", "SECRET_KEY": ""}, "ENTENTE_ENV is production, development or test."),
    ],
)
def test_production_refuses_to_start_without(changed, sentence, tmp_path):
    code, said = manage("check", **PRODUCTION | changed, DATA_DIR=str(tmp_path))
    assert code != 0
    assert sentence in said


@pytest.mark.once
def test_production_is_what_it_is_unless_somebody_says_otherwise(tmp_path):
    code, said = run(
        sys.executable,
        "-c",
        "from config import settings as s;"
        "print(s.PRODUCTION, s.DEBUG, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)",
        **{name: value for name, value in PRODUCTION.items() if name != "ENTENTE_ENV"},
        DATA_DIR=str(tmp_path),
    )
    assert (code, said.split()) == (0, ["True", "False", "True", "True", "True"])


@pytest.mark.once
def test_the_secret_of_a_trial_is_made_once_and_readable_by_its_owner_only(tmp_path):
    ask = [sys.executable, "-c", "from config.settings import SECRET_KEY; print(SECRET_KEY)"]
    first = run(*ask, ENTENTE_ENV="development", DATA_DIR=str(tmp_path))
    second = run(*ask, ENTENTE_ENV="development", DATA_DIR=str(tmp_path))
    assert first == second
    assert len(first[1].strip()) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_policy_lets_nothing_run_that_is_not_a_file_of_ours():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    for name in ["default-src", "object-src", "base-uri", "frame-ancestors"]:
        assert directives[name] == ["'none'"]
