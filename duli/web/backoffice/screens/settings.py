"""Settings: who the store is, where it sells, how it ships and takes money, and who works here."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.platform.accounts.permissions import allowed
from duli.platform.store.models import Store
from duli.platform.store.services import save_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import Words, render

CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD", "AUD", "CAD", "KRW", "CHF")


@dataclass(frozen=True, slots=True)
class Area:
    """One area on the settings page."""

    words: Words
    help: Words
    url_name: str
    icon: str
    permission: str = "settings.view"

    @property
    def url(self) -> str:
        return reverse(f"backoffice:{self.url_name}")


AREAS = (
    Area(_("Store identity"), _("Name, contact, address, time zone, order numbers"), "settings_store", "store"),
    Area(_("Markets"), _("Countries, currencies, languages, prices with or without tax"), "settings_markets", "globe"),
    Area(_("Locations"), _("Where stock lies, and which is taken from first"), "settings_locations", "map-pin"),
    Area(_("Legal texts"), _("Terms, privacy, returns, imprint"), "settings_legal", "file-text"),
    Area(_("Domains"), _("The addresses the shop answers to"), "settings_domains", "link"),
    Area(_("Notifications"), _("Mails and text messages by event and language"), "mail_templates", "mail", "mail.view"),
    Area(_("Text messages"), _("Who sends them, where to and how many"), "settings_sms", "message-square"),
    Area(
        _("Language model"),
        _("Who suggests words for products, and how much may be asked"),
        "settings_language_model",
        "sparkles",
    ),
    Area(_("Taxes"), _("Rates by country and class, from which day to which"), "settings_taxes", "receipt-text"),
    Area(_("Shipping"), _("Zones, methods and what they cost"), "settings_shipping", "truck"),
    Area(_("Tracking and labels"), _("Who tells where parcels are and sells labels"), "settings_tracking", "map-pin"),
    Area(_("Payment methods"), _("What shoppers can pay with"), "settings_payments", "credit-card"),
    Area(
        _("Returns and cancellation"),
        _("What shoppers may do themselves, and until when"),
        "settings_returns",
        "package",
    ),
    Area(
        _("Downloads"),
        _("How long and how often sold files may be downloaded"),
        "settings_downloads",
        "file-text",
    ),
    Area(_("Staff"), _("Who works here, and what each may do"), "settings_staff", "shield", "staff.view"),
    Area(_("Roles"), _("Permissions, limits and the second step"), "settings_roles", "users-round", "staff.view"),
    Area(_("API tokens"), _("What other programs may do"), "settings_tokens", "command", "api.view"),
    Area(_("Webhooks"), _("Which other systems are told what happens"), "settings_webhooks", "link", "api.view"),
    Area(_("Audit log"), _("Who changed what, from what to what"), "audit", "history", "audit.view"),
    Area(
        _("Jobs and health"), _("What waits, what failed, how the machine stands"), "system", "monitor", "system.view"
    ),
)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_home(request: HttpRequest) -> HttpResponse:
    areas = [area for area in AREAS if allowed(request.user, area.permission)]
    return render(request, "backoffice/settings/home.html", {"here": "settings", "areas": areas})


def time_zones() -> list[tuple[str, str]]:
    """Return the time zones a shop can keep, as choices."""
    return [(name, name) for name in sorted(zoneinfo.available_timezones()) if "/" in name or name == "UTC"]


def shop_currencies() -> list[tuple[str, str]]:
    """Return the currencies a shop can sell in, as choices."""
    return [(code, code) for code in CURRENCIES if code in list_currencies()]


class StoreForm(forms.Form):
    name = Line(label=_("Name of the store"), max_length=120)
    tagline = Line(label=_("Tagline"), max_length=200, required=False, help_text=_("One sentence about what you sell."))
    legal_name = Line(label=_("Legal name"), max_length=200, required=False, help_text=_("Stands on invoices."))
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = Line(label=_("Phone"), max_length=40, required=False)
    address = Prose(label=_("Address"), max_length=1000, required=False)
    registration = Line(
        label=_("Registration"), max_length=120, required=False, help_text=_("Company or ICP number in the footer.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    order_prefix = Line(
        label=_("Before each order number"), max_length=12, required=False, help_text=_("“A-” gives A-1001.")
    )
    hold_minutes = forms.IntegerField(
        label=_("Minutes an order keeps its stock while somebody pays online"), min_value=5, max_value=60 * 24 * 30
    )
    low_stock_threshold = forms.IntegerField(label=_("Stock counts as low at"), min_value=0, max_value=100_000)


@screen("settings.view", write="settings.edit")
def settings_store(request: HttpRequest) -> HttpResponse:

    def stored() -> dict[str, Any]:
        store = Store.objects.filter(pk=1).first() or Store(pk=1)
        return {name: getattr(store, name) for name in StoreForm.base_fields}

    form = StoreForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act() -> HttpResponse:
        save_store(**form.cleaned_data, actor=actor_of(request), seen=guard.check)
        toast(request, gettext("Saved"))
        return go_to(request, request.path)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "form": form,
        "seen": guard.mark,
        "may_edit": allowed(request.user, "settings.edit"),
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/store.html", context, status=status)
