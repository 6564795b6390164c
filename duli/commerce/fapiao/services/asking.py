"""What somebody wants on a fapiao, and how a request stands after everything that happens to its order."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from duli.base.clock import now
from duli.commerce.fapiao.events import FapiaoAsked, FapiaoToCorrect
from duli.commerce.fapiao.locks import lock_request_of
from duli.commerce.fapiao.models import FapiaoRequest
from duli.commerce.fapiao.selectors import covered, may_ask, terms, worth
from duli.commerce.fapiao.states import RequestState, SendingState
from duli.commerce.fapiao.titles import checked
from duli.commerce.fapiao.types import CURRENCY, FapiaoIssuedAlready, FapiaoNotOffered, FapiaoWish, SendingUnderWay
from duli.commerce.orders.locks import lock_order
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import PaymentState
from duli.platform.events.services import publish

PAID = {PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDED}


@transaction.atomic
def ask(*, order_id: int, wish: FapiaoWish, actor: str, by_staff: bool = False) -> FapiaoRequest:
    """Ask for the fapiao of an order, or change what was asked; after a refusal it is asked anew.

    The shopper may change it until one is issued; staff (`by_staff`) as long as nothing issued is in force. Raises
    InvalidFapiao (all that is wrong at once), FapiaoNotOffered, FapiaoIssuedAlready, SendingUnderWay, NotFound.
    """
    order = lock_order(order_id)
    if not may_ask(order):
        raise FapiaoNotOffered()
    request = lock_request_of(order)
    if request is not None and (covered(request) if by_staff else request.papers.exists()):
        raise FapiaoIssuedAlready()
    if request is not None:
        refuse_under_way(request)
    values = asdict(checked(wish, offers_special=terms().offers_special))
    request = request or FapiaoRequest(order=order)
    for name, value in values.items():
        setattr(request, name, value)
    request.declined_at, request.reason, request.asked_at = None, "", now()
    request.state = state_of(order, request) if request.pk else _fresh(order)
    request.save()
    publish(FapiaoAsked(order.pk, request.pk, order.number or ""), reference=order.reference, actor=actor)
    return request


def refuse_under_way(request: FapiaoRequest) -> None:
    """Raise SendingUnderWay while a service is issuing what a locked request asks for."""
    if request.sendings.filter(state=SendingState.UNDER_WAY).exists():
        raise SendingUnderWay()


def _fresh(order: Order) -> RequestState:
    return RequestState.TO_ISSUE if order.payment_state in PAID else RequestState.WAITING


def state_of(order: Order, request: FapiaoRequest) -> RequestState:
    """Return how a request stands: what its papers add up to beside what the order is worth now."""
    due, issued = worth(order), covered(request)
    if issued > due:
        return RequestState.TO_CORRECT
    if issued == due:
        return RequestState.ISSUED if due else RequestState.VOID
    return RequestState.DECLINED if request.declined_at else _fresh(order)


@transaction.atomic
def restate(*, order_id: int, actor: str = "system") -> None:
    """Look again how the request of an order stands after money moved; tell staff when a red fapiao is due."""
    if not FapiaoRequest.objects.filter(order_id=order_id).exists():
        return
    order = lock_order(order_id)
    request = lock_request_of(order)
    if request is None:
        return
    state = state_of(order, request)
    too_much = max(0, covered(request) - worth(order))
    if (state, too_much) == (request.state, request.told_minor):
        return
    request.state, request.told_minor = state, too_much
    request.save(update_fields=["state", "told_minor"])
    if too_much:
        publish(
            FapiaoToCorrect(order.pk, order.number or "", too_much, CURRENCY), reference=order.reference, actor=actor
        )
