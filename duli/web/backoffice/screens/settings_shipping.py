"""How parcels are sent: zones, their methods, and what each costs in each currency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.money import format_money
from duli.base.text import slugify
from duli.commerce.shipping.carriers import CARRIERS
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.services import save_method
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.selectors.product_page import currencies
from duli.web.backoffice.shell import render


def _cost(method: Method) -> str:
    """Write what a method costs: the first step of each currency's ladder."""
    language = get_language() or "en"
    parts = []
    for currency, ladder in method.rates.items():
        if ladder:
            words = format_money(ladder[0].get("minor") or 0, currency, language)
            parts.append(gettext("from %(amount)s") % {"amount": words} if len(ladder) > 1 else words)
    return " · ".join(parts)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_shipping(request: HttpRequest) -> HttpResponse:
    zones = [
        (zone, [(method, _cost(method)) for method in zone.methods.all()])
        for zone in Zone.objects.prefetch_related("methods")
    ]
    context = {"here": "settings", "zones": zones, "may_edit": allowed(request.user, "settings.edit")}
    return render(request, "backoffice/settings/shipping.html", context)


class MethodForm(forms.Form):
    """A price per currency; a ladder by weight or value keeps its other steps, only the first is changed here."""

    name = Line(label=_("Name"), max_length=120, help_text=_("As shoppers read it."))
    description = Line(label=_("Description"), max_length=255, required=False)
    carrier = forms.ChoiceField(
        label=_("Carrier"), required=False, choices=lambda: [("", _("Any")), *((c.code, c.name) for c in CARRIERS)]
    )
    min_days = forms.IntegerField(label=_("Days, at least"), min_value=0, max_value=365)
    max_days = forms.IntegerField(label=_("Days, at most"), min_value=0, max_value=365)
    is_active = forms.BooleanField(label=_("Offered to shoppers"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in currencies():
            self.fields[f"price_{code}"] = Amount(
                label=gettext("Price, %(currency)s") % {"currency": code},
                currency=code,
                required=False,
                help_text=_("Empty: converted from the store's own currency by the market's rate."),
            )
            self.fields[f"free_{code}"] = Amount(
                label=gettext("Free from, %(currency)s") % {"currency": code},
                currency=code,
                required=False,
                help_text=_("Value of the goods; empty means never."),
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("min_days") is not None and (values.get("max_days") or 0) < values["min_days"]:
            self.add_error("max_days", _("This must not be less than the number before it."))
        return values


def _save(
    zone: Zone, code: str, before: Method | None, values: dict[str, Any], position: int, guard: Guard | None = None
) -> None:
    rates = dict(before.rates) if before else {}
    free = dict(before.free_over) if before else {}
    for currency in currencies():
        price, over = values[f"price_{currency}"], values[f"free_{currency}"]
        ladder = list(rates.get(currency) or [])
        if price is None:
            rates.pop(currency, None)
        else:
            first = {**(ladder[0] if ladder else {"from": 0}), "minor": price}
            rates[currency] = [first, *ladder[1:]]
        if over is None:
            free.pop(currency, None)
        else:
            free[currency] = over
    names = ("name", "description", "carrier", "min_days", "max_days", "is_active")
    fields = {name: values[name] for name in names}
    seen = guard.check if guard else None
    save_method(zone_id=zone.pk, code=code, rates=rates, free_over=free, position=position, seen=seen, **fields)


@screen("settings.view", write="settings.edit")
def settings_method(request: HttpRequest, method_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    method = _method(method_id)
    dialog = Dialog(
        title=gettext("Shipping method “%(name)s”") % {"name": method.name},
        submit=_("Save"),
        back=reverse("backoffice:settings_shipping"),
        wide=True,
        template="backoffice/settings/method.html",
    )
    form = MethodForm(request.POST if request.method == "POST" else None, initial=_stored(method_id))
    guard = Guard(request, form, lambda: _stored(method_id))

    def act(values: dict[str, Any]) -> Done:
        _save(method.zone, method.code, method, values, method.position, guard)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


def _method(method_id: int) -> Method:
    method = Method.objects.select_related("zone").filter(pk=method_id).first()
    if method is None:
        raise NotFound()
    return method


def _stored(method_id: int) -> dict[str, Any]:
    """Return what the form of a method begins with."""
    method = _method(method_id)
    names = ("name", "description", "carrier", "min_days", "max_days", "is_active")
    found: dict[str, Any] = {name: getattr(method, name) for name in names}
    for code in currencies():
        ladder = method.rates.get(code) or []
        found[f"price_{code}"] = amount_text(ladder[0].get("minor"), code) if ladder else ""
        found[f"free_{code}"] = amount_text(method.free_over.get(code), code)
    return found


@screen("settings.view", write="settings.edit")
def settings_method_new(request: HttpRequest, zone_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    zone = Zone.objects.filter(pk=zone_id).first()
    if zone is None:
        raise NotFound()
    dialog = Dialog(
        title=gettext("New shipping method in “%(zone)s”") % {"zone": zone.name},
        submit=_("Add method"),
        back=reverse("backoffice:settings_shipping"),
        wide=True,
        template="backoffice/settings/method.html",
    )
    initial = {"is_active": True, "min_days": 1, "max_days": 3}
    form = MethodForm(request.POST) if request.method == "POST" else MethodForm(initial=initial)

    def act(values: dict[str, Any]) -> Done:
        taken = set(zone.methods.values_list("code", flat=True))
        base = slugify(values["name"])[:32] or "method"
        code, number = base, 2
        while code in taken:
            code, number = f"{base}-{number}", number + 1
        _save(zone, code, None, values, len(taken))
        return Done(gettext("“%(name)s” was added") % {"name": values["name"]})

    return run_verb(request, dialog, form, act, {"here": "settings"})
