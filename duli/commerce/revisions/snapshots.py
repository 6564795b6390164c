"""A product as plain data: read for many products at once, packed small, taken apart into fields, and compared."""

from __future__ import annotations

import hashlib
import json
import marshal
import zlib
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import Any

from duli.commerce.catalogue.models import (
    Bundle,
    CollectionProduct,
    OptionValue,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductMedia,
    ProductOption,
    RelatedProduct,
    Variant,
)
from duli.commerce.catalogue.states import CollectionKind
from duli.commerce.catalogue.units import content_of
from duli.commerce.pricing.models import Cost, Price
from duli.commerce.revisions.parts import variant_parts
from duli.commerce.revisions.types import Difference, Path, Snapshot
from duli.platform.store.models import Translation

FIELDS = (
    *("title", "handle", "description_html", "status", "published_at", "unpublished_at", "tax_class", "hs_code"),
    *("origin_country", "seo_title", "seo_description", "maker_id", "responsible_person_id", "safety_text"),
    "is_gift_card",
)
VARIANT_FIELDS = (
    *("sku", "barcode", "weight_grams", "tax_class", "hs_code", "origin_country", "requires_shipping", "tracks_stock"),
    "image_id",
)
_LATER: Mapping[str, Any] = {"is_gift_card": False}
"""What products had before there was such a field: older revisions do not name it."""
VARIANT_TEXTS = (*VARIANT_FIELDS, "content")
"""Everything of a variant that is one value; "content" is written as people write it."""
LISTS = ("tags", "categories", "collections", "media", "related", "attributes")
BUNDLE = "bundle"
"""[price mode, percent off, [[variant id, units], …]]; not there for a variant that is no bundle."""
MATRIX: frozenset[Path] = frozenset({("options",), ("variants",)})
"""Options and the set of variants stand or fall together."""


def read(product_ids: Iterable[int]) -> dict[int, Snapshot]:
    """Return the snapshot of each product that there is, in a fixed number of statements.

    A snapshot has "product" (its own fields, brand and type by name), "texts" by language, the lists tags,
    categories, collections (manual ones), media, related and attributes, "options" as [id, name, texts, values]
    with values as [id, name, swatch, texts], and "variants" by id with their place, value ids, fields, prices
    ({currency: [minor, compare-at]}), cost ([minor, currency]), and where there are any `BUNDLE` and the parts that
    rooms above keep (`parts.variant_parts`).
    """
    ids = list(product_ids)
    found: dict[int, Snapshot] = {}
    rows = Product.objects.filter(pk__in=ids).values("pk", "brand__name", "product_type__name", *FIELDS)
    for row in rows:
        own = {name: _plain(row[name]) for name in FIELDS}
        own |= {"brand": row["brand__name"] or "", "product_type": row["product_type__name"] or ""}
        found[row["pk"]] = {"product": own, "texts": {}, **{name: [] for name in LISTS}, "options": [], "variants": {}}
    if not found:
        return found
    ids = list(found)
    _read_lists(found, ids)
    options = list(ProductOption.objects.filter(product_id__in=ids).values_list("pk", "product_id", "name"))
    option_ids = [pk for pk, _, _ in options]
    values = list(OptionValue.objects.filter(option_id__in=option_ids).values_list("pk", "option_id", "name", "swatch"))
    texts = _texts(ids, option_ids, [row[0] for row in values])
    for pk in ids:
        found[pk]["texts"] = texts.get(("product", pk), {})
    by_option: dict[int, list[list[Any]]] = defaultdict(list)
    for pk, option_id, name, swatch in values:
        by_option[option_id].append([pk, name, swatch, _names(texts.get(("option_value", pk)))])
    for pk, product_id, name in options:
        found[product_id]["options"].append([pk, name, _names(texts.get(("option", pk))), by_option[pk]])
    _read_variants(found, ids)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _names(texts: Mapping[str, Mapping[str, str]] | None) -> dict[str, str]:
    return {language: fields["name"] for language, fields in (texts or {}).items() if "name" in fields}


def _texts(
    product_ids: list[int], option_ids: list[int], value_ids: list[int]
) -> dict[tuple[str, int], dict[str, dict[str, str]]]:
    found: dict[tuple[str, int], dict[str, dict[str, str]]] = {}
    rows = Translation.objects.filter(kind="product", object_id__in=product_ids)
    if option_ids:
        rows |= Translation.objects.filter(kind="option", object_id__in=option_ids)
        rows |= Translation.objects.filter(kind="option_value", object_id__in=value_ids)
    for kind, object_id, language, name, value in rows.values_list("kind", "object_id", "language", "field", "value"):
        found.setdefault((kind, object_id), {}).setdefault(language, {})[name] = value
    return found


def _read_lists(found: dict[int, Snapshot], ids: list[int]) -> None:
    tags = Product.tags.through.objects.filter(product_id__in=ids)
    categories = ProductCategory.objects.filter(product_id__in=ids, is_direct=True)
    collections = CollectionProduct.objects.filter(product_id__in=ids, collection__kind=CollectionKind.MANUAL)
    sources = (
        ("tags", tags.order_by("tag__name").values_list("product_id", "tag__name")),
        ("categories", categories.order_by("category_id").values_list("product_id", "category_id")),
        ("collections", collections.order_by("collection_id").values_list("product_id", "collection_id")),
        (
            "media",
            ProductMedia.objects.filter(product_id__in=ids)
            .order_by("position", "pk")
            .values_list("product_id", "asset_id"),
        ),
        (
            "related",
            RelatedProduct.objects.filter(product_id__in=ids)
            .order_by("position", "pk")
            .values_list("product_id", "related_id"),
        ),
    )
    for name, rows in sources:
        for product_id, value in rows:
            found[product_id][name].append(value)
    attributes = ProductAttribute.objects.filter(product_id__in=ids).order_by("attribute__code", "pk")
    for product_id, code, text, number, boolean in attributes.values_list(
        "product_id", "attribute__code", "text", "number", "boolean"
    ):
        plain = None if number is None else format(number.normalize(), "f")
        found[product_id]["attributes"].append([code, text, plain, boolean])


def _read_variants(found: dict[int, Snapshot], ids: list[int]) -> None:
    variants: dict[int, dict[str, Any]] = {}
    rows = Variant.objects.filter(product_id__in=ids, is_active=True).order_by("product_id", "position", "pk")
    for place, (pk, product_id, value_ids, amount, unit, *values) in enumerate(
        rows.values_list("pk", "product_id", "option_value_ids", "content_amount", "content_unit", *VARIANT_FIELDS)
    ):
        entry = {"place": place, "values": value_ids, **dict(zip(VARIANT_FIELDS, values, strict=True))}
        content = content_of(amount, unit)
        entry["content"] = content.text if content else ""
        variants[pk] = found[product_id]["variants"][str(pk)] = {**entry, "prices": {}, "cost": None}
    for snapshot in found.values():
        for place, entry in enumerate(snapshot["variants"].values()):
            entry["place"] = place
    prices = Price.objects.filter(
        variant__product_id__in=ids, variant__is_active=True, price_list__is_default=True
    ).order_by("price_list__currency")
    for pk, currency, minor, former in prices.values_list(
        "variant_id", "price_list__currency", "minor", "compare_at_minor"
    ):
        variants[pk]["prices"][currency] = [minor, former]
    costs = Cost.objects.filter(variant__product_id__in=ids, variant__is_active=True)
    for pk, minor, currency in costs.values_list("variant_id", "minor", "currency"):
        variants[pk]["cost"] = [minor, currency]
    within = Bundle.objects.filter(variant__product_id__in=ids, variant__is_active=True)
    for bundle in within.prefetch_related("components"):
        parts = [[part.variant_id, part.quantity] for part in bundle.components.all()]
        variants[bundle.variant_id][BUNDLE] = [bundle.price_mode, f"{bundle.percent_off.normalize():f}", parts]
    for name, part in variant_parts:
        for pk, value in part.read(variants).items():
            variants[pk][name] = value


def part_names() -> list[str]:
    """Return what a variant may have beyond its own fields."""
    return [BUNDLE, *(name for name, _ in variant_parts)]


def pack(snapshot: Snapshot) -> tuple[bytes, str]:
    """Return the snapshot compressed, and its digest: the same for the same product."""
    raw = json.dumps(snapshot, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return zlib.compress(raw, 5), hashlib.blake2b(raw, digest_size=16).hexdigest()


def unpack(content: bytes | memoryview) -> Snapshot:
    found: Snapshot = json.loads(zlib.decompress(bytes(content)))
    for name, value in _LATER.items():
        found["product"].setdefault(name, value)
    for entry in found["variants"].values():
        entry.setdefault("content", "")
        entry.setdefault("tax_class", "")
    return found


def copy(snapshot: Snapshot) -> Snapshot:
    """Return a copy that shares nothing: a snapshot is plain data, and of a thousand variants."""
    found: Snapshot = marshal.loads(marshal.dumps(snapshot))  # noqa: S302 (written by the line itself)
    return found


def value_at(snapshot: Snapshot, path: Path) -> Any:
    """Return one field, as `fields` has it; None where there is none. Not for the matrix."""
    head, *rest = path
    if head == "product":
        return snapshot["product"].get(rest[0])
    if head == "texts":
        return snapshot["texts"].get(rest[0], {}).get(rest[1])
    if head == "variant":
        entry = snapshot["variants"].get(rest[0], {})
        if rest[1] == "price":
            return entry.get("prices", {}).get(rest[2])
        return entry.get(rest[1])
    return snapshot.get(head)


def fields(snapshot: Snapshot, *, without: Container[str] = ()) -> dict[Path, Any]:
    """Return every field by its path; ("options",) and ("variants",) stand for what the matrix is.

    Of the variants in `without` only their place in the matrix is told.
    """
    found: dict[Path, Any] = {("product", name): value for name, value in snapshot["product"].items()}
    for language, texts in snapshot["texts"].items():
        found |= {("texts", language, name): value for name, value in texts.items()}
    found |= {(name,): snapshot[name] for name in LISTS}
    found["options",] = snapshot["options"]
    ordered = sorted(snapshot["variants"].items(), key=lambda item: item[1]["place"])
    found["variants",] = [[pk, entry["values"]] for pk, entry in ordered]
    for pk, entry in ordered:
        if pk in without:
            continue
        found |= {("variant", pk, name): entry[name] for name in VARIANT_TEXTS}
        found |= {("variant", pk, "price", currency): price for currency, price in entry["prices"].items()}
        if entry["cost"]:
            found["variant", pk, "cost"] = entry["cost"]
        found |= {("variant", pk, name): entry[name] for name in part_names() if entry.get(name)}
    return found


def differences(before: Snapshot, after: Snapshot) -> list[Difference]:
    """Return what is not the same, field by field; a variant that is new or gone shows in ("variants",) alone."""
    theirs = after["variants"]
    # Of a thousand variants mostly one or two were touched; the rest is compared whole and not taken apart.
    same = {pk for pk, entry in before["variants"].items() if theirs.get(pk) == entry}
    old, new = fields(before, without=same), fields(after, without=same)
    both = before["variants"].keys() & theirs.keys()
    return [
        Difference(path, old.get(path), new.get(path))
        for path in dict.fromkeys([*old, *new])
        if old.get(path) != new.get(path) and (path[0] != "variant" or path[1] in both)
    ]


def put(snapshot: Snapshot, path: Path, value: Any) -> None:
    """Set one field of a snapshot; None where a text, price or cost is not there. Not for the matrix."""
    head, *rest = path
    if head == "product":
        snapshot["product"][rest[0]] = value
    elif head == "texts":
        texts = snapshot["texts"].setdefault(rest[0], {})
        texts.pop(rest[1], None)
        if value:
            texts[rest[1]] = value
        if not texts:
            del snapshot["texts"][rest[0]]
    elif head == "variant":
        entry = snapshot["variants"][rest[0]]
        if rest[1] == "price":
            entry["prices"].pop(rest[2], None)
            if value is not None:
                entry["prices"][rest[2]] = value
        elif value is None and rest[1] in part_names():
            entry.pop(rest[1], None)
        else:
            entry[rest[1]] = value
    else:
        snapshot[head] = value


def put_matrix(snapshot: Snapshot, source: Snapshot) -> None:
    """Give a snapshot the options and variants of another; fields of variants that both have stay."""
    own = snapshot["variants"]
    snapshot["options"] = source["options"]
    snapshot["variants"] = {
        pk: {**own[pk], "place": entry["place"], "values": entry["values"]} if pk in own else entry
        for pk, entry in source["variants"].items()
    }
