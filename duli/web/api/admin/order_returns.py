"""Goods that come back: from the request to what the shopper gets for them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import NotFound
from duli.commerce.orders import selectors, services
from duli.commerce.orders.editing import AddedLine
from duli.commerce.orders.types import Finding, ReturnWish
from duli.web.api.admin.gate import ERRORS, actor_of, key_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.order_money import MOST, WAITING, NewGoodsIn
from duli.web.api.admin.orders import whole_order

router = Router(tags=["orders"])
Json = dict[str, Any]


class ReturnLineIn(Schema):
    order_line_id: Key
    quantity: int = Field(ge=1, le=1_000_000)
    reason: str = Field("", max_length=40)


class ReturnIn(Schema):
    lines: list[ReturnLineIn] = Field(min_length=1, max_length=500)
    note: str = Field("", max_length=2000)


class AnswerIn(Schema):
    answer: str = Field("", max_length=2000, description="The shopper reads it; refusing needs one.")


class ReceivedLineIn(Schema):
    return_line_id: Key
    quantity: int = Field(ge=0, le=1_000_000)


class ReceivedIn(Schema):
    lines: list[ReceivedLineIn] = Field(min_length=1, max_length=500)


class FindingIn(Schema):
    return_line_id: Key
    condition: str = Field(max_length=40)
    restock: int = Field(0, ge=0, le=1_000_000, description="Units that go back on sale.")


class InspectedIn(Schema):
    lines: list[FindingIn] = Field(min_length=1, max_length=500)
    location_id: Key | None = None


class OutcomeIn(Schema):
    outcome: str = Field(max_length=20, description='"refund", "credit" or "exchange".')
    shipping_minor: int = Field(0, ge=0, le=MOST)
    adjustment_minor: int = Field(0, ge=-MOST, le=MOST, description="Goodwill on top; below zero a fee that is kept.")
    replacements: list[NewGoodsIn] = Field([], max_length=500, description="The new goods of an exchange.")
    expected_minor: int | None = Field(None, description="The amount that was shown: 409 if it is another by now.")


def _of_order(order_id: int, return_id: int) -> None:
    if return_id not in {row.pk for row in selectors.returns_of(order_id)}:
        raise NotFound()


@router.post("/{int:order_id}/returns", response={200: Json, **ERRORS})
@scope("orders.returns", needs_key=True)
def ask(request: HttpRequest, order_id: int, body: ReturnIn) -> Json:
    """Enter that units which have left are to come back."""
    services.request_return(
        order_id=order_id,
        lines=[ReturnWish(line.order_line_id, line.quantity, line.reason) for line in body.lines],
        note=body.note,
        idempotency_key=key_of(request),
        actor=actor_of(request),
    )
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/approve", response={200: Json, **ERRORS})
@scope("orders.returns")
def approve(request: HttpRequest, order_id: int, return_id: int, body: AnswerIn) -> Json:
    """Let the goods come; the answer tells the shopper how to send them."""
    _of_order(order_id, return_id)
    services.approve_return(return_id=return_id, actor=actor_of(request), answer=body.answer)
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/decline", response={200: Json, **ERRORS})
@scope("orders.returns")
def decline(request: HttpRequest, order_id: int, return_id: int, body: AnswerIn) -> Json:
    """Refuse what was asked for, and say why."""
    _of_order(order_id, return_id)
    services.decline_return(return_id=return_id, actor=actor_of(request), answer=body.answer)
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/cancel", response={200: Json, **ERRORS})
@scope("orders.returns")
def cancel(request: HttpRequest, order_id: int, return_id: int) -> Json:
    """Close a return of which nothing has arrived."""
    _of_order(order_id, return_id)
    services.cancel_return(return_id=return_id, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/receive", response={200: Json, **ERRORS})
@scope("orders.returns")
def receive(request: HttpRequest, order_id: int, return_id: int, body: ReceivedIn) -> Json:
    """Note how many units of each line of a return arrived; a line that is not named did not."""
    _of_order(order_id, return_id)
    units = {line.return_line_id: line.quantity for line in body.lines}
    services.receive_return(return_id=return_id, units=units, actor=actor_of(request))
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/inspect", response={200: Json, **ERRORS})
@scope("orders.returns")
def inspect(request: HttpRequest, order_id: int, return_id: int, body: InspectedIn) -> Json:
    """Note in what condition each line that arrived is, and how many units go back on sale."""
    _of_order(order_id, return_id)
    services.inspect_return(
        return_id=return_id,
        findings=[Finding(line.return_line_id, line.condition, line.restock) for line in body.lines],
        location_id=body.location_id,
        actor=actor_of(request),
    )
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/reject", response={200: Json, **ERRORS})
@scope("orders.returns")
def reject(request: HttpRequest, order_id: int, return_id: int, body: AnswerIn) -> Json:
    """Give nothing back for what arrived, and say why."""
    _of_order(order_id, return_id)
    services.reject_return(return_id=return_id, actor=actor_of(request), answer=body.answer)
    return whole_order(order_id)


@router.post("/{int:order_id}/returns/{int:return_id}/complete", response={200: Json, 202: Json, **ERRORS})
@scope("orders.payments")
def complete(request: HttpRequest, order_id: int, return_id: int, body: OutcomeIn) -> Json | Status[Json]:
    """Refund a return, give credit or exchange it, once; 202 if a second person has to agree."""
    _of_order(order_id, return_id)
    done = services.staff_complete_return(
        return_id=return_id,
        outcome=body.outcome,
        shipping_minor=body.shipping_minor,
        adjustment_minor=body.adjustment_minor,
        replacements=[AddedLine(line.variant_id, line.quantity) for line in body.replacements],
        shown_minor=body.expected_minor,
        actor=actor_of(request),
    )
    return whole_order(order_id) if done else Status(202, WAITING)
