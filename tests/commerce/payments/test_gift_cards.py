"""Gift cards: kept as hashes, spent in parts, credited by refunds, and never below nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from duli.base.errors import DuliError, InvalidInput
from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import checkout_view
from duli.commerce.checkout.types import PaymentMethodUnavailable, PlaceOrder
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Order
from duli.commerce.orders.types import RefundLine
from duli.commerce.payments import gift_cards, services
from duli.commerce.payments.gift_cards import (
    GiftCardCurrency,
    GiftCardEmpty,
    GiftCardOver,
    GiftCardSpent,
    GiftCardUnknown,
)
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from duli.growth.notifications.jobs import send_gift_cards
from duli.growth.notifications.services import send_due_gift_card
from duli.platform.mail.models import Mail
from tests import factories
from tests.plugins_matrix import cell

pytestmark = pytest.mark.django_db


def card(minor: int = 20000, currency: str = "CNY", **values: object) -> tuple[GiftCard, str]:
    issued = services.issue_gift_card(
        amount=Money(minor, currency),
        actor=factories.ACTOR,
        language="en",
        **values,  # type: ignore[arg-type]
    )
    return issued, services.renew_code(card_id=issued.pk, actor=factories.ACTOR)


def left(issued: GiftCard) -> int:
    found = GiftCard.objects.get(pk=issued.pk)
    assert not gift_cards.wrong_balances()
    return found.balance_minor


def paid_with(code: str, *, price: int = 10000, method: str = "bank_transfer") -> Order:
    """An order of one thing (shipping is 12.00) to which the card is applied."""
    thing = factories.variant_of(factories.product(price=price))
    cart = factories.ready_cart(thing, method=method)
    checkout.apply_gift_card(token=cart.token, code=code)
    return checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))


@cell("forged", gateway="gift_card")
def test_only_the_hash_of_a_code_is_kept() -> None:
    issued, code = card()
    stored = GiftCard.objects.get(pk=issued.pk)
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    assert stored.last4 == code[-4:]
    assert code not in str(stored.__dict__)
    assert gift_cards.card_by_code(code.lower().replace("-", " ")).pk == issued.pk
    services.renew_code(card_id=issued.pk, actor=factories.ACTOR)
    for wrong in (code, "", "x" * 100_000, "abcd"):
        with pytest.raises(GiftCardUnknown):
            gift_cards.card_by_code(wrong)


@cell("success", gateway="gift_card")
def test_a_card_that_covers_all_pays_the_order_at_once() -> None:
    factories.shop()
    issued, code = card(20000)
    order = paid_with(code, method="")
    order.refresh_from_db()
    assert (order.payment_state, order.total_minor, left(issued)) == ("paid", 11200, 8800)


@cell("partial refund", gateway="gift_card")
def test_the_rest_is_paid_another_way_and_the_refund_finds_back() -> None:
    factories.shop()
    issued, code = card(5000)
    order = paid_with(code)
    factories.drain()
    order.refresh_from_db()
    assert (order.payment_state, left(issued)) == ("partially_paid", 0)
    services.mark_received(
        collection_id=order.payment_collection_id or 0,
        amount=Money(6200, "CNY"),
        actor=factories.ACTOR,
        idempotency_key="rest",
    )
    factories.drain()
    order.refresh_from_db()
    assert order.payment_state == "paid"
    line = order.lines.get()
    orders.refund(
        order_id=order.pk, lines=[RefundLine(line.pk, 1, restock=True)], idempotency_key="r", actor=factories.ACTOR
    )
    factories.drain()
    order.refresh_from_db()
    # 100.00 go back: 50.00 on the card, the rest as it came.
    assert (left(issued), order.payment_state) == (5000, "partially_refunded")


@cell("abandon", "refund", gateway="gift_card")
def test_an_unpaid_rest_gives_the_card_back() -> None:
    factories.shop()
    issued, code = card(5000)
    order = paid_with(code)
    orders.cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
    factories.drain()
    assert left(issued) == 5000
    assert list(GiftCardEntry.objects.filter(card=issued).order_by("pk").values_list("reason", "amount_minor")) == [
        ("issued", 5000),
        ("spent", -5000),
        ("returned", 5000),
    ]


@cell("decline", gateway="gift_card")
def test_what_cannot_be_spent_is_refused_and_says_why() -> None:
    factories.shop()
    cart = factories.ready_cart(factories.variant_of(factories.product()))
    dollars, in_dollars = card(1000, "USD")
    empty, of_empty = card(1000)
    services.correct_gift_card(
        card_id=empty.pk, change=Money(-1000, "CNY"), actor=factories.ACTOR, idempotency_key="all"
    )
    blocked, of_blocked = card()
    services.block_gift_card(card_id=blocked.pk, blocked=True, actor=factories.ACTOR)
    over, of_over = card()
    GiftCard.objects.filter(pk=over.pk).update(expires_on=gift_cards.today() - timedelta(days=1))
    expected: list[tuple[str, type[DuliError]]] = [
        (in_dollars, GiftCardCurrency),
        (of_empty, GiftCardEmpty),
        (of_blocked, GiftCardOver),
        (of_over, GiftCardOver),
        ("AAAA-BBBB-CCCC-DDDD", GiftCardUnknown),
    ]
    for code, error in expected:
        with pytest.raises(error):
            checkout.apply_gift_card(token=cart.token, code=code)
    assert checkout_view(cart.token).gift_cards == []
    assert left(dollars) == 1000


@cell("amount mismatch", gateway="gift_card")
def test_a_card_spent_elsewhere_meanwhile_is_noticed() -> None:
    factories.shop()
    issued, code = card(20000)
    thing = factories.variant_of(factories.product())
    cart = factories.ready_cart(thing, method="")
    checkout.apply_gift_card(token=cart.token, code=code)
    view = checkout_view(cart.token)
    assert (view.due, view.methods) == (Money(0, "CNY"), [])
    services.correct_gift_card(
        card_id=issued.pk, change=Money(-15000, "CNY"), actor=factories.ACTOR, idempotency_key="elsewhere"
    )
    for shown, error in ((view.due, GiftCardSpent), (None, PaymentMethodUnavailable)):
        with pytest.raises(error):
            checkout.place_order(request=PlaceOrder(cart.token, None, "guest", shown_due=shown))
    assert not Order.objects.exists()
    assert left(issued) == 5000


def test_the_database_keeps_a_card_from_going_below_nothing() -> None:
    issued, _ = card(100)
    with pytest.raises(IntegrityError), transaction.atomic():
        GiftCard.objects.filter(pk=issued.pk).update(balance_minor=-1)
    for change in (Money(-101, "CNY"), Money(0, "CNY"), Money(1, "USD")):
        with pytest.raises(InvalidInput):
            services.correct_gift_card(
                card_id=issued.pk, change=change, actor=factories.ACTOR, idempotency_key=str(change)
            )
    for _again in range(2):
        services.correct_gift_card(
            card_id=issued.pk, change=Money(50, "CNY"), actor=factories.ACTOR, idempotency_key="once"
        )
    assert left(issued) == 150


@pytest.mark.parametrize("minor", [0, -1, 10**12])
def test_nonsense_is_not_issued(minor: int) -> None:
    with pytest.raises(InvalidInput):
        card(minor)
    with pytest.raises(InvalidInput):
        card(100, "nope")


def test_the_mail_comes_at_once_or_on_its_day() -> None:
    factories.shop()
    soon = gift_cards.today() + timedelta(days=3)
    services.issue_gift_card(
        amount=Money(100, "CNY"), actor=factories.ACTOR, language="zh-hans", recipient_email="now@example.com"
    )
    later = services.issue_gift_card(
        amount=Money(100, "CNY"),
        actor=factories.ACTOR,
        language="en",
        recipient_email="later@example.com",
        deliver_on=soon,
    )
    factories.drain()
    assert [mail.to for mail in Mail.objects.filter(template="gift_card")] == ["now@example.com"]
    send_gift_cards()
    factories.drain()
    assert Mail.objects.filter(template="gift_card").count() == 1
    GiftCard.objects.filter(pk=later.pk).update(deliver_on=gift_cards.today())
    # Twice before a worker comes, and once more afterwards.
    send_gift_cards()
    send_gift_cards()
    factories.drain()
    send_gift_cards()
    factories.drain()
    assert Mail.objects.filter(template="gift_card", to="later@example.com").count() == 1


def test_the_hourly_round_and_the_news_of_a_card_send_one_mail() -> None:
    """A card of today is told of at once; the round may come before its job does, and a second mail's code kills the
    first one's.
    """
    factories.shop()
    today = services.issue_gift_card(
        amount=Money(100, "CNY"), actor=factories.ACTOR, language="en", recipient_email="anna@example.com",
        deliver_on=gift_cards.today(),
    )  # fmt: skip
    send_due_gift_card(card_id=today.pk)
    factories.drain()
    mail = Mail.objects.get(template="gift_card")
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", mail.text)
    assert code is not None
    assert gift_cards.card_by_code(code[0]).pk == today.pk


@pytest.mark.parametrize("bought", [False, True])
def test_whatever_stops_the_sending_a_card_is_handed_over_with_its_mail_or_not_at_all(bought: bool) -> None:
    factories.shop()
    late = services.issue_gift_card(
        amount=Money(100, "CNY"), actor=factories.ACTOR, language="en", recipient_email="anna@example.com",
        deliver_on=gift_cards.today() + timedelta(days=1), source_key="line:1:1" if bought else None,
    )  # fmt: skip
    GiftCard.objects.filter(pk=late.pk).update(deliver_on=gift_cards.today())
    steps, stopped = 0, True
    while stopped:
        steps += 1
        stopped = _stops_before(steps, late.pk)
        is_sent = GiftCard.objects.get(pk=late.pk).delivered_at is not None
        assert is_sent == Mail.objects.filter(template="gift_card").exists()
        assert is_sent is not stopped
    assert steps > 4
    send_due_gift_card(card_id=late.pk)
    assert Mail.objects.filter(template="gift_card").count() == 1


class Killed(Exception):
    """What ends the process between two statements."""


def _stops_before(statement: int, card_id: int) -> bool:
    """Send a card, stopped before the so-manieth statement; say whether it came to that."""
    count = 0

    def kill(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == statement:
            raise Killed
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(kill):
            send_due_gift_card(card_id=card_id)
    except Killed:
        return True
    return False


def test_the_balance_is_shown_to_whoever_has_the_code(client: Client) -> None:
    factories.shop()
    _, code = card(12345)
    assert client.get("/gift-card").status_code == 200
    page = client.post("/gift-card", {"code": code})
    assert "123.45" in page.content.decode()
    wrong = client.post("/gift-card", {"code": "nothing"})
    assert wrong.status_code == 404
    answers = [client.post("/gift-card", {"code": f"guess {number}"}).status_code for number in range(15)]
    assert answers[-1] == 429


def test_a_card_is_used_in_the_checkout_page(client: Client) -> None:
    factories.shop()
    issued, code = card(20000)
    thing = factories.variant_of(factories.product(price=10000))
    client.post("/cart/add", {"variant": thing.pk, "quantity": 1})
    form = {"contact": "lin@example.com", "country": "CN"}
    page = client.post("/checkout", form | {"gift_card": code, "gift_card_add": "1"}).content.decode()
    assert f'name="gift_card_off" value="{issued.pk}"' in page
    assert "shown_due" in page
    wrong = client.post("/checkout", form | {"gift_card": "AAAA", "gift_card_add": "1"})
    assert "e-gift_card" in wrong.content.decode()
    gone = client.post("/checkout", form | {"gift_card_off": str(issued.pk)}).content.decode()
    assert "gift_card_off" not in gone
