"""What a merchant plans: the sale, its goods, and the units that are set aside for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Q

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.money import exponent
from duli.base.text import one_line
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.selectors import bundles
from duli.commerce.flash_sales import locks
from duli.commerce.flash_sales.models import Claim, Entry, FlashSale, Item
from duli.commerce.flash_sales.selectors import TOPIC
from duli.commerce.flash_sales.services.ledger import record
from duli.commerce.flash_sales.states import ENDED, RUNNING, state_of
from duli.commerce.flash_sales.types import (
    MOST_ITEMS,
    MOST_MINUTES,
    MOST_UNITS,
    AboveOrdinaryPrice,
    AlreadyInSale,
    FlashOver,
    FlashStarted,
    ItemDraft,
    NotForFlash,
    PriceMissing,
    SaleDraft,
    TooFewToSetAside,
)
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.selectors import availability
from duli.commerce.inventory.types import InsufficientStock, StockRequest
from duli.commerce.pricing.selectors import conversion, prices
from duli.commerce.promotions import services as promotions
from duli.commerce.promotions.models import Use
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.audit.services import record_change
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, compare
from duli.platform.store.selectors import markets

AREA = "promotions"
FIRST_PRIORITY = 1
"""A flash price goes before other prices on the shelf."""


@transaction.atomic
def save_sale(*, draft: SaleDraft, sale_id: int | None = None, actor: str, seen: Seen | None = None) -> FlashSale:
    """Write a sale down, or change one. Of one that is planned the units set aside and the prices follow at once.

    A sale that has started keeps its beginning and its goods; units, limits, prices and the waiting room may change.
    Raises NotFound, Conflict (by `seen`), FlashOver, FlashStarted, InvalidInput naming what is wrong, NotForFlash,
    AlreadyInSale, TooFewToSetAside.
    """
    row = locks.lock_sale(sale_id) if sale_id else FlashSale(created_by=actor[:80], created_at=now(), version=0)
    compare(seen)
    state = state_of(row, now()) if sale_id else ""
    if state == ENDED:
        raise FlashOver()
    if state == RUNNING and draft.starts_at != row.starts_at:
        raise FlashStarted()
    before = told(row) if sale_id else None
    _fill(row, draft)
    if row.is_planned and row.ends_at <= now():
        raise InvalidInput(field="ends_at")
    row.version += 1
    row.updated_at = now()
    row.save()
    _save_items(row, _checked(draft.items), started=state == RUNNING, actor=actor)
    if row.is_planned:
        if state != RUNNING:
            _require_reductions(row)
        arrange(row, actor)
    tell(row, before, actor)
    return row


def _require_reductions(row: FlashSale) -> None:
    """Refuse a price above the ordinary one: nobody would pay it, and its units would be gone from the shop.

    The same price is none: what is rare is sold through a line, too.
    """
    items = list(row.items.select_related("variant__product").order_by("pk"))
    for currency in sorted({currency for item in items for currency in item.amounts}):
        ordinary = prices([item.variant_id for item in items], currency, max(now(), row.starts_at))
        for item in items:
            amount, usual = item.amounts.get(currency), ordinary.get(item.variant_id)
            if amount is not None and usual is not None and amount > usual.price.minor:
                raise AboveOrdinaryPrice(title=name_of(item.variant), currency=currency)


@transaction.atomic
def plan_sale(*, sale_id: int, actor: str) -> FlashSale:
    """Set the units of a draft aside; from now on it starts and ends by the clock. Nothing happens to a planned one.

    Raises NotFound, FlashOver, InvalidInput (nothing in it, or its end is past), AboveOrdinaryPrice, AlreadyInSale,
    TooFewToSetAside.
    """
    row = locks.lock_sale(sale_id)
    if state_of(row, now()) == ENDED:
        raise FlashOver()
    if row.is_planned:
        return row
    if row.ends_at <= now():
        raise InvalidInput(field="ends_at")
    if not row.items.exists():
        raise InvalidInput(field="lines")
    _require_reductions(row)
    before = told(row)
    row.is_planned, row.updated_at = True, now()
    row.save(update_fields=["is_planned", "updated_at"])
    arrange(row, actor)
    tell(row, before, actor)
    return row


@transaction.atomic
def delete_sale(*, sale_id: int, actor: str) -> None:
    """Delete a draft. NotFound, FlashStarted (it is planned: stop it instead)."""
    row = locks.lock_sale(sale_id)
    if row.is_planned:
        raise FlashStarted()
    record_change(
        area=AREA, reference=f"flash_sale:{row.pk}", label=row.name, before=told(row), after=None, actor=actor
    )
    row.delete()
    mark(TOPIC)


def _fill(row: FlashSale, draft: SaleDraft) -> None:
    name = one_line(draft.name, 120).strip()
    if not name or "\x00" in name:
        raise InvalidInput(field="name")
    if draft.ends_at <= draft.starts_at:
        raise InvalidInput(field="ends_at")
    for value, most, field in (
        (draft.pay_minutes, MOST_MINUTES, "pay_minutes"),
        (draft.batch_size, 100_000, "batch_size"),
        (draft.batch_seconds, 3600, "batch_seconds"),
        (draft.admission_minutes, 24 * 60, "admission_minutes"),
    ):
        if value is not None and not 1 <= value <= most:
            raise InvalidInput(field=field)
    row.name = name
    row.titles = {
        language[:12]: one_line(title, 120) for language, title in draft.titles.items() if title and title.strip()
    }
    row.starts_at, row.ends_at = draft.starts_at, draft.ends_at
    row.is_listed, row.pay_minutes = draft.is_listed, draft.pay_minutes
    row.waiting_room, row.batch_size = draft.waiting_room, draft.batch_size
    row.batch_seconds, row.admission_minutes = draft.batch_seconds, draft.admission_minutes


def _checked(items: Sequence[ItemDraft]) -> list[ItemDraft]:
    """Return the lines as they may be kept; InvalidInput, NotForFlash."""
    if len(items) > MOST_ITEMS or len({item.variant_id for item in items}) != len(items):
        raise InvalidInput(field="lines")
    variants = Variant.objects.select_related("product").in_bulk([item.variant_id for item in items])
    for item in items:
        variant = variants.get(item.variant_id)
        if variant is None:
            raise InvalidInput(field="variant")
        if variant.product.is_gift_card or not variant.tracks_stock or item.variant_id in bundles().components:
            raise NotForFlash(field="lines", title=name_of(variant))
        if not 1 <= item.units <= MOST_UNITS or not (item.limit is None or 1 <= item.limit <= MOST_UNITS):
            raise InvalidInput(field="quantity")
        _check_amounts(item.amounts)
    return list(items)


def _check_amounts(amounts: Mapping[str, int]) -> None:
    """Raise InvalidInput unless they are a price in every market: what has none there would cost as much as ever."""
    if not amounts or len(amounts) > 50:
        raise InvalidInput(field="price")
    for currency, minor in amounts.items():
        try:
            exponent(currency)
        except ValueError:
            raise InvalidInput(field="currency") from None
        if not isinstance(minor, int) or not 1 <= minor <= 10**12:
            raise InvalidInput(field="price")
    instant = now()
    for currency in {market.currency for market in markets()}:
        if currency not in amounts and not any(conversion(currency, instant, base) for base in amounts):
            raise PriceMissing(field="price", currency=currency)


def name_of(variant: Variant) -> str:
    return f"{variant.product.title} {variant.title}".strip()


def _save_items(row: FlashSale, drafts: Sequence[ItemDraft], *, started: bool, actor: str) -> None:
    known = {item.variant_id: item for item in locks.lock_items(row.items.values_list("pk", flat=True))}
    wanted = {draft.variant_id for draft in drafts}
    gone = [item for variant_id, item in known.items() if variant_id not in wanted]
    if started and (gone or wanted - known.keys()):
        raise FlashStarted()
    for item in gone:
        _take_out(item)
    for position, draft in enumerate(drafts):
        item = known.get(draft.variant_id) or Item(sale=row, variant_id=draft.variant_id, units=0)
        item.amounts, item.limit, item.position = dict(draft.amounts), draft.limit, position
        is_set_aside = row.is_planned and item.pk is not None
        if not is_set_aside:
            # Nothing is set aside yet: `arrange` does it where the sale is planned.
            item.units = draft.units
        item.save()
        if is_set_aside:
            change_units(item, draft.units - item.units, kind=Entry.Kind.CHANGED, actor=actor)


def _take_out(item: Item) -> None:
    """Take goods out of a sale that has not started."""
    if Claim.objects.filter(item=item).exists():
        raise FlashStarted()
    inventory.release(reference=item.reference)
    _end_promotion(item)
    item.delete()


def _end_promotion(item: Item) -> None:
    if item.promotion_id is None:
        return
    if Use.objects.filter(promotion_id=item.promotion_id).exists():
        promotions.set_active(promotion_id=item.promotion_id, active=False, actor="system", by=item.sale.reference)
    else:
        promotions.delete_promotion(promotion_id=item.promotion_id, actor="system", by=item.sale.reference)


def change_units(item: Item, change: int, *, kind: str, actor: str) -> None:
    """Set `change` more units aside, or give so many back to ordinary sale; the item is locked.

    Raises TooFewToSetAside; InvalidInput where fewer are left than should go back.
    """
    if change > 0:
        here = availability([item.variant_id]).get(item.variant_id)
        at_hand = here.at_hand if here is not None and here.at_hand is not None else 0
        title = name_of(item.variant)
        if at_hand < change:
            raise TooFewToSetAside(title=title, available=at_hand)
        try:
            inventory.reserve(
                requests=[StockRequest(item.variant_id, change)],
                reference=item.reference,
                expires_at=None,
                actor=actor,
            )
        except InsufficientStock as error:
            raise TooFewToSetAside(title=title, available=error.params["available"]) from None
    elif change < 0:
        if item.left + change < 0:
            raise InvalidInput(field="quantity")
        inventory.rearrange(reference=item.reference, give_back=[StockRequest(item.variant_id, -change)], actor=actor)
    if change:
        item.units += change
        item.left += change
        item.save(update_fields=["units", "left"])
        record([(item, change)], kind=kind, actor=actor)


def arrange(row: FlashSale, actor: str) -> None:
    """Let units, prices and times of a planned sale be as its rows say."""
    items = list(row.items.select_related("variant__product").order_by("pk"))
    clash = Item.objects.filter(
        Q(sale__starts_at__lt=row.ends_at, sale__ends_at__gt=row.starts_at),
        variant_id__in=[item.variant_id for item in items],
        sale__is_planned=True,
        sale__closed_at__isnull=True,
    ).exclude(sale=row)
    taken = clash.select_related("variant__product").first()
    if taken is not None:
        raise AlreadyInSale(title=name_of(taken.variant))
    for item in items:
        if not item.entries.exists():
            wanted, item.units = item.units, 0
            change_units(item, wanted, kind=Entry.Kind.SET_ASIDE, actor=actor)
        item.promotion_id = promotions.save_promotion(
            draft=PromotionDraft(
                name=row.name,
                titles=row.titles,
                rules={
                    "kind": "price",
                    "scope": {"any_of": [f"variant:{item.variant_id}"]},
                    "amount": item.amounts,
                },
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                stacking="alone",
                priority=FIRST_PRIORITY,
                on_shelf=True,
            ),
            promotion_id=item.promotion_id,
            actor=actor,
            by=row.reference,
        ).pk
        item.save(update_fields=["promotion"])
    mark(TOPIC, "catalogue", *(f"product:{item.variant.product_id}" for item in items))


def told(row: FlashSale) -> dict[str, object]:
    """Return what the log of changes keeps of a sale."""
    return {
        "name": row.name,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "planned": row.is_planned,
        "waiting_room": row.waiting_room,
        "batch": [row.batch_size, row.batch_seconds, row.admission_minutes],
        "pay_minutes": row.pay_minutes,
        "stopped_at": row.stopped_at,
        "items": [[item.variant_id, item.units, item.limit, item.amounts] for item in Item.objects.filter(sale=row)],
    }


def tell(row: FlashSale, before: dict[str, object] | None, actor: str) -> None:
    record_change(
        area=AREA, reference=f"flash_sale:{row.pk}", label=row.name, before=before, after=told(row), actor=actor
    )
    mark(TOPIC)
