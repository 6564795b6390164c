"""Flash sales for storefronts of one's own: what runs and comes, a place in the line, and the ticket that may buy."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from ninja.errors import Throttled

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.flash_sales import services
from duli.commerce.flash_sales.selectors import left_of, listed
from duli.commerce.flash_sales.services.waiting import PROOF_BITS, form_for
from duli.commerce.flash_sales.types import Place, Running
from duli.platform.accounts.throttle import may_try
from duli.web.api import present
from duli.web.api.api import ERRORS, reader
from duli.web.api.schemas import ErrorOut, MoneyOut
from duli.web.api.throttle import VisitorThrottle

router = Router(throttle=[VisitorThrottle()], tags=["flash-sales"])
Json = dict[str, Any]
A_MINUTE = 60


class FlashItemOut(Schema):
    """`left` is at most a second old; `limit` is how many one buyer may have, null: any number."""

    variant_id: int
    product_id: int
    price: MoneyOut | None
    left: int
    limit: int | None


class FlashSaleOut(Schema):
    """A sale that runs or will; with a `waiting_room` a ticket that was let in is needed to buy."""

    id: int
    title: str
    is_running: bool
    starts_at: str = Field(examples=["2026-11-11T00:00:00+00:00"])
    ends_at: str = Field(examples=["2026-11-11T02:00:00+00:00"])
    waiting_room: bool
    items: list[FlashItemOut]


class FormOut(Schema):
    """Good for one place. A `proof` is a number N for which SHA-256 of `challenge:N` begins with `bits` zero bits."""

    form: str
    challenge: str
    bits: int = Field(examples=[13])


class JoinIn(Schema):
    form: str = Field(max_length=500)
    proof: str = Field("", max_length=30, description="Without one the form is good only after five seconds.")


class TicketIn(Schema):
    ticket: str = Field(max_length=300)


class PlaceOut(Schema):
    """`state` is waiting, admitted, over (the time to buy ran out), used or ended; ask again after `seconds`."""

    ticket: str
    state: str = Field(examples=["waiting"])
    number: int
    ahead: int
    seconds: int
    until: str | None = Field(description="Till when somebody who is in may buy.")


def _sale(items: tuple[Running, ...], currency: str, language: str) -> Json:
    first, left = items[0], left_of(items[0].sale_id)
    return {
        "id": first.sale_id,
        "title": first.title(language),
        "is_running": first.runs(now()),
        "starts_at": first.starts_at.isoformat(),
        "ends_at": first.ends_at.isoformat(),
        "waiting_room": first.waiting_room,
        "items": [
            {
                "variant_id": item.variant_id,
                "product_id": item.product_id,
                "price": present.money(Money(item.amounts[currency], currency), language)
                if item.amounts.get(currency)
                else None,
                "left": left.get(item.item_id, 0),
                "limit": item.limit,
            }
            for item in items
        ],
    }


def _place(place: Place, ticket: str) -> Json:
    return {
        "ticket": ticket,
        "state": place.state,
        "number": place.number,
        "ahead": place.ahead,
        "seconds": place.seconds,
        "until": place.until.isoformat() if place.until else None,
    }


@router.get("", response={200: list[FlashSaleOut], 429: ErrorOut})
def flash_sales(request: HttpRequest) -> list[Json]:
    """Flash sales that run, then those that are announced."""
    language, market = reader(request)
    return [_sale(items, market.currency, language) for items in listed(now())]


def _with_line(sale_id: int) -> None:
    if not any(items[0].sale_id == sale_id and items[0].waiting_room for items in listed(now())):
        raise NotFound()


@router.get("/{int:sale_id}/line", response={200: FormOut, **ERRORS})
def line_form(request: HttpRequest, sale_id: int) -> Json:
    """A form to join the line with. It is not taken within its first second, nor after an hour."""
    _with_line(sale_id)
    form, challenge = form_for(sale_id)
    return {"form": form, "challenge": challenge, "bits": PROOF_BITS}


@router.post("/{int:sale_id}/line", response={201: PlaceOut, **ERRORS})
def join_line(request: HttpRequest, sale_id: int, body: JoinIn) -> Status[Json]:
    """Take a place at the end of the line; the same form again is the same place. Keep the ticket: it is the place.

    409 asks to wait a moment with this form, or says that the line is closed.
    """
    if not may_try(request, "flash_line", str(sale_id)):
        raise Throttled(wait=A_MINUTE)
    ticket = services.join(sale_id=sale_id, form=body.form, proof=body.proof)
    return Status(201, _place(services.place_of(sale_id=sale_id, ticket=ticket), ticket))


@router.post("/{int:sale_id}/line/place", response={200: PlaceOut, **ERRORS})
def look_at_place(request: HttpRequest, sale_id: int, body: TicketIn) -> Json:
    """Where a ticket stands. Once it is admitted, give it along with the line that is put into the cart."""
    return _place(services.place_of(sale_id=sale_id, ticket=body.ticket), body.ticket)
