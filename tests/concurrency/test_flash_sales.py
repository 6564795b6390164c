"""Many buyers, few units: as many are sold as were set aside, and nobody has more than everybody may have."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from django.db import IntegrityError, connection
from django.db.models import F, Sum

from duli.base.errors import DuliError
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import Details, PlaceOrder
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.models import BuyerCount, Claim, Item, Ticket
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders.models import Order
from tests import factories
from tests.commerce.flash_sales.made import item_of, sale

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
BUYERS, UNITS, THREADS = 120, 20, 10


def at_once(works: Sequence[Callable[[], str]]) -> Counter[str]:
    """Let ten threads do all of it; return how it ended how often."""
    outcomes: Counter[str] = Counter()
    guard, queue, ready = threading.Lock(), iter(works), threading.Barrier(THREADS)

    def run() -> None:
        ready.wait()
        try:
            while True:
                with guard:
                    work = next(queue, None)
                if work is None:
                    return
                try:
                    outcome = work()
                except DuliError as error:
                    outcome = error.code
                with guard:
                    outcomes[outcome] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def cart_for(item: Item, email: str, quantity: int = 1) -> Cart:
    filled = factories.cart(item.variant, quantity=quantity)
    return checkout.save_details(
        token=filled.token,
        details=Details(email=email, shipping_address=factories.ADDRESS, payment_method_code="bank_transfer"),
    )


def buying(cart: Cart) -> Callable[[], str]:
    def buy() -> str:
        checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
        return "sold"

    return buy


def prepare(units: int = UNITS, limit: int | None = None) -> Item:
    factories.shop()
    variant = factories.variant_of(factories.product(price=10000, stock=1000))
    return item_of(sale(variant, units=units, limit=limit))


def agrees(item: Item) -> None:
    item.refresh_from_db()
    sold = Claim.objects.filter(item=item, returned_at__isnull=True).aggregate(sum=Sum("units"))["sum"] or 0
    assert item.entries.aggregate(sum=Sum("change"))["sum"] == item.left == item.units - sold
    held = Reservation.objects.filter(reference=item.reference, state=Reservation.State.HELD)
    assert (held.aggregate(sum=Sum("quantity"))["sum"] or 0) == item.left
    assert integrity() == []


def test_as_many_are_sold_as_were_set_aside() -> None:
    item = prepare()
    carts = [cart_for(item, f"buyer{number}@example.com") for number in range(BUYERS)]
    outcomes = at_once([buying(cart) for cart in carts])
    assert outcomes["sold"] == Order.objects.count() == UNITS
    assert set(outcomes) <= {"sold", "flash_sold_out", "insufficient_stock"}
    agrees(item)


def test_without_the_condition_more_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read what is left, then write what remains: the mistake that `take` must not make.

    Stock itself still refuses what was never set aside, so the numbers of the sale are wrong, not the warehouse.
    """
    item = prepare()
    carts = [cart_for(item, f"buyer{number}@example.com") for number in range(BUYERS)]
    stale = item.left

    def take(item_id: int, units: int) -> bool:
        Item.objects.filter(pk=item_id).update(left=stale - units)
        return True

    monkeypatch.setattr("duli.commerce.flash_sales.services.claims.take", take)
    at_once([buying(cart) for cart in carts[: UNITS + 5]])
    with pytest.raises(AssertionError):
        agrees(item)


def test_nobody_has_more_than_everybody_may_have() -> None:
    """Twenty buyers press ten times each at once, in ten windows."""
    item = prepare(units=500, limit=2)
    carts = [cart_for(item, f"buyer{number % 20}@example.com") for number in range(BUYERS)]
    outcomes = at_once([buying(cart) for cart in carts])
    assert outcomes["sold"] == 40
    assert set(outcomes) <= {"sold", "flash_limit_reached"}
    assert set(BuyerCount.objects.values_list("units", flat=True)) == {2}
    agrees(item)


def test_without_the_counter_somebody_has_more(monkeypatch: pytest.MonkeyPatch) -> None:
    item = prepare(units=500, limit=2)
    carts = [cart_for(item, "one@example.com") for _ in range(30)]

    def count_units(item_id: int, key: str, units: int, limit: int) -> bool:
        BuyerCount.objects.filter(item_id=item_id, key=key).update(units=F("units") + units)
        return True

    monkeypatch.setattr("duli.commerce.flash_sales.services.claims.count_units", count_units)
    monkeypatch.setattr("duli.commerce.flash_sales.selectors._had", lambda items, keys: {})
    assert at_once([buying(cart) for cart in carts])["sold"] > 2


def test_units_come_back_once_while_others_buy() -> None:
    """Orders are cancelled twice over while buyers wait for their units: nothing is lost and nothing doubled."""
    item = prepare(units=10)
    first = [cart_for(item, f"first{number}@example.com") for number in range(10)]
    carts = [cart_for(item, f"buyer{number}@example.com") for number in range(40)]
    for cart in first:
        checkout.place_order(request=PlaceOrder(cart.token, None, "guest"))
    orders = list(Order.objects.order_by("pk"))

    def returning(order: Order) -> Callable[[], str]:
        def give_back() -> str:
            from duli.commerce.orders.services import cancel

            try:
                cancel(order_id=order.pk, reason="customer", actor=factories.ACTOR)
            finally:
                services.give_back(reference=order.reference, has_expired=False, restock=True, actor="system")
            return "returned"

        return give_back

    works: list[Callable[[], str]] = []
    for place, cart in enumerate(carts):
        works.append(buying(cart))
        works.append(returning(orders[place % len(orders)]))
    outcomes = at_once(works)
    assert outcomes["returned"] == 10
    agrees(item)
    assert outcomes["sold"] == item.units - item.left


def test_two_items_in_one_cart_never_wait_for_each_other_in_a_ring() -> None:
    factories.shop()
    variants = [factories.variant_of(factories.product(price=10000, stock=100)) for _ in range(2)]
    row = sale(*variants, units=15, limit=None)
    items = [item_of(row, 0), item_of(row, 1)]
    works = []
    for number in range(60):
        pair = variants if number % 2 else variants[::-1]
        filled = factories.cart(*pair)
        cart = checkout.save_details(
            token=filled.token,
            details=Details(
                email=f"b{number}@example.com", shipping_address=factories.ADDRESS, payment_method_code="bank_transfer"
            ),
        )
        works.append(buying(cart))
    assert at_once(works)["sold"] == 15
    for item in items:
        agrees(item)


@pytest.mark.parametrize("processes", [1, THREADS])
def test_numbers_of_the_line_follow_each_other(processes: int) -> None:
    """A hundred arrive at once, in one process and in several: numbers 1 to 50, and a form sent twice is one place."""
    from duli.commerce.flash_sales.lines.database import _Arrivals

    item = prepare()
    doors = [_Arrivals() for _ in range(processes)]

    def joining(number: int) -> Callable[[], str]:
        return lambda: str(doors[number % processes].join(item.sale_id, f"n{number // 2}"))

    numbers = at_once([joining(number) for number in range(100)])
    assert sorted(int(number) for number in numbers) == list(range(1, 51))
    assert set(numbers.values()) == {2}
    assert Ticket.objects.count() == 50
    item.sale.refresh_from_db()
    assert item.sale.tickets == 50


def test_without_the_counter_two_have_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the last number, then write the next one: the mistake that `give_numbers` must not make."""
    from duli.commerce.flash_sales.lines import database

    item = prepare()
    doors = [database._Arrivals() for _ in range(THREADS)]

    class Stale:
        def rows(self, sale_id: int) -> list[tuple[int]]:
            return [(1,)]

    monkeypatch.setattr(database, "_last", Stale())

    def joining(door: int) -> Callable[[], str]:
        def join() -> str:
            try:
                return str(doors[door].join(item.sale_id, f"n{door}"))
            except IntegrityError:
                return "one number twice"

        return join

    assert at_once([joining(0), joining(1)])["one number twice"] == 1
