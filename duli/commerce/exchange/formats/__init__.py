from __future__ import annotations

from collections.abc import Sequence

from duli.base.text import one_line
from duli.commerce.exchange.formats.base import Context, Format
from duli.commerce.exchange.formats.litemall import Litemall
from duli.commerce.exchange.formats.own import Own
from duli.commerce.exchange.formats.prestashop import PrestaShopCombinations, PrestaShopProducts
from duli.commerce.exchange.formats.shopify import Shopify
from duli.commerce.exchange.formats.woocommerce import WooCommerce
from duli.commerce.exchange.reading import FileProblem
from duli.commerce.exchange.types import FormatUnknown

__all__ = ["Context", "Format", "recognise"]

_FORMATS = (Own, Shopify, WooCommerce, PrestaShopCombinations, PrestaShopProducts, Litemall)


def recognise(columns: Sequence[str], titles: Sequence[str]) -> Format:
    """Return the format that these columns belong to. FileProblem at row 1 if it is none we know."""
    known = frozenset(columns)
    for kind in _FORMATS:
        candidate: Format = kind()
        if candidate.matches(known):
            return candidate
    shown = one_line(", ".join(title for title in titles if title.strip()), 200)
    raise FileProblem(1, FormatUnknown(field="file", columns=shown))
