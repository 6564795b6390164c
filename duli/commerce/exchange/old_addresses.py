"""Where a product stood in the shop it comes from, as far as its file tells."""

from __future__ import annotations

import re
import unicodedata

from duli.commerce.exchange.types import ImportedProduct

_NO_WORD = re.compile(r"[^\w-]+")


def old_addresses(source: str, product: ImportedProduct) -> list[str]:
    """Return the addresses that visitors and search engines know this product by; none for a file of our own."""
    if source == "shopify":
        return [f"/products/{product.handle.strip()}"] if product.handle.strip() else []
    if source == "woocommerce":
        number = product.key.removeprefix("id:")
        numbered = [f"/?p={number}", f"/?post_type=product&p={number}"] if number.isdigit() else []
        slugs = dict.fromkeys([product.handle, _wordpress_slug(product.title)])
        return [*numbered, *(f"/product/{slug}" for slug in slugs if slug)]
    if source == "prestashop" and product.key.isdigit():
        plain = f"/index.php?id_product={product.key}&controller=product"
        return [plain, f"/{product.key}-{product.handle}.html"] if product.handle else [plain]
    return []


def _wordpress_slug(title: str) -> str:
    """Return what WordPress makes of a title: lower case, hyphens for spaces, other scripts as they are."""
    words = unicodedata.normalize("NFC", title).lower().replace(" ", "-")
    return re.sub("-{2,}", "-", _NO_WORD.sub("", words)).strip("-")[:200]
