"""Returns as the back office shows them: a list, and one with everything around it, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from duli.base.errors import NotFound
from duli.commerce.orders.models import Order, OrderRefund, OrderReturn, ReturnLine, ReturnPhoto
from duli.commerce.orders.selectors import timeline
from duli.commerce.orders.states import RETURN_OPEN
from duli.platform.store.days import day_begins, day_ends
from duli.web.backoffice.kit.cursors import page
from duli.web.backoffice.order_words import HistoryLine, history_line
from duli.web.backoffice.selectors.orders import picture_of
from duli.web.backoffice.selectors.people import actor_names

VIEWS: dict[str, Sequence[str]] = {
    "open": RETURN_OPEN,
    "requested": ("requested",),
    "approved": ("approved",),
    "received": ("received", "inspected"),
    "completed": ("completed",),
    "all": (),
}


@dataclass(frozen=True, slots=True)
class ReturnRow:
    id: int
    number: str
    kind: str
    state: str
    outcome: str
    order_id: int
    order_number: str
    customer_name: str
    units: int
    requested_at: datetime


def return_rows(
    *,
    view: str,
    query: str,
    after: str,
    requested_from: date | None = None,
    requested_to: date | None = None,
    kinds: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    limit: int = 50,
) -> tuple[list[ReturnRow], str]:
    """Return a page of returns, newest first, and the next cursor (two queries).

    Days are the store's, both included.
    """
    rows = OrderReturn.objects.select_related("order")
    states = VIEWS.get(view, ())
    if states:
        rows = rows.filter(state__in=states)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    if requested_from:
        rows = rows.filter(requested_at__gte=day_begins(requested_from))
    if requested_to:
        rows = rows.filter(requested_at__lt=day_ends(requested_to))
    text = query.strip().lstrip("#")
    if text:
        rows = rows.filter(number__iexact=text) | rows.filter(order__number__iexact=text)
    found, following = page(rows, order="-requested_at", after=after, limit=limit)
    sums = ReturnLine.objects.filter(order_return__in=[row.pk for row in found]).order_by()
    units = dict(sums.values_list("order_return").annotate(units=Sum("quantity")))
    return [
        ReturnRow(
            id=row.pk,
            number=row.number or "",
            kind=row.kind,
            state=row.state,
            outcome=row.outcome,
            order_id=row.order_id,
            order_number=row.order.number or "",
            customer_name=row.order.customer_name or row.order.email,
            units=units.get(row.pk, 0),
            requested_at=row.requested_at,
        )
        for row in found
    ], following


@dataclass(frozen=True, slots=True)
class ReturnOnPage:
    row: OrderReturn
    order: Order
    pictured: Sequence[tuple[ReturnLine, str]]
    """Each line with the address of its small picture."""
    photo_ids: Sequence[int]
    refunds: Sequence[OrderRefund]
    history: Sequence[HistoryLine]

    @property
    def lines(self) -> list[ReturnLine]:
        return [line for line, _picture in self.pictured]


def return_on_page(return_id: int) -> ReturnOnPage:
    """Return a return with its lines, photos, refunds and what happened to it, newest first. NotFound."""
    row = OrderReturn.objects.select_related("order").filter(pk=return_id).first()
    if row is None:
        raise NotFound()
    moves = [entry for entry in timeline(row.order_id) if entry.data.get("return_id") == return_id]
    names = actor_names(entry.actor for entry in moves)
    lines = [history_line(entry, names.get(entry.actor, entry.actor)) for entry in moves]
    goods = list(row.lines.select_related("order_line"))
    return ReturnOnPage(
        row,
        row.order,
        [(line, picture_of(line.order_line.image)) for line in goods],
        list(row.photos.values_list("pk", flat=True)),
        list(row.refunds.all()),
        [line for line in lines if line],
    )


def photo(return_id: int, photo_id: int) -> ReturnPhoto:
    """Return a picture of this return. NotFound."""
    found = ReturnPhoto.objects.select_related("file").filter(order_return_id=return_id, pk=photo_id).first()
    if found is None:
        raise NotFound()
    return found
