"""Refunds, edits, returns and exchanges through the public verbs: money, stock, history."""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import Conflict, DuliError, InvalidInput
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.customers.credit import credit_balances
from duli.commerce.customers.models import StoreCreditEntry
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders import services
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Order, OrderRefund
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.types import (
    AmountChanged,
    BelowRefunded,
    EmptyOrder,
    Finding,
    FulfilLine,
    LineIsFixed,
    NotChangeable,
    RefundLine,
    ReturnMovedOn,
    ReturnWish,
    StaleOrder,
    TooFewUnits,
    TooManyToRefund,
    TooManyToReturn,
)
from duli.commerce.payments import services as payments
from duli.commerce.payments.types import IdempotencyConflict, RefundTooLarge
from duli.commerce.pricing.services import put_tax_rate
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.events.models import Event
from tests import factories
from tests.factories import drain
from tests.plugins_matrix import cell

ACTOR = "system"
TEN_PERCENT = {"kind": "percent", "points": 1000}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shop(transactional_db: None) -> None:
    factories.shop()


def paid(quantity: int = 3, price: int = 3333, stock: int = 9) -> Order:
    return factories.order(
        factories.variant_of(factories.product(price=price, stock=stock)), quantity=quantity, paid=True
    )


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def level(order: Order) -> StockLevel:
    return StockLevel.objects.get(variant_id=order.lines.order_by("pk")[0].variant_id)


def back(order: Order, quantity: int, key: str = "k", **values: object) -> OrderRefund:
    line = order.lines.order_by("pk")[0]
    restock = bool(values.pop("restock", True))
    return services.refund(
        order_id=order.pk,
        lines=[RefundLine(line.pk, quantity, restock)] if quantity else [],
        idempotency_key=key,
        actor=ACTOR,
        **values,  # type: ignore[arg-type]
    )


def ship(order: Order, quantity: int, key: str = "parcel") -> None:
    services.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(order.lines.order_by("pk")[0].pk, quantity)],
        location_id=None,
        idempotency_key=key,
        actor=ACTOR,
    )


def change(order: Order, **wish: object) -> Order:
    return services.edit_order(
        order_id=order.pk,
        wish=EditWish(**wish),  # type: ignore[arg-type]
        version=again(order).version,
        actor=ACTOR,
    )


def test_the_button_pressed_twice_is_one_refund() -> None:
    order = paid()
    first = back(order, 1)
    assert back(order, 1).pk == first.pk
    with pytest.raises(IdempotencyConflict):
        back(order, 2)
    drain()
    drain()
    order = again(order)
    assert order.payment_collection.refunded_minor == first.amount_minor == order.refunded_minor
    assert OrderRefund.objects.get().state == "succeeded"
    assert order.payment_state == "partially_refunded"
    assert Event.objects.filter(name="orders.refund_made").count() == 1


def test_refunded_units_that_have_not_left_are_never_shipped() -> None:
    order = paid(quantity=3)
    assert level(order).reserved == 3
    back(order, 1)
    assert (level(order).on_hand, level(order).reserved) == (9, 2)
    back(order, 1, key="second", restock=False)
    assert (level(order).on_hand, level(order).reserved) == (8, 1)
    with pytest.raises(DuliError):
        ship(order, 2)
    ship(order, 1, key="rest")
    order = again(order)
    assert (order.fulfilment_state, order.status) == ("fulfilled", "completed")
    back(order, 1, key="third")
    assert (level(order).on_hand, level(order).reserved) == (8, 0)
    assert not integrity()


def test_refunding_piece_by_piece_gives_back_exactly_what_was_paid() -> None:
    order = paid(quantity=3, price=3333)
    for number in range(3):
        back(order, 1, key=str(number))
    back(order, 0, key="shipping", shipping_minor=order.shipping_minor)
    drain()
    order = again(order)
    assert order.payment_collection.refunded_minor == order.total_minor == order.refunded_minor
    assert order.payment_state == "refunded"
    assert standing_of(order).left() == {Decimal("0.13"): (0, 0)}
    with pytest.raises(TooManyToRefund):
        back(order, 1, key="more")


@cell("amount mismatch", gateway="store_credit")
def test_never_more_than_was_paid() -> None:
    order = paid(quantity=1)
    with pytest.raises(RefundTooLarge):
        back(order, 1, adjustment_minor=order.total_minor)
    with pytest.raises(InvalidInput):
        back(order, 0, shipping_minor=order.shipping_minor + 1)
    with pytest.raises(AmountChanged):
        back(order, 1, shown_minor=1)
    assert not OrderRefund.objects.exists()
    unpaid = factories.order()
    with pytest.raises(RefundTooLarge):
        back(unpaid, 1)


@cell("refund", "partial refund", "duplicate", gateway="store_credit")
def test_part_of_a_refund_as_store_credit() -> None:
    order = paid(quantity=2, price=5000)
    row = back(order, 1, credit_minor=2000)
    assert (row.amount_minor, row.credit_minor, row.original_minor) == (5000, 2000, 3000)
    back(order, 1, credit_minor=2000)
    drain()
    order = again(order)
    assert order.payment_collection.refunded_minor == 3000
    assert order.payment_state == "partially_refunded"
    assert credit_balances(order.customer_id or 0) == [Money(2000, "CNY")]
    assert StoreCreditEntry.objects.count() == 1
    back(order, 1, key="rest", credit_minor=5000, shipping_minor=order.shipping_minor, adjustment_minor=0)
    drain()
    assert again(order).payment_state == "refunded"


def test_a_cancelled_order_gives_back_what_a_refund_left() -> None:
    order = paid(quantity=2, price=5000)
    back(order, 1, credit_minor=1000)
    drain()
    services.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    drain()
    order = again(order)
    assert order.payment_collection.refunded_minor == order.total_minor - 1000
    assert order.refunded_minor == order.total_minor
    assert order.payment_state == "refunded"
    assert not integrity()


def test_an_edit_that_costs_more_asks_for_the_rest() -> None:
    order = paid(quantity=1, price=5000)
    extra = factories.variant_of(factories.product("Saucer", price=2000, stock=3))
    changed = change(order, additions=(AddedLine(extra.pk, 2),))
    assert changed.total_minor == order.total_minor + 4000
    assert changed.payment_state == "partially_paid"
    assert changed.payment_collection.amount_minor == changed.total_minor
    assert StockLevel.objects.get(variant=extra).reserved == 2
    assert sum(line.total_minor for line in changed.lines.all()) + changed.shipping_minor == changed.total_minor
    event = Event.objects.get(name="orders.edited")
    assert event.data["due_minor"] == 4000
    payments.mark_received(
        collection_id=changed.payment_collection_id or 0, amount=Money(4000, "CNY"), actor=ACTOR, idempotency_key="2"
    )
    drain()
    assert again(order).payment_state == "paid"
    # Paid in two goes, it still goes back in one refund.
    lines = [RefundLine(line.pk, line.quantity) for line in changed.lines.all()]
    services.refund(
        order_id=order.pk, lines=lines, shipping_minor=changed.shipping_minor, idempotency_key="all", actor=ACTOR
    )
    drain()
    assert again(order).payment_state == "refunded"
    assert not integrity()


def test_an_edit_that_costs_less_leaves_something_to_refund() -> None:
    order = paid(quantity=3, price=5000)
    line = order.lines.get()
    changed = change(order, quantities={line.pk: 1})
    assert changed.total_minor == order.total_minor - 10000
    assert (level(order).on_hand, level(order).reserved) == (9, 1)
    assert changed.payment_state == "paid"
    row = services.refund_difference(order_id=order.pk, idempotency_key="d", actor=ACTOR)
    assert row is not None
    assert (row.amount_minor, row.original_minor, row.offset_minor) == (0, 10000, -10000)
    assert services.refund_difference(order_id=order.pk, idempotency_key="d2", actor=ACTOR) is None
    drain()
    order = again(order)
    assert order.payment_collection.refunded_minor == 10000
    assert order.refunded_minor == 0
    assert order.payment_collection.state != "review"
    grown = change(order, quantities={line.pk: 2})
    assert grown.payment_state == "partially_paid"
    assert grown.payment_collection.amount_minor - grown.payment_collection.captured_minor == 5000
    assert not integrity()


def test_discounts_and_shipping_by_hand() -> None:
    order = paid(quantity=3, price=5000)
    line = order.lines.get()
    change(order, discounts={line.pk: 1001}, shipping_minor=0)
    order = again(order)
    row = order.lines.get()
    assert (row.discount_minor, row.total_minor, order.discount_minor) == (1001, 13999, 1001)
    assert order.total_minor == 13999
    change(order, order_discount_minor=999)
    order = again(order)
    assert (order.discount_minor, order.total_minor) == (2000, 13000)
    applied = [entry["amount"] for entry in order.quote["adjustments"] if entry["kind"] == "discount"]
    assert -sum(applied) == order.discount_minor


def test_two_people_edit_and_nobody_loses_anything() -> None:
    order = paid(quantity=2)
    line = order.lines.get()
    seen = again(order).version
    services.edit_order(order_id=order.pk, wish=EditWish(quantities={line.pk: 3}), version=seen, actor=ACTOR)
    with pytest.raises(StaleOrder):
        services.edit_order(order_id=order.pk, wish=EditWish(quantities={line.pk: 1}), version=seen, actor="user:2")
    assert order.lines.get().quantity == 3


def test_what_cannot_be_edited() -> None:
    order = paid(quantity=3, stock=4)
    line = order.lines.get()
    ship(order, 1)
    with pytest.raises(TooFewUnits):
        change(order, quantities={line.pk: 0})
    with pytest.raises(InsufficientStock):
        change(order, quantities={line.pk: 9})
    back(order, 1)
    with pytest.raises(LineIsFixed):
        change(order, quantities={line.pk: 2})
    other = paid(quantity=1)
    with pytest.raises(EmptyOrder):
        change(other, quantities={other.lines.get().pk: 0})
    with pytest.raises(InvalidInput):
        change(other, quantities={line.pk: 1})
    back(other, 0, adjustment_minor=2000)
    with pytest.raises(BelowRefunded):
        change(other, prices={other.lines.get().pk: 100})
    assert not integrity()


def test_a_return_walks_to_its_refund() -> None:
    order = paid(quantity=3, price=5000)
    ship(order, 3)
    line = order.lines.get()
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(line.pk, 2, "too_small")], idempotency_key="r", actor="guest"
    )
    assert again(order).return_state == "requested"
    with pytest.raises(TooManyToReturn):
        services.request_return(
            order_id=order.pk, lines=[ReturnWish(line.pk, 2, "other")], idempotency_key="r2", actor="guest"
        )
    services.approve_return(return_id=row.pk, actor=ACTOR)
    assert again(order).return_state == "under_way"
    entry = row.lines.get()
    services.receive_return(return_id=row.pk, units={entry.pk: 2}, actor=ACTOR)
    services.inspect_return(
        return_id=row.pk,
        findings=[Finding(entry.pk, "as_new", 1)],
        location_id=factories.location().pk,
        actor=ACTOR,
    )
    assert level(order).on_hand == 7
    services.complete_return(return_id=row.pk, outcome="refund", actor=ACTOR, adjustment_minor=-500)
    services.complete_return(return_id=row.pk, outcome="refund", actor=ACTOR)
    with pytest.raises(ReturnMovedOn):
        services.complete_return(return_id=row.pk, outcome="credit", actor=ACTOR)
    assert OrderRefund.objects.count() == 1
    drain()
    order = again(order)
    assert (order.return_state, order.payment_collection.refunded_minor) == ("returned", 9500)
    assert level(order).on_hand == 7
    assert not integrity()


def test_a_return_after_a_refund_gives_nothing_twice() -> None:
    order = paid(quantity=1, price=5000)
    ship(order, 1)
    back(order, 1, restock=False)
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(order.lines.get().pk, 1, "other")], idempotency_key="r", actor=ACTOR
    )
    services.approve_return(return_id=row.pk, actor=ACTOR)
    assert services.preview_return(return_id=row.pk) is None
    services.complete_return(return_id=row.pk, outcome="refund", actor=ACTOR)
    assert OrderRefund.objects.count() == 1


@pytest.mark.parametrize(("price", "due", "refunded"), [(5000, 0, 0), (3000, 0, 2000), (8000, 3000, 0)])
def test_an_exchange_settles_the_difference(price: int, due: int, refunded: int) -> None:
    order = paid(quantity=1, price=5000)
    ship(order, 1)
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(order.lines.get().pk, 1, "too_small")], idempotency_key="r", actor=ACTOR
    )
    services.approve_return(return_id=row.pk, actor=ACTOR)
    other = factories.variant_of(factories.product(price=price, stock=2))
    services.complete_return(return_id=row.pk, outcome="exchange", actor=ACTOR, replacements=[AddedLine(other.pk, 1)])
    drain()
    order = again(order)
    collection = order.payment_collection
    assert (collection.amount_minor - collection.captured_minor, collection.refunded_minor) == (due, refunded)
    assert order.fulfilment_state == "partially_fulfilled"
    assert order.status == "open"
    assert order.payment_state == ("partially_paid" if due else "partially_refunded" if refunded else "paid")
    assert StockLevel.objects.get(variant=other).reserved == 1
    assert order.refunded_minor == 5000
    assert not integrity()


@pytest.mark.parametrize(("stock", "weeks", "is_known"), [(2, 3, True), (0, 3, False)])
def test_what_is_exchanged_has_a_day_of_its_own(stock: int, weeks: int, is_known: bool) -> None:
    order = paid(quantity=1, price=5000)
    first = (order.arrives_from, order.arrives_by)
    assert first[1] is not None
    ship(order, 1)
    row = services.request_return(
        order_id=order.pk, lines=[ReturnWish(order.lines.get().pk, 1, "too_small")], idempotency_key="r", actor=ACTOR
    )
    services.approve_return(return_id=row.pk, actor=ACTOR)
    other = factories.variant_of(factories.product(price=5000, stock=stock))
    StockLevel.objects.filter(variant=other).update(backorder_limit=5)
    with frozen(now() + timedelta(weeks=weeks)):
        services.complete_return(
            return_id=row.pk, outcome="exchange", actor=ACTOR, replacements=[AddedLine(other.pk, 1)]
        )
        order = again(order)
        if is_known:
            assert order.arrives_from is not None
            assert order.arrives_by is not None
            assert first[1] < now().date() <= order.arrives_from <= order.arrives_by
        else:
            assert (order.arrives_from, order.arrives_by) == (None, None)


def test_what_still_waits_keeps_the_day_it_was_promised() -> None:
    order = paid(quantity=2)
    first = (order.arrives_from, order.arrives_by)
    other = factories.variant_of(factories.product(stock=2))
    with frozen(now() + timedelta(weeks=3)):
        services.edit_order(
            order_id=order.pk, wish=EditWish(additions=(AddedLine(other.pk, 1),)), version=order.version, actor=ACTOR
        )
    assert (again(order).arrives_from, again(order).arrives_by) == first


def test_the_buyer_cancels_or_moves_the_order_before_it_is_packed() -> None:
    order = paid(quantity=2)
    services.change_address(order_id=order.pk, address=moved("龙井路 2 号"), actor="guest", by_shopper=True)
    assert again(order).shipping_address["line1"] == "龙井路 2 号"
    ship(order, 1)
    with pytest.raises(NotChangeable):
        services.change_address(order_id=order.pk, address=moved("3 号"), actor="guest", by_shopper=True)
    with pytest.raises(NotChangeable):
        services.cancel_by_shopper(order_id=order.pk, actor="guest")
    other = paid()
    services.cancel_by_shopper(order_id=other.pk, actor="guest")
    drain()
    assert again(other).payment_state == "refunded"


def moved(line: str):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(factories.ADDRESS, line1=line)


def test_a_refused_refund_is_seen_and_tried_again() -> None:
    order = paid(quantity=1)
    # The provider's desk gave the money back already: nothing is left for ours.
    payments.refund(
        collection_id=order.payment_collection_id or 0,
        amount=Money(order.total_minor, "CNY"),
        actor=ACTOR,
        idempotency_key="elsewhere",
    )
    drain()
    with pytest.raises(RefundTooLarge):
        back(again(order), 1)
    other = paid(quantity=1)
    row = back(other, 1)
    payments.refund(
        collection_id=other.payment_collection_id or 0,
        amount=Money(other.total_minor, "CNY"),
        actor=ACTOR,
        idempotency_key="elsewhere",
    )
    drain()
    row.refresh_from_db()
    assert row.state == "failed"
    assert Event.objects.filter(name="orders.refund_failed").count() == 1
    services.retry_refund(refund_id=row.pk, actor=ACTOR)
    drain()
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.payments.filter(replaced=True).count() == 1
    third = paid(quantity=1)
    done = back(third, 1)
    drain()
    with pytest.raises(Conflict):
        services.retry_refund(refund_id=done.pk, actor=ACTOR)


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_refunds_and_returns_add_up(seed: int) -> None:
    """Charged = shown = refunded per rate, whatever happens in between; at the end all that was paid is back."""
    chance = random.Random(seed)
    put_tax_rate(
        country="CN", name="增值税", rate=Decimal("0.09"), tax_class="reduced", valid_from=date(2019, 4, 1), actor=ACTOR
    )
    variants = [
        factories.variant_of(factories.product(price=chance.randint(1, 9999), stock=60, tax_class=tax_class))
        for tax_class in ("standard", "reduced", "standard")
    ]
    order = bought(chance, seed, variants[:2])
    for step in range(10):
        order = again(order)
        with suppress(DuliError):
            act(chance, order, variants, f"{seed}-{step}")
        drain()
        adds_up(again(order))
    finish(again(order))


def bought(chance: random.Random, seed: int, variants: list[Variant]) -> Order:
    """An order at two tax rates; some with a discount on it, some paid in part by a gift card."""
    if seed % 2:
        save_promotion(draft=PromotionDraft(name="10%", rules=TEN_PERCENT), actor=ACTOR)
    market = "cn" if seed % 3 else "int"
    cart = factories.ready_cart(*variants, quantity=3, market_code=market)
    if seed % 4 == 1:
        card = payments.issue_gift_card(
            amount=Money(chance.randint(1, 2000), cart.currency), actor=ACTOR, language="en"
        )
        checkout.apply_gift_card(token=cart.token, code=payments.renew_code(card_id=card.pk, actor=ACTOR))
    order = checkout.place_order(request=PlaceOrder(cart_token=cart.token, shown_total=None, actor="guest"))
    drain()
    services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key="paid")
    drain()
    order = again(order)
    assert order.payment_state == "paid"
    assert bool(order.discount_minor) == bool(seed % 2)
    return order


def act(chance: random.Random, order: Order, variants: list, key: str) -> None:  # type: ignore[type-arg]
    lines = list(order.lines.all())
    line = chance.choice(lines)
    match chance.randint(0, 6):
        case 0:
            change(order, quantities={line.pk: chance.randint(0, 6)})
        case 1:
            extra = chance.choice(variants)
            change(order, additions=(AddedLine(extra.pk, chance.randint(1, 3)),))
        case 2:
            change(order, order_discount_minor=chance.randint(1, 500), shipping_minor=chance.randint(0, 2000))
        case 3:
            services.refund(
                order_id=order.pk,
                lines=[RefundLine(line.pk, chance.randint(0, 2), True)],
                adjustment_minor=chance.randint(-300, 300),
                credit_minor=chance.choice([0, 0, 7]),
                idempotency_key=key,
                actor=ACTOR,
            )
        case 4:
            services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key=key)
        case 5:
            services.fulfil(
                order_id=order.pk,
                lines=[FulfilLine(line.pk, 1)],
                location_id=None,
                idempotency_key=key,
                actor=ACTOR,
                allow_unpaid=True,
            )
        case _:
            row = services.request_return(
                order_id=order.pk, lines=[ReturnWish(line.pk, 1, "other")], idempotency_key=key, actor=ACTOR
            )
            outcome = chance.choice(["refund", "credit", "exchange"])
            instead = [AddedLine(chance.choice(variants).pk, 1)] if outcome == "exchange" else []
            services.complete_return(return_id=row.pk, outcome=outcome, replacements=instead, actor=ACTOR)


def adds_up(order: Order) -> None:
    lines = list(order.lines.all())
    shipping = (order.quote["shipping_choice"] or {}).get("total", 0)
    assert sum(line.total_minor for line in lines) + shipping == order.total_minor
    charged: dict[Decimal, int] = defaultdict(int)
    for line in lines:
        charged[line.tax_rate.normalize()] += line.tax_minor
    # Shipping is taxed as the goods are: in shares, where their rates differ.
    standing = standing_of(order)
    for share in standing.shipping_shares:
        charged[share.rate] += share.tax
    if not standing.shipping_shares:
        charged[standing.shipping_rate] += standing.shipping_tax
    shown: dict[Decimal, int] = defaultdict(int)
    for entry in order.quote["taxes"]:
        shown[Decimal(entry["rate"]).normalize()] += entry["tax"]
    assert {rate: tax for rate, tax in charged.items() if tax} == {rate: tax for rate, tax in shown.items() if tax}
    assert sum(charged.values()) == order.tax_minor
    for gross, tax in standing.left().values():
        assert 0 <= tax <= gross
    collection = order.payment_collection
    assert 0 <= collection.refunded_minor + order.credited_minor <= collection.captured_minor
    assert standing.cash >= 0
    assert collection.refunded_minor == sum(row.original_minor for row in order.refunds.all())
    assert not integrity()


def finish(order: Order) -> None:
    services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key="end")
    services.refund_difference(order_id=order.pk, idempotency_key="end", actor=ACTOR)
    drain()
    order = again(order)
    services.cancel(order_id=order.pk, reason="customer", actor=ACTOR) if not order.fulfilments.exists() else None
    drain()
    order = again(order)
    if order.status != "cancelled":
        from duli.commerce.orders.refunding import everything

        wish = everything(standing_of(order))
        if wish.units or wish.shipping or wish.adjustment:
            services.refund(
                order_id=order.pk,
                lines=[RefundLine(line_id, units) for line_id, units in wish.units.items()],
                shipping_minor=wish.shipping,
                adjustment_minor=wish.adjustment,
                idempotency_key="everything",
                actor=ACTOR,
            )
            drain()
    order = again(order)
    adds_up(order)
    collection = order.payment_collection
    assert collection.refunded_minor + order.credited_minor == collection.captured_minor
    assert all(left == (0, 0) for left in standing_of(order).left().values())
