"""Who is asked where parcels are: every service the shop knows, set up by the fields it names itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.shipping.following import account_forms
from duli.commerce.shipping.services import check_account, save_account
from duli.commerce.shipping.types import AccountForm
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.setup_fields import SetupForm, tell_check
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render


@screen("settings.view", methods=("GET", "HEAD"))
def settings_tracking(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "accounts": account_forms(),
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/tracking.html", context)


class AccountSetup(SetupForm):
    """The switch and the order, then one field for each thing the service wants to know."""

    enabled = forms.BooleanField(label=_("Follow parcels with it"), required=False)
    position = forms.IntegerField(
        label=_("Place in the list"),
        min_value=0,
        max_value=99,
        help_text=_("The first that follows a carrier is asked."),
    )


def _account(code: str) -> AccountForm:
    found = next((entry for entry in account_forms() if entry.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _stored(code: str) -> dict[str, Any]:
    account = _account(code)
    return {**account.values, "enabled": account.enabled, "position": account.position}


@screen("settings.view", write="settings.edit")
def settings_tracking_account(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    account = _account(code)
    form = AccountSetup(request.POST if request.method == "POST" else None, initial=_stored(code), account=account)
    guard = Guard(request, form, lambda: _stored(code))

    def act() -> HttpResponse:
        values = form.cleaned_data
        save_account(
            code=code,
            enabled=values["enabled"],
            position=values["position"],
            values=form.setup_values(),
            actor=actor_of(request),
            seen=guard.check,
        )
        toast(request, gettext("Saved"))
        return go_to(request, reverse("backoffice:settings_tracking_account", args=[code]))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "account": account,
        "form": form,
        "seen": guard.mark,
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/tracking_account.html", context, status=status)


@screen("settings.view", write="settings.edit", methods=("POST",))
def settings_tracking_check(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the service whether the stored keys are right, and say what it answers."""
    known = _account(code).code
    return tell_check(
        request, lambda: check_account(code=known), back=reverse("backoffice:settings_tracking_account", args=[code])
    )
