"""Opening a shop: from an empty database to a published product and a test order."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from PIL import Image

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue.models import Product
from duli.commerce.catalogue.services import save_product
from duli.commerce.catalogue.types import ProductDraft, VariantDraft
from duli.commerce.checkout.services import offer_flat_shipping, open_shop, place_test_order
from duli.commerce.checkout.types import CurrencyFixed
from duli.commerce.customers.models import Customer
from duli.commerce.inventory.models import Location, StockLevel
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import home_numbers, list_numbers
from duli.commerce.orders.services import cancel
from duli.commerce.payments import services as payments
from duli.commerce.pricing.models import Cost, TaxRate
from duli.commerce.pricing.selectors import prices
from duli.commerce.pricing.services import set_costs, set_prices
from duli.commerce.pricing.types import PriceInput, PricesStand
from duli.commerce.shipping.models import Method
from duli.platform.accounts.models import User
from duli.platform.accounts.services import create_first_owner, setup_link
from duli.platform.accounts.types import SetupOver
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import Market, Store
from duli.platform.store.selectors import markets
from duli.platform.store.services import save_market
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db

OWNER = {"name": "林晓", "email": "Lin@Example.com", "password": "celadon bowls 27"}
SHOP = {
    "name": "Celadon",
    "email": "hello@celadon.example",
    "country": "DE",
    "address": "Hauptstraße 1\n10115 Berlin",
    "language": "en",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "prices_include_tax": "on",
    "tax_name": "VAT",
    "tax_percent": "19",
}


def begin() -> str:
    return "/admin/" + setup_link().split("/admin/")[1]


def step(code: str) -> str:
    return reverse("backoffice:setup_step", args=[code])


def send(client: Client, code: str, values: dict[str, Any] | None = None) -> str:
    """Send a step's form, and return where it leads."""
    answer = client.post(step(code), values or {})
    # Inside one transaction nothing is committed, and caches would not notice.
    reset_caches()
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def picture() -> Any:
    file = io.BytesIO()
    Image.new("RGB", (40, 50), "#2f6f62").save(file, "PNG")
    file.seek(0)
    file.name = "bowl.png"
    return file


def test_from_nothing_to_a_test_order() -> None:
    client = Client(headers={"accept-language": "en"})
    assert b"duli staff link" in client.get(reverse("backoffice:login")).content
    assert client.post(begin(), OWNER)["Location"] == reverse("backoffice:setup")
    assert User.objects.get().role == "owner"
    # Home has nothing to show of a shop that nobody has named.
    assert client.get(reverse("backoffice:home"))["Location"] == reverse("backoffice:setup")
    assert client.get(reverse("backoffice:setup"))["Location"] == step("shop")

    assert send(client, "shop", SHOP) == step("product")
    assert Store.objects.get().default_currency == "EUR"
    market = Market.objects.get()
    assert (market.currency, market.language, market.prices_include_tax) == ("EUR", "en", True)
    assert TaxRate.objects.get().rate == Decimal("0.19")

    product = {"title": "Tea bowl", "price": "48.50", "units": "3", "picture": picture(), "description": "Fired twice."}
    assert send(client, "product", product) == step("shipping")
    assert client.get(f"/products/{Product.objects.get().handle}").status_code == 200

    shipping = {"where": "home", "name": "DHL", "price": "4.90", "free_over": "", "min_days": "1", "max_days": "3"}
    assert send(client, "shipping", shipping) == step("payment")
    payment = {"bank_transfer": "on", "accounts": "IBAN: DE02 1203 0000 0000 2020 51"}
    assert send(client, "payment", payment) == step("order")
    assert send(client, "order") == reverse("backoffice:setup_done")

    order = Order.objects.get()
    assert order.source == "test"
    assert (order.total_minor, order.tax_minor, order.currency) == (4850 + 490, 774 + 78, "EUR")
    assert StockLevel.objects.get().reserved == 1
    page = client.get(reverse("backoffice:setup_done")).content.decode()
    assert f"#{order.number}" in page
    assert client.get(reverse("backoffice:setup"))["Location"] == reverse("backoffice:setup_done")
    assert ">Test<" in client.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    factories.drain()
    assert mail.outbox == [] or "lin@example.com" in mail.outbox[0].to


def test_the_link_opens_nothing_once_somebody_works_here() -> None:
    link = begin()
    Client().post(link, OWNER)
    late = Client(headers={"accept-language": "en"})
    assert late.get(link).status_code == 410
    assert late.post(link, {**OWNER, "email": "thief@example.com"}).status_code == 410
    assert User.objects.count() == 1


def test_another_token_opens_nothing() -> None:
    assert Client().post(reverse("backoffice:setup_owner", args=["0" * 64]), OWNER).status_code == 410
    assert not User.objects.exists()


def test_the_token_is_used_up_even_if_that_owner_is_gone() -> None:
    token = begin().split("/")[-2]
    create_first_owner(token=token, email="a@example.com", name="A", password="celadon bowls 27")
    User.objects.all().delete()
    with pytest.raises(SetupOver):
        create_first_owner(token=token, email="b@example.com", name="B", password="celadon bowls 27")


def test_a_weak_password_makes_no_owner_and_the_link_stays() -> None:
    client = Client(headers={"accept-language": "en"})
    answer = client.post(begin(), {**OWNER, "password": "12345678"})
    assert answer.status_code == 422
    assert not User.objects.exists()
    assert client.post(begin(), OWNER).status_code == 302


def test_every_step_can_be_left_out_and_come_back_to() -> None:
    client = Client(headers={"accept-language": "en"})
    client.post(begin(), OWNER)
    for code, following in (
        ("shop", "product"),
        ("product", "shipping"),
        ("shipping", "payment"),
        ("payment", "order"),
    ):
        assert client.post(step(code), {"skip": "1"})["Location"] == step(following)
    page = client.get(step("order")).content.decode()
    assert page.count("left out") == 4
    # Nothing to buy: it says what to do, and nothing is ordered.
    answer = client.post(step("order"))
    assert answer.status_code == 409
    assert "Publish a product" in answer.content.decode()
    assert client.post(step("order"), {"skip": "1"})["Location"] == reverse("backoffice:setup_done")
    assert b"Almost there" in client.get(reverse("backoffice:setup_done")).content
    assert client.post(step("shop"), SHOP)["Location"] == step("product")
    assert client.get(step("shop")).content.decode().count("left out") == 4
    # Named now, the shop has a Home, and that keeps what is missing.
    assert step("shipping") in client.get(reverse("backoffice:home")).content.decode()


def test_wrong_values_come_back_and_change_nothing() -> None:
    client = Client(headers={"accept-language": "en"})
    client.post(begin(), OWNER)
    assert client.post(step("shop"), {**SHOP, "currency": "XXX"}).status_code == 422
    assert client.post(step("shop"), {**SHOP, "tax_percent": "101"}).status_code == 422
    assert client.post(step("shop"), {**SHOP, "name": "x" * 200_000}).status_code == 422
    assert not Store.objects.exists()
    assert client.get(step("nothing")).status_code == 404
    assert client.post(step("payment"), {"bank_transfer": "on"}).status_code == 422
    assert client.post(step("payment"), {}).status_code == 422
    wrong = {"where": "home", "name": "DHL", "price": "4.90", "min_days": "5", "max_days": "3"}
    assert client.post(step("shipping"), wrong).status_code == 422
    not_a_picture = io.BytesIO(b"no picture")
    not_a_picture.name = "bowl.png"
    answer = client.post(step("product"), {"title": "Bowl", "price": "1", "units": "1", "picture": not_a_picture})
    assert answer.status_code >= 400
    assert not Product.objects.exists()


def opened(**changed: Any) -> Store:
    """Say once more who the shop is, with other words."""
    values = {name: value for name, value in SHOP.items() if not name.startswith("tax")}
    store = open_shop(**{**values, "prices_include_tax": True, "tax": None, "actor": "user:1", **changed})
    reset_caches()
    return store


def test_until_something_is_sold_country_language_and_currency_can_be_others() -> None:
    opened()
    offer_flat_shipping(
        name="Parcel", countries=["DE"], zone_name="Germany", minor=490, free_over_minor=5000, days=(1, 2), actor=""
    )
    draft = ProductDraft(title="Bowl", status="active", variants=[VariantDraft(tracks_stock=False)])
    item = factories.variant_of(save_product(draft=draft, actor="user:1"))
    set_prices(prices=[PriceInput(item.pk, "EUR", 1995)])
    set_costs(costs={item.pk: Money(700, "EUR")})
    payments.save_gateway(
        code="bank_transfer", enabled=True, values=factories.GATEWAY_VALUES["bank_transfer"], position=0
    )
    place_test_order(market=markets()[0], email="lin@example.com", name="Lin", actor="user:1")
    opened(country="CH", language="zh-hans", currency="CHF", address="Zürich")
    market = Market.objects.get()
    assert (market.name, market.currency, market.language) == ("瑞士", "CHF", "zh-hans")
    assert prices([item.pk], "CHF", now())[item.pk].price == Money(1995, "CHF")
    assert item.pk not in prices([item.pk], "EUR", now())
    assert Cost.objects.get().currency == "CHF"
    method = Method.objects.get()
    assert (method.rates["CHF"][0]["minor"], method.free_over) == (490, {"CHF": 5000})
    assert (method.zone.name, method.zone.countries) == ("瑞士", ["CH"])
    assert (Location.objects.get().country, Location.objects.get().address) == ("CH", "Zürich")
    assert Store.objects.get().default_currency == "CHF"
    with pytest.raises(PricesStand):
        opened(currency="JPY")
    set_prices(prices=[PriceInput(item.pk, "USD", 2500)])
    with pytest.raises(PricesStand):
        opened(currency="USD")
    assert Store.objects.get().default_currency == "CHF"


def test_names_that_somebody_chose_stay(shop: None) -> None:
    opened(currency="CNY", country="FR")
    assert Market.objects.get(is_default=True).name == "France"
    save_market(code="cn", name="Best customers")
    opened(currency="CNY", country="IT")
    assert Market.objects.get(is_default=True).name == "Best customers"


def test_a_currency_is_fixed_once_something_is_sold(shop: None) -> None:
    factories.order()
    values = {**SHOP, "currency": "EUR", "prices_include_tax": True, "tax": None, "actor": "user:1"}
    for name in ("tax_name", "tax_percent"):
        del values[name]
    with pytest.raises(CurrencyFixed):
        open_shop(**values)  # type: ignore[arg-type]
    assert Store.objects.get().default_currency == "CNY"


def test_a_test_order_counts_in_no_numbers_and_gives_its_goods_back(owner: Client) -> None:
    factories.product(stock=2)
    assert owner.post(step("order"))["Location"] == reverse("backoffice:setup_done")
    order = Order.objects.get()
    payments.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=Money(order.total_minor, order.currency),
        actor="user:1",
        idempotency_key="tried",
    )
    factories.drain()
    numbers = home_numbers()
    assert (numbers.today.orders, numbers.to_ship, numbers.unpaid) == (0, 0, 0)
    assert (list_numbers().to_ship, list_numbers().unpaid) == (0, 0)
    buyer = Customer.objects.get(pk=order.customer_id)
    assert (buyer.orders_count, buyer.spent_minor, buyer.first_order_at) == (0, 0, None)
    assert Product.objects.get().sales_count == 0
    assert "Until your first sale" in owner.get(reverse("backoffice:home")).content.decode()
    cancel(order_id=order.pk, reason="customer", actor="user:1")
    assert StockLevel.objects.get().reserved == 0
    factories.order()
    assert home_numbers().today.orders == 1
    assert "Until your first sale" not in owner.get(reverse("backoffice:home")).content.decode()


def test_only_who_may_change_settings_sees_the_steps(sign_in: SignIn) -> None:
    client = sign_in("viewer")
    assert client.get(step("shop")).status_code == 403
    assert client.post(step("shop"), {"skip": "1"}).status_code == 403
    assert sign_in("").get(step("shop")).status_code == 403
