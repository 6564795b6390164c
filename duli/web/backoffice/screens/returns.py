"""One return with everything around it."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from duli.base.errors import NotFound
from duli.commerce.orders.services.labels import return_reference
from duli.commerce.orders.states import RETURN_MOVES, RETURN_OPEN, ReturnKind, ReturnProgress
from duli.commerce.shipping.labels import can_buy_labels, labels_of
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.order_words import fulfilment_pill, given_back_pill, payment_pill
from duli.web.backoffice.screens.order_talk import streamed
from duli.web.backoffice.selectors.returns import photo, return_on_page
from duli.web.backoffice.shell import render

PAY_BACK_WITHIN = timedelta(days=14)
"""After a withdrawal (article 13 of directive 2011/83/EU); the merchant may wait for the goods."""
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


def return_pill(state: str) -> Pill:
    tone, shape = LOOKS[ReturnProgress(state)]
    return Pill(ReturnProgress(state).label, tone, shape)


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
        "payment_pill": payment_pill(page.order.payment_state),
        "fulfilment_pill": fulfilment_pill(page.order.fulfilment_state),
        "pay_back_by": page.row.requested_at + PAY_BACK_WITHIN
        if page.row.kind == ReturnKind.WITHDRAWAL and page.row.state in RETURN_OPEN
        else None,
        "may_see_customers": allowed(request.user, "customers.view"),
        "refunds": [(refund, given_back_pill(refund)) for refund in page.refunds],
        "may_decide": allowed(request.user, "orders.returns"),
        "labels": labels_of([return_reference(return_id)]),
        "may_fulfil": allowed(request.user, "orders.fulfil"),
        "can_buy_label": can_buy_labels() and page.row.state in {ReturnProgress.REQUESTED, ReturnProgress.APPROVED},
        "may_pay": allowed(request.user, "orders.payments"),
    }
    return render(request, "backoffice/returns/detail.html", context)


@screen("orders.view", methods=("GET", "HEAD"))
def return_photo(request: HttpRequest, return_id: int, photo_id: int) -> HttpResponseBase:
    """A shopper's picture, for staff only; never shown as anything but a picture."""
    found = photo(return_id, photo_id)
    if found.file is None:
        raise NotFound()
    return streamed(found.file)
