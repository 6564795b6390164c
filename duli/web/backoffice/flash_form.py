"""The form of a flash sale: when, what, for how much, and how many a buyer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.models import Variant
from duli.commerce.flash_sales.models import FlashSale, Item
from duli.commerce.flash_sales.types import MOST_ITEMS, MOST_MINUTES, MOST_UNITS, ItemDraft, SaleDraft
from duli.platform.store.selectors import current_store, markets
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.product_form import moment
from duli.web.backoffice.selectors.stock import variants_named

MORE_ROWS: Final = 4


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one line of goods."""

    sku: forms.BoundField
    prices: tuple[forms.BoundField, ...]
    units: forms.BoundField
    limit: forms.BoundField
    title: str


def currencies() -> list[str]:
    """Return the currencies that shoppers see, the store's own first."""
    return list(dict.fromkeys([current_store().default_currency, *(market.currency for market in markets())]))


def initial_of(row: FlashSale) -> dict[str, Any]:
    """Return what the form shows of a stored sale."""
    found: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            *("name", "starts_at", "ends_at", "is_listed", "pay_minutes"),
            *("waiting_room", "batch_size", "batch_seconds", "admission_minutes"),
        )
    }
    found |= {f"title_{language}": row.titles.get(language, "") for language, _spoken in settings.LANGUAGES}
    for place, item in enumerate(_items(row)):
        found |= {f"sku_{place}": item.variant.sku, f"units_{place}": item.units, f"limit_{place}": item.limit}
        for currency in currencies():
            minor = item.amounts.get(currency)
            found[f"price_{place}_{currency}"] = amount_text(minor, currency) if minor else ""
    return found


def _items(row: FlashSale) -> list[Item]:
    return list(Item.objects.filter(sale=row).select_related("variant__product"))


def _title(variant: Variant) -> str:
    return f"{variant.product.title} {variant.title}".strip()


class FlashForm(forms.Form):
    name = Line(label=_("Name"), max_length=120, help_text=_("Shoppers read it beside the price."))
    starts_at = moment(_("Starts"), _("In the time zone of the shop."))
    ends_at = moment(_("Ends"), _("What is left goes back on ordinary sale then."))
    is_listed = forms.BooleanField(label=_("Announce it on the page of flash sales before it starts"), required=False)
    pay_minutes = forms.IntegerField(
        label=_("Minutes to pay"),
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=_("Units of orders that are not paid by then are in the sale again. Empty: as for all orders."),
    )
    waiting_room = forms.BooleanField(
        label=_("Let shoppers in one batch after the other"),
        required=False,
        help_text=_("For a rush: whoever comes first is let in first. The rest of the shop is not touched."),
    )
    batch_size = forms.IntegerField(label=_("Shoppers a batch"), min_value=1, max_value=100_000)
    batch_seconds = forms.IntegerField(label=_("Seconds between batches"), min_value=1, max_value=3600)
    admission_minutes = forms.IntegerField(label=_("Minutes to buy once let in"), min_value=1, max_value=24 * 60)

    def __init__(self, data: Any, *, row: FlashSale | None = None) -> None:
        self.row = row
        defaults: dict[str, Any] = {
            "is_listed": True, "batch_size": 50, "batch_seconds": 10, "admission_minutes": 10,
        }  # fmt: skip
        super().__init__(data, initial=initial_of(row) if row else defaults)
        self.fields["starts_at"].required = self.fields["ends_at"].required = True
        for language, spoken in settings.LANGUAGES:
            self.fields[f"title_{language}"] = Line(
                label=gettext("Name in %(language)s") % {"language": spoken}, max_length=120, required=False
            )
        stored = _items(row) if row else []
        self._titles = {item.variant.sku: _title(item.variant) for item in stored}
        sent = 0
        while data is not None and f"sku_{sent}" in data and sent < MOST_ITEMS:
            sent += 1
        self.places = range(min(max(len(stored) + MORE_ROWS, sent), MOST_ITEMS))
        for place in self.places:
            self._row(place)

    def _row(self, place: int) -> None:
        # An empty row asks for nothing; one with goods asks for all but the limit.
        self.fields[f"sku_{place}"] = Line(label=_("SKU or barcode"), max_length=80, required=False)
        for currency in currencies():
            label = gettext("Flash price (%(currency)s)") % {"currency": currency}
            self.fields[f"price_{place}_{currency}"] = Amount(currency=currency, label=label, required=False)
        self.fields[f"units_{place}"] = forms.IntegerField(
            label=pgettext_lazy("flash sales", "Units"), required=False, min_value=1, max_value=MOST_UNITS
        )
        self.fields[f"limit_{place}"] = forms.IntegerField(
            label=_("A buyer at most"), required=False, min_value=1, max_value=MOST_UNITS
        )

        for name in (f"sku_{place}", f"price_{place}_{currencies()[0]}", f"units_{place}"):
            self.fields[name].is_asked_with = "goods"  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[Row]:
        return [
            Row(
                self[f"sku_{place}"],
                tuple(self[f"price_{place}_{currency}"] for currency in currencies()),
                self[f"units_{place}"],
                self[f"limit_{place}"],
                self._titles.get(str(self[f"sku_{place}"].value() or "").strip(), ""),
            )
            for place in self.places
        ]

    @property
    def title_fields(self) -> list[forms.BoundField]:
        return [self[f"title_{language}"] for language, _spoken in settings.LANGUAGES]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        named = {place: values.get(f"sku_{place}") or "" for place in self.places}
        known = variants_named([name for name in named.values() if name])
        own = currencies()[0]
        for place, name in named.items():
            if not name:
                continue
            if name not in known:
                self.add_error(f"sku_{place}", ValidationError(_("No product has this SKU or barcode.")))
            elif list(named.values()).index(name) != place:
                self.add_error(f"sku_{place}", ValidationError(_("It stands here twice.")))
            for field in (f"price_{place}_{own}", f"units_{place}"):
                if not values.get(field) and field not in self.errors:
                    self.add_error(field, ValidationError(_("Fill this in, too.")))
        values["known"] = known
        ids = {pk: name for name, pk in known.items()}
        for variant in Variant.objects.filter(pk__in=ids).select_related("product"):
            self._titles[ids[variant.pk]] = _title(variant)
        return values

    def draft(self) -> SaleDraft:
        """Return what was filled in; the form is valid."""
        values: Mapping[str, Any] = self.cleaned_data
        items = []
        for place in self.places:
            name = values.get(f"sku_{place}")
            if not name:
                continue
            amounts = {code: values[f"price_{place}_{code}"] for code in currencies()}
            items.append(
                ItemDraft(
                    variant_id=values["known"][name],
                    amounts={code: minor for code, minor in amounts.items() if minor},
                    units=values[f"units_{place}"],
                    limit=values[f"limit_{place}"],
                )
            )
        return SaleDraft(
            name=values["name"],
            titles={language: values[f"title_{language}"] for language, _spoken in settings.LANGUAGES},
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
            items=tuple(items),
            is_listed=values["is_listed"],
            pay_minutes=values["pay_minutes"],
            waiting_room=values["waiting_room"],
            batch_size=values["batch_size"],
            batch_seconds=values["batch_seconds"],
            admission_minutes=values["admission_minutes"],
        )
