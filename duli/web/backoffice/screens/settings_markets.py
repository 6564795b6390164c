"""Markets: where the shop sells, in which currency and language, and how its prices come about there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.text import slugify
from duli.commerce.pricing.rounding import CONVERTED, Rounding
from duli.commerce.pricing.selectors import exchange_rate, roundings
from duli.commerce.pricing.services import save_rate, save_selling
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.models import Market, TaxRounding, UnitPrices
from duli.platform.store.selectors import current_store
from duli.platform.store.services import delete_market
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.countries import Countries
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.screens.settings import shop_currencies
from duli.web.backoffice.selectors.markets import market_rows, rate_rows
from duli.web.backoffice.shell import render

ROUNDINGS = {
    Rounding.NONE: _("As computed"),
    Rounding.ENDS_99: _("Ending in .99"),
    Rounding.ENDS_95: _("Ending in .95"),
    Rounding.WHOLE: _("To whole units"),
    Rounding.TO_5: _("To the nearest 5"),
    Rounding.TO_10: _("To the nearest 10"),
}


class MarketForm(forms.Form):
    name = Line(label=_("Name"), max_length=80)
    countries = Countries(
        label=_("Countries"),
        required=False,
        help_text=_("Two letters each: CN, HK. Empty means everywhere else."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=shop_currencies)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    prices_include_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    is_default = forms.BooleanField(
        label=_("For everybody who belongs to no other market"),
        required=False,
        help_text=_("One market is the default; ticking this unticks the other."),
    )
    rate = forms.DecimalField(
        label=_("Rate"),
        required=False,
        min_value=Decimal("0.00000001"),
        max_digits=18,
        decimal_places=8,
        help_text=_("For goods without a price of their own in this currency: 1 of the store's own is so much of it."),
    )
    rounding = forms.TypedChoiceField(
        label=_("Rounding"),
        required=False,
        empty_value=None,
        choices=[(rule.value, ROUNDINGS[rule]) for rule in CONVERTED],
        help_text=_("Of prices that come from the rate. Rate and rounding count for every market of this currency."),
    )
    checks_reductions = forms.NullBooleanField(
        label=_("Reductions name the lowest price of the 30 days before"),
        widget=forms.Select(
            choices=[("", _("Where the law asks for it")), ("True", _("Always")), ("False", _("Never"))]
        ),
        help_text=_("A former price is then shown only if the price is really lower than that."),
    )

    unit_prices = forms.ChoiceField(
        label=_("Unit prices"),
        choices=UnitPrices.choices,
        initial=UnitPrices.WHOLE,
        required=False,
        help_text=_(
            "Beside the price of goods whose content is told. Germany and most of the EU ask for the whole unit."
        ),
    )

    tax_rounding = forms.ChoiceField(
        label=_("Tax is rounded"),
        choices=TaxRounding.choices,
        initial=TaxRounding.LINE,
        required=False,
        help_text=_("Ask your accountant: most countries allow each of them, some want the sum of a rate."),
    )

    def clean_tax_rounding(self) -> str:
        return str(self.cleaned_data["tax_rounding"] or TaxRounding.LINE)

    def clean_unit_prices(self) -> str:
        return str(self.cleaned_data["unit_prices"] or UnitPrices.WHOLE)


class RateForm(forms.Form):
    currency = forms.ChoiceField(label=_("Currency"))
    rate = forms.DecimalField(
        label=_("Rate"), min_value=Decimal("0.00000001"), max_digits=18, decimal_places=8,
        help_text=_("1 of the store's own is so much of it."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = current_store().default_currency
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            pair for pair in shop_currencies() if pair[0] != own
        ]


MARKET_FIELDS = (
    *("name", "currency", "language", "prices_include_tax", "is_default"),
    *("checks_reductions", "unit_prices", "tax_rounding"),
)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_markets(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "markets": market_rows(get_language() or "en"),
        "rates": rate_rows(get_language() or "en"),
        "own": current_store().default_currency,
        "roundings": {rule.value: words for rule, words in ROUNDINGS.items()},
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/markets.html", context)


def _save_market(request: HttpRequest, code: str, values: dict[str, Any], guard: Guard | None = None) -> Done:
    # Unticking the default would leave nobody with one: it only moves by ticking another.
    if not values["is_default"]:
        del values["is_default"]
    save_selling(code=code, actor=actor_of(request), seen=guard.check if guard else None, **values)
    return Done(gettext("Saved"))


@screen("settings.view", write="settings.edit")
def settings_market_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("New market"),
        consequence=_("Shoppers from these countries get their own currency, language and way of showing tax."),
        submit=_("Add"),
        back=reverse("backoffice:settings_markets"),
    )
    form = MarketForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        taken = set(Market.objects.values_list("code", flat=True))
        base = slugify(values["name"])[:16].strip("-") or "market"
        code = next(name for name in (base, *(f"{base}-{number}" for number in range(2, 999))) if name not in taken)
        return _save_market(request, code, values)

    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("settings.view", write="settings.edit")
def settings_market_delete(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    market = _market(code)
    dialog = Dialog(
        title=gettext("Stop selling in “%(name)s”?") % {"name": market.name},
        consequence=_("Its shoppers see the default market from now on. Orders stay what they were."),
        submit=_("Remove the market"),
        back=reverse("backoffice:settings_markets"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_market(code=code, actor=actor_of(request))
        return Done(gettext("The market is gone"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("settings.view", write="settings.edit")
def settings_market(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    market = _market(code)
    dialog = Dialog(
        title=gettext("Market “%(name)s”") % {"name": market.name},
        consequence=_("Shoppers see the change within a second. Orders that were placed keep what they were."),
        submit=_("Save"),
        back=reverse("backoffice:settings_markets"),
    )
    form = MarketForm(request.POST if request.method == "POST" else None, initial=_stored(code))
    guard = Guard(request, form, lambda: _stored(code))

    def act(values: dict[str, Any]) -> Done:
        return _save_market(request, code, values, guard)

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.view", write="settings.edit")
def settings_rate(request: HttpRequest) -> HttpResponse:
    """What a currency is worth, whether a market uses it or not."""
    require(request.user, "settings.edit")
    code = request.GET.get("currency", "")
    own = current_store().default_currency
    known = code in dict(shop_currencies()) and code != own
    rate = exchange_rate(own, code, now()) if known else None
    initial = {"currency": code if known else "", "rate": f"{round(rate, 8).normalize():f}" if rate else None}
    dialog = Dialog(
        title=gettext("Rate of %(currency)s") % {"currency": code} if known else _("Add a rate"),
        consequence=_("It counts from now on for whatever is told in this currency. Orders keep what they were."),
        submit=_("Save"),
        back=reverse("backoffice:settings_markets"),
    )
    form = RateForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        save_rate(actor=actor_of(request), **values)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"})


def _market(code: str) -> Market:
    market = Market.objects.filter(code=code).first()
    if market is None:
        raise NotFound()
    return market


def _stored(code: str) -> dict[str, Any]:
    """Return what the form of a market begins with."""
    market = _market(code)
    own = current_store().default_currency
    rate = exchange_rate(own, market.currency, now()) if market.currency != own else None
    return {
        **{name: getattr(market, name) for name in MARKET_FIELDS},
        "countries": ", ".join(market.countries),
        # One that is worked out the other way round has more places than the field takes.
        "rate": f"{round(rate, 8).normalize():f}" if rate else None,
        "rounding": roundings().get(market.currency, Rounding.NONE).value,
    }
