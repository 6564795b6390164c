"""Flash sales: units of their own, a price by the clock, a limit a buyer, and units that come back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Sum

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.assortment import selectors as assortment
from duli.commerce.assortment.shelf import shelved_detail
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.customers.holders import Person
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.holders import FlashUnits
from duli.commerce.flash_sales.models import BuyerCount, Claim, FlashSale, Item
from duli.commerce.flash_sales.types import (
    AboveOrdinaryPrice,
    AlreadyInSale,
    FlashLimitReached,
    FlashOver,
    FlashStarted,
    NotForFlash,
    TooFewToSetAside,
)
from duli.commerce.inventory import services as inventory
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import availability, integrity
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.promotions.shelf import Shopper
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.flash_sales.made import HOUR, draft, item_of, sale

pytestmark = pytest.mark.django_db
SHOPPER = Shopper("cn", "CNY", "zh-hans")


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.shop()


def thing(stock: int = 10) -> Variant:
    return factories.variant_of(factories.product(price=10000, stock=stock))


def page_price(variant: Variant) -> int:
    detail = assortment.product_detail(variant.product.handle, language="zh-hans", currency="CNY")
    assert detail is not None
    price = shelved_detail(detail, SHOPPER).variants[0].price
    assert price is not None
    return price.minor


def cart_of(cart: Cart) -> tuple[int, str]:
    line = cart_view(cart.token, factories.market(), "zh-hans").lines[0]
    return line.unit_price.minor if line.unit_price else 0, line.problem


def buy(variant: Variant, email: str = "lin@example.com", quantity: int = 1, phone: str = "") -> Order:
    cart = factories.cart(variant, quantity=quantity)
    cart = checkout.save_details(
        token=cart.token,
        details=Details(
            email=email, phone=phone, shipping_address=factories.ADDRESS, payment_method_code="bank_transfer"
        ),
    )
    return checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))


def check_books(row: FlashSale) -> None:
    """What is left follows from the ledger, from stock, and from the orders: all three say the same."""
    for item in Item.objects.filter(sale=row):
        sums = dict(item.entries.values_list("kind").annotate(sum=Sum("change")).order_by())
        assert sum(sums.values()) == item.left
        assert sums.get("set_aside", 0) + sums.get("changed", 0) == item.units
        held = Reservation.objects.filter(reference=item.reference, state=Reservation.State.HELD)
        assert sum(held.values_list("quantity", flat=True)) == item.left
        open_claims = Claim.objects.filter(item=item, returned_at__isnull=True)
        assert sum(open_claims.values_list("units", flat=True)) == -(sums.get("sold", 0) + sums.get("returned", 0))
    assert integrity() == []


def free(variant: Variant) -> int:
    return availability([variant.pk])[variant.pk].available or 0


def test_units_are_set_aside_from_ordinary_stock() -> None:
    variant = thing(10)
    row = sale(variant, units=4, begins=HOUR)
    assert free(variant) == 6
    assert factories.order(variant, quantity=6).total_minor > 0
    with pytest.raises(InsufficientStock):
        factories.cart(variant)
    check_books(row)


def test_a_draft_sets_nothing_aside_and_changes_no_price() -> None:
    variant = thing(10)
    row = sale(variant, planned=False)
    assert (free(variant), page_price(variant)) == (10, 10000)
    services.delete_sale(sale_id=row.pk, actor=factories.ACTOR)
    assert not FlashSale.objects.exists()


def test_more_than_there_is_cannot_be_set_aside() -> None:
    variant = thing(3)
    row = sale(variant, planned=False, units=4)
    with pytest.raises(TooFewToSetAside):
        services.plan_sale(sale_id=row.pk, actor=factories.ACTOR)


def test_a_price_above_the_ordinary_one_is_refused() -> None:
    variant = thing(9)
    for price, is_fine in ((10001, False), (10000, True)):
        row = sale(variant, planned=False, price=price)
        if is_fine:
            # What is rare is sold at its ordinary price, through the line.
            services.plan_sale(sale_id=row.pk, actor=factories.ACTOR)
            continue
        with pytest.raises(AboveOrdinaryPrice):
            services.plan_sale(sale_id=row.pk, actor=factories.ACTOR)
        row.refresh_from_db()
        assert not row.is_planned
        assert free(variant) == 9


def test_the_price_follows_the_clock_on_page_in_cart_and_order() -> None:
    variant = thing()
    row = sale(variant, begins=HOUR, limit=None)
    cart = factories.cart(variant)
    assert (page_price(variant), cart_of(cart)) == (10000, (10000, ""))
    with frozen(row.starts_at):
        assert (page_price(variant), cart_of(cart)) == (5000, (5000, ""))
        order = buy(variant)
        assert order.lines.get().unit_price_minor == 5000
    with frozen(row.ends_at):
        assert (page_price(variant), cart_of(cart)) == (10000, (10000, ""))


def test_flash_buyers_never_take_ordinary_stock() -> None:
    variant = thing(10)
    row = sale(variant, units=2, limit=None)
    buy(variant, quantity=2)
    assert free(variant) == 8
    with pytest.raises(InsufficientStock):
        factories.cart(variant)
    check_books(row)


def test_a_cart_says_when_its_units_are_gone() -> None:
    variant = thing(10)
    sale(variant, units=2, limit=None)
    cart = factories.cart(variant, quantity=2)
    buy(variant)
    look_now()
    assert cart_of(cart) == (5000, "too_many")
    buy(variant)
    assert cart_of(cart) == (5000, "sold_out")


def test_a_buyer_has_no_more_than_the_limit_over_all_orders() -> None:
    variant = thing()
    row = sale(variant, units=9, limit=2)
    with pytest.raises(FlashLimitReached):
        factories.cart(variant, quantity=3)
    buy(variant, quantity=2)
    with pytest.raises(FlashLimitReached):
        buy(variant, email="LIN@example.com ")
    buy(variant, email="other@example.com", phone="+86 138 0013 8000")
    with pytest.raises(FlashLimitReached):
        buy(variant, email="third@example.com", phone="8613800138000", quantity=2)
    check_books(row)


def test_units_of_a_cancelled_order_are_in_the_sale_again() -> None:
    variant = thing()
    row = sale(variant, units=1)
    order = buy(variant)
    assert item_of(row).left == 0
    orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    assert item_of(row).left == 1
    assert not BuyerCount.objects.filter(units__gt=0).exists()
    check_books(row)
    # The same buyer may have it again.
    look_now()
    assert buy(variant).pk != order.pk
    services.give_back(reference=order.reference, has_expired=False, restock=True, actor="system")
    check_books(row)


def test_an_order_that_is_not_paid_in_time_gives_its_units_back() -> None:
    variant = thing()
    row = sale(variant, units=1, pay_minutes=15)
    order = buy(variant)
    assert order.expires_at is not None
    assert timedelta(minutes=14) < order.expires_at - now() <= timedelta(minutes=15)
    with frozen(order.expires_at + timedelta(seconds=1)):
        orders.expire_unpaid()
        factories.drain()
        assert item_of(row).left == 1
        assert Claim.objects.get().has_expired
        check_books(row)


def test_what_was_written_off_does_not_come_back() -> None:
    variant = thing()
    row = sale(variant, units=1)
    order = buy(variant)
    orders.cancel(order_id=order.pk, reason="customer", restock=False, actor=factories.ACTOR)
    factories.drain()
    assert item_of(row).left == 0
    check_books(row)


def test_units_that_were_given_away_meanwhile_leave_the_sale() -> None:
    variant = thing(1)
    row = sale(variant, units=1)
    order = buy(variant)
    orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    inventory.adjust(
        variant_id=variant.pk, location_id=factories.location().pk, counted=0, reason="lost", actor=factories.ACTOR
    )
    factories.drain()
    assert item_of(row).left == 0
    check_books(row)


def test_paid_is_noted() -> None:
    variant = thing()
    sale(variant)
    factories.order(variant, paid=True)
    assert Claim.objects.get().paid_at is not None


def test_at_its_end_what_is_left_is_on_ordinary_sale_again() -> None:
    variant = thing(10)
    row = sale(variant, units=4)
    buy(variant)
    assert services.close_ended() == 0
    with frozen(now() + 2 * HOUR):
        assert services.close_ended() == 1
        assert services.close_ended() == 0
        look_now()
        assert (free(variant), page_price(variant)) == (9, 10000)
        check_books(row)
        with pytest.raises(FlashOver):
            services.stop_sale(sale_id=row.pk, actor=factories.ACTOR)


def test_between_end_and_closing_nothing_of_the_sale_is_sold() -> None:
    variant = thing(4)
    row = sale(variant, units=4)
    cart = factories.ready_cart(variant)
    with frozen(now() + 2 * HOUR):
        with pytest.raises(InsufficientStock):
            checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
        services.close_ended()
        order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
        assert order.lines.get().unit_price_minor == 10000
    check_books(row)


def test_staff_start_extend_top_up_and_stop() -> None:
    variant = thing(10)
    row = sale(variant, units=1, begins=HOUR, limit=None)
    services.start_now(sale_id=row.pk, actor=factories.ACTOR)
    look_now()
    assert page_price(variant) == 5000
    services.top_up(sale_id=row.pk, item_id=item_of(row).pk, units=3, actor=factories.ACTOR)
    assert (item_of(row).units, item_of(row).left, free(variant)) == (4, 4, 6)
    with pytest.raises(TooFewToSetAside):
        services.top_up(sale_id=row.pk, item_id=item_of(row).pk, units=7, actor=factories.ACTOR)
    with pytest.raises(InvalidInput):
        services.extend_sale(sale_id=row.pk, ends_at=now() - HOUR, actor=factories.ACTOR)
    services.extend_sale(sale_id=row.pk, ends_at=now() + 9 * HOUR, actor=factories.ACTOR)
    look_now()
    with frozen(now() + 8 * HOUR):
        assert page_price(variant) == 5000
    buy(variant)
    services.stop_sale(sale_id=row.pk, actor=factories.ACTOR)
    look_now()
    assert (page_price(variant), free(variant)) == (10000, 9)
    check_books(row)


def test_units_change_while_it_runs_but_goods_and_beginning_do_not() -> None:
    variant, other = thing(10), thing(10)
    row = sale(variant, units=4, limit=None)
    row.refresh_from_db()
    buy(variant)
    kept = {"starts_at": row.starts_at, "ends_at": row.ends_at}
    services.save_sale(
        draft=draft(variant, units=2, limit=3, price=4000, **kept), sale_id=row.pk, actor=factories.ACTOR
    )
    look_now()
    assert (item_of(row).units, item_of(row).left, free(variant), page_price(variant)) == (2, 1, 8, 4000)
    check_books(row)
    with pytest.raises(InvalidInput):
        services.save_sale(draft=draft(variant, units=0, **kept), sale_id=row.pk, actor=factories.ACTOR)
    with pytest.raises(FlashStarted):
        services.save_sale(draft=draft(other, **kept), sale_id=row.pk, actor=factories.ACTOR)
    with pytest.raises(FlashStarted):
        services.save_sale(draft=draft(variant, begins=HOUR), sale_id=row.pk, actor=factories.ACTOR)


def test_one_variant_is_in_one_sale_at_a_time() -> None:
    variant = thing(10)
    sale(variant, units=1)
    with pytest.raises(AlreadyInSale):
        sale(variant, units=1)
    sale(variant, units=1, begins=3 * HOUR)


def test_goods_without_counted_stock_are_refused() -> None:
    with pytest.raises(NotForFlash):
        sale(factories.variant_of(factories.product(stock=None)))


def test_a_draft_order_of_staff_takes_ordinary_stock() -> None:
    """What staff agree on with somebody is no flash sale: neither its price nor its units."""
    variant = thing(2)
    row = sale(variant, units=1)
    made = checkout.create_draft(market=factories.market(), language="zh-hans", actor=factories.ACTOR)
    checkout.set_draft_line(draft_id=made.pk, variant_id=variant.pk, quantity=1, price_minor=None)
    checkout.save_draft(
        draft_id=made.pk,
        details=Details(email="lin@example.com", shipping_address=factories.ADDRESS),
        customer_name="林晓",
    )
    order = checkout.place_draft(draft_id=made.pk, method_code="bank_transfer", actor=factories.ACTOR)
    assert order.lines.get().unit_price_minor == 10000
    assert (item_of(row).left, free(variant)) == (1, 0)
    check_books(row)


def test_what_is_known_of_a_buyer_is_exported_and_erased() -> None:
    variant = thing()
    sale(variant)
    order = buy(variant)
    person = Person((order.customer_id or 0,), None, (order.email,), (), ())
    assert [row["units"] for row in FlashUnits().export(person)["flash_sales"]] == [1]
    assert FlashUnits().erase(person) == 2
    assert not BuyerCount.objects.exists()
    assert Claim.objects.get().counted == []
