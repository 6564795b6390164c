"""Letting a service issue a fapiao: written down before it is asked, asked outside of any transaction, settled once."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import DuliError, sentence
from duli.base.money import Money
from duli.base.text import one_line
from duli.commerce.fapiao import locks
from duli.commerce.fapiao.configuration import in_use, known
from duli.commerce.fapiao.models import Fapiao, FapiaoRequest, FapiaoSending
from duli.commerce.fapiao.provider import (
    FapiaoProvider,
    KeyTaken,
    PaperLine,
    PaperWish,
    Progress,
    ProviderConfig,
    ProviderRefused,
    ProviderUnavailable,
)
from duli.commerce.fapiao.services.asking import restate
from duli.commerce.fapiao.services.issuing import amount_due, write_paper
from duli.commerce.fapiao.states import FapiaoKind, RequestState, SendingState
from duli.commerce.fapiao.types import CURRENCY, NoService
from duli.commerce.orders.models import Order
from duli.platform.media.types import BrokenFile, FileTooLarge, PictureTooLarge, UnsupportedFile
from duli.platform.store.outside import require_no_transaction

logger = logging.getLogger(__name__)
PAUSE = timedelta(seconds=20)
"""A service that has just been asked is left alone for so long."""
AT_ONCE = 50


def hand_over(*, request_id: int, actor: str) -> FapiaoSending:
    """Let the service that is switched on issue what is not covered yet; what it says may take minutes.

    What was refused before is looked up first: it may have been issued over there since (somebody tried again on the
    service's own pages, or the refusal was about a question that came twice), and then that one counts.

    Never inside a transaction. Raises NotFound, NoService, NothingToIssue, RedFirst, SendingUnderWay, and
    ProviderUnavailable where the service does not say what became of an earlier one. A service that refuses this one
    or does not answer raises nothing: the row that is returned says how it stands.
    """
    require_no_transaction()
    service = in_use()
    if service is None:
        raise NoService()
    with transaction.atomic():
        amount_due(*locks.lock_request(request_id))
    if earlier := _issued_after_all(request_id, service[0].code):
        return earlier
    with transaction.atomic():
        order, request = locks.lock_request(request_id)
        minor = amount_due(order, request)
        sending = FapiaoSending.objects.create(
            request=request,
            service=service[0].code,
            key=f"F{request.pk}N{request.sendings.count() + 1}",
            amount_minor=minor,
            actor=actor,
            asked_at=now(),
        )
    _ask(sending, is_new=True)
    sending.refresh_from_db()
    return sending


def follow() -> int:
    """Ask about everything that is under way, and hand over what is due where that happens by itself; count both."""
    rows = FapiaoSending.objects.filter(state=SendingState.UNDER_WAY, asked_at__lt=now() - PAUSE)
    waiting = list(rows.order_by("asked_at")[:AT_ONCE])
    for sending in waiting:
        # Whoever waits longest for a question is asked about first, so that no fifty can keep all others waiting.
        FapiaoSending.objects.filter(pk=sending.pk).update(asked_at=now())
        try:
            _ask(sending, is_new=False)
        except Exception:
            logger.exception("fapiao %s cannot be followed", sending.key)
    service = in_use()
    due: list[int] = []
    if service and service[1]:
        # What a service refused waits for a person.
        rows_due = FapiaoRequest.objects.filter(state=RequestState.TO_ISSUE, sendings__isnull=True)
        due = list(rows_due.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    for request_id in due:
        with suppress(DuliError):
            hand_over(request_id=request_id, actor="system")
    return len(waiting) + len(due)


def _ask(sending: FapiaoSending, *, is_new: bool) -> None:
    found = known(sending.service)
    if found is None:
        return
    provider, config = found
    try:
        # What it never heard of was lost on the way: the same key cannot become two.
        progress = (None if is_new else look_up(sending)) or _issue(provider, config, sending, is_new=is_new)
    except (ProviderRefused, ProviderUnavailable):
        # Who does not answer a question has not said that nothing was issued.
        return
    settle(sending_id=sending.pk, progress=progress)


def look_up(sending: FapiaoSending) -> Progress | None:
    """Ask the service what became of a key; None: it never heard of it, or nobody is left to ask.

    ProviderUnavailable, ProviderRefused.
    """
    found = known(sending.service)
    return found[0].find(sending.key, found[1]) if found else None


def _issue(provider: FapiaoProvider, config: ProviderConfig, sending: FapiaoSending, *, is_new: bool) -> Progress:
    try:
        return provider.issue(wish_for(sending), config)
    except ProviderRefused as error:
        refusal = error
    # Refused may be only that the key came twice: the first question was slow, or its answer was lost.
    try:
        if progress := look_up(sending):
            return progress
    except (ProviderRefused, ProviderUnavailable):
        # Wrong keys answer no question either. Nobody else has asked for a new one: then the refusal is the answer.
        if not is_new or _asked_by_another(sending):
            raise
    if isinstance(refusal, KeyTaken):
        raise refusal
    return Progress("refused", why=refusal.detail)


def _asked_by_another(sending: FapiaoSending) -> bool:
    return not FapiaoSending.objects.filter(pk=sending.pk, asked_at=sending.asked_at).exists()


def _issued_after_all(request_id: int, service: str) -> FapiaoSending | None:
    """Return an earlier sending that was refused and yet became, or becomes, a fapiao: no other may be asked for.

    One of a service that is no longer used and does not answer is left at its refusal. ProviderUnavailable.
    """
    written = set(Fapiao.objects.filter(request_id=request_id).values_list("number", flat=True))
    for sending in FapiaoSending.objects.filter(request_id=request_id, state=SendingState.REFUSED):
        try:
            progress = look_up(sending)
        except (ProviderRefused, ProviderUnavailable):
            if sending.service == service:
                raise ProviderUnavailable() from None
            continue
        if progress is None or progress.state == "refused" or progress.number in written:
            continue
        _resume(sending)
        settle(sending_id=sending.pk, progress=progress)
        sending.refresh_from_db()
        return sending
    return None


@transaction.atomic
def _resume(sending: FapiaoSending) -> None:
    locks.lock_request(sending.request_id)
    rows = FapiaoSending.objects.filter(request_id=sending.request_id)
    if not rows.filter(state=SendingState.UNDER_WAY).exists():
        rows.filter(pk=sending.pk, state=SendingState.REFUSED).update(
            state=SendingState.UNDER_WAY, why="", asked_at=now()
        )


def wish_for(sending: FapiaoSending) -> PaperWish:
    """Return what a service is asked for: the lines that the buyer keeps, which share what else was paid.

    Where nothing was paid for goods, as where only the parcel cost something, all of them share it.
    """
    request = FapiaoRequest.objects.select_related("order").get(pk=sending.request_id)
    every = list(request.order.lines.all())
    lines = [line for line in every if line.total_minor > line.refunded_minor] or every
    parts = Money(sending.amount_minor, CURRENCY).allocate([line.total_minor - line.refunded_minor for line in lines])
    return PaperWish(
        key=sending.key,
        is_special=request.kind == FapiaoKind.SPECIAL,
        title=request.title,
        tax_number=request.tax_number,
        email=request.email,
        address=request.address,
        phone=request.phone,
        bank=request.bank,
        account=request.account,
        lines=tuple(
            PaperLine(
                f"{line.title} {line.variant_title}".strip(),
                max(line.quantity - line.refunded_quantity, 1),
                part.minor,
                line.tax_rate,
            )
            for line, part in zip(lines, parts, strict=True)
            if part.minor
        ),
    )


@transaction.atomic
def settle(*, sending_id: int, progress: Progress) -> None:
    """Let count what a service said, once: a fapiao, or why there is none."""
    request_id = FapiaoSending.objects.values_list("request_id", flat=True).get(pk=sending_id)
    order, request = locks.lock_request(request_id)
    sending = FapiaoSending.objects.get(pk=sending_id)
    if sending.state != SendingState.UNDER_WAY or progress.state == "under_way":
        return
    sending.state, sending.why = SendingState.REFUSED, one_line(progress.why, 300)
    if progress.state == "issued":
        try:
            _write(order, request, sending, progress)
            sending.state = SendingState.ISSUED
        except DuliError as error:
            # Issued over there, and not to be written down here: a person has to look.
            sending.why = one_line(f"{progress.number}: {sentence(error)}", 300)
            logger.error("fapiao %s of %s cannot be written down: %s", progress.number, sending.key, error)
    sending.save(update_fields=["state", "why"])
    # Money may have gone back while it was under way.
    restate(order_id=order.pk)


def _write(order: Order, request: FapiaoRequest, sending: FapiaoSending, progress: Progress) -> None:
    """Write down what was issued; its number counts even where its file is none that can be kept."""

    def write(content: bytes) -> None:
        with transaction.atomic():
            write_paper(
                order,
                request,
                corrects=None,
                number=progress.number,
                minor=sending.amount_minor,
                issued_on=progress.issued_on or now().date(),
                content=content,
                name=f"{progress.number}.pdf",
                actor=sending.actor,
            )

    try:
        write(progress.content)
    except (BrokenFile, FileTooLarge, PictureTooLarge, UnsupportedFile) as error:
        logger.warning("the file of fapiao %s cannot be kept: %s", progress.number, error)
        write(b"")
