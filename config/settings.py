"""Settings: one file; what differs between places comes from the environment.

Production is the default. ``ENTENTE_ENV=development`` (set by script/server and script/test) allows a
made-up secret and plain HTTP on this machine.
"""

import secrets
import sys
from pathlib import Path

import dj_database_url
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.middleware import add_request_id

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.str("ENTENTE_ENV", default="production")
if ENVIRONMENT not in {"production", "development", "test"}:
    raise ImproperlyConfigured("ENTENTE_ENV is production, development or test.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
FIXTURES = BASE_DIR / "fixtures"


def _local_secret() -> str:
    """A secret of this machine, made once and kept in DATA_DIR, readable by its owner only."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if PRODUCTION:
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("Set SECRET_KEY to a secret of at least 50 characters, or ENTENTE_ENV=development to try things out.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set ALLOWED_HOSTS to the host names this site answers to, separated by commas.")
else:
    SECRET_KEY = SECRET_KEY or _local_secret()
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]", "testserver"]

INSTALLED_APPS = [
    "history",
    "accounts",
    "jobs",
    "printing",
    "catalog",
    "engagements",
    "reports",
    "imports",
    "replicas",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",  # behind "jobs", whose db_worker does more than its own
    "allauth",
    "allauth.account",
    "axes",
    "csp",
]
MIDDLEWARE = [
    "config.middleware.number_the_request",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "config.middleware.no_store",
    "config.middleware.refuse_huge_bodies",
    "config.middleware.refuse_unreadable_input",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PersonMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "config.middleware.OnlyMethodsOfPages",
    "history.middleware.name_the_action",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.deadlocks.TryAgain",
    "replicas.middleware.ReadFromReplicas",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.person",
            ],
        },
    },
]

# Database: SQLite needs no set-up; PostgreSQL by DATABASE_URL, copies of it to read from by DATABASE_REPLICA_URL (docs/scale.md).
DATABASES = {
    "default": dj_database_url.parse(
        env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'entente.sqlite3'}"),
    )
}
_replica_urls = env.str("DATABASE_REPLICA_URL", default="").split()
REPLICAS = ["replica", *(f"replica{number}" for number in range(2, len(_replica_urls) + 1))][: len(_replica_urls)]
REPLICA_MAX_LAG_SECONDS = env.float("REPLICA_MAX_LAG_SECONDS", default=5.0)
DATABASES |= {alias: dj_database_url.parse(url) for alias, url in zip(REPLICAS, _replica_urls, strict=True)}
if REPLICAS and not all(database["ENGINE"].endswith("postgresql") for database in DATABASES.values()):
    raise ImproperlyConfigured(
        "DATABASE_REPLICA_URL names copies of a PostgreSQL database: give DATABASE_URL and it as postgres://… addresses."
    )


def _on_postgresql(database, *more: str, **pool: float) -> None:
    """Time-outs for each connection of ours, and connections kept in a pool: a request that finds none free waits for one."""
    options = database.setdefault("OPTIONS", {})
    said = [
        f"statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=60_000)}",
        "idle_in_transaction_session_timeout=60000",
        "jit=off",
        "random_page_cost=1.1",
    ]
    options["options"] = " ".join(f"-c {setting}" for setting in [*said, *more])
    database["CONN_HEALTH_CHECKS"] = True
    if ENVIRONMENT != "test":
        options["pool"] = {"max_size": env.int("DATABASE_POOL", default=8), **pool}


if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE: a writer that waits its turn never finds the database locked half-way.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    )
else:
    _on_postgresql(DATABASES["default"], "lock_timeout=10000", min_size=1, timeout=20)
for _alias in REPLICAS:
    # One that does not answer holds nobody up for long: pages read from the primary then.
    _on_postgresql(DATABASES[_alias], "default_transaction_read_only=on", min_size=0, timeout=1, reconnect_timeout=2)
    DATABASES[_alias]["OPTIONS"]["connect_timeout"] = 2
    DATABASES[_alias]["TEST"] = {"MIRROR": "default"}
DATABASE_ROUTERS = ["replicas.router.Router"] if REPLICAS else []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": False}  # axes counts those, per account and address
ACCOUNT_SESSION_REMEMBER = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_VERBOSE = False
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

# Transport and headers
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"https://{host}" for host in ALLOWED_HOSTS])
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ["accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb"]
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Files: bytes of one, of all together, and of what one request may bring. What arrives waits in a folder that
# manage.py prepare empties at each start.
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=20 * 1024 * 1024)
ATTACHMENTS_MAX_TOTAL_BYTES = env.int("ATTACHMENTS_MAX_TOTAL_BYTES", default=20 * 1024**3)
UPLOAD_MAX_BODY_BYTES = 2 * ATTACHMENT_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# Sets of records that each process remembers, for the figures of filters and reports (engagements/sets.py).
SETS_IN_MEMORY = env.int("SETS_IN_MEMORY", default=256 * 1024 * 1024)
# Files to import: what is read of one, and where one may be sent to that is larger than an attachment.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=100 * 1024 * 1024)
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=300_000)
IMPORT_MAX_COLUMNS = env.int("IMPORT_MAX_COLUMNS", default=1000)
IMPORT_MAX_UNPACKED = env.int("IMPORT_MAX_UNPACKED", default=500 * 1024 * 1024)
IMPORT_MAX_CELL = 32_767  # letters, as much as a spreadsheet has room for
IMPORT_KEPT_DAYS = env.int("IMPORT_KEPT_DAYS", default=30)
UPLOAD_ADDRESSES = {"/imports/new/": IMPORT_MAX_BYTES}
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "config.uploads.DropTooLarge",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Rows of a file that a person waits for; a longer one is written by a worker.
EXPORT_DIRECT_ROWS = {
    "csv": env.int("EXPORT_DIRECT_ROWS", default=20_000),
    "json": env.int("EXPORT_DIRECT_ROWS", default=20_000),
    "xlsx": env.int("EXPORT_DIRECT_ROWS_XLSX", default=5_000),  # ten times the work of the others
}

# Work behind the pages: a queue in the database, done by manage.py db_worker (docs/jobs.md)
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
JOBS_UNFINISHED_PER_PERSON = env.int("JOBS_UNFINISHED_PER_PERSON", default=10)
JOB_FILES_KEPT_DAYS = env.int("JOB_FILES_KEPT_DAYS", default=7)
JOB_STATEMENT_TIMEOUT_MS = env.int("JOB_STATEMENT_TIMEOUT_MS", default=30 * 60_000)

# PDF: the paper ("a4", "us-letter"), a folder with fonts for scripts that the machine has none for, and lines that a person waits for.
PDF_PAPER = env.str("PDF_PAPER", default="a4")
PDF_FONTS = env.str("PDF_FONTS", default="")
PDF_DIRECT_ROWS = env.int("PDF_DIRECT_ROWS", default=1_000)

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Static files
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "reports.assets.ChartProgramFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "django.utils.log.CallbackFilter", "callback": add_request_id}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)r"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"], "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

# What the house may set
FISCAL_YEAR_FIRST_MONTH = env.int("FISCAL_YEAR_FIRST_MONTH", default=10)
ASSESSMENT_DUE_DAYS = env.int("ASSESSMENT_DUE_DAYS", default=90)

if ENVIRONMENT == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
