"""Django's settings: one module, no side effects. What a dealer changes is data on a screen, not here."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from psycopg.conninfo import conninfo_to_dict

from vernost import embedded
from vernost.automation.rules.nights import MADE_UP_WITHIN
from vernost.config import environment
from vernost.core import wall

ENVIRONMENT = environment.read()
PACKAGE = Path(__file__).parents[1]
DATA_DIR = ENVIRONMENT.data_dir

SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FILE = environment.secret_key_file(DATA_DIR)
DEBUG = ENVIRONMENT.debug
# Networks of the house that addresses entered by users may lead into.
OUTGOING_NETWORKS = ENVIRONMENT.outgoing_networks
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.trusted_origins)

INSTALLED_APPS = [
    # First, so that its templates stand before those of allauth.
    "vernost.core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "vernost.accounts",
    "vernost.files",
    "vernost.customers",
    "vernost.vehicles",
    "vernost.workshop",
    "vernost.sales",
    "vernost.facts",
    "vernost.segments",
    "vernost.contacts",
    "vernost.care",
    "vernost.invitations",
    "vernost.calls",
    "vernost.automation",
    "vernost.privacy",
    "vernost.intake",
    "vernost.reports",
    "vernost.office",
    "vernost.workplace",
    "vernost.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vernost.core.middleware.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "vernost.core.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "vernost.accounts.middleware.ActorMiddleware",
    "vernost.core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "vernost.config.urls"
ASGI_APPLICATION = "vernost.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vernost.core.context.navigation",
            ],
        },
    },
]


def _database() -> dict[str, Any]:
    if ENVIRONMENT.database_url:
        parts = {key: str(value) for key, value in conninfo_to_dict(ENVIRONMENT.database_url).items()}
    else:
        parts = {
            "host": str(embedded.socket_folder(DATA_DIR)),
            "user": "vernost_owner",
            "dbname": embedded.DATABASE,
        }
    options: dict[str, Any] = {
        key: value
        for key, value in parts.items()
        if key not in {"host", "port", "user", "password", "dbname", "options"}
    }
    session = [parts.get("options", ""), "-c jit=off"]
    if ENVIRONMENT.database_role != "vernost_owner":
        session.append(f"-c role={ENVIRONMENT.database_role}")
        options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 20, "reset": wall.lower}
    options["options"] = " ".join(filter(None, session))
    return {
        "ENGINE": "vernost.core.postgresql",
        "NAME": parts["dbname"],
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        # A pooled connection may have died with its server: it is tried before it serves a request.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["vernost.accounts.backends.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "vernost.accounts.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # Wrong passwords and codes of one login are counted by accounts.sign_in.
    "login_failed": "30/15m/ip",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
}
# The proxy that speaks HTTPS tells whose request it hands on.
BEHIND_PROXY = ENVIRONMENT.behind_https
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Vernost"
MFA_FORMS = {
    "authenticate": "vernost.accounts.second_step.CodeForm",
    "reauthenticate": "vernost.accounts.second_step.CodeAgainForm",
}
# An administrator writes the addresses, so nobody verifies them.
MFA_ALLOW_UNVERIFIED_EMAIL = True
CSRF_FAILURE_VIEW = "vernost.core.views.csrf_failure"

SESSION_ENGINE = "vernost.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.behind_https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if ENVIRONMENT.behind_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENVIRONMENT.behind_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.behind_https else None
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# Rate limits of the sign-in are counted in this cache: it must be common to all web processes.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"},
}

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [PACKAGE / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
WHITENOISE_USE_FINDERS = True
# Named by what they hold: of Django's storage, and what esbuild splits off, which scripts load by its own name.
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.\w+$|-[0-9A-Z]{8}\.\w+$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

PROCRASTINATE_ON_APP_READY = "vernost.config.registries.register_jobs"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# What a stopped machine has missed is made up as long as its night would be.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": MADE_UP_WITHIN.total_seconds()}

# A path, because the command line lies below config: called by `vernost init` after the migrations.
INITIALISERS = "vernost.config.registries.initialisers"
NIGHT_AT = ENVIRONMENT.night_at
MIRROR_DIR = DATA_DIR / "mirror"
# An analytics page that takes longer is shown of the version that it was last counted on (`office.analytics.shown`),
# and is counted anew after so many times as long as it took.
ANALYTICS_AT_ONCE_SECONDS = 0.3
ANALYTICS_REST = 10

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # A terminal tells what a person waits for, and what went wrong; how the work goes is told to who asks.
    "loggers": {"vernost": {"level": "INFO" if ENVIRONMENT.verbose else "WARNING"}},
}
