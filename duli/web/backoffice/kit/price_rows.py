"""A table of prices as text: an article, from how many units on, and what one costs; pasted from any spreadsheet."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from duli.base.text import without_control
from duli.commerce.catalogue.models import Variant
from duli.commerce.promotions.rules import MOST_ROWS, MOST_UNITS
from duli.web.backoffice.kit.forms import amount_text, parse_amount

PriceRow = tuple[int, int, int, int]
"""Variant, its product, from how many units on, minor units."""
LONGEST: Final = 400_000
_HEADINGS = re.compile(r"^\s*(?:sku|货号|商品编码)\b", re.IGNORECASE)


class PriceRows(forms.CharField):
    """Lines of SKU, units and price; where the units are left out the price counts from the first one on."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        widget = forms.Textarea(attrs={"rows": 12, "spellcheck": "false"})
        super().__init__(max_length=LONGEST, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, str) or not value:
            return value or ""
        skus = dict(Variant.objects.filter(pk__in={row[0] for row in value}).values_list("pk", "sku"))
        lines = [
            f"{skus[variant]}\t{at}\t{amount_text(minor, self.currency)}"
            for variant, _product, at, minor in value
            if skus.get(variant)
        ]
        return "\n".join(lines)

    def clean(self, value: Any) -> list[PriceRow]:
        text = without_control(super().clean(value) or "")
        lines = [(number, _cells(line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if lines and _HEADINGS.match(lines[0][1][0]):
            lines = lines[1:]
        if len(lines) > MOST_ROWS:
            raise ValidationError(_("At most %(most)s lines, please."), params={"most": MOST_ROWS})
        rows = Variant.objects.filter(sku__in={cells[0] for _number, cells in lines}, is_active=True)
        known = {sku: (pk, product) for sku, pk, product in rows.values_list("sku", "pk", "product_id")}
        found: dict[tuple[int, int], PriceRow] = {}
        for number, cells in lines:
            if len(cells) not in {2, 3}:
                raise ValidationError(_("Line %(number)s: write SKU, units and price."), params={"number": number})
            if cells[0] not in known:
                raise ValidationError(
                    _("Line %(number)s: no article has the SKU “%(sku)s”."),
                    params={"number": number, "sku": cells[0][:60]},
                )
            units = cells[1] if len(cells) == 3 else "1"
            if not (units.isascii() and units.isdigit() and len(units) < 7 and 1 <= int(units) <= MOST_UNITS):
                raise ValidationError(
                    _("Line %(number)s: “%(units)s” is no number of units."),
                    params={"number": number, "units": units[:40]},
                )
            variant, product = known[cells[0]]
            if (variant, int(units)) in found:
                raise ValidationError(_("Line %(number)s: this was said before."), params={"number": number})
            found[variant, int(units)] = (variant, product, int(units), self._minor(number, cells[-1]))
        return [found[key] for key in sorted(found)]

    def _minor(self, number: int, text: str) -> int:
        try:
            minor = parse_amount(re.sub(r"[^\d.,\-]", "", text), self.currency)
        except ValidationError:
            minor = None
        if minor is None:
            raise ValidationError(
                _("Line %(number)s: “%(price)s” is no price in %(currency)s."),
                params={"number": number, "price": text[:40], "currency": self.currency},
            )
        return minor


def _cells(line: str) -> list[str]:
    """Split a line at tabs, else at semicolons, else at commas."""
    sign = next((sign for sign in ("\t", ";", "；", ",", "，") if sign in line), "\t")
    return [cell.strip().strip('"') for cell in line.split(sign)]
