"""One order with everything its page shows, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum, prefetch_related_objects
from django.utils import translation
from django.utils.translation import gettext, ngettext

from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.inventory.selectors import pickup_place
from duli.commerce.inventory.types import PickupPlace
from duli.commerce.orders.merging import own_problem
from duli.commerce.orders.models import Document, Fulfilment, Order, OrderLine, OrderMessage, OrderRefund, OrderReturn
from duli.commerce.orders.parts import contents_of
from duli.commerce.orders.return_terms import returnable
from duli.commerce.orders.selectors import (
    documents_of,
    messages_of,
    order_detail,
    refunds_of,
    returns_of,
    timeline,
)
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.commerce.payments.selectors import collection_view, method, payment_history
from duli.commerce.payments.states import CollectionState
from duli.commerce.payments.types import CollectionView, PaymentHistory
from duli.platform.mail.selectors import outbox
from duli.platform.mail.states import MailState
from duli.platform.mail.types import MailView
from duli.platform.media.types import from_json, source
from duli.platform.store.selectors import market_by_code
from duli.web.backoffice.kit import personal
from duli.web.backoffice.order_words import HistoryLine, history_line, own_money_words
from duli.web.backoffice.places import on_label
from duli.web.backoffice.selectors.people import actor_names

UNDIVIDED = {PaymentState.AUTHORISED, PaymentState.REVIEW}
MAY_SHIP = {PaymentState.PAID, PaymentState.AUTHORISED, PaymentState.PARTIALLY_REFUNDED}


@dataclass(frozen=True, slots=True)
class LineOnPage:
    line: OrderLine
    image: str
    quantity: int

    @property
    def subtotal_minor(self) -> int:
        return self.line.unit_price_minor * self.quantity

    @property
    def contents(self) -> list[str]:
        """What these units consist of, if they are bundles."""
        return contents_of(self.line, self.quantity)


@dataclass(frozen=True, slots=True)
class ParcelOnPage:
    parcel: Fulfilment
    lines: tuple[LineOnPage, ...]


@dataclass(frozen=True, slots=True)
class SumRow:
    """One row of the price's build-up; `minor` in the order's currency."""

    kind: str
    label: str
    why: str
    minor: int


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """Orders this buyer placed so far, those that are open, and what was paid in the currency of this order."""

    orders: int
    paid_minor: int
    open_orders: int = 0


@dataclass(frozen=True, slots=True)
class OrderOnPage:
    order: Order
    waiting: tuple[LineOnPage, ...]
    not_sent: tuple[LineOnPage, ...]
    parcels: tuple[ParcelOnPage, ...]
    sums: tuple[SumRow, ...]
    collection: CollectionView | None
    payments: PaymentHistory | None
    method_name: str
    settles_on_delivery: bool
    history: tuple[HistoryLine, ...]
    mails: tuple[MailView, ...]
    buyer: BuyerFacts
    shipping_lines: tuple[str, ...]
    billing_lines: tuple[str, ...]
    market_name: str
    refunds: tuple[OrderRefund, ...]
    returns: tuple[OrderReturn, ...]
    too_much_minor: int
    may_refund: bool
    can_return: bool
    """Whether units that were sent may still come back."""
    documents: tuple[Document, ...]
    pickup: PickupPlace | None = None
    """Where the shopper fetches it."""

    @property
    def can_lay_ready(self) -> bool:
        return self.can_fulfil and self.pickup is not None and self.order.pickup_ready_at is None

    @property
    def can_hand_over(self) -> bool:
        return self.can_fulfil and self.pickup is not None

    @property
    def due_minor(self) -> int:
        """What is still owed; the collection knows of store credit and exchanges."""
        return self.collection.due.minor if self.collection else 0

    @property
    def can_edit(self) -> bool:
        return not self.is_cancelled

    @property
    def can_move(self) -> bool:
        """Whether the delivery address may still change."""
        return self.is_open and not self.parcels and bool(self.shipping_lines) and self.pickup is None

    @property
    def is_open(self) -> bool:
        return self.order.status == OrderStatus.OPEN

    @property
    def is_cancelled(self) -> bool:
        return self.order.status == OrderStatus.CANCELLED

    @property
    def can_confirm(self) -> bool:
        return self.is_open and not self.order.confirmed_at and self.order.payment_state == PaymentState.UNPAID

    @property
    def can_capture(self) -> bool:
        return bool(self.collection and self.collection.state == CollectionState.AUTHORISED)

    @property
    def can_mark_paid(self) -> bool:
        return not self.is_cancelled and self.collection is not None and self.collection.due.minor > 0

    @property
    def is_owed(self) -> bool:
        """Whether money is still expected: of an order that was given back nobody expects the rest."""
        return self.can_mark_paid and self.order.payment_state != PaymentState.REFUNDED

    @property
    def can_fulfil(self) -> bool:
        return not self.is_cancelled and bool(self.waiting)

    @property
    def can_split(self) -> bool:
        """Whether units may go into an order of their own; the service says what else stands against it."""
        movable = sum(row.quantity for row in (*self.waiting, *self.not_sent))
        return self.is_open and self.order.payment_state not in UNDIVIDED and (movable > 1 or bool(self.parcels))

    @property
    def can_merge(self) -> bool:
        return not own_problem(self.order) and self.buyer.open_orders > 1

    @property
    def may_ship_now(self) -> bool:
        return self.order.payment_state in MAY_SHIP or bool(self.order.confirmed_at)

    @property
    def may_split(self) -> bool:
        """Whether what waits can leave in several parcels."""
        return sum(row.quantity for row in self.waiting) > 1

    @property
    def can_cancel(self) -> bool:
        return not self.is_cancelled and not self.parcels

    @property
    def likeliest(self) -> str:
        """The verb that most probably comes next: it is the solid button."""
        if self.can_hand_over and self.order.pickup_ready_at:
            return "collect"
        if self.can_fulfil and self.may_ship_now:
            return "ready" if self.pickup else "fulfil"
        if self.can_confirm and self.settles_on_delivery:
            return "confirm"
        if self.can_capture:
            return "capture"
        if self.is_owed:
            return "pay"
        return ("ready" if self.pickup else "fulfil") if self.can_fulfil else ""


def _written(data: dict[str, Any] | None) -> tuple[str, ...]:
    if not data:
        return ()
    try:
        return personal.lines(tuple(on_label(Address.from_json(data))))
    except InvalidAddress:
        return tuple(str(value) for value in data.values() if value)


def picture_of(image: Mapping[str, Any] | None) -> str:
    """Return the address of a line's picture, small; nothing if it has none."""
    view = from_json(image)
    return source(view, 160) if view else ""


def _sums(order: Order, items: str) -> tuple[SumRow, ...]:
    rows = [SumRow("subtotal", gettext("Subtotal"), items, order.subtotal_minor)]
    for entry in order.quote.get("adjustments", []):
        if entry.get("kind") == "discount" and entry.get("applied"):
            rows.append(SumRow("discount", entry["label"], entry.get("why", ""), entry["amount"]))
    if order.discount_minor and len(rows) == 1:
        rows.append(SumRow("discount", gettext("Discount"), "", -order.discount_minor))
    why = next(
        (entry.get("why", "") for entry in order.quote.get("adjustments", []) if entry["kind"] == "shipping"), ""
    )
    rows.append(
        SumRow(
            "shipping",
            gettext("Shipping cost"),
            " · ".join(filter(None, [order.shipping_method_name, why])),
            order.shipping_minor,
        )
    )
    for tax in order.quote.get("taxes", []):
        percent = f"{float(tax['rate']) * 100:g}%"
        label = gettext("Of which tax") if order.prices_include_tax else gettext("Tax")
        rows.append(SumRow("tax", label, f"{tax['name']} {percent}", tax["tax"]))
    rows.append(SumRow("total", gettext("Total"), "", order.total_minor))
    return tuple(rows)


def order_on_page(order_id: int, language: str) -> OrderOnPage:
    """Return the order for its page. NotFound."""
    order = order_detail(order_id)
    lines = list(order.lines.all())
    on_page = {line.pk: LineOnPage(line, picture_of(line.image), line.quantity) for line in lines}
    waiting = tuple(
        LineOnPage(line, on_page[line.pk].image, line.to_ship)
        for line in lines
        if line.requires_shipping and line.to_ship > 0
    )
    not_sent = tuple(on_page[line.pk] for line in lines if not line.requires_shipping)
    parcels = tuple(
        ParcelOnPage(
            parcel,
            tuple(
                LineOnPage(on_page[row.order_line_id].line, on_page[row.order_line_id].image, row.quantity)
                for row in parcel.lines.all()
            ),
        )
        for parcel in order.fulfilments.all()
    )
    count = sum(line.quantity for line in lines if not line.is_charge)
    items = ngettext("%(count)s item", "%(count)s items", count) % {"count": count}
    entries = timeline(order_id)
    written = messages_of(order_id)
    names = actor_names([*(entry.actor for entry in entries), *(row.actor for row in written)])
    history = [line for entry in entries if (line := history_line(entry, names.get(entry.actor, entry.actor)))]
    mails = tuple(outbox(reference=order.reference))
    history += [_message(order, row, names) for row in written]
    market = market_by_code(order.market_code)
    collection = collection_view(order.payment_collection_id) if order.payment_collection_id else None
    # Who paid another way than they chose at first.
    method_code = (collection.method_code if collection else "") or order.payment_method_code
    paying = method(code=method_code, language=language) if method_code else None
    refunds = refunds_of(order_id)
    if refunds:
        prefetch_related_objects(refunds, "lines__order_line", "payments__payment_refund")
    kept = collection.captured.minor + order.offset_minor - order.total_minor if collection else 0
    promised = order.refunded_minor - order.offset_minor
    returns = returns_of(order_id)
    return OrderOnPage(
        order=order,
        waiting=waiting,
        not_sent=not_sent,
        parcels=parcels,
        sums=_sums(order, items),
        collection=collection,
        payments=payment_history(order.payment_collection_id) if order.payment_collection_id else None,
        method_name=paying.name if paying else own_money_words(method_code),
        settles_on_delivery=bool(paying and paying.settles_on_delivery),
        history=_with_mails(history, mails),
        mails=mails,
        buyer=_buyer(order),
        shipping_lines=_written(order.shipping_address),
        billing_lines=_written(order.billing_address),
        market_name=market.name if market else order.market_code,
        refunds=tuple(refunds),
        returns=tuple(returns),
        too_much_minor=max(0, kept) if order.status != OrderStatus.CANCELLED else 0,
        may_refund=bool(
            collection and collection.captured.minor > promised and order.refunded_minor < order.total_minor
        ),
        can_return=order.status != OrderStatus.CANCELLED and _units_may_return(order, returns),
        documents=tuple(documents_of(order_id)),
        pickup=pickup_place(order.pickup_location_id) if order.pickup_location_id else None,
    )


def _units_may_return(order: Order, returns: Sequence[OrderReturn]) -> bool:
    """Whether units were sent that are not on their way back; asks only where some are."""
    if not returns:
        return any(line.fulfilled_quantity for line in order.lines.all())
    return bool(returnable(order))


def _message(order: Order, row: OrderMessage, names: Mapping[str, str]) -> HistoryLine:
    if row.from_shopper:
        who = order.customer_name or order.email or gettext("The shopper")
        return HistoryLine(gettext("Message from the shopper"), who, row.created_at, row.text, "bad", None, (), True)
    return HistoryLine(gettext("Message to the shopper"), names.get(row.actor, row.actor), row.created_at, row.text)


def _with_mails(history: list[HistoryLine], mails: Sequence[MailView]) -> tuple[HistoryLine, ...]:
    lines = list(history)
    for mail in mails:
        words = gettext("Mail “%(subject)s” to %(to)s: %(state)s") % {
            "subject": mail.subject or mail.label,
            "to": mail.to,
            "state": MailState(mail.state).label,
        }
        look = "bad" if mail.state == "failed" else ""
        lines.append(HistoryLine(words, "", mail.created_at, "", look, mail.id))
    return tuple(sorted(lines, key=lambda line: line.happened_at, reverse=True))


def _buyer(order: Order) -> BuyerFacts:
    if order.customer_id is None:
        return BuyerFacts(1, 0)
    found = Order.objects.filter(customer_id=order.customer_id).aggregate(
        orders=Count("pk", filter=Q(merged_into__isnull=True)),
        waiting=Count("pk", filter=Q(status=OrderStatus.OPEN)),
        paid=Sum(
            F("total_minor") - F("refunded_minor"),
            filter=Q(currency=order.currency, paid_at__isnull=False) & ~Q(status=OrderStatus.CANCELLED),
        ),
    )
    return BuyerFacts(found["orders"], found["paid"] or 0, found["waiting"])


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """An order on paper: `waiting` is still to be packed, `sent` everything that goes into parcels at all."""

    order: Order
    lines: tuple[LineOnPage, ...]
    sent: tuple[LineOnPage, ...]
    waiting: tuple[LineOnPage, ...]
    shipping_lines: tuple[str, ...]
    billing_lines: tuple[str, ...]
    sums: tuple[SumRow, ...]
    pickup: PickupPlace | None = None


def orders_to_print(order_ids: Sequence[int]) -> list[PrintOrder]:
    """Return the orders with their lines, in the given order (two queries); unknown ones are left out.

    The rows of the sum are in the language of the shopper, who will read them.
    """
    found = {order.pk: order for order in Order.objects.filter(pk__in=order_ids).prefetch_related("lines")}
    result = []
    for pk in order_ids:
        order = found.get(pk)
        if order is None:
            continue
        lines = [LineOnPage(line, "", line.quantity) for line in order.lines.all()]
        waiting = tuple(
            LineOnPage(row.line, "", row.line.to_ship)
            for row in lines
            if row.line.requires_shipping and row.line.to_ship > 0
        )
        with translation.override(order.language):
            sums = _sums(order, "")
            pickup = pickup_place(order.pickup_location_id) if order.pickup_location_id else None
        result.append(
            PrintOrder(
                order=order,
                lines=tuple(lines),
                sent=tuple(row for row in lines if row.line.requires_shipping),
                waiting=waiting,
                shipping_lines=_written(order.shipping_address),
                billing_lines=_written(order.billing_address or order.shipping_address),
                sums=sums,
                pickup=pickup,
            )
        )
    return result


@dataclass(frozen=True, slots=True)
class ShipRow:
    """An order as the bulk dialog lists it: how many units are left, and which lines they are."""

    id: int
    number: str
    customer_name: str
    units: int
    lines: tuple[tuple[int, int], ...]


def orders_to_ship(order_ids: Sequence[int]) -> list[ShipRow]:
    """Return those of the orders that have something left to ship (two queries)."""
    left: dict[int, list[tuple[int, int]]] = {}
    for line in OrderLine.objects.filter(order_id__in=order_ids, requires_shipping=True):
        if line.to_ship > 0:
            left.setdefault(line.order_id, []).append((line.pk, line.to_ship))
    found = (
        Order.objects.filter(pk__in=list(left))
        .exclude(fulfilment_state=FulfilmentState.NOT_NEEDED)
        .exclude(status=OrderStatus.CANCELLED)
    )
    return [
        ShipRow(
            order.pk,
            order.number or "",
            order.customer_name,
            sum(units for _, units in left[order.pk]),
            tuple(left[order.pk]),
        )
        for order in found.order_by("placed_at", "pk")
    ]


def carriers_in_use(parcels: int = 60) -> set[str]:
    """Return the carriers of the latest parcels (one query)."""
    latest = Fulfilment.objects.exclude(carrier="").order_by("-pk").values_list("carrier", flat=True)
    return set(latest[:parcels])
