"""Changing an order that was placed: what it costs then, and everything that follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import translation

from duli.base.clock import now
from duli.base.text import one_line
from duli.commerce.customers.types import Address
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.selectors import locations_with, ships_from, work_calendar
from duli.commerce.inventory.types import StockRequest
from duli.commerce.orders import locks
from duli.commerce.orders.editing import (
    EditInput,
    EditLine,
    EditResult,
    EditWish,
    ListPrice,
    NewGoods,
    ShippingBefore,
    reduction_of,
)
from duli.commerce.orders.editing import edit as edited
from duli.commerce.orders.events import OrderEdited
from duli.commerce.orders.goods import Goods, goods, shopper_of
from duli.commerce.orders.live_rates import live_of, parcel_of, way_of
from duli.commerce.orders.models import Order, OrderLine, ReturnLine
from duli.commerce.orders.parts import parts_json, stock_of_line
from duli.commerce.orders.places import taxed_at
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services.bought_cards import lines_with_cards
from duli.commerce.orders.services.fulfil import recompute_fulfilment
from duli.commerce.orders.services.owed import ask_for
from duli.commerce.orders.services.settle import record_sales, settle
from duli.commerce.orders.standing import shipping_parts, standing_of
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.orders.types import CaptureFirst, OrderClosed, StaleOrder, VariantGone
from duli.commerce.pricing.quote import NO_TAX, SHIPPING, tax_for
from duli.commerce.pricing.selectors import conversion_now, taxes_for
from duli.commerce.pricing.serialise import taxes_json
from duli.commerce.pricing.types import QuoteContext, QuotedLine, ShippingInput
from duli.commerce.promotions.shelf import Shopper, asks_for_units
from duli.commerce.shipping.estimates import estimate
from duli.commerce.shipping.restrictions import blocks
from duli.commerce.shipping.selectors import live_methods, rates, terms_for
from duli.commerce.shipping.services import ask_rates
from duli.commerce.shipping.types import GoodsRestricted, ShippingMethodUnavailable
from duli.platform.events.services import publish

HOLD_GRACE = timedelta(hours=1)
_SECURED = {PaymentState.PAID, PaymentState.AUTHORISED, PaymentState.PARTIALLY_REFUNDED}


def preview_edit(*, order_id: int, wish: EditWish) -> EditResult:
    """Return what the order would become, and change nothing. Raises what `edit_order` raises for the wish itself."""
    order = order_detail(order_id)
    with translation.override(order.language):
        return compute_edit(order, wish)[0]


def ask_carriers_about_edit(*, order_id: int, wish: EditWish) -> None:
    """Ask the carriers whose own prices methods take what the order would cost to send after an edit.

    Called before a preview or an edit, outside of any transaction. A carrier that does not answer in time holds
    nobody up: the method has a price of its own. NotFound.
    """
    order = order_detail(order_id)
    address = Address.from_json(order.shipping_address or {})
    if not address.country or not live_methods(address.country, address.region):
        return
    way = way_of(order)
    if way is None:
        return
    found = goods(
        [line.variant_id for line in wish.additions], currency=order.currency, language=order.language, at=now()
    )
    added = {f"new:{at}": found[line.variant_id] for at, line in enumerate(wish.additions) if line.variant_id in found}
    ask_rates(
        country=address.country,
        region=address.region,
        sender=way[0],
        recipient=way[1],
        goods_grams=parcel_of(order, wish, added).weight_grams,
    )


@transaction.atomic
def edit_order(
    *,
    order_id: int,
    wish: EditWish,
    version: int,
    actor: str,
    note: str = "",
    notify: bool = True,
) -> Order:
    """Change a placed order as wished, all of it or nothing, and settle what follows.

    `version` is the order's as the person saw it: StaleOrder if it changed since. The lines are quoted again (those
    that do not change keep their amounts), stock is held or given back, the payment collection asks for the new sum;
    OrderEdited tells the shopper, with a link to pay if more is owed. What was paid too much stays until somebody
    refunds it (`refund_difference`). Raises NotFound, OrderClosed, StaleOrder, CaptureFirst, InsufficientStock,
    VariantGone, GoodsRestricted, ShippingMethodUnavailable and what `editing.edit` raises.
    """
    order = locks.lock_order(order_id)
    if order.version != version:
        raise StaleOrder()
    with translation.override(order.language):
        result, added = compute_edit(order, wish)
    return write_edit(order, result, added, actor=actor, note=note, notify=notify)


def edit_reduction(*, order_id: int, wish: EditWish) -> Decimal:
    """Return the percent that the edit lets the order cost less by hand. Raises what `preview_edit` raises."""
    order = order_detail(order_id)
    with translation.override(order.language):
        result, _added = compute_edit(order, wish)
    ids = [line.variant_id for line in result.quote.lines if line.variant_id]
    units: Counter[int] = Counter()
    for line in result.quote.lines:
        units[line.variant_id] += line.quantity
    today = goods(
        ids,
        currency=order.currency,
        language=order.language,
        at=now(),
        shopper=shopper_of(order),
        quantities=units,
    )
    listed = {pk: item.price.minor for pk, item in today.items() if item.price}
    return reduction_of(_input(order), wish, result, listed)


def compute_edit(order: Order, wish: EditWish) -> tuple[EditResult, dict[str, Goods]]:
    if order.status == OrderStatus.CANCELLED:
        raise OrderClosed()
    address = Address.from_json(order.shipping_address or order.billing_address or {})
    instant = now()
    place = taxed_at(order, address)
    taxes = taxes_for(place, instant) if place.country else {}
    context = QuoteContext(order.currency, order.prices_include_tax, instant, taxes)
    before, after = units_of(order), units_of(order, wish)
    moved = [line for line in order.lines.all() if _follows_lists(line, wish)]
    shopper = shopper_of(order) if wish.additions or moved else None
    found = goods(
        [line.variant_id for line in wish.additions],
        currency=order.currency,
        language=order.language,
        at=instant,
        shopper=shopper,
        quantities=after,
    )
    new: list[NewGoods] = []
    texts: dict[str, Goods] = {}
    for number, line in enumerate(wish.additions):
        item = found.get(line.variant_id)
        if item is None or (item.price is None and line.unit_price_minor is None):
            raise VariantGone(currency=order.currency)
        price = line.unit_price_minor if line.unit_price_minor is not None else item.price.minor if item.price else 0
        title = " – ".join(filter(None, [item.title, item.variant_title]))
        tax = NO_TAX if item.is_gift_card else tax_for(context, item.tax_class)
        listed = ListPrice(price, item.because) if line.unit_price_minor is None else None
        new.append(NewGoods(line.variant_id, title, line.quantity, price, tax, item.is_gift_card, listed))
        texts[f"new:{number}"] = item
    _check_restrictions(order, wish, texts, address)
    chosen = _chosen_method(order, wish, texts, address, context)
    lists = _moved_on(order, moved, shopper, before, after) if moved and shopper is not None else {}
    return edited(_input(order), wish, new, chosen, lists), texts


def units_of(order: Order, wish: EditWish | None = None) -> Counter[int]:
    """Return how many units of each variant the order has, or would have: price lists count those together."""
    found: Counter[int] = Counter()
    for line in order.lines.all():
        if line.variant_id and not line.is_gift_card:
            quantity = line.quantity if wish is None else wish.quantities.get(line.pk, line.quantity)
            found[line.variant_id] += max(0, quantity)
    for added in wish.additions if wish is not None else ():
        found[added.variant_id] += added.quantity
    return found


def _follows_lists(line: OrderLine, wish: EditWish) -> bool:
    """Whether a price list may have a say in what a line costs after the edit."""
    quantity = wish.quantities.get(line.pk, line.quantity)
    return bool(
        line.variant_id and not line.is_gift_card and line.pk not in wish.prices and quantity not in {0, line.quantity}
    )


def _moved_on(
    order: Order, lines: Sequence[OrderLine], shopper: Shopper, before: Counter[int], after: Counter[int]
) -> dict[int, ListPrice]:
    """Return the prices of lines which another quantity moves on in a price list.

    Only a line that costs what the lists say today for the units it had goes on by them, up or down. Whatever else it
    costs was agreed on by somebody, or is of a day that is over, and stays.
    """
    ids = {line.variant_id for line in lines if line.variant_id}
    if not asks_for_units(order.currency, order.language):
        return {}
    had, has = (
        goods(
            ids,
            currency=order.currency,
            language=order.language,
            at=now(),
            shopper=shopper,
            quantities=units,
        )
        for units in (before, after)
    )
    found = {}
    for line in lines:
        old, new = had.get(line.variant_id or 0), has.get(line.variant_id or 0)
        if old is None or new is None or old.price is None or new.price is None:
            continue
        if old.price.minor == line.unit_price_minor != new.price.minor:
            found[line.pk] = ListPrice(new.price.minor, new.because)
    return found


def _input(order: Order) -> EditInput:
    standing = standing_of(order)
    names = standing.names()
    shipping = shipping_parts(order)
    sent_back = set(ReturnLine.objects.filter(order_line__order=order).values_list("order_line_id", flat=True))
    issued = lines_with_cards(order.lines.all())
    return EditInput(
        currency=order.currency,
        prices_include_tax=order.prices_include_tax,
        instant=now(),
        market_code=order.market_code,
        lines=[
            EditLine(
                id=line.pk,
                variant_id=line.variant_id or 0,
                title=line.title,
                quantity=line.quantity,
                locked=line.fulfilled_quantity + line.cancelled_quantity,
                unit_price=line.unit_price_minor,
                discount=line.discount_minor,
                tax=line.tax_minor,
                total=line.total_minor,
                rate=line.tax_rate,
                rate_name=names.get(line.tax_rate.normalize(), line.tax_name),
                taxes=line.taxes,
                is_fixed=bool(line.refunded_quantity) or line.pk in sent_back or line.pk in issued,
                is_gift_card=line.is_gift_card,
            )
            for line in order.lines.all()
        ],
        shipping=ShippingBefore(
            code=order.shipping_method_code,
            name=order.shipping_method_name,
            price=shipping["price"],
            net=shipping["net"],
            tax=shipping["tax"],
            total=shipping["total"],
            rate=shipping["tax_rate"],
            rate_name=shipping["tax_name"],
            shares=shipping["shares"],
            is_fixed=bool(standing.shipping_refunded),
        )
        if order.quote.get("shipping_choice") or order.shipping_minor
        else None,
        total=order.total_minor,
        quote=order.quote,
        refunded=standing.refunded,
    )


def _check_restrictions(order: Order, wish: EditWish, added: dict[str, Goods], address: Address) -> None:
    """Stop an edit that adds what cannot be sent to where the order goes, or sends it by a method that cannot take it.

    What was bought before it was restricted stays. Nothing is read where nothing is added and no method is chosen.
    GoodsRestricted, ShippingMethodUnavailable.
    """
    if order.pickup_location_id or not address.country:
        return
    more: dict[str, set[int]] = {}
    rest: set[int] = set()
    for line in order.lines.all():
        quantity = wish.quantities.get(line.pk, line.quantity)
        if not line.requires_shipping or quantity <= 0:
            continue
        products = {pk for pk in (line.product_id, *(part.get("product_id") for part in line.parts)) if pk}
        rest |= products
        if quantity > line.quantity:
            more.setdefault(line.title, set()).update(products)
    for item in added.values():
        if item.requires_shipping:
            products = {item.product_id, *(part.product_id for part in item.parts)}
            rest |= products
            more.setdefault(item.title, set()).update(products)
    if not more and not wish.shipping_method_code:
        return
    found = blocks(sorted(rest), address.country)
    whole = {block.product_id for block in found if not block.methods}
    titles = [title for title, products in more.items() if products & whole]
    if titles:
        raise GoodsRestricted(goods=", ".join(f"“{title}”" for title in titles))
    if any(wish.shipping_method_code in block.methods for block in found):
        raise ShippingMethodUnavailable()


def _chosen_method(
    order: Order, wish: EditWish, added: dict[str, Goods], address: Address, context: QuoteContext
) -> ShippingInput | None:
    """Return the method the wish names, priced for what the order would weigh and cost; None if it names none."""
    if not wish.shipping_method_code:
        return None
    parcel = parcel_of(order, wish, added)
    found = rates(
        country=address.country,
        region=address.region,
        parcel=parcel,
        language=order.language,
        convert=conversion_now(order.currency),
        live=live_of(order, parcel),
    )
    for rate in found:
        if rate.code == wish.shipping_method_code:
            own = tax_for(context, rate.tax_class) if rate.tax_class else context.taxes.get(SHIPPING)
            return ShippingInput(rate.code, rate.name, rate.price, rate.why, tax=own)
    raise ShippingMethodUnavailable()


def write_edit(
    order: Order, result: EditResult, added: dict[str, Goods], *, actor: str, note: str = "", notify: bool = True
) -> Order:
    """Write a computed edit of a locked order, in the caller's transaction; the exchange of a return comes this way."""
    if result.difference > 0 and order.payment_state == PaymentState.AUTHORISED:
        raise CaptureFirst()
    before_units = _to_ship(order)
    if order.paid_at:
        record_sales(order, -1)
    quoted = {line.key: line for line in result.quote.lines}
    position = 0
    for line in list(order.lines.all()):
        position = max(position, line.position + 1)
        found = quoted.get(str(line.pk))
        if found is None:
            line.delete()
        else:
            _write_line(line, found)
    OrderLine.objects.bulk_create(
        _new_line(order, quoted[key], item, position + number) for number, (key, item) in enumerate(added.items())
    )
    quote = result.quote
    order.subtotal_minor = quote.subtotal.minor
    order.discount_minor = quote.discount.minor
    order.shipping_minor = quote.shipping.minor
    order.tax_minor = quote.tax.minor
    order.total_minor = quote.total.minor
    order.quote = result.quote_json
    if quote.shipping_choice is not None:
        order.shipping_method_code = quote.shipping_choice.code
        order.shipping_method_name = quote.shipping_choice.name
    order.version += 1
    order.save(
        update_fields=[
            "subtotal_minor", "discount_minor", "shipping_minor", "tax_minor", "total_minor", "quote",
            "shipping_method_code", "shipping_method_name", "version",
        ]
    )  # fmt: skip
    order = locks.lock_order(order.pk)
    recompute_fulfilment(order)
    if order.paid_at:
        record_sales(order, 1)
    due = ask_for(order, actor=actor)
    publish(
        OrderEdited(
            order_id=order.pk,
            before_minor=result.before,
            after_minor=order.total_minor,
            due_minor=due,
            currency=order.currency,
            notify=notify,
            note=one_line(note, 500),
            changes=tuple(asdict(change) for change in result.changes),
        ),
        reference=order.reference,
        actor=actor,
    )
    if not any(before_units.values()):
        _promise_again(order)
    was_secured = order.payment_state in _SECURED or order.confirmed_at is not None
    settle(order_id=order.pk, actor=actor)
    _move_stock(order, before_units, is_secured=was_secured, actor=actor)
    order.refresh_from_db()
    return order


def _write_line(line: OrderLine, found: QuotedLine) -> None:
    line.quantity = found.quantity
    line.unit_price_minor = found.unit_price.minor
    line.subtotal_minor = found.subtotal.minor
    line.discount_minor = found.discount.minor
    line.tax_minor = found.tax.minor
    line.total_minor = found.total.minor
    if line.taxes:
        line.taxes = taxes_json(found.taxes)
    line.save(
        update_fields=[
            *("quantity", "unit_price_minor", "subtotal_minor"),
            *("discount_minor", "tax_minor", "total_minor", "taxes"),
        ]
    )


def _new_line(order: Order, found: QuotedLine, item: Goods, position: int) -> OrderLine:
    return OrderLine(
        order=order,
        variant_id=item.variant_id,
        product_id=item.product_id,
        product_handle=item.product_handle,
        title=item.title,
        variant_title=item.variant_title,
        sku=item.sku,
        image=asdict(item.image) if item.image else None,
        requires_shipping=item.requires_shipping,
        weight_grams=item.weight_grams,
        parts=parts_json(item.parts),
        is_gift_card=item.is_gift_card,
        position=position,
        quantity=found.quantity,
        unit_price_minor=found.unit_price.minor,
        subtotal_minor=found.subtotal.minor,
        discount_minor=found.discount.minor,
        tax_minor=found.tax.minor,
        total_minor=found.total.minor,
        tax_rate=found.tax_rate,
        tax_name=found.tax_name,
        taxes=taxes_json(found.taxes),
    )


def _to_ship(order: Order) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in OrderLine.objects.filter(order=order, variant__isnull=False):
        for request in stock_of_line(line, max(line.to_ship, 0)):
            units[request.variant_id] = units.get(request.variant_id, 0) + request.quantity
    return units


def _promise_again(order: Order) -> None:
    """Say anew when it arrives: all that was ordered first has left, so the day of that is none for what is added."""
    requests = [StockRequest(pk, units) for pk, units in _to_ship(order).items() if units]
    if not requests:
        return
    address = order.shipping_address or {}
    terms = terms_for(
        country=str(address.get("country") or ""),
        region=str(address.get("region") or ""),
        code=order.shipping_method_code,
    )
    fetched_at = order.pickup_location_id
    place = fetched_at or (found.pk if (found := ships_from(requests)) else None)
    known = None
    # Of what is not there yet nobody can say when it comes.
    if terms and place and locations_with(requests, [place], sold_ahead=False):
        known = estimate(terms, work_calendar(place), now())
    order.arrives_from, order.arrives_by = (known.first, known.last) if known else (None, None)
    order.save(update_fields=["arrives_from", "arrives_by"])


def _move_stock(order: Order, before: dict[int, int], *, is_secured: bool, actor: str) -> None:
    """Hold what the order needs more and give back what it needs less; last, because stock levels are hot."""
    after = _to_ship(order)
    changes = {pk: after.get(pk, 0) - before.get(pk, 0) for pk in {*before, *after}}
    ends = order.expires_at + HOLD_GRACE if order.expires_at and not is_secured else None
    inventory.rearrange(
        reference=order.reference,
        give_back=[StockRequest(pk, -change) for pk, change in sorted(changes.items()) if change < 0],
        take=[StockRequest(pk, change) for pk, change in sorted(changes.items()) if change > 0],
        expires_at=ends,
        actor=actor,
        location_id=order.pickup_location_id,
    )
    if is_secured:
        inventory.allocate(reference=order.reference)
