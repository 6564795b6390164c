"""How parcels are sent: zones, their methods, and what each costs in each currency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.money import format_money
from duli.base.text import slugify
from duli.commerce.shipping.carriers import CARRIERS
from duli.commerce.shipping.configuration import provider_name
from duli.commerce.shipping.label_seller import sellers
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.services import EVERYWHERE, delete_method, delete_zone, save_method, save_zone
from duli.commerce.shipping.types import ZoneNameTaken
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.countries import Countries
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Amount, Line, Prose, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.places import country_name
from duli.web.backoffice.screens.shipping_steps import Steps, read_steps, write_steps
from duli.web.backoffice.selectors.product_page import currencies
from duli.web.backoffice.shell import render

WHERE = {"some": _("These countries"), "rest": _("Everywhere else")}


def _cost(method: Method) -> str:
    """Write what a method costs: the first step of each currency's ladder."""
    language = get_language() or "en"
    parts = []
    if method.basis == Method.Basis.CARRIER:
        return provider_name(method.seller)
    for currency, ladder in method.rates.items():
        if ladder:
            words = format_money(ladder[0].get("minor") or 0, currency, language)
            parts.append(gettext("from %(amount)s") % {"amount": words} if len(ladder) > 1 else words)
    return " · ".join(parts)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_shipping(request: HttpRequest) -> HttpResponse:
    zones = [
        (
            zone,
            [country_name(code) for code in zone.countries if code != EVERYWHERE],
            [(method, _cost(method)) for method in zone.methods.all()],
        )
        for zone in Zone.objects.prefetch_related("methods")
    ]
    context = {"here": "settings", "zones": zones, "may_edit": allowed(request.user, "settings.edit")}
    return render(request, "backoffice/settings/shipping.html", context)


class ZoneForm(forms.Form):
    """Either named countries, or all that no other zone names."""

    name = Line(label=_("Name"), max_length=120, help_text=_("For you; shoppers do not see it."))
    where = forms.ChoiceField(label=_("Where"), choices=list(WHERE.items()))
    countries = Countries(
        label=_("Countries"), required=False, help_text=_("Names or two letters, with commas: Germany, HK.")
    )
    regions = Line(
        label=_("Regions"),
        max_length=1000,
        required=False,
        help_text=_("Only a part of the country: states or provinces, with commas. Empty: all of it."),
    )

    def clean_regions(self) -> list[str]:
        words = self.cleaned_data["regions"].replace("，", ",").replace("、", ",").split(",")
        return list(dict.fromkeys(word.strip() for word in words if word.strip()))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("where") == "some" and not values.get("countries") and "countries" not in self.errors:
            self.add_error("countries", _("Name at least one country."))
        return values

    def facts(self) -> dict[str, Any]:
        """Return what the verb takes."""
        values = self.cleaned_data
        if values["where"] == "rest":
            return {"name": values["name"], "countries": [EVERYWHERE], "regions": []}
        return {name: values[name] for name in ("name", "countries", "regions")}


def _zone(zone_id: int) -> Zone:
    zone = Zone.objects.filter(pk=zone_id).first()
    if zone is None:
        raise NotFound()
    return zone


def _stored_zone(zone_id: int) -> dict[str, Any]:
    zone = _zone(zone_id)
    return {
        "name": zone.name,
        "where": "rest" if EVERYWHERE in zone.countries else "some",
        "countries": ", ".join(code for code in zone.countries if code != EVERYWHERE),
        "regions": ", ".join(zone.regions),
    }


@screen("settings.view", write="settings.edit")
def settings_zone_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("New shipping zone"),
        consequence=_("Countries that parcels reach in the same way. Then say how, and for how much."),
        submit=_("Add zone"),
        back=reverse("backoffice:settings_shipping"),
    )
    form = ZoneForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        # One of the same name would be changed instead.
        if Zone.objects.filter(name=values["name"]).exists():
            raise ZoneNameTaken(field="name")
        save_zone(**form.facts(), position=Zone.objects.count(), actor=actor_of(request))
        return Done(gettext("“%(name)s” was added") % {"name": values["name"]})

    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("settings.view", write="settings.edit")
def settings_zone(request: HttpRequest, zone_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    stored = _stored_zone(zone_id)
    dialog = Dialog(
        title=gettext("Shipping zone “%(name)s”") % {"name": stored["name"]},
        submit=_("Save"),
        back=reverse("backoffice:settings_shipping"),
    )
    form = ZoneForm(request.POST if request.method == "POST" else None, initial=stored)
    guard = Guard(request, form, lambda: _stored_zone(zone_id))

    def act(values: dict[str, Any]) -> Done:
        save_zone(zone_id=zone_id, **form.facts(), actor=actor_of(request), seen=guard.check)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.view", write="settings.edit")
def settings_zone_delete(request: HttpRequest, zone_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=gettext("Remove the zone “%(name)s”?") % {"name": _zone(zone_id).name},
        consequence=_("Shoppers from there cannot order any more, unless another zone serves them. Orders stay."),
        submit=_("Remove the zone"),
        back=reverse("backoffice:settings_shipping"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_zone(zone_id=zone_id, actor=actor_of(request))
        return Done(gettext("The zone is gone"))

    return run_verb(request, dialog, _nothing(request), act, {"here": "settings"})


def _nothing(request: HttpRequest) -> forms.Form:
    return forms.Form(request.POST if request.method == "POST" else None)


@screen("settings.view", write="settings.edit")
def settings_method_delete(request: HttpRequest, method_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    method = _method(method_id)
    dialog = Dialog(
        title=gettext("Remove “%(name)s”?") % {"name": method.name},
        consequence=_("Shoppers cannot choose it any more. Orders that were placed with it stay what they are."),
        submit=_("Remove"),
        back=reverse("backoffice:settings_shipping"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_method(method_id=method_id, actor=actor_of(request))
        return Done(gettext("“%(name)s” was removed") % {"name": method.name})

    return run_verb(request, dialog, _nothing(request), act, {"here": "settings"})


class MethodForm(forms.Form):
    """A price per currency, and further steps of it by weight, value or number."""

    name = Line(label=_("Name"), max_length=120, help_text=_("As shoppers read it."))
    description = Line(label=_("Description"), max_length=255, required=False)
    carrier = forms.ChoiceField(
        label=_("Carrier"), required=False, choices=lambda: [("", _("Any")), *((c.code, c.name) for c in CARRIERS)]
    )
    min_days = forms.IntegerField(label=_("Days, at least"), min_value=0, max_value=365)
    max_days = forms.IntegerField(label=_("Days, at most"), min_value=0, max_value=365)
    is_active = forms.BooleanField(label=_("Offered to shoppers"), required=False)
    is_pickup = forms.BooleanField(
        label=_("Shoppers fetch it themselves"),
        required=False,
        help_text=_("At a location that takes part; set its hours under Settings › Locations."),
    )
    cutoff = forms.TimeField(
        label=_("Leaves the same day until"),
        required=False,
        help_text=_("Empty: as the location says."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    handling_days = forms.IntegerField(
        label=_("Working days until it leaves"), min_value=0, max_value=60, required=False
    )
    on_weekdays = forms.BooleanField(label=_("Its days are Monday to Friday"), required=False)
    basis = forms.ChoiceField(
        label=_("What the price depends on"), choices=Method.Basis.choices, initial=Method.Basis.FLAT, required=False
    )
    seller = forms.ChoiceField(
        label=_("Whose prices"),
        required=False,
        choices=lambda: [("", _("None")), *((code, provider_name(code)) for code, _seller in sellers)],
        help_text=_("Set up under Settings › Tracking and labels. While it does not answer, the prices below count."),
    )
    live_services = Prose(
        label=_("Only these services"),
        max_length=2000,
        required=False,
        rows=2,
        help_text=_("One a line, as the service calls them: USPS/Priority. Empty: the cheapest of all."),
    )
    markup = forms.DecimalField(
        label=_("Markup, %"), min_value=0, max_value=500, max_digits=5, decimal_places=2, required=False
    )

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
            self.fields[f"fee_{code}"] = Amount(
                label=gettext("Handling fee, %(currency)s") % {"currency": code},
                currency=code,
                required=False,
                help_text=_("Added to the carrier's price."),
            )
            self.fields[f"steps_{code}"] = Steps(
                label=gettext("Further steps, %(currency)s") % {"currency": code},
                max_length=4000,
                required=False,
                help_text=_(
                    "From how many kg, what value or how many items on. No price: from there on nothing is sent."
                ),
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("min_days") is not None and (values.get("max_days") or 0) < values["min_days"]:
            self.add_error("max_days", _("This must not be less than the number before it."))
        if values.get("basis") == Method.Basis.CARRIER:
            self._check_live(values)
        basis = values.get("basis") or str(self.initial.get("basis", "")) or Method.Basis.FLAT
        for code in currencies():
            name = f"steps_{code}"
            omitted = self.fields[name].widget.value_omitted_from_data(self.data, self.files, name)
            if omitted or name in self.errors or "basis" in self.errors:
                values.pop(name, None)
                continue
            try:
                values[name] = read_steps(values.get(name) or "", basis, code)
            except ValidationError as error:
                self.add_error(name, error)
                continue
            if values[name] and basis == Method.Basis.FLAT:
                self.add_error(name, _("One price for every parcel has no steps: choose what it depends on."))
            elif values[name] and values.get(f"price_{code}") is None:
                self.add_error(f"price_{code}", _("Steps go on from a first price."))
        return values

    def _check_live(self, values: dict[str, Any]) -> None:
        if not values.get("seller"):
            self.add_error("seller", _("Say whose prices it takes."))
        if all(values.get(f"price_{code}") is None for code in currencies()):
            self.add_error(
                f"price_{currencies()[0]}", _("Enter a price for the time in which the carrier does not answer.")
            )

    def live(self) -> dict[str, Any]:
        """Return what belongs to the carrier's own prices, as the verb takes it; nothing where the page did not ask."""
        if "seller" not in self.data:
            return {}
        values = self.cleaned_data
        lines = (line.strip()[:160] for line in values["live_services"].splitlines())
        return {
            "seller": values["seller"],
            "live_services": list(dict.fromkeys(filter(None, lines))),
            "markup_basis_points": int((values["markup"] or 0) * 100),
            "handling": {code: values[f"fee_{code}"] for code in currencies() if values[f"fee_{code}"] is not None},
        }


METHOD_FIELDS = (
    *("name", "description", "carrier", "min_days", "max_days", "is_active", "basis"),
    *("is_pickup", "cutoff", "handling_days", "on_weekdays"),
)


def _save(
    zone: Zone, code: str, before: Method | None, form: MethodForm, position: int, guard: Guard | None = None
) -> None:
    values = form.cleaned_data
    rates = dict(before.rates) if before else {}
    free = dict(before.free_over) if before else {}
    for currency in currencies():
        price, over = values[f"price_{currency}"], values[f"free_{currency}"]
        if price is None:
            rates.pop(currency, None)
        else:
            first, *rest = rates.get(currency) or [{"from": 0}]
            rates[currency] = [{**first, "minor": price}, *values.get(f"steps_{currency}", rest)]
        if over is None:
            free.pop(currency, None)
        else:
            free[currency] = over
    fields = {**{name: values[name] for name in METHOD_FIELDS}, **form.live()}
    if not fields["basis"]:
        del fields["basis"]
    fields["handling_days"] = fields["handling_days"] or 0
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
        _save(method.zone, method.code, method, form, method.position, guard)
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
    found: dict[str, Any] = {name: getattr(method, name) for name in METHOD_FIELDS}
    found |= {
        "seller": method.seller,
        "live_services": "\n".join(method.live_services),
        "markup": f"{method.markup_basis_points / 100:g}" if method.markup_basis_points else "",
    }
    for code in currencies():
        ladder = method.rates.get(code) or []
        found[f"price_{code}"] = amount_text(ladder[0].get("minor"), code) if ladder else ""
        found[f"steps_{code}"] = write_steps(ladder[1:], method.basis, code)
        found[f"fee_{code}"] = amount_text(method.handling.get(code), code)
        found[f"free_{code}"] = amount_text(method.free_over.get(code), code)
    return found


@screen("settings.view", write="settings.edit")
def settings_method_new(request: HttpRequest, zone_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    zone = _zone(zone_id)
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
        _save(zone, code, None, form, len(taken))
        return Done(gettext("“%(name)s” was added") % {"name": values["name"]})

    return run_verb(request, dialog, form, act, {"here": "settings"})
