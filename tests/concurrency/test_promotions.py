"""A coupon good for twenty orders, two hundred checkouts at once: it is used twenty times."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.db.models import F

from duli.base.errors import DuliError
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.types import PlaceOrder
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import cancel, split
from duli.commerce.orders.types import FulfilLine
from duli.commerce.promotions import models, services
from duli.commerce.promotions.types import PromotionDraft
from tests import factories
from tests.concurrency.hands import at_once

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
BUYERS, LIMIT, THREADS = 200, 20, 10


def rush(buyers: int, before: Callable[[], None] = lambda: None) -> tuple[Counter[str], int]:
    """Let everybody order with the same code; return how it ended for whom, and how many orders got something."""
    factories.shop()
    thing = factories.variant_of(factories.product(price=10000, stock=None))
    draft = PromotionDraft(
        name="Rush", rules={"kind": "percent", "points": 1000}, needs_code=True, limit_total=LIMIT, limit_day=LIMIT
    )
    row = services.save_promotion(draft=draft, actor=factories.ACTOR)
    services.add_code(promotion_id=row.pk, text="RUSH", actor=factories.ACTOR)
    carts = [factories.ready_cart(thing) for _ in range(buyers)]
    for cart in carts:
        checkout.apply_code(token=cart.token, code="RUSH")
    before()
    outcomes: Counter[str] = Counter()
    guard, queue, ready = threading.Lock(), iter(carts), threading.Barrier(THREADS)

    def buy() -> None:
        ready.wait()
        try:
            while True:
                with guard:
                    cart = next(queue, None)
                if cart is None:
                    return
                try:
                    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
                    outcome = "reduced" if order.discount_minor else "whole"
                except DuliError as error:
                    outcome = error.code
                with guard:
                    outcomes[outcome] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=buy) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes, Order.objects.filter(discount_minor__gt=0).count()


def test_a_limit_holds_for_two_hundred_at_once() -> None:
    outcomes, reduced = rush(BUYERS)
    assert outcomes["reduced"] == reduced == LIMIT
    assert set(outcomes) <= {"reduced", "whole", "code_exhausted"}
    assert sum(outcomes.values()) == BUYERS
    assert set(models.Counter.objects.values_list("used", flat=True)) == {LIMIT}
    assert models.Code.objects.values_list("used", flat=True).get() == LIMIT
    assert models.Use.objects.count() == LIMIT


def test_without_the_condition_it_is_used_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide by what was read before and then add: what the condition in the statement is there for."""

    def count_up(promotion_id: int, key: str, limit: int, units: int = 1) -> bool:
        models.Counter.objects.filter(promotion_id=promotion_id, key=key).update(used=F("used") + 1)
        return True

    def unguard() -> None:
        nothing: frozenset[int] = frozenset()
        monkeypatch.setattr("duli.commerce.promotions.services.using.count_up", count_up)
        monkeypatch.setattr("duli.commerce.checkout.offers.spent", lambda promotions, keys: nothing)

    _outcomes, reduced = rush(LIMIT + 5, unguard)
    assert reduced > LIMIT


def split_with_a_code() -> tuple[Order, Order]:
    """An order of two things that used a code good for one, divided into two."""
    factories.shop()
    row = services.save_promotion(
        draft=PromotionDraft(name="Once", rules={"kind": "percent", "points": 1000}, needs_code=True),
        actor=factories.ACTOR,
    )
    services.add_code(promotion_id=row.pk, text="ONCE", limit=1, actor=factories.ACTOR)
    things = [factories.variant_of(factories.product(price=10000, stock=9)) for _ in range(2)]
    cart = factories.ready_cart(*things)
    checkout.apply_code(token=cart.token, code="ONCE")
    order = checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    return order, split(order_id=order.pk, lines=[FulfilLine(order.lines.all()[0].pk, 1)], actor=factories.ACTOR)


def test_two_halves_cancelled_at_once_give_the_code_back_once() -> None:
    one, other = split_with_a_code()
    acts = [partial(cancel, order_id=pk, reason="customer", actor=factories.ACTOR) for pk in (one.pk, other.pk)]
    assert at_once(*acts)["done"] == 2
    assert models.Code.objects.get().used == 0
    assert models.Use.objects.get().returned_at is not None
