"""The list of orders."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.orders import selectors as reads
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState, ReturnState, RiskLevel
from duli.commerce.orders.types import OrderFilter, OrderRow
from duli.commerce.orders.words import market_words, payment_words, source_words
from duli.platform.accounts.permissions import allowed
from duli.platform.store.selectors import markets
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Amount, Link, Pills, Text, When
from duli.web.backoffice.kit.links import row_url
from duli.web.backoffice.kit.listing import (
    BulkVerb,
    Column,
    Empty,
    Filter,
    ListState,
    ResourceList,
    View,
    list_response,
    wants_list_only,
)
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.order_words import (
    HELD,
    country_name,
    fulfilment_pill,
    payment_pill,
    return_words,
    risk_pills,
    test_pills,
)
from duli.web.backoffice.selectors.orders import orders_to_print
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("to_ship", _("To ship")),
    View("to_fetch", _("To be fetched")),
    View("unpaid", _("Unpaid")),
    View("held", _("On hold")),
    View("on_the_way", _("On the way")),
    View("review", _("Needs a look")),
    View("risky", _("Risky")),
    View("cancelled", _("Cancelled")),
)
MOST_PRINTED = 100


def _filters() -> tuple[Filter, ...]:
    return (
        Filter("placed", _("Date"), kind="days"),
        Filter("payment", _("Payment"), [(value, label) for value, label in PaymentState.choices]),
        Filter("fulfilment", _("Fulfilment"), [(value, label) for value, label in FulfilmentState.choices]),
        Filter("return", _("Return"), [(value, label) for value, label in ReturnState.choices]),
        Filter("tag", _("Tag"), [(name, name) for name in reads.known_tags()]),
        Filter("sku", _("SKU"), kind="text"),
        Filter("status", _("Status"), [(value, label) for value, label in OrderStatus.choices]),
        Filter("market", _("Market"), [(market.code, market.name) for market in markets()]),
        Filter("country", _("Country"), [(code, country_name(code)) for code in reads.known_countries()]),
        Filter("risk", _("Risk"), [(value, label) for value, label in RiskLevel.choices if value != RiskLevel.NONE]),
    )


def wanted_by(state: ListState) -> OrderFilter:
    """Return the filter that an address of the list means."""
    payment, fulfilment, status = state.many("payment"), state.many("fulfilment"), state.many("status")
    if state.view == "unpaid" and not payment:
        payment = [PaymentState.UNPAID, PaymentState.PARTIALLY_PAID]
        status = status or [OrderStatus.OPEN]
    if state.view == "on_the_way" and not fulfilment:
        fulfilment = [FulfilmentState.FULFILLED, FulfilmentState.PARTIALLY_FULFILLED]
    if state.view == "review" and not payment:
        payment = [PaymentState.REVIEW]
    if state.view == "cancelled" and not status:
        status = [OrderStatus.CANCELLED]
    risks = state.many("risk")
    if state.view == "risky" and not risks:
        risks = [RiskLevel.MEDIUM, RiskLevel.HIGH]
    return OrderFilter(
        query=state.query,
        statuses=status,
        payment_states=payment,
        fulfilment_states=fulfilment,
        return_states=state.many("return"),
        market_codes=state.many("market"),
        countries=state.many("country"),
        tags=state.many("tag"),
        sku=state.one("sku"),
        risks=risks,
        placed_from=state.day("placed_from"),
        placed_to=state.day("placed_to"),
        to_ship=state.view == "to_ship",
        to_fetch=state.view == "to_fetch",
        held=state.view == "held",
    )


def list_state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...]]:
    """Return what the address says about the list of orders, and the filters it offers."""
    filters = _filters()
    return ListState(request, views=VIEWS, filters=filters), filters


def _items(row: OrderRow) -> str:
    count = ngettext("%(count)s item", "%(count)s items", row.item_count) % {"count": row.item_count}
    return f"{count} · {row.first_title}" if row.first_title else count


def _states(row: OrderRow) -> list[Pill]:
    pills = [fulfilment_pill(row.fulfilment_state, row.status, row.payment_state)]
    if row.is_held:
        pills.append(HELD)
    if row.pickup_ready_at and row.fulfilment_state == FulfilmentState.UNFULFILLED:
        pills.append(Pill(gettext("Lies ready"), "info", "half"))
    return [*risk_pills(row.risk), *pills, *test_pills(row.source)]


def _tags(row: OrderRow) -> Pills:
    return Pills([Pill(name, "", "bare") for name in row.tags])


def order_columns(*, customer: bool = True) -> list[Column[OrderRow]]:
    """The columns of every list of orders; on a customer's own page without the customer."""
    columns: list[Column[OrderRow]] = [
        Column(_("Order"), lambda row: Link(f"#{row.number}", row_url("order", row.id))),
        Column(_("Time"), lambda row: When(row.placed_at), phone="end", key="time"),
        Column(_("Customer"), lambda row: Text(row.customer_name or row.email or row.phone), key="customer"),
        Column(
            _("Amount"),
            lambda row: Amount(row.total),
            align="end",
            phone="end" if customer else "wide",
            key="amount",
        ),
        Column(_("Payment"), lambda row: Pills([payment_pill(row.payment_state)]), key="payment"),
        Column(_("Fulfilment"), lambda row: Pills(_states(row)), phone="end", key="fulfilment"),
        Column(_("Items"), lambda row: Text(_items(row), muted=True, clip=True), phone="hidden", key="items"),
        Column(_("Tags"), _tags, phone="wide", key="tags", extra=True),
        Column(_("Return"), lambda row: Text(return_words(row.return_state)), key="return", extra=True),
        Column(_("Country"), lambda row: Text(country_name(row.country)), key="country", extra=True),
        Column(_("Market"), lambda row: Text(market_words(row.market_code)), key="market", extra=True),
        Column(_("E-mail"), lambda row: Text(row.email, clip=True), key="email", extra=True),
        Column(_("Phone"), lambda row: Text(row.phone), key="phone", extra=True),
        Column(_("Shipping method"), lambda row: Text(row.shipping_method), key="shipping", extra=True),
        Column(_("Payment method"), lambda row: Text(payment_words(row.payment_method)), key="method", extra=True),
        Column(_("Paid at"), lambda row: When(row.paid_at), key="paid", extra=True),
        Column(_("Expires"), lambda row: When(row.expires_at), key="expires", extra=True),
        Column(_("Reminded"), lambda row: When(row.reminded_at), key="reminded", extra=True),
        Column(_("Source"), lambda row: Text(source_words(row.source)), key="source", extra=True),
    ]
    return columns if customer else [column for column in columns if column.key != "customer" and not column.extra]


ORDERS = arranged.register(ListPlace("orders", "orders", "orders.view", order_columns))


def _bulk(request: HttpRequest) -> list[BulkVerb]:
    may = partial(allowed, request.user)
    verbs = [
        (may("orders.fulfil"), BulkVerb(_("Fulfil"), reverse("backoffice:orders_fulfil"))),
        (True, BulkVerb(_("Packing slips"), reverse("backoffice:orders_slips"), opens_page=True)),
        (may("orders.manage"), BulkVerb(_("Tags…"), reverse("backoffice:orders_tag"))),
        (True, BulkVerb(_("Pick list"), reverse("backoffice:orders_pick"), opens_page=True, more=True)),
        (may("orders.manage"), BulkVerb(_("Issue invoices…"), reverse("backoffice:orders_issue"), more=True)),
        (may("orders.export"), BulkVerb(_("Export…"), reverse("backoffice:orders_export"), more=True)),
        (may("orders.payments"), BulkVerb(_("Capture…"), reverse("backoffice:orders_capture"), more=True)),
        (may("orders.cancel"), BulkVerb(_("Cancel…"), reverse("backoffice:orders_cancel"), more=True, danger=True)),
    ]
    return [verb for granted, verb in verbs if granted]


def _peek(row: OrderRow) -> str:
    return row_url("order_peek", row.id)


@screen("orders.view", methods=("GET", "HEAD"))
def order_list(request: HttpRequest) -> HttpResponse:
    state, filters = list_state(request)
    page = reads.order_list(wanted_by(state), after=state.after)
    listing = ResourceList(
        state,
        rows=page.rows,
        columns=order_columns(),
        key=lambda row: row.id,
        label=lambda row: f"#{row.number}",
        after=page.after,
        views=VIEWS,
        filters=filters,
        bulk=_bulk(request),
        search=_("Search by number, name, e-mail, phone, SKU or tracking number"),
        caption=_("Orders"),
        empty=_empty(state.view),
        arranged=arranged_for(request, ORDERS.key),
        peek=_peek,
    )
    here = {"to_ship": "orders.to_ship", "unpaid": "orders.unpaid"}.get(state.view, "orders.all")
    context: dict[str, object] = {"here": here, "list": listing, "may_export": allowed(request.user, "orders.export")}
    # Who looks for something does not look at the day's numbers.
    is_looking = state.query or state.one("sku")
    if not wants_list_only(request) and not is_looking:
        context["numbers"] = reads.list_numbers()
        context["most_counted"] = reads.MOST_COUNTED
    return list_response(request, "backoffice/orders/list.html", context)


@screen("orders.view", methods=("GET", "HEAD"))
def order_peek(request: HttpRequest, order_id: int) -> HttpResponse:
    """The lines of an order as a row below it in the list."""
    entry = next(iter(orders_to_print([order_id])), None)
    if entry is None:
        raise NotFound()
    return render(request, "backoffice/kit/order_peek.html", {"entry": entry, "order": entry.order})


def _empty(view: str) -> Empty:
    if view == "to_ship":
        return Empty(
            _("Everything is shipped"), _("Paid orders that wait for their parcel appear here."), "package-check"
        )
    if view == "to_fetch":
        return Empty(
            _("Nobody comes to fetch anything"),
            _("Orders for a place of yours appear here until they are handed over."),
            "map-pin",
        )
    if view == "unpaid":
        return Empty(_("Nobody owes you anything"), _("Orders that are not paid yet appear here."), "wallet")
    if view == "held":
        return Empty(
            _("Nothing is on hold"),
            _("Put an order on hold, and it is not shipped until somebody releases it."),
            "clock",
        )
    if view == "risky":
        return Empty(
            _("No order looks risky"), _("Orders that a rule finds odd appear here, with its reasons."), "shield"
        )
    if view != "all":
        return Empty(_("Nothing here"), _("No order is in this state."), "receipt-text")
    return Empty(
        _("Your orders will be here"),
        _("Each order shows what to do next. Place a first one yourself in the store to see how it goes."),
        "receipt-text",
        _("Open the store"),
        "/",
    )
