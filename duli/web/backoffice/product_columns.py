"""The columns of the variant grid: which there are for this shop and this person, and what a stored variant shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from duli.commerce.inventory.selectors import locations
from duli.web.backoffice.kit.forms import amount_text
from duli.web.backoffice.kit.sheet import SheetColumn
from duli.web.backoffice.selectors.product_page import VariantOfProduct, currencies

INHERITED = ("weight", "content", "tax", "hs", "origin", "cost")


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of the grid; `stock` maps the key of a column to its location."""

    currencies: tuple[str, ...]
    stock: Mapping[str, int]
    places: Mapping[str, str] = field(default_factory=dict)
    may_count: bool = True
    may_see_cost: bool = True

    @property
    def plain(self) -> list[str]:
        """The keys of all columns, in the order of the grid."""
        money = [key for code in self.currencies for key in (f"price-{code}", f"compare-{code}")]
        cost = ["cost"] if self.may_see_cost else []
        return [*money, *cost, "sku", *self.stock, "weight", "content", "barcode", "tax", "hs", "origin", "image"]

    def knows(self, key: str) -> bool:
        return key == "off" or key in set(self.plain)

    def guarded(self, key: str) -> bool:
        """Whether the number that was seen there must still be there: counts."""
        return key in self.stock

    def inherited(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Return what a new combination starts with, given another row's cells."""
        kept = [*INHERITED, *(key for code in self.currencies for key in (f"price-{code}", f"compare-{code}"))]
        return {key: cells[key] for key in kept if cells.get(key)}

    def texts(self, variant: VariantOfProduct) -> dict[str, str]:
        """Return a stored variant's cells."""
        cells = {
            "sku": variant.sku,
            "barcode": variant.barcode,
            "weight": str(variant.weight_grams) if variant.weight_grams else "",
            "content": variant.content,
            "tax": variant.tax_class,
            "hs": variant.hs_code,
            "origin": variant.origin_country,
            "image": str(variant.image_id or ""),
        }
        for code in self.currencies:
            if code in variant.prices:
                minor, former = variant.prices[code]
                cells[f"price-{code}"] = amount_text(minor, code)
                cells[f"compare-{code}"] = amount_text(former, code)
        if self.may_see_cost and variant.cost:
            cells["cost"] = amount_text(*variant.cost)
        for key, location_id in self.stock.items():
            if location_id in variant.counts:
                cells[key] = str(variant.counts[location_id])
        return cells

    def sheet(self, *, removable: bool) -> list[SheetColumn]:
        columns = [
            SheetColumn(key, label, kind, width, readonly=key in self.stock and not self.may_count)
            for key, label, kind, width in self.labelled()
        ]
        if removable:
            columns.append(SheetColumn("off", gettext("Leave out"), "off", 84))
        return columns

    def labelled(self) -> Sequence[tuple[str, str, str, int]]:
        """Return key, label, kind and width of each column."""
        found = []
        for code in self.currencies:
            found.append((f"price-{code}", gettext("Price, %(code)s") % {"code": code}, "amount", 110))
            found.append((f"compare-{code}", gettext("Former, %(code)s") % {"code": code}, "amount", 110))
        if self.may_see_cost:
            found.append(("cost", gettext("Cost, %(code)s") % {"code": self.currencies[0]}, "amount", 100))
        found.append(("sku", gettext("SKU"), "text", 150))
        for key in self.stock:
            found.append((key, gettext("In stock, %(place)s") % {"place": self.places[key]}, "count", 140))
        found.append(("weight", gettext("Weight, g"), "count", 90))
        found.append(("content", gettext("Content"), "text", 90))
        found.append(("barcode", gettext("Barcode"), "text", 140))
        found.append(("tax", gettext("Tax class"), "text", 110))
        found.append(("hs", gettext("HS code"), "text", 110))
        found.append(("origin", gettext("Origin"), "text", 80))
        found.append(("image", gettext("Picture"), "image", 90))
        return found


def columns_for(*, may_count: bool, may_see_cost: bool = True) -> Columns:
    places = {f"stock-{place.pk}": place for place in locations()}
    return Columns(
        currencies(),
        {key: place.pk for key, place in places.items()},
        {key: place.name for key, place in places.items()},
        may_count,
        may_see_cost,
    )
