"""Making a product again what a snapshot says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.catalogue.models import Attribute, AttributeValue, Collection, Product, SafetyContact, Variant
from duli.commerce.catalogue.services import clear_bundle, save_product, set_bundle, touch_products
from duli.commerce.catalogue.states import LISTED
from duli.commerce.catalogue.types import (
    AttributeDraft,
    Component,
    OptionDraft,
    OptionValueDraft,
    ProductDraft,
    Safety,
    VariantDraft,
)
from duli.commerce.pricing.services import refresh_ranges, remove_prices, reprice_bundles, set_costs, set_prices
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions import snapshots
from duli.commerce.revisions.models import ChangeKind, ProductRevision
from duli.commerce.revisions.parts import variant_parts
from duli.commerce.revisions.services.recording import open_change_set, recording
from duli.commerce.revisions.types import RevisionGone, Snapshot
from duli.platform.media.models import Asset
from duli.platform.store.translations import save_texts


@transaction.atomic
def restore_revision(*, product_id: int, number: int, actor: str, expected_version: int | None = None) -> Product:
    """Make the product what it was in one of its revisions; what it is now stays in its history.

    Stock is not touched: counts belong to the ledger. Variants that were removed come back, those that were added
    are no longer sold. Raises RevisionGone, ProductChangedMeanwhile, HandleTaken, SkuTaken.
    """
    revision = ProductRevision.objects.filter(product_id=product_id, number=number).first()
    if revision is None or not revision.digest:
        raise RevisionGone()
    change_set = open_change_set(kind=ChangeKind.RESTORE, actor=actor, note=f"{number}")
    with recording(change_set=change_set, product_ids=[product_id]) as recorder:
        now_there = recorder.before.get(product_id)
        if now_there is None:
            raise NotFound()
        target = snapshots.unpack(revision.content)
        return save_snapshot(
            product_id=product_id, target=target, current=now_there, actor=actor, expected_version=expected_version
        )


@transaction.atomic
def save_snapshot(
    *, product_id: int, target: Snapshot, current: Snapshot, actor: str, expected_version: int | None = None
) -> Product:
    """Make a product what `target` says, given what it is now; writes the parts that differ.

    Runs inside `recording`. Pictures, categories and the like that are gone by now are left out.
    """
    changed = {difference.path for difference in snapshots.differences(current, target)}
    heads = {path[0] for path in changed}
    beside = {"price", "cost", *snapshots.part_names()}
    money = [path for path in changed if path[0] == "variant" and path[2] in beside]
    if len(money) == len(changed) and expected_version is None:
        touch_products(product_ids=[product_id], actor=actor)
    else:
        draft = draft_of(target, heads)
        if target["product"]["handle"] == current["product"]["handle"]:
            draft = replace(draft, handle="")
        save_product(draft=draft, actor=actor, product_id=product_id, expected_version=expected_version)
        for language, name in {(path[1], path[2]) for path in changed if path[0] == "texts"}:
            if name not in target["texts"].get(language, {}):
                save_texts(kind="product", object_id=product_id, language=language, values={name: ""})
    if "variants" in heads or money:
        # First: what is a bundle no longer has prices of its own again, and what becomes one may lose them.
        _save_parts(target, snapshots.read([product_id]).get(product_id, current), actor)
        _save_money(product_id, target, current, actor)
    return Product.objects.get(pk=product_id)


def draft_of(snapshot: Snapshot, heads: Iterable[str] = ()) -> ProductDraft:
    """Return the catalogue's draft of a snapshot; lists and the matrix only if `heads` names them."""
    own = snapshot["product"]
    wanted = set(heads)
    matrix = bool(wanted & {"options", "variants", "variant"})
    names = {value[0]: value[1] for option in snapshot["options"] for value in option[3]}
    attributes = None
    if "attributes" in wanted:
        known = _existing(Attribute, "code", [row[0] for row in snapshot["attributes"]])
        # A value that left its list since is left out, like a picture that is gone.
        listed = set(Attribute.objects.filter(code__in=known, kind__in=LISTED).values_list("code", flat=True))
        rows = AttributeValue.objects.filter(attribute__code__in=listed)
        values = set(rows.values_list("attribute__code", "text")) if listed else set()
        attributes = [
            AttributeDraft(code, text, Decimal(number) if number is not None else None, boolean)
            for code, text, number, boolean in snapshot["attributes"]
            if code in known and (code not in listed or (code, text) in values)
        ]
    contacts = _existing(SafetyContact, "pk", [own["maker_id"], own["responsible_person_id"]])
    ordered = sorted(snapshot["variants"].items(), key=lambda item: item[1]["place"])
    images = _existing(Asset, "pk", {entry["image_id"] for _, entry in ordered}) if matrix else set()
    return ProductDraft(
        title=own["title"],
        handle=own["handle"],
        description_html=own["description_html"],
        status=own["status"],
        published_at=_moment(own["published_at"]),
        unpublished_at=_moment(own["unpublished_at"]),
        keeps_publication=False,
        product_type=own["product_type"],
        brand=own["brand"],
        tax_class=own["tax_class"],
        hs_code=own["hs_code"],
        origin_country=own["origin_country"],
        is_gift_card=own.get("is_gift_card"),
        seo_title=own["seo_title"],
        seo_description=own["seo_description"],
        texts=snapshot["texts"],
        safety=Safety(
            own["maker_id"] if own["maker_id"] in contacts else None,
            own["responsible_person_id"] if own["responsible_person_id"] in contacts else None,
            own["safety_text"],
        ),
        options=[
            OptionDraft(name, [OptionValueDraft(text, swatch, own, pk) for pk, text, swatch, own in values], texts, key)
            for key, name, texts, values in snapshot["options"]
        ]
        if matrix
        else None,
        variants=[
            VariantDraft(
                option_values=[names[pk] for pk in entry["values"]],
                variant_id=int(variant_id),
                **{name: entry[name] for name in snapshots.VARIANT_TEXTS if name != "image_id"},
                image_id=entry["image_id"] if entry["image_id"] in images else None,
            )
            for variant_id, entry in ordered
        ]
        if matrix
        else None,
        tags=snapshot["tags"] if "tags" in wanted else None,
        category_ids=snapshot["categories"] if "categories" in wanted else None,
        collection_ids=_still(Collection, snapshot["collections"]) if "collections" in wanted else None,
        media_ids=_still(Asset, snapshot["media"]) if "media" in wanted else None,
        related_ids=snapshot["related"] if "related" in wanted else None,
        attributes=attributes,
    )


def _existing(model: Any, field: str, values: Iterable[Any]) -> set[Any]:
    wanted = [value for value in values if value is not None]
    if not wanted:
        return set()
    return set(model._default_manager.filter(**{f"{field}__in": wanted}).values_list(field, flat=True))


def _still(model: Any, ids: list[int]) -> list[int]:
    known = _existing(model, "pk", ids)
    return [pk for pk in ids if pk in known]


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@transaction.atomic
def save_money_of(*, targets: Mapping[int, tuple[Snapshot, Snapshot]], actor: str) -> None:
    """Write prices and costs of many products, given {product id: (target, what it is now)}, in the same few
    statements for one product and for hundreds; nothing else of them may differ. Runs inside `recording`.

    Raises InvalidPrice; then nothing is stored.
    """
    touch_products(product_ids=list(targets), actor=actor)
    money = _Money()
    for target, current in targets.values():
        money.add(target, current)
    money.store(actor)
    if not money.prices and not money.gone:
        refresh_ranges(product_ids=list(targets))


def is_money_only(target: Snapshot, current: Snapshot) -> bool:
    """Whether two states of a product differ in prices and costs alone."""
    found = snapshots.differences(current, target)
    return all(entry.path[0] == "variant" and entry.path[2] in {"price", "cost"} for entry in found)


def _save_parts(target: Snapshot, current: Snapshot, actor: str) -> None:
    """Make bundles, and what rooms above keep of the variants, what they were; parts that are gone are left out."""
    for key, entry in target["variants"].items():
        pk, now_there = int(key), current["variants"].get(key, {})
        wanted = entry.get(snapshots.BUNDLE)
        if wanted != now_there.get(snapshots.BUNDLE):
            _save_bundle(pk, wanted, entry["tracks_stock"], actor)
        for name, part in variant_parts:
            if entry.get(name) != now_there.get(name):
                part.write(pk, entry.get(name), actor)


def _save_bundle(variant_id: int, wanted: Any, tracks_stock: bool, actor: str) -> None:
    if not wanted:
        clear_bundle(variant_id=variant_id, tracks_stock=tracks_stock)
        return
    mode, percent, parts = wanted
    active = Variant.objects.filter(pk__in=[pk for pk, _ in parts], is_active=True, bundle__isnull=True)
    there = set(active.values_list("pk", flat=True))
    components = [Component(pk, units) for pk, units in parts if pk in there]
    if components:
        set_bundle(variant_id=variant_id, components=components, price_mode=mode, percent_off=Decimal(percent))
        reprice_bundles(bundle_ids=[variant_id], actor=actor)


def _save_money(product_id: int, target: Snapshot, current: Snapshot, actor: str) -> None:
    money = _Money()
    money.add(target, current)
    money.store(actor)
    if not money.prices and not money.gone:
        refresh_ranges(product_ids=[product_id])


class _Money:
    """Prices and costs that are to be stored, of any number of products."""

    def __init__(self) -> None:
        self.prices: list[PriceInput] = []
        self.gone: dict[str, list[int]] = {}
        self.costs: dict[int, Money | None] = {}

    def add(self, target: Snapshot, current: Snapshot) -> None:
        for key, entry in target["variants"].items():
            old = current["variants"].get(key, {"prices": {}, "cost": None})
            if entry is old:
                continue
            pk = int(key)
            for currency, (minor, former) in entry["prices"].items():
                if old["prices"].get(currency) != [minor, former]:
                    self.prices.append(PriceInput(pk, currency, minor, former))
            for currency in old["prices"].keys() - entry["prices"].keys():
                self.gone.setdefault(currency, []).append(pk)
            if entry["cost"] != old["cost"]:
                self.costs[pk] = Money(*entry["cost"]) if entry["cost"] else None

    def store(self, actor: str) -> None:
        if self.prices:
            set_prices(prices=self.prices, actor=actor)
        for currency, variant_ids in self.gone.items():
            remove_prices(variant_ids=variant_ids, currency=currency)
        if self.costs:
            set_costs(costs=self.costs)
