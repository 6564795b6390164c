"""A new product after the pattern of one there is."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.pricing.services import set_costs, set_prices
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions import snapshots
from duli.commerce.revisions.models import ChangeKind
from duli.commerce.revisions.services import draft_of, open_change_set, recording


@transaction.atomic
def duplicate_product(*, product_id: int, title: str, actor: str) -> Product:
    """Make a draft with everything the product has but its stock, SKUs, barcodes and schedule. NotFound."""
    found = snapshots.read([product_id]).get(product_id)
    if found is None:
        raise NotFound()
    draft = draft_of(found, [*snapshots.LISTS, "options", "variants"])
    options = [
        replace(option, option_id=None, values=[replace(value, value_id=None) for value in option.values])
        for option in draft.options or ()
    ]
    variants = [replace(variant, variant_id=None, sku="", barcode="") for variant in draft.variants or ()]
    draft = replace(
        draft,
        title=title,
        handle="",
        status=ProductStatus.DRAFT,
        published_at=None,
        unpublished_at=None,
        options=options,
        variants=variants,
    )
    change_set = open_change_set(kind=ChangeKind.EDITOR, actor=actor, note=found["product"]["title"])
    with recording(change_set=change_set) as recorder:
        copy = save_product(draft=draft, actor=actor)
        recorder.created(copy.pk)
        rows = Variant.objects.filter(product=copy, is_active=True).order_by("position", "pk")
        entries = sorted(found["variants"].values(), key=lambda entry: entry["place"])
        pairs = list(zip(rows.values_list("pk", flat=True), entries, strict=True))
        set_prices(
            prices=[
                PriceInput(pk, currency, minor, former)
                for pk, entry in pairs
                for currency, (minor, former) in entry["prices"].items()
            ],
            actor=actor,
        )
        set_costs(costs={pk: Money(*entry["cost"]) for pk, entry in pairs if entry["cost"]})
    return copy
