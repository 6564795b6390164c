from __future__ import annotations

import logging
import smtplib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.base.text import one_line, without_control
from duli.platform.audit.services import record
from duli.platform.events.services import publish
from duli.platform.mail import texting, transport
from duli.platform.mail.compose import compose, compose_parameters
from duli.platform.mail.events import MailArrived, MailFailed, MailResent, MailSent
from duli.platform.mail.kinds import KINDS, kind_of
from duli.platform.mail.models import Mail, MailSwitch, MailTemplate, MailTemplateVersion
from duli.platform.mail.selectors import version
from duli.platform.mail.sources import TOPIC, default_source, source_of, switched_off
from duli.platform.mail.states import Channel, MailState
from duli.platform.mail.types import (
    ATTEMPTS,
    EMPTY,
    CodeNotResent,
    Composed,
    DeliveryFailed,
    MessageNeeded,
    NoAddress,
    NoWay,
    Source,
    TemplateBroken,
    UnknownTemplate,
)
from duli.platform.store.changes import mark
from duli.platform.store.prepared import Prepared, insert
from duli.platform.store.seen import Seen, hold
from duli.platform.themes.text import try_text

logger = logging.getLogger("duli.mail")

CODES_LIVE = timedelta(hours=1)

_by_key = Prepared(lambda key: Mail.objects.filter(key=key))


def channel_for(address: str) -> Channel:
    """Return how `address` is reached: a phone number (E.164) by SMS, anything else by e-mail."""
    return Channel.SMS if address.startswith("+") else Channel.EMAIL


@transaction.atomic(savepoint=False)
def send(
    *, template: str, to: str, language: str, context: Mapping[str, Any], reference: str = "", key: str
) -> Mail | None:
    """Write a message into the outbox and let a job deliver it; an address that begins with + gets an SMS.

    Where nothing can leave (no mail server, no SMS provider) it is kept in the outbox at once, without a job.
    `context` is plain data or dataclasses with money already written out. The same `key` returns the message
    that is there already; one that the merchant switched off is not written, and None comes back. A merchant's
    text that does not work any more is replaced by the one that came with the software. Raises UnknownTemplate,
    NoAddress.
    """
    kind = kind_of(template)
    if not to:
        raise NoAddress()
    found = _by_key.first(key)
    if found:
        return found
    channel = channel_for(to)
    if channel not in kind.channels:
        raise UnknownTemplate(key=template)
    if not kind.needed and switched_off(template, channel, source_of(template, channel, language)[1]):
        return None
    composed, spoken = _compose(template, channel, language, context)
    plan = texting.planned(kind, to, spoken, context) if channel == Channel.SMS else None
    mail = Mail(
        key=key,
        channel=channel,
        template=template,
        to=to,
        language=spoken,
        subject=composed.subject,
        html=composed.html,
        text=composed.text,
        reference=reference,
        plan=plan.data if plan else {},
        state=MailState.QUEUED if _can_leave(channel) else MailState.KEPT,
        created_at=now(),
    )
    if plan and plan.refused:
        mail.state, mail.error = MailState.FAILED, texting.problem(plan.refused)
        # Nobody will ever be sent the code in it.
        mail.text = "" if kind.secret and not settings.DEMO else mail.text
    if not insert(mail, unless_there=True):
        return Mail.objects.get(key=key)
    if mail.state == MailState.QUEUED:
        _enqueue(mail)
    elif mail.state == MailState.FAILED:
        publish(MailFailed(mail.pk, mail.template, mail.channel), reference=mail.reference, actor="system")
    else:
        publish(MailSent(mail.pk, mail.template, mail.channel), reference=mail.reference, actor="system")
    return mail


def _can_leave(channel: str) -> bool:
    return transport.can_send_mail() if channel == Channel.EMAIL else texting.is_on()


def _compose(template: str, channel: str, language: str, context: Mapping[str, Any]) -> tuple[Composed, str]:
    source, spoken = source_of(template, channel, language)
    try:
        return compose(source, channel=channel, language=spoken, context=context), spoken
    except TemplateBroken as error:
        default = default_source(template, channel, spoken) or default_source(template, channel, "en")
        if not source.is_own or default is None:
            raise
        logger.warning("own text of mail %s (%s) does not work: line %s", template, spoken, error.params["line"])
        return compose(default, channel=channel, language=spoken, context=context), spoken


def _enqueue(mail: Mail) -> None:
    from duli.platform.mail.jobs import deliver as job

    job.enqueue(mail_id=mail.pk)


@transaction.atomic
def resend(*, mail_id: int, actor: str) -> Mail | None:
    """Send a message of the outbox once more, in the same words. Raises NotFound, CodeNotResent."""
    mail = Mail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise NotFound()
    if mail.template in KINDS and KINDS[mail.template].secret:
        raise CodeNotResent()
    mail.state = MailState.QUEUED
    mail.attempts = 0
    mail.error = ""
    mail.resends += 1
    mail.save(update_fields=["state", "attempts", "error", "resends"])
    publish(MailResent(mail.pk, mail.template, mail.channel), reference=mail.reference, actor=actor)
    _enqueue(mail)
    return mail


def deliver(*, mail_id: int) -> None:
    """Hand a queued message over; run by a job, any number of times.

    The network is used outside of any transaction. Raises DeliveryFailed to be tried again; after the last
    attempt, or when the server refuses the address for good, the message is marked failed.
    """
    mail = Mail.objects.filter(pk=mail_id, state=MailState.QUEUED).first()
    if mail is None:
        return
    # Two jobs for one message (sent, and resent meanwhile): only one of them gets this attempt.
    claimed = Mail.objects.filter(pk=mail.pk, state=MailState.QUEUED, attempts=mail.attempts, resends=mail.resends)
    if not claimed.update(attempts=mail.attempts + 1):
        return
    attempt = mail.attempts + 1
    try:
        state, problem = _hand_over(mail)
    except Exception as error:
        # The server's answer may name the reader, so neither it nor the traceback goes into the log.
        is_final = attempt >= ATTEMPTS or _is_permanent(error)
        _record_failure(mail, error, is_final=is_final)
        logger.warning("mail %s: attempt %s failed (%s)", mail.pk, attempt, type(error).__name__)
        if is_final:
            return
        raise DeliveryFailed(mail_id=mail.pk, problem=type(error).__name__) from None
    if state == MailState.FAILED:
        _record_failure(mail, problem, is_final=True)
    else:
        _record_success(mail, state)


def _hand_over(mail: Mail) -> tuple[MailState, str]:
    if not _can_leave(mail.channel):
        return MailState.KEPT, ""
    if mail.channel == Channel.SMS:
        return texting.hand_over(mail)
    transport.hand_over(mail)
    return MailState.SENT, ""


def _is_permanent(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )


@transaction.atomic
def _record_success(mail: Mail, state: MailState) -> None:
    values: dict[str, Any] = {"state": state, "error": "", "sent_at": None}
    if state != MailState.KEPT:
        values |= {"sent_at": now(), **_without_code(mail.template)}
    Mail.objects.filter(pk=mail.pk, state=MailState.QUEUED, resends=mail.resends).update(**values)
    publish(MailSent(mail.pk, mail.template, mail.channel), reference=mail.reference, actor="system")


def _without_code(template: str) -> dict[str, Any]:
    """Return what a message with a code is emptied with once it has left; in a demo's mailbox one reads one's codes."""
    is_secret = template in KINDS and KINDS[template].secret
    return {"html": "", "text": "", "plan": {}} if is_secret and not settings.DEMO else {}


@transaction.atomic
def _record_failure(mail: Mail, error: Exception | str, *, is_final: bool) -> None:
    rows = Mail.objects.filter(pk=mail.pk, state=MailState.QUEUED, resends=mail.resends)
    state = MailState.FAILED if is_final else MailState.QUEUED
    words = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    changed = rows.update(state=state, error=one_line(words, 300))
    if changed and is_final:
        publish(MailFailed(mail.pk, mail.template, mail.channel), reference=mail.reference, actor="system")


@transaction.atomic
def note_report(*, mail_id: int, resends: int, arrived: bool, problem: str = "") -> None:
    """A service said what became of a text message that was handed over; `problem` is why it did not arrive."""
    mail = Mail.objects.filter(pk=mail_id, resends=resends).first()
    if mail is None:
        return
    values: dict[str, Any] = {"state": MailState.ARRIVED, "sent_at": mail.sent_at or now()} if arrived else {}
    values = {"state": MailState.FAILED, **values, "error": one_line(problem, 300), **_without_code(mail.template)}
    rows = Mail.objects.filter(pk=mail_id, resends=resends).exclude(state__in=[values["state"], MailState.KEPT])
    if not rows.update(**values):
        return
    told = MailArrived if arrived else MailFailed
    publish(told(mail.pk, mail.template, mail.channel), reference=mail.reference, actor="system")


def forget_codes() -> int:
    """Empty messages whose code has run out long ago; return how many."""
    secret = [kind.key for kind in KINDS.values() if kind.secret]
    old = Mail.objects.filter(template__in=secret, created_at__lt=now() - CODES_LIVE).exclude(text="")
    return old.update(html="", text="", plan={})


def save_template(
    *,
    key: str,
    channel: str = Channel.EMAIL,
    language: str,
    subject: str = "",
    body: str,
    actor: str = "",
    seen: Seen | None = None,
) -> None:
    """Let the merchant's words stand in for those that came with the software.

    They are rendered with sample data first, in a child process with little memory. Raises UnknownTemplate and
    TemplateBroken(message=, line=, part=); then nothing is saved.
    """
    source = Source(one_line(subject), without_control(body).rstrip())
    preview_source(key=key, channel=channel, language=language, source=source)
    with transaction.atomic():
        hold(_place(key, channel, language), seen)
        MailTemplate.objects.update_or_create(
            key=key,
            channel=channel,
            language=language,
            defaults={"subject": source.subject, "body": source.body, "updated_at": now()},
        )
        MailTemplateVersion.objects.create(
            key=key,
            channel=channel,
            language=language,
            subject=source.subject,
            body=source.body,
            saved_by=actor,
            saved_at=now(),
        )
        _record(key, channel, language, {"text": (None, source.subject or source.body[:80])}, actor)
        mark(TOPIC)


def _place(key: str, channel: str, language: str) -> str:
    return f"mail_template:{key}:{channel}:{language}"


def _record(key: str, channel: str, language: str, changes: dict[str, tuple[Any, Any]], actor: str) -> None:
    record(
        area="notifications",
        action="changed",
        reference=_place(key, channel, language),
        label=f"{KINDS[key].label} · {language}",
        changes=changes,
        actor=actor,
    )


@transaction.atomic
def restore_version(*, version_id: int, key: str, channel: str, language: str, actor: str) -> None:
    """Use words again that were saved before. Raises NotFound, and TemplateBroken if they no longer work."""
    found = version(version_id, key=key, channel=channel, language=language)
    save_template(key=key, channel=channel, language=language, subject=found.subject, body=found.body, actor=actor)


@transaction.atomic
def switch(*, key: str, channel: str, language: str, on: bool, actor: str) -> None:
    """Send this message to readers of this language, or do not. Raises UnknownTemplate, MessageNeeded."""
    _check_kind(key, channel)
    if not on and KINDS[key].needed:
        raise MessageNeeded()
    if on:
        changed = MailSwitch.objects.filter(key=key, channel=channel, language=language).delete()[0] > 0
    else:
        _, changed = MailSwitch.objects.get_or_create(key=key, channel=channel, language=language)
    if changed:
        _record(key, channel, language, {"enabled": (not on, on)}, actor)
        mark(TOPIC)


@transaction.atomic
def send_test(
    *, key: str, channel: str, language: str, to: str, context: Mapping[str, Any] | None, actor: str, by: str = ""
) -> Mail:
    """Send a message to oneself as a shopper would get it, with sample data or a real order's.

    It stands in the outbox like every other. `by`: the service a text message has to go by, whichever is first
    otherwise. Raises UnknownTemplate, NoAddress, NoWay, TemplateBroken.
    """
    kind = kind_of(key)
    if not to or channel_for(to) != channel:
        raise NoAddress()
    values = {**kind.sample(language), **(context or {})}
    composed, spoken = _compose(key, channel, language, values)
    plan = texting.planned(kind, to, spoken, values, by=by) if channel == Channel.SMS else None
    if plan and plan.refused:
        raise NoWay(reason=str(plan.refused.label))
    mail = Mail.objects.create(
        key=f"test:{new_token()}",
        channel=channel,
        template=key,
        to=to,
        language=spoken,
        subject=composed.subject,
        html=composed.html,
        text=composed.text,
        plan=plan.data if plan else {},
        created_at=now(),
    )
    _enqueue(mail)
    return mail


@transaction.atomic
def reset_template(*, key: str, channel: str = Channel.EMAIL, language: str, actor: str = "") -> None:
    """Return to the words that came with the software; those saved before stay in the history."""
    _check_kind(key, channel)
    hold(_place(key, channel, language))
    _record(key, channel, language, {"text": (None, "")}, actor)
    MailTemplate.objects.filter(key=key, channel=channel, language=language).delete()
    mark(TOPIC)


def preview(
    *,
    key: str,
    language: str,
    channel: str = Channel.EMAIL,
    subject: str | None = None,
    body: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> Composed:
    """Return the message as it would be: of the given words, or of those in use. Changes nothing.

    With sample data, over which `context` (a real order's) is laid.

    Raises UnknownTemplate and TemplateBroken.
    """
    _check_kind(key, channel)
    used, spoken = source_of(key, channel, language)
    values = {**kind_of(key).sample(language), **(context or {})}
    if subject is None and body is None:
        return compose(used, channel=channel, language=spoken, context=values)
    given = Source(used.subject if subject is None else subject, used.body if body is None else body)
    return preview_source(key=key, channel=channel, language=language, source=given, context=values)


def preview_source(
    *, key: str, channel: str, language: str, source: Source, context: Mapping[str, Any] | None = None
) -> Composed:
    """Render words nobody has tried yet with sample data, where they can do no harm. As `preview`."""
    _check_kind(key, channel)
    for part, text, needed in (
        ("subject", source.subject, channel == Channel.EMAIL),
        ("body", source.body, True),
    ):
        if needed and not text.strip():
            raise TemplateBroken(message=gettext(EMPTY), line=0, part=part)
    return compose(
        source, channel=channel, language=language, context=context or kind_of(key).sample(language), render=try_text
    )


def preview_parameters(
    *, key: str, language: str, parameters: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Return the variables of a service's template with sample data. Raises TemplateBroken (`part` names it)."""
    return compose_parameters(parameters, language=language, context=kind_of(key).sample(language), render=try_text)


def _check_kind(key: str, channel: str) -> None:
    if channel not in kind_of(key).channels:
        raise UnknownTemplate(key=key)
