"""Size guides as shoppers read them."""

from __future__ import annotations

from dataclasses import dataclass

from duli.commerce.catalogue.models import Product, SizeGuide
from duli.platform.store.changes import ChangeCache
from duli.platform.store.translations import texts

MAXIMUM_ROWS = 80
MAXIMUM_CELLS = 14
WORDS = ("name", "measures", "advice")

_of_product: ChangeCache[tuple[int, ...]] = ChangeCache(4096)


@dataclass(frozen=True, slots=True)
class SizeGuideView:
    """`head` are the names of the columns; every row has as many cells."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    advice: tuple[str, ...]


def table_of(text: str) -> tuple[tuple[str, ...], ...]:
    """Read a table as it is typed or pasted out of a spreadsheet; shorter rows are filled up with empty cells."""
    rows = []
    for line in text.splitlines():
        mark = "\t" if "\t" in line else "|"
        cells = [cell.strip() for cell in line.strip().strip("|").split(mark)]
        if any(cells):
            rows.append(cells)
    width = max((len(row) for row in rows), default=0)
    return tuple(tuple(row + [""] * (width - len(row))) for row in rows)


def guide_of(product_id: int) -> int | None:
    """Return the guide for a product, from memory where it was asked for before."""
    if not _of_product.get_or_make("any", lambda: (int(SizeGuide.objects.exists()),), ("structure",))[0]:
        return None
    topics = ("structure", f"product:{product_id}")
    found = _of_product.get_or_make(product_id, lambda: _read(product_id), topics)
    return found[0] or None


def _read(product_id: int) -> tuple[int, ...]:
    own = SizeGuide.objects.filter(products=product_id).order_by("pk").values_list("pk", flat=True).first()
    if own is None:
        kind = Product.objects.filter(pk=product_id).values_list("product_type__size_guides", flat=True)
        own = kind.order_by("product_type__size_guides").first()
    return (own or 0,)


def size_guide(guide_id: int, language: str) -> SizeGuideView | None:
    """Return a guide in `language`, each part in the store's own where it is not translated (two queries)."""
    row = SizeGuide.objects.filter(pk=guide_id).first()
    if row is None:
        return None
    told = texts("guide", [row.pk], language).get(row.pk, {})
    table = table_of(told.get("measures") or row.measures)
    advice = told.get("advice") or row.advice
    return SizeGuideView(
        name=told.get("name") or row.name,
        head=table[0] if table else (),
        rows=table[1:],
        advice=tuple(line for line in advice.splitlines() if line.strip()),
    )
