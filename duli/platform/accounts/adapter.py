"""Connects allauth to our user, our outbox and text messages."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.forms import Field
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language

from duli.base.ids import new_token
from duli.platform.accounts.messages import ERRORS, NOTICES
from duli.platform.accounts.models import User
from duli.platform.accounts.settings import CODE_MINUTES
from duli.platform.accounts.visitors import client_address
from duli.platform.mail import services as mail
from duli.platform.mail.compose import page_url
from duli.platform.store.selectors import current_store

# allauth's mail → our template.
TEMPLATES = {
    "account/email/email_confirmation": "verify",
    "account/email/email_confirmation_signup": "verify",
    "account/email/login_code": "verify",
    "account/email/password_reset_code": "reset",
    "account/email/account_already_exists": "account_exists",
    "account/email/password_changed": "password_changed",
    "account/email/password_set": "password_changed",
    "account/email/password_reset": "password_changed",
    "account/email/email_changed": "email_changed",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {**DefaultAccountAdapter.error_messages, **ERRORS}

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        template = TEMPLATES.get(template_prefix)
        if template:
            self._send(template, email, context.get("user"), code=context.get("code", ""))

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        self._send("verify", phone, user, code=code)

    def send_reset_code(self, user: User, *, email: str, phone: str, code: str) -> None:
        self._send("reset", email or phone, user, code=code)

    def send_account_already_exists_sms(self, phone: str) -> None:
        self._send("account_exists", phone, None)

    def _send(self, template: str, to: str, user: Any, code: str = "") -> None:
        language = get_language() or current_store().default_language
        context = {
            "code": code,
            "minutes": CODE_MINUTES,
            "name": getattr(user, "name", ""),
            "login_url": page_url("/account/login/", language),
            "reset_url": page_url("/account/password/reset/", language),
        }
        mail.send(template=template, to=to, language=language, context=context, key=f"{template}:{new_token()}")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        text = message or NOTICES.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return f"{get_script_prefix()}account/"

    get_signup_redirect_url = get_login_redirect_url

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return get_script_prefix()

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return f"{get_script_prefix()}account/"

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return f"{get_script_prefix()}account/" if self.request.user.is_authenticated else reverse("account_login")

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        if user.is_staff:
            from duli.platform.accounts.services.sessions import note_session

            note_session(request)

    def get_login_stages(self) -> list[str]:
        ours = "duli.platform.accounts.stages.ReachableStage"
        return [
            ours if name == "allauth.account.stages.EmailVerificationStage" else name
            for name in super().get_login_stages()
        ]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own leaves the phone out: strangers' failures would lock out everybody who uses one.
        return str(credentials.get("email") or credentials.get("phone") or credentials.get("username") or "").lower()

    def forget_failures(self, request: HttpRequest, *, phone: str) -> None:
        """Let somebody who has just proved a phone number try again at once."""
        self._delete_login_attempts_cached_email(request, phone=phone)

    def phone_form_field(self, **kwargs: Any) -> Field:
        from duli.platform.accounts.forms import PhoneField

        return PhoneField(**kwargs)

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        user.phone = phone
        user.phone_verified = verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: Any, phone: str) -> None:
        from duli.platform.accounts.services import prove_phone

        prove_phone(user=user, phone=phone)

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()
