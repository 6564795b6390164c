"""What shoppers can pay with: every gateway the shop knows, set up by the fields it names itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound
from duli.commerce.payments.gateway import SettingField
from duli.commerce.payments.selectors import gateway_forms
from duli.commerce.payments.services import save_gateway
from duli.commerce.payments.types import GatewayForm
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import go_to, note_error
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render

OWN = {"enabled", "test_mode", "position"}


@screen("settings.view", methods=("GET", "HEAD"))
def settings_payments(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "gateways": gateway_forms(get_language() or "en"),
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/payments.html", context)


class SetupForm(forms.Form):
    """The switch and the order, then one field for each thing the gateway wants to know."""

    enabled = forms.BooleanField(label=_("Offered to shoppers"), required=False)
    test_mode = forms.BooleanField(
        label=_("Practice only"), required=False, help_text=_("No real money moves; shoppers see a notice.")
    )
    position = forms.IntegerField(label=_("Place in the list"), min_value=0, max_value=99)

    def __init__(self, *args: Any, gateway: GatewayForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [entry.name for entry in gateway.fields if entry.name not in OWN]
        for entry in gateway.fields:
            if entry.name not in OWN:
                self.fields[entry.name] = _field(entry, entry.name in gateway.secrets_set)

    def setup_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]


def _field(entry: SettingField, is_set: bool) -> forms.Field:
    common: dict[str, Any] = {"label": entry.label, "help_text": entry.help, "required": False}
    if entry.kind == "multiline":
        return Prose(max_length=4000, **common)
    if entry.kind == "number":
        return forms.IntegerField(min_value=0, max_value=10**9, **common)
    if entry.kind == "choice":
        return forms.ChoiceField(choices=list(entry.choices), **common)
    if entry.kind == "secret":
        hint = gettext("Stored. Leave empty to keep it.") if is_set else ""
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": hint})
        return forms.CharField(max_length=4000, widget=widget, **common)
    return Line(max_length=4000, **common)


def _shown(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, (list, tuple, set, frozenset)) else value


def _gateway(code: str) -> GatewayForm:
    found = next((entry for entry in gateway_forms(get_language() or "en") if entry.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _stored(code: str) -> dict[str, Any]:
    gateway = _gateway(code)
    values = {name: _shown(value) for name, value in gateway.values.items()}
    return {**values, "enabled": gateway.enabled, "test_mode": gateway.test_mode, "position": gateway.position}


@screen("settings.view", write="settings.edit")
def settings_payment(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    gateway = _gateway(code)
    form = SetupForm(request.POST if request.method == "POST" else None, initial=_stored(code), gateway=gateway)
    guard = Guard(request, form, lambda: _stored(code))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                save_gateway(
                    code=code,
                    enabled=values["enabled"],
                    test_mode=values["test_mode"],
                    position=values["position"],
                    values={name: values[name] for name in form.names},
                    actor=actor_of(request),
                    seen=guard.check,
                )
            except DuliError as error:
                note_error(form, error)
                status = error.status
            else:
                toast(request, gettext("Saved"))
                return go_to(request, reverse("backoffice:settings_payments"))
    context = {
        "here": "settings",
        "gateway": gateway,
        "form": form,
        "seen": guard.mark,
        "may_edit": True,
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/payment.html", context, status=status)
