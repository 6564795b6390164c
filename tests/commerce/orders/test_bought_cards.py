"""Gift cards as goods: from the product page to the card, each made once, and what takes one back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.assortment.services import duplicate_product
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import save_product, set_bundle, set_delivery
from duli.commerce.catalogue.types import Component, GiftCardInBundle, ProductDraft
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view, checkout_view
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.orders import services as orders
from duli.commerce.orders.editing import AddedLine, EditWish
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import issue_bought_cards
from duli.commerce.orders.types import FulfilLine, RefundLine
from duli.commerce.payments import gift_cards
from duli.commerce.payments import services as payments
from duli.commerce.payments.gift_cards import GiftCardFixed, GiftCardUnknown, GiftCardUsed
from duli.commerce.payments.gifts import Gift, clean_gift
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from duli.growth.notifications.jobs import send_gift_cards
from duli.platform.mail.models import Mail
from tests import factories

pytestmark = pytest.mark.django_db
ANNA = Gift(recipient_name="Anna", recipient_email="anna@example.com", sender_name="Lin", message="生日快乐")


def voucher() -> Product:
    factories.shop()
    return factories.product("礼品卡", price=20000, stock=None, is_gift_card=True)


def bought(*, quantity: int = 1, gift: Gift | None = None, paid: bool = True, more: Variant | None = None) -> Order:
    """An order of gift cards of 200.00 each, by lin@example.com."""
    variant = factories.variant_of(voucher())
    market = factories.market()
    cart = checkout.add_line(
        token="", variant_id=variant.pk, quantity=quantity, market=market, language="zh-hans", gift=gift
    )
    if more is not None:
        checkout.add_line(token=cart.token, variant_id=more.pk, quantity=1, market=market, language="zh-hans")
    checkout.save_details(
        token=cart.token,
        details=Details(
            email="lin@example.com",
            shipping_address=factories.ADDRESS if more else None,
            payment_method_code="bank_transfer",
        ),
    )
    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    if paid:
        pay(order)
    return order


def pay(order: Order) -> None:
    payments.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=Money(order.total_minor, order.currency),
        actor=factories.ACTOR,
        idempotency_key=f"all:{order.total_minor}",
    )
    factories.drain()
    order.refresh_from_db()


def cards_of(order: Order) -> list[GiftCard]:
    assert not gift_cards.wrong_balances()
    return list(GiftCard.objects.filter(reference=order.reference).order_by("pk"))


def spend(card: GiftCard, minor: int = -1) -> None:
    payments.correct_gift_card(
        card_id=card.pk, change=Money(minor, card.currency), actor=factories.ACTOR, idempotency_key="spent"
    )


def test_one_card_a_unit_made_once_when_paid() -> None:
    order = bought(quantity=3, paid=False)
    factories.drain()
    assert not cards_of(order)
    pay(order)
    made = cards_of(order)
    assert [(card.initial_minor, card.balance_minor, card.expires_on) for card in made] == [(20000, 20000, None)] * 3
    assert len({card.code_hash for card in made}) == 3
    # The same event again, however often, makes none.
    assert [issue_bought_cards(order_id=order.pk) for _again in range(3)] == [0, 0, 0]
    assert Mail.objects.filter(template="gift_card", to="lin@example.com").count() == 3
    assert (order.fulfilment_state, order.status) == ("not_needed", "completed")


def test_no_parcel_no_tax_no_discount() -> None:
    order = bought()
    line = order.lines.get()
    assert (line.tax_minor, line.total_minor, order.shipping_minor, order.tax_minor) == (0, 20000, 0, 0)
    with pytest.raises(GiftCardFixed):
        orders.preview_edit(order_id=order.pk, wish=EditWish(discounts={line.pk: 100}))
    with pytest.raises(InvalidInput):
        set_delivery(variant_id=line.variant_id or 0, requires_shipping=True, actor=factories.ACTOR)


def test_goods_beside_it_are_taxed_and_sent_as_ever() -> None:
    factories.shop()
    order = bought(more=factories.variant_of(factories.product(price=11300)))
    card, thing = order.lines.order_by("pk")
    assert (card.tax_minor, thing.tax_minor, order.shipping_minor) == (0, 1300, 1200)
    assert [len(cards_of(order)), order.fulfilment_state] == [1, "unfulfilled"]


def test_the_buyers_own_code_is_on_the_page_and_it_pays(client: Client) -> None:
    order = bought()
    (card,) = cards_of(order)
    code = gift_cards.code_of(card)
    page = client.get(f"/orders/{order.token}").content.decode()
    assert code in page
    assert code in Mail.objects.get(template="gift_card").html
    assert gift_cards.card_by_code(code).pk == card.pk
    # A new code is on the page at once, and the former one is worthless.
    payments.resend_gift_card(card_id=card.pk, actor=factories.ACTOR)
    factories.drain()
    card.refresh_from_db()
    assert gift_cards.code_of(card) not in {"", code}
    with pytest.raises(GiftCardUnknown):
        gift_cards.card_by_code(code)
    assert gift_cards.code_of(card) in Mail.objects.filter(template="gift_card").order_by("-pk")[0].html
    thing = factories.ready_cart(factories.variant_of(factories.product(price=5000)), method="")
    checkout.apply_gift_card(token=thing.token, code=gift_cards.code_of(card))
    other = checkout.place_order(request=PlaceOrder(thing.token, None, "guest"))
    factories.drain()
    said = client.get(f"/orders/{other.token}").content.decode()
    assert f"•••• {card.last4}" in said
    assert "62.00" in said


def test_a_present_goes_to_its_recipient_on_its_day(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    day = gift_cards.today() + timedelta(days=3)
    order = bought(gift=Gift("Anna", "anna@example.com", "Lin", "生日快乐", day.isoformat()))
    (card,) = cards_of(order)
    assert (card.recipient_name, card.sender_name, card.deliver_on) == ("Anna", "Lin", day)
    assert not Mail.objects.filter(template="gift_card").exists()
    page = client.get(f"/orders/{order.token}").content.decode()
    assert gift_cards.code_of(card) not in page
    assert f"•••• {card.last4}" in page
    assert "生日快乐" in page
    monkeypatch.setattr(gift_cards, "today", lambda: day)
    send_gift_cards()
    factories.drain()
    mail = Mail.objects.get(template="gift_card")
    assert mail.to == "anna@example.com"
    assert gift_cards.code_of(card) in mail.html
    assert "生日快乐" in mail.html


@pytest.mark.parametrize(
    "gift",
    [
        Gift(recipient_email="nobody"),
        Gift(recipient_name="x" * 121),
        Gift(message="x" * 501),
        Gift(recipient_email="a@example.com", deliver_on="soon"),
        Gift(recipient_email="a@example.com", deliver_on="2000-01-01"),
        Gift(recipient_email="a@example.com", deliver_on="9999-12-31"),
    ],
)
def test_what_cannot_be_kept_is_refused(gift: Gift) -> None:
    factories.shop()
    with pytest.raises(InvalidInput) as refused:
        clean_gift(gift)
    assert str(refused.value.params["field"]).startswith("gift_")


def test_two_people_two_lines_and_goods_are_no_present() -> None:
    variant = factories.variant_of(voucher())
    market = factories.market()

    def add(token: str, gift: Gift | None) -> str:
        return checkout.add_line(
            token=token, variant_id=variant.pk, quantity=1, market=market, language="en", gift=gift
        ).token

    token = add("", ANNA)
    for gift in (ANNA, None, Gift(recipient_name="Bo")):
        add(token, gift)
    lines = cart_view(token, market, "en").lines
    assert [(line.quantity, line.gift.recipient_name if line.gift else "") for line in lines] == [
        (2, "Anna"),
        (1, ""),
        (1, "Bo"),
    ]
    with pytest.raises(InvalidInput):
        thing = factories.variant_of(factories.product())
        checkout.add_line(token=token, variant_id=thing.pk, quantity=1, market=market, language="en", gift=ANNA)


def test_a_card_does_not_buy_cards() -> None:
    order = bought()
    (card,) = cards_of(order)
    variant = order.lines.get().variant
    assert variant is not None
    cart = factories.ready_cart(variant, factories.variant_of(factories.product(price=3000)))
    checkout.apply_gift_card(token=cart.token, code=gift_cards.code_of(card))
    view = checkout_view(cart.token)
    # Goods of 30.00 and their shipping, not the other card.
    assert [use.amount.minor for use in view.gift_cards] == [4200]
    assert view.due == Money(20000, "CNY")


def test_a_refund_takes_back_a_card_that_nobody_spent() -> None:
    order = bought(quantity=2)
    first, second = cards_of(order)
    spend(first)
    line = order.lines.get()
    orders.refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="a", actor=factories.ACTOR)
    factories.drain()
    second.refresh_from_db()
    assert (second.balance_minor, gift_cards.state_of(second)) == (0, "disabled")
    assert list(second.entries.order_by("pk").values_list("reason", flat=True)) == ["issued", "withdrawn"]
    assert issue_bought_cards(order_id=order.pk) == 0
    with pytest.raises(GiftCardUsed):
        orders.refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="b", actor=factories.ACTOR)
    with pytest.raises(GiftCardUsed):
        orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    line.refresh_from_db()
    first.refresh_from_db()
    assert (line.refunded_quantity, first.balance_minor) == (1, 19999)


def test_units_refunded_before_the_payment_never_become_cards() -> None:
    order = bought(quantity=2)
    cards = cards_of(order)
    GiftCardEntry.objects.filter(card__in=cards).delete()
    GiftCard.objects.all().delete()
    line = order.lines.get()
    orders.refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="a", actor=factories.ACTOR)
    factories.drain()
    assert [issue_bought_cards(order_id=order.pk), len(cards_of(order))] in ([1, 1], [0, 1])
    orders.refund(order_id=order.pk, lines=[RefundLine(line.pk, 1)], idempotency_key="b", actor=factories.ACTOR)
    assert [card.balance_minor for card in cards_of(order)] == [0]


def test_a_cancelled_order_leaves_nothing_to_spend() -> None:
    order = bought(quantity=2)
    orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    assert [card.balance_minor for card in cards_of(order)] == [0, 0]
    order.refresh_from_db()
    assert order.payment_state == "refunded"


def test_cards_that_are_out_stay_with_their_line() -> None:
    order = bought(quantity=2)
    line = order.lines.get()
    with pytest.raises(GiftCardFixed):
        orders.preview_edit(order_id=order.pk, wish=EditWish(quantities={line.pk: 1}))
    other = bought(quantity=2, paid=False)
    with pytest.raises(GiftCardFixed):
        orders.split(order_id=other.pk, lines=[FulfilLine(other.lines.get().pk, 1)], actor=factories.ACTOR)


def test_a_card_added_by_an_edit_comes_with_the_rest_of_the_money() -> None:
    factories.shop()
    card = factories.variant_of(factories.product("卡", price=5000, stock=None, is_gift_card=True))
    order = factories.order(factories.variant_of(factories.product(price=10000)), paid=True)
    edited = orders.edit_order(
        order_id=order.pk,
        wish=EditWish(additions=[AddedLine(card.pk, 1)], order_discount_minor=1000),
        version=order.version,
        actor=factories.ACTOR,
    )
    factories.drain()
    added = edited.lines.get(is_gift_card=True)
    assert (added.total_minor, added.tax_minor) == (5000, 0)
    assert not cards_of(edited)
    payments.mark_received(
        collection_id=edited.payment_collection_id or 0,
        amount=Money(4000, "CNY"),
        actor=factories.ACTOR,
        idempotency_key="rest",
    )
    factories.drain()
    assert [found.initial_minor for found in cards_of(edited)] == [5000]


@pytest.mark.parametrize(
    ("years", "to_year_end", "bought_on", "ends"),
    [
        (0, True, date(2026, 3, 5), None),
        (3, True, date(2026, 3, 5), date(2029, 12, 31)),
        (5, False, date(2026, 3, 5), date(2031, 3, 5)),
        (1, False, date(2028, 2, 29), date(2029, 3, 1)),
    ],
)
def test_how_long_a_card_lasts_is_the_markets(
    years: int, to_year_end: bool, bought_on: date, ends: date | None
) -> None:
    factories.shop()
    payments.save_life(market_code="cn", years=years, to_year_end=to_year_end)
    assert gift_cards.end_of_life("cn", bought_on) == ends
    assert gift_cards.end_of_life("int", bought_on) is None
    for market, wrong in (("cn", -1), ("cn", 100), ("nowhere", 1)):
        with pytest.raises(InvalidInput):
            payments.save_life(market_code=market, years=wrong, to_year_end=False)


def test_no_bundle_is_a_card_and_no_card_a_part() -> None:
    card = factories.variant_of(voucher())
    thing = factories.product(stock=5)
    with pytest.raises(GiftCardInBundle):
        set_bundle(variant_id=factories.variant_of(thing).pk, components=[Component(card.pk, 1)])
    other = factories.product(stock=None)
    set_bundle(variant_id=factories.variant_of(other).pk, components=[Component(factories.variant_of(thing).pk, 1)])
    for item in (thing, other):
        with pytest.raises(GiftCardInBundle):
            save_product(draft=ProductDraft(title="x", is_gift_card=True), actor=factories.ACTOR, product_id=item.pk)


def test_a_copy_is_a_gift_card_too() -> None:
    copy = duplicate_product(product_id=voucher().pk, title="另一张", actor=factories.ACTOR)
    variant = factories.variant_of(copy)
    assert (copy.is_gift_card, variant.requires_shipping, variant.tracks_stock) == (True, False, False)


def test_the_product_page_asks_and_the_cart_says(client: Client) -> None:
    item = voucher()
    page = client.get(f"/products/{item.handle}").content.decode()
    assert 'name="gift_recipient_email"' in page
    said = {"variant": factories.variant_of(item).pk, "quantity": 1, "gift_recipient_name": "Anna"}
    client.post("/cart/add", {**said, "gift_recipient_email": "anna@example.com", "gift_message": "<b>hi</b>"})
    cart = client.get("/cart").content.decode()
    assert "anna@example.com" in cart
    assert "&lt;b&gt;hi" in cart
    refused = client.post("/cart/add", {**said, "gift_recipient_email": "nobody"})
    assert refused.status_code == 422
    huge = client.post("/cart/add", {**said, "gift_message": "x" * 100_000})
    assert huge.status_code == 422
    ordinary = client.get(f"/products/{factories.product().handle}").content.decode()
    assert "gift_recipient_email" not in ordinary
