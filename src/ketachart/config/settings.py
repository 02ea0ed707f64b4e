"""Settings, all from the environment: KETACHART_DATA, KETACHART_DATABASE_URL, KETACHART_PUBLIC_URL, KETACHART_SECRET."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from ketachart.config.database import database_from
from ketachart.config.secret import secret_from
from ketachart.web.security import CONTENT_SECURITY_POLICY  # noqa: F401  django-csp reads it here
from ketachart.web.sign_in_settings import SIGN_IN

DATA = Path(os.environ.get("KETACHART_DATA", "var")).resolve()
DATA.mkdir(parents=True, exist_ok=True, mode=0o700)

PUBLIC_URL = os.environ.get("KETACHART_PUBLIC_URL", "http://127.0.0.1:8000")
_PUBLIC = urlsplit(PUBLIC_URL)
OVER_TLS = _PUBLIC.scheme == "https"

SECRET_KEY = secret_from(os.environ, DATA)
DEBUG = False
ALLOWED_HOSTS = [_PUBLIC.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_PUBLIC.scheme}://{_PUBLIC.netloc}"]

ROOT_URLCONF = "ketachart.config.urls"
AUTH_USER_MODEL = "record.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "ketachart.record",
    "ketachart.web",  # before allauth: its sign-in pages are drawn with our templates
    "ketachart.policy",
    "ketachart.people",
    "ketachart.treatment",
    "ketachart.scales",
    "ketachart.intake",
    "ketachart.formulary",
    "ketachart.course",
    "ketachart.schedule",
    "ketachart.education",
    "ketachart.aftercare",
    "ketachart.registry",
    "ketachart.devices",
    "ketachart.desk",
    "allauth",
    "allauth.account",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "ketachart.web.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ketachart.web.errors.RefusedMiddleware",
    "ketachart.web.gates.GateMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ketachart.web.context.shell",
            ],
        },
    }
]

DATABASES = {"default": database_from(os.environ.get("KETACHART_DATABASE_URL"), DATA)}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

globals().update(SIGN_IN)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = OVER_TLS
CSRF_COOKIE_SAMESITE = "Strict"
SECURE_HSTS_SECONDS = 31_536_000 if OVER_TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OVER_TLS else None

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ketachart.web.static_files.VersionedFiles"},
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "ketachart.config.logs.WithoutContents",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"ketachart": {"level": "INFO"}},
}
