"""Signing in, on django-allauth: name or e-mail and password, rate-limited. Accounts are made by the clinic alone.

config/settings.py takes SIGN_IN as it is. Second factors and passkeys are `allauth.mfa`, installed and not switched on.
"""

from __future__ import annotations

from typing import Any, Final

from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import URLPattern, path

from ketachart.web.gates import allow, public


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


SIGN_IN: Final[dict[str, Any]] = {
    "AUTHENTICATION_BACKENDS": [
        "django.contrib.auth.backends.ModelBackend",
        "allauth.account.auth_backends.AuthenticationBackend",
    ],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "home",
    "ACCOUNT_ADAPTER": "ketachart.web.sign_in.AccountAdapter",
    "ACCOUNT_LOGIN_METHODS": {"username", "email"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_LOGOUT_ON_GET": False,
    "ACCOUNT_LOGOUT_REDIRECT_URL": "home",
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_PREVENT_ENUMERATION": True,
    "ACCOUNT_RATE_LIMITS": {
        "login": "30/m/ip",
        "login_failed": "10/m/ip,5/5m/key",
        "change_password": "5/m/user",
        "reauthenticate": "10/m/user",
    },
    "CSRF_FAILURE_VIEW": "ketachart.web.errors.csrf_failure",
}


# Only these pages of allauth exist; the names are the ones that allauth itself looks up.
urlpatterns: list[URLPattern] = [
    path("sign-in/", public(views.login), name="account_login"),
    path("sign-out/", public(views.logout), name="account_logout"),
    path("account/password/", allow("web.signed_in")(views.password_change), name="account_change_password"),
    path("account/confirm/", allow("web.signed_in")(views.reauthenticate), name="account_reauthenticate"),
]
