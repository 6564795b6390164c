"""Paid orders are divided and orders become one: charged = shown = refundable, per rate, whatever happens between."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from contextlib import suppress
from decimal import Decimal

import pytest

from duli.base.errors import DuliError, InvalidInput
from duli.base.money import Money
from duli.commerce.customers.models import Customer
from duli.commerce.inventory.models import Reservation
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders import services
from duli.commerce.orders.editing import EditWish
from duli.commerce.orders.merging import candidates
from duli.commerce.orders.models import Order
from duli.commerce.orders.refunding import everything
from duli.commerce.orders.selectors import timeline
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.types import AlreadyInvoiced, FulfilLine, NotMergeable, RefundLine
from duli.commerce.payments import services as payments
from duli.commerce.payments.gateway import GatewayEvent
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, PaymentEvent, Reassignment
from duli.commerce.payments.states import AttemptState
from duli.commerce.promotions.models import Counter as UseCounter
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.mail.models import Mail
from duli.platform.store.changes import look_now
from tests import factories
from tests.factories import drain

pytestmark = pytest.mark.django_db
ACTOR = "system"


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def again(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def item(price: int = 5000, stock: int = 40):  # type: ignore[no-untyped-def]
    return factories.variant_of(factories.product(price=price, stock=stock))


def one_unit(order: Order) -> list[FulfilLine]:
    return [FulfilLine(order.lines.order_by("position", "pk")[0].pk, 1)]


def split(order: Order) -> Order:
    return services.split(order_id=order.pk, lines=one_unit(order), actor=ACTOR)


def merge(order: Order, *others: Order) -> Order:
    return services.merge(order_id=order.pk, other_ids=[other.pk for other in others], actor=ACTOR)


def held(order: Order) -> Counter[str]:
    rows = Reservation.objects.filter(reference=order.reference, state__in=["held", "allocated"])
    found: Counter[str] = Counter()
    for state, units in rows.values_list("state", "quantity"):
        found[state] += units
    return found


def adds_up(order: Order) -> None:
    """What is charged is what is shown is what can go back, rate by rate; no unit is held for nobody."""
    choice = order.quote.get("shipping_choice") or {}
    lines = list(order.lines.all())
    assert sum(line.total_minor for line in lines) + choice.get("total", 0) == order.total_minor == order.quote["total"]
    charged: dict[Decimal, int] = defaultdict(int)
    for line in lines:
        charged[line.tax_rate.normalize()] += line.tax_minor
    charged[Decimal(choice.get("tax_rate") or 0).normalize()] += choice.get("tax", 0)
    shown = {Decimal(entry["rate"]).normalize(): entry["tax"] for entry in order.quote["taxes"]}
    assert {rate: tax for rate, tax in charged.items() if tax} == {rate: tax for rate, tax in shown.items() if tax}
    assert sum(charged.values()) == order.tax_minor == order.quote["tax"]
    discounts = [entry["amount"] for entry in order.quote["adjustments"] if entry["kind"] == "discount"]
    assert -sum(discounts) == order.discount_minor == sum(line.discount_minor for line in lines)
    standing = standing_of(order)
    assert all(0 <= tax <= gross for gross, tax in standing.left().values())
    assert standing.cash >= 0
    collection = order.payment_collection
    assert 0 <= collection.refunded_minor <= collection.captured_minor
    assert collection.state != "review"
    if order.status != "cancelled":
        assert sum(held(order).values()) == sum(line.to_ship for line in lines)
    assert not integrity()


def by_provider(order: Order) -> Order:
    """Let the whole order be paid through an attempt at a provider, as a gateway would tell it."""
    collection = order.payment_collection
    collection.attempts.update(state=AttemptState.CLOSED)
    attempt = PaymentAttempt.objects.create(
        collection=collection, gateway="cash_on_delivery", token=f"t{order.pk}", idempotency_key=f"a{order.pk}",
        amount_minor=order.total_minor, created_at=order.placed_at,
    )  # fmt: skip
    amount = Money(order.total_minor, order.currency)
    event = GatewayEvent(
        external_id=f"e{order.pk}", kind="captured", token=attempt.token, amount=amount, transaction_id=f"c{order.pk}"
    )
    payments.record_event(provider="cash_on_delivery", event=event)
    drain()
    return again(order)


def test_a_paid_order_is_divided_and_each_half_gives_back_exactly_its_own() -> None:
    order = factories.order(item(3333), item(1001), quantity=3, paid=True)
    services.edit_order(
        order_id=order.pk, wish=EditWish(order_discount_minor=777), version=again(order).version, actor=ACTOR
    )
    services.refund_difference(order_id=order.pk, idempotency_key="d", actor=ACTOR)
    drain()
    before = again(order).total_minor
    other = split(order)
    order = again(order)
    for part in (order, other):
        adds_up(part)
        assert part.payment_state in {"paid", "partially_refunded"}
        assert part.payment_collection.amount_minor >= part.total_minor
        assert held(part)["held"] == 0
    assert order.total_minor + other.total_minor == before
    for part in (other, order):
        wish = everything(standing_of(part))
        services.refund(
            order_id=part.pk, lines=[RefundLine(pk, units) for pk, units in wish.units.items()],
            shipping_minor=wish.shipping, adjustment_minor=wish.adjustment, idempotency_key="all", actor=ACTOR,
        )  # fmt: skip
        drain()
        part = again(part)
        adds_up(part)
        assert part.payment_state == "refunded"
        assert part.payment_collection.refunded_minor == part.payment_collection.captured_minor
        assert {row.state for row in part.refunds.all()} == {"succeeded"}


def test_money_that_came_through_a_provider_goes_back_through_it_from_either_half() -> None:
    order = by_provider(factories.order(item(4000), quantity=3))
    assert order.payment_state == "paid"
    other = split(order)
    moved = Reassignment.objects.get()
    assert (moved.amount_minor, moved.target_id) == (4000, other.payment_collection_id)
    row = services.refund(
        order_id=other.pk, lines=[RefundLine(other.lines.get().pk, 1)], idempotency_key="k", actor=ACTOR
    )
    drain()
    row.refresh_from_db()
    assert (row.state, again(other).payment_state, again(order).payment_state) == ("succeeded", "refunded", "paid")
    told = PaymentEvent.objects.get(kind="refunded")
    assert told.collection_id == other.payment_collection_id
    assert again(order).payment_collection.refunded_minor == 0


def test_split_and_merge_are_each_others_opposite() -> None:
    order = factories.order(item(3333), item(1999), quantity=2, paid=True)
    before = again(order)
    other = split(order)
    merged = merge(again(order), other)
    adds_up(merged)
    for name in ("subtotal", "discount", "shipping", "tax", "total"):
        assert getattr(merged, f"{name}_minor") == getattr(before, f"{name}_minor")
    assert merged.payment_collection.captured_minor == before.total_minor
    assert (merged.payment_state, merged.status) == ("paid", "open")
    gone = again(other)
    assert (gone.status, gone.merged_into_id, gone.total_minor, gone.cancel_reason) == (
        "cancelled",
        order.pk,
        0,
        "merged",
    )
    assert not gone.lines.exists()
    drain()
    told = Mail.objects.get(template="order_merged")
    assert (told.to, gone.number in told.subject, merged.number in told.subject) == (order.email, True, True)
    assert f"/orders/{merged.token}" in told.html
    assert again(gone).payment_collection.closed_at is not None
    assert Order.objects.get(pk=order.pk).payment_collection.closed_at is None
    assert [entry.data["is_kept"] for entry in timeline(gone.pk) if entry.name == "orders.merged"] == [False]
    assert Customer.objects.get(pk=order.customer_id).spent_minor == before.total_minor


def test_paid_and_unpaid_become_one_that_asks_for_the_rest_and_late_money_follows() -> None:
    paid, unpaid = factories.order(item(4000), quantity=2, paid=True), factories.order(item(1500), quantity=2)
    assert paid.customer_id == unpaid.customer_id
    merged = merge(paid, unpaid)
    adds_up(merged)
    assert merged.payment_state == "partially_paid"
    collection = merged.payment_collection
    assert collection.amount_minor - collection.captured_minor == unpaid.total_minor
    assert merged.lines.count() == 2
    assert merged.expires_at is None
    # The transfer for the merged order comes under its old number.
    payments.mark_received(
        collection_id=unpaid.payment_collection_id or 0, amount=Money(unpaid.total_minor, "CNY"), actor=ACTOR,
        idempotency_key="late",
    )  # fmt: skip
    drain()
    merged = again(merged)
    adds_up(merged)
    assert (merged.payment_state, held(merged)["allocated"]) == ("paid", 4)
    assert again(unpaid).status == "cancelled"
    assert again(unpaid).payment_collection.captured_minor == 0


def test_what_does_not_fit_is_named_and_nothing_changes() -> None:
    first, second = factories.order(item(), paid=True), factories.order(item())
    elsewhere = factories.order(item(), market_code="int")
    cases = {}
    cases["held"] = factories.order(item())
    services.hold(order_id=cases["held"].pk, reason="x", actor=ACTOR)
    cases["moved"] = factories.order(item())
    Order.objects.filter(pk=cases["moved"].pk).update(shipping_address={"country": "CN", "line1": "elsewhere"})
    cases["sent"] = factories.order(item(), quantity=2, paid=True)
    services.fulfil(
        order_id=cases["sent"].pk, lines=one_unit(cases["sent"]), location_id=None, idempotency_key="p", actor=ACTOR
    )
    cases["refunded"] = factories.order(item(), quantity=2, paid=True)
    line = cases["refunded"].lines.get().pk
    services.refund(order_id=cases["refunded"].pk, lines=[RefundLine(line, 1)], idempotency_key="r", actor=ACTOR)
    cases["confirmed"] = factories.order(item(), method="cash_on_delivery")
    services.confirm(order_id=cases["confirmed"].pk, actor=ACTOR)
    for name, other in {**cases, "elsewhere": elsewhere}.items():
        with pytest.raises(NotMergeable) as refused:
            merge(first, second, other)
        assert other.number in str(refused.value.params["number"]), name
    for ids in ([], [first.pk], list(range(1, 30))):
        with pytest.raises(InvalidInput):
            services.merge(order_id=first.pk, other_ids=ids, actor=ACTOR)
    assert again(second).status == "open"
    found = {entry.order_id: bool(entry.problem) for entry in candidates(again(first))}
    assert found[second.pk] is False
    assert all(found[other.pk] for other in cases.values() if other.pk in found)
    services.issue_invoice(order_id=second.pk, actor=ACTOR)
    with pytest.raises(AlreadyInvoiced):
        merge(first, second)


@pytest.mark.parametrize("seed", range(4))
def test_random_splits_merges_edits_and_refunds_add_up(seed: int) -> None:
    chance = random.Random(seed)
    market = chance.choice(["cn", "int"])
    orders = [
        factories.order(item(chance.randint(1, 9999)), item(chance.randint(1, 9999)), quantity=3, market_code=market)
        for _ in range(2)
    ]
    paid = by_provider(orders[0])
    assert paid.payment_state == "paid"
    for step in range(8):
        live = [order for order in Order.objects.order_by("pk") if order.status == "open"]
        order = chance.choice(live)
        with suppress(DuliError):
            act(chance, order, live, f"{seed}-{step}")
        drain()
        for row in Order.objects.all():
            adds_up(row)
        captured = sum(PaymentCollection.objects.values_list("captured_minor", flat=True))
        came = sum(PaymentEvent.objects.filter(kind="captured").values_list("amount_minor", flat=True))
        assert captured == came
    for order in Order.objects.filter(status="open"):
        services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key="end")
        services.cancel(order_id=order.pk, reason="customer", actor=ACTOR)
    drain()
    for order in Order.objects.all():
        collection = order.payment_collection
        assert collection.refunded_minor == collection.captured_minor
        assert {row.state for row in order.refunds.all()} <= {"succeeded"}


def act(chance: random.Random, order: Order, live: list[Order], key: str) -> None:
    lines = list(order.lines.all())
    line = chance.choice(lines)
    match chance.randint(0, 5):
        case 0 | 1:
            wanted = [FulfilLine(row.pk, chance.randint(0, row.quantity)) for row in lines]
            services.split(order_id=order.pk, lines=wanted, actor=ACTOR)
        case 2:
            merge(order, *(other for other in live if other.pk != order.pk))
        case 3:
            wish = EditWish(order_discount_minor=chance.randint(1, 300), quantities={line.pk: chance.randint(1, 4)})
            services.edit_order(order_id=order.pk, wish=wish, version=order.version, actor=ACTOR)
        case 4:
            services.refund(
                order_id=order.pk, lines=[RefundLine(line.pk, 1)], adjustment_minor=chance.randint(-200, 200),
                idempotency_key=key, actor=ACTOR,
            )  # fmt: skip
        case _:
            services.mark_paid(order_id=order.pk, actor=ACTOR, idempotency_key=key)


def test_what_was_merged_twice_over_gives_its_discounts_back_too() -> None:
    draft = PromotionDraft(name="满减", rules={"kind": "percent", "points": 1000}, limit_total=3)
    row = save_promotion(draft=draft, actor=ACTOR)
    look_now()
    first, second, third = (factories.order(item()) for _number in range(3))
    assert UseCounter.objects.get(promotion=row).used == 3
    last = merge(third, merge(second, first))
    services.cancel(order_id=last.pk, reason="customer", actor=ACTOR)
    assert UseCounter.objects.get(promotion=row).used == 0
