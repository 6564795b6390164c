"""The three pages of a forgotten password, and asking for the password again.

Every other account page is allauth's view with our form and template.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.mixins import NextRedirectMixin
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView

from duli.platform.accounts.forms import ConfirmCodeForm, NewPasswordForm, ResetPasswordForm
from duli.platform.accounts.reset import PasswordReset
from duli.platform.accounts.selectors import reachable_user


@method_decorator(never_cache, name="dispatch")
class ResetRequestView(NextRedirectMixin, FormView):  # type: ignore[misc]
    """Which address?"""

    template_name = "account/password_reset.html"
    form_class = ResetPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        typed = form.cleaned_data["login"]
        refusal = ratelimit.consume_or_429(self.request, action="reset_password", key=typed)
        if refusal:
            return refusal
        email, phone = form.cleaned_data["email"], form.cleaned_data["phone"]
        PasswordReset.begin(self.request, user=reachable_user(email=email, phone=phone), email=email, phone=phone)
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_password_reset_code")))


class _UnderWayView(NextRedirectMixin, FormView):  # type: ignore[misc]
    """A page that makes sense only after the one before it."""

    confirmed: bool
    elsewhere: str

    @method_decorator(never_cache)
    @method_decorator(sensitive_post_parameters("code", "password1"))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        process = PasswordReset.resume(request)
        if process is None:
            return HttpResponseRedirect(self.passthrough_next_url(reverse("account_reset_password")))
        if process.is_confirmed != self.confirmed:
            return HttpResponseRedirect(self.passthrough_next_url(reverse(self.elsewhere)))
        self.process = process
        return super().dispatch(request, *args, **kwargs)


class ResetCodeView(_UnderWayView):
    """Which code?"""

    template_name = "account/confirm_password_reset_code.html"
    form_class = ConfirmCodeForm
    confirmed = False
    elsewhere = "account_complete_password_reset"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "code": self.process.code}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "recipient": self.process.recipient, "verify_form": context["form"]}

    def form_valid(self, form: Any) -> HttpResponse:
        self.process.confirm()
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_complete_password_reset")))

    def form_invalid(self, form: Any) -> HttpResponse:
        if self.process.record_invalid_attempt():
            return super().form_invalid(form)
        adapter = get_adapter(self.request)
        adapter.add_message(self.request, messages.ERROR, message=adapter.error_messages["too_many_login_attempts"])
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_reset_password")))


class NewPasswordView(_UnderWayView):
    """Which password from now on?"""

    template_name = "account/password_reset_from_key.html"
    form_class = NewPasswordForm
    confirmed = True
    elsewhere = "account_confirm_password_reset_code"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.process.user}

    def form_valid(self, form: Any) -> HttpResponse:
        form.save()
        return self.process.finish() or HttpResponseRedirect(reverse("account_login"))


class ReauthenticateView(allauth_views.ReauthenticateView):  # type: ignore[misc]
    """Goes back to the page that asked. allauth would repeat its form, at an address without the language."""

    def form_valid(self, form: Any) -> HttpResponse:
        self.request.session.pop(STATE_SESSION_KEY, None)
        response: HttpResponse = super().form_valid(form)
        return response


# The password is asked for before the form is shown, so that nothing typed there gets lost.
change_email = login_required(reauthentication_required(allauth_views.email))
change_phone = login_required(reauthentication_required(allauth_views.change_phone))
