"""What a tax office says after orders were placed: an answer about a VAT id that comes late, and limits that are near.

An order that was placed is never charged again for it: staff are told, and decide.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.commerce.orders import locks
from duli.commerce.orders.events import TaxLimitNear, VatAnswerCame
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.orders.tax_limits import counters
from duli.commerce.taxes.selectors import answer_of
from duli.commerce.taxes.types import CHARGED
from duli.platform.events.services import publish

WAITED = timedelta(days=90)
"""How long after an order an answer about its VAT id still matters."""


def note_vat_answer(*, check_id: int, actor: str = "system") -> int:
    """Write a register's late answer into the orders that were taxed without it, and tell staff (VatAnswerCame).

    What was charged stays as it is, and so does what the order knew when it was placed. Returns how many orders.
    """
    answer = answer_of(check_id)
    if answer is None:
        return 0
    waiting = Order.objects.filter(
        tax_scheme__in=CHARGED,
        placed_at__gte=now() - WAITED,
        tax__vat_id=answer.number,
        tax__vat_state="unavailable",
    ).exclude(status=OrderStatus.CANCELLED)
    noted = 0
    for order_id in waiting.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            order = locks.lock_order(order_id)
            if order.tax.get("vat_later"):
                continue
            order.tax["vat_later"] = {
                "state": answer.state,
                "proof": answer.request_identifier,
                "checked_at": answer.checked_at.isoformat(),
            }
            order.version += 1
            order.save(update_fields=["tax", "version"])
            publish(
                VatAnswerCame(
                    order.pk, order.number or "", answer.number, answer.state, order.tax_minor, order.currency
                ),
                reference=order.reference,
                actor=actor,
            )
            noted += 1
    return noted


def watch_limits() -> int:
    """Tell staff of each limit of the law that the shop is near or above (TaxLimitNear); return how many there are.

    Every day says it anew: the bell keeps each step of each year once.
    """
    near = [counter for counter in counters() if counter.warns]
    year = now().year
    for counter in near:
        event = TaxLimitNear(
            counter.code, counter.region, year, counter.step, counter.most.minor, counter.most.currency
        )
        publish(event, reference=f"tax_limit:{counter.code}", actor="system")
    return len(near)
