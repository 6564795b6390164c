from __future__ import annotations

from dataclasses import replace

import pytest

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.checkout import selectors, services
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import (
    CartEmpty,
    CartNotFound,
    Details,
    InvalidDetails,
    PaymentMethodUnavailable,
    PlaceOrder,
    PriceChanged,
)
from duli.commerce.customers.types import Address
from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders.models import Order
from duli.commerce.payments.models import PaymentCollection
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.types import PriceInput
from duli.commerce.shipping.models import Method
from duli.platform.events.models import Event
from tests import factories
from tests.factories import ADDRESS, US_ADDRESS, market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def place(cart: Cart, shown: Money | None = None) -> Order:
    return services.place_order(request=PlaceOrder(cart_token=cart.token, shown_total=shown, actor="guest"))


def nothing_happened() -> bool:
    return not (
        Order.objects.exists()
        or Reservation.objects.exists()
        or PaymentCollection.objects.exists()
        or Event.objects.filter(name="orders.placed").exists()
        or StockLevel.objects.filter(reserved__gt=0).exists()
    )


def test_submitting_again_and_again_makes_one_order() -> None:
    cart = factories.ready_cart(factories.variant_of(factories.product(stock=5)))
    orders = {place(cart).pk for _ in range(3)}
    assert len(orders) == 1
    assert Order.objects.count() == PaymentCollection.objects.count() == 1
    assert StockLevel.objects.get().reserved == 1


def test_the_total_is_the_one_that_was_shown_or_nothing_happens() -> None:
    variant = factories.variant_of(factories.product(price=10000))
    cart = factories.ready_cart(variant)
    shown = selectors.checkout_view(cart.token).cart.quote.total
    pricing.set_prices(prices=[PriceInput(variant.pk, "CNY", 12000)])
    with pytest.raises(PriceChanged) as error:
        place(cart, shown)
    assert "112.00" in str(error.value)
    assert "132.00" in str(error.value)
    assert nothing_happened()
    with pytest.raises(PriceChanged):
        place(cart, Money(13200, "USD"))
    assert place(cart, Money(13200, "CNY")).total_minor == 13200


def test_the_last_unit_is_sold_once() -> None:
    variant = factories.variant_of(factories.product(stock=1))
    first, second = factories.ready_cart(variant), factories.ready_cart(variant)
    place(first)
    before = Order.objects.count()
    with pytest.raises(InsufficientStock):
        place(second)
    assert Order.objects.count() == before
    second.refresh_from_db()
    assert second.state == "open"


def test_one_sold_out_line_holds_back_the_whole_order() -> None:
    plenty, scarce = (factories.variant_of(factories.product(stock=units)) for units in (9, 2))
    cart = factories.ready_cart(plenty, scarce, quantity=2)
    StockLevel.objects.filter(variant=scarce).update(on_hand=1)
    with pytest.raises(InsufficientStock):
        place(cart)
    assert nothing_happened()


def test_an_empty_cart_and_a_foreign_token_order_nothing() -> None:
    cart = factories.ready_cart(factories.variant_of(factories.product()))
    cart.lines.all().delete()
    with pytest.raises(CartEmpty):
        place(cart)
    with pytest.raises(CartNotFound):
        services.place_order(request=PlaceOrder("somebody-elses", None, "guest"))
    assert nothing_happened()


@pytest.mark.parametrize("method", ["", "sandbox_card", "no_such_method"])
def test_the_payment_method_must_be_one_that_is_offered(method: str) -> None:
    with pytest.raises(PaymentMethodUnavailable):
        place(factories.ready_cart(factories.variant_of(factories.product()), method=method))
    assert nothing_happened()


def test_a_shipping_method_that_no_longer_serves_is_asked_again() -> None:
    cart = factories.ready_cart(factories.variant_of(factories.product()))
    cart.shipping_method_id = Method.objects.get(code="air").pk
    cart.save()
    with pytest.raises(DuliError) as error:
        place(cart)
    assert error.value.code == "shipping_method_unavailable"
    assert nothing_happened()


def save(token: str, **values: object) -> None:
    details = Details(email="a@example.com", shipping_address=ADDRESS, payment_method_code="bank_transfer")
    services.save_details(token=token, details=replace(details, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "field", "problem"),
    [
        ({"email": ""}, "contact", "required"),
        ({"email": "nobody"}, "contact", "invalid"),
        ({"email": "a" * 10_000_000 + "@example.com"}, "contact", "too_long"),
        ({"email": "", "phone": "12"}, "contact", "invalid"),
        ({"shipping_address": None}, "country", "required"),
        ({"shipping_address": replace(ADDRESS, name="")}, "name", "required"),
        ({"shipping_address": replace(ADDRESS, region="Bayern")}, "region", "invalid"),
        ({"shipping_address": replace(ADDRESS, city="成都市")}, "city", "invalid"),
        ({"shipping_address": replace(ADDRESS, phone="abc")}, "phone", "invalid"),
        ({"shipping_address": US_ADDRESS}, "country", "invalid"),
        ({"shipping_address": Address(country="XX")}, "country", "invalid"),
        ({"billing_address": replace(ADDRESS, line1="")}, "billing_line1", "required"),
        ({"note": "x" * 1001}, "note", "too_long"),
    ],
)
def test_each_wrong_field_is_named(values: dict[str, object], field: str, problem: str) -> None:
    cart = factories.cart(factories.variant_of(factories.product()))
    with pytest.raises(InvalidDetails) as error:
        save(cart.token, **values)
    assert error.value.fields.get(field) == problem
    cart.refresh_from_db()
    assert cart.email == ""
    assert cart.shipping_address is None


def test_all_wrong_fields_are_named_at_once() -> None:
    cart = factories.cart(factories.variant_of(factories.product()))
    with pytest.raises(InvalidDetails) as error:
        save(cart.token, email="x", shipping_address=replace(ADDRESS, name="", line1=""))
    assert set(error.value.fields) == {"contact", "name", "line1"}


def test_a_phone_number_is_enough_and_is_kept_in_international_form() -> None:
    cart = factories.cart(factories.variant_of(factories.product()))
    save(cart.token, email="", phone="138 0013 8000")
    order = place(Cart.objects.get(pk=cart.pk))
    assert (order.phone, order.email) == ("+8613800138000", "")


def test_prices_without_tax_get_none_where_no_rate_is_known() -> None:
    order = factories.order(factories.variant_of(factories.product(price=70000)), market_code="int")
    assert (order.currency, order.subtotal_minor, order.shipping_minor, order.tax_minor) == ("USD", 10000, 1500, 0)
    assert order.language == "en"
    assert order.prices_include_tax is False


def test_what_costs_nothing_is_paid_at_once() -> None:
    Method.objects.filter(code="standard").update(rates={"CNY": [{"from": 0, "minor": 0}]})
    order = factories.order(factories.variant_of(factories.product(price=0)), method="")
    order.refresh_from_db()
    assert (order.total_minor, order.payment_state, order.payment_collection) == (0, "paid", None)


def test_the_checkout_page_shows_all_costs_and_the_countrys_own_form() -> None:
    cart = factories.cart(factories.variant_of(factories.product(price=70000)), market_code="int")
    view = selectors.checkout_view(cart.token, "DE")
    assert view.country == "DE"
    assert view.form.country == "DE"
    assert "region" not in view.form.required
    assert [rate.code for rate in view.rates] == ["air"]
    assert view.cart.quote.total == Money(11500, "USD")
    codes = [code for code, _ in view.countries]
    assert "US" in codes
    assert "FR" in codes
    names = dict(view.countries)
    assert names["DE"] == "Germany"
    china = selectors.checkout_view(factories.cart(factories.variant_of(factories.product())).token)
    assert [code for code, _ in china.countries] == ["CN"]
    assert {"region", "city", "district"} <= china.form.required
    assert {method.code for method in china.methods} == {"bank_transfer", "cash_on_delivery"}


def test_a_guest_never_becomes_an_accounts_customer() -> None:
    first = factories.order()
    second = factories.order()
    assert first.customer_id == second.customer_id
    assert first.customer.user_id is None
    assert market().code == first.market_code
