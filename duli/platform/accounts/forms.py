"""The forms of the account pages: one field for e-mail or phone, one password, one code."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.text import one_line
from duli.platform.accounts.identifiers import identify, phone_of
from duli.platform.accounts.models import User
from duli.platform.accounts.selectors import reachable_user, verified_user
from duli.platform.accounts.services import MAXIMUM_PASSWORD, sign_up
from duli.platform.accounts.types import AddressTaken
from duli.platform.sms.configuration import may_go_to
from duli.platform.sms.numbers import country_of
from duli.platform.sms.selectors import can_send_sms, is_on
from duli.platform.sms.services import standing_limit
from duli.platform.sms.states import Purpose, Reason


def _identifier_field() -> forms.CharField:
    with_phone = can_send_sms()
    return forms.CharField(
        label=_("E-mail or phone number") if with_phone else _("E-mail"),
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "inputmode": "text" if with_phone else "email",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


def _password_field(label: Any, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MAXIMUM_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def _new_password_field(label: Any) -> allauth_forms.SetPasswordField:
    field = allauth_forms.SetPasswordField(label=label, max_length=MAXIMUM_PASSWORD, help_text=_PASSWORD_HELP)
    field.widget.attrs.pop("placeholder", None)
    return field


_PASSWORD_HELP = _("At least 8 characters, and none that everybody uses.")


class PhoneField(forms.CharField):
    """A phone number in any way of writing; cleaned to E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone number"))
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        number = phone_of(typed) if typed else ""
        if typed and not number:
            raise forms.ValidationError(_("This is not a phone number."), code="invalid_phone")
        return number


def check_texting(phone: str) -> None:
    """Raise ValidationError if no code would reach a number: by its country, or because a limit is reached."""
    if phone and is_on() and not may_go_to(country_of(phone)):
        raise forms.ValidationError(
            _("This shop sends no text messages to this country. Please use an e-mail address."), code="sms_country"
        )
    if not phone or not is_on():
        return
    limit = standing_limit(number=phone, country=country_of(phone), purpose=Purpose.CODE)
    if limit == Reason.NUMBER_LIMIT:
        raise forms.ValidationError(_("Too many codes went to this number. Please wait a little."), code="sms_limit")
    if limit is not None:
        raise forms.ValidationError(
            _("This shop can send no more codes today. Please use an e-mail address, or come back tomorrow."),
            code="sms_limit",
        )


def count_code(phone: str) -> None:
    """Count a code that is asked for by SMS; ValidationError once there were too many for this number or visitor."""
    if phone and not ratelimit.consume(context.request, action="sms_code", key=phone):
        raise get_adapter().validation_error("rate_limited")


class _IdentifierMixin:
    """Reads the field `login` into `email` or `phone` of the cleaned data, the other one empty."""

    cleaned_data: dict[str, Any]

    def clean_login(self) -> str:
        email, phone = identify(self.cleaned_data["login"])
        if not email and not phone:
            raise get_adapter().validation_error("invalid_login")
        self.cleaned_data["email"], self.cleaned_data["phone"] = email, phone
        return email or phone


class LoginForm(_IdentifierMixin, allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _identifier_field()
        self.fields["password"] = _password_field(_("Password"), "current-password")
        self.order_fields(["login", "password"])


class SignupForm(_IdentifierMixin, allauth_forms.SignupForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["email"]
        del self.fields["phone"]
        self.fields["login"] = _identifier_field()
        self.fields["name"] = forms.CharField(
            label=_("Your name"),
            max_length=120,
            required=False,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )
        self.fields["password1"] = _password_field(_("Password"), "new-password")
        self.fields["password1"].help_text = _PASSWORD_HELP
        self.order_fields(["login", "name", "password1"])

    def clean_login(self) -> str:
        typed = super().clean_login()
        if self.cleaned_data["phone"] and not can_send_sms():
            raise forms.ValidationError(_("This shop cannot send text messages yet. Please use an e-mail address."))
        check_texting(self.cleaned_data["phone"])
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        email, phone = cleaned.get("email", ""), cleaned.get("phone", "")
        self.account_already_exists = verified_user(email=email, phone=phone) is not None
        return cleaned

    def try_save(self, request: HttpRequest) -> Any:
        if not self.account_already_exists:
            try:
                return self.save(request), None
            except AddressTaken:
                self.account_already_exists = True
        else:
            # As slow as a real one: the time of the answer must not tell either.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)

    def save(self, request: HttpRequest) -> User:
        return sign_up(
            email=self.cleaned_data["email"],
            phone=self.cleaned_data["phone"],
            name=one_line(self.cleaned_data["name"]),
            password=self.cleaned_data["password1"],
            language=get_language() or "",
        )


class LoginCodeForm(_IdentifierMixin, forms.Form):  # type: ignore[misc]
    """Asks for a code instead of a password."""

    action = "request_login_code"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user: User | None = None
        self.fields["login"] = _identifier_field()

    def clean_login(self) -> str:
        typed = super().clean_login()
        check_texting(self.cleaned_data["phone"])
        count_code(self.cleaned_data["phone"])
        if not ratelimit.consume(context.request, action=self.action, key=typed):
            raise get_adapter().validation_error("too_many_login_attempts")
        self._user = reachable_user(email=self.cleaned_data["email"], phone=self.cleaned_data["phone"])
        return typed


class ResetPasswordForm(_IdentifierMixin, forms.Form):  # type: ignore[misc]
    """Asks for a code with which the password can be set anew."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _identifier_field()


class ConfirmCodeForm(forms.Form):
    """Six digits. Without a user behind it (nobody has this address) no code is right."""

    def __init__(self, *args: Any, code: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = code
        self.fields["code"] = forms.CharField(
            label=pgettext_lazy("log in", "Code"),
            max_length=12,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "one-time-code",
                    "inputmode": "numeric",
                    "class": "account-code",
                    "autofocus": True,
                }
            ),
        )

    def clean_code(self) -> str:
        from django.utils.crypto import constant_time_compare

        digits = "".join(character for character in self.cleaned_data["code"] if character.isdigit())
        if not self._expected or not constant_time_compare(digits, self._expected):
            raise get_adapter().validation_error("incorrect_code")
        return digits


class ConfirmEmailForm(ConfirmCodeForm):
    def __init__(self, *args: Any, user: User | None = None, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self._email = email

    def clean_code(self) -> str:
        code = super().clean_code()
        owner = verified_user(email=self._email)
        if self._user is None or (owner and owner.pk != self._user.pk):
            raise get_adapter().validation_error("incorrect_code")
        return code


class ConfirmPhoneForm(ConfirmCodeForm):
    def __init__(self, *args: Any, user: User | None = None, phone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        self._phone = phone

    def clean_code(self) -> str:
        code = super().clean_code()
        owner = verified_user(phone=self._phone)
        if self._user is None or (owner and owner.pk != self._user.pk):
            raise get_adapter().validation_error("incorrect_code")
        return code


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["password1"] = _new_password_field(_("New password"))
        self.fields["password1"].user = self.user


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["oldpassword"] = _password_field(_("Current password"), "current-password")
        self.fields["password1"] = _new_password_field(_("New password"))
        self.fields["password1"].user = self.user


class NewEmailForm(allauth_forms.AddEmailForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New e-mail address")
        self.fields["email"].widget.attrs.pop("placeholder", None)


class NewPhoneForm(allauth_forms.ChangePhoneForm):  # type: ignore[misc]
    def clean_phone(self) -> str:
        if not can_send_sms():
            raise forms.ValidationError(_("This shop cannot send text messages yet. Please use an e-mail address."))
        phone: str = super().clean_phone()
        check_texting(phone)
        return phone


class ReauthenticateForm(allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = _password_field(_("Password"), "current-password")


class SecondStepForm(AuthenticateForm):  # type: ignore[misc]
    """A code of the app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = pgettext_lazy("log in", "Code")
        self.fields["code"].max_length = 32
        self.fields["code"].widget.attrs.pop("placeholder", None)
