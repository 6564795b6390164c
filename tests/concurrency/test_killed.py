"""The process dies with -9 after any commit, or between a provider's answer and our note of it, and starts again.

A forked process walks one order from the cart to the parcel and is killed at its k-th point; another walks the same
road again, as a shopper who presses the button once more, a provider that repeats its messages and a worker that
starts anew. Whatever k is, there is one order, one payment, one parcel, one mail of each kind, and the stock is right.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from duli.commerce.assortment.services import save_bundle
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.services import set_delivery
from duli.commerce.catalogue.types import Component
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.downloads.models import DownloadGrant
from duli.commerce.downloads.services import add_file
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders import services as orders
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.types import FulfilLine
from duli.commerce.payments import services as payments
from duli.commerce.payments.gift_cards import wrong_balances
from duli.commerce.payments.models import GiftCard, PaymentAttempt, PaymentCollection
from duli.commerce.payments.selectors import current_step
from duli.platform.events.models import Event
from duli.platform.jobs import worker
from duli.platform.mail.models import Mail
from tests import factories
from tests.concurrency.killing import in_another_process
from tests.plugins.card_page import CardPageProvider

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

Message = tuple[bytes, Any]
QUANTITY = 2


@pytest.fixture
def provider() -> Iterator[CardPageProvider]:
    page = CardPageProvider()
    yield page
    page.shut_down()


def order_of(cart: Cart) -> Order:
    return Order.objects.get(idempotency_key=f"cart:{cart.pk}")


def until_payment(cart: Cart) -> None:
    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    assert order.payment_collection_id
    payments.start(collection_id=order.payment_collection_id, idempotency_key="storefront")
    worker.drain()


def until_parcel(cart: Cart, messages: list[Message]) -> None:
    repeated = messages * 5
    random.Random(cart.pk).shuffle(repeated)
    for body, headers in repeated:
        payments.receive_webhook(provider="sandbox_card", body=body, headers=headers)
    worker.reap()
    worker.drain()
    order = order_of(cart)
    orders.fulfil(
        order_id=order.pk,
        lines=[FulfilLine(line.pk, QUANTITY) for line in order.lines.filter(requires_shipping=True)],
        location_id=None,
        carrier="sf",
        tracking_number="SF1234567890123",
        idempotency_key=f"parcel:{order.pk}",
        actor=factories.ACTOR,
    )
    worker.drain()


def check(cart: Cart, mails_expected: list[str]) -> Order:
    order = order_of(cart)
    names = list(Event.objects.filter(reference=order.reference).values_list("name", flat=True))
    for name in ("orders.placed", "orders.paid", "orders.shipped"):
        assert names.count(name) == 1, (name, names)
    assert (order.status, order.payment_state, order.fulfilment_state) == ("completed", "paid", "fulfilled")
    collection = PaymentCollection.objects.get(reference=order.reference)
    assert collection.captured_minor == order.total_minor
    assert PaymentAttempt.objects.filter(collection=collection).count() == 1
    assert Fulfilment.objects.filter(order=order).count() == 1
    mails = list(Mail.objects.filter(reference=order.reference, to=order.email).values_list("template", flat=True))
    assert sorted(mails) == mails_expected
    return order


def check_stock(variant: Variant, on_hand: int) -> None:
    level = StockLevel.objects.get(variant=variant)
    assert (level.on_hand, level.reserved) == (on_hand, 0)


def killed_everywhere(
    provider: CardPageProvider, variants: Sequence[Variant], right: Callable[[Cart, int], None], *, stride: int = 1
) -> int:
    """Walk as often as there are points (every `stride`-th); `right` looks at each order. Return how often it died."""
    point, orders_so_far, killed = 0, 0, 0
    finished_first = finished_second = False
    while not (finished_first and finished_second):
        point += stride
        cart = factories.ready_cart(*variants, quantity=QUANTITY, method="sandbox_card")
        finished_first = in_another_process(partial(until_payment, cart), kill_at=point)
        if not finished_first:
            assert in_another_process(partial(until_payment, cart))
        order = order_of(cart)
        assert order.payment_collection
        step = current_step(order.payment_collection.pk)
        assert step is not None
        provider.pay(order.payment_collection, step)
        messages = provider.messages(1)
        finished_second = in_another_process(partial(until_parcel, cart, messages), kill_at=point)
        if not finished_second:
            assert in_another_process(partial(until_parcel, cart, messages))
        orders_so_far += 1
        right(cart, orders_so_far)
        killed += (not finished_first) + (not finished_second)
        assert point < 300
    return killed


def open_shop(provider: CardPageProvider, settings: Any) -> None:
    settings.PUBLIC_URL = provider.mailbox.url
    factories.shop()
    payments.save_gateway(code="sandbox_card", enabled=True, values=provider.values(), position=9)


def test_killed_anywhere_and_started_again(provider: CardPageProvider, settings: Any) -> None:
    open_shop(provider, settings)
    variant = factories.variant_of(factories.product(stock=1000))
    factories.drain()

    def right(cart: Cart, count: int) -> None:
        check(cart, ["order_paid", "order_received", "order_shipped"])
        check_stock(variant, 1000 - QUANTITY * count)

    assert killed_everywhere(provider, [variant], right) > 20
    assert not integrity()


def test_a_box_a_file_and_gift_cards_are_handed_over_once(
    provider: CardPageProvider, settings: Any, tmp_path: Path
) -> None:
    """What an order makes beside its parcel: stock of parts, links to files, cards with money on them."""
    settings.MEDIA_ROOT = tmp_path
    open_shop(provider, settings)
    cup, plate = (factories.variant_of(factories.product(stock=1000)) for _ in range(2))
    box, song = (factories.variant_of(factories.product(stock=None)) for _ in range(2))
    voucher = factories.variant_of(factories.product(stock=None, is_gift_card=True))
    save_bundle(
        variant_id=box.pk,
        components=[Component(plate.pk, 1), Component(cup.pk, 2)],
        price_mode="own",
        percent_off=Decimal(0),
        actor=factories.ACTOR,
    )
    set_delivery(variant_id=song.pk, requires_shipping=False, actor=factories.ACTOR)
    add_file(variant_id=song.pk, file=BytesIO(b"la" * 90), name="song.mp3", actor=factories.ACTOR)
    factories.drain()

    def right(cart: Cart, count: int) -> None:
        order = check(cart, ["downloads_ready", "order_paid", "order_received", "order_shipped"])
        check_stock(plate, 1000 - QUANTITY * count)
        check_stock(cup, 1000 - 2 * QUANTITY * count)
        assert DownloadGrant.objects.filter(order=order).count() == 1
        cards = list(GiftCard.objects.filter(reference=order.reference))
        assert len(cards) == QUANTITY
        for card in cards:
            assert Mail.objects.filter(reference=card.own_reference, template="gift_card").count() == 1

    assert killed_everywhere(provider, [box, song, voucher], right, stride=3) > 10
    assert not integrity()
    assert not wrong_balances()
