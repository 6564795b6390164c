"""How a fapiao and what is wrong with one read to staff, and what an order's page shows of it."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from duli.commerce.fapiao import selectors as reads
from duli.commerce.fapiao.states import FapiaoKind, RequestState, SendingState
from duli.web.backoffice.kit.pills import Pill

LOOKS = {
    RequestState.WAITING: ("", ""),
    RequestState.TO_ISSUE: ("attention", ""),
    RequestState.TO_CORRECT: ("critical", "half"),
    RequestState.ISSUED: ("ok", "full"),
    RequestState.DECLINED: ("", "full"),
    RequestState.VOID: ("", "full"),
}
PROBLEMS: dict[str, str | Promise] = {
    "required": _("Fill this in."),
    "invalid": _("This is not right."),
    "too_long": _("This is too long."),
    "tax_number_required": _("A company's fapiao needs its tax number."),
    "tax_number_invalid": _("This is no unified social credit code: 18 characters whose last one fits the others."),
    "kind_invalid": _("A special fapiao is for companies only, where the shop offers it."),
}


SENDING_LOOKS = {
    SendingState.UNDER_WAY: ("info", "half"),
    SendingState.ISSUED: ("ok", "full"),
    SendingState.REFUSED: ("critical", ""),
}


def state_pill(state: str) -> Pill:
    tone, shape = LOOKS[RequestState(state)]
    return Pill(RequestState(state).label, tone, shape)


def card(order_id: int) -> dict[str, Any] | None:
    """Return what the order's page shows of its fapiao; None where nobody asked."""
    row = reads.request_of(order_id)
    if row is None:
        return None
    papers = list(row.papers.all())
    sending = reads.last_sending(row.pk)
    is_under_way = sending is not None and sending.state == SendingState.UNDER_WAY
    left = {paper.pk: paper.amount_minor for paper in papers if paper.corrects_id is None}
    for paper in papers:
        if paper.corrects_id is not None:
            left[paper.corrects_id] += paper.amount_minor
    return {
        "row": row,
        "pill": state_pill(row.state),
        "kind": FapiaoKind(row.kind).label,
        "papers": [(paper, left.get(paper.pk, 0) > 0) for paper in papers],
        "sending": sending,
        "sending_pill": Pill(SendingState(sending.state).label, *SENDING_LOOKS[SendingState(sending.state)])
        if sending
        else None,
        "service": reads.service_in_use(),
        "is_open": row.state == RequestState.TO_ISSUE and not is_under_way,
        "may_change": not is_under_way and not sum(paper.amount_minor for paper in papers),
        "may_decline": not is_under_way and row.state in {RequestState.TO_ISSUE, RequestState.WAITING} and not papers,
        "open": reads.open_amount(row),
    }
