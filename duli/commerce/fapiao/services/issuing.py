"""Writing down what was issued in the tax office's system: blue fapiao, red ones, and refusals."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.db import IntegrityError, transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.fapiao import locks
from duli.commerce.fapiao.events import FapiaoDeclined, FapiaoIssued
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest
from duli.commerce.fapiao.selectors import covered, left_of, worth
from duli.commerce.fapiao.services.asking import PAID, refuse_under_way, state_of
from duli.commerce.fapiao.types import CURRENCY, FapiaoNumberTaken, NothingToIssue, NothingToTakeBack, RedFirst
from duli.commerce.orders.models import Order
from duli.platform.events.services import publish
from duli.platform.media.private import store_private

_NUMBER = re.compile(r"\d{8}|\d{20}")
"""Digital fapiao have 20 digits, older electronic ones 8."""


@transaction.atomic
def issue(*, request_id: int, number: str, issued_on: date, content: bytes = b"", name: str = "", actor: str) -> Fapiao:
    """Write down the blue fapiao of what is not covered yet, with its file (PDF or OFD) if there is one.

    The shopper gets a mail. NotFound, InvalidInput, NothingToIssue, RedFirst, SendingUnderWay, FapiaoNumberTaken, and
    what `store_private` says of the file.
    """
    order, request = locks.lock_request(request_id)
    minor = amount_due(order, request)
    return write_paper(
        order, request, corrects=None, number=number, minor=minor, issued_on=issued_on, content=content, name=name,
        actor=actor,
    )  # fmt: skip


def amount_due(order: Order, request: FapiaoRequest) -> int:
    """Return what of a locked request is to be issued now, in fen. RedFirst, NothingToIssue, SendingUnderWay."""
    refuse_under_way(request)
    minor = worth(order) - covered(request)
    if minor < 0:
        raise RedFirst()
    if not minor or order.payment_state not in PAID:
        raise NothingToIssue()
    return minor


@transaction.atomic
def issue_red(
    *,
    fapiao_id: int,
    number: str,
    issued_on: date,
    whole: bool = False,
    content: bytes = b"",
    name: str = "",
    actor: str,
) -> Fapiao:
    """Write down the red fapiao that takes back what was refunded, or a `whole` one, of which a new one is issued.

    NotFound, InvalidInput, NothingToTakeBack, FapiaoNumberTaken, and what `store_private` says of the file.
    """
    request_id = Fapiao.objects.filter(pk=fapiao_id).values_list("request_id", flat=True).first()
    if request_id is None:
        raise NotFound()
    order, request = locks.lock_request(request_id)
    paper = Fapiao.objects.get(pk=fapiao_id)
    left = left_of(paper) if paper.corrects_id is None else 0
    minor = left if whole else min(left, covered(request) - worth(order))
    if minor <= 0:
        raise NothingToTakeBack()
    return write_paper(
        order, request, corrects=paper, number=number, minor=-minor, issued_on=issued_on, content=content, name=name,
        actor=actor,
    )  # fmt: skip


@transaction.atomic
def decline(*, request_id: int, reason: str, actor: str) -> FapiaoRequest:
    """Refuse a request for a reason that the shopper reads in a mail.

    NotFound, InvalidInput, NothingToIssue, SendingUnderWay.
    """
    order, request = locks.lock_request(request_id)
    refuse_under_way(request)
    words = one_line(reason, 300)
    if not words:
        raise InvalidInput(field="reason")
    if covered(request) or request.declined_at:
        raise NothingToIssue()
    request.declined_at, request.reason = now(), words
    request.state = state_of(order, request)
    request.save(update_fields=["declined_at", "reason", "state"])
    publish(FapiaoDeclined(order.pk, request.pk), reference=order.reference, actor=actor)
    return request


def write_paper(
    order: Order,
    request: FapiaoRequest,
    *,
    corrects: Fapiao | None,
    number: str,
    minor: int,
    issued_on: date,
    content: bytes,
    name: str,
    actor: str,
) -> Fapiao:
    """Write down a fapiao of a locked request. InvalidInput, FapiaoNumberTaken, and what `store_private` says."""
    digits = "".join(number.split())
    if not digits.isascii() or not _NUMBER.fullmatch(digits):
        raise InvalidInput(field="number")
    # A day ahead of UTC is today in China.
    if not order.placed_at.date() <= issued_on <= now().date() + timedelta(days=1):
        raise InvalidInput(field="issued_on")
    printed = corrects or request
    paper = Fapiao(
        request=request,
        corrects=corrects,
        kind=printed.kind,
        title=printed.title,
        tax_number=printed.tax_number,
        number=digits,
        amount_minor=minor,
        issued_on=issued_on,
        actor=actor,
        created_at=now(),
    )
    try:
        with transaction.atomic():
            paper.save()
    except IntegrityError:
        raise FapiaoNumberTaken(field="number") from None
    if content:
        paper.file_id = store_private(content=content, name=name, reference=paper.reference, actor=actor).pk
        paper.save(update_fields=["file_id"])
    request.declined_at, request.reason = None, ""
    request.state = state_of(order, request)
    request.save(update_fields=["declined_at", "reason", "state"])
    publish(FapiaoIssued(order.pk, paper.pk, digits, minor, CURRENCY), reference=order.reference, actor=actor)
    return paper
