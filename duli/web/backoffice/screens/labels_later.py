"""Labels for what is packed already, and for goods that come back: the box, the prices, one press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound
from duli.commerce.orders.models import Fulfilment, OrderReturn
from duli.commerce.orders.services import (
    buy_parcel_label,
    buy_return_label,
    parcel_label_offers,
    return_label_offers,
    usual_parcel,
)
from duli.commerce.orders.types import FulfilLine
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.types import LabelOffers
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, note_error, run_verb, show_dialog
from duli.web.backoffice.screens.labels import BoxForm, PriceForm, first_choice, measures_of, prices_of


class BoxPriceForm(PriceForm, BoxForm):
    """The price of a box whose content is known."""


@dataclass(frozen=True, slots=True)
class _Way:
    """What a label is bought for: its words and its verbs."""

    title: str
    back: str
    here: str
    submit: str | Promise
    note: str | Promise
    initial: dict[str, Any]
    offers: Callable[[int, Package], LabelOffers]
    buy: Callable[[dict[str, Any]], str]
    place: str | Promise = ""


def _box(order_id: int, lines: list[FulfilLine]) -> dict[str, Any]:
    try:
        return measures_of(usual_parcel(order_id=order_id, lines=lines))
    except DuliError:
        return {}


@screen("orders.view", write="orders.fulfil")
def parcel_label(request: HttpRequest, parcel_id: int) -> HttpResponse:
    """Buy the label of a parcel that was packed without a number."""
    require(request.user, "orders.fulfil")
    parcel = Fulfilment.objects.select_related("order").filter(pk=parcel_id).first()
    if parcel is None:
        raise NotFound()
    lines = [FulfilLine(line.order_line_id, line.quantity) for line in parcel.lines.all()]

    def buy(values: dict[str, Any]) -> str:
        buy_parcel_label(fulfilment_id=parcel_id, actor=actor_of(request), **values)
        return gettext("The label is bought; the parcel has its number")

    way = _Way(
        title=gettext("Buy a label for a parcel of #%(number)s") % {"number": parcel.order.number},
        back=reverse("backoffice:shipment", args=[parcel_id]),
        here="orders.shipments",
        submit=_("Buy"),
        note=_("The parcel gets the number of the label, and the shopper a mail with it."),
        initial={**_box(parcel.order_id, lines), "location": parcel.location_id},
        offers=lambda place, box: parcel_label_offers(fulfilment_id=parcel_id, location_id=place, package=box),
        buy=buy,
    )
    return _walk(request, way, reverse("backoffice:parcel_label", args=[parcel_id]))


@screen("orders.view", write="orders.fulfil")
def return_label(request: HttpRequest, return_id: int) -> HttpResponse:
    """Buy the label with which goods come back; the shopper prints it."""
    require(request.user, "orders.fulfil")
    row = OrderReturn.objects.select_related("order").filter(pk=return_id).first()
    if row is None:
        raise NotFound()
    lines = [FulfilLine(line.order_line_id, line.quantity) for line in row.lines.all()]

    def buy(values: dict[str, Any]) -> str:
        buy_return_label(return_id=return_id, actor=actor_of(request), **values)
        return gettext("The label is bought; the shopper can print it")

    way = _Way(
        title=gettext("Buy a label for return %(number)s") % {"number": row.number},
        back=reverse("backoffice:return", args=[return_id]),
        here="orders.returns",
        submit=_("Buy and send to the shopper"),
        note=_(
            "The shopper gets a mail and prints the label from the page of the order. The return counts as approved."
        ),
        initial=_box(row.order_id, lines),
        offers=lambda place, box: return_label_offers(return_id=return_id, location_id=place, package=box),
        buy=buy,
        place=_("Comes back to"),
    )
    return _walk(request, way, reverse("backoffice:return_label", args=[return_id]))


def _walk(request: HttpRequest, way: _Way, address: str) -> HttpResponse:
    """First the box, then what it costs; the last press buys the label."""
    context = {"here": way.here, "box_address": address, "box_note": way.note}
    if request.method == "POST" and request.POST.get("quote_id"):
        form = BoxPriceForm(request.POST, offers=prices_of(request))

        def act(values: dict[str, Any]) -> Done:
            names = ("quote_id", "idempotency_key")
            return Done(way.buy({"offer_key": values["offer"], **{name: values[name] for name in names}}))

        return run_verb(request, _dialog(way, asks=False), form, act, context)
    box = BoxForm(request.POST if request.method == "POST" else None, initial=way.initial)
    if way.place:
        box.fields["location"].label = way.place  # type: ignore[assignment]
    if request.method != "POST":
        return show_dialog(request, _dialog(way, asks=True), box, context)
    if not box.is_valid():
        return show_dialog(request, _dialog(way, asks=True), box, context, status=422)
    try:
        asked = way.offers(box.cleaned_data["location"], box.package())
    except DuliError as error:
        note_error(box, error)
        return show_dialog(request, _dialog(way, asks=True), box, context, status=error.status)
    following: forms.Form = BoxPriceForm(initial=first_choice(box, asked), offers=asked)
    return show_dialog(request, _dialog(way, asks=False), following, context)


def _dialog(way: _Way, *, asks: bool) -> Dialog:
    return Dialog(
        title=way.title,
        submit=_("Show prices") if asks else way.submit,
        back=way.back,
        wide=True,
        template="backoffice/orders/label_box.html" if asks else "backoffice/orders/label_offers.html",
    )
