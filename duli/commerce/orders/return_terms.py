"""What may come back, and until when."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.orders.models import Order, OrderLine, ReturnLine, ReturnPolicy
from duli.commerce.orders.states import RETURN_COUNTS, RETURN_OPEN, FulfilmentState, OrderStatus
from duli.commerce.orders.types import ReturnableLine, ReturnTerms
from duli.platform.store.changes import ChangeCache
from duli.platform.store.prepared import Prepared
from duli.platform.store.selectors import current_store

# Where consumers may withdraw from a distance contract by Directive 2011/83: the Union and the rest of the EEA.
WITHDRAWAL_COUNTRIES = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
        *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO"),
    }
)
TOPIC: Final = "returns"
_policy: ChangeCache[ReturnPolicy] = ChangeCache(1)
_units_back = Prepared(
    lambda order_id, states: ReturnLine.objects.filter(
        order_return__order_id=order_id, order_return__state__in=states
    ).values_list("order_line_id", "quantity")
)


def policy() -> ReturnPolicy:
    """Return what the merchant allows, or what is so until somebody says otherwise."""
    return _policy.get_or_make("policy", lambda: ReturnPolicy.objects.first() or ReturnPolicy(), [TOPIC])


def _sent_back(order: Order, states: tuple[str, ...]) -> dict[int, int]:
    units: dict[int, int] = defaultdict(int)
    for line_id, quantity in _units_back.rows(order.pk, states):
        units[line_id] += quantity
    return units


def _lines(order: Order, units: dict[int, int]) -> list[ReturnableLine]:
    return [
        ReturnableLine(
            line.pk,
            line.title,
            line.variant_title,
            line.image,
            units[line.pk],
            Money(line.total_minor, order.currency).allocate([1, line.quantity - 1])[0],
        )
        for line in order.lines.all()
        if units.get(line.pk, 0) > 0
    ]


def returnable(order: Order) -> list[ReturnableLine]:
    """Return the lines with units that left and are not on their way back; a refund does not matter."""
    left = {line.pk: line.fulfilled_quantity for line in order.lines.all()}
    if not any(left.values()):
        return []
    back = _sent_back(order, RETURN_COUNTS)
    return _lines(order, {pk: units - back[pk] for pk, units in left.items()})


def withdrawable(order: Order) -> list[ReturnableLine]:
    """Return the lines with units that were sold, not refunded, and not on their way back; sent or not.

    The duty is no contract of its own: nobody withdraws from it. A service that staff wrote is one.
    """
    back = _sent_back(order, RETURN_OPEN)
    sold = [line for line in order.lines.all() if not is_duty(order, line)]
    return _lines(order, {line.pk: line.quantity - line.refunded_quantity - back[line.pk] for line in sold})


def is_duty(order: Order, line: OrderLine) -> bool:
    """Whether a line is the duty that the shop charged with the order; nothing else of an order says so."""
    duty = order.tax.get("duty") or {}
    return bool(duty.get("charged")) and line.is_charge and line.unit_price_minor == duty.get("each")


def ends_at(order: Order, days: int) -> datetime | None:
    """Return the end of the last day on which goods may go back: `days` full days after the last parcel arrived.

    None while something has not arrived: the period has not begun to run.
    """
    if order.fulfilment_state == FulfilmentState.NOT_NEEDED:
        start = order.placed_at
    elif order.fulfilment_state == FulfilmentState.DELIVERED:
        start = max(parcel.delivered_at or parcel.shipped_at for parcel in order.fulfilments.all())
    else:
        return None
    zone = ZoneInfo(current_store().time_zone)
    last = start.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time.min, zone)


def return_terms(order: Order) -> ReturnTerms:
    """Return what the shopper may send back, by the merchant's policy."""
    days = policy().return_days
    end = ends_at(order, days)
    lines = returnable(order) if days and order.status != OrderStatus.CANCELLED else []
    return ReturnTerms(bool(lines) and (end is None or now() < end), end, lines)


def withdrawal_terms(order: Order) -> ReturnTerms:
    """Return what the shopper may withdraw from, by law of the Union or because the merchant offers it to all."""
    rules = policy()
    country = (order.shipping_address or order.billing_address or {}).get("country", "")
    offered = rules.withdrawal_everywhere or country in WITHDRAWAL_COUNTRIES
    end = ends_at(order, rules.withdrawal_days)
    lines = withdrawable(order) if offered and order.status != OrderStatus.CANCELLED else []
    return ReturnTerms(bool(lines) and (end is None or now() < end), end, lines)


def line_titles(lines: list[OrderLine]) -> dict[int, str]:
    """Return what each line is called, its variant included."""
    return {line.pk: " – ".join(filter(None, [line.title, line.variant_title])) for line in lines}
