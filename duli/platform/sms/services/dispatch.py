"""One message on its way out: held back, handed over at most once, asked about when nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from duli.base.clock import now
from duli.base.ids import new_token
from duli.base.text import one_line
from duli.platform.sms import locks
from duli.platform.sms.channel import (
    Accepted,
    CannotTell,
    ChannelRefused,
    ChannelUnavailable,
    Outgoing,
    channels,
)
from duli.platform.sms.configuration import known, may_go_to
from duli.platform.sms.models import SmsDispatch, SmsNews, SmsStop
from duli.platform.sms.numbers import country_of, digest_of, without
from duli.platform.sms.parts import parts_of
from duli.platform.sms.services.inbox import apply_report, report_from
from duli.platform.sms.services.limits import count
from duli.platform.sms.states import FINAL, DispatchState, Purpose, Reason
from duli.platform.sms.types import Outcome, Plan, SmsLater
from duli.platform.store.outside import require_no_transaction

# A service that was asked this long ago has answered or never will, and knows by itself what it did.
SETTLE = timedelta(seconds=60)


def dispatch(*, key: str, to: str, text: str, purpose: str, plan: Plan) -> Outcome:
    """Hand over the message `key`; the same key again sends nothing more, unless it is certain that nothing was sent.

    Calls the service, so never inside a transaction. SmsLater says that this may be called again, and why.
    """
    require_no_transaction()
    row, is_mine = _begin(key=key, to=to, text=text, purpose=purpose, plan=plan)
    if row.state in FINAL:
        return Outcome(row.state, row.reason, row.detail)
    found = known(row.provider)
    if found is None:
        return _end(row, state=DispatchState.REFUSED, reason=Reason.NO_SERVICE)
    _, config = found
    channel = channels.get(row.provider)
    message = Outgoing(row.token, to, text, plan.template, plan.sign, plan.parameters)
    try:
        if not is_mine:
            return _settle(row, message)
        accepted = channel.send(message, config)
    except ChannelRefused as error:
        return _refused(row, error, to)
    except ChannelUnavailable as error:
        if not error.reached:
            _end(row, state=DispatchState.WAITING)
            raise SmsLater(Reason.BUSY) from None
        _end(row, state=DispatchState.UNCLEAR, reason=Reason.UNCLEAR)
        raise SmsLater(Reason.UNCLEAR) from None
    return _accepted(row, accepted)


@transaction.atomic
def _begin(*, key: str, to: str, text: str, purpose: str, plan: Plan) -> tuple[SmsDispatch, bool]:
    """Return the message, and whether the caller is the one who hands it over now."""
    country = country_of(to)
    SmsDispatch.objects.bulk_create(
        [
            SmsDispatch(
                key=key,
                token=new_token(),
                provider=plan.provider,
                country=country,
                purpose=purpose,
                created_at=now(),
            )
        ],
        ignore_conflicts=True,
    )
    row = locks.lock_dispatch(key)
    assert row is not None
    if row.state != DispatchState.WAITING:
        return row, False
    row.provider = plan.provider
    held_back = _held_back(to, country, purpose)
    if held_back is None and not row.parts:
        # Counted once, however often it has to be tried.
        row.parts = parts_of(text)
        held_back = count(number=to, country=country, purpose=purpose, parts=row.parts)
    if held_back is not None:
        row.state, row.reason = DispatchState.BLOCKED, held_back
    else:
        row.state, row.asked_at = DispatchState.SENDING, now()
    row.save()
    return row, True


def _held_back(to: str, country: str, purpose: str) -> Reason | None:
    if not country:
        return Reason.NUMBER
    if not may_go_to(country):
        return Reason.COUNTRY
    if purpose != Purpose.CODE and SmsStop.objects.filter(digest=digest_of(to)).exists():
        return Reason.STOPPED
    return None


def _settle(row: SmsDispatch, message: Outgoing) -> Outcome:
    """The service was asked before, and nobody wrote down its answer: ask what it did, and send only if nothing."""
    found = known(row.provider)
    assert found is not None
    since = row.asked_at or row.created_at
    if now() - since < SETTLE:
        raise SmsLater(Reason.UNCLEAR)
    try:
        accepted = channels.get(row.provider).find(message, since, found[1])
    except CannotTell:
        return _end(row, state=DispatchState.UNDELIVERED, reason=Reason.UNCLEAR)
    if accepted is not None:
        return _accepted(row, accepted)
    _end(row, state=DispatchState.WAITING)
    raise SmsLater(Reason.BUSY)


def _refused(row: SmsDispatch, error: ChannelRefused, to: str) -> Outcome:
    told: dict[str, Any] = {
        "reason": error.reason,
        "answer": one_line(error.answer, 60),
        "detail": one_line(without(to, error.detail), 255),
    }
    if error.reason == "stopped":
        stop(number=to, provider=row.provider)
    if error.again:
        _end(row, state=DispatchState.WAITING, **told)
        raise SmsLater(error.reason, told["detail"])
    return _end(row, state=DispatchState.REFUSED, **told)


@transaction.atomic
def _end(row: SmsDispatch, **values: Any) -> Outcome:
    """Write down what came of an attempt, unless a report was quicker."""
    locked = locks.lock_dispatch(row.key)
    assert locked is not None
    if locked.state in {DispatchState.SENDING, DispatchState.UNCLEAR}:
        for name, value in values.items():
            setattr(locked, name, value)
        locked.save()
    return Outcome(locked.state, locked.reason, locked.detail)


@transaction.atomic
def _accepted(row: SmsDispatch, accepted: Accepted) -> Outcome:
    locked = locks.lock_dispatch(row.key)
    assert locked is not None
    locked.provider_id = locked.provider_id or accepted.id[:64]
    locked.parts = accepted.parts or locked.parts
    if locked.state in {DispatchState.SENDING, DispatchState.UNCLEAR}:
        locked.state, locked.reason, locked.answer, locked.detail = DispatchState.ACCEPTED, "", "", ""
    locked.accepted_at = locked.accepted_at or now()
    locked.save()
    # A report may have come before the answer.
    if locked.provider_id:
        waiting = SmsNews.objects.filter(
            provider=locked.provider, provider_id=locked.provider_id, waiting__isnull=False
        ).order_by("pk")
        for news in waiting:
            apply_report(locked, report_from(news))
        waiting.update(waiting=None)
    return Outcome(locked.state, locked.reason, locked.detail)


@transaction.atomic
def stop(*, number: str, provider: str = "") -> None:
    """Send no more news to a number; codes that its owner asks for still go out."""
    from duli.platform.sms.numbers import hint_of

    SmsStop.objects.bulk_create(
        [SmsStop(digest=digest_of(number), hint=hint_of(number), provider=provider, since=now())],
        ignore_conflicts=True,
    )


@transaction.atomic
def start(*, number: str) -> None:
    """Let news go to a number again."""
    SmsStop.objects.filter(digest=digest_of(number)).delete()
