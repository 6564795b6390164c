from __future__ import annotations

import pytest

from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.catalogue import services as catalogue
from duli.commerce.checkout import selectors, services
from duli.commerce.checkout.models import CartLine
from duli.commerce.checkout.types import CartClosed, CartNotFound, InvalidQuantity, NotForSale, PlaceOrder
from duli.commerce.customers.services import customer_for_guest
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from tests import factories
from tests.factories import market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def add(token: str, variant_id: int, quantity: int = 1) -> str:
    return services.add_line(
        token=token, variant_id=variant_id, quantity=quantity, market=market(), language="zh-hans"
    ).token


def test_a_cart_adds_up_and_says_what_is_missing_for_free_shipping() -> None:
    variant = factories.variant_of(factories.product(price=10000))
    token = add("", variant.pk, 2)
    assert add(token, variant.pk) == token
    view = selectors.cart_view(token, market(), "zh-hans")
    assert view.item_count == 3
    assert view.quote.subtotal == Money(30000, "CNY")
    assert view.quote.total == Money(31200, "CNY")
    assert view.free_shipping_missing == Money(20000, "CNY")
    assert view.shipping_is_estimate
    assert view.quote.tax.minor > 0
    services.set_quantity(token=token, line_id=view.lines[0].id, quantity=5)
    view = selectors.cart_view(token, market(), "zh-hans")
    assert view.quote.shipping.minor == 0
    services.remove_line(token=token, line_id=view.lines[0].id)
    assert not selectors.cart_view(token, market(), "zh-hans").lines


@pytest.mark.parametrize("quantity", [0, -1, 1000, 10**12])
def test_absurd_quantities_are_refused(quantity: int) -> None:
    variant = factories.variant_of(factories.product(stock=None))
    with pytest.raises(InvalidQuantity):
        add("", variant.pk, quantity)
    token = add("", variant.pk, 1)
    line = CartLine.objects.get()
    if quantity:
        with pytest.raises(InvalidQuantity):
            services.set_quantity(token=token, line_id=line.pk, quantity=quantity)
    line.refresh_from_db()
    assert line.quantity == 1


def test_more_than_there_is_is_refused_with_what_there_is() -> None:
    variant = factories.variant_of(factories.product(stock=3))
    token = add("", variant.pk, 2)
    with pytest.raises(InsufficientStock) as error:
        add(token, variant.pk, 2)
    assert error.value.params["available"] == 3
    assert CartLine.objects.get().quantity == 2


def test_what_is_not_on_sale_cannot_be_put_in() -> None:
    draft = factories.variant_of(factories.product(status="draft"))
    for variant_id in (draft.pk, 10**9):
        with pytest.raises(NotForSale):
            add("", variant_id)


def test_a_line_of_somebody_elses_cart_is_out_of_reach() -> None:
    variant = factories.variant_of(factories.product())
    mine, theirs = add("", variant.pk), add("", variant.pk)
    foreign = CartLine.objects.get(cart__token=theirs)
    with pytest.raises(NotFound):
        services.set_quantity(token=mine, line_id=foreign.pk, quantity=9)
    with pytest.raises(CartNotFound):
        services.set_quantity(token="guess", line_id=foreign.pk, quantity=9)
    foreign.refresh_from_db()
    assert foreign.quantity == 1


def test_changes_since_it_was_put_in_are_told() -> None:
    item, gone = factories.product(price=10000, stock=5), factories.product(stock=5)
    variant = factories.variant_of(item)
    token = factories.cart(variant, factories.variant_of(gone), quantity=3).token
    pricing.set_prices(prices=[PriceInput(variant.pk, "CNY", 9000)])
    catalogue.set_product_status(product_ids=[gone.pk], status="archived", actor="user:1")
    first, second = selectors.cart_view(token, market(), "zh-hans").lines
    assert (first.unit_price, first.former_price) == (Money(9000, "CNY"), Money(10000, "CNY"))
    assert second.problem == "gone"
    assert selectors.cart_view(token, market(), "zh-hans").quote.subtotal == Money(27000, "CNY")


def test_the_cart_follows_the_shopper_to_another_market() -> None:
    variant = factories.variant_of(factories.product(price=70000))
    token = add("", variant.pk)
    services.change_market(token=token, market=market("int"), language="en")
    view = selectors.cart_view(token, market("int"), "en")
    assert view.quote.subtotal == Money(10000, "USD")
    assert view.lines[0].former_price is None


def test_signing_in_loses_and_doubles_nothing() -> None:
    first, second = (factories.variant_of(factories.product()) for _ in range(2))
    customer = customer_for_guest(name="", email="a@example.com", phone="", language="en")
    own = services.merge(token=add("", first.pk, 2), customer_id=customer.pk, market=market(), language="zh-hans")
    assert own is not None
    guest = add(add("", first.pk, 1), second.pk, 3)
    for _ in range(2):
        merged = services.merge(token=guest, customer_id=customer.pk, market=market(), language="zh-hans")
        assert merged is not None
        assert merged.pk == own.pk
        assert dict(merged.lines.values_list("variant_id", "quantity")) == {first.pk: 2, second.pk: 3}


def test_an_ordered_cart_does_not_change_any_more() -> None:
    variant = factories.variant_of(factories.product())
    cart = factories.ready_cart(variant)
    services.place_order(request=PlaceOrder(cart.token, None, "guest"))
    with pytest.raises(CartClosed):
        services.set_quantity(token=cart.token, line_id=cart.lines.get().pk, quantity=2)
    assert add(cart.token, variant.pk) != cart.token


@pytest.mark.parametrize("token", ["", "x" * 10_000_000, "\x00", "' OR 1=1 --"])
def test_nonsense_tokens_open_nothing(token: str) -> None:
    assert not selectors.cart_view(token, market(), "en").lines
    assert selectors.item_count(token) == 0
    with pytest.raises(CartNotFound):
        services.set_quantity(token=token, line_id=1, quantity=1)


def test_a_cart_costs_the_same_queries_for_one_line_and_for_thirty() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(token: str) -> int:
        selectors.cart_view(token, market(), "zh-hans")
        with CaptureQueriesContext(connection) as captured:
            selectors.cart_view(token, market(), "zh-hans")
        return len(captured)

    one = factories.cart(factories.variant_of(factories.product()))
    many = factories.cart(*(factories.variant_of(factories.product()) for _ in range(30)))
    assert cost(one.token) == cost(many.token) <= 8
