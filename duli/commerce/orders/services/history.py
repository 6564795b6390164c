"""Orders of an old shop, kept as history: nothing moves, nobody is written to, nothing is charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import new_token
from duli.commerce.customers import services as customers
from duli.commerce.customers.types import Address
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderImported
from duli.commerce.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, OrderTag
from duli.commerce.orders.part_text import WrittenPart
from duli.commerce.orders.parts import parts_json
from duli.commerce.orders.services.history_keys import count_on_behind, free_key
from duli.commerce.orders.services.history_returns import HistoricReturn, write_returns
from duli.commerce.orders.services.value import recount_customer
from duli.commerce.orders.states import FulfilmentState, OrderStatus, ParcelState, PaymentState
from duli.platform.events.models import Event
from duli.platform.events.services import publish
from duli.platform.store.selectors import current_store

SOURCE = "import"


@dataclass(frozen=True, slots=True)
class HistoricLine:
    """What was bought; minor units of the order's currency. `total_minor` is what was paid for it, tax included."""

    title: str
    quantity: int
    unit_price_minor: int
    variant_title: str = ""
    sku: str = ""
    discount_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    variant_id: int | None = None
    product_id: int | None = None
    product_handle: str = ""
    requires_shipping: bool = True
    fulfilled: int = 0
    cancelled: int = 0
    refunded: int = 0
    refunded_minor: int = 0
    refunded_tax_minor: int = 0
    tax_rate: Decimal = Decimal(0)
    tax_name: str = ""
    weight_grams: int = 0
    parcels: Sequence[int] = ()
    """Its units in each of the order's parcels, in their order."""
    parts: Sequence[WrittenPart] = ()
    """What one unit of a bundle consisted of."""


@dataclass(frozen=True, slots=True)
class HistoricParcel:
    shipped_at: datetime
    state: str = ParcelState.SHIPPED
    carrier: str = ""
    tracking_number: str = ""
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoricOrder:
    """An order as the old shop told it. `key` names it for ever, so that it is never counted twice.

    Without `status` it follows from the other states; without `parcels` what was sent went in one.
    `keeps_number`: the number is one of this shop's own kind, which no later order may be given again.
    """

    key: str
    number: str
    currency: str
    language: str
    market_code: str
    placed_at: datetime
    lines: Sequence[HistoricLine]
    total_minor: int
    subtotal_minor: int
    customer_name: str = ""
    email: str = ""
    phone: str = ""
    shipping_minor: int = 0
    discount_minor: int = 0
    tax_minor: int = 0
    prices_include_tax: bool = True
    payment_state: str = PaymentState.PAID
    fulfilment_state: str = FulfilmentState.FULFILLED
    refunded_minor: int = 0
    paid_at: datetime | None = None
    fulfilled_at: datetime | None = None
    cancelled_at: datetime | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str = ""
    payment_method: str = ""
    note: str = ""
    tags: Sequence[str] = ()
    source: str = ""
    status: str = ""
    cancel_reason: str = "other"
    credited_minor: int = 0
    parcels: Sequence[HistoricParcel] | None = None
    returns: Sequence[HistoricReturn] = ()
    keeps_number: bool = False


def history_key(key: str) -> str:
    return f"{SOURCE}:{key}"[:80]


@transaction.atomic
def import_order(*, draft: HistoricOrder, actor: str) -> tuple[Order, bool]:
    """Keep an order of an old shop; return it and whether it is new. The same key again changes nothing.

    Its states stay as they were; stock, payments and messages are not touched. Raises InvalidInput.
    """
    key = history_key(draft.key)
    found = Order.objects.filter(idempotency_key=key).first() or Order.objects.filter(number=draft.number).first()
    if found:
        return found, False
    if draft.total_minor < 0 or not 0 <= draft.refunded_minor <= draft.total_minor:
        raise InvalidInput(field="total")
    if not draft.lines and not draft.cancelled_at:
        raise InvalidInput(field="line")
    customer_id = None
    if draft.email or draft.phone:
        customer_id = customers.customer_for_guest(
            name=draft.customer_name, email=draft.email, phone=draft.phone, language=draft.language
        ).pk
    order = Order.objects.create(
        pk=free_key(Order, draft.number.removeprefix(current_store().order_prefix)) if draft.keeps_number else None,
        number=draft.number,
        token=new_token(),
        idempotency_key=key,
        status=draft.status or _status(draft),
        payment_state=draft.payment_state,
        fulfilment_state=draft.fulfilment_state,
        customer_id=customer_id,
        customer_name=draft.customer_name[:120],
        email=draft.email,
        phone=draft.phone,
        language=draft.language,
        market_code=draft.market_code,
        currency=draft.currency,
        prices_include_tax=draft.prices_include_tax,
        subtotal_minor=draft.subtotal_minor,
        discount_minor=draft.discount_minor,
        shipping_minor=draft.shipping_minor,
        tax_minor=draft.tax_minor,
        total_minor=draft.total_minor,
        refunded_minor=draft.refunded_minor,
        credited_minor=draft.credited_minor,
        quote={"adjustments": [], "taxes": [], "imported": draft.source},
        shipping_address=_json(draft.shipping_address),
        billing_address=_json(draft.billing_address),
        shipping_method_name=draft.shipping_method[:120],
        payment_method_code=draft.payment_method[:40],
        country=draft.shipping_address.country if draft.shipping_address else "",
        note=draft.note[:5000],
        tags=list(draft.tags),
        source=f"{SOURCE}:{draft.source}"[:40],
        placed_at=draft.placed_at,
        confirmed_at=draft.placed_at,
        paid_at=draft.paid_at,
        cancelled_at=draft.cancelled_at,
        cancel_reason=draft.cancel_reason[:40] if draft.cancelled_at else "",
    )
    OrderTag.objects.bulk_create(
        [OrderTag(order=order, name=name, placed_at=order.placed_at) for name in dict.fromkeys(draft.tags)]
    )
    lines = OrderLine.objects.bulk_create([_line(order, line, place) for place, line in enumerate(draft.lines)])
    _parcels(order, draft, lines)
    write_returns(order, draft.returns, lines, actor)
    if draft.keeps_number:
        count_on_behind(Order)
    publish(
        OrderImported(order.pk, draft.source, order.total_minor, order.currency), reference=order.reference, actor=actor
    )
    return order, True


def _json(address: Address | None) -> dict[str, str] | None:
    return address.to_json() if address else None


def _status(draft: HistoricOrder) -> OrderStatus:
    if draft.cancelled_at:
        return OrderStatus.CANCELLED
    closed = {FulfilmentState.FULFILLED, FulfilmentState.DELIVERED, FulfilmentState.NOT_NEEDED}
    settled = {PaymentState.PAID, PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED, PaymentState.VOIDED}
    done = draft.fulfilment_state in closed and draft.payment_state in settled
    return OrderStatus.COMPLETED if done else OrderStatus.OPEN


def _line(order: Order, line: HistoricLine, place: int) -> OrderLine:
    return OrderLine(
        order=order,
        variant_id=line.variant_id,
        product_id=line.product_id,
        product_handle=line.product_handle,
        title=line.title[:255],
        variant_title=line.variant_title[:255],
        sku=line.sku[:100],
        requires_shipping=line.requires_shipping,
        position=place,
        quantity=line.quantity,
        fulfilled_quantity=line.fulfilled,
        cancelled_quantity=line.cancelled,
        refunded_quantity=line.refunded,
        refunded_minor=line.refunded_minor,
        refunded_tax_minor=line.refunded_tax_minor,
        tax_rate=line.tax_rate,
        tax_name=line.tax_name[:60],
        weight_grams=line.weight_grams,
        unit_price_minor=line.unit_price_minor,
        subtotal_minor=line.unit_price_minor * line.quantity,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        total_minor=line.total_minor,
        parts=parts_json(line.parts),
    )


def _parcels(order: Order, draft: HistoricOrder, lines: Sequence[OrderLine]) -> None:
    parcels = draft.parcels
    units = [list(line.parcels) for line in draft.lines]
    if parcels is None:
        if not any(line.fulfilled for line in draft.lines):
            return
        delivered = draft.fulfilment_state == FulfilmentState.DELIVERED
        shipped_at = draft.fulfilled_at or draft.paid_at or draft.placed_at
        parcels = [HistoricParcel(shipped_at, ParcelState.DELIVERED if delivered else ParcelState.SHIPPED)]
        units = [[line.fulfilled] for line in draft.lines]
    for place, parcel in enumerate(parcels):
        row = Fulfilment.objects.create(
            order=order,
            state=parcel.state,
            carrier=parcel.carrier[:40],
            tracking_number=parcel.tracking_number[:80],
            idempotency_key=f"{SOURCE}:{order.pk}" + (f":{place}" if place else ""),
            shipped_at=parcel.shipped_at,
            delivered_at=parcel.delivered_at,
        )
        FulfilmentLine.objects.bulk_create(
            [
                FulfilmentLine(fulfilment=row, order_line=line, quantity=sent[place])
                for line, sent in zip(lines, units, strict=True)
                if place < len(sent) and sent[place]
            ]
        )


def recount(*, order_ids: Sequence[int]) -> None:
    """Bring the value of the customers of these orders up to date; once for each, after a batch."""
    rows = Order.objects.filter(pk__in=order_ids, customer__isnull=False)
    for customer_id in sorted(set(rows.values_list("customer_id", flat=True))):
        customers.claim_for_guest(customer=recount_customer(customer_id=customer_id or 0))


@transaction.atomic
def remove_imported(*, order_id: int) -> bool:
    """Take an imported order away again; False if something has happened to it since, or it was not imported."""
    try:
        order = locks.lock_order(order_id)
    except NotFound:
        return True
    happened = Event.objects.filter(reference=order.reference).exclude(name="orders.imported")
    untouched: dict[str, Any] = {"version": 1, "payment_collection_id": None, "offshoots": None}
    is_same = Order.objects.filter(pk=order_id, source__startswith=f"{SOURCE}:", **untouched).exists()
    if not is_same or happened.exists():
        return False
    customer_id = order.customer_id
    Event.objects.filter(reference=order.reference).delete()
    order.delete()
    if customer_id:
        recount_customer(customer_id=customer_id)
    return True
