"""The list of orders, and what can be done with several of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.ids import new_token
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders import selectors as reads
from duli.commerce.orders.services import fulfil
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState
from duli.commerce.orders.types import FulfilLine, OrderFilter, OrderRow
from duli.commerce.shipping.carriers import CARRIERS
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store, markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Amount, Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import IdList, Line
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
from duli.web.backoffice.order_words import fulfilment_pill, payment_pill
from duli.web.backoffice.selectors.orders import orders_to_print, orders_to_ship
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("to_ship", _("To ship")),
    View("unpaid", _("Unpaid")),
    View("on_the_way", _("On the way")),
    View("review", _("Needs a look")),
    View("cancelled", _("Cancelled")),
)
MOST_PRINTED = 100


def _filters() -> tuple[Filter, ...]:
    return (
        Filter("placed", _("Date"), kind="days"),
        Filter("payment", _("Payment"), [(value, label) for value, label in PaymentState.choices]),
        Filter("fulfilment", _("Fulfilment"), [(value, label) for value, label in FulfilmentState.choices]),
        Filter("status", _("Status"), [(value, label) for value, label in OrderStatus.choices]),
        Filter("market", _("Market"), [(market.code, market.name) for market in markets()]),
    )


def _wanted(state: ListState) -> OrderFilter:
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
    return OrderFilter(
        query=state.query,
        statuses=status,
        payment_states=payment,
        fulfilment_states=fulfilment,
        market_codes=state.many("market"),
        placed_from=state.day("placed_from"),
        placed_to=state.day("placed_to"),
        to_ship=state.view == "to_ship",
    )


def _items(row: OrderRow) -> str:
    count = ngettext("%(count)s item", "%(count)s items", row.item_count) % {"count": row.item_count}
    return f"{count} · {row.first_title}"


def _shipping(row: OrderRow) -> Pill:
    return fulfilment_pill(row.fulfilment_state, row.status, row.payment_state)


def order_columns(*, customer: bool = True) -> list[Column[OrderRow]]:
    """The columns of every list of orders; on a customer's own page without the customer."""
    columns: list[Column[OrderRow]] = [
        Column(_("Order"), lambda row: Link(f"#{row.number}", reverse("backoffice:order", args=[row.id]))),
        Column(_("Time"), lambda row: When(row.placed_at), phone="end"),
        Column(_("Customer"), lambda row: Text(row.customer_name or row.email or row.phone)),
        Column(_("Amount"), lambda row: Amount(row.total), align="end", phone="end"),
        Column(_("Payment"), lambda row: Pills([payment_pill(row.payment_state)])),
        Column(_("Fulfilment"), lambda row: Pills([_shipping(row)]), phone="end"),
        Column(_("Items"), lambda row: Text(_items(row), muted=True, clip=True), phone="hidden"),
    ]
    if not customer:
        del columns[2]
    return columns


def _bulk(may_fulfil: bool) -> list[BulkVerb]:
    verbs = [
        BulkVerb(_("Print packing slips"), reverse("backoffice:orders_slips"), opens_page=True),
        BulkVerb(_("Print invoices"), reverse("backoffice:orders_invoices"), opens_page=True),
    ]
    if may_fulfil:
        verbs.insert(0, BulkVerb(_("Fulfil"), reverse("backoffice:orders_fulfil")))
    return verbs


@screen("orders.view", methods=("GET", "HEAD"))
def order_list(request: HttpRequest) -> HttpResponse:
    filters = _filters()
    state = ListState(request, views=VIEWS, filters=filters)
    page = reads.order_list(_wanted(state), after=state.after)
    listing = ResourceList(
        state,
        rows=page.rows,
        columns=order_columns(),
        key=lambda row: row.id,
        label=lambda row: f"#{row.number}",
        after=page.after,
        views=VIEWS,
        filters=filters,
        bulk=_bulk(allowed(request.user, "orders.fulfil")),
        search=_("Search by number, name, e-mail, phone, SKU or tracking number"),
        caption=_("Orders"),
        empty=_empty(state.view),
    )
    here = {"to_ship": "orders.to_ship", "unpaid": "orders.unpaid"}.get(state.view, "orders.all")
    context: dict[str, object] = {"here": here, "list": listing}
    if not wants_list_only(request):
        context["numbers"] = reads.home_numbers(days=8)
    return list_response(request, "backoffice/orders/list.html", context)


def _empty(view: str) -> Empty:
    if view == "to_ship":
        return Empty(
            _("Everything is shipped"), _("Paid orders that wait for their parcel appear here."), "package-check"
        )
    if view == "unpaid":
        return Empty(_("Nobody owes you anything"), _("Orders that are not paid yet appear here."), "wallet")
    if view != "all":
        return Empty(_("Nothing here"), _("No order is in this state."), "receipt-text")
    return Empty(
        _("Your orders will be here"),
        _("Each order shows what to do next. Place a first one yourself in the store to see how it goes."),
        "receipt-text",
        _("Open the store"),
        "/",
    )


class BulkFulfilForm(forms.Form):
    id = IdList(limit=100)
    location = forms.TypedChoiceField(label=_("Ships from"), coerce=int)
    carrier = forms.ChoiceField(label=_("Carrier"), required=False)
    idempotency_key = Line(max_length=40, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(place.pk, place.name) for place in locations()]  # type: ignore[attr-defined]
        self.fields["carrier"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose later")),
            *((entry.code, entry.name) for entry in CARRIERS),
        ]


def _ids(data: Any) -> list[int]:
    given = [text for text in data.getlist("id") if text.isascii() and text.isdigit() and len(text) < 19]
    return [int(text) for text in dict.fromkeys(given)][:MOST_PRINTED]


@screen("orders.view", write="orders.fulfil")
def orders_fulfil(request: HttpRequest) -> HttpResponse:
    """Send everything that is left of several orders, one parcel each."""
    require(request.user, "orders.fulfil")
    ids = _ids(request.POST if request.method == "POST" else request.GET)
    rows = orders_to_ship(ids)
    dialog = Dialog(
        title=ngettext("Fulfil %(count)s order", "Fulfil %(count)s orders", len(rows)) % {"count": len(rows)},
        consequence=_(
            "Everything that is left of each order goes into one parcel, leaves the stock, and the shoppers are told. "
            "Tracking numbers can be added on each order."
        ),
        submit=_("Fulfil"),
        back=reverse("backoffice:orders") + "?view=to_ship",
        template="backoffice/orders/bulk_fulfil.html",
    )
    initial = {"id": [row.id for row in rows], "idempotency_key": new_token()}
    form = BulkFulfilForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        done, refused = 0, []
        for row in rows:
            try:
                fulfil(
                    order_id=row.id,
                    lines=[FulfilLine(pk, units) for pk, units in row.lines],
                    location_id=values["location"],
                    carrier=values["carrier"],
                    idempotency_key=f"{values['idempotency_key']}:{row.id}",
                    actor=actor_of(request),
                )
                done += 1
            except DuliError as error:
                refused.append(f"#{row.number}: {sentence(error)}")
        words = ngettext("%(count)s order shipped.", "%(count)s orders shipped.", done) % {"count": done}
        return Done(" ".join([words, *refused[:5]]))

    return run_verb(request, dialog, form, act, {"rows": rows, "here": "orders.to_ship"})


@screen("orders.view", methods=("GET", "HEAD"))
def orders_print(request: HttpRequest, kind: str) -> HttpResponse:
    """Packing slips or invoices of the chosen orders, a page each, in the language each shopper reads."""
    orders = orders_to_print(_ids(request.GET))
    if not orders:
        raise NotFound()
    sheets = []
    for entry in orders:
        with translation.override(entry.order.language):
            sheets.append(
                {
                    "entry": entry,
                    "language": entry.order.language,
                    "store": current_store(entry.order.language),
                    "paid": entry.order.payment_state == PaymentState.PAID,
                }
            )
    title = gettext("Packing slips") if kind == "slips" else gettext("Invoices")
    return render(request, "backoffice/orders/print.html", {"sheets": sheets, "kind": kind, "title": title})
