"""How much is in a variant, as people write it ("500 g"), and how the units of measure hang together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from duli.base.errors import InvalidInput
from duli.commerce.catalogue.states import ContentUnit

BASES: Mapping[str, tuple[str, Decimal]] = {
    ContentUnit.MILLIGRAM: ("kg", Decimal("0.000001")),
    ContentUnit.GRAM: ("kg", Decimal("0.001")),
    ContentUnit.KILOGRAM: ("kg", Decimal(1)),
    ContentUnit.MILLILITRE: ("l", Decimal("0.001")),
    ContentUnit.CENTILITRE: ("l", Decimal("0.01")),
    ContentUnit.LITRE: ("l", Decimal(1)),
    ContentUnit.MILLIMETRE: ("m", Decimal("0.001")),
    ContentUnit.CENTIMETRE: ("m", Decimal("0.01")),
    ContentUnit.METRE: ("m", Decimal(1)),
    ContentUnit.SQUARE_METRE: ("m2", Decimal(1)),
    ContentUnit.PIECE: ("pc", Decimal(1)),
}
"""Each unit's base unit, and how much of it one is."""
_OTHER_WORDS = {
    "克": "g",
    "千克": "kg",
    "公斤": "kg",
    "毫克": "mg",
    "毫升": "ml",
    "升": "l",
    "米": "m",
    "厘米": "cm",
    "毫米": "mm",
    "平方米": "m2",
    "m²": "m2",
    "㎡": "m2",
    "sqm": "m2",
    "件": "pc",
    "片": "pc",
    "个": "pc",
    "只": "pc",
    "pcs": "pc",
    "piece": "pc",
    "pieces": "pc",
    "ltr": "l",
    "gr": "g",
}
_WRITTEN = re.compile(r"([0-9]{1,7}(?:[.,][0-9]{1,3})?) ?(m2|[^0-9 .,]{1,8})")


@dataclass(frozen=True, slots=True)
class Content:
    """How much is in one unit; `unit` is a value of ContentUnit."""

    amount: Decimal
    unit: str

    @property
    def text(self) -> str:
        """Return it as it is typed and kept in files: "0.5 kg"."""
        return f"{format(self.amount.normalize(), 'f')} {self.unit}"


def content_of(amount: Decimal | None, unit: str) -> Content | None:
    return Content(amount, unit) if amount else None


def parse_content(text: str) -> Content | None:
    """Return what "500 g", "1,5kg", "750 毫升" or "10 pc" says; None for nothing. InvalidInput."""
    words = " ".join(text.split()).lower()
    if not words:
        return None
    found = _WRITTEN.fullmatch(words) if len(words) <= 30 else None
    if found is None:
        raise InvalidInput(field="content")
    unit = _OTHER_WORDS.get(found[2], found[2])
    amount = Decimal(found[1].replace(",", "."))
    if unit not in BASES or not amount:
        raise InvalidInput(field="content")
    return Content(amount, unit)
