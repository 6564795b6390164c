"""Orders on paper: packing slips, and the list by which goods are fetched from the shelves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext

from duli.base.errors import NotFound
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import screen
from duli.web.backoffice.screens.orders_bulk import chosen
from duli.web.backoffice.selectors.order_papers import pick_list
from duli.web.backoffice.selectors.orders import orders_to_print
from duli.web.backoffice.shell import render


@screen("orders.view", methods=("GET", "HEAD"), personal=True)
def orders_slips(request: HttpRequest) -> HttpResponse:
    """Packing slips of the chosen orders, a page each, in the language each shopper reads."""
    orders = orders_to_print(chosen(request))
    if not orders:
        raise NotFound()
    sheets = []
    for entry in orders:
        with translation.override(entry.order.language):
            store = current_store(entry.order.language)
            sheets.append({"entry": entry, "language": entry.order.language, "store": store})
    return render(request, "backoffice/orders/print.html", {"sheets": sheets, "title": gettext("Packing slips")})


@screen("orders.view", methods=("GET", "HEAD"))
def orders_pick(request: HttpRequest) -> HttpResponse:
    """What is to be fetched for the chosen orders, location by location, in the order of the SKUs."""
    shelves = pick_list(chosen(request))
    if not shelves:
        raise NotFound()
    return render(request, "backoffice/orders/pick.html", {"shelves": shelves, "title": gettext("Pick list")})
