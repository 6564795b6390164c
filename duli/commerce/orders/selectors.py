"""Named reads of orders; each costs the same number of queries for one row and for a thousand."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache as once
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum, prefetch_related_objects
from django.db.models.functions import TruncDate

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import is_token
from duli.base.money import Money
from duli.commerce.orders import search
from duli.commerce.orders.models import (
    Document,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderExport,
    OrderLine,
    OrderMessage,
    OrderRefund,
    OrderReturn,
    OrderTag,
)
from duli.commerce.orders.states import TEST_SOURCE, FulfilmentState, OrderStatus, PaymentState, RiskLevel
from duli.commerce.orders.types import (
    DaySales,
    HomeNumbers,
    ListNumbers,
    OrderFilter,
    OrderPage,
    OrderRow,
    TimelineEntry,
)
from duli.platform.events.models import Event
from duli.platform.store.days import day_begins, day_ends
from duli.platform.store.prepared import Prepared, PreparedCounts, attach
from duli.platform.store.selectors import current_store

MOST_COUNTED = 1000
DAYS_KEPT = 300
"""Seconds for which Home knows the sales of the days that are over."""
DAYS_SUMMED = 13
MOST_COUNTRIES = 300
COUNTRIES_KEPT = 60
"""Seconds for which the filter knows where orders went."""
_SAME = (
    *("id", "status", "payment_state", "fulfilment_state", "return_state", "customer_name", "email", "phone"),
    *("market_code", "country", "placed_at", "token", "paid_at", "expires_at", "reminded_at", "source"),
)
_ROW = (
    *(*_SAME, "number", "tags", "shipping_method_name", "payment_method_code"),
    *("pickup_location_id", "pickup_ready_at", "total_minor", "currency", "held_at", "risk", "risk_cleared_at"),
)
_WAITING = [FulfilmentState.UNFULFILLED, FulfilmentState.PARTIALLY_FULFILLED]
_MAY_SHIP = [PaymentState.PAID, PaymentState.AUTHORISED, PaymentState.PARTIALLY_REFUNDED]


_by_token = Prepared(lambda token: Order.objects.filter(token=token))
_by_id = Prepared(lambda pk: Order.objects.filter(pk=pk))
_rows_of = Prepared(
    lambda order_ids: Order.objects.filter(pk__in=order_ids).order_by("-placed_at", "-id").values_list(*_ROW)
)
_goods = Prepared(
    lambda order_ids: (
        OrderLine.objects.filter(order_id__in=order_ids)
        .order_by("order_id", "position", "pk")
        .values_list("order_id", "quantity", "title", "variant_id", "product_id", "sku", "requires_shipping")
    )
)
_lines = Prepared(lambda order_id: OrderLine.objects.filter(order_id=order_id))
_parcels = Prepared(lambda order_id: Fulfilment.objects.filter(order_id=order_id))
_packed = Prepared(lambda parcel_ids: FulfilmentLine.objects.filter(fulfilment_id__in=parcel_ids).order_by("pk"))
_events = Prepared(lambda reference: Event.objects.filter(reference=reference).order_by("-pk"))
_documents = Prepared(lambda order_id: Document.objects.filter(order_id=order_id).defer("snapshot").order_by("pk"))
_returns = Prepared(lambda order_id: OrderReturn.objects.filter(order_id=order_id))
_messages = Prepared(lambda order_id: OrderMessage.objects.filter(order_id=order_id))
_refunds = Prepared(lambda order_id: OrderRefund.objects.filter(order_id=order_id))


def _whole(order: Order | None) -> Order:
    """Return the order with its lines, parcels and their lines (at most three queries), or raise NotFound."""
    if order is None:
        raise NotFound()
    lines = {line.pk: line for line in _lines.rows(order.pk)}
    attach(order, "lines", list(lines.values()))
    parcels = _parcels.rows(order.pk)
    packed = _packed.rows([parcel.pk for parcel in parcels]) if parcels else []
    for row in packed:
        row.order_line = lines[row.order_line_id]
    for parcel in parcels:
        attach(parcel, "lines", [row for row in packed if row.fulfilment_id == parcel.pk])
    attach(order, "fulfilments", parcels)
    return order


def order_with_lines(order_id: int) -> Order | None:
    """Return the order with its lines (two queries), or None."""
    order = _by_id.first(order_id)
    if order is not None:
        attach(order, "lines", _lines.rows(order_id))
    return order


def returns_of(order_id: int) -> list[OrderReturn]:
    """Return the order's returns with their lines, newest first."""
    found = _returns.rows(order_id)
    if found:
        prefetch_related_objects(found, "lines__order_line")
    return found


def messages_of(order_id: int) -> list[OrderMessage]:
    """Return what shopper and staff wrote each other about the order, oldest first."""
    return _messages.rows(order_id)


def refunds_of(order_id: int) -> list[OrderRefund]:
    """Return what went back of the order, oldest first."""
    return _refunds.rows(order_id)


def order_by_token(token: str) -> Order:
    """Return the order that the link's token opens, with lines and parcels. NotFound for any other token."""
    if not is_token(token):
        raise NotFound()
    return _whole(_by_token.first(token))


def kept_token(order: Order) -> str:
    """Return the token of the order that a merged one's goods belong to now; empty for any other order."""
    token, into = "", order.merged_into_id
    while into is not None:
        kept = Order.objects.filter(pk=into).values_list("token", "merged_into_id").get()
        token, into = kept
    return token


def order_for_guest(*, number: str, email: str) -> int | None:
    """Return the order of this number if it was placed with this e-mail address; who guesses one learns nothing."""
    wanted = number.strip().lstrip("#").upper()
    if not wanted or not email.strip():
        return None
    found = Order.objects.filter(number__iexact=wanted, email__iexact=email.strip()).values_list("pk", flat=True)
    return found.first()


def order_detail(order_id: int) -> Order:
    """Return the order with lines and parcels. NotFound."""
    return _whole(_by_id.first(order_id))


def orders_of_customer(customer_id: int, *, after: str = "", limit: int = 20) -> OrderPage:
    """Return a customer's own orders, newest first."""
    return order_list(OrderFilter(customer_id=customer_id), after=after, limit=limit)


def to_ship() -> QuerySet[Order]:
    """Open orders with something left to ship that are paid, or confirmed for payment on delivery; not held ones."""
    return Order.objects.filter(
        Q(payment_state__in=_MAY_SHIP) | Q(confirmed_at__isnull=False),
        status=OrderStatus.OPEN,
        fulfilment_state__in=_WAITING,
        held_at__isnull=True,
    )


def to_ship_whole() -> QuerySet[Order]:
    """Return the same, practice left out, with all that belongs to them, to be paged (three further queries)."""
    return to_ship().exclude(source=TEST_SOURCE).prefetch_related("lines", "fulfilments__lines")


def waiting_for_pickup() -> QuerySet[Order]:
    """Open orders that shoppers fetch and that were not handed over yet, laid ready or not."""
    return Order.objects.filter(status=OrderStatus.OPEN, fulfilment_state__in=_WAITING, pickup_location__isnull=False)


def filtered(wanted: OrderFilter) -> QuerySet[Order]:
    """Return the orders that `wanted` leaves, in no order."""
    rows, places = _filtered(wanted), search.places(wanted.query, current_store().order_prefix)
    return rows if places is None else rows.filter(pk__in=search.found(places))


def _filtered(wanted: OrderFilter) -> QuerySet[Order]:
    """Return the orders that `wanted` leaves, what was typed into the search left aside."""
    rows = to_ship() if wanted.to_ship else waiting_for_pickup() if wanted.to_fetch else Order.objects.all()
    for name, values in (
        ("status", wanted.statuses),
        ("payment_state", wanted.payment_states),
        ("fulfilment_state", wanted.fulfilment_states),
        ("return_state", wanted.return_states),
        ("market_code", wanted.market_codes),
        ("country", wanted.countries),
        ("risk", wanted.risks),
    ):
        if values:
            # An equality lets an index give the rows in their order; a list of one value does not.
            rows = rows.filter(**{name: values[0]} if len(values) == 1 else {f"{name}__in": values})
    if wanted.risks:
        rows = rows.exclude(risk=RiskLevel.NONE).filter(risk_cleared_at__isnull=True)
    if wanted.held:
        rows = rows.filter(held_at__isnull=False)
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.ids is not None:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.placed_from:
        rows = rows.filter(placed_at__gte=day_begins(wanted.placed_from))
    if wanted.placed_to:
        rows = rows.filter(placed_at__lt=day_ends(wanted.placed_to))
    if len(wanted.tags) == 1:
        # A join: `order_list` walks along the tag's own index.
        rows = rows.filter(tag_rows__name=wanted.tags[0])
    elif wanted.tags:
        rows = rows.filter(pk__in=OrderTag.objects.filter(name__in=wanted.tags).order_by().values("order_id"))
    if wanted.sku:
        rows = rows.filter(pk__in=search.with_sku(wanted.sku))
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
    """Return up to `limit` orders, newest first, from the cursor `after` on (an unreadable one: from the top).

    A search looks for the keys of the page first (one more query).
    """
    places = search.places(wanted.query, current_store().order_prefix, newest=True)
    cursor = _decode(after) if after else None
    if places is not None:
        rows = _newest_first(wanted, cursor) if cursor or wanted.narrows else None
        page_rows = _rows_of.rows(search.newest(rows, places, limit + 1))
    else:
        page_rows = _page_rows(wanted, cursor, limit + 1)
    found = [dict(zip(_ROW, row, strict=True)) for row in page_rows]
    more = len(found) > limit
    units, titles = _contents([row["id"] for row in found[:limit]])
    page = [
        OrderRow(
            **{name: row[name] for name in _SAME},
            number=row["number"] or "",
            total=Money(row["total_minor"], row["currency"]),
            item_count=units.get(row["id"], 0),
            first_title=titles.get(row["id"], ""),
            tags=tuple(row["tags"]),
            # What a person has found safe is risky no longer, as in the filter.
            risk=RiskLevel.NONE if row["risk_cleared_at"] else row["risk"],
            is_held=row["held_at"] is not None,
            shipping_method=row["shipping_method_name"],
            payment_method=row["payment_method_code"],
            pickup_ready_at=row["pickup_ready_at"],
            is_fetched=row["pickup_location_id"] is not None,
        )
        for row in found[:limit]
    ]
    return OrderPage(page, _encode(page[-1].placed_at, page[-1].id) if more else "")


def _newest_first(wanted: OrderFilter, cursor: tuple[datetime, int] | None, *, by_tag: bool = False) -> QuerySet[Order]:
    rows, moment, key = _filtered(wanted), "placed_at", "id"
    if by_tag:
        # The newest of a tag stand first in its own index: the list begins at the cursor and stops when a page is full.
        rows = rows.annotate(tagged_at=F("tag_rows__placed_at"), tagged=F("tag_rows__order_id"))
        moment, key = "tagged_at", "tagged"
    rows = rows.order_by(f"-{moment}", f"-{key}")
    if cursor:
        rows = rows.filter(**{f"{moment}__lte": cursor[0]}).exclude(**{moment: cursor[0], f"{key}__gte": cursor[1]})
    return rows


_PLAIN = ("to_ship", "to_fetch", "held")
MOST_TICKED = 4
"""With so many values ticked a filter is a usual one."""
_LISTS = (
    "statuses",
    "payment_states",
    "fulfilment_states",
    "return_states",
    "market_codes",
    "countries",
    "risks",
    "tags",
)


def _page_rows(wanted: OrderFilter, cursor: tuple[datetime, int] | None, limit: int) -> list[tuple[Any, ...]]:
    """Return the rows of a page, newest first; the statement of the usual filters is written once for each of them."""
    by_tag = len(wanted.tags) == 1
    is_unusual = wanted.placed_from or wanted.placed_to or wanted.ids is not None or wanted.customer_id is not None
    if is_unusual or sum(len(getattr(wanted, name)) for name in _LISTS) > MOST_TICKED:
        return list(_newest_first(wanted, cursor, by_tag=by_tag).values_list(*_ROW)[:limit])
    plain = tuple(name for name in _PLAIN if getattr(wanted, name))
    lists = tuple((name, len(values)) for name in _LISTS if (values := getattr(wanted, name)))
    given = [value for name, _count in lists for value in getattr(wanted, name)]
    given += [wanted.sku.upper()] if wanted.sku else []
    written = _written_page(plain, lists, bool(wanted.sku), cursor is not None, limit)
    return written.rows(*given, *(cursor or ()))


@once
def _written_page(
    plain: tuple[str, ...], lists: tuple[tuple[str, int], ...], has_sku: bool, has_cursor: bool, limit: int
) -> Prepared[tuple[Any, ...]]:
    def make(*values: Any) -> QuerySet[Order, Any]:
        rest = iter(values)
        parts: dict[str, Any] = dict.fromkeys(plain, True)
        parts |= {name: [next(rest) for _ in range(count)] for name, count in lists}
        if has_sku:
            parts["sku"] = next(rest)
        cursor = (next(rest), next(rest)) if has_cursor else None
        by_tag = dict(lists).get("tags") == 1
        return _newest_first(OrderFilter(**parts), cursor, by_tag=by_tag).values_list(*_ROW)[:limit]

    # How to read depends on what is asked for: a few orders fit, or very many do.
    return Prepared(make, planned_once=False)


def _contents(order_ids: Sequence[int]) -> tuple[dict[int, int], dict[int, str]]:
    """Return the units of goods and the first line's title of each order (one query)."""
    units: dict[int, int] = {}
    titles: dict[int, str] = {}
    for order_id, quantity, title, *what in _goods.rows(list(order_ids)):
        # The same question as OrderLine.is_charge.
        units[order_id] = units.get(order_id, 0) + (quantity if any(what) else 0)
        titles.setdefault(order_id, title)
    return units, titles


def _distinct(table: str, column: str, limit: int) -> list[str]:
    """Return each value of an indexed column once (one query).

    Each step jumps to the next value along the index, so that a million rows cost no more than a few values.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE step(value) AS (SELECT MIN({column}) FROM {table} UNION ALL"  # noqa: S608 (our own names)
            f" SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > step.value) FROM step"
            " WHERE step.value IS NOT NULL) SELECT value FROM step WHERE value IS NOT NULL LIMIT %s",
            [limit],
        )
        return [row[0] for row in cursor.fetchall()]


def known_tags(limit: int = 100) -> list[str]:
    """Return the words that orders are tagged with, each once, in their order; the first `limit` of them."""
    return _distinct(OrderTag._meta.db_table, "name", limit)


def known_countries() -> list[str]:
    """Return the countries that orders went to, as codes; a first order to a new one may be missing for a minute."""

    def read() -> list[str]:
        return [code for code in _distinct(Order._meta.db_table, "country", MOST_COUNTRIES) if code]

    return list(cache.get_or_set("order_countries", read, COUNTRIES_KEPT) or [])


def order_head(order_id: int) -> Order | None:
    """Return the order alone, without its quote and lines (one query)."""
    return Order.objects.filter(pk=order_id).defer("quote").first()


def order_numbers(order_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return (key, number) of those of the orders that exist, oldest first."""
    rows = Order.objects.filter(pk__in=order_ids).order_by("placed_at", "pk").values_list("pk", "number")
    return [(pk, number or "") for pk, number in rows]


def orders_in_payment(order_ids: Sequence[int], state: PaymentState) -> set[int]:
    """Return those of the orders whose payment stands so."""
    return set(Order.objects.filter(pk__in=order_ids, payment_state=state).values_list("pk", flat=True))


def exports_of(user_id: int, limit: int = 50) -> list[OrderExport]:
    """Return the files somebody asked for, newest first."""
    return list(OrderExport.objects.filter(user_id=user_id)[:limit])


def timeline(order_id: int) -> list[TimelineEntry]:
    """Return everything that happened to the order, newest first."""
    rows = _events.rows(f"order:{order_id}")
    return [TimelineEntry(row.pk, row.name, row.data, row.actor, row.happened_at) for row in rows]


def has_sold() -> bool:
    """Say whether the shop had an order that was no test."""
    return Order.objects.exclude(source=TEST_SOURCE).exists()


def home_numbers(*, days: int = 14) -> HomeNumbers:
    """Return what waits to be done, and sales per day of the store's time zone.

    What waits is counted up to `MOST_COUNTED`. Revenue counts orders that were not cancelled, in the store's own
    currency only: sums of different currencies are not money. Days that are over are summed once in `DAYS_KEPT`, so a
    cancellation shows in them that much later; today is always what it is.
    """
    store = current_store()
    zone = ZoneInfo(store.time_zone)
    today = now().astimezone(zone).date()
    currency = store.default_currency
    row = [_sales_of(today, zone, currency)]
    row += [_earlier_day(today, offset, zone, currency) for offset in range(1, max(days, 8))]
    return HomeNumbers(**_waiting(), today=row[0], same_day_last_week=row[7], days=tuple(reversed(row[:days])))


def _earlier_day(today: date, offset: int, zone: ZoneInfo, currency: str) -> DaySales:
    day = today - timedelta(days=offset)
    count, minor = _days_over(today, zone, currency, max(DAYS_SUMMED, offset)).get(day, (0, 0))
    return DaySales(day, count, Money(minor, currency))


def _days_over(today: date, zone: ZoneInfo, currency: str, days: int) -> dict[date, tuple[int, int]]:
    """Return {day: (orders, minor units)} of the days before today."""
    key = f"sales:{today}:{zone.key}:{currency}:{days}"
    found: dict[date, tuple[int, int]] | None = cache.get(key)
    if found is None:
        first = datetime.combine(today - timedelta(days=days), time.min, zone)
        rows = (
            Order.objects.filter(placed_at__gte=first, placed_at__lt=datetime.combine(today, time.min, zone))
            .exclude(Q(status=OrderStatus.CANCELLED) | Q(source=TEST_SOURCE))
            .annotate(day=TruncDate("placed_at", tzinfo=zone))
            .values("day")
            .annotate(orders=Count("pk"), revenue=Sum("total_minor", filter=Q(currency=currency)))
            .order_by("day")
        )
        found = {row["day"]: (row["orders"], row["revenue"] or 0) for row in rows}
        cache.set(key, found, DAYS_KEPT)
    return found


_of_day = Prepared(
    lambda first, last, currency: (
        Order.objects.filter(placed_at__gte=first, placed_at__lt=last)
        .exclude(Q(status=OrderStatus.CANCELLED) | Q(source=TEST_SOURCE))
        .order_by()
        .values("status")
        .annotate(orders=Count("pk"), revenue=Sum("total_minor", filter=Q(currency=currency)))
        .values_list("orders", "revenue")
    )
)


def _sales_of(day: date, zone: ZoneInfo, currency: str) -> DaySales:
    first = datetime.combine(day, time.min, zone)
    rows = _of_day.rows(first, first + timedelta(days=1), currency)
    revenue = sum(int(minor or 0) for _count, minor in rows)
    return DaySales(day, sum(count for count, _minor in rows), Money(revenue, currency))


def list_numbers() -> ListNumbers:
    """Return the numbers above the list of orders (two short queries, however many orders there are).

    Last week is summed once in `DAYS_KEPT`, as for Home.
    """
    store = current_store()
    zone = ZoneInfo(store.time_zone)
    today = now().astimezone(zone).date()
    return ListNumbers(
        **_waiting(),
        today=_sales_of(today, zone, store.default_currency),
        same_day_last_week=_earlier_day(today, 7, zone, store.default_currency),
    )


def _open_orders(**states: object) -> QuerySet[Order]:
    rows = Order.objects.filter(status=OrderStatus.OPEN, **states).exclude(source=TEST_SOURCE)
    return rows.order_by()[: MOST_COUNTED + 1]


_counts = PreparedCounts(
    lambda: (
        to_ship().exclude(source=TEST_SOURCE).order_by()[: MOST_COUNTED + 1],
        _open_orders(payment_state__in=[PaymentState.UNPAID, PaymentState.PARTIALLY_PAID]),
        _open_orders(payment_state=PaymentState.REVIEW),
    )
)


def _waiting() -> dict[str, int]:
    """Count what waits to be done, tests left out, each up to one more than `MOST_COUNTED` (one query)."""
    return dict(zip(("to_ship", "unpaid", "review"), _counts(), strict=True))


def unshipped_lines(order: Order) -> list[OrderLine]:
    """Return the order's lines that still have units to ship."""
    rows = order.lines.filter(requires_shipping=True, quantity__gt=F("fulfilled_quantity") + F("cancelled_quantity"))
    return list(rows)


def document_list(
    *,
    kind: str = "",
    query: str = "",
    issued_from: date | None = None,
    issued_to: date | None = None,
    currency: str = "",
    after: str = "",
    limit: int = 50,
) -> tuple[list[Document], str]:
    """Return documents, newest first, and the cursor of the next page; `query` is a label or an order's number.

    The days are the store's, both included.
    """
    rows = Document.objects.select_related("order").defer("snapshot", "order__quote")
    if kind:
        rows = rows.filter(kind=kind)
    if currency:
        rows = rows.filter(currency=currency)
    if issued_from:
        rows = rows.filter(issued_at__gte=day_begins(issued_from))
    if issued_to:
        rows = rows.filter(issued_at__lt=day_ends(issued_to))
    text = query.strip().lstrip("#")
    if text:
        rows = rows.filter(Q(label__iexact=text) | Q(order__number__iexact=text))
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else ""


def documents(ids: Sequence[int]) -> list[Document]:
    """Return the documents of these keys, in the given order; unknown ones are left out."""
    found = Document.objects.in_bulk(list(ids))
    return [found[pk] for pk in ids if pk in found]


def documents_of(order_id: int) -> list[Document]:
    """Return the papers that were issued for an order, oldest first."""
    return _documents.rows(order_id)
