"""Rules that find an order odd, from what the shop knows anyway; a person decides what it means.

Every few minutes the orders of the last twenty are looked at again, so that nobody waits for it at the checkout. A
rule is a function of an order that says whether it speaks; `RULES` is where another one is added.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Avg, Count

from duli.base.clock import now
from duli.commerce.orders import locks
from duli.commerce.orders.events import OrderRiskCleared, OrderRiskSeen
from duli.commerce.orders.models import Order
from duli.commerce.orders.search import Tail, same
from duli.commerce.orders.states import OrderStatus, RiskLevel
from duli.commerce.payments.models import PaymentAttempt
from duli.commerce.payments.states import AttemptState
from duli.platform.events.services import publish

LOOKED_AT = timedelta(minutes=20)
MANY_FAILURES = 3
MANY_BUYERS = 3
TIMES_USUAL = 5
USUAL_OF = 200
FEWEST_USUAL = 20


def many_failures(order: Order) -> bool:
    """Payment was tried and refused again and again."""
    tried = PaymentAttempt.objects.filter(collection_id=order.payment_collection_id, state=AttemptState.FAILED)
    return order.payment_collection_id is not None and tried.count() >= MANY_FAILURES


def large_first_order(order: Order) -> bool:
    """Somebody new buys for many times what is usual here."""
    if order.customer_id is None or Order.objects.filter(customer_id=order.customer_id, pk__lt=order.pk).exists():
        return False
    keys = Order.objects.filter(pk__lt=order.pk).order_by("-pk").values_list("pk", flat=True)[:USUAL_OF]
    usual = Order.objects.filter(pk__in=list(keys), currency=order.currency).aggregate(
        count=Count("pk"), amount=Avg("total_minor")
    )
    return bool(usual["count"] >= FEWEST_USUAL and order.total_minor > TIMES_USUAL * usual["amount"])


def two_countries(order: Order) -> bool:
    """The invoice goes to another country than the goods."""
    billed, shipped = (order.billing_address or {}).get("country"), (order.shipping_address or {}).get("country")
    return bool(billed and shipped and billed != shipped)


def many_buyers(order: Order) -> bool:
    """Several e-mail addresses order to one phone number within a day."""
    if len(order.phone) < 8:
        return False
    rows = Order.objects.filter(
        same(Tail("phone", 8), order.phone[-8:]), placed_at__gt=order.placed_at - timedelta(days=1)
    )
    return rows.values("email").distinct().count() >= MANY_BUYERS


RULES: dict[str, Callable[[Order], bool]] = {
    "many_failures": many_failures,
    "large_first_order": large_first_order,
    "two_countries": two_countries,
    "many_buyers": many_buyers,
}


def assess_recent(*, limit: int = 500) -> int:
    """Look at the orders of the last minutes; return how many are seen as riskier than before."""
    rows = Order.objects.filter(placed_at__gt=now() - LOOKED_AT, status=OrderStatus.OPEN).order_by("-placed_at", "-id")
    return sum(_assess(order) for order in rows[:limit])


def _assess(seen: Order) -> bool:
    reasons = [code for code, speaks in RULES.items() if code in seen.risk_reasons or speaks(seen)]
    if reasons == seen.risk_reasons:
        return False
    with transaction.atomic():
        order = locks.lock_order(seen.pk)
        order.risk_reasons = reasons
        order.risk = RiskLevel.HIGH if len(reasons) > 1 else RiskLevel.MEDIUM
        order.risk_cleared_at = None
        order.version += 1
        order.save(update_fields=["risk_reasons", "risk", "risk_cleared_at", "version"])
        publish(OrderRiskSeen(order.pk, order.risk, reasons), reference=order.reference, actor="system")
    return True


@transaction.atomic
def clear_risk(*, order_id: int, actor: str) -> Order:
    """Say that a person has looked and found the order safe; again changes nothing. NotFound."""
    order = locks.lock_order(order_id)
    if order.risk == RiskLevel.NONE or order.risk_cleared_at:
        return order
    order.risk_cleared_at = now()
    order.version += 1
    order.save(update_fields=["risk_cleared_at", "version"])
    publish(OrderRiskCleared(order.pk), reference=order.reference, actor=actor)
    return order
