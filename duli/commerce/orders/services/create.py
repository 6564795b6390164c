from __future__ import annotations

from collections.abc import Callable

from duli.base.clock import now
from duli.base.ids import new_token
from duli.commerce.orders.events import OrderPlaced
from duli.commerce.orders.models import Order, OrderLine, OrderTag
from duli.commerce.orders.parts import parts_json
from duli.commerce.orders.states import FIRST_NUMBER, FulfilmentState
from duli.commerce.orders.types import OrderDraft
from duli.commerce.pricing.promotion_types import points_percents
from duli.commerce.pricing.serialise import taxes_json, to_json
from duli.platform.events.services import publish
from duli.platform.store.prepared import insert, insert_all, update
from duli.platform.store.selectors import current_store


def create(*, draft: OrderDraft, collect: Callable[[Order], int] | None = None) -> Order:
    """Write the order and its lines as they were shown and quoted, in the caller's transaction.

    The number comes from the row's key, so that no two checkouts ever wait for a counter. `collect` opens what gathers
    the order's money, once the order has its key and number, and returns the collection's key; None: there is none.
    """
    quote = draft.quote
    shippable = any(line.requires_shipping for line in draft.lines)
    order = Order(
        token=new_token(),
        idempotency_key=draft.idempotency_key,
        fulfilment_state=FulfilmentState.UNFULFILLED if shippable else FulfilmentState.NOT_NEEDED,
        customer_id=draft.customer_id,
        customer_name=draft.customer_name,
        email=draft.email,
        phone=draft.phone,
        language=draft.language,
        market_code=draft.market_code,
        currency=quote.currency,
        prices_include_tax=quote.prices_include_tax,
        subtotal_minor=quote.subtotal.minor,
        discount_minor=quote.discount.minor,
        shipping_minor=quote.shipping.minor,
        tax_minor=quote.tax.minor,
        total_minor=quote.total.minor,
        quote=to_json(quote),
        tax_scheme=quote.treatment.scheme if quote.treatment else "",
        tax=quote.treatment.to_json() if quote.treatment else {},
        shipping_address=draft.shipping_address.to_json() if draft.shipping_address else None,
        billing_address=draft.billing_address.to_json() if draft.billing_address else None,
        shipping_method_name=draft.shipping_method_name,
        shipping_method_code=draft.shipping_method_code,
        pickup_location_id=draft.pickup_location_id,
        arrives_from=draft.arrives[0] if draft.arrives else None,
        arrives_by=draft.arrives[1] if draft.arrives else None,
        payment_method_code=draft.payment_method_code,
        country=draft.shipping_address.country if draft.shipping_address else "",
        note=draft.note,
        source=draft.source,
        tags=list(draft.tags),
        placed_at=now(),
        expires_at=draft.expires_at,
    )
    insert(order)
    order.number = f"{current_store().order_prefix}{FIRST_NUMBER + order.pk}"
    if collect is not None:
        order.payment_collection_id = collect(order)
    update(order, "number", "payment_collection")
    texts = {line.key: line for line in draft.lines}
    times = points_percents(quote.outcomes)
    insert_all(
        [
            OrderLine(
                order=order,
                variant_id=quoted.variant_id or None,
                product_id=texts[quoted.key].product_id or None,
                product_handle=texts[quoted.key].product_handle,
                title=texts[quoted.key].title,
                variant_title=texts[quoted.key].variant_title,
                sku=texts[quoted.key].sku,
                image=texts[quoted.key].image,
                requires_shipping=texts[quoted.key].requires_shipping,
                weight_grams=texts[quoted.key].weight_grams,
                parts=parts_json(texts[quoted.key].parts),
                backorder=dict(texts[quoted.key].backorder),
                is_gift_card=texts[quoted.key].is_gift_card,
                gift=dict(texts[quoted.key].gift),
                position=position,
                quantity=quoted.quantity,
                unit_price_minor=quoted.unit_price.minor,
                subtotal_minor=quoted.subtotal.minor,
                discount_minor=quoted.discount.minor,
                tax_minor=quoted.tax.minor,
                total_minor=quoted.total.minor,
                tax_rate=quoted.tax_rate,
                tax_name=quoted.tax_name,
                taxes=taxes_json(quoted.taxes),
                points_percent=times.get(quoted.key, 100),
            )
            for position, quoted in enumerate(quote.lines)
        ]
    )
    if draft.tags:
        OrderTag.objects.bulk_create(
            [OrderTag(order=order, name=name, placed_at=order.placed_at) for name in draft.tags]
        )
    publish(
        OrderPlaced(
            order_id=order.pk,
            number=order.number,
            total_minor=order.total_minor,
            currency=order.currency,
            payment_method_code=order.payment_method_code,
        ),
        reference=order.reference,
        actor=draft.actor,
    )
    return order
