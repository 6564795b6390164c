"""Parcels: those with a problem first, and each with all that its carrier told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.services.tracking import reference_of
from duli.commerce.shipping.carriers import CARRIERS
from duli.commerce.shipping.configuration import provider_for, provider_name
from duli.commerce.shipping.labels import can_buy_labels, labels_of
from duli.commerce.shipping.states import ParcelProgress
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Amount, Link, Number, Pills, Text, When
from duli.web.backoffice.kit.listing import (
    BulkVerb,
    Column,
    Empty,
    Filter,
    ListState,
    ResourceList,
    View,
    list_response,
)
from duli.web.backoffice.order_words import carrier_name, country_name, shipment_pill
from duli.web.backoffice.screens.order import back_to
from duli.web.backoffice.selectors.shipments import (
    ShipmentRow,
    attention_count,
    shipment_on_page,
    shipment_rows,
    shown_state,
)
from duli.web.backoffice.shell import render

ATTENTION = View("attention", _("Needs attention"))
VIEWS = (
    View("under_way", _("Under way")),
    View("untold", _("Not seen yet")),
    View("delivered", _("Delivered")),
    View("all", _("All")),
)
PAGE = 50


def _views() -> tuple[View, ...]:
    """What needs somebody comes first, while there is any."""
    return (ATTENTION, *VIEWS) if attention_count() else (VIEWS[0], ATTENTION, *VIEWS[1:])


def _columns() -> list[Column[ShipmentRow]]:
    return [
        Column(_("Parcel"), lambda row: Link(row.number or "—", reverse("backoffice:shipment", args=[row.id]))),
        Column(
            _("Order"), lambda row: Link(f"#{row.order_number}", back_to(row.order_id)), phone="hidden", key="order"
        ),
        Column(_("State"), lambda row: Pills([shipment_pill(row.state)]), phone="end", key="state"),
        Column(_("Carrier"), lambda row: Text(carrier_name(row.carrier)), phone="wide", key="carrier"),
        Column(_("Latest news"), lambda row: Text(row.latest or row.problem, muted=True), phone="wide", key="latest"),
        Column(_("News from"), lambda row: When(row.last_event_at), phone="hidden", key="news"),
        Column(_("Customer"), lambda row: Text(row.customer_name), phone="hidden", key="customer"),
        Column(_("Sent"), lambda row: When(row.shipped_at), phone="hidden", key="shipped"),
        Column(_("Country"), lambda row: Text(country_name(row.country)), key="country", extra=True),
        Column(_("Items"), lambda row: Number(row.units), align="end", key="items", extra=True),
        Column(
            _("Label"),
            lambda row: Amount(row.label_cost) if row.label_cost else Text(""),
            align="end",
            key="label",
            extra=True,
        ),
    ]


def _state(request: HttpRequest) -> tuple[ListState, tuple[View, ...], tuple[Filter, ...]]:
    filters = (
        Filter("shipped", _("Sent"), kind="days"),
        Filter("state", _("State"), list(ParcelProgress.choices)),
        Filter("carrier", _("Carrier"), [(entry.code, entry.name) for entry in CARRIERS]),
    )
    views = _views()
    return ListState(request, views=views, filters=filters), views, filters


def _rows(state: ListState, after: str, limit: int = PAGE) -> tuple[list[ShipmentRow], str]:
    return shipment_rows(
        view=state.view,
        query=state.query,
        carriers=state.many("carrier"),
        states=state.many("state"),
        shipped_from=state.day("shipped_from"),
        shipped_to=state.day("shipped_to"),
        after=after,
        limit=limit,
    )


SHIPMENTS = arranged.register(
    ListPlace(
        "shipments",
        "shipments",
        "orders.view",
        _columns,
        ListFile(
            "orders.export",
            lambda request: _columns(),
            lambda request, after, limit: _rows(_state(request)[0], after, limit),
        ),
    )
)


@screen("orders.view", methods=("GET", "HEAD"))
def shipment_list(request: HttpRequest) -> HttpResponse:
    state, views, filters = _state(request)
    rows, after = _rows(state, state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.id,
        label=lambda row: row.number,
        after=after,
        views=views,
        filters=filters,
        arranged=arranged_for(request, SHIPMENTS.key),
        bulk=[BulkVerb(_("Print labels"), reverse("backoffice:labels_print"), "printer", opens_page=True)]
        if allowed(request.user, "orders.fulfil") and can_buy_labels()
        else [],
        search=_("Search by tracking or order number"),
        caption=_("Shipments"),
        empty=Empty(
            _("No parcel here"),
            _("Fulfil an order, and its parcel appears here with everything its carrier tells."),
            "truck",
        ),
    )
    context = {"here": "orders.shipments", "list": listing, "may_fulfil": allowed(request.user, "orders.fulfil")}
    return list_response(request, "backoffice/shipments/list.html", context)


@screen("orders.view", methods=("GET", "HEAD"))
def shipment_page(request: HttpRequest, parcel_id: int) -> HttpResponse:
    page = shipment_on_page(parcel_id)
    context = {
        "here": "orders.shipments",
        "page": page,
        "parcel": page.parcel,
        "order": page.parcel.order,
        "progress": page.progress,
        "pill": shipment_pill(shown_state(page.parcel)),
        "sightings": [(entry, who, shipment_pill(entry.state)) for entry, who in page.sightings],
        "provider": provider_name(page.progress.provider) if page.progress else "",
        "carrier": carrier_name(page.parcel.carrier),
        "label": next(reversed(labels_of([reference_of(parcel_id)])), None),
        "may_fulfil": allowed(request.user, "orders.fulfil"),
        "can_buy_label": can_buy_labels() and not page.parcel.tracking_number and page.parcel.state != "delivered",
        "can_ask": page.progress is not None and (page.progress.provider or provider_for(page.parcel.carrier)),
    }
    return render(request, "backoffice/shipments/detail.html", context)
