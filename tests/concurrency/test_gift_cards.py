"""One gift card, fifty checkouts at once: it is spent once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.orders.models import Order
from duli.commerce.payments import gift_cards, locks, services
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from tests import factories
from tests.plugins_matrix import cell

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
BUYERS = 50


def rush(before: Callable[[], None] = lambda: None) -> tuple[GiftCard, Counter[str]]:
    """Let everybody order with the same card, which covers one order and has none left for another."""
    factories.shop()
    thing = factories.variant_of(factories.product(price=10000, stock=None))
    card = services.issue_gift_card(amount=Money(11200, "CNY"), actor=factories.ACTOR, language="en")
    code = services.renew_code(card_id=card.pk, actor=factories.ACTOR)
    carts = [factories.ready_cart(thing, method="") for _ in range(BUYERS)]
    for cart in carts:
        checkout.apply_gift_card(token=cart.token, code=code)
    before()
    outcomes: Counter[str] = Counter()
    guard, queue, ready = threading.Lock(), iter(carts), threading.Barrier(10)

    def buy() -> None:
        ready.wait()
        try:
            while True:
                with guard:
                    cart = next(queue, None)
                if cart is None:
                    return
                try:
                    checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
                    outcome = "bought"
                except DuliError as error:
                    outcome = error.code
                with guard:
                    outcomes[outcome] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=buy) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    card.refresh_from_db()
    return card, outcomes


@cell("duplicate", gateway="gift_card")
def test_one_card_is_spent_once() -> None:
    card, outcomes = rush()
    assert outcomes["bought"] == 1
    assert set(outcomes) <= {"bought", "gift_card_spent", "payment_method_unavailable"}
    assert card.balance_minor == 0
    assert Order.objects.count() == 1
    assert GiftCardEntry.objects.filter(card=card, reason="spent").count() == 1
    assert not gift_cards.wrong_balances()


def test_without_the_guard_it_is_spent_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide by what was read before, and write the difference back: what the lock and the ledger are there for."""

    def enter(card: GiftCard, minor: int, reason: str, key: str, *, reference: str, actor: str) -> bool:
        GiftCardEntry.objects.create(
            card=card, amount_minor=minor, reason=reason, reference=reference, actor=actor,
            idempotency_key=key, created_at=card.created_at,
        )  # fmt: skip
        GiftCard.objects.filter(pk=card.pk).update(balance_minor=card.initial_minor + minor)
        return True

    def unguard() -> None:
        stale = GiftCard.objects.in_bulk()
        planned = gift_cards.uses(list(stale), Money(11200, "CNY"))
        monkeypatch.setattr("duli.commerce.checkout.services.place.uses", lambda ids, total: planned)
        monkeypatch.setattr(locks, "lock_gift_cards", lambda ids: stale)
        monkeypatch.setattr("duli.commerce.payments.services.gift_cards._enter", enter)

    card, outcomes = rush(unguard)
    assert outcomes["bought"] > 1
    assert gift_cards.wrong_balances() == [card.pk]
