"""What a format has to say: whether a file is its own, which rows belong together, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from duli.base.errors import DuliError
from duli.commerce.exchange.spool import Spool
from duli.commerce.exchange.types import (
    BarcodeDamaged,
    CombinationTwice,
    FormerPriceIgnored,
    ImportedPrice,
    ImportedProduct,
    ImportedVariant,
    NothingTellsApart,
    Parsed,
    Refusal,
    Row,
    SkuTwice,
)
from duli.commerce.exchange.values import is_shortened, price


@dataclass(frozen=True, slots=True)
class Context:
    """What the rows of a file do not say themselves.

    `facts` answers what an earlier file of the same source left about a product (see
    `ImportedProduct.facts`), `claim_sku` which earlier row of this file has a SKU (0: none), `current` what the
    shop itself would export of a product (titles and rows).
    """

    currency: str
    columns: Sequence[str]
    titles: Sequence[str]
    claim_sku: Callable[[str, int], int]
    facts: Callable[[str], Mapping[str, str] | None]
    current: Callable[[str], tuple[list[str], list[Row]] | None]


class Format(Protocol):
    """One kind of file; `source` is the name of the world its keys belong to."""

    code: str
    source: str
    variants_from: str
    """The code of the format that may have brought this product's variants in another file, or ""."""

    def matches(self, columns: frozenset[str]) -> bool:
        """Return whether a file with these columns is of this kind."""
        ...

    def key(self, row: Row, spool: Spool) -> str:
        """Return the key of the product this row belongs to; "" if it belongs to none. May add aliases."""
        ...

    def prepare(self, folder: Path | None, spool: Spool) -> None:
        """Put the rows of files that lie beside the main one aside too."""
        ...

    def parse(self, key: str, rows: Mapping[str, list[Row]], context: Context) -> Parsed:
        """Make a product of the rows with this key."""
        ...


@dataclass(slots=True)
class Findings:
    """Collects what is wrong with the rows of one product."""

    key: str
    variants: int = 0
    images: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)

    def refuse(self, row: int, kind: str, error: DuliError) -> None:
        self.refused.append(Refusal(row, self.key, kind, error))

    def note(self, row: int, kind: str, error: DuliError) -> None:
        self.notes.append(Refusal(row, self.key, kind, error))

    def result(self, product: ImportedProduct | None) -> Parsed:
        return Parsed(product, self.variants, self.images, self.refused, self.notes)

    def whole_refused(self, row: Row, error: DuliError) -> Parsed:
        """Refuse the product for one reason, found in `row`."""
        self.refuse(row.number, "product", error)
        return self.result(None)


def barcode(text: str, row: int, findings: Findings) -> str:
    if is_shortened(text):
        findings.note(row, "variant", BarcodeDamaged(field="barcode", value=text))
        return ""
    return text[:60]


def two_prices(
    row: int,
    findings: Findings,
    currency: str,
    now: tuple[str, str],
    former: tuple[str, str],
) -> ImportedPrice:
    """Return the price from two (text, column) pairs; a former price that is not higher is noted and left out."""
    minor = price(now[0], now[1], currency)
    if not former[0]:
        return ImportedPrice(currency, minor)
    compare_at = price(former[0], former[1], currency)
    if compare_at > minor:
        return ImportedPrice(currency, minor, compare_at)
    if compare_at:
        findings.note(row, "variant", FormerPriceIgnored(field=former[1]))
    return ImportedPrice(currency, minor)


def distinct(variants: Sequence[ImportedVariant], context: Context, findings: Findings) -> tuple[ImportedVariant, ...]:
    """Return the variants without repeated combinations (refused) and with SKUs that are used once (noted)."""
    seen: dict[tuple[str, ...], int] = {}
    kept = []
    for variant in variants:
        if variant.option_values in seen:
            name, first = " / ".join(variant.option_values), seen[variant.option_values]
            problem = (
                CombinationTwice(field="variant", variant=name, row=first)
                if name
                else NothingTellsApart(field="variant", row=first)
            )
            findings.refuse(variant.row, "variant", problem)
            continue
        seen[variant.option_values] = variant.row
        earlier = context.claim_sku(variant.sku, variant.row) if variant.sku else 0
        if earlier:
            findings.note(variant.row, "variant", SkuTwice(field="sku", sku=variant.sku, row=earlier))
            variant = replace(variant, sku="")
        kept.append(variant)
    return tuple(kept)
