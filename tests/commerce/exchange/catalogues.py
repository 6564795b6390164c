"""Files made for tests: small ones by hand, large ones by rule."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

SHOPIFY = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Price",
    "Variant Compare At Price",
    "Image Src",
    "Image Alt Text",
]


def shopify_rows(products: int) -> Iterable[dict[str, str]]:
    """Yield the rows of a Shopify file with three variants for each product."""
    for index in range(products):
        for place, size in enumerate(("S", "M", "L")):
            row = {
                "Handle": f"shirt-{index}",
                "Option1 Value": size,
                "Variant SKU": f"SH-{index}-{size}",
                "Variant Grams": str(150 + place),
                "Variant Inventory Tracker": "shopify",
                "Variant Inventory Qty": str(index % 40),
                "Variant Price": f"{20 + index % 100}.{place}0",
            }
            if place == 0:
                row |= {
                    "Title": f"Shirt {index}",
                    "Body (HTML)": f"<p>Shirt number {index}, woven from long-staple cotton.</p>",
                    "Vendor": f"Mill {index % 50}",
                    "Type": f"Type {index % 12}",
                    "Tags": f"tag {index % 30}, cotton",
                    "Published": "TRUE",
                    "Option1 Name": "Size",
                }
            yield row


def as_csv(rows: Iterable[dict[str, str]], columns: list[str] | None = None, **options: str) -> bytes:
    """Return rows as a CSV file in UTF-8."""
    rows = list(rows)
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, names, restval="", **options)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def write_shopify_file(path: Path, products: int) -> Path:
    """Write a Shopify file of any size without holding it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, SHOPIFY, restval="")
        writer.writeheader()
        writer.writerows(shopify_rows(products))
    return path
