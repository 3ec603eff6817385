"""Django's settings, from the environment; `up` sets what is missing. See docs/settings.md."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import dj_database_url

from ntopweb.log import LOGGING as LOGGING
from ntopweb.navigation import UNFOLD as UNFOLD
from recipients.guard import parse_networks

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("NTOPWEB_DATA", BASE_DIR / "data"))

# `up` and `test` keep a key in the data folder; a process without one gets a passing one.
SECRET_KEY = os.environ.get("NTOPWEB_SECRET_KEY") or os.urandom(32).hex()
# Keys that were in force before: what they sealed and signed stays readable.
_FORMER_KEYS = os.environ.get("NTOPWEB_SECRET_KEY_FALLBACKS", "")
SECRET_KEY_FALLBACKS = [key for key in _FORMER_KEYS.split(",") if key]
DEBUG = os.environ.get("NTOPWEB_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("NTOPWEB_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("NTOPWEB_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "django_ace",
    "axes",
    "monitoring",
    "checks",
    "checks.lua",
    "alerts",
    "recipients",
    "ntopweb",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ntopweb.refusing_nul.RefuseNulMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ntopweb.viewer_zone.ViewerZoneMiddleware",
    "axes.middleware.AxesMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

ROOT_URLCONF = "ntopweb.urls"
ASGI_APPLICATION = "ntopweb.asgi.application"

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
            ]
        },
    }
]

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", "postgres://ntopweb@127.0.0.1:5432/ntopweb"),
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if os.environ.get("NTOPWEB_ROLE") in ("ingest", "web"):
    # Under ASGI every request has a thread of its own, for which a connection would be made anew:
    # more work than a small batch or an answer. Other processes keep the one of their thread.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 20}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")


def redis_database(number: int) -> str:
    """Return REDIS_URL's database or one after it, round the 16 that a Redis has by default."""
    address, _, query = REDIS_URL.partition("?")
    if address.startswith("unix:"):
        return f"{address}?db={(int(query.removeprefix('db=') or 0) + number) % 16}"
    scheme, _, rest = address.partition("://")
    host, _, first = rest.partition("/")
    return f"{scheme}://{host}/{(int(first or 0) + number) % 16}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_database(1),
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis_database(2)]},
    }
}

CELERY_BROKER_URL = re.sub(r"^unix:(.*)\?db=", r"redis+socket:\1?virtual_host=", redis_database(0))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
#: Deciding and sending have workers of their own; making a report for them has not. So have Lua
#: scripts: a back-test or what is learned may take both of the common worker's places for minutes.
CELERY_TASK_ROUTES = {
    f"{app}.tasks.{name}": {"queue": queue}
    for app, queue, names in (
        ("recipients", "deliveries", ("decide", "send", "clean_up")),
        ("ntopweb", "scripts", ("run_flow_scripts", "run_host_scripts")),
    )
    for name in names
}
CELERY_BEAT_SCHEDULER = "ntopweb.beat:Scheduler"
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("NTOPWEB_STATIC", BASE_DIR / "static_built"))
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "templates" / "static"]
for _name, _path in (
    ("echarts", "echarts/dist"),
    ("topojson", "topojson-client/dist"),
    ("atlas", "world-atlas"),
):
    if (_library := BASE_DIR / "node_modules" / _path).is_dir():
        STATICFILES_DIRS.append((_name, _library))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("NTOPWEB_HTTPS") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "monitoring.api.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["monitoring.api.permissions.ModelPermissions"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    # JSON alone: in a form, a switch that is left out would mean "off".
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["monitoring.api.rates.CallRate"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "monitoring.api.negotiation.Negotiation",
    "EXCEPTION_HANDLER": "monitoring.api.problems.as_problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ntopweb",
    "DESCRIPTION": "Hosts, flows, traffic, checks and alerts of the network.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "PREPROCESSING_HOOKS": ["monitoring.api.schema.of_this_api"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "monitoring.api.schema.describe_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "FlowStateEnum": "monitoring.api.flows.STATES",
        "DeliveryStateEnum": "recipients.models.delivery.Delivery.State",
        "AlertStateEnum": "alerts.models.alert.State",
    },
}

#: Of each token, and of each user without one.
API_CALLS_PER_MINUTE = int(os.environ.get("NTOPWEB_API_CALLS_PER_MINUTE", 6_000))
#: How long PostgreSQL may work on a page that is asked for, and on each part of a whole list.
QUERY_SECONDS = float(os.environ.get("NTOPWEB_QUERY_SECONDS", 30))
QUERY_SECONDS_OF_A_STREAM = float(os.environ.get("NTOPWEB_STREAM_QUERY_SECONDS", 300))

# Limits of ingest; see monitoring/ingest.
INGEST_MAX_BODY_BYTES = int(os.environ.get("NTOPWEB_MAX_BODY_BYTES", 32 * 2**20))
INGEST_MAX_DECOMPRESSED_BYTES = int(os.environ.get("NTOPWEB_MAX_DECOMPRESSED_BYTES", 256 * 2**20))
INGEST_MAX_ROWS = int(os.environ.get("NTOPWEB_MAX_ROWS", 100_000))
#: The ingest pass; an import of it would point right.
INGEST_WITH = "ntopweb.pipeline.ingest_batch"
INGEST_WANTED = "ntopweb.pipeline.wanted_events"
INGEST_CONCURRENCY = int(os.environ.get("NTOPWEB_INGEST_CONCURRENCY", 2))

# Bounds of what a flood could fill; what is over is counted (monitoring/overflow.py).
HOST_BOUNDS = {
    "remote": int(os.environ.get("NTOPWEB_MAX_REMOTE_HOSTS", 50_000)),
    "remote a minute": int(os.environ.get("NTOPWEB_MAX_NEW_REMOTE_HOSTS", 2_000)),
    "local": int(os.environ.get("NTOPWEB_MAX_LOCAL_HOSTS", 100_000)),
}
# Keys per step of time, interface and dimension: in steps of 10 s, a minute, an hour, a day.
_TRAFFIC_KEYS = os.environ.get("NTOPWEB_MAX_TRAFFIC_KEYS", "200,500,1000,2000").split(",")
TRAFFIC_KEYS = dict(zip(("10s", "1m", "1h", "1d"), map(int, _TRAFFIC_KEYS), strict=True))
TRAFFIC_LOCAL_HOSTS = int(os.environ.get("NTOPWEB_MAX_TRAFFIC_LOCAL_HOSTS", 10_000))

# How long each is kept, in days; editable at run time is a later matter.
RETENTION_DAYS = {
    "flow": float(os.environ.get("NTOPWEB_RETENTION_FLOW_DAYS", 30)),
    "ledger": 30.0,
    "batch": 0.25,
    "traffic_10s": 1.0,
    "traffic_1m": 14.0,
    "traffic_1h": 180.0,
    "traffic_1d": 1095.0,
    "host": 30.0,
    "alert": 30.0,
    "report": float(os.environ.get("NTOPWEB_RETENTION_REPORT_DAYS", 90)),
}

# Hypertables where the server has the timescaledb extension, unless refused here.
TIMESCALE = os.environ.get("NTOPWEB_TIMESCALE", "1") != "0"

# Whether blacklists may be fetched from addresses that are not public.
LISTS_ALLOW_PRIVATE = os.environ.get("NTOPWEB_LISTS_ALLOW_PRIVATE") == "1"

# Where deliveries may go beside public addresses, who signs private certificates, the scripts.
OUTBOUND_ALLOW = parse_networks(os.environ.get("NTOPWEB_OUTBOUND_ALLOW", ""))
OUTBOUND_CA_FILE = os.environ.get("NTOPWEB_CA_FILE", "")
SCRIPTS_DIR = Path(os.environ.get("NTOPWEB_SCRIPTS", DATA_DIR / "scripts"))
#: The address of the pages for links in messages, as https://ntopweb.example.
PUBLIC_URL = os.environ.get("NTOPWEB_PUBLIC_URL", "").rstrip("/")

MMDB_CITY = os.environ.get("NTOPWEB_MMDB_CITY", "")
MMDB_ASN = os.environ.get("NTOPWEB_MMDB_ASN", "")
