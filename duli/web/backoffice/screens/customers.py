"""Customers: a list, and one page each with what they bought."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.selectors import orders_of_customer
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.cells import Amount, Link, Number, Pills, Text, When
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.screens.orders import order_columns
from duli.web.backoffice.selectors import customers as reads
from duli.web.backoffice.selectors.customers import CustomerRow
from duli.web.backoffice.shell import render

COLUMNS: list[Column[CustomerRow]] = [
    Column(_("Customer"), lambda row: Link(row.name, reverse("backoffice:customer", args=[row.id]))),
    Column(_("Contact"), lambda row: Text(row.contact, muted=True), phone="wide"),
    Column(
        _("Account"),
        lambda row: Pills([Pill(_("Account"), "info", "full") if row.has_account else Pill(_("Guest"))]),
        phone="hidden",
    ),
    Column(_("Orders"), lambda row: Number(row.orders), align="end", phone="hidden"),
    Column(_("Paid"), lambda row: Amount(row.paid), align="end", phone="end"),
    Column(_("Last order"), lambda row: When(row.last_order_at), phone="hidden"),
    Column(_("Customer since"), lambda row: When(row.created_at), phone="hidden"),
]


@screen("customers.view", methods=("GET", "HEAD"))
def customer_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request)
    rows, after = reads.customer_page(state.query, after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.id,
        label=lambda row: row.name,
        after=after,
        search=_("Search by name, e-mail or phone"),
        caption=_("Customers"),
        empty=Empty(
            _("Your customers will be here"),
            _("Everybody who orders appears here, with or without an account."),
            "users-round",
        ),
    )
    return list_response(request, "backoffice/customers/list.html", {"here": "customers", "list": listing})


@screen("customers.view", methods=("GET", "HEAD"))
def customer_page(request: HttpRequest, customer_id: int) -> HttpResponse:
    page = reads.customer_on_page(customer_id)
    context: dict[str, object] = {"here": "customers", "page": page, "customer": page.customer}
    if allowed(request.user, "orders.view"):
        state = ListState(request)
        found = orders_of_customer(customer_id, after=state.after)
        context["list"] = ResourceList(
            state,
            rows=found.rows,
            columns=order_columns(customer=False),
            key=lambda row: row.id,
            label=lambda row: f"#{row.number}",
            after=found.after,
            caption=_("Orders"),
            empty=Empty(_("No orders yet"), _("This customer has not ordered anything."), "receipt-text"),
        )
    if "list" in context:
        return list_response(request, "backoffice/customers/detail.html", context)
    return render(request, "backoffice/customers/detail.html", context)
