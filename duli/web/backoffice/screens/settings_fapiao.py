"""Fapiao: the service that issues them, if one does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.fapiao.selectors import service_forms
from duli.commerce.fapiao.services import check_service, save_service
from duli.commerce.fapiao.types import ServiceForm
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.setup_fields import SetupForm, tell_check
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render


class AccountSetup(SetupForm):
    """The switches, then one field for each thing the service wants to know."""

    enabled = forms.BooleanField(
        label=_("Issue fapiao with it"),
        required=False,
        help_text=_("Red ones, and whatever it refuses, are still recorded by hand."),
    )
    by_itself = forms.BooleanField(
        label=_("As soon as an order is paid"),
        required=False,
        help_text=_("Else when somebody clicks on the order's page."),
    )


def _service(code: str) -> ServiceForm:
    found = next((entry for entry in service_forms() if entry.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _stored(code: str) -> dict[str, Any]:
    service = _service(code)
    return {**service.values, "enabled": service.enabled, "by_itself": service.by_itself}


@screen("settings.view", write="settings.edit")
def settings_fapiao_service(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    service = _service(code)
    form = AccountSetup(request.POST if request.method == "POST" else None, initial=_stored(code), account=service)
    guard = Guard(request, form, lambda: _stored(code))

    def act() -> HttpResponse:
        values = form.cleaned_data
        save_service(
            code=code,
            enabled=values["enabled"],
            by_itself=values["by_itself"],
            values=form.setup_values(),
            actor=actor_of(request),
            seen=guard.check,
        )
        toast(request, gettext("Saved"))
        return go_to(request, reverse("backoffice:settings_fapiao_service", args=[code]))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {"here": "settings", "service": service, "form": form, "seen": guard.mark, "dirty": status != 200}
    return render(request, "backoffice/fapiao/service.html", context, status=status)


@screen("settings.view", write="settings.edit", methods=("POST",))
def settings_fapiao_check(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the service whether the stored keys are right, and say what it answers."""
    known = _service(code).code
    return tell_check(
        request, lambda: check_service(code=known), back=reverse("backoffice:settings_fapiao_service", args=[code])
    )
