"""What each step of opening the shop asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.web.backoffice.kit.forms import Amount, Line, Prose
from duli.web.backoffice.places import country_choices
from duli.web.backoffice.screens.settings import shop_currencies, time_zones


class OwnerForm(forms.Form):
    name = Line(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and none that everybody uses."),
    )


class ShopForm(forms.Form):
    name = Line(label=_("Name of the store"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254, help_text=_("Shoppers reach you there."))
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    address = Prose(
        label=_("Address"), max_length=1000, rows=2, help_text=_("Stands on invoices; parcels leave from there.")
    )
    language = forms.ChoiceField(label=_("Language of the store"), choices=settings.LANGUAGES)
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=shop_currencies,
        help_text=_("Fixed once something is sold; until then prices keep their numbers. Others come by markets."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    prices_include_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    tax_name = Line(label=_("Name of the tax"), max_length=60, required=False, help_text=_("VAT, sales tax…"))
    tax_percent = forms.DecimalField(
        label=_("Tax in percent"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=6,
        decimal_places=3,
        help_text=_("Empty: no tax is computed."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("tax_percent") and not values.get("tax_name"):
            values["tax_name"] = gettext("Tax")
        return values


class ProductForm(forms.Form):
    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = Amount(label=_("Price"), currency=currency)
        self.order_fields(["title", "price", "units", "picture", "description"])

    title = Line(label=_("Title"), max_length=255)
    units = forms.IntegerField(label=_("How many you have"), min_value=0, max_value=1_000_000, initial=10)
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("A photograph at least 1,000 pixels wide looks best."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    description = Prose(label=_("Description"), max_length=20_000, required=False, rows=4)


class ShippingForm(forms.Form):
    def __init__(self, *args: Any, currency: str, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = dict(country_choices()).get(country, country)
        self.fields["where"] = forms.ChoiceField(
            label=_("Where you ship to"), choices=[("home", home), ("all", gettext("Everywhere"))]
        )
        self.fields["price"] = Amount(label=_("Price"), currency=currency, help_text=_("0 ships for free."))
        self.fields["free_over"] = Amount(
            label=_("Free from an order value of"), currency=currency, required=False, help_text=_("Empty: never free.")
        )
        self.order_fields(["where", "name", "price", "free_over", "min_days", "max_days"])

    name = Line(label=_("Name"), max_length=120, help_text=_("As shoppers read it."))
    min_days = forms.IntegerField(label=_("Days, at least"), min_value=0, max_value=365, initial=2)
    max_days = forms.IntegerField(label=_("Days, at most"), min_value=0, max_value=365, initial=5)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        low, high = values.get("min_days"), values.get("max_days")
        if low is not None and high is not None and high < low:
            self.add_error("max_days", _("This must not be less than the days at least."))
        return values


class PaymentForm(forms.Form):
    bank_transfer = forms.BooleanField(
        label=_("Bank transfer"), required=False, help_text=_("Shoppers see your account; you note when it has come.")
    )
    accounts = Prose(
        label=_("Account details"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": _("Bank: First Bank\nName: Your company\nAccount: 1234 5678 9012")}
        ),
        help_text=_("One “Label: value” per line. A line such as [USD] starts the account for that currency."),
    )
    cash_on_delivery = forms.BooleanField(
        label=_("Cash on delivery"), required=False, help_text=_("The courier takes the money at the door.")
    )
    sandbox_card = forms.BooleanField(
        label=_("Practice card"),
        required=False,
        help_text=_("No real money moves; shoppers see a notice. Switch it off before you open."),
    )

    # Not to be left out by whoever chooses the transfer.
    accounts.is_asked_with = "bank_transfer"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not any(values.get(name) for name in ("bank_transfer", "cash_on_delivery", "sandbox_card")):
            self.add_error(None, _("Choose at least one, or leave this step for later."))
        if values.get("bank_transfer") and not values.get("accounts"):
            self.add_error("accounts", _("Say where the money goes."))
        return values
