"""Django settings. What differs between installations comes from the environment (docs/settings.md)."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from project.company import read_company
from project.data_folder import DataFolder
from project.database import postgres, sqlite
from project.environment import Environment
from project.mail import TIMEOUT_S as MAIL_TIMEOUT_S
from project.mail import mail_server

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = DataFolder(env.folder("STUDIO_DATA_DIR", BASE_DIR / "data"))
DATA.make()

DEBUG = env.flag("STUDIO_DEBUG", default=False)
SECRET_KEY = env.secret("STUDIO_SECRET_KEY") or DATA.secret("secret_key")
_given = env.fernet_keys("STUDIO_ENCRYPTION_KEYS")
ENCRYPTION_KEYS = _given if isinstance(_given, list) else []
# Read where no keys are given. The one in the data folder is made by the set-up, and never anew.
ENCRYPTION_KEYS_FILE = _given if isinstance(_given, Path) else DATA.encryption_keys_file

HOST = env.text("HOST", "127.0.0.1", expected="the address to listen on")
PORT = env.whole("PORT", 8000, low=1, high=65535)
PUBLIC_URL = env.site("STUDIO_PUBLIC_URL")
IS_HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
# This machine's own names always work: the health check and the supervisor ask under them.
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.words("STUDIO_ALLOWED_HOSTS", expected="host names")]
if PUBLIC_URL:
    ALLOWED_HOSTS.append(str(urlsplit(PUBLIC_URL).hostname))
# The addresses whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's without it.
TRUSTED_PROXY = env.networks("STUDIO_TRUSTED_PROXY", expected="addresses or networks of the proxy")

INSTALLED_APPS = [
    "studio",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    # Keeps who is who at the company's provider. What is asked of it, studio.company asks itself (ADR 19).
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_q",
    "lucide",
    "template_partials",
]
if find_spec("django_linear_migrations"):
    # A tool of those who write migrations; an installation does without.
    INSTALLED_APPS.append("django_linear_migrations")

MIDDLEWARE = [
    # What these add is on every answer: redirects, static files and errors included.
    "studio.kit.middleware.close_to_others",
    "studio.kit.middleware.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "project.logs.number_requests",
    "studio.kit.middleware.PageCompressionMiddleware",
    "studio.kit.middleware.keep_pages_private",
    "studio.kit.middleware.roomy_stack",
    "studio.kit.middleware.few_writes_at_once",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "studio.kit.middleware.SignInMiddleware",
    "studio.people.time_zones.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "studio.kit.middleware.StudioErrorMiddleware",
    "studio.audit.origin.remember_origin",
    "studio.audit.middleware.RefusalMiddleware",
    "studio.people.factors.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"

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
                "studio.kit.context.shell",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

DATABASE_URL = env.url("STUDIO_DATABASE_URL", ["postgres", "postgresql"])
DATABASE_POOL = env.whole("STUDIO_DATABASE_POOL", 10, low=1, high=200)
DATABASES = {"default": postgres(DATABASE_URL) if DATABASE_URL else sqlite(DATA.path / "studio.sqlite3")}

CACHES = {
    "default": {
        # Shared by all processes, so that sign-in limits hold; LocMem would count per process.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "studio_cache",
    },
    # What may be a few seconds old, and is worth remembering only within one process.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Each cluster reports its state twice a second: in the database cache that would be a constant stream of writes.
    "nowhere": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

WORKERS = env.whole("STUDIO_WORKERS", 4, low=1, high=64)
REDIS_URL = env.url("STUDIO_REDIS_URL", ["redis", "rediss", "unix"])
TASK_TIMEOUT_S = 15 * 60
CHORE_TIMEOUT_S = 5 * 60
Q_CLUSTER = {
    "name": "engine",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
    "cache": "nowhere",
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "timeout": TASK_TIMEOUT_S,
    # A task that waits in the prefetch queue must not be handed out twice meanwhile.
    "retry": TASK_TIMEOUT_S * 3 + 60,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.2,
    "recycle": 500,
    "bulk": 1,
    "label": "Tasks",
    "ALT_CLUSTERS": {
        "chores": {
            "workers": 1,
            "queue_limit": 1,
            "timeout": CHORE_TIMEOUT_S,
            "retry": CHORE_TIMEOUT_S * 3 + 60,
            "scheduler": False,
        },
    },
}

AUTH_USER_MODEL = "studio.User"
AUTHENTICATION_BACKENDS = ["studio.people.sign_in.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "studio.people.sign_in.ClosedSignUp"
ACCOUNT_FORMS = {
    "reset_password": "studio.people.resetting.AskForResetForm",
    "reset_password_from_key": "studio.people.resetting.ChooseNewPasswordForm",
}
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
# Who changes keys, limits or roles has given the password at most so many seconds ago.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# Counted in the database, for all processes together. "key" is the account that is tried, "ip" where it comes from.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
}
MFA_ADAPTER = "studio.people.factors.adapter.FactorAdapter"
MFA_FORMS = {
    "authenticate": "studio.people.factors.forms.CodeForm",
    "authenticate_webauthn": "studio.people.factors.forms.PasskeyForm",
    "login_webauthn": "studio.people.factors.forms.PasskeyAloneForm",
    "reauthenticate": "studio.people.factors.forms.CodeAgainForm",
    "reauthenticate_webauthn": "studio.people.factors.forms.PasskeyAgainForm",
    "add_webauthn": "studio.people.factors.forms.AddPasskeyForm",
    "edit_webauthn": "studio.people.factors.forms.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Clocks differ, and a code changes while it is typed: the one before and the one after are right, too.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Studio"

# The provider through which people of the company sign in; None where there is none.
COMPANY = read_company(env)
SOCIALACCOUNT_STORE_TOKENS = False

LANGUAGE_CODE = "en"
TIME_ZONE = env.time_zone("STUDIO_TIME_ZONE", "UTC")
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA.path / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA.path / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "project.static.ModuleManifestStorage"},
}

EMAIL_URL = env.mail("STUDIO_EMAIL_URL")
if EMAIL_URL:
    server = mail_server(EMAIL_URL)
    EMAIL_HOST, EMAIL_PORT = server["host"], server["port"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = server["user"], server["password"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = server["use_tls"], server["use_ssl"]
    EMAIL_TIMEOUT = MAIL_TIMEOUT_S
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("STUDIO_EMAIL_FROM", "studio@localhost", expected="an e-mail address")

# No other site of the same domain can set a cookie of this prefix, which browsers grant to https only.
_COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Not in a cookie of their own, beside the session's.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Without a proxy that says how a request came, each would look like plain http and be redirected for ever.
SECURE_SSL_REDIRECT = IS_HTTPS and bool(TRUSTED_PROXY)
# A balancer or a monitor on this machine asks without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# W008: see SECURE_SSL_REDIRECT. W005, W021: whether all of a domain is https is its owner's to say, not ours.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A selection is a field for each image: how many are too many says its own sentence, not a bare 400.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "worker-src": [SELF],
        "style-src": [SELF],
        # The one exception: style attributes carry data as custom properties (--ratio, --v).
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# The sandbox answers for every provider that has no real key; `serve` says where it listens.
SANDBOX_URL = env.site("STUDIO_SANDBOX_URL")
# All durations of the engine are divided by this; tests run it at 20.
ENGINE_SPEED = env.number("STUDIO_ENGINE_SPEED", 1.0, low=0.1, high=100)
STOP_GRACE_S = env.whole("STUDIO_STOP_GRACE_S", 360, low=0, high=3600)
# What is in the trash for longer is deleted for good, every night.
TRASH_DAYS = env.whole("STUDIO_TRASH_DAYS", 30, low=1, high=3650)
# How often one person may press, upload, search or begin a download; more is refused before it costs anything.
REQUESTS_PER_MINUTE = env.whole("STUDIO_REQUESTS_PER_MINUTE", 300, low=1, high=1_000_000)
# Below this nothing new is sent to a provider: what it made could not be stored.
DISK_RESERVE_MB = env.whole("STUDIO_DISK_RESERVE_MB", 500, low=0, high=1_000_000)
HEARTBEAT_S = env.whole("STUDIO_HEARTBEAT_S", 15, low=1, high=300)
# A cluster that is silent for longer is started again, and so is who keeps the others from writing for longer.
SILENT_S = 4 * HEARTBEAT_S

# "host:port" to which webhooks may go though it is plain http or not on the public internet.
WEBHOOK_HOSTS = env.words("STUDIO_WEBHOOK_HOSTS", expected="a host and port")

# Who may read /metrics besides this machine: whoever has the token, or asks from these networks.
METRICS_TOKEN = env.secret("STUDIO_METRICS_TOKEN")
METRICS_NETWORKS = env.networks("STUDIO_METRICS_NETWORKS", expected="addresses or networks of the monitor")

LOG_LEVEL = env.choice("STUDIO_LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOG_FORMAT = env.choice("STUDIO_LOG_FORMAT", "plain", ["plain", "json"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "project.logs.PlainFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "project.logs.JsonFormatter"},
    },
    "filters": {"request": {"()": "project.logs.AddRequest"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request"]}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "studio": {"level": LOG_LEVEL},
        "django-q": {"level": "WARNING"},
        # It writes down the headers of answers, and some providers repeat the key there.
        "httpcore": {"level": "WARNING"},
    },
}
