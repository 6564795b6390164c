"""Django's settings, the only such file; every value an operator may change comes from the environment."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config.environment import ROOT, read_environment
from config.logging import logging_settings
from duli.growth.content.settings import *  # noqa: F403
from duli.platform.accounts.settings import *  # noqa: F403
from duli.platform.media.storage import StorageOptions

ENVIRONMENT = read_environment()
DATA_DIR = ENVIRONMENT.data_dir
SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = list(ENVIRONMENT.secret_key_fallbacks)
DEBUG = ENVIRONMENT.debug
DEMO = ENVIRONMENT.demo
if DEMO and str(ROOT) not in sys.path:
    # The providers to practise on lie beside the software and are not installed with it.
    sys.path.append(str(ROOT))
PUBLIC_URL = ENVIRONMENT.public_url
TRUSTED_PROXY_COUNT = ENVIRONMENT.trusted_proxy_count
API_CALLS_PER_MINUTE = ENVIRONMENT.api_calls_per_minute
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts) or ["127.0.0.1", "localhost", "[::1]", _public.hostname or ""]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
LOGGING = logging_settings(ENVIRONMENT.log_level)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "django_htmx",
    # Templates are looked for in this order: the storefront frames the account pages, which replace allauth's.
    "duli.web.storefront",
    "duli.platform.audit",
    "duli.platform.store",
    "duli.platform.accounts",
    "duli.platform.desk",
    "duli.platform.tokens",
    "duli.platform.events",
    "duli.platform.jobs",
    "duli.platform.media",
    "duli.platform.mail",
    "duli.platform.sms",
    "duli.platform.language_models",
    "duli.platform.themes",
    "duli.platform.search",
    "duli.platform.redirects",
    "duli.commerce.catalogue",
    "duli.commerce.customers",
    "duli.commerce.inventory",
    "duli.commerce.pricing",
    "duli.commerce.shipping",
    "duli.commerce.payments",
    "duli.commerce.taxes",
    "duli.commerce.promotions",
    "duli.commerce.revisions",
    "duli.commerce.copywriting",
    "duli.commerce.orders",
    "duli.commerce.membership",
    "duli.commerce.flash_sales",
    "duli.commerce.referrals",
    "duli.commerce.checkout",
    "duli.commerce.downloads",
    "duli.commerce.reconciliation",
    "duli.commerce.fapiao",
    "duli.commerce.exchange",
    "duli.growth.content",
    "duli.growth.content.search",
    "duli.growth.notifications",
    "duli.growth.webhooks",
    "duli.growth.wishes",
    "duli.web.backoffice",
    "duli.web.api",
    # The editor of pages; its templates are dressed by those of `duli.web.backoffice`, which come before.
    "modelcluster",
    "taggit",
    "wagtail",
    "wagtail.users",
    "wagtail.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    # These answer most requests; what stands below them is not reached by a page from the cache.
    "config.health.HealthMiddleware",
    "duli.web.backoffice.bell.BellMiddleware",
    "duli.web.storefront.middleware.StorefrontMiddleware",
    "config.errors.RefusalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "duli.web.backoffice.content.middleware.ContentMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:"],
        "media-src": ["'self'", "https:"],
        "frame-src": ["'self'", "https:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # A form may be answered with the way to a payment page, and browsers check that too.
        "form-action": ["'self'", "https:", *([PUBLIC_URL] if _public.scheme == "http" else [])],
        "frame-ancestors": ["'self'"],
    }
}

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The shop's face dresses the accounts' pages: its "account/base.html" comes before theirs.
        "DIRS": [ROOT / "duli" / "web" / "storefront" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Read ``postgresql://user:password@host:port/name`` or ``sqlite:///path``; empty means SQLite in DATA_DIR."""
    parts = urlsplit(url)
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": False,
            # Our statements are short: compiling them costs more than they do, and so does planning a prepared one
            # (they find rows by key) for its values first.
            "OPTIONS": {"options": "-c jit=off -c plan_cache_mode=force_generic_plan"},
        }
    path = unquote(parts.path) if url else str(DATA_DIR / "duli.sqlite3")
    return {
        "ENGINE": "config.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            " PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;",
        },
        "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
    }


DATABASES = {"default": _database(ENVIRONMENT.database_url)}
# PostgreSQL keeps the plans of the statements of a sale; not behind a pooler that deals out servers by transaction.
DATABASE_PREPARE = ENVIRONMENT.database_prepare

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENVIRONMENT.redis_url}
    if ENVIRONMENT.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "duli"}
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

# Modules that register themselves with the registries; other packages are found by their entry points.
DULI_PLUGINS = [
    "duli.plugins.ai_openai",
    "duli.plugins.carrier_aftership",
    "duli.plugins.carrier_easypost",
    "duli.plugins.carrier_kuaidi100",
    "duli.plugins.carrier_seventeentrack",
    "duli.plugins.fapiao_nuonuo",
    "duli.plugins.image_fetch_http",
    "duli.plugins.media_s3",
    "duli.plugins.payment_alipay",
    "duli.plugins.payment_antom",
    "duli.plugins.payment_offline",
    "duli.plugins.payment_paypal",
    "duli.plugins.payment_sandbox",
    "duli.plugins.payment_stripe",
    "duli.plugins.payment_wechatpay",
    "duli.plugins.sms_aliyun",
    "duli.plugins.sms_tencent",
    "duli.plugins.sms_twilio",
    "duli.plugins.vat_registers",
]
# Packages that speak but are no Django apps.
LOCALE_PATHS = [ROOT / "duli/base/locale"] + [ROOT / name.replace(".", "/") / "locale" for name in DULI_PLUGINS]

# Where VAT ids are asked about; empty means the registers themselves. HMRC answers applications with a token only. The
# demo asks the practice register inside the shop: nothing that somebody tries out is told to the European Commission.
VIES_URL, HMRC_URL, HMRC_TOKEN = ENVIRONMENT.vies_url, ENVIRONMENT.hmrc_url, ENVIRONMENT.hmrc_token
if DEMO and not VIES_URL:
    VIES_URL = f"{PUBLIC_URL}/sandbox-vat"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "duli.platform.accounts.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
# A plugin's scripts, under its own name.
STATICFILES_DIRS = sorted(ROOT.glob("duli/plugins/*/static"))
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.static.HashedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_URL = "/media/"
# Elsewhere than in a folder, this one only holds what is on its way there.
_media = urlsplit(ENVIRONMENT.media_url)
MEDIA_ROOT = Path(unquote(_media.path)) if _media.scheme == "file" else DATA_DIR / "media"
MEDIA_STORAGE = StorageOptions(
    url=ENVIRONMENT.media_url,
    endpoint=ENVIRONMENT.media_endpoint,
    region=ENVIRONMENT.media_region,
    access_key=ENVIRONMENT.media_access_key,
    secret_key=ENVIRONMENT.media_secret_key,
)

FORM_RENDERER = "duli.platform.store.widgets.Renderer"
SESSION_ENGINE = "duli.platform.accounts.session_store"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _public.scheme == "https"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A product of 2,000 variants is one form; the limit in bytes above still holds.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 25_000
WEBHOOKS_TO_PRIVATE_ADDRESSES = ENVIRONMENT.webhooks_to_private_addresses
REVISIONS_PER_PRODUCT = max(ENVIRONMENT.revisions_per_product, 2)
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
WAGTAILADMIN_BASE_URL = PUBLIC_URL
