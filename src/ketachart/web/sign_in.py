"""Signing in, on django-allauth: name or e-mail and password, rate-limited. Accounts are made by the clinic alone.

Second factors and passkeys are `allauth.mfa`: installed with the same library, not switched on.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import LoginForm
from django.http import HttpRequest
from django.urls import URLPattern, path

from ketachart.record.models import User
from ketachart.web.gates import allow, public


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: Any) -> User | None:
        """The person with their clinic in one statement: every page needs both."""
        user = User.objects.select_related("clinic").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


WRONG = "The username or the password is wrong. Check both; capital letters count in the password."


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "too_many_login_attempts": "Too many tries. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SignInForm(LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


# Only these pages of allauth exist; the names are the ones that allauth itself looks up.
urlpatterns: list[URLPattern] = [
    path("accounts/login/", public(views.login), name="account_login"),
    path("accounts/logout/", public(views.logout), name="account_logout"),
    path("accounts/password/", allow("web.signed_in")(views.password_change), name="account_change_password"),
    path("accounts/confirm/", allow("web.signed_in")(views.reauthenticate), name="account_reauthenticate"),
]
