"""What the shop already has of the products in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duli.base.text import guarded
from duli.commerce.catalogue.models import Product
from duli.commerce.exchange.checksums import product_checksum, variant_checksum
from duli.commerce.exchange.export import Layout, export_rows, layout
from duli.commerce.exchange.formats import Context, Format
from duli.commerce.exchange.models import ImportedRecord
from duli.commerce.exchange.reading import column_name
from duli.commerce.exchange.types import Row

OWN = "duli"


@dataclass(slots=True)
class Known:
    """A product that is there: its parts as they were imported (or, for our own files, as they are)."""

    product_id: int
    checksum: str = ""
    variants: Mapping[str, Sequence[object]] = field(default_factory=dict)
    images: Mapping[str, int] = field(default_factory=dict)
    has_own_variants: bool = True


class Knowledge:
    """Answers for one batch of products; a constant number of queries per batch."""

    def __init__(self, kind: Format, keys: Sequence[str], *, with_costs: bool, languages: Sequence[str]) -> None:
        self._kind = kind
        self._keys = keys
        self.products: dict[str, Known] = {}
        self.facts: dict[str, Mapping[str, str]] = {}
        self._current: dict[str, tuple[int, list[str], list[Row]]] = {}
        if kind.source == OWN:
            self._read_shop(layout(with_costs=with_costs, told=languages))
        else:
            self._read_records()

    def _read_shop(self, shape: Layout) -> None:
        ids = list(Product.objects.filter(handle__in=self._keys).values_list("pk", flat=True))
        for pk, handle, rows in export_rows(ids, shape):
            # Through the same apostrophes as a file, so that both are read alike.
            read = [Row(0, {column_name(title): guarded(text) for title, text in row.items()}) for row in rows]
            self._current[handle] = (pk, shape.titles, read)

    def _read_records(self) -> None:
        kind = self._kind
        codes = {kind.code, kind.source, kind.variants_from} - {""}
        records = list(ImportedRecord.objects.filter(source__in=codes, key__in=self._keys))
        wanted = {record.object_id for record in records}
        there = set(Product.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        records = [record for record in records if record.object_id in there]
        elsewhere = {record.key for record in records if record.source == kind.variants_from}
        for record in records:
            if record.source == kind.source:
                self.facts[record.key] = record.facts
                if kind.code != kind.source:
                    self.products.setdefault(record.key, Known(record.object_id))
        for record in records:
            if record.source == kind.code:
                self.products[record.key] = Known(
                    record.object_id,
                    record.checksum,
                    record.variants,
                    record.images,
                    record.key not in elsewhere,
                )

    def current(self, key: str) -> tuple[list[str], list[Row]] | None:
        found = self._current.get(key)
        return (found[1], found[2]) if found else None

    def compare_own(self, context: Context) -> None:
        """Read what the shop would export the way a file is read, to compare file and shop."""
        for key, (product_id, titles, rows) in self._current.items():
            silent = Context(
                currency=context.currency,
                columns=[column_name(title) for title in titles],
                titles=titles,
                claim_sku=lambda sku, row: 0,
                facts=lambda key: None,
                current=lambda key: None,
            )
            parsed = self._kind.parse(key, {"": rows}, silent)
            if parsed.product is None:
                self.products[key] = Known(product_id)
                continue
            self.products[key] = Known(
                product_id,
                product_checksum(parsed.product),
                {
                    " / ".join(variant.option_values): [variant_checksum(variant), dict(variant.stock)]
                    for variant in parsed.product.variants
                },
                {image.address: 0 for image in parsed.product.images},
            )
