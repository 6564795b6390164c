"""What comes in from services: reports about messages, and what readers write back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.text import one_line
from duli.platform.events.services import publish
from duli.platform.sms import locks
from duli.platform.sms.channel import Heard, MalformedPush, Push, Report, channels
from duli.platform.sms.configuration import known
from duli.platform.sms.events import SmsReported
from duli.platform.sms.models import SmsDispatch, SmsNews
from duli.platform.sms.states import DispatchState, Reason

MAXIMUM_BODY = 1024 * 1024
MOST_NEWS = 2000
KEEP = timedelta(days=90)
_OVER = {DispatchState.DELIVERED, DispatchState.UNDELIVERED}


def receive_push(*, provider: str, secret: str, body: bytes, headers: Mapping[str, str], url: str) -> Push:
    """Verify a service's message, write down what it says, and return it with the answer it waits for.

    `secret` is the last part of the address that was called, `url` the whole of it as the service sees it. The same
    again changes nothing. Raises NotFound (no such service, or another secret), ForgedPush, MalformedPush; then nothing
    is stored. Whose number it is about is not stored either.
    """
    found = known(provider)
    if found is None or not hmac.compare_digest(found[0].secret.encode(), secret.encode()):
        raise NotFound()
    if len(body) > MAXIMUM_BODY:
        raise MalformedPush()
    push = channels.get(provider).parse_push(
        body, {name.lower(): value for name, value in headers.items()}, url, found[1]
    )
    if len(push.reports) + len(push.heard) > MOST_NEWS:
        raise MalformedPush()
    for report in push.reports:
        _record_report(provider, report)
    for heard in push.heard:
        _record_heard(provider, heard)
    return push


def _is_new(provider: str, parts: tuple[str, ...], **values: Any) -> SmsNews | None:
    fingerprint = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    row, created = SmsNews.objects.get_or_create(
        provider=provider, fingerprint=fingerprint, defaults={"received_at": now(), **values}
    )
    return row if created else None


@transaction.atomic
def _record_report(provider: str, report: Report) -> None:
    row = locks.lock_dispatch_told(provider=provider, provider_id=report.id, token=report.key)
    news = _is_new(provider, ("report", report.id, report.key, report.state, report.answer), provider_id=report.id[:64])
    if news is None:
        return
    if row is not None:
        apply_report(row, report)
    elif report.id:
        news.waiting = {
            "state": report.state,
            "reason": report.reason,
            "answer": report.answer[:60],
            "parts": report.parts,
            "happened_at": report.happened_at.isoformat() if report.happened_at else "",
        }
        news.save(update_fields=["waiting"])


def report_from(news: SmsNews) -> Report:
    """Return a report that was kept until its message was known."""
    kept = news.waiting or {}
    at = kept.get("happened_at")
    return Report(
        state=kept["state"],
        id=news.provider_id,
        reason=kept.get("reason", ""),
        answer=kept.get("answer", ""),
        parts=int(kept.get("parts") or 0),
        happened_at=datetime.fromisoformat(at) if at else None,
    )


def apply_report(row: SmsDispatch, report: Report) -> None:
    """Let a locked message be what a report says; the last word stays, and arriving is the very last."""
    row.provider_id = row.provider_id or report.id[:64]
    row.parts = report.parts or row.parts
    is_news = report.state != "accepted" and (
        row.state not in _OVER or (report.state == "delivered" and row.state == DispatchState.UNDELIVERED)
    )
    if is_news:
        row.state = DispatchState(report.state)
        row.reason = "" if report.state == "delivered" else Reason(report.reason or "other")
        row.answer = one_line(report.answer, 60)
        row.detail = ""
        row.reported_at = report.happened_at or now()
        publish(SmsReported(row.key, row.state, row.reason), actor="system")
    elif row.state in {DispatchState.SENDING, DispatchState.UNCLEAR}:
        row.state, row.reason = DispatchState.ACCEPTED, ""
    row.accepted_at = row.accepted_at or now()
    row.save()


@transaction.atomic
def _record_heard(provider: str, heard: Heard) -> None:
    from duli.platform.sms.services.dispatch import start, stop

    if not heard.number or not _is_new(provider, ("heard", heard.id)):
        return
    if heard.command == "stop":
        stop(number=heard.number, provider=provider)
    elif heard.command == "start":
        start(number=heard.number)


def prune() -> int:
    """Delete what services told and what left the shop more than three months ago; return how many rows."""
    oldest = now() - KEEP
    return (
        SmsNews.objects.filter(received_at__lt=oldest).delete()[0]
        + SmsDispatch.objects.filter(created_at__lt=oldest).delete()[0]
    )
