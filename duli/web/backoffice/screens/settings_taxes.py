"""Rates of tax: one row for a class of goods in a place, from which day to which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.commerce.checkout.selectors import all_countries
from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.selectors import tax_classes, tax_rates
from duli.commerce.pricing.services import delete_tax_rate, put_tax_rate
from duli.commerce.pricing.tax_rates import EVERYWHERE
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.kit.cells import Pills, RowVerbs, Text
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import DayInput, Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.tax_words import KNOWN_CLASSES, STANDARD


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:f}".rstrip("0").rstrip(".") if "." in f"{rate * 100:f}" else f"{rate * 100:f}"


def _state(row: TaxRate, today: date) -> Pill:
    if row.valid_to is not None and row.valid_to < today:
        return Pill(pgettext("tax rate", "Ended"), "", "full")
    if row.valid_from > today:
        return Pill(_("To come"), "info", "half")
    return Pill(_("In force"), "ok", "full")


def _days(row: TaxRate) -> str:
    first = date_format(row.valid_from, "Y-m-d")
    return f"{first} – {date_format(row.valid_to, 'Y-m-d') if row.valid_to else ''}".strip()


def _place(row: TaxRate, names: Mapping[str, str]) -> str:
    """Say where a rate counts, the region aside."""
    country = gettext("Everywhere else") if row.country == EVERYWHERE else names.get(row.country, row.country)
    near = row.postcodes if len(row.postcodes) < 40 else f"{row.postcodes[:36]}…"
    return " · ".join(filter(None, [country, row.city, near]))


@screen("settings.view", methods=("GET", "HEAD"))
def settings_taxes(request: HttpRequest) -> HttpResponse:
    state = ListState(request)
    may_edit = allowed(request.user, "settings.edit")
    names = dict(all_countries(get_language() or "en"))
    wanted = state.query.strip().casefold()
    code = next((key for key, name in names.items() if wanted in {key.casefold(), name.casefold()}), "")
    rows: list[TaxRate] = []
    after = ""
    if not wanted or code:
        rows, after = cursors.page(tax_rates(code), order="country", after=state.after, limit=50)
    today = now().date()
    new = reverse("backoffice:settings_tax_new")
    columns: list[Column[TaxRate]] = [
        Column(_("Place"), lambda row: Text(_place(row, names), row.region), phone="wide"),
        Column(_("Class of goods"), lambda row: Text(str(KNOWN_CLASSES.get(row.tax_class, row.tax_class)))),
        Column(_("Rate of tax"), lambda row: Text(f"{row.name} {_percent(row.rate)}%"), align="end"),
        Column(_("In force from"), lambda row: Text(_days(row), muted=True), phone="hidden"),
        Column(_("State"), lambda row: Pills([_state(row, today)])),
    ]
    if may_edit:
        columns.append(
            Column(
                _("Actions"),
                lambda row: RowVerbs(
                    [
                        (_("Edit"), reverse("backoffice:settings_tax", args=[row.pk])),
                        (_("Delete…"), reverse("backoffice:settings_tax_delete", args=[row.pk])),
                    ]
                ),
                align="end",
                phone="end",
            )
        )
    listing = ResourceList(
        state,
        rows=rows,
        columns=columns,
        key=lambda row: row.pk,
        label=lambda row: f"{names.get(row.country, row.country)} {row.region} {_percent(row.rate)}%",
        after=after,
        search=_("Country"),
        caption=_("Rates of tax"),
        empty=Empty(
            _("No rate of tax yet"),
            _("Without a rate nothing is taxed. Add one for each country in which you charge tax."),
            "receipt-text",
            _("Add a rate") if may_edit else "",
            new if may_edit else "",
        ),
    )
    context = {"here": "settings", "list": listing, "new": new if may_edit else ""}
    return list_response(request, "backoffice/settings/taxes.html", context)


def _countries(language: str) -> list[tuple[str, str]]:
    return [(EVERYWHERE, gettext("Everywhere else")), *all_countries(language)]


class TaxForm(forms.Form):
    country = forms.ChoiceField(label=_("Country"), choices=lambda: _countries(get_language() or "en"))
    region = Line(
        label=_("Region"),
        max_length=20,
        required=False,
        help_text=_("Its code, such as NY; a rate of a region goes before that of its country. Empty: all of it."),
    )
    postcodes = Line(
        label=_("Postal codes"),
        max_length=500,
        required=False,
        help_text=_("Only there: 90210; 902* for all that begin so; 35000...35999 from one to another."),
    )
    city = Line(label=_("City"), max_length=80, required=False)
    tax_class = forms.ChoiceField(label=_("Class of goods"))
    name = Line(label=_("Name of the tax"), max_length=60, help_text=_("As invoices have it: VAT, 增值税, Sales tax."))
    percent = forms.DecimalField(label=_("Rate in percent"), min_value=0, max_value=100, max_digits=6, decimal_places=3)
    priority = forms.IntegerField(
        label=_("Place in the order of taxes"),
        min_value=1,
        max_value=99,
        required=False,
        initial=1,
        help_text=_("Taxes of different order on the same goods add up: 1 for the country's, 2 for the province's."),
    )
    compound = forms.BooleanField(label=_("On the price with the taxes before it"), required=False)
    included = forms.NullBooleanField(
        label=_("In the price"),
        widget=forms.Select(
            choices=[("", _("As prices of the market are")), ("True", _("Always")), ("False", _("Never"))]
        ),
    )
    valid_from = forms.DateField(label=_("First day"), widget=DayInput())
    valid_to = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DayInput(),
        help_text=_("The last day. Empty: until another rate begins."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys([*KNOWN_CLASSES, *tax_classes()])
        self.fields["tax_class"].choices = [  # type: ignore[attr-defined]
            (code, KNOWN_CLASSES.get(code, code)) for code in codes
        ]

    def clean_priority(self) -> int:
        return self.cleaned_data["priority"] or 1

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("This must not be before the first day."))
        return values


def _rate(rate_id: int) -> TaxRate:
    found = TaxRate.objects.filter(pk=rate_id).first()
    if found is None:
        raise NotFound()
    return found


@screen("settings.view", write="settings.edit")
def settings_tax(request: HttpRequest, rate_id: int = 0) -> HttpResponse:
    """Add a rate, or change one."""
    require(request.user, "settings.edit")
    row = _rate(rate_id) if rate_id else None
    dialog = Dialog(
        title=_("Rate of tax") if row else _("New rate of tax"),
        consequence=_("Counts for what is ordered from that day on. Orders that were placed keep what they were."),
        submit=_("Save"),
        back=reverse("backoffice:settings_taxes"),
    )

    def stored() -> dict[str, Any]:
        found = _rate(rate_id)
        names = (
            *("country", "region", "postcodes", "city", "tax_class", "name"),
            *("priority", "compound", "included", "valid_from", "valid_to"),
        )
        return {**{name: getattr(found, name) for name in names}, "percent": _percent(found.rate)}

    initial = stored() if row else {"country": "CN", "tax_class": STANDARD, "valid_from": now().date()}
    form = TaxForm(request.POST if request.method == "POST" else None, initial=initial)
    guard = Guard(request, form, stored) if row else None

    def act(values: dict[str, Any]) -> Done:
        percent = values.pop("percent")
        put_tax_rate(
            **values,
            rate=percent / Decimal(100),
            rate_id=rate_id or None,
            actor=actor_of(request),
            seen=guard.check if guard else None,
        )
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.view", write="settings.edit")
def settings_tax_delete(request: HttpRequest, rate_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    row = _rate(rate_id)
    place = " ".join(filter(None, [dict(all_countries(get_language() or "en")).get(row.country, ""), row.region]))
    dialog = Dialog(
        title=gettext("Delete the rate of %(place)s?") % {"place": place or row.country},
        consequence=_("Where no other rate counts, nothing is taxed from now on. Orders keep what they were."),
        submit=_("Delete"),
        back=reverse("backoffice:settings_taxes"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_tax_rate(rate_id=rate_id, actor=actor_of(request))
        return Done(gettext("Deleted"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})
