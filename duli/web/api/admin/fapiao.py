"""Chinese tax invoices (fapiao): who wants one, and what was issued in the tax office's system."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from duli.commerce.fapiao import selectors, services
from duli.commerce.fapiao.states import FapiaoKind, TitleKind
from duli.commerce.fapiao.types import FapiaoWish
from duli.growth.webhooks.payloads import fapiao_data
from duli.web.api.admin.files import FILE_HELP, content_of
from duli.web.api.admin.gate import ERRORS, actor_of, scope
from duli.web.api.admin.keys import Key
from duli.web.api.admin.paging import PAGE, size_of

router = Router(tags=["fapiao"])
Json = dict[str, Any]


class WishIn(Schema):
    title_kind: str = Field(TitleKind.PERSON, max_length=8)
    kind: str = Field(FapiaoKind.NORMAL, max_length=8)
    title: str = Field(max_length=200)
    tax_number: str = Field("", max_length=40)
    email: str = Field(max_length=254)
    address: str = Field("", max_length=400)
    phone: str = Field("", max_length=80)
    bank: str = Field("", max_length=200)
    account: str = Field("", max_length=80)


class AskIn(WishIn):
    order_id: Key


class PaperIn(Schema):
    number: str = Field(max_length=40, description="20 digits; older ones have 8.")
    issued_on: date
    file_name: str = Field("", max_length=200)
    content_base64: str = Field("", description=FILE_HELP)

    def paper(self) -> Json:
        """Return the paper as the verbs take it. InvalidInput."""
        content = content_of(self.content_base64)
        return {"number": self.number, "issued_on": self.issued_on, "content": content, "name": self.file_name}


class RedIn(PaperIn):
    whole: bool = Field(False, description="Take all of it back, to issue it anew; else what was refunded.")


class ReasonIn(Schema):
    reason: str = Field(min_length=1, max_length=300)


def _whole(request_id: int) -> Json:
    sending = selectors.last_sending(request_id)
    told = {"state": sending.state, "why": sending.why, "amount_minor": sending.amount_minor} if sending else None
    return {**fapiao_data(selectors.request_by_id(request_id)), "sending": told}


@router.get("", response={200: Json, **ERRORS})
@scope("orders.view")
def list_fapiao(
    request: HttpRequest,
    q: str = "",
    state: list[str] = Query([]),  # noqa: B008
    asked_from: date | None = None,
    asked_to: date | None = None,
    after: str = "",
    limit: int = PAGE,
) -> Json:
    """Requests, newest first. `state` is waiting, to_issue, to_correct, issued, declined or void."""
    found, cursor = selectors.requests(
        states=state, query=q, asked_from=asked_from, asked_to=asked_to, after=after, limit=size_of(limit)
    )
    return {"fapiao": [fapiao_data(row) for row in found], "next": cursor}


@router.post("", response={200: Json, **ERRORS})
@scope("orders.manage")
def ask_fapiao(request: HttpRequest, body: AskIn) -> Json:
    """Ask for the fapiao of an order, or change what is wanted on it while nothing issued is in force."""
    values = body.dict(exclude={"order_id"})
    row = services.ask(order_id=body.order_id, wish=FapiaoWish(**values), actor=actor_of(request), by_staff=True)
    return _whole(row.pk)


@router.get("/{int:request_id}", response={200: Json, **ERRORS})
@scope("orders.view")
def get_fapiao(request: HttpRequest, request_id: int) -> Json:
    """One request with all that was issued for it."""
    return _whole(request_id)


@router.post("/{int:request_id}/issue", response={200: Json, **ERRORS})
@scope("orders.manage", needs_key=True)
def issue_fapiao(request: HttpRequest, request_id: int, body: PaperIn) -> Json:
    """Record the fapiao of all that has none yet; the shopper gets a mail with it."""
    services.issue(request_id=request_id, actor=actor_of(request), **body.paper())
    return _whole(request_id)


@router.post("/{int:request_id}/send", response={200: Json, **ERRORS})
@scope("orders.manage", needs_key=True)
def send_fapiao(request: HttpRequest, request_id: int) -> Json:
    """Let the service that is switched on issue it; `sending` says how that stands."""
    services.hand_over(request_id=request_id, actor=actor_of(request))
    return _whole(request_id)


@router.post("/{int:request_id}/decline", response={200: Json, **ERRORS})
@scope("orders.manage")
def decline_fapiao(request: HttpRequest, request_id: int, body: ReasonIn) -> Json:
    """Refuse a request for a reason that the shopper reads."""
    services.decline(request_id=request_id, reason=body.reason, actor=actor_of(request))
    return _whole(request_id)


@router.post("/papers/{int:fapiao_id}/red", response={200: Json, **ERRORS})
@scope("orders.manage", needs_key=True)
def issue_red_fapiao(request: HttpRequest, fapiao_id: int, body: RedIn) -> Json:
    """Record a red fapiao for what was refunded, or for `whole` of it: then a new one can be issued."""
    paper = services.issue_red(fapiao_id=fapiao_id, whole=body.whole, actor=actor_of(request), **body.paper())
    return _whole(paper.request_id)
