"""Where the shop is registered for tax, the limits of the law and how near it is to them, and the returns it files."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.money import Money
from duli.commerce.checkout.selectors import all_countries
from duli.commerce.orders.tax_limits import Counter, counters
from duli.commerce.orders.tax_report import ReportRow, report
from duli.commerce.taxes.models import DutyMode, Registration
from duli.commerce.taxes.selectors import DISTANCE, incomparable, limit, limits, profile, registrations
from duli.commerce.taxes.services import (
    delete_registration,
    import_rates,
    load_rates,
    put_registration,
    put_threshold,
    save_profile,
)
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.downloads import csv_response
from duli.web.backoffice.kit.forms import DayInput, Line
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.shell import render

LARGEST_TABLE = 20 * 1024 * 1024
LIMIT_NAMES: dict[str, str | Promise] = {
    "eu_distance": _("Sales to other EU countries in a year, before their rates count"),
    "ioss": _("Value of a parcel into the EU by IOSS"),
    "uk_import": _("Value of a parcel into the UK on which the seller charges VAT"),
    "uk_domestic": _("Sales in the UK in a year, before registration"),
    "au_import": _("Value of a parcel into Australia on which the seller charges GST"),
    "no_import": _("Value of goods into Norway on which the seller charges VAT (VOEC)"),
    "eu_duty_value": _("Value of a parcel into the EU with duty by customs code"),
    "eu_duty": _("EU duty for each customs code"),
    "us_nexus": _("Sales to a US state in a year, before registration"),
}


def counter_words(counter: Counter) -> tuple[str, str]:
    """Return which limit a counter is of, and what else it counts."""
    if counter.region:
        orders = ngettext("%(count)s order", "%(count)s orders", counter.orders or 0)
        return f"US {counter.region}", orders % {"count": counter.orders or 0}
    return gettext("Sales to other EU countries this year"), ""


def _quarter(text: str) -> tuple[date, date, str]:
    """Return first day, day after the last and name of a quarter ("2026-4") or month ("2026-11")."""
    today = now().date()
    year, dash, part = text.partition("-q")
    if not dash or not (year.isdigit() and part.isdigit() and 2000 < int(year) < 2100 and 1 <= int(part) <= 4):
        year, part = str(today.year), str((today.month - 1) // 3 + 1)
    month = int(part) * 3 - 2
    last = date(int(year) + (month == 10), (month + 3 - 1) % 12 + 1, 1)
    return date(int(year), month, 1), last, f"{year}-q{part}"


def _quarters() -> list[tuple[str, str]]:
    """Return the quarters somebody may want a return of, this one first."""
    today = now().date()
    at, found = today.year * 4 + (today.month - 1) // 3, []
    for number in range(at, at - 8, -1):
        found.append((f"{number // 4}-q{number % 4 + 1}", f"{number // 4} Q{number % 4 + 1}"))
    return found


REPORTS: dict[str, str | Promise] = {
    "oss": "OSS",
    "ioss": "IOSS",
    "uk": _("Parcels to the UK"),
    "domestic": _("At home"),
    "local": _("Registered there"),
}


def _asked(request: HttpRequest) -> tuple[str, date, date, str, list[ReportRow]]:
    scheme = request.GET.get("scheme", "oss")
    scheme = scheme if scheme in REPORTS else "oss"
    first, last, quarter = _quarter(request.GET.get("quarter", ""))
    return scheme, first, last, quarter, report(scheme, first, last)


@screen("settings.view", methods=("GET", "HEAD"))
def tax_office(request: HttpRequest) -> HttpResponse:
    scheme, _first, _last, quarter, rows = _asked(request)
    names = dict(all_countries(get_language() or "en"))
    who, today = profile(), now().date()
    context = {
        "here": "settings",
        "who": who,
        "home": names.get(who.country, who.country),
        "registrations": [
            (row, names.get(row.country, row.country), row.valid_from <= today and (row.valid_to or today) >= today)
            for row in registrations()
        ],
        "counters": [(counter, *counter_words(counter)) for counter in counters()],
        "limits": [(row, LIMIT_NAMES.get(row.code, row.code)) for row in limits(today).values()],
        "incomparable": [
            (one, LIMIT_NAMES.get(one.code, one.code))
            for one in incomparable((market.currency for market in markets()), now())
        ],
        "scheme": scheme,
        "quarter": quarter,
        "quarters": _quarters(),
        "schemes": list(REPORTS.items()),
        "rows": [(row, names.get(row.country, row.country)) for row in rows],
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/tax_office.html", context)


@screen("settings.view", methods=("GET", "HEAD"))
def tax_report(request: HttpRequest) -> HttpResponseBase:
    """The return as a table: a line for each country and rate, with corrections of earlier periods."""
    scheme, first, last, quarter, rows = _asked(request)
    header = ["scheme", "from", "until", "country", "rate %", "currency", "base", "tax", "orders", "correction"]
    lines = (
        [
            scheme, first.isoformat(), last.isoformat(), row.country, f"{(row.rate * 100).normalize():f}",
            row.base.currency, row.base.amount, row.tax.amount, row.orders, "yes" if row.is_correction else "",
        ]
        for row in rows
    )  # fmt: skip
    return csv_response(f"{scheme}-{quarter}", header, lines)


class ProfileForm(forms.Form):
    country = forms.ChoiceField(
        label=_("Where the shop is established"),
        required=False,
        choices=lambda: [("", _("Not said: goods are taxed where they go")), *all_countries(get_language() or "en")],
        help_text=_("From then on the place of supply decides: own rates, those of the buyer's country, or none."),
    )
    region = Line(label=_("Region"), max_length=20, required=False, help_text=_("In the US the state, such as NY."))
    drops_tax = forms.BooleanField(
        label=_("Prices become cheaper by the tax that is not charged"),
        required=False,
        help_text=_("For exports, where prices include tax. With reverse charge they always do."),
    )
    duty = forms.ChoiceField(
        label=_("EU import duty on small parcels"),
        choices=DutyMode.choices,
        help_text=_("For each six-digit customs code of the goods, when they are sent into the EU from outside."),
    )
    taxes_duty = forms.BooleanField(label=_("VAT is charged on the duty too"), required=False)


def _stored_profile() -> dict[str, Any]:
    row = profile()
    return {name: getattr(row, name) for name in ProfileForm.base_fields}


@screen("settings.view", write="settings.edit")
def tax_profile(request: HttpRequest) -> HttpResponse:
    """Say where the shop is established."""
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("Who sells, for the tax office"),
        consequence=_("Counts for what is ordered from now on. Ask your accountant where you are not sure."),
        submit=_("Save"),
        back=reverse("backoffice:tax_office"),
    )
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=_stored_profile())
    guard = Guard(request, form, _stored_profile)

    def act(values: dict[str, Any]) -> Done:
        save_profile(**values, actor=actor_of(request), seen=guard.check)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


class RegistrationForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=Registration.Kind.choices)
    country = forms.ChoiceField(label=_("Country"), choices=lambda: all_countries(get_language() or "en"))
    region = Line(label=_("Region"), max_length=20, required=False, help_text=_("Of a US state its code, such as NY."))
    number = Line(
        label=_("Number of the registration"),
        max_length=40,
        required=False,
        help_text=_("As invoices and parcels have it."),
    )
    valid_from = forms.DateField(label=_("First day"), widget=DayInput())
    valid_to = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DayInput(),
        help_text=_("The last day. Empty: until further notice."),
    )


def _registration(registration_id: int) -> Registration:
    found = registrations().filter(pk=registration_id).first()
    if found is None:
        raise NotFound()
    return found


@screen("settings.view", write="settings.edit")
def tax_registration(request: HttpRequest, registration_id: int = 0) -> HttpResponse:
    """Add a registration, or change one."""
    require(request.user, "settings.edit")
    row = _registration(registration_id) if registration_id else None
    dialog = Dialog(
        title=_("Registration"),
        consequence=_("Counts for what is ordered from that day on. Orders that were placed keep what they were."),
        submit=_("Save"),
        back=reverse("backoffice:tax_office"),
    )

    def stored() -> dict[str, Any]:
        found = _registration(registration_id)
        return {name: getattr(found, name) for name in RegistrationForm.base_fields}

    initial = stored() if row else {"country": profile().country or "DE", "valid_from": now().date()}
    form = RegistrationForm(request.POST if request.method == "POST" else None, initial=initial)
    guard = Guard(request, form, stored) if row else None

    def act(values: dict[str, Any]) -> Done:
        put_registration(
            **values,
            registration_id=registration_id or None,
            actor=actor_of(request),
            seen=guard.check if guard else None,
        )
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.view", write="settings.edit")
def tax_registration_delete(request: HttpRequest, registration_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    row = _registration(registration_id)
    dialog = Dialog(
        title=gettext("Remove the registration %(name)s?") % {"name": f"{row.get_kind_display()} {row.number}".strip()},
        consequence=_("Where it ended, give it a last day instead: then the days before stay as they were."),
        submit=_("Remove"),
        back=reverse("backoffice:tax_office"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_registration(registration_id=registration_id, actor=actor_of(request))
        return Done(gettext("Deleted"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})


class LimitForm(forms.Form):
    code = forms.ChoiceField(label=_("Limit"), choices=lambda: list(LIMIT_NAMES.items()))
    region = Line(label=_("Region"), max_length=20, required=False, help_text=_("Of a US state its code, such as NY."))
    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=14, decimal_places=2)
    currency = Line(label=_("Currency"), max_length=3)
    valid_from = forms.DateField(label=_("First day"), widget=DayInput())
    valid_to = forms.DateField(label=_("Last day"), required=False, widget=DayInput())


@screen("settings.view", write="settings.edit")
def tax_limit(request: HttpRequest) -> HttpResponse:
    """Write a limit of the law as it is from a day on."""
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("Limit of the law"),
        consequence=_("Stands in for what the shop comes with, from that day on."),
        submit=_("Save"),
        back=reverse("backoffice:tax_office"),
    )
    today = now().date()
    code = request.GET.get("code", "")
    region = request.GET.get("region", "")[:20]
    known = limit(code, today, region) if code in LIMIT_NAMES else None
    initial: dict[str, Any] = {"code": code or DISTANCE, "region": region, "valid_from": today, "currency": "EUR"}
    if known is not None:
        initial |= {"amount": known.amount, "currency": known.currency}
    form = LimitForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        amount, currency = values.pop("amount"), values.pop("currency").upper()
        try:
            minor = Money.of(amount, currency).minor
        except ValueError:
            raise InvalidInput(field="currency") from None
        put_threshold(**values, currency=currency, minor=minor, actor=actor_of(request))
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"})


class TableForm(forms.Form):
    file = forms.FileField(
        label=_("Table of rates (CSV)"),
        help_text=_("As WooCommerce writes it, or a table of a US state with ZipCode and EstimatedCombinedRate."),
    )
    valid_from = forms.DateField(label=_("In force from"), widget=DayInput())


@screen("settings.view", write="settings.edit")
def tax_table(request: HttpRequest) -> HttpResponse:
    """Take in a table of rates."""
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("Import rates of tax"),
        consequence=_("Rates for the same place, class and first day are changed, all others stay."),
        submit=_("Import"),
        back=reverse("backoffice:settings_taxes"),
        upload=True,
    )
    posted = request.method == "POST"
    form = TableForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial={"valid_from": date(now().year, 1, 1)},
    )

    def act(values: dict[str, Any]) -> Done:
        file = values["file"]
        if file.size > LARGEST_TABLE:
            raise InvalidInput(field="file")
        try:
            lines = file.read().decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise InvalidInput(field="file") from None
        count, refused = import_rates(lines=lines, valid_from=values["valid_from"], actor=actor_of(request))
        if not count and refused:
            raise InvalidInput(field="file")
        words = gettext("%(count)s rates were taken in") % {"count": count}
        if refused:
            which = ", ".join(str(one.line) for one in refused[:5])
            words += " · " + gettext("%(count)s lines are no rates (line %(which)s)") % {
                "count": len(refused), "which": which,
            }  # fmt: skip
        return Done(words)

    return run_verb(request, dialog, form, act, {"here": "settings"})


class LoadForm(forms.Form):
    which = forms.ChoiceField(
        label=_("Rates"),
        choices=[
            ("eu", _("VAT of the EU and the UK, with reduced rates")),
            ("cn", _("VAT of China: 13, 9, 6 and 0 percent")),
            ("world", _("Other countries and US states")),
        ],
    )


@screen("settings.view", write="settings.edit")
def tax_load(request: HttpRequest) -> HttpResponse:
    """Add the rates the shop comes with."""
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("Add the rates the shop comes with"),
        consequence=_("What you have stays as it is. Look through them: laws change faster than software."),
        submit=_("Add"),
        back=reverse("backoffice:settings_taxes"),
    )

    def act(values: dict[str, Any]) -> Done:
        count = load_rates(which=values["which"], actor=actor_of(request))
        return Done(gettext("%(count)s rates were taken in") % {"count": count})

    form = LoadForm(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})
