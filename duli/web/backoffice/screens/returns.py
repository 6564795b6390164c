"""Returns: the list, and one return with everything around it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.states import RETURN_MOVES, ReturnKind, ReturnProgress
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text, When
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.order_words import progress_pill
from duli.web.backoffice.screens.order import back_to
from duli.web.backoffice.selectors.returns import ReturnRow, photo, return_on_page, return_rows
from duli.web.backoffice.shell import render

LOOKS = {
    ReturnProgress.REQUESTED: ("attention", ""),
    ReturnProgress.APPROVED: ("info", ""),
    ReturnProgress.RECEIVED: ("attention", "half"),
    ReturnProgress.INSPECTED: ("attention", "half"),
    ReturnProgress.COMPLETED: ("ok", "full"),
    ReturnProgress.REJECTED: ("critical", "full"),
    ReturnProgress.DECLINED: ("critical", "full"),
    ReturnProgress.CANCELLED: ("", "full"),
}
VIEWS = (
    View("open", _("Open")),
    View("requested", _("To decide")),
    View("approved", _("On their way")),
    View("received", _("To inspect")),
    View("completed", _("Completed")),
    View("all", _("All")),
)


def return_pill(state: str) -> Pill:
    tone, shape = LOOKS[ReturnProgress(state)]
    return Pill(ReturnProgress(state).label, tone, shape)


COLUMNS: list[Column[ReturnRow]] = [
    Column(_("Return"), lambda row: Link(row.number, reverse("backoffice:return", args=[row.id]))),
    Column(_("Order"), lambda row: Link(f"#{row.order_number}", back_to(row.order_id)), phone="hidden"),
    Column(_("Kind"), lambda row: Text(str(ReturnKind(row.kind).label), muted=True), phone="hidden"),
    Column(_("Customer"), lambda row: Text(row.customer_name), phone="wide"),
    Column(_("Items"), lambda row: Number(row.units), align="end", phone="hidden"),
    Column(_("State"), lambda row: Pills([return_pill(row.state)]), phone="end"),
    Column(_("Requested"), lambda row: When(row.requested_at), phone="hidden"),
]


@screen("orders.view", methods=("GET", "HEAD"))
def return_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = return_rows(view=state.view, query=state.query, after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.id,
        label=lambda row: row.number,
        after=after,
        views=VIEWS,
        search=_("Search by return or order number"),
        caption=_("Returns"),
        empty=Empty(
            _("Nothing comes back"),
            _("Shoppers ask for a return on their order's page; you can also start one from an order."),
            "package",
        ),
    )
    return list_response(request, "backoffice/returns/list.html", {"here": "orders.returns", "list": listing})


def return_url(return_id: int) -> str:
    return reverse("backoffice:return", args=[return_id])


@screen("orders.view", methods=("GET", "HEAD"))
def return_page(request: HttpRequest, return_id: int) -> HttpResponse:
    page = return_on_page(return_id)
    moves = RETURN_MOVES.get(page.row.state, frozenset())
    verbs = {
        "approve": ReturnProgress.APPROVED in moves,
        "decline": ReturnProgress.DECLINED in moves,
        "receive": ReturnProgress.RECEIVED in moves,
        "inspect": ReturnProgress.INSPECTED in moves,
        "complete": ReturnProgress.COMPLETED in moves and page.row.state != ReturnProgress.REQUESTED,
        "reject": ReturnProgress.REJECTED in moves and page.row.state != ReturnProgress.APPROVED,
        "cancel": ReturnProgress.CANCELLED in moves,
    }
    likeliest = next((name for name in ("approve", "receive", "inspect", "complete") if verbs[name]), "")
    context = {
        "here": "orders.returns",
        "page": page,
        "row": page.row,
        "order": page.order,
        "pill": return_pill(page.row.state),
        "verbs": verbs,
        "likeliest": likeliest,
        "refunds": [(refund, progress_pill(refund.state)) for refund in page.refunds],
        "may_decide": allowed(request.user, "orders.returns"),
        "may_pay": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/returns/detail.html", context)


@screen("orders.view", methods=("GET", "HEAD"))
def return_photo(request: HttpRequest, return_id: int, photo_id: int) -> HttpResponse:
    """A shopper's picture, for staff only; never shown as anything but a picture."""
    found = photo(return_id, photo_id)
    response = HttpResponse(bytes(found.content), content_type=found.mime)
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
