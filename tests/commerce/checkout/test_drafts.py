"""Drafts: staff agree, the shopper pays; nobody pays less than was agreed, and no link outlives its draft."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput, NotFound
from duli.commerce.checkout import services
from duli.commerce.checkout.models import Cart, Draft
from duli.commerce.checkout.selectors import draft_by_token, draft_list, draft_methods, draft_view
from duli.commerce.checkout.services.drafts import expire_drafts
from duli.commerce.checkout.types import (
    CartClosed,
    Details,
    DraftClosed,
    DraftEmpty,
    DraftFixed,
    DraftUnreachable,
    InvalidDetails,
    InvalidQuantity,
    PlaceOrder,
)
from duli.commerce.customers.services import save_customer
from duli.commerce.customers.types import CustomerDraft
from duli.commerce.inventory.models import Reservation
from duli.commerce.orders.models import Order
from duli.commerce.payments.rules import MethodRules
from duli.commerce.payments.services import save_gateway
from duli.platform.mail.models import Mail
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def draft() -> Draft:
    """A draft with two of one thing at an agreed price."""
    factories.shop()
    made = services.create_draft(market=factories.market(), language="zh-hans", actor=ACTOR)
    variant = factories.variant_of(factories.product(price=10000))
    services.set_draft_line(draft_id=made.pk, variant_id=variant.pk, quantity=2, price_minor=8800)
    return made


def address(draft: Draft) -> None:
    services.save_draft(
        draft_id=draft.pk,
        details=Details(email="lin@example.com", shipping_address=factories.ADDRESS),
        customer_name="林晓",
    )


def test_the_agreed_price_is_what_is_quoted_and_ordered(draft: Draft) -> None:
    address(draft)
    shown = draft_view(draft.pk).cart.quote
    assert (shown.subtotal.minor, shown.total.minor) == (17600, 18800)
    order = services.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=ACTOR)
    assert (order.total_minor, order.status, order.source) == (18800, "open", "desk")
    assert Reservation.objects.get(reference=order.reference).quantity == 2
    draft.refresh_from_db()
    assert draft.order_id == order.pk
    assert draft_view(draft.pk).state == "ordered"
    with pytest.raises(DraftClosed):
        services.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=ACTOR)
    assert Order.objects.count() == 1


def test_the_shopper_pays_it_in_the_checkout_but_changes_nothing(draft: Draft) -> None:
    address(draft)
    token, line = draft.cart.token, draft.cart.lines.get()
    with pytest.raises(DraftFixed):
        services.set_quantity(token=token, line_id=line.pk, quantity=1)
    with pytest.raises(DraftFixed):
        services.remove_line(token=token, line_id=line.pk)
    other = services.add_line(
        token=token, variant_id=line.variant_id, quantity=1, market=factories.market(), language="zh-hans"
    )
    assert other.token != token
    services.change_market(token=token, market=factories.market("int"), language="en")
    services.save_details(
        token=token,
        details=Details(
            email="lin@example.com", shipping_address=factories.ADDRESS, payment_method_code="bank_transfer"
        ),
    )
    order = services.place_order(request=PlaceOrder(cart_token=token, shown_total=None, actor="guest"))
    assert (order.total_minor, order.currency) == (18800, "CNY")


def test_signing_in_does_not_take_an_agreed_price_into_another_cart(draft: Draft) -> None:
    customer = factories.order().customer_id
    assert customer is not None
    merged = services.merge(token=draft.cart.token, customer_id=customer, market=factories.market(), language="zh-hans")
    assert merged is None
    assert draft_view(draft.pk).state == "open"


def test_a_link_is_sent_in_the_buyers_language_and_only_when_it_can_be(draft: Draft) -> None:
    with pytest.raises(DraftUnreachable):
        services.send_draft(draft_id=draft.pk, actor=ACTOR)
    address(draft)
    services.send_draft(draft_id=draft.pk, actor=ACTOR)
    factories.drain()
    mail = Mail.objects.get(template="draft_offer")
    assert mail.to == "lin@example.com"
    assert f"/drafts/{draft.cart.token}" in mail.html
    assert "188.00" in mail.html
    services.set_draft_line(draft_id=draft.pk, variant_id=draft.cart.lines.get().variant_id, quantity=0)
    with pytest.raises(DraftEmpty):
        services.send_draft(draft_id=draft.pk, actor=ACTOR)


def test_after_its_time_or_when_withdrawn_the_link_opens_nothing(draft: Draft) -> None:
    token = draft.cart.token
    assert draft_by_token(token).id == draft.pk
    with frozen(now() + timedelta(days=8)):
        with pytest.raises(NotFound):
            draft_by_token(token)
        assert expire_drafts() == 1
        assert expire_drafts() == 0
    assert Cart.objects.get(token=token).state == "withdrawn"
    for act in (
        lambda: services.withdraw_draft(draft_id=draft.pk),
        lambda: services.send_draft(draft_id=draft.pk, actor=ACTOR),
        lambda: services.save_draft(draft_id=draft.pk, details=Details()),
    ):
        with pytest.raises(DraftClosed):
            act()
    with pytest.raises(CartClosed):
        services.save_details(token=token, details=Details())
    assert [row.state for row in draft_list(closed=True)[0]] == ["closed"]
    assert draft_list()[0] == []
    with pytest.raises(NotFound):
        draft_by_token("x" * 40)


@pytest.mark.parametrize(
    ("quantity", "price", "error"),
    [(-1, None, InvalidQuantity), (1000, None, InvalidQuantity), (1, -1, InvalidInput), (1, 10**15, InvalidInput)],
)
def test_a_broken_line_changes_nothing(draft: Draft, quantity: int, price: int | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        services.set_draft_line(
            draft_id=draft.pk, variant_id=draft.cart.lines.get().variant_id, quantity=quantity, price_minor=price
        )
    line = draft.cart.lines.get()
    assert (line.quantity, line.price_minor) == (2, 8800)


def test_without_an_address_it_does_not_become_an_order(draft: Draft) -> None:
    with pytest.raises(InvalidDetails):
        services.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=ACTOR)
    assert not Order.objects.exists()


def test_the_desk_offers_the_ways_to_pay_that_market_and_chosen_person_may_use(draft: Draft) -> None:
    address(draft)
    club = CustomerDraft(name="Club", email="club@example.com", tags=["club"])
    person = save_customer(customer_id=None, draft=club, actor=ACTOR)

    def offered(**rules: tuple[str, ...]) -> bool:
        save_gateway(code="bank_transfer", enabled=True, values={}, rules=MethodRules(**rules), actor=ACTOR)
        reset_caches()
        return "bank_transfer" in {way.code for way in draft_methods(draft.pk)}

    assert offered(markets=(draft.cart.market_code,))
    assert not offered(markets=("xx",))
    assert not offered(groups=("club",))
    services.choose_customer(draft_id=draft.pk, customer_id=person.pk)
    address(draft)
    assert offered(groups=("club",))
    order = services.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=ACTOR)
    assert order.customer_id == person.pk


def test_an_order_is_duplicated_at_todays_prices() -> None:
    factories.shop()
    order = factories.order(quantity=3)
    draft = services.duplicate_order(order_id=order.pk, actor=ACTOR)
    line = draft.cart.lines.get()
    assert (line.quantity, line.price_minor) == (3, None)
    copy = services.place_draft(draft_id=draft.pk, method_code="bank_transfer", actor=ACTOR)
    assert (copy.total_minor, copy.email, copy.customer_name) == (order.total_minor, order.email, order.customer_name)
    with pytest.raises(NotFound):
        services.duplicate_order(order_id=10**9, actor=ACTOR)
