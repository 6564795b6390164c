"""Size guides: made, changed, removed, and the pages of their products follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import without_control
from duli.commerce.catalogue.guides import MAXIMUM_CELLS, MAXIMUM_ROWS, table_of
from duli.commerce.catalogue.models import Product, ProductType, SizeGuide
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold
from duli.platform.store.translations import delete_texts, save_texts


@transaction.atomic
def save_size_guide(
    *,
    name: str,
    measures: str,
    advice: str = "",
    type_ids: Sequence[int] = (),
    product_handles: Sequence[str] = (),
    texts: Mapping[str, Mapping[str, str]] | None = None,
    actor: str,
    guide_id: int | None = None,
    seen: Seen | None = None,
) -> SizeGuide:
    """Make a size guide or change one, and say for which kinds and which single products it is.

    Raises InvalidInput (no name, one that another guide has, a table without a head and a row or far too large, an
    unknown kind or product) and NotFound.
    """
    hold(f"guide:{guide_id}", seen)
    name = " ".join(name.split())
    if not name or len(name) > 160:
        raise InvalidInput(field="name")
    guide = SizeGuide.objects.filter(pk=guide_id).first() if guide_id else SizeGuide()
    if guide is None:
        raise NotFound()
    if SizeGuide.objects.filter(name=name).exclude(pk=guide.pk).exists():
        raise InvalidInput(field="name")
    _check_table(measures, "measures")
    for language, values in (texts or {}).items():
        if values.get("measures"):
            _check_table(values["measures"], f"measures__{language}")
    kinds, handles = set(type_ids), set(product_handles)
    if ProductType.objects.filter(pk__in=kinds).count() != len(kinds):
        raise InvalidInput(field="product_types")
    products = list(Product.objects.filter(handle__in=handles).values_list("pk", flat=True))
    if len(products) != len(handles):
        raise InvalidInput(field="products")
    guide.name, guide.measures, guide.advice = name, without_control(measures), without_control(advice)
    guide.save()
    guide.product_types.set(kinds)
    guide.products.set(products)
    for language, values in (texts or {}).items():
        save_texts(kind="guide", object_id=guide.pk, language=language, values=values)
    # Product pages and what is remembered of them are drawn anew.
    mark("catalogue", "structure")
    return guide


@transaction.atomic
def delete_size_guide(*, guide_id: int, actor: str) -> None:
    """Remove a size guide; its products stay, without one. NotFound."""
    guide = SizeGuide.objects.filter(pk=guide_id).first()
    if guide is None:
        raise NotFound()
    delete_texts(kind="guide", ids=[guide_id])
    guide.delete()
    mark("catalogue", "structure")


def _check_table(text: str, field: str) -> None:
    rows = table_of(text)
    if not 2 <= len(rows) <= MAXIMUM_ROWS or len(rows[0]) > MAXIMUM_CELLS:
        raise InvalidInput(field=field)
