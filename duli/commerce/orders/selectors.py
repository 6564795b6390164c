"""Named reads of orders; each costs the same number of queries for one row and for a thousand."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import is_token
from duli.base.money import Money
from duli.commerce.orders.models import Fulfilment, Order, OrderLine
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.commerce.orders.types import DaySales, HomeNumbers, OrderFilter, OrderPage, OrderRow, TimelineEntry
from duli.platform.events.models import Event
from duli.platform.store.selectors import current_store

_WAITING = [FulfilmentState.UNFULFILLED, FulfilmentState.PARTIALLY_FULFILLED]
_MAY_SHIP = [PaymentState.PAID, PaymentState.AUTHORISED, PaymentState.PARTIALLY_REFUNDED]


def _whole(orders: QuerySet[Order]) -> Order:
    """Return the one order with its lines, parcels and their lines (four queries), or raise NotFound."""
    parcels = Fulfilment.objects.prefetch_related("lines__order_line")
    order = orders.prefetch_related("lines", Prefetch("fulfilments", queryset=parcels)).first()
    if order is None:
        raise NotFound()
    return order


def order_by_token(token: str) -> Order:
    """Return the order that the link's token opens, with lines and parcels. NotFound for any other token."""
    if not is_token(token):
        raise NotFound()
    return _whole(Order.objects.filter(token=token))


def order_detail(order_id: int) -> Order:
    """Return the order with lines and parcels. NotFound."""
    return _whole(Order.objects.filter(pk=order_id))


def orders_of_customer(customer_id: int, *, after: str = "", limit: int = 20) -> OrderPage:
    """Return a customer's own orders, newest first."""
    return order_list(OrderFilter(customer_id=customer_id), after=after, limit=limit)


def to_ship() -> QuerySet[Order]:
    """Open orders with something left to ship that are paid, or confirmed for payment on delivery."""
    return Order.objects.filter(
        Q(payment_state__in=_MAY_SHIP) | Q(confirmed_at__isnull=False),
        status=OrderStatus.OPEN,
        fulfilment_state__in=_WAITING,
    )


def _filtered(wanted: OrderFilter) -> QuerySet[Order]:
    rows = to_ship() if wanted.to_ship else Order.objects.all()
    if wanted.statuses:
        rows = rows.filter(status__in=wanted.statuses)
    if wanted.payment_states:
        rows = rows.filter(payment_state__in=wanted.payment_states)
    if wanted.fulfilment_states:
        rows = rows.filter(fulfilment_state__in=wanted.fulfilment_states)
    if wanted.market_codes:
        rows = rows.filter(market_code__in=wanted.market_codes)
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    zone = ZoneInfo(current_store().time_zone)
    if wanted.placed_from:
        rows = rows.filter(placed_at__gte=datetime.combine(wanted.placed_from, time.min, zone))
    if wanted.placed_to:
        rows = rows.filter(placed_at__lt=datetime.combine(wanted.placed_to, time.min, zone) + timedelta(days=1))
    text = wanted.query.strip().lstrip("#")[:100]
    if text:
        # One indexed look-up per place; a union keeps each of them on its own index.
        found = (
            Order.objects.filter(number__iexact=text)
            | Order.objects.filter(email__iexact=text)
            | Order.objects.filter(phone__endswith=text.lstrip("+"))
            | Order.objects.filter(customer_name__icontains=text)
        )
        by_line = OrderLine.objects.filter(sku__iexact=text).values("order_id")
        by_parcel = Fulfilment.objects.filter(tracking_number__iexact=text).values("order_id")
        rows = rows.filter(Q(pk__in=found.values("pk")) | Q(pk__in=by_line) | Q(pk__in=by_parcel))
    return rows


def _encode(placed_at: datetime, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{placed_at.isoformat()}|{pk}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, int] | None:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        instant, _, pk = raw.partition("|")
        placed_at = datetime.fromisoformat(instant)
        return (placed_at, int(pk)) if placed_at.tzinfo else None
    except (ValueError, binascii.Error):
        return None


def order_list(wanted: OrderFilter, *, after: str = "", limit: int = 50) -> OrderPage:
    """Return up to `limit` orders, newest first, from the cursor `after` on (an unreadable one: from the top)."""
    rows = _filtered(wanted).order_by("-placed_at", "-id")
    cursor = _decode(after) if after else None
    if cursor:
        rows = rows.filter(Q(placed_at__lt=cursor[0]) | Q(placed_at=cursor[0], pk__lt=cursor[1]))
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by()
    found = list(
        rows.annotate(
            item_count=Subquery(lines.values("order").annotate(units=Sum("quantity")).values("units")),
            first_title=Subquery(
                OrderLine.objects.filter(order=OuterRef("pk")).order_by("position", "pk").values("title")[:1]
            ),
        ).values(
            *("id", "number", "status", "payment_state", "fulfilment_state", "customer_name", "email", "phone"),
            *("total_minor", "currency", "market_code", "placed_at", "token", "item_count", "first_title"),
        )[: limit + 1]
    )
    page = [
        OrderRow(
            id=row["id"],
            number=row["number"] or "",
            status=row["status"],
            payment_state=row["payment_state"],
            fulfilment_state=row["fulfilment_state"],
            customer_name=row["customer_name"],
            email=row["email"],
            phone=row["phone"],
            total=Money(row["total_minor"], row["currency"]),
            item_count=row["item_count"] or 0,
            first_title=row["first_title"] or "",
            market_code=row["market_code"],
            placed_at=row["placed_at"],
            token=row["token"],
        )
        for row in found[:limit]
    ]
    more = len(found) > limit
    return OrderPage(page, _encode(page[-1].placed_at, page[-1].id) if more else "")


def timeline(order_id: int) -> list[TimelineEntry]:
    """Return everything that happened to the order, newest first."""
    rows = Event.objects.filter(reference=f"order:{order_id}").order_by("-pk")
    return [TimelineEntry(row.pk, row.name, row.data, row.actor, row.happened_at) for row in rows]


def home_numbers(*, days: int = 14) -> HomeNumbers:
    """Return what waits to be done, and sales per day of the store's time zone (four queries).

    Revenue counts orders that were not cancelled, in the store's own currency only: sums of different
    currencies are not money.
    """
    store = current_store()
    zone = ZoneInfo(store.time_zone)
    today = now().astimezone(zone).date()
    open_orders = Order.objects.filter(status=OrderStatus.OPEN)
    counts = open_orders.aggregate(
        unpaid=Count("pk", filter=Q(payment_state__in=[PaymentState.UNPAID, PaymentState.PARTIALLY_PAID])),
        review=Count("pk", filter=Q(payment_state=PaymentState.REVIEW)),
    )
    first = datetime.combine(today - timedelta(days=max(days - 1, 7)), time.min, zone)
    sums = {
        row["day"]: row
        for row in Order.objects.filter(placed_at__gte=first)
        .exclude(status=OrderStatus.CANCELLED)
        .annotate(day=TruncDate("placed_at", tzinfo=zone))
        .values("day")
        .annotate(orders=Count("pk"), revenue=Sum("total_minor", filter=Q(currency=store.default_currency)))
        .order_by("day")
    }

    def sales(day_offset: int) -> DaySales:
        day = today - timedelta(days=day_offset)
        row = sums.get(day)
        revenue = Money((row["revenue"] or 0) if row else 0, store.default_currency)
        return DaySales(day, row["orders"] if row else 0, revenue)

    return HomeNumbers(
        to_ship=to_ship().count(),
        unpaid=counts["unpaid"],
        review=counts["review"],
        today=sales(0),
        same_day_last_week=sales(7),
        days=tuple(sales(offset) for offset in range(days - 1, -1, -1)),
    )


def unshipped_lines(order: Order) -> list[OrderLine]:
    """Return the order's lines that still have units to ship."""
    rows = order.lines.filter(requires_shipping=True, quantity__gt=F("fulfilled_quantity") + F("cancelled_quantity"))
    return list(rows)
