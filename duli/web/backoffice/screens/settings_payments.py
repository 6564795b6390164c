"""What shoppers can pay with: every gateway the shop knows, set up by the fields it names itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.payments.addresses import webhook_url
from duli.commerce.payments.gateway import SettingField
from duli.commerce.payments.rules import MethodRules
from duli.commerce.payments.selectors import gateway_forms
from duli.commerce.payments.services import check_gateway, save_gateway
from duli.commerce.payments.types import GatewayForm
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.forms import Amount, Line, Prose, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render

OWN = {"enabled", "test_mode", "position", "markets", "countries", "currencies", "groups"}


@screen("settings.view", methods=("GET", "HEAD"))
def settings_payments(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "gateways": gateway_forms(get_language() or "en"),
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/payments.html", context)


class SetupForm(forms.Form):
    """The switch and the order, one field for each thing the gateway wants to know, then the merchant's own rules."""

    enabled = forms.BooleanField(label=_("Offered to shoppers"), required=False)
    test_mode = forms.BooleanField(
        label=_("Practice only"), required=False, help_text=_("No real money moves; shoppers see a notice.")
    )
    position = forms.IntegerField(label=_("Place in the list"), min_value=0, max_value=99)
    markets = forms.MultipleChoiceField(
        label=_("Only in these markets"), required=False, widget=forms.CheckboxSelectMultiple
    )
    countries = Line(
        label=_("Only to these countries"),
        required=False,
        max_length=1000,
        help_text=_("Two-letter codes with commas, for example CN, DE. Leave empty to offer it in every country."),
    )
    groups = Line(
        label=_("Only to customers with one of these tags"),
        required=False,
        max_length=1000,
        help_text=_("With commas. Guests have none."),
    )

    def __init__(self, *args: Any, gateway: GatewayForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = markets()
        self.fields["markets"].choices = [(market.code, market.name) for market in known]  # type: ignore[attr-defined]
        self.currencies = list(dict.fromkeys(market.currency for market in known))
        self.names = [entry.name for entry in gateway.fields if entry.name not in OWN]
        for entry in gateway.fields:
            if entry.name not in OWN:
                self.fields[entry.name] = _field(entry, entry.name in gateway.secrets_set)
                if entry.required or entry.needed_if:
                    # What shoppers pay with has to be complete; until then it may be filled in bit by bit.
                    self.fields[entry.name].is_asked_with = "enabled"  # type: ignore[attr-defined]
        for currency in self.currencies:
            self.fields[f"minimum-{currency}"] = Amount(
                label=_("At least (%(currency)s)") % {"currency": currency}, currency=currency, required=False
            )
            self.fields[f"maximum-{currency}"] = Amount(
                label=_("At most (%(currency)s)") % {"currency": currency}, currency=currency, required=False
            )
        self.fields["currencies"] = forms.MultipleChoiceField(
            label=_("Only in these currencies"),
            required=False,
            choices=[(code, code) for code in self.currencies],
            widget=forms.CheckboxSelectMultiple,
        )

    def setup_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]

    def limit_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"minimum-{code}"], self[f"maximum-{code}"]) for code in self.currencies]

    def own_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names}

    def rules(self) -> MethodRules:
        values = self.cleaned_data

        def limits(kind: str) -> dict[str, int]:
            found = {code: values[f"{kind}-{code}"] for code in self.currencies}
            return {code: minor for code, minor in found.items() if minor is not None}

        return MethodRules(
            markets=tuple(values["markets"]),
            countries=tuple(sorted(set(_words(values["countries"].upper().replace(" ", ","))))),
            currencies=tuple(values["currencies"]),
            groups=tuple(_words(values["groups"])),
            minimum=limits("minimum"),
            maximum=limits("maximum"),
        )


def _words(text: str) -> list[str]:
    return [word for part in text.replace("，", ",").split(",") if (word := part.strip())]


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
        # A key is several lines long; what is stored is never written into the page again.
        widget = forms.Textarea(attrs={"autocomplete": "off", "spellcheck": "false", "rows": 2, "placeholder": hint})
        return Prose(max_length=8000, **{**common, "widget": widget})
    return Line(max_length=4000, **common)


def _gateway(code: str, *, for_test: bool | None) -> GatewayForm:
    forms_of_all = gateway_forms(get_language() or "en", for_test=for_test)
    found = next((entry for entry in forms_of_all if entry.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _stored(gateway: GatewayForm) -> dict[str, Any]:
    rules = gateway.rules
    return {
        **gateway.values,
        "enabled": gateway.enabled,
        "test_mode": gateway.test_mode,
        "position": gateway.position,
        "markets": list(rules.markets),
        "countries": ", ".join(rules.countries),
        "currencies": list(rules.currencies),
        "groups": ", ".join(rules.groups),
        **{f"minimum-{code}": amount_text(minor, code) for code, minor in rules.minimum.items()},
        **{f"maximum-{code}": amount_text(minor, code) for code, minor in rules.maximum.items()},
    }


def _wants_test_keys(request: HttpRequest) -> bool | None:
    return {"test": True, "live": False}.get(request.GET.get("keys", ""))


@screen("settings.view", write="settings.edit")
def settings_payment(request: HttpRequest, code: str) -> HttpResponse:
    """Set one method up: with keys for trying out and real ones where the provider has both (`?keys=test`)."""
    require(request.user, "settings.edit")
    for_test = _wants_test_keys(request)
    gateway = _gateway(code, for_test=for_test)
    form = SetupForm(request.POST if request.method == "POST" else None, initial=_stored(gateway), gateway=gateway)
    guard = Guard(request, form, lambda: _stored(_gateway(code, for_test=for_test)))

    def act() -> HttpResponse:
        values = form.cleaned_data
        save_gateway(
            code=code,
            enabled=values["enabled"],
            test_mode=values["test_mode"],
            position=values["position"],
            values=form.own_values(),
            rules=form.rules(),
            for_test=gateway.for_test,
            actor=actor_of(request),
            seen=guard.check,
        )
        toast(request, gettext("Saved"))
        return go_to(request, reverse("backoffice:settings_payments"))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "gateway": gateway,
        "form": form,
        "seen": guard.mark,
        "may_edit": True,
        "dirty": status != 200,
        "keys": "test" if gateway.for_test else "live",
        "webhook_url": webhook_url(code),
    }
    return render(request, "backoffice/settings/payment.html", context, status=status)


@screen("settings.view", write="settings.edit", methods=("POST",))
def settings_payment_check(request: HttpRequest, code: str) -> HttpResponse:
    """Try the stored keys at the provider and say what it answered."""
    require(request.user, "settings.edit")
    gateway = _gateway(code, for_test=_wants_test_keys(request))
    if not gateway.can_check:
        raise NotFound()
    try:
        account = check_gateway(code=code, for_test=gateway.for_test)
    except DuliError as error:
        toast(request, gettext("It does not work yet: %(problem)s") % {"problem": sentence(error)})
    else:
        words = gettext("The keys work: %(account)s") % {"account": account} if account else gettext("The keys work")
        toast(request, words)
    keys = "test" if gateway.for_test else "live"
    return go_to(request, f"{reverse('backoffice:settings_payment', args=[code])}?keys={keys}")
