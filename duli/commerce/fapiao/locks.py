"""The only row locks of this room: the request, after its order."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.fapiao.models import FapiaoRequest, FapiaoService
from duli.commerce.orders.locks import lock_order
from duli.commerce.orders.models import Order


def lock_request(request_id: int) -> tuple[Order, FapiaoRequest]:
    """Lock the order of a request, then the request, and return both. NotFound."""
    order_id = FapiaoRequest.objects.filter(pk=request_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound()
    return lock_order(order_id), FapiaoRequest.objects.select_for_update().get(pk=request_id)


def lock_request_of(order: Order) -> FapiaoRequest | None:
    """Lock the request of an order that is locked already; None where nothing was asked for."""
    return FapiaoRequest.objects.select_for_update().filter(order=order).first()


def lock_service(code: str) -> FapiaoService:
    """Lock and return what a merchant set up for a service, or a new row."""
    return FapiaoService.objects.select_for_update().filter(code=code).first() or FapiaoService(code=code)
