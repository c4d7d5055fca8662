"""Settings: one file for the laptop and the server; what differs comes from the environment (docs/exploitation.md)."""

from pathlib import Path

from csp.constants import NONE, SELF

from sandbox import __version__, paths
from sandbox.env import database_url, envbool, envint, envlist, envsecret, envstr

DATA_DIR = Path(envstr("SANDBOX_DATA_DIR", str(paths.default_data_dir())))
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = envbool("DEBUG", default=False)
COMPOSANTS = DEBUG  # the page that shows every component of the screens
SECRET_KEY = envsecret("SECRET_KEY", DATA_DIR / "cle-secrete")
ALLOWED_HOSTS = envlist("ALLOWED_HOSTS", ["*"])
CSRF_TRUSTED_ORIGINS = envlist("CSRF_TRUSTED_ORIGINS", [])
SANDBOX_PORT = envint("SANDBOX_PORT", 8000)
HTTPS = envbool("SANDBOX_HTTPS", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "axes",
    "django_linear_migrations",
    "sandbox.web",
    "sandbox.cohorts",
    "sandbox.events",
    "sandbox.mail",
    "sandbox.documents",
    "sandbox.snapshots",
    "accounts",
    "structures",
    "invoices",
    "travaux",
    "support",
    "api",
    "edi",
    "formation",
]
try:  # development only: refuses two branches of migrations
    import django_linear_migrations  # noqa: F401
except ImportError:
    INSTALLED_APPS.remove("django_linear_migrations")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sandbox.cohorts.middleware.MondeMiddleware",
    "accounts.middleware.CompteMiddleware",
    "invoices.rappel.RejetsMiddleware",
    "sandbox.web.middleware.MethodeRefuseeMiddleware",
    "sandbox.web.middleware.DisquePleinMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "sandbox.urls"
WSGI_APPLICATION = "sandbox.wsgi.application"

_LOADERS = [
    (
        "template_partials.loader.Loader",
        [
            (
                "django.template.loaders.cached.Loader",
                ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
            )
        ],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [paths.TEMPLATES_DIR],
        "OPTIONS": {
            "loaders": _LOADERS,
            "builtins": ["template_partials.templatetags.partials", "sandbox.web.templatetags.bas"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.monde",
                "structures.context.structure_courante",
            ],
        },
    }
]
FORM_RENDERER = "sandbox.web.forms.RenduFormulaire"

DATABASES = {"default": database_url(envstr("DATABASE_URL", ""), DATA_DIR / "bac-a-sable.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "cohorts.Formateur"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# A classroom shares one address: lock the account, never the address.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_TEMPLATE = "formation/verrouille.html"
AXES_USERNAME_FORM_FIELD = "username"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
]
LOGIN_URL = "formation:connexion"
LOGIN_REDIRECT_URL = "formation:accueil"

REDIS_URL = envstr("REDIS_URL", "")
# What a version keeps in the cache, the next one does not read.
CACHES = {"default": {"KEY_PREFIX": f"bac-a-sable-{__version__}"}}
if REDIS_URL:
    CACHES["default"] |= {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
else:
    CACHES["default"] |= {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}

# --- background work: the same worker everywhere; without Redis its queue is a folder of the data directory.
_FILE_ATTENTE = DATA_DIR / "file-attente"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
else:
    CELERY_BROKER_URL = "fichiers://localhost//"  # sandbox.courtier
    for _nom in ("messages", "controle"):
        (_FILE_ATTENTE / _nom).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_FILE_ATTENTE / "messages"),
        "data_folder_out": str(_FILE_ATTENTE / "messages"),
        "control_folder": str(_FILE_ATTENTE / "controle"),
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "bac-a-sable"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    # A tick older than the next one says nothing new: it expires.
    "battement": {"task": "sandbox.events.tasks.tick", "schedule": 1.0, "options": {"expires": 3}},
    "menage": {"task": "sandbox.documents.tasks.menage", "schedule": 6 * 3600.0, "options": {"expires": 3600}},
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "fichiers")},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [paths.STATIC_DIR]
STATIC_ROOT = DATA_DIR / "statique"
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

API_REQUETES_PAR_SECONDE = envint("API_REQUETES_PAR_SECONDE", 20)
"""Of one application, or of one technical account (api.md A-18)."""

SFTP_PORT = envint("SANDBOX_SFTP_PORT", 2222)
"""Of the SFTP server, when it is started (docs/exploitation.md)."""

LANGUAGE_CODE = "fr"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"
USE_THOUSAND_SEPARATOR = False

SESSION_COOKIE_NAME = "portail"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = False  # the proxy in front decides; a classroom laptop has no certificate
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # see AXES_LOCKOUT_PARAMETERS
    *("security.W005", "security.W008", "security.W021"),  # subdomains, redirection and preload are the proxy owner's
    *([] if HTTPS else ["security.W004", "security.W012", "security.W016"]),
]
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
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

PLACE_COOKIE_NAME = "place"
PLACE_COOKIE_AGE = 30 * 24 * 3600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"ligne": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ligne"}},
    "root": {"handlers": ["console"], "level": envstr("SANDBOX_LOG", "WARNING")},
}
