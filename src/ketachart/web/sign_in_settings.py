"""Settings of the sign-in, for config/settings.py. Nothing of Django is imported here: settings are read before it starts."""

from __future__ import annotations

from typing import Any, Final

SIGN_IN: Final[dict[str, Any]] = {
    "AUTHENTICATION_BACKENDS": ["ketachart.web.sign_in.AccountBackend"],
    "LOGIN_URL": "account_login",
    "LOGIN_REDIRECT_URL": "home",
    "ACCOUNT_ADAPTER": "ketachart.web.sign_in.AccountAdapter",
    "ACCOUNT_FORMS": {"login": "ketachart.web.sign_in.SignInForm"},
    "ACCOUNT_LOGIN_METHODS": {"username", "email"},
    "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "none",
    "ACCOUNT_LOGOUT_ON_GET": False,
    "ACCOUNT_LOGOUT_REDIRECT_URL": "home",
    "ACCOUNT_SESSION_REMEMBER": False,
    "ACCOUNT_PREVENT_ENUMERATION": True,
    "ACCOUNT_RATE_LIMITS": {
        "login": "60/m/ip",
        "login_failed": "10/m/ip,5/5m/key",
        "change_password": "5/m/user",
        "reauthenticate": "10/m/user",
    },
    "CSRF_FAILURE_VIEW": "ketachart.web.errors.csrf_failure",
}
