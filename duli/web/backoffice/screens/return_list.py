"""The list of returns."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.states import ReturnKind, ReturnOutcome
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text, When
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, View, list_response
from duli.web.backoffice.screens.order import back_to
from duli.web.backoffice.screens.returns import return_pill
from duli.web.backoffice.selectors.returns import ReturnRow, return_rows

VIEWS = (
    View("open", _("Open")),
    View("requested", _("To decide")),
    View("approved", _("On their way")),
    View("received", _("To inspect")),
    View("completed", _("Completed")),
    View("all", _("All")),
)
PAGE = 50


def _columns() -> list[Column[ReturnRow]]:
    return [
        Column(_("Return"), lambda row: Link(row.number, reverse("backoffice:return", args=[row.id]))),
        Column(
            _("Order"), lambda row: Link(f"#{row.order_number}", back_to(row.order_id)), phone="hidden", key="order"
        ),
        Column(_("Kind"), lambda row: Text(str(ReturnKind(row.kind).label), muted=True), phone="hidden", key="kind"),
        Column(_("Customer"), lambda row: Text(row.customer_name), phone="wide", key="customer"),
        Column(_("Items"), lambda row: Number(row.units), align="end", phone="hidden", key="items"),
        Column(_("State"), lambda row: Pills([return_pill(row.state)]), phone="end", key="state"),
        Column(_("Requested"), lambda row: When(row.requested_at), phone="hidden", key="requested"),
        Column(_("Outcome"), lambda row: Text(_outcome_words(row.outcome)), key="outcome", extra=True),
    ]


def _outcome_words(outcome: str) -> str:
    return str(ReturnOutcome(outcome).label) if outcome else ""


def list_state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...]]:
    """Return what the address says about the list of returns, and the filters it offers."""
    filters = (
        Filter("requested", _("Requested"), kind="days"),
        Filter("kind", _("Kind"), list(ReturnKind.choices)),
        Filter("outcome", _("Outcome"), list(ReturnOutcome.choices)),
    )
    return ListState(request, views=VIEWS, filters=filters), filters


def _rows(state: ListState, after: str, limit: int = PAGE) -> tuple[list[ReturnRow], str]:
    return return_rows(
        view=state.view,
        query=state.query,
        requested_from=state.day("requested_from"),
        requested_to=state.day("requested_to"),
        kinds=state.many("kind"),
        outcomes=state.many("outcome"),
        after=after,
        limit=limit,
    )


RETURNS = arranged.register(
    ListPlace(
        "returns",
        "returns",
        "orders.view",
        _columns,
        ListFile(
            "orders.export",
            lambda request: _columns(),
            lambda request, after, limit: _rows(list_state(request)[0], after, limit),
        ),
    )
)


@screen("orders.view", methods=("GET", "HEAD"))
def return_list(request: HttpRequest) -> HttpResponse:
    state, filters = list_state(request)
    rows, after = _rows(state, state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.id,
        label=lambda row: row.number,
        after=after,
        views=VIEWS,
        filters=filters,
        arranged=arranged_for(request, RETURNS.key),
        search=_("Search by return or order number"),
        caption=_("Returns"),
        empty=Empty(
            _("Nothing comes back"),
            _("Shoppers ask for a return on their order's page; you can also start one from an order."),
            "package",
        ),
    )
    return list_response(request, "backoffice/returns/list.html", {"here": "orders.returns", "list": listing})
