"""Values of attributes: the lists that choices and colours have, what a product has, and what it must have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.catalogue import locks
from duli.commerce.catalogue.models import Attribute, AttributeValue, Product, ProductAttribute
from duli.commerce.catalogue.services.texts import announce_products
from duli.commerce.catalogue.states import LISTED, AttributeKind, ProductStatus
from duli.commerce.catalogue.types import (
    AttributeDraft,
    AttributesMissing,
    AttributeValueDraft,
    ValueInUse,
    ValueNotAllowed,
)
from duli.platform.store.seen import Seen, compare
from duli.platform.store.translations import delete_texts, save_texts

MAXIMUM_VALUES = 500
_SWATCH = re.compile(r"#[0-9a-f]{6}")
_ASIDE = "\x01"


@transaction.atomic
def save_attribute_values(
    *, attribute_id: int, values: Sequence[AttributeValueDraft], actor: str, seen: Seen | None = None
) -> None:
    """Make the list of a choice or colour exactly these values, in this order; products follow a new name.

    Raises what `seen` raises, NotFound, InvalidInput (no such kind, an empty or double value, a swatch that is no
    #rrggbb, too many) and ValueInUse (products have a value that would be gone).
    """
    attribute = locks.lock_attribute(attribute_id)
    compare(seen)
    if attribute.kind not in LISTED:
        raise InvalidInput(field="kind")
    if len(values) > MAXIMUM_VALUES:
        raise InvalidInput(field="values")
    names = [" ".join(value.text.split()) for value in values]
    if (
        not all(names)
        or len({name.casefold() for name in names}) != len(names)
        or max(map(len, names), default=0) > 255
    ):
        raise InvalidInput(field="values")
    swatches = [value.swatch.strip().lower() for value in values]
    if any(swatch and not _SWATCH.fullmatch(swatch) for swatch in swatches):
        raise InvalidInput(field="swatch")
    stored = {row.pk: row for row in attribute.named_values.all()}
    by_text = {row.text: row for row in stored.values()}
    rows = []
    for value, name in zip(values, names, strict=True):
        if value.value_id is not None and value.value_id not in stored:
            raise NotFound()
        rows.append(stored.get(value.value_id or 0) or by_text.get(name))
    kept = {row.pk for row in rows if row is not None}
    if len(kept) != len([row for row in rows if row is not None]):
        raise InvalidInput(field="values")
    _remove(attribute, [row for pk, row in stored.items() if pk not in kept])
    changed: set[int] = set()
    # A text is unique in the table: those that change theirs step aside first, so that two may swap.
    for row, name in zip(rows, names, strict=True):
        if row is not None and row.text != name:
            changed |= _rename(attribute, row, f"{_ASIDE}{row.pk}")
    for position, (row, name, swatch, value) in enumerate(zip(rows, names, swatches, values, strict=True)):
        if row is None:
            row = AttributeValue(attribute=attribute)
        elif row.text != name:
            _rename(attribute, row, name)
        row.text, row.position, row.swatch = name, position, swatch
        row.save()
        for language, text in value.texts.items():
            save_texts(kind="attribute_value", object_id=row.pk, language=language, values={"name": text})
    announce_products(changed or ProductAttribute.objects.none().values_list("product_id", flat=True), actor)


def _rename(attribute: Attribute, row: AttributeValue, text: str) -> set[int]:
    values = ProductAttribute.objects.filter(attribute=attribute, text=row.text)
    ids = set(values.values_list("product_id", flat=True))
    values.update(text=text)
    row.text = text
    row.save(update_fields=["text"])
    return ids


def _remove(attribute: Attribute, rows: Sequence[AttributeValue]) -> None:
    used = (
        ProductAttribute.objects.filter(attribute=attribute, text__in=[row.text for row in rows])
        .values("text")
        .annotate(count=Count("product", distinct=True))
        .values_list("text", "count")
        .order_by("text")
        .first()
    )
    if used:
        raise ValueInUse(value=used[0], count=used[1])
    delete_texts(kind="attribute_value", ids=[row.pk for row in rows])
    AttributeValue.objects.filter(pk__in=[row.pk for row in rows]).delete()


def list_used_values(attribute: Attribute) -> None:
    """Let a text that becomes a list begin with the values that products have, in the caller's transaction."""
    texts = ProductAttribute.objects.filter(attribute=attribute).exclude(text="").order_by("text")
    used = list(texts.values_list("text", flat=True).distinct()[: MAXIMUM_VALUES + 1])
    if len(used) > MAXIMUM_VALUES:
        raise InvalidInput(field="kind")
    rows = {row.text: row for row in attribute.named_values.all()}
    for position, text in enumerate(used):
        row = rows.get(text) or AttributeValue(attribute=attribute, text=text)
        row.position = position
        row.save()


def set_attributes(product_id: int, drafts: Sequence[AttributeDraft]) -> None:
    """Let a product have exactly these values, in the caller's transaction. InvalidInput, ValueNotAllowed."""
    ProductAttribute.objects.filter(product_id=product_id).delete()
    by_code = {row.code: row for row in Attribute.objects.filter(code__in={draft.code for draft in drafts})}
    listed = [row.pk for row in by_code.values() if row.kind in LISTED]
    allowed = (
        set(AttributeValue.objects.filter(attribute__in=listed).values_list("attribute_id", "text"))
        if listed
        else set()
    )
    rows = []
    for draft in drafts:
        attribute = by_code.get(draft.code)
        if attribute is None or (draft.number is not None and attribute.kind != AttributeKind.NUMBER):
            raise InvalidInput(field=draft.code or "attribute")
        if attribute.kind in LISTED and (attribute.pk, draft.text) not in allowed:
            raise ValueNotAllowed(value=draft.text, attribute=attribute.name, field=draft.code)
        rows.append(
            ProductAttribute(
                product_id=product_id,
                attribute=attribute,
                text=draft.text[:255],
                number=draft.number,
                boolean=draft.boolean,
            )
        )
    ProductAttribute.objects.bulk_create(rows)


def filled_attributes(product_id: int) -> set[int]:
    """Return the attributes a product has a value for."""
    return set(ProductAttribute.objects.filter(product_id=product_id).values_list("attribute_id", flat=True))


def check_required(product: Product, *, was_shown: bool, filled_before: set[int] | None) -> None:
    """Refuse to show a product without what its type needs. AttributesMissing.

    A product that is shown already stays editable, as long as it loses nothing that it had: a type may come to need
    more than its products have.
    """
    if product.status != ProductStatus.ACTIVE or product.product_type is None:
        return
    required = dict(product.product_type.required_attributes.order_by("position", "pk").values_list("pk", "name"))
    if not required:
        return
    missing = required.keys() - filled_attributes(product.pk)
    if was_shown:
        missing &= filled_before or set()
    if missing:
        raise AttributesMissing(names=[name for pk, name in required.items() if pk in missing], ids=list(missing))
